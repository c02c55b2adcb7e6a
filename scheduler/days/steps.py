"""Day numbers, month arithmetic and durations: the one truth about calendar steps.

Days are day numbers (days since 1970-01-01) in int64 arrays; FAR and -FAR stand for "no end" and
"no beginning" and pass through every step unchanged.
Source: docs/semantics.md, section 2.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scheduler.errors import NotFound

Days = NDArray[np.int64]

FAR = 10**8
EPOCH = date(1970, 1, 1)
FIRST_YEAR, LAST_YEAR = 1900, 2100  # years that an input may name; the tables reach further
_TABLE_FIRST, _TABLE_LAST = 1600, 2400
MINUTES_A_DAY = 1440


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


Unit = Literal["calendar", "elapsed", "half-lives"]


@dataclass(frozen=True, slots=True)
class Term:
    """One duration: calendar time (months, then days), minutes, or a count of half-lives."""

    unit: Unit
    months: int = 0
    days: int = 0
    minutes: int = 0
    half_lives: float = 0.0
    text: str = ""

    @property
    def offset(self) -> Offset:
        """The duration as a forward step (half-lives have none by themselves)."""
        return Offset(self.months, self.days, self.minutes)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Length:
    """A duration as a rule or gap states it: one term, or the longer or shorter of several.

    Terms are combined by the dates that they give. Several terms count in whole days: hours and
    half-lives inside are rounded up.
    """

    terms: tuple[Term, ...]
    pick: Literal["one", "longer_of", "shorter_of"] = "one"

    @property
    def elapsed(self) -> bool:
        """Whether the length is a time in hours or minutes, so that instants matter."""
        return self.pick == "one" and self.terms[0].unit == "elapsed"

    @property
    def minutes(self) -> int:
        """The minutes of an elapsed length."""
        return self.terms[0].minutes

    @property
    def needs_half_life(self) -> bool:
        """Whether any term counts half-lives."""
        return any(term.unit == "half-lives" for term in self.terms)

    def __str__(self) -> str:
        if self.pick == "one":
            return self.terms[0].text
        word = "longer" if self.pick == "longer_of" else "shorter"
        return f"the {word} of {' and '.join(term.text for term in self.terms)}"

    def first_clear(self, ends: Days, inclusive: bool, half_life: "NDArray[np.float64]") -> Days:
        """The smallest day d whose clamped step back d - length lies after (or on) each end.

        `half_life` in minutes, per row; a row's infinite half-life gives no clear day at all.
        """
        found = [
            roll(plus(ends, days + int(inclusive)), term.months)
            for term in self.terms
            for days in [_whole_days(term, half_life)]
        ]
        return _extreme(found, longest=self.pick == "longer_of")

    def first_reaching(
        self, starts: Days, inclusive: bool, half_life: "NDArray[np.float64]"
    ) -> Days:
        """The smallest day d whose clamped step forward reaches (or passes) each start."""
        found = [
            roll(plus(starts, int(not inclusive) - days), -term.months)
            for term in self.terms
            for days in [_whole_days(term, half_life)]
        ]
        return _extreme(found, longest=self.pick == "shorter_of")

    def forward(self, days: Days, half_life: "NDArray[np.float64] | None" = None) -> Days:
        """The clamped step forward: the last day that an upper bound of this length allows."""
        known = _NO_HALF_LIFE if half_life is None else half_life
        found = [plus(clamp(days, term.months), _whole_days(term, known)) for term in self.terms]
        return _extreme(found, longest=self.pick == "longer_of")

    def back(self, days: Days, half_life: "NDArray[np.float64] | None" = None) -> Days:
        """The clamped step back: the far end of a look-back of this length."""
        known = _NO_HALF_LIFE if half_life is None else half_life
        found = [plus(clamp(days, -term.months), -_whole_days(term, known)) for term in self.terms]
        return _extreme(found, longest=self.pick == "shorter_of")


_NO_HALF_LIFE: "NDArray[np.float64]" = np.zeros(1)


def _extreme(found: list[Days], longest: bool) -> Days:
    combine = np.maximum if longest else np.minimum
    result = found[0]
    for other in found[1:]:
        result = combine(result, other)
    return result


def _whole_days(term: Term, half_life: "NDArray[np.float64]") -> Days:
    if term.unit == "calendar":
        return np.asarray(term.days, np.int64)
    if term.unit == "elapsed":
        return np.asarray(math.ceil(term.minutes / MINUTES_A_DAY), np.int64)
    length = np.minimum(np.ceil(np.round(half_life * term.half_lives, 6) / MINUTES_A_DAY), FAR)
    return np.asarray(length, np.int64)


_UNITS = {
    "minute": ("elapsed", "minutes", 1),
    "hour": ("elapsed", "minutes", 60),
    "day": ("calendar", "days", 1),
    "week": ("calendar", "days", 7),
    "month": ("calendar", "months", 1),
    "year": ("calendar", "months", 12),
}
_PLAIN = re.compile(r"(\d+)\s+(minute|hour|day|week|month|year)s?", re.ASCII)
_HALF_LIVES = re.compile(r"(\d+(?:\.\d+)?)\s+half-li(?:fe|ves)", re.ASCII)
_ISO = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?",
    re.ASCII,
)
_HALF_LIFE_VALUE = re.compile(r"(\d+(?:\.\d+)?)\s+(hour|day)s?", re.ASCII)


def parse_term(text: str) -> Term | None:
    """The duration that a text states, or None where it is none.

    Forms: `15 minutes`, `72 hours`, `4 weeks`, `6 months`, `2 years`, `5 half-lives`, ISO 8601.
    A text that mixes hours with days is none.
    """
    text = text.strip()
    if found := _PLAIN.fullmatch(text):
        unit, field, factor = _UNITS[found[2]]
        amount = int(found[1]) * factor
        return Term(unit, text=text, **{field: amount}) if amount < 10**7 else None  # type: ignore[arg-type]
    if found := _HALF_LIVES.fullmatch(text):
        return Term("half-lives", half_lives=float(found[1]), text=text)
    if found := _ISO.fullmatch(text):
        years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
        calendar = any(part is not None for part in found.groups()[:4])
        elapsed = any(part is not None for part in found.groups()[4:])
        if calendar == elapsed or max(years, months, weeks, days, hours, minutes) > 10**5:
            return None
        if elapsed:
            return Term("elapsed", minutes=60 * hours + minutes, text=text)
        return Term("calendar", months=12 * years + months, days=7 * weeks + days, text=text)
    return None


def parse_half_life(text: str) -> float | None:
    """The minutes of a half-life such as `26 hours` or `1.5 days`, or None where it is none."""
    found = _HALF_LIFE_VALUE.fullmatch(text.strip())
    return None if not found else float(found[1]) * (60 if found[2] == "hour" else MINUTES_A_DAY)


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


def as_day(value: str | date) -> int:
    """The day number of a date or an ISO text.

    Raises: NotFound where the text is no full date.
    """
    if isinstance(value, date):
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
