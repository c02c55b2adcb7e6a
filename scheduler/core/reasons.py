"""Why there is no schedule: propagation of one participant's bounds, remembering what moved them.

Every constraint is an *item*, a bit of a mask. Raising the least schedule keeps, for every node,
the items that its bound rests on; where a bound passes a node's last day, those items together
leave no schedule. Deletion filtering then makes the set smallest: drop any one, and there is one.
Source: docs/engine.md; Junker 2004; docs/decisions/0008-conflict-sets.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Item = int  # a bit
NEVER = 10**8


@dataclass(frozen=True, slots=True)
class Bond:
    """A link between two open nodes: least(a) <= b, and a >= earliest(b)."""

    start: int
    end: int
    least: Callable[[int], int] | None  # the first day of `end` for a day of `start`
    earliest: Callable[[int], int] | None  # the first day of `start` for a day of `end`
    item: Item


@dataclass(frozen=True, slots=True)
class Pair:
    """`from A until B`: from day `since` of B on, A must be later than `last` (a point: than B)."""

    start: int
    end: int
    since: int
    last: int
    single: bool
    item: Item


@dataclass
class Case:
    """One participant's constraints, each marked with the item that it belongs to.

    `low` and `high` hold (day, item) bounds, `taken` the forbidden (first, last, item) ranges of
    each node, `closed` tells the item of a closed day (0: open) for a node.
    """

    nodes: Sequence[int]
    low: dict[int, list[tuple[int, Item]]]
    high: dict[int, list[tuple[int, Item]]]
    taken: dict[int, list[tuple[int, int, Item]]]
    closed: Callable[[int, int], Item]
    bonds: list[Bond] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    pinned: dict[int, tuple[int, Item]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The least schedule, or (where there is none) the items that together leave none."""

    days: dict[int, int] | None
    blame: Item
    node: int = -1


def least_schedule(case: Case, dropped: Item = 0) -> Outcome:
    """The least schedule of a case without the dropped items, or the items to blame."""
    return _Run(case, dropped).settle()


class _Run:
    def __init__(self, case: Case, dropped: Item) -> None:
        self.case, self.dropped = case, dropped
        self.day: dict[int, int] = {}
        self.why: dict[int, Item] = {}
        self.top = {node: self._tightest(node) for node in case.nodes}
        self.bonds = [b for b in case.bonds if not b.item & dropped]
        self.pairs = [p for p in case.pairs if not p.item & dropped]

    def _tightest(self, node: int) -> tuple[int, Item]:
        bounds = _held(self.case.high.get(node, []), self.dropped)
        pinned = self.case.pinned.get(node)
        if pinned is not None and not pinned[1] & self.dropped:
            bounds.append(pinned)
        return min(bounds, default=(NEVER, 0), key=lambda bound: bound[0])

    def settle(self) -> Outcome:
        case = self.case
        for node in case.nodes:
            bounds = _held(case.low.get(node, []), self.dropped)
            pinned = case.pinned.get(node)
            if pinned is not None and not pinned[1] & self.dropped:
                bounds.append(pinned)
            day, why = max(bounds, default=(-NEVER, 0), key=lambda bound: bound[0])
            if not self._raise(node, day, why):
                return self._wiped(node)
        todo = list(case.nodes)
        while todo:
            node = todo.pop(0)
            for other, day, why in self._pushes(node):
                if day > self.day[other]:
                    if not self._raise(other, day, why):
                        return self._wiped(other)
                    if other not in todo:
                        todo.append(other)
        return Outcome(dict(self.day), 0)

    def _pushes(self, node: int) -> list[tuple[int, int, Item]]:
        """What the node's bound means for its neighbours."""
        found = []
        day, why = self.day[node], self.why[node]
        for bond in self.bonds:
            if bond.start == node and bond.least is not None:
                found.append((bond.end, bond.least(day), why | bond.item))
            if bond.end == node and bond.earliest is not None:
                found.append((bond.start, bond.earliest(day), why | bond.item))
        for pair in self.pairs:
            if pair.end == node and day >= pair.since:
                after = min(pair.last, day) if pair.single else pair.last
                found.append((pair.start, after + 1, why | pair.item))
        return found

    def _raise(self, node: int, day: int, why: Item) -> bool:
        """Move a node to the first free day at or after a bound; False where none is in time."""
        last = self.top[node][0]
        while day <= last:
            blocker = self._blocker(node, day)
            if blocker is None:
                break
            day, why = blocker[0], why | blocker[1]
        self.day[node], self.why[node] = day, why
        return day <= last

    def _blocker(self, node: int, day: int) -> tuple[int, Item] | None:
        """The range that holds a day and reaches furthest: the day after it, and its item."""
        best: tuple[int, Item] | None = None
        for first, last, item in self.case.taken.get(node, ()):
            if first <= day <= last and not item & self.dropped:
                best = max(best, (last + 1, item)) if best else (last + 1, item)
        if best is None and (item := self.case.closed(node, day)) and not item & self.dropped:
            return day + 1, item
        return best

    def _wiped(self, node: int) -> Outcome:
        return Outcome(None, self.why[node] | self.top[node][1], node)


def _held(bounds: list[tuple[int, Item]], dropped: Item) -> list[tuple[int, Item]]:
    """The bounds none of whose items is dropped."""
    return [bound for bound in bounds if not bound[1] & dropped]


def smallest_conflict(case: Case, keep: Item = 0) -> tuple[Item, int]:
    """A smallest set of items that leave no schedule (0 where there is one), and the node it meets.

    Items in `keep` are always part of it (a day that was asked about).
    """
    outcome = least_schedule(case)
    if outcome.days is not None:
        return 0, -1
    kept, node = outcome.blame | keep, outcome.node
    for item in _bits(kept & ~keep):
        if not kept & item:
            continue
        without = least_schedule(case, ~kept | item)
        if without.days is None:
            kept, node = without.blame | keep, without.node
    return kept, node


def _bits(mask: Item) -> list[Item]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low)
        mask ^= low
    return found
