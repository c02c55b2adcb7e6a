"""Recorded dates as columns: which node, which day, which instant, in which state.

Source: docs/semantics.md, section 5.
"""

from collections import defaultdict
from typing import TypeVar

import numpy as np

from scheduler.arrays import Flags, Index, distinct, distinct_numbers
from scheduler.binding.attempts import FIRST, attempts_in, refuse_later
from scheduler.binding.cohort import (
    EarlierDates,
    RecordedDates,
    RecordedTasks,
    RecordedTests,
    Status,
)
from scheduler.binding.context import NO_SUCH_TIME, SKIP, Context, look_up, near, up_to
from scheduler.core.dayset import where
from scheduler.days import Days
from scheduler.errors import shown
from scheduler.protocol import (
    BIRTH,
    FIXED_NODES,
    UNSCHEDULED,
    Protocol,
    occurrence_name,
    occurrences,
)
from scheduler.study.cells import CellKind
from scheduler.study.tables import DateColumn, Table

_UNSCHEDULED = -1
_TESTS = -3  # and below: the protocol's tests, one after another
_DONE, _BOOKED, _MISSED, _CANCELLED = map(int, Status)
_CODES = {"done": _DONE, "booked": _BOOKED, "missed": _MISSED, "cancelled": _CANCELLED}


def bind_dates(
    table: Table, context: Context
) -> tuple[RecordedDates, RecordedTests, RecordedTasks, EarlierDates]:
    """The recorded dates of a study, those of tests, the tasks that are done; earlier attempts.

    A booking that a cancelled row ends is cancelled itself, and that of an unscheduled visit also
    where a done or missed row of its day answers it.
    """
    participant = context.participants(table)
    node = _nodes(table, context)
    words = table.coded("status")
    status = np.array([_CODES.get(text, SKIP) for text in words.texts], np.int64)
    status = np.asarray(words.told(status), np.int64)
    date = table.date("date")
    rows = where(
        (participant != SKIP) & (node != SKIP) & (status != SKIP) & date.is_(CellKind.DATE)
    )
    attempt = attempts_in(table, context.faults)
    rows = rows[refuse_later(table, rows, participant[rows], attempt[rows], context)]
    _refuse_late(table, rows, status, date.first, context)
    over = (status == _BOOKED) & (attempt < context.attempt[np.maximum(participant, 0)])
    rows = rows[~(over[rows] & (node[rows] <= _TESTS))]
    tested = node[rows] <= _TESTS
    tests = _bind_tests(table, rows[tested], participant, node, status, context)
    rows = rows[~tested & _refuse_partial(table, rows, node, date, context)]
    participant, node, status = participant[rows], node[rows], status[rows]
    attempt = attempt[rows]
    of = np.where(node == _UNSCHEDULED, FIRST, attempt)  # unscheduled visits are of no attempt
    each = participant + of * len(context.place)  # somebody in one attempt
    day, minute = date.first[rows], date.minute[rows]
    early, exists = context.instants(participant, day, minute)
    late, _ = context.instants(participant, day, minute, last=True)
    for row in rows[~exists]:
        found = shown(table.cell("date", row))
        text = f"found {found}, {NO_SUCH_TIME}"
        context.faults.add("S254", table.place, int(table.rows[row]), "date", text)
    _refuse_missed(table, rows, node, status, context)
    _refuse_undone(table, rows, node, status, context)
    status = _end_bookings(each, node, day, minute, status)
    status = _answered(each, node, day, minute, status)
    _refuse_second(table, rows, each, node, status, context)
    first_task = len(context.protocol.nodes)
    past = attempt < context.attempt[participant]
    if past.any():
        past &= _of_attempts(node, context)
    dated = where((node < first_task) & ~past)
    paper = where((node >= first_task) & ~past)
    earlier = EarlierDates(participant, attempt, node, day, minute, status, rows)
    dates = RecordedDates(participant, node, day, minute, early, late, status, rows)
    tasks = RecordedTasks(participant, node - first_task, day, minute, early, late, rows)
    history = _rows_of(earlier, where(past))
    return _rows_of(dates, dated), tests, _rows_of(tasks, paper), history


def _of_attempts(node: Index, context: Context) -> Flags:
    """Which rows belong to an attempt: not those of unscheduled visits, nor their tasks."""
    found = node >= 0
    found[found] = context.protocol.made(_once)[node[found]]
    return np.asarray(found, bool)


Columns = TypeVar("Columns", RecordedDates, RecordedTasks, EarlierDates)


def _rows_of(table: Columns, rows: Index) -> Columns:
    """Some rows of a table of columns, in their order."""
    if len(rows) == len(table.participant):
        return table
    return type(table)(*(getattr(table, name)[rows] for name in table.__slots__))


def _refuse_late(table: Table, rows: Index, status: Index, first: Days, context: Context) -> None:
    for row in rows[(status[rows] == _DONE) & (first[rows] > context.as_of)]:
        found = f"found {shown(table.cell('date', row))} as done"
        text = f"{found}, {up_to(context.as_of)}"
        context.faults.add("S250", table.place, int(table.rows[row]), "date", text)


def _refuse_partial(
    table: Table, rows: Index, node: Index, date: DateColumn, context: Context
) -> Flags:
    """Which rows tell a whole day; others are refused, but for tests that were done."""
    whole = np.asarray(date.first[rows] == date.last[rows], bool)
    for row in rows[~whole & (node[rows] > _TESTS)]:
        text = f"found {shown(table.cell('date', row))}, expected a whole day such as 2026-03-02"
        context.faults.add("S231", table.place, int(table.rows[row]), "date", text)
    return whole


def _bind_tests(
    table: Table, rows: Index, participant: Index, node: Index, status: Index, context: Context
) -> RecordedTests:
    """The dates of tests: any number of them; one that is only booked is on a known day."""
    if not len(rows):
        return RecordedTests(rows, rows, rows, rows, rows, rows)
    date = table.date("date")
    missed = status[rows] == _MISSED
    for row in rows[missed]:
        name = table.cell("milestone", row)
        text = f"found missed for the test {name}, expected done, booked or cancelled"
        context.faults.add("S253", table.place, int(table.rows[row]), "status", text)
    vague = (status[rows] != _DONE) & (date.first[rows] != date.last[rows])
    for row in rows[vague]:
        text = f"found {shown(table.cell('date', row))}, expected a whole day such as 2026-03-02"
        way_out = "only a test that was done may have a date that is partly known"
        context.faults.add("S231", table.place, int(table.rows[row]), "date", text, way_out)
    rows = rows[~missed & ~vague]
    test = _TESTS - node[rows]
    status = _end_bookings(
        participant[rows], test, date.first[rows], date.minute[rows], status[rows]
    )
    return RecordedTests(participant[rows], test, date.first[rows], date.last[rows], status, rows)


def _known(protocol: Protocol) -> dict[str, int]:
    """What stands under `milestone`: nodes, tasks behind them, and tests below all others."""
    known = {node.name: node.index for node in protocol.steps} | {UNSCHEDULED: _UNSCHEDULED}
    known |= {test.id: _TESTS - place for place, test in enumerate(protocol.tests)}
    return known | {item.name: len(protocol.nodes) + item.index for item in protocol.task_items}


def _once(protocol: Protocol) -> Flags:
    """Which nodes and tasks are done once: a task of unscheduled visits may be done many times."""
    items = (item.node >= 0 for item in protocol.task_items)
    return np.array([*[True] * len(protocol.nodes), *items], bool)


def _milestones(protocol: Protocol) -> Flags:
    """Which nodes are milestones."""
    return np.array([node.milestone for node in protocol.nodes], bool)


def _nodes(table: Table, context: Context) -> Index:
    """The node of each row; tasks count on from the last node."""
    protocol = context.protocol
    known = protocol.made(_known)
    kinds = ["milestone", "visit"]
    kinds += [what for what in ("test", "task") if getattr(protocol, f"{what}s")]
    what = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    repeated = {visit.name: visit for visit in protocol.visits if visit.repeat}

    def unknown(name: str) -> str:
        if name == BIRTH and protocol.counts_birth:
            return f"found {name}, which is the birth_date of participants, expected a {what}"
        if name in FIXED_NODES:
            return f"found {name}, which the protocol fixes, expected a {what}"
        base = name.partition("#")[0].strip()
        if base in repeated and not any(c.isalpha() for c in name[len(base) :]):
            numbers = occurrences(repeated[base])
            first, last = (occurrence_name(repeated[base], n) for n in (numbers[0], numbers[-1]))
            return f"found {shown(name)}, expected one of the visits {first} to {last}"
        close = near(name, known)
        tail = f'; did you mean "{close}"?' if close else ""
        return f"found {shown(name)}, expected a {what} of the protocol{tail}"

    return look_up(table, "milestone", known, unknown, "S241", context.faults)


def _refuse_missed(table: Table, rows: Index, node: Index, status: Index, context: Context) -> None:
    milestone = context.protocol.made(_milestones)
    wrong = (status == _MISSED) & (node >= 0) & (node < len(milestone))
    wrong[wrong] = milestone[node[wrong]]
    for row in rows[wrong]:
        name = table.cell("milestone", row)
        text = f"found missed for the milestone {name}, expected done, booked or cancelled"
        context.faults.add(
            "S253", table.place, int(table.rows[row]), "status", text, "only visits can be missed"
        )


def _refuse_undone(table: Table, rows: Index, node: Index, status: Index, context: Context) -> None:
    """A task is done or it is not: nobody books or misses paper."""
    wrong = (node >= len(context.protocol.nodes)) & (status != _DONE)
    for row in rows[wrong]:
        name, found = table.cell("milestone", row), table.cell("status", row)
        text = f"found {found} for the task {shown(name)}, expected done"
        context.faults.add(
            "S257", table.place, int(table.rows[row]), "status", text,
            "take the row out until the task is done",
        )  # fmt: skip


def _end_bookings(participant: Index, node: Index, day: Days, minute: Days, status: Index) -> Index:
    """The states after each cancelled row has ended the booking of its node and date."""
    cancelled = where(status == _CANCELLED)
    if not len(cancelled):
        return status.copy()
    _, alike = distinct(participant, node, day)
    found = _Bookings(status, alike, minute, np.isin(alike, alike[cancelled]))
    for row in found.end_at_their_time(cancelled):
        mine = found.left[int(alike[row])]
        if len({int(minute[other]) for other in mine}) == 1:
            found.end(mine[0])
    return found.status


def _answered(participant: Index, node: Index, day: Days, minute: Days, status: Index) -> Index:
    """The states after done and missed unscheduled visits have ended the bookings of their day.

    Each ends one: that at its own time, else the first that is left where one of the two tells no
    time. Two that tell different times are two visits.
    """
    unscheduled = node == _UNSCHEDULED
    if not (unscheduled & (status == _BOOKED)).any():
        return status
    _, alike = distinct(participant, node, day)
    found = _Bookings(status, alike, minute, unscheduled)
    answers = where(unscheduled & np.isin(status, (_DONE, _MISSED)))
    for row in found.end_at_their_time(answers):
        mine = found.left[int(alike[row])]
        vague = [other for other in mine if minute[row] < 0 or minute[other] < 0]
        if vague:
            found.end(vague[0])
    return found.status


class _Bookings:
    """Some of the booked rows by what they have in common, the earliest first, to be ended."""

    def __init__(self, status: Index, alike: Index, minute: Days, some: Flags) -> None:
        self.status, self.alike, self.minute = status.copy(), alike, minute
        self.left: dict[int, list[int]] = defaultdict(list)
        rows = where((status == _BOOKED) & some)
        for row in rows[np.argsort(minute[rows], kind="stable")].tolist():
            self.left[int(alike[row])].append(row)

    def end(self, row: int) -> None:
        """Ends one of them."""
        self.left[int(self.alike[row])].remove(row)
        self.status[row] = _CANCELLED

    def end_at_their_time(self, rows: Index) -> list[int]:
        """Ends one for each row that has its own time; which rows find none?"""
        others = []
        for row in rows.tolist():
            mine = self.left[int(self.alike[row])]
            same = [other for other in mine if self.minute[other] == self.minute[row]]
            if same:
                self.end(same[0])
            else:
                others.append(row)
        return others


def _refuse_second(
    table: Table, rows: Index, participant: Index, node: Index, status: Index, context: Context
) -> None:
    once, single = context.protocol.made(_once), _of_attempts(node, context)
    for state, code, word in ((_DONE, "S251", "done"), (_BOOKED, "S252", "booked")):
        chosen = where((status == state) & single)
        keys = participant[chosen] * len(once) + node[chosen]
        if len(distinct_numbers(keys)) == len(chosen):
            continue
        order = np.argsort(table.rows[rows[chosen]], kind="stable")
        seen: dict[int, int] = {}
        for place in order:
            row, key = rows[chosen[place]], int(keys[place])
            number = int(table.rows[row])
            if key in seen:
                name = shown(table.cell("milestone", row))
                text = f"found {name} {word} again, expected one such row"
                way_out = f"the other one is row {seen[key]}"
                if state == _BOOKED:
                    way_out += "; a cancelled row with the same date ends a booking"
                context.faults.add(code, table.place, number, "status", text, way_out)
            seen.setdefault(key, number)
