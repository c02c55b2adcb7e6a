"""On which days a node that lacks its record may have happened: between two bounds.

Overdue visits, unrecorded milestones and what awaits them are days like any partly known one. Done
nodes and the protocol's own gaps and windows bound them, through one another where several are
missing; what a gap says of a visit that may never have been made goes no further. How near two
nodes may be is trusted; how far apart they may be only raises the first day, since the later one
may have been late. Source: docs/semantics.md, section 5; docs/decisions/0015-missing-records.md.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import where
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone, by_zone
from scheduler.protocol import Node, Protocol
from scheduler.rules.births import births_of, targets, vague_births
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.linking import links_of
from scheduler.rules.links import Link, Sides, bounds_on_end, bounds_on_start, stand_in
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.node_columns import columns_of_nodes
from scheduler.rules.recorded import Place, Recorded, State, any_of

_BEYOND = 3000  # days after as_of that are looked at
_MISSING = any_of(State.OVERDUE, State.UNRECORDED, State.AWAITING)


def missing_nodes(protocol: Protocol, timeline: Recorded) -> Flags:
    """Which nodes lack their record; a visit without a stated window stands on its target."""
    return np.asarray(_MISSING[timeline.state] & protocol.made(columns_of_nodes).own, bool)


def with_missing_days(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, as_of: int
) -> Recorded:
    """The recorded states with the first and last day of every node that lacks its record."""
    missing = missing_nodes(protocol, timeline)
    # what hangs off a birth that is partly known may be missed
    people = where(missing.any(1) | vague_births(protocol, timeline))
    if not len(people):
        return timeline
    finder = _RangeFinder(protocol, cohort, timeline.take(people), people, missing[people], as_of)
    earliest, latest = timeline.earliest.copy(), timeline.latest.copy()
    earliest[people], latest[people] = finder.ranges()
    return replace(timeline, earliest=earliest, latest=latest)


class _RangeFinder:
    """Finds the ranges of participants who all have a node that lacks its record.

    `low` and `high` are (participants, nodes); a node that is done stands on its day in both.
    """

    def __init__(
        self, protocol: Protocol, cohort: Cohort, timeline: Recorded, people: Index,
        missing: Flags, as_of: int,
    ) -> None:  # fmt: skip
        self.protocol, self.timeline, self.as_of = protocol, timeline, as_of
        self.missing, self.done = missing, timeline.done
        self.sure = ~timeline.undetermined
        shape = missing.shape
        visit = np.array([not node.milestone for node in protocol.nodes], bool)
        bare = visit & ~np.array([node.windowed for node in protocol.nodes], bool)
        over = np.isin(timeline.state, (State.DONE, State.ABSENT, State.CLOSED))
        self.carried = ~over & (bare | (visit & (timeline.state == State.MISSED)))
        opens = protocol.study.first_day
        done_day = np.where(self.done, timeline.day, FAR)
        self.born = [node.index for node in protocol.nodes if node.born]
        self.told = missing | self.done
        self.told[:, self.born] = True
        self.floor = np.minimum(min(opens, as_of), done_day.min(1))  # before it nothing is recorded
        first = int(self.floor.min())
        self.line = np.arange(first, as_of + _BEYOND, dtype=np.int64)
        self.first, self.last = first, int(self.line[-1])
        self.low = np.where(missing, opens, done_day)
        self.high = np.where(missing, self.last, done_day)
        self.low[:, self.born], self.high[:, self.born] = births_of(protocol, timeline)
        happened = timeline.state == State.UNRECORDED
        self.high[happened] = as_of
        attributes, count = cohort.attributes, len(cohort)
        self.links = [
            (link, np.asarray(applies(link.only, attributes, count)[people] == Applies.YES, bool))
            for link in links_of(protocol, self._bases())
            if not (link.gap and (link.through or link.through_end or link.gap.test))
        ]
        self.below = self._descendants()
        self.order = np.array([node.index for node in protocol.nodes if node.milestone], np.int64)
        self._kept: dict[tuple[int | None, str], Moments] = {}
        self.rows = np.arange(shape[0])
        self.targets = targets(protocol, timeline)

    def ranges(self) -> tuple[Days, Days]:
        """The first and last days, with those of target days counted from such a node."""
        loose = self._settle(self.low, self._raise) | self._settle(self.high, self._lower)
        own = self._last_gaps()
        self._cap()
        self.low, self.high = np.maximum(self.low, own[0]), np.minimum(self.high, own[1])
        wrong = loose | (self.missing & (self.low > self.high)).any(1)
        low = np.where(wrong[:, None], self.floor[:, None], self.low)
        high = np.where(wrong[:, None], self.as_of, self.high)
        vague = (self.targets[0] < self.targets[1]) & self.missing
        low = np.where(vague, np.minimum(low, self.targets[0]), low)
        high = np.where(vague, np.maximum(high, self.targets[1]), high)
        low, high = (np.where(self.missing, days, FAR) for days in (low, high))
        first, last = self.low[:, self.born], self.high[:, self.born]
        low[:, self.born] = np.where(first < last, first, FAR)
        high[:, self.born] = np.where(first < last, last, FAR)
        for index in self.protocol.anchors_first:
            node = self.protocol.nodes[index]
            if node.anchor >= 0:
                self._carry(node, low, high)
        return low, high

    def _carry(self, node: Node, low: Days, high: Days) -> None:
        rows = where(self.carried[:, node.index] & (low[:, node.anchor] < FAR))
        for zone, some in self._zones(rows, True):
            for days in (low, high):
                at = self.protocol.nodes[node.anchor].at
                anchor = moments_of(days[some, node.anchor], at, zone)
                days[some, node.index] = stand_in(node, anchor, zone).day

    def _bases(self) -> dict[int, set[int]]:
        """For each node that stands on its target the nodes further up that it is counted from."""
        nodes = self.protocol.nodes
        base = np.tile(np.arange(len(nodes)), (len(self.missing), 1))
        for index in self.protocol.anchors_first:
            rows = self.carried[:, index]
            base[rows, index] = base[rows, nodes[index].anchor]
        who, node = np.nonzero(self.carried)
        found: dict[int, set[int]] = {}
        for key in distinct_numbers(node * len(nodes) + base[who, node]).tolist():
            found.setdefault(key // len(nodes), set()).add(key % len(nodes))
        return found

    def _descendants(self) -> Flags:
        """Which node hangs off which: below[above, node]."""
        nodes = self.protocol.nodes
        below = np.zeros((len(nodes), len(nodes)), bool)
        for index in self.protocol.anchors_first:
            if nodes[index].anchor >= 0:
                below[:, index] = below[:, nodes[index].anchor]
                below[nodes[index].anchor, index] = True
        return below

    def _settle(self, days: Days, move: Callable[[], None]) -> Flags:
        """Move bounds until none moves; rows in which they never rest contradict themselves."""
        for _ in range(4 * len(self.protocol.nodes) + 8):
            before = days.copy()
            move()
            moved = np.asarray((days != before).any(1), bool)
            if not moved.any():
                break
            np.clip(days, self.first - 1, FAR, out=days, where=self.missing)
        return moved

    def _last_gaps(self) -> tuple[Days, Days]:
        """What gaps say of visits that may never have been made, which bounds nothing else."""
        low, high = np.full(self.low.shape, -FAR), np.full(self.low.shape, FAR)
        for link, yes in self.links:
            if link.node is None:
                self._gap_raises(link, yes & self._loose(link.end), low)
                self._gap_lowers(link, yes & self._loose(link.start), high)
        return low, high

    def _loose(self, node: int) -> Flags:
        """Where a node may never have happened: it is overdue, or still awaited."""
        if node >= self.missing.shape[1]:
            return np.zeros(len(self.missing), bool)
        unrecorded = self.timeline.state[:, node] == State.UNRECORDED
        return np.asarray(self.missing[:, node] & ~unrecorded, bool)

    def _gap_raises(self, link: Link, yes: Flags, low: Days) -> None:
        """Raise the end of a gap in `low`, whose start surely happened."""
        for rows, zone in self._active(link, yes & ~self._loose(link.start), link.start, link.end):
            sides, start = link.sides(zone, False), self._source(link, rows, zone)
            found = bounds_on_end(sides, start, self._all(link.end, zone), self.first)[0]
            low[rows, link.end] = np.maximum(low[rows, link.end], found)

    def _gap_lowers(self, link: Link, yes: Flags, high: Days) -> None:
        """Lower the start of a gap in `high`, whose end surely happened."""
        for rows, zone in self._active(link, yes & ~self._loose(link.end), link.end, link.start):
            found = self._of_start(link.sides(zone, False), rows, self.high)[1]
            high[rows, link.start] = np.minimum(high[rows, link.start], found)

    # --- one round ---------------------------------------------------------------------------

    def _raise(self) -> None:
        low = self.low
        self._in_order(low, np.maximum.accumulate, self.order, raised=True)
        for link, yes in self.links:
            if link.node is None:
                self._gap_raises(link, yes & ~self._loose(link.end), low)
                continue
            for rows, zone in self._active(link, yes, link.start, link.end):
                sides, start = link.sides(zone, False), self._source(link, rows, zone)
                found = bounds_on_end(sides, start, self._all(link.end, zone), self.first)[0]
                low[rows, link.end] = np.maximum(low[rows, link.end], found)
            for rows, zone in self._active(link, yes, link.end, link.start):
                found = self._of_start(link.sides(zone, False), rows, low)[0]
                low[rows, link.start] = np.maximum(low[rows, link.start], found)

    def _lower(self) -> None:
        high = self.high
        self._in_order(high, np.minimum.accumulate, self.order[::-1], raised=False)
        for link, yes in self.links:
            if link.node is None:
                self._gap_lowers(link, yes & ~self._loose(link.start), high)
            elif _hangs_after(link.node):
                for rows, zone in self._active(link, yes, link.end, link.start):
                    found = self._of_start(link.sides(zone, False), rows, high)[1]
                    high[rows, link.start] = np.minimum(high[rows, link.start], found)
            else:
                for rows, zone in self._active(link, yes, link.start, link.end):
                    sides, start = link.sides(zone, False), self._at(link.start, rows, high, zone)
                    found = bounds_on_end(sides, start, self._all(link.end, zone), self.first)[1]
                    high[rows, link.end] = np.minimum(high[rows, link.end], found)

    def _of_start(self, sides: Sides, rows: Index, days: Days) -> tuple[Days, Days]:
        """What a link's end leaves to its start."""
        link, zone = sides.link, sides.zone
        end = self._at(link.end, rows, days, zone)
        return bounds_on_start(sides, self._all(link.start, zone), end, self.first)

    def _in_order(self, days: Days, along: Callable[..., Days], order: Index, raised: bool) -> None:
        """Milestones that happened did so in the file's order."""
        nothing = -FAR if raised else FAR
        told = (self.missing | self.done)[:, order]
        found = along(np.where(told, days[:, order], nothing), axis=1)
        days[:, order] = np.where(self.missing[:, order], found, days[:, order])

    def _active(self, link: Link, yes: Flags, source: int, target: int) -> list[tuple[Index, Zone]]:
        """The rows in which a link lets one node bound another that lacks its record, by zone."""
        count = self.missing.shape[1]
        if target >= count or (source >= count and source != link.start):
            return []
        if source > count:  # the closing of the study bounds nothing
            return []
        counts = yes & self.missing[:, target]
        if source < count:
            counts &= self.told[:, source] & (self.sure[:, source] | self.below[source, target])
        if link.node is not None:
            counts &= ~self.carried[:, link.start]
            for visit in link.through:
                counts &= self.carried[:, visit.index]
        zones = self._zones(where(counts), link.local)
        return [(rows, zone) for zone, rows in zones if len(rows)]

    def _zones(self, rows: Index, local: bool) -> list[tuple[Zone, Index]]:
        zones = self.timeline.zones
        if not local:
            return [(zones[0], rows)]
        return [(zones[i], rows[some]) for i, some in by_zone(self.timeline.zone_of[rows])]

    # --- moments -----------------------------------------------------------------------------

    def _source(self, link: Link, rows: Index, zone: Zone) -> Moments:
        """The earliest moments of a link's start.

        What hangs off an overdue visit counts from its target day if it was never made.
        """
        if link.start >= self.missing.shape[1]:
            opens = np.full(len(rows), self.protocol.study.first_day)
            return moments_of(opens, None, zone)
        if link.node is None:
            return self._at(link.start, rows, self.low, zone)
        day, timeline = self.low[rows, link.start], self.timeline
        over = self.missing[rows, link.start] & (timeline.place[rows, link.start] == Place.KNOWN)
        day = np.where(over, np.minimum(day, self.targets[0][rows, link.start]), day)
        return self._moments(link.start, rows, day, zone)

    def _at(self, node: int, rows: Index, days: Days, zone: Zone) -> Moments:
        return self._moments(node, rows, days[rows, node], zone)

    def _moments(self, node: int, rows: Index, day: Days, zone: Zone) -> Moments:
        """The moments of a node on its days; a done one has its recorded time."""
        if node not in self.born:
            day = np.clip(day, self.first - 1, self.last + 1)
        planned = moments_of(day, self.protocol.nodes[node].at, zone)
        done = self.done[rows, node]
        if not done.any():
            return planned
        known = self.timeline.known(rows, node)
        return known.where(done, planned)

    def _all(self, node: int, zone: Zone) -> Moments:
        """The moments of every day that is looked at."""
        key = self.protocol.nodes[node].at, zone.name
        if key not in self._kept:
            self._kept[key] = moments_of(self.line, key[0], zone)
        return self._kept[key]

    # --- the latest day ----------------------------------------------------------------------

    def _cap(self) -> None:
        """At most as_of; what is still awaited may also lie ahead, up to the end of its window."""
        cap = np.where(self.missing, self.as_of, FAR)
        awaits = self.timeline.state == State.AWAITING
        for index in self.protocol.anchors_first:
            for link, yes in self.links:
                if link.node is None or link.end != index:
                    continue
                for rows, zone in self._active(link, yes & awaits[:, index], link.start, index):
                    start = self._at(link.start, rows, np.minimum(self.high, cap), zone)
                    found = bounds_on_end(
                        link.sides(zone, False), start, self._all(index, zone), self.first
                    )[1]
                    cap[rows, index] = np.maximum(self.as_of, found)
        self.high = np.where(self.missing, np.minimum(self.high, cap), self.high)


def _hangs_after(node: Node) -> bool:
    return node.visit is not None and node.visit.after
