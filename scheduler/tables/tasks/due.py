"""By when a task is due, counted from the date that it hangs on, and whether it is late.

Source: docs/semantics.md, section 5 (tasks).
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.days import FAR, Days, Length
from scheduler.days.working import WorkingDays
from scheduler.study.sites import zones_of
from scheduler.tables.solved import Solved
from scheduler.tables.tasks.anchors import CERTAIN, Anchored, Anchors

STATES = ("waiting", "open", "late", "undetermined", "done", "done_late", "dropped")
WAITING, OPEN, LATE, UNDETERMINED, DONE, DONE_LATE, DROPPED = range(len(STATES))
_TWICE = 180  # instants further apart than this are the ends of a day, not one clock time


@dataclass(frozen=True)
class DueDays:
    """For each row of `Anchors` the last day that is surely in time, and the last that may be.

    FAR where there is no date to count from; `minute` is that of `first` where hours count from a
    clock time, else -1. `done` is the day on which the task was done (FAR: not done).
    """

    first: Days
    last: Days
    minute: Index
    done: Days
    state: Index


def due_days(solved: Solved, anchors: Anchors) -> DueDays:
    """By when is each task due, and what has become of it as seen on the day of the plan?"""
    first, last, minute, ends = _due(solved, anchors)
    tasks, row = solved.cohort.tasks, anchors.done_row
    done = np.where(row >= 0, tasks.day[row], FAR) if len(tasks.day) else np.full(len(row), FAR)
    surely, possibly = _late(solved, anchors, done, first, last, ends)
    state = _states(anchors, row >= 0, first < FAR, surely, possibly)
    return DueDays(first, last, minute, done, state)


def _due(solved: Solved, anchors: Anchors) -> tuple[Days, Days, Index, tuple[Days, Days] | None]:
    """First and last due day, its minute, and in hours the two due instants."""
    due, after, nobody = anchors.item.task.due, anchors.item.task.after, np.full(len(anchors), -1)
    known = anchors.first < FAR
    if not due.elapsed:
        found = [np.full(len(anchors), FAR, np.int64) for _ in range(2)]
        for on, rows in _calendars(solved, anchors, known, due.works):
            for column, days in zip(found, (anchors.first, anchors.last), strict=True):
                column[rows] = _counted(due, days[rows], after, on)
        return found[0], found[1], nobody, None
    minutes = due.minutes if after else -due.minutes
    early, late = anchors.early + minutes, anchors.late + minutes
    first, last, minute = (np.full(len(anchors), value, np.int64) for value in (FAR, FAR, -1))
    rows = np.flatnonzero(known)
    for zone, here in solved.problem.timeline.by_zone(anchors.participant[rows]):
        some = rows[here]
        first[some], last[some] = zone.day(early[some]), zone.day(late[some])
        clocked = late[some] - early[some] <= _TWICE
        minute[some] = np.where(clocked, zone.minute(early[some]), -1)
    return first, last, minute, (early, late)


def _calendars(
    solved: Solved, anchors: Anchors, known: Flags, works: bool
) -> list[tuple[WorkingDays | None, Index]]:
    """The rows that have a date, by the working days of their site where these are counted."""
    rows = np.flatnonzero(known)
    if not works:
        return [(None, rows)]
    cohort = solved.cohort
    zones, of_site = zones_of(cohort.sites, works=True)
    place = of_site[cohort.site[anchors.participant[rows]]]
    return [(zones[i].working, rows[place == i]) for i in distinct_numbers(place).tolist()]


def _counted(due: Length, days: Days, after: bool, on: WorkingDays | None) -> Days:
    """Days so far after others, or before them: in working days the k-th open one earlier."""
    if after:
        return due.forward(days, on=on)
    found = [
        on.step(days, -term.working) if term.working and on else Length((term,)).back(days)
        for term in due.terms
    ]
    return np.asarray((np.max if due.pick == "shorter_of" else np.min)(found, axis=0), np.int64)


def _late(
    solved: Solved, anchors: Anchors, done: Days, first: Days, last: Days,
    ends: tuple[Days, Days] | None,
) -> tuple[Flags, Flags]:  # fmt: skip
    """Whether each task surely is or was too late, and whether it may be."""
    seen = np.where(done < FAR, done, solved.problem.as_of)
    surely, possibly = seen > last, seen > first
    if ends is not None:
        tasks, row, is_done = solved.cohort.tasks, anchors.done_row, done < FAR
        if is_done.any():
            early = np.where(is_done, tasks.early[row], 0)
            late = np.where(is_done, tasks.late[row], 0)
            surely = np.where(is_done, early > ends[1], surely)
            possibly = np.where(is_done, late > ends[0], possibly)
    certain = np.isin(anchors.kind, CERTAIN) & ~anchors.unsure
    counted = (first < FAR) & (anchors.kind != Anchored.RECOMMENDED)
    return np.asarray(surely & certain & counted, bool), np.asarray(possibly & counted, bool)


def _states(anchors: Anchors, done: Flags, dated: Flags, surely: Flags, possibly: Flags) -> Index:
    stands = dated & np.isin(anchors.kind, (Anchored.DONE, Anchored.BOOKED))
    state = np.where(stands, np.where(anchors.unsure, UNDETERMINED, OPEN), WAITING)
    state[possibly] = UNDETERMINED
    state[surely] = LATE
    state[anchors.kind == Anchored.GONE] = DROPPED
    finished = np.where(surely, DONE_LATE, np.where(possibly, UNDETERMINED, DONE))
    return np.where(done, finished, state)
