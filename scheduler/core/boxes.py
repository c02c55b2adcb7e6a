"""Boxes of permitted days from runs alone: every choice of one run a node that fits together.

A choice of runs s..E, one of every node, has a schedule exactly when no least place that its
beginnings ask for lies past the greatest one that its ends allow; then the days of each node
between the two are permitted as far as the calendar leaves them. Nodes with one run, as most have,
leave no choice. Where choices would be many, they are not made; the sweep finds its way then.
Source: docs/engine.md, step 3 and the lemma.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.core.dayset import Ints, Runs, spread, where
from scheduler.core.network import Block, Flags, Places

_MANY = 8  # choices a row that are looked through sooner than a sweep is made
_ANYHOW = 64  # and so many for all rows together


@dataclass(frozen=True, slots=True)
class Boxes:
    """The choices that fit, those of a row together: (choices, nodes) the days from low to high."""

    row: Ints
    low: Places
    high: Places


def boxes_of(block: Block, days: dict[int, Runs], alive: Flags) -> Boxes | None:
    """All boxes of every row that is alive; None where too many choices would have to be made."""
    size, runs = block.size, [days[node] for node in block.nodes]
    ends = [one.ends for one in runs]
    counts = np.stack([end - one.at + 1 for one, end in zip(runs, ends, strict=True)])
    row = where(alive & (counts > 0).all(0))
    several = counts[:, row].max(1, initial=1)
    low = np.zeros((len(row), len(runs)), block.least.dtype)
    high = np.full_like(low, size - 1)
    most = _MANY * len(row) + _ANYHOW
    for column in np.argsort(several, kind="stable").tolist():
        one, run = runs[column], runs[column].at[row]
        if several[column] > 1:
            stop = ends[column][row] + 1
            if (stop - run).sum() > most:
                return None
            place, run = spread(run, stop)
            row, low, high = row[place], low[place], high[place]
        np.maximum(low, block.least.take(column * size + one.first[run], 0), out=low)
        np.minimum(high, block.most.take(column * size + one.last[run], 0), out=high)
        if several[column] > 1:
            row, low, high = _fitting(row, low, high)
    return Boxes(*_fitting(row, low, high))


def _fitting(row: Ints, low: Places, high: Places) -> tuple[Ints, Places, Places]:
    """The choices that have a schedule."""
    fits = np.ones(len(row), bool)
    fits[where((low > high).ravel()) // low.shape[1]] = False
    if fits.all():
        return row, low, high
    return row[fits], low[fits], high[fits]
