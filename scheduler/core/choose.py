"""Schedules by pinning one node after another, on exact days: never a dead end.

Complete schedules are closed under componentwise minimum and maximum, so what any set of pins
leaves to a node is its exact days between the greatest of the pins' least schedules and the
smallest of their greatest ones. `Choices` keeps those two bounds. The greatest schedule is the
least one of the mirrored line, so one routine serves both.
Source: docs/engine.md; Jeavons, Cohen, Cooper 1998 (majority operations).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import FAR, Ints, Runs
from scheduler.core.network import Block, Network
from scheduler.core.sweep import END, LEAST, RUN, TOP, DayTable, follow, settle

Flags = NDArray[np.bool_]


class Choices:
    """What each node may still be, row by row, while nodes are pinned one after another."""

    def __init__(self, network: Network, days: dict[int, Runs]) -> None:
        """`days` are the exact days of `solve`; every row must have a schedule."""
        self._days, self._lines = days, OpenLines(network.open_days, network.slots)
        self._last = network.calendars * network.slots - 1
        self._up = _Side(network.blocks, days)
        mirrored = {node: _mirrored_runs(found, self._last) for node, found in days.items()}
        self._down = _Side(tuple(_mirrored_block(b) for b in network.blocks), mirrored)

    def _bounds(self, node: int) -> tuple[Ints, Ints]:
        return self._up.least(node), self._last - self._down.least(node)

    def earliest(self, node: int) -> Ints:
        """The earliest day still possible."""
        return self._up.least(node)

    def allows(self, node: int, wanted: Ints) -> Flags:
        """Whether a place is still possible."""
        low, high = self._bounds(node)
        inside = (wanted >= low) & (wanted <= high)
        rows = np.flatnonzero(inside)
        inside[rows] = self._lines.holds(node, self._days[node], rows, wanted[rows])
        return np.asarray(inside, bool)

    def nearest(self, node: int, target: Ints) -> Ints:
        """The day still possible that is nearest to a place; a tie goes to the earlier."""
        low, high = self._bounds(node)
        return self._lines.nearest(node, self._days[node], target, low, high)

    def pin(self, node: int, chosen: Ints, rows: Flags | None = None) -> None:
        """Fix a node to a day that is still possible, and draw the consequences everywhere."""
        some = np.arange(len(chosen)) if rows is None else np.flatnonzero(rows)
        self._up.raise_to(node, some, chosen[some])
        self._down.raise_to(node, some, self._last - chosen[some])


class OpenLines:
    """Runs of places read together with the open days of their nodes."""

    def __init__(self, open_days: dict[int, Flags], slots: int) -> None:
        self._open_days, self._slots = open_days, slots
        self._tables: dict[int, tuple[Ints, Ints]] = {}

    def _table(self, node: int) -> tuple[Ints, Ints]:
        if node not in self._tables:
            self._tables[node] = _open_tables(self._open_days[node], self._slots)
        return self._tables[node]

    def holds(self, node: int, days: Runs, rows: Ints, wanted: Ints) -> Flags:
        """Whether places lie on an open day of their rows' runs."""
        opens = self._table(node)[0].take(wanted) == wanted
        opens[opens] = days.holds(rows[opens], wanted[opens])
        return np.asarray(opens, bool)

    def nearest(self, node: int, days: Runs, target: Ints, low: Ints, high: Ints) -> Ints:
        """The open day of the runs within low..high nearest to a place, earlier on a tie.

        -1 where low..high holds none.
        """
        inside = np.clip(target, low, np.maximum(low, high))
        rows = np.flatnonzero(low <= high)
        found = np.full(len(target), -1, np.int64)
        there = self.holds(node, days, rows, inside[rows])
        found[rows[there]] = inside[rows[there]]
        rows = rows[~there]
        after = self._snap(node, days, rows, inside[rows], up=True)
        before = self._snap(node, days, rows, inside[rows], up=False)
        none_after, none_before = after > high[rows], before < low[rows]
        closer = target[rows] - before <= after - target[rows]
        earlier = ~none_before & (none_after | closer)
        best = np.where(earlier, before, np.where(none_after, -1, after))
        found[rows] = best
        return found

    def _snap(self, node: int, days: Runs, rows: Ints, value: Ints, up: bool) -> Ints:
        """The next (or last) place that is open and in a run; FAR (or -1) where there is none."""
        following, preceding = self._table(node)
        todo, value = np.arange(len(rows)), value.copy()
        while len(todo):
            old = value[todo]
            if up:
                moved = days.snap_up(rows[todo], old)
                on = moved < len(following)
                moved[on] = following[moved[on]]
            else:
                moved = days.snap_down(rows[todo], old)
                on = moved >= 0
                moved[on] = preceding[moved[on]]
            value[todo] = moved
            todo = todo[(moved != old) & on]
        return value


def _open_tables(open_days: Flags, slots: int) -> tuple[Ints, Ints]:
    """For every place of the line the next and the previous open one (past the line: none)."""
    mask = np.zeros((len(open_days), slots), bool)
    mask[:, :-1] = open_days
    flat = mask.ravel()
    place = np.arange(len(flat))
    following = np.minimum.accumulate(np.where(flat, place, FAR)[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(flat, place, -1))
    return following, preceding


def _mirrored_block(block: Block) -> Block:
    """The same block with time running backwards: its least places are the greatest ones."""
    n = len(block.nodes)
    table = block.most.reshape(n, block.size, n)[:, ::-1]
    return replace(block, least=np.ascontiguousarray(block.size - 1 - table).reshape(-1, n))


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
            for other, cut in enumerate(block.nodes):
                if cut != node and self._joint(cut, number):
                    moved = state[:, LEAST, other] > before[:, other]
                    self.raise_to(
                        cut, some[moved], state[moved, LEAST, other].astype(np.int64), number
                    )

    def _joint(self, node: int, number: int) -> bool:
        return any(node in b.nodes for i, b in enumerate(self._blocks) if i != number)


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
