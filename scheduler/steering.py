"""Bookings of optional nodes: kept like any other, as long as they fit those before them.

Source: docs/semantics.md, section 6; docs/decisions/0006-order-of-the-recommended-schedule.md.
"""

import numpy as np

from scheduler.cohort import Flags, Index
from scheduler.days import FAR
from scheduler.domains import Domains, with_anchors
from scheduler.passes import Pass
from scheduler.problem import Problem


def with_bookings(problem: Problem, permitted: Domains) -> Domains | None:
    """The exact days of those who have an optional node booked on a permitted day.

    In the file's order every booking on a permitted day is kept that fits those kept before it;
    what is kept is fixed, and an optional node that is kept is needed by the schedule.
    """
    if permitted.variants is None:
        return None
    owner, nodes = permitted.variants.owner, problem.protocol.nodes
    booked = problem.timeline.booked
    fits = np.zeros_like(owner.open)
    for node in nodes:
        if node.milestone or node.windowed:
            rows = np.flatnonzero(owner.open[:, node.index] & (booked[:, node.index] < FAR))
            on = permitted.days[node.index].holds(rows, booked[rows, node.index])
            fits[rows[on], node.index] = True
    fits &= permitted.alive[:, None]
    people = np.flatnonzero((fits & ~owner.required).any(1))
    if not len(people):
        return None
    return _Keeper(problem, owner).kept(fits, people)


class _Keeper:
    def __init__(self, problem: Problem, owner: Pass) -> None:
        self.problem, self.owner = problem, owner

    def kept(self, fits: Flags, people: Index) -> Domains:
        """The days that are left when the bookings of some people are kept, in the file's order."""
        fixed = np.zeros_like(fits)
        for index in np.flatnonzero(fits[people].any(0)).tolist():
            rows = people[fits[people, index]]
            # the first booking of a participant fits: its day is a permitted one
            trial = rows[fixed[rows].any(1)]
            fixed[rows, index] = True
            if len(trial):
                alive = self._solve(fixed, trial).alive[trial]
                fixed[trial[~alive], index] = False
        return self._solve(fixed, people)

    def _solve(self, fixed: Flags, people: Index) -> Domains:
        needed = np.zeros_like(fixed)
        for index in np.flatnonzero(fixed[people].any(0)).tolist():
            with_anchors(self.owner, needed, index, people[fixed[people, index]])
        booked = self.problem.timeline.booked
        return self.owner.derived(people, needed, booked, fixed).solve()
