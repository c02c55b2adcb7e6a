"""The same events, days, instants and statuses in every reader that others wrote."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.calendars.export import CalendarOptions, write_calendars
from tests.calendars import outside
from tests.calendars.fake import EVERYTHING, FakePlan, full_plan, row

_NY = {"P-002": ("new york", "America/New_York")}


def _at(*clock: int) -> int:
    return int(datetime(*clock, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]


def _new_york() -> FakePlan:
    """Timed visits in winter, in summer, and on the days of both clock changes."""
    times = (
        ("2026-01-15", "09:00"), ("2026-03-08", "01:30"), ("2026-03-08", "03:00"),
        ("2026-07-15", "09:00"), ("2026-10-31", "23:30"), ("2026-11-01", "02:00"),
    )  # fmt: skip
    rows = [row("P-002", node=f"visit#{n}", days=d, time=t) for n, (d, t) in enumerate(times)]
    return FakePlan(rows=tuple(rows), sites=_NY)


# worked by hand: EST is five, EDT four hours behind UTC
NEW_YORK = {
    "P-002 Visit 0": _at(2026, 1, 15, 14),
    "P-002 Visit 1": _at(2026, 3, 8, 6, 30),
    "P-002 Visit 2": _at(2026, 3, 8, 7),
    "P-002 Visit 3": _at(2026, 7, 15, 13),
    "P-002 Visit 4": _at(2026, 11, 1, 3, 30),
    "P-002 Visit 5": _at(2026, 11, 1, 7),
}
FULL = {
    "P-001 Screening": ("20260120", "20260121"),
    "P-001 restriction starts, rule E16": ("20260120", "20260121"),
    "P-001 open question about Cell infusion": ("20260220", "20260221"),
    "P-001 Cell infusion window": ("20260302", "20260321"),
    "P-001 last day before Cell infusion, rule E15b": ("20260307", "20260308"),
    "P-001 Cell infusion": (_at(2026, 3, 10, 2), None),
    "P-001 restriction, rule E20f": ("20260310", "20280311"),
    "P-001 Month 1 follow-up window": ("20260404", "20260411"),
    "P-001 Month 1 follow-up window closes": ("20260410", "20260411"),
}


@pytest.mark.parametrize("reader", outside.ALL)
def test_every_kind_of_event(reader: str, tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    seen = list(outside.ALL[reader](tmp_path / "calendars" / "P-001.ics"))
    assert {event.summary: (event.start, event.end) for event in seen} == FULL
    assert len(seen) == len(FULL)
    assert {event.status for event in seen} == {"CONFIRMED"}


@pytest.mark.parametrize("reader", outside.ALL)
def test_new_york_across_both_clock_changes(reader: str, tmp_path: Path) -> None:
    write_calendars(_new_york(), tmp_path, EVERYTHING)
    for name in ("P-002.ics", "site-new%20york.ics"):
        seen = outside.ALL[reader](tmp_path / "calendars" / name)
        assert {event.summary: event.start for event in seen} == NEW_YORK


@pytest.mark.parametrize("reader", outside.ALL)
def test_tombstones_changes_and_planned_days(reader: str, tmp_path: Path) -> None:
    planned = CalendarOptions(questions=True, restrictions=True, booked_windows=True, planned=True)
    write_calendars(full_plan(), tmp_path, planned)
    plan = full_plan()
    write_calendars(replace(plan, rows=(*plan.rows[2:9], plan.rows[9])), tmp_path, planned)
    seen = list(outside.ALL[reader](tmp_path / "calendars" / "changes.ics"))
    assert {(event.summary, event.start, event.status) for event in seen} == {
        ("CANCELLED: P-001 Screening", "20260120", "CANCELLED"),
        ("CANCELLED: P-001 Cell infusion", _at(2026, 3, 10, 2), "CANCELLED"),
    }
    assert {event.sequence for event in seen} <= {1, None}
    people = outside.ALL[reader](tmp_path / "calendars" / "P-002.ics")
    assert {(event.summary, event.status) for event in people} == {
        ("P-002 Screening", "CONFIRMED"),
        ("P-002 Cell infusion (planned)", "TENTATIVE"),
    }


def _khal(folder: Path) -> tuple[list[str], dict[str, str]]:
    khal = outside.program("khal", "khal")
    config = folder / "khal.conf"
    (folder / "store").mkdir()
    config.write_text(
        f"[calendars]\n[[study]]\npath = {folder / 'store'}\n"
        f"[sqlite]\npath = {folder / 'khal.db'}\n"
        "[locale]\nlocal_timezone = America/New_York\ndefault_timezone = America/New_York\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "HOME": str(folder),
                   "LC_ALL": "C.UTF-8"}  # fmt: skip
    return [khal, "-c", str(config)], environment


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_khal_imports_lists_and_updates_in_place(tmp_path: Path) -> None:
    khal, environment = _khal(tmp_path)

    def day(which: str) -> list[str]:
        listed = [*khal, "list", "--format", "{start-time}{title}", "--day-format", ""]
        return sorted(filter(None, _run([*listed, which, "1d"], environment).splitlines()))

    def load() -> None:
        file = tmp_path / "calendars" / "P-002.ics"
        _run([*khal, "import", "--batch", "-a", "study", str(file)], environment)

    window = row("P-002", kind="window", node="month_1", first="2026-07-14", last="2026-07-16",
                 status="booked")  # fmt: skip
    plan = _new_york()
    write_calendars(replace(plan, rows=(*plan.rows, window)), tmp_path, EVERYTHING)
    load()
    assert day("2026-07-15") == ["09:00P-002 Visit 3", "P-002 Month 1 follow-up window"]
    assert day("2026-07-16") == ["P-002 Month 1 follow-up window"]  # the last day is shown
    assert day("2026-07-17") == []  # and the next one is not
    assert "02:00P-002 Visit 5" in day("2026-11-01")
    moved = (*plan.rows[:3], row("P-002", node="visit#3", days="2026-07-17", time="10:00"))
    write_calendars(replace(plan, rows=(*moved, *plan.rows[4:], window)), tmp_path, EVERYTHING)
    load()
    load()
    assert day("2026-07-15") == ["P-002 Month 1 follow-up window"]
    assert day("2026-07-17") == ["10:00P-002 Visit 3"]


def test_calcurse_imports_every_event_on_its_days(tmp_path: Path) -> None:
    calcurse = outside.program("calcurse", "calcurse")
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    environment = {**os.environ, "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}
    base = [calcurse, "-q", "-D", str(tmp_path / "data"), "-C", str(tmp_path / "data")]
    _run([*base, "-i", str(tmp_path / "calendars" / "P-001.ics")], environment)

    def day(which: str) -> str:
        return _run([*base, "--input-datefmt", "4", "-d", which], environment)

    assert "P-001 Cell infusion\n" in day("2026-03-10")
    assert "10:00" in day("2026-03-10")
    for which, shown in (("2026-03-02", True), ("2026-03-20", True), ("2026-03-21", False)):
        assert ("P-001 Cell infusion window" in day(which)) is shown
    # docs/calendars.md warns of this: calcurse knows no updates
    _run([*base, "-i", str(tmp_path / "calendars" / "P-001.ics")], environment)
    assert day("2026-03-02").count("P-001 Cell infusion window") == 2
