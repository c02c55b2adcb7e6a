"""Who withdraws or fails screening: what outlives leaving stays, the rest is cancelled (0026)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from scheduler.calendars.export import CalendarOptions, write_calendars
from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import load_study

PROTOCOL = """
protocol: GO-001
title: Leaving
version: "1.0"
date: 2026-01-15
timezone: Europe/Berlin
study: {opens: 2026-02-01, closes: 2027-12-20}
events:
  drug: {label: The drug, kind: course}
  op: {label: An operation, kind: point}
  pill: {label: The pill, kind: course}
milestones:
  consent: {label: Informed consent}
  screening: {label: Screening}
  infusion: {label: Infusion}
gaps: [{from: screening, to: infusion, min: 7 days, max: 60 days, assumption: made up}]
rules:
  - {id: AFTER, forbid: drug, within: 1 years, after: screening, assumption: made up}
  - {id: OPEN, forbid: op, from: consent, until: infusion, assumption: made up}
  - {id: PAST, forbid: op, from: consent, until: screening, assumption: made up}
  - {id: CLOSES, forbid: op, from: consent, until: study_closes, assumption: made up}
  - {id: LAST, forbid: op, within: 2 weeks, before: infusion, assumption: made up}
  - {id: KEEP, require: pill, covering: 4 weeks, before: infusion, assumption: made up}
"""
KINDS = {
    "AFTER": "period", "OPEN": "period", "PAST": "period", "CLOSES": "period", "LAST": "last_day",
    "KEEP": "keep",
}  # fmt: skip
OUTLIVE = {"AFTER", "PAST", "CLOSES"}
EVERYTHING = CalendarOptions(restrictions=True, detailed=True, booked_windows=True)


def planned(day: str, **left: str) -> Plan:
    recorded = [
        ("consent", "2026-02-20", "done"), ("screening", "2026-03-02", "done"),
        ("infusion", "2026-03-30 10:00", "booked"),
    ]  # fmt: skip
    nodes, days, states = zip(*recorded, strict=True)
    study = load_study(
        {
            "participants": {"participant": ["P1"]} | {name: [on] for name, on in left.items()},
            "history": {"participant": ["P1"], "event": ["pill"], "start": ["2026-01-05"],
                        "end": ["ongoing"]},
            "dates": {"participant": ["P1"] * 3, "milestone": nodes, "date": days,
                      "status": states},
        }
    )  # fmt: skip
    return plan(load_protocol(PROTOCOL), study, day)


def events(folder: Path) -> dict[str, tuple[int, str, str]]:
    """SEQUENCE, STATUS and title of every event that has been told, by its UID."""
    found: dict[str, Any] = {}
    for event in Calendar.from_ical((folder / "calendars" / "P1.ics").read_bytes()).events:
        found[str(event["UID"])] = (int(event["SEQUENCE"]), str(event["STATUS"]),
                                    str(event["SUMMARY"]))  # fmt: skip
    return found


@pytest.mark.parametrize("way", ["withdrawn", "screen_failed"])
def test_the_duties_that_outlive_leaving(way: str) -> None:
    before = planned("2026-03-05").duties
    told = dict(zip(before["rule"].astype(str), before["kind"].astype(str), strict=True))
    assert told == KINDS
    after = planned("2026-03-06", **{way: "2026-03-06"}).duties
    kept = before[before["rule"].isin(OUTLIVE)]
    assert set(after["rule"].astype(str)) == OUTLIVE
    columns = ["rule", "kind", "first", "last", "sentence"]
    assert kept[columns].astype(str).values.tolist() == after[columns].astype(str).values.tolist()


@pytest.mark.parametrize("way", ["withdrawn", "screen_failed"])
def test_calendars_cancel_what_does_not_and_leave_the_rest_alone(way: str, tmp_path: Path) -> None:
    write_calendars(planned("2026-03-05"), tmp_path, EVERYTHING)
    before = events(tmp_path)
    assert sorted(title for _, _, title in before.values()) == [
        "P1 Informed consent", "P1 Infusion", "P1 Infusion window", "P1 Screening",
        "P1 keep pill unchanged", "P1 last day for op before Infusion", "P1 no drug", "P1 no op",
        "P1 no op",
    ]  # fmt: skip
    write_calendars(planned("2026-03-06", **{way: "2026-03-06"}), tmp_path, EVERYTHING)
    after = events(tmp_path)
    gone = {uid for uid, (_, status, _) in after.items() if status == "CANCELLED"}
    assert sorted(before[uid][2] for uid in gone) == [
        "P1 Infusion", "P1 Infusion window", "P1 keep pill unchanged",
        "P1 last day for op before Infusion", "P1 no op",
    ]  # fmt: skip
    assert set(after) == set(before)
    for uid, (number, status, title) in before.items():
        assert status == "CONFIRMED" and after[uid][0] == number + (uid in gone), title
    write_calendars(planned("2026-03-07"), tmp_path, EVERYTHING)
    again = events(tmp_path)
    for uid, (number, status, title) in again.items():
        assert status == "CONFIRMED" and number == before[uid][0] + 2 * (uid in gone), title
