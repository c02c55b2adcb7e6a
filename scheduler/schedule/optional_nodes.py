"""Days for what no complete schedule needs, given the days that were chosen for the rest.

Optional milestones and visits, and visits whose source states no window.
Source: docs/semantics.md, sections 4 and 6.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.core.dayset import Columns, Runs, free, intersect
from scheduler.core.lines import OpenLines
from scheduler.days import FAR, Days
from scheduler.engine.domains import open_days, placed
from scheduler.engine.found_days import FoundDays
from scheduler.engine.passes import Pass
from scheduler.engine.problem import Problem
from scheduler.rules.links import Link, bounds_on_end, bounds_on_start
from scheduler.rules.moments import Moments
from scheduler.schedule.chosen import NONE, Chosen
from scheduler.schedule.order import bound_nodes, layers, parts
from scheduler.schedule.plain_steps import plain_windows


def choose_outside(
    chosen: Chosen, owner: Pass, people: Index, among: FoundDays | None = None
) -> None:
    """Choose a day, where there is one, for every open node that has none yet.

    Only for nodes that no complete schedule needs; with `among` for all, each among its own days,
    if it has a window.
    Optional nodes first, then visits without a stated window, each in the file's order with an
    anchor before what hangs off it. A booking on a free day is kept.
    """
    if len(people) and owner.problem.first <= owner.problem.last:
        _Outside(chosen, owner, among).run(people)


_CALENDARS = 4
_kept: dict[str, OpenLines] = {}


def _lines_of(problem: Problem) -> OpenLines:
    """The open days of all nodes as lines; those of the last few calendars are kept."""
    found = _kept.get(problem.key)
    if found is None:
        opens = {node.index: open_days(problem, node) for node in problem.protocol.nodes}
        found = _kept[problem.key] = OpenLines(opens, problem.slots)
        for key in [*_kept][:-_CALENDARS]:
            _kept.pop(key, None)
    return found


class _Outside:
    def __init__(self, chosen: Chosen, owner: Pass, among: FoundDays | None) -> None:
        self.chosen, self.owner, self.problem = chosen, owner, owner.problem
        self.among = among
        self.lines = _lines_of(self.problem)
        self.windows = plain_windows(self.problem)
        own = self.windows.link.tolist()
        self._links = {  # of each node those to other nodes, but for its own plain window
            index: [number for number in numbers if number != own[index]]
            for index, numbers in self.problem.links_at.items()
            if index < len(own)
        }
        self._further = {index for index, numbers in self._links.items() if numbers}
        self._pairs = np.flatnonzero(owner.forbidden.other >= 0)  # spans of from..until rules

    def run(self, people: Index) -> None:
        nodes = self.problem.protocol.nodes
        undone = self.owner.open[people] & (self.chosen.day[people] == NONE)
        if self.among is None:
            undone &= ~self.owner.required[people]
        wanted = undone.any(0).tolist()
        order = [i for i in self.problem.protocol.anchors_first if wanted[i]]
        bound = [i for i in order if nodes[i].milestone or nodes[i].windowed]
        near = bound_nodes(self.problem)
        for index, other in self._paired():
            near[index].add(other)
        for some in (bound, [i for i in order if i not in set(bound)]):
            for layer in layers(some, near):
                for part in parts(layer, len(people)):
                    self._choose(part, people, undone)

    def _paired(self) -> set[tuple[int, int]]:
        """The nodes that spans of from..until rules bind to each other, both ways."""
        ends = [self.owner.forbidden.node[self._pairs], self.owner.forbidden.other[self._pairs]]
        found = set(zip(*(end.tolist() for end in ends), strict=True)) if len(self._pairs) else ()
        return {pair for one, other in found for pair in ((one, other), (other, one))}

    def _choose(self, nodes: Sequence[int], people: Index, undone: Flags) -> None:
        """The nearest (or earliest) days that spans, closed days and the chosen dates leave.

        Of nodes that are not bound to each other.
        """
        self.chosen.aim_together(nodes, people)
        told = [self._targets(index, people[undone[:, index]]) for index in nodes]
        counts = [len(rows) for rows, _ in told]
        node = np.repeat(np.array(nodes, np.int64), counts)
        rows, target = (np.concatenate(both) for both in zip(*told, strict=True))
        booked = self.problem.timeline.booked[rows, node]
        booked = np.where(self._within(booked), booked, NONE)
        base = self.problem.site_base[rows]
        days, fits = self._days(node, rows, booked)
        low, high = self.problem.first + base, self.problem.last + base
        aim = np.minimum(np.maximum(target + base, low), high)
        found = self.lines.nearest(node, days, aim, low, high)
        none = (found < 0) | (target >= NONE)
        day = np.where(none, NONE, found - base)
        day = np.where(fits, booked, day)
        for index, own in _by_node(node):
            has = own[day[own] < NONE]
            self.chosen.set(index, rows[has], day[has], fits[has])

    def _targets(self, index: int, rows: Index) -> tuple[Index, Days]:
        """Whom a day of a node is chosen for, and nearest to which day; -FAR: the earliest."""
        node = self.problem.protocol.nodes[index]
        target = self.chosen.aim(node, rows)
        if node.milestone:
            return rows, np.where(target < NONE, target, -FAR)
        if node.windowed and self.problem.protocol.nodes[node.anchor].born:
            target = np.where(target < NONE, target, -FAR)  # a birth that is partly known
        timed = (target < NONE) | (not node.windowed)  # a booking may stand without a target
        return rows[timed], target[timed]

    def _within(self, day: Days) -> Flags:
        return np.asarray((day >= self.problem.first) & (day <= self.problem.last), bool)

    def _days(self, node: Index, rows: Index, booked: Days) -> tuple[Runs, Flags]:
        """The places that are left without the booked day, and whether the booked day is left."""
        base = self.problem.site_base[rows]
        row, first, last = self._forbidden(node, rows)
        fits = booked < NONE
        asked = np.flatnonzero(fits)
        wanted = booked[asked]
        if len(asked):
            low, high = self._around(node[asked], rows[asked], wanted)
            fits[asked] = (low <= wanted) & (wanted <= high)
            site, since = self.problem.cohort.site[rows], self.problem.first
            for index, own in _by_node(node[asked]):
                opens = open_days(self.problem, self.problem.protocol.nodes[index])
                fits[asked[own]] &= opens[site[asked[own]], wanted[own] - since]
            fits[row[(first <= booked[row]) & (booked[row] <= last)]] = False
            row, first, last = _together([(row, first, last), (asked, wanted, wanted)])
        low, high = self._around(node, rows, None)
        days = free(len(rows), low + base, high + base, row, first + base[row], last + base[row])
        told = self.problem.protocol.nodes[int(node[0])] if len(node) else None
        if self.among is not None and told and (told.milestone or told.windowed):
            days = intersect(days, placed(self._found(node, rows), base))  # others have none
        return days, fits

    def _found(self, node: Index, rows: Index) -> Runs:
        """The days among which a day is chosen, cell by cell."""
        assert self.among is not None
        if node[0] == node[-1]:
            return self.among.runs_of(int(node[0]), rows)
        return self.among.runs_at(node * len(self.chosen.day) + rows)

    def _forbidden(self, node: Index, rows: Index) -> Columns:
        """What rules forbid on nodes, from..until rules given the chosen day of the other end."""
        spans, day = self.owner.forbidden, self.chosen.day
        row, place = self.owner.spans_of(node, rows)
        found = [(row, spans.first[place], spans.last[place])]
        if not len(self._pairs):
            return found[0]
        spot = np.full(day.shape, -1, np.int64)
        spot[rows, node] = np.arange(len(rows))
        for mine, other in ((spans.node, spans.other), (spans.other, spans.node)):
            row = spot[spans.participant[self._pairs], mine[self._pairs]]
            there = day[spans.participant[self._pairs], other[self._pairs]]
            some = (row >= 0) & (there < NONE)
            ones, row, there = self._pairs[some], row[some], there[some]
            since, last, single = spans.other_first[ones], spans.last[ones], spans.single[ones]
            far = np.full(len(ones), FAR)
            if mine is spans.node:  # A is asked for, B stands
                binds, first = since <= there, -far
                last = np.where(single, np.minimum(last, there), last)
            else:
                binds, first = there <= last, np.where(single, np.maximum(since, there), since)
                last = far
            found.append((row[binds], first[binds], last[binds]))
        return _together(found)

    def _around(self, node: Index, rows: Index, day: Days | None) -> tuple[Days, Days]:
        """The bounds on nodes when all chosen days stand; with `day` at that day's own time."""
        low, high = self.owner.low[rows, node], self.owner.high[rows, node]
        own = np.flatnonzero(self.windows.link[node] >= 0)
        there = self.chosen.day[rows[own], self.windows.steps.anchor[node[own]]]
        bound = self.owner.edge[rows[own], self.windows.link[node[own]]] & (there < NONE)
        some, there = own[bound], there[bound]
        span = self.problem.first, len(self.problem.horizon)
        least, most = self.windows.bounds(node[some], there, *span)
        low[some], high[some] = np.maximum(low[some], least), np.minimum(high[some], most)
        for index, own in _by_node(node) if self._further.intersection(node.tolist()) else ():
            least, most = self._around_one(index, rows[own], None if day is None else day[own])
            low[own], high[own] = np.maximum(low[own], least), np.minimum(high[own], most)
        return low, high

    def _around_one(self, index: int, rows: Index, day: Days | None) -> tuple[Days, Days]:
        """The bounds on one node that follow from chosen days."""
        owner = self.owner
        low, high = np.full(len(rows), -FAR), np.full(len(rows), FAR)
        for number in self._links.get(index, ()):
            link = self.problem.links[number]
            other = link.end if link.start == index else link.start
            if other >= len(self.problem.protocol.nodes):
                continue
            bound = owner.edge[rows, number] & (self.chosen.day[rows, other] < NONE)
            if not bound.any():
                continue
            zone_of = self.problem.timeline.zone_of[rows]
            for i in distinct_numbers(zone_of[bound]).tolist():
                some = np.flatnonzero(bound & (zone_of == i))
                own = None if day is None else self.chosen.moments(index, rows[some], day[some])
                least, most = self._bounds(link, index, other, rows[some], i, own)
                low[some], high[some] = np.maximum(low[some], least), np.minimum(high[some], most)
        return low, high

    def _bounds(
        self, link: Link, index: int, other: int, rows: Index, zone: int, own: Moments | None
    ) -> tuple[Days, Days]:
        """What one link leaves to a node; with `own` moments either those days, or nothing."""
        sides = link.sides(self.problem.timeline.zones[zone], self.owner.cautious)
        chosen = self.chosen
        there = Moments(
            chosen.day[rows, other], chosen.early[rows, other], chosen.late[rows, other]
        )
        if own is None:
            mine = self.owner.moments(index, sides)
            if link.start == index:
                return bounds_on_start(sides, mine, there, self.problem.first)
            return bounds_on_end(sides, there, mine, self.problem.first)
        start, end = (own, there) if link.start == index else (there, own)
        fits = np.ones(len(rows), bool)
        least, most = sides.least(start), sides.most(start)
        if least is not None:
            fits &= least <= sides.least_end(end)
        if most is not None:
            fits &= sides.most_end(end) <= most
        return np.where(fits, own.day, FAR), np.where(fits, own.day, -FAR)


def _by_node(node: Index) -> list[tuple[int, Index]]:
    """The nodes of cells that lie together by node, each with the places of its cells."""
    if not len(node):
        return []
    cuts = np.flatnonzero(node[1:] != node[:-1]) + 1
    return [(int(node[own[0]]), own) for own in np.split(np.arange(len(node)), cuts)]


def _together(parts: list[Columns]) -> Columns:
    row, first, last = zip(*parts, strict=True)
    return np.concatenate(row), np.concatenate(first), np.concatenate(last)
