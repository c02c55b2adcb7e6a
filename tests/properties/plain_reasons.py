"""The slow, obvious way to a smallest set of reasons: one case, one queue, one item after another.

It reads the same constraints as the fast one (core/cases.py) and does with sets and loops what
core/clash.py does with arrays. The order of all steps is the same, so the sets must be as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scheduler.core.cases import ALWAYS, Bounds, Cases
from scheduler.core.dayset import spread

Day = tuple[int, frozenset[int]]  # a bound, and the items that it rests on


@dataclass
class Found:
    """The least schedule, or the items that together leave none and the node where they meet."""

    days: dict[int, int] | None
    blame: frozenset[int] = frozenset()
    node: int = -1


@dataclass
class Plain:
    """One case of many."""

    cases: Cases
    case: int
    nodes: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = [n for n, member in enumerate(self.cases.members[:, self.case]) if member]

    def items(self) -> set[int]:
        """Every item there is."""
        return set(range(len(self.cases.rank)))

    def least(self, held: set[int]) -> Found:
        """The least schedule that keeps the held items."""
        held = held | {ALWAYS}
        tops = {n: min(self._bounds(n, held, high=True), key=lambda b: b[0]) for n in self.nodes}
        now: dict[int, Day] = {}
        for node in self.nodes:
            lowest = max(self._bounds(node, held, high=False), key=lambda b: b[0])
            now[node] = self._free(node, lowest, tops[node][0], held)
            if now[node][0] > tops[node][0]:
                return Found(None, now[node][1] | tops[node][1], node)
        todo = list(self.nodes)
        while todo:
            node = todo.pop(0)
            for other, bound in self._pushes(node, now[node], held):
                if bound[0] > now[other][0]:
                    now[other] = self._free(other, bound, tops[other][0], held)
                    if now[other][0] > tops[other][0]:
                        return Found(None, now[other][1] | tops[other][1], other)
                    if other not in todo:
                        todo.append(other)
        return Found({node: day for node, (day, _) in now.items()})

    def smallest(self, keep: int = ALWAYS) -> Found:
        """Deletion filtering: the items of a smallest set, and the node where they meet."""
        found = self.least(self.items())
        if found.days is not None:
            return Found({})
        kept, node = found.blame | {keep}, found.node
        for item in sorted(kept - {ALWAYS, keep}, key=lambda i: int(self.cases.rank[i, self.case])):
            if item not in kept:
                continue
            without = self.least(set(kept - {item}))
            if without.days is None:
                kept, node = without.blame | {keep}, without.node
        return Found(None, kept - {ALWAYS}, node)

    def _bounds(self, node: int, held: set[int], high: bool) -> list[Day]:
        cases = self.cases
        common, own = (cases.highest, cases.highs) if high else (cases.lowest, cases.lows)
        found = [(day, frozenset({item})) for day, item in common if item in held]
        return found + [day for day in _own(own, self.case, node) if day[1] <= held]

    def _pushes(self, node: int, at: Day, held: set[int]) -> list[tuple[int, Day]]:
        day, why = at
        found = []
        for push in self.cases.pushes:
            if push.start == node and push.applies[self.case] and push.item in held:
                offset = 0 if push.offset is None else int(push.offset[self.case])
                found.append((push.end, (int(push.table[offset + day]), why | {push.item})))
        pairs = self.cases.pairs
        for row in self._rows(pairs.begins, node):
            item = int(pairs.item[row])
            if item in held and day >= pairs.since[row]:
                last = int(pairs.last[row])
                after = min(last, day) + 1 if pairs.single[row] else last + 1
                found.append((int(pairs.start[row]), (after, why | {item})))
        return found

    def _free(self, node: int, bound: Day, top: int, held: set[int]) -> Day:
        day, why = bound
        while day <= top:
            holding = self._holding(node, day, held)
            if holding is None:
                break
            day, why = holding[0], why | {holding[1]}
        return day, why

    def _holding(self, node: int, day: int, held: set[int]) -> tuple[int, int] | None:
        taken, cases = self.cases.taken, self.cases
        ranges = [
            (int(taken.last[row]) + 1, int(taken.item[row]))
            for row in self._rows(taken.begins, node)
            if taken.first[row] <= day <= taken.last[row] and taken.item[row] in held
        ]
        if ranges:
            return max(ranges)
        if not cases.heeds[node, self.case] or cases.closure not in held:
            return None
        shut = cases.closed[cases.kind[node], cases.calendar[self.case], day]
        return (day + 1, cases.closure) if shut else None

    def _rows(self, begins: object, node: int) -> range:
        place = node * self.cases.members.shape[1] + self.case
        return range(int(begins[place]), int(begins[place + 1]))  # type: ignore[index]


def _own(bounds: Bounds, case: int, node: int) -> list[Day]:
    _, rows = spread(bounds.begins[[case]], bounds.begins[[case + 1]])
    return [
        (int(bounds.day[row]), frozenset({int(bounds.item[row]), int(bounds.other[row])}))
        for row in rows.tolist()
        if bounds.node[row] == node
    ]
