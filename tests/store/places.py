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

import psycopg
import pytest

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
def cluster() -> Iterator[str]:
    """A running PostgreSQL; its address without a database's name."""
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
         "-c", "listen_addresses=", "-c", "max_connections=60"], **quiet,
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
        server.send_signal(signal.SIGINT)  # with clients still there, SIGTERM would wait for them
        server.wait(_WAIT)
        shutil.rmtree(folder, ignore_errors=True)


def new_database(address: str, name: str) -> str:
    """A database of that name in a cluster; its address."""
    with psycopg.connect(address.format("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return address.format(name)
