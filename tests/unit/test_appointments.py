"""How long an appointment takes: the site's word before the protocol's, one step before all."""

from pathlib import Path

import pytest

import scheduler
from scheduler.binding.by_version import bind_versions
from scheduler.days import parse_date
from scheduler.planning.plans import Plan
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import read_study
from scheduler.wording.said_days import clock_said
from tests.unit.raw_books import inline, number, packed, parts, row, sheet

PROTOCOL = """
protocol: LEN-001
title: Lengths
version: "1.0"
date: 2026-01-15
timezone: Europe/Berlin
study: {opens: 2026-02-01, closes: 2027-12-20}
events: {surgery: {kind: point}}
milestones:
  screening: {label: Screening visit, minutes: 30}
  infusion: {label: Cell infusion}
gaps: [{from: screening, to: infusion, min: 7 days, max: 60 days, assumption: made up}]
visits:
  - {id: phone, label: Phone call, after: infusion, target: 7 days,
     window: {before: 2 days, after: 2 days},
     repeat: {every: 7 days, times: 3}, assumption: made up}
rules: [{id: R1, forbid: surgery, within: 2 weeks, before: infusion, assumption: made up}]
"""
DATES = {
    "screening": "2026-03-02 08:00", "infusion": "2026-03-16 10:00", "phone#1": "2026-03-23 09:00",
    "phone#2": "2026-03-30 09:00", "unscheduled": "2026-03-20 11:00",
}  # fmt: skip


def planned(minutes: object) -> Plan:
    site = {"timezone": "Europe/Berlin"} | ({} if minutes is None else {"minutes": minutes})
    study = {
        "participants": {"participant": ["P1"], "site": ["a"]},
        "history": {"participant": [], "event": [], "start": []},
        "dates": {
            "participant": ["P1"] * len(DATES), "milestone": list(DATES),
            "date": list(DATES.values()), "status": ["booked"] * len(DATES),
        },
        "sites": {"a": site},
    }  # fmt: skip
    found = scheduler.load_study(study)
    return scheduler.plan(load_protocol(PROTOCOL), found, as_of="2026-02-20")


def lengths(found: Plan) -> dict[str, str]:
    rows = found.calendar_rows
    booked = rows[(rows["kind"] == "date") & (rows["status"] == "booked")]
    return dict(zip(booked["node"].astype(str), booked["minutes"], strict=True))


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [
        (None, {"screening": "30"}),
        (45, dict.fromkeys(DATES, "45")),
        ("45", dict.fromkeys(DATES, "45")),
        ({"infusion": 240}, {"screening": "30", "infusion": "240"}),
        (
            {"CELL INFUSION": 240, "phone": 15, "phone#2": 20, "all": "60", "unscheduled": 90},
            {"screening": "60", "infusion": "240", "phone#1": "15", "phone#2": "20",
             "unscheduled": "90"},
        ),
    ],
)  # fmt: skip
def test_whose_word_holds(minutes: object, wanted: dict[str, str]) -> None:
    assert lengths(planned(minutes)) == dict.fromkeys(DATES, "") | wanted


def test_no_date_moves() -> None:
    """Everything but the calendars is the same with and without lengths."""
    bare, told = planned(None), planned({"infusion": 240, "all": 45})
    for name in ("schedule", "windows", "bookings", "duties", "todo"):
        assert getattr(bare, name).equals(getattr(told, name)), name


def test_calendar_and_page_show_the_length(tmp_path: Path) -> None:
    found = planned({"infusion": 240, "phone": 75})
    found.write(tmp_path)
    calendar = (tmp_path / "calendars" / "P1.ics").read_text(encoding="utf-8")
    assert calendar.count("DURATION:PT4H") == 1 and calendar.count("DURATION:PT1H15M") == 2
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Mon 16 Mar 10:00 (4 h)" in page and "Mon 23 Mar 09:00 (1 h 15 min)" in page


def test_a_length_that_changes_raises_the_sequence(tmp_path: Path) -> None:
    planned(45).write(tmp_path)
    planned(60).write(tmp_path)
    calendar = (tmp_path / "calendars" / "P1.ics").read_text(encoding="utf-8")
    assert "DURATION:PT1H\n" in calendar and "DURATION:PT45M" not in calendar
    assert calendar.count("SEQUENCE:1\n") == len(DATES)


def test_a_sheet_of_sites_holds_lengths(tmp_path: Path) -> None:
    people = row(1, inline("A1", "participant"), inline("B1", "site"))
    people += row(2, inline("A2", "P1"), inline("B2", "a")) + row(3, inline("A3", "P2"))
    sites = row(1, inline("A1", "site"), inline("B1", "minutes"))
    sites += row(2, inline("A2", "a"), inline("B2", "infusion: 240, all: 45"))
    sites += row(3, inline("A3", "b"), number("B3", 30))
    history = row(1, inline("A1", "participant"), inline("B1", "event"), inline("C1", "start"))
    sheets = {"participants": people, "history": history, "sites": sites}
    content = packed(parts({name: sheet(rows) for name, rows in sheets.items()}))
    (tmp_path / "study.xlsx").write_bytes(content)
    study, faults = read_study(tmp_path)
    assert not faults and study.sites is not None
    assert study.sites["a"].minutes == (("infusion", 240), ("all", 45))
    assert study.sites["b"].minutes == (("all", 30),)


@pytest.mark.parametrize("wrong", [True, 0, 2.5, [45, 60], {"infusion": None}, {"infusion": True}])
def test_mappings_with_no_length_are_faults(wrong: object) -> None:
    sites = {"a": {"minutes": wrong}}
    faults = read_study({"participants": {"participant": ["P1"]}, "sites": sites})[1]
    assert "S210" in [fault.code for fault in faults]


def test_a_step_of_an_older_version_is_known() -> None:
    old = load_protocol(PROTOCOL)
    study, _ = read_study(
        {
            "participants": {"participant": ["P1"], "site": ["a"]},
            "history": {"participant": [], "event": [], "start": []},
            "sites": {"a": {"minutes": {"infusion": 60, "scan": 30}}},
        }
    )
    day = parse_date("2026-02-20")
    assert day is not None
    told = [str(fault) for fault in bind_versions(study, old, day.first)[1]]
    assert told == ["S241 sites a.minutes: found scan, expected a milestone, a visit or all"]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(None, "10:00"), (45, "10:00 (45 min)"), (60, "10:00 (1 h)"), (1440, "10:00 (24 h)")],
)
def test_a_time_with_its_length(minutes: int | None, said: str) -> None:
    assert clock_said("10:00", minutes) == said and clock_said("", minutes) == ""
