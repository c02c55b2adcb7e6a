"""The constraints of many cases as arrays: what core/clash.py raises bounds by.

Every constraint is an *item*, a row of the tables of flags that say which items hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

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
    heeds: Flags  # whether a node heeds closed days
    kind: Ints  # of each node: which closed days it heeds
    pushes: Sequence[Push]
    pairs: Pairs
    rank: Ints  # (items, cases): in which order items are left out
    closure: int

    @cached_property
    def by_start(self) -> list[list[Push]]:
        """The pushes of every node."""
        return [[p for p in self.pushes if p.start == node] for node in range(len(self.members))]
