"""Bookings of optional nodes: kept like any other, as long as they fit those before them.

Source: docs/semantics.md, section 6; docs/decisions/0006-order-of-the-recommended-schedule.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR
from scheduler.engine.domains import Domains, solve_pass
from scheduler.engine.passes import Pass, with_anchors
from scheduler.engine.problem import Problem
from scheduler.schedule.chosen import Chosen


@dataclass(frozen=True)
class Steered:
    """The exact days of those who have an optional node booked on a permitted day.

    `loose` are those for whom a kept booking needs an optional node that is not booked itself.
    """

    domains: Domains
    loose: Index


def with_bookings(problem: Problem, domains: Domains, wanted: Flags) -> Steered | None:
    """The days that bookings of optional nodes leave, for those wanted who have such a booking.

    In the file's order every booking on a day of the pass is kept that fits those kept before it;
    what is kept is fixed, and an optional node that is kept is needed by the schedule.
    """
    if domains.variants is None:
        return None
    owner, booked = domains.variants.owner, problem.timeline.booked
    asked = owner.open & (booked < FAR) & wanted[:, None]
    people = np.flatnonzero((asked & ~owner.required).any(1))
    fits = np.zeros_like(owner.open)
    for node in problem.protocol.nodes if len(people) else ():
        rows = people[asked[people, node.index]]
        if len(rows) and (node.milestone or node.windowed):
            days = domains.days.runs_of(node.index, rows)
            on = days.holds(np.arange(len(rows)), booked[rows, node.index])
            fits[rows[on], node.index] = True
    people = np.flatnonzero((fits & ~owner.required).any(1))
    if not len(people):
        return None
    left, fixed = _Keeper(problem, owner).kept(fits, people)
    assert left.variants is not None
    needed = left.variants.owner.required & ~owner.required & ~fixed
    return Steered(left, people[needed[people].any(1)])


def choose_around(chosen: Chosen, steered: Steered) -> None:
    """Choose the optional nodes of those with loose ones, all in the file's order.

    What a kept booking needs must stay possible, so every choice is made on exact days.
    """
    variants, nodes = steered.domains.variants, chosen.problem.protocol.nodes
    if variants is None or not len(steered.loose):
        return
    owner = variants.owner
    order = [i for i in chosen.problem.protocol.anchors_first if not nodes[i].required]
    order = [i for i in order if nodes[i].milestone or nodes[i].windowed]
    for index in order:
        chosen.take_back(index, steered.loose[~chosen.kept[steered.loose, index]])
    for index in order:
        people = steered.loose[owner.open[steered.loose, index]]
        people = people[chosen.day[people, index] >= FAR]
        if nodes[index].anchor >= 0:
            people = people[chosen.aim(nodes[index], people) < FAR]
        if len(people):
            _choose_one(chosen, owner, index, people)


def _choose_one(chosen: Chosen, owner: Pass, index: int, people: Index) -> None:
    node, stands = chosen.problem.protocol.nodes[index], chosen.day < FAR
    needed = stands.copy()
    with_anchors(owner, needed, index, people)
    domains = solve_pass(owner.derived(people, needed, chosen.day, stands))
    people = people[domains.alive[people]]
    days = domains.days[index]
    target = chosen.aim(node, people)
    aimed = target < FAR
    target = np.where(aimed, target, 0)
    after, before = days.snap_up(people, target), days.snap_down(people, target)
    earlier = aimed & (before >= 0) & ((after >= FAR) | (target - before <= after - target))
    chosen.set(index, people, np.where(earlier, before, after))


class _Keeper:
    def __init__(self, problem: Problem, owner: Pass) -> None:
        self.problem, self.owner = problem, owner

    def kept(self, fits: Flags, people: Index) -> tuple[Domains, Flags]:
        """The days that are left when bookings are kept in the file's order, and which are."""
        fixed = np.zeros_like(fits)
        for index in np.flatnonzero(fits[people].any(0)).tolist():
            rows = people[fits[people, index]]
            # the first booking of a participant fits: its day is a permitted one
            trial = rows[fixed[rows].any(1)]
            fixed[rows, index] = True
            if len(trial):
                alive = self._solve(fixed, trial).alive[trial]
                fixed[trial[~alive], index] = False
        return self._solve(fixed, people), fixed

    def _solve(self, fixed: Flags, people: Index) -> Domains:
        needed = np.zeros_like(fixed)
        for index in np.flatnonzero(fixed[people].any(0)).tolist():
            with_anchors(self.owner, needed, index, people[fixed[people, index]])
        booked = self.problem.timeline.booked
        return solve_pass(self.owner.derived(people, needed, booked, fixed))
