"""Open days as a line of places: the next and the last open one, the one nearest to a target."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import FAR, Ints, Runs, where

Flags = NDArray[np.bool_]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class OpenRuns:
    """The maximal runs of open places of all nodes, whose lines are laid end to end.

    `offset[node]` is place 0 of a node (-1: not one of them). `begins` and `ends` are the first
    and last places of the runs; `begun[p]` of them begin at or before place p, `ended[p]` end
    before it.
    """

    slots: int
    offset: Ints
    begins: Ints
    ends: Ints
    begun: NDArray[np.int32]
    ended: NDArray[np.int32]

    def inside(self, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """The first open run that reaches into each range, and how many do."""
        start = self.ended.take(first).astype(np.int64)
        return start, np.maximum(self.begun.take(last) - start, 0)


class OpenLines:
    """Runs of places read together with the open days of their nodes."""

    def __init__(self, open_days: dict[int, Flags], slots: int) -> None:
        self._open_days, self._slots = open_days, slots

    @cached_property
    def open_runs(self) -> OpenRuns:
        """The runs of open places of all nodes."""
        nodes = list(self._open_days)
        padded = np.zeros((len(nodes), len(self._open_days[nodes[0]]), self._slots), np.int8)
        padded[..., :-1] = [self._open_days[node] for node in nodes]
        size = padded[0].size  # the place "none" parts the calendars, and so the nodes
        edge = np.diff(padded.ravel(), prepend=0)
        offset = np.full(max(nodes) + 1, -1, np.int64)
        offset[nodes] = np.arange(len(nodes)) * size
        return OpenRuns(
            self._slots,
            offset,
            np.flatnonzero(edge == 1),
            np.flatnonzero(edge == -1) - 1,
            np.cumsum(edge == 1, dtype=np.int32),
            np.cumsum(edge == -1, dtype=np.int32),
        )

    @cached_property
    def _tables(self) -> "_Tables":
        """Nodes that heed the same closed days share one stretch."""
        days = {id(days): days for days in self._open_days.values()}
        made = [_open_tables(one, self._slots) for one in days.values()]
        size = len(made[0][0])
        begins = dict(zip(days, range(0, len(made) * size, size), strict=True))
        offset = np.full(max(self._open_days) + 1, -1, np.int64)
        offset[[*self._open_days]] = [begins[id(days)] for days in self._open_days.values()]
        following, preceding = (np.concatenate(both) for both in zip(*made, strict=True))
        return _Tables(following, preceding, size, offset)

    def holds(self, node: int | Ints, days: Runs, rows: Ints, wanted: Ints) -> Flags:
        """Whether places lie on an open day of their rows' runs."""
        opens = self._tables.next(node, rows, wanted) == wanted
        opens[opens] = days.holds(rows[opens], wanted[opens])
        return np.asarray(opens, bool)

    def nearest(self, node: int | Ints, days: Runs, target: Ints, low: Ints, high: Ints) -> Ints:
        """The open day of the runs within low..high nearest to a place, earlier on a tie.

        -1 where low..high holds none. Each row may have a node of its own.
        """
        inside = np.minimum(np.maximum(target, low), np.maximum(low, high))
        rows = where(low <= high)
        found = np.full(len(target), -1, np.int64)
        there = self.holds(node, days, rows, inside[rows])
        found[rows[there]] = inside[rows[there]]
        rows = rows[~there]
        if not len(rows):
            return found
        after = self._snap(node, days, rows, inside[rows], up=True)
        before = self._snap(node, days, rows, inside[rows], up=False)
        none_after, none_before = after > high[rows], before < low[rows]
        closer = target[rows] - before <= after - target[rows]
        earlier = ~none_before & (none_after | closer)
        best = np.where(earlier, before, np.where(none_after, -1, after))
        found[rows] = best
        return found

    def _snap(self, node: int | Ints, days: Runs, rows: Ints, value: Ints, up: bool) -> Ints:
        """The next (or last) place that is open and in a run; FAR (or -1) where there is none."""
        tables = self._tables
        todo, value = np.arange(len(rows)), value.copy()
        while len(todo):
            old = value[todo]
            if up:
                moved = days.snap_up(rows[todo], old)
                on = moved < tables.size
                moved[on] = tables.next(node, rows[todo[on]], moved[on])
            else:
                moved = days.snap_down(rows[todo], old)
                on = moved >= 0
                moved[on] = tables.last(node, rows[todo[on]], moved[on])
            value[todo] = moved
            todo = todo[(moved != old) & on]
        return value


@dataclass(frozen=True, slots=True)
class _Tables:
    """The next and the last open place at every place of every node's line, end to end.

    `offset[node]` is where a node's line of `size` places begins.
    """

    following: Places
    preceding: Places
    size: int
    offset: Ints

    def next(self, node: int | Ints, rows: Ints, places: Ints) -> Places:
        """The next open places of rows, whose nodes are `node`, or each its own of them."""
        return self.following.take(places + self._begin(node, rows))

    def last(self, node: int | Ints, rows: Ints, places: Ints) -> Places:
        """The last open places of rows."""
        return self.preceding.take(places + self._begin(node, rows))

    def _begin(self, node: int | Ints, rows: Ints) -> Ints:
        of = node if isinstance(node, int) else node[rows]
        return np.asarray(self.offset[of], np.int64)


def _open_tables(open_days: Flags, slots: int) -> tuple[Places, Places]:
    """For every place of the line the next and the previous open one (past the line: none)."""
    mask = np.zeros((len(open_days), slots), bool)
    mask[:, :-1] = open_days
    flat = mask.ravel()
    place = np.arange(len(flat), dtype=np.int32)
    following = np.minimum.accumulate(np.where(flat, place, np.int32(FAR))[::-1])[::-1]
    preceding = np.maximum.accumulate(np.where(flat, place, -1))
    return following, preceding
