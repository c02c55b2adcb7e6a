"""Investigators' decisions as columns, each on a rule that asks for one.

Source: docs/semantics.md, section 3 (judgement).
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Decisions, Exposures
from scheduler.binding.context import SKIP, Context, look_up, near, up_to
from scheduler.days import Days
from scheduler.errors import shown
from scheduler.study.cells import REPORTED, CellKind
from scheduler.study.tables import Table

_ALL = -1


def bind_decisions(
    table: Table, history: Table, exposures: Exposures, context: Context, unread: bool = False
) -> Decisions:
    """The decisions of a study; `exposure` is a place in the exposures, -1 for all of them.

    Where history could not be read (`unread`), or a row of it, a decision that names such an
    exposure is passed over without another word.
    """
    nothing = np.zeros(0, np.int64)
    if not len(table):
        return Decisions(nothing, nothing, np.zeros(0, bool), nothing, nothing, nothing)
    participant = context.participants(table)
    rule = _rules(table, context)
    words = table.column("decision")
    date = table.date("date")
    good = (participant != SKIP) & (rule != SKIP) & date.is_(CellKind.DATE)
    good &= np.isin(words, ["clear", "exclude"])
    exposure = _ExposureFinder(table, history, exposures, context, unread).find(
        participant, rule, good
    )
    rows = np.flatnonzero(good & (exposure != SKIP))
    day = date.first[rows]
    for row in rows[day > context.as_of]:
        found = shown(table.cell("date", row))
        text = f"found {found}, {up_to(context.as_of)}"
        context.faults.add("S280", table.place, int(table.rows[row]), "date", text)
    _refuse_second(table, rows, participant[rows], rule[rows], exposure[rows], day, context)
    return Decisions(
        participant[rows], rule[rows], words[rows] == "exclude", day, exposure[rows], rows
    )


def _rules(table: Table, context: Context) -> Index:
    rules = context.protocol.rules
    known = {rule.id: number for number, rule in enumerate(rules)}
    asking = [rule.id for rule in rules if rule.judgement]

    def unknown(name: str) -> str:
        close = near(name, asking) or near(name, known)
        tail = f'; did you mean "{close}"?' if close else ""
        return f"found {shown(name)}, expected a rule of the protocol{tail}"

    found = look_up(table, "rule", known, unknown, "S242", context.faults)
    for row in np.flatnonzero(found != SKIP):
        if rules[found[row]].judgement:
            continue
        text = f"found {rules[found[row]].id}, expected a rule that leaves something to a judgement"
        expected = f": {', '.join(asking)}" if asking else "; there is none"
        way_out = "a decision on it would be a waiver of the protocol"
        context.faults.add(
            "S282", table.place, int(table.rows[row]), "rule", text + expected, way_out
        )
        found[row] = SKIP
    return found


class _ExposureFinder:
    """Which exposure a decision names with its event and start."""

    def __init__(
        self, table: Table, history: Table, exposures: Exposures, context: Context, unread: bool
    ) -> None:
        self.unread = unread
        self.table, self.history, self.context = table, history, context
        self.exposures = exposures
        self.by_name: dict[tuple[int, str], list[int]] = {}

    def find(self, participant: Index, rule: Index, good: Flags) -> Index:
        found = np.full(len(self.table), _ALL, np.int64)
        events, starts = self.table.column("event"), self.table.date("start")
        named = good & ((events != "") | ~starts.is_(CellKind.BLANK))
        if named.any():
            people, written = set(participant[named].tolist()), self.exposures.event_name.cells
            for place, who in enumerate(self.exposures.participant):
                if int(who) in people:
                    key = int(who), str(written[place])
                    self.by_name.setdefault(key, []).append(place)
        for row in np.flatnonzero(named):
            found[row] = self._one(int(row), int(participant[row]), int(rule[row]))
        return found

    def _one(self, row: int, participant: int, rule: int) -> int:
        event, start = self.table.cell("event", row), self.table.date("start")
        forbidden = self.context.protocol.rules[rule].events
        if not event:
            return self._refuse(row, "event", "found a start without an event, expected both")
        if event not in forbidden:
            close = near(event, forbidden)
            tail = f'; did you mean "{close}"?' if close else ""
            expected = f"expected an event of this rule: {', '.join(forbidden)}{tail}"
            text = f"found {shown(event)}, {expected}"
            return self._refuse(row, "event", text)
        places = self.by_name.get((participant, event), [])
        if start.kind[row] == CellKind.BAD:
            return SKIP
        if start.kind[row] != CellKind.BLANK:
            places = [place for place in places if self._same(row, place)]
        if len(places) == 1:
            return places[0]
        written = shown(self.table.cell("start", row)) or "a blank"
        if not places and self._told(row, event):
            return SKIP
        if not places:
            text = f"found {written}, expected the start of a {event} in this participant's history"
            return self._refuse(row, "start", text)
        text = f"found {written}, which fits {len(places)} rows of history, expected one"
        return self._refuse(row, "start", text)

    def _told(self, row: int, event: str) -> bool:
        """Whether a fault says already why history lacks this exposure."""
        if self.unread:
            return True
        history = self.history
        mine = history.column("participant") == self.table.cell("participant", row)
        mine &= np.isin(history.column("event"), [event, REPORTED])
        bad = history.date("start").is_(CellKind.BAD) | history.date("end").is_(CellKind.BAD)
        bad |= history.column("event") == REPORTED
        return bool((mine & bad).any())

    def _same(self, row: int, place: int) -> bool:
        told, history = self.table.date("start"), self.history.date("start")
        other = self.exposures.row[place]
        return all(
            getattr(told, field)[row] == getattr(history, field)[other]
            for field in ("kind", "first", "last", "minute")
        )

    def _refuse(self, row: int, head: str, text: str) -> int:
        self.context.faults.add("S283", self.table.place, int(self.table.rows[row]), head, text)
        return SKIP


def _refuse_second(
    table: Table, rows: Index, participant: Index, rule: Index, exposure: Index, day: Days,
    context: Context,
) -> None:  # fmt: skip
    seen: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for place in np.argsort(table.rows[rows], kind="stable"):
        key = int(participant[place]), int(rule[place]), int(day[place])
        number, mine = int(table.rows[rows[place]]), int(exposure[place])
        for other, other_row in seen.setdefault(key, []):
            if mine == other or _ALL in (mine, other):
                text = "found a second decision on this rule for this day, expected one"
                way_out = f"the other one is row {other_row}"
                context.faults.add("S281", table.place, number, "date", text, way_out)
                break
        seen[key].append((mine, number))
