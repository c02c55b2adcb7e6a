"""Two plans side by side: which days, dates, bookings and states differ.

Everything is compared by name, so that the plans may follow two versions of a protocol.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scheduler.arrays import Index
from scheduler.core.dayset import Runs, intersect, minus, of_columns
from scheduler.days import Days
from scheduler.tables.columns import category, category_column, date_column
from scheduler.tables.frames import data_frame
from scheduler.tables.lookups import VERDICTS
from scheduler.tables.tables import Tables

CHANGES = ("lost", "gained", "other")
_DAY = "datetime64[D]"


@dataclass(frozen=True, eq=False)
class PlanComparison:
    """What differs between two plans, a table for each kind of difference; see docs/frames.md."""

    days: pd.DataFrame
    schedule: pd.DataFrame
    states: pd.DataFrame
    bookings: pd.DataFrame

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return any(len(frame) for frame in vars(self).values())

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(frame)} {name}" for name, frame in vars(self).items())
        return f"<PlanComparison: {counts}>"


def compared(before: Tables, after: Tables) -> PlanComparison:
    """Everything that differs between two plans of the same people."""
    makers = (changed_days, changed_schedule, changed_states, changed_bookings)
    return PlanComparison(*(make(before, after) for make in makers))


def shared_names(column: str, *frames: pd.DataFrame) -> list[str]:
    """The categories of a column in several frames: the last frame's order, then what it lacks."""
    orders = [[str(name) for name in frame[column].cat.categories] for frame in reversed(frames)]
    return list(dict.fromkeys(name for order in orders for name in order))


def changed_days(before: Tables, after: Tables) -> pd.DataFrame:
    """Which days of which node get another verdict?

    One row a maximal run of days with the same two verdicts. `lost` days were permitted, `gained`
    days are now; `other` are days that change between undetermined and blocked. Nodes that only
    one of the plans knows are left out.
    """
    people = shared_names("participant", before.windows, after.windows)
    nodes = [name for name in _node_names(after) if name in set(_node_names(before))]
    old = [_runs(before.windows, word, people, nodes) for word in VERDICTS[:2]]
    new = [_runs(after.windows, word, people, nodes) for word in VERDICTS[:2]]
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
    order = np.lexsort((first, row))
    row, first, last, pair = row[order], first[order], last[order], pair[order]
    return _changed_frame(row, first, last, pair, people, nodes)


def _changed_frame(
    row: Index, first: Days, last: Days, pair: Index, people: list[str], nodes: list[str]
) -> pd.DataFrame:
    count = max(1, len(nodes))
    old, new = pair // 3, pair % 3
    return data_frame(
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


def _node_names(plan: Tables) -> list[str]:
    return [str(name) for name in plan.windows["milestone"].cat.categories]


def _runs(windows: pd.DataFrame, word: str, people: list[str], nodes: list[str]) -> Runs:
    """The days of one verdict, one row a participant and node."""
    some = windows[(windows["certainty"] == word) & windows["milestone"].isin(nodes)]
    who = pd.Index(people).get_indexer(pd.Index(some["participant"].astype(str)))
    node = pd.Index(nodes, dtype="str").get_indexer(pd.Index(some["milestone"].astype(str)))
    first, last = (
        some[name].to_numpy(_DAY).astype(np.int64).astype(np.int64) for name in ("first", "last")
    )
    return of_columns(len(people) * len(nodes), who * len(nodes) + node, first, last)


def _union(one: Runs, other: Runs) -> Runs:
    columns = [np.concatenate(pair) for pair in zip(one.columns(), other.columns(), strict=True)]
    return of_columns(len(one), *columns)


def changed_schedule(before: Tables, after: Tables) -> pd.DataFrame:
    """Which nodes get another date, status or window given the other dates?

    One row a participant and node that differs; `days_moved` is the new date less the old one.
    """
    columns = ["date", "status", "certainty", "first", "last"]
    both = _beside(before.schedule, after.schedule, ["participant", "milestone"], columns)
    moved = (both["date_after"] - both["date_before"]).dt.days
    both["days_moved"] = pd.Series(moved.to_numpy(float)).astype("Int64")
    return both


def changed_states(before: Tables, after: Tables) -> pd.DataFrame:
    """Whose state, next node, or count of open questions and deviations differs?"""
    columns = ["state", "next_milestone", "next_first", "next_last", "open_queries", "deviations"]
    return _beside(before.summary, after.summary, ["participant"], columns)


def changed_bookings(before: Tables, after: Tables) -> pd.DataFrame:
    """Which standing bookings can be kept in one of the plans only?

    `permitted_before` and `permitted_after` are the nearest days that the second plan permits.
    """
    keys = ["participant", "milestone", "date", "time"]
    old, new = before.bookings.copy(), after.bookings.copy()
    both = _beside(old, new, keys, ["state"])
    near = new.set_index(keys)[["permitted_before", "permitted_after"]]
    place = pd.MultiIndex.from_frame(new[keys].astype(str)).get_indexer(
        pd.MultiIndex.from_frame(both[keys].astype(str))
    )
    for name in near.columns:
        values = new[name].to_numpy()[place].copy() if len(new) else np.zeros(len(both), "M8[s]")
        values[place < 0] = np.datetime64("NaT", "s")
        both[str(name)] = values
    return both


def _beside(
    old: pd.DataFrame, new: pd.DataFrame, keys: list[str], columns: list[str]
) -> pd.DataFrame:
    """The rows of two frames beside each other where any of the columns differs."""
    orders = {
        name: shared_names(name, old, new)
        for name in [*keys, *columns]
        if isinstance(old[name].dtype, pd.CategoricalDtype)
    }
    tables = []
    for frame in (old, new):
        table = frame[[*keys, *columns]].copy()
        for name, order in orders.items():
            table[name] = _ordered(table[name], order)
        tables.append(table)
    both = tables[0].merge(
        tables[1], on=keys, how="outer", suffixes=("_before", "_after"), sort=False
    )
    for name in keys:  # an outer join forgets the order of categories that differ
        if name in orders:
            both[name] = _ordered(both[name], orders[name])
    differs = np.zeros(len(both), bool)
    for name in columns:
        one, other = both[f"{name}_before"], both[f"{name}_after"]
        same = (one == other) | (one.isna() & other.isna())
        differs |= ~same.fillna(False).to_numpy(bool)
    both = both[differs].sort_values(keys, kind="stable", ignore_index=True)
    pairs = [f"{name}_{side}" for name in columns for side in ("before", "after")]
    return both[[*keys, *pairs]]


def _ordered(column: "pd.Series[str]", order: Sequence[str]) -> "pd.Series[str]":
    texts = column.astype(object).where(column.notna(), None)
    return pd.Series(category(texts.tolist(), order).pandas(), index=column.index)
