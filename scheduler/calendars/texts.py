"""The words in calendars: neutral unless asked for detail."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

UNSCHEDULED = "unscheduled"
PLAN_LINE = "\nLast changed by the plan of {}. Check the plan before acting."
_PLAN_LINE = re.compile(r"\nLast changed by the plan of \S+\. Check the plan before acting\.\Z")
_WORD = re.compile(r"[^\W\d_]{4,}")
_CODED = re.compile(r"[\w.]*\d[\w.]*")


class CalendarRow(NamedTuple):
    """One calendar row as plain values; a day that is not known is None."""

    participant: str
    kind: str
    node: str
    rule: str
    event: str
    first: date | None
    last: date | None
    time: str
    status: str
    assumption: bool
    undetermined: bool
    source: str
    sentence: str
    basis: str
    occurrence: str
    caution: str
    secrets: str
    days: str
    minutes: str
    task: str
    label: str
    protocol: str
    zone: str


def without_plan_line(description: str) -> str:
    """Which part of a description does not depend on the day that it was written?"""
    return _PLAN_LINE.sub("", description)


@lru_cache(maxsize=4096)
def neutral(text: str, event: str) -> str:
    """What of a rule's name or source can be shown without telling which event it is about?

    A text that shares a word with the event keeps its coded parts (``E12-surgery``: ``E12``).
    """
    hidden = {word.casefold() for word in _WORD.findall(event.replace("_", " "))}
    shown = [word.casefold() for word in _WORD.findall(text.replace("_", " "))]
    if any(word in secret or secret in word for word in shown for secret in hidden):
        return " ".join(_CODED.findall(text))
    return text


def readable(name: str) -> str:
    """A name from a file in words."""
    return name.replace("_", " ")


def _rule_name(row: CalendarRow, detailed: bool) -> str:
    return row.rule if detailed else neutral(row.rule, f"{row.event} {row.secrets}")


_TITLES = {
    "date": "{label}{planned}",
    "window": "{label} window",
    "window_open": "{label} window opens",
    "window_until": "{label} window closes",
    "closing": "{label} window closes",
    "duty_last_day": "last day{before}{rule}",
    "duty_period": "restriction{rule}",
    "duty_period_open": "restriction starts{rule}",
    "duty_period_until": "restriction ends{rule}",
    "duty_keep": "keep on{rule}",
    "test": "test{before}",
    "task": "task due: {task}",
    "task_done": "task done: {task}",
    "query": "open question{about}",
    "query_passed": "open question{about}",
    "query_overdue": "{label} overdue",
}
_DETAILED_TITLES = {
    "duty_last_day": "last day for {event}{before}",
    "duty_period": "no {event}",
    "duty_period_open": "no {event} from here on",
    "duty_period_until": "no {event} until today",
    "duty_keep": "keep {event} unchanged",
    "query": "open question: {event}{about}",
    "test": "{event}{before}",
}
_FACTS = {
    "date": "{label}, {status}: {first}{at}.",
    "window": "{label} may take place from {first} through {last}, on these days: {days}.",
    "window_open": "{label} may take place from {first} on; the plan knows no last day.",
    "window_until": "{label} may take place through {last}; the plan knows no first day.",
    "closing": "{label} may take place through {last}; this is the last day.",
    "duty_last_day": "{last} is the last day that is still allowed.",
    "duty_last_moment": "{last}{at} is the last moment that is still allowed.",
    "duty_period": "The restriction holds from {first} through {last}; "
    "{last}{at} is the last one that counts.",
    "duty_period_open": "The restriction starts on {first}{at}; the plan knows no last day.",
    "duty_period_until": "The restriction holds through {last}{at}; the plan knows no first day.",
    "duty_keep": "It must go on unchanged from {first} through {last}, both days included.",
    "test": "A test is to be made on one of the days from {first} through {last}.",
    "task": "{task} is due by {first}{at}.",
    "task_done": "{task} was due by {first}{at} and is recorded as done.",
    "query": "A fact is missing; an answer helps until {last}. "
    "The plan's list of queries says which.",
    "query_passed": "The appointment for {label} has passed and nothing is recorded: "
    "was it done, missed or moved?",
    "query_overdue": "The window of {label} closed on the day before and nothing is recorded: "
    "was it done or missed?",
}
_CAUTIONS = {
    "not_permitted": "This appointment is not permitted by the plan: move it.",
    "does_not_fit": "This appointment does not fit the other dates in the plan: move one of them.",
    "waits_for_answer": "This appointment waits for a fact or a decision: ask.",
}
_PREFIXES = {"not_permitted": "MOVE: ", "does_not_fit": "MOVE: ", "waits_for_answer": "ASK: "}


def title(row: CalendarRow, kind: str, detailed: bool) -> str:
    """What is an entry called?"""
    rule = _rule_name(row, detailed)
    event = readable(row.event) if detailed else ""
    template = (_DETAILED_TITLES.get(kind) if event else None) or _TITLES[kind]
    words = template.format(
        label=row.label,
        planned=" (planned)" if row.status == "planned" else "",
        before=f" before {row.label}" if row.label else "",
        about=f" about {row.label}" if row.label else "",
        rule=f", rule {rule}" if rule else "",
        event=event,
        task=_task(row, detailed),
    )
    return f"{_PREFIXES.get(row.caution, '')}{row.participant} {words}"


def _task(row: CalendarRow, detailed: bool) -> str:
    """What a task is called; that of an unscheduled visit may tell why there was one."""
    return row.task if detailed or row.node != UNSCHEDULED else "paperwork"


def _facts(row: CalendarRow, kind: str, detailed: bool) -> str:
    timed_duty = kind == "duty_last_day" and row.time
    return _FACTS["duty_last_moment" if timed_duty else kind].format(
        label=row.label,
        status=row.status,
        first=row.first,
        last=row.last or row.first,
        days=row.days,
        task=_task(row, detailed),
        at=f" at {row.time} ({row.zone})" if row.time else "",
    )


def body(row: CalendarRow, kind: str, version: str, detailed: bool, note: str = "") -> str:
    """What does an entry's description say, but for the plan's date?"""
    lines = [_facts(row, kind, detailed)]
    if note:
        lines.append(note)
    if row.caution:
        lines.append(_CAUTIONS[row.caution])
    if detailed and row.sentence:
        lines.append(row.sentence)
    if rule := _rule_name(row, detailed):
        lines.append(f"Rule: {rule}")
    if source := row.source if detailed else neutral(row.source, f"{row.event} {row.secrets}"):
        lines.append(f"Source: {source}")
    if row.assumption:
        lines.append("Rests on an assumption, not on the source alone.")
    if row.undetermined:
        lines.append("Undetermined: rests on facts that are not known yet.")
    if row.basis == "recommended":
        lines.append("Rests on recommended days that nobody has booked.")
    lines.append(f"Protocol {row.protocol}, version {version}.")
    return "\n".join(lines)
