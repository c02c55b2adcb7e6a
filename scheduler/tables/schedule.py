"""The plan's main tables: schedule and summary.

Source: docs/contract.md.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.binding.asked import asked_events
from scheduler.binding.cohort import Ended
from scheduler.days import FAR, Days
from scheduler.engine import Answer, Problem
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule
from scheduler.schedule.windows_left import WindowsLeft
from scheduler.tables.assumptions import assumptions_of_nodes
from scheduler.tables.bookings import VERDICTS, rests_on, verdicts_of
from scheduler.tables.columns import (
    category_column,
    date_column,
    integer_column,
    texts,
    times,
)
from scheduler.tables.deviations import deviations_frame
from scheduler.tables.frames import Column, Frame, Late, Written
from scheduler.tables.queries import queries_frame
from scheduler.tables.solved import Solved

STATUS = ("done", "booked", "planned", "awaiting", "overdue", "unrecorded", "missed", "none")
STATES = ("scheduled", "undetermined", "no_schedule", "complete", "withdrawn", "screen_failed")
_DONE, _BOOKED, _PLANNED = range(3)  # places in STATUS
_OF_STATE = {
    State.OPEN: "none",
    State.DONE: "done",
    State.MISSED: "missed",
    State.OVERDUE: "overdue",
    State.UNRECORDED: "unrecorded",
    State.AWAITING: "awaiting",
    State.CLOSED: "none",
}


def schedule_frame(solved: Solved) -> Frame:
    """One row a participant and node: what has become of it, or the day recommended for it."""
    problem, schedule, names = solved.problem, solved.standing, solved.names
    timeline, protocol = problem.timeline, problem.protocol
    cells = _Cells((timeline.state != State.ABSENT) | timeline.stray)
    who, node, of = cells.who, cells.node, cells.of
    # done, though not for this participant: a fact that binds nothing
    state = of(np.where(timeline.stray, State.DONE, timeline.state))
    day = np.where(state == State.DONE, of(timeline.day), of(schedule.day))
    day = np.where((state == State.DONE) | (state == State.OPEN), day, FAR)
    stated = of(timeline.state)
    target = np.where(_one_of(stated, State.CLOSED, State.ABSENT), FAR, of(schedule.target))
    first, last, shown = _window(problem, solved.given, cells, stated)
    zero = _day_zero(problem, schedule)[who]
    of_state = [STATUS.index(_OF_STATE[s]) if s in _OF_STATE else -1 for s in State]
    planned = (state == State.OPEN) & (day < FAR)
    kept = planned & of(schedule.kept)
    status = np.where(planned, np.where(kept, _BOOKED, _PLANNED), np.array(of_state)[state])
    certainty = np.where(planned, schedule.undetermined[who].astype(int), -1)
    if kept.any():
        certainty[kept] = of(verdicts_of(solved))[kept]
    open_ = state == State.OPEN
    listed, place = solved.made(rests_on)
    suggested = np.where(open_, of(solved.recommended.day), FAR)
    own = np.where(of(solved.recommended.kept), _BOOKED, _PLANNED)
    own = np.where(suggested < FAR, own, -1)
    return Frame(
        {
            "participant": names.participant(who),
            "milestone": names.milestone(node),
            "date": date_column(day),
            "time": times(_minutes(problem, schedule, cells, status)),
            "status": category_column(status, STATUS),
            "certainty": category_column(certainty, VERDICTS),
            "target": date_column(target),
            "first": date_column(np.where(shown, first, FAR)),
            "last": date_column(np.where(shown, last, FAR)),
            "days_from_target": integer_column(day - target, (day < FAR) & (target < FAR)),
            "study_day": integer_column(
                _study_day(protocol, day - zero), (day < FAR) & (zero < FAR)
            ),
            "assumption": texts(assumptions_of_nodes(protocol), node),
            "rests_on": texts(listed, np.where(open_, of(place), 0)),
            "suggested": date_column(suggested),
            "suggested_time": times(_minutes(problem, solved.recommended, cells, own)),
            "site": _sites(solved, who),
            "label": names.label(node),
            "kind": names.kind(node),
        }
    )


class _Cells:
    """The participants and nodes that have a row, and what tables of all of them say there."""

    def __init__(self, listed: Flags) -> None:
        self.who, self.node = np.nonzero(listed)
        self._all = listed.all()

    def of(self, table: NDArray[Any]) -> NDArray[Any]:
        """The cells of a table (participants, nodes), row by row."""
        return table.ravel() if self._all else table[self.who, self.node]


def _sites(solved: Solved, who: Index) -> Written:
    """The site of each participant; empty text for none."""
    return texts([site.id for site in solved.cohort.sites], solved.cohort.site[who])


def _window(
    problem: Problem, given: WindowsLeft, cells: _Cells, state: Index
) -> tuple[Days, Days, np.ndarray]:
    windowed = np.array([n.milestone or n.windowed for n in problem.protocol.nodes], bool)
    first, last = cells.of(given.first), cells.of(given.last)
    out = _one_of(state, State.UNRECORDED, State.AWAITING, State.CLOSED, State.ABSENT)
    return first, last, windowed[cells.node] & (first <= last) & ~out


def _one_of(state: Index, *wanted: State) -> Flags:
    """Whether each state is one of some."""
    return np.array([one in wanted for one in State], bool)[state]


def _day_zero(problem: Problem, schedule: Schedule) -> Days:
    zero = problem.protocol.day_zero_node
    if zero is None:
        return np.full(len(problem.cohort), FAR)
    timeline = problem.timeline
    done = timeline.state[:, zero.index] == State.DONE
    return np.where(done, timeline.day[:, zero.index], schedule.day[:, zero.index])


def _study_day(protocol: "object", difference: Days) -> Days:
    """Day 0 on the milestone itself, or Day 1 with Day -1 before it."""
    marked = [m.day_zero for m in protocol.milestones if m.day_zero is not None]  # type: ignore[attr-defined]
    if marked and not marked[0]:
        return np.where(difference >= 0, difference + 1, difference)
    return difference


def _minutes(problem: Problem, schedule: Schedule, cells: _Cells, status: np.ndarray) -> Index:
    """The clock time of each date: recorded, booked, planned, or that of a timed visit's target."""
    timeline, nodes, who, node = problem.timeline, problem.protocol.nodes, cells.who, cells.node
    known = max(timeline.done_minute.max(initial=-1), timeline.booked_minute.max(initial=-1))
    if known < 0 and not any(n.timed or n.at is not None for n in nodes):
        return np.full(len(who), -1)
    at = np.array([-1 if n.at is None else n.at for n in nodes], np.int64)[node]
    planned = (status == _PLANNED) | (status == _BOOKED)
    minute = np.where(planned, at, -1)
    minute = np.where(status == _DONE, cells.of(timeline.done_minute), minute)
    booked = cells.of(timeline.booked_minute)
    own = (status == _BOOKED) & (booked >= 0)
    minute = np.where(own, booked, minute)
    for n in nodes:
        if n.timed and n.at is None:
            rows = np.flatnonzero((node == n.index) & planned & ~own)
            minute[rows] = schedule.clock[who[rows], n.index]
    timed = np.flatnonzero(planned & ~own & (minute >= 0))
    for zone_, some in timeline.by_zone(who[timed]):  # a time that a clock change skips is none
        rows = timed[some]
        exists = zone_.at(schedule.day[who[rows], node[rows]], minute[rows])[2]
        minute[rows[~exists]] = -1
    return minute


def states(problem: Problem, answer: Answer) -> np.ndarray:
    """The state of every participant."""
    timeline, cohort = problem.timeline, problem.cohort
    required = np.array([node.required for node in problem.protocol.nodes], bool)
    over = _one_of(timeline.state, State.DONE, State.MISSED, State.ABSENT)
    complete = (over | ~required).all(1)
    state = np.where(answer.permitted.alive, 0, np.where(answer.possible.alive, 1, 2))
    state = np.where(complete, 3, state)
    state = np.where(cohort.ended == Ended.WITHDRAWN, 4, state)
    return np.where(cohort.ended == Ended.SCREEN_FAILED, 5, state)


def summary_frame(solved: Solved) -> Frame:
    """One row a participant: state, the next node and its days, and what is open."""
    every = np.arange(len(solved.cohort))
    return Frame(
        {
            "participant": solved.names.participant(every),
            "state": category_column(states(solved.problem, solved.answer), STATES),
            **dict.fromkeys(_NEXT, Late(partial(_next, solved))),
            **dict.fromkeys(_COUNTS, Late(partial(_open_things, solved))),
            "site": _sites(solved, every),
            **dict.fromkeys(_NAMED, Late(partial(_next_named, solved))),
        }
    )


_NEXT = ("next_milestone", "next_first", "next_last")
_COUNTS = ("open_queries", "overdue", "deviations", "history_asked", "history_events")
_NAMED = ("label", "kind")


def _next(solved: Solved) -> dict[str, Column]:
    brief = solved.made(next_frame)
    return {name: brief[name] for name in _NEXT}


def _next_named(solved: Solved) -> dict[str, Column]:
    following = solved.made(next_frame).codes("next_milestone")
    return {"label": solved.names.label(following), "kind": solved.names.kind(following)}


def _open_things(solved: Solved) -> dict[str, Column]:
    """How much is open of every participant."""
    overdue = (solved.problem.timeline.state == State.OVERDUE).sum(1)
    queries, deviations = (
        _counts(solved.made(maker), len(solved.cohort))
        for maker in (queries_frame, deviations_frame)
    )
    asked, events = asked_events(solved.cohort, solved.protocol)
    counts = (queries, overdue, deviations, asked, np.full(len(asked), events))
    every = np.ones(len(solved.cohort), bool)
    columns: list[Column] = [integer_column(count, every) for count in counts]
    return dict(zip(_COUNTS, columns, strict=True))


def next_frame(solved: Solved) -> Frame:
    """One row a participant: state, the next node and its first and last day."""
    problem, answer, schedule = solved.problem, solved.answer, solved.standing
    count, advised = len(problem.cohort), solved.recommended
    state = states(problem, answer)
    fails = schedule.kept & ~advised.kept & (advised.day < FAR)  # such a booking is to be moved
    day = np.where(fails, advised.day, schedule.day)
    following = day.argmin(1) if count else np.zeros(0, int)
    has = (schedule.day < FAR).any(1) & (state < 4)
    first, last = np.full(count, FAR), np.full(count, FAR)
    for node in distinct_numbers(following[has]).tolist():
        rows = np.flatnonzero(has & (following == node))
        first[rows], last[rows] = next_days(problem, answer, schedule, solved.given, node, rows)
        some = rows[fails[rows, node] & (first[rows] > last[rows])]
        first[some] = last[some] = advised.day[some, node]
    return Frame(
        {
            "participant": solved.names.participant(np.arange(count)),
            "state": category_column(state, STATES),
            "next_milestone": solved.names.milestone(np.where(has, following, -1)),
            "next_first": date_column(first),
            "next_last": date_column(last),
        }
    )


def next_days(
    problem: Problem, answer: Answer, schedule: Schedule, given: WindowsLeft, node: int, rows: Index
) -> tuple[Days, Days]:
    """The first and last day a node may take inside its window given the other dates."""
    undetermined = schedule.undetermined[rows]
    first, last = np.full(len(rows), FAR), np.full(len(rows), FAR)
    if not (problem.protocol.nodes[node].milestone or problem.protocol.nodes[node].windowed):
        return schedule.day[rows, node], schedule.day[rows, node]
    for possible, mask in ((False, ~undetermined), (True, undetermined)):
        some = np.flatnonzero(mask)
        who, every = rows[some], np.arange(len(some))
        domain = (answer.possible if possible else answer.permitted).days.runs_of(node, who)
        low, high, day = given.first[who, node], given.last[who, node], schedule.day[who, node]
        own = domain.holds(every, day)  # a booking that fails widens nothing
        first[some] = domain.snap_up(every, np.where(own, np.minimum(low, day), low))
        last[some] = domain.snap_down(every, np.where(own, np.maximum(high, day), high))
    return first, last


def _counts(table: Frame, people: int) -> Index:
    """How many rows a table has for every participant."""
    return np.bincount(table.codes("participant"), minlength=people)
