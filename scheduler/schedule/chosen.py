"""The days chosen so far for a schedule, their moments, and the targets that follow from them.

Source: docs/semantics.md, sections 4 and 6.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days
from scheduler.days.clocks import by_zone
from scheduler.engine.problem import Problem
from scheduler.protocol import Node
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.links import fixed_index, target_of
from scheduler.rules.moments import Moments, moments_in
from scheduler.rules.recorded import Place
from scheduler.schedule.order import parts
from scheduler.schedule.plain_steps import steps_of

NONE = FAR
# members are slow to look up, node by node
_KNOWN, _OPEN, _CARRIED = int(Place.KNOWN), int(Place.OPEN), int(Place.CARRIED)


class Chosen:
    """The day of every node, (participants, nodes), NONE where none is chosen.

    `early` and `late` are its instants, `kept` tells that it is the booked day. `target` is the
    target of a visit whose anchor stands or was chosen, with its two instants.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.clocked = problem.clocked
        shape = problem.timeline.state.shape
        self.day, self.early, self.late = (np.full(shape, NONE, np.int64) for _ in range(3))
        self.kept = np.zeros(shape, bool)
        self.target, self.target_early = (np.full(shape, NONE, np.int64) for _ in range(2))
        self.target_late = np.full(shape, -NONE, np.int64)
        # which targets follow from the days as they are, and what is counted from each node
        self.fresh = np.zeros(shape, bool)
        hanging: dict[int, set[int]] = {}
        for node in problem.protocol.nodes:
            if node.anchor >= 0:
                hanging.setdefault(node.anchor, set()).add(node.index)
        for index, bases in problem.timeline.carried.items():
            for base in bases:
                hanging.setdefault(base, set()).add(index)
        self._hanging = {base: np.array(sorted(found)) for base, found in hanging.items()}

    def set(self, node: int, who: Index, day: Days, kept: Flags | None = None) -> None:
        """Choose a day for a node of some participants; `kept`: it is their booking."""
        self.day[who, node] = day
        self._outdate(node, who)
        if self.clocked:
            moments = self.moments(node, who, day)
            self.early[who, node], self.late[who, node] = moments.early, moments.late
        if kept is not None:
            self.kept[who, node] = kept

    def take_back(self, node: int, who: Index) -> None:
        """Take back the choice for one node."""
        self.day[who, node], self.early[who, node], self.late[who, node] = NONE, NONE, NONE
        self.target[who, node], self.fresh[who, node] = NONE, False
        self._outdate(node, who)

    def _outdate(self, node: int, who: Index) -> None:
        """Note that what is counted from a node has to be counted again."""
        if node in self._hanging:
            self.fresh[np.ix_(who, self._hanging[node])] = False

    def clear(self, who: Index) -> None:
        """Take back all choices of some participants."""
        self.day[who], self.early[who], self.late[who] = NONE, NONE, NONE
        self.kept[who], self.target[who], self.fresh[who] = False, NONE, False

    def replace_rows(self, who: Index, other: "Chosen") -> None:
        """Take all choices of some participants from another one."""
        names = ("day", "early", "late", "kept", "target", "target_early", "target_late", "fresh")
        for name in names:
            getattr(self, name)[who] = getattr(other, name)[who]

    def finish(self) -> None:
        """Fill in the targets that were not needed while choosing."""
        everyone, nodes = np.arange(len(self.day)), self.problem.protocol.nodes
        visits = [i for i in self.problem.protocol.anchors_first if not nodes[i].milestone]
        for some in parts(visits, len(everyone)):
            self.aim_together(some, everyone)
        for index in visits:
            self.aim(nodes[index], everyone)

    def standing(self) -> Moments:
        """All chosen days, with their instants, which nothing may ever ask for."""
        if self.clocked:
            return Moments(self.day, self.early, self.late)
        problem, day = self.problem, self.day
        return Moments.planned(day, lambda: _instants(problem, day))

    def moments(self, node: int, who: Index, day: Days, booked: bool = True) -> Moments:
        """The moments of days; with `booked` a booked day keeps the time of its booking."""
        timeline, at = self.problem.timeline, self.problem.protocol.nodes[node].at
        found = moments_in(timeline.zones, timeline.zone_of[who], day, at)
        if not (booked and timeline.booked_timed[:, node].any()):
            return found
        own = timeline.booked_timed[who, node] & (timeline.booked[who, node] == day)
        early, late = timeline.booked_early[who, node], timeline.booked_late[who, node]
        return Moments(day, early, late).where(own, found)

    def usual(self, node: Node, who: Index) -> Days:
        """The days that usual intervals before a milestone lead to; NONE where there is none.

        The first gap that applies and whose start stands or was chosen counts.
        """
        found = np.full(len(who), NONE)
        problem, timeline = self.problem, self.problem.timeline
        for gap in reversed(problem.protocol.usual_gaps.get(node.name, ())):
            assert gap.usual is not None
            start = fixed_index(problem.protocol, gap.start)
            count = len(problem.protocol.nodes)
            if start >= count:
                study = problem.protocol.study
                day = np.full(len(who), study.first_day if start == count else study.last_day)
            else:
                known = timeline.on_one_day[who, start]
                day = np.where(known, timeline.day[who, start], self.day[who, start])
            verdict = applies(gap.only, problem.cohort.attributes, len(self.day))[who]
            rows = np.flatnonzero((day < NONE) & (verdict == Applies.YES))
            for zone, some in timeline.by_zone(who[rows], gap.usual.works):
                here = rows[some]
                found[here] = gap.usual.forward(day[here], None, zone.working)
        return found

    def aim(self, node: Node, who: Index) -> Days:
        """The target days of a visit, where its anchor stands or was chosen (else NONE).

        Those of a milestone are the usual ones.
        """
        if node.milestone:
            return self.usual(node, who)
        stale = who[~self.fresh[who, node.index]]
        if len(stale):
            for step, rows in reversed(self._steps(node, stale)):
                self._aim(step, rows)
        return np.asarray(self.target[who, node.index], np.int64)

    def aim_together(self, nodes: Sequence[int], who: Index) -> None:
        """Count targets of several nodes at once, those whose steps are plain, for `aim`."""
        if len(nodes) < 2:
            return
        steps, timeline = self.problem.protocol.made(steps_of), self.problem.timeline
        some = np.array(nodes, np.int64)
        some = some[steps.target.plain[some]]
        rows, node = np.tile(who, len(some)), np.repeat(some, len(who))
        anchor = steps.anchor[node]
        place = timeline.place[rows, anchor]
        stale = np.flatnonzero(~self.fresh[rows, node] & (place != _CARRIED))
        rows, node, anchor, place = rows[stale], node[stale], anchor[stale], place[stale]
        day = np.where(place == _OPEN, self.day[rows, anchor], NONE)
        day = np.where(timeline.on_one_day[rows, anchor], timeline.day[rows, anchor], day)
        self.fresh[rows, node] = True
        has = np.flatnonzero(day < NONE)
        node = node[has]
        self.target[rows[has], node] = steps.target.leads(node, day[has])

    def _steps(self, node: Node, who: Index) -> list[tuple[Node, Index]]:
        """The node, and above it those that stand in for whom their target is not known yet."""
        steps, place = [(node, who)], self.problem.timeline.place
        while node.anchor >= 0 and len(who):
            who = who[(place[who, node.anchor] == _CARRIED) & ~self.fresh[who, node.anchor]]
            node = self.problem.protocol.nodes[node.anchor]
            steps.append((node, who))
        return steps

    def _aim(self, node: Node, who: Index) -> None:
        """Count the targets of a visit from its anchor."""
        if node.anchor < 0 or not len(who):
            return
        self.fresh[who, node.index] = True
        timeline = self.problem.timeline
        place = timeline.place[who, node.anchor]
        rows = who[timeline.on_one_day[who, node.anchor]]
        if len(rows):
            self._from(node, rows, timeline.known(rows, node.anchor))
        rows = who[(place == _OPEN) & (self.day[who, node.anchor] < NONE)]
        if len(rows):
            anchor = node.anchor
            self._from(node, rows, Moments.planned(
                self.day[rows, anchor],
                lambda: (self.early[rows, anchor], self.late[rows, anchor]),
            ))  # fmt: skip
        rows = who[place == _CARRIED]
        if len(rows):
            day = self.target[rows, node.anchor]
            rows, day = rows[day < NONE], day[day < NONE]
            stands = Moments(day, day, day)  # its instants matter to a timed visit only
            if node.timed:
                stands = self.moments(node.anchor, rows, day, booked=False)
            self._from(node, rows, stands)

    def _from(self, node: Node, who: Index, anchor: Moments) -> None:
        if not node.timed:
            for zone_, some in self.problem.timeline.by_zone(who, node.target.works):
                day = node.target.day_from(anchor.day[some], zone_.working)
                self.target[who[some], node.index] = day
            return
        for i, rows in by_zone(self.problem.timeline.zone_of[who]):
            if len(rows):
                zone_ = self.problem.timeline.zones[i]
                target = target_of(node, anchor.take(rows), zone_)
                self.target[who[rows], node.index] = target.day
                self.target_early[who[rows], node.index] = target.early
                self.target_late[who[rows], node.index] = target.late

    def clock(self) -> Days:
        """For visits timed in hours the local minute of the target, where its day was chosen."""
        clock = np.full(self.day.shape, -1, np.int64)
        timeline = self.problem.timeline
        exact = (self.target_early == self.target_late) & (self.target == self.day)
        for node in self.problem.protocol.nodes:
            if node.timed:
                who = np.flatnonzero(exact[:, node.index])
                for i, rows in by_zone(self.problem.timeline.zone_of[who]):
                    early = self.target_early[who[rows], node.index]
                    clock[who[rows], node.index] = timeline.zones[i].minute(early)
        return clock


def _instants(problem: Problem, chosen: Days) -> tuple[Days, Days]:
    """The instants of all chosen days, those of one time of day at once."""
    timeline, nodes = problem.timeline, problem.protocol.nodes
    every_early, every_late = (np.full(chosen.shape, NONE, np.int64) for _ in range(2))
    for at in dict.fromkeys(node.at for node in nodes):
        here = np.array([node.at == at for node in nodes], bool)
        who, node = np.nonzero((chosen < NONE) & here)
        day = chosen[who, node]
        moments = moments_in(timeline.zones, timeline.zone_of[who], day, at)
        own = timeline.booked_timed[who, node] & (timeline.booked[who, node] == day)
        if own.any():  # a booked day keeps the time of its booking
            early, late = timeline.booked_early[who, node], timeline.booked_late[who, node]
            moments = Moments(day, early, late).where(own, moments)
        every_early[who, node], every_late[who, node] = moments.early, moments.late
    return every_early, every_late
