"""One study at the desk: its rows, and the plan of each participant, kept up to date row by row.

Participants are independent of each other, so an edit plans one of them anew and swaps what is
known of them. What other desks or commands write into the store is noticed by the trail.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from scheduler.desk.asked import Before, Supposed, Told, planned, read_protocol, supposing
from scheduler.desk.one_plan import Known, OnePlan, RowsOfAll, person_cells, said
from scheduler.errors import Fault, InputFaults, NotFound, asked, same_but_spelling
from scheduler.planning.plans import Plan, plan
from scheduler.store.entries import Actor, TrailEntry
from scheduler.store.exporting import NOTES
from scheduler.store.importing import head_edits
from scheduler.store.reading import read_rows
from scheduler.store.stored import PROTOCOL, SETTINGS, Edit, Store, StoredRow
from scheduler.study.sites import Site, every_day_open
from scheduler.study.tables import LAYOUTS
from scheduler.wording.labelled import words_of

_CACHED = 128
_OWN = (*LAYOUTS, NOTES)  # tables whose rows belong to one participant


class StudyDesk:
    """One study of a store, planned; safe to use from several threads."""

    def __init__(self, store: Store, key: str, today: Callable[[], date] = date.today) -> None:
        """Reads and plans everything."""
        self.store, self.key, self.today = store, key, today
        self.lock = threading.RLock()
        self._ready: tuple[str, OnePlan] | None = None
        self._looked: tuple[str, OnePlan] | None = None
        self._opened: OrderedDict[str, OnePlan] = OrderedDict()
        self._alone: OrderedDict[str, OnePlan] = OrderedDict()
        self.load()

    def load(self) -> None:
        """Reads the whole study from the store and plans everybody."""
        with self.lock:
            self.number = self.store.number
            self.as_of = self.today()
            self.heads = self.store.heads(self.key)
            rows = self.store.rows(self.key)
            standing = (row.cells for row in rows if row.table == PROTOCOL and not row.void)
            self.files = tuple((cells["file"], cells["text"]) for cells in standing)
            self.protocol = read_protocol(self.files)
            self.words = words_of(self.protocol)
            self.rows: dict[str, list[StoredRow]] = {}
            self.shared = [row for row in rows if row.table == "sites"]
            self.settings = [row for row in rows if row.table == SETTINGS]
            for row in rows:
                if row.table in _OWN:
                    self.rows.setdefault(row.cells.get("participant", ""), []).append(row)
            self._opened.clear()
            self._alone.clear()
            self.codes = self._codes()
            self._everybody()

    def _codes(self) -> list[str]:
        """The participants in the order of their rows."""
        first = {
            row.cells.get("participant", ""): row.row
            for rows in self.rows.values() for row in reversed(rows)
            if row.table == "participants" and not row.void
        }  # fmt: skip
        return sorted(first, key=lambda code: first[code])

    def _everybody(self) -> None:
        """Everybody in one plan; those whose rows have faults are left out and told of."""
        self.together = self._together()
        self._within = set(self.together.participants) if self.together else set()
        rows = RowsOfAll(self.together) if self.together else None
        self.known = {
            code: Known(partial(rows.of, code)) if rows and code in self._within
            else self._one(code).known
            for code in self.codes
        }  # fmt: skip

    def _together(self) -> Plan | None:
        if not self.codes:
            return None
        try:
            return self.whole(self.as_of, self.codes)
        except InputFaults as error:
            bad = {code for code in self.codes if self._is_about(error.faults, code)}
        good = [code for code in self.codes if code not in bad]
        try:
            return self.whole(self.as_of, good) if bad and good else None
        except InputFaults:
            return None

    def _is_about(self, faults: Sequence[Fault], code: str) -> bool:
        places = {f"{row.table}:{row.row}" for row in self.rows.get(code, [])}
        return any(fault.place in places for fault in faults if not fault.warning)

    def whole(self, as_of: date, codes: Sequence[str] | None = None) -> Plan:
        """The plan of everybody, as `washout plan` on the exported folder makes it.

        Raises: InputFaults.
        """
        with self.lock:
            chosen = self.codes if codes is None else codes
            rows = sorted(
                (row for code in chosen for row in self.rows.get(code, [])),
                key=lambda row: (row.table, row.row),
            )
            if codes is None:  # rows of nobody are faults, and have to be told
                known = set(chosen)
                rows += [r for code, more in self.rows.items() if code not in known for r in more]
                rows.sort(key=lambda row: (row.table, row.row))
            study, faults = read_rows(self.heads, [*rows, *self.common], self.key)
        if not all(fault.warning for fault in faults):
            raise InputFaults(faults)
        return plan(self.protocol, study, as_of)

    def refresh(self) -> None:
        """Takes in what others wrote, and a new day."""
        with self.lock:
            if self.today() != self.as_of:
                self.load()
                return
            news = self.store.changes(self.number, most=500)
            if not news:
                return
            mine = [entry for entry in news if entry.study == self.key]
            if len(news) == 500 or any(entry.table not in ("", *_OWN) for entry in mine):
                self.load()
                return
            self._reread(mine)
            self.number = news[-1].number

    def _reread(self, entries: Iterable[TrailEntry]) -> None:
        touched: dict[str, None] = {}
        for entry in entries:
            for cells in (entry.cells_before, entry.cells_after) if entry.table else ():
                if code := cells.get("participant", ""):
                    touched[code] = None
        for code in touched:
            rows = self.store.rows(self.key, participant=code)
            self.rows[code] = [row for row in rows if row.table in _OWN]
            self._within.discard(code)
            self._opened.pop(code, None)
            self._alone.pop(code, None)
        if touched:
            self.codes = self._codes()
            there = set(self.codes)
            for code in touched:
                if code in there:
                    self.known[code] = self.person(code).known
                else:
                    self.known.pop(code, None)

    def person(self, code: str) -> OnePlan:
        """The plan of one participant.

        Raises: NotFound.
        """
        with self.lock:
            if code in self._opened:
                self._opened.move_to_end(code)
                return self._opened[code]
            if code not in self.codes:
                tail = asked(same_but_spelling(code, self.codes))
                raise NotFound(f'no participant "{code}"{tail}')
            made = self._opened[code] = self._one(code)
            if len(self._opened) > _CACHED:
                last, old = self._opened.popitem(last=False)
                if last not in self._within:
                    old.known.settle()
            return made

    def alone(self, code: str) -> OnePlan:
        """The same, in a plan of this participant alone: of that one asks `what if`.

        Raises: NotFound.
        """
        with self.lock:
            one = self.person(code)
            if code not in self._within:
                return one
            if code not in self._alone:
                self._alone[code] = self.supposed(code, one.rows)
                if len(self._alone) > _CACHED:
                    self._alone.popitem(last=False)
            self._alone.move_to_end(code)
            return self._alone[code]

    def _one(self, code: str) -> OnePlan:
        rows = self.rows.get(code, [])
        if code in self._within:
            assert self.together is not None
            site = self._site(rows, self.together.study.sites)
            return OnePlan(code, tuple(rows), self.together, (), site, {}, self.known[code])
        if self._ready is not None and self._ready[0] == code:
            after = self._ready[1]
            if not after.faults and said(after.rows) == said(rows):  # planned before it was saved
                return replace(after, rows=tuple(rows))
        return self.supposed(code, rows)

    def supposed(self, code: str, rows: Sequence[StoredRow]) -> OnePlan:
        """The plan that other rows of a participant would give."""
        made, stopping, sites = planned(
            self.protocol, self.heads, [*rows, *self.common], self.key, self.as_of
        )
        return OnePlan(code, tuple(rows), made, tuple(stopping), self._site(rows, sites))

    def _site(self, rows: Iterable[StoredRow], sites: Mapping[str, Site] | None) -> Site:
        name = person_cells(rows).get("site", "")
        return (sites or {}).get(name) or every_day_open(self.protocol.timezone, name)

    def suppose(self, code: str, edits: Sequence[Edit]) -> OnePlan:
        """The plan of a participant if these edits were saved; nothing is saved."""
        with self.lock:
            mark = f"{self.number} {code} {edits!r}"  # what is looked at is often saved next
            looked, rows = self._looked, self._supposed_rows(code, edits)
        if looked is None or looked[0] != mark:  # pages that plan nothing need not wait
            looked = self._looked = mark, self.supposed(code, rows)
        return looked[1]

    def asked(self, code: str, edits: Sequence[Edit] = (), **supposed: Any) -> Supposed:
        """What a second process is asked of a participant with these edits."""
        with self.lock:
            rows = tuple(self._supposed_rows(code, edits))
            common, heads = tuple(self.common), dict(self.heads)
            return Supposed(self.key, self.files, heads, code, rows, common, self.as_of, **supposed)

    def before(self, code: str) -> Before:
        """What is known of a participant; nothing of nobody, and where there is no plan."""
        return self.known.get(code, Known()).before

    def what_if(
        self, code: str, dates: Mapping[str, str], exposures: Sequence[Mapping[str, str]]
    ) -> OnePlan:
        """The plan of a participant if steps are on given days, or with further exposures.

        Raises: NotFound, NotOpen and InputFaults.
        """
        one = self.alone(code)
        assert one.plan is not None
        return replace(one, plan=supposing(one.plan, code, dates, exposures), found={}, kept=None)

    def _supposed_rows(self, code: str, edits: Sequence[Edit]) -> list[StoredRow]:
        rows = {(row.table, row.row): row for row in self.rows.get(code, [])}
        new = 1 + max((row.row for row in rows.values()), default=0) + 10**9
        for edit in edits:
            if edit.what == "add":
                rows[edit.table, new] = StoredRow(edit.table, new, 1, False, dict(edit.cells))
                new += 1
            elif (old := rows.get((edit.table, edit.row))) is not None:
                void = edit.what == "void"
                cells = old.cells if void else {**old.cells, **edit.cells}
                rows[edit.table, edit.row] = StoredRow(edit.table, edit.row, 0, void, cells)
        return list(rows.values())

    def save(self, code: str, edits: Sequence[Edit], actor: Actor) -> list[StoredRow]:
        """Saves edits of one participant's rows, unless they bring a fault that was not there.

        Raises: InputFaults, and what the store raises.
        """
        with self.lock:
            self.refresh()
            edits = self.trimmed(edits)
            after = self.suppose(code, edits)
            if new := self.new_faults(code, after):
                raise InputFaults(new)
            saved = self.store.apply(self.key, [*self.columns_for(edits), *edits], actor)
            self._ready = code, after
            self.refresh()
            self._ready = None
            return saved[len(saved) - len(edits) :]

    def new_faults(self, code: str, after: OnePlan | Told) -> list[Fault]:
        """The faults that a change would bring."""
        if not after.faults or all(row.void for row in after.rows):
            return []
        before = self.person(code).faults if code in self.codes else ()
        known = {(fault.code, fault.path, fault.message) for fault in before}
        return [f for f in after.faults if (f.code, f.path, f.message) not in known]

    def trimmed(self, edits: Sequence[Edit]) -> list[Edit]:
        """Edits without blank cells of columns that the table does not have."""
        found = []
        for edit in edits:
            known = self.heads.get(edit.table, tuple(edit.cells))
            cells = {head: text for head, text in edit.cells.items() if text or head in known}
            found.append(replace(edit, cells=cells) if edit.what == "add" else edit)
        return found

    def columns_for(self, edits: Sequence[Edit]) -> list[Edit]:
        """The edits that give tables the columns which rows bring."""
        found: list[Edit] = []
        for table in dict.fromkeys(edit.table for edit in edits if edit.table in LAYOUTS):
            heads = {head: None for edit in edits if edit.table == table for head in edit.cells}
            if any(head not in self.heads.get(table, ()) for head in heads):
                found += head_edits(self.store, self.key, table, heads)
        return found

    def every_row(self) -> list[StoredRow]:
        """All rows of the study's tables, by table and number."""
        with self.lock:
            rows = [row for rows in self.rows.values() for row in rows]
            return sorted([*rows, *self.common], key=lambda row: (row.table, row.row))

    @property
    def common(self) -> list[StoredRow]:
        """The rows of nobody in particular: the sites, and the study's settings."""
        return [*self.shared, *self.settings]

    def label(self, name: str) -> str:
        """A step, event or rule in people's words."""
        return self.words.get(name, name)
