"""Smallest sets of reasons: why a participant has no schedule, and why a day is out.

Source: docs/semantics.md, sections 6 and 7; docs/decisions/0008-conflict-sets.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from scheduler.arrays import Index
from scheduler.by_name import call
from scheduler.core.reasons import against, all_items, pairs_of, smallest_conflicts
from scheduler.days import FAR, Days, clock_text, date_of, day_of, on_weekdays
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


def explained(problem: Problem, reasons: Sequence[Reason]) -> list[Explained]:
    """Reasons with their sentences and sources."""
    found = []
    for reason, sentence in zip(reasons, _sentences(problem, reasons), strict=True):
        basis = _basis(problem, reason)
        found.append(
            Explained(
                reason.kind, reason.name, _day(reason.first), _day(reason.last), sentence,
                str(basis.source or ""), basis.assumption,
            )
        )  # fmt: skip
    return found


def _day(number: int) -> date | None:
    return None if abs(number) > FAR // 2 else date_of(number)


def _sentences(problem: Problem, reasons: Sequence[Reason]) -> Iterator[str]:
    rules = [reason for reason in reasons if reason.kind == "rule"]
    span = np.array([rule.span for rule in rules], np.int64)
    first, last = (
        np.array([getattr(r, end) for r in rules], np.int64) for end in ("first", "last")
    )
    words, place = rule_words(problem, problem.spans.take(span), first, last)
    ruled = iter(place.tolist())
    for reason in reasons:
        if reason.kind == "rule":
            yield words[next(ruled)] or ""
        else:
            yield reason_sentence(problem, reason)


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
    return next(explain_days(problem, answer, [(who, node, day)], minute))


def explain_days(
    problem: Problem, answer: Answer, asked: Sequence[tuple[int, int, int]], minute: int = -1
) -> Iterator[Explanation]:
    """The same for many days at once, each of a participant and a node."""
    verdicts = [_verdict(answer, *each) for each in asked]
    reasons: list[list[Explained]] = [[] for _ in asked]
    for cautious, verdict in ((True, "undetermined"), (False, "blocked")):
        left = [row for row, found in enumerate(verdicts) if found == verdict]
        while left:  # the cases of a batch are of different participants
            batch = {asked[row][0]: row for row in reversed(left)}
            people = sorted(batch)
            some = [batch[who] for who in people]
            node, day = (np.array([asked[row][at] for row in some], np.int64) for at in (1, 2))
            builder = CaseBuilder(problem, np.array(people), cautious, asked=(node, day))
            for row, told in zip(some, _why_not(builder, node, day), strict=True):
                reasons[row] = told
            left = [row for row in left if row not in some]
    for (who, node_, day_), verdict, told in zip(asked, verdicts, reasons, strict=True):
        name, participant = problem.protocol.nodes[node_].name, str(problem.cohort.ids[who])
        remarks = tuple(standing_remarks(problem, who, node_))
        once = tuple(dict.fromkeys(told))  # an age rules out both sides of a life in one sentence
        yield Explanation(participant, name, date_of(day_), verdict, once, remarks, minute)


def _verdict(answer: Answer, who: int, node: int, day: int) -> Verdict:
    here, wanted = np.array([0]), np.array([day])
    if answer.permitted.days[node].take(np.array([who])).holds(here, wanted)[0]:
        return "permitted"
    unsure = answer.undetermined[node].take(np.array([who])).holds(here, wanted)[0]
    return "undetermined" if unsure else "blocked"


def _why_not(builder: CaseBuilder, nodes: Index, days: Days) -> list[list[Explained]]:
    """The reasons against a day of each case, each of which holds by itself.

    Those on the day itself (rules, bounds, a closed site), and the chain that reaches it from
    other nodes, which a closed day or a rule must not hide.
    """
    cases, asked = builder.cases, builder.items.asked
    without, heeds = np.zeros_like(all_items(cases, builder.count)), cases.heeds.copy()
    for case, (node, day) in enumerate(zip(nodes.tolist(), days.tolist(), strict=True)):
        without[against(cases, case, node, day - builder.line.first), case] = True
    found = _named(builder, *pairs_of(without, cases))
    for case, (node, day) in enumerate(zip(nodes.tolist(), days.tolist(), strict=True)):
        found[case] += _closures(builder, case, node, day)
        if found[case]:  # what else would stand against the day if these did not
            heeds[node, case] = False
    left = replace(cases, heeds=heeds)
    of, item = smallest_conflicts(left, asked, without).pairs(left)
    chains = _named(builder, of[item != asked], item[item != asked])
    whole = [[*own, *chain] for own, chain in zip(found, chains, strict=True)]
    told = iter(explained(builder.problem, [reason for mine in whole for reason in mine]))
    return [[next(told) for _ in mine] for mine in whole]


def _closures(builder: CaseBuilder, case: int, node: int, day: int) -> list[Reason]:
    """The site's closed day, and a day of the week to which the node is not held."""
    found = []
    if builder.cases.heeds[node, case] and builder.closed(case, day):
        cohort = builder.problem.cohort
        site = cohort.sites[int(cohort.site[case])]
        name, why = site.id or "site", site.reason(day)
        found.append(Reason("closure", name, node, day, day, detail=why))
    weekdays = builder.problem.protocol.nodes[node].weekdays
    if not on_weekdays(np.array([day]), weekdays)[0]:
        held = f"it is held to {weekdays_text(weekdays)}"
        found.append(Reason("closure", "", node, day, day, detail=held))
    return found


def _named(builder: CaseBuilder, case: Index, item: Index) -> list[list[Reason]]:
    """The records of items, case by case."""
    found: list[list[Reason]] = [[] for _ in range(builder.count)]
    reasons = builder.reasons(case, item)
    for row, who in enumerate(case.tolist()):
        found[who].append(reasons.at(row))
    return found
