"""Unscheduled visits that are done or booked: the one place that says which of them stand.

They bind nothing, any number may stand, and several of one participant share a name and perhaps a
day. Source: docs/semantics.md, section 5.
"""

import numpy as np

from scheduler.arrays import order
from scheduler.binding.cohort import Status
from scheduler.protocol import UNSCHEDULED
from scheduler.tables.columns import category_column, date_column, times
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved

DONE, BOOKED, PAST = range(3)
STATES = ("done", "booked", "past")
STANDING = ("booked", "past")  # those that are still bookings


def unscheduled_frame(solved: Solved) -> Frame:
    """One row an unscheduled visit that is done or booked, by participant, day and time.

    `past` is one that was booked for a day before `as_of`. Of those who have left only what was
    done stays.
    """
    dates, as_of = solved.cohort.dates, solved.problem.as_of
    done, booked = dates.status == Status.DONE, dates.status == Status.BOOKED
    shown = done | (booked & ~np.asarray(solved.cohort.ended, bool)[dates.participant])
    rows = np.flatnonzero((dates.node < 0) & shown)
    rows = rows[order(dates.participant[rows], dates.day[rows], dates.minute[rows])]
    who, day = dates.participant[rows], dates.day[rows]
    state = np.where(done[rows], DONE, np.where(day < as_of, PAST, BOOKED))
    return Frame(
        {
            "participant": solved.names.participant(who),
            "milestone": category_column(np.zeros(len(rows), np.int64), (UNSCHEDULED,)),
            "date": date_column(day),
            "time": times(dates.minute[rows]),
            "state": category_column(state, STATES),
        }
    )
