"""Activities, places and phases: said where a visit is shown, and no date depends on them."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

import scheduler
from scheduler.planning.amendments import changed_items

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "protocols" / "demo-cycles"
TEXT = """\
protocol: T-1
title: A study with activities
version: "1"
date: 2026-01-15
timezone: Asia/Shanghai
study: {opens: 2026-01-01, closes: 2026-12-31}
milestones:
  consent: {label: Informed consent, phase: Screening}
  infusion: {label: Cell infusion, at: "10:00", minutes: 90, phase: Treatment, place: Ward 3, activities: [ecg, pregnancy]}
gaps:
  - {from: consent, to: infusion, min: 7 days, max: 90 days, assumption: made up}
visits:
  - {id: week, label: Week 1, after: infusion, target: 7 days, window: {before: 1 day, after: 1 day}, phase: Treatment, activities: [ecg], assumption: x}
activities:
  - {id: ecg, label: ECG, minutes: 10}
  - {id: pregnancy, label: Pregnancy test, minutes: 5, only: {sex: female}}
"""
DATES = [("consent", "2026-01-05", "done"), ("infusion", "2026-01-21", "booked")]


def plan_of(text: str = TEXT) -> scheduler.Plan:
    people = pd.DataFrame({"participant": ["F", "M", "U"], "sex": ["female", "male", ""]})
    rows = [(who, *row) for who in people["participant"] for row in DATES]
    dates = pd.DataFrame(rows, columns=["participant", "milestone", "date", "status"])
    study = scheduler.load_study({"participants": people, "dates": dates})
    return scheduler.plan(scheduler.load_protocol(text), study, "2026-01-10")


def test_a_protocol_says_the_same_after_a_round_trip() -> None:
    protocol = scheduler.load_protocol(TEXT)
    assert scheduler.load_protocol(protocol.to_dict()) == protocol
    assert scheduler.load_protocol(protocol.to_yaml()) == protocol
    infusion = protocol.nodes[protocol.index["infusion"]].at_visit
    assert (infusion.activities, infusion.place, infusion.phase) == (
        ("ecg", "pregnancy"), "Ward 3", "Treatment"
    )  # fmt: skip


def test_nodes_have_columns_for_them() -> None:
    nodes = plan_of().nodes[["milestone", "phase", "activities", "place"]].astype(str)
    assert nodes.to_numpy().tolist() == [
        ["consent", "Screening", "", ""],
        ["infusion", "Treatment", "ECG; Pregnancy test", "Ward 3"],
        ["week", "Treatment", "ECG", ""],
    ]


def event(folder: Path, who: str, **options: bool) -> str:
    from scheduler.calendars.export import CalendarOptions, write_calendars

    write_calendars(plan_of(), folder, CalendarOptions(**options))
    text = (folder / "calendars" / f"{who}.ics").read_text(encoding="utf-8").replace("\n ", "")
    found = [
        part for part in text.split("BEGIN:VEVENT") if f"SUMMARY:{who} Cell infusion\n" in part
    ]
    assert len(found) == 1
    return found[0]


def test_detailed_calendars_say_what_is_done_and_where(tmp_path: Path) -> None:
    told = event(tmp_path / "f", "F", detailed=True)
    assert "What is done: ECG\\, Pregnancy test." in told
    assert "Place: Ward 3." in told
    assert "DURATION:PT1H30M" in told  # the milestone's own, not the sum of its activities
    male, unknown = (event(tmp_path / who, who, detailed=True) for who in "MU")
    assert "Pregnancy" not in male
    assert "Pregnancy test (if sex is female)" in unknown


def test_quiet_calendars_do_not(tmp_path: Path) -> None:
    told = event(tmp_path, "F")
    assert "ECG" not in told
    assert "Ward 3" not in told


def test_minutes_of_activities_are_no_length_of_an_event(tmp_path: Path) -> None:
    from scheduler.calendars.export import CalendarOptions, write_calendars

    write_calendars(plan_of(TEXT.replace(", minutes: 90", "")), tmp_path, CalendarOptions())
    assert "\nDURATION" not in (tmp_path / "calendars" / "F.ics").read_text(encoding="utf-8")


def test_sdtm_visits_have_the_epoch() -> None:
    visits = plan_of().subject_visits()
    assert set(visits["EPOCH"]) == {"Screening"}


def test_an_amendment_tells_what_differs() -> None:
    old = scheduler.load_protocol(TEXT)
    new = scheduler.load_protocol(TEXT.replace("place: Ward 3", "place: Ward 4").replace(
        "minutes: 10", "minutes: 15"))  # fmt: skip
    items = (
        changed_items(old, new)
        .pandas()[["section", "item", "aspect", "before", "after"]]
        .astype(str)
    )
    assert items.to_numpy().tolist() == [
        ["milestone", "infusion", "place", "Ward 3", "Ward 4"],
        ["activity", "ecg", "minutes", "10", "15"],
    ]


def test_they_change_no_table() -> None:
    protocol = replace(scheduler.load_protocol(DEMO), versions=())
    study, plain = scheduler.load_study(DEMO / "example"), protocol.to_dict()
    plain["activities"] = [{"id": "ecg"}]
    for section in (plain["milestones"].values(), plain["visits"]):
        for entry in section:
            entry |= {"activities": ["ecg"], "phase": "One", "place": "Here"}
    before = scheduler.plan(protocol, study, "2026-02-16")
    after = scheduler.plan(scheduler.load_protocol(plain), study, "2026-02-16")
    for name in ("todo", "windows", "schedule", "blocked", "duties", "queries", "deviations"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))
