"""Records to English sentences: the only place with prose, besides wording/reasons.py.

Every function is pure: plain values or one record of the model in, text out. Days are day
numbers. A sentence says which reading of a boundary it used, what the rule rests on, and whether
the date behind it is recorded, booked or only recommended.
Source: docs/semantics.md, section 3; docs/contract.md.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from scheduler.days import FAR, clock_text, iso
from scheduler.protocol import STUDY_OPENS, Attributes, Basis, Rule
from scheduler.wording.forms import WORDS, days_text, listing, rule_text

Standing = Literal["done", "booked", "recommended", "fixed"]


@lru_cache(maxsize=1 << 14)  # a study has few days, and writes each of them many times
def day_text(day: int, minute: int = -1) -> str:
    """How a day is written: ISO, with its clock time where a minute of 0 or more is given."""
    if abs(day) >= FAR:
        return "no known day"
    return f"{iso(day)} {clock_text(minute)}" if minute >= 0 else iso(day)


def range_text(first: int, last: int) -> str:
    """How the days first..last are written; FAR and -FAR are open ends."""
    if first <= -FAR and last >= FAR:
        return "any day"
    if first <= -FAR:
        return f"until {day_text(last)}"
    if last >= FAR:
        return f"from {day_text(first)} on"
    return day_text(first) + (through_text(last) if last > first else "")


def through_text(last: int) -> str:
    """The last day of some days, behind their first one."""
    return f" to {day_text(last)}"


def length_text(rule: Rule) -> str:
    """The duration of a rule as the protocol file writes it; empty for a rule without one."""
    return "" if rule.length is None else str(rule.length)


def basis_text(basis: Basis) -> str:
    """What an item rests on: its source reference with the source's words, its assumption."""
    parts = []
    if basis.source is not None:
        phrase = f', "{basis.source.phrase}"' if basis.source.phrase else ""
        parts.append(f"{basis.source}{phrase}")
    if basis.assumption:
        parts.append(f"assumption: {basis.assumption}")
    return "; ".join(parts)


def reading_text(rule: Rule) -> str:
    """Which reading of its boundary a rule follows; empty for a rule without a duration."""
    if rule.length is None:
        return ""
    return f"exactly {length_text(rule)} counts as {WORDS[rule.form].reading(rule)}"


def only_text(only: Attributes) -> str:
    """Whom a condition is about: `if sex is female and arm is A or B`; empty without one."""
    parts = [f"{name} is {listing(values)}" for name, values in only.items()]
    return f"if {' and '.join(parts)}" if parts else ""


def except_text(exempt: Attributes) -> str:
    """What a rule exempts: `inhaled, topical excepted`; empty where it exempts nothing."""
    values = [value for listed in exempt.values() for value in listed]
    return f"{', '.join(values)} excepted" if values else ""


def bracketed(basis: Basis) -> str:
    """What an item rests on, as the tail of a sentence."""
    return f" [{text}]" if (text := basis_text(basis)) else ""


def conditions_text(rule: Rule, undetermined: bool) -> list[str]:
    """The clauses that a sentence about a rule adds: exemptions, whom it is for, judgement.

    `undetermined`: whether the rule is for this participant cannot be decided.
    """
    clauses = [
        except_text(rule.exempt),
        f"applies {only_text(rule.only)}, which is not recorded" if undetermined else "",
        "subject to the investigator's decision" if rule.judgement else "",
    ]
    return [clause for clause in clauses if clause]


def standing_text(label: str, day: int, minute: int, standing: Standing) -> str:
    """A milestone with its date, and what kind of date that is."""
    if standing == "fixed":
        return f"{label} ({day_text(day, minute)})"
    if day >= FAR:
        return f"{label} (no date yet)"
    return f"{label} ({standing} {'on' if standing == 'done' else 'for'} {day_text(day, minute)})"


def sentence(start: str, clauses: Sequence[str], basis: Basis) -> str:
    """A statement, its clauses, and what it rests on, as one sentence."""
    return f"{'; '.join([start, *(c for c in clauses if c)])}{bracketed(basis)}."


def half_life_text(label: str, half_life: str) -> str:
    """Which half-life a duty counts with."""
    return f"counted with the half-life of {label}, {half_life}"


def missing_half_life_text(label: str, counted: str, earlier: bool) -> str:
    """What a missing half-life leaves open; `counted` are the terms that could be told."""
    if not counted:
        return f"the half-life of {label} is missing"
    change = "earlier" if earlier else "later"
    return f"the half-life of {label} is missing: only {counted} is counted, it may be {change}"


def last_day_sentence(
    rule: Rule, event: str, milestone: str, last: tuple[int, int], other: tuple[int, int],
    clauses: Sequence[str] = (),
) -> str:  # fmt: skip
    """The last day (or minute) on which an event is still allowed before a milestone.

    `last` and `other` are a day and a minute (-1: none): by the rule's own reading of its
    boundary, and by the other one (FAR: there is none).
    """
    unit = "minute at" if last[1] >= 0 else "day on"
    said = f"last {unit} which {event} is still allowed before {milestone}"
    start = f"{day_text(*last)} is the {said}"
    if last[0] >= FAR:
        start = f"The {said} cannot be told"
    return sentence(start, [_reading(rule, other), *clauses], rule.basis)


def period_sentence(
    rule: Rule, event: str, milestone: str, first: int, last: tuple[int, int],
    other: tuple[int, int], clauses: Sequence[str] = (),
) -> str:  # fmt: skip
    """The days on which an event is forbidden after a milestone."""
    end = f"through {day_text(*last)}" if last[0] < FAR else "on, until a day that cannot be told"
    start = f"No {event} from {day_text(first)} {end}, {length_text(rule)} after {milestone}"
    return sentence(start, [_reading(rule, other), *clauses], rule.basis)


def kept_sentence(
    rule: Rule, event: str, milestone: str, first: int, last: int, clauses: Sequence[str] = ()
) -> str:
    """What must go on, without a change, until a milestone."""
    pauses = f"pauses of at most {days_text(rule.pauses)} do not count" if rule.pauses else ""
    said = f"Keep {event} unchanged until {milestone}: it must cover {range_text(first, last)}"
    return sentence(said, [reading_text(rule), pauses, *clauses], rule.basis)


def between_sentence(
    rule: Rule, event: str, start: str, until: str, clauses: Sequence[str] = ()
) -> str:
    """The days on which an event is forbidden from one milestone until another."""
    said = f"No {event} from {start} until {until}"
    return sentence(said, ["both days included", *clauses], rule.basis)


def _reading(rule: Rule, other: tuple[int, int]) -> str:
    """The reading that was used, and the day by the other one; "at least" leaves no other."""
    if rule.clear or other[0] >= FAR:
        return reading_text(rule)
    opposite = "if it did not" if rule.inclusive else "if it counted as within"
    return f"{reading_text(rule)} ({opposite}: {day_text(*other)})"


def fixed_text(name: str, day: int) -> str:
    """One of the study's own dates, as sentences name it."""
    return f"the study's {'opening' if name == STUDY_OPENS else 'closing'} on {day_text(day)}"


def stand_in_text(label: str, day: int) -> str:
    """A visit that stands on its target day for what hangs off it."""
    return f"the target day {day_text(day)} of {label}, which has no date of its own"


def exposure_text(label: str, start: str, end: str, dated: bool) -> str:
    """An exposure with its start and end as written; `dated` tells that the end is a date."""
    if not end or (dated and end == start):
        return f"{label} ({start})"
    return f"{label} ({start} to {end})" if dated else f"{label} ({start}, {end})"


def outside_study_sentence(label: str, day: int, days_out: int, edge: str, basis: Basis) -> str:
    """A done date before the study opens or after it closes."""
    side = "before" if days_out < 0 else "after"
    done = f"{label} was done on {day_text(day)}"
    return sentence(f"{done}, {days_text(abs(days_out))} {side} {edge}", [], basis)


def not_theirs_sentence(label: str, day: int, basis: Basis) -> str:
    """A visit that is done although it is not for the participant."""
    said = f"{label} was done on {day_text(day)}, but is not for this participant; it binds nothing"
    return sentence(said, [], basis)


def outside_sentence(
    done: str, days_out: int, late: bool, what: str, allowed: str, counted: str, basis: Basis
) -> str:
    """A done date outside its window or a gap; 0 days out is the right day at a wrong time."""
    side = "late" if late else "early"
    amount = f"{days_text(abs(days_out))} too {side}" if days_out else f"too {side} on that day"
    said = f"{done} was {amount}: {what} allowed {allowed}, counted with {counted}"
    return sentence(said, [], basis)


def short_sentence(
    rule: Rule, done: str, exposure: str, days_out: int | None, clear: tuple[int, int],
    at_least: bool, turns: bool,
) -> str:  # fmt: skip
    """A done date inside the washout before it; `turns`: the other reading would clear it."""
    lead = "at least " if at_least else ""
    if days_out is None:
        said = "with no clear day, for it has no end"
    elif days_out == 0:
        said = f"{lead}before the first clear time {day_text(*clear)}"
    else:
        said = f"{lead}{days_text(days_out)} before the first clear day {day_text(*clear)}"
    start = f"{done} came too soon after {exposure}, {said}"
    return sentence(start, [f"the rule is {rule_text(rule)}", _turning(rule, turns)], rule.basis)


def rule_broken_sentence(
    rule: Rule, done: str, exposure: str, forbidden: tuple[int, int], turns: bool
) -> str:
    """A done date on a day that a rule forbids; `exposure` is empty for an age rule."""
    said = WORDS[rule.form].broken(exposure, done)
    start = f"{said}; forbidden for it: {range_text(*forbidden)}"
    return sentence(start, [f"the rule is {rule_text(rule)}", _turning(rule, turns)], rule.basis)


def between_broken_sentence(rule: Rule, exposure: str, start: str, until: str) -> str:
    """An exposure between two milestones that a rule keeps free of it."""
    said = f"{exposure} lies between {start} and {until}, both days included"
    return sentence(said, [f"the rule is {rule_text(rule)}"], rule.basis)


def _turning(rule: Rule, turns: bool) -> str:
    """The reading that was used, and whether the other one would clear the date."""
    return reading_text(rule) + (" (if it did not, the date would be clear)" if turns else "")


def visit_sentence(
    milestone: str, status: str, time: str, certainty: str, assumption: str = ""
) -> str:
    """A milestone or visit on the day that it is booked or planned for."""
    at = f" at {time}" if time else ""
    doubt = _DOUBTS.get(certainty, "")
    return f"{milestone} is {status} for this day{at}{doubt}{_assumed(assumption)}."


_DOUBTS = {
    "undetermined": "; undetermined until open questions are answered",
    "blocked": "; not permitted: move it",
    "closed": "; the site is closed: move it",
    "does_not_fit": "; it does not fit the other dates: move it",
}


def window_sentence(
    milestone: str, first: str, last: str, assumption: str = "", opens: bool = True
) -> str:
    """The first or last day of a window that is still open."""
    verb = "opens" if opens else "closes"
    return f"The window of {milestone} {verb}: {first} to {last}{_assumed(assumption)}."


def overdue_sentence(milestone: str, last: str) -> str:
    """A visit whose window closed without a record."""
    closed = f": its window closed on {last}" if last else ""
    return f"{milestone} is overdue{closed}; was it done or missed?"


def booking_sentence(
    milestone: str, day: str, time: str, state: str, before: str, after: str
) -> str:
    """A booking that cannot stand, with the nearest permitted days."""
    booked = f"{milestone} is booked for {day}{f' {time}' if time else ''}"
    if state == "does_not_fit":
        return f"{booked}; the day is permitted, but not together with the other dates."
    if state == "waits_for_answer":
        return f"{booked}, which waits for an answer."
    near = [f"{day} {side}" for day, side in ((before, "before"), (after, "after")) if day]
    told = f"the nearest permitted are {' and '.join(near)}" if near else "no day is permitted"
    return f"{booked}, which is not permitted; {told}."


def _assumed(assumption: str) -> str:
    return f" [assumption: {assumption}]" if assumption else ""
