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
from scheduler.core.dayset import spread, where
from scheduler.days import FAR, Days
from scheduler.engine.problem import Problem
from scheduler.rules.conditions import UNKNOWN, YES
from scheduler.rules.forbidden import Spans
from scheduler.rules.links import Link, Sides, bounds_on_end, bounds_on_start, study_moments
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.node_columns import columns_of_nodes
from scheduler.rules.recorded import Place, State, any_of

_OPEN, _OVERDUE = int(State.OPEN), int(State.OVERDUE)  # members are slow to look up
_LACK = any_of(State.UNRECORDED, State.AWAITING)


class Pass:
    """One of the two passes; `cautious` counts what is uncertain against the participant.

    `open` and `required` are (participants, nodes), `active` and `edge` (participants, links):
    links that apply, and those of them that join two open nodes. `low` and `high` are the days
    that fixed and recorded nodes leave. Only the rows of `people` are filled in. `favour` are
    nodes without a record whose day counts in favour also where the pass is cautious.
    """

    def __init__(
        self, problem: Problem, cautious: bool, people: Index | None = None,
        favour: Flags | None = None,
    ) -> None:  # fmt: skip
        self.problem, self.cautious = problem, cautious
        count, nothing = len(problem.cohort), np.zeros(problem.timeline.state.shape, bool)
        self.favour = nothing if favour is None else favour
        self.people = np.arange(count) if people is None else people
        self.nodes = problem.protocol.made(columns_of_nodes)
        self.open = problem.timeline.state == _OPEN
        self.required = self.open & self.nodes.required
        if not cautious:
            self.required &= ~problem.timeline.undetermined
        self._standing()
        self.active = problem.gap_applies == YES
        if cautious:
            self.active |= problem.gap_applies == UNKNOWN
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
        for index in where(pinned.any(0)).tolist():
            anchor = self.problem.protocol.nodes[index].anchor
            with_anchors(self, self.required, anchor, where(pinned[:, index]))

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
        unary = where(spans.other < 0)
        key = spans.node[unary] * count + spans.participant[unary]
        begin = np.zeros(nodes * count + 1, np.int64)
        np.cumsum(np.bincount(key, minlength=nodes * count), out=begin[1:])
        return unary[np.argsort(key, kind="stable")], begin

    @cached_property
    def spanned(self) -> Flags:
        """On which nodes anybody has a span."""
        edges = self._span_index[1][:: max(1, len(self.open))]
        return np.asarray(edges[:-1] < edges[1:], bool)

    def spans_of(self, node: Index | int, people: Index) -> tuple[Index, Index]:
        """The spans on nodes of people: the place of each one's pair in `people`, and its row."""
        order, begin = self._span_index
        key = node * len(self.open) + people
        source, place = spread(begin[key], begin[key + 1])
        return source, order[place]

    def _standing(self) -> None:
        """Which nodes are done in this pass, which stand where gaps can count from them.

        A visit whose `only` is undecided binds in the pass for `permitted` alone. So does an
        overdue visit, since it may have been missed; one without a stated window stands on its
        target day until it is recorded.
        """
        timeline, self.own = self.problem.timeline, self.nodes.own
        state = timeline.state
        counts = self.cautious | ~timeline.undetermined
        self.done = timeline.done & counts
        missing = _LACK[state] | (state == _OVERDUE) & ((self.cautious & ~self.favour) | ~self.own)
        self.planned = self.open & ~self.own
        on_target = self.planned & timeline.standing[Place.KNOWN]
        self.stands = self.done | ((missing | on_target) & counts)
        self.stands[:, self.nodes.born] = True
        self.carries = self.planned & timeline.standing[Place.CARRIED] & counts

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
        for number in where((lower | upper)[self.people].any(0)).tolist():
            before, after = lower[self.people, number], upper[self.people, number]
            link = links[number]
            either = where(before | after)
            timeline = self.problem.timeline
            for zone, places in timeline.by_zone(self.people[either], link.local):
                some, sides = either[places], link.sides(zone, self.cautious)
                rows = self.people[some[before[some]]]
                if len(rows):
                    self._narrow(rows, link.end, self.from_start(link, sides, rows))
                rows = self.people[some[after[some]]]
                if len(rows):
                    self._narrow(rows, link.start, self.from_end(link, sides, rows))
        return np.asarray(self.active & open_start & open_end, bool)

    def starts(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's start is open, and where it stands on a known day or range of days."""
        timeline = self.problem.timeline
        if link.start >= len(self.problem.protocol.nodes):
            return self._fixed()
        if link.through:
            above = link.through[-1].index
            carried = timeline.standing[Place.CARRIED] if link.node is not None else self.carries
            return carried[:, above] & (timeline.base[:, above] == link.start), self._fixed()[0]
        if link.gap is not None and link.gap.test is not None:  # what stands is in the test's spans
            return self.open[:, link.start], self._fixed()[0]
        if link.gap is not None:
            return self._gap_end(link.start, link.end, bool(link.through_end))
        assert link.node is not None
        anchor, standing = link.node.anchor, timeline.standing
        return standing[Place.OPEN][:, anchor], standing[Place.KNOWN][:, anchor]

    def ends(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's end is open, and where it stands on a known day or range of days."""
        if link.end >= len(self.problem.protocol.nodes):
            return self._fixed()
        if link.through_end:
            above = link.through_end[-1].index
            on = self.problem.timeline.base[:, above] == link.end
            return self.carries[:, above] & on, self._fixed()[0]
        if link.gap is not None and link.gap.test is not None:
            return self.open[:, link.end], self._fixed()[0]
        if link.gap is not None:
            return self._gap_end(link.end, link.start, bool(link.through))
        return self.open[:, link.end], self.done[:, link.end]

    def _fixed(self) -> tuple[Flags, Flags]:
        yes = np.ones(len(self.open), bool)
        return ~yes, yes

    def _gap_end(self, node: int, other: int, carried: bool) -> tuple[Flags, Flags]:
        """Where an end of a gap is open, and where it stands.

        Visits without a stated window are planned one after another, on each other's days and not
        from each other's targets; `carried`: the other end is such a visit's target.
        """
        is_open, stands = self.open[:, node], self.stands[:, node]
        if carried:
            is_open = is_open & ~self.planned[:, node]
        elif other < len(self.own) and not (self.own[node] or self.own[other]):
            stands = stands & ~(self.planned[:, node] & self.planned[:, other])
        return is_open, stands

    def known(self, node: int, rows: Index, sides: Sides) -> tuple[Moments, Moments]:
        """The first and the last moments that a known node may have.

        They differ for a node that lacks its record, and for target days counted from one. Where
        such a day counts in favour, a cautious pass is given them the other way round.
        """
        count = len(self.problem.protocol.nodes)
        if node >= count:
            ends = study_moments(self.problem.protocol, sides.zone)
            only = ends[node - count].take(np.zeros(len(rows), np.int64))
            return only, only
        timeline = self.problem.timeline
        stands = timeline.known(rows, node)
        ranged = timeline.earliest[rows, node] < FAR
        if not ranged.any():
            return stands, stands
        first, last = timeline.earliest[rows, node], timeline.latest[rows, node]
        favour = self.favour[rows, node] | (not self.cautious)
        # or it was missed, and its target day stands in
        on_target = (timeline.place[rows, node] == Place.KNOWN) & favour
        first = np.where(on_target, np.minimum(first, stands.day), first)
        last = np.where(on_target, np.maximum(last, stands.day), last)
        if self.cautious:
            first, last = np.where(favour, last, first), np.where(favour, first, last)
        at = self.problem.protocol.nodes[node].at
        return tuple(
            moments_of(np.where(ranged, day, 0), at, sides.zone).where(ranged, stands)
            for day in (first, last)
        )  # type: ignore[return-value]

    def moments(self, node: int, sides: Sides) -> Moments:
        """The moments of all days of the horizon for an open node."""
        return self.problem.moments(node, sides.zone)

    def from_start(
        self, link: Link, sides: Sides, rows: Index, days: Moments | None = None, first: int = FAR
    ) -> tuple[Days, Days]:
        """The days that a link leaves to its end where its start stands.

        They are days of the horizon, or of `days`, which begin on `first`.
        """
        anchor = link.start if link.node is None or link.through else link.node.anchor
        return self.bounds_from_start(sides, self.known(anchor, rows, sides), days, first)

    def bounds_from_start(
        self, sides: Sides, starts: tuple[Moments, Moments], days: Moments | None, first: int
    ) -> tuple[Days, Days]:
        """What a start that is known to lie between two moments leaves to the end."""
        if days is None:
            days, first = self.moments(sides.link.end, sides), self.problem.first
        least, most = starts[::-1] if self.cautious else starts
        found = bounds_on_end(sides, least, days, first)
        return found if least is most else (found[0], bounds_on_end(sides, most, days, first)[1])

    def from_end(
        self, link: Link, sides: Sides, rows: Index, days: Moments | None = None, first: int = FAR
    ) -> tuple[Days, Days]:
        """The days that a link leaves to its start where its end stands."""
        return self.bounds_from_end(sides, self.known(link.end, rows, sides), days, first)

    def bounds_from_end(
        self, sides: Sides, ends: tuple[Moments, Moments], days: Moments | None, first: int
    ) -> tuple[Days, Days]:
        """What an end that is known to lie between two moments leaves to the start."""
        if days is None:
            days, first = self.moments(sides.link.start, sides), self.problem.first
        least, most = ends if self.cautious else ends[::-1]
        found = bounds_on_start(sides, days, least, first)
        return found if least is most else (bounds_on_start(sides, days, most, first)[0], found[1])

    def _narrow(self, rows: Index, node: int, bounds: tuple[Days, Days]) -> None:
        self.low[rows, node] = np.maximum(self.low[rows, node], bounds[0])
        self.high[rows, node] = np.minimum(self.high[rows, node], bounds[1])

    def keeps(
        self, sides: Sides, starts: tuple[Moments, Moments], ends: tuple[Moments, Moments]
    ) -> bool:
        """Whether two single ends, each known to lie between two moments, keep a link."""
        if self.cautious:
            starts = starts[::-1]
        else:
            ends = ends[::-1]
        (early, late), (soon, then) = starts, ends
        least, most = sides.least(early), sides.most(late)
        enough = least is None or bool(least[0] <= sides.least_end(soon)[0])
        return enough and (most is None or bool(sides.most_end(then)[0] <= most[0]))


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
