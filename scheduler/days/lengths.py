"""Durations as rules and gaps state them, their arithmetic, and their texts.

Source: docs/semantics.md, section 2.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scheduler.days.steps import FAR, MINUTES_A_DAY, Calendar, Days, Offset, clamp, plus, roll

Flags = NDArray[np.bool_]
Unit = Literal["calendar", "elapsed", "half-lives", "working"]


@dataclass(frozen=True, slots=True)
class Term:
    """One duration: calendar time (months, then days), minutes, working days, or half-lives."""

    unit: Unit
    months: int = 0
    days: int = 0
    minutes: int = 0
    half_lives: float = 0.0
    text: str = ""
    working: int = 0

    @property
    def offset(self) -> Offset:
        """The duration as a forward step (half-lives have none by themselves)."""
        return Offset(self.months, self.days, self.minutes, self.working)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Length:
    """A duration as a rule or gap states it: one term, or the longer or shorter of several.

    Terms are combined by the dates that they give. Several terms count in whole days: hours and
    half-lives inside are rounded up.
    """

    terms: tuple[Term, ...]
    pick: Literal["one", "longer_of", "shorter_of"] = "one"

    @property
    def plain(self) -> bool:
        """Whether it is one time in months and days, the same whatever it is counted from."""
        return self.pick == "one" and self.terms[0].unit == "calendar"

    @property
    def elapsed(self) -> bool:
        """Whether the length is a time in hours or minutes, so that instants matter."""
        return self.pick == "one" and self.terms[0].unit == "elapsed"

    @property
    def works(self) -> bool:
        """Whether any term counts working days, so that a calendar matters."""
        return any(term.unit == "working" for term in self.terms)

    @property
    def minutes(self) -> int:
        """The minutes of an elapsed length."""
        return self.terms[0].minutes

    @property
    def needs_half_life(self) -> bool:
        """Whether any term counts half-lives."""
        return any(term.unit == "half-lives" for term in self.terms)

    def __str__(self) -> str:
        if self.pick == "one":
            return self.terms[0].text
        word = "longer" if self.pick == "longer_of" else "shorter"
        return f"the {word} of {' and '.join(term.text for term in self.terms)}"

    def first_clear(
        self, ends: Days, inclusive: bool | Flags, half_life: "NDArray[np.float64]",
        on: Calendar | None = None,
    ) -> Days:  # fmt: skip
        """The smallest day d whose clamped step back d - length lies after (or on) each end.

        `half_life` in minutes, per row; a row's infinite half-life gives no clear day at all.
        Working days (those of `on`) are counted forwards, and have no inclusive reading.
        """
        found = [
            _stepped(on, ends, term.working)
            if term.working
            else _first_clear(ends, days, term.months, inclusive)
            for term in self.terms
            for days in [_whole_days(term, half_life)]
        ]
        return _extreme(found, longest=self.pick == "longer_of")

    def first_reaching(
        self, starts: Days, inclusive: bool | Flags, half_life: "NDArray[np.float64]",
        on: Calendar | None = None,
    ) -> Days:  # fmt: skip
        """The smallest day d whose clamped step forward reaches (or passes) each start."""
        found = [
            _stepped(on, starts, -term.working)
            if term.working
            else _first_reaching(starts, days, term.months, inclusive)
            for term in self.terms
            for days in [_whole_days(term, half_life)]
        ]
        return _extreme(found, longest=self.pick == "shorter_of")

    def forward(
        self, days: Days, half_life: "NDArray[np.float64] | None" = None,
        on: Calendar | None = None,
    ) -> Days:  # fmt: skip
        """The clamped step forward: the last day that an upper bound of this length allows."""
        known = _NO_HALF_LIFE if half_life is None else half_life
        found = [
            _stepped(on, days, term.working)
            if term.working
            else plus(clamp(days, term.months), _whole_days(term, known))
            for term in self.terms
        ]
        return _extreme(found, longest=self.pick == "longer_of")

    def back(
        self, days: Days, half_life: "NDArray[np.float64] | None" = None,
        on: Calendar | None = None,
    ) -> Days:  # fmt: skip
        """The clamped step back: the far end of a look-back of this length.

        Of working days (those of `on`): the last day from which so many have passed by then.
        """
        known = _NO_HALF_LIFE if half_life is None else half_life
        found = [
            _stepped(on, days + 1, -term.working) - 1
            if term.working
            else plus(clamp(days, -term.months), -_whole_days(term, known))
            for term in self.terms
        ]
        return _extreme(found, longest=self.pick == "shorter_of")


def _first_clear(ends: Days, days: int | Days, months: int | Days, inclusive: bool | Flags) -> Days:
    return roll(plus(ends, days + inclusive), months)


def _first_reaching(
    starts: Days, days: int | Days, months: int | Days, inclusive: bool | Flags
) -> Days:
    return roll(plus(starts, 1 - inclusive - days), -months)


@dataclass(frozen=True, slots=True)
class PlainLengths:
    """Plain durations, row by row, which say of each row what `Length` says of all."""

    months: Days
    days: Days
    needs_half_life = False

    def first_clear(self, ends: Days, inclusive: bool | Flags, half_life: object = None) -> Days:
        """As `Length.first_clear`; the boundary is told row by row too."""
        return _first_clear(ends, self.days, self.months, inclusive)

    def first_reaching(
        self, starts: Days, inclusive: bool | Flags, half_life: object = None
    ) -> Days:
        """As `Length.first_reaching`; the boundary is told row by row too."""
        return _first_reaching(starts, self.days, self.months, inclusive)


_NO_HALF_LIFE: "NDArray[np.float64]" = np.zeros(1)


def _extreme(found: list[Days], longest: bool) -> Days:
    combine = np.maximum if longest else np.minimum
    result = found[0]
    for other in found[1:]:
        result = combine(result, other)
    return result


def _stepped(on: Calendar | None, days: Days, count: int) -> Days:
    assert on is not None, "working days need a calendar"
    return on.step(days, count)


def _whole_days(term: Term, half_life: "NDArray[np.float64]") -> int | Days:
    if term.unit in ("calendar", "working"):  # working days but for none at all are no plain days
        return term.days
    if term.unit == "elapsed":
        return math.ceil(term.minutes / MINUTES_A_DAY)
    length = np.minimum(np.ceil(np.round(half_life * term.half_lives, 6) / MINUTES_A_DAY), FAR)
    return np.asarray(length, np.int64)


_UNITS = {
    "minute": ("elapsed", "minutes", 1),
    "hour": ("elapsed", "minutes", 60),
    "day": ("calendar", "days", 1),
    "week": ("calendar", "days", 7),
    "month": ("calendar", "months", 1),
    "year": ("calendar", "months", 12),
}
_PLAIN = re.compile(r"(\d{1,9})\s+(minute|hour|day|week|month|year)s?", re.ASCII)
_WORKING = re.compile(r"(\d{1,9})\s+working\s+days?", re.ASCII)
_HALF_LIVES = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s+half-li(?:fe|ves)", re.ASCII)
_ISO = re.compile(
    r"P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?)?",
    re.ASCII,
)
_HALF_LIFE_VALUE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s+(hour|day)s?", re.ASCII)


def parse_term(text: str) -> Term | None:
    """The duration that a text states, or None where it is none.

    Forms: `15 minutes`, `72 hours`, `4 weeks`, `6 months`, `2 years`, `5 working days`,
    `5 half-lives`, ISO 8601.
    A text that mixes hours with days is none.
    """
    text = text.strip()
    if found := _PLAIN.fullmatch(text):
        unit, field, factor = _UNITS[found[2]]
        amount = int(found[1]) * factor
        return Term(unit, text=text, **{field: amount}) if amount < 10**7 else None  # type: ignore[arg-type]
    if found := _WORKING.fullmatch(text):
        count = int(found[1])
        return Term("working", working=count, text=text) if count < 10**5 else None
    if found := _HALF_LIVES.fullmatch(text):
        return Term("half-lives", half_lives=float(found[1]), text=text)
    if found := _ISO.fullmatch(text):
        years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
        calendar = any(part is not None for part in found.groups()[:4])
        elapsed = any(part is not None for part in found.groups()[4:])
        if calendar == elapsed or max(years, months, weeks, days, hours, minutes) > 10**5:
            return None
        if elapsed:
            return Term("elapsed", minutes=60 * hours + minutes, text=text)
        return Term("calendar", months=12 * years + months, days=7 * weeks + days, text=text)
    return None


def parse_half_life(text: str) -> float | None:
    """The minutes of a half-life such as `26 hours` or `1.5 days`, or None where it is none."""
    found = _HALF_LIFE_VALUE.fullmatch(text.strip())
    return None if not found else float(found[1]) * (60 if found[2] == "hour" else MINUTES_A_DAY)
