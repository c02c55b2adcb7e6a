"""Exact permitted days where all gaps of a block meet in one node, the hub: no search is needed.

Of a star every node but the hub, a leaf, is bound to the hub alone. A day of the hub is permitted
when it lies in a run of its own and reaches a run of every leaf; a day of a leaf when it lies in a
run of its own and reaches a run of the hub that is exact already. Both are read off the tables.
Source: docs/engine.md, step 4.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.core.dayset import Ints, Runs, intersect, joined, of_columns, spread, where
from scheduler.core.network import Block, Flags


def hub_days(block: Block, days: dict[int, Runs], alive: Flags) -> Runs:
    """The exact runs of the hub, given the days of all nodes; none in rows without a schedule."""
    assert block.hub is not None
    hub, rows, left = block.local(block.hub), len(alive), days[block.hub]
    leaves = [node for node in block.nodes if node != block.hub]
    one_each = [node for node in leaves if _one_each(days[node], rows)]
    for node in leaves:
        if node not in one_each:
            row, first, last = days[node].columns()
            low, high = _reached(block, hub, np.int64(block.local(node)), first, last)
            real = where(low <= high)
            left = intersect(left, of_columns(rows, row[real], low[real], high[real]))
    row, first, last = left.columns()
    if one_each:
        columns = np.array([[block.local(node)] for node in one_each])
        begins = np.stack([days[node].first[::2] for node in one_each])
        ends = np.stack([days[node].last[::2] for node in one_each])
        low, high = _reached(block, hub, columns, begins, ends)
        first = np.maximum(first, low.max(0)[row])
        last = np.minimum(last, high.min(0)[row])
    first = block.following[hub].take(first).astype(np.int64)
    real = where((first <= last) & alive[row])
    row, first, last = row[real], first[real], last[real]
    return joined(rows, row, first, last, block.following[hub].take(last + 1))


def leaf_days(block: Block, days: dict[int, Runs], leaves: Sequence[int]) -> dict[int, Runs]:
    """The exact runs of leaves, given those of the hub and their own days."""
    assert block.hub is not None
    hub, size = days[block.hub], block.size
    rows, begin = len(hub), block.local(block.hub) * size
    columns = [days[node].columns() for node in leaves]
    counts = [len(column[0]) for column in columns]
    row, first, last = (np.concatenate(side) for side in zip(*columns, strict=True))
    leaf = np.repeat(np.array([block.local(node) for node in leaves]), counts)
    # from what the hub's runs reach to what a leaf has itself; the FAR run of a row reaches nothing
    place = np.minimum(hub.first, size - 1) + begin, np.minimum(hub.last, size - 1) + begin
    low, high = block.least.take(place[0], 0).T, block.most.take(place[1], 0).T
    own, run = spread(hub.at[row], hub.ends[row] + 1)
    spot = leaf[own] * len(hub.first) + run
    first = np.maximum(block.following.take(leaf * size + first)[own], low.ravel()[spot])
    last = np.minimum(last[own], high.ravel()[spot])
    real = where(first <= last)
    own, first, last = own[real], first[real].astype(np.int64), last[real]
    cell = (np.repeat(np.arange(len(leaves)), counts) * rows + row)[own]
    after = block.following.take(leaf[own] * size + last + 1)
    found = joined(rows * len(leaves), cell, first, last, after)
    return dict(zip(leaves, found.split(len(leaves)), strict=True))


def _one_each(runs: Runs, rows: int) -> bool:
    """Whether every row has one run."""
    return len(runs.first) == 2 * rows and bool((runs.ends == runs.at).all())


def _reached(
    block: Block, hub: int, column: Ints | np.int64, first: Ints, last: Ints
) -> tuple[Ints, Ints]:
    """The first and the last place of the hub that runs of leaves reach (none: last < first)."""
    n, size = len(block.nodes), block.size
    low = block.least.take((column * size + first) * n + hub).astype(np.int64)
    high = block.most.take((column * size + last) * n + hub).astype(np.int64)
    dead = block.following.take(column * size + first) > last
    low[dead] = size - 1  # "none", which no run holds
    return low, high
