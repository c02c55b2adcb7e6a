"""Rules: is a day (or a pair of days) possibly, or certainly, forbidden?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from .exposures import Choices, Exposure, Row, attribute, cell, written_days
from .times import (
    DAY_MINUTES,
    INF,
    Duration,
    Either,
    Interval,
    back,
    forward,
    is_clock,
    parse,
    parse_term,
    to_day,
)

Finding = tuple[bool, bool]  # possibly forbidden, certainly forbidden
NOTHING: Finding = (False, False)


def _listed(values: Any) -> list[str]:
    return [str(v) for v in values] if isinstance(values, list) else [str(values)]


def only(conditions: Mapping[str, Any] | None, participant: Row) -> bool | None:
    """Does it apply: all named attributes have a listed value? None: a blank could decide."""
    answers: list[bool | None] = []
    for name, values in (conditions or {}).items():
        value = attribute(participant, name)
        answers.append(None if value == "" else value in _listed(values))
    if False in answers:
        return False
    return None if None in answers else True


def exempt(conditions: Mapping[str, Any] | None, exposure: Row) -> bool | None:
    """Is it exempt: any named attribute has a listed value? None: a blank could decide."""
    answers: list[bool | None] = []
    for name, values in (conditions or {}).items():
        value = attribute(exposure, name)
        answers.append(None if value == "" else value in _listed(values))
    if True in answers:
        return True
    return None if None in answers else False


def weigh(
    choices: Choices, thresholds: tuple[int, ...], forbids: Callable[[int, int], bool]
) -> Finding:
    """Forbidden for some choice of (start, end), and forbidden for every choice."""
    answers = [forbids(s, t) for s, t in choices.pairs(thresholds)]
    assert answers, "no start on or before an end is possible"
    return any(answers), all(answers)


def both(findings: Iterable[Finding]) -> Finding:
    """Several grounds at once: one possible makes it possible, one certain makes it certain."""
    found = list(findings)
    return any(p for p, _ in found), any(c for _, c in found)


@dataclass(frozen=True)
class Judged:
    """An exposure that a rule looks at; soft: its finding is never certain."""

    exposure: Exposure | None  # None: nobody recorded anything (strict)
    soft: bool
    half_life: Fraction | None


class Rule:
    """One rule of the protocol, for one participant."""

    def __init__(self, raw: Mapping[str, Any], protocol: Mapping[str, Any], participant: Row):
        self.raw = raw
        self.id = str(raw["id"])
        self.participant = participant
        self.agents: Mapping[str, Any] = protocol.get("agents") or {}
        self.applies = only(raw.get("only"), participant)
        self.form = next(
            f for f in ("age", "from", "ever_before", "before", "after", "around", "at") if f in raw
        )
        self.node = str(raw.get(self.form if self.form != "age" else "at"))
        self.until = str(raw.get("until"))
        span = raw.get("within", raw.get("clear"))
        self.duration: Duration | None = None if span is None else parse(span)
        boundary = raw.get("boundary", protocol.get("boundary", "inclusive"))
        self.inclusive = boundary == "inclusive" and "clear" not in raw
        self.hours = self.duration is not None and is_clock(self.duration)
        self.events = _listed(raw.get("forbid", []))
        self.judged: list[Judged] = []

    # --- which exposures, and how firmly -----------------------------------------------------

    def look_at(
        self, exposures: list[Exposure], rows: list[Row], decisions: list[Row], strict: bool
    ) -> None:
        """Collect the exposures that this rule looks at."""
        if self.applies is False or self.form == "age":
            return
        if strict and not any(cell(row, "event") in self.events for row in rows):
            self.judged.append(Judged(None, True, None))
        for exposure in exposures:
            if exposure.event not in self.events:
                continue
            excepted = exempt(self.raw.get("except"), exposure.row)
            if excepted:
                continue
            soft = excepted is None or self.applies is None
            if "judgement" in self.raw:
                decision = self._decision(exposure, decisions)
                if decision == "clear":
                    continue
                soft = soft or decision is None
            self.judged.append(Judged(exposure, soft, self._half_life(exposure)))

    def _decision(self, exposure: Exposure, decisions: list[Row]) -> str | None:
        covering = []
        for row in decisions:
            if cell(row, "rule") != self.id:
                continue
            day = to_day(cell(row, "date"))
            if cell(row, "event"):
                covers = (cell(row, "event"), cell(row, "start")) == (
                    exposure.event,
                    cell(exposure.row, "start"),
                )
            else:
                covers = exposure.days.latest_start() <= day
            if covers:
                covering.append((day, cell(row, "decision")))
        return max(covering)[1] if covering else None

    def _half_life(self, exposure: Exposure) -> Fraction | None:
        def minutes(text: str) -> Fraction:
            term = parse_term(text)
            return Fraction(term.minutes if term.clock else term.days * DAY_MINUTES)

        own = attribute(exposure.row, "half_life")
        if own:
            return minutes(own)
        for name in (attribute(exposure.row, "agent"), exposure.event):
            if name and name in self.agents:
                return minutes(self.agents[name]["half_life"])
        return None

    def _lengths(self, half_life: Fraction | None) -> tuple[Fraction | int, Fraction | int]:
        """The shortest and the longest half-life that is possible."""
        return (0, INF) if half_life is None else (half_life, half_life)

    # --- findings ----------------------------------------------------------------------------

    def on_day(self, day: int, clock: list[Interval]) -> Finding:
        """May the rule forbid its node on this day?

        `clock`: what the node's time may be on that day; each alternative is an interval, any
        minute of which counts.
        """
        if self.form == "age":
            return self._age(day)
        return both(self._one(judged, day, clock) for judged in self.judged)

    def _one(self, judged: Judged, day: int, clock: list[Interval]) -> Finding:
        if judged.exposure is None:
            return True, False
        found = self._in_hours(judged, clock) if self.hours else self._in_days(judged, day)
        return found[0], found[1] and not judged.soft

    def _in_days(self, judged: Judged, m: int) -> Finding:
        assert judged.exposure is not None
        days = judged.exposure.days
        if self.form == "ever_before":
            return weigh(days, (m,), lambda s, t: s <= m)
        if self.form == "at":
            return weigh(days, (m,), lambda s, t: s <= m <= t)
        assert self.duration is not None
        # A longer half-life only forbids more: the shortest tells what is certain.
        certain_with, possible_with = self._lengths(judged.half_life)
        return (
            self._days_with(days, m, possible_with)[0],
            self._days_with(days, m, certain_with)[1],
        )

    def _days_with(self, days: Choices, m: int, half_life: Fraction | int) -> Finding:
        assert self.duration is not None
        if self.form == "before":
            start = back(m, self.duration, half_life)
            if self.inclusive:
                return weigh(days, (m, start), lambda s, t: s <= m and t >= start)
            return weigh(days, (m, start), lambda s, t: s <= m and t > start)
        end = forward(m, self.duration, half_life)
        if self.form == "around":
            far = back(m, self.duration, half_life)
            if self.inclusive:
                return weigh(days, (far, end), lambda s, t: t >= far and s <= end)
            return weigh(days, (far, end), lambda s, t: t > far and s < end)
        if self.inclusive:
            return weigh(days, (m, end), lambda s, t: m <= t and s <= end)
        return weigh(days, (m, end), lambda s, t: m <= t and s < end)

    def _in_hours(self, judged: Judged, clock: list[Interval]) -> Finding:
        assert judged.exposure is not None and not isinstance(self.duration, Either | None)
        length = self.duration.minutes

        def instant_forbids(m: int, s: int, t: int) -> bool:
            if self.form == "around":
                far, end = m - length, m + length
                return t >= far and s <= end if self.inclusive else t > far and s < end
            if self.form == "before":
                return s <= m and (t >= m - length if self.inclusive else t > m - length)
            return m <= t and (s <= m + length if self.inclusive else s < m + length)

        found = []
        for lo, hi in clock:
            # Some minute m of lo..hi is forbidden: the predicate turns only where m passes s, t,
            # s - length or t + length, so the ends and those minutes with their neighbours do.
            def forbids(s: int, t: int, lo: int = lo, hi: int = hi) -> bool:
                turns = (
                    lo,
                    hi,
                    *(c + k for c in (s, t, s - length, t + length) for k in (-1, 0, 1)),
                )
                return any(instant_forbids(m, s, t) for m in turns if lo <= m <= hi)

            # Once "some minute" is applied, only comparisons of s and t with these are left.
            edges = (lo, hi, lo - length, hi - length, lo + length, hi + length)
            found.append(weigh(judged.exposure.minutes, edges, forbids))
        return any(p for p, _ in found), all(c for _, c in found)

    def on_pairs(self, pairs: list[Interval]) -> Finding:
        """May `from A until B` forbid one of these pairs of days; does it forbid each of them?"""
        found = []
        for judged in self.judged:
            if judged.exposure is None:
                found.append((True, False))
                continue
            days, each = judged.exposure.days, []
            for a, b in pairs:
                each.append(weigh(days, (a, b), lambda s, t, a=a, b=b: a <= t and s <= b))  # type: ignore[misc]
            possible, certain = any(p for p, _ in each), all(c for _, c in each)
            found.append((possible, certain and not judged.soft))
        return both(found)

    # --- age ---------------------------------------------------------------------------------

    def _age(self, day: int) -> Finding:
        if self.applies is False:
            return NOTHING
        birth = attribute(self.participant, "birth_date")
        if birth == "":
            return True, False
        answers = [day < adult or day >= too_old for adult, too_old in self._limits]
        return any(answers), all(answers) and self.applies is True

    @cached_property
    def _limits(self) -> list[Interval]:
        """First day old enough and first day too old, for each birth date that is possible."""
        least, most = self.raw["age"].get("min"), self.raw["age"].get("max")
        first, last = written_days(attribute(self.participant, "birth_date"))
        return [
            (
                -INF if least is None else completed(born, str(least), 0),
                INF if most is None else completed(born, str(most), 1),
            )
            for born in range(first, last + 1)
        ]


def completed(born: int, age: str, later: int) -> int:
    """The day on which so many years, months, weeks or days (and `later` more) are completed."""
    number, unit = age.split()
    count, unit = int(number) + later, unit.rstrip("s")
    if unit in ("week", "day"):
        return born + count * (7 if unit == "week" else 1)
    return birthday(born, count * (12 if unit == "year" else 1))


def birthday(born: int, months: int) -> int:
    """The day on which so many months are completed; one that does not exist rolls to the 1st."""
    d = date.fromordinal(born)
    year, month = divmod(d.year * 12 + d.month - 1 + months, 12)
    try:
        return date(year, month + 1, d.day).toordinal()
    except ValueError:
        return date(year + (month == 11), (month + 1) % 12 + 1, 1).toordinal()
