"""A consistent copy of a store while people work, as one SQLite file."""

import os
from pathlib import Path

from scheduler.errors import NotWritable
from scheduler.store.database import Database, check_local
from scheduler.store.schema import create, step_of
from scheduler.store.stored import Store

_TABLES = {
    "change": "number, at, who, role, what, study, tbl, row_id, version, before, after, reason, "
    "previous, hash",
    "current_row": "study, tbl, row_id, version, void, participant, cells",
    "account": "name, role, password, active, failures, wait_until",
    "feed": "digest, study, kind, code, detailed, who, made, mark",
}


def backup(store: Store, path: str | Path) -> Path:
    """Copies a store into a new file: a state between two saves, whole or not at all.

    Log-in sessions and tokens are not copied from PostgreSQL: they belong to the running desk.
    Raises: NotWritable where the file is there already.
    """
    target = Path(path)
    if target.exists():
        raise NotWritable(f"{target}: this file is there already; a backup replaces nothing")
    check_local(target)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    beside.unlink(missing_ok=True)
    try:
        if store.database.postgres:
            _copied(store, beside)
        else:
            connection = store.database.lent()
            try:
                connection.execute("VACUUM INTO ?", (str(beside),))
            finally:
                connection.close()
        _synced(beside)
        os.replace(beside, target)
    except OSError as error:
        raise NotWritable(f"{target}: cannot be written: {error.strerror}") from error
    finally:
        for tail in ("", "-wal", "-shm"):
            Path(f"{beside}{tail}").unlink(missing_ok=True)
    return target


def _synced(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _copied(store: Store, path: Path) -> None:
    copy = Database(str(path))
    create(copy, step_of(store.database) or 0)
    with store.database.reading() as session, copy.writing() as new:
        mark = session.one("SELECT value FROM meta WHERE name = 'store'")
        new.run("UPDATE meta SET value = ? WHERE name = 'store'", mark or ("",))
        for table, columns in _TABLES.items():
            found = session.rows(f"SELECT {columns} FROM {table}")
            marks = ", ".join("?" * len(columns.split(", ")))
            new.many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", found)
    with copy.reading() as session:
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    copy.close()
