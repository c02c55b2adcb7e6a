"""What binds the open nodes: allowed days of single nodes, fitting pairs of days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from .missing import Missing
from .nodes import BIRTH, CLOSES, OPENS, Node, window
from .rules import Finding, Rule, both, only
from .search import Days
from .tests_done import Tested
from .times import Interval

Case = tuple[int, list[Interval]]  # a day, and what the time may be on it
# Do the lower and the upper side of a bound hold, for each alternative of the clock times?
Holds = Callable[[Case, Case], list[tuple[bool, bool]]]
Fits = Callable[[int, int], bool]  # do these two days fit?
Bound = tuple[str, str, Fits]
FIXED = ""  # the end of a bound that is no open node; its day is not asked for


@dataclass(frozen=True)
class Stand:
    """Where a node stands: the cases, from the day of the open node `root` (None: of none)."""

    root: str | None
    days: Callable[[int], list[Case]]


class Facts(Missing):
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
        """Nodes whose day stands; a done visit that this pass does not see binds nothing."""
        found = {n: d for n in self.nodes if (d := self.done_day(n)) is not None and self.counts(n)}
        return {**found, OPENS: self.opens, CLOSES: self.closes}

    def alone_days(self, name: str) -> Days:
        """The days that a node may have, as far as it alone is concerned."""
        return frozenset(
            day
            for day, (possible, certain) in self._findings[name].items()
            if not (possible if self.safe else certain)
        )

    @cached_property
    def _findings(self) -> dict[str, dict[int, Finding]]:
        """For each open node and each open day of the study from as_of: what the rules find."""
        found: dict[str, dict[int, Finding]] = {}
        for name in (*self.open_nodes, *self.planned_nodes):
            rules = [r for r in self.rules if r.form != "from" and r.node == name]
            found[name] = {
                day: both(
                    [rule.on_day(day, self.clock(name, day)) for rule in rules]
                    + [self._untested(name, day)]
                )
                for day in range(max(self.as_of, self.opens), self.closes + 1)
                if self.nodes[name].any_day
                or (day not in self.closed and self.nodes[name].held_to(day))
            }
        return found

    def _untested(self, name: str, day: int) -> Finding:
        """Is some test of the node neither valid on a day nor to be made for it, in this pass?"""
        forbidden = any(
            not test.allows(day, self.closed, *self._since(test), self.safe)
            for test in self._tests_of(name)
        )
        return forbidden, forbidden

    def _tests_of(self, name: str) -> list[Tested]:
        return [
            test
            for test in self.tests
            if test.is_for(name)
            and (applies := only(test.raw.get("only"), self.person)) is not False
            and (applies or self.safe)
        ]

    def _since(self, test: Tested) -> tuple[Interval, bool]:
        """From which days a test counts, possibly and certainly; whether a done one can count."""
        always, name = (-(10**6), -(10**6)), test.not_before
        if not name or not self.counts(name):
            return always, True
        done = self.done_day(name)
        if done is not None:
            return (done, done), True
        if self.is_missing(name):
            first, last = self.ranges[name]
            if self.status[name] != "overdue":
                return (first, last), True
            return (always[0], last), True  # it may have been missed
        return always, self.status[name] != "open"

    def _of_tests(self) -> Iterator[Bound]:
        """A test that is still to come, with a `not_before` that is so too."""
        for name in (*self.open_nodes, *self.planned_nodes):
            for test in self._tests_of(name):
                first = test.not_before
                if first and self.status[first] == "open" and first in self.open_nodes:

                    def fits(x: int, y: int, test: Tested = test) -> bool:
                        return test.allows(y, self.closed, (x, x), False, self.safe)

                    yield first, name, fits

    # --- where the ends of a bound stand -----------------------------------------------------

    def stand(self, name: str, *, own: bool = False, hangs: bool = False) -> Stand | None:
        """Where a node stands; None where it binds nothing.

        own: a visit without a window stands on its own open day. hangs: for what hangs off it.
        """
        if name in (OPENS, CLOSES):
            return Stand(None, lambda _: [(self.fixed[name], [(0, 0)])])
        if name == BIRTH:
            return Stand(None, lambda _: [(day, [(0, 0)]) for day in self.births])
        if own and name in self.planned_nodes:
            return Stand(name, lambda day: [(day, self.clock(name, day))])
        if not hangs and (self.status[name] == "missed" or not self._sees(name)):
            return None
        root, way = self.base(name)
        if root != BIRTH and self.status[root] == "not applicable":
            return None

        @cache
        def there(day: int) -> tuple[int, list[Interval]]:
            at = way(day)
            return at, self.stand_clock(name, root, at)

        if root == BIRTH:
            return Stand(None, lambda _: [there(day) for day in self.births])
        done = self.done_day(root)
        if done is not None:
            return Stand(None, lambda _: [there(done)])
        if not self.is_missing(root):
            return Stand(root, lambda day: [there(day)])
        if not self.safe and name == root and self.status[root] == "overdue" and not hangs:
            return None  # it may have been missed
        first, last = self.ranges[root]
        days = [*range(first, last + 1)]
        stand_in = self.standing_day(root)
        if not self.safe and stand_in is not None:
            days.append(stand_in)
        found = [there(day) for day in days]
        return Stand(None, lambda _: found)

    def _sees(self, name: str) -> bool:
        """May a bound on this node bind others, as far as its `only` goes?

        An open node that this pass does not see is an optional one, which binds no other.
        """
        if self.status[name] == "open" and not self.is_carried(name):
            return True
        return self.counts(name)

    def _bound(self, a: Stand | None, b: Stand | None, holds: Holds) -> Bound | None:
        """What binds the open nodes behind two stands, if anything does."""
        if a is None or b is None or a.root == b.root:
            return None  # two known ends, or a visit and the node that its own target counts from

        @cache
        def fits(x: int, y: int) -> bool:
            cases = [holds(p, q) for p in a.days(x) for q in b.days(y)]
            answers = [answer for case in cases for answer in case]
            if self.safe:
                return all(low and high for low, high in answers)
            if len(cases) == 1:
                return (True, True) in answers
            return any(low for low, _ in answers) and any(high for _, high in answers)

        return a.root or FIXED, b.root or FIXED, fits

    def _window_holds(self, node: Node) -> Holds:
        def holds(a: Case, b: Case) -> list[tuple[bool, bool]]:
            return [(lo <= b[0], b[0] <= hi) for lo, hi in window(node, *a, self.zone)]

        return holds

    def _gap_holds(self, raw: Mapping[str, Any]) -> Holds:
        def holds(a: Case, b: Case) -> list[tuple[bool, bool]]:
            low = self.gap_side(raw, "min", a[1], b[1], a[0], b[0])
            high = self.gap_side(raw, "max", a[1], b[1], a[0], b[0])
            size = max(len(low), len(high))
            return [(low[i % len(low)], high[i % len(high)]) for i in range(size)]

        return holds

    @cached_property
    def constraints(self) -> list[Bound]:
        """Everything that binds the nodes of the question."""
        if self.left_study:
            return []
        found = [self._bound(*ends, holds) for ends, holds in self._gaps(own=False)]
        for node in self.nodes.values():
            if node.windowed and self.status[node.id] in ("open", "done"):
                end = self.stand(node.id)
                found.append(
                    self._bound(self.stand(node.anchor, hangs=True), end, self._window_holds(node))
                )
        found += [self._pair(rule) for rule in self.rules if rule.form == "from"]
        found += self._of_tests()
        planned = set(self.planned_nodes)
        return [bound for bound in found if bound is not None and not {*bound[:2]} & planned]

    @cached_property
    def of_planned(self) -> list[Bound]:
        """What binds the own days of visits without a stated window."""
        if self.left_study:
            return []
        found = [self._bound(*ends, holds) for ends, holds in self._gaps(own=True)]
        found += [self._pair(rule) for rule in self.rules if rule.form == "from"]
        found += self._of_tests()
        planned = set(self.planned_nodes)
        return [bound for bound in found if bound is not None and {*bound[:2]} & planned]

    def _gaps(self, own: bool) -> Iterator[tuple[tuple[Stand | None, Stand | None], Holds]]:
        for raw in self.protocol.get("gaps") or []:
            applies = only(raw.get("only"), self.person)
            if applies or (applies is None and self.safe):
                ends = self.stand(str(raw["from"]), own=own), self.stand(str(raw["to"]), own=own)
                yield ends, self._gap_holds(raw)

    def _pair(self, rule: Rule) -> Bound | None:
        """`from A until B`, with every day that a node without a record may have had."""
        a, b = self._pair_end(rule.node), self._pair_end(rule.until)
        if a is None or b is None or a.root == b.root:
            return None

        @cache
        def fits(x: int, y: int) -> bool:
            pairs = [(p[0], q[0]) for p in a.days(x) for q in b.days(y)]
            possible, certain = rule.on_pairs(pairs)
            return not (possible if self.safe else certain)

        return a.root or FIXED, b.root or FIXED, fits

    def _pair_end(self, name: str) -> Stand | None:
        """Such a rule never counts from a target day."""
        if name in self.nodes and self.is_carried(name) and self.status[name] != "open":
            return None
        return self.stand(name, own=True)
