"""A study solved, part by part: what the Plan holds, and what one question about one day needs.

No tables are made here and no DataFrame is touched, so that a command with one question does not
wait for pandas to load. Source: docs/semantics.md; docs/amendments.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from scheduler.binding.by_version import VersionPart, bind_versions
from scheduler.binding.cohort import Cohort
from scheduler.binding.versions import of_people
from scheduler.days import as_moment
from scheduler.errors import InputFaults, NotFound, suggestion
from scheduler.planning.times import at_time
from scheduler.protocol import Protocol
from scheduler.reasons.explaining import Explanation, explain
from scheduler.study.model import Study
from scheduler.tables.lookups import node_of, who_of
from scheduler.tables.solved import Solved, solve

Progress = Callable[[int, int], None]


def solved_parts(
    protocol: Protocol,
    study: Study,
    day: int,
    strict: bool = False,
    participants: str | Sequence[str] | None = None,
    progress: Progress | None = None,
) -> tuple[list[Solved], list[str]]:
    """The participants, solved under the version of each, and what binding warned of.

    A single text as `participants` is one of them.
    Raises: InputFaults when the study does not fit the protocol; NotFound for a participant.
    """
    if isinstance(participants, str):
        participants = [participants]
    tell = progress or (lambda done, total: None)
    bound, faults = bind_versions(_chosen(study, participants), protocol, day)
    stopping = [fault for fault in faults if not fault.warning]
    if stopping or not bound:
        raise InputFaults(stopping)
    nobody = participants is not None and not participants
    parts = []
    for place, part in enumerate(bound):
        tell(place, len(bound))
        parts.append(_solved(part, day, strict, nobody))
    tell(len(bound), len(bound))
    return parts, [str(fault) for fault in faults if fault.warning]


def explain_day(
    parts: Sequence[Solved], participant: str, node: str, day: str | date
) -> Explanation:
    """The verdict for one participant, milestone or visit and day, with every reason.

    The day may carry a time, as in "2026-07-13 10:30".
    Raises: NotFound for a participant or node that is not there or a day that is no date.
    """
    part = next((part for part in parts if participant in part.sites), parts[0])
    who, index = who_of(part, participant), node_of(part, node)
    number, minute = as_moment(day)
    if minute >= 0:
        part, who = at_time(part, who, index, number, minute), 0
    return explain(part.problem, part.answer, who, index, number, minute)


def _solved(part: VersionPart, day: int, strict: bool, nobody: bool) -> Solved:
    """One version's participants, with the versions that judge some of their dates."""
    judges = [solve(*judge, day, strict) for judge in part.judges]
    cohort = _nobody(part.cohort) if nobody else part.cohort
    made = solve(part.protocol, part.study, cohort, day, strict)
    return replace(made, judges=tuple(judges)) if judges else made


def _nobody(cohort: Cohort) -> Cohort:
    return cohort.repeat(np.zeros(0, np.int64))[0]


def _chosen(study: Study, participants: Sequence[str] | None) -> Study:
    """The rows of some participants; those of nobody in the study come along, to be told of."""
    if not participants:
        return study
    codes = set(study.participants.coded("participant").texts)
    for code in participants:
        if code not in codes:
            raise NotFound(f'no participant "{code}"{suggestion(code, codes)}')
    return of_people(study, set(participants), codes)
