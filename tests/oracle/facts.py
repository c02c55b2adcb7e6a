"""What binds the open nodes: allowed days of single nodes, fitting pairs of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any

from .nodes import CLOSES, OPENS, Node, target_day, window
from .person import Person
from .rules import Finding, Rule, both, only
from .search import Days
from .times import Interval, back, forward, is_clock, parse

# Do these two days fit? The flag: possibly forbidden pairs count as forbidden.
Fits = Callable[[int, int, bool], bool]


class Facts(Person):
    """What may happen on one day, and on two, for one participant on one day `as_of`."""

    @cached_property
    def open_nodes(self) -> list[str]:
        """The nodes that have rows in windows.csv, in the file's order."""
        return [
            n.id
            for n in self.nodes.values()
            if self.status[n.id] == "open" and (n.windowed or not n.visit)
        ]

    @cached_property
    def planned_nodes(self) -> list[str]:
        """The open visits whose source states no window: planned, never part of the question."""
        return [
            n.id
            for n in self.nodes.values()
            if self.status[n.id] == "open" and n.visit and not n.windowed
        ]

    @cached_property
    def fixed(self) -> dict[str, int]:
        """Nodes whose day stands."""
        found = {n: r.done for n, r in self.records.items() if r.done is not None}
        return {**found, OPENS: self.opens, CLOSES: self.closes}

    def alone_days(self, name: str, safe: bool) -> Days:
        """The days that a node may have, as far as it alone is concerned."""
        return frozenset(
            day
            for day, (possible, certain) in self._findings[name].items()
            if not (possible if safe else certain)
        )

    @cached_property
    def _findings(self) -> dict[str, dict[int, Finding]]:
        """For each open node and each open day of the study from as_of: what the rules find."""
        found: dict[str, dict[int, Finding]] = {}
        for name in (*self.open_nodes, *self.planned_nodes):
            rules = [r for r in self.rules if r.form != "from" and r.node == name]
            found[name] = {
                day: both(rule.on_day(day, self.clock(name, day)) for rule in rules)
                for day in range(max(self.as_of, self.opens), self.closes + 1)
                if self.nodes[name].any_day
                or (day not in self.closed and self.nodes[name].held_to(day))
            }
        return found

    def anchor_clock(self, node: Node, day: int) -> list[Interval]:
        """The time of a visit's anchor on a day."""
        stands_in = self.stands_in(self.anchor(node), self.status)
        return self.clock(node.anchor, day, booked=not stands_in)

    def root(self, node: Node) -> tuple[str, Callable[[int], int]]:
        """The nearest node above that has a day of its own, and the anchor's day from that day."""
        above = self.anchor(node)
        if not self.stands_in(above, self.status):
            return above.id, lambda day: day
        name, way = self.root(above)

        def anchor_day(day: int) -> int:
            at = way(day)
            return target_day(above, at, self.anchor_clock(above, at), self.zone)

        return name, anchor_day

    def _window_fits(self, node: Node) -> tuple[str, str, Fits]:
        root, way = self.root(node)

        @cache
        def windows(day: int) -> list[Interval]:
            at = way(day)
            return window(node, at, self.anchor_clock(node, at), self.zone)

        def fits(a: int, b: int, safe: bool) -> bool:
            inside = [lo <= b <= hi for lo, hi in windows(a)]
            return all(inside) if safe else any(inside)

        return root, node.id, fits

    def _gap_fits(self, raw: Mapping[str, Any]) -> tuple[str, str, Fits]:
        a_name, b_name = str(raw["from"]), str(raw["to"])
        least = parse(raw["min"]) if raw.get("min") is not None else None
        most = parse(raw["max"]) if raw.get("max") is not None else None
        applies = only(raw.get("only"), self.person)

        def breaks(a: int, b: int) -> list[bool]:
            """Is the gap broken, for each alternative of the two clock times?"""
            times = [(x, y) for x in self.clock(a_name, a) for y in self.clock(b_name, b)]
            # Any minute of an unknown time counts, so the closest and the farthest do.
            if least is None:
                early = [False]
            elif is_clock(least):
                early = [y[0] - x[1] < _minutes(least) for x, y in times]
            else:
                early = [a > back(b, least)]
            if most is None:
                late = [False]
            elif is_clock(most):
                late = [y[1] - x[0] > _minutes(most) for x, y in times]
            else:
                late = [b > forward(a, most)]
            size = max(len(early), len(late))
            return [early[i % len(early)] or late[i % len(late)] for i in range(size)]

        in_hours = any(d is not None and is_clock(d) for d in (least, most))

        def fits(a: int, b: int, safe: bool) -> bool:
            if applies is False or (applies is None and not safe):
                return True
            if in_hours:
                broken = breaks(a, b)
                return not (any(broken) if safe else all(broken))
            if least is not None and a > back(b, least):
                return False
            return most is None or b <= forward(a, most)

        return a_name, b_name, fits

    @cached_property
    def constraints(self) -> list[tuple[str, str, Fits]]:
        """Everything that binds two nodes; those of two fixed nodes bind nothing."""
        found = [self._gap_fits(raw) for raw in self.protocol.get("gaps") or []]
        for node in self.nodes.values():
            if node.windowed and self.status[node.id] in ("open", "done"):
                found.append(self._window_fits(node))
        for rule in self.rules:
            if rule.form == "from":
                found.append((rule.node, rule.until, _pair_fits(rule)))
        free = {*self.open_nodes, *self.planned_nodes}
        return [
            (a, b, fits) for a, b, fits in found if {a, b} & free and {a, b} <= {*free, *self.fixed}
        ]


def _minutes(duration: Any) -> int:
    return int(duration.minutes)


def _pair_fits(rule: Rule) -> Fits:
    @cache
    def finding(a: int, b: int) -> tuple[bool, bool]:
        return rule.on_pair(a, b)

    return lambda a, b, safe: not finding(a, b)[0 if safe else 1]
