"""A study lived export by export, in a calendar that follows RFC 5546.

One calendar takes the full files, another only the first full export and then the change files;
after every step both show what the plan says, and neither holds an event twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from scheduler.calendars.export import CalendarOptions, calendar, write_calendars
from tests.calendars.fake import EVERYTHING, FakePlan, FakeProtocol, row


@dataclass
class Store:
    """What a calendar program keeps: RFC 5546, 2.1.5: the higher SEQUENCE, then DTSTAMP, wins."""

    events: dict[str, tuple[tuple[int, bytes], tuple[Any, ...]]] = field(default_factory=dict)

    def take(self, path: Path) -> None:
        if not path.exists():
            return
        for event in Calendar.from_ical(path.read_bytes()).events:
            number = (int(event["SEQUENCE"]), event["DTSTAMP"].to_ical())
            shown = (event["SUMMARY"], event.start, event.end, event["STATUS"])
            known = self.events.get(event["UID"])
            if known is None or number >= known[0]:
                self.events[str(event["UID"])] = (number, shown)

    def live(self) -> list[tuple[Any, ...]]:
        shown = (shown for _, shown in self.events.values())
        return sorted((s[:3] for s in shown if s[3] != "CANCELLED"), key=str)


def _expected(plan: FakePlan) -> list[tuple[Any, ...]]:
    return sorted(
        (
            (event["SUMMARY"], event.start, event.end)
            for who in plan.sites
            for event in calendar(plan, who, EVERYTHING).events
        ),
        key=str,
    )


def _live(plan_steps: list[FakePlan], folder: Path) -> None:
    full, small, first = Store(), Store(), True
    for plan in plan_steps:
        write_calendars(plan, folder, EVERYTHING)
        files = folder / "calendars"
        for who in plan_steps[0].sites:
            full.take(files / f"{who}.ics")
            if first:
                small.take(files / f"{who}.ics")
        small.take(files / "changes.ics")
        expected = _recent(_expected(plan), plan.as_of)
        assert _recent(full.live(), plan.as_of) == expected
        assert _recent(small.live(), plan.as_of) == expected
        first = first and not files.exists()


def _recent(events: list[Any], as_of: date) -> list[Any]:
    """Those that a calendar would begin with: of older ones it only keeps what it told before."""
    since = (as_of - timedelta(days=30)).isoformat()
    return [event for event in events if str(event[2])[:10] > since]


def test_book_move_move_back_withdraw_reinstate_amend(tmp_path: Path) -> None:
    def window(first: str, last: str) -> dict[str, Any]:
        return row(kind="window", node="month_1", first=first, last=last)

    booked = row(node="infusion", days="2026-03-10", time="10:00")
    moved = row(node="infusion", days="2026-03-12", time="11:00")
    start = FakePlan(rows=(row(node="screening", days="2026-01-20", status="done"),))
    done = start.rows[0]
    steps = [
        start.on("2026-02-02"),
        start.having(done, booked, window("2026-04-04", "2026-04-10")).on("2026-02-03"),
        start.having(done, moved, window("2026-04-06", "2026-04-12")).on("2026-02-04"),
        start.having(done, booked, window("2026-04-04", "2026-04-10")).on("2026-02-04"),
        start.having(done).on("2026-02-10"),  # withdrawn: only what is done stays
        start.having(done).on("2026-02-11"),
        start.having(done, booked, window("2026-04-04", "2026-04-10")).on("2026-02-12"),
        replace(
            start.having(done, booked, window("2026-04-02", "2026-04-12")),
            protocol=FakeProtocol(version="2.0"),
        ).on("2026-03-01"),
    ]
    _live(steps, tmp_path)
    final = Calendar.from_ical((tmp_path / "calendars" / "P-001.ics").read_bytes())
    sequences = {str(event["SUMMARY"]): int(event["SEQUENCE"]) for event in final.events}
    assert sequences == {
        "P-001 Screening": 1,  # the amendment's version stands in its text
        "P-001 Cell infusion": 5,  # booked, moved, back, cancelled, restored, amended
        "P-001 Month 1 follow-up window": 5,
        "P-001 Month 1 follow-up window closes": 5,
    }


_DAYS = st.integers(0, 400).map(lambda days: (date(2026, 1, 1) + timedelta(days)).isoformat())
_ROW = st.fixed_dictionaries(
    {"participant": st.sampled_from(["P-001", "P-002"]), "days": _DAYS},
    optional={
        "node": st.sampled_from(["screening", "infusion", "phone#2", "unscheduled"]),
        "kind": st.sampled_from(["date", "query", "window"]),
        "time": st.sampled_from(["09:00", "10:30"]),
        "status": st.sampled_from(["done", "booked"]),
    },
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(_ROW, max_size=6), min_size=2, max_size=6), gap=st.integers(0, 60))
def test_any_life(
    steps: list[list[dict[str, Any]]], gap: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sites = {"P-001": ("", "Asia/Shanghai"), "P-002": ("", "America/New_York")}
    plans = [
        FakePlan(
            rows=tuple(row(**one) for one in rows),
            sites=sites,
            as_of=date(2026, 1, 1) + timedelta(days=gap * number),
        )
        for number, rows in enumerate(steps)
    ]
    _live(plans, tmp_path_factory.mktemp("life"))


def test_options_too_are_lived(tmp_path: Path) -> None:
    plan = FakePlan(
        rows=(row(node="infusion", days="2026-03-10", status="planned", basis="recommended"),)
    )
    store = Store()
    for planned in (True, False, True):
        write_calendars(
            plan,
            tmp_path,
            CalendarOptions(
                questions=True, restrictions=True, booked_windows=True, planned=planned
            ),
        )
        store.take(tmp_path / "calendars" / "P-001.ics")
        assert len(store.live()) == planned
