"""The tasks that calendars show, each on the day by which it is due.

A task that hangs on a recorded or booked date stands there from then on, done or not: that it is
late is what the worklist tells. Source: docs/calendars.md.
"""

from collections.abc import Iterator

import numpy as np

from scheduler.days import FAR, clock_text, iso
from scheduler.protocol import UNSCHEDULED
from scheduler.tables.solved import Solved
from scheduler.tables.tasks.anchors import DATED, Anchored, Anchors
from scheduler.tables.tasks.due import DueDays
from scheduler.tables.tasks.making import task_parts
from scheduler.wording.tasks import task_text


def task_rows(solved: Solved) -> Iterator[dict[str, object]]:
    """Which tasks are due on which day? Those on recommended dates are marked so."""
    for anchors, due in solved.made(task_parts):
        dated = np.isin(anchors.kind, DATED) & (due.first < FAR)
        for row in np.flatnonzero(dated).tolist():
            yield _row(solved, anchors, due, row)


def _row(solved: Solved, anchors: Anchors, due: DueDays, row: int) -> dict[str, object]:
    item, nodes = anchors.item, solved.protocol.nodes
    node = nodes[item.node].name if item.node >= 0 else UNSCHEDULED
    minute, day = int(due.minute[row]), int(due.first[row])
    rests = item.task.basis
    return {
        "participant": str(solved.cohort.ids[anchors.participant[row]]), "kind": "task",
        "node": node, "event": item.name, "task": item.label, "first": day, "last": day,
        "time": clock_text(minute) if minute >= 0 else None,
        "status": "done" if due.done[row] < FAR else "open",
        "assumption": bool(rests.assumption), "source": str(rests.source or ""),
        "undetermined": bool(anchors.unsure[row] or due.first[row] != due.last[row]),
        "sentence": task_text(item, nodes[item.node].label if item.node >= 0 else ""),
        "basis": "recommended" if anchors.kind[row] == Anchored.RECOMMENDED else "recorded",
        "occurrence": "" if item.node >= 0 else iso(int(anchors.first[row])),
    }  # fmt: skip
