"""The three answers: permitted, undetermined, blocked.

Source: docs/semantics.md, section 1.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scheduler.attributes import Applies
from scheduler.cohort import Flags
from scheduler.domains import Domains
from scheduler.found_days import FoundDays
from scheduler.passes import Pass
from scheduler.problem import Problem


@dataclass(frozen=True)
class Answer:
    """The permitted and undetermined days of all open nodes; the other days are blocked."""

    permitted: Domains
    possible: Domains
    undetermined: FoundDays


def answer(problem: Problem) -> Answer:
    """Solve both passes; the second one only for participants whom something uncertain touches."""
    permitted = Pass(problem, worst=True).solve()
    unsure = _unsure(problem)
    days = FoundDays(problem.site_base, permitted.days)
    if not unsure.any():
        return Answer(permitted, permitted, days)
    people = np.flatnonzero(unsure)
    second = Pass(problem, worst=False, people=people).solve()
    for node in days:
        days.add(node, partial(second.days.less, node, permitted.days, people))
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
    if problem.clocked:
        unsure[:] = True
    return unsure
