"""Shapes, bytes and hostile text: nothing added, nothing lost, or a clear refusal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from scheduler.calendars import rows
from scheduler.calendars.blocks import (
    alarm_of,
    component_bytes,
    event_bytes,
    event_of,
    fold,
    read_block,
)
from scheduler.calendars.entries import CalendarEntry
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import CalendarOptions, calendar, site_calendar, write_calendars
from scheduler.calendars.reading import read_entry
from scheduler.errors import NotFound
from tests.calendars import outside
from tests.calendars.fake import EVERYTHING, FakeNode, FakePlan, FakeProtocol, full_plan, row

HOSTILE = (
    "BEGIN:VEVENT", "END:VEVENT", "x\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT", "a\nATTACH:x",
    "back\\slash", "C:\\New\\north", "semi;colon", "com,ma", "\\n", "\\\\n", "quote\"d", "co:lon",
    "😀 emoji 👩‍⚕️", "武汉大学",
    "עברית عربى", "tab\there", "  spaces  ", "%0D%0A", "é" * 100, "\\" * 200,
    "n" * 10_000, "中" * 10_000, "a\u2028b", "a\x0bb",
)  # fmt: skip


def _as_shown(text: str) -> str:
    return re.sub("\r\n|[\x0b\u2028]", "\n", text)


def _plan_with(text: str) -> FakePlan:
    """A plan with the text in every field that a user can fill."""
    nodes = (FakeNode("n", text, "visit"),)
    values: dict[str, Any] = {"rule": text, "event": text, "source": text, "sentence": text}
    return FakePlan(
        rows=(
            row(text, node="n", days="2026-04-07"),
            row(text, kind="query", node="n", days="2026-04-09", **values),
        ),
        protocol=FakeProtocol(id=text, version=text, title=text, nodes=nodes),
        sites={text: (text, "Asia/Shanghai")},
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_adds_and_loses_nothing(text: str, tmp_path: Path) -> None:
    write_calendars(
        _plan_with(text),
        tmp_path,
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, detailed=True),
    )
    files = sorted((tmp_path / "calendars").iterdir())
    assert len(files) == 2
    shown = _as_shown(text)
    for path in files:
        raw = path.read_bytes()
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert b"\r" not in raw.replace(b"\r\n", b"")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 75
        for line in raw.split(b"\r\n"):
            line.decode()
        assert raw.count(b"\r\nBEGIN:VEVENT\r\n") == 2
        dated, query = Calendar.from_ical(raw).events
        names = set(dated.keys()) - {"DTSTART", "DTEND"}
        assert names == {
            "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "DESCRIPTION", "STATUS",
            "TRANSP", "CLASS", "CATEGORIES", "COLOR", "X-WASHOUT-PARTICIPANT",
            "X-WASHOUT-FINGERPRINT",
        }  # fmt: skip
        assert str(dated["SUMMARY"]) == f"{shown} {shown}"
        assert f"\nRule: {shown}\nSource: {shown}\n" in str(query["DESCRIPTION"])
    again = write_calendars(
        _plan_with(text),
        tmp_path,
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, detailed=True),
    )
    assert again.written == ()


@pytest.mark.parametrize("reader", ["icalendar", "vobject", "ical.js", "libical", "ical"])
def test_hostile_text_in_other_readers(reader: str, tmp_path: Path) -> None:
    for number, text in enumerate(HOSTILE):
        if reader == "libical" and "\n" in _as_shown(text):
            continue  # our small program prints one line an event
        folder = tmp_path / str(number)
        write_calendars(
            _plan_with(text),
            folder,
            CalendarOptions(questions=True, restrictions=True, booked_windows=True, detailed=True),
        )
        path = next((folder / "calendars").glob("site-*.ics"))
        seen = list(outside.ALL[reader](path))
        assert len(seen) == 2
        assert {event.start for event in seen} == {"20260407", "20260409"}
        first = next(event for event in seen if event.start == "20260407")
        shown = _as_shown(text)
        if reader in ("ical", "libical"):
            # these two strip blanks at the ends of a text
            assert first.summary.strip() == f"{shown} {shown}".strip()
        else:
            assert first.summary == f"{shown} {shown}"


BAD = ("\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\udfff", "\uffff")
FIELDS = ("label", "rule", "source", "participant", "version", "sentence")


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("field", FIELDS)
def test_control_characters_and_lone_surrogates_are_refused(
    bad: str, field: str, tmp_path: Path
) -> None:
    text = f"a{bad}b"
    plan = _plan_with("x")
    if field == "label":
        plan = replace(plan, protocol=replace(plan.protocol, nodes=(FakeNode("n", text, "visit"),)))
    elif field == "version":
        plan = replace(plan, protocol=replace(plan.protocol, version=text))
    else:
        changed = tuple({**one, field: text} for one in plan.rows)
        plan = replace(plan, rows=changed)
        if field == "participant":
            plan = replace(plan, sites={text: ("", "UTC")})
    with pytest.raises(CalendarError, match=rf"^C404 {field}: found the character U\+"):
        write_calendars(
            plan,
            tmp_path,
            CalendarOptions(questions=True, restrictions=True, booked_windows=True, detailed=True),
        )
    assert not (tmp_path / "calendars").exists()


readable = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufffe\uffff"),
    min_size=1,
    max_size=120,
)


@given(text=readable.map(lambda t: t + "\n" + t))
def test_folding_keeps_characters_and_escapes_whole(text: str) -> None:
    line = "SUMMARY:" + text.replace("\\", "\\\\").replace("\n", "\\n")
    folded = fold(line)
    for number, piece in enumerate(folded.split(b"\r\n ")):
        assert len(piece) + bool(number) <= 75
        piece.decode()
        assert len(re.search(rb"\\*\Z", piece)[0]) % 2 == 0  # type: ignore[index]
    assert folded.replace(b"\r\n ", b"").decode() == line


@given(
    text=readable,
    body=readable,
    who=readable,
    timed=st.booleans(),
    minutes=st.sampled_from([0, 1, 60, 95, 1440]),
    alarm=st.sampled_from(["", "-PT15H", "-P1D"]),
    sequence=st.integers(0, 10**6),
    status=st.sampled_from(["CONFIRMED", "TENTATIVE", "CANCELLED"]),
)
def test_the_writer_gives_the_builders_bytes_and_reads_back(
    text: str,
    body: str,
    who: str,
    timed: bool,
    minutes: int,
    alarm: str,
    sequence: int,
    status: str,
) -> None:
    entry = CalendarEntry(
        "11b68e89-95db-57fc-bd81-623c92dff50b", who, "", text, body,
        datetime(2026, 7, 1, 9, 30) if timed else date(2026, 7, 1),
        date(2026, 7, 1) if timed else date(2026, 7, 4),
        tzid="America/New_York" if timed else "", status=status, category="Visit", alarm=alarm,
        minutes=minutes if timed else 0,
    )  # fmt: skip
    event = event_of(entry, sequence, date(2026, 2, 2))
    if alarm:
        event.add_component(alarm_of(alarm))
    raw = event_bytes(entry, sequence, date(2026, 2, 2))
    assert raw == component_bytes(event)
    block = read_block(raw)
    assert block is not None
    assert (block.sequence, block.alarm, block.fingerprint) == (sequence, alarm, entry.fingerprint)
    assert read_entry(raw) == replace(entry, alarm="")


def _shape(plan: FakePlan, options: CalendarOptions | None = None) -> dict[str, Event]:
    found = calendar(
        plan,
        "P-001",
        options or CalendarOptions(questions=True, restrictions=True, booked_windows=True),
    )
    return {str(event["SUMMARY"]): event for event in found.events}


def test_an_appointment_takes_as_long_as_its_row_says() -> None:
    """An exact length, so that clocks that go back during it change nothing."""
    nodes = (FakeNode("month_1", "Month 1", "visit"), FakeNode("month_2", "Month 2", "visit"))
    plan = FakePlan(
        rows=(
            row(node="month_1", days="2026-11-01", time="00:30", minutes="90"),
            row(node="month_2", days="2026-12-01", time="00:30"),
            row(node="month_1", days="2026-12-02"),
        ),
        protocol=FakeProtocol(nodes=nodes),
        sites={"P-001": ("NY", "America/New_York")},
    )
    timed, unsaid, whole = calendar(plan, "P-001").events
    assert timed["DURATION"].to_ical() == b"PT1H30M"
    assert timed["DURATION"].dt == timedelta(minutes=90)
    assert "DURATION" not in unsaid and "DTEND" not in unsaid
    assert "DURATION" not in whole and whole.end == date(2026, 12, 3)


@pytest.mark.parametrize("text", ["PT1H30M", "PT90M"])
def test_a_server_may_write_a_length_in_hours(text: str) -> None:
    entry = CalendarEntry(
        "11b68e89-95db-57fc-bd81-623c92dff50b", "P-001", "", "Month 1", "Text",
        datetime(2026, 7, 1, 9, 30), date(2026, 7, 1), tzid="America/New_York", minutes=90,
    )  # fmt: skip
    raw = event_bytes(entry, 0, date(2026, 2, 2)).replace(b"PT1H30M", text.encode())
    assert read_entry(raw) == entry


def test_shapes_of_the_kinds() -> None:
    events = _shape(full_plan())
    done, booked = events["P-001 Screening"], events["P-001 Cell infusion"]
    assert (done["STATUS"], done["TRANSP"], len(done.subcomponents)) == ("CONFIRMED", "OPAQUE", 0)
    assert (booked["STATUS"], booked["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert booked["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert "DTEND" not in booked
    assert booked.subcomponents[0]["TRIGGER"].to_ical() == b"-P1D"
    window = events["P-001 Cell infusion window"]
    assert (window["TRANSP"], window.categories, len(window.subcomponents)) == (
        "TRANSPARENT", ["Window"], 0,
    )  # fmt: skip
    assert "P-001 Cell infusion window closes" not in events  # it is booked
    closes = events["P-001 Month 1 follow-up window closes"]
    assert closes.subcomponents[0]["TRIGGER"].to_ical() == b"-PT15H"
    assert "Rests on an assumption" in closes["DESCRIPTION"]
    duty = events["P-001 last day before Cell infusion, rule E15b"]
    assert "2026-03-07 at 09:59 (Asia/Shanghai) is the last moment" in duty["DESCRIPTION"]
    assert duty.subcomponents[0]["TRIGGER"].to_ical() == b"-PT15H"
    period = events["P-001 restriction, rule E20f"]
    assert "2028-03-10 is the last one that counts" in period["DESCRIPTION"]
    query = events["P-001 open question about Cell infusion"]
    assert query.start == date(2026, 2, 20)
    assert "Undetermined" in query["DESCRIPTION"]
    for event in events.values():
        assert event["CLASS"] == "PRIVATE"
        assert "Protocol DEMO-001, version 1.0." in event["DESCRIPTION"]
        assert event["DESCRIPTION"].endswith("plan of 2026-02-02. Check the plan before acting.")
        if "DTEND" in event:
            assert event["DTEND"].dt > event["DTSTART"].dt
            assert event["DTSTART"].params["VALUE"] == "DATE"


def test_the_head_of_a_calendar(tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    lines = (tmp_path / "calendars" / "P-001.ics").read_bytes().decode().split("\r\n")
    for line in (
        "PRODID:-//washout//study calendar//EN", "VERSION:2.0", "METHOD:PUBLISH",
        "NAME:P-001 (DEMO-001)", "X-WR-CALNAME:P-001 (DEMO-001)",
        "REFRESH-INTERVAL;VALUE=DURATION:P1D", "X-PUBLISHED-TTL:P1D", "COLOR:teal",
    ):  # fmt: skip
        assert lines.count(line) == 1
    assert lines.count("BEGIN:VCALENDAR") == lines.count("BEGIN:VTIMEZONE") == 1
    assert not [line for line in lines if line.startswith(("ORGANIZER", "ATTENDEE"))]


def test_planned_days_only_when_asked_for() -> None:
    plan = full_plan()
    assert [str(e["SUMMARY"]) for e in calendar(plan, "P-002", EVERYTHING).events] == [
        "P-002 Screening"
    ]
    planned = calendar(
        plan,
        "P-002",
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, planned=True),
    ).events[1]
    assert (planned["STATUS"], planned["TRANSP"]) == ("TENTATIVE", "TRANSPARENT")
    assert not planned.subcomponents
    assert "nobody has booked" in planned["DESCRIPTION"]


def test_alarms_are_chosen_apart_for_sites() -> None:
    def count(options: CalendarOptions) -> tuple[int, int]:
        calendars = (
            calendar(full_plan(), "P-001", options),
            site_calendar(full_plan(), "wuhan", options),
        )
        first, second = (len(list(found.walk("VALARM"))) for found in calendars)
        return first, second

    assert count(CalendarOptions(questions=True, restrictions=True, booked_windows=True)) == (4, 0)
    assert count(
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, site_alarms=True)
    ) == (4, 4)
    assert count(
        CalendarOptions(
            questions=True, restrictions=True, booked_windows=True, site_alarms=True, no_alarms=True
        )
    ) == (0, 0)


def test_milestones_only() -> None:
    events = _shape(
        full_plan(),
        CalendarOptions(
            questions=True, restrictions=True, booked_windows=True, milestones_only=True
        ),
    )
    assert set(events) == {"P-001 Screening", "P-001 Cell infusion", "P-001 Cell infusion window"}


def test_a_calendar_of_nobody() -> None:
    with pytest.raises(NotFound, match="P-404"):
        calendar(full_plan(), "P-404", EVERYTHING)
    with pytest.raises(NotFound, match="nowhere"):
        site_calendar(full_plan(), "nowhere", EVERYTHING)


def test_the_notebook_calendar_is_the_first_export(tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    exported = Calendar.from_ical((tmp_path / "calendars" / "P-001.ics").read_bytes())
    shown = calendar(full_plan(), "P-001", EVERYTHING)
    assert [event.to_ical() for event in shown.events] == [
        event.to_ical() for event in exported.events
    ]
    assert [zone.to_ical() for zone in shown.timezones] == [
        zone.to_ical() for zone in exported.timezones
    ]


def test_unscheduled_visits_share_a_name_and_not_a_uid() -> None:
    plan = FakePlan(
        rows=(
            row(node="unscheduled", days="2026-01-10", status="done"),
            row(node="unscheduled", days="2026-01-20", status="done"),
        )
    )
    events = calendar(plan, "P-001", EVERYTHING).events
    assert [str(event["SUMMARY"]) for event in events] == ["P-001 Unscheduled"] * 2
    assert len({str(event["UID"]) for event in events}) == 2


def test_an_occurrence_column_keeps_identities_apart() -> None:
    def uids(*starts: str) -> dict[str, str]:
        found = [
            row(kind="query", rule="E1", days=f"2026-04-{n:02d}", occurrence=start)
            for n, start in enumerate(starts, 1)
        ]
        events = calendar(FakePlan(rows=tuple(found)), "P-001", EVERYTHING).events
        return dict(zip(starts, (str(event["UID"]) for event in events), strict=True))

    both, second = uids("2026-01", "2025"), uids("2025")
    assert both["2025"] == second["2025"]
    assert both["2026-01"] != both["2025"]


def test_days_are_plain_dates() -> None:
    event = calendar(FakePlan(rows=(row(node="month_1", days="2026-04-07"),)), "P-001").events[0]
    assert type(event["DTSTART"].dt) is date


def test_rows_that_cannot_be_right_are_refused(tmp_path: Path) -> None:
    def refused(code: str, *found: dict[str, Any]) -> None:
        with pytest.raises(CalendarError, match=f"^{code} "):
            write_calendars(FakePlan(rows=found), tmp_path, EVERYTHING)
        assert not (tmp_path / "calendars").exists()

    refused("C405", row("P-777", node="month_1", days="2026-04-07"))
    refused("C406", row(kind="window", node="month_1", first="2026-04-07", last="2026-04-06"))
    refused("C403", row(node="month_1", days="2026-04-07", time="morning"))
    plan = FakePlan(
        rows=(row(node="month_1", days="2026-03-08", time="02:30"),),
        sites={"P-001": ("", "America/New_York")},
    )
    with pytest.raises(CalendarError, match="C402 2026-03-08 02:30 does not exist"):
        write_calendars(plan, tmp_path, EVERYTHING)


def test_a_doubled_time_says_which_one_is_meant() -> None:
    plan = FakePlan(
        rows=(row(node="month_1", days="2026-11-01", time="01:30"),),
        sites={"P-001": ("", "America/New_York")},
    )
    event = calendar(plan, "P-001", EVERYTHING).events[0]
    assert "twice; the first occurrence is meant" in event["DESCRIPTION"]


def test_words_and_shapes_have_a_revision(tmp_path: Path) -> None:
    """An unchanged table must still renew a calendar after the words or shapes changed.

    When this fails, raise REVISION in scheduler/calendars/rows.py and put the new digest here.
    """
    digest = sha256()
    told = (
        row(node="month_1", days="2026-04-08", caution="not_permitted"),
        row(node="month_1", days="2026-04-09", caution="does_not_fit"),
        row(kind="query", node="month_1", days="2026-04-10", status="passed"),
        row(kind="query", node="month_1", days="2026-04-11", status="overdue"),
    )
    paper = {"kind": "task", "event": "form", "task": "Send the form", "status": "open"}
    told += (
        row(**paper, node="month_1", days="2026-04-13", time="10:00"),
        row(**paper | {"status": "done"}, node="month_1", days="2026-04-14"),
        row(**paper, node="unscheduled", days="2026-04-15", occurrence="2026-04-14"),
    )
    plan = full_plan()
    plan = plan.having(*plan.rows, *told)
    for options in (
        CalendarOptions(questions=True, restrictions=True, booked_windows=True),
        CalendarOptions(
            questions=True, restrictions=True, booked_windows=True, detailed=True, planned=True
        ),
    ):
        folder = tmp_path / str(options.detailed)
        write_calendars(plan, folder, options)
        for path in sorted((folder / "calendars").iterdir()):
            kept = re.sub(rb"X-WASHOUT-(ROWS|DIGEST):.*\r\n", b"", path.read_bytes())
            digest.update(kept)
    assert (rows.REVISION, digest.hexdigest()[:16]) == (4, "50ebcff92cf49435")
