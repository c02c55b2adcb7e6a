"""History rows as exposures: the days and instants between which each began and ended.

Source: docs/semantics.md, section 3 (unknown exposure dates).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Index
from scheduler.binding.cohort import End, Exposures
from scheduler.binding.context import (
    NO_SUCH_TIME,
    SKIP,
    Context,
    attribute_columns,
    attribute_values,
    listed_values,
    near,
    refuse_missing,
    warn_columns,
    warn_values,
)
from scheduler.binding.names import event_like
from scheduler.core.dayset import where
from scheduler.days import FAR, Days, iso, parse_half_life
from scheduler.days.clocks import Instants
from scheduler.errors import FaultList, did_you_mean, shown
from scheduler.protocol import Protocol
from scheduler.study.cells import MISSING, MISSING_WAY_OUT, REPORTED, CellKind, is_missing_word
from scheduler.study.tables import Table
from scheduler.study.text_columns import Coded

_APART = ("participant", "event", "start", "end", "half_life", "note")
_NO_RULE = -1
_NAMED = 6  # rows that one warning names
# members are slow to look up, participant by participant
_DATE = int(CellKind.DATE)
_WRITTEN, _ONGOING, _UNKNOWN, _POINT, _COURSE = (
    int(end) for end in (End.WRITTEN, End.ONGOING, End.UNKNOWN, End.BLANK_POINT, End.BLANK_COURSE)
)

_HOW = np.full(len(CellKind), -1, np.int64)  # how an end was written, by its cell's kind
_HOW[[CellKind.DATE, CellKind.ONGOING, CellKind.UNKNOWN]] = _WRITTEN, _ONGOING, _UNKNOWN


def bind_history(table: Table, context: Context) -> tuple[Exposures, tuple[Index, ...]]:
    """The exposures that a history tells of, and the pairs (participant, event) that were asked."""
    participant = context.participants(table)
    event = _events(table, context)
    usable = (participant != SKIP) & (event != SKIP)
    start, end = table.date("start"), table.date("end")
    none = start.is_(CellKind.NONE)
    for row in where(none & ~end.is_(CellKind.BLANK, CellKind.BAD)):
        found = shown(table.cell("end", row))
        text = f"found {found} beside the start none, expected a blank"
        context.faults.add("S262", table.place, int(table.rows[row]), "end", text)
    _warn_denied(table, participant, event, none & usable, context)
    dated = start.is_(CellKind.DATE, CellKind.UNKNOWN) & ~end.is_(CellKind.BAD)
    rows = where(usable & dated)
    spans = _spans(table, rows, participant[rows], context)
    columns = attribute_columns(table, context.protocol.made(_exempting), _APART)
    attributes = attribute_values(table, columns, rows)
    warn_columns(table, columns, context.faults)
    _warn_attributes(table, rows, event[rows], columns, context)
    told = where(usable & (event != _NO_RULE))
    asked = np.zeros((len(context.site), len(context.protocol.events)), bool)
    asked[participant[told], event[told]] = True
    exposures = Exposures(
        participant[rows], event[rows], table.coded("event").take(rows),
        spans.start_first, spans.start_last, spans.end_first, spans.end_last,
        spans.start_first_instant, spans.start_last_instant,
        spans.end_first_instant, spans.end_last_instant,
        spans.single, spans.end, _half_lives(table, rows, context), rows,
        table.coded("start").take(rows), table.coded("end").take(rows), attributes,
    )  # fmt: skip
    return exposures, np.nonzero(asked)


def _exempting(protocol: Protocol) -> dict[str, set[str]]:
    """The attributes of history by which rules except something, with the values that they list."""
    return listed_values(rule.exempt for rule in protocol.rules)


def _ruled(protocol: Protocol) -> frozenset[str]:
    """The events that rules look at."""
    return frozenset(name for rule in protocol.rules for name in rule.events)


def _events(table: Table, context: Context) -> Index:
    """The place of each row's event; _NO_RULE where no rule forbids it, SKIP at a fault."""
    protocol = context.protocol
    ruled = protocol.made(_ruled)
    column = table.coded("event")
    codes, numbers = column.codes, np.full(len(column.texts), _NO_RULE, np.int64)
    strange: list[int] = []
    for place, name in enumerate(column.texts):
        if name in ("", REPORTED):
            numbers[place] = SKIP
        elif name in protocol.event_index:
            numbers[place] = protocol.event_index[name] if name in ruled else _NO_RULE
        elif is_missing_word(name):
            numbers[place] = SKIP
            text = f"found {shown(name)}, {MISSING}"
            for row in where(codes == place):
                number = int(table.rows[row])
                context.faults.add("S229", table.place, number, "event", text, MISSING_WAY_OUT)
        elif close := near(name, protocol.event_index) or event_like(name, protocol):
            numbers[place] = SKIP
            for row in where(codes == place):
                text = f'found {shown(name)}, expected an event; did you mean "{close}"?'
                context.faults.add("S243", table.place, int(table.rows[row]), "event", text)
        else:
            strange.append(place)
    if strange:
        _warn_strange(table, codes, strange, context.faults)
    return np.asarray(column.told(numbers), np.int64)


def _warn_strange(table: Table, codes: Index, strange: Sequence[int], faults: FaultList) -> None:
    """Tells of events that the protocol does not know by their rows, not by their texts."""
    first = sorted(int(table.rows[codes == place].min()) for place in strange)
    count = int(np.isin(codes, strange).sum())
    rows = "" if count == 1 else f" in {count} rows"
    if len(strange) == 1:
        text = f"found an event{rows} that the protocol does not know; no rule looks at it"
    else:
        others = ", ".join(map(str, first[1:_NAMED])) + (", ..." if len(first) > _NAMED else "")
        text = f"found {len(strange)} events{rows} that the protocol does not know"
        text += f" (others first in row {others}); no rule looks at them"
    faults.add("S244", table.place, first[0], "event", text)


def _warn_denied(
    table: Table, participant: Index, event: Index, none: NDArray[np.bool_], context: Context
) -> None:
    recorded = table.date("start").is_(CellKind.DATE, CellKind.UNKNOWN)
    first: dict[tuple[int, int], int] = {}
    for row in where(recorded)[::-1] if none.any() else ():
        first[int(participant[row]), int(event[row])] = int(table.rows[row])
    for row in where(none & (event >= 0)):
        if other := first.get((int(participant[row]), int(event[row]))):
            text = f"found none, expected no other row of this event, and row {other} records it"
            context.faults.add("S263", table.place, int(table.rows[row]), "start", text)


@dataclass(frozen=True, slots=True)
class _Spans:
    start_first: Days
    start_last: Days
    end_first: Days
    end_last: Days
    start_first_instant: Instants
    start_last_instant: Instants
    end_first_instant: Instants
    end_last_instant: Instants
    single: NDArray[np.bool_]
    end: Index


def _spans(table: Table, rows: Index, participant: Index, context: Context) -> _Spans:
    """The days and instants between which each exposure began and ended."""
    how = _ends(table, rows, context)
    start, end, as_of = table.date("start"), table.date("end"), context.as_of
    written, point = how == _WRITTEN, how == _POINT
    dated = start.kind[rows] == _DATE
    start_first = np.where(dated, start.first[rows], -FAR)
    latest = np.where(written, end.last[rows], as_of)
    start_last = np.where(dated, start.last[rows], latest)
    cut = how == _UNKNOWN
    start_last = np.where(cut, np.minimum(start_last, as_of), start_last)
    end_first = np.where(how == _ONGOING, FAR, start_first)
    end_first = np.where(written, end.first[rows], end_first)
    end_last = np.where(point, start_last, np.where(cut, as_of, FAR))
    end_last = np.where(written, end.last[rows], end_last)

    start_minute = np.where(dated, start.minute[rows], -1)
    end_minute = np.where(written, end.minute[rows], -1)
    both, count = np.concatenate([participant] * 2), len(rows)
    minutes = np.concatenate([start_minute, end_minute])
    early, exist = context.instants(both, np.concatenate([start_first, end_first]), minutes)
    late, _ = context.instants(both, np.concatenate([start_last, end_last]), minutes, last=True)
    sfi, efi, sli, eli = early[:count], early[count:], late[:count], late[count:]
    _skipped(table, rows[~exist[:count]], "start", context)
    _skipped(table, rows[~exist[count:]], "end", context)
    efi = np.where(written | (how == _ONGOING), efi, sfi)
    eli = np.where(point, sli, eli)
    reversed_ = written & ((end_last < start_first) | (eli < sfi))
    for row in rows[reversed_]:
        found, begin = (shown(table.cell(head, row)) for head in ("end", "start"))
        text = f"found {found}, expected an end that is not before the start {begin}"
        context.faults.add("S260", table.place, int(table.rows[row]), "end", text)
    for row in rows[cut & dated & (start_first > as_of)]:
        text = f"found unknown, expected another end for what starts after {iso(as_of)}"
        way_out = "an unknown end is a past one; leave it blank, or write ongoing or a date"
        context.faults.add("S261", table.place, int(table.rows[row]), "end", text, way_out)
    return _Spans(
        start_first, np.minimum(start_last, end_last), np.maximum(end_first, start_first), end_last,
        sfi, np.minimum(sli, eli), np.maximum(efi, sfi), eli, point, how,
    )  # fmt: skip


def _ends(table: Table, rows: Index, context: Context) -> Index:
    """How each end was written (of End)."""
    column, events = table.coded("event"), context.protocol.made(_blank_ends)
    blank = np.array([events.get(name, _COURSE) for name in column.texts], np.int64)
    how = _HOW[table.date("end").kind[rows]]
    return np.where(how < 0, column.told(blank)[rows], how)


def _blank_ends(protocol: Protocol) -> dict[str, int]:
    """What a blank end of each event is."""
    return {event.name: _POINT if event.point else _COURSE for event in protocol.events}


def _skipped(table: Table, rows: Index, head: str, context: Context) -> None:
    for row in rows:
        found = shown(table.cell(head, row))
        text = f"found {found}, {NO_SUCH_TIME}"
        context.faults.add("S254", table.place, int(table.rows[row]), head, text)


def _half_lives(table: Table, rows: Index, context: Context) -> NDArray[np.float64]:
    """Minutes: the row's own, else its agent's, else its event's; NaN where nobody states one."""
    found = np.full(len(rows), np.nan)
    known = context.protocol.agent_half_lives
    stated: list[tuple[str, Callable[[str], float | None]]]
    stated = [(head, known.get) for head in ("event", "agent") if known]
    for head, value in [*stated, ("half_life", parse_half_life)]:
        if head in table.columns:
            found = _better(table.columns[head], rows, value, found)
    return found


def _better(
    column: Coded, rows: Index, value: Callable[[str], float | None], other: NDArray[np.float64]
) -> NDArray[np.float64]:
    values = np.array([np.nan if (v := value(t)) is None else v for t in column.texts], np.float64)
    if np.isnan(values).all():
        return other
    mine = column.told(values)[rows]
    return np.where(np.isnan(mine), other, mine)


def _warn_attributes(
    table: Table, rows: Index, event: Index, columns: dict[str, str], context: Context
) -> None:
    protocol = context.protocol
    listed = protocol.made(_exempting)
    for name, values in listed.items():
        head = columns[name]
        if not head or {"", *values}.issuperset(table.coded(head).texts.tolist()):
            continue
        refuse_missing(table, head, values, context.faults)
        events = [
            protocol.event_index[forbidden]
            for rule in protocol.rules
            if name in rule.exempt
            for forbidden in rule.events
        ]
        touched = rows[np.isin(event, events)]
        cells = attribute_values(table, {name: head}, touched)[name]
        warn_values(table, head, cells, touched, values, context.faults, frees=False)
    agents = list(protocol.agent_half_lives)
    if not agents:
        return
    if "agent" not in listed:
        refuse_missing(table, "agent", agents, context.faults)
    column = table.coded("agent").take(rows)
    for place, text in enumerate(column.texts):
        plain = text.lower()
        close = plain if plain in agents else did_you_mean(plain, agents)
        if text in agents or not close:
            continue
        row = int(table.rows[rows[column.codes == place]].min())
        message = f'found an agent whose half-life is not told; did you mean "{close}"?'
        context.faults.add("S245", table.place, row, "agent", message, "values match exactly")
