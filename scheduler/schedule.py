"""The recommended schedule: one day a node, chosen one after another on exact days.

Bookings on permitted days first, then the required nodes in the file's order (an anchor before
what hangs off it), then the others. Source: docs/semantics.md, section 6, and
docs/decisions/0006-order-of-the-recommended-schedule.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.cohort import Flags, Index
from scheduler.core.choose import Choices
from scheduler.days import FAR, Days
from scheduler.engine import Answer, Domains, Group, Pass, Problem
from scheduler.links import Moments, bounds_on_end, bounds_on_start, moments_of, target_of
from scheduler.protocol import Node
from scheduler.timeline import Place

NONE = FAR


@dataclass(frozen=True)
class Schedule:
    """The chosen day of every open node, (participants, nodes); FAR where it has none.

    `undetermined` marks participants whose schedule rests on undetermined days. `early` and
    `late` are the instants of the chosen days. `target` are the target days of visits given the
    other dates (FAR where there is none), `clock` the minute of the day of a visit timed in hours
    (-1: none), `kept` the bookings that the schedule keeps.
    """

    day: Days
    early: Days
    late: Days
    undetermined: Flags
    target: Days
    clock: Days
    kept: Flags


def recommend(problem: Problem, answer: Answer) -> Schedule:
    """One schedule for every participant that has any."""
    return _Recommender(problem, answer).run()


class _Recommender:
    def __init__(self, problem: Problem, answer: Answer) -> None:
        self.problem, self.answer = problem, answer
        shape = answer.permitted.alive.shape[0], len(problem.protocol.nodes)
        self.day = np.full(shape, NONE, np.int64)
        self.target = np.full(shape, NONE, np.int64)
        self.target_early = np.full(shape, NONE, np.int64)
        self.target_late = np.full(shape, -NONE, np.int64)
        self.kept = np.zeros(shape, bool)
        self.early, self.late = self.day.copy(), self.day.copy()
        self.cost = np.zeros((shape[0], 2 * shape[1]), np.int64)
        self.rank = np.argsort(np.array(problem.protocol.anchors_first, np.int64))
        self.settled = np.zeros(shape[0], bool)

    def run(self) -> Schedule:
        permitted, possible = self.answer.permitted, self.answer.possible
        unsure = ~permitted.alive & possible.alive
        everyone = np.arange(len(self.day))
        self._steered(permitted, everyone[permitted.alive])
        self._required(permitted, everyone[permitted.alive & ~self.settled], steer=True)
        if unsure.any():
            self._required(possible, everyone[unsure], steer=False)
        self._others(permitted, everyone[permitted.alive])
        self._others(possible, everyone[unsure])
        for index in self.problem.protocol.anchors_first:
            self._aim(self.problem.protocol.nodes[index])
        return Schedule(
            self.day, self.early, self.late, unsure, self.target, self._clock(), self.kept
        )

    def _clock(self) -> Days:
        """For visits timed in hours the local minute of the target, where its day was chosen."""
        clock = np.full(self.day.shape, -1, np.int64)
        timeline = self.problem.timeline
        exact = (self.target_early == self.target_late) & (self.target == self.day)
        for node in self.problem.protocol.nodes:
            for i, zone_ in enumerate(timeline.zones):
                rows = np.flatnonzero(exact[:, node.index] & (timeline.zone_of == i))
                if node.timed and len(rows):
                    clock[rows, node.index] = zone_.minute(self.target_early[rows, node.index])
        return clock

    def _steered(self, permitted: Domains, people: Index) -> Domains:
        """The permitted days, with optional nodes that are booked on one of them made required.

        A booking of an optional node is kept like any other; where it cannot be kept beside those
        before it, the node is optional again.
        """
        if permitted.variants is None:
            return permitted
        owner = permitted.variants.owner
        booked = self.problem.timeline.booked
        added = np.zeros_like(owner.required)
        for node in self.problem.protocol.nodes:
            if node.required or not (node.milestone or node.windowed):
                continue
            rows = people[owner.open[people, node.index] & (booked[people, node.index] < NONE)]
            on = permitted.days[node.index].holds(rows, booked[rows, node.index])
            added[rows[on], node.index] = True
        while added.any():
            some = np.flatnonzero(added.any(1))
            steered = Pass(self.problem, worst=True, people=some)
            steered.required |= self._with_ancestors(added, owner.open)
            domains = steered.solve()
            self._required(domains, some[domains.alive[some]], steer=True)
            lost = added & ~self.kept
            self.settled = domains.alive & added.any(1) & ~lost.any(1)
            if not lost.any():
                break
            added &= ~lost
        return permitted

    def _with_ancestors(self, added: Flags, open_nodes: Flags) -> Flags:
        for index in reversed(self.problem.protocol.anchors_first):
            anchor = self.problem.protocol.nodes[index].anchor
            if anchor >= 0:
                added = added.copy()
                added[:, anchor] |= added[:, index] & open_nodes[:, anchor]
        return added & open_nodes

    def _required(self, domains: Domains, people: Index, steer: bool) -> None:
        """Choose the days of the nodes that every complete schedule needs.

        A participant may have rows in several groups (a booked clock time kept or not): the best
        is the one whose choices, in the order in which they are made, come first.
        """
        wanted = np.zeros(len(self.day), bool)
        wanted[people] = True
        self.cost[people] = np.iinfo(np.int64).max
        for group in domains.groups:
            assert domains.variants is not None
            who = domains.variants.participant[group.rows]
            rows = np.flatnonzero(wanted[who])
            if len(rows):
                self._try_group(domains, group, rows, steer)

    def _try_group(self, domains: Domains, group: Group, rows: Index, steer: bool) -> None:
        assert domains.variants is not None
        who = np.unique(domains.variants.participant[group.rows[rows]])
        state = (self.day, self.early, self.late, self.kept, self.target, self.cost)
        before = [array[who].copy() for array in state]
        self.day[who], self.kept[who], self.cost[who] = NONE, False, 0
        self._one_group(domains, group, rows, steer)
        worse = ~_comes_first(self.cost[who], before[-1])
        for array, old in zip(state, before, strict=True):
            array[who[worse]] = old[worse]

    def _one_group(self, domains: Domains, group: Group, rows: Index, steer: bool) -> None:
        assert domains.variants is not None
        who = domains.variants.participant[group.rows[rows]]
        pinned = domains.variants.pinned[group.rows[rows]]
        for node in np.flatnonzero(pinned.any(0)).tolist():
            mine = who[pinned[:, node]]
            self._set(node, mine, self.problem.timeline.booked[mine, node])
            self.kept[mine, node] = steer
        if group.network.nodes:
            self._choose(group, rows, who, steer)
        count = self.day.shape[1]
        if steer:
            standing = (self.problem.timeline.booked[who] < NONE) & domains.variants.owner.open[who]
            self.cost[who, :count] = standing & ~self.kept[who]
        for index in range(count):
            price = self._price(self.problem.protocol.nodes[index], who)
            self.cost[who, count + self.rank[index]] = price

    def _price(self, node: Node, who: Index) -> Days:
        """How late a chosen day is: after its target's nearest, or as a day."""
        day, target = self.day[who, node.index], self.target[who, node.index]
        if node.milestone:
            return np.where(day < NONE, day, 0)
        known = (day < NONE) & (target < NONE)
        return np.where(known, 2 * np.abs(day - target) + (day > target), 0)

    def _choose(self, group: Group, rows: Index, who: Index, steer: bool) -> None:
        runs = {node: found.take(rows) for node, found in group.runs.items()}
        choices = Choices(group.network, runs, len(rows))
        chooser = _Rows(choices, who, group.base[rows], (self.problem.first, self.problem.last))
        for node in group.network.nodes if steer else []:
            booked = self.problem.timeline.booked[who, node]
            kept = chooser.keep(node, booked)
            self._set(node, who[kept], booked[kept])
            self.kept[who[kept], node] = True
        members = set(group.network.nodes)
        for index in self.problem.protocol.anchors_first:
            if index in members:
                member = self.problem.protocol.nodes[index]
                self._aim(member, who)
                target = None if member.milestone else self.target[who, index]
                chosen = chooser.choose(index, target, self.kept[who, index])
                self._set(index, who, np.where(self.kept[who, index], self.day[who, index], chosen))

    def _set(self, node: int, who: Index, day: Days) -> None:
        self.day[who, node] = day
        moments = self._moments(node, who, day)
        self.early[who, node], self.late[who, node] = moments.early, moments.late

    def _moments(self, node: int, who: Index, day: Days) -> Moments:
        """The moments of chosen days; a booked day with a time of its own keeps that time."""
        timeline = self.problem.timeline
        early, late = np.zeros(len(who), np.int64), np.zeros(len(who), np.int64)
        for i, zone_ in enumerate(timeline.zones):
            rows = np.flatnonzero(timeline.zone_of[who] == i)
            at = moments_of(day[rows], self.problem.protocol.nodes[node].at, zone_)
            early[rows], late[rows] = at.early, at.late
        own = timeline.booked_timed[who, node] & (timeline.booked[who, node] == day)
        early = np.where(own, timeline.booked_early[who, node], early)
        late = np.where(own, timeline.booked_late[who, node], late)
        return Moments(day, early, late)

    def _aim(self, node: Node, people: Index | None = None) -> None:
        """The target of a visit, where its anchor stands or was chosen."""
        if node.anchor < 0:
            return
        timeline = self.problem.timeline
        who = np.arange(len(self.day)) if people is None else people
        above = self.problem.protocol.nodes[node.anchor]
        if above.anchor >= 0 and people is not None:
            self._aim(above, people)
        known = timeline.place[who, node.anchor] == Place.KNOWN
        carried = timeline.place[who, node.anchor] == Place.CARRIED
        chosen = (timeline.place[who, node.anchor] == Place.OPEN) & (
            self.day[who, node.anchor] < NONE
        )
        anchored = carried & (self.target[who, node.anchor] < NONE)
        for mask, source in (
            (known, (timeline.day, timeline.early, timeline.late)),
            (chosen, (self.day, self.early, self.late)),
        ):
            self._aim_from(node, who[mask], *(array[who[mask], node.anchor] for array in source))
        if anchored.any():
            rows = who[anchored]
            day = self.target[rows, node.anchor]
            stands = self._moments(node.anchor, rows, day)
            self._aim_from(node, rows, day, stands.early, stands.late)

    def _aim_from(self, node: Node, rows: Index, day: Days, early: Days, late: Days) -> None:
        timeline = self.problem.timeline
        for i, zone_ in enumerate(timeline.zones):
            here = np.flatnonzero(timeline.zone_of[rows] == i)
            if len(here):
                anchor = Moments(day[here], early[here], late[here])
                target = target_of(node, anchor, zone_)
                self.target[rows[here], node.index] = target.day
                self.target_early[rows[here], node.index] = target.early
                self.target_late[rows[here], node.index] = target.late

    def _others(self, domains: Domains, people: Index) -> None:
        """Optional visits and milestones, and visits without a stated window, given the rest."""
        if domains.variants is None:
            return
        owner = domains.variants.owner
        for index in self.problem.protocol.anchors_first:
            undone = owner.open[people, index] & ~owner.required[people, index]
            rows = people[undone & (self.day[people, index] == NONE)]
            if len(rows):
                self._other(owner, self.problem.protocol.nodes[index], rows)

    def _other(self, owner: Pass, node: Node, rows: Index) -> None:
        """The nearest (or earliest) day that spans, closed days and the chosen dates leave."""
        self._aim(node, rows)
        index = node.index
        low, high = self._around(owner, index, rows)
        hung = node.anchor >= 0
        ready = np.ones(len(rows), bool)
        if hung:
            ready = self.target[rows, index] < NONE
        booked = self.problem.timeline.booked[rows, index]
        for i, who in enumerate(rows):
            if not ready[i]:
                continue
            days = self._free(owner, node, int(who), int(low[i]), int(high[i]))
            if not len(days):
                continue
            if owner.worst and booked[i] in days:  # an undetermined schedule keeps no booking
                self.kept[who, index] = True
                chosen = booked[i]
            elif hung:
                target = self.target[who, index]
                chosen = days[np.argmin(np.abs(days - target) * 2 + (days > target))]
            else:
                chosen = days[0]
            self._set(index, np.array([who]), np.array([chosen]))

    def _free(self, owner: Pass, node: Node, who: int, low: int, high: int) -> Days:
        """The days of low..high that are open and that no span forbids."""
        if low > high:
            return np.zeros(0, np.int64)
        problem = self.problem
        days = np.arange(low, high + 1, dtype=np.int64)
        free = np.ones(len(days), bool)
        if not node.any_day:
            site = problem.site_open[problem.cohort.site[who]]
            free &= site[days - problem.first]
        _, place = owner.spans_of(node.index, np.array([who]))
        spans = owner.forbidden
        for one in place:
            free &= (days < spans.first[one]) | (days > spans.last[one])
        for one in np.flatnonzero((spans.participant == who) & (spans.other >= 0)).tolist():
            free &= self._pair_free(one, owner, who, node, days)
        return days[free]

    def _pair_free(self, one: int, owner: Pass, who: int, node: Node, days: Days) -> Flags:
        """Days of one end of a from..until rule that the chosen day of the other end leaves."""
        spans = owner.forbidden
        a, b, single = int(spans.node[one]), int(spans.other[one]), bool(spans.single[one])
        s, t = spans.other_first[one], spans.last[one]
        if node.index == a and self.day[who, b] < NONE:
            until = self.day[who, b]
            return np.asarray(~((days <= (min(t, until) if single else t)) & (s <= until)), bool)
        if node.index == b and self.day[who, a] < NONE:
            start = self.day[who, a]
            return np.asarray(~((start <= t) & (days >= (max(s, start) if single else s))), bool)
        return np.ones(len(days), bool)

    def _around(self, owner: Pass, index: int, rows: Index) -> tuple[Days, Days]:
        """The bounds on a node when all chosen days stand."""
        low, high = owner.low[rows, index].copy(), owner.high[rows, index].copy()
        for number, link in enumerate(self.problem.links):
            if index not in (link.start, link.end) or link.start == link.end:
                continue
            other = link.end if link.start == index else link.start
            if other >= self.day.shape[1]:
                continue
            bound = owner.edge[rows, number] & (self.day[rows, other] < NONE)
            for i in np.unique(self.problem.timeline.zone_of[rows[bound]]):
                some = np.flatnonzero(bound & (self.problem.timeline.zone_of[rows] == i))
                sides = link.sides(self.problem.timeline.zones[i], owner.worst)
                chosen = Moments(
                    *(array[rows[some], other] for array in (self.day, self.early, self.late))
                )
                mine = owner.moments(index, sides)
                if link.start == index:
                    least, most = bounds_on_start(sides, mine, chosen, self.problem.first)
                else:
                    least, most = bounds_on_end(sides, chosen, mine, self.problem.first)
                low[some], high[some] = np.maximum(low[some], least), np.minimum(high[some], most)
        return low, high


def _comes_first(one: Days, other: Days) -> Flags:
    """Row by row, whether the first sequence of prices is smaller at the first difference."""
    differs = one != other
    place = differs.argmax(1)
    rows = np.arange(len(one))
    return np.asarray(differs.any(1) & (one[rows, place] < other[rows, place]), bool)


class _Rows:
    """Choices over rows of which several may belong to one participant: they must agree."""

    def __init__(self, choices: Choices, who: Index, base: Days, span: tuple[int, int]) -> None:
        self.choices, self.base, self.span = choices, base, span
        _, self.of = np.unique(who, return_inverse=True)
        self.single = len(self.of) == self.of.max() + 1
        self.live = np.ones(len(who), bool)

    def keep(self, node: int, booked: Days) -> Flags:
        """Pin bookings that are still possible; which rows belong to such a participant."""
        within = (booked >= self.span[0]) & (booked <= self.span[1])
        place = np.where(within, booked + self.base, -1)
        fits = self.live & within & self.choices.allows(node, np.maximum(place, 0))
        if not fits.any():
            return fits
        agreed = np.zeros(self.of.max() + 1, bool)
        agreed[self.of[fits]] = True
        self.live &= fits | ~agreed[self.of]
        self.choices.pin(node, place, fits)
        return agreed[self.of]

    def choose(self, node: int, target: Days | None, kept: Flags) -> Days:
        """Choose a day for every participant: nearest to a target, or the earliest."""
        if target is None:
            day = self.choices.earliest(node)
            cost = day - self.base
        else:
            aim = np.where(target < NONE, target, 0) + self.base
            day = self.choices.nearest(node, aim)
            cost = 2 * np.abs(day - aim) + (day > aim)
        if not self.single:
            best = np.full(self.of.max() + 1, np.iinfo(np.int64).max)
            np.minimum.at(best, self.of[self.live], cost[self.live])
            chosen = np.zeros(len(best), np.int64)
            wins = self.live & (cost == best[self.of])
            chosen[self.of[wins]] = (day - self.base)[wins]
            day = np.where(kept, day, chosen[self.of] + self.base)
            self.live &= kept | self.choices.allows(node, day)
        self.choices.pin(node, day, self.live & ~kept)
        return day - self.base
