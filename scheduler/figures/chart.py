"""What a figure shows, as records in day numbers: rows with bars, marks and texts.

Nothing here knows how it will look; drawing.py and style.py do. Both ends of each bar are included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

from scheduler.days import as_day, day_of
from scheduler.errors import WashoutError

BarKind = Literal[
    "permitted", "undetermined", "given", "given_undetermined", "lane", "next", "blocked", "unsure",
    "duty", "duty_planned", "exposure",
]  # fmt: skip
MarkKind = Literal[
    "done", "booked", "booked_out", "planned", "planned_undetermined", "visit_done",
    "visit_planned", "target", "missed", "overdue", "last_day", "deviation", "ended",
]  # fmt: skip
_LEAST = 28  # days that a figure shows unless it is told otherwise
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Bar:
    """The days first..last of a row, in one meaning; beyond the days shown it is cut off."""

    first: int
    last: int
    kind: BarKind


@dataclass(frozen=True, slots=True)
class Mark:
    """One day of a row; `text` (a milestone's number) stands above it."""

    day: int
    kind: MarkKind
    text: str = ""


@dataclass(slots=True)
class ChartRow:
    """One line of a figure: what it is about, what stands on its days, and a note beside it."""

    label: str
    detail: str = ""
    note: str = ""
    note_detail: str = ""
    bars: list[Bar] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under one heading; an empty heading takes no room.

    `beyond` are texts about what lies outside the days shown; they stand below the rows.
    """

    heading: str
    rows: tuple[ChartRow, ...]
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole figure: the days first..last, its sections, closed days, and the day of the plan.

    `closed` are runs of closed days. `key` are numbers with the names they stand for. `lanes`
    says that marks carry numbers, so that rows need the room for them.
    """

    title: str
    subtitle: str
    first: int
    last: int
    as_of: int
    sections: tuple[Section, ...]
    closed: tuple[tuple[int, int], ...] = ()
    key: tuple[tuple[str, str], ...] = ()
    lanes: bool = False

    @property
    def rows(self) -> list[ChartRow]:
        """All rows, from top to bottom."""
        return [row for section in self.sections for row in section.rows]


def day_label(day: int, year: bool = True) -> str:
    """A day as people write it: `15 Jun 2026`, `15 Jun`."""
    found = date.fromordinal(day + date(1970, 1, 1).toordinal())
    text = f"{found.day} {MONTHS[found.month - 1]}"
    return f"{text} {found.year}" if year else text


def span_label(first: int, last: int) -> str:
    """A span of days as people write it: `23 to 24 Jun 2026`, `28 Jun to 3 Jul 2026`."""
    if first == last:
        return day_label(first)
    one, other = day_label(first).split(), day_label(last).split()
    if one[2] != other[2]:
        return f"{' '.join(one)} to {' '.join(other)}"
    return f"{' '.join(one[:1] if one[1] == other[1] else one[:2])} to {' '.join(other)}"


def touches(row: ChartRow, first: int, last: int) -> bool:
    """Whether anything of a row lies on the days first..last."""
    return any(bar.first <= last and bar.last >= first for bar in row.bars) or any(
        first <= mark.day <= last for mark in row.marks
    )


def number_of(value: object) -> int | None:
    """The day number of a table's date; None where there is none."""
    if not isinstance(value, pd.Timestamp) or pd.isna(value):
        return None
    return day_of(value.date())


def chosen_span(
    found: tuple[int, int], first: str | date | None, last: str | date | None
) -> tuple[int, int]:
    """The days to show: what the caller asked for, else what was found.

    Raises: NotFound where a text is no date; WashoutError where the last day is before the first.
    """
    begin = found[0] if first is None else as_day(first)
    end = found[1] if last is None else as_day(last)
    if end < begin:
        if first is not None and last is not None:
            raise WashoutError(
                f"the last day to show ({day_label(end)}) is before the first ({day_label(begin)})"
            )
        begin, end = (begin, begin + 27) if last is None else (end - 27, end)
    return begin, max(end, begin + 6)


def padded(days: Iterable[int]) -> tuple[int, int]:
    """The first and the last of some days, with a little room on both sides."""
    known = sorted(days)
    room = max(4, (known[-1] - known[0]) // 25)
    return known[0] - room, max(known[-1] + room, known[0] - room + _LEAST - 1)


def runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Days in rising order as runs of neighbours."""
    found: list[tuple[int, int]] = []
    for day in days:
        if found and day == found[-1][1] + 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
