"""The rows of a timeline that come from rules: days ruled out, and duties."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.days import FAR, parse_date
from scheduler.figures.chart import Bar, BarKind, ChartRow, Mark, day_label, number_of

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables


def of(table: pd.DataFrame, participant: str) -> pd.DataFrame:
    """A participant's rows of a table."""
    return table[table["participant"].astype("str") == participant]


def add_bar(row: ChartRow, entry: Any, kind: BarKind, first: int, last: int) -> None:
    """The days of a table's row, where some of them are shown."""
    begin, end = number_of(entry.first), number_of(entry.last)
    begin, end = -FAR if begin is None else begin, FAR if end is None else end
    if begin <= last and end >= first:
        row.bars.append(Bar(begin, end, kind))


def blocked_rows(plan: "Tables", participant: str, first: int, last: int) -> list[ChartRow]:
    """One row a milestone, rule and event, where it forbids a day that is shown."""
    protocol = plan.part(participant).protocol
    labels = {node.name: node.label for node in protocol.nodes}
    events = {event.name: event.label for event in protocol.events}
    rows: dict[tuple[str, ...], ChartRow] = {}
    for entry in of(plan.table("blocked").pandas(), participant).itertuples():
        event = str(entry.event)
        key = (str(entry.milestone), str(entry.rule), event)
        what = events.get(event, event) or "Age"
        row = rows.setdefault(key, ChartRow(key[1], f"{what}; for {labels[key[0]]}"))
        add_bar(row, entry, "blocked" if entry.certainty == "blocked" else "unsure", first, last)
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


def duty_rows(plan: "Tables", participant: str, first: int, last: int) -> list[ChartRow]:
    """One row a rule and event: the period in which, or the day until which, it binds."""
    protocol = plan.part(participant).protocol
    labels = {node.name: node.label for node in protocol.nodes}
    events = {event.name: event.label for event in protocol.events}
    rows: list[ChartRow] = []
    for entry in of(plan.table("duties").pandas(), participant).itertuples():
        end = number_of(entry.last)
        word = "Keep" if entry.kind == "keep" else "No"
        detail = f"{word} {_lower(events.get(str(entry.event), str(entry.event)))}"
        row = ChartRow(str(entry.rule), detail)
        settled = entry.basis == "recorded"
        if entry.kind != "last_day":
            add_bar(row, entry, "duty" if settled else "duty_planned", first, last)
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
