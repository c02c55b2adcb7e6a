"""History rows as sets of choices: which (start, end) may this exposure have had?"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from .times import INF, Interval, day_span, instants

Row = Mapping[str, object]


def cell(row: Row, column: str) -> str:
    """A cell's text; an absent column is a blank."""
    value = row.get(column)
    return "" if value is None else str(value).strip()


def attribute(row: Row, column: str) -> str:
    """An attribute's value; `unknown` is a blank."""
    text = cell(row, column)
    return "" if text == "unknown" else text


@dataclass(frozen=True)
class Choices:
    """Starts and ends that are possible; `ends` None: a single day, the end is the start."""

    starts: tuple[Interval, ...]
    ends: tuple[Interval, ...] | None

    def pairs(self, thresholds: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Enough (start, end) pairs for a predicate that only compares with the thresholds.

        The thresholds cut the line into cells ({below c}, {c}, {above c}); two pairs in the same
        cells get the same answer. Take any possible pair with start <= end. Moving the start down
        to the smallest possible value of its cell, and the end up to the largest of its cell,
        keeps start <= end and the cells. The smallest value of a cell within an interval is the
        interval's low end, c or c + 1; the largest is its high end, c or c - 1. So these suffice.
        A single day is moved down the same way.
        """
        starts = {
            x
            for lo, hi in self.starts
            for x in (lo, *(c + k for c in thresholds for k in (0, 1)))
            if lo <= x <= hi
        }
        if self.ends is None:
            yield from ((x, x) for x in starts)
            return
        ends = {
            x
            for lo, hi in self.ends
            for x in (hi, *(c - k for c in thresholds for k in (0, 1)))
            if lo <= x <= hi
        }
        yield from ((s, t) for s in starts for t in ends if s <= t)

    def latest_start(self) -> int:
        """The last start that is possible."""
        last = max(hi for _, hi in self.starts)
        return last if self.ends is None else min(last, max(hi for _, hi in self.ends))


@dataclass(frozen=True)
class Exposure:
    """One history row that tells of an exposure, in days and in minutes."""

    event: str
    row: Row
    days: Choices
    minutes: Choices


def written_days(text: str) -> Interval:
    """First and last day that a written date (a day, a month, a year) may be."""
    if re.fullmatch(r"\d{4}", text):
        return date(int(text), 1, 1).toordinal(), date(int(text), 12, 31).toordinal()
    if re.fullmatch(r"\d{4}-\d{2}", text):
        year, month = int(text[:4]), int(text[5:])
        last = monthrange(year, month)[1]
        return date(year, month, 1).toordinal(), date(year, month, last).toordinal()
    day = date.fromisoformat(text[:10]).toordinal()
    return day, day


def written_time(text: str) -> str | None:
    """The clock time behind a date, if one is written."""
    return text[11:16] if len(text) > 10 else None


def written_minutes(text: str, zone: str) -> tuple[Interval, ...]:
    """The instants that a written date may be: every minute of its days, or the one(s) told."""
    lo, hi = written_days(text)
    time = written_time(text)
    if time is None:
        return ((day_span(zone, lo)[0], day_span(zone, hi)[1]),)
    return tuple((m, m) for m in instants(zone, lo, time))


def read_exposure(row: Row, point: bool, zone: str, as_of: int) -> Exposure | None:
    """The exposure of a history row; None where it says that there was none."""
    start, end = cell(row, "start"), cell(row, "end")
    if start == "none":
        return None
    end_of_as_of = day_span(zone, as_of)[1]

    def starts(in_minutes: bool) -> tuple[Interval, ...]:
        if start != "unknown":
            return written_minutes(start, zone) if in_minutes else (written_days(start),)
        if end in ("", "ongoing", "unknown"):
            return ((-INF, end_of_as_of if in_minutes else as_of),)
        last = written_minutes(end, zone)[-1][1] if in_minutes else written_days(end)[1]
        return ((-INF, last),)

    def ends(in_minutes: bool) -> tuple[Interval, ...] | None:
        if end == "":
            return None if point else ((-INF, INF),)
        if end == "ongoing":
            return ((INF, INF),)
        if end == "unknown":
            return ((-INF, end_of_as_of if in_minutes else as_of),)
        return written_minutes(end, zone) if in_minutes else (written_days(end),)

    return Exposure(
        cell(row, "event"),
        row,
        Choices(starts(False), ends(False)),
        Choices(starts(True), ends(True)),
    )
