"""Nodes that lack their record: on which days they may have happened (section 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .nodes import BIRTH, CLOSES, OPENS, Node, target_day, window
from .person import Person
from .rules import only
from .times import Duration, Either, Interval, back, forward, is_clock, parse, working_day

Way = Callable[[int], int]
_BEYOND = 3000  # days after as_of that are looked at


@dataclass(frozen=True)
class Least:
    """`late(x, y)`: is this day of `end` late enough for that day of `start`?

    It never turns false when y grows or x falls. `trusted`: it also bounds `start` from above.
    `hangs`: it is the window of `end`, which hangs off `start`.
    """

    start: str
    end: str
    late: Callable[[int, int], bool]
    trusted: bool = True
    hangs: bool = False
    gap: bool = False


class Missing(Person):
    """The range of days of every overdue visit, unrecorded milestone and awaiting visit."""

    def is_missing(self, name: str) -> bool:
        """Does it lack its record (and is not carried on a target day)?"""
        status, node = self.status[name], self.nodes[name]
        if status in ("overdue", "awaiting"):
            return node.windowed
        return status == "unrecorded"

    def is_carried(self, name: str) -> bool:
        """Does it stand on its target day for what hangs off it, counted from further up?"""
        node = self.nodes[name]
        if not node.visit or self.status[name] in ("done", "not applicable"):
            return False
        return self.status[name] == "missed" or not node.windowed

    def base(self, name: str) -> tuple[str, Way]:
        """The nearest node, this one or above, that is not carried; this one's day from its."""
        if name == BIRTH or not self.is_carried(name):
            return name, lambda day: day
        node = self.nodes[name]
        root, way = self.base(node.anchor)

        def carried(day: int) -> int:
            at = way(day)
            return target_day(node, at, self.stand_clock(node.anchor, root, at), self.zone)

        return root, carried

    def standing_day(self, name: str) -> int | None:
        """The recorded day of a node, or the target day that stands in for it."""
        return self._known_day(name, self.status)

    def stand_clock(self, name: str, root: str, day: int) -> list[Interval]:
        """The time of a node on a day on which it stands: a stand-in day has no booked one."""
        stands = name == root != BIRTH and not self.is_missing(name)
        return self.clock(name, day, booked=stands)

    def windows_from(self, node: Node) -> tuple[str, Callable[[int], list[Interval]]]:
        """The base of a visit's anchor, and the visit's window from each day of that base."""
        root, way = self.base(node.anchor)

        def windows(day: int) -> list[Interval]:
            at = way(day)
            return window(node, at, self.stand_clock(node.anchor, root, at), self.zone)

        return root, windows

    # --- one side of a gap -------------------------------------------------------------------

    def gap_side(
        self,
        raw: Mapping[str, Any],
        side: str,
        x: list[Interval],
        y: list[Interval],
        a: int,
        b: int,
    ) -> list[bool]:
        """Does one side of a gap hold on two days, for each alternative of the two clock times?"""
        if raw.get(side) is None:
            return [True]
        length = parse(raw[side])
        if not is_clock(length):
            return [self._holds(side, length, a, b)]
        minutes = int(length.minutes)  # type: ignore[union-attr]
        # Any minute of an unknown time counts, so the closest and the farthest do.
        if side == "min":
            return [q[0] - p[1] >= minutes for p in x for q in y]
        return [q[1] - p[0] <= minutes for p in x for q in y]

    def _holds(self, side: str, length: Duration, a: int, b: int) -> bool:
        """Does one side of a gap in days hold; of several terms the one that reaches (least) far?"""
        if isinstance(length, Either):
            answers = [self._holds(side, part, a, b) for part in length.parts]
            return all(answers) if length.longest == (side == "min") else any(answers)
        if length.working:
            bound = working_day(self.zone, a, length.working)
            return b >= bound if side == "min" else b <= bound
        return a <= back(b, length) if side == "min" else b <= forward(a, length)

    def usual_day(self, raw: Mapping[str, Any], day: int) -> int:
        """Where the usual interval of a gap leads from a day."""
        return self._ahead(parse(raw["usual"]), day)

    def _ahead(self, length: Duration, day: int) -> int:
        if isinstance(length, Either):
            found = [self._ahead(part, day) for part in length.parts]
            return max(found) if length.longest else min(found)
        return working_day(self.zone, forward(day, length), length.working)

    # --- bounds ------------------------------------------------------------------------------

    @cached_property
    def _leasts(self) -> list[Least]:
        return [*self._of_gaps(), *self._of_order(), *self._of_windows()]

    def _of_gaps(self) -> Iterator[Least]:
        for raw in self.protocol.get("gaps") or []:
            if raw.get("min") is None or only(raw.get("only"), self.person) is not True:
                continue

            def late(a: int, b: int, raw: Mapping[str, Any] = raw) -> bool:
                x, y = self._stood(str(raw["from"]), a), self._stood(str(raw["to"]), b)
                return any(self.gap_side(raw, "min", x, y, a, b))

            yield Least(str(raw["from"]), str(raw["to"]), late, gap=True)

    def _stood(self, name: str, day: int) -> list[Interval]:
        return self.clock(name, day, booked=False) if name in self.nodes else [(0, 0)]

    def _of_order(self) -> Iterator[Least]:
        names = [n.id for n in self.nodes.values() if not n.visit]
        for i, first in enumerate(names):
            for later in names[i + 1 :]:
                yield Least(first, later, lambda a, b: a <= b)

    def _of_windows(self) -> Iterator[Least]:
        for node in self.nodes.values():
            if not node.windowed or self.status[node.id] == "not applicable":
                continue
            root, windows = self.windows_from(node)

            def begun(a: int, b: int, windows: Callable[[int], list[Interval]] = windows) -> bool:
                return b >= min(lo for lo, _ in windows(a))

            def not_over(
                b: int, a: int, windows: Callable[[int], list[Interval]] = windows
            ) -> bool:
                return b <= max(hi for _, hi in windows(a))

            # How near the two may be is trusted; how far they may be apart only raises the first.
            yield Least(root, node.id, begun, trusted=node.after, hangs=True)
            yield Least(node.id, root, not_over, trusted=not node.after)

    def _bounds(self, source: str, target: str) -> bool:
        """A blank `only` never narrows, except what hangs off that very visit."""
        if source in (OPENS, CLOSES, BIRTH):
            return source != CLOSES
        below = target in self.nodes and source in self.all_above(target)
        return not self.is_carried(source) and (below or self.applicable[source] is True)

    @cached_property
    def line(self) -> range:
        """The days that are looked at, from the first that a record may have."""
        done = [day for n in self.nodes if (day := self.done_day(n)) is not None]
        return range(min([self.opens, self.as_of, *done]), self.as_of + _BEYOND)

    def _lowest(self, least: Least, lows: Mapping[str, int]) -> int | None:
        """The earliest day of the node that bounds another."""
        name = least.start
        if name in (OPENS, BIRTH):
            return self.opens if name == OPENS else min(self.births)
        if name in lows:
            # What hangs off a visit that was never made counts from the day that stands in.
            return min([lows[name], *(self.standing_days(name) if least.hangs else ())])
        return self.done_day(name) if name in self.nodes else None

    @cached_property
    def ranges(self) -> dict[str, tuple[int, int]]:
        """First and last day on which each node that lacks its record may have happened."""
        names = [n for n in self.nodes if self.is_missing(n)]
        lows = self._raise(dict.fromkeys(names, self.opens))
        highs = self._lower(dict.fromkeys(names, self.line[-1]))
        highest = self._cap(highs)
        # What gaps say of a visit that may never have been made goes no further than that visit.
        lowest = {n: max([lows[n], *self._gaps_raise(n, lows)]) for n in names}
        highest = {n: min([highest[n], *self._gaps_lower(n, highs)]) for n in names}
        if any(lowest[n] > highest[n] for n in names):
            lowest, highest = dict.fromkeys(names, self.line[0]), dict.fromkeys(names, self.as_of)
        return {n: self._with_births(n, lowest[n], highest[n]) for n in names}

    def _with_births(self, name: str, first: int, last: int) -> tuple[int, int]:
        """A range with all the days that stand in, where a birth leaves several."""
        days = self.standing_days(name) if self.status[name] == "overdue" else set()
        return (first, last) if len(days) < 2 else (min(first, *days), max(last, *days))

    def _happened(self, name: str) -> bool:
        """Has it surely happened (or is it a fixed node)?"""
        return self.status.get(name) not in ("overdue", "awaiting")

    def _passes(self, least: Least) -> bool:
        """Does what it says of one node hold for a third one, whatever became of these two?"""
        return not least.gap or (self._happened(least.start) and self._happened(least.end))

    def _gaps_raise(self, name: str, lows: Mapping[str, int]) -> Iterator[int]:
        for least in self._leasts:
            if least.gap and least.end == name and self._happened(least.start):
                yield from self._raised(least, lows)

    def _gaps_lower(self, name: str, highs: Mapping[str, int]) -> Iterator[int]:
        for least in self._leasts:
            if least.gap and least.start == name and self._happened(least.end):
                yield from self._lowered(least, highs)

    def _raised(self, least: Least, lows: Mapping[str, int]) -> Iterator[int]:
        """The first day of its end, if its start bounds it."""
        day = self._lowest(least, lows) if self._bounds(least.start, least.end) else None
        if day is not None:
            place = bisect_left(self.line, True, key=lambda d: least.late(day, d))
            yield self.line[min(place, len(self.line) - 1)]

    def _lowered(self, least: Least, highs: Mapping[str, int]) -> Iterator[int]:
        """The last day of its start, if its end bounds it."""
        day = highs.get(least.end)
        if day is None and least.end in self.nodes:
            day = self.done_day(least.end)
        if least.trusted and day is not None and self._bounds(least.end, least.start):
            place = bisect_right(self.line, False, key=lambda d: not least.late(d, day))
            yield self.line[0] + place - 1

    def _raise(self, lows: dict[str, int]) -> dict[str, int]:
        moved = True
        while moved:
            moved = False
            for least in self._leasts:
                if least.end in lows and self._passes(least):
                    for found in self._raised(least, lows):
                        if found > lows[least.end]:
                            lows[least.end], moved = found, True
        return lows

    def _lower(self, highs: dict[str, int]) -> dict[str, int]:
        for name in highs:
            if self.status[name] == "unrecorded":
                highs[name] = self.as_of  # it has happened
        moved = True
        while moved:
            moved = False
            for least in self._leasts:
                if least.start in highs and self._passes(least):
                    for found in self._lowered(least, highs):
                        if found < highs[least.start]:
                            highs[least.start], moved = found, True
                            if found < self.line[0]:
                                return highs  # the records contradict one another
        return highs

    def _cap(self, highs: dict[str, int]) -> dict[str, int]:
        """At most as_of; what is still awaited may also lie ahead."""

        def cap(name: str) -> int:
            if name not in highs or self.status[name] != "awaiting":
                return self.as_of
            root, windows = self.windows_from(self.nodes[name])
            last = min(highs[root], cap(root))
            return max(self.as_of, max(hi for _, hi in windows(last)))

        return {name: min(day, cap(name)) for name, day in highs.items()}
