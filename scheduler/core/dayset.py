"""Sorted disjoint runs of days for many rows at once, and the few set operations on them.

A run is first..last, both included. The runs of row r start at `at[r]` and end with one FAR run,
so that walking past the last run needs no bounds check.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Columns = tuple[Ints, Ints, Ints]  # row, first, last
FAR = np.int64(2**31 - 2)
_STEPS = 3  # from run to run, before they are looked up
_STRIDE = np.int64(2**33)  # larger than any place, so that row * _STRIDE + place sorts by row first


def where(flags: NDArray[np.bool_]) -> Ints:
    """The places of True in one dimension: np.flatnonzero without its wrappers."""
    return flags.nonzero()[0]


def spread(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The rows begin..end - 1 of every place, one after another: the place and the row."""
    count = end - begin
    place = np.arange(len(count)).repeat(count)
    row = (begin - count.cumsum() + count).take(place)  # far quicker than to repeat once more
    row += np.arange(len(place))
    return place, row


@dataclass(frozen=True, slots=True)
class Runs:
    """The days that each row has left: sorted, disjoint, ended by a FAR run a row."""

    first: Ints
    last: Ints
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    @property
    def ends(self) -> Ints:
        """The place of each row's last real run; before `at` where the row has none."""
        return following(self.at, len(self.first)) - 2

    @property
    def empty(self) -> NDArray[np.bool_]:
        """Which rows have no day at all."""
        return self.ends < self.at

    def columns(self) -> Columns:
        """The real runs as columns: row, first, last."""
        if len(self.at) == 1:  # of one participant, as at the desk
            return np.zeros(len(self.first) - 1, np.int64), self.first[:-1], self.last[:-1]
        place = where(self.first < FAR)
        row = place - np.arange(len(place))  # as many FAR runs stand before it
        return row, self.first.take(place), self.last.take(place)

    def split(self, parts: int) -> list["Runs"]:
        """The rows in so many equal parts, one after another."""
        if parts == 1:
            return [self]
        at = self.at.reshape(parts, len(self) // parts)
        begins = at[:, :1]
        edges = [*begins.ravel().tolist(), len(self.first)] if at.size else [0] * (parts + 1)
        return [
            Runs(self.first[begin:end], self.last[begin:end], own)
            for (begin, end), own in zip(pairwise(edges), at - begins, strict=True)
        ]

    def take(self, rows: Ints) -> "Runs":
        """The runs of the named rows, in their order."""
        counts = (self.ends - self.at + 2)[rows]
        at = counts.cumsum() - counts
        place = np.arange(counts.sum()) - np.repeat(at - self.at[rows], counts)
        return Runs(self.first[place], self.last[place], at)

    def snap_up(self, rows: Ints, values: Ints) -> Ints:
        """The first day of each row's runs at or after a value; FAR where there is none."""
        return np.maximum(values, self.first[self._after(self.last, rows, values, np.less)])

    def snap_down(self, rows: Ints, values: Ints) -> Ints:
        """The last day of each row's runs at or before a value; -1 where there is none."""
        found = self._after(self.first, rows, values, np.less_equal) - 1
        inside = found >= self.at[rows]
        return np.where(inside, np.minimum(values, self.last[np.maximum(found, 0)]), -1)

    def holds(self, rows: Ints, values: Ints) -> NDArray[np.bool_]:
        """Whether each value lies in a run of its row."""
        return np.asarray(self.snap_up(rows, values) == values, bool)

    def _after(self, edge: Ints, rows: Ints, values: Ints, behind: np.ufunc) -> Ints:
        """The place of the first run of each row whose edge is not behind a value (before FAR).

        Most rows have a run or two, which are walked along; the others are looked up.
        """
        place = self.at[rows]
        going = where(behind(edge[place], values))
        for _ in range(_STEPS):
            if not len(going):
                return place
            place[going] += 1
            going = going[behind(edge[place[going]], values[going])]
        if len(going):
            side: Literal["left", "right"] = "left" if behind is np.less else "right"
            wanted = rows[going] * _STRIDE + values[going]
            place[going] = np.searchsorted(self._keys(edge), wanted, side=side)
        return place

    def _keys(self, edge: Ints) -> Ints:
        if len(self.at) == 1:  # of one participant, as at the desk
            return edge
        counts = following(self.at, len(self.first)) - self.at
        return np.repeat(np.arange(len(self)) * _STRIDE, counts) + edge


def following(places: Ints, end: int | np.int64, skipped: int = 1) -> Ints:
    """What comes after each place, and `end` after the last; `skipped` 0: all places, and `end`."""
    found = np.empty(len(places) + 1 - skipped, np.int64)
    found[:-1] = places[skipped:]
    found[-1:] = end
    return found


def stacked(parts: Sequence[Runs]) -> Runs:
    """The rows of several sets, those of one set after those of another."""
    if len(parts) == 1:
        return parts[0]
    begins = accumulate([len(one.first) for one in parts[:-1]], initial=0)
    return Runs(
        np.concatenate([one.first for one in parts]),
        np.concatenate([one.last for one in parts]),
        np.concatenate([one.at + begin for one, begin in zip(parts, begins, strict=True)]),
    )


def of_columns(rows: int, row: Ints, first: Ints, last: Ints) -> Runs:
    """Runs from columns of possibly overlapping or touching ranges in any order."""
    order = np.argsort(row * _STRIDE + first, kind="stable")
    row, first, last = row[order], first[order], last[order]
    reached = reach(row, last)
    begins = np.ones(len(row), bool)
    begins[1:] = (row[1:] != row[:-1]) | (first[1:] > reached[:-1] + 1)
    place = where(begins)
    stop = np.append(place[1:], len(row)) - 1
    return of_sorted(rows, row[place], first[place], reached[stop] if len(place) else last)


def united(rows: int, parts: Sequence[Columns]) -> Runs:
    """The days of all parts together.

    Where each row's ranges already stand together in order, as they do for most, they are only
    put in place.
    """
    nothing = np.zeros(0, np.int64)
    row, first, last = (
        np.concatenate([nothing, *(part[side] for part in parts)]) for side in range(3)
    )
    changes = np.ones(len(row), bool)
    np.not_equal(row[1:], row[:-1], out=changes[1:])
    begins = where(changes)
    stretches = np.bincount(row[begins], minlength=rows)
    mixed = (row[1:] == row[:-1]) & (first[1:] <= last[:-1] + 1)
    if stretches.max(initial=0) > 1 or mixed.any():
        return of_columns(rows, row, first, last)
    length = following(begins, len(row)) - begins
    count = np.ones(rows, np.int64)
    count[row[begins]] += length
    at = count.cumsum() - count
    place = np.arange(len(row)) + np.repeat(at[row[begins]] - begins, length)
    starts, stops = np.full(len(row) + rows, FAR), np.full(len(row) + rows, FAR)
    starts[place], stops[place] = first, last
    return Runs(starts, stops, at)


def deep(rows: int, row: Ints, first: Ints, last: Ints, least: int) -> Runs:
    """The days that lie in `least` or more of the ranges of their row."""
    real = first <= last
    row, first, last = row[real], first[real], last[real]
    if least == 1 or not len(row):
        return of_columns(rows, row, first, last)
    edge = np.concatenate([first, last + 1])
    step = np.repeat(np.array([1, -1], np.int64), len(row))
    key = np.concatenate([row, row]) * _STRIDE + edge
    order = np.argsort(key, kind="stable")
    key, depth = key[order], step[order].cumsum()  # every row closes what it opens
    settled = np.append(key[1:] != key[:-1], True)  # all that happens on a day counts at once
    key, depth = key[settled], depth[settled]
    enough = depth >= least
    begins = where(enough & ~np.append(False, enough[:-1]))
    ends = where(~enough & np.append(False, enough[:-1]))
    of = (key[begins] + _STRIDE // 2) // _STRIDE
    return of_sorted(rows, of, key[begins] - of * _STRIDE, key[ends] - 1 - of * _STRIDE)


def between(low: Ints, high: Ints) -> Runs:
    """The days low..high of every row, where there are any."""
    row = where(low <= high)
    return of_sorted(len(low), row, low[row], high[row])


def free(rows: int, low: Ints, high: Ints, row: Ints, first: Ints, last: Ints) -> Runs:
    """What is left of low..high in every row when the ranges of the columns are taken away."""
    touching = where((first <= high[row]) & (last >= low[row]) & (first <= last))
    row, first, last = row.take(touching), first.take(touching), last.take(touching)
    everyone = np.arange(rows)
    row = np.concatenate([everyone, row, everyone])
    first = np.concatenate([np.full(rows, -FAR), first, np.maximum(high + 1, low)])
    last = np.concatenate([low - 1, last, np.full(rows, FAR)])
    order = np.argsort(row * _STRIDE + first, kind="stable")
    row, first, last = row[order], first[order], last[order]
    reached = reach(row, last)
    inside = row[1:] == row[:-1]
    gap = inside & (first[1:] > reached[:-1] + 1)
    place = where(gap)
    return of_sorted(rows, row[place], reached[place] + 1, first[place + 1] - 1)


def minus(one: Runs, other: Runs) -> Runs:
    """The days of the first set that are not in the second, row by row."""
    row, first, last = one.columns()
    source, place = _meeting(row, first, last, other)
    left = free(len(row), first, last, source, other.first[place], other.last[place])
    run, first, last = left.columns()
    return of_sorted(len(one), row[run], first, last)


def intersect(one: Runs, other: Runs) -> Runs:
    """The days that are in both sets, row by row."""
    row, first, last = one.columns()
    source, place = _meeting(row, first, last, other)
    return of_sorted(
        len(one),
        row[source],
        np.maximum(first[source], other.first[place]),
        np.minimum(last[source], other.last[place]),
    )


def _meeting(row: Ints, first: Ints, last: Ints, other: Runs) -> tuple[Ints, Ints]:
    """Which runs of a set each range meets in its row: the range's number, and the run's place."""
    start = np.searchsorted(other._keys(other.last), row * _STRIDE + first)
    stop = np.searchsorted(other._keys(other.first), row * _STRIDE + last, side="right")
    return spread(start, np.maximum(start, stop))


def reach(row: Ints, last: Ints) -> Ints:
    """The largest end so far within each row (rows sorted)."""
    lifted = row * (4 * _STRIDE) + last
    return np.asarray(np.maximum.accumulate(lifted) - row * (4 * _STRIDE), np.int64)


def joined(rows: int, row: Ints, first: Ints, last: Ints, after: NDArray[np.integer]) -> Runs:
    """Sorted ranges as runs; those become one that overlap, or with no open day between them.

    `after` is the first open day after each range; within a row no range ends before the one that
    begins before it.
    """
    apart = np.ones(len(row) + 1, bool)
    apart[1:-1] = (row[1:] != row[:-1]) | (first[1:] > after[:-1])
    begins, ends = where(apart[:-1]), where(apart[1:])
    return of_sorted(rows, row.take(begins), first.take(begins), last.take(ends))


def of_sorted(rows: int, row: Ints, first: Ints, last: Ints) -> Runs:
    """Runs from sorted disjoint columns that do not touch; the FAR run of every row is put in."""
    if rows == 1:
        return Runs(following(first, FAR, 0), following(last, FAR, 0), np.zeros(1, np.int64))
    count = np.bincount(row, minlength=rows).astype(np.int64) + 1
    at = count.cumsum() - count
    place = np.arange(len(row)) + row
    starts, stops = np.full(len(row) + rows, FAR), np.full(len(row) + rows, FAR)
    starts[place], stops[place] = first, last
    return Runs(starts, stops, at)
