"""Which protocols are measured? Three made-up ones of one realistic shape, as protocol files.

All have a consent, 8 milestones with cyclic gaps, 12 follow-up visits, 34 gaps and windows between
those 20 nodes (and one from the consent), and 15 rules.

anchored    A consent is recorded for everybody. Days and weeks only, whole dates.
real_life   Month gaps and month washouts, an hours rule with a clock time, a from..until pair,
            half-lives, an `except` and an `only`; partial dates and dates recorded in every state.
screening   Nothing is recorded: one day `as_of` bounds everybody, and the study closes about 90
            days after the earliest end of the two years of follow-up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

TABLES = (
    "windows", "schedule", "blocked", "rules", "duties", "queries", "deviations", "conflicts",
    "bookings", "summary",
)  # fmt: skip
DEPTHS = {
    "core": "core alone: bound arrays in, exact days out",
    "windows": "exact windows",
    "schedule": "with schedule",
    "plan": f"the whole plan ({len(TABLES)} tables)",
}

MILESTONES = (
    "screening", "enrolment", "baseline_imaging", "blood_collection", "bridging",
    "lymphodepletion", "infusion", "discharge",
)  # fmt: skip
VISITS = tuple(f"visit_{n}" for n in range(1, 13))
NODES = ("consent", *MILESTONES, *VISITS)
Bounds = tuple[int, int, str, str]  # from, to (places in MILESTONES), min, max
GAPS: tuple[Bounds, ...] = (
    (0, 1, "1 days", "14 days"), (0, 2, "0 days", "28 days"), (1, 2, "0 days", "21 days"),
    (2, 3, "1 days", "21 days"), (1, 3, "2 days", "28 days"), (3, 4, "1 days", "14 days"),
    (4, 5, "7 days", "28 days"), (3, 5, "21 days", "56 days"), (5, 6, "3 days", "6 days"),
    (2, 6, "28 days", "90 days"), (6, 7, "10 days", "35 days"),
)  # fmt: skip
MONTH_GAPS = {
    (0, 2): ("0 days", "1 month"), (1, 3): ("2 days", "1 month"), (3, 5): ("21 days", "2 months"),
    (2, 6): ("1 month", "3 months"),
}  # fmt: skip
FOLLOW_UP = (
    ("7 days", 1), ("14 days", 2), ("21 days", 2), ("28 days", 3), ("60 days", 5), ("90 days", 7),
    ("120 days", 7), ("180 days", 14), ("270 days", 14), ("365 days", 21), ("540 days", 28),
    ("730 days", 30),
)  # fmt: skip
MONTH_FOLLOW_UP = (
    *FOLLOW_UP[:4], ("2 months", 5), ("3 months", 7), ("4 months", 7), ("6 months", 14),
    ("9 months", 14), ("12 months", 21), ("18 months", 28), ("24 months", 30),
)  # fmt: skip
EVENTS = (
    "chemo", "steroid", "trial_drug", "radio", "live_vaccine", "antibody", "surgery", "gcsf",
    "transfusion", "infection",
)  # fmt: skip
POINTS = ("live_vaccine", "surgery", "transfusion")
RULES = (
    "forbid: chemo, within: 28 days, before: blood_collection",
    "forbid: steroid, within: 7 days, before: blood_collection",
    "forbid: gcsf, within: 14 days, before: blood_collection",
    "forbid: transfusion, within: 7 days, before: blood_collection",
    "forbid: trial_drug, within: 30 days, before: screening",
    "forbid: radio, within: 14 days, before: lymphodepletion",
    "forbid: live_vaccine, within: 30 days, before: lymphodepletion",
    "forbid: live_vaccine, within: 42 days, before: infusion",
    "forbid: antibody, within: 28 days, before: infusion",
    "forbid: surgery, within: 21 days, before: infusion",
    "forbid: infection, within: 14 days, before: infusion",
    "forbid: steroid, within: 3 days, before: infusion",
    "forbid: steroid, within: 5 days, before: visit_4",
    "forbid: live_vaccine, within: 14 days, before: visit_5",
    "forbid: surgery, within: 2 days, before: baseline_imaging",
)
_NOT_LOCAL = "except: {route: [inhaled, topical]}"
LIFE_RULES = (
    "forbid: chemo, within: 28 days, before: blood_collection",
    f"forbid: steroid, {_NOT_LOCAL}, within: 7 days, before: blood_collection",
    "forbid: gcsf, within: 14 days, before: blood_collection",
    "forbid: transfusion, from: blood_collection, until: lymphodepletion",
    "forbid: trial_drug, within: {longer_of: [4 weeks, 5 half-lives]}, before: screening",
    "forbid: radio, within: 14 days, before: lymphodepletion",
    "forbid: live_vaccine, within: 1 month, before: lymphodepletion",
    "forbid: live_vaccine, within: 6 weeks, before: infusion",
    "forbid: antibody, clear: 2 months, before: infusion",
    "forbid: surgery, clear: 3 weeks, before: infusion",
    "forbid: infection, at: lymphodepletion",
    f"forbid: steroid, {_NOT_LOCAL}, within: 72 hours, before: infusion",
    "forbid: antibody, only: {sex: [female]}, within: 5 days, before: visit_4",
    "forbid: live_vaccine, within: 14 days, after: discharge",
    "forbid: surgery, within: 2 days, before: baseline_imaging",
)
HALF_LIVES = {"alphamab": "26 hours", "betanib": "9 days"}  # of gammacept nobody states one
INFUSION_AT = "10:00"


@dataclass(frozen=True)
class Design:
    """One protocol of the benchmark, the day it is planned on, and its seed."""

    name: str
    as_of: date
    opens: date
    closes: date
    seed: int

    @property
    def life(self) -> bool:
        """Whether it is the one with months, hours and partial dates."""
        return self.name == "real_life"

    @property
    def gaps(self) -> Sequence[Bounds]:
        """The gaps between milestones."""
        if not self.life:
            return GAPS
        return [(a, b, *MONTH_GAPS.get((a, b), (low, high))) for a, b, low, high in GAPS]

    @property
    def follow_up(self) -> Sequence[tuple[str, int]]:
        """Target and half width (days) of every visit, from the infusion."""
        return MONTH_FOLLOW_UP if self.life else FOLLOW_UP

    @property
    def rules(self) -> Sequence[str]:
        """The rules, each as the keys of a protocol file."""
        return LIFE_RULES if self.life else RULES

    @cached_property
    def text(self) -> str:
        """The protocol file."""
        made_up = "assumption: made up"
        gaps = [("consent", "screening", "0 days", "1 month" if self.life else "28 days")]
        gaps += [(MILESTONES[a], MILESTONES[b], low, high) for a, b, low, high in self.gaps]
        gaps += [(a, b, "5 days", "400 days") for a, b in pairwise(VISITS)]
        lines = [
            f"protocol: BENCH-{self.name}",
            "title: A made-up protocol for measuring",
            "version: '1.0'",
            "date: 2023-01-15",
            "timezone: Europe/Berlin",
            f"study: {{opens: {self.opens}, closes: {self.closes}, {made_up}}}",
            "events:",
            *(f"  {event}: {{kind: {self._kind(event)}}}" for event in EVENTS),
            "milestones:",
            *(f"  {name}: {{{self._at(name)}}}" for name in NODES[:9]),
            "gaps:",
            *(
                f"  - {{from: {a}, to: {b}, min: {low}, max: {high}, {made_up}}}"
                for a, b, low, high in gaps
            ),
            "visits:",
            *(
                f"  - {{id: {name}, after: infusion, target: {target}, "
                f"window: {{before: {wide} days, after: {wide} days}}, {made_up}}}"
                for name, (target, wide) in zip(VISITS, self.follow_up, strict=True)
            ),
            "rules:",
            *(f"  - {{id: R{n}, {rule}, {made_up}}}" for n, rule in enumerate(self.rules, 1)),
        ]
        if self.life:
            lines.append("agents:")
            lines += [f"  {a}: {{half_life: {t}, {made_up}}}" for a, t in HALF_LIVES.items()]
        return "\n".join(lines) + "\n"

    def _kind(self, event: str) -> str:
        return "point" if self.life and event in POINTS else "course"

    def _at(self, name: str) -> str:
        return f'at: "{INFUSION_AT}"' if self.life and name == "infusion" else ""


# The earliest visit_12 is 731 days after the consent (31 to the infusion, then 700): 90 days more.
_SCREENING = date(2026, 3, 2)
DESIGNS = {
    design.name: design
    for design in (
        Design("anchored", date(2024, 6, 3), date(2023, 6, 1), date(2027, 6, 30), 1),
        Design("real_life", date(2025, 6, 2), date(2023, 6, 1), date(2027, 9, 30), 2),
        Design("screening", _SCREENING, date(2026, 1, 5), _SCREENING + timedelta(days=731 + 90), 3),
    )
}
