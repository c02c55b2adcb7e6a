"""Gaps and closed days of a protocol as tables that hold for every participant of a calendar.

A *place* is a day on the line of all calendars laid end to end: every calendar has a stretch of
`slots` places, its days and one place "none" at the end. The tables are closed over all paths of
the gap graph, so one look-up says what one node's day means for every other node of its block.
Source: docs/engine.md; Kleene's algorithm with max as the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scheduler.core.graph import biconnected, neighbours
from scheduler.core.lines import OpenLines
from scheduler.core.ways import Ways

Places = NDArray[np.int16 | np.int32]  # the smaller where all places of the line fit in it
STAR = 12  # leaves of one node in one table: fewer passes for more, less memory for fewer
SMALL = 8  # nodes of blocks that are joined, for the same reason
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Edge:
    """A bound between two nodes: low[a] <= b <= high[a] for every slot of `start`, per calendar.

    `low` and `high` never decrease; they have the shape (calendars, slots - 1) and hold slots;
    slots - 1 in `low` means "no day is late enough", -1 in `high` "no day is early enough".
    """

    start: int
    end: int
    low: NDArray[np.int64]
    high: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """One biconnected piece of the gap graph on all calendars, or some small ones together.

    `least[a * size + t]` is the least place of every node in any schedule of the block with
    a >= t; `most[b * size + t]` the greatest with b <= t. `following[i, t]` is the first day at or
    after t that the calendar and the gaps alone leave to node i. `cut` is the node that joins the
    block to its parent.
    """

    nodes: tuple[int, ...]
    cut: int | None
    size: int
    least: Places
    most: Places
    following: Places

    @property
    def shift(self) -> NDArray[np.int64]:
        """The row of place 0 of every node in `least` and `most`."""
        return np.arange(len(self.nodes)) * self.size

    def local(self, node: int) -> int:
        """The column of a node in this block."""
        return self.nodes.index(node)

    def means(self, index: NDArray[np.integer]) -> Places:
        """What places (a * size + t) ask of every node: their rows of `least`."""
        return self.least.take(index, 0)


@dataclass(frozen=True)
class Network:
    """The blocks of a gap graph, parents first; `open_days[node]` are the days the tables leave.

    `near[node]` are the nodes that gaps bind to it.
    """

    blocks: tuple[Block, ...]
    slots: int
    calendars: int
    open_days: dict[int, Flags]
    near: dict[int, set[int]]

    @property
    def nodes(self) -> list[int]:
        """All nodes, each once."""
        return sorted(self.open_days)

    @property
    def bytes(self) -> int:
        """The memory that the tables take."""
        return sum(b.least.nbytes + b.most.nbytes + b.following.nbytes for b in self.blocks)

    @cached_property
    def lines(self) -> OpenLines:
        """The open places of every node, for the next and the last one at a place."""
        return OpenLines(self.open_days, self.slots)

    @cached_property
    def ways(self) -> Ways:
        """Which way leads where between the blocks of several nodes."""
        return Ways([(block.nodes, block.cut) for block in self.blocks if len(block.nodes) > 1])

    @cached_property
    def ties(self) -> dict[int, list[tuple[Block, int, int]]]:
        """Of each node the nodes bound to it: a block of both, the other's column and its own."""
        homes = {node: [b for b in self.blocks if node in b.nodes] for node in self.open_days}
        return {
            node: [
                next((b, b.local(other), b.local(node)) for b in homes[node] if other in b.nodes)
                for other in sorted(others)
            ]
            for node, others in self.near.items()
        }


def build_network(
    nodes: Sequence[int], edges: Sequence[Edge], open_days: dict[int, Flags], slots: int
) -> Network:
    """The closed tables of every block, narrowed to what the whole network leaves open.

    `open_days[node]` has the shape (calendars, slots - 1). Without the narrowing (leaves to root,
    then down) the boxes of a block would trust days that another block forbids.
    """
    near = neighbours(nodes, [(edge.start, edge.end) for edge in edges])
    tree = _blocks(near)
    days = {node: open_days[node] for node in nodes}
    for members, cut in reversed(tree):
        if cut is not None:
            days[cut] = _surviving(_tables(members, cut, edges, days, slots), slots)[cut]
    blocks = []
    for members, cut in tree:
        block = _tables(members, cut, edges, days, slots)
        days.update(_surviving(block, slots))
        blocks.append(block)
    calendars = len(next(iter(days.values()))) if days else 0
    return Network(tuple(blocks), slots, calendars, days, near)


def _surviving(block: Block, slots: int) -> dict[int, Flags]:
    """Days that the calendar and the gaps of the block leave: those that are their own next day."""
    own = np.arange(block.size)
    return {
        node: (follow == own).reshape(-1, slots)[:, :-1]
        for node, follow in zip(block.nodes, block.following, strict=True)
    }


def _tables(
    members: Sequence[int],
    cut: int | None,
    edges: Sequence[Edge],
    days: dict[int, Flags],
    slots: int,
) -> Block:
    column = {node: i for i, node in enumerate(members)}
    inside = [e for e in edges if e.start in column and e.end in column]
    n, calendars = len(members), len(days[members[0]])
    size = calendars * slots
    kind = np.int16 if size < np.iinfo(np.int16).max else np.int32
    base: Places = np.repeat(np.arange(calendars) * slots, slots).astype(kind)
    low: Places = np.empty((n, n, size), kind)
    low[:] = base
    for node, i in column.items():
        low[i, i] = _next_open(days[node], slots).ravel() + base
    for edge in inside:
        i, j = column[edge.start], column[edge.end]
        _bound(low, i, j, edge.low, slots, base)
        _bound(low, j, i, _first_reaching(edge.high, slots), slots, base)
    _close(low)
    high: Places = np.empty((n, n, size), kind)
    for a in range(n):
        for b in range(n):  # the last t with low[a, b][t] <= v, for every v
            high[b, a] = np.bincount(low[a, b], minlength=size).cumsum() - 1
    return Block(
        tuple(members),
        cut,
        size,
        _by_place(low),
        _by_place(high),
        np.stack([low[i, i] for i in range(n)]),
    )


def _by_place(table: Places) -> Places:
    """From (node, other, place) to one row of all others for every (node, place)."""
    n, _, size = table.shape
    return np.ascontiguousarray(table.transpose(0, 2, 1)).reshape(n * size, n)


def _next_open(days: Flags, slots: int) -> Places:
    none = slots - 1
    slot = np.full((len(days), slots), none, np.int32)
    slot[:, :-1] = np.where(days, np.arange(none, dtype=np.int32), none)
    return np.minimum.accumulate(slot[:, ::-1], axis=1)[:, ::-1]


def _first_reaching(high: NDArray[np.int64], slots: int) -> NDArray[np.int64]:
    """For every slot of the end node the first slot of the start node whose bound reaches it."""
    wanted = np.arange(slots - 1)
    return np.stack([np.searchsorted(row, wanted) for row in high])


def _bound(low: Places, i: int, j: int, least: NDArray[np.int64], slots: int, base: Places) -> None:
    """Raise low[i, j] by one gap: from i's next open day through the gap to j's next open day."""
    none = np.full((len(least), 1), slots - 1)
    step = np.hstack([np.clip(least, 0, slots - 1), none]).ravel().astype(base.dtype) + base
    np.maximum(low[i, j], low[j, j].take(step.take(low[i, i])), out=low[i, j])


def _close(low: Places) -> None:
    """Close the maps over all paths: repeat each pivot's cycles, then pass through the pivot."""
    n = len(low)
    for pivot in range(n):
        while not np.array_equal(low[pivot, pivot], again := _twice(low[pivot, pivot])):
            low[pivot, pivot] = again
        for i in range(n):
            low[i, pivot] = low[pivot, pivot].take(low[i, pivot])
            np.maximum(low[i], low[pivot].take(low[i, pivot], axis=1), out=low[i])


def _twice(step: Places) -> Places:
    return step.take(step)


def _blocks(near: dict[int, set[int]]) -> list[tuple[tuple[int, ...], int | None]]:
    """The blocks with their cut node, parents first; small ones of one node lie together."""
    found = sorted(biconnected(near), key=len, reverse=True)
    homes: dict[int, list[int]] = {}
    for number, block in enumerate(found):
        for node in block:
            homes.setdefault(node, []).append(number)
    tree: list[tuple[set[int], int | None]] = []
    taken = [False] * len(found)
    for root in range(len(found)):
        if not taken[root]:
            taken[root] = True
            place = len(tree)
            tree.append((found[root], None))
            while place < len(tree):
                here = tree[place][0]
                joined = {n: node for node in here for n in homes[node] if not taken[n]}
                for number in sorted(joined):
                    taken[number] = True
                    tree.append((found[number], joined[number]))
                place += 1
    cuts = {cut for _, cut in tree}
    stars: dict[int, set[int]] = {}
    kept: list[tuple[set[int], int | None]] = []
    for block, cut in tree:
        if cut is not None and len(block) == 2 and not (block - {cut}) & cuts:
            stars.setdefault(cut, set()).update(block)
        else:
            kept.append((block, cut))
    for cut, star in stars.items():
        leaves = sorted(star - {cut})
        for start in range(0, len(leaves), STAR):
            kept.append(({cut, *leaves[start : start + STAR]}, cut))
    return [(tuple(sorted(block)), cut) for block, cut in _joined(kept)]


def _joined(tree: list[tuple[set[int], int | None]]) -> list[tuple[set[int], int | None]]:
    """Small blocks that hang together as one, parents first: each is swept by itself."""
    joined: list[tuple[set[int], int | None]] = []
    homes: dict[int, list[int]] = {}
    for block, cut in tree:
        near = [] if cut is None else homes.get(cut, [])
        place = next((p for p in near if len(joined[p][0] | block) <= SMALL), len(joined))
        if place == len(joined):
            joined.append((set(), cut))
        new = block - joined[place][0]
        joined[place][0].update(new)
        for node in new:
            homes.setdefault(node, []).append(place)
    return joined
