"""The trail proves itself: every edited byte is found, rows follow from it, and so does the past."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.errors import NotFound, NotWritable
from scheduler.store.copying import backup
from scheduler.store.entries import COLUMNS
from scheduler.store.faults import RowGone
from scheduler.store.proving import known_at, verify
from scheduler.store.stored import Edit, Store
from tests.store.conftest import EXAMPLE, ME


def _some(store: Store) -> None:
    cells = {"participant": "P-1", "event": "live_vaccine", "start": "2026-03-02", "note": ""}
    store.apply("S", [Edit("add", "history", cells)], ME)
    store.apply("S", [Edit("correct", "history", {"note": "é 麻疹"}, 1, 1, "typing error")], ME)
    store.apply("S", [Edit("add", "history", {**cells, "start": "unknown"})], ME)
    store.apply("S", [Edit("void", "history", {}, 2, 1, "twice")], ME)
    store.note("log_in", ME)


def test_a_whole_trail_is_proven(filled: Store) -> None:
    proof = verify(filled)
    assert proof.fault == "" and proof.entries == filled.number == 174
    assert verify(filled, proof.hash).fault == ""
    assert "does not lead through" in verify(filled, "0" * 64).fault


def _unguarded(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER IF EXISTS change_stays")
    connection.execute("DROP TRIGGER IF EXISTS change_kept")
    return connection


def test_every_edited_byte_of_every_entry_is_found(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "site.db", make=True)
    _some(store)
    other = _unguarded(tmp_path / "site.db")
    other.execute("PRAGMA synchronous = OFF")
    tried = length = 0
    for number in range(1, 6):
        for column in COLUMNS:
            (value,) = other.execute(
                f"SELECT {column} FROM change WHERE number = ?", (number,)
            ).fetchone()
            for wrong in _wrong(value):
                other.execute(f"UPDATE change SET {column} = ? WHERE number = ?", (wrong, number))
                fault = verify(store).fault
                assert fault.startswith("entry "), f"{column} of {number}: {value!r} to {wrong!r}"
                now = wrong if column == "number" else number
                other.execute(f"UPDATE change SET {column} = ? WHERE number = ?", (value, now))
                tried += 1
            length += len(str(value))
    assert tried > length > 1000, "every character, and one more and one less for each field"
    other.close()
    assert verify(store).fault == ""
    store.close()


def test_every_edited_byte_of_every_row_is_found(tmp_path: Path) -> None:
    """The rows as they stand are held against the trail, field by field."""
    store = Store.open(tmp_path / "site.db", make=True)
    _some(store)
    other = _unguarded(tmp_path / "site.db")
    other.execute("PRAGMA synchronous = OFF")
    columns = ("study", "tbl", "row_id", "version", "void", "participant", "cells")
    rows = other.execute(f"SELECT rowid, {', '.join(columns)} FROM current_row").fetchall()
    tried = 0
    for place, *values in rows:
        for column, value in zip(columns, values, strict=True):
            for wrong in _wrong(value):
                other.execute(
                    f"UPDATE current_row SET {column} = ? WHERE rowid = ?", (wrong, place)
                )
                assert "row " in verify(store).fault, f"{column}: {value!r} to {wrong!r}"
                tried += 1
            other.execute(f"UPDATE current_row SET {column} = ? WHERE rowid = ?", (value, place))
    assert tried > 200 and verify(store).fault == ""
    other.close()
    store.close()


def _wrong(value: object) -> list[object]:
    """Each character of a value changed by itself, one taken away, one added."""
    if isinstance(value, int):
        return [value + 100 * 10**k for k in range(len(str(value)) + 1)]
    text = str(value)
    changed = [f"{text[:k]}{chr(ord(one) ^ 1)}{text[k + 1 :]}" for k, one in enumerate(text)]
    return [*changed, f"{text} ", *([text[:-1]] if text else [])]


@pytest.mark.parametrize("number", [1, 3, 5])
def test_an_entry_that_is_gone_is_found(tmp_path: Path, number: int) -> None:
    store = Store.open(tmp_path / "site.db", make=True)
    _some(store)
    proof = verify(store)
    store.close()
    other = _unguarded(tmp_path / "site.db")
    other.execute("DELETE FROM change WHERE number = ?", (number,))
    other.close()
    found = verify(Store.open(tmp_path / "site.db"), proof.hash)
    assert found.fault, "a trail that was cut at its end is found by the hash that was noted"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE current_row SET cells = replace(cells, '2026-03-02', '2026-03-03')",
        "UPDATE current_row SET void = 0",
        "UPDATE current_row SET version = 7 WHERE row_id = 1",
        "DELETE FROM current_row WHERE row_id = 2",
        "INSERT INTO current_row VALUES ('S', 'history', 9, 1, 0, 'P-9', '{}')",
    ],
)
def test_rows_that_do_not_follow_from_the_trail_are_found(store: Store, statement: str) -> None:
    _some(store)
    assert verify(store).fault == ""
    with store.database.writing() as session:
        session.run(statement)
    assert "row " in verify(store).fault


def test_what_was_known_at_an_instant(store: Store) -> None:
    hours = iter(range(100))
    start = datetime(2026, 6, 15, 8, tzinfo=UTC)
    store.clock = lambda: (start + timedelta(hours=next(hours))).isoformat()
    with pytest.raises(NotFound):
        known_at(store, "S", start)
    _some(store)

    def rows(hour: float) -> list[tuple[int, str]]:
        then = known_at(store, "S", start + timedelta(hours=hour))
        return [(row.row, row.cells["note"]) for row in then.rows]

    assert rows(0.5) == [(1, "")]
    assert rows(1) == [(1, "é 麻疹")]
    assert rows(2.5) == [(1, "é 麻疹"), (2, "")]
    assert rows(9) == [(1, "é 麻疹")]


def test_a_backup_is_the_same_store(filled: Store, tmp_path: Path) -> None:
    copy = Store.open(backup(filled, tmp_path / "copy.db"))
    assert verify(copy) == verify(filled)
    assert copy.rows(EXAMPLE) == filled.rows(EXAMPLE)
    assert copy.heads(EXAMPLE) == filled.heads(EXAMPLE)
    copy.apply(EXAMPLE, [Edit("add", "history", {"participant": "P-001"})], ME)
    assert verify(copy).fault == ""
    with pytest.raises(NotWritable, match="there already"):
        backup(filled, tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_a_row_that_is_not_there(store: Store) -> None:
    with pytest.raises(RowGone):
        store.row("S", "history", 1)
