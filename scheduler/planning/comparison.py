"""Two plans side by side: which days, dates, bookings and states differ.

Everything is compared by name, so that the plans may follow two versions of a protocol.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from scheduler.arrays import Index, distinct, order
from scheduler.core.dayset import Runs, intersect, minus, of_columns
from scheduler.days import FAR, Days
from scheduler.tables.bookings import BOOKINGS, KEPT, PAST
from scheduler.tables.columns import category_column, date_column, join_frames, recoded
from scheduler.tables.frames import Column, Dated, Frame, OneOf, WholeNumbers, Written
from scheduler.tables.lookups import VERDICTS, handed, rows_among
from scheduler.tables.tables import Tables
from scheduler.tables.unplanned.unscheduled import STANDING

if TYPE_CHECKING:
    import pandas as pd

CHANGES = ("lost", "gained", "other")
_A_DAY = 86_400  # seconds
_NONE = 2**40  # what is missing, as a number to compare and to sort by: it comes last


class DifferenceTables(ABC):
    """What differs between two plans, a table for each kind of difference; see docs/frames.md."""

    @property
    @abstractmethod
    def frames(self) -> Mapping[str, Frame]:
        """All tables by name as columns of arrays, for who needs no DataFrame."""

    @property
    @abstractmethod
    def ids(self) -> Mapping[str, int | str]:
        """The ids of participants as they were given, by their codes; none where these are it."""

    def handed(self, name: str) -> "pd.DataFrame":
        """A table as a DataFrame."""
        return handed(self.frames[name], self.ids)

    @cached_property
    def days(self) -> "pd.DataFrame":
        """Days of a node that get another verdict, participant by participant."""
        return self.handed("days")

    @cached_property
    def schedule(self) -> "pd.DataFrame":
        """Nodes that get another date, status or window given the other dates."""
        return self.handed("schedule")

    @cached_property
    def states(self) -> "pd.DataFrame":
        """Participants whose state, next node, or counts of what is open differ."""
        return self.handed("states")

    @cached_property
    def bookings(self) -> "pd.DataFrame":
        """Bookings that only one of the plans can keep."""
        return self.handed("bookings")


class PlanComparison(DifferenceTables):
    """What differs between two plans of the same people."""

    def __init__(self, frames: Mapping[str, Frame], ids: Mapping[str, int | str]) -> None:
        """Takes the tables by name, and the ids of all participants as they were given."""
        self._frames, self._ids = frames, ids

    @property
    def ids(self) -> Mapping[str, int | str]:
        """The ids of participants as they were given, by their codes; none where these are it."""
        return self._ids

    @property
    def frames(self) -> Mapping[str, Frame]:
        """All tables by name as columns of arrays, for who needs no DataFrame."""
        return self._frames

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any(len(frame) for frame in self.frames.values())

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(frame)} {name}" for name, frame in self.frames.items())
        return f"<PlanComparison: {counts}>"


def compared(before: Tables, after: Tables) -> PlanComparison:
    """Everything that differs between two plans.

    Days, dates and bookings are those of the people of both; who is in one of them alone stands in
    `states`, with nothing on the other side.
    """
    return PlanComparison(
        {
            "days": changed_days(before, after),
            "schedule": changed_schedule(before, after),
            "states": changed_states(before, after),
            "bookings": changed_bookings(before, after),
        },
        given_ids(before, after),
    )


def given_ids(before: Tables, after: Tables) -> dict[str, int | str]:
    """The ids of the participants of two plans, where both were given them alike."""
    one, other = before.study.own_ids, after.study.own_ids
    kinds = {type(given) for ids in (one, other) for given in ids.values()}
    return {**one, **other} if one and other and len(kinds) == 1 else {}


def shared_words(column: str, before: Frame, after: Frame) -> list[str]:
    """The words of a column in two tables: in the later one's order, then what it lacks."""
    return list(dict.fromkeys([*after.words(column), *before.words(column)]))


def changed_days(before: Tables, after: Tables) -> Frame:
    """Which days of which node get another verdict?

    One row a maximal run of days with the same two verdicts. `lost` days were permitted, `gained`
    days are now; `other` are days that change between undetermined and blocked. Nodes and people
    that only one of the plans knows are left out.
    """
    was, now = before.table("windows"), after.table("windows")
    people = _people(before, after)
    known = set(was.words("milestone"))
    nodes = [name for name in now.words("milestone") if name in known]
    old = [_runs(was, word, people, nodes) for word in VERDICTS[:2]]
    new = [_runs(now, word, people, nodes) for word in VERDICTS[:2]]
    some_old, some_new = _union(*old), _union(*new)
    found = [
        (0, 1, intersect(old[0], new[1])),
        (0, 2, minus(old[0], some_new)),
        (1, 0, intersect(old[1], new[0])),
        (1, 2, minus(old[1], some_new)),
        (2, 0, minus(new[0], some_old)),
        (2, 1, minus(new[1], some_old)),
    ]
    parts = [(*runs.columns(), np.full(len(runs.columns()[0]), b * 3 + a)) for b, a, runs in found]
    row, first, last, pair = (np.concatenate([part[i] for part in parts]) for i in range(4))
    by = np.lexsort((first, row))
    row, first, last, pair = row[by], first[by], last[by], pair[by]
    return _changed_frame(row, first, last, pair, people, nodes)


def _changed_frame(
    row: Index, first: Days, last: Days, pair: Index, people: list[str], nodes: list[str]
) -> Frame:
    count = max(1, len(nodes))
    old, new = pair // 3, pair % 3
    return Frame(
        {
            "participant": category_column(row // count, people),
            "milestone": category_column(row % count, nodes),
            "change": category_column(np.where(old == 0, 0, np.where(new == 0, 1, 2)), CHANGES),
            "first": date_column(first),
            "last": date_column(last),
            "before": category_column(old, VERDICTS),
            "after": category_column(new, VERDICTS),
        }
    )


def _runs(windows: Frame, word: str, people: Sequence[str], nodes: Sequence[str]) -> Runs:
    """The days of one verdict, one row a participant and node."""
    node = recoded(windows["milestone"], nodes)
    who = recoded(windows["participant"], people)
    wanted = windows.codes("certainty") == windows.words("certainty").index(word)
    some = np.flatnonzero(wanted & (node >= 0) & (who >= 0))
    row = who[some] * len(nodes) + node[some]
    days = (np.array(windows[name].take(some).values(), np.int64) for name in ("first", "last"))
    return of_columns(len(people) * len(nodes), row, *days)


def _union(one: Runs, other: Runs) -> Runs:
    columns = [np.concatenate(pair) for pair in zip(one.columns(), other.columns(), strict=True)]
    return of_columns(len(one), *columns)


def changed_schedule(before: Tables, after: Tables) -> Frame:
    """Which nodes get another date, status or window given the other dates?

    One row a participant and node that differs; `days_moved` is the new date less the old one.
    """
    columns = ["date", "status", "certainty", "first", "last"]
    keys = ["participant", "milestone"]
    both = _beside(*_shared(before, after, "schedule"), keys, columns)
    old, new = _numbers(both["date_before"]), _numbers(both["date_after"])
    known = (old < _NONE) & (new < _NONE)
    return both.assign(days_moved=WholeNumbers(np.where(known, (new - old) // _A_DAY, 0), known))


def changed_states(before: Tables, after: Tables) -> Frame:
    """Whose state, next node, or count of open questions and deviations differs?"""
    columns = ["state", "next_milestone", "next_first", "next_last", "open_queries", "deviations"]
    return _beside(before.table("summary"), after.table("summary"), ["participant"], columns)


def changed_bookings(before: Tables, after: Tables) -> Frame:
    """Which standing bookings can be kept in one of the plans only?

    `permitted_before` and `permitted_after` are the nearest days that the second plan permits.
    Booked unscheduled visits bind nothing, so that they stand wherever they are booked.
    """
    keys, near = (
        ["participant", "milestone", "date", "time"],
        ["permitted_before", "permitted_after"],
    )
    planned, others = (_shared(before, after, name) for name in ("bookings", "unscheduled"))
    was, now = (_with_unscheduled(*pair) for pair in zip(planned, others, strict=True))
    return _beside(was, now, keys, ["state"], near)


def _with_unscheduled(bookings: Frame, unscheduled: Frame) -> Frame:
    """The bookings of a plan, and its unscheduled visits that are still bookings."""
    rows = np.flatnonzero(rows_among(unscheduled, "state", STANDING))
    if not len(rows):
        return bookings
    found = unscheduled.take(rows, ["participant", "milestone", "date", "time"])
    past, nowhere = rows_among(unscheduled, "state", ("past",))[rows], np.full(len(rows), FAR)
    state = category_column(np.where(past, PAST, KEPT), BOOKINGS)
    near = {name: date_column(nowhere) for name in ("permitted_before", "permitted_after")}
    more = found.assign(state=state, **near)
    words = {"milestone": [*bookings.words("milestone"), *unscheduled.words("milestone")]}
    heads = list(more.heads)
    return join_frames([bookings.take(np.arange(len(bookings)), heads), more], words)


def _people(before: Tables, after: Tables) -> list[str]:
    """Who is in both plans, in the later one's order."""
    known = set(before.participants)
    return [code for code in after.participants if code in known]


def _shared(before: Tables, after: Tables, name: str) -> tuple[Frame, Frame]:
    """A table of both plans, of the people of both."""
    people, was, now = _people(before, after), before.table(name), after.table(name)
    if len(people) == len(before.participants) == len(after.participants):
        return was, now
    old, new = (np.flatnonzero(recoded(one["participant"], people) >= 0) for one in (was, now))
    return was.take(old), now.take(new)


def _beside(
    old: Frame, new: Frame, keys: list[str], columns: list[str], of_new: Sequence[str] = ()
) -> Frame:
    """The rows of two tables beside each other where any of the columns differs.

    The columns `of_new` are those of the second table alone.
    """
    heads = [*keys, *columns, *of_new]
    orders = {name: shared_words(name, old, new) for name in heads if _worded(old[name])}
    both = join_frames([one.take(np.arange(len(one)), heads) for one in (old, new)], orders)
    numbers = {name: _numbers(both[name]) for name in [*keys, *columns]}
    first, place = distinct(*(numbers[name] for name in keys))
    sides = np.full((2, len(first)), -1)
    sides[0, place[: len(old)]] = np.arange(len(old))
    sides[1, place[len(old) :]] = np.arange(len(old), len(both))
    differs = np.zeros(len(first), bool)
    for name in columns:
        one, other = np.append(numbers[name], _NONE)[sides]
        differs |= one != other
    rows = np.flatnonzero(differs)
    rows = rows[order(*(numbers[name][first[rows]] for name in keys))]
    found = {name: both[name].take(first[rows]) for name in keys}
    for name in columns:
        for side, at in (("before", 0), ("after", 1)):
            found[f"{name}_{side}"] = _taken(both[name], sides[at, rows])
    return Frame({**found, **{name: _taken(both[name], sides[1, rows]) for name in of_new}})


def _worded(column: Column) -> bool:
    return isinstance(column, OneOf)


def _numbers(column: Column) -> Index:
    """Numbers that are equal and in order as the cells are."""
    if isinstance(column, OneOf):
        return np.where(column.codes < 0, _NONE, column.codes.astype(np.int64))
    if isinstance(column, Dated):
        return np.where(np.isnat(column.seconds), _NONE, column.seconds.view(np.int64))
    if isinstance(column, WholeNumbers):
        return np.where(column.known, column.numbers, _NONE)
    assert isinstance(column, Written)
    rank = {
        word: place
        for place, word in enumerate(sorted({*(w for w in column.words if w is not None)}))
    }
    ranks = [_NONE if word is None else rank[word] for word in column.words]
    return np.array([*ranks, _NONE], np.int64)[column.places]


def _taken(column: Column, rows: Index) -> Column:
    """The named rows; missing where a row is -1."""
    absent = rows < 0
    found = column.take(np.where(absent, 0, rows))
    if isinstance(found, OneOf):
        return OneOf(np.where(absent, -1, found.codes), found.among)
    if isinstance(found, Dated):
        return Dated(np.where(absent, np.datetime64("NaT", "s"), found.seconds))
    assert isinstance(found, WholeNumbers)
    return WholeNumbers(found.numbers, found.known & ~absent)
