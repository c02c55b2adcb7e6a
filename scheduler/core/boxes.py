"""Boxes of permitted days from runs alone: every choice of one run a node that fits together.

A choice of runs s..E, one of every node, has a schedule exactly when no least place that its
beginnings ask for lies past the greatest one that its ends allow; then the days of each node
between the two are permitted as far as the calendar leaves them. Nodes with one run, as most have,
leave no choice. Where choices would be many, they are not made; the sweep finds its way then.
Source: docs/engine.md, step 3 and the lemma.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import Ints, Runs, following, spread, where
from scheduler.core.network import Block, Flags, Places

_MANY = 8  # choices a row that are looked through sooner than a sweep is made
_ANYHOW = 64  # and so many for all rows together
_AT_ONCE = 2**13  # rows of tables that are read at once: few calls, in a core's cache


@dataclass(frozen=True, slots=True)
class DayTable:
    """The runs of all nodes of a block in one array each, so that one index finds any run."""

    first: NDArray[np.int32]
    last: NDArray[np.int32]
    at: Ints  # (rows, nodes): the place of the first run
    stop: Ints  # (rows, nodes): the place of the last real run


def day_table(runs: Sequence[Runs]) -> DayTable:
    """The runs of several nodes in one table."""
    first, last = (
        np.concatenate(ends, dtype=np.int32, casting="same_kind")
        for ends in ([one.first for one in runs], [one.last for one in runs])
    )
    begins = list(accumulate([len(one.first) for one in runs[:-1]], initial=0))
    at = np.array([one.at for one in runs]) + np.array(begins)[:, None]
    stop = following(at.ravel(), len(first)).reshape(at.shape) - 2
    return DayTable(first, last, at.T, stop.T)


@dataclass(frozen=True, slots=True)
class Boxes:
    """The choices that fit, those of a row together: (choices, nodes) the days from low to high."""

    row: Ints
    low: Places
    high: Places


def follow(best: np.ufunc, bound: Places, table: Places, places: Ints) -> None:
    """Bounds of all nodes drawn tighter, in place, by what places of some nodes mean for them.

    `places` (rows, any nodes) are rows of the table: a node's column times its size, and the place.
    """
    step = max(1, _AT_ONCE // max(1, len(places)))
    for begin in range(0, places.shape[1], step):
        found = table.take(places[:, begin : begin + step].T, 0)
        best(bound, found[0] if len(found) == 1 else best.reduce(found, 0), out=bound)


def boxes_of(block: Block, days: dict[int, Runs], alive: Flags) -> Boxes | None:
    """All boxes of every row that is alive; None where too many choices would have to be made."""
    runs, size, shift = day_table([days[node] for node in block.nodes]), block.size, block.shift
    row = where(alive & (runs.at <= runs.stop).all(1))
    begin = runs.at[row]
    several = (runs.stop[row] - begin).max(0, initial=0)
    low = np.zeros(begin.shape, block.least.dtype)
    high = np.full_like(low, size - 1)
    alone, most = where(several == 0), _MANY * len(row) + _ANYHOW
    only = begin[:, alone]
    follow(np.maximum, low, block.least, runs.first[only] + shift[alone])
    follow(np.minimum, high, block.most, runs.last[only] + shift[alone])
    made: Boxes | None = _fitting(row, low, high)
    columns = several.argsort(kind="stable")[len(alone) :]
    while made is not None and len(columns):  # of few rows several nodes at a time
        choices = (several[columns] + 1.0).cumprod() * len(made.row)
        count = max(1, int((choices <= _ANYHOW).sum()))
        made = _chosen(block, made, columns[:count], runs, columns[:count], most)
        columns = columns[count:]
    return made


def narrowed(block: Block, boxes: Boxes, days: dict[int, Runs], alive: Flags) -> Boxes | None:
    """Boxes of a block whose cut node alone was left fewer days since; None as in `boxes_of`."""
    assert block.cut is not None
    living = alive[boxes.row]
    if not living.all():
        boxes = Boxes(boxes.row[living], boxes.low[living], boxes.high[living])
    most = _MANY * len(alive) + _ANYHOW
    cut, only = np.array([block.local(block.cut)]), np.zeros(1, np.int64)
    return _chosen(block, boxes, cut, day_table([days[block.cut]]), only, most)


def _chosen(
    block: Block, boxes: Boxes, columns: Ints, runs: DayTable, places: Ints, most: int
) -> Boxes | None:
    """The boxes that are left with each choice of runs of some more nodes, those at `places`."""
    first = runs.at[boxes.row[:, None], places]
    counts = runs.stop[boxes.row[:, None], places] - first + 1
    choices = counts.cumprod(1)
    every = choices[:, -1]
    if every.sum() > most:
        return None
    of, number = spread(np.zeros_like(every), every)
    number = number[:, None]
    if len(columns) > 1:
        number = number // (every[:, None] // choices)[of] % counts[of]
    run = first[of] + number
    row, low, high = boxes.row.take(of), boxes.low.take(of, 0), boxes.high.take(of, 0)
    shift = columns * block.size
    follow(np.maximum, low, block.least, runs.first[run] + shift)
    follow(np.minimum, high, block.most, runs.last[run] + shift)
    return _fitting(row, low, high)


def _fitting(row: Ints, low: Places, high: Places) -> Boxes:
    """The choices that have a schedule."""
    over = where((low > high).ravel())
    if not len(over):
        return Boxes(row, low, high)
    fits = np.ones(len(row), bool)
    fits[over // low.shape[1]] = False
    kept = where(fits)
    return Boxes(row.take(kept), low.take(kept, 0), high.take(kept, 0))
