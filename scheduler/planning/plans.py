"""The Plan: everything that can be said about a study on one day, and what one asks of it.

The module is not called `plan`, because `scheduler.plan` is the function.

Source: docs/contract.md; docs/semantics.md.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from scheduler.binding.versions import united
from scheduler.days import as_day
from scheduler.planning import what_if
from scheduler.planning.as_of import AsOf
from scheduler.planning.comparison import PlanComparison, compared
from scheduler.planning.leaving_out import failing, may_be_left_out, without
from scheduler.planning.over_time import counts_frame, days_of_all, intervals_frame
from scheduler.planning.people import nodes_frame, people_frame
from scheduler.planning.sensitivity import sensitivity_frame
from scheduler.planning.solving import Progress, explain_day, solved_parts
from scheduler.planning.what_if import History
from scheduler.protocol import Protocol
from scheduler.protocol.visit_order import visit_numbers
from scheduler.reasons.explaining import Explanation
from scheduler.report.folder import WrittenFiles, write_plan, write_workbook
from scheduler.study.model import Study
from scheduler.tables.adam import subject_visits_frame, visit_windows_frame
from scheduler.tables.columns import join_frames
from scheduler.tables.deviation_summary import deviation_summary_frame
from scheduler.tables.lookups import ParticipantId, code_of, codes_of
from scheduler.tables.solved import Solved
from scheduler.tables.tables import TABLES, Tables

if TYPE_CHECKING:
    import pandas as pd
    from icalendar import Calendar
    from matplotlib.figure import Figure

    from scheduler.calendars.export import CalendarOptions
    from scheduler.figures import FigureOptions, LaneOptions

Change = Callable[[Solved, Any], tuple[Solved, list[str]]]


class Plan(Tables):
    """What a study's participants may do when, as seen on `as_of`.

    Its tables are those of `Tables`; beyond them it answers questions: what if, day by day, why.
    """

    def explain(self, participant: ParticipantId, node: str, day: str | date) -> Explanation:
        """The verdict for one participant, milestone or visit and day, with every reason.

        The day may carry a time, as in "2026-07-13 10:30".
        Raises: NotFound for a participant or node that is not there or a day that is no date.
        """
        code = code_of(participant)
        return explain_day([self.part(code)], code, node, day)

    def with_dates(self, supposed: Mapping[ParticipantId, Mapping[str, str | date]]) -> "Plan":
        """What if open nodes take place on these days? By participant and node; a new plan.

        Raises: NotFound for an unknown participant, node or day, or a node that is not open.
        """
        return self._changed(supposed, what_if.with_dates)

    def with_history(
        self, added: ParticipantId | Mapping[ParticipantId, History], rows: History | None = None
    ) -> "Plan":
        """What if these rows stood in the table history? A participant and rows, or a mapping.

        Raises: NotFound for a participant; InputFaults where a row is wrong.
        """
        by_id = isinstance(added, Mapping) or rows is None
        given: Any = added if by_id else {added: rows}
        return self._changed(given, what_if.with_history)

    def _changed(self, by_id: Any, change: Change) -> "Plan":
        """The plan with what is given by participant changed in their parts."""
        if not isinstance(by_id, Mapping):
            raise TypeError(f"found {type(by_id).__name__}, expected a mapping by participant")
        given = {code_of(one): what for one, what in by_id.items()}
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

    def sweep(
        self, participant: ParticipantId, node: str, undetermined: bool = False
    ) -> "pd.DataFrame":
        """For every permitted day of a node: the days of all that follows, and the slack left."""
        code = code_of(participant)
        return self.handed(what_if.sweep(self.part(code), code, node, undetermined))

    @property
    def as_of(self) -> AsOf:
        """The day that everything is seen on; it compares with columns of dates."""
        return AsOf.of(super().as_of)

    @property
    def nodes(self) -> "pd.DataFrame":
        """The milestones and visits: name, label, kind, anchor."""
        return nodes_frame(self.protocol).pandas()

    @property
    def people(self) -> "pd.DataFrame":
        """The participants: code, the id as it was given, site, attributes."""
        return people_frame(self)

    def days(
        self,
        participants: ParticipantId | Iterable[ParticipantId] | None = None,
        nodes: str | Sequence[str] | None = None,
        first: str | date | None = None,
        last: str | date | None = None,
    ) -> "pd.DataFrame":
        """Day by day the verdict on every node, for a heat map: of one, of some, of everybody.

        Args: `participants` and `nodes` one or several of them (None: all); `first` and `last` day.
        No day before `as_of` or after the study's closing has a verdict, nor a row.
        Raises: NotFound for a participant, a node or a day; ValueError for a first day after the
        last one.
        """
        codes = self.participants if participants is None else codes_of(participants)
        return self.handed(days_of_all(self, codes, nodes, first, last))

    def counts(self, node: str, freq: str = "W") -> "pd.DataFrame":
        """In every period, how many participants may do a step? See `over_time.counts_frame`."""
        return counts_frame(self, node, freq)

    def intervals(self, start: str, end: str) -> "pd.DataFrame":
        """How many days lie between two steps, by participant? See `over_time.intervals_frame`."""
        return intervals_frame(self, start, end)

    def compare(self, other: "Plan") -> PlanComparison:
        """What differs in another plan: days, schedule and bookings of the people of both, states.

        Raises: TypeError for what is no plan.
        """
        if not isinstance(other, Tables):
            raise TypeError(f"found {type(other).__name__}, expected a plan")
        return compared(self, other)

    def sensitivity(self, grid: Mapping[str, Sequence[Any]]) -> "pd.DataFrame":
        """How many days and people do other figures leave? See `sensitivity.sensitivity_frame`.

        Raises: ValueError also for a plan with supposed dates, which are of its own figures.
        """
        if any(part.problem.pins is not None for part in self.parts):
            raise ValueError("dates are supposed here; ask the plan without them for other figures")

        def make(protocol: Protocol, study: Study) -> Plan:
            return plan(protocol, study, self.as_of, self.strict, self.participants)

        return sensitivity_frame(self.protocol, self.study, grid, make)

    def frames(self) -> "dict[str, pd.DataFrame]":
        """Every table by its name, as DataFrames of the caller's own."""
        return {table.name: getattr(self, table.name) for table in TABLES}

    def write(self, folder: str | Path, calendars: "CalendarOptions | None" = None) -> WrittenFiles:
        """Writes what `washout plan` writes: tables, workbook, page, calendars and run.json.

        Raises: NotWritable; CalendarError where an earlier run's calendars cannot be gone on with.
        """
        return write_plan(self, folder, calendars)

    def to_excel(self, path: str | Path) -> Path:
        """Writes the workbook report.xlsx alone, to a path. Raises: NotWritable."""
        return write_workbook(self, Path(path))

    def visit_windows(
        self, by_participant: bool = False, reference: str | None = None
    ) -> "pd.DataFrame":
        """ADaM analysis windows in study days (no Day 0), for the protocol or by participant."""
        frames = [visit_windows_frame(part, by_participant, reference) for part in self.parts]
        if by_participant:
            return self.joined(frames, "USUBJID").pandas()
        return join_frames(frames, {}).pandas()

    def subject_visits(self) -> "pd.DataFrame":
        """What took place, was missed or came unplanned, as SDTM SV rows."""
        frames = [subject_visits_frame(part) for part in self.parts]
        return self.joined(frames, "USUBJID").pandas()

    def deviation_summary(self) -> "pd.DataFrame":
        """How each milestone and visit kept to its window and target, over all participants."""
        order = [node.name for node in self.protocol.nodes]
        return deviation_summary_frame(self.parts, order).pandas()

    def calendar(self, participant: ParticipantId) -> "Calendar":
        """A participant's calendar, as if exported for the first time.

        Raises: NotFound for a participant who is not in the plan.
        """
        from scheduler.calendars.export import calendar

        return calendar(self, code_of(participant))

    def site_calendar(self, site: str) -> "Calendar":
        """A site's calendar, as if exported for the first time.

        Raises: NotFound for a site without participants.
        """
        from scheduler.calendars.export import site_calendar

        return site_calendar(self, site)

    def timeline(self, participant: ParticipantId, **options: "Unpack[FigureOptions]") -> "Figure":
        """A participant's timeline as a figure; options as of `scheduler.figures.timeline`."""
        from scheduler.figures import timeline

        return timeline(self, code_of(participant), **options)

    def swimlanes(self, **options: "Unpack[LaneOptions]") -> "Figure":
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
    participants: ParticipantId | Iterable[ParticipantId] | None = None,
    progress: Progress | None = None,
) -> Plan:
    """Which days are permitted, undetermined and blocked, for every participant and node.

    Args: `as_of` the day the plan is made on (nothing reads a clock); `strict` leaves a rule
    without any recorded row undetermined; `participants` limits the plan to some of them (a text or
    a whole number is one), whose rows alone are then bound; `progress` is told (steps done, steps
    in all).
    A protocol with versions plans each participant under their own. Those on whose data the
    program fails are left out, and told in `left_out`.
    Raises: InputFaults when the study does not fit the protocol; NotFound for a participant or a
    day that is none; TypeError for what is no protocol or study.
    Source: docs/semantics.md; docs/amendments.md.
    """
    if not isinstance(protocol, Protocol):
        raise TypeError(f"found {type(protocol).__name__}, expected what load_protocol gives")
    if not isinstance(study, Study):
        raise TypeError(f"found {type(study).__name__}, expected what load_study gives")
    if not isinstance(strict, bool):
        raise TypeError(f"strict: found {strict!r}, expected True or False")
    some = None if participants is None else codes_of(participants)
    try:
        return _planned(protocol, study, as_of, strict, some, progress)
    except Exception as error:
        if not may_be_left_out(error):
            raise
        everybody = some or _codes(study)

        def attempt(people: Sequence[str]) -> Plan:
            return _planned(protocol, study, as_of, strict, people, None)

        return without(everybody, failing(everybody, attempt, error), attempt)


def _codes(study: Study) -> list[str]:
    return list(dict.fromkeys(str(code) for code in study.participants.column("participant")))


def _planned(
    protocol: Protocol, study: Study, as_of: str | date, strict: bool,
    participants: Sequence[str] | None, progress: Progress | None,
) -> Plan:  # fmt: skip
    parts, told = solved_parts(protocol, study, as_day(as_of), strict, participants, progress)
    for part in parts if progress is not None else ():
        part.recommended  # noqa: B018 - computed here so that the progress is true
    own = [text for part in parts for text in part.protocol.warnings]
    return _plan(protocol, study, parts, [*own, *map(str, study.warnings), *told])


def _plan(
    protocol: Protocol, study: Study, parts: Sequence[Solved], warnings: Sequence[str]
) -> Plan:
    """The parts together; where they are of several versions, these share numbers of visits."""
    named = protocol
    if len(parts) > 1 or parts[0].protocol.version != protocol.version:
        named = united(protocol)
        numbers = visit_numbers(named)
        parts = [replace(part, numbers=numbers) for part in parts]
    present = {code for part in parts for code in part.participants}
    people = tuple(code for code in _codes(study) if code in present)
    return Plan(named, study, tuple(parts), people, tuple(dict.fromkeys(warnings)))
