"""Dates and times of day as people write them, as far as they are known.

Source: docs/semantics.md, section 3 (unknown exposure dates).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard

import numpy as np

from scheduler.days.steps import FIRST_YEAR, LAST_YEAR, day_of, roll
from scheduler.errors import NotFound


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it is known: the first and last day it may be, and its minute if told."""

    first: int
    last: int
    minute: int | None = None

    @property
    def known(self) -> bool:
        """Whether the day is known exactly."""
        return self.first == self.last


_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[ T](\d{2}):(\d{2})(?::00(?:\.0+)?)?)?)?)?",
    re.ASCII,
)


def parse_date(text: str) -> PartialDate | None:
    """The partial date that an ISO text states (`2026`, `2026-03`, a day, a minute), or None."""
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    assert year is not None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        first = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if hour is not None and minute is not None and (hour > 23 or minute > 59):
        return None
    if day is not None:
        clock = None if hour is None else 60 * hour + (minute or 0)
        return PartialDate(day_of(first), day_of(first), clock)
    start = np.array([day_of(first)], np.int64)
    end = int(roll(start, 1 if month else 12)[0]) - 1
    return PartialDate(day_of(first), end)


def _dated(value: object) -> TypeGuard[date]:
    """Whether something is a date; the missing time of pandas calls itself one."""
    return isinstance(value, date) and str(value) != "NaT"


def _plain(value: str | date) -> str | date:
    """A cell of a NumPy column of days or moments as a datetime; anything else as it is."""
    given: Any = value
    known = isinstance(given, np.datetime64) and not np.isnat(given)
    found: str | date = given.astype("M8[us]").item() if known else value
    return found


def _refuse_zone(value: date) -> None:
    """Refuses a moment of a zone: which day and time it is at the site is not ours to guess."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise NotFound(f'"{value}" has a time zone; give the local day and time at the site')


def as_moment(value: str | date) -> tuple[int, int]:
    """The day number of a date or an ISO text, and its minute of the day (-1: none is told).

    A datetime at midnight is the day, as columns of pandas hold it; a text says 00:00.
    Raises: NotFound where the text is no full date, or a datetime has a zone or seconds.
    """
    value = _plain(value)
    if _dated(value):
        day = day_of(date(value.year, value.month, value.day))
        if not isinstance(value, datetime):
            return day, -1
        _refuse_zone(value)
        if value.second or value.microsecond:
            raise NotFound(f'"{value}" has seconds; times are kept to the minute')
        return day, 60 * value.hour + value.minute or -1
    found = parse_date(str(value))
    if found is None or not found.known:
        raise NotFound(f'"{value}" is no date; write it as 2026-06-15 or 2026-06-15 10:30')
    return found.first, -1 if found.minute is None else found.minute


def as_day(value: str | date) -> int:
    """The day number of a date or an ISO text.

    Raises: NotFound where the text is no full date, or a datetime has a zone.
    """
    value = _plain(value)
    if _dated(value):
        _refuse_zone(value)
        return day_of(date(value.year, value.month, value.day))
    found = parse_date(str(value))
    if found is None or not found.known or found.minute is not None:
        raise NotFound(f'"{value}" is no date; write it as 2026-06-15')
    return found.first


_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_time(text: str) -> int | None:
    """The minute of the day that a text such as `10:00` states, or None."""
    found = _TIME.fullmatch(text.strip())
    return 60 * int(found[1]) + int(found[2]) if found else None


def clock_text(minute: int) -> str:
    """A minute of the day as `HH:MM`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
