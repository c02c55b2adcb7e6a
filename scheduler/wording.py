"""Records to English sentences: the only place with prose, besides wording_reasons.py.

Every function is pure: plain values or one record of the model in, text out. Days are day
numbers. A sentence says which reading of a boundary it used, what the rule rests on, and whether
the date behind it is recorded, booked or only recommended.
Source: docs/semantics.md, section 3; docs/contract.md.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from scheduler.days import FAR, clock_text, iso
from scheduler.protocol import Attributes, Basis, Rule

Standing = Literal["done", "booked", "recommended", "fixed"]


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
    return day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"


def days_text(count: int) -> str:
    """A count of days: `1 day`, `3 days`."""
    return "1 day" if count == 1 else f"{count} days"


def minutes_text(count: int) -> str:
    """A count of minutes: `1 hour 5 minutes`, `3 hours`, `20 minutes`."""
    hours, minutes = divmod(count, 60)
    parts = [f"{n} {unit}{'s' * (n != 1)}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) or "0 minutes"


def listing(words: Iterable[str], last: str = "or") -> str:
    """Words as a list in a sentence: `a`, `a or b`, `a, b or c`."""
    parts = list(words)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


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
    return f"exactly {length_text(rule)} counts as {'within' if rule.inclusive else 'clear'}"


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


def conditions_text(rule: Rule, doubtful: bool) -> list[str]:
    """The clauses that a sentence about a rule adds: exemptions, whom it is for, judgement.

    `doubtful`: whether the rule is for this participant cannot be decided.
    """
    clauses = [
        except_text(rule.exempt),
        f"applies {only_text(rule.only)}, which is not recorded" if doubtful else "",
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
