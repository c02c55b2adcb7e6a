"""The constraints of many cases as arrays: what core/clash.py raises bounds by.

Every constraint is an *item*, a row of the tables of flags that say which items hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import spread

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ALWAYS = 0  # the item of what is no reason and never left out
NEVER = 10**9


@dataclass(frozen=True, slots=True)
class Push:
    """What the day of one node means for another: at least `table[offset[case] + day]`.

    `applies` tells the cases that it holds for.
    """

    start: int
    end: int
    item: int
    table: Ints
    offset: Ints | None
    applies: Flags


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of single nodes, in the order of the cases; both items of a bound must hold.

    `begins[case]` is a case's first row. Of several equal bounds on a node the first one counts:
    `turn` is the place among them.
    """

    begins: Ints
    node: Ints
    day: Ints
    item: Ints
    other: Ints
    turn: Ints


@dataclass(frozen=True, slots=True)
class Taken:
    """Forbidden ranges; those of a node and case begin in row `begins[node * cases + case]`.

    `of_case` are the rows case by case, those of a case from `begins_of_case[case]` on.
    """

    begins: Ints
    node: Ints
    first: Ints
    last: Ints
    item: Ints
    of_case: Ints
    begins_of_case: Ints
    on: Flags  # whether a node has any


@dataclass(frozen=True, slots=True)
class Pairs:
    """`from A until B`: from day `since` of B on, A must be later than `last` (a point: than B).

    Those of a node B and a case begin in row `begins[B * cases + case]`.
    """

    begins: Ints
    start: Ints
    since: Ints
    last: Ints
    single: Flags
    item: Ints


@dataclass(frozen=True)
class Cases:
    """The constraints of many participants; days count from the first day that is judged.

    `lowest` and `highest` are bounds (day, item) of every node, `closed[kind, calendar, day]` the
    closed days for nodes that heed them, each of which is of one kind. `pushes` are in the order
    in which they are tried.
    """

    members: Flags  # (nodes, cases)
    lowest: Sequence[tuple[int, int]]
    highest: Sequence[tuple[int, int]]
    lows: Bounds
    highs: Bounds
    taken: Taken
    closed: Flags
    calendar: Ints
    heeds: Flags  # (nodes, cases): whether a node heeds closed days
    kind: Ints  # of each node: which closed days it heeds
    pushes: Sequence[Push]
    pairs: Pairs
    rank: Ints  # (items, cases): in which order items are left out
    closure: int

    @cached_property
    def opens(self) -> Ints:
        """The first open day at or after each of `closed` (NEVER: none)."""
        days = np.where(self.closed, NEVER, np.arange(self.closed.shape[-1]))
        return np.minimum.accumulate(days[..., ::-1], axis=-1)[..., ::-1]

    @cached_property
    def stacked(self) -> "StackedPushes":
        """The pushes as columns."""
        return stacked(self.pushes, *self.members.shape)


@dataclass(frozen=True, slots=True)
class StackedPushes:
    """Pushes as columns, those of a node together in the order in which they are tried.

    `parts` are the pushes tried at once, which lead to nodes that differ: for each part the first
    and the last push (exclusive) of every node. The table of a push is `size` long and begins at
    `begin` of `table`; `offset` and `applies` are (pushes, cases).
    """

    parts: Sequence[tuple[Ints, Ints]]
    start: Ints
    end: Ints
    item: Ints
    table: Ints
    begin: Ints
    size: Ints
    offset: Ints | None
    applies: Flags


def stacked(pushes: Sequence[Push], nodes: int, cases: int) -> StackedPushes:
    """The pushes of all nodes as columns."""
    by_start = sorted(pushes, key=lambda push: push.start)
    firsts = np.searchsorted([push.start for push in by_start], np.arange(nodes + 1))
    edges: list[list[int]] = []  # of every node: where its parts begin, and where the last one ends
    for begin, stop in zip(firsts[:-1].tolist(), firsts[1:].tolist(), strict=True):
        mine, met = [begin], set[int]()
        for place in range(begin, stop):
            if by_start[place].end in met:
                mine.append(place)
                met = set()
            met.add(by_start[place].end)
        edges.append([*mine, stop])
    count = max(map(len, edges), default=1) - 1
    table = np.array([[*e, *[e[-1]] * (count + 1 - len(e))] for e in edges], np.int64)
    sizes = np.array([len(push.table) for push in by_start], np.int64)
    nothing = np.zeros(cases, np.int64)
    moved = any(push.offset is not None for push in by_start)
    return StackedPushes(
        [(table[:, part], table[:, part + 1]) for part in range(count)],
        np.array([push.start for push in by_start], np.int64),
        np.array([push.end for push in by_start], np.int64),
        np.array([push.item for push in by_start], np.int64),
        np.concatenate([np.zeros(0, np.int64), *(push.table for push in by_start)]),
        np.cumsum(sizes) - sizes,
        sizes,
        np.array([nothing if p.offset is None else p.offset for p in by_start]) if moved else None,
        np.array([push.applies for push in by_start], bool).reshape(len(by_start), cases),
    )


def tightest(cases: Cases, sign: int, case: Ints, on: Flags) -> tuple[Ints, Ints, Ints]:
    """The tightest lower (1) or upper (-1) bound of every node and row, and its two items.

    `case` and `on` (items, rows) say of each row whose it is and which items hold.
    """
    common, own = (cases.lowest, cases.lows) if sign > 0 else (cases.highest, cases.highs)
    count, nodes = len(case), len(cases.members)
    best, item = np.full(count, -sign * NEVER), np.zeros(count, np.int64)
    for bound, of in common:
        tighter = on[of] & (sign * bound > sign * best)
        best[tighter], item[tighter] = bound, of
    day, items = np.tile(best, (nodes, 1)), np.tile(item, (nodes, 1))
    others = np.zeros_like(items)
    row, at = spread(own.begins[case], own.begins[case + 1])
    held = on[own.item[at], row] & on[own.other[at], row]
    row, at = row[held], at[held]
    for turn in range(int(own.turn[at].max(initial=-1)) + 1):
        mine = own.turn[at] == turn
        who, place = row[mine], at[mine]
        tighter = sign * own.day[place] > sign * day[own.node[place], who]
        spot = own.node[place[tighter]], who[tighter]
        day[spot], items[spot] = own.day[place[tighter]], own.item[place[tighter]]
        others[spot] = own.other[place[tighter]]
    return day, items, others
