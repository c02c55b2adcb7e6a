"""One participant's timeline: which rows, bars and marks it has.

Everything comes from the plan's own tables, so that the picture says what they say.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.binding.cohort import Ended
from scheduler.days import day_of
from scheduler.figures.chart import (
    Bar,
    BarKind,
    Chart,
    ChartRow,
    Mark,
    Section,
    chosen_span,
    day_label,
    number_of,
    padded,
    runs,
    touches,
)
from scheduler.figures.rule_rows import add_bar, blocked_rows, duty_rows, of
from scheduler.protocol import Node
from scheduler.tables.bookings import date_mark

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables


def timeline_chart(
    plan: "Tables",
    participant: str,
    first: str | date | None = None,
    last: str | date | None = None,
) -> Chart:
    """Which rows, bars and marks does the timeline of a participant have?

    Raises: NotFound for an unknown participant or a day that is no date.
    """
    part = plan.part(participant)
    begin, end = chosen_span(_span(plan, participant), first, last)
    sections = (
        _nodes_section(_node_rows(plan, participant, begin, end), begin, end),
        Section("Days ruled out, by rule", tuple(blocked_rows(plan, participant, begin, end))),
        Section("Duties", tuple(duty_rows(plan, participant, begin, end))),
    )
    return Chart(
        title=f"{participant}: {_state(plan, participant)}",
        subtitle=subtitle(plan, [participant]),
        first=begin,
        last=end,
        as_of=part.problem.as_of,
        sections=tuple(section for section in sections if section.rows),
        closed=closed_runs(plan, participant, begin, end),
    )


def subtitle(plan: "Tables", participants: Sequence[str]) -> str:
    """Which protocol, which of its versions and which day a picture is about."""
    found = dict.fromkeys(plan.part(code).protocol.version for code in participants)
    versions = f"version{'' if len(found) == 1 else 's'} {', '.join(found)}"
    return f"{plan.protocol.id} {versions}, as of {day_label(day_of(plan.as_of))}"


def closed_runs(
    plan: "Tables", participant: str, first: int, last: int
) -> tuple[tuple[int, int], ...]:
    """The runs of days on which a participant's site is closed."""
    part = plan.part(participant)
    who = part.participants.index(participant)
    closed = part.cohort.sites[int(part.cohort.site[who])].closed_days(first, last)
    return tuple(runs(first + i for i, shut in enumerate(closed.tolist()) if shut))


def milestone_days(schedule: pd.DataFrame, nodes: dict[str, Node], status: set[str]) -> list[int]:
    """The dates of milestones with one of some statuses."""
    found = []
    for row in schedule.itertuples():
        day = number_of(row.date)
        if row.status in status and nodes[str(row.milestone)].milestone and day is not None:
            found.append(day)
    return found


def _state(plan: "Tables", participant: str) -> str:
    return str(of(plan.table("summary").pandas(), participant)["state"].iloc[0]).replace("_", " ")


def _span(plan: "Tables", participant: str) -> tuple[int, int]:
    """From the first recorded day to the last milestone to come; without one, to the last visit."""
    schedule = of(plan.table("schedule").pandas(), participant)
    nodes = {node.name: node for node in plan.part(participant).protocol.nodes}
    days = _days(schedule["date"][schedule["status"] == "done"])
    days += milestone_days(schedule, nodes, {"planned", "booked"}) or _days(schedule["date"])
    days += _days(of(plan.table("bookings").pandas(), participant)["date"])
    left = left_on(plan, participant)
    days += [] if left is None else [left]
    over = days and _state(plan, participant) in ("complete", "withdrawn", "screen failed")
    return padded([*days, *([] if over else [day_of(plan.as_of)])])


def _days(dates: Iterable[object]) -> list[int]:
    return [day for value in dates if (day := number_of(value)) is not None]


def left_on(plan: "Tables", participant: str) -> int | None:
    """The day on which a participant left the study; None for those who are in it."""
    part = plan.part(participant)
    who = part.participants.index(participant)
    return None if part.cohort.ended[who] == Ended.NO else int(part.cohort.ended_day[who])


def _nodes_section(rows: list[ChartRow], first: int, last: int) -> Section:
    """Rows with something to show; the others as texts below (or all, where none has anything)."""
    shown = [row for row in rows if touches(row, first, last)] or rows
    others = [row for row in rows if row not in shown]
    groups: dict[str, list[ChartRow]] = {"Earlier": [], "Later": [], "Without a day": []}
    for row in others:
        days = [mark.day for mark in row.marks]
        later = "Later" if any(day > last for day in days) else "Earlier"
        groups[later if days else "Without a day"].append(row)
    beyond = []
    for words, part in groups.items():
        texts = [", ".join(filter(None, (row.label, row.note, row.note_detail))) for row in part]
        if words == "Without a day":
            texts = [row.label + (f" ({row.note})" if row.note != _NO_DATE else "") for row in part]
        beyond += [f"{words}: {'; '.join(texts)}."] if texts else []
    return Section("Milestones and visits", tuple(shown), tuple(beyond))


def _node_rows(plan: "Tables", participant: str, first: int, last: int) -> list[ChartRow]:
    """One row a milestone and a visit; the occurrences of a repeated visit share one."""
    schedule = of(plan.table("schedule").pandas(), participant)
    nodes = {node.name: node for node in plan.part(participant).protocol.nodes}
    rows: dict[str, ChartRow] = {}
    for entry in schedule.itertuples():
        node = nodes[str(entry.milestone)]
        name = node.visit.name if node.visit else node.name
        row = rows.setdefault(name, ChartRow(_node_label(node)))
        if entry.status != "none":
            _add_given(row, entry, node, first, last)
        _add_date(row, entry, node)
    windows = of(plan.table("windows").pandas(), participant)
    for entry in windows.itertuples():
        node = nodes[str(entry.milestone)]
        kind: BarKind = "permitted" if entry.certainty == "permitted" else "undetermined"
        add_bar(rows[node.visit.name if node.visit else node.name], entry, kind, first, last)
    for entry in of(plan.table("deviations").pandas(), participant).itertuples():
        node_of, day = nodes.get(str(entry.milestone)), number_of(entry.date)
        if node_of is not None and day is not None:
            name = node_of.visit.name if node_of.visit else node_of.name
            mark = Mark(day, "deviation")
            if name in rows and mark not in rows[name].marks:
                rows[name].marks.append(mark)
    found = list(rows.values())
    if (left := left_on(plan, participant)) is not None:
        found.append(ChartRow("Left the study", note=day_label(left), marks=[Mark(left, "ended")]))
    return found


def _node_label(node: Node) -> str:
    label = node.visit.label if node.visit else node.label
    return f"{label} (optional)" if node.optional else label


def _joined(text: str, more: str) -> str:
    return f"{text}; {more}" if text else more


_NO_DATE = "no date"


def _add_date(row: ChartRow, entry: Any, node: Node) -> None:
    """The date of a node as a mark, and as a note in words."""
    status, day, target = str(entry.status), number_of(entry.date), number_of(entry.target)
    if target is not None and target != day:
        row.marks.append(Mark(target, "target"))
    mark = date_mark(status, str(entry.certainty))
    if day is not None and mark:
        row.marks.append(Mark(day, mark))
        time = entry.time
        text = day_label(day)
        if isinstance(time, str) and not node.occurrence:
            row.note_detail = _joined(row.note_detail, time)
        if mark == "booked_out":
            on = f" on {text}" if node.occurrence else ""
            row.note_detail = _joined(row.note_detail, f"booked{on}, cannot stand")
    elif status in ("missed", "overdue") and target is not None:
        row.marks.append(Mark(target, "missed" if status == "missed" else "overdue"))
        text = status
    else:
        text = {"unrecorded": "not recorded", "awaiting": "awaiting a date"}.get(status, _NO_DATE)
    if not node.occurrence:
        row.note = text
    elif node.occurrence == 1 or not row.note:
        row.note = f"first {text}"
    else:
        row.note_detail = f"last {text}"


def _add_given(row: ChartRow, entry: Any, node: Node, first: int, last: int) -> None:
    """The window given the other dates; one that reaches over the whole picture says nothing."""
    begin, end = number_of(entry.first), number_of(entry.last)
    if begin is None or end is None or (begin <= first and end >= last and node.milestone):
        return
    if end >= first and begin <= last:
        row.bars.append(Bar(begin, end, "given"))
