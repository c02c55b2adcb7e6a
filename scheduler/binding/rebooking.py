"""A cohort with other bookings than are recorded: what if this took place at that time?"""

from dataclasses import fields, replace

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.binding.cohort import Cohort, RecordedDates, Status
from scheduler.days import Days
from scheduler.days.clocks import zone

_NO_ROW = -1  # a supposed booking stands in no row of the study


def rebooked(
    cohort: Cohort, who: Index, node: Index, day: Days, minute: Days
) -> tuple[Cohort, Flags]:
    """The cohort with nodes booked at other times, and which of these times exist.

    Each booking takes the place of the one that the node had. A time that the site's clocks skip
    on that day is not booked.
    """
    early, late, exists = (np.zeros(len(who), kind) for kind in (np.int64, np.int64, bool))
    for site in distinct_numbers(cohort.site[who]).tolist():
        rows = np.flatnonzero(cohort.site[who] == site)
        own = zone(cohort.sites[site].timezone)
        early[rows], late[rows], exists[rows] = own.at(day[rows], minute[rows])
    dates, wide = cohort.dates, int(max(node.max(initial=0), cohort.dates.node.max(initial=0))) + 2
    ended = np.isin(dates.participant * wide + dates.node, who * wide + node)
    kept = ~(ended & (dates.status == Status.BOOKED))
    told = np.flatnonzero(exists)
    booked = np.full(len(told), int(Status.BOOKED))
    added = RecordedDates(
        who[told], node[told], day[told], minute[told], early[told], late[told], booked,
        np.full(len(told), _NO_ROW),
    )  # fmt: skip
    columns = {
        column.name: np.concatenate(
            [getattr(dates, column.name)[kept], getattr(added, column.name)]
        )
        for column in fields(RecordedDates)
    }
    return replace(cohort, dates=RecordedDates(**columns)), exists
