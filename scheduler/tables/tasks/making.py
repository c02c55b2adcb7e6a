"""The table of tasks: one row a participant and task, with its due day and what became of it.

Source: docs/contract.md; docs/semantics.md, section 5 (tasks).
"""

import numpy as np

from scheduler.arrays import Index, order
from scheduler.days import FAR
from scheduler.tables.bookings import rests_on
from scheduler.tables.columns import category_column, date_column, texts, times
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved
from scheduler.tables.tasks.anchors import DATED, Anchored, Anchors, anchors_of
from scheduler.tables.tasks.due import STATES, DueDays, due_days
from scheduler.wording.many_rows import Told, together, told
from scheduler.wording.tasks import TaskFacts, task_sentence

BASES = ("recorded", "recommended")


def task_parts(solved: Solved) -> list[tuple[Anchors, DueDays]]:
    """The dates that each task hangs on, and by when it is due."""
    anchors = [anchors_of(solved, item) for item in solved.protocol.task_items]
    return [(one, due_days(solved, one)) for one in anchors]


def tasks_frame(solved: Solved) -> Frame:
    """One row a participant and task, each unscheduled visit by itself: by when, and is it done?

    `due` is the last day that is in time whatever is not known, `due_last` the last one that may
    be. A recommended date gives a due day with the basis `recommended`.
    """
    parts = solved.made(task_parts)
    none = np.zeros(0, np.int64)
    who, item, kind, day, first, last, minute, done, state = (
        np.concatenate([none, *column])
        for column in (
            [a.participant for a, _ in parts],
            [np.full(len(a), a.item.index) for a, _ in parts],
            [a.kind for a, _ in parts],
            [np.where(np.isin(a.kind, DATED), a.first, FAR) for a, _ in parts],
            [d.first for _, d in parts],
            [d.last for _, d in parts],
            [d.minute for _, d in parts],
            [d.done for _, d in parts],
            [d.state for _, d in parts],
        )
    )
    words, place = together([_sentences(solved, *part) for part in parts])
    items = solved.protocol.task_items
    by, names = order(who, item, day), solved.names
    node = np.array([*(one.node for one in items), -1], np.int64)[item]
    listed, resting = solved.made(rests_on)
    booked = (node >= 0) & (kind == Anchored.BOOKED)
    rests = np.where(booked, resting[who, node], 0)
    labels = [one.label for one in items]
    return Frame(
        {
            "participant": names.participant(who[by]),
            "task": category_column(item[by], [one.name for one in items]),
            "label": texts(labels, item[by]),
            "owner": texts([one.task.owner for one in items], item[by]),
            "milestone": names.milestone(node[by]),
            "milestone_date": date_column(day[by]),
            "due": date_column(first[by]),
            "due_last": date_column(last[by]),
            "time": times(minute[by]),
            "done": date_column(done[by]),
            "state": category_column(state[by], STATES),
            "basis": category_column((kind[by] == Anchored.RECOMMENDED).astype(np.int64), BASES),
            "sentence": texts(words, place[by]),
            "rests_on": texts(listed, rests[by]),
        }
    )


def _sentences(solved: Solved, anchors: Anchors, due: DueDays) -> Told:
    """What each row says."""
    nodes, item = solved.protocol.nodes, anchors.item
    label = nodes[item.node].label if item.node >= 0 else "unscheduled visit"
    columns: list[Index] = [
        anchors.kind, anchors.first, anchors.last, due.first, due.last, due.minute, due.done,
        due.state, anchors.unsure.astype(np.int64),
    ]  # fmt: skip
    return told(
        columns,
        lambda some: [
            task_sentence(
                item, label,
                TaskFacts(
                    Anchored(kind).name.lower(), first, last, due_first, due_last, minute, done,
                    STATES[state], bool(unsure),
                ),
            )
            for kind, first, last, due_first, due_last, minute, done, state, unsure in zip(
                *(column[some].tolist() for column in columns), strict=True
            )
        ],
    )  # fmt: skip
