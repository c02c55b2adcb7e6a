"""The dates that stand: recorded ones and bookings, whatever the rules say of them.

A booking is what people go by. So it counts for everything that rests on dates, also where it is
not permitted and until somebody records what became of it. What is suggested instead of a booking
is the recommended schedule itself.
Source: docs/semantics.md, section 5; docs/decisions/0014-standing-permitted-suggested.md.
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR
from scheduler.days.clocks import Instants
from scheduler.engine import Answer, Pass, Problem
from scheduler.rules.moments import Moments
from scheduler.rules.recorded import State
from scheduler.schedule.chosen import Chosen
from scheduler.schedule.optional_nodes import choose_outside
from scheduler.schedule.recommending import Schedule
from scheduler.schedule.windows_left import StandingDates


def standing_bookings(problem: Problem) -> Flags:
    """Which open nodes have a booking, (participants, nodes); one set to another day has none."""
    timeline = problem.timeline
    stands = (timeline.booked < FAR) & (timeline.state == State.OPEN)
    if problem.pins is not None:
        stands &= (problem.pins >= FAR) | (problem.pins == timeline.booked)
    return np.asarray(stands, bool)


def standing_schedule(problem: Problem, answer: Answer, recommended: Schedule) -> Schedule:
    """Every booking on its own day, and beside it one day for each node that has none.

    Who has no booking that fails keeps the recommended schedule. For the others each node takes
    the day nearest to its target (or the earliest) that rules, closed days and the dates that
    stand leave, of its permitted or else undetermined days; where none is left it has no day.
    """
    booked = standing_bookings(problem)
    stands = np.where(booked, problem.timeline.booked, FAR)
    if problem.pins is not None:  # a day that was set stands like a booking
        stands = np.where(
            problem.timeline.state == State.OPEN, np.minimum(stands, problem.pins), FAR
        )
    people = np.flatnonzero((booked & ~recommended.kept).any(1))
    if not len(people):
        return recommended
    chosen = Chosen(problem)
    others = np.ones(len(booked), bool)
    others[people] = False
    for index in range(booked.shape[1]):
        day = np.where(others, recommended.day[:, index], stands[:, index])
        who = np.flatnonzero(day < FAR)
        kept = np.where(others, recommended.kept[:, index], booked[:, index])
        chosen.set(index, who, day[who], kept[who])
    _fill(chosen, answer, people)
    chosen.finish()
    return Schedule(
        chosen.standing(), recommended.undetermined, chosen.target, chosen.clock(), chosen.kept
    )


def _fill(chosen: Chosen, answer: Answer, people: Index) -> None:
    """Days for the nodes of these people that have no booking, none of them blocked."""
    problem = chosen.problem
    for cautious, days, some in (
        (True, answer.permitted.days, answer.permitted.alive[people]),
        (False, answer.possible.days, ~answer.permitted.alive[people]),
    ):
        who = people[some]
        if len(who):
            choose_outside(chosen, Pass(problem, cautious, who), who, days)


def standing_dates(problem: Problem, schedule: Schedule) -> StandingDates:
    """The dates that windows and duties rest on: recorded, booked and recommended."""
    timeline = problem.timeline
    chosen = schedule.day < FAR
    known = timeline.on_one_day
    day = np.where(known, timeline.day, np.where(chosen, schedule.day, FAR))

    def instants() -> tuple[Instants, Instants]:
        early, late = (
            np.where(known, own, np.where(chosen, planned, FAR))
            for own, planned in ((timeline.early, schedule.early), (timeline.late, schedule.late))
        )
        return early, late

    return StandingDates(Moments.planned(day, instants), known | schedule.kept)
