"""Rows are added, corrected and voided, never deleted, and never overwritten unseen."""

import threading
from pathlib import Path

import psycopg
import pytest

from scheduler.store.database import Database, check_address, check_local
from scheduler.store.entries import Actor
from scheduler.store.faults import (
    ReasonNeeded,
    RowChanged,
    RowGone,
    StoreBusy,
    StoreClosed,
    StoreMissing,
)
from scheduler.store.schema import create, step_of
from scheduler.store.stored import Edit, Store
from tests.store.conftest import ME

HISTORY = {"participant": "P-1", "event": "live_vaccine", "start": "2026-03"}


def test_a_row_its_correction_and_its_voiding_stay_in_the_trail(store: Store) -> None:
    row = store.apply("S", [Edit("add", "history", HISTORY)], ME)[0]
    assert (row.row, row.version, row.cells) == (1, 1, HISTORY)
    fixed = Edit("correct", "history", {"start": "2026-03-02"}, 1, 1, "day found in the letter")
    row = store.apply("S", [fixed], Actor("Ben", "coordinator"))[0]
    assert row.version == 2 and row.cells == {**HISTORY, "start": "2026-03-02"}
    row = store.apply("S", [Edit("void", "history", {}, 1, 2, "wrong participant")], ME)[0]
    assert row.void and row.version == 3
    told = [(e.what, e.who, e.version, e.reason) for e in store.changes()]
    assert told == [
        ("add", "Anna", 1, ""),
        ("correct", "Ben", 2, "day found in the letter"),
        ("void", "Anna", 3, "wrong participant"),
    ]
    second = store.changes()[1]
    assert second.cells_before["start"] == "2026-03"
    assert second.cells_after["start"] == "2026-03-02"


@pytest.mark.parametrize("what", ["correct", "void"])
def test_a_correction_and_a_voiding_need_a_reason(store: Store, what: str) -> None:
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    with pytest.raises(ReasonNeeded):
        store.apply("S", [Edit(what, "history", {"start": "2026"}, 1, 1, "  ")], ME)
    assert store.number == 1


def test_a_save_on_an_old_version_tells_both_values_and_changes_nothing(store: Store) -> None:
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    store.apply("S", [Edit("correct", "history", {"start": "2026-03-02"}, 1, 1, "found")], ME)
    late = Edit("correct", "history", {"start": "2026-03-09"}, 1, 1, "found elsewhere")
    with pytest.raises(RowChanged) as caught:
        store.apply("S", [Edit("add", "history", HISTORY), late], ME)
    error = caught.value
    assert (error.version, error.stored["start"], error.wanted["start"]) == (
        2, "2026-03-02", "2026-03-09",
    )  # fmt: skip
    assert store.number == 2, "the edit beside it was undone with it"


def test_a_void_row_takes_no_further_change(store: Store) -> None:
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    store.apply("S", [Edit("void", "history", {}, 1, 1, "twice")], ME)
    with pytest.raises(RowGone):
        store.apply("S", [Edit("correct", "history", {"start": "2026"}, 1, 2, "x")], ME)


def test_a_correction_that_changes_nothing_leaves_no_entry(store: Store) -> None:
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    store.apply("S", [Edit("correct", "history", {"start": "2026-03"}, 1, 1, "x")], ME)
    assert store.number == 1


@pytest.mark.parametrize(
    "statement",
    ["UPDATE change SET who = 'nobody'", "DELETE FROM change", "TRUNCATE change"],
)
def test_the_database_itself_refuses_to_change_the_trail(store: Store, statement: str) -> None:
    if statement.startswith("TRUNCATE") and not store.database.postgres:
        pytest.skip("SQLite has no TRUNCATE")
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    with pytest.raises(StoreClosed, match="trail"), store.database.writing() as session:
        session.run(statement)
    assert [e.who for e in store.changes()] == ["Anna"]


def test_saves_of_many_threads_stand_in_one_chain(store: Store) -> None:
    def work(name: str) -> None:
        for _ in range(10):
            store.apply("S", [Edit("add", "history", HISTORY)], Actor(name))

    threads = [threading.Thread(target=work, args=(f"T{k}",)) for k in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    entries = store.changes()
    assert [e.number for e in entries] == list(range(1, 61))
    assert [e.previous for e in entries[1:]] == [e.hash for e in entries[:-1]]
    assert sorted(row.row for row in store.rows("S")) == list(range(1, 61))


def test_a_store_of_an_earlier_program_is_brought_up(place: str) -> None:
    database = Database(place)
    create(database, steps=1)
    assert step_of(database) == 1
    database.close()
    store = Store.open(place)
    assert step_of(store.database) == 2
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    assert store.number == 1
    store.close()


def test_a_store_of_a_later_program_is_refused(place: str) -> None:
    store = Store.open(place, make=True)
    with store.database.writing() as session:
        session.run("UPDATE meta SET value = '99' WHERE name = 'step'")
    store.close()
    with pytest.raises(StoreMissing, match="newer washout"):
        Store.open(place)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="no such store"):
        Store.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text(
        "not a database, but long enough to look like something\n" * 9
    )
    with pytest.raises(StoreMissing, match="no store"):
        Store.open(tmp_path / "text.db")


def test_a_password_in_an_address_is_refused() -> None:
    for address in ("postgresql://me:secret@host/db", "postgresql://host/db?password=secret"):
        with pytest.raises(StoreMissing, match="pgpass"):
            check_address(address)
    check_address("postgresql://me@host/db")


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "smb3", "9p", "fuse.rclone"])
def test_a_network_drive_is_refused(kind: str) -> None:
    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/share\\040one {kind} rw 0 0\n"
    with pytest.raises(StoreMissing, match="network drive"):
        check_local(Path("/mnt/share one/site.db"), mounts)
    check_local(Path("/mnt/share/site.db"), mounts)
    check_local(Path("/home/site.db"), mounts)


def test_a_locked_store_says_so_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.store.database._BUSY_MS", 50)
    store = Store.open(tmp_path / "site.db", make=True)
    other = Database(str(tmp_path / "site.db"))
    with other.writing(), pytest.raises(StoreBusy, match="nothing was saved"):
        store.apply("S", [Edit("add", "history", HISTORY)], ME)
    assert store.number == 0
    store.apply("S", [Edit("add", "history", HISTORY)], ME)


@pytest.mark.parametrize(
    ("setting", "said"), [("max_page_count = 1", "disk is full"), ("query_only = ON", "read-only")]
)
def test_a_full_disk_and_a_file_that_cannot_be_written(
    tmp_path: Path, setting: str, said: str
) -> None:
    store = Store.open(tmp_path / "site.db", make=True)
    connection = store.database.lent()
    connection.execute(f"PRAGMA {setting}")
    store.database._free[:] = [connection]
    big = {**HISTORY, "note": "x" * 200_000}
    with pytest.raises(StoreClosed, match=said):
        store.apply("S", [Edit("add", "history", big)], ME)
    assert store.number == 0 and store.rows("S") == []


def test_a_lost_connection_is_told_and_the_next_try_works(postgres: str, tmp_path: Path) -> None:
    from tests.store.places import new_database

    store = Store.open(new_database(postgres, "lost"), make=True)
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    with psycopg.connect(postgres.format("postgres"), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'lost'"
        )
    with pytest.raises(StoreClosed):
        store.apply("S", [Edit("add", "history", HISTORY)], ME)
    store.apply("S", [Edit("add", "history", HISTORY)], ME)
    assert store.number == 2
    store.close()
