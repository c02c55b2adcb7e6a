"""The recorded and booked dates alone: what calendars rest on, whatever day the plan is made.

Unlike the recommended schedule, a booking counts here also where the plan cannot keep it and
after its day has passed: it is the appointment that people go by.
Source: docs/calendars.md; docs/semantics.md, section 5.
"""

from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days
from scheduler.engine import Problem
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule
from scheduler.schedule.windows_left import StandingDates


@dataclass(frozen=True)
class Appointments:
    """The standing bookings as arrays (participants, nodes), and what they mean for other nodes.

    `minute` is the booked time of the day, else the protocol's where the day has it, else -1.
    `schedule` holds the bookings of open nodes and nothing else, `dates` the recorded dates too.
    """

    stands: Flags
    day: Days
    minute: Index
    schedule: Schedule
    dates: StandingDates


def appointments(problem: Problem, recommended: Schedule) -> Appointments:
    """Which bookings stand, and which dates are known when nothing recommended counts?"""
    timeline = problem.timeline
    over = np.isin(timeline.state, (State.DONE, State.MISSED, State.CLOSED))
    stands = (timeline.booked < FAR) & ~over
    early, late, minute = _moments(problem, stands)
    counts = stands & (timeline.state == State.OPEN)
    day = np.where(counts, timeline.booked, FAR)
    schedule = replace(
        recommended,
        moments=Moments(day, np.where(counts, early, FAR), np.where(counts, late, FAR)),
        kept=counts,
    )
    known = timeline.on_one_day
    dates = StandingDates(
        Moments(
            np.where(known, timeline.day, day),
            np.where(known, timeline.early, schedule.early),
            np.where(known, timeline.late, schedule.late),
        ),
        known | counts,
    )
    return Appointments(stands, timeline.booked, minute, schedule, dates)


def _moments(problem: Problem, stands: Flags) -> tuple[Days, Days, Index]:
    """The moments of standing bookings, and their clock times."""
    timeline = problem.timeline
    early, late = timeline.booked_early.copy(), timeline.booked_late.copy()
    minute = timeline.booked_minute.copy()
    for node in problem.protocol.nodes:
        untimed = stands[:, node.index] & ~timeline.booked_timed[:, node.index]
        for i, zone in enumerate(timeline.zones):
            rows = np.flatnonzero(untimed & (timeline.zone_of == i))
            day = timeline.booked[rows, node.index]
            found = moments_of(day, node.at, zone)
            early[rows, node.index], late[rows, node.index] = found.early, found.late
            if node.at is not None and len(rows):
                exists = zone.at(day, node.at)[2]
                minute[rows, node.index] = np.where(exists, node.at, -1)
    return early, late, minute
