"""`washout desk` and its verbs as a user runs them, a real server among them."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from scheduler.cli import washout_command
from scheduler.desk.serving import Wishes, _listening
from scheduler.store.stored import Edit, Store
from tests.desk.office import KEY, ME, fill


def _run(*line: str, given: str | None = None) -> tuple[int, str]:
    found = CliRunner().invoke(washout_command, ["desk", *line], input=given)
    return found.exit_code, found.output


@pytest.fixture
def place(tmp_path: Path, folder: Path) -> str:
    store = Store.open(tmp_path / "site.db", make=True)
    fill(store, folder)
    store.close()
    return str(tmp_path / "site.db")


def test_verify_tells_the_number_or_the_first_entry_that_does_not_fit(place: str) -> None:
    code, said = _run("verify", place)
    assert code == 0 and said.startswith("174 entries, last hash ")
    mark = said.split()[-1]
    assert _run("verify", place, "--hash", mark)[0] == 0
    import sqlite3

    with sqlite3.connect(place) as other:
        other.execute("DROP TRIGGER change_stays")
        other.execute("UPDATE change SET who = 'nobody' WHERE number = 90")
    other.close()
    code, said = _run("verify", place)
    assert code == 1 and "entry 90" in said


def test_export_import_and_backup(place: str, tmp_path: Path, folder: Path) -> None:
    book = str(tmp_path / "w.xlsx")
    code, said = _run("export", place, str(tmp_path / "out"), "--workbook", book)
    assert code == 0 and "participants.csv" in said and Path(book).is_file()
    assert _run("import", place, str(tmp_path / "out")) == (0, "Nothing differs.\n")
    path = tmp_path / "out" / "dates.csv"
    path.write_text(path.read_text() + "P-002,enrollment,2026-06-25,booked,\n")
    code, said = _run("import", place, str(tmp_path / "out"))
    assert code == 0 and "add dates: participant P-002" in said and "--apply" in said
    assert _run("import", place, str(tmp_path / "out"), "--apply")[0] == 0
    assert _run("import", place, str(tmp_path / "out")) == (0, "Nothing differs.\n")
    copy = str(tmp_path / "copy.db")
    assert _run("backup", place, copy) == (0, f"{copy}\n")
    assert _run("verify", copy)[1].startswith("175 entries")
    assert _run("backup", place, copy)[0] == 1


def test_replay_writes_the_plan_as_it_was_known(place: str, tmp_path: Path) -> None:
    store = Store.open(place)
    time.sleep(0.01)
    then = store.clock()
    time.sleep(0.01)
    row = next(r for r in store.rows(KEY, "dates") if r.cells["date"].startswith("2026-07-13"))
    store.apply(KEY, [Edit("void", "dates", {}, row.row, 1, "not booked at all")], ME)
    store.close()
    for instant, out in ((then, "then"), ("2100-01-01T00:00:00Z", "now")):
        line = ("--at", instant, "--as-of", "2026-06-15", "--out", str(tmp_path / out))
        code, said = _run("replay", place, *line)
        assert code == 0, said

    def booked(out: str) -> bool:
        return "P-003,infusion" in (tmp_path / out / "bookings.csv").read_text()

    assert booked("then") and not booked("now")
    line = ("--at", "2000-01-01T00:00:00Z", "--as-of", "2026-06-15", "--out", str(tmp_path / "x"))
    assert _run("replay", place, *line)[0] != 0
    assert _run("replay", place, "--at", "soon", "--as-of", "2026-06-15", "--out", "x")[0] == 2
    assert (
        _run("replay", place, "--at", "2026-01-01", "--as-of", "2026-06-15", "--out", "x")[0] == 2
    )


def test_people_and_tokens(place: str) -> None:
    assert _run("token", place, "--user", "Anna Li")[0] == 2
    code, said = _run("user", place, "Anna Li", "--role", "physician", given="short\nshort\n")
    assert code == 2 and "at least 12" in said
    secret = "four words make sense"
    code, said = _run(
        "user", place, "Anna Li", "--role", "physician", given=f"{secret}\n{secret}\n"
    )
    assert code == 0 and "Anna Li: physician" in said and secret not in said
    code, said = _run("token", place, "--user", "Anna Li")
    assert code == 0 and said.startswith("washout_")
    assert _run("user", place, "Anna Li", "--close")[0] == 0


def test_wrong_use(place: str, tmp_path: Path, folder: Path) -> None:
    assert _run("--store", place, "--example")[0] == 2
    assert _run(str(folder))[0] == 2
    assert _run("verify", str(tmp_path / "none.db"))[0] == 1
    assert _run("open", str(folder), "--store", place, "--from", str(folder / "example"))[0] == 2
    code, said = _run("open", "--store", place, "--host", "0.0.0.0", "--no-browser")
    assert code == 1 and "--shared" in said
    code, said = _run("open", "--store", "postgresql://me:pw@localhost/x")
    assert code == 1 and "pgpass" in said and "pw" not in said


@contextmanager
def running(root: Path | str, *line: str) -> Iterator[str]:
    """A desk in a process of its own; its launch address."""
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(
        [sys.executable, "-m", "scheduler", "desk", *line, "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        first = server.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found, first + server.stdout.read()
        yield found[0]
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        server.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="stopped by SIGINT here")
def test_a_desk_runs_and_programs_reach_it(root: Path, place: str, tmp_path: Path) -> None:
    token = tmp_path / "token.txt"
    with running(root, "--store", place, "--token-file", str(token), "--as-of", "2026-06-15") as at:
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        host = at.split("/launch")[0]
        assert host.startswith("http://127.0.0.1:")
        ask = urllib.request.Request(f"{host}/api/rows/participants")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(ask)
        caught.value.close()
        assert caught.value.code == 401
        ask.add_header("Authorization", f"Bearer {token.read_text().strip()}")
        with urllib.request.urlopen(ask) as answer:
            assert b"P-003" in answer.read()


@pytest.mark.skipif(sys.platform == "win32", reason="stopped by SIGINT here")
def test_headers_without_end_are_refused_whatever_is_installed(
    root: Path, place: str, tmp_path: Path
) -> None:
    (tmp_path / "httptools.py").write_text("raise RuntimeError('it sets headers no limit')\n")
    with running(f"{tmp_path}{os.pathsep}{root}", "--store", place) as at:
        port = int(at.split(":")[2].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 66_000)
            assert line.recv(12) == b"HTTP/1.1 400"


@pytest.mark.skipif(sys.platform == "win32", reason="stopped by SIGINT here")
def test_the_example_desk(root: Path) -> None:
    with running(root, "--example") as at:
        assert "launch?token=" in at


def test_answers_of_two_parts_are_not_held_back() -> None:
    with _listening(Wishes(port=0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP  # by which asyncio switches Nagle's wait off
