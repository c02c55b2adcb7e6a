"""Gaps and closed days of a protocol as tables that hold for every participant of a calendar.

A *place* is a day on the line of all calendars laid end to end: every calendar has a stretch of
`slots` places, its days and one place "none" at the end. The tables are closed over all paths of
the gap graph, so one look-up says what one node's day means for every other node of its block.
Source: docs/engine.md; Kleene's algorithm with max as the sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scheduler.core.lines import OpenLines

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
    """The blocks of a gap graph, parents first; `open_days[node]` are the days the tables leave."""

    blocks: tuple[Block, ...]
    slots: int
    calendars: int
    open_days: dict[int, Flags]

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


def build_network(
    nodes: Sequence[int], edges: Sequence[Edge], open_days: dict[int, Flags], slots: int
) -> Network:
    """The closed tables of every block, narrowed to what the whole network leaves open.

    `open_days[node]` has the shape (calendars, slots - 1). Without the narrowing (leaves to root,
    then down) the boxes of a block would trust days that another block forbids.
    """
    tree = _blocks(nodes, edges)
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
    return Network(tuple(blocks), slots, calendars, days)


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


def _blocks(
    nodes: Sequence[int], edges: Sequence[Edge]
) -> list[tuple[tuple[int, ...], int | None]]:
    """The blocks with their cut node, parents first; small ones of one node lie together."""
    found = sorted(_biconnected(nodes, edges), key=len, reverse=True)
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


def _biconnected(nodes: Sequence[int], edges: Sequence[Edge]) -> list[set[int]]:
    """The biconnected blocks of the gap graph (Hopcroft, Tarjan 1973); lone nodes by themselves."""
    near: dict[int, set[int]] = {node: set() for node in nodes}
    for edge in edges:
        near[edge.start].add(edge.end)
        near[edge.end].add(edge.start)
    walk = _Walk(near)
    for node in nodes:
        if node not in walk.number:
            walk.begin(node)
            if not near[node]:
                walk.found.append({node})
    return walk.found


class _Walk:
    """A walk in depth, with a stack of its own: a chain may be longer than Python recurses."""

    def __init__(self, near: dict[int, set[int]]) -> None:
        self.near = near
        self.number: dict[int, int] = {}
        self.found: list[set[int]] = []
        self._reach: dict[int, int] = {}
        self._open: list[int] = []  # met, and not yet in a block
        self._place: dict[int, int] = {}  # of each of them

    def begin(self, root: int) -> None:
        """Find the blocks of all that hangs together with a node."""
        path = [(root, -1, self._enter(root))]
        while path:
            node, parent, others = path[-1]
            other = next(others, None)
            if other is None:
                path.pop()
                if path:
                    self._leave(node, parent)
            elif other not in self.number:
                path.append((other, node, self._enter(other)))
            elif other != parent:
                self._reach[node] = min(self._reach[node], self.number[other])
        self._open.clear()

    def _enter(self, node: int) -> Iterator[int]:
        self.number[node] = self._reach[node] = len(self.number)
        self._place[node] = len(self._open)
        self._open.append(node)
        return iter(sorted(self.near[node]))

    def _leave(self, node: int, parent: int) -> None:
        self._reach[parent] = min(self._reach[parent], self._reach[node])
        if self._reach[node] >= self.number[parent]:
            place = self._place[node]
            self.found.append({parent, *self._open[place:]})
            del self._open[place:]
