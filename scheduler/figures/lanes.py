"""The swimlanes of a study: one lane a participant, with what is done and what is to come.

Milestones carry their number; a milestone's name stands once, in the key. Visits are smaller.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from scheduler.days import day_of
from scheduler.errors import WashoutError
from scheduler.figures.chart import (
    Bar,
    Chart,
    ChartRow,
    Mark,
    MarkKind,
    Section,
    chosen_span,
    number_of,
    padded,
    span_label,
)
from scheduler.figures.participant import left_on, milestone_days, subtitle
from scheduler.protocol import Node
from scheduler.tables.bookings import date_mark

if TYPE_CHECKING:
    import pandas as pd

    from scheduler.tables.tables import Tables

MOST_LANES = 400  # beyond that a picture is taller than programs can open


def swimlanes_chart(
    plan: "Tables",
    participants: Sequence[str] | None = None,
    first: str | date | None = None,
    last: str | date | None = None,
) -> Chart:
    """Which lanes, bars and marks do the swimlanes of a study have?

    Raises: NotFound for an unknown participant or a day that is no date; WashoutError for a study
    of more participants than a picture can hold, and for one without any.
    """
    codes = _chosen(plan, participants)
    nodes = {node.name: node for node in plan.protocol.nodes}
    numbers = {m.name: str(i) for i, m in enumerate(plan.protocol.milestones, 1)}
    schedule, states, deviations = (
        plan.table(name).pandas() for name in ("schedule", "summary", "deviations")
    )
    tables = {str(code): one for code, one in schedule.groupby("participant", observed=True)}
    none = schedule.iloc[:0]
    begin, end = chosen_span(_span(plan, [tables.get(c, none) for c in codes], nodes), first, last)
    summary = {str(row.participant): row for row in states.itertuples()}
    broken = {(str(d.participant), str(d.milestone)) for d in deviations.itertuples()}
    lanes = []
    for code in codes:
        row = ChartRow(code)
        _add_state(row, summary[code], nodes, numbers)
        _add_dates(row, tables.get(code, none), nodes, numbers, {m for c, m in broken if c == code})
        if (left := left_on(plan, code)) is not None:
            row.marks.append(Mark(left, "ended"))
        lanes.append(row)
    return Chart(
        title=f"{len(codes)} participant{'' if len(codes) == 1 else 's'}",
        subtitle=subtitle(plan, codes),
        first=begin,
        last=end,
        as_of=day_of(plan.as_of),
        sections=(Section("", tuple(lanes)),),
        key=tuple((numbers[m.name], m.label) for m in plan.protocol.milestones),
        lanes=True,
    )


def _chosen(plan: "Tables", participants: Sequence[str] | None) -> list[str]:
    codes = list(plan.participants)
    for code in participants or ():
        plan.part(code)
    chosen = codes if participants is None else [c for c in codes if c in set(participants)]
    if not chosen:
        raise WashoutError("swimlanes need at least one participant")
    if len(chosen) > MOST_LANES:
        raise WashoutError(
            f"found {len(chosen)} participants, expected at most {MOST_LANES} lanes in a picture; "
            "name some of them"
        )
    return chosen


def _span(plan: "Tables", tables: "list[pd.DataFrame]", nodes: dict[str, Node]) -> tuple[int, int]:
    """From the first recorded day to the last milestone that is done or recommended."""
    days = [day_of(plan.as_of)]
    for table in tables:
        days += milestone_days(table, nodes, {"done", "planned", "booked"})
    return padded(days)


def _add_state(row: ChartRow, entry: Any, nodes: dict[str, Node], numbers: dict[str, str]) -> None:
    """The state in words, and what comes next and when."""
    row.detail = str(entry.state).replace("_", " ")
    first, last = number_of(entry.next_first), number_of(entry.next_last)
    following = nodes.get(str(entry.next_milestone))
    if following is not None:
        row.note = f"{numbers.get(following.name, '')} {following.label}".strip()
    if first is not None and last is not None:
        row.note_detail = span_label(first, last)
        undetermined = entry.state == "undetermined"
        row.bars.append(Bar(first, last, "undetermined" if undetermined else "next"))


_SMALL: dict[MarkKind, MarkKind] = {"done": "visit_done", "planned": "visit_planned"}


def _add_dates(
    row: ChartRow,
    table: "pd.DataFrame",
    nodes: dict[str, Node],
    numbers: dict[str, str],
    broken: set[str],
) -> None:
    """Windows given the other dates, and dates; milestones with their numbers."""
    for entry in table.itertuples():
        node, status = nodes[str(entry.milestone)], str(entry.status)
        day, target = number_of(entry.date), number_of(entry.target)
        begin, end = number_of(entry.first), number_of(entry.last)
        undetermined = entry.certainty == "undetermined"
        if node.visit and status in ("planned", "booked") and begin is not None and end is not None:
            row.bars.append(Bar(begin, end, "given_undetermined" if undetermined else "lane"))
        mark = date_mark(status, str(entry.certainty))
        if day is not None and mark:
            kind: MarkKind = mark
            if node.visit:  # small, also where its day is undetermined: its window is dotted then
                kind = _SMALL.get("planned" if mark == "planned_undetermined" else mark, mark)
            row.marks.append(Mark(day, kind, numbers.get(node.name, "")))
            if node.name in broken and status == "done":
                row.marks.append(Mark(day, "deviation"))
        elif status in ("missed", "overdue") and target is not None:
            row.marks.append(Mark(target, "missed" if status == "missed" else "overdue"))
