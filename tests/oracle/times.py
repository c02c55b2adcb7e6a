"""Days, months, clock times and durations, each by its definition.

A day is `date.toordinal()`; an instant is minutes since 1970-01-01T00:00 UTC.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

INF = 10**12
DAY_MINUTES = 24 * 60
Interval = tuple[int, int]


def to_day(value: Any) -> int:
    """Which day is this date (a date, a datetime or its written form)?"""
    if isinstance(value, date):
        return value.toordinal()
    return date.fromisoformat(str(value).strip()[:10]).toordinal()


@cache
def step(day: int, months: int, days: int) -> int:
    """Months first (the month's last day where the day does not exist there), then days."""
    if months == 0:
        return day + days
    d = date.fromordinal(day)
    index = d.year * 12 + (d.month - 1) + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(d.day, last)).toordinal() + days


class Home(str):
    """The time zone of a participant's site, which also knows on which days the site is closed."""

    closed: frozenset[int] = frozenset()


def working_day(home: str, day: int, count: int) -> int:
    """The count-th open day after a day; before it where the count is negative."""
    closed = home.closed if isinstance(home, Home) else frozenset[int]()
    for _ in range(abs(count)):
        day += 1 if count > 0 else -1
        while day in closed:
            day += 1 if count > 0 else -1
    return day


# --- clock times -------------------------------------------------------------------------------


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


@cache
def instants(zone: str, day: int, time: str) -> tuple[int, ...]:
    """The instants at which the local clock shows this time: none, one, or two (a clock change)."""
    d = date.fromordinal(day)
    hour, minute = (int(part) for part in time.split(":")[:2])
    naive = datetime(d.year, d.month, d.day, hour, minute)
    found = set()
    for fold in (0, 1):
        instant = naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
        if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == naive:
            found.add(_minutes(instant))
    return tuple(sorted(found))


@cache
def day_span(zone: str, day: int) -> Interval:
    """The first and the last minute of a local day, [00:00, next 00:00)."""
    edges = []
    for ordinal in (day, day + 1):
        d = date.fromordinal(ordinal)
        # Where 00:00 is skipped, zoneinfo's fold=0 gives the instant of the change itself.
        edges.append(_minutes(datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone))))
    return edges[0], edges[1] - 1


def local_day(zone: str, instant: int) -> int:
    """On which local day does this instant fall?"""
    return datetime.fromtimestamp(instant * 60, ZoneInfo(zone)).date().toordinal()


def move(zone: str, instant: int, months: int, days: int, minutes: int) -> tuple[int, ...]:
    """Calendar part with the local clock time kept, then the hours as elapsed time.

    Two instants where the time that the calendar part leads to occurs twice; the moment of the
    clock change where it is skipped.
    """
    if not (months or days):
        return (instant + minutes,)
    local = datetime.fromtimestamp(instant * 60, ZoneInfo(zone))
    day = step(local.date().toordinal(), months, days)
    found = instants(zone, day, f"{local.hour:02d}:{local.minute:02d}")
    return tuple(m + minutes for m in found or (_change_on(zone, day),))


def _change_on(zone: str, day: int) -> int:
    """The moment on a day at which the clock goes forward."""
    first, last = day_span(zone, day)
    offset = [
        datetime.fromtimestamp(m * 60, ZoneInfo(zone)).utcoffset() for m in range(first, last + 2)
    ]
    return first + next(i for i, (a, b) in enumerate(pairwise(offset), 1) if a != b)


# --- durations ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One written duration; `clock` says that it was written in hours or minutes."""

    months: int = 0
    days: int = 0
    minutes: int = 0
    clock: bool = False
    half_lives: Fraction | None = None
    working: int = 0


@dataclass(frozen=True)
class Either:
    """longer_of (longest) or shorter_of."""

    longest: bool
    parts: tuple[Duration, ...]


Duration = Term | Either

_WORDS = {
    "minute": Term(minutes=1, clock=True),
    "hour": Term(minutes=60, clock=True),
    "day": Term(days=1),
    "week": Term(days=7),
    "month": Term(months=1),
    "year": Term(months=12),
}
_ISO = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", re.ASCII
)


def parse(value: Any) -> Duration:
    """Read a duration as the protocol file writes it."""
    if isinstance(value, dict):
        ((key, parts),) = value.items()
        return Either(key == "longer_of", tuple(parse(part) for part in parts))
    return _parse(str(value).strip())


@cache
def _parse(text: str) -> Term:
    iso = _ISO.fullmatch(text)
    if iso:
        y, m, w, d, h, n = (int(g or 0) for g in iso.groups())
        return Term(12 * y + m, 7 * w + d, 60 * h + n, "T" in text)
    number, unit, *more = text.split()
    if unit == "working":
        return Term(working=int(number))
    assert not more, text
    if unit in ("half-life", "half-lives"):
        return Term(half_lives=Fraction(number))
    one = _WORDS[unit.removesuffix("s")]
    n = int(number)
    return Term(one.months * n, one.days * n, one.minutes * n, one.clock)


def parse_term(value: Any) -> Term:
    """Read a duration that must be one term."""
    term = parse(value)
    assert isinstance(term, Term), value
    return term


def is_clock(duration: Duration) -> bool:
    """Is this a duration in hours (inside longer_of and shorter_of hours are days)?"""
    return isinstance(duration, Term) and duration.clock


def needs_half_life(duration: Duration | None) -> bool:
    """Does it count half-lives?"""
    if isinstance(duration, Either):
        return any(needs_half_life(part) for part in duration.parts)
    return duration is not None and duration.half_lives is not None


def _whole_days(term: Term, half_life: Fraction | int) -> int | None:
    """Days of a term in half-lives or (inside a combination) hours; None for calendar terms."""
    if term.half_lives is not None:
        if half_life == INF:
            return INF if term.half_lives else 0
        return ceil(term.half_lives * half_life / DAY_MINUTES)
    return ceil(Fraction(term.minutes, DAY_MINUTES)) if term.clock else None


@cache
def back(day: int, duration: Duration, half_life: Fraction | int = 0) -> int:
    """`day - duration`, the clamped step back; `half_life` in minutes, INF without bound."""
    if isinstance(duration, Either):
        found = [back(day, part, half_life) for part in duration.parts]
        return min(found) if duration.longest else max(found)
    whole = _whole_days(duration, half_life)
    if whole is not None:
        return day - whole
    return step(day, -duration.months, -duration.days)


@cache
def forward(day: int, duration: Duration, half_life: Fraction | int = 0) -> int:
    """`day + duration`, clamped; `half_life` in minutes, INF without bound."""
    if isinstance(duration, Either):
        found = [forward(day, part, half_life) for part in duration.parts]
        return max(found) if duration.longest else min(found)
    whole = _whole_days(duration, half_life)
    if whole is not None:
        return day + whole
    return step(day, duration.months, duration.days)
