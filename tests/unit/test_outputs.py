"""Writing a plan into a folder: the bytes of cells, and a folder that changes as a whole."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from scheduler import staging
from scheduler.calendars.errors import CalendarError
from scheduler.errors import NotWritable
from scheduler.report import folder as outputs
from scheduler.report.folder import table_bytes, write_plan
from scheduler.staging import PART, READY, staged
from scheduler.tables.columns import text_column
from scheduler.tables.frames import Frame
from scheduler.tables.tables import WRITTEN
from tests.calendars.fake import FakePlan, FakeProtocol, row
from tests.columns import frame_of

FILES = {f"{name}.csv" for name in WRITTEN} | {"run.json"}


@dataclass(frozen=True)
class SmallProtocol(FakeProtocol):
    date: date = date(2026, 1, 15)
    fingerprint: str = "ab12"
    path: str = "somewhere/protocol.yaml"
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SmallPlan(FakePlan):
    """A plan whose tables all have one row that names the plan's `mark`."""

    protocol: SmallProtocol = SmallProtocol()
    mark: str = "one"
    strict: bool = False
    participants: tuple[str, ...] = ("P-001",)
    left_out: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ("P150 somewhere/protocol.yaml:7 events.x: no rule forbids x",)
    left_out: tuple[str, ...] = ()
    study: Any = field(
        default_factory=lambda: SimpleNamespace(
            fingerprints={"history.csv": "2", "dates.csv": "1"}, warnings=()
        )
    )

    def table(self, name: str, /) -> Frame:
        if name == "calendar_rows":
            return super().table(name)
        if name == "assumptions":
            return of_texts(item="a..b", kind="gap", text="made up")
        return of_texts(participant="P-001", sentence=f"{name} {self.mark}")

    def written(self) -> dict[str, Frame]:
        return {name: self.table(name) for name in WRITTEN}


def of_texts(**row: str) -> Frame:
    return Frame({head: text_column([text]) for head, text in row.items()})


@pytest.fixture(autouse=True)
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workbook and the page need a whole plan; tests/reports has them."""
    monkeypatch.setattr(outputs, "reports", lambda *given: {})


def booked(day: str) -> dict[str, Any]:
    return row(node="screening", days=day)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# ---- Cells ---------------------------------------------------------------------------------------


def test_the_bytes_of_every_kind_of_cell() -> None:
    table = pd.DataFrame(
        {
            "participant": pd.Categorical(["P-1", "=2+3", None], ["P-1", "=2+3"]),
            "first": pd.array(["2026-02-01", None, "2026-12-31"], dtype="datetime64[s]"),
            "days_out": pd.array([-3, pd.NA, 12], dtype="Int64"),
            "sentence": ['quoted "so", with a comma', None, "plain\nsecond line"],
        }
    )
    assert table_bytes(frame_of(table)) == (
        b"participant,first,days_out,sentence\n"
        b'P-1,2026-02-01,-3,"quoted ""so"", with a comma"\n'
        b"'=2+3,,,\n"
        b',2026-12-31,12,"plain\nsecond line"\n'
    )


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86 27", "-x", "@SUM(A1)", "\tx", "\rx", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20A"],
)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert outputs.harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "P-1", "2026-02-01", "a=b", "'=1"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert outputs.harmless(text) == text


def test_a_time_is_written_where_there_is_one() -> None:
    stamps = pd.Series(["2026-03-05 10:01", "2026-03-06", None]).astype("datetime64[s]")
    table = pd.DataFrame({"clear_from": stamps, "n": [1, 2, 3]})
    assert table_bytes(frame_of(table)) == b"clear_from,n\n2026-03-05 10:01,1\n2026-03-06,2\n,3\n"


def test_a_table_without_rows_keeps_its_heads() -> None:
    table = pd.DataFrame({"participant": pd.Categorical([]), "first": pd.to_datetime([])})
    assert table_bytes(frame_of(table)) == b"participant,first\n"


# ---- The folder ----------------------------------------------------------------------------------


def test_all_files_are_there_and_the_record_names_their_sums(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    written = write_plan(SmallPlan(rows=(booked("2026-02-10"),)), out)
    found = contents(out)
    assert set(found) == FILES | {"calendars/P-001.ics", "calendars/site-wuhan.ics"}
    assert found["summary.csv"] == b"participant,sentence\nP-001,summary one\n"
    assert found["agenda.csv"] == b"participant,sentence\nP-001,agenda one\n"
    record = json.loads(found["run.json"])
    assert record["as_of"] == "2026-02-02"
    assert record["warnings"] == ["P150 protocol.yaml:7 events.x: no rule forbids x"]
    assert record["assumptions"] == [{"item": "a..b", "kind": "gap", "text": "made up"}]
    assert record["study"] == {"sha256": {"dates.csv": "1", "history.csv": "2"}}
    for name, digest in record["outputs"]["sha256"].items():
        assert digest == hashlib.sha256(found[name]).hexdigest()
    assert str(tmp_path) not in found["run.json"].decode()
    assert {path.name for path in written.calendars.written} == {"P-001.ics", "site-wuhan.ics"}
    assert all(path.is_file() for path in written.calendars.written)


def test_two_runs_give_the_same_bytes_and_leave_the_files_alone(tmp_path: Path) -> None:
    plan = SmallPlan(rows=(booked("2026-02-10"),))
    write_plan(plan, tmp_path / "a")
    write_plan(plan, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    before = {p: p.stat().st_ino for p in (tmp_path / "a").rglob("*.csv")}
    write_plan(plan, tmp_path / "a")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert {p: p.stat().st_ino for p in (tmp_path / "a").rglob("*.csv")} == before


def test_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "calendars" / "holiday.ics").write_text("not ours")
    write_plan(SmallPlan(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "calendars" / "holiday.ics").read_text() == "not ours"
    assert set(contents(tmp_path)) == FILES | {"notes.txt", "calendars/holiday.ics"}


def test_calendars_go_on_from_the_earlier_run(tmp_path: Path) -> None:
    write_plan(SmallPlan(rows=(booked("2026-02-10"),)), tmp_path)
    assert b"SEQUENCE:0" in (tmp_path / "calendars" / "P-001.ics").read_bytes()
    moved = SmallPlan(rows=(booked("2026-02-12"),))
    write_plan(moved, tmp_path)
    calendar = (tmp_path / "calendars" / "P-001.ics").read_bytes()
    assert b"SEQUENCE:1" in calendar and b"20260212" in calendar
    assert (tmp_path / "calendars" / "changes.ics").is_file()
    write_plan(moved, tmp_path)
    assert not (tmp_path / "calendars" / "changes.ics").exists()
    assert (tmp_path / "calendars" / "P-001.ics").read_bytes() == calendar


# ---- Never half ----------------------------------------------------------------------------------


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(NotWritable, match="out: this is a file, expected a folder"):
        write_plan(SmallPlan(), out)
    with pytest.raises(NotWritable, match="deeper: cannot be written"):
        write_plan(SmallPlan(), out / "deeper")
    assert contents(tmp_path) == {"out": b"mine"}


@pytest.mark.parametrize("name", ["summary.csv", "run.json"])
def test_a_folder_where_a_file_should_be(tmp_path: Path, name: str) -> None:
    write_plan(SmallPlan(), tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    before = contents(tmp_path)
    with pytest.raises(NotWritable, match=f"{name}: this is a folder, expected a file"):
        write_plan(SmallPlan(mark="two"), tmp_path)
    assert contents(tmp_path) == before


def test_a_file_where_the_calendars_should_be(tmp_path: Path) -> None:
    (tmp_path / "calendars").write_text("mine")
    with pytest.raises(NotWritable, match="calendars: this is a file, expected a folder"):
        write_plan(SmallPlan(), tmp_path)
    assert contents(tmp_path) == {"calendars": b"mine"}


def test_a_damaged_calendar_stops_everything_and_is_named_where_it_lies(tmp_path: Path) -> None:
    write_plan(SmallPlan(rows=(booked("2026-02-10"),)), tmp_path)
    calendar = tmp_path / "calendars" / "P-001.ics"
    calendar.write_bytes(calendar.read_bytes().replace(b"20260210", b"20260211"))
    before = contents(tmp_path)
    with pytest.raises(CalendarError) as error:
        write_plan(SmallPlan(mark="two", rows=(booked("2026-02-10"),)), tmp_path)
    assert str(error.value).startswith(f"C412 {calendar}: was changed or damaged")
    assert contents(tmp_path) == before


def test_an_error_on_the_way_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(SmallPlan(), tmp_path / "out")
    before = contents(tmp_path)
    monkeypatch.setattr(outputs, "run_record", _fail)
    for out in ("out", "new"):
        with pytest.raises(RuntimeError, match="on the way"):
            write_plan(SmallPlan(mark="two"), tmp_path / out)
    assert contents(tmp_path) == before
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "out" / PART).exists()


def _fail(*_: object) -> bytes:
    raise RuntimeError("on the way")


def test_a_full_disk_is_told_and_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(SmallPlan(), tmp_path)
    before = contents(tmp_path)
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == "queries.csv":
            raise OSError(28, "No space left on device", str(self))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotWritable, match="cannot be written: No space left") as error:
        write_plan(SmallPlan(mark="two"), tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'queries.csv'}: ")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("moves", range(12))
def test_a_run_stopped_while_files_move_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    write_plan(SmallPlan(rows=(booked("2026-02-10"),)), tmp_path / "out")
    write_plan(SmallPlan(rows=(booked("2026-02-10"),)), tmp_path / "whole")
    new = SmallPlan(mark="two", as_of=date(2026, 2, 3), rows=(booked("2026-02-12"),))
    write_plan(new, tmp_path / "whole")
    real, count = os.replace, 0

    def stopped(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if count > moves:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(staging.os, "replace", stopped)
        with pytest.raises(KeyboardInterrupt):
            write_plan(new, tmp_path / "out")
    old = contents(tmp_path / "out")
    assert b'"as_of": "2026-02-02"' in old["run.json"]  # it comes last
    with staged(tmp_path / "out", "run.json"):
        pass
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert not (tmp_path / "out" / READY).exists()


def test_a_part_that_was_left_behind_does_not_come_in(tmp_path: Path) -> None:
    (tmp_path / PART).mkdir()
    (tmp_path / PART / "summary.csv").write_text("half")
    (tmp_path / PART / "stray.csv").write_text("half")
    write_plan(SmallPlan(), tmp_path)
    assert set(contents(tmp_path)) == FILES


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be locked on Windows")
def test_two_runs_at_once(tmp_path: Path) -> None:
    with (
        staged(tmp_path, "run.json"),
        pytest.raises(NotWritable, match="another run is writing into this folder"),
    ):
        write_plan(SmallPlan(), tmp_path)
    assert contents(tmp_path) == {}
