"""The life of events from export to export."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar, Event

from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import CalendarOptions, Changes, write_calendars
from scheduler.errors import NotFound
from tests.calendars.fake import EVERYTHING, FakeNode, FakePlan, FakeProtocol, full_plan, row


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "calendars").iterdir())}


def _events(folder: Path, name: str = "P-001.ics") -> dict[str, Event]:
    calendar = Calendar.from_ical((folder / "calendars" / name).read_bytes())
    return {str(event["SUMMARY"]): event for event in calendar.events}


def _visit(day: str, **values: Any) -> dict[str, Any]:
    return row(node="month_1", days=day, **values)


BASE = FakePlan(rows=(_visit("2026-04-07"),))


def test_first_export_and_a_repeat(tmp_path: Path) -> None:
    first = write_calendars(full_plan(), tmp_path, EVERYTHING)
    assert first.first_export
    before = _files(tmp_path)
    assert sorted(before) == ["P-001.ics", "P-002.ics", "site-new%20york.ics", "site-wuhan.ics"]
    again = write_calendars(full_plan(), tmp_path, EVERYTHING)
    assert again.lines() == ["Calendars: nothing changed since the last export."]
    assert again.written == ()
    assert _files(tmp_path) == before


def test_the_same_plan_gives_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path / "a", EVERYTHING)
    reordered = full_plan()
    reordered = replace(reordered, rows=tuple(reversed(reordered.rows)))
    write_calendars(reordered, tmp_path / "b", EVERYTHING)
    assert _without_notes(tmp_path / "a") == _without_notes(tmp_path / "b")


def _without_notes(folder: Path) -> list[bytes]:
    """The participant's calendar but for the notes on its rows, which follow their order."""
    notes = (b"X-WASHOUT-ROWS", b"X-WASHOUT-DIGEST")
    lines = _files(folder)["P-001.ics"].split(b"\r\n")
    return [line for line in lines if not line.startswith(notes)]


def test_thirty_daily_exports_change_no_event(tmp_path: Path) -> None:
    plan = full_plan()
    write_calendars(plan, tmp_path, EVERYTHING)
    before = _files(tmp_path)
    for days in range(1, 31):
        changes = write_calendars(
            replace(plan, as_of=plan.as_of + timedelta(days=days)), tmp_path, EVERYTHING
        )
        assert changes.entries == ()
        assert _files(tmp_path) == before


def test_a_moved_event_keeps_its_uid_and_raises_its_sequence(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    first = _events(tmp_path)["P-001 Month 1 follow-up"]
    moved = BASE.having(_visit("2026-04-09")).on("2026-02-05")
    changes = write_calendars(moved, tmp_path, EVERYTHING)
    second = _events(tmp_path)["P-001 Month 1 follow-up"]
    assert second["UID"] == first["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == (0, 1)
    assert second["DTSTAMP"].to_ical() == b"20260205T000000Z"
    assert second["LAST-MODIFIED"].to_ical() == b"20260205T000000Z"
    assert second.start == date(2026, 4, 9)
    assert changes.lines()[1] == (
        "  changed: P-001 Month 1 follow-up, was 2026-04-07, now 2026-04-09"
    )
    small = Calendar.from_ical((tmp_path / "calendars" / "changes.ics").read_bytes())
    assert [event["UID"] for event in small.events] == [first["UID"]]


def test_a_b_a_still_rises(tmp_path: Path) -> None:
    for number, day in enumerate(("2026-04-07", "2026-04-09", "2026-04-07")):
        write_calendars(BASE.having(_visit(day)), tmp_path, EVERYTHING)
        assert _events(tmp_path)["P-001 Month 1 follow-up"]["SEQUENCE"] == number


@pytest.mark.parametrize(
    "change",
    [
        {"status": "done"},
        {"time": "09:00"},
        {"assumption": True},
        {"source": "registry outcome 3"},
    ],
)
def test_status_time_and_text_raise_the_sequence(change: dict[str, Any], tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    write_calendars(BASE.having(_visit("2026-04-07", **change)), tmp_path, EVERYTHING)
    assert _events(tmp_path)["P-001 Month 1 follow-up"]["SEQUENCE"] == 1


def test_an_amendment_and_a_new_title_keep_the_uid(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    uid = _events(tmp_path)["P-001 Month 1 follow-up"]["UID"]
    protocol = FakeProtocol(
        version="2.0", title="Another", nodes=(FakeNode("month_1", "First month", "visit"),)
    )
    write_calendars(replace(BASE, protocol=protocol), tmp_path, EVERYTHING)
    event = _events(tmp_path)["P-001 First month"]
    assert (event["UID"], event["SEQUENCE"]) == (uid, 1)


def test_a_vanished_event_becomes_a_tombstone_and_comes_back(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    changes = write_calendars(BASE.having().on("2026-03-01"), tmp_path, EVERYTHING)
    grave = _events(tmp_path)["CANCELLED: P-001 Month 1 follow-up"]
    assert (grave["STATUS"], grave["TRANSP"], grave["SEQUENCE"]) == (
        "CANCELLED", "TRANSPARENT", 1,
    )  # fmt: skip
    assert not grave.subcomponents
    assert changes.lines()[1] == "  cancelled: P-001 Month 1 follow-up, 2026-04-07"
    before = _files(tmp_path)
    write_calendars(BASE.having().on("2026-03-02"), tmp_path, EVERYTHING)
    assert _files(tmp_path)["P-001.ics"] == before["P-001.ics"]
    changes = write_calendars(BASE.on("2026-03-03"), tmp_path, EVERYTHING)
    event = _events(tmp_path)["P-001 Month 1 follow-up"]
    assert (event["UID"], event["SEQUENCE"]) == (grave["UID"], 2)
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert event.subcomponents
    assert changes.lines()[1] == "  restored: P-001 Month 1 follow-up, 2026-04-07"


def _two(day: str) -> FakePlan:
    return BASE.having(_visit("2026-04-07"), row(node="infusion", days="2026-09-01")).on(day)


def _one(day: str) -> FakePlan:
    return BASE.having(row(node="infusion", days="2026-09-01")).on(day)


def test_a_tombstone_is_forgotten_30_days_after_its_date_but_not_its_number(
    tmp_path: Path,
) -> None:
    write_calendars(_two("2026-02-02"), tmp_path, EVERYTHING)
    write_calendars(_one("2026-03-01"), tmp_path, EVERYTHING)
    write_calendars(_one("2026-05-07"), tmp_path, EVERYTHING)  # 30 days after 7 April
    assert "CANCELLED: P-001 Month 1 follow-up" in _events(tmp_path)
    changes = write_calendars(_one("2026-05-08"), tmp_path, EVERYTHING)
    assert list(_events(tmp_path)) == ["P-001 Cell infusion"]
    assert changes.entries == ()
    write_calendars(_one("2026-05-09"), tmp_path, EVERYTHING)
    # the visit comes back: a calendar that still holds number 1 must take it
    write_calendars(_two("2026-06-01"), tmp_path, EVERYTHING)
    assert _events(tmp_path)["P-001 Month 1 follow-up"]["SEQUENCE"] == 2


def test_an_event_long_past_is_still_cancelled_in_sight(tmp_path: Path) -> None:
    write_calendars(_two("2026-02-02"), tmp_path, EVERYTHING)
    changes = write_calendars(_one("2026-08-01"), tmp_path, EVERYTHING)
    assert [change.action for change in changes.entries] == ["cancelled"]
    write_calendars(_one("2026-08-31"), tmp_path, EVERYTHING)
    assert "CANCELLED: P-001 Month 1 follow-up" in _events(tmp_path)
    write_calendars(_one("2026-09-01"), tmp_path, EVERYTHING)
    assert "CANCELLED: P-001 Month 1 follow-up" not in _events(tmp_path)


def test_the_last_tombstone_stays_since_an_empty_calendar_is_none(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    write_calendars(BASE.having().on("2026-03-01"), tmp_path, EVERYTHING)
    write_calendars(BASE.having().on("2027-03-01"), tmp_path, EVERYTHING)
    assert list(_events(tmp_path)) == ["CANCELLED: P-001 Month 1 follow-up"]
    before = _files(tmp_path)["P-001.ics"]
    write_calendars(BASE.having().on("2027-03-02"), tmp_path, EVERYTHING)
    assert _files(tmp_path)["P-001.ics"] == before


def test_no_file_where_there_never_was_an_event(tmp_path: Path) -> None:
    changes = write_calendars(BASE.having(), tmp_path, EVERYTHING)
    assert changes.lines() == ["Calendars: first export, 0 events."]
    assert not (tmp_path / "calendars").exists()


def test_changes_file_goes_when_nothing_differs_any_more(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    moved = BASE.having(_visit("2026-04-09"))
    write_calendars(moved, tmp_path, EVERYTHING)
    changes = write_calendars(moved, tmp_path, EVERYTHING)
    assert [path.name for path in changes.removed] == ["changes.ics"]
    assert sorted(_files(tmp_path)) == ["P-001.ics", "site-wuhan.ics"]


def test_one_event_stands_once_in_the_changes(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    changes = write_calendars(BASE.having(_visit("2026-04-09")), tmp_path, EVERYTHING)
    assert len(changes.entries) == 1
    assert (tmp_path / "calendars" / "changes.ics").read_bytes().count(b"BEGIN:VEVENT") == 1


def test_past_duties_are_not_told_for_the_first_time_but_told_ones_stay(tmp_path: Path) -> None:
    duty = row(kind="duty_last_day", rule="E15", event="steroid", node="infusion",
               days="2026-02-10")  # fmt: skip
    plan = BASE.having(_visit("2026-04-07"), duty)
    write_calendars(plan.on("2026-02-11"), tmp_path / "late", EVERYTHING)
    assert list(_events(tmp_path / "late")) == ["P-001 Month 1 follow-up"]
    write_calendars(plan.on("2026-02-10"), tmp_path / "early", EVERYTHING)
    before = _files(tmp_path / "early")
    changes = write_calendars(plan.on("2026-02-11"), tmp_path / "early", EVERYTHING)
    assert changes.entries == ()
    assert _files(tmp_path / "early") == before
    # a plan made for an earlier day may still tell it
    write_calendars(plan.on("2026-02-09"), tmp_path / "late", EVERYTHING)
    assert len(_events(tmp_path / "late")) == 2


def test_an_open_restriction_of_the_past_is_told(tmp_path: Path) -> None:
    duty = row(kind="duty_period", rule="E16", event="surgery", first="2025-02-10")
    write_calendars(BASE.having(duty), tmp_path, EVERYTHING)
    event = _events(tmp_path)["P-001 restriction starts, rule E16"]
    assert (event.start, event.end) == (date(2025, 2, 10), date(2025, 2, 11))
    assert "the plan knows no last day" in event["DESCRIPTION"]


def _damage(path: Path, how: str) -> None:
    raw = path.read_bytes()
    changed = {
        "cut": raw[: len(raw) // 2],
        "edited": raw.replace(b"P-001 Month", b"P-001 Mouth"),
        "empty": b"",
        "foreign": b"BEGIN:VCALENDAR\r\nPRODID:-//x//EN\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
        "newlines": raw.replace(b"\r\n", b"\n"),
        "binary": bytes(range(256)),
        "other": raw.replace(b'"P-001"', b'"P-009"'),
    }[how]
    path.write_bytes(changed)


@pytest.mark.parametrize(
    ("how", "code"),
    [("cut", "C412"), ("edited", "C412"), ("empty", "C410"), ("foreign", "C410"),
     ("newlines", "C410"), ("binary", "C410"), ("other", "C411")],
)  # fmt: skip
def test_a_damaged_or_foreign_file_is_refused_and_left(how: str, code: str, tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    _damage(tmp_path / "calendars" / "P-001.ics", how)
    before = _files(tmp_path)
    with pytest.raises(CalendarError, match=rf"^{code} .*P-001\.ics: "):
        write_calendars(BASE.having(_visit("2026-04-09")), tmp_path, EVERYTHING)
    assert _files(tmp_path) == before


def test_a_foreign_changes_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    (tmp_path / "calendars" / "changes.ics").write_text("mine")
    before = _files(tmp_path)
    with pytest.raises(CalendarError, match=r"C410 .*changes\.ics"):
        write_calendars(BASE.having(_visit("2026-04-09")), tmp_path, EVERYTHING)
    assert _files(tmp_path) == before


@pytest.mark.parametrize("name", ["P-001.ics", "changes.ics"])
def test_a_folder_in_the_way_is_told(name: str, tmp_path: Path) -> None:
    write_calendars(BASE.having(row("P-001", node="x", days="2026-02-01")), tmp_path, EVERYTHING)
    (tmp_path / "calendars" / name).unlink(missing_ok=True)
    (tmp_path / "calendars" / name).mkdir()
    with pytest.raises(CalendarError, match=rf"C413 .*{name}: cannot be read"):
        write_calendars(BASE, tmp_path, EVERYTHING)


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    other = tmp_path / "calendars" / "holidays.ics"
    other.write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "calendars" / "folder.ics").mkdir()
    write_calendars(BASE.having(_visit("2026-04-09")), tmp_path, EVERYTHING)
    assert other.read_text() == "BEGIN:VCALENDAR\nEND:VCALENDAR\n"


def test_no_part_of_a_file_is_left_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_calendars(BASE, tmp_path, EVERYTHING)
    before = _files(tmp_path)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scheduler.staging.os.replace", full_disk)
    with pytest.raises(Exception, match="cannot be written: No space left on device"):
        write_calendars(BASE.having(_visit("2026-04-09")), tmp_path, EVERYTHING)
    assert _files(tmp_path) == before


def test_one_participant_alone_leaves_the_others(tmp_path: Path) -> None:
    sites = {"P-001": ("w", "Asia/Shanghai"), "P-002": ("w", "Asia/Shanghai")}
    rows = (_visit("2026-04-07"), row("P-002", node="month_1", days="2026-04-08"))
    plan = FakePlan(rows=rows, sites=sites)
    write_calendars(plan, tmp_path, EVERYTHING)
    before = _files(tmp_path)
    only = CalendarOptions(
        questions=True, restrictions=True, booked_windows=True, participants=("P-001",)
    )
    # the plan itself may hold only the participant asked for
    moved = FakePlan(rows=(_visit("2026-04-10"),), sites={"P-001": sites["P-001"]})
    changes = write_calendars(moved, tmp_path, only)
    assert [change.action for change in changes.entries] == ["changed"]
    after = _files(tmp_path)
    assert after["P-002.ics"] == before["P-002.ics"]
    site = _events(tmp_path, "site-w.ics")
    assert site["P-002 Month 1 follow-up"]["SEQUENCE"] == 0
    assert site["P-001 Month 1 follow-up"].start == date(2026, 4, 10)
    # and the whole plan afterwards brings all back together
    full = write_calendars(replace(plan, rows=(_visit("2026-04-10"), rows[1])), tmp_path)
    assert full.entries == ()
    with pytest.raises(NotFound, match="P-404"):
        write_calendars(
            plan,
            tmp_path,
            CalendarOptions(
                questions=True, restrictions=True, booked_windows=True, participants=("P-404",)
            ),
        )


def test_a_participant_who_left_the_study_folder_is_cancelled(tmp_path: Path) -> None:
    sites = {"P-001": ("w", "Asia/Shanghai"), "P-002": ("v", "Asia/Shanghai")}
    rows = (_visit("2026-04-07"), row("P-002", node="month_1", days="2026-04-08"))
    write_calendars(FakePlan(rows=rows, sites=sites), tmp_path, EVERYTHING)
    changes = write_calendars(
        FakePlan(rows=rows[:1], sites={"P-001": sites["P-001"]}), tmp_path, EVERYTHING
    )
    assert changes.lines()[1:] == ["  cancelled: P-002 Month 1 follow-up, 2026-04-08"]
    for name in ("P-002.ics", "site-v.ics"):
        assert list(_events(tmp_path, name)) == ["CANCELLED: P-002 Month 1 follow-up"]


def test_options_that_change_an_event_update_it(tmp_path: Path) -> None:
    def event(options: CalendarOptions) -> tuple[int, int, Changes]:
        changes = write_calendars(BASE, tmp_path, options)
        found = _events(tmp_path)["P-001 Month 1 follow-up"]
        return found["SEQUENCE"], len(found.subcomponents), changes

    assert event(CalendarOptions(questions=True, restrictions=True, booked_windows=True))[:2] == (
        0,
        1,
    )
    sequence, alarms, changes = event(
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, no_alarms=True)
    )
    assert (sequence, alarms) == (1, 0)
    assert changes.lines()[1] == (
        "  changed: P-001 Month 1 follow-up, 2026-04-07: text, status or reminder"
    )
    assert event(CalendarOptions(questions=True, restrictions=True, booked_windows=True))[:2] == (
        2,
        1,
    )
