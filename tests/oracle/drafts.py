"""A generated case while it is drawn, and what may occur in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from .times import instants

DRAWN = {"assumption": "made up for a test"}


@dataclass(frozen=True)
class Features:
    """What may occur. Switches for what a reader may want to leave out."""

    hours: bool = True  # hour rules, hour gaps, visits in hours
    untimed_hour_visits: bool = True  # a visit in hours from an anchor without a clock time
    clock_changes: bool = True  # `at` inside the hour that is skipped or occurs twice
    unknown_windows: bool = True
    only_blanks: bool = True  # blank attributes that decide gaps and visits
    recorded: bool = True
    bookings: bool = True
    left: bool = True  # withdrawn, screen_failed
    rules_on_visits: bool = True  # a rule whose node is a visit
    gaps_on_visits: bool = True
    occurrences_in_gaps: bool = True  # gaps that name visit#2
    max_horizon: int = 60
    strict: float = 0.07  # how often an unrecorded rule counts as unknown
    many_bookings: bool = False  # up to five bookings, also of visits without a stated window
    chains: bool = False  # more visits, hanging off each other, in hours, missed
    bound_unknown: bool = False  # rules and gaps on visits without a stated window
    wider: bool = False  # rules that require, count, add up, or look to both sides
    pairs: bool = False  # many from..until rules, on points that are known to the month only
    newer: bool = False  # tests that expire, working days, usual intervals
    births: bool = False  # gaps and visits that count from the birth of a child
    late: bool = False  # records that are late, missing, contradictory or not for the participant


@dataclass
class Draft:
    """A case while it is drawn."""

    r: Random
    f: Features
    zone: str
    opens: date
    horizon: int
    as_of: date
    milestones: dict[str, dict[str, Any]] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    tests: list[dict[str, Any]] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)
    history: list[dict[str, str]] = field(default_factory=list)
    dates: list[dict[str, str]] = field(default_factory=list)
    decisions: list[dict[str, str]] = field(default_factory=list)
    sites: dict[str, Any] | None = None

    def maybe(self, chance: float) -> bool:
        """True with this chance."""
        return self.r.random() < chance

    def day(self, first: int, last: int) -> date:
        """A day, counted from the study's opening."""
        return self.opens + timedelta(days=self.r.randint(first, max(first, last)))

    def time_on(self, day: date) -> str:
        """A clock time that occurs exactly once on this day."""
        while True:
            time = f"{self.r.randrange(24):02d}:{self.r.choice(['00', '15', '30'])}"
            if len(instants(self.zone, day.toordinal(), time)) == 1:
                return time


def amount(r: Random, most: int) -> str:
    """A duration of whole days up to about `most`, in one of the ways to write it."""
    n = r.randint(0, most)
    ways = [f"{n} days", f"P{n}D"]
    if n >= 7:
        ways += [f"{n // 7} weeks", f"P{n // 7}W"]
    if n >= 28 and r.random() < 0.7:
        ways = ["1 month", f"P1M{n - 28}D", "P1M"]
    return r.choice(ways)
