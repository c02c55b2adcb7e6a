"""How many participants may do a step when, and how long the way from one step to another is."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from scheduler.arrays import Index, distinct_numbers
from scheduler.days import FAR, Days, as_day, date_of
from scheduler.errors import known_name
from scheduler.tables.columns import date_column, integer_column
from scheduler.tables.days import days_frame
from scheduler.tables.frames import Frame
from scheduler.tables.lookups import rows_among
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

PLANNED = ("planned", "booked")
_PERIOD = re.compile(r"[1-9]\d{0,3}?D|(?:[1-9]\d{0,2})?(?:D|M|W(?:-[A-Z]{3})?|[QY](?:-[A-Z]{3})?)")


def counts_frame(plan: Tables, node: str, freq: str = "W") -> "pd.DataFrame":
    """In every week (or other period), how many participants may, or might, do a step?

    One row a period from that of `as_of` to the last day that anybody has: `first` and `last` day
    of it, `permitted` (participants with a permitted day in it), `undetermined` (those with none
    but undetermined ones), `planned` (whose recommended or booked date lies in it). Args: `freq` is
    a day or longer, as pandas writes periods: "D", "W" (from Monday), "W-SAT" (ends on Saturdays),
    "M", "Q", "Y", or several of them, as in "2W".
    Raises: NotFound for a node; ValueError for a period that is none; TypeError for no text.
    """
    windows = _rows_of(plan, "windows", node)
    schedule = _rows_of(plan, "schedule", node)
    planned = schedule.take(np.flatnonzero(rows_among(schedule, "status", PLANNED)))
    due = _days(planned, "date")
    due = due[due < FAR]
    first, last = _days(windows, "first"), _days(windows, "last")
    begins, ends = _periods(plan, freq, max([*due.tolist(), *last.tolist()], default=-FAR))
    codes, words = windows.codes("certainty"), windows.words("certainty")
    found = {}
    for word in ("permitted", "undetermined"):
        mine = np.flatnonzero(codes == words.index(word))
        begin, end = (np.searchsorted(begins, side[mine], "right") - 1 for side in (first, last))
        found[word] = _pairs(windows.codes("participant")[mine], begin, end, len(begins))
    found["undetermined"] = np.setdiff1d(found["undetermined"], found["permitted"])
    counts = {word: pairs % len(begins) for word, pairs in found.items()}
    counts["planned"] = np.searchsorted(begins, due, "right") - 1
    frame = Frame({"first": date_column(begins), "last": date_column(ends)}).pandas()
    return frame.assign(
        **{word: np.bincount(place, minlength=len(begins)) for word, place in counts.items()}
    )


def _periods(plan: Tables, freq: str, last: int) -> tuple[Days, Days]:
    """The first and last days of the periods from that of `as_of` to that of a day."""
    import pandas as pd

    if not isinstance(freq, str):
        raise TypeError(f"freq: found {type(freq).__name__} {freq!r}, expected text such as W")
    end = max(plan.as_of, date_of(last)) if last > -FAR else plan.as_of
    try:
        if not _PERIOD.fullmatch(freq):
            raise ValueError
        found = pd.period_range(pd.Timestamp(plan.as_of), pd.Timestamp(end), freq=freq)
    except ValueError:
        raise ValueError(
            f'freq: found "{freq}", expected a day or longer as pandas writes periods: D, W, M, Q, '
            "Y, W-SAT, or several, such as 2W"
        ) from None
    begins, ends = found.start_time, found.end_time
    return tuple(side.to_numpy().astype("M8[D]").astype(np.int64) for side in (begins, ends))  # type: ignore[return-value]


def _pairs(who: Index, begin: Index, end: Index, count: int) -> Index:
    """Every participant and period that share a day of the runs, each pair once, as a number."""
    sizes = end - begin + 1
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return distinct_numbers(np.repeat(who * count + begin, sizes) + within)


def intervals_frame(plan: Tables, start: str, end: str) -> "pd.DataFrame":
    """How many days lie between two steps, for each participant who has dates for both?

    One row a participant: `start` and `end` (recorded, booked or recommended), `days` from the one
    day to the other whatever the times, `start_status` and `end_status`, and `in_window`: whether
    the day of the end lies in its window given the other dates (missing where it has none).
    Raises: NotFound for a node.
    """
    import pandas as pd

    sides = [_rows_of(plan, "schedule", node) for node in (start, end)]
    sides = [side.take(np.flatnonzero(_days(side, "date") < FAR)) for side in sides]
    _, one, other = np.intersect1d(
        sides[0].codes("participant"), sides[1].codes("participant"), return_indices=True
    )
    before, after = sides[0].take(one), sides[1].take(other)
    day, first, last = (_days(after, name) for name in ("date", "first", "last"))
    known = (first < FAR) & (last < FAR)
    found = Frame(
        {
            "participant": before["participant"],
            "start": before["date"],
            "end": after["date"],
            "days": integer_column(day - _days(before, "date"), np.ones(len(day), bool)),
            "start_status": before["status"],
            "end_status": after["status"],
        }
    )
    inside = pd.arrays.BooleanArray(known & (first <= day) & (day <= last), ~known)
    return plan.handed(found).assign(in_window=pd.Series(inside))


def days_of_all(
    plan: Tables,
    codes: Sequence[str],
    nodes: str | Sequence[str] | None,
    first: str | date | None,
    last: str | date | None,
) -> Frame:
    """What `Plan.days` says of participants of any version; see `tables.days.days_frame`."""
    span = [None if day is None else as_day(day) for day in (first, last)]
    if None not in span and span[0] > span[1]:  # type: ignore[operator]
        raise ValueError(f"first: found {first}, which is after the last day, {last}")
    if nodes is not None and not isinstance(nodes, Iterable):
        raise TypeError(f"nodes: found {nodes!r}, expected names of milestones or visits")
    some = [nodes] if isinstance(nodes, str) else nodes
    asked: dict[int, list[str]] = {}
    for code in codes:
        asked.setdefault(id(plan.part(code)), []).append(code)
    parts = [part for part in plan.parts if id(part) in asked] or plan.parts[:1]
    frames = [days_frame(part, asked.get(id(part), []), some, *span) for part in parts]
    return plan.joined(frames) if asked else frames[0]


def _rows_of(plan: Tables, name: str, node: str) -> Frame:
    """The rows of a table that are of a milestone or visit."""
    known_name("milestone or visit", node, plan.protocol.index)
    table = plan.table(name)
    return table.take(np.flatnonzero(rows_among(table, "milestone", [node])))


def _days(frame: Frame, name: str) -> Days:
    """A column of dates as day numbers; FAR where it is missing."""
    return np.array(frame[name].values(), np.int64)
