"""One of the two passes of the engine: bounds, edges and forbidden spans of every participant.

The pass for `permitted` counts everything uncertain against the participant, the pass for
`undetermined` only what is certain. Both use the same solver on different input.
Source: docs/semantics.md, sections 1, 4 and 5; docs/engine.md.
"""

from __future__ import annotations

from copy import copy
from functools import cached_property

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.core.dayset import spread
from scheduler.days import FAR, Days
from scheduler.days.clocks import by_zone
from scheduler.engine.problem import Problem
from scheduler.rules.conditions import Applies
from scheduler.rules.forbidden import Spans
from scheduler.rules.links import (
    Link,
    Moments,
    Sides,
    bounds_on_end,
    bounds_on_start,
    study_moments,
)
from scheduler.rules.recorded import Place, State


class Pass:
    """One of the two passes; `cautious` counts what is uncertain against the participant.

    `open` and `required` are (participants, nodes), `active` and `edge` (participants, links):
    links that apply, and those of them that join two open nodes. `low` and `high` are the days
    that fixed and recorded nodes leave. Only the rows of `people` are filled in.
    """

    def __init__(self, problem: Problem, cautious: bool, people: Index | None = None) -> None:
        self.problem, self.cautious = problem, cautious
        count = len(problem.cohort)
        self.people = np.arange(count) if people is None else people
        self.open = problem.timeline.state == State.OPEN
        self.required = self.open & np.array([n.required for n in problem.protocol.nodes], bool)
        if not cautious:
            self.required &= ~problem.timeline.undetermined
        self.active = problem.gap_applies == Applies.YES
        if cautious:
            self.active |= problem.gap_applies == Applies.UNKNOWN
        self.low = np.full(self.open.shape, problem.first, np.int64)
        self.high = np.full(self.open.shape, problem.last, np.int64)
        self.edge = self._link()
        if problem.pins is not None:
            self._pin(problem.pins)
        self.forbidden = self._counted_spans()

    def _pin(self, pins: Days) -> None:
        """Set nodes to one day each; a schedule then needs them, and what they hang off."""
        pinned = self.open & (pins < FAR)
        self.low = np.where(pinned, np.maximum(self.low, pins), self.low)
        self.high = np.where(pinned, np.minimum(self.high, pins), self.high)
        self.required = self.required | pinned
        for index in np.flatnonzero(pinned.any(0)).tolist():
            anchor = self.problem.protocol.nodes[index].anchor
            with_anchors(self, self.required, anchor, np.flatnonzero(pinned[:, index]))

    def derived(self, people: Index, added: Flags, day: Days, fixed: Flags) -> Pass:
        """The same pass for some people, with more required nodes and some nodes fixed on a day."""
        other = copy(self)
        other.people = people
        other.required = self.required | (added & self.open)
        other.low = np.where(fixed, np.maximum(self.low, day), self.low)
        other.high = np.where(fixed, np.minimum(self.high, day), self.high)
        return other

    def _counted_spans(self) -> Spans:
        spans = self.problem.spans
        if self.cautious:
            return spans.take(spans.possible)
        own = spans.take(spans.certain & (spans.certain_first <= spans.certain_last))
        return Spans(
            own.participant, own.node, own.rule, own.exposure, own.certain_first,
            own.certain_last, own.certain_first, own.certain_last, own.possible, own.certain,
            own.other, own.other_certain, own.other_certain, np.zeros(len(own), bool),
        )  # fmt: skip

    @cached_property
    def _span_index(self) -> tuple[Index, Index]:
        """The unary spans by node and participant, and where those of each pair begin."""
        spans, (count, nodes) = self.forbidden, self.open.shape
        unary = np.flatnonzero(spans.other < 0)
        key = spans.node[unary] * count + spans.participant[unary]
        begin = np.zeros(nodes * count + 1, np.int64)
        np.cumsum(np.bincount(key, minlength=nodes * count), out=begin[1:])
        return unary[np.argsort(key, kind="stable")], begin

    def spans_of(self, node: Index | int, people: Index) -> tuple[Index, Index]:
        """The spans on nodes of people: the place of each one's pair in `people`, and its row."""
        order, begin = self._span_index
        key = node * len(self.open) + people
        source, place = spread(begin[key], begin[key + 1])
        return source, order[place]

    def _link(self) -> Flags:
        """Which links join two open nodes; the others are bounds where one end is known."""
        links = self.problem.links
        ends = [(*self.starts(link), *self.ends(link)) for link in links]
        empty = np.zeros((4, *self.active.T.shape), bool)
        open_start, known_start, open_end, known_end = (
            np.array([flags[i] for flags in ends]).T if links else empty[i].T for i in range(4)
        )
        lower = self.active & known_start & open_end
        upper = self.active & open_start & known_end
        for number in np.flatnonzero((lower | upper)[self.people].any(0)).tolist():
            before, after = lower[self.people, number], upper[self.people, number]
            link = links[number]
            for zone, some in self._zones(link, np.flatnonzero(before | after)):
                sides = link.sides(self.problem.timeline.zones[zone], self.cautious)
                self._bound_end(link, sides, self.people[some[before[some]]])
                self._bound_start(link, sides, self.people[some[after[some]]])
        return np.asarray(self.active & open_start & open_end, bool)

    def starts(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's start is open, and where it stands on a known day."""
        timeline, count = self.problem.timeline, len(self.problem.protocol.nodes)
        if link.start >= count:
            yes = np.ones(len(self.open), bool)
            return ~yes, yes
        if link.gap is not None:
            return self.open[:, link.start], timeline.done[:, link.start]
        assert link.node is not None
        anchor, standing = link.node.anchor, timeline.standing
        if link.through:
            carried = standing[Place.CARRIED][:, anchor]
            return carried & (timeline.base[:, anchor] == link.start), carried & False
        return standing[Place.OPEN][:, anchor], standing[Place.KNOWN][:, anchor]

    def ends(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's end is open, and where it stands on a known day."""
        if link.end >= len(self.problem.protocol.nodes):
            yes = np.ones(len(self.open), bool)
            return ~yes, yes
        return self.open[:, link.end], self.problem.timeline.done[:, link.end]

    def _zones(self, link: Link, some: Index) -> list[tuple[int, Index]]:
        """Places in `people` by time zone; one zone stands for all where clocks do not matter."""
        if not link.clocked:
            return [(0, some)]
        of = self.problem.timeline.zone_of[self.people[some]]
        return [(zone, some[rows]) for zone, rows in by_zone(of)]

    def known(self, node: int, rows: Index, sides: Sides) -> Moments:
        """The moments of a node that stands on a known day."""
        count = len(self.problem.protocol.nodes)
        if node >= count:
            ends = study_moments(self.problem.protocol, sides.zone)
            return ends[node - count].take(np.zeros(len(rows), np.int64))
        return self.problem.timeline.known(rows, node)

    def moments(self, node: int, sides: Sides) -> Moments:
        """The moments of all days of the horizon for an open node."""
        return self.problem.moments(node, sides.zone)

    def _bound_end(self, link: Link, sides: Sides, rows: Index) -> None:
        if len(rows):
            anchor = link.start if link.node is None else link.node.anchor
            start, end = self.known(anchor, rows, sides), self.moments(link.end, sides)
            self._narrow(rows, link.end, bounds_on_end(sides, start, end, self.problem.first))

    def _bound_start(self, link: Link, sides: Sides, rows: Index) -> None:
        if len(rows):
            start, end = self.moments(link.start, sides), self.known(link.end, rows, sides)
            self._narrow(rows, link.start, bounds_on_start(sides, start, end, self.problem.first))

    def _narrow(self, rows: Index, node: int, bounds: tuple[Days, Days]) -> None:
        self.low[rows, node] = np.maximum(self.low[rows, node], bounds[0])
        self.high[rows, node] = np.minimum(self.high[rows, node], bounds[1])


def with_anchors(owner: Pass, members: Flags, index: int, people: Index) -> None:
    """Add a node, and the open nodes that it hangs off, up to a recorded one; in place.

    A visit without a stated window is none of them: what hangs off it stands on its target day.
    """
    nodes, state = owner.problem.protocol.nodes, owner.problem.timeline.state
    while index >= 0 and len(people):
        if nodes[index].milestone or nodes[index].windowed:
            members[people, index] |= owner.open[people, index]
        people = people[state[people, index] != State.DONE]
        index = nodes[index].anchor
