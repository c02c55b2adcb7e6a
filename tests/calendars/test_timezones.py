"""The VTIMEZONE of each zone gives every instant of 2020 to 2045, in readers that others wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from scheduler.calendars.blocks import component_bytes
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.timezones import find_onsets, local_time, vtimezone
from tests.calendars import outside

ZONES = (
    "America/New_York", "Europe/London", "Europe/Dublin", "Europe/Moscow", "Africa/Casablanca",
    "Africa/Cairo", "America/Santiago", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe",
    "Asia/Kolkata", "America/Mexico_City", "Asia/Almaty", "Asia/Gaza", "Pacific/Auckland", "UTC",
)  # fmt: skip


def _unambiguous(local: datetime, zone: ZoneInfo) -> bool:
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    return first.utcoffset() == second.utcoffset()


def _moments(tzid: str, first: int, last: int) -> list[datetime]:
    """Local times at every clock change, half an hour to three hours away, and every month."""
    moments = {
        datetime(year, month, 15, hour)
        for year in range(first, last + 1)
        for month in range(1, 13)
        for hour in (0, 12)
    }
    for onset in find_onsets(tzid, first, last):
        for minutes in (-180, -61, -30, -1, 0, 1, 30, 61, 90, 180):
            moments.add(onset.local + timedelta(minutes=minutes))
    zone = ZoneInfo(tzid)
    return sorted(m for m in moments if first <= m.year <= last and _unambiguous(m, zone))


def _calendar(tzid: str, first: int, last: int, folder: Path) -> tuple[Path, dict[str, int]]:
    calendar, zone, expected = Calendar(), ZoneInfo(tzid), {}
    calendar.add("prodid", "-//test//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(vtimezone(tzid, first, last))
    for number, moment in enumerate(_moments(tzid, first, last)):
        event = Event()
        event.add("uid", f"m{number}")
        event.add("dtstamp", datetime(2026, 1, 1, tzinfo=UTC))
        event.add("dtstart", moment.replace(tzinfo=zone))
        event.add("summary", moment.isoformat())
        event.add("description", "x")
        event.add("status", "CONFIRMED")
        event.add("sequence", 0)
        calendar.add_component(event)
        expected[f"m{number}"] = int(moment.replace(tzinfo=zone).timestamp())
    path = folder / f"{first}-{last}.ics"
    path.write_bytes(component_bytes(calendar))
    return path, expected


@pytest.mark.parametrize("tzid", ZONES)
@pytest.mark.parametrize("reader", ["ical.js", "vobject", "libical"])
def test_every_instant_from_2020_to_2045(reader: str, tzid: str, tmp_path: Path) -> None:
    path, expected = _calendar(tzid, 2020, 2045, tmp_path)
    assert len(expected) > 600
    seen = {event.uid: event.start for event in outside.ALL[reader](path)}
    wrong = {uid: (seen[uid], at) for uid, at in expected.items() if seen[uid] != at}
    assert not wrong


@pytest.mark.parametrize("tzid", ZONES)
@pytest.mark.parametrize("reader", ["ical.js", "vobject", "libical"])
def test_the_few_years_of_a_real_calendar(reader: str, tzid: str, tmp_path: Path) -> None:
    for year in (2022, 2026, 2038):
        path, expected = _calendar(tzid, year, year, tmp_path)
        seen = {event.uid: event.start for event in outside.ALL[reader](path)}
        assert seen == expected, (tzid, year)


def test_new_york_is_two_yearly_rules() -> None:
    lines = component_bytes(vtimezone("America/New_York", 2026, 2028)).decode().split("\r\n")
    assert [line for line in lines if line.startswith("RRULE")] == [
        "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3",
        "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
    ]
    assert "DTSTART:20190310T020000" in lines
    assert "DTSTART:20191103T020000" in lines
    assert not [line for line in lines if "RDATE" in line]


def test_a_zone_without_changes_is_one_standard() -> None:
    lines = component_bytes(vtimezone("Asia/Shanghai", 2026, 2026)).decode().split("\r\n")
    assert lines.count("BEGIN:STANDARD") == 1
    assert "BEGIN:DAYLIGHT" not in lines
    assert "TZOFFSETTO:+0800" in lines


def test_dublin_has_its_summer_in_summer() -> None:
    text = component_bytes(vtimezone("Europe/Dublin", 2026, 2026)).decode()
    summer = text[text.index("BEGIN:DAYLIGHT") : text.index("END:DAYLIGHT")]
    assert "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100" in summer


def test_a_zone_that_gave_up_its_changes_is_not_continued() -> None:
    # Mexico City kept no summer time after 2022.
    lines = component_bytes(vtimezone("America/Mexico_City", 2021, 2025)).decode().split("\r\n")
    assert not [line for line in lines if line.startswith("RRULE")]
    assert "DTSTART:20221030T020000" in lines


def test_a_skipped_time_is_refused() -> None:
    with pytest.raises(CalendarError, match="C402 2026-03-08 02:30 does not exist"):
        local_time(date(2026, 3, 8), "02:30", "America/New_York")


def test_a_doubled_time_is_its_first_occurrence() -> None:
    found = local_time(date(2026, 11, 1), "01:30", "America/New_York")
    assert found.twice
    assert found.instant.astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    later = local_time(date(2026, 11, 1), "02:00", "America/New_York")
    assert not later.twice


def test_zones_and_times_that_are_none() -> None:
    with pytest.raises(CalendarError, match="C401"):
        vtimezone("Asia/Wuhan", 2026, 2026)
    for name in ("../../etc/passwd", "", "Asia", "/etc/localtime"):
        with pytest.raises(CalendarError, match="C401"):
            vtimezone(name, 2026, 2026)
    for clock in ("25:00", "10", "1O:00", "10:00:00"):
        with pytest.raises(CalendarError, match="C403"):
            local_time(date(2026, 1, 1), clock, "UTC")
