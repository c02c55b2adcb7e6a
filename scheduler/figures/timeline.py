"""One participant's timeline: which rows, bars and marks it has.

Everything comes from the plan's own tables, so that the picture says what they say.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.days import FAR, day_of, parse_date
from scheduler.figures.chart import (
    Bar,
    BarKind,
    Chart,
    Mark,
    MarkKind,
    Row,
    Section,
    chosen_span,
    day_label,
    number_of,
    padded,
    runs,
    touches,
)
from scheduler.protocol import Node

if TYPE_CHECKING:
    from scheduler.planning import Plan


def timeline_chart(
    plan: "Plan",
    participant: str,
    first: str | date | None = None,
    last: str | date | None = None,
) -> Chart:
    """Which rows, bars and marks does the timeline of a participant have?

    Raises: NotFound for an unknown participant or a day that is no date.
    """
    plan = plan.part(participant)
    begin, end = chosen_span(_span(plan, participant), first, last)
    sections = (
        _nodes_section(_node_rows(plan, participant, begin, end), begin, end),
        Section("Days ruled out, by rule", tuple(_blocked_rows(plan, participant, begin, end))),
        Section("Duties", tuple(_duty_rows(plan, participant, begin, end))),
    )
    return Chart(
        title=f"{participant}: {_state(plan, participant)}",
        subtitle=subtitle(plan, [participant]),
        first=begin,
        last=end,
        as_of=plan.problem.as_of,
        sections=tuple(section for section in sections if section.rows),
        closed=closed_runs(plan, participant, begin, end),
    )


def subtitle(plan: "Plan", participants: Sequence[str]) -> str:
    """Which protocol, which of its versions and which day a picture is about."""
    found = dict.fromkeys(plan.part(code).protocol.version for code in participants)
    versions = f"version{'' if len(found) == 1 else 's'} {', '.join(found)}"
    return f"{plan.protocol.id} {versions}, as of {day_label(day_of(plan.as_of))}"


def closed_runs(
    plan: "Plan", participant: str, first: int, last: int
) -> tuple[tuple[int, int], ...]:
    """The runs of days on which a participant's site is closed."""
    who = plan.participants.index(participant)
    closed = plan.cohort.sites[int(plan.cohort.site[who])].closed_days(first, last)
    return tuple(runs(first + i for i, shut in enumerate(closed.tolist()) if shut))


def of(table: pd.DataFrame, participant: str) -> pd.DataFrame:
    """A participant's rows of a table."""
    return table[table["participant"].astype("str") == participant]


def milestone_days(schedule: pd.DataFrame, nodes: dict[str, Node], status: set[str]) -> list[int]:
    """The dates of milestones with one of some statuses."""
    found = []
    for row in schedule.itertuples():
        day = number_of(row.date)
        if row.status in status and nodes[str(row.milestone)].milestone and day is not None:
            found.append(day)
    return found


def _state(plan: "Plan", participant: str) -> str:
    return str(of(plan.summary, participant)["state"].iloc[0]).replace("_", " ")


def _span(plan: "Plan", participant: str) -> tuple[int, int]:
    """From the first recorded day to the last milestone to come; without one, to the last visit."""
    schedule = of(plan.schedule, participant)
    nodes = {node.name: node for node in plan.protocol.nodes}
    dated = [number_of(day) for day in schedule["date"][schedule["status"] == "done"]]
    days = [day for day in dated if day is not None] + [plan.problem.as_of]
    to_come = milestone_days(schedule, nodes, {"planned", "booked"})
    if not to_come:
        to_come = [day for d in schedule["date"] if (day := number_of(d)) is not None]
    booked = [day for d in of(plan.bookings, participant)["date"] if (day := number_of(d))]
    return padded([*days, *to_come, *booked])


def _nodes_section(rows: list[Row], first: int, last: int) -> Section:
    """Rows with something to show, or with nothing at all; the others as texts below."""
    shown = [row for row in rows if touches(row, first, last) or not row.marks]
    others = [row for row in rows if row not in shown]
    later = [row for row in others if any(mark.day > last for mark in row.marks)]
    beyond = []
    for words, part in (("Earlier", [r for r in others if r not in later]), ("Later", later)):
        texts = [", ".join(filter(None, (row.label, row.note, row.note_detail))) for row in part]
        beyond += [f"{words}: {'; '.join(texts)}."] if texts else []
    return Section("Milestones and visits", tuple(shown), tuple(beyond))


def _node_rows(plan: "Plan", participant: str, first: int, last: int) -> list[Row]:
    """One row a milestone and a visit; the occurrences of a repeated visit share one."""
    schedule = of(plan.schedule, participant)
    nodes = {node.name: node for node in plan.protocol.nodes}
    rows: dict[str, Row] = {}
    for entry in schedule.itertuples():
        node = nodes[str(entry.milestone)]
        name = node.visit.name if node.visit else node.name
        row = rows.setdefault(name, Row(_node_label(node)))
        if entry.status != "none":
            _add_given(row, entry, node, first, last)
        _add_date(row, entry, node)
    windows = of(plan.windows, participant)
    for entry in windows.itertuples():
        node = nodes[str(entry.milestone)]
        kind: BarKind = "permitted" if entry.certainty == "permitted" else "undetermined"
        _bar(rows[node.visit.name if node.visit else node.name], entry, kind, first, last)
    for entry in of(plan.bookings, participant).itertuples():
        node, day = nodes[str(entry.milestone)], number_of(entry.date)
        if entry.state != "kept" and day is not None:
            row = rows[node.visit.name if node.visit else node.name]
            row.marks.append(Mark(day, "booked_out"))
            row.note_detail = _joined(row.note_detail, f"booked {day_label(day)}")
    for entry in of(plan.deviations, participant).itertuples():
        node_of, day = nodes.get(str(entry.milestone)), number_of(entry.date)
        if node_of is not None and day is not None:
            name = node_of.visit.name if node_of.visit else node_of.name
            mark = Mark(day, "deviation")
            if name in rows and mark not in rows[name].marks:
                rows[name].marks.append(mark)
    return list(rows.values())


def _node_label(node: Node) -> str:
    label = node.visit.label if node.visit else node.label
    return f"{label} (optional)" if node.optional else label


def _joined(text: str, more: str) -> str:
    return f"{text}; {more}" if text else more


_STATUS: dict[str, MarkKind] = {"done": "done", "booked": "booked", "planned": "planned"}


def _add_date(row: Row, entry: Any, node: Node) -> None:
    """The date of a node as a mark, and as a note in words."""
    status, day, target = str(entry.status), number_of(entry.date), number_of(entry.target)
    if target is not None and target != day:
        row.marks.append(Mark(target, "target"))
    if day is not None and status in _STATUS:
        unsure = status == "planned" and entry.certainty == "undetermined"
        row.marks.append(Mark(day, "planned_undetermined" if unsure else _STATUS[status]))
        time = entry.time
        text = day_label(day)
        if isinstance(time, str) and not node.occurrence:
            row.note_detail = _joined(row.note_detail, time)
    elif status in ("missed", "overdue") and target is not None:
        row.marks.append(Mark(target, "missed" if status == "missed" else "overdue"))
        text = status
    else:
        text = {"unrecorded": "not recorded", "awaiting": "awaiting a date"}.get(status, "no date")
    if not node.occurrence:
        row.note = text
    elif node.occurrence == 1 or not row.note:
        row.note = f"first {text}"
    else:
        row.note_detail = f"last {text}"


def _add_given(row: Row, entry: Any, node: Node, first: int, last: int) -> None:
    """The window given the other dates; one that reaches over the whole picture says nothing."""
    begin, end = number_of(entry.first), number_of(entry.last)
    if begin is None or end is None or (begin <= first and end >= last and node.milestone):
        return
    if end >= first and begin <= last:
        row.bars.append(Bar(begin, end, "given"))


def _bar(row: Row, entry: Any, kind: BarKind, first: int, last: int) -> None:
    """The days of a table's row, where some of them are shown."""
    begin, end = number_of(entry.first), number_of(entry.last)
    begin, end = -FAR if begin is None else begin, FAR if end is None else end
    if begin <= last and end >= first:
        row.bars.append(Bar(begin, end, kind))


def _blocked_rows(plan: "Plan", participant: str, first: int, last: int) -> list[Row]:
    """One row a milestone, rule and event, where it forbids a day that is shown."""
    labels = {node.name: node.label for node in plan.protocol.nodes}
    events = {event.name: event.label for event in plan.protocol.events}
    rows: dict[tuple[str, ...], Row] = {}
    for entry in of(plan.blocked, participant).itertuples():
        event = str(entry.event)
        key = (str(entry.milestone), str(entry.rule), event)
        what = events.get(event, event) or "Age"
        row = rows.setdefault(key, Row(key[1], f"{what}; for {labels[key[0]]}"))
        _bar(row, entry, "blocked" if entry.certainty == "blocked" else "unsure", first, last)
        clear = number_of(entry.clear_from)
        row.note = "no end" if clear is None else day_label(clear)
        row.note_detail = "" if clear is None else "clear from"
        exposed = exposure_days(str(entry.exposure_start), str(entry.exposure_end))
        if exposed is not None and exposed[0] <= last and exposed[1] >= first:
            bar = Bar(exposed[0], exposed[1], "exposure")
            row.bars += [] if bar in row.bars else [bar]
    forbidding = ("blocked", "unsure")
    return [row for row in rows.values() if any(bar.kind in forbidding for bar in row.bars)]


def exposure_days(start: str, end: str) -> tuple[int, int] | None:
    """The days of an exposure where both ends are written in full (a blank end: the start)."""
    begin = parse_date(start)
    if begin is None or not begin.known:
        return None
    if end.strip().lower() == "ongoing":
        return begin.first, FAR
    until = parse_date(end) if end else begin
    return (begin.first, until.last) if until is not None and until.known else None


def _duty_rows(plan: "Plan", participant: str, first: int, last: int) -> list[Row]:
    """One row a rule and event: the period in which, or the day until which, it binds."""
    labels = {node.name: node.label for node in plan.protocol.nodes}
    events = {event.name: event.label for event in plan.protocol.events}
    rows: list[Row] = []
    for entry in of(plan.duties, participant).itertuples():
        end = number_of(entry.last)
        detail = f"No {_lower(events.get(str(entry.event), str(entry.event)))}"
        row = Row(str(entry.rule), detail)
        settled = entry.basis == "recorded"
        if entry.kind == "period":
            _bar(row, entry, "duty" if settled else "duty_planned", first, last)
            row.note = "no end" if end is None else day_label(end)
            row.note_detail = "" if end is None else "ends"
        elif end is not None and first <= end <= last:
            time = f", {entry.time}" if isinstance(entry.time, str) else ""
            row.detail += f" after that, before {labels.get(str(entry.milestone), '')}"
            row.marks.append(Mark(end, "last_day"))
            row.note, row.note_detail = day_label(end), f"last day{time}"
        if row.bars or row.marks:
            rows.append(row)
    return rows


def _lower(text: str) -> str:
    """A label in the middle of a sentence; an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
