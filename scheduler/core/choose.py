"""Schedules by pinning one node after another, on exact days: never a dead end.

Complete schedules are closed under componentwise minimum and maximum, so what any set of pins
leaves to a node is its exact days between the greatest of the pins' least schedules and the
smallest of their greatest ones. `Choices` keeps those two bounds.
Source: docs/engine.md; Jeavons, Cohen, Cooper 1998 (majority operations).
"""

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import Ints, Runs
from scheduler.core.network import Block, Network

Flags = NDArray[np.bool_]


class Choices:
    """What each node may still be, row by row, while nodes are pinned one after another."""

    def __init__(self, network: Network, days: dict[int, Runs], rows: int) -> None:
        """`days` are the exact days of `solve`; every row must have a schedule."""
        self._network, self._days, self._rows = network, days, rows
        self._column = {node: i for i, node in enumerate(network.nodes)}
        self._low = np.stack([days[v].first[days[v].at] for v in network.nodes], 1)
        self._high = np.stack([days[v].last[days[v].ends] for v in network.nodes], 1)
        self._open = {
            node: _open_tables(open_days, network.slots)
            for node, open_days in network.open_days.items()
        }

    def earliest(self, node: int) -> Ints:
        """The earliest day still possible."""
        return self.at_or_after(node, self._low[:, self._column[node]])

    def at_or_after(self, node: int, wanted: Ints) -> Ints:
        """The first day still possible at or after a place; beyond `latest` where there is none."""
        low = np.maximum(wanted, self._low[:, self._column[node]])
        return self._snap(node, low, up=True)

    def at_or_before(self, node: int, wanted: Ints) -> Ints:
        """The last day still possible at or before a place; -1 or below `earliest` where none."""
        high = np.minimum(wanted, self._high[:, self._column[node]])
        return self._snap(node, high, up=False)

    def allows(self, node: int, wanted: Ints) -> Flags:
        """Whether a place is still possible."""
        low, high = self._low[:, self._column[node]], self._high[:, self._column[node]]
        inside = (wanted >= low) & (wanted <= high)
        return np.asarray(inside & (self._snap(node, wanted, up=True) == wanted), bool)

    def nearest(self, node: int, target: Ints) -> Ints:
        """The day still possible that is nearest to a place; a tie goes to the earlier."""
        column = self._column[node]
        low, high = self._low[:, column], self._high[:, column]
        inside = np.clip(target, low, high)
        after, before = self._snap(node, inside, up=True), self._snap(node, inside, up=False)
        none_after, none_before = after > high, before < low
        earlier = none_after | (~none_before & (target - before <= after - target))
        return np.where(earlier, before, after)

    def pin(self, node: int, chosen: Ints, rows: Flags | None = None) -> None:
        """Fix a node to a day that is still possible, and draw the consequences everywhere."""
        column = self._column[node]
        if rows is None:
            self._low[:, column] = self._high[:, column] = chosen
        else:
            self._low[rows, column] = self._high[rows, column] = chosen[rows]
        for block in reversed(self._network.blocks):
            self._spread(block)
        for block in self._network.blocks:
            self._spread(block)

    def _spread(self, block: Block) -> None:
        if len(block.nodes) == 1:
            return
        columns = [self._column[node] for node in block.nodes]
        low, high = self._low[:, columns], self._high[:, columns]
        _fixpoint(block, [self._days[v] for v in block.nodes], low, up=True)
        _fixpoint(block, [self._days[v] for v in block.nodes], high, up=False)
        self._low[:, columns], self._high[:, columns] = low, high

    def _snap(self, node: int, value: Ints, up: bool) -> Ints:
        every = np.arange(self._rows)
        following, preceding = self._open[node]
        while True:
            if up:
                moved = self._days[node].snap_up(every, value)
                moved = np.where(moved < len(following), following.take(moved, mode="clip"), moved)
            else:
                moved = self._days[node].snap_down(every, value)
                moved = np.where(moved >= 0, preceding.take(moved, mode="clip"), moved)
            if np.array_equal(moved, value):
                return value
            value = moved


def _open_tables(open_days: Flags, slots: int) -> tuple[Ints, Ints]:
    """For every place of the line the next and the previous open one (past the line: none)."""
    calendars = len(open_days)
    mask = np.zeros((calendars, slots), bool)
    mask[:, :-1] = open_days
    place = np.arange(calendars * slots)
    flat = mask.ravel()
    none = calendars * slots
    following = np.minimum.accumulate(np.where(flat, place, none)[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(flat, place, -1))
    return following.astype(np.int64), preceding.astype(np.int64)


def _fixpoint(block: Block, days: list[Runs], bound: Ints, up: bool) -> None:
    """Raise (or lower) the bounds of a block's nodes until tables and runs agree, in place."""
    table = block.least if up else block.most
    best = np.maximum if up else np.minimum
    rows = np.arange(len(bound))
    while len(rows):
        before = bound[rows]
        after = before.copy()
        for column in range(len(days)):
            places = np.clip(before[:, column], 0, block.size - 1) + column * block.size
            best(after, table.take(places, 0), out=after)
        for column, runs in enumerate(days):
            snap = runs.snap_up if up else runs.snap_down
            after[:, column] = snap(rows, after[:, column])
        bound[rows] = after
        rows = rows[(after != before).any(1)]
