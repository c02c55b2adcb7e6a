"""What gaps and windows mean in a case: pushes between open nodes, bounds from recorded dates."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.core.cases import Bounds, Push
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone
from scheduler.engine import Pass
from scheduler.reasons.link_tables import DayLine, LinkTable, Own, stacked
from scheduler.rules.links import Link

Kind = tuple[Index, Zone, tuple[Own, Own]]  # rows of one zone and the same own clock times


@dataclass(frozen=True, slots=True)
class CaseItems:
    """Where the items of a case stand: single ones, then one a node, span, link and known node."""

    nodes: int
    spans: int
    links: int

    ALWAYS = 0
    AS_OF = 1
    OPENS = 2
    CLOSES = 3
    PINS = 4

    @property
    def first_span(self) -> int:
        """The item of a case's first span."""
        return self.PINS + self.nodes

    @property
    def first_link(self) -> int:
        """The item of the first link."""
        return self.first_span + self.spans

    @property
    def first_date(self) -> int:
        """The item of the recorded date of node 0."""
        return self.first_link + self.links

    @property
    def asked(self) -> int:
        """The item of a day that was asked about."""
        return self.first_date + self.nodes

    @property
    def closure(self) -> int:
        """The item of closed days, the last one."""
        return self.asked + 1

    def date(self, node: int) -> int:
        """The item of a recorded date; the fixed nodes have their own bounds."""
        if node < self.nodes:
            return self.first_date + node
        return self.OPENS if node == self.nodes else self.CLOSES


class Listed:
    """Bounds as they are met, in the order of the items."""

    def __init__(self) -> None:
        self._parts: list[tuple[Index, Index, Days, Index, Index]] = []

    def add(self, case: Index, node: Index | int, day: Days, item: Index | int, other: int) -> None:
        """Bounds of a node each in several cases; both items must hold."""
        wide = [np.zeros_like(case) + part for part in (node, item, other)]
        self._parts.append((case, wide[0], day, wide[1], wide[2]))

    def bounds(self, cases: int, nodes: int) -> Bounds:
        """The bounds by case; equal ones on a node keep their order."""
        nothing = np.zeros(0, np.int64)
        parts = [(nothing,) * 5, *self._parts]
        case, node, day, item, other = (np.concatenate(c) for c in zip(*parts, strict=True))
        key = case * nodes + node
        order = np.argsort(key, kind="stable")
        key = key[order]
        turn = np.arange(len(key)) - np.searchsorted(key, key)
        begins = np.searchsorted(key, np.arange(cases + 1) * nodes)
        return Bounds(begins, node[order], day[order], item[order], other[order], turn)


class LinkParts:
    """The links of a pass as parts of cases.

    `first_use[node, case]` is the link that first looks at the known date of a node.
    """

    def __init__(
        self,
        owner: Pass,
        line: DayLine,
        members: Flags,
        items: CaseItems,
        lows: Listed,
        highs: Listed,
    ) -> None:
        self.owner, self.line, self.members, self.items = owner, line, members, items
        self.lows, self.highs = lows, highs
        self.pushes: list[Push] = []
        self.first_use = np.full(members.shape, items.links, np.int64)
        edge = owner.edge.copy()
        for number, link in enumerate(owner.problem.links):
            edge[:, number] &= self._member(link.start) & self._member(link.end)
        for number in np.flatnonzero(edge.any(0)).tolist():
            self._pushes(number, owner.problem.links[number], edge[:, number])
        for number in np.flatnonzero((owner.active & ~owner.edge).any(0)).tolist():
            self._bounds(number, owner.problem.links[number])

    def _bounds(self, number: int, link: Link) -> None:
        """What a link means for its open end where the other one stands on a known day."""
        active = self.owner.active[:, number]
        open_start, known_start = self.owner.starts(link)
        open_end, known_end = self.owner.ends(link)
        lower = active & known_start & open_end & self._member(link.end)
        upper = active & known_end & open_start & self._member(link.start)
        if lower.any():
            self._from_start(number, link, np.flatnonzero(lower))
        if upper.any():
            self._from_end(number, link, np.flatnonzero(upper))

    def _member(self, node: int) -> Flags | bool:
        return self.members[node] if node < len(self.members) else False

    def _pushes(self, number: int, link: Link, both: Flags) -> None:
        offset = np.zeros(len(both), np.int64)
        made: list[tuple[LinkTable, LinkTable]] = []
        for rows, zone, owns in self._kinds(link, np.flatnonzero(both), (link.start, link.end)):
            offset[rows] = len(made) * len(self.line.days)
            made.append(self.line.tables(link, zone, self.owner.cautious, owns))
        places, item = offset if len(made) > 1 else None, self.items.first_link + number
        ends = (link.start, link.end), (link.end, link.start)
        for (start, end), tables in zip(ends, zip(*made, strict=True), strict=True):
            least, none = stacked(list(tables))
            if not none:
                self.pushes.append(Push(start, end, item, least, places, both))

    def _from_start(self, number: int, link: Link, rows: Index) -> None:
        anchor = link.start if link.node is None or link.through else link.node.anchor
        for some, zone, owns in self._kinds(link, rows, (-1, link.end)):
            sides = link.sides(zone, self.owner.cautious)
            days = self.line.moments(link.end, zone, owns[1])
            low, high = self.owner.from_start(link, sides, some, days, self.line.first)
            self._bound(number, some, link.end, low, high, anchor)

    def _from_end(self, number: int, link: Link, rows: Index) -> None:
        for some, zone, owns in self._kinds(link, rows, (link.start, -1)):
            sides = link.sides(zone, self.owner.cautious)
            days = self.line.moments(link.start, zone, owns[0])
            low, high = self.owner.from_end(link, sides, some, days, self.line.first)
            self._bound(number, some, link.start, low, high, link.end)

    def _bound(
        self, number: int, rows: Index, node: int, low: Days, high: Days, known: int
    ) -> None:
        nodes = self.owner.problem.protocol.nodes
        born = known < len(nodes) and nodes[known].born  # a birth is nobody's to change
        item, other = self.items.first_link + number, self.items.date(known)
        other = self.items.ALWAYS if born else other
        if known < len(self.first_use):
            self.first_use[known, rows] = np.minimum(self.first_use[known, rows], number)
        for listed, day, told in ((self.lows, low, low > -FAR), (self.highs, high, high < FAR)):
            if told.any():
                listed.add(rows[told], node, day[told] - self.line.first, item, other)

    def _kinds(self, link: Link, rows: Index, ends: tuple[int, int]) -> Iterator[Kind]:
        """Rows by zone and by clock times of their own; all alike where clocks do not matter."""
        timeline = self.owner.problem.timeline
        if not link.local:
            yield rows, timeline.zones[0], (None, None)
            return
        columns = [timeline.zone_of[rows]]
        for node in ends:
            timed = np.zeros(len(rows), bool)
            if node >= 0:
                place = timeline.booked[rows, node] - self.line.first
                timed = timeline.booked_timed[rows, node]
                timed = timed & (place >= 0) & (place < len(self.line.days))
            for column in (timeline.booked, timeline.booked_early, timeline.booked_late):
                columns.append(np.where(timed, column[rows, node], -1))
        kinds, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        for i, kind in enumerate(kinds.tolist()):
            owns = self._own(kind[1:4]), self._own(kind[4:7])
            yield rows[which == i], timeline.zones[kind[0]], owns

    def _own(self, told: list[int]) -> Own:
        return None if told == [-1, -1, -1] else (told[0] - self.line.first, told[1], told[2])
