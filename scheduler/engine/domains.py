"""From bounds, edges and spans to exact days: rows of one structure are solved together.

Source: docs/engine.md; docs/semantics.md, section 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.core.dayset import Runs, of_sorted, where
from scheduler.core.network import Edge, Network, build_network
from scheduler.core.sweep import solve
from scheduler.days import Days
from scheduler.engine.found_days import FoundDays, Pieces, pieces_of, plain_pieces
from scheduler.engine.passes import Pass, with_anchors
from scheduler.engine.problem import Problem
from scheduler.engine.variants import Variants, expand
from scheduler.protocol import Node
from scheduler.rules.links import Link, bounds_on_end

_AT_ONCE = 2**13  # rows solved together: many enough for arrays, few enough for a core's cache


@dataclass(frozen=True)
class StructureGroup:
    """Rows of one structure, solved: their exact runs on the network's line of places."""

    network: Network
    rows: Index  # of Variants
    runs: dict[int, Runs]  # of the rows that have a schedule
    base: Days  # place 0 of each row's calendar, minus its first day


@dataclass
class Domains:
    """The exact days of every open node in one pass; each Runs has one row a participant."""

    days: FoundDays
    alive: Flags
    groups: list[StructureGroup] = field(default_factory=list)
    variants: Variants | None = None


def solve_pass(owner: Pass) -> Domains:
    """The exact days of all open nodes of the people of a pass."""
    return _Solver(owner).solve()


class _Solver:
    def __init__(self, owner: Pass) -> None:
        self.owner, self.problem = owner, owner.problem
        self.count = len(owner.problem.cohort)

    def solve(self) -> Domains:
        owner, problem = self.owner, self.problem
        alive = np.zeros(self.count, bool)
        alive[owner.people] = True
        days = FoundDays(problem.site_base, range(len(problem.protocol.nodes)))
        if problem.first > problem.last:
            return Domains(days, alive & ~owner.required.any(1))
        members = owner.required & alive[:, None]
        variants = expand(owner, members, owner.people)
        groups, living = self._rows(variants, members)
        alive &= living
        solved = Domains(days, alive, groups, variants)
        self._add(days, groups, where(members.any(0)).tolist(), variants)
        self._others(solved)
        return solved

    def _rows(self, variants: Variants, members: Flags) -> tuple[list[StructureGroup], Flags]:
        """Group the rows by structure and solve each group; whose rows have a schedule."""
        living = np.zeros(self.count, bool)
        who = variants.participant
        inside = members[who] & ~variants.pinned
        fixed = np.zeros((len(inside), 2), bool)  # the nodes behind the others are never open
        ends = np.hstack([inside, fixed])
        starts, stops = self.problem.link_ends
        edges = self.owner.edge[who] & ends[:, starts] & ends[:, stops]
        groups = []
        for alike in _same(np.hstack([inside, edges]), where(variants.feasible)):
            for rows in np.array_split(alike, -(-len(alike) // _AT_ONCE)):
                group = self._group(variants, rows, inside[rows[0]], edges[rows[0]])
                living[who[group.rows]] = True
                groups.append(group)
        return groups, living

    def _group(
        self, variants: Variants, rows: Index, inside: Flags, edges: Flags
    ) -> StructureGroup:
        network = self.network(where(inside), where(edges))
        base = self.problem.site_base[variants.participant[rows]]
        days = variants.free_days(rows, network.nodes, base)
        runs, alive = solve(network, days, len(rows))
        if alive.all():
            return StructureGroup(network, rows, runs, base)
        chosen = where(alive)
        kept = {node: found.take(chosen) for node, found in runs.items()}
        return StructureGroup(network, rows[chosen], kept, base[chosen])

    def network(self, members: Index, links: Index) -> Network:
        """The closed tables of a structure on all sites' calendars (kept for the next time)."""
        problem = self.problem
        clocked = any(problem.links[i].clocked for i in links)
        bound = tuple(problem.links[i].key for i in links)
        key = (members.tobytes(), bound, clocked and self.owner.cautious)
        network = problem.kept_network(key)
        if network is None:
            nodes = problem.protocol.nodes
            opens = {int(node): open_days(problem, nodes[node]) for node in members}
            edges = [self._edge(problem.links[i]) for i in links]
            network = build_network(members.tolist(), edges, opens, problem.slots)
            problem.keep_network(key, network)
        return network

    def _edge(self, link: Link) -> Edge:
        """The two maps of a link on the calendar of every site."""
        problem, slots = self.problem, len(self.problem.horizon)
        zones = problem.timeline.zones
        maps = []
        for zone in zones if link.local else zones[:1]:
            sides = link.sides(zone, self.owner.cautious)
            start, end = problem.moments(link.start, zone), problem.moments(link.end, zone)
            low, high = bounds_on_end(sides, start, end, problem.first)
            low, high = low - problem.first, high - problem.first
            maps.append((np.clip(low, 0, slots), np.clip(high, -1, slots - 1)))
        of_site = problem.timeline.zone_of_site
        places = of_site if link.local else np.zeros_like(of_site)
        low, high = (np.stack([maps[place][side] for place in places]) for side in (0, 1))
        return Edge(link.start, link.end, low, high)

    def _add(
        self, days: FoundDays, groups: list[StructureGroup], nodes: list[int], variants: Variants
    ) -> None:
        """Add the days that the groups' rows leave to nodes."""
        days.add(nodes, partial(self._cells, groups, nodes, variants), variants.participant)

    def _cells(
        self, groups: list[StructureGroup], nodes: list[int], variants: Variants
    ) -> list[Pieces]:
        """The days that the groups' rows leave to nodes, by cell."""
        found: list[Pieces] = []
        for group in groups:
            who = variants.participant[group.rows]
            free = {node: group.runs[node] for node in nodes if node in group.runs}
            if free:
                found.append(self._pieces(group.network, free, who, group.base))
            column, place = np.nonzero(variants.pinned[group.rows][:, nodes].T)
            if len(place):
                node, mine = np.array(nodes, np.int64)[column], who[place]
                day = self.problem.timeline.booked[mine, node]
                found.append(plain_pieces((node * self.count + mine, day, day)))
        return found

    def _pieces(self, network: Network, runs: dict[int, Runs], who: Index, base: Days) -> Pieces:
        return pieces_of(network, runs, who, base, self.problem.first, self.count)

    def _others(self, solved: Domains) -> None:
        """Nodes that no complete schedule needs: one after another, anchors first."""
        wanted = self.owner.open & ~self.owner.required & self.owner.own & solved.alive[:, None]
        some = wanted.any(0).tolist()
        for index in self.problem.protocol.anchors_first if any(some) else ():
            if some[index]:
                self._other(solved, index, where(wanted[:, index]))

    def _other(self, solved: Domains, index: int, people: Index) -> None:
        """Add the days of one node outside the complete schedule, given those inside it."""
        members = np.zeros_like(self.owner.required)
        members[people] = self.owner.required[people]
        with_anchors(self.owner, members, index, people)
        touching = self._touching(index, members)
        many = np.isin(np.arange(len(members)), people) & (touching.sum(1) > 1)
        many[people] |= self._paired(index, touching)[people]
        lone = people[~many[people]]
        if len(lone):
            self._leaf(solved, index, lone, touching)
        if many.any():
            members[~many] = False
            variants = expand(self.owner, members, where(many))
            groups, _ = self._rows(variants, members)
            self._add(solved.days, groups, [index], variants)

    def _touching(self, index: int, members: Flags) -> Flags:
        """Which other members the node is bound to by an edge, row by row."""
        near = np.zeros_like(members)
        for number in self.problem.links_at.get(index, ()):
            link = self.problem.links[number]
            other = link.end if link.start == index else link.start
            if other < near.shape[1]:
                near[:, other] |= self.owner.edge[:, number] & members[:, other]
        return near

    def _paired(self, index: int, touching: Flags) -> Flags:
        """Whether a from..until rule binds the node, or a booking of it or beside it has a time."""
        spans = self.owner.forbidden
        both = (spans.other >= 0) & ((spans.node == index) | (spans.other == index))
        timed = self.problem.timeline.booked_timed
        paired = timed[:, index] | (timed & touching).any(1)
        paired[spans.participant[both]] = True
        return paired

    def _leaf(self, solved: Domains, index: int, people: Index, touching: Flags) -> None:
        """A node bound to at most one other: what that one's exact days leave to it."""
        plain = Variants.plain(self.owner, people)
        for rows in _same(touching[people], np.arange(len(people))):
            near = where(touching[people[rows[0]]])
            pattern = self.owner.edge[people[rows]] & self._between(index, near)
            for part in _same(pattern, np.arange(len(rows))):
                some = rows[part]
                members = np.sort(np.append(near, index))
                network = self.network(members, where(pattern[part[0]]))
                who = people[some]
                base = self.problem.site_base[who]
                days = plain.free_days(some, [index], base)
                for other in near.tolist():
                    days[other] = placed(solved.days[other].take(who), base)
                runs, _ = solve(network, days, len(some))
                found = self._pieces(network, {index: runs[index]}, who, base)
                solved.days.add([index], partial(list, [found]))

    def _between(self, index: int, near: Index) -> Flags:
        ends = {index, *near.tolist()}
        return np.array([{link.start, link.end} <= ends for link in self.problem.links], bool)


def open_days(problem: Problem, node: Node) -> Flags:
    """The days of the horizon on which closed days leave a node, site by site."""
    return problem.open_days(node.any_day, node.weekdays)


def placed(runs: Runs, base: Days) -> Runs:
    """Runs of days as runs of places."""
    row, first, last = runs.columns()
    return of_sorted(len(runs), row, first + base[row], last + base[row])


def _same(pattern: Flags, rows: Index) -> list[Index]:
    """Rows grouped by equal patterns, in the order of their first row."""
    if not len(rows):
        return []
    told = pattern[rows]
    if (told == told[0]).all():
        return [rows]
    packed = np.packbits(told, axis=1)
    keys = np.ascontiguousarray(packed).view([("", np.uint8)] * packed.shape[1]).ravel()
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    cuts = where(np.diff(inverse[order])) + 1
    return sorted((rows[part] for part in np.split(order, cuts)), key=lambda part: int(part[0]))
