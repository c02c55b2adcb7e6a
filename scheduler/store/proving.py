"""Is the trail whole, do the rows follow from it, and what was known at an instant?

Source: docs/desk-running.md (verify, replay).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduler.errors import NotFound
from scheduler.store.database import Transaction
from scheduler.store.entries import COLUMNS, ROW_KINDS, TrailEntry, cells_of, cells_text
from scheduler.store.stored import HEADS, PROTOCOL, Store, StoredRow

_PAGE = 2000
_Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """How many entries fit, the hash of the last one, and what does not fit (empty: all does)."""

    entries: int
    hash: str
    fault: str = ""


def verify(store: Store, known: str = "") -> Proof:
    """Recomputes the chain and rebuilds every row; stops at the first thing that does not fit.

    `known` is the hash of an entry that was noted before: a trail that was cut behind it, or
    written anew, does not lead through it.
    """
    with store.database.reading() as session:
        found = session.one("SELECT value FROM meta WHERE name = 'store'")
        previous, number, rebuilt = str(found[0]) if found else "", 0, Rebuilt()
        seen = not known
        for entry in _entries(session):
            number += 1
            fault = _misfit(entry, number, previous) or rebuilt.take(entry)
            if fault:
                return Proof(number - 1, previous, f"entry {entry.number}: {fault}")
            previous = entry.hash
            seen = seen or previous == known
        fault = "" if seen else "the trail does not lead through the hash that was noted"
        fault = fault or _compare(session, rebuilt)
    return Proof(number, previous, fault)


def _misfit(entry: TrailEntry, number: int, previous: str) -> str:
    if entry.number != number:
        return f"expected entry {number}; entries are missing or added"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    return "" if entry.whole else "its contents are not those that were written"


class Rebuilt:
    """The rows that entries give, one after the other."""

    def __init__(self) -> None:
        """None yet."""
        self.rows: dict[_Place, StoredRow] = {}

    def take(self, entry: TrailEntry) -> str:
        """One more entry; what does not fit, or an empty text."""
        if entry.what not in ROW_KINDS:
            return ""
        place = entry.study, entry.table, entry.row
        known = self.rows.get(place)
        if (known is None) != (entry.what == "add"):
            return "it does not fit the row that it changes"
        if known is not None and (
            known.version + 1 != entry.version or cells_text(known.cells) != entry.before
        ):
            return "what it says was there before was not there"
        void = entry.what == "void"
        cells = known.cells if void and known else cells_of(entry.after)
        self.rows[place] = StoredRow(entry.table, entry.row, entry.version, void, cells)
        return ""


def _compare(session: Transaction, rebuilt: Rebuilt) -> str:
    statement = "SELECT study, tbl, row_id, version, void, participant, cells FROM current_row"
    left = dict(rebuilt.rows)
    for study, table, row, version, void, participant, cells in session.rows(statement):
        found = left.pop((study, table, int(row)), None)
        same = found is not None and (
            (found.version, int(found.void), found.cells.get("participant", ""))
            == (int(version), int(void), participant)
            and cells_text(found.cells) == cells
        )
        if not same:
            return f"row {row} of {table} in {study} is not what the trail says"
    if left:
        study, table, row = next(iter(left))
        return f"row {row} of {table} in {study} is in the trail and not among the rows"
    return ""


def _entries(session: Transaction) -> Iterator[TrailEntry]:
    after = -(2**62)
    statement = (
        f"SELECT {', '.join(COLUMNS)} FROM change WHERE number > ? ORDER BY number LIMIT {_PAGE}"
    )
    while True:
        found = session.rows(statement, (after,))
        for parts in found:
            yield TrailEntry(*parts)
        if len(found) < _PAGE:
            return
        after = found[-1][0]


@dataclass(frozen=True)
class KnownThen:
    """The study of a store as it stood at an instant."""

    heads: dict[str, tuple[str, ...]]
    rows: list[StoredRow]
    protocol_files: dict[str, str]
    entries: int


def known_at(store: Store, study: str, instant: datetime) -> KnownThen:
    """What a study's rows and protocol were at an instant.

    Raises: NotFound where the study was not in the store yet.
    """
    with store.database.reading() as session:
        entries = list(_until(_entries(session), instant))
    rebuilt = Rebuilt()
    for entry in entries:
        if entry.study == study:
            rebuilt.take(entry)
    rows = [row for (_, table, _), row in sorted(rebuilt.rows.items()) if not row.void]
    if not rows:
        raise NotFound(f"{study} was not in the store at {instant.isoformat()}")
    heads = {
        r.cells["table"]: tuple(json.loads(r.cells["heads"])) for r in rows if r.table == HEADS
    }
    files = {r.cells["file"]: r.cells["text"] for r in rows if r.table == PROTOCOL}
    return KnownThen(heads, rows, files, len(entries))


def _until(entries: Iterable[TrailEntry], instant: datetime) -> Iterator[TrailEntry]:
    for entry in entries:
        if datetime.fromisoformat(entry.at) > instant:
            return
        yield entry


def write_protocol(files: dict[str, str], folder: Path) -> Path:
    """Puts the protocol's files of a store into a folder, so that they can be read."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder
