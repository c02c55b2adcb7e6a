"""The answers: permitted days, statuses, the recommended schedule and the state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .exposures import cell
from .facts import Facts
from .passes import Pass
from .person import Closures, Protocol, Study


class Oracle(Facts):
    """Everything asked of one participant on one day `as_of`."""

    def __init__(self, *told: Any, **options: Any) -> None:
        super().__init__(*told, **options)
        hopeful = Facts(*told, **options, safe=False)
        self.passes = {True: Pass(self), False: Pass(hopeful)}

    # --- answers -----------------------------------------------------------------------------

    def domains(self) -> dict[str, dict[date, str]]:
        """For every open node: its permitted and undetermined days (the others are blocked)."""
        if self.left_study:
            return {}
        sure, hopeful = self.passes[True].domains(), self.passes[False].domains()
        return {
            name: {
                date.fromordinal(d): "permitted" if d in sure.get(name, ()) else "undetermined"
                for d in sorted(sure.get(name, set()) | hopeful.get(name, set()))
            }
            for name in self.nodes
            if name in sure or name in hopeful
        }

    def statuses(self) -> dict[str, str]:
        """done, booked, open, awaiting, overdue, unrecorded, missed, not applicable, none."""
        return {
            name: "booked" if status == "open" and self.booking(name) is not None else status
            for name, status in self.status.items()
        }

    def state(self) -> str:
        """The participant's state, as in summary.csv."""
        if cell(self.person, "withdrawn"):
            return "withdrawn"
        if cell(self.person, "screen_failed"):
            return "screen_failed"
        required = [
            n
            for n, node in self.nodes.items()
            if not self.is_optional(node, True)
            and self.status[n] != "not applicable"
            and (node.windowed or not node.visit)
        ]
        if all(self.status[n] in ("done", "missed") for n in required):
            return "complete"
        if self.passes[True].feasible():
            return "scheduled"
        return "undetermined" if self.passes[False].feasible() else "no_schedule"

    def schedule(self) -> dict[str, tuple[date, str]]:
        """The recommended schedule: day and certainty of every open node that gets a day."""
        if self.left_study:
            return {}
        for safe, certainty in ((True, "permitted"), (False, "undetermined")):
            if self.passes[safe].feasible():
                days = self.passes[safe].schedule()
                return {n: (date.fromordinal(d), certainty) for n, d in days.items()}
        return {}


def domains(
    protocol: Protocol,
    study: Study,
    participant: str,
    as_of: Any,
    strict: bool = False,
    closures: Closures | None = None,
) -> dict[str, dict[date, str]]:
    """{node: {day: "permitted" | "undetermined"}} for every open node; blocked days are absent."""
    oracle = Oracle(protocol, study, participant, as_of, strict=strict, closures=closures)
    return oracle.domains()


def statuses(
    protocol: Protocol,
    study: Study,
    participant: str,
    as_of: Any,
    strict: bool = False,
    closures: Closures | None = None,
) -> dict[str, str]:
    """{node: status} for every node."""
    oracle = Oracle(protocol, study, participant, as_of, strict=strict, closures=closures)
    return oracle.statuses()


def schedule(
    protocol: Protocol,
    study: Study,
    participant: str,
    as_of: Any,
    strict: bool = False,
    closures: Closures | None = None,
) -> dict[str, tuple[date, str]]:
    """{node: (day, certainty)} of the recommended schedule; a node without a day is absent."""
    oracle = Oracle(protocol, study, participant, as_of, strict=strict, closures=closures)
    return oracle.schedule()


def state(
    protocol: Protocol,
    study: Study,
    participant: str,
    as_of: Any,
    strict: bool = False,
    closures: Closures | None = None,
) -> str:
    """scheduled, undetermined, no_schedule, complete, withdrawn or screen_failed."""
    oracle = Oracle(protocol, study, participant, as_of, strict=strict, closures=closures)
    return oracle.state()


def day_range(first: str, last: str) -> list[date]:
    """All days from first to last, both included (for expected values in tests)."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=i) for i in range((end - start).days + 1)]
