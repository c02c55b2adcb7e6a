"""The dates of earlier attempts at screening: what stands as history and is planned no more.

Source: docs/semantics.md, section 5 (screened again).
"""

import numpy as np

from scheduler.arrays import order
from scheduler.tables.columns import category_column, date_column, integer_column, texts, times
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved

STATUSES = ("done", "booked", "missed", "cancelled")  # in the order of Status


def attempts_frame(solved: Solved) -> Frame:
    """One row a recorded date of an earlier attempt, by participant, attempt and day."""
    found, protocol = solved.cohort.earlier, solved.protocol
    by = order(found.participant, found.attempt, found.day, found.node, found.row)
    nodes, tasks = protocol.nodes, protocol.task_items
    names = [*(node.name for node in nodes), *(task.name for task in tasks)]
    labels = [*(node.label for node in nodes), *(task.label for task in tasks)]
    return Frame(
        {
            "participant": solved.names.participant(found.participant[by]),
            "attempt": integer_column(found.attempt[by], np.ones(len(by), bool)),
            "milestone": texts(names, found.node[by]),
            "label": texts(labels, found.node[by]),
            "date": date_column(found.day[by]),
            "time": times(found.minute[by]),
            "status": category_column(found.status[by], STATUSES),
        }
    )
