"""The dates that tasks hang on: recorded, booked, recommended, bounded, or not there at all.

Source: docs/semantics.md, section 5 (tasks).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Status
from scheduler.days import FAR, Days
from scheduler.days.clocks import Instants
from scheduler.protocol import TaskItem
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.recorded import State
from scheduler.tables.solved import Solved


class Anchored(IntEnum):
    """What kind of date a task hangs on."""

    DONE = 0
    BOOKED = 1
    RECOMMENDED = 2
    UNRECORDED = 3  # it took place, on some day of first..last
    DOUBTED = 4  # it may have taken place, on some day of first..last
    NONE = 5
    GONE = 6  # it will not take place: missed, or the participant has left


DATED = (Anchored.DONE, Anchored.BOOKED, Anchored.RECOMMENDED)
CERTAIN = (Anchored.DONE, Anchored.BOOKED, Anchored.UNRECORDED)


@dataclass(frozen=True)
class Anchors:
    """One row a participant and task: where the date lies (FAR: nowhere), and who has done it.

    Instants as in `Recorded`: of a day without a clock time they are its two ends. `unsure` marks
    rows of whom it is not known whether the task is for them; `done_row` is a place among the
    recorded tasks, -1 where it is not done.
    """

    item: TaskItem
    participant: Index
    kind: Index  # of Anchored
    first: Days
    last: Days
    early: Instants
    late: Instants
    unsure: Flags
    done_row: Index

    def __len__(self) -> int:
        return len(self.participant)


def anchors_of(solved: Solved, item: TaskItem) -> Anchors:
    """Whom a task is for, and the date that it hangs on."""
    return _of_unscheduled(solved, item) if item.node < 0 else _of_node(solved, item)


def _of_node(solved: Solved, item: TaskItem) -> Anchors:
    node, timeline, count = item.node, solved.problem.timeline, len(solved.cohort)
    verdict = applies(item.task.only, solved.cohort.attributes, count)
    state = timeline.state[:, node]
    done_row = np.full(count, -1, np.int64)
    tasks = solved.cohort.tasks
    mine = np.flatnonzero(tasks.item == item.index)
    done_row[tasks.participant[mine]] = mine
    theirs = (verdict != Applies.NO) & (state != State.ABSENT)
    rows = np.flatnonzero(theirs | (done_row >= 0))
    kind, day = _kinds(solved, node), solved.standing.day[:, node]
    kind[~theirs] = Anchored.NONE
    recorded, open_ = kind == Anchored.DONE, state == State.OPEN
    between = (kind == Anchored.UNRECORDED) | (kind == Anchored.DOUBTED)
    dated = [np.full(count, FAR, np.int64) for _ in range(4)]
    chosen = solved.standing
    columns = (
        (recorded, (timeline.day, timeline.day, timeline.early, timeline.late)),
        (open_ & (day < FAR), (chosen.day, chosen.day, chosen.early, chosen.late)),
    )
    for where, found in columns:
        for column, source in zip(dated, found, strict=True):
            column[where & theirs] = source[where & theirs, node]
    some = np.flatnonzero(between)
    first, last = timeline.earliest[some, node], timeline.latest[some, node]
    dated[0][some], dated[1][some] = first, last
    for zone, here in timeline.by_zone(some):
        dated[2][some[here]] = zone.day_start(first[here])
        dated[3][some[here]] = zone.day_end(last[here])
    unsure = (verdict == Applies.UNKNOWN) | timeline.undetermined[:, node]
    return Anchors(
        item, rows, kind[rows], dated[0][rows], dated[1][rows], dated[2][rows], dated[3][rows],
        (unsure & theirs)[rows], done_row[rows],
    )  # fmt: skip


def _kinds(solved: Solved, node: int) -> Index:
    """What kind of date each participant has for a node."""
    timeline, schedule = solved.problem.timeline, solved.standing
    state = timeline.state[:, node]
    kind = np.full(len(state), Anchored.NONE, np.int64)
    dated = (state == State.OPEN) & (schedule.day[:, node] < FAR)
    kind[dated] = Anchored.RECOMMENDED
    kind[dated & schedule.kept[:, node]] = Anchored.BOOKED
    kind[state == State.DONE] = Anchored.DONE
    bounded = timeline.latest[:, node] < FAR
    kind[bounded & np.isin(state, (State.OVERDUE, State.AWAITING))] = Anchored.DOUBTED
    kind[bounded & (state == State.UNRECORDED)] = Anchored.UNRECORDED
    kind[np.isin(state, (State.MISSED, State.CLOSED))] = Anchored.GONE
    return kind


def _of_unscheduled(solved: Solved, item: TaskItem) -> Anchors:
    """Each done unscheduled visit has the task; what is done goes to the first that waits for it.

    A done task goes to the earliest visit that is not after it and has none yet; one without such
    a visit is a row without a date to hang on.
    """
    dates, tasks = solved.cohort.dates, solved.cohort.tasks
    visits = np.flatnonzero((dates.node < 0) & (dates.status == Status.DONE))
    verdict = applies(item.task.only, solved.cohort.attributes, len(solved.cohort))
    visits = visits[verdict[dates.participant[visits]] != Applies.NO]
    visits = visits[_in_time(dates, visits)]
    done = np.flatnonzero(tasks.item == item.index)
    done = done[_in_time(tasks, done)]
    taken, left = _first_come(
        dates.participant[visits], dates.day[visits], tasks.participant[done], tasks.day[done]
    )
    who = np.concatenate([dates.participant[visits], tasks.participant[done[left]]])
    none = np.full(len(left), FAR, np.int64)
    day = np.concatenate([dates.day[visits], none])
    kinds = [np.full(len(visits), Anchored.DONE), np.full(len(left), Anchored.NONE)]
    done_row = np.where(taken >= 0, done[taken] if len(done) else -1, -1)
    return Anchors(
        item, who, np.concatenate(kinds).astype(np.int64), day, day,
        np.concatenate([dates.early[visits], none]), np.concatenate([dates.late[visits], none]),
        verdict[who] == Applies.UNKNOWN, np.concatenate([done_row, done[left]]),
    )  # fmt: skip


def _in_time(table: object, rows: Index) -> Index:
    """The order of some rows of recorded dates: by participant, day, minute, row."""
    keys = [getattr(table, name)[rows] for name in ("row", "minute", "day", "participant")]
    return np.lexsort(keys)


def _first_come(who: Index, day: Days, by: Index, on: Days) -> tuple[Index, Index]:
    """For each visit the place of the done task that it takes (-1: none), and those left over.

    Visits and tasks stand by participant and day.
    """
    taken, left = np.full(len(who), -1, np.int64), []
    waiting: dict[int, list[int]] = {}
    for place, person in enumerate(who.tolist()):
        waiting.setdefault(person, []).append(place)
    for place, (person, when) in enumerate(zip(by.tolist(), on.tolist(), strict=True)):
        mine = waiting.get(person, [])
        if mine and day[mine[0]] <= when:
            taken[mine.pop(0)] = place
        else:
            left.append(place)
    return taken, np.array(left, np.int64)
