"""One pass of section 1: complete schedules under one way of counting what is uncertain."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .facts import FIXED, Facts, Fits
from .nodes import BIRTH, CLOSES, OPENS, target_day
from .rules import only
from .search import Days, find


class Pass:
    """One pass of section 1, with the facts as that pass sees them."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        names = facts.open_nodes
        self.optional = [n for n in names if facts.is_optional(facts.nodes[n], facts.safe)]
        self.required = [n for n in names if n not in self.optional]
        self.alone = {name: facts.alone_days(name) for name in names}
        self.pairs: dict[tuple[str, str], dict[int, Days]] = {}
        for a, b, fits in facts.constraints:
            self._bind(a, b, fits)

    def _bind(self, a: str, b: str, fits: Fits) -> None:
        if a == FIXED:
            self.alone[b] = frozenset(d for d in self.alone[b] if fits(0, d))
        elif b == FIXED:
            self.alone[a] = frozenset(d for d in self.alone[a] if fits(d, 0))
        else:
            there = {x: frozenset(y for y in self.alone[b] if fits(x, y)) for x in self.alone[a]}
            back_again = {
                y: frozenset(x for x in self.alone[a] if y in there[x]) for y in self.alone[b]
            }
            for pair, table in (((a, b), there), ((b, a), back_again)):
                old = self.pairs.get(pair)
                self.pairs[pair] = (
                    table
                    if old is None
                    else {day: old[day] & days for day, days in table.items() if day in old}
                )

    def together(self, names: Collection[str]) -> list[str]:
        """The required nodes, these nodes, and the optional nodes that these hang off."""
        wanted = set(self.required) | set(names)
        for name in names:
            wanted |= set(self.facts.ancestors(name)) & set(self.optional)
        return [n for n in self.facts.open_nodes if n in wanted]

    def complete(self, names: Collection[str], days: Mapping[str, int]) -> dict[str, int] | None:
        """A complete schedule of the required nodes and these, with these days; or None."""
        return find(
            {
                n: self.alone[n] & {days[n]} if n in days else self.alone[n]
                for n in self.together([*names, *days])
            },
            self.pairs,
        )

    def feasible(self) -> bool:
        """Is there a complete schedule of the required nodes?"""
        return self.complete([], {}) is not None

    def domains(self) -> dict[str, set[int]]:
        """For every open node the days that belong to a complete schedule."""
        found: dict[str, set[int]] = {n: set() for n in self.facts.open_nodes}
        for name in [*self.required, *self.optional]:
            for day in sorted(self.alone[name] - found[name]):
                witness = self.complete([], {name: day})
                if witness is not None:
                    # A schedule shows the same for each of its required days.
                    for other in (name, *self.required):
                        found[other].add(witness[other])
        return found

    # --- the recommended schedule (section 6) ---------------------------------------------------

    def schedule(self) -> dict[str, int]:
        """Bookings kept, then required nodes, then optional ones, in the file's order."""
        chosen: dict[str, int] = {}
        for name in self.facts.open_nodes:
            day = self.facts.booking(name)
            if day is not None and self.complete([], {**chosen, name: day}) is not None:
                chosen[name] = day
        for group in (self.required, self.optional):
            for name in self._anchors_first(group):
                if name not in chosen:
                    self._choose(name, chosen)
        for name in self._anchors_first(self.facts.planned_nodes):
            self._choose_without_window(name, chosen)
        return {n: chosen[n] for n in self.facts.nodes if n in chosen}

    def _anchors_first(self, group: list[str]) -> list[str]:
        order: list[str] = []
        for name in group:
            above = [n for n in reversed(self.facts.ancestors(name)) if n in group]
            order += [n for n in (*above, name) if n not in order]
        return order

    def _target(self, name: str, chosen: Mapping[str, int]) -> int | None:
        """The visit's target day given the days chosen; None where its anchor has no day."""
        facts, node = self.facts, self.facts.nodes[name]
        root, way = facts.base(node.anchor)
        day = chosen.get(root, facts.standing_day(root))
        if day is None or (node.anchor == BIRTH and len(facts.births) > 1):
            return None
        at = way(day)
        return target_day(node, at, facts.stand_clock(node.anchor, root, at), facts.zone)

    def _choose(self, name: str, chosen: dict[str, int]) -> None:
        order = sorted(self.alone[name])
        if self.facts.nodes[name].visit:
            target = self._target(name, chosen)
            if target is None and self.facts.nodes[name].anchor != BIRTH:
                return
        else:
            target = self._usual(name, chosen)
        if target is not None:
            order.sort(key=lambda d: (abs(d - target), d))
        for day in order:
            if self.complete([], {**chosen, name: day}) is not None:
                chosen[name] = day
                return

    def _usual(self, name: str, chosen: Mapping[str, int]) -> int | None:
        """Where the first usual interval that applies leads, from a day that is known."""
        facts = self.facts
        for raw in facts.protocol.get("gaps") or []:
            if raw["to"] != name or "usual" not in raw or not only(raw.get("only"), facts.person):
                continue
            start = str(raw["from"])
            day = facts.fixed.get(start) if start in (OPENS, CLOSES) else None
            if start == BIRTH and len(facts.births) == 1:
                day = facts.births[0]
            if start in facts.nodes:
                day = facts.standing_day(start)
                day = chosen.get(start) if day is None else day
            if day is not None:
                return facts.usual_day(raw, day)
        return None

    def _choose_without_window(self, name: str, chosen: dict[str, int]) -> None:
        """A visit without a stated window: on a day that rules, gaps and the other dates leave."""
        days = self.facts.alone_days(name)
        known = {**chosen, FIXED: 0}
        for a, b, fits in self.facts.of_planned:
            if a == name and b in known:
                days = frozenset(d for d in days if fits(d, known[b]))
            elif b == name and a in known:
                days = frozenset(d for d in days if fits(known[a], d))
        booked, target = self.facts.booking(name), self._target(name, chosen)
        if booked in days:
            chosen[name] = booked
        elif target is not None and days:
            chosen[name] = min(days, key=lambda d: (abs(d - target), d))
