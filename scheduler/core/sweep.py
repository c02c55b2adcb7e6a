"""Exact permitted days: boxes, and the sweep from one to the next.

Where few choices of runs fit together, every one is a box (core/boxes.py). Else for node x take the
least schedule s; every other node y sits in a run of its days that ends at E_y. All days of x from
s_x up to the smallest `most[y, x][E_y]` that the calendar leaves are permitted; step past them,
settle into the next least schedule, repeat. All participants are swept in layers, as arrays. Two
passes over the tree of blocks (cut nodes upwards, the rest downwards) make the days exact for the
whole network.
Source: docs/engine.md, with the proof.
"""

import numpy as np
from numpy.typing import NDArray

from scheduler.core.boxes import Boxes, DayTable, boxes_of, day_table, follow, narrowed
from scheduler.core.dayset import Ints, Runs, joined, of_columns, reach, where
from scheduler.core.network import Block, Network

Flags = NDArray[np.bool_]
_STRIDE = np.int64(2**33)
# state[row, :, node]: the least schedule, the end of the run that holds it, that run, the last day
LEAST, END, RUN, TOP = range(4)


def solve(network: Network, days: dict[int, Runs], rows: int) -> tuple[dict[int, Runs], Flags]:
    """Which days of each node belong to a complete schedule of the network, for every row.

    Args: `days[node]` the places that spans and bounds leave (closed days ignored).
    Returns: for each node runs whose calendar-open days are exactly the permitted ones (closed
    days inside a run mean nothing), and which rows have a schedule at all (the runs of a row that
    has none mean nothing).
    """
    days, alive = dict(days), np.ones(rows, bool)
    above: dict[int, Boxes | None] = {}  # the boxes of blocks, before those over them are looked at
    for block in reversed(network.blocks):
        if block.cut is not None:
            above[id(block)] = made = boxes_of(block, days, alive)
            found, alive = _exact(block, days, [block.cut], alive, made)
            days.update(found)
    for block in network.blocks:
        if len(block.nodes) == 1:
            found, alive = _lone(block, days, alive)
        else:
            made = above.get(id(block))
            made = narrowed(block, made, days, alive) if made else boxes_of(block, days, alive)
            targets = [node for node in block.nodes if node != block.cut]
            found, alive = _exact(block, days, targets, alive, made)
        days.update(found)
    return days, alive


def _lone(block: Block, days: dict[int, Runs], alive: Flags) -> tuple[dict[int, Runs], Flags]:
    """A node without gaps keeps the runs that hold an open day."""
    node = block.nodes[0]
    row, first, last = days[node].columns()
    opens = block.following[0].take(first)
    keep = (opens <= last) & alive[row]
    found = of_columns(len(alive), row[keep], opens[keep].astype(np.int64), last[keep])
    return {node: found}, alive & ~found.empty


def _rows_where(found: Flags) -> Ints:
    """The rows with any True, some named again: quicker than `any(1)` where the rows are short."""
    return np.asarray(where(found.ravel()) // found.shape[1], np.int64)


def settle(block: Block, days: DayTable, state: NDArray[np.int32]) -> Flags:
    """Raise least schedules, in place, until each day lies in a run; which rows have one."""
    n, size, flat = len(block.nodes), block.size, state.reshape(-1)
    alive = np.ones(len(state), bool)
    alive[_rows_where(state[:, LEAST] > state[:, TOP])] = False
    hit = where((state[:, LEAST] > state[:, END]).ravel())
    row = hit // n
    while len(hit):
        first = np.append(True, row[1:] != row[:-1])  # one node a row
        chosen = where(alive[row] & first)
        row, column = row[chosen], hit[chosen] % n
        if not len(row):
            return alive
        place = row * (4 * n) + column
        day, run = flat[place], flat[place + RUN * n] + 1
        behind = where(day > days.last[run])
        while len(behind):
            run[behind] += 1
            behind = behind[day[behind] > days.last[run[behind]]]
        day = np.maximum(day, days.first[run])
        flat[place + RUN * n] = run
        flat[place + END * n] = days.last[run]
        within = day <= flat[place + TOP * n]
        if not within.all():
            alive[row[~within]] = False
            row, column, day = row[within], column[within], day[within]
        raised = np.maximum(state[row, LEAST], block.means(column * size + day))
        state[row, LEAST] = raised
        alive[row[_rows_where(raised > state[row, TOP])]] = False
        hit = where((raised > state[row, END]).ravel())
        row = row[hit // n]
    return alive


def _begin(
    block: Block, days: dict[int, Runs], alive: Flags
) -> tuple[DayTable, Ints, NDArray[np.int32]]:
    """The first least schedule (not yet settled) of every row that has a day for each node."""
    table, size = day_table([days[node] for node in block.nodes]), block.size
    rows = where(alive & (table.at <= table.stop).all(1))
    begin, end = table.at[rows], table.stop[rows]
    state = np.empty((len(rows), 4, len(block.nodes)), np.int32)
    state[:, RUN], state[:, END] = begin, table.last[begin]
    state[:, LEAST], state[:, TOP] = 0, size - 1
    shift = block.shift
    follow(np.maximum, state[:, LEAST], block.least, table.first[begin] + shift)
    follow(np.minimum, state[:, TOP], block.most, table.last[end] + shift)
    return table, rows, state


def _exact(
    block: Block, days: dict[int, Runs], targets: list[int], alive: Flags, made: Boxes | None
) -> tuple[dict[int, Runs], Flags]:
    """The exact runs of the target nodes within one block, and which rows have a schedule.

    They are read off the block's boxes; without boxes (None) they are swept.
    """
    columns, live = np.array([block.local(node) for node in targets]), np.zeros(len(alive), bool)
    if made is None:
        target, row, first, last = _swept(block, days, columns, alive)
    else:
        target = np.arange(len(targets)).repeat(len(made.row))
        row = np.concatenate([made.row] * len(targets))
        first, last = (
            side.T.take(columns, 0).ravel().astype(np.int64) for side in (made.low, made.high)
        )
    live[row] = True
    cell = target * len(alive) + row
    order = np.argsort(cell * _STRIDE + first, kind="stable")  # mostly in order already
    cell, first = cell[order], first[order]
    last = reach(cell, last[order])
    after = block.following.take(columns[target[order]] * block.size + last + 1)  # at most "none"
    found = joined(len(alive) * len(targets), cell, first, last, after)
    return dict(zip(targets, found.split(len(targets)), strict=True)), live


def _swept(
    block: Block, days: dict[int, Runs], columns: Ints, alive: Flags
) -> tuple[Ints, Ints, Ints, Ints]:
    """All boxes of all targets by the sweep: target number, row, first and last place."""
    table, rows, state = _begin(block, days, alive)
    settled = settle(block, table, state)
    rows, state = rows[settled], state[settled]
    n, size, flat = len(block.nodes), block.size, block.most.reshape(-1)
    count, shift = len(state), block.shift
    far = np.full((count, n), size - 1, np.int32)
    follow(np.minimum, far, block.most, state[:, END] + shift)
    far = far[:, columns].T
    found = [
        (np.repeat(np.arange(len(columns)), count), np.tile(np.arange(count), len(columns)),
         state[:, LEAST, columns].T.ravel(), far.ravel())
    ]  # fmt: skip
    target, row = np.nonzero(far < state[:, TOP, columns].T)
    far, column, state = far[target, row], columns[target], state[row]
    while len(row):  # step past the box, settle, read off the next box
        np.maximum(
            state[:, LEAST], block.least.take(column * size + far + 1, 0), out=state[:, LEAST]
        )
        still = where(settle(block, table, state))
        target, row, column = target[still], row[still], column[still]
        state, every = state[still], np.arange(len(still))
        far = flat.take((state[:, END] + shift).T * n + column).min(0)
        found.append((target, row, state[every, LEAST, column], far))
        more = where(far < state[every, TOP, column])
        target, row, column, far = target[more], row[more], column[more], far[more]
        state = state[more]
    gathered = [np.concatenate(part).astype(np.int64) for part in zip(*found, strict=True)]
    return gathered[0], rows[gathered[1]], gathered[2], gathered[3]
