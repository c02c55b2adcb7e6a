"""The Plan: everything that can be said about a study on one day, as DataFrames.

The module is not called `plan`, because `scheduler.plan` is the function.

Source: docs/contract.md; docs/semantics.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scheduler.binding.by_version import bind_versions
from scheduler.binding.cohort import Cohort
from scheduler.by_name import call
from scheduler.days import as_day, date_of
from scheduler.engine import Answer, Problem, answer, build_problem
from scheduler.errors import Fault, InputFaults, NotFound, suggestion
from scheduler.planning.questions import Questions
from scheduler.protocol import Protocol
from scheduler.reasons.explaining import Explanation, explain
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule, recommend
from scheduler.schedule.windows_left import StandingDates, WindowsLeft, windows_given
from scheduler.study.model import Study
from scheduler.tables.agenda import compute_agenda
from scheduler.tables.assumptions import assumptions_frame, assumptions_of_nodes
from scheduler.tables.blocked import blocked_frame, rules_frame
from scheduler.tables.calendar_rows import compute_calendar_rows
from scheduler.tables.columns import NameColumns
from scheduler.tables.conflicts import conflicts_frame
from scheduler.tables.deviations import compute_deviations
from scheduler.tables.duties import compute_duties
from scheduler.tables.queries import queries_frame
from scheduler.tables.schedule import (
    bookings_frame,
    counts_by_participant,
    dates_of,
    schedule_frame,
    summary_frame,
)
from scheduler.tables.windows import windows_frame

if TYPE_CHECKING:
    from icalendar import Calendar
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Plan(Questions):
    """What a study's participants may do when, as seen on `as_of`.

    Every table is computed from the same solved problem when it is first asked for. Columns are
    those of docs/contract.md: dates are datetime64[s], codes ordered categories in the order of
    the files, counts nullable integers.
    """

    protocol: Protocol
    study: Study
    cohort: Cohort
    as_of: date
    strict: bool
    warnings: list[str]
    problem: Problem
    answer: Answer
    judges: tuple["Plan", ...] = ()  # other versions that judge some of the done dates
    numbers: Mapping[str, int] | None = None  # of visits, where several versions share them

    @cached_property
    def _names(self) -> NameColumns:
        return NameColumns(self.protocol, self.cohort)

    @cached_property
    def recommended(self) -> Schedule:
        """The recommended schedule as arrays."""
        return recommend(self.problem, self.answer)

    @cached_property
    def dates(self) -> StandingDates:
        """The recorded, booked and recommended dates as arrays."""
        return dates_of(self.problem, self.recommended)

    @cached_property
    def given(self) -> WindowsLeft:
        """The window of every node given the other dates, as arrays."""
        return windows_given(self.problem, self.dates)

    @cached_property
    def windows(self) -> pd.DataFrame:
        """One row a maximal run of days that a node may take."""
        return windows_frame(self.problem, self.answer, self._names)

    @cached_property
    def schedule(self) -> pd.DataFrame:
        """One row a participant and node: its date and status, and the window given the others."""
        texts = assumptions_of_nodes(self.protocol)
        return schedule_frame(self.problem, self.recommended, self.given, texts, self._names)

    @cached_property
    def blocked(self) -> pd.DataFrame:
        """One row a rule, exposure and certainty: the days forbidden by it alone."""
        return blocked_frame(self.problem, self._names)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """The rule-by-rule checklist."""
        return rules_frame(self.problem, self._names)

    @cached_property
    def duties(self) -> pd.DataFrame:
        """Last days and periods that the participant must keep to."""
        return compute_duties(self.problem, self.recommended, self.dates, self._names)

    @cached_property
    def queries(self) -> pd.DataFrame:
        """Facts that someone must find, and what each would free."""
        return queries_frame(self.problem, self.answer, self.strict, self._names)

    @cached_property
    def deviations(self) -> pd.DataFrame:
        """What recorded dates break."""
        found = compute_deviations(self.problem, self.dates, self._names)
        if not self.judges:
            return found
        from scheduler.planning.joined import judged_deviations

        return judged_deviations(self, found)

    @cached_property
    def conflicts(self) -> pd.DataFrame:
        """The smallest set of reasons for every participant without a schedule."""
        return conflicts_frame(self.problem, self.answer, self._names)

    @cached_property
    def bookings(self) -> pd.DataFrame:
        """Standing bookings: kept, not fitting, not permitted or past."""
        return bookings_frame(self.problem, self.answer, self.recommended, self._names)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a participant: state, what comes next and when, and what is open."""
        overdue = (self.problem.timeline.state == State.OVERDUE).sum(1)
        queries, deviations = counts_by_participant(self.cohort, self.queries, self.deviations)
        counts = {"open_queries": queries, "overdue": overdue, "deviations": deviations}
        return summary_frame(
            self.problem, self.answer, self.recommended, self.given, counts, self._names
        )

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """The assumptions that the plan rests on: kind, item, text."""
        return assumptions_frame(self.protocol, self.problem)

    @cached_property
    def calendar_rows(self) -> pd.DataFrame:
        """What calendars show, each row marked as resting on recorded or recommended dates."""
        return compute_calendar_rows(self)

    @property
    def participants(self) -> tuple[str, ...]:
        """The codes of the participants, in the order of their file."""
        return tuple(str(code) for code in self.cohort.ids)

    def part(self, participant: str) -> "Plan":
        """The plan of the protocol version that a participant is under: here the only one.

        Raises: NotFound for a participant that is not there.
        """
        if participant not in self.participants:
            tail = suggestion(participant, self.participants)
            raise NotFound(f'no participant "{participant}"{tail}')
        return self

    @property
    def sites(self) -> dict[str, tuple[str, str]]:
        """The site ("" for none) and IANA time zone of every participant."""
        sites = [self.cohort.sites[i] for i in self.cohort.site.tolist()]
        return {
            str(code): (site.id, site.timezone)
            for code, site in zip(self.cohort.ids, sites, strict=True)
        }

    def agenda(self, days: int = 28) -> pd.DataFrame:
        """What is due in the coming days, over all participants, by day."""
        return compute_agenda(self, days)

    def calendar(self, participant: str) -> "Calendar":
        """A participant's calendar, as if exported for the first time.

        Raises: NotFound for a participant who is not in the plan.
        """
        found: Calendar = call("calendars.export", "calendar", self, participant)
        return found

    def site_calendar(self, site: str) -> "Calendar":
        """A site's calendar, as if exported for the first time.

        Raises: NotFound for a site without participants.
        """
        found: Calendar = call("calendars.export", "site_calendar", self, site)
        return found

    def explain(self, participant: str, node: str, day: str | date) -> Explanation:
        """The verdict for one participant, milestone or visit and day, with every reason.

        Raises: NotFound for a participant or node that is not there or a day that is no date.
        """
        codes = [str(code) for code in self.cohort.ids]
        if participant not in codes:
            raise NotFound(f'no participant "{participant}"{suggestion(participant, codes)}')
        if node not in self.protocol.index:
            raise NotFound(f'no milestone or visit "{node}"{suggestion(node, self.protocol.index)}')
        who, index = codes.index(participant), self.protocol.index[node]
        return explain(self.problem, self.answer, who, index, as_day(day))

    def timeline(self, participant: str, **options: Any) -> "Figure":
        """A participant's timeline as a figure; options as of `scheduler.figures.timeline`."""
        drawn: Figure = call("figures", "timeline", self, participant, **options)
        return drawn

    def swimlanes(self, **options: Any) -> "Figure":
        """The study, a lane a participant; options as of `scheduler.figures.swimlanes`."""
        drawn: Figure = call("figures", "swimlanes", self, **options)
        return drawn

    def _repr_html_(self) -> str:
        return str(call("report.notebook", "plan_html", self))


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
    without any recorded row undetermined; `participants` limits the plan to some of them;
    `progress` is told (steps done, steps in all).
    A protocol with versions plans each participant under their own.
    Raises: InputFaults when the study does not fit the protocol; NotFound for a participant.
    Source: docs/semantics.md; docs/amendments.md.
    """
    day = as_day(as_of)
    tell = progress or (lambda done, total: None)
    parts, faults = bind_versions(study, protocol, day)
    stopping = [fault for fault in faults if not fault.warning]
    if stopping or not parts:
        raise InputFaults(stopping)
    if protocol.versions:
        from scheduler.planning.versions import plan_versions

        told = [str(fault) for fault in faults if fault.warning]
        return plan_versions(protocol, study, parts, told, day, strict, participants, tell)
    cohort = parts[0].cohort
    tell(0, 3)
    cohort = _chosen(cohort, participants)
    problem = build_problem(protocol, cohort, day, strict)
    tell(1, 3)
    solved = answer(problem)
    tell(2, 3)
    made = Plan(
        protocol,
        study,
        cohort,
        date_of(day),
        strict,
        _warnings(protocol, study, faults),
        problem,
        solved,
    )
    if progress is not None:
        made.recommended  # noqa: B018 - computed here so that the progress is true
    tell(3, 3)
    return made


def _warnings(protocol: Protocol, study: Study, faults: Sequence[Fault]) -> list[str]:
    told = (str(fault) for fault in faults if fault.warning)
    return list(dict.fromkeys([*protocol.warnings, *map(str, study.warnings), *told]))


def _chosen(cohort: Cohort, participants: Sequence[str] | None) -> Cohort:
    if participants is None:
        return cohort
    codes = [str(code) for code in cohort.ids]
    for code in participants:
        if code not in codes:
            raise NotFound(f'no participant "{code}"{suggestion(code, codes)}')
    wanted = set(participants)
    people = np.array([i for i, code in enumerate(codes) if code in wanted], np.int64)
    return cohort.repeat(people)[0]
