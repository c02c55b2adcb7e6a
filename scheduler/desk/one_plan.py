"""One participant at the desk: the rows that are recorded, and the plan that they give."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scheduler.errors import Fault
from scheduler.planning.plans import Plan
from scheduler.protocol import Protocol
from scheduler.report.cells import Row
from scheduler.store.stored import StoredRow
from scheduler.study.sites import Site

KEPT = ("summary", "schedule", "bookings", "queries", "deviations", "todo")
Tables = dict[str, list[Row]]


@dataclass(frozen=True)
class Known:
    """What is known of one participant: rows of the plan's tables, or why there is no plan."""

    tables: Tables = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def summary(self) -> Row:
        """The one row of the summary; empty where there is no plan."""
        found = self.tables.get("summary") or [{}]
        return found[0]


@dataclass(frozen=True)
class OnePlan:
    """The plan of one participant by itself, with the rows that it rests on."""

    code: str
    rows: tuple[StoredRow, ...]
    plan: Plan | None
    faults: tuple[Fault, ...]
    site: Site
    found: dict[str, Any] = field(default_factory=dict)  # what was worked out on request

    @cached_property
    def known(self) -> Known:
        """The rows of the tables that lists need."""
        if self.plan is None:
            return Known({}, self.faults)
        return Known({name: self.table(name) for name in KEPT}, self.faults)

    def table(self, name: str) -> list[Row]:
        """One table of the plan as rows of text."""
        if self.plan is None:
            return []
        if name not in self.found:
            self.found[name] = self.plan.table(name).rows()
        rows: list[Row] = self.found[name]
        return rows

    @property
    def protocol(self) -> Protocol | None:
        """The version of the protocol that the participant is under."""
        return None if self.plan is None else self.plan.part(self.code).protocol

    def cells(self, table: str) -> list[StoredRow]:
        """The rows of one table of the study, void ones left out."""
        return [row for row in self.rows if row.table == table and not row.void]


def said(rows: Iterable[StoredRow]) -> list[tuple[str, dict[str, str]]]:
    """What rows say, without their numbers and versions."""
    found = [(row.table, row.cells) for row in rows if not row.void]
    return sorted(found, key=lambda pair: pair[0])
