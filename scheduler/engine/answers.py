"""The three answers: permitted, undetermined, blocked.

Source: docs/semantics.md, section 1.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from scheduler.arrays import Flags
from scheduler.days import FAR
from scheduler.engine.domains import Domains, solve_pass
from scheduler.engine.found_days import FoundDays
from scheduler.engine.passes import Pass
from scheduler.engine.problem import Problem
from scheduler.rules.conditions import Applies
from scheduler.rules.recorded import State


@dataclass(frozen=True)
class Answer:
    """The permitted and undetermined days of all open nodes; the other days are blocked."""

    permitted: Domains
    possible: Domains
    undetermined: FoundDays


def answer(problem: Problem) -> Answer:
    """Solve both passes; the second one only for participants whom something uncertain touches."""
    permitted = solve_pass(Pass(problem, cautious=True))
    undetermined = may_differ(problem)
    days = FoundDays(problem.site_base, permitted.days)
    if not undetermined.any():
        return Answer(permitted, permitted, days)
    people = np.flatnonzero(undetermined)
    second = solve_pass(Pass(problem.hopeful, cautious=False, people=people))
    days.add(days, partial(second.days.less, permitted.days, people))
    alive = np.where(undetermined, second.alive, permitted.alive)
    possible = Domains(second.days, alive, second.groups, second.variants)
    return Answer(permitted, possible, days)


def may_differ(problem: Problem) -> Flags:
    """The participants for whom the two passes can differ."""
    spans, timeline = problem.spans, problem.timeline
    undetermined_gap = (problem.gap_applies == Applies.UNKNOWN).any(1)
    undetermined = np.asarray(timeline.undetermined.any(1) | undetermined_gap, bool)
    undetermined |= (timeline.earliest < FAR).any(1)
    undetermined[spans.participant[_differs(problem)]] = True
    if problem.clocked:
        undetermined[:] = True
    return undetermined


def _differs(problem: Problem) -> Flags:
    """Which spans forbid other days to an open node in one pass than in the other."""
    spans = problem.spans
    first, last = np.maximum(spans.first, problem.first), np.minimum(spans.last, problem.last)
    other_days = np.maximum(spans.certain_first, problem.first) != first
    other_days |= np.minimum(spans.certain_last, problem.last) != last
    state = problem.timeline.state[spans.participant, spans.node]
    days = (first <= last) & (state == State.OPEN) & (~spans.certain | other_days)
    pairs = (spans.other >= 0) & (
        ~spans.certain | other_days | (spans.other_first != spans.other_certain)
    )
    return np.asarray(spans.possible & (days | pairs), bool)
