"""The Plan: everything that can be said about a study on one day, and what one asks of it.

The module is not called `plan`, because `scheduler.plan` is the function.

Source: docs/contract.md; docs/semantics.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scheduler.binding.by_version import VersionPart, bind_versions
from scheduler.binding.cohort import Cohort
from scheduler.binding.versions import of_people, united
from scheduler.days import as_day, as_moment
from scheduler.errors import InputFaults, LeftOut, NotFound, suggestion
from scheduler.planning import what_if
from scheduler.planning.leaving_out import failing, may_be_left_out
from scheduler.planning.what_if import History
from scheduler.protocol import Protocol
from scheduler.reasons.explaining import Explanation, explain
from scheduler.study.model import Study
from scheduler.tables.adam import subject_visits_frame, visit_windows_frame
from scheduler.tables.columns import join_frames
from scheduler.tables.days import days_frame
from scheduler.tables.deviation_summary import deviation_summary_frame
from scheduler.tables.lookups import node_of, who_of
from scheduler.tables.solved import Solved, solve
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    from icalendar import Calendar
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]
Change = Callable[[Solved, Any], tuple[Solved, list[str]]]


class Plan(Tables):
    """What a study's participants may do when, as seen on `as_of`.

    Its tables are those of `Tables`; beyond them it answers questions: what if, day by day, why.
    """

    def explain(self, participant: str, node: str, day: str | date) -> Explanation:
        """The verdict for one participant, milestone or visit and day, with every reason.

        The day may carry a time, as in "2026-07-13 10:30".
        Raises: NotFound for a participant or node that is not there or a day that is no date.
        """
        part = self.part(participant)
        who, index = who_of(part, participant), node_of(part, node)
        number, minute = as_moment(day)
        if minute >= 0:
            part, who = what_if.at_time(part, who, index, number, minute), 0
        return explain(part.problem, part.answer, who, index, number, minute)

    def with_dates(self, supposed: Mapping[str, Mapping[str, str | date]]) -> "Plan":
        """What if open nodes take place on these days? By participant and node; a new plan.

        Raises: NotFound for an unknown participant, node or day, or a node that is not open.
        """
        return self._changed(supposed, what_if.with_dates)

    def with_history(
        self, added: str | Mapping[str, History], rows: History | None = None
    ) -> "Plan":
        """What if these rows stood in the table history? A participant and rows, or a mapping.

        Raises: NotFound for a participant; InputFaults where a row is wrong.
        """
        given = {added: rows or ()} if isinstance(added, str) else added
        return self._changed(given, what_if.with_history)

    def _changed(self, given: Mapping[str, Any], change: Change) -> "Plan":
        """The plan with what is given by participant changed in their parts."""
        for code in given:
            self.part(code)
        parts, told = [], list(self.warnings)
        for part in self.parts:
            mine = {code: given[code] for code in given if code in part.sites}
            changed, more = change(part, mine) if mine else (part, [])
            parts.append(changed)
            told += more
        study = parts[0].study if len(parts) == 1 else self.study
        return replace(self, study=study, parts=tuple(parts), warnings=tuple(dict.fromkeys(told)))

    def sweep(self, participant: str, node: str, undetermined: bool = False) -> pd.DataFrame:
        """For every permitted day of a node: the days of all that follows, and the slack left."""
        return what_if.sweep(self.part(participant), participant, node, undetermined)

    def days(self, participant: str) -> pd.DataFrame:
        """Day by day the verdict on every node of a participant, for a heat map."""
        return days_frame(self.part(participant), participant)

    def visit_windows(
        self, by_participant: bool = False, reference: str | None = None
    ) -> pd.DataFrame:
        """ADaM analysis windows in study days (no Day 0), for the protocol or by participant."""
        frames = [visit_windows_frame(part, by_participant, reference) for part in self.parts]
        if by_participant:
            return self.joined(frames, "USUBJID")
        return frames[0] if len(frames) == 1 else join_frames(frames, {})

    def subject_visits(self) -> pd.DataFrame:
        """What took place, was missed or came unplanned, as SDTM SV rows."""
        return self.joined([subject_visits_frame(part) for part in self.parts], "USUBJID")

    def deviation_summary(self) -> pd.DataFrame:
        """How each milestone and visit kept to its window and target, over all participants."""
        return deviation_summary_frame(self.parts, [node.name for node in self.protocol.nodes])

    def calendar(self, participant: str) -> "Calendar":
        """A participant's calendar, as if exported for the first time.

        Raises: NotFound for a participant who is not in the plan.
        """
        from scheduler.calendars.export import calendar

        return calendar(self, participant)

    def site_calendar(self, site: str) -> "Calendar":
        """A site's calendar, as if exported for the first time.

        Raises: NotFound for a site without participants.
        """
        from scheduler.calendars.export import site_calendar

        return site_calendar(self, site)

    def timeline(self, participant: str, **options: Any) -> "Figure":
        """A participant's timeline as a figure; options as of `scheduler.figures.timeline`."""
        from scheduler.figures import timeline

        return timeline(self, participant, **options)

    def swimlanes(self, **options: Any) -> "Figure":
        """The study, a lane a participant; options as of `scheduler.figures.swimlanes`."""
        from scheduler.figures import swimlanes

        return swimlanes(self, **options)

    def _repr_html_(self) -> str:
        from scheduler.report.notebook import plan_html

        return plan_html(self)


def plan(
    protocol: Protocol,
    study: Study,
    as_of: str | date,
    strict: bool = False,
    participants: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Which days are permitted, undetermined and blocked, for every participant and node.

    Args: `as_of` the day the plan is made on (nothing reads a clock); `strict` leaves a rule
    without any recorded row undetermined; `participants` limits the plan to some of them, whose
    rows alone are then bound; `progress` is told (steps done, steps in all).
    A protocol with versions plans each participant under their own. Those on whose data the
    program fails are left out, and told in `left_out`.
    Raises: InputFaults when the study does not fit the protocol; NotFound for a participant.
    Source: docs/semantics.md; docs/amendments.md.
    """
    try:
        return _planned(protocol, study, as_of, strict, participants, progress)
    except Exception as error:
        if not may_be_left_out(error):
            raise
        everybody = participants or _codes(study)

        def attempt(people: Sequence[str]) -> Plan:
            return _planned(protocol, study, as_of, strict, people, None)

        return without(everybody, failing(everybody, attempt, error), attempt)


def sound_plan(
    make: Callable[[Sequence[str] | None], Plan],
    use: Callable[[Plan], object],
    trial: Callable[[Plan], object],
) -> Plan:
    """A plan that was used for everybody but those on whose data the use of it fails.

    `make` gives the plan of some participants (None: of all that are asked for); `trial` fails
    where `use` would, and leaves nothing behind.
    """
    found = make(None)
    try:
        use(found)
    except Exception as error:
        if not may_be_left_out(error) or not found.participants:
            raise
        left = failing(found.participants, lambda some: trial(make(some)), error)
        found = without(found.participants, (*found.left_out, *left), make)
        use(found)
    return found


def without(
    people: Sequence[str], left: Sequence[LeftOut], make: Callable[[Sequence[str]], Plan]
) -> Plan:
    """The plan of all but those left out, who are told in its warnings."""
    gone = {one.participant for one in left}
    found = make([code for code in people if code not in gone])
    told = tuple(dict.fromkeys([*map(str, left), *found.warnings]))
    return replace(found, left_out=tuple(dict.fromkeys(left)), warnings=told)


def _codes(study: Study) -> list[str]:
    return list(dict.fromkeys(str(code) for code in study.participants.column("participant")))


def _planned(
    protocol: Protocol, study: Study, as_of: str | date, strict: bool,
    participants: Sequence[str] | None, progress: Progress | None,
) -> Plan:  # fmt: skip
    day = as_day(as_of)
    tell = progress or (lambda done, total: None)
    chosen = _chosen(study, participants)
    bound, faults = bind_versions(chosen, protocol, day)
    stopping = [fault for fault in faults if not fault.warning]
    if stopping or not bound:
        raise InputFaults(stopping)
    parts = []
    for place, part in enumerate(bound):
        tell(place, len(bound))
        parts.append(
            _solved(part, day, strict, nobody=participants is not None and not participants)
        )
    tell(len(bound), len(bound))
    told = [*(str(fault) for fault in faults if fault.warning)]
    own = [text for part in parts for text in part.protocol.warnings]
    return _plan(protocol, study, parts, [*own, *map(str, study.warnings), *told])


def _plan(
    protocol: Protocol, study: Study, parts: Sequence[Solved], warnings: Sequence[str]
) -> Plan:
    """The parts together; where they are of several versions, these share numbers of visits."""
    named = protocol
    if len(parts) > 1 or parts[0].protocol.version != protocol.version:
        named = united(protocol)
        numbers = {node.name: node.index + 1 for node in named.nodes}
        parts = [replace(part, numbers=numbers) for part in parts]
    present = {code for part in parts for code in part.sites}
    people = tuple(code for code in _codes(study) if code in present)
    return Plan(named, study, tuple(parts), people, tuple(dict.fromkeys(warnings)))


def _solved(part: VersionPart, day: int, strict: bool, nobody: bool) -> Solved:
    """One version's participants, with the versions that judge some of their dates."""
    judges = [solve(*judge, day, strict) for judge in part.judges]
    cohort = _nobody(part.cohort) if nobody else part.cohort
    found = replace(solve(part.protocol, part.study, cohort, day, strict), judges=tuple(judges))
    found.recommended  # noqa: B018 - computed here so that the progress is true
    return found


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
