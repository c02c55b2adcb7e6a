"""What if: plans in which dates or exposures are supposed, and what each choice of a day leaves.

A supposed date is a pin: the node is still open, and may only happen on that day. It is no record:
nothing before it becomes unrecorded, nothing is broken by it, and `as_of` stays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.study import bind
from scheduler.days import FAR, Days, as_moment, iso
from scheduler.engine import Answer, Problem, answer, build_problem, pinned
from scheduler.errors import InputFaults, NotFound
from scheduler.planning.times import at_times
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule, recommend
from scheduler.study.checks import check_table
from scheduler.study.faults import study_faults
from scheduler.study.tables import DateColumn, Table, empty_table
from scheduler.study.text_columns import joined
from scheduler.study.values import read_records
from scheduler.tables.columns import (
    NameColumns,
    category_column,
    date_column,
    integer_column,
)
from scheduler.tables.frames import Column, Frame
from scheduler.tables.lookups import node_columns, node_of, who_of
from scheduler.tables.solved import Solved, solve
from scheduler.tables.suggestions import following_nodes, on_targets
from scheduler.wording.rules import day_text

History = Sequence[Mapping[str, object]]
_SAID = {
    State.DONE: "is recorded as done",
    State.MISSED: "is recorded as missed",
    State.OVERDUE: "is overdue: record whether it was done or missed",
    State.UNRECORDED: "has no record although something after it is done",
    State.AWAITING: "awaits a date that is not recorded",
    State.ABSENT: "is not for this participant",
    State.CLOSED: "is over: the participant has left the study",
}


class NotOpen(NotFound):
    """A node whose date cannot be supposed, because it is not open any more."""


def _open_node(solved: Solved, who: int, name: str) -> int:
    node = node_of(solved, name)
    state = State(int(solved.problem.timeline.state[who, node]))
    if state is not State.OPEN:
        day = int(solved.problem.timeline.day[who, node])
        on = f" on {iso(day)}" if state is State.DONE else ""
        raise NotOpen(f"{solved.cohort.ids[who]}: {name} {_SAID[state]}{on}")
    return node


def with_dates(
    solved: Solved, supposed: Mapping[str, Mapping[str, str | date]]
) -> tuple[Solved, list[str]]:
    """What follows if open milestones or visits take place on given days?

    Args: `supposed` by participant and node, as in {"P-003": {"infusion": "2026-04-10"}}. A day
    that is not permitted leaves the participant without a schedule, and `conflicts` says why. A
    booking of the node on another day ends. What is supposed is returned in words, too.
    Raises: NotFound for an unknown participant, node or day; NotOpen for a node that is not open.
    """
    pins = _pins_of(solved.problem)
    told, timed = [], []
    for participant, days in supposed.items():
        who = who_of(solved, participant)
        _expect(isinstance(days, Mapping), participant, days, "days by milestone or visit")
        for name, value in days.items():
            day, minute = as_moment(value)
            node = _open_node(solved, who, name)
            pins[who, node] = day
            timed += [(who, node, day, minute)] if minute >= 0 else []
            said = day_text(day, minute)
            told.append(f"what if: {participant}: {name} is set to {said}; this is no record")
    cohort = at_times(solved.cohort, timed)
    if timed:
        as_of = solved.problem.as_of
        problem = build_problem(solved.protocol, cohort, as_of, solved.strict, pins)
    else:
        problem = pinned(solved.problem, pins, solved.strict)
    problem.tables.update(solved.problem.tables)
    return replace(solved, cohort=cohort, problem=problem, answer=answer(problem)), told


def _expect(right: bool, participant: str, given: object, expected: str) -> None:
    if not right:
        raise TypeError(f"{participant}: found {type(given).__name__}, expected {expected}")


def _pins_of(problem: Problem) -> Days:
    if problem.pins is not None:
        return problem.pins.copy()
    return np.full(problem.timeline.state.shape, FAR, np.int64)


def with_history(solved: Solved, added: Mapping[str, History]) -> tuple[Solved, list[str]]:
    """What follows if participants have had, or will have, further exposures?

    Args: `added` rows of the table history (event, start, end, ...) by participant. What is
    supposed, and what binding warns of, is returned in words, too.
    Raises: NotFound for a participant; InputFaults where a row is wrong, as for a study's files.
    """
    for participant, rows in added.items():
        listed = isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows)
        _expect(listed, participant, rows, "a list of rows, each a mapping by column")
    if not any(added.values()):
        return solved, []
    table = _history_table(solved, added)
    history = _joined(solved.study.history, table)
    sums = {**solved.study.fingerprints, "what-if history": table.fingerprint}
    study = replace(solved.study, history=history, fingerprints=sums)
    cohort, faults = bind(study, solved.protocol, solved.problem.as_of)
    stopping = [fault for fault in faults if not fault.warning]
    if cohort is None or stopping:
        raise InputFaults(stopping)
    codes = {str(code): place for place, code in enumerate(cohort.ids)}
    people = np.array([codes[code] for code in solved.participants], np.int64)
    day, pins = solved.problem.as_of, solved.problem.pins
    found = solve(solved.protocol, study, cohort.repeat(people)[0], day, solved.strict, pins)
    judges = tuple(_judge_with(judge, added) for judge in solved.judges)
    told = [f"what if: {len(listed)} history rows of {code}" for code, listed in added.items()]
    warned = map(str, (fault for fault in faults if fault.warning))
    return replace(found, judges=judges, numbers=solved.numbers), [*warned, *told]


def _judge_with(judge: Solved, added: Mapping[str, History]) -> Solved:
    """The same rows under another version that judges some of the dates."""
    mine = {code: rows for code, rows in added.items() if code in judge.participants}
    return with_history(judge, mine)[0]


def _history_table(solved: Solved, given: Mapping[str, History]) -> Table:
    """The added rows as a checked table; their faults name the rows as they were given."""
    records: list[dict[str, Any]] = []
    for code, listed in given.items():
        who_of(solved, code)
        for row in listed:
            if row.get("participant", code) != code:
                raise NotFound(f"found a row of {row['participant']} among those of {code}")
            records.append({**row, "participant": code})
    faults = study_faults()
    heads = list(dict.fromkeys(["participant", *(head for row in records for head in row)]))
    table = read_records("history", heads, records, faults)
    if table is not None:
        check_table("history", table, faults)
    if table is None or not all(fault.warning for fault in faults.all):
        raise InputFaults([fault for fault in faults.all if not fault.warning])
    alone = replace(solved.study, history=table, decisions=empty_table("decisions"))
    found = [f for f in bind(alone, solved.protocol, solved.problem.as_of)[1] if not f.warning]
    if found:
        raise InputFaults(found)
    return table


def _joined(table: Table, added: Table) -> Table:
    """One table after another; the added rows are numbered on."""
    heads = list(dict.fromkeys([*table.columns, *added.columns]))
    after = int(table.rows.max()) + 1 if len(table) else 2
    columns = {
        head: DateColumn(
            *(
                np.concatenate([getattr(part.date(head), name) for part in (table, added)])
                for name in ("kind", "first", "last", "minute")
            )
        )
        for head in dict.fromkeys([*table.dates, *added.dates])
    }
    rows = np.concatenate([table.rows, after + np.arange(len(added))])
    cells = {head: joined(table.coded(head), added.coded(head)) for head in heads}
    return Table(table.name, table.place, cells, rows, columns)


def sweep(
    solved: Solved, participant: str, node: str, undetermined: bool = False,
    among: Collection[int] | None = None,
) -> Frame:  # fmt: skip
    """For every day that a node may take: what would it mean for everything after it?

    One row a permitted day (with `undetermined` also the undetermined ones): the recommended day
    of every open node that follows (a column each, named after it), how many of the visits among
    them stand on their target (`on_target` of `targets`), how many days they are off it in all
    (`days_off_target`), and the `slack`: the number of permitted days, besides one, that the
    `tightest` required one of them has left. A node follows where it is a later milestone, or is
    timed from the node or from something that follows, directly or not. `among` limits the days.
    Raises: NotFound for a participant or node; NotOpen for a node that is not open.
    """
    who = who_of(solved, participant)
    index = _open_node(solved, who, node)
    days, certain = _candidates(solved, who, index, undetermined)
    if among is not None:
        some = np.isin(days, list(among))
        days, certain = days[some], certain[some]
    cohort, _ = solved.cohort.repeat(np.full(len(days), who, np.int64))
    pins = np.repeat(_pins_of(solved.problem)[[who]], len(days), axis=0)
    pins[:, index] = days
    problem = build_problem(solved.protocol, cohort, solved.problem.as_of, solved.strict, pins)
    problem.tables.update(solved.problem.tables)
    tried = answer(problem)
    following = [n for n in following_nodes(solved.problem, index)
                 if solved.problem.timeline.state[who, n] == State.OPEN]  # fmt: skip
    schedule, names = recommend(problem, tried), solved.names
    columns: dict[str, Column] = {
        "participant": names.participant(np.full(len(days), who)),
        "day": date_column(days),
        "certainty": category_column(1 - certain.astype(np.int64), ("permitted", "undetermined")),
        **_targets(problem, schedule, following),
        **_slack(problem, tried, schedule, following, names),
    }
    heads = [solved.protocol.nodes[n].name for n in following]
    for n, name in zip(following, node_columns(heads, list(columns)), strict=True):
        columns[name] = date_column(schedule.day[:, n])
    return Frame(columns)


def _candidates(
    solved: Solved, who: int, node: int, undetermined: bool
) -> tuple[Days, "np.ndarray[Any, np.dtype[np.bool_]]"]:
    horizon, row = solved.problem.horizon, np.full(len(solved.problem.horizon), who)
    permitted = solved.answer.permitted.days[node].holds(row, horizon)
    chosen = permitted.copy()
    if undetermined:
        chosen |= solved.answer.undetermined[node].holds(row, horizon)
    return horizon[chosen], permitted[chosen]


def _targets(problem: Problem, schedule: Schedule, following: list[int]) -> dict[str, Column]:
    kept, count, off = on_targets(problem, schedule, following, np.arange(len(problem.cohort)))
    every = np.ones(len(kept), bool)
    named = {"on_target": kept, "targets": count, "days_off_target": off}
    return {name: integer_column(values, every) for name, values in named.items()}


def _slack(
    problem: Problem, solved: Answer, schedule: Schedule, following: list[int], names: NameColumns
) -> dict[str, Column]:
    """The smallest number of further days, and whose it is; the earlier node of two alike."""
    count = len(problem.cohort)
    required = [n for n in following if problem.protocol.nodes[n].required]
    spare = np.full((count, len(required)), FAR, np.int64)
    for place, node in enumerate(required):
        for undetermined, days in ((False, solved.permitted.days), (True, solved.possible.days)):
            row, first, last = days[node].columns()
            sizes = np.bincount(row, last - first + 1, minlength=count).astype(np.int64)
            mine = (schedule.undetermined == undetermined) & (sizes > 0)
            spare[mine, place] = sizes[mine] - 1
    least: Index = spare.min(1) if required else np.full(count, FAR)
    whose = spare.argmin(1) if required else np.zeros(count, np.int64)
    codes = np.full(count, -1, np.int64)
    known = least < FAR
    codes[known] = np.array(required, np.int64)[whose[known]]
    return {"slack": integer_column(least, known), "tightest": names.milestone(codes)}
