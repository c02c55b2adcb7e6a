"""Schedules by pinning one node after another, on exact days: never a dead end.

Complete schedules are closed under componentwise minimum and maximum, so what any set of pins
leaves to a node is its exact days between the greatest of the pins' least schedules and the
smallest of their greatest ones. `Choices` keeps those two bounds. The greatest schedule is the
least one of the mirrored line, so one routine serves both.
Source: docs/engine.md; Jeavons, Cohen, Cooper 1998 (majority operations).
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import FAR, Ints, Runs, stacked, where
from scheduler.core.least import LeastSchedules
from scheduler.core.network import Block, Network, Places

Flags = NDArray[np.bool_]


class Mirrored(Block):
    """A block with time running backwards: its least places are the greatest ones.

    It reads them from the tables of the block, which it shares.
    """

    __slots__ = ()

    def means(self, index: NDArray[np.integer]) -> Places:
        """The same for a place counted from the end of the line."""
        turned = (2 * (index // self.size) + 1) * self.size - 1 - index
        found = self.most.take(turned, 0)
        return np.subtract(self.size - 1, found, out=found)


class Choices:
    """What each node may still be, row by row, while nodes are pinned one after another."""

    def __init__(self, network: Network, days: dict[int, Runs], rows: int) -> None:
        """`days` are the exact days of `solve` of so many rows, which all have a schedule."""
        self._days, self._network, self._lines = days, network, network.lines
        self._last = network.calendars * network.slots - 1
        self._up = LeastSchedules(network.blocks, network.ways, days.__getitem__, rows)
        blocks = [
            Mirrored(b.nodes, b.cut, b.size, b.least, b.most, b.following) for b in network.blocks
        ]
        turned = cache(lambda node: _mirrored_runs(days[node], self._last))
        self._down = LeastSchedules(blocks, network.ways, turned, rows)

    def _bounds(self, node: int) -> tuple[Ints, Ints]:
        return self._up.least(node), self._last - self._down.least(node)

    def earliest(self, node: int) -> Ints:
        """The earliest day still possible."""
        return self._up.least(node)

    def allows(self, node: int, wanted: Ints) -> Flags:
        """Whether a place is still possible."""
        low, high = self._bounds(node)
        inside = (wanted >= low) & (wanted <= high)
        rows = where(inside)
        inside[rows] = self._lines.holds(node, self._days[node], rows, wanted[rows])
        return np.asarray(inside, bool)

    def nearest(self, node: int, target: Ints) -> Ints:
        """The day still possible that is nearest to a place; a tie goes to the earlier."""
        low, high = self._bounds(node)
        return self._lines.nearest(node, self._days[node], target, low, high)

    def near(self, node: int) -> set[int]:
        """The nodes that gaps bind to a node."""
        return self._network.near[node]

    def nearest_of_last(
        self, nodes: Sequence[int], targets: Ints, pinned: Mapping[int, Ints]
    ) -> Ints:
        """The days nearest to places, (nodes, rows), of nodes that are bound to pinned ones alone.

        What each may be, all that are bound to it leave, whose places are `pinned`.
        """
        low, high = np.zeros_like(targets), np.full_like(targets, self._last)
        for place, node in enumerate(nodes):
            for block, other, own in self._network.ties[node]:
                row = pinned[block.nodes[other]] + other * block.size
                low[place] = np.maximum(low[place], block.least[row, own])
                high[place] = np.minimum(high[place], block.most[row, own])
        days = stacked([self._days[node] for node in nodes])
        of = np.repeat(np.array(nodes), targets.shape[1])
        found = self._lines.nearest(of, days, targets.ravel(), low.ravel(), high.ravel())
        return found.reshape(targets.shape)

    def pin(self, node: int, chosen: Ints, rows: Flags | None = None) -> None:
        """Fix a node to a day that is still possible, and draw the consequences everywhere."""
        some = np.arange(len(chosen)) if rows is None else where(rows)
        self._up.raise_to(node, some, chosen[some])
        self._down.raise_to(node, some, self._last - chosen[some])


def _mirrored_runs(runs: Runs, last: int) -> Runs:
    """The same days with time running backwards, one row after another from the last."""
    first, stop = last - runs.last[::-1], last - runs.first[::-1]
    first[runs.last[::-1] >= FAR] = FAR
    stop[runs.last[::-1] >= FAR] = FAR
    # a row's FAR run comes before its runs here; it ends those of the row before it
    return Runs(np.append(first[1:], FAR), np.append(stop[1:], FAR), len(first) - 2 - runs.ends)
