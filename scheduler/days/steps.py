"""Day numbers, month arithmetic and durations: the one truth about calendar steps.

Days are day numbers (days since 1970-01-01) in int64 arrays; FAR and -FAR stand for "no end" and
"no beginning" and pass through every step unchanged.
Source: docs/semantics.md, section 2.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]

FAR = 10**8
NO_TIME = -1  # in columns of minutes of the day: no clock time is told
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


@lru_cache(maxsize=2**14)
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
    least, most = np.minimum.reduce(days), np.maximum.reduce(days)  # as min and max, sooner
    return bool(least > _ZERO and most < _ZERO + len(_MONTH))


def _shift(days: Days, months: int | Days, overflow: int) -> Days:
    if not (months if isinstance(months, int) else months.any()):
        return days
    if _all_near(days):  # as nearly always: nothing to tell apart
        index = days - _ZERO
        month = _MONTH.take(index) + months
        shifted = _MONTH_FIRST.take(month) + _DAY_OF_MONTH.take(index)
        return np.asarray(np.minimum(shifted, _MONTH_FIRST.take(month + 1) + overflow), np.int64)
    inside = (np.abs(days) < FAR) & (months != 0)
    index = np.where(inside, days - _ZERO, 0)
    month = _MONTH[index] + months
    moved = np.minimum(
        _MONTH_FIRST[month] + _DAY_OF_MONTH[index], _MONTH_FIRST[month + 1] + overflow
    )
    return np.where(inside, moved, days)


def clamp(days: Days, months: int | Days) -> Days:
    """Days moved by whole months; a day that does not exist becomes the month's last day."""
    return _shift(days, months, -1)


def roll(days: Days, months: int | Days) -> Days:
    """Days moved by whole months; a day that does not exist becomes the 1st of the next month."""
    return _shift(days, months, 0)


def plus(days: Days, count: int | Days) -> Days:
    """Days moved by a count of days; "no end" and "no beginning" stay what they are."""
    if isinstance(count, int) and abs(count) < FAR // 4 and _all_near(days):
        return days + count
    moved = np.where(np.abs(days) < FAR, days + count, days)
    far = np.abs(moved) > FAR // 2  # an endless step (a half-life nobody knows) has no end either
    return np.where(far, np.sign(moved) * FAR, moved)


def moved(days: Days, months: int | Days, count: int | Days) -> Days:
    """Days moved by whole months (clamped), then by a count of days: one step, or one a row."""
    return plus(clamp(days, months), count)


class Calendar(Protocol):
    """What counts working days."""

    def step(self, days: Days, count: int) -> Days:
        """The count-th working day after each day (before it where `count` is negative)."""


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed step taken at once: months (clamped), days, working days, then elapsed minutes.

    `then` is a further step from where the first one leads: a window's side beside a target, where
    working days are in one of them.
    """

    months: int = 0
    days: int = 0
    minutes: int = 0
    working: int = 0
    then: "Offset | None" = None

    @property
    def works(self) -> bool:
        """Whether working days are in it, so that it depends on a calendar."""
        return self.working != 0 or (self.then is not None and self.then.works)

    def followed_by(self, other: "Offset") -> "Offset":
        """Both steps: added up, or one after the other where working days are in one of them."""
        if not (self.works or other.works):
            return self + other
        return replace(self, then=other)

    def __add__(self, other: "Offset") -> "Offset":
        return Offset(
            self.months + other.months, self.days + other.days, self.minutes + other.minutes,
            self.working + other.working,
        )  # fmt: skip

    def __sub__(self, other: "Offset") -> "Offset":
        return self + -other

    def __neg__(self) -> "Offset":
        return self.times(-1)

    def times(self, count: int) -> "Offset":
        """The step multiplied, still to be taken in one step from the anchor."""
        then = None if self.then is None else self.then.times(count)
        return Offset(
            self.months * count, self.days * count, self.minutes * count, self.working * count, then
        )

    def day_from(self, days: Days, on: Calendar | None = None) -> Days:
        """The days that the calendar part of the step leads to; working days are those of `on`."""
        found = moved(days, self.months, self.days)
        if self.working:
            assert on is not None, "working days need a calendar"
            found = on.step(found, self.working)
        return found if self.then is None else self.then.day_from(found, on)


@lru_cache(maxsize=1024)
def never_early(step: Offset) -> bool:
    """Whether a step never leads before the day that it is taken from (months differ in length).

    So many working days are at least so many days; how many days they are at most, nobody can say.
    """
    return _least_minutes(step) >= 0


def _least_minutes(step: Offset) -> int:
    days = np.arange(_FOUR_YEARS[0], _FOUR_YEARS[1], dtype=np.int64)
    part = replace(step, working=0, then=None)
    least = int((part.day_from(days) - days).min()) * MINUTES_A_DAY + step.minutes
    behind = 0 if step.then is None else step.then.working
    net = step.working + behind if step.working > 0 else step.working
    if behind < 0 and net < 1:  # from a closed day back to one before it
        return -FAR
    rest = step.then if step.then is None or step.working <= 0 else replace(step.then, working=0)
    if net < 0 or (rest is not None and rest.working < 0):
        return -FAR
    return least + net * MINUTES_A_DAY + (0 if rest is None else _least_minutes(rest))


_FOUR_YEARS = (19723, 21184)  # 2024 to 2027: every length of a month, and of a year
