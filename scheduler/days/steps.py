"""Day numbers, month arithmetic and durations: the one truth about calendar steps.

Days are day numbers (days since 1970-01-01) in int64 arrays; FAR and -FAR stand for "no end" and
"no beginning" and pass through every step unchanged.
Source: docs/semantics.md, section 2.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]

FAR = 10**8
EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1900, 2100  # years that an input may name; the tables reach further
_TABLE_FIRST, _TABLE_LAST = 1600, 2400
MINUTES_A_DAY = 1440
_THURSDAY = 3  # the weekday of day 0


def _month_tables() -> tuple[int, Days, Days, Days]:
    months = np.arange(f"{_TABLE_FIRST}-01", f"{_TABLE_LAST}-02", dtype="M8[M]")
    firsts = months.astype("M8[D]").astype(np.int64)
    lengths = np.diff(firsts)
    index = np.repeat(np.arange(len(lengths)), lengths)
    day_of_month = np.arange(len(index)) + firsts[0] - firsts[index]
    return int(firsts[0]), index, day_of_month, firsts


_ZERO, _MONTH, _DAY_OF_MONTH, _MONTH_FIRST = _month_tables()


def day_of(value: date) -> int:
    """The day number of a date."""
    return (value - EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(day))


def iso(day: int) -> str:
    """The ISO text of a day number; empty for "no end" and "no beginning"."""
    return "" if abs(int(day)) > FAR // 2 else date_of(day).isoformat()


def on_weekdays(days: Days, weekdays: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether days fall on some weekdays (0 is Monday); on any where none is named."""
    if not weekdays:
        return np.ones(len(days), bool)
    return np.isin((days + _THURSDAY) % 7, weekdays)


def _all_near(days: Days) -> bool:
    """Whether every day lies in the years of the tables of months."""
    if not len(days):
        return True
    return bool(days.min() > _ZERO) and bool(days.max() < _ZERO + len(_MONTH))


def _shift(days: Days, months: int, overflow: int) -> Days:
    if months == 0:
        return days
    if _all_near(days):  # as nearly always: nothing to tell apart
        index = days - _ZERO
        month = _MONTH.take(index) + months
        shifted = _MONTH_FIRST.take(month) + _DAY_OF_MONTH.take(index)
        return np.asarray(np.minimum(shifted, _MONTH_FIRST.take(month + 1) + overflow), np.int64)
    inside = np.abs(days) < FAR
    index = np.where(inside, days - _ZERO, 0)
    month = _MONTH[index] + months
    moved = np.minimum(
        _MONTH_FIRST[month] + _DAY_OF_MONTH[index], _MONTH_FIRST[month + 1] + overflow
    )
    return np.where(inside, moved, days)


def clamp(days: Days, months: int) -> Days:
    """Days moved by whole months; a day that does not exist becomes the month's last day."""
    return _shift(days, months, -1)


def roll(days: Days, months: int) -> Days:
    """Days moved by whole months; a day that does not exist becomes the 1st of the next month."""
    return _shift(days, months, 0)


def plus(days: Days, count: int | Days) -> Days:
    """Days moved by a count of days; "no end" and "no beginning" stay what they are."""
    if isinstance(count, int) and abs(count) < FAR // 4 and _all_near(days):
        return days + count
    moved = np.where(np.abs(days) < FAR, days + count, days)
    far = np.abs(moved) > FAR // 2  # an endless step (a half-life nobody knows) has no end either
    return np.where(far, np.sign(moved) * FAR, moved)


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed calendar step taken at once: months (clamped), then days, then elapsed minutes."""

    months: int = 0
    days: int = 0
    minutes: int = 0

    def __add__(self, other: "Offset") -> "Offset":
        return Offset(
            self.months + other.months, self.days + other.days, self.minutes + other.minutes
        )

    def __sub__(self, other: "Offset") -> "Offset":
        return self + -other

    def __neg__(self) -> "Offset":
        return self.times(-1)

    def times(self, count: int) -> "Offset":
        """The step multiplied, still to be taken in one step from the anchor."""
        return Offset(self.months * count, self.days * count, self.minutes * count)

    def day_from(self, days: Days) -> Days:
        """The days that the calendar part of the step leads to."""
        return plus(clamp(days, self.months), self.days)


@lru_cache(maxsize=1024)
def never_early(step: Offset) -> bool:
    """Whether a step never leads before the day that it is taken from (months differ in length)."""
    days = np.arange(_FOUR_YEARS[0], _FOUR_YEARS[1], dtype=np.int64)
    return int((step.day_from(days) - days).min()) * MINUTES_A_DAY + step.minutes >= 0


_FOUR_YEARS = (19723, 21184)  # 2024 to 2027: every length of a month, and of a year
