"""The table of conflicts: the smallest set of reasons for everybody who has no schedule.

Source: docs/semantics.md, section 7; docs/decisions/0008-conflict-sets.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Index
from scheduler.core.reasons import freed_days, smallest_conflicts
from scheduler.days import FAR
from scheduler.engine import Problem
from scheduler.engine.reason import KINDS, Reasons, among
from scheduler.reasons.builder import CaseBuilder
from scheduler.tables.columns import category_column, date_column, texts
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved
from scheduler.wording.many_reasons import freed_texts, reason_texts
from scheduler.wording.many_rows import Told, together

CHUNK = 4096  # participants whose reasons are looked for together
OWN_CHUNK = 64  # the same, where each may have tables of clock times of one's own


def conflicts_frame(solved: Solved) -> Frame:
    """The smallest set of reasons for every participant who has no schedule."""
    problem, answer, names = solved.problem, solved.answer, solved.names
    dead = np.flatnonzero(~answer.possible.alive)
    small = among(problem, dead) if len(dead) else problem
    parts = [_conflicts(small, people) for people in (_chunks(small) if len(dead) else [])]
    people, kind, first, last = (
        np.concatenate([np.zeros(0, np.int64), *column])
        for column in (
            [dead[part.people] for part in parts],
            [part.reasons.kind for part in parts],
            [part.reasons.first for part in parts],
            [part.reasons.last for part in parts],
        )
    )
    frame = Frame(
        {
            "participant": names.participant(people),
            "kind": category_column(kind, KINDS),
            "detail": texts(*together([part.details for part in parts])),
            "first": date_column(first),
            "last": date_column(last),
            "frees": texts(*together([part.frees for part in parts])),
        }
    )
    return frame.take(np.argsort(people, kind="stable"))


def _chunks(problem: Problem) -> list[Index]:
    """Participants in portions: smaller ones where a clock time of one's own needs own tables.

    Those with the same times come together, so that they share them.
    """
    timeline, count = problem.timeline, len(problem.protocol.nodes)
    looked_at = {end for link in problem.links if link.clocked for end in (link.start, link.end)}
    nodes = sorted(node for node in looked_at if node < count)
    timed = timeline.booked_timed[:, nodes]
    own = np.flatnonzero(timed.any(1))
    times = np.where(timed, timeline.booked_early[:, nodes], FAR)[own]
    own = own[np.lexsort(times.T)] if len(own) else own
    parts = []
    for people, size in ((np.flatnonzero(~timed.any(1)), CHUNK), (own, OWN_CHUNK)):
        parts += [people[i : i + size] for i in range(0, len(people), size)]
    return parts


@dataclass(frozen=True)
class _ConflictSets:
    """The smallest sets of some participants, in the order of the table."""

    people: Index
    reasons: Reasons
    details: Told
    frees: Told


def _conflicts(problem: Problem, people: Index) -> _ConflictSets:
    builder = CaseBuilder(problem, people, cautious=False)
    cases = builder.cases
    found = smallest_conflicts(cases)
    case, item = found.pairs(cases)
    reasons = builder.reasons(case, item)
    order = np.lexsort((reasons.name, reasons.first, reasons.kind, case))
    case, item, reasons = case[order], item[order], reasons.take(order)
    own = (reasons.node >= 0) & cases.members[reasons.node, case]
    node = np.where(own, reasons.node, found.node[case])
    day = freed_days(cases, case, item)[node, np.arange(len(case))]
    day = np.where(day < 0, FAR, day + builder.line.first)
    return _ConflictSets(
        people[case],
        reasons,
        reason_texts(builder.problem, reasons),
        freed_texts(builder.problem, node, day),
    )
