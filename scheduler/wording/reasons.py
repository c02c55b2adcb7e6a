"""Sentences about why a day is out: spans, rules, open questions, conflicts.

Source: docs/semantics.md, sections 3 and 7.
"""

from dataclasses import replace

import numpy as np

from scheduler.arrays import groups
from scheduler.days import FAR, Days, iso
from scheduler.engine import Problem
from scheduler.engine.reason import NO_RECORD, RECORDED, Reason
from scheduler.protocol import Rule
from scheduler.rules.counting import Counting
from scheduler.rules.forbidden import Spans, day_spans
from scheduler.rules.forms import joint_makers
from scheduler.rules.links import Link
from scheduler.rules.recorded import State
from scheduler.rules.turning import clears_late, other_edges
from scheduler.wording.exposures import Words, begun_text, ended_text
from scheduler.wording.forms import listing, rule_text
from scheduler.wording.rules import (
    basis_text,
    day_text,
    range_text,
    reading_text,
)


def rule_basis(rule: Rule) -> str:
    """The reading of a rule's boundary and what the rule rests on."""
    return "; ".join(part for part in (reading_text(rule), basis_text(rule.basis)) if part)


def rule_reference(rule: Rule) -> str:
    """Which rule a sentence rests on, as its tail."""
    return f" ({rule.id}: {rule_text(rule)}; {rule_basis(rule)})"


def exposure_text(written: Words) -> str:
    """An exposure as it was written in the history; empty where there is none."""
    event, start, end = written
    return f"{event}{begun_text(start)}{ended_text(end)}".strip()


def when_text(node: str, day: int) -> str:
    """On which days of another node a span depends."""
    return f" when {node} is on or after {iso(day)}"


def ruled_out_text(undetermined: int, node: str) -> str:
    """That a span forbids, or may forbid, days of a node."""
    return f" {'may rule out' if undetermined else 'rules out'} {node} "


def clear_text(day: int, minute: int) -> str:
    """From when a span no longer forbids; FAR: it is not said."""
    return f", clear from {day_text(day, minute)}" if day < FAR else ""


def other_readings(problem: Problem, spans: Spans) -> Days:
    """The day that the other reading of its boundary gives for the far end of each span.

    FAR where it gives the same one, and where there is none.
    """
    found = np.full(len(spans), FAR, np.int64)
    for rule, rows in zip(
        problem.protocol.rules, groups(spans.rule, len(problem.protocol.rules)), strict=True
    ):
        if rule.elapsed or not rule.traits.reach:
            continue
        rows = rows[spans.exposure[rows] >= 0]
        if not len(rows):
            continue
        if rule.traits.together:
            found[rows] = _other_edges(problem, rule, spans.take(rows))
            continue
        turned = replace(rule, inclusive=not rule.inclusive)
        (first, last), _ = day_spans(turned, problem.cohort, spans.exposure[rows])
        if rule.traits.before:
            found[rows] = np.where(last != spans.last[rows], last + 1, FAR)
        else:
            found[rows] = np.where(first != spans.first[rows], first, FAR)
    return found


def _other_edges(problem: Problem, rule: Rule, spans: Spans) -> Days:
    """Those of a rule that weighs exposures together; "at least so long ago" has one reading."""
    if rule.traits.early or rule.traits.in_days or not len(spans):
        return np.full(len(spans), FAR)
    protocol, cohort = problem.protocol, problem.cohort
    counting = Counting(protocol, cohort)
    maker = joint_makers(protocol, cohort, problem.timeline, counting)[rule.form]
    return other_edges(maker, protocol.rules.index(rule), rule, spans.exposure, spans.first)


def other_reading_texts(rule: Rule) -> tuple[str, str]:
    """What stands before and after the day that the other reading gives for a span's far end."""
    word = "exclusive" if rule.inclusive else "inclusive"
    if clears_late(rule):
        return f" The {word} reading would be clear from ", "."
    return f" The {word} reading would forbid from ", " on."


def other_reading_text(texts: tuple[str, str], day: int) -> str:
    """What the other reading of the boundary would give for a span's far end; FAR: the same."""
    return "" if day >= FAR else day_text(day).join(texts)


_SAYS = {
    "clear": "nothing recorded stands against it",
    "blocks": "forbids days that are still possible",
    "undetermined": "may forbid days; a fact is missing",
    "not_recorded": "nothing recorded; taken as none",
    "not_applicable": "does not apply to this participant",
}


def rule_sentence(asked: tuple[str, str], state: str, day: int, minute: int, decision: str) -> str:
    """One row of the rule-by-rule checklist; `asked` is what the rule asks, and its basis."""
    stands = state in ("blocks", "undetermined")
    until = clear_text(day, minute) if stands else ""
    judged = f", decision {decision}" if decision else ""
    return f"{asked[0]}: {_SAYS[state]}{until}{judged} ({asked[1]})"


def link_text(link: Link) -> str:
    """What a gap or a visit's window asks."""
    if link.gap is not None:
        gap = link.gap
        sides = [f"at least {gap.min}"] if gap.min else []
        sides += [f"at most {gap.max}"] if gap.max else []
        return f"{gap.end} {' and '.join(sides)} after {gap.start}"
    assert link.node is not None and link.node.visit is not None
    visit = link.node.visit
    window = (
        f", from {visit.window.before} before to {visit.window.after} after" if visit.window else ""
    )
    word = "after" if visit.after else "before"
    number = f" (occurrence {link.node.occurrence})" if link.node.occurrence else ""
    return f"{link.node.name} {visit.target} {word} {visit.anchor}{window}{number}"


def reason_sentence(problem: Problem, reason: Reason) -> str:
    """One reason of a smallest set, or of a day that is out; reason_texts words those of rules."""
    if reason.kind in ("gap", "window"):
        link = problem.links[reason.link]
        return f"{link_text(link)} ({reason.name}; {basis_text(link.basis)})"
    if reason.kind == "closure":
        nodes = problem.protocol.nodes
        if not reason.name:
            return f"{nodes[reason.node].name} cannot be on {iso(reason.first)}: {reason.detail}"
        where = f"site {reason.name}" if reason.name != "site" else "the site"
        if reason.first < FAR:
            return f"{where} is closed on {iso(reason.first)}: {reason.detail}"
        held = any(node.weekdays for node in nodes)
        return f"closed days of {where}" + (", and the weekdays that steps are held to" * held)
    if reason.kind == "date":
        if reason.link == NO_RECORD and reason.detail != "set":
            days = range_text(reason.first, reason.last)
            return f"{reason.name} has no record; it may have been on any day, {days}"
        recorded = "is done on" if reason.link == RECORDED else "counts as on its target day"
        recorded = "is set to" if reason.detail == "set" else recorded
        return f"{reason.name} {recorded} {iso(reason.first)}"
    return {
        "as_of": f"the plan is made as of {iso(reason.first)}; no open node can be earlier",
        "study_opens": f"the study opens on {iso(reason.first)}",
        "study_closes": f"the study closes on {iso(reason.last)}",
    }[reason.name]


def freed_sentence(problem: Problem, node: int, day: int) -> str:
    """What dropping one reason alone would free; a day before `as_of` is history."""
    passed = ", which has passed" if day < problem.as_of else ""
    return f"{problem.protocol.nodes[node].name} {iso(day)}{passed}"


def date_question(name: str, state: str, booked: int) -> str:
    """A recorded date that is missing."""
    if state == "overdue":
        return f"{name}: its window has passed without a record; did it take place, and when?"
    if state == "unrecorded":
        return f"{name}: something after it is recorded as done; when did it take place?"
    return f"{name} was booked for {iso(booked)}, which has passed; did it take place?"


def settles_text(days: list[tuple[str, int, int]]) -> str:
    """Which days wait for a date: for each node all of its ranges; empty where none does."""
    ranges: dict[str, list[str]] = {}
    for name, first, last in days:
        ranges.setdefault(name, []).append(range_text(first, last))
    told = "; ".join(f"{name} {' and '.join(found)}" for name, found in ranges.items())
    return f" The answer settles {told}" if told else ""


def query_sentence(
    question: str, node: str, now: int, then: int, ended: int, rule: Rule | None
) -> str:
    """A missing fact and what it would free; `ended` (FAR: none) is when a course would end."""
    favour = f"if it ended on {iso(ended)}" if ended < FAR else "if it is in favour"
    today = f"is permitted from {iso(now)} now" if now < FAR else "has no permitted day now"
    later = (
        f"from {iso(then)} {favour}" if then < FAR else f"none even {favour}, by this fact alone"
    )
    why = "" if rule is None else f" ({rule.id}: {rule_basis(rule)})"
    return f"{question[0].upper()}{question[1:]} {node} {today}, {later}{why}"


def fact_question(missing: str, what: str, attribute: str, rule: Rule | None) -> str:
    """The fact that is missing, as a question; `what` is an exposure as written, or empty."""
    if missing == "birth_date":
        return "what is the exact birth date?"
    if missing == "attribute":
        return f"what is the {attribute} of {what or 'the participant'}?"
    if missing == "half_life":
        return f"what is the half-life behind {what}?"
    if missing == "end":
        return f"has {what} ended, and when?"
    if what:
        return f"when did {what} start?"
    assert rule is not None
    if missing == "decision":
        return f"what does the investigator decide on {rule.id}?"
    return f"is there any {listing(rule.events)}?"


def fact_item(missing: str, written: Words, attribute: str, rule: Rule | None) -> str:
    """What a missing fact is about, as short text."""
    event, start, _ = written
    if event:
        return f"{attribute} of {event} {start}" if attribute else f"{event} {start}"
    if rule is not None and missing in ("decision", "start"):
        return rule.id if missing == "decision" else ", ".join(rule.events)
    return attribute or missing


def standing_remarks(problem: Problem, who: int, node: int) -> list[str]:
    """What has become of a node that is not open any more, so that no day can be permitted."""
    state = State(int(problem.timeline.state[who, node]))
    name = problem.protocol.nodes[node].name
    told = {
        State.DONE: f"is done on {iso(int(problem.timeline.day[who, node]))}; it has no open days",
        State.MISSED: "is recorded as missed; it has no open days",
        State.OVERDUE: "is overdue: its window has passed without a record",
        State.UNRECORDED: "is unrecorded: something after it is done; record its date",
        State.AWAITING: "awaits a date that nobody has recorded",
        State.ABSENT: "is not for this participant",
        State.CLOSED: "is closed: the participant has left the study",
    }
    return [f"{name} {told[state]}"] if state in told else []
