"""Where a booking that cannot stand could go: the same day later, or the nearest days.

Source: docs/decisions/0014-standing-permitted-suggested.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers, pairs
from scheduler.binding.cohort import Cohort
from scheduler.binding.rebooking import rebooked
from scheduler.days import FAR, Days
from scheduler.engine import Problem, answer, build_problem
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule, recommend
from scheduler.tables.blocked import clear_from
from scheduler.tables.solved import Solved

_UNKNOWN = -1
_PORTION = 5000  # bookings that are moved at a time


@dataclass(frozen=True)
class Suggestions:
    """Other times for some bookings.

    `minute` is the first minute of the same day that is permitted (-1: none). `kept_before`,
    `kept_after` count the visits that follow and stand on their target day when the booking moves
    to the nearest permitted day before or after it, of `targets`; -1 where nobody needs to know.
    """

    minute: Index
    kept_before: Index
    kept_after: Index
    targets: Index


def suggestions_for(
    solved: Solved, who: Index, node: Index, day: Days, near: tuple[Days, Days], failing: Flags
) -> Suggestions:
    """What would moves of the bookings that fail keep? `near` are the days of `nearest_days`."""
    before, after = near
    ahead = failing & (day >= solved.problem.as_of)
    minute = np.full(len(who), _UNKNOWN, np.int64)
    kept_before, kept_after, targets = minute.copy(), minute.copy(), minute.copy()
    rows = np.flatnonzero(ahead)
    if len(rows):
        minute[rows] = _same_day(solved, who[rows], node[rows], day[rows])
    for some in _portions(solved, who, node, rows):
        earlier, later = some[before[some] < FAR], some[after[some] < FAR]
        both = np.concatenate([earlier, later])  # both sides in one problem
        if len(both):
            place = np.concatenate([before[earlier], after[later]])
            kept, targets[both] = _on_target(solved, who[both], node[both], place)
            kept_before[earlier], kept_after[later] = kept[: len(earlier)], kept[len(earlier) :]
    return Suggestions(minute, kept_before, kept_after, targets)


def _portions(solved: Solved, who: Index, node: Index, rows: Index) -> list[Index]:
    """Rows as they are tried together: some at a time, for a copy takes memory; those alike come
    together, since they share their tables.
    """
    parts = -(-len(rows) // _PORTION)
    if parts < 2:
        return [rows]
    state = solved.problem.timeline.state[who[rows]]
    return np.array_split(rows[np.lexsort((*state.T, node[rows]))], parts)


def nearest_days(solved: Solved, who: Index, node: Index, day: Days) -> tuple[Days, Days]:
    """The nearest permitted days on or before, and on or after each day (FAR: none)."""
    before, after = np.full(len(who), FAR), np.full(len(who), FAR)
    for index in distinct_numbers(node).tolist():
        rows = np.flatnonzero(node == index)
        domain = solved.answer.permitted.days.runs_of(index, who[rows])
        some = np.arange(len(rows))
        lower, upper = domain.snap_down(some, day[rows]), domain.snap_up(some, day[rows])
        before[rows] = np.where(lower < 0, FAR, lower)
        after[rows] = np.where(upper > FAR, FAR, upper)
    return before, after


def _same_day(solved: Solved, who: Index, node: Index, day: Days) -> Index:
    """The first minute of the same day on which a booking may stand; -1 where there is none.

    It is the last of the minutes from which rules in hours are clear, tried by the engine.
    """
    problem = solved.problem
    found = np.full(len(who), _UNKNOWN, np.int64)
    spans = problem.spans.take(problem.spans.possible & (problem.spans.other < 0))
    clear = clear_from(problem, spans)
    nodes = len(problem.protocol.nodes)
    row, span = pairs(who * nodes + node, spans.participant * nodes + spans.node)
    inside = (spans.first[span] <= day[row]) & (day[row] <= spans.last[span])
    row, span = row[inside], span[inside]
    np.maximum.at(found, row, clear.minute[span])
    found[row[clear.day[span] != day[row]]] = _UNKNOWN
    some = np.flatnonzero(found >= 0)
    if not len(some):
        return found
    allowed = _permitted_at(solved, who[some], node[some], day[some], found[some])
    found[some[~allowed]] = _UNKNOWN
    return found


def _permitted_at(solved: Solved, who: Index, node: Index, day: Days, minute: Index) -> Flags:
    """Whether nodes may take place at these times, each tried in a copy of its participant."""
    copies = np.arange(len(who))
    cohort = solved.cohort.repeat(who)[0]
    cohort, exists = rebooked(cohort, copies, node, day, minute)
    pins = None if solved.problem.pins is None else solved.problem.pins[who]
    tried = answer(_rebuilt(solved, cohort, pins))
    allowed = np.zeros(len(who), bool)
    for index in distinct_numbers(node).tolist():
        rows = copies[node == index]
        runs = tried.permitted.days.runs_of(index, rows)
        allowed[rows] = runs.holds(np.arange(len(rows)), day[rows])
    return allowed & exists


def _rebuilt(solved: Solved, cohort: Cohort, pins: Days | None) -> Problem:
    problem = build_problem(solved.protocol, cohort, solved.problem.as_of, solved.strict, pins)
    problem.tables.update(solved.problem.tables)
    return problem


def _on_target(solved: Solved, who: Index, node: Index, day: Days) -> tuple[Index, Index]:
    """How many visits that follow stand on their target when nodes move there, of how many?"""
    own = solved.problem.pins
    pins = np.full((len(who), solved.problem.timeline.state.shape[1]), FAR, np.int64)
    if own is not None:
        pins = own[who].copy()
    pins[np.arange(len(who)), node] = day
    problem = _rebuilt(solved, solved.cohort.repeat(who)[0], pins)
    schedule = recommend(problem, answer(problem))
    kept, targets = np.zeros(len(who), np.int64), np.zeros(len(who), np.int64)
    for index in distinct_numbers(node).tolist():
        rows = np.flatnonzero(node == index)
        following = following_visits(problem, index)
        kept[rows], targets[rows], _ = on_targets(problem, schedule, following, rows)
    return kept, targets


def on_targets(
    problem: Problem, schedule: Schedule, nodes: list[int], rows: Index
) -> tuple[Index, Index, Index]:
    """Of some nodes: how many visits stand on their target, of how many, and days off in all."""
    visits = [n for n in nodes if not problem.protocol.nodes[n].milestone]
    cells = np.ix_(rows, np.array(visits, np.int64))
    day, target = schedule.day[cells], schedule.target[cells]
    known = (day < FAR) & (target < FAR)
    off = np.where(known, np.abs(day - target), 0)
    return (known & (off == 0)).sum(1), known.sum(1), off.sum(1)


def following_visits(problem: Problem, node: int) -> list[int]:
    """The open visits that come after a node."""
    is_open = (problem.timeline.state == State.OPEN).any(0)
    return [n for n in following_nodes(problem, node) if is_open[n]]


def following_nodes(problem: Problem, node: int) -> list[int]:
    """The nodes that come after one: later milestones, and what is timed from any of these."""
    nodes = problem.protocol.nodes
    found = {node}
    if nodes[node].milestone:
        found |= {n.index for n in nodes if n.milestone and n.index > node}
    steps = [(link.start, link.end) for link in problem.links if link.gap is not None]
    steps += [(n.anchor, n.index) for n in nodes if n.anchor >= 0]
    earlier = {n.index for n in nodes if n.milestone and n.index < node}
    grown = True
    while grown:
        more = {end for start, end in steps if start in found and end < len(nodes)} - earlier
        grown = not more <= found
        found |= more
    return sorted(found - {node})
