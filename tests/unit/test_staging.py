"""A folder that changes as a whole, planted with what no run leaves there, stopped and broken."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from scheduler import staging
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.errors import NotWritable
from scheduler.files import is_inside, replace_file
from scheduler.staging import ASIDE, PART, READY, STOPPED, staged
from tests.calendars.fake import FakePlan, row


def _all(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def _change(out: Path, files: dict[str, str], gone: tuple[str, ...] = ()) -> tuple[str, ...]:
    with staged(out, "last.txt") as stage:
        for name, text in files.items():
            stage.write(name, text.encode())
        stage.take_away(gone)
    return stage.warnings


def _plant(out: Path, put: dict[str, str], gone: list[str], files: dict[str, str]) -> None:
    """A prepared change as a run leaves it, with a list of one's own."""
    ready = out / READY
    ready.mkdir(parents=True)
    for name, text in files.items():
        (ready / name).parent.mkdir(parents=True, exist_ok=True)
        (ready / name).write_text(text)
    (ready / ".list.json").write_text(json.dumps({"put": put, "gone": gone}))


def _sum(text: str) -> str:
    return sha256(text.encode()).hexdigest()


# ---- What is planted -----------------------------------------------------------------------------

OUTWARD = (
    "../outside.txt", "a/../../outside.txt", "/etc/hostname", "..", ".", "", "a//b", "a/./b",
    "..\\outside.txt", "C:/outside.txt", "C:outside.txt", "a\nb", "a\x00b", "\udc80",
)  # fmt: skip


@pytest.mark.parametrize("name", OUTWARD)
def test_names_that_lead_outside(name: str) -> None:
    assert not is_inside(name)


@pytest.mark.parametrize("name", ["a", "a/b.ics", "..a", "%41", "é", ".washout", "a b"])
def test_names_that_stay_inside(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize("name", OUTWARD)
@pytest.mark.parametrize("key", ["put", "gone"])
def test_a_list_that_climbs_out_is_set_aside(tmp_path: Path, name: str, key: str) -> None:
    (tmp_path / "outside.txt").write_text("mine")
    out = tmp_path / "out"
    put, gone = ({name: _sum("x")}, []) if key == "put" else ({}, [name])
    _plant(out, put, gone, {"good.txt": "x"})
    (warning,) = _change(out, {"last.txt": "new"})
    assert "not what a stopped run leaves" in warning and f"{ASIDE}-1" in warning
    assert (tmp_path / "outside.txt").read_text() == "mine"
    assert (out / "last.txt").read_text() == "new" and not (out / "good.txt").exists()
    assert (out / f"{ASIDE}-1" / "good.txt").read_text() == "x"
    assert _change(out, {"last.txt": "newer"}) == ()


def test_an_absolute_path_of_a_real_file(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    _plant(tmp_path / "out", {}, [str(victim)], {})
    assert _change(tmp_path / "out", {"last.txt": "new"})
    assert victim.read_text() == "mine"


LISTS = (
    "", "{", "[" * 100_000, "null", "1", "[]", '{"put": {}}', '{"put": [], "gone": []}',
    '{"put": {}, "gone": {}}', '{"put": {}, "gone": [1]}', '{"put": {}, "gone": [], "x": 1}',
    '{"put": {"good.txt": 1}, "gone": []}', '{"put": {"good.txt": "00"}, "gone": []}',
    '{"put": {"missing.txt": "00"}, "gone": []}', '{"put": {".": "00"}, "gone": []}',
)  # fmt: skip


@pytest.mark.parametrize("content", LISTS, ids=range(len(LISTS)))
def test_a_damaged_list_is_set_aside_with_a_word(tmp_path: Path, content: str) -> None:
    _plant(tmp_path, {}, [], {"good.txt": "x"})
    (tmp_path / READY / ".list.json").write_text(content)
    (warning,) = _change(tmp_path, {"last.txt": "new"})
    assert "nothing of it was used" in warning
    assert not (tmp_path / "good.txt").exists() and not (tmp_path / READY).exists()


def test_two_damaged_ones_are_both_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / READY).write_text(f"{number}")
        assert len(_change(tmp_path, {"last.txt": "new"})) == 1
    assert (tmp_path / f"{ASIDE}-2").read_text() == "2"


def test_a_prepared_file_that_was_changed_or_leads_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("s")
    for number, plant in enumerate(("edited", "link"), start=1):
        out = tmp_path / "out"
        _plant(out, {"a.txt": _sum("s")}, [], {"a.txt": "edited"})
        if plant == "link":
            (out / READY / "a.txt").unlink()
            (out / READY / "a.txt").symlink_to(secret)
        (warning,) = _change(out, {"last.txt": "new"})
        assert "a.txt in it is not as it was written" in warning
        assert not os.path.lexists(out / "a.txt") and (out / f"{ASIDE}-{number}").is_dir()


@pytest.mark.parametrize("name", [PART, READY, STOPPED, "data", "last.txt", "data/a.txt"])
@pytest.mark.parametrize("what", ["folder", "file", "nothing"])
def test_links_are_refused(tmp_path: Path, name: str, what: str) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    (out / "data").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("mine")
    (elsewhere / ".list.json").write_text('{"put": {"a.txt": "00"}, "gone": []}')
    target = {"folder": elsewhere, "file": elsewhere / "a.txt", "nothing": elsewhere / "b"}[what]
    if name == "data":
        (out / "data").rmdir()
    (out / name).symlink_to(target)
    before = _all(tmp_path)
    with pytest.raises(NotWritable, match=f"{name}: this is a link, expected a file or folder"):
        _change(out, {"data/a.txt": "new", "last.txt": "new"})
    assert _all(tmp_path) == before and (out / name).is_symlink()


def test_the_folder_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "real")
    _change(tmp_path / "way", {"last.txt": "new"})
    assert _all(tmp_path / "real") == {"last.txt": b"new"}


def test_calendars_are_not_written_or_read_through_links(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "calendars").symlink_to(elsewhere)
    plan = FakePlan(rows=(row(node="month_1", days="2026-04-07"),))
    with pytest.raises(NotWritable, match="calendars: this is a link"):
        write_calendars(plan, out)
    assert list(elsewhere.iterdir()) == []
    (out / "calendars").unlink()
    write_calendars(plan, tmp_path / "other")
    (out / "calendars").mkdir()
    kept = tmp_path / "other" / "calendars" / "P-001.ics"
    (out / "calendars" / "P-001.ics").symlink_to(kept)
    before = kept.read_bytes()
    with pytest.raises(CalendarError, match=r"^C413 .*P-001\.ics: cannot be read: it is a link"):
        write_calendars(plan, out)
    assert kept.read_bytes() == before


def test_a_single_file_replaces_a_link_and_its_way_there(tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    for name in ("a.txt", f".a.txt.{os.getpid()}.part"):
        (tmp_path / name).symlink_to(victim)
    replace_file(tmp_path / "a.txt", b"new")
    assert victim.read_text() == "mine"
    assert (tmp_path / "a.txt").read_bytes() == b"new" and not (tmp_path / "a.txt").is_symlink()


# ---- Errors of the disk --------------------------------------------------------------------------

OLD = {"a.txt": "1", "b/c.txt": "2", "gone.txt": "3", "last.txt": "4"}
NEW = {"a.txt": "one", "b/c.txt": "two", "d.txt": "three", "last.txt": "four"}


def _broken(monkeypatch: pytest.MonkeyPatch, works: int, fails: int) -> None:
    real, count = os.replace, 0

    def replace(source: Any, target: Any) -> None:
        nonlocal count
        count += 1
        if works < count <= works + fails:
            raise OSError(5, "Input/output error", str(target))
        real(source, target)

    monkeypatch.setattr(staging.os, "replace", replace)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("works", range(4))
def test_an_error_while_files_move_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: int, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(staging.os, "link", _no_links)
    _change(tmp_path, OLD)
    before = _all(tmp_path)
    with monkeypatch.context() as patch:
        _broken(patch, works, 1)
        with pytest.raises(NotWritable, match="txt: cannot be written: Input/output error"):
            _change(tmp_path, NEW, ("gone.txt",))
    assert _all(tmp_path) == before
    _change(tmp_path, NEW, ("gone.txt",))
    assert _all(tmp_path) == {name: text.encode() for name, text in NEW.items()}


def _no_links(*_: object) -> None:
    raise OSError(95, "Operation not supported")


def test_where_putting_back_fails_too_the_next_run_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(tmp_path, OLD)
    with monkeypatch.context() as patch:
        _broken(patch, 2, 9)
        with pytest.raises(NotWritable, match="the next run into this folder finishes"):
            _change(tmp_path, NEW, ("gone.txt",))
    with staged(tmp_path, "last.txt") as stage:
        assert stage.resumed
        found = _all(tmp_path)
    assert {name: found[name] for name in NEW} == {n: text.encode() for n, text in NEW.items()}
    assert "gone.txt" not in found and set(_all(tmp_path)) == set(NEW)


# ---- A stop, and who is told of the changes ------------------------------------------------------


def _moved(day: str, other: str = "2026-05-01") -> FakePlan:
    rows = (row(node="month_1", days=day), row("P-002", node="month_1", days=other))
    sites = {"P-001": ("", "Asia/Shanghai"), "P-002": ("", "Asia/Shanghai")}
    return FakePlan(rows=rows, sites=sites)


def _stopped(plan: FakePlan, out: Path, monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    real, count = os.replace, 0

    def replace(source: Any, target: Any) -> None:
        nonlocal count
        count += 1
        if count > moves:
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(staging.os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            write_calendars(plan, out)


def _changes(out: Path) -> list[str]:
    path = out / "calendars" / "changes.ics"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [line for line in text.splitlines() if line.startswith("DTSTART")]


@pytest.mark.parametrize("moves", [0, 1])
def test_changes_of_a_stopped_run_are_kept_until_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    write_calendars(_moved("2026-04-07"), tmp_path)
    _stopped(_moved("2026-04-09"), tmp_path, monkeypatch, moves)
    told = write_calendars(_moved("2026-04-09"), tmp_path)
    assert told.kept == 1 and told.entries == ()
    assert told.lines() == [
        "Calendars: nothing changed since the last export. "
        "A run before was stopped: changes.ics holds its 1 change."
    ]
    assert _changes(tmp_path) == ["DTSTART;VALUE=DATE:20260409"]
    assert write_calendars(_moved("2026-04-09"), tmp_path).kept == 0
    assert _changes(tmp_path) == []


def test_changes_of_a_stopped_run_stand_beside_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_calendars(_moved("2026-04-07"), tmp_path)
    _stopped(_moved("2026-04-09"), tmp_path, monkeypatch, 1)
    told = write_calendars(_moved("2026-04-09", "2026-05-03"), tmp_path)
    assert (told.kept, len(told.entries)) == (1, 1)
    assert _changes(tmp_path) == ["DTSTART;VALUE=DATE:20260409", "DTSTART;VALUE=DATE:20260503"]


def test_a_stop_while_the_next_run_works_still_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_calendars(_moved("2026-04-07"), tmp_path)
    _stopped(_moved("2026-04-09"), tmp_path, monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt), staged(tmp_path, "x"):
        raise KeyboardInterrupt
    assert write_calendars(_moved("2026-04-09"), tmp_path).kept == 1
    assert _changes(tmp_path) == ["DTSTART;VALUE=DATE:20260409"]
