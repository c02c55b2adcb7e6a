"""Smallest sets of reasons: why a participant has no schedule, and why a day is out.

Source: docs/semantics.md, sections 6 and 7; docs/decisions/0008-conflict-sets.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scheduler.case import CaseBuilder, Maps, Reason
from scheduler.core.reasons import Item, least_schedule, smallest_conflict
from scheduler.days import date_of, iso
from scheduler.engine import Answer, Problem
from scheduler.frames import Names, category, dates
from scheduler.late import call
from scheduler.protocol import Basis
from scheduler.wording_reasons import freed_sentence, reason_sentence, standing_remarks

KINDS = ("rule", "gap", "window", "closure", "date", "bound")


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
    rows: list[tuple[int, Reason, str, str]] = []
    maps: Maps = {}
    for who in np.flatnonzero(~answer.possible.alive).tolist():
        rows += _conflict(problem, who, maps)
    return pd.DataFrame(
        {
            "participant": names.participant(np.array([row[0] for row in rows], np.int64)),
            "kind": category([row[1].kind for row in rows], KINDS),
            "detail": pd.Series([row[3] for row in rows], dtype="str"),
            "first": dates(np.array([row[1].first for row in rows], np.int64)),
            "last": dates(np.array([row[1].last for row in rows], np.int64)),
            "frees": pd.Series([row[2] for row in rows], dtype="str"),
        }
    )


def _conflict(problem: Problem, who: int, maps: Maps) -> list[tuple[int, Reason, str, str]]:
    builder = CaseBuilder(problem, who, worst=False, maps=maps)
    case = builder.build()
    mask, node = smallest_conflict(case)
    rows = []
    for reason in builder.named(mask):
        days = least_schedule(case, builder.item(reason)).days
        at = reason.node if days is not None and reason.node in days else node
        frees = "" if days is None else freed_sentence(problem, at, days[at])
        rows.append((who, reason, frees, reason_sentence(builder.problem, reason)))
    return sorted(rows, key=lambda row: (KINDS.index(row[1].kind), row[1].first, row[1].name))


def explain(problem: Problem, answer: Answer, who: int, node: int, day: int) -> Explanation:
    """The verdict for one day of a node, and every reason for it."""
    verdict = _verdict(answer, who, node, day)
    reasons: list[Explained] = []
    if verdict != "permitted":
        builder = CaseBuilder(problem, who, worst=verdict == "undetermined")
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
    chain = [node]
    while (anchor := builder.problem.protocol.nodes[chain[-1]].anchor) >= 0:
        chain.append(anchor)
    case = builder.build(tuple(chain))
    asked = Reason("date", "asked", node, day, day)
    pin: Item = builder.item(asked)
    direct: Item = 0
    for first, last, item in case.taken.get(node, []):
        direct |= item if first <= day <= last else 0
    if case.closed(node, day):
        why = builder.site.reason(day)
        direct |= builder.item(
            Reason("closure", builder.site.id or "site", node, day, day, detail=why)
        )
    for bounds, below in ((case.low.get(node, []), True), (case.high.get(node, []), False)):
        for bound, item in bounds:
            direct |= item if (day < bound if below else day > bound) else 0
    if direct:
        return builder.named(direct)
    case.pinned[node] = (day, pin)
    mask, _ = smallest_conflict(case, keep=pin)
    return [reason for reason in builder.named(mask) if reason != asked]
