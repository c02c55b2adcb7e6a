"""VTIMEZONE components that every calendar program reads the same way.

Why not the builder's own writer: docs/calendars.md, "Time zones".
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from scheduler.calendars.errors import CalendarError

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# vobject takes a zone for UTC that looks like it from 2000 to 2020, as London's does when its
# first clock change here is a later one; a fixed start also keeps files alike from year to year.
_EARLIEST = 2019
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Onset:
    """One moment at which a zone's clocks change: when, from which offset, to which."""

    local: datetime  # wall clock before the change, as RFC 5545 wants DTSTART
    before: timedelta
    after: timedelta
    name: str
    summer: bool


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A civil time at a site as an instant, and whether the clock shows it twice."""

    instant: datetime
    twice: bool


def load_zone(tzid: str) -> ZoneInfo:
    """Which zone does this IANA name stand for?

    Raises: CalendarError C401 when the time-zone data has no such name.
    """
    try:
        return ZoneInfo(tzid)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CalendarError(
            "C401", f"time zone {tzid!r} is unknown; expected an IANA name such as Asia/Shanghai"
        ) from error


def local_time(day: date, clock: str, tzid: str) -> LocalTime:
    """Which instant is this wall-clock time (``HH:MM``) at a site?

    A time that the clock shows twice stands for its first occurrence (RFC 5545, 3.3.5).
    Raises: CalendarError C402 when the clock skips that time, C403 when it is no time.
    Source: docs/semantics.md, Time.
    """
    try:
        hour, minute = (int(part) for part in clock.split(":"))
        naive = datetime(day.year, day.month, day.day, hour, minute)
    except ValueError as error:
        raise CalendarError("C403", f"found time {clock!r}, expected HH:MM") from error
    zone = load_zone(tzid)
    first, second = naive.replace(tzinfo=zone), naive.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise CalendarError(
            "C402", f"{day} {clock} does not exist in {tzid}: the clocks go forward over it"
        )
    return LocalTime(first, first.utcoffset() != second.utcoffset())


@lru_cache(maxsize=256)
def find_onsets(tzid: str, first_year: int, last_year: int) -> tuple[Onset, ...]:
    """When do the clocks of a zone change from January of one year to December of another?

    Source: the machine's time-zone data, through zoneinfo.
    """
    zone = load_zone(tzid)
    moment = datetime(first_year, 1, 1, tzinfo=UTC)
    end = datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found: list[tuple[datetime, timedelta, timedelta, str]] = []
    before = _offset(moment, zone)
    while moment < end:
        later = moment + timedelta(days=1)
        after = _offset(later, zone)
        if after != before:
            instant = _bisect(moment, later, zone)
            name = instant.astimezone(zone).tzname() or tzid
            found.append((instant, before, after, name))
        moment, before = later, after
    return tuple(_as_onset(found, index) for index in range(len(found)))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or _ZERO


def _bisect(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Find the first second of the new offset between two moments."""
    start = _offset(low, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset(middle, zone) == start else (low, middle)
    return high


def _as_onset(found: list[tuple[datetime, timedelta, timedelta, str]], index: int) -> Onset:
    """Name an onset summer time when it raises the clock and the next change lowers it.

    The isdst flag is not used: it is reversed for Dublin and Casablanca in some builds
    of the data, and the bytes of a calendar should not hang on the build.
    """
    instant, before, after, name = found[index]
    nearby = [
        other
        for other in (index - 1, index + 1)
        if 0 <= other < len(found) and abs(found[other][0] - instant) < timedelta(days=366)
    ]
    summer = after > before and any(found[other][2] < found[other][1] for other in nearby)
    return Onset((instant + before).replace(tzinfo=None), before, after, name, summer)


def _constant_rule(onsets: list[Onset], years: range) -> str | None:
    """Which BYMONTH and BYDAY do these onsets share, one in each of the years?"""
    if [onset.local.year for onset in onsets] != list(years):
        return None
    days = [onset.local for onset in onsets]
    if len({(day.month, day.weekday(), day.time()) for day in days}) > 1:
        return None
    month, weekday = days[0].month, _WEEKDAYS[days[0].weekday()]
    if all(day.day + 7 > monthrange(day.year, day.month)[1] for day in days):
        return f"{month}:-1{weekday}"
    ordinals = {(day.day - 1) // 7 + 1 for day in days}
    return f"{month}:{ordinals.pop()}{weekday}" if len(ordinals) == 1 else None


def _observance(onset: Onset, rule: str | None = None) -> TimezoneStandard | TimezoneDaylight:
    part = TimezoneDaylight() if onset.summer else TimezoneStandard()
    part.add("dtstart", onset.local)
    part.add("tzoffsetfrom", onset.before)
    part.add("tzoffsetto", onset.after)
    part.add("tzname", onset.name)
    if rule:
        month, weekday = rule.split(":")
        part.add("rrule", {"freq": "yearly", "bymonth": int(month), "byday": weekday})
    return part


def _groups(onsets: tuple[Onset, ...]) -> list[list[Onset]]:
    groups: dict[tuple[timedelta, timedelta, int, int], list[Onset]] = {}
    for onset in onsets:
        seconds = onset.local.hour * 3600 + onset.local.minute * 60 + onset.local.second
        key = (onset.before, onset.after, seconds, onset.local.month)
        groups.setdefault(key, []).append(onset)
    return list(groups.values())


def vtimezone(tzid: str, first_year: int, last_year: int) -> Timezone:
    """Which VTIMEZONE gives every instant of these years in a zone?

    Covers January of ``first_year - 1``, or of 2019 where that is earlier, to December of
    ``last_year + 1``. A change that falls
    on the same month and the same or last weekday in all of them is one yearly rule; every
    other change is an observance of its own, since lists of RDATE are misread (docs/calendars.md).
    Raises: CalendarError C401 for an unknown zone.
    """
    years = range(min(first_year - 1, _EARLIEST), last_year + 2)
    onsets = find_onsets(tzid, years[0], years[-1])
    zone = Timezone()
    zone.add("tzid", tzid)
    parts: list[tuple[datetime, TimezoneStandard | TimezoneDaylight]] = []
    if not onsets or onsets[0].local.year >= first_year:
        start = datetime(years[0], 1, 1)
        at_start = start.replace(tzinfo=load_zone(tzid))
        offset = at_start.utcoffset() or _ZERO
        initial = Onset(start, offset, offset, at_start.tzname() or tzid, False)
        parts.append((start, _observance(initial)))
    for group in _groups(onsets):
        rule = _constant_rule(group, years)
        for onset in group[:1] if rule else group:
            parts.append((onset.local, _observance(onset, rule)))
    parts.sort(key=lambda part: part[0])
    for _, part in parts:
        zone.add_component(part)
    return zone
