"""The store: rows that are added, corrected and voided, each with its entry in the trail.

Nothing is deleted and nothing is overwritten unseen: a change names the version it saw.
Source: docs/desk-running.md.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scheduler.store.database import Database, Transaction, is_address
from scheduler.store.entries import COLUMNS, Actor, TrailEntry, cells_of, cells_text
from scheduler.store.faults import ReasonNeeded, RowChanged, RowGone, StoreMissing
from scheduler.store.schema import create, step_of, upgrade

HEADS, PROTOCOL, SETTINGS = "_heads", "_protocol", "_settings"
_ENTRY = f"SELECT {', '.join(COLUMNS)} FROM change"
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row as it stands: its number in its table, its version, its cells."""

    table: str
    row: int
    version: int
    void: bool
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """One wish: `add` a row, `correct` cells of a row, or `void` it.

    `cells` of a correction are those that change; `version` is the one that was seen.
    """

    what: str
    table: str
    cells: Cells = field(default_factory=dict)
    row: int = 0
    version: int = 0
    reason: str = ""


def utc_now() -> str:
    """This instant, in UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """A study, or several, in a database."""

    def __init__(self, database: Database, clock: Callable[[], str] = utc_now) -> None:
        """On a database that has its tables; `clock` gives the instants of entries."""
        self.database, self.clock = database, clock

    @classmethod
    def open(cls, place: str | Path, make: bool = False) -> "Store":
        """The store at a place; with `make`, made where there is none.

        Raises: StoreMissing, StoreClosed.
        """
        text = str(place)
        if not is_address(text) and not Path(text).exists() and not make:
            raise StoreMissing(f"{text}: there is no such store")
        database = Database(text)
        try:
            if make and step_of(database) is None:
                create(database)
            upgrade(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    @property
    def mark(self) -> str:
        """The store's own random mark, which the first entry follows."""
        with self.database.reading() as session:
            return _mark(session)

    @property
    def number(self) -> int:
        """The number of the last entry; 0 before the first."""
        with self.database.reading() as session:
            return _last(session)[0]

    def studies(self) -> list[str]:
        """The studies in the store, in the order in which they came."""
        with self.database.reading() as session:
            found = session.rows(
                "SELECT study, MIN(number) FROM change WHERE tbl = ? GROUP BY study ORDER BY 2",
                (HEADS,),
            )
        return [str(study) for study, _ in found]

    def rows(self, study: str, table: str = "", participant: str = "") -> list[StoredRow]:
        """The rows as they stand, void ones too, by table and number."""
        words, values = ["study = ?"], [study]
        for name, value in (("tbl", table), ("participant", participant)):
            if value:
                words.append(f"{name} = ?")
                values.append(value)
        statement = (
            "SELECT tbl, row_id, version, void, cells FROM current_row "
            f"WHERE {' AND '.join(words)} ORDER BY tbl, row_id"
        )
        with self.database.reading() as session:
            found = session.rows(statement, values)
        return [_row(*parts) for parts in found]

    def row(self, study: str, table: str, number: int) -> StoredRow:
        """One row, void or not.

        Raises: RowGone.
        """
        with self.database.reading() as session:
            found = _find(session, study, table, number)
        if found is None:
            raise RowGone(f"there is no row {number} in {table}")
        return found

    def heads(self, study: str) -> dict[str, tuple[str, ...]]:
        """The columns of every table, in their order."""
        return {
            row.cells["table"]: tuple(json.loads(row.cells["heads"]))
            for row in self.rows(study, HEADS)
        }

    def protocol_files(self, study: str) -> dict[str, str]:
        """The texts of the protocol's files by their names: protocol.yaml, versions/2.0.yaml."""
        rows = self.rows(study, PROTOCOL)
        return {row.cells["file"]: row.cells["text"] for row in rows if not row.void}

    def apply(self, study: str, edits: Sequence[Edit], actor: Actor) -> list[StoredRow]:
        """All edits or none, in one durable transaction; the rows as they stand after it.

        Raises: RowChanged, RowGone, ReasonNeeded; StoreClosed where it cannot be written.
        """
        for edit in edits:
            if edit.what != "add" and not edit.reason.strip():
                raise ReasonNeeded("a correction or a voiding needs a reason")
        with self.database.writing() as session:
            trail = _Trail(session, actor, self.clock())
            return [trail.put(study, edit) for edit in edits]

    def note(self, what: str, actor: Actor, text: str = "", study: str = "") -> None:
        """An entry about something that is no row: a log-in, a feed, a user."""
        with self.database.writing() as session:
            _Trail(session, actor, self.clock()).append(what, study, "", 0, 0, "", "", text)

    def changes(self, after: int = 0, most: int = 1000, **wanted: str) -> list[TrailEntry]:
        """Entries after a number, oldest first; `wanted` by study, tbl, who, what."""
        words = ["number > ?", *(f"{name} = ?" for name in wanted)]
        statement = f"{_ENTRY} WHERE {' AND '.join(words)} ORDER BY number LIMIT ?"
        with self.database.reading() as session:
            found = session.rows(statement, [after, *wanted.values(), most])
        return [TrailEntry(*parts) for parts in found]

    def entries_of(self, study: str, rows: Sequence[StoredRow]) -> list[TrailEntry]:
        """Every entry about some rows, newest first."""
        by_table: dict[str, list[int]] = {}
        for row in rows:
            by_table.setdefault(row.table, []).append(row.row)
        found: list[TrailEntry] = []
        with self.database.reading() as session:
            for table, numbers in by_table.items():
                marks = ", ".join("?" * len(numbers))
                statement = f"{_ENTRY} WHERE study = ? AND tbl = ? AND row_id IN ({marks})"
                parts = session.rows(statement, [study, table, *numbers])
                found += [TrailEntry(*one) for one in parts]
        return sorted(found, key=lambda entry: -entry.number)

    def last_changes(self, study: str) -> dict[str, int]:
        """The number of the last entry that can have changed what each participant's plan says.

        That is an entry of a row of theirs, or of the sites or the protocol.
        """
        of_people = (
            "SELECT r.participant, MAX(c.number) FROM change c JOIN current_row r "
            "ON r.study = c.study AND r.tbl = c.tbl AND r.row_id = c.row_id "
            "WHERE c.study = ? AND r.participant <> '' GROUP BY r.participant"
        )
        of_all = "SELECT MAX(number) FROM change WHERE study = ? AND tbl IN ('sites', ?)"
        with self.database.reading() as session:
            found = session.rows(of_people, [study])
            shared = session.one(of_all, [study, PROTOCOL])
        least = int(shared[0] or 0) if shared else 0
        return {str(code): max(int(number), least) for code, number in found}

    def latest(self, most: int = 200, before: int = 0, **wanted: str) -> list[TrailEntry]:
        """The newest entries first."""
        words = ["number < ?"] if before else ["number > ?"]
        words += [f"{name} = ?" for name in wanted]
        statement = f"{_ENTRY} WHERE {' AND '.join(words)} ORDER BY number DESC LIMIT ?"
        with self.database.reading() as session:
            found = session.rows(statement, [before, *wanted.values(), most])
        return [TrailEntry(*parts) for parts in found]


class _Trail:
    """The entries of one transaction: one actor, one instant."""

    def __init__(self, session: Transaction, actor: Actor, at: str) -> None:
        self.session, self.actor, self.at = session, actor, at
        self.number, self.hash = _last(session)
        self.hash = self.hash or _mark(session)

    def put(self, study: str, edit: Edit) -> StoredRow:
        if edit.what == "add":
            return self._add(study, edit)
        found = _find(self.session, study, edit.table, edit.row)
        if found is None or found.void:
            said = "is void" if found else "is not there"
            raise RowGone(f"row {edit.row} of {edit.table} {said}")
        if found.version != edit.version:
            raise RowChanged(edit.table, edit.row, found.version, found.cells, edit.cells)
        void = edit.what == "void"
        cells = found.cells if void else {**found.cells, **_filled(edit.cells)}
        if not void and cells == found.cells:
            return found
        after = StoredRow(edit.table, edit.row, found.version + 1, void, cells)
        self.append(
            edit.what, study, edit.table, edit.row, after.version, cells_text(found.cells),
            "" if void else cells_text(cells), edit.reason,
        )  # fmt: skip
        self.session.run(
            "UPDATE current_row SET version = ?, void = ?, participant = ?, cells = ? "
            "WHERE study = ? AND tbl = ? AND row_id = ?",
            (after.version, int(void), cells.get("participant", ""), cells_text(cells), study,
             edit.table, edit.row),
        )  # fmt: skip
        return after

    def _add(self, study: str, edit: Edit) -> StoredRow:
        found = self.session.one(
            "SELECT MAX(row_id) FROM current_row WHERE study = ? AND tbl = ?", (study, edit.table)
        )
        row = int(found[0] or 0) + 1 if found else 1
        after = StoredRow(edit.table, row, 1, False, _filled(edit.cells))
        text = cells_text(after.cells)
        self.append("add", study, edit.table, row, 1, "", text, edit.reason)
        self.session.run(
            "INSERT INTO current_row (study, tbl, row_id, version, void, participant, cells) "
            "VALUES (?, ?, ?, 1, 0, ?, ?)",
            (study, edit.table, row, after.cells.get("participant", ""), text),
        )
        return after

    def append(
        self, what: str, study: str, table: str, row: int, version: int, before: str, after: str,
        reason: str,
    ) -> None:  # fmt: skip
        self.number += 1
        entry = TrailEntry(
            self.number, self.at, self.actor.name, self.actor.role, what, study, table, row,
            version, before, after, reason.strip(), self.hash,
        ).sealed()  # fmt: skip
        self.hash = entry.hash
        marks = ", ".join("?" * len(COLUMNS))
        values = [getattr(entry, name) for name in TrailEntry.__slots__]
        self.session.run(f"INSERT INTO change ({', '.join(COLUMNS)}) VALUES ({marks})", values)


def _filled(cells: Cells) -> dict[str, str]:
    return {str(head): str(text) for head, text in cells.items()}


def _row(table: Any, row: Any, version: Any, void: Any, cells: Any) -> StoredRow:
    return StoredRow(str(table), int(row), int(version), bool(void), cells_of(cells))


def _find(session: Transaction, study: str, table: str, row: int) -> StoredRow | None:
    found = session.one(
        "SELECT tbl, row_id, version, void, cells FROM current_row "
        "WHERE study = ? AND tbl = ? AND row_id = ?",
        (study, table, row),
    )
    return _row(*found) if found else None


def _last(session: Transaction) -> tuple[int, str]:
    found = session.one("SELECT number, hash FROM change ORDER BY number DESC LIMIT 1")
    return (int(found[0]), str(found[1])) if found else (0, "")


def _mark(session: Transaction) -> str:
    found = session.one("SELECT value FROM meta WHERE name = 'store'")
    return str(found[0]) if found else ""
