"""Smallest sets of reasons: why a participant has no schedule, and why a day is out.

Source: docs/semantics.md, sections 6 and 7; docs/decisions/0008-conflict-sets.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scheduler.case import KINDS, Reason, Reasons
from scheduler.case_builder import CaseBuilder
from scheduler.cohort import Flags, Index
from scheduler.core.reasons import against, freed_days, smallest_conflicts
from scheduler.days import FAR, date_of, iso
from scheduler.engine import Answer, Problem
from scheduler.frames import Names, coded, dates
from scheduler.late import call
from scheduler.protocol import Basis
from scheduler.reason_texts import freed_texts, reason_texts
from scheduler.wording_reasons import reason_sentence, standing_remarks

CHUNK = 4096  # participants whose reasons are looked for together


@dataclass(frozen=True)
class Explained:
    """One reason as a record: its kind, its name, its days, its sentence and its source."""

    kind: str
    name: str
    first: int
    last: int
    sentence: str
    source: str = ""
    assumption: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "first": iso(self.first),
            "last": iso(self.last),
            "sentence": self.sentence,
            "source": self.source,
            "assumption": self.assumption,
        }


@dataclass(frozen=True)
class Explanation:
    """The verdict for one participant, node and day, with every reason."""

    participant: str
    milestone: str
    day: int
    verdict: str
    reasons: list[Explained]
    remarks: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "participant": self.participant,
            "milestone": self.milestone,
            "date": date_of(self.day).isoformat(),
            "verdict": self.verdict,
            "reasons": [reason.to_dict() for reason in self.reasons],
            "remarks": self.remarks,
        }

    def __str__(self) -> str:
        head = f"{self.participant} {self.milestone} on {iso(self.day)}: {self.verdict}"
        lines = [f"  - {reason.sentence}" for reason in self.reasons]
        return "\n".join([head, *lines, *(f"  {remark}" for remark in self.remarks)])

    def _repr_html_(self) -> str:
        return str(call("show", "explanation_html", self))


def explained(problem: Problem, reasons: Sequence[Reason]) -> list[Explained]:
    """Reasons with their sentences and sources."""
    found = []
    for reason in reasons:
        basis = _basis(problem, reason)
        found.append(
            Explained(
                reason.kind, reason.name, reason.first, reason.last,
                reason_sentence(problem, reason), str(basis.source or ""), basis.assumption,
            )
        )  # fmt: skip
    return found


def _basis(problem: Problem, reason: Reason) -> Basis:
    if reason.kind == "rule":
        return problem.protocol.rules[int(problem.spans.rule[reason.span])].basis
    if reason.kind in ("gap", "window"):
        return problem.links[reason.link].basis
    if reason.kind == "bound" and reason.name != "as_of":
        return problem.protocol.study.basis
    return Basis()


def conflicts_frame(problem: Problem, answer: Answer, names: Names) -> pd.DataFrame:
    """The smallest set of reasons for every participant who has no schedule."""
    parts = [_conflicts(problem, p) for p in _chunks(problem, ~answer.possible.alive)]
    people = np.concatenate([part.people for part in parts])
    frame = pd.DataFrame(
        {
            "participant": names.participant(people),
            "kind": coded(np.concatenate([part.reasons.kind for part in parts]), KINDS),
            "detail": pd.concat([part.details for part in parts], ignore_index=True),
            "first": dates(np.concatenate([part.reasons.first for part in parts])),
            "last": dates(np.concatenate([part.reasons.last for part in parts])),
            "frees": pd.concat([part.frees for part in parts], ignore_index=True),
        }
    )
    by_person = np.argsort(people, kind="stable")
    return frame.take(by_person).reset_index(drop=True)


def _chunks(problem: Problem, dead: Flags) -> list[Index]:
    """Participants in portions; a clock time of one's own needs tables of one's own."""
    timed = dead & problem.clocked & problem.timeline.booked_timed.any(1)
    parts = []
    for some, size in ((dead & ~timed, CHUNK), (timed, CHUNK // 32)):
        people = np.flatnonzero(some)
        parts += [people[i : i + size] for i in range(0, len(people), size)]
    return parts or [np.flatnonzero(dead)]


@dataclass(frozen=True)
class _Part:
    """The smallest sets of some participants, in the order of the table."""

    people: Index
    reasons: Reasons
    details: "pd.Series[str]"
    frees: "pd.Series[str]"


def _conflicts(problem: Problem, people: Index) -> _Part:
    builder = CaseBuilder(problem, people, worst=False)
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
    return _Part(
        people[case],
        reasons,
        reason_texts(builder.problem, reasons),
        freed_texts(builder.problem, node, day),
    )


def explain(problem: Problem, answer: Answer, who: int, node: int, day: int) -> Explanation:
    """The verdict for one day of a node, and every reason for it."""
    verdict = _verdict(answer, who, node, day)
    reasons: list[Explained] = []
    if verdict != "permitted":
        person, worst = np.array([who]), verdict == "undetermined"
        builder = CaseBuilder(problem, person, worst, asked=(node, day))
        reasons = explained(builder.problem, _why_not(builder, node, day))
    name, participant = problem.protocol.nodes[node].name, str(problem.cohort.ids[who])
    remarks = standing_remarks(problem, who, node)
    return Explanation(participant, name, day, verdict, reasons, remarks)


def _verdict(answer: Answer, who: int, node: int, day: int) -> str:
    person, wanted = np.array([who]), np.array([day])
    if answer.permitted.days[node].holds(person, wanted)[0]:
        return "permitted"
    return "undetermined" if answer.undetermined[node].holds(person, wanted)[0] else "blocked"


def _why_not(builder: CaseBuilder, node: int, day: int) -> list[Reason]:
    """The reasons against a day: those on the day itself, else the chain that reaches it."""
    cases, asked = builder.cases, builder.items.asked
    direct = _named(builder, against(cases, node, day - builder.line.first))
    if cases.heeds[node] and builder.closed(0, day):
        site = builder.problem.cohort.sites[0]
        name, why = site.id or "site", site.reason(day)
        direct.append(Reason("closure", name, node, day, day, detail=why))
    if direct:
        return direct
    _, item = smallest_conflicts(cases, asked).pairs(cases)
    return _named(builder, item[item != asked])


def _named(builder: CaseBuilder, item: Index) -> list[Reason]:
    reasons = builder.reasons(np.zeros(len(item), np.int64), item)
    return [reasons.at(row) for row in range(len(item))]
