"""A plan of several versions: every participant under their own, brought together in one plan.

Each version's participants are solved by themselves with their own protocol; the frames are put
one after another in the order of the participants' file. Source: docs/amendments.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scheduler.binding.by_version import VersionPart
from scheduler.binding.cohort import Cohort
from scheduler.binding.versions import united
from scheduler.days import date_of
from scheduler.engine import Answer, Problem, answer, build_problem
from scheduler.errors import NotFound, suggestion
from scheduler.planning.joined import join_frames
from scheduler.planning.plans import Plan
from scheduler.planning.what_if import History
from scheduler.protocol import Protocol
from scheduler.study.model import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from scheduler.planning.plans import Progress
    from scheduler.reasons.explaining import Explanation


def plan_versions(
    protocol: Protocol,
    study: Study,
    parts: Sequence[VersionPart],
    warnings: list[str],
    day: int,
    strict: bool,
    participants: Sequence[str] | None,
    tell: "Progress",
) -> Plan:
    """The plan of a study whose participants may be under several versions.

    Raises: NotFound for a participant.
    """
    codes = [str(code) for code in study.participants.column("participant")]
    for code in participants or ():
        if code not in codes:
            raise NotFound(f'no participant "{code}"{suggestion(code, codes)}')
    wanted = set(codes if participants is None else participants)
    plans = []
    for place, part in enumerate(parts):
        tell(place, len(parts))
        made = _solved(part.protocol, part.study, part.cohort, wanted, day, strict, warnings)
        if made is not None:
            judges = [_solved(*judge, wanted, day, strict, []) for judge in part.judges]
            plans.append(replace(made, judges=tuple(one for one in judges if one is not None)))
    tell(len(parts), len(parts))
    if len(plans) == 1 and plans[0].protocol.version == protocol.version:
        return replace(plans[0], protocol=protocol, study=study)
    return VersionedPlan(plans, united(protocol), study, tuple(c for c in codes if c in wanted))


def _solved(
    protocol: Protocol, study: Study, cohort: Cohort, wanted: set[str], day: int, strict: bool,
    warnings: list[str],
) -> Plan | None:  # fmt: skip
    people = [i for i, code in enumerate(cohort.ids) if str(code) in wanted]
    if not people:
        return None
    cohort = cohort.repeat(np.array(people, np.int64))[0]
    problem = build_problem(protocol, cohort, day, strict)
    told = [*protocol.warnings, *warnings]
    made = Plan(protocol, study, cohort, date_of(day), strict, told, problem, answer(problem))
    made.recommended  # noqa: B018 - computed here so that the progress is true
    return made


class VersionedPlan(Plan):
    """A plan whose participants follow several versions; `part` is the plan of one of them.

    `protocol` names everything of all versions. What belongs to one version alone (cohort,
    problem, answer and the arrays made from them) is asked of the `parts`.
    """

    parts: tuple[Plan, ...]
    codes: tuple[str, ...]

    def __init__(
        self, parts: Sequence[Plan], protocol: Protocol, study: Study, codes: tuple[str, ...]
    ) -> None:
        """Brings the plans of the versions together; `codes` is the order of the participants."""
        warnings = list(dict.fromkeys(text for part in parts for text in part.warnings))
        for name, value in {
            "parts": tuple(parts), "protocol": protocol, "study": study, "codes": codes,
            "as_of": parts[0].as_of, "strict": parts[0].strict, "warnings": warnings,
            "judges": (),
        }.items():  # fmt: skip
            object.__setattr__(self, name, value)

    def _one_a_version(self) -> Any:
        raise AttributeError("a plan of several versions has one a version: use part(participant)")

    @property
    def cohort(self) -> Cohort:
        """One a version: raises."""
        return self._one_a_version()  # type: ignore[no-any-return]

    @property
    def problem(self) -> Problem:
        """One a version: raises."""
        return self._one_a_version()  # type: ignore[no-any-return]

    @property
    def answer(self) -> Answer:
        """One a version: raises."""
        return self._one_a_version()  # type: ignore[no-any-return]

    @property
    def participants(self) -> tuple[str, ...]:
        """The codes of the participants, in the order of their file."""
        return self.codes

    @property
    def sites(self) -> dict[str, tuple[str, str]]:
        """The site and time zone of every participant."""
        found = {code: site for part in self.parts for code, site in part.sites.items()}
        return {code: found[code] for code in self.codes}

    def part(self, participant: str) -> Plan:
        """The plan of the version that a participant is under.

        Raises: NotFound for a participant that is not there.
        """
        for part in self.parts:
            if participant in part.participants:
                return part
        raise NotFound(f'no participant "{participant}"{suggestion(participant, self.codes)}')

    def _joined(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        names = [node.name for node in self.protocol.nodes]
        rules = [rule.id for rule in self.protocol.rules]
        orders = {"participant": self.codes, "milestone": names, "rule": rules}
        orders["next_milestone"] = names
        joined = join_frames(frames, orders)
        place = pd.Index(list(self.codes)).get_indexer(pd.Index(joined["participant"].astype(str)))
        return joined.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)

    def _frames(self, name: str) -> pd.DataFrame:
        return self._joined([getattr(part, name) for part in self.parts])

    @cached_property
    def windows(self) -> pd.DataFrame:
        """One row a maximal run of days that a node may take."""
        return self._frames("windows")

    @cached_property
    def schedule(self) -> pd.DataFrame:
        """One row a participant and node: its date and status, and the window given the others."""
        return self._frames("schedule")

    @cached_property
    def blocked(self) -> pd.DataFrame:
        """One row a rule, exposure and certainty: the days forbidden by it alone."""
        return self._frames("blocked")

    @cached_property
    def rules(self) -> pd.DataFrame:
        """The rule-by-rule checklist."""
        return self._frames("rules")

    @cached_property
    def duties(self) -> pd.DataFrame:
        """Last days and periods that the participant must keep to."""
        return self._frames("duties")

    @cached_property
    def queries(self) -> pd.DataFrame:
        """Facts that someone must find, and what each would free."""
        return self._frames("queries")

    @cached_property
    def deviations(self) -> pd.DataFrame:
        """What recorded dates break, each by the version in force."""
        return self._frames("deviations")

    @cached_property
    def conflicts(self) -> pd.DataFrame:
        """The smallest set of reasons for every participant without a schedule."""
        return self._frames("conflicts")

    @cached_property
    def bookings(self) -> pd.DataFrame:
        """Standing bookings: kept, not fitting, not permitted or past."""
        return self._frames("bookings")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a participant: state, what comes next and when, and what is open."""
        return self._frames("summary")

    @cached_property
    def calendar_rows(self) -> pd.DataFrame:
        """What calendars show, each row marked as recorded or recommended."""
        return self._frames("calendar_rows")

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """The assumptions that the plan rests on, of all versions in use."""
        frames = [part.assumptions for part in self.parts]
        return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)

    def explain(self, participant: str, node: str, day: str | date) -> "Explanation":
        """The verdict for one participant, node and day, by the participant's version."""
        return self.part(participant).explain(participant, node, day)

    def days(self, participant: str) -> pd.DataFrame:
        """Day by day the verdict on every node of the participant's version."""
        return self.part(participant).days(participant)

    def sweep(self, participant: str, node: str, undetermined: bool = False) -> pd.DataFrame:
        """For every permitted day of a node: the days of all that follows, and the slack left."""
        return self.part(participant).sweep(participant, node, undetermined)

    def with_dates(self, supposed: Mapping[str, Mapping[str, str | date]]) -> Plan:
        """What if open nodes take place on these days? By participant and node; a new plan."""
        return self._changed(supposed, lambda part, own: part.with_dates(own))

    def with_history(self, added: str | Mapping[str, History], rows: History | None = None) -> Plan:
        """What if these rows stood in the table history? A participant and rows, or a mapping."""
        given = {added: rows or ()} if isinstance(added, str) else added
        return self._changed(given, lambda part, own: part.with_history(own))

    def _changed(
        self, given: Mapping[str, Any], change: Callable[[Plan, dict[str, Any]], Plan]
    ) -> Plan:
        for code in given:
            self.part(code)
        own = [{c: given[c] for c in given if c in part.participants} for part in self.parts]
        parts = [
            change(part, mine) if mine else part for part, mine in zip(self.parts, own, strict=True)
        ]
        return VersionedPlan(parts, self.protocol, self.study, self.codes)

    def visit_windows(
        self, by_participant: bool = False, reference: str | None = None
    ) -> pd.DataFrame:
        """ADaM analysis windows, by version or by participant."""
        frames = [part.visit_windows(by_participant, reference) for part in self._numbered()]
        return self._by_subject(frames) if by_participant else join_frames(frames, {})

    def subject_visits(self) -> pd.DataFrame:
        """What took place, was missed or came unplanned, as SDTM SV rows."""
        return self._by_subject([part.subject_visits() for part in self._numbered()])

    def _by_subject(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        order = [f"{self.protocol.id}-{code}" for code in self.codes]
        joined = join_frames(frames, {"USUBJID": order, "SUBJID": self.codes})
        place = pd.Index(order).get_indexer(pd.Index(joined["USUBJID"].astype(str)))
        return joined.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)

    def _numbered(self) -> list[Plan]:
        """The parts, with the numbers of visits that all versions share."""
        numbers = {node.name: node.index + 1 for node in self.protocol.nodes}
        return [replace(part, numbers=numbers) for part in self.parts]

    @property
    def _parts(self) -> Sequence[Plan]:
        return self.parts

    def timeline(self, participant: str, **options: Any) -> "Figure":
        """A participant's timeline as a figure, by the participant's version."""
        return self.part(participant).timeline(participant, **options)
