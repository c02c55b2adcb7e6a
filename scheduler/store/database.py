"""One database behind one small interface: SQLite in a file, or PostgreSQL by its address.

Statements are written once, with `?` for values. A writing transaction holds the store's one
lock from its first statement on, so that the entries of the trail stand in one order.
Source: docs/desk-running.md (where the data lies).
"""

import os
import re
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scheduler.store.faults import StoreBusy, StoreClosed, StoreMissing

_POSTGRES = re.compile(r"postgres(ql)?://")
_NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|afs|ncpfs|9p|ceph|glusterfs|lustre|fuse\.\S*(ssh|smb|dav|s3|rclone|gluster)\S*)$"
)
_BUSY_MS = 5000
_LOCK = 7_301_955_241  # of PostgreSQL, the same number for every desk
_POOL = 8
Values = Sequence[object]


def is_address(text: str) -> bool:
    """Whether a text names a PostgreSQL database."""
    return bool(_POSTGRES.match(text))


class Transaction:
    """One transaction: statements with `?` for values."""

    def __init__(self, connection: Any, postgres: bool) -> None:
        """On a connection that has begun."""
        self._connection, self._postgres = connection, postgres

    def run(self, statement: str, values: Values = ()) -> None:
        """A statement without an answer."""
        self._connection.execute(self._said(statement), tuple(values))

    def many(self, statement: str, rows: Sequence[Values]) -> None:
        """One statement for many rows."""
        with_cursor = self._connection.cursor()
        with_cursor.executemany(self._said(statement), [tuple(row) for row in rows])

    def rows(self, statement: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """The rows that a question gives."""
        found = self._connection.execute(self._said(statement), tuple(values)).fetchall()
        return [tuple(row) for row in found]

    def one(self, statement: str, values: Values = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def _said(self, statement: str) -> str:
        return statement.replace("?", "%s") if self._postgres else statement


class Database:
    """Connections to one store; safe to use from several threads."""

    def __init__(self, place: str) -> None:
        """Nothing is opened yet."""
        self.place, self.postgres = place, is_address(place)
        self._free: list[Any] = []
        self._guard = threading.Lock()
        self._errors: tuple[type[BaseException], ...] = (sqlite3.Error,)
        if self.postgres:
            check_address(place)
            self._errors = (_psycopg().Error,)
        else:
            check_local(Path(place))

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that is durable when the block ends without an error, else undone."""
        with self._begun(write=True) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the store."""
        with self._begun(write=False) as session:
            yield session

    @contextmanager
    def _begun(self, write: bool) -> Iterator[Transaction]:
        connection, whole = self._taken(), False
        try:
            self._begin(connection, write)
            yield Transaction(connection, self.postgres)
            connection.execute("COMMIT")
            whole = True
        except self._errors as error:
            raise _told(error, self.name) from error
        finally:
            self._given(connection, whole)

    def _begin(self, connection: Any, write: bool) -> None:
        if not self.postgres:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        elif write:
            connection.execute("BEGIN")
            connection.execute("SET LOCAL lock_timeout = '5s'")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        else:
            connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    @property
    def name(self) -> str:
        """The place without anything secret."""
        return re.sub(r"//[^@/]*@", "//", self.place) if self.postgres else self.place

    def _taken(self) -> Any:
        with self._guard:
            if self._free:
                return self._free.pop()
        try:
            return _postgres(self.place) if self.postgres else _sqlite(self.place)
        except self._errors as error:
            raise _told(error, self.name) from error

    def _given(self, connection: Any, whole: bool) -> None:
        """Keep a connection for the next one; one that failed is closed, which undoes its part."""
        with self._guard:
            if whole and len(self._free) < _POOL:
                self._free.append(connection)
                return
        connection.close()

    def lent(self) -> Any:
        """A connection outside of any transaction; the borrower closes it."""
        return self._taken()

    def close(self) -> None:
        """Close what is open."""
        with self._guard:
            for connection in self._free:
                connection.close()
            self._free.clear()


def check_address(address: str) -> None:
    """Refuses an address with a password in it: everybody on the machine could read it.

    Raises: StoreMissing.
    """
    if re.match(r"[a-z]+://[^/@:]*:[^/@]*@", address) or re.search(r"[?&]password=", address):
        raise StoreMissing(
            "the address holds a password, which the list of processes would show: leave it out "
            "and put it into ~/.pgpass or the variable PGPASSWORD"
        )


def check_local(path: Path, mounts: str | None = None) -> None:
    """Refuses a file on a network drive: SQLite's log of writes needs a local disk.

    Raises: StoreMissing.
    """
    where = os.path.abspath(path)
    kind = _windows_kind(where) if sys.platform == "win32" else _file_system(where, mounts)
    if kind:
        raise StoreMissing(
            f"{path}: this is a network drive ({kind}); a store needs a local disk, or a "
            "PostgreSQL address"
        )


def _file_system(where: str, mounts: str | None) -> str:
    """The name of the network file system that holds a path, or an empty text."""
    if mounts is None:
        try:
            mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""  # a system without the list
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind if _NETWORK.match(kind) else ""


def _windows_kind(where: str) -> str:
    if where.startswith("\\\\"):
        return "a share"
    import ctypes

    remote = 4  # DRIVE_REMOTE
    windll = getattr(ctypes, "windll", None)
    kind = windll.kernel32.GetDriveTypeW(where[:3]) if windll else 0
    return "a mapped share" if kind == remote else ""


def _sqlite(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        place, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
    )
    try:
        for setting in (
            f"busy_timeout = {_BUSY_MS}", "foreign_keys = ON", "synchronous = FULL",
            "journal_mode = WAL", "temp_store = MEMORY", "trusted_schema = OFF",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreMissing('a PostgreSQL store needs more: pip install "washout[desk]"') from error
    return psycopg


def _postgres(address: str) -> Any:
    connection = _psycopg().connect(address, autocommit=True, connect_timeout=5)
    connection.execute("SET synchronous_commit = on")
    return connection


_WHAT = (
    ("locked", StoreBusy, "another program holds the store"),
    ("lock timeout", StoreBusy, "another desk holds the store"),
    ("full", StoreClosed, "the disk is full"),
    ("readonly", StoreClosed, "the store may not be written (read-only file)"),
    ("read-only", StoreClosed, "the store may not be written (read-only)"),
    ("disk i/o", StoreClosed, "the disk answers with an error"),
    ("malformed", StoreClosed, "the file is damaged; take the last backup"),
    ("not a database", StoreMissing, "this file is no store"),
    ("unable to open", StoreMissing, "the file cannot be opened"),
)


def _told(error: BaseException, name: str) -> Exception:
    """The database's error as one of ours, in plain words."""
    text = str(error)
    for mark, kind, said in _WHAT:
        if mark in text.lower():
            return kind(f"{name}: {said}; nothing was saved")
    first = text.strip().splitlines()[0] if text.strip() else type(error).__name__
    return StoreClosed(f"{name}: the database does not answer as it should ({first})")
