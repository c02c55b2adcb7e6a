"""Does a rule forbid a day, for one exposure? As a careful person would write it, with pendulum.

Part of the plain loop. What is not known counts against the day, so these are the rules behind the
*permitted* days; undetermined days would be a second run. Source: docs/semantics.md, section 3.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pendulum
from pendulum import Date, DateTime

from benchmarks.plain_links import Length, length, plain

EVER, NEVER = Date(1, 1, 1), Date(9999, 12, 31)


@dataclass(frozen=True)
class Exposure:
    """One row of the history: its earliest start and its latest end."""

    event: str
    start: Date
    end: Date
    start_time: DateTime | None
    attributes: Mapping[str, str]


def exposure(row: Mapping[str, Any], point: bool, as_of: Date, zone: str) -> Exposure:
    """A row of the history, read; blanks are empty texts, dates dates or texts."""
    start, end = row["start"], row.get("end", "")
    time = None
    if isinstance(start, str):
        if len(start) == 16:
            time = pendulum.from_format(start, "YYYY-MM-DD HH:mm", tz=zone)
        first, last = (EVER, as_of) if start == "unknown" else _partly(start[:10])
    else:
        first = last = plain(start)
    if end == "":
        stop = last if point else NEVER
    elif end in ("ongoing", "unknown"):
        stop = NEVER if end == "ongoing" else as_of
    else:
        stop = _partly(end)[1] if isinstance(end, str) else plain(end)
    return Exposure(row["event"], first, stop, time, row)


def _partly(text: str) -> tuple[Date, Date]:
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    if day:
        return Date(year, month, day), Date(year, month, day)
    if month:
        first = Date(year, month, 1)
        return first, first.end_of("month")
    return Date(year, 1, 1), Date(year, 12, 31)


@dataclass(frozen=True)
class Rule:
    """One rule of the file; `back` is the longest reach of a rule in calendar time."""

    raw: Mapping[str, Any]
    form: str
    node: str
    until: str = ""
    terms: tuple[Length, ...] = ()
    hours: int = 0
    half_lives: int = 0
    agents: Mapping[str, Any] = field(default_factory=dict)

    def concerns(self, one: Exposure, person: Mapping[str, str]) -> bool:
        """Whether the rule may look at an exposure: a blank never exempts."""
        if one.event != self.raw["forbid"]:
            return False
        exempt = self.raw.get("except", {})
        if any(one.attributes.get(name, "") in values for name, values in exempt.items()):
            return False
        only = self.raw.get("only", {})
        return all(person.get(name, "") in ("", *values) for name, values in only.items())

    def forbids(self, day: Date, one: Exposure, at: DateTime | None) -> bool:
        """Whether an exposure that the rule concerns may forbid its node on a day."""
        if self.form == "at":
            return one.start <= day <= one.end
        if self.form == "after":
            return one.end >= day and one.start <= self.terms[0].after(day)
        if self.hours:
            return self._hours(one, at)
        if one.start > day:
            return False
        if self.half_lives:
            span = self._half_life(one)
            if span is None:
                return True
            return one.end >= min(term.before(day) for term in (*self.terms, span))
        since = self.terms[0].before(day)
        return one.end > since if self.form == "clear" else one.end >= since

    def _half_life(self, one: Exposure) -> Length | None:
        """So many half-lives in whole days; None where nobody states one."""
        told = one.attributes.get("half_life", "")
        if not told:
            known = self.agents.get(one.attributes.get("agent", "")) or self.agents.get(one.event)
            if not known:
                return None
            told = known["half_life"]
        number, unit = told.split()
        hours = float(number) * (24 if unit.startswith("day") else 1)
        return Length(days=math.ceil(self.half_lives * hours / 24))

    def _hours(self, one: Exposure, at: DateTime | None) -> bool:
        """Elapsed hours up to the clock time of the node, any time of unknown days counting."""
        assert at is not None
        start = one.start_time or _midnight(one.start, at)
        # "At the end of the day" is any minute before the next midnight.
        end = None if one.end == NEVER else _midnight(one.end.add(days=1), at).subtract(minutes=1)
        return start <= at and (end is None or end >= at.subtract(hours=self.hours))


def _midnight(day: Date, at: DateTime) -> DateTime:
    if day == EVER:
        return pendulum.datetime(1, 1, 2, tz="UTC")
    return pendulum.datetime(day.year, day.month, day.day, tz=at.timezone)


def rules_of(protocol: Mapping[str, Any]) -> list[Rule]:
    """All rules of a protocol file."""
    return [_rule(raw, protocol.get("agents", {})) for raw in protocol["rules"]]


def _rule(raw: Mapping[str, Any], agents: Mapping[str, Any]) -> Rule:
    if "from" in raw:
        return Rule(raw, "pair", raw["from"], raw["until"])
    if "at" in raw:
        return Rule(raw, "at", raw["at"])
    if "clear" in raw:
        return Rule(raw, "clear", raw["before"], terms=(length(raw["clear"]),))
    form = "after" if "after" in raw else "within"
    node, span = raw["after"] if form == "after" else raw["before"], raw["within"]
    if isinstance(span, dict):
        texts = span["longer_of"]
        terms = tuple(length(text) for text in texts if "half" not in text)
        count = next(int(text.split()[0]) for text in texts if "half" in text)
        return Rule(raw, form, node, terms=terms, half_lives=count, agents=agents)
    if span.endswith("hours"):
        return Rule(raw, form, node, hours=int(span.split()[0]))
    return Rule(raw, form, node, terms=(length(span),))
