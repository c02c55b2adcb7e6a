"""Which days the date of a node without a record would settle.

Every such node is a row of the same engine: a copy of the participant in which the missing day
counts in favour. The days that this permits, and that are not permitted now, wait for the record.
Source: docs/semantics.md, section 5.
"""

from dataclasses import replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days
from scheduler.engine.domains import solve_pass
from scheduler.engine.passes import Pass
from scheduler.engine.problem import Problem, build_problem
from scheduler.protocol import Protocol
from scheduler.rules.links import fixed_index
from scheduler.rules.spans import Spans

SettledDays = dict[int, list[tuple[int, int, int]]]  # for a row: nodes with first and last days


def settled_by(problem: Problem, who: Index, node: Index, strict: bool) -> SettledDays:
    """For every row (a participant, a node without a record) the days that its date settles."""
    rows = np.flatnonzero(problem.timeline.earliest[who, node] < FAR)
    if not len(rows):
        return {}
    people = who[rows]
    cohort, _ = problem.cohort.repeat(people)
    pins = None if problem.pins is None else problem.pins[people]
    copy = build_problem(problem.protocol, cohort, problem.as_of, strict, pins)
    copy.tables.update(problem.tables)
    favour = _resting_on(problem.protocol, node[rows]) & (copy.timeline.earliest < FAR)
    easier = replace(copy, spans=_in_favour(copy, favour))
    now = solve_pass(Pass(copy, cautious=True)).days
    then = solve_pass(Pass(easier, cautious=True, favour=favour)).days
    found: SettledDays = {}
    for pieces in then.less(now, np.arange(len(rows))):
        index, row = np.divmod(pieces.who, len(rows))
        columns = (rows[row], index, pieces.first, pieces.last)
        for row_, *days in zip(*(column.tolist() for column in columns), strict=True):
            found.setdefault(row_, []).append(tuple(days))
    return {row: sorted(days) for row, days in found.items()}


def _resting_on(protocol: Protocol, node: Index) -> Flags:
    """For every row its node, and what hangs off that one."""
    found = np.zeros((len(node), len(protocol.nodes)), bool)
    found[np.arange(len(node)), node] = True
    for index in protocol.anchors_first:
        anchor = protocol.nodes[index].anchor
        if anchor >= 0:
            found[:, index] |= found[:, anchor]
    return found


def _in_favour(problem: Problem, favour: Flags) -> Spans:
    """The spans with those of from..until rules on such nodes as far as they are certain."""
    spans, between = problem.spans, np.zeros(len(problem.spans), bool)
    for number, rule in enumerate(problem.protocol.rules):
        if rule.traits.pair:
            mine = spans.rule == number
            for name in (rule.node, rule.until):
                end = fixed_index(problem.protocol, name)
                if end < favour.shape[1]:
                    between |= mine & favour[spans.participant, end]
    certain = spans.certain & (spans.certain_first <= spans.certain_last)
    days: list[Days] = [
        np.where(between, sure, may)
        for sure, may in ((spans.certain_first, spans.first), (spans.certain_last, spans.last))
    ]
    return replace(spans, first=days[0], last=days[1]).take(~between | certain)
