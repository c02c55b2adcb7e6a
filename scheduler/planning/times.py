"""Dates with a time of the day, supposed as bookings: a clock time decides where rules count hours.

Nothing here loads pandas, so that one question does not wait for it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scheduler.binding.cohort import Cohort
from scheduler.binding.rebooking import rebooked
from scheduler.engine import answer, build_problem
from scheduler.errors import NotFound
from scheduler.tables.solved import Solved
from scheduler.wording.rules import day_text


def at_time(solved: Solved, who: int, node: int, day: int, minute: int) -> Solved:
    """One participant alone, with a node booked at a time: may it happen then?

    Raises: NotFound for a time that the site's clocks skip on that day.
    """
    person = np.array([who])
    cohort = at_times(solved.cohort.repeat(person)[0], [(0, node, day, minute)])
    pins = None if solved.problem.pins is None else solved.problem.pins[person]
    problem = build_problem(solved.protocol, cohort, solved.problem.as_of, solved.strict, pins)
    problem.tables.update(solved.problem.tables)
    return replace(solved, cohort=cohort, problem=problem, answer=answer(problem))


def at_times(cohort: Cohort, timed: Sequence[tuple[int, int, int, int]]) -> Cohort:
    """A cohort with bookings at these times: participant, node, day and minute."""
    if not timed:
        return cohort
    who, node, day, minute = np.array(timed, np.int64).T
    found, exists = rebooked(cohort, who, node, day, minute)
    for row in np.flatnonzero(~exists).tolist():
        raise NotFound(f"{day_text(int(day[row]), int(minute[row]))}: the site's clocks skip it")
    return found
