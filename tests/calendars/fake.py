"""A small plan made of tables, for calendars alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from scheduler.calendars.interface import CalendarOptions
from scheduler.tables.columns import text_column
from scheduler.tables.frames import Column, Dated, Frame, YesNo

EVERYTHING = CalendarOptions(
    questions=True, restrictions=True, booked_windows=True
)  # all kinds of entries
COLUMNS = [
    "participant", "kind", "node", "rule", "event", "first", "last", "time", "status",
    "assumption", "undetermined", "source", "sentence", "basis",
]  # fmt: skip


@dataclass(frozen=True)
class FakeNode:
    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class FakeProtocol:
    id: str = "DEMO-001"
    version: str = "1.0"
    title: str = "A made-up protocol"
    nodes: Sequence[FakeNode] = (
        FakeNode("screening", "Screening", "milestone"),
        FakeNode("infusion", "Cell infusion", "milestone"),
        FakeNode("month_1", "Month 1 follow-up", "visit"),
    )


def row(participant: str = "P-001", kind: str = "date", **values: Any) -> dict[str, Any]:
    """One calendar row; ``days`` is first and last in one."""
    days = values.pop("days", None)
    result: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    result |= {
        "participant": participant,
        "kind": kind,
        "first": None,
        "last": None,
        "time": None,
        "status": "booked" if kind == "date" else "",
        "assumption": False,
        "undetermined": False,
        "basis": "recorded",
    }
    if days:
        result["first"] = result["last"] = days
    return result | values


@dataclass(frozen=True)
class FakePlan:
    as_of: date = date(2026, 2, 2)
    rows: tuple[dict[str, Any], ...] = ()
    protocol: FakeProtocol = FakeProtocol()
    sites: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {"P-001": ("wuhan", "Asia/Shanghai")}
    )

    def table(self, name: str, /) -> Frame:
        assert name == "calendar_rows"
        heads = dict.fromkeys([*COLUMNS, *(name for one in self.rows for name in one)])
        return Frame({head: self._column(head) for head in heads})

    def _column(self, head: str) -> Column:
        cells = [one.get(head) for one in self.rows]
        if head in ("first", "last"):
            return Dated(np.array([cell or "NaT" for cell in cells], "M8[s]"))
        if head in ("assumption", "undetermined"):
            return YesNo(np.array(cells, bool))
        return text_column(None if cell is None else str(cell) for cell in cells)

    def on(self, day: str) -> FakePlan:
        return replace(self, as_of=date.fromisoformat(day))

    def having(self, *rows: dict[str, Any]) -> FakePlan:
        return replace(self, rows=rows)


def full_rows() -> tuple[dict[str, Any], ...]:
    """Every kind of row once, some with open ends, in two participants' calendars."""
    return (
        row(node="screening", days="2026-01-20", status="done"),
        row(node="infusion", days="2026-03-10", time="10:00"),
        row(kind="window", node="infusion", first="2026-03-02", last="2026-03-20",
            status="booked", source="registry description 4"),
        row(kind="window", node="month_1", first="2026-04-04", last="2026-04-10",
            status="planned", assumption=True),
        row(kind="duty_last_day", node="infusion", rule="E15b", event="systemic_corticosteroid",
            first="2026-03-07", last="2026-03-07", time="09:59", source="registry exclusion 15",
            sentence="Last day for systemic_corticosteroid (venetoclax) before Cell infusion."),
        row(kind="duty_period", node="infusion", rule="E20f-pregnancy", event="pregnancy",
            first="2026-03-10", last="2028-03-10", source="registry exclusion 20"),
        row(kind="duty_period", rule="E16", event="major_surgery", first="2026-01-20",
            source="registry exclusion 16"),
        row(kind="query", node="infusion", rule="E12-surgery", event="major_surgery",
            first="2026-02-08", last="2026-02-20", undetermined=True,
            sentence="When did the major_surgery of 2026-01 end?"),
        row("P-002", node="screening", days="2026-02-09"),
        row("P-002", kind="date", node="infusion", days="2026-03-30", status="planned",
            basis="recommended"),
    )  # fmt: skip


def full_plan() -> FakePlan:
    sites = {"P-001": ("wuhan", "Asia/Shanghai"), "P-002": ("new york", "America/New_York")}
    return FakePlan(rows=full_rows(), sites=sites)
