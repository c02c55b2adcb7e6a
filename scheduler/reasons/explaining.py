"""Smallest sets of reasons: why a participant has no schedule, and why a day is out.

Source: docs/semantics.md, sections 6 and 7; docs/decisions/0008-conflict-sets.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from scheduler.arrays import Index
from scheduler.by_name import call
from scheduler.core.reasons import against, smallest_conflicts
from scheduler.days import FAR, clock_text, date_of, day_of, on_weekdays
from scheduler.engine import Answer, Problem
from scheduler.engine.reason import Reason
from scheduler.errors import shown
from scheduler.protocol import Basis
from scheduler.reasons.builder import CaseBuilder
from scheduler.wording.forms import weekdays_text
from scheduler.wording.many_reasons import rule_words
from scheduler.wording.reasons import reason_sentence, standing_remarks
from scheduler.wording.rules import day_text

Verdict = Literal["permitted", "undetermined", "blocked"]


@dataclass(frozen=True)
class Explained:
    """One reason as a record: its kind, its name, its days, its sentence and its source.

    `first` and `last` are None where it is of no days of its own, or has no such end.
    """

    kind: str
    name: str
    first: date | None
    last: date | None
    sentence: str
    source: str = ""
    assumption: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
            "sentence": self.sentence,
            "source": self.source,
            "assumption": self.assumption,
        }

    def __repr__(self) -> str:
        return f"<Explained {self.kind} {self.name}: {shown(self.sentence)}>"


@dataclass(frozen=True)
class Explanation:
    """The verdict for one participant, node and day, with every reason."""

    participant: str
    milestone: str
    day: date
    verdict: Verdict
    reasons: tuple[Explained, ...]
    remarks: tuple[str, ...] = ()
    minute: int = -1

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "participant": self.participant,
            "milestone": self.milestone,
            "date": self.day.isoformat(),
            **({"time": clock_text(self.minute)} if self.minute >= 0 else {}),
            "verdict": self.verdict,
            "reasons": [reason.to_dict() for reason in self.reasons],
            "remarks": list(self.remarks),
        }

    def __repr__(self) -> str:
        head = f"{self.participant} {self.milestone} on {self.day.isoformat()}: {self.verdict}"
        return f"<Explanation {head}, {len(self.reasons)} reasons>"

    def __str__(self) -> str:
        day = day_text(day_of(self.day), self.minute)
        head = f"{self.participant} {self.milestone} on {day}: {self.verdict}"
        lines = [f"  - {reason.sentence}" for reason in self.reasons]
        return "\n".join([head, *lines, *(f"  {remark}" for remark in self.remarks)])

    def _repr_html_(self) -> str:
        return str(call("report.notebook", "explanation_html", self))


def explained(problem: Problem, reasons: Sequence[Reason]) -> tuple[Explained, ...]:
    """Reasons with their sentences and sources."""
    found = []
    for reason in reasons:
        basis = _basis(problem, reason)
        found.append(
            Explained(
                reason.kind, reason.name, _day(reason.first), _day(reason.last),
                _sentence(problem, reason), str(basis.source or ""), basis.assumption,
            )
        )  # fmt: skip
    return tuple(found)


def _day(number: int) -> date | None:
    return None if abs(number) > FAR // 2 else date_of(number)


def _sentence(problem: Problem, reason: Reason) -> str:
    if reason.kind != "rule":
        return reason_sentence(problem, reason)
    span, first, last = (np.array([day]) for day in (reason.span, reason.first, reason.last))
    return rule_words(problem, problem.spans.take(span), first, last)[0][0] or ""


def _basis(problem: Problem, reason: Reason) -> Basis:
    if reason.kind == "rule":
        return problem.protocol.rules[int(problem.spans.rule[reason.span])].basis
    if reason.kind in ("gap", "window"):
        return problem.links[reason.link].basis
    if reason.kind == "bound" and reason.name != "as_of":
        return problem.protocol.study.basis
    return Basis()


def explain(
    problem: Problem, answer: Answer, who: int, node: int, day: int, minute: int = -1
) -> Explanation:
    """The verdict for one day of a node, and every reason for it.

    `minute` is the time of the day that the problem has the node booked for, where one was asked.
    """
    verdict = _verdict(answer, who, node, day)
    reasons: tuple[Explained, ...] = ()
    if verdict != "permitted":
        person, cautious = np.array([who]), verdict == "undetermined"
        builder = CaseBuilder(problem, person, cautious, asked=(node, day))
        reasons = explained(builder.problem, _why_not(builder, node, day))
    name, participant = problem.protocol.nodes[node].name, str(problem.cohort.ids[who])
    remarks = tuple(standing_remarks(problem, who, node))
    return Explanation(participant, name, date_of(day), verdict, reasons, remarks, minute)


def _verdict(answer: Answer, who: int, node: int, day: int) -> Verdict:
    here, wanted = np.array([0]), np.array([day])
    if answer.permitted.days[node].take(np.array([who])).holds(here, wanted)[0]:
        return "permitted"
    unsure = answer.undetermined[node].take(np.array([who])).holds(here, wanted)[0]
    return "undetermined" if unsure else "blocked"


def _why_not(builder: CaseBuilder, node: int, day: int) -> list[Reason]:
    """The reasons against a day, each of which holds by itself.

    Those on the day itself (rules, bounds, a closed site), and the chain that reaches it from
    other nodes, which a closed day or a rule must not hide.
    """
    cases, asked = builder.cases, builder.items.asked
    item = against(cases, node, day - builder.line.first)
    direct = _named(builder, item)
    if cases.heeds[node] and builder.closed(0, day):
        site = builder.problem.cohort.sites[0]
        name, why = site.id or "site", site.reason(day)
        direct.append(Reason("closure", name, node, day, day, detail=why))
    weekdays = builder.problem.protocol.nodes[node].weekdays
    if not on_weekdays(np.array([day]), weekdays)[0]:
        held = f"it is held to {weekdays_text(weekdays)}"
        direct.append(Reason("closure", "", node, day, day, detail=held))
    if direct:  # what else would stand against the day if these did not
        heeds = cases.heeds.copy()
        heeds[node] = False
        cases = replace(cases, heeds=heeds)
    _, chain = smallest_conflicts(cases, asked, item).pairs(cases)
    return [*direct, *_named(builder, chain[chain != asked])]


def _named(builder: CaseBuilder, item: Index) -> list[Reason]:
    reasons = builder.reasons(np.zeros(len(item), np.int64), item)
    return [reasons.at(row) for row in range(len(item))]
