"""Schedules by pinning one node after another, on exact days: never a dead end.

Complete schedules are closed under componentwise minimum and maximum, so what any set of pins
leaves to a node is its exact days between the greatest of the pins' least schedules and the
smallest of their greatest ones. `Choices` keeps those two bounds. The greatest schedule is the
least one of the mirrored line, so one routine serves both.
Source: docs/engine.md; Jeavons, Cohen, Cooper 1998 (majority operations).
"""

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import FAR, Ints, Runs, where
from scheduler.core.network import Block, Network
from scheduler.core.sweep import END, LEAST, RUN, TOP, DayTable, follow, settle

Flags = NDArray[np.bool_]


class Choices:
    """What each node may still be, row by row, while nodes are pinned one after another."""

    def __init__(self, network: Network, days: dict[int, Runs]) -> None:
        """`days` are the exact days of `solve`; every row must have a schedule."""
        self._days, self._lines = days, network.lines
        self._last = network.calendars * network.slots - 1
        self._up = _Side(network.blocks, days)
        mirrored = {node: _mirrored_runs(found, self._last) for node, found in days.items()}
        self._down = _Side(network.mirrored, mirrored)

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


class _Side:
    """The least schedule of every row under the pins so far, block by block."""

    def __init__(self, blocks: tuple[Block, ...], days: dict[int, Runs]) -> None:
        self._blocks = [b for b in blocks if len(b.nodes) > 1]
        self._tables = [_day_table([days[v] for v in b.nodes]) for b in self._blocks]
        self._states = [_start(b, t) for b, t in zip(self._blocks, self._tables, strict=True)]
        self._alone = {
            b.nodes[0]: _start(b, _day_table([days[b.nodes[0]]]))[:, LEAST, 0].astype(np.int64)
            for b in blocks
            if len(b.nodes) == 1
        }
        self._home = {
            node: (number, column)
            for number in reversed(range(len(self._blocks)))
            for column, node in enumerate(self._blocks[number].nodes)
        }

        every = [node for b in self._blocks for node in b.nodes]
        self._joints = [
            [(column, node) for column, node in enumerate(b.nodes) if every.count(node) > 1]
            for b in self._blocks
        ]

    def least(self, node: int) -> Ints:
        """The node's place in the least schedule of every row."""
        if node in self._alone:
            return self._alone[node]
        number, column = self._home[node]
        return self._states[number][:, LEAST, column].astype(np.int64)

    def raise_to(self, node: int, rows: Ints, places: Ints, source: int = -1) -> None:
        """Raise a node to places, and what follows from it in its blocks and in those beyond."""
        if node in self._alone:
            self._alone[node][rows] = places
            return
        for number, block in enumerate(self._blocks):
            if number == source or node not in block.nodes:
                continue
            column = block.local(node)
            lower = self._states[number][rows, LEAST, column] < places
            some, wanted = rows[lower], places[lower]
            if not len(some):
                continue
            state = self._states[number][some]
            before = state[:, LEAST].copy()
            reached = block.least.take(column * block.size + wanted, 0)
            np.maximum(before, reached, out=state[:, LEAST])
            settle(block, self._tables[number], state)
            self._states[number][some] = state
            for other, cut in self._joints[number]:
                moved = where(state[:, LEAST, other] > before[:, other])
                if cut != node and len(moved):
                    reached = state[moved, LEAST, other].astype(np.int64)
                    self.raise_to(cut, some[moved], reached, number)


def _day_table(runs: list[Runs]) -> DayTable:
    offset = np.cumsum([0, *(len(r.first) for r in runs)])
    return DayTable(
        np.concatenate([r.first for r in runs]).astype(np.int32),
        np.concatenate([r.last for r in runs]).astype(np.int32),
        np.stack([r.at for r in runs], 1) + offset[:-1],
        np.stack([r.at for r in runs], 1) + offset[:-1],
    )


def _start(block: Block, table: DayTable) -> NDArray[np.int32]:
    """The least schedule of exact days: their first ones, on days that the calendar leaves."""
    state = np.empty((len(table.at), 4, len(block.nodes)), np.int32)
    state[:, RUN] = table.at
    state[:, END] = table.last[table.at]
    state[:, LEAST] = follow(block.least, table.first[table.at], block.size, np.maximum)
    state[:, TOP] = FAR
    return state
