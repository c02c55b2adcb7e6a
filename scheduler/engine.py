"""From spans and links to exact days: rows, groups of one structure, and the two passes.

The pass for `permitted` counts everything uncertain against the participant, the pass for
`undetermined` only what is certain. Both use the same solver on different input.
Source: docs/semantics.md, sections 1, 4 and 5; docs/engine.md.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from scheduler.attributes import Applies, applies
from scheduler.cohort import Cohort, Flags, Index
from scheduler.core.dayset import Runs, minus, of_columns
from scheduler.core.network import Edge, Network, build_network
from scheduler.core.sweep import solve
from scheduler.days import FAR, Days
from scheduler.links import (
    Link,
    Moments,
    Sides,
    bounds_on_end,
    bounds_on_start,
    links_of,
    moments_of,
    study_moments,
)
from scheduler.protocol import Node, Protocol
from scheduler.spans import Spans, compute_spans
from scheduler.timeline import Place, State, Timeline, build_timeline
from scheduler.variants import Variants, expand

Columns = tuple[Index, Days, Days]


@dataclass(frozen=True)
class Problem:
    """Everything that the engine looks at: one protocol, one cohort, one day `as_of`.

    `pins` are days that open nodes are set to for a what-if, (participants, nodes); FAR: none.
    """

    protocol: Protocol
    cohort: Cohort
    as_of: int
    timeline: Timeline
    spans: Spans
    links: tuple[Link, ...]
    pins: Days | None = None

    @property
    def first(self) -> int:
        """The first day that any open node may take."""
        return max(self.protocol.study.opens, self.as_of)

    @property
    def last(self) -> int:
        """The last day that any open node may take."""
        return self.protocol.study.closes

    @property
    def horizon(self) -> Days:
        """All days that an open node may take."""
        return np.arange(self.first, self.last + 1, dtype=np.int64)

    @cached_property
    def site_open(self) -> Flags:
        """Which days of the horizon each site is open: (sites, days)."""
        rows = [~site.closed_days(self.first, self.last) for site in self.cohort.sites]
        return np.array(rows, bool).reshape(len(rows), max(0, self.last - self.first + 1))

    @cached_property
    def tables(self) -> dict[object, Network]:
        """Networks that were built already, by structure."""
        return {}

    @cached_property
    def gap_applies(self) -> Index:
        """Whether each link is for each participant (of Applies): (participants, links)."""
        count = len(self.cohort)
        verdicts = [applies(link.only, self.cohort.attributes, count) for link in self.links]
        return np.array(verdicts, np.int64).reshape(len(self.links), count).T


def build_problem(
    protocol: Protocol, cohort: Cohort, as_of: int, strict: bool = False, pins: Days | None = None
) -> Problem:
    """Recorded states, forbidden spans and links of a cohort, ready to be solved.

    A pin moves the node: a booking of it on another day ends.
    """
    timeline = build_timeline(protocol, cohort, as_of)
    if pins is not None:
        moved = (pins < FAR) & (timeline.booked != pins)
        timeline = replace(
            timeline,
            booked=np.where(moved, FAR, timeline.booked),
            booked_timed=timeline.booked_timed & ~moved,
            booked_minute=np.where(moved, -1, timeline.booked_minute),
        )
    spans = compute_spans(protocol, cohort, timeline, strict)
    return Problem(protocol, cohort, as_of, timeline, spans, links_of(protocol), pins)


@dataclass(frozen=True)
class Group:
    """Rows of one structure, solved: their exact runs on the network's line of places."""

    network: Network
    rows: Index  # of Variants
    runs: dict[int, Runs]  # of the rows that have a schedule
    base: Days  # place 0 of each row's calendar, minus its first day


@dataclass
class Domains:
    """The exact days of every open node in one pass; each Runs has one row a participant."""

    days: dict[int, Runs]
    alive: Flags
    groups: list[Group] = field(default_factory=list)
    variants: Variants | None = None


class Pass:
    """One of the two passes; `worst` counts what is uncertain against the participant."""

    def __init__(self, problem: Problem, worst: bool, people: Index | None = None) -> None:
        self.problem, self.worst = problem, worst
        count = len(problem.cohort)
        self.people = np.arange(count) if people is None else people
        timeline = problem.timeline
        nodes = problem.protocol.nodes
        self.open = timeline.state == State.OPEN
        required = np.array([node.required for node in nodes], bool)
        self.required = self.open & required[None, :]
        if not worst:
            self.required &= ~timeline.doubtful
        self.active = problem.gap_applies == Applies.YES
        if worst:
            self.active |= problem.gap_applies == Applies.UNKNOWN
        self.low = np.full(self.open.shape, problem.first, np.int64)
        self.high = np.full(self.open.shape, problem.last, np.int64)
        self.edge = np.zeros(self.active.shape, bool)
        for number, link in enumerate(problem.links):
            self._link(number, link)
        if problem.pins is not None:
            self._pin(problem.pins)
        self.forbidden = self._counted_spans()

    def _pin(self, pins: Days) -> None:
        """Set nodes to one day each; a schedule then needs them, and what they hang off."""
        pinned = self.open & (pins < FAR)
        self.low = np.where(pinned, np.maximum(self.low, pins), self.low)
        self.high = np.where(pinned, np.minimum(self.high, pins), self.high)
        self.required |= pinned
        for index in reversed(self.problem.protocol.anchors_first):
            anchor = self.problem.protocol.nodes[index].anchor
            if anchor >= 0:
                self.required[:, anchor] |= (
                    pinned[:, index] & self.required[:, index] & self.open[:, anchor]
                )
                pinned[:, anchor] |= pinned[:, index]

    def _counted_spans(self) -> Spans:
        spans = self.problem.spans
        if self.worst:
            return spans.take(spans.possible)
        sure = spans.take(spans.certain & (spans.sure_first <= spans.sure_last))
        return Spans(
            sure.participant, sure.node, sure.rule, sure.exposure, sure.sure_first, sure.sure_last,
            sure.sure_first, sure.sure_last, sure.possible, sure.certain, sure.other,
            sure.other_sure, sure.other_sure, np.zeros(len(sure), bool),
        )  # fmt: skip

    @cached_property
    def _span_index(self) -> dict[int, tuple[Index, Index]]:
        """For each node its spans sorted by participant, and where each participant's begin."""
        index = {}
        spans, count = self.forbidden, len(self.problem.cohort)
        unary = np.flatnonzero(spans.other < 0)
        order = unary[np.lexsort((spans.participant[unary], spans.node[unary]))]
        node, who = spans.node[order], spans.participant[order]
        for number in range(self.open.shape[1]):
            start, stop = np.searchsorted(node, [number, number + 1])
            begins = start + np.searchsorted(who[start:stop], np.arange(count + 1))
            index[number] = (order, begins)
        return index

    def spans_of(self, node: int, people: Index) -> tuple[Index, Index]:
        """The spans on a node: the place of each one's participant in `people`, and its row."""
        order, begins = self._span_index[node]
        count = begins[people + 1] - begins[people]
        source = np.repeat(np.arange(len(people)), count)
        place = np.arange(len(source)) - np.repeat(count.cumsum() - count, count)
        return source, order[place + begins[people][source]]

    def _link(self, number: int, link: Link) -> None:
        """Turn a link into an edge between open nodes, or into a bound where one end is known."""
        open_start, known_start = self.starts(link)
        open_end, known_end = self.ends(link)
        self.edge[:, number] = self.active[:, number] & open_start & open_end
        lower = self.active[:, number] & known_start & open_end
        upper = self.active[:, number] & open_start & known_end
        if lower.any() or upper.any():
            for site, rows in self._sites(link, np.flatnonzero(lower | upper)):
                sides = link.sides(self.problem.timeline.zones[site], self.worst)
                if lower[rows].any():
                    self._bound_end(link, sides, rows[lower[rows]])
                if upper[rows].any():
                    self._bound_start(link, sides, rows[upper[rows]])

    def starts(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's start is open, and where it stands on a known day."""
        timeline, count = self.problem.timeline, len(self.problem.protocol.nodes)
        if link.start >= count:
            yes = np.ones(len(self.open), bool)
            return ~yes, yes
        if link.gap is not None:
            return self.open[:, link.start], timeline.state[:, link.start] == State.DONE
        assert link.node is not None
        place = timeline.place[:, link.node.anchor]
        if link.through:
            carried = place == Place.CARRIED
            return carried & (timeline.base[:, link.node.anchor] == link.start), ~carried & False
        return place == Place.OPEN, place == Place.KNOWN

    def ends(self, link: Link) -> tuple[Flags, Flags]:
        """Where the link's end is open, and where it stands on a known day."""
        if link.end >= len(self.problem.protocol.nodes):
            yes = np.ones(len(self.open), bool)
            return ~yes, yes
        return self.open[:, link.end], self.problem.timeline.state[:, link.end] == State.DONE

    def _sites(self, link: Link, rows: Index) -> list[tuple[int, Index]]:
        """Rows by time zone; one zone stands for all where clocks do not matter."""
        if not link.clocked:
            return [(0, rows)]
        of = self.problem.timeline.zone_of[rows]
        return [(int(i), rows[of == i]) for i in np.unique(of)]

    def known(self, node: int, rows: Index, sides: Sides) -> Moments:
        """The moments of a node that stands on a known day."""
        count = len(self.problem.protocol.nodes)
        if node >= count:
            ends = study_moments(self.problem.protocol, sides.zone)
            return ends[node - count].take(np.zeros(len(rows), np.int64))
        return self.problem.timeline.known(rows, node)

    def moments(self, node: int, sides: Sides) -> Moments:
        """The moments of all days of the horizon for an open node."""
        at = self.problem.protocol.nodes[node].at
        return moments_of(self.problem.horizon, at, sides.zone)

    def _bound_end(self, link: Link, sides: Sides, rows: Index) -> None:
        start_node = link.start if link.gap is not None else link.node.anchor  # type: ignore[union-attr]
        start = self.known(start_node, rows, sides)
        end = self.moments(link.end, sides)
        low, high = bounds_on_end(sides, start, end, self.problem.first)
        self.low[rows, link.end] = np.maximum(self.low[rows, link.end], low)
        self.high[rows, link.end] = np.minimum(self.high[rows, link.end], high)

    def _bound_start(self, link: Link, sides: Sides, rows: Index) -> None:
        end = self.known(link.end, rows, sides)
        start = self.moments(link.start, sides)
        low, high = bounds_on_start(sides, start, end, self.problem.first)
        self.low[rows, link.start] = np.maximum(self.low[rows, link.start], low)
        self.high[rows, link.start] = np.minimum(self.high[rows, link.start], high)

    def solve(self) -> Domains:
        """The exact days of all open nodes."""
        problem, count = self.problem, len(self.problem.cohort)
        nodes = problem.protocol.nodes
        alive = np.zeros(count, bool)
        alive[self.people] = True
        days = {node.index: _nobody(count) for node in nodes}
        if problem.first > problem.last:
            return Domains(days, alive & ~self.required.any(1))
        members = self.required.copy()
        members[~alive] = False
        variants = expand(self, members, self.people)
        groups, living = self._solve_rows(variants, members)
        alive &= living
        solved = Domains(days, alive, groups, variants)
        self._gather(solved, np.flatnonzero(self.required.any(0)).tolist())
        self._others(solved)
        return solved

    def _solve_rows(self, variants: Variants, members: Flags) -> tuple[list[Group], Flags]:
        """Group the rows by structure and solve each group."""
        living = np.zeros(len(self.problem.cohort), bool)
        who = variants.participant
        inside = members[who] & ~variants.pinned
        edges = self.edge[who].copy()
        for number, link in enumerate(self.problem.links):
            edges[:, number] &= _member(inside, link.start) & _member(inside, link.end)
        groups = []
        for rows in _same(np.hstack([inside, edges]), np.flatnonzero(variants.feasible)):
            group = self._solve_group(variants, rows, inside[rows[0]], edges[rows[0]])
            living[who[group.rows]] = True
            groups.append(group)
        return groups, living

    def _solve_group(self, variants: Variants, rows: Index, inside: Flags, edges: Flags) -> Group:
        network = self.network(np.flatnonzero(inside), np.flatnonzero(edges))
        who = variants.participant[rows]
        base = self.problem.cohort.site[who] * network.slots - self.problem.first
        days = {node: variants.free_days(rows, node, base) for node in network.nodes}
        runs, alive = solve(network, days, len(rows))
        chosen = np.flatnonzero(alive)
        kept = {node: found.take(chosen) for node, found in runs.items()}
        return Group(network, rows[chosen], kept, base[chosen])

    def network(self, members: Index, links: Index) -> Network:
        """The closed tables of a structure on all sites' calendars (kept for the next time)."""
        problem = self.problem
        clocked = any(problem.links[i].clocked for i in links)
        key = (members.tobytes(), links.tobytes(), clocked and self.worst)
        if key not in problem.tables:
            slots = len(problem.horizon) + 1
            opens = {int(node): self._open_days(problem.protocol.nodes[node]) for node in members}
            edges = [self._edge_maps(problem.links[i]) for i in links]
            problem.tables[key] = build_network([int(m) for m in members], edges, opens, slots)
        return problem.tables[key]

    def _open_days(self, node: Node) -> Flags:
        return np.ones_like(self.problem.site_open) if node.any_day else self.problem.site_open

    def _edge_maps(self, link: Link) -> Edge:
        maps = []
        for site in self.problem.cohort.sites:
            name = site.timezone
            zone_ = next(z for z in self.problem.timeline.zones if z.name == name)
            sides = link.sides(zone_, self.worst)
            start, end = self.moments(link.start, sides), self.moments(link.end, sides)
            low, high = bounds_on_end(sides, start, end, self.problem.first)
            maps.append((low - self.problem.first, high - self.problem.first))
        slots = len(self.problem.horizon)
        low = np.clip(np.array([one[0] for one in maps]), 0, slots)
        high = np.clip(np.array([one[1] for one in maps]), -1, slots - 1)
        return Edge(link.start, link.end, low, high)

    def _gather(self, solved: Domains, nodes: list[int]) -> None:
        """The days of the rows, brought together by participant."""
        count = len(self.problem.cohort)
        assert solved.variants is not None
        for node in nodes:
            parts = [self._group_days(group, node, solved.variants) for group in solved.groups]
            solved.days[node] = _united(count, parts)

    def _group_days(self, group: Group, node: int, variants: Variants) -> Columns:
        who = variants.participant[group.rows]
        pinned = variants.pinned[group.rows, node]
        if pinned.any():
            rows = np.flatnonzero(pinned)
            day = self.problem.timeline.booked[who[rows], node]
            return who[rows], day, day
        if node not in group.runs:
            return who[:0], who[:0], who[:0]
        row, first, last = open_columns(group.network, node, group.runs[node])
        return who[row], first - group.base[row], last - group.base[row]

    def _others(self, solved: Domains) -> None:
        """Nodes that no complete schedule needs: one after another, anchors first."""
        for index in self.problem.protocol.anchors_first:
            wanted = self.open[:, index] & ~self.required[:, index] & solved.alive
            if wanted.any():
                solved.days[index] = _merged(
                    solved.days[index], self._other(solved, index, np.flatnonzero(wanted))
                )

    def _other(self, solved: Domains, index: int, people: Index) -> Runs:
        """The days of one node outside the complete schedule, given those inside it."""
        members = np.zeros_like(self.required)
        members[people] = self.required[people]
        for ancestor in self._chain(index):
            members[people, ancestor] |= self.open[people, ancestor]
        touching = self._touching(index, members)
        many = np.isin(np.arange(len(members)), people) & (touching.sum(1) > 1)
        many[people] |= self._paired(index)[people]
        parts = []
        lone = people[~many[people]]
        if len(lone):
            parts.append(self._leaf(solved, index, lone, touching))
        if many.any():
            members[~many] = False
            variants = expand(self, members, np.flatnonzero(many))
            groups, _ = self._solve_rows(variants, members)
            parts += [self._group_days(group, index, variants) for group in groups]
        return _united(len(members), parts)

    def _chain(self, index: int) -> list[int]:
        """The node and everything that it hangs off."""
        chain = []
        while index >= 0:
            chain.append(index)
            index = self.problem.protocol.nodes[index].anchor
        return chain

    def _touching(self, index: int, members: Flags) -> Flags:
        """Which other members the node is bound to by an edge, row by row."""
        near = np.zeros_like(members)
        for number, link in enumerate(self.problem.links):
            if index in (link.start, link.end) and link.start != link.end:
                other = link.end if link.start == index else link.start
                if other < near.shape[1]:
                    near[:, other] |= self.edge[:, number] & members[:, other]
        return near

    def _paired(self, index: int) -> Flags:
        """Whether a from..until rule binds the node to another open one, or a booking has a time."""
        spans = self.forbidden
        both = (spans.other >= 0) & ((spans.node == index) | (spans.other == index))
        paired = self.problem.timeline.booked_timed[:, index].copy()
        paired[spans.participant[both]] = True
        return paired

    def _leaf(self, solved: Domains, index: int, people: Index, touching: Flags) -> Columns:
        """A node bound to at most one other: what that one's exact days leave to it."""
        found: list[Columns] = []
        plain = Variants.plain(self, people)
        for rows in _same(touching[people], np.arange(len(people))):
            near = np.flatnonzero(touching[people[rows[0]]])
            pattern = self.edge[people[rows]] & self._between(index, near)
            for part in _same(pattern, np.arange(len(rows))):
                some = rows[part]
                members = np.sort(np.append(near, index))
                network = self.network(members, np.flatnonzero(pattern[part[0]]))
                who = people[some]
                base = self.problem.cohort.site[who] * network.slots - self.problem.first
                days = {index: plain.free_days(some, index, base)}
                for other in near:
                    days[int(other)] = _placed(solved.days[int(other)].take(who), base)
                runs, _ = solve(network, days, len(some))
                row, first, last = open_columns(network, index, runs[index])
                found.append((who[row], first - base[row], last - base[row]))
        return _concatenated(found)

    def _between(self, index: int, near: Index) -> Flags:
        ends = {index, *near.tolist()}
        return np.array([{link.start, link.end} <= ends for link in self.problem.links], bool)


def open_columns(network: Network, node: int, runs: Runs) -> Columns:
    """Runs as maximal runs of open days: row, first and last place."""
    opens = network.open_days[node]
    padded = np.zeros((len(opens), network.slots), bool)
    padded[:, :-1] = opens
    edge = np.diff(padded.ravel().astype(np.int8), prepend=0, append=0)
    begins, ends = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1) - 1
    if not len(begins):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing
    row, first, last = runs.columns()
    start = np.searchsorted(ends, first)
    stop = np.searchsorted(begins, last, side="right")
    count = np.maximum(stop - start, 0)
    source = np.repeat(np.arange(len(row)), count)
    place = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count) + start[source]
    return (
        row[source],
        np.maximum(first[source], begins[place]),
        np.minimum(last[source], ends[place]),
    )


def _placed(runs: Runs, base: Days) -> Runs:
    """Runs of days as runs of places."""
    row, first, last = runs.columns()
    return of_columns(len(runs), row, first + base[row], last + base[row])


def _member(inside: Flags, node: int) -> Flags:
    if node >= inside.shape[1]:
        return np.zeros(len(inside), bool)
    return np.asarray(inside[:, node], bool)


def _same(pattern: Flags, rows: Index) -> list[Index]:
    """Rows grouped by equal patterns, in the order of their first row."""
    if not len(rows):
        return []
    packed = (
        np.packbits(pattern[rows], axis=1)
        if pattern.shape[1]
        else np.zeros((len(rows), 1), np.uint8)
    )
    keys = np.ascontiguousarray(packed).view([("", np.uint8)] * packed.shape[1]).ravel()
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    cuts = np.flatnonzero(np.diff(inverse[order])) + 1
    return sorted((rows[part] for part in np.split(order, cuts)), key=lambda part: int(part[0]))


def _nobody(count: int) -> Runs:
    nothing = np.zeros(0, np.int64)
    return of_columns(count, nothing, nothing, nothing)


def _concatenated(parts: list[Columns]) -> Columns:
    nothing = np.zeros(0, np.int64)
    parts = [*parts, (nothing, nothing, nothing)]
    return tuple(np.concatenate([part[i] for part in parts]) for i in range(3))  # type: ignore[return-value]


def _united(count: int, parts: list[Columns]) -> Runs:
    return of_columns(count, *_concatenated(parts))


def _merged(one: Runs, other: Runs) -> Runs:
    return _united(len(one), [one.columns(), other.columns()])


@dataclass(frozen=True)
class Answer:
    """The three answers for all open nodes: permitted and undetermined days; the rest is blocked."""

    permitted: Domains
    possible: Domains
    undetermined: dict[int, Runs]


def answer(problem: Problem) -> Answer:
    """Solve both passes; the second one only for participants whom something uncertain touches."""
    permitted = Pass(problem, worst=True).solve()
    unsure = _unsure(problem)
    if not unsure.any():
        nothing = _nobody(len(problem.cohort))
        return Answer(permitted, permitted, dict.fromkeys(permitted.days, nothing))
    second = Pass(problem, worst=False, people=np.flatnonzero(unsure)).solve()
    days = {node: minus(second.days[node], runs) for node, runs in permitted.days.items()}
    alive = np.where(unsure, second.alive, permitted.alive)
    possible = Domains(second.days, alive, second.groups, second.variants)
    return Answer(permitted, possible, days)


def _unsure(problem: Problem) -> Flags:
    """The participants for whom the two passes can differ."""
    spans, timeline = problem.spans, problem.timeline
    differs = spans.possible & (
        ~spans.certain
        | (spans.first != spans.sure_first)
        | (spans.last != spans.sure_last)
        | (spans.other_first != spans.other_sure)
    )
    unsure_gap = (problem.gap_applies == Applies.UNKNOWN).any(1)
    unsure = np.asarray(timeline.doubtful.any(1) | unsure_gap, bool)
    unsure[spans.participant[differs]] = True
    if any(link.clocked for link in problem.links):
        unsure[:] = True
    return unsure
