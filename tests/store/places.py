"""Empty stores on both databases; PostgreSQL is started for the tests, on a socket of its own."""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from scheduler.store.stored import Store

_WAIT = 30.0


def programs() -> Path:
    """Where PostgreSQL's own programs are; skips where there are none."""
    found = shutil.which("pg_ctl")
    if found:
        return Path(found).parent
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not places:
        pytest.skip("no PostgreSQL here; apt-get install postgresql")
    return Path(places[-1])


@contextmanager
def cluster(durable: bool = True) -> Iterator[str]:
    """A running PostgreSQL; its address without a database's name.

    One that is not durable answers before the disk does, which is quicker.
    """
    place = programs()
    folder = Path(tempfile.mkdtemp(prefix="washout-pg-", dir="/tmp"))  # sockets have short names
    as_user: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/tmp"}
    subprocess.run(
        [*as_user, str(place / "initdb"), "-D", str(data), "-U", "desk", "-A", "trust", "-N"],
        check=True, **quiet,
    )  # fmt: skip
    server = subprocess.Popen(
        [*as_user, str(place / "postgres"), "-D", str(data), "-k", str(folder),
         "-c", "listen_addresses=", "-c", "max_connections=60",
         "-c", f"fsync={'on' if durable else 'off'}"], **quiet,
    )  # fmt: skip
    try:
        end = time.monotonic() + _WAIT
        while True:
            with suppress(psycopg.OperationalError):
                psycopg.connect(f"postgresql://desk@/postgres?host={folder}").close()
                break
            assert time.monotonic() < end, "PostgreSQL did not start"
            time.sleep(0.1)
        yield f"postgresql://desk@/{{}}?host={folder}"
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: what it holds is thrown away
        server.wait(_WAIT)
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str, name: str) -> str:
    """An empty database of that name in a cluster; its address."""
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.format(name)


def new_schema(database: str, name: str) -> str:
    """An empty schema in a database, which makes fewer files than a database does; its address."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
    return f"{database}&options=-csearch_path%3D{name}"


def copied_store(database: str, name: str) -> str:
    """The store in a database copied into a schema of its own; its address."""
    place = new_schema(database, name)
    store = Store.open(place, make=True)
    with store.database.writing() as session:
        session.run("DELETE FROM meta")
        for table in ("meta", "change", "current_row", "account", "session", "token", "feed"):
            session.run(f"INSERT INTO {table} SELECT * FROM public.{table}")
    store.close()
    return place


def stored_bytes(place: str) -> bytes:
    """Everything that lies in a store, which nobody has open."""
    if not place.startswith("postgresql:"):
        path = Path(place)
        return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    named = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    with psycopg.connect(place) as connection:
        tables = [name for (name,) in connection.execute(named)]
        rows = [connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables]
    return repr(rows).encode()


def only_readable(place: str, connection: Any) -> None:
    """From now on nothing can be written over a connection."""
    postgres = place.startswith("postgresql:")
    connection.execute(
        "SET default_transaction_read_only = on" if postgres else "PRAGMA query_only = ON"
    )
