"""One participant at the desk: the rows that are recorded, and the plan that they give."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scheduler.desk.asked import BOOKED, Before, Told, question_of, state_of, told_by
from scheduler.desk.frames import grouped
from scheduler.errors import Fault
from scheduler.planning.plans import Plan
from scheduler.protocol import Protocol
from scheduler.store.stored import StoredRow
from scheduler.study.sites import Site
from scheduler.tables.frames import Row
from scheduler.tables.lookups import activities_of, phase_of, place_of

KEPT = (
    "summary", "schedule", "bookings", "unscheduled", "queries", "deviations", "worklist",
)  # fmt: skip
MakeRows = Callable[[str], list[Row]]  # the rows of a table by its name


class Known:
    """What is known of one participant: rows of the plan's tables, or why there is no plan.

    The rows of each table are made when they are first read; who asks meanwhile waits for them.
    """

    def __init__(self, make: MakeRows | None = None, faults: tuple[Fault, ...] = ()) -> None:
        """By what makes the rows; None: there is no plan."""
        self.faults = faults
        self._make = make
        self._rows: dict[str, list[Row]] = {}
        self._making = threading.RLock()

    def table(self, name: str) -> list[Row]:
        """The rows of one of the tables that are kept."""
        if name not in self._rows:
            with self._making:
                if name not in self._rows:
                    self._rows[name] = self._make(name) if self._make else []
        return self._rows[name]

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    @property
    def tables(self) -> dict[str, list[Row]]:
        """All tables that are kept."""
        return {name: self.table(name) for name in KEPT} if self._make or self._rows else {}

    @property
    def summary(self) -> Row:
        """The one row of the summary; empty where there is no plan."""
        found = self.table("summary") or [{}]
        return found[0]

    @property
    def before(self) -> Before:
        """What a change is told beside: the state, and the open questions."""
        questions = frozenset(map(question_of, self.table("queries")))
        return Before(self.summary.get("state", ""), questions)

    def settle(self) -> None:
        """Makes all rows, and lets go of what makes them."""
        with self._making:
            self._rows, self._make = self.tables, None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Known):
            return NotImplemented
        return (self.tables, self.faults) == (other.tables, other.faults)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class OnePlan:
    """The plan of one participant, with the rows that it rests on.

    `plan` is of this participant alone, or of everybody: participants are independent.
    """

    code: str
    rows: tuple[StoredRow, ...]
    plan: Plan | None
    faults: tuple[Fault, ...]
    site: Site
    found: dict[str, Any] = field(default_factory=dict)  # what was worked out on request
    kept: Known | None = None  # where it is known already

    @cached_property
    def known(self) -> Known:
        """The rows of the tables that lists need."""
        return self.kept or Known(None if self.plan is None else self._made, self.faults)

    def table(self, name: str) -> list[Row]:
        """One table of the plan as rows of text."""
        if self.plan is None:
            return []
        if name in KEPT:
            return self.known.table(name)
        if name not in self.found:
            self.found[name] = self._made(name)
        rows: list[Row] = self.found[name]
        return rows

    @property
    def state(self) -> str:
        """The state of the participant, without the counts that the summary has beside it."""
        if self.plan is None or "summary" in self.known:
            return self.known.summary.get("state", "")
        return state_of(self.plan, self.code)

    def told(self, before: Before) -> Told:
        """What the plan says beside what was known before, or the faults that stop it."""
        if self.plan is None:
            return Told(self.rows, self.faults)
        return told_by(self.plan, self.code, self.rows, before)

    def booked(self) -> list[Row]:
        """The bookings without what moves would keep, which is tried for each."""
        if self.plan is None or "bookings" in self.known:
            return self.table("bookings")
        return self.plan.rows_of("bookings", self.code, BOOKED)

    def _made(self, name: str) -> list[Row]:
        assert self.plan is not None
        return self.plan.rows_of(name, self.code)

    @property
    def protocol(self) -> Protocol | None:
        """The version of the protocol that the participant is under."""
        return None if self.plan is None else self.plan.part(self.code).protocol

    def at_visit(self, node: str) -> dict[str, str]:
        """What is done at a step, where, and in which phase; empty texts where nobody says."""
        if self.plan is None:
            return dict.fromkeys(("activities", "place", "phase"), "")
        part = self.plan.part(self.code)
        told = ", ".join(activities_of(part, part.participants.index(self.code), node))
        return {"activities": told, "place": place_of(part, node), "phase": phase_of(part, node)}

    def cells(self, table: str) -> list[StoredRow]:
        """The rows of one table of the study, void ones left out."""
        return [row for row in self.rows if row.table == table and not row.void]


class RowsOfAll:
    """The rows of a plan's tables by participant; each table is made when it is first read."""

    def __init__(self, plan: Plan) -> None:
        """Of a plan of everybody."""
        self.plan = plan
        self._tables: dict[str, dict[str, list[Row]]] = {}
        self._making = threading.Lock()

    def of(self, code: str, table: str) -> list[Row]:
        """One participant's rows of a table; who asks while it is made waits for it."""
        if table not in self._tables:
            with self._making:
                if table not in self._tables:
                    self._tables[table] = grouped(self.plan.table(table).rows())
        return self._tables[table].get(code, [])


def person_cells(rows: Iterable[StoredRow]) -> Mapping[str, str]:
    """Among the rows of one participant, the cells of the one in the table of participants."""
    return next((r.cells for r in rows if r.table == "participants" and not r.void), {})


def said(rows: Iterable[StoredRow]) -> list[tuple[str, dict[str, str]]]:
    """What rows say, without their numbers and versions."""
    found = [(row.table, row.cells) for row in rows if not row.void]
    return sorted(found, key=lambda pair: pair[0])
