"""What keeps the desk quick: what it does not load, who plans when, what is not worked out."""

import gc
import json
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.desk import lines
from scheduler.desk.background import collecting
from scheduler.desk.office import Office
from scheduler.desk.one_plan import KEPT, Known
from scheduler.desk.routes import load_pages
from tests.desk.office import KEY, Desk

# The pages of a whole day at a desk for one person, in a process of its own.
PROGRAM = """
import json, sys
from scheduler.store.stored import Store
from tests.desk.office import Desk, KEY
at = Desk(Store.open(sys.argv[1]))
at.enter()
step = {"s": KEY, "p": "P-003", "n": "infusion", "day": "2026-07-14"}
for path in ("/", "/participants", "/participant", "/step", "/calendar", "/week", "/questions",
             "/deviations", "/exposure", "/sheet", "/trail", "/protocol", "/sites", "/export"):
    assert at.web.get(path, params=step).status_code == 200, path
asked = {"participant": "P-003", "dates": {"lymphodepletion": "2026-07-08"}}
assert at.api.post("/api/what-if", json=asked).status_code == 200
heavy = ("pandas", "pyarrow", "icalendar", "argon2", "matplotlib", "openpyxl")
print(json.dumps([name for name in heavy if name in sys.modules]))
"""


def test_a_day_at_the_desk_loads_nothing_heavy(filled_file: Path, root: Path) -> None:
    line = [sys.executable, "-c", PROGRAM, str(filled_file)]
    found = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == []


def test_people_are_planned_one_after_another_and_pages_do_not_wait(desk: Desk) -> None:
    office: Office = desk.office
    answers: list[int] = []

    def ask() -> None:
        step = {"s": KEY, "p": "P-003", "n": "infusion", "day": "2026-07-14"}
        answers.append(desk.web.get("/step", params=step).status_code)

    with office.lanes.here():
        waiting = threading.Thread(target=ask)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive() and not answers
        assert desk.api.get("/participant", params={"s": KEY, "p": "P-003"}).status_code == 200
    waiting.join(30)
    assert answers == [200]


def test_a_state_alone_is_that_of_the_summary(desk: Desk) -> None:
    study = desk.desk
    told = set()
    for code in study.codes:
        one = study.supposed(code, study.rows[code])
        state = one.state
        assert "summary" not in one.known
        assert state == one.known.summary["state"], code
        told.add(state)
    assert len(told) > 2


def test_a_plan_of_everybody_is_put_aside_once_and_let_go_with_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, aside = gc.get_threshold(), [*collecting._aside]
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    monkeypatch.setattr(gc, "unfreeze", lambda: done.append("unfreeze"))
    done: list[str] = []
    try:
        collecting.begin()
        for _ in range(2):
            assert desk.web.get("/").status_code == 200
        assert done == ["freeze", "freeze"]  # what was imported, and the first plan
        old = weakref.ref(desk.desk.together)
        desk.desk.load()
        assert desk.web.get("/").status_code == 200
        assert done == ["freeze", "freeze"]  # the list of tasks still stood
        desk.office._tasks.clear()
        assert desk.web.get("/").status_code == 200
        assert done[2:] == ["unfreeze", "freeze"]
        assert old() is None
    finally:
        gc.set_threshold(*before)
        collecting._aside[:] = aside


def test_rows_that_several_ask_for_at_once_are_made_once() -> None:
    asked: list[str] = []
    together = threading.Barrier(8)

    def make(table: str) -> list[dict[str, str]]:
        asked.append(table)
        time.sleep(0.05)  # long enough for the others to ask meanwhile
        return [{"table": table}]

    known, found = Known(make), []

    def ask() -> None:
        together.wait()
        found.append(known.table("schedule"))

    people = [threading.Thread(target=ask) for _ in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert asked == ["schedule"] and found == [[{"table": "schedule"}]] * 8


def test_tables_are_made_ahead_after_an_answer_and_after_a_save(desk: Desk) -> None:
    office, study = desk.office, desk.desk
    assert desk.web.get("/").status_code == 200
    assert not all(name in study.known["P-003"] for name in KEPT)
    office.ahead.start(load_pages)
    _wait_until(lambda: all(name in one for one in study.known.values() for name in KEPT))
    _wait_until(lambda: "rules" in study.together.__dict__["_found"])
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "2019-05"}
    assert desk.api.post("/api/rows/history", json={"cells": cells}).status_code == 201
    assert study.known["P-003"] is not study.known["P-001"]
    _wait_until(lambda: all(name in study.known["P-003"] for name in KEPT))
    office.ahead.stop()


def test_what_fails_ahead_is_told_to_who_asks_for_it_and_not_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def fail(desk: object) -> None:
        tried.append("once")
        raise RuntimeError("no table")

    ahead = desk.office.ahead
    monkeypatch.setattr(ahead, "_make_of", fail)
    ahead.start(load_pages)
    for _ in range(3):
        assert desk.web.get("/").status_code == 200
        _wait_until(lambda: bool(tried))
        time.sleep(0.05)
    ahead.stop()
    assert tried == ["once"]


def _wait_until(true: Callable[[], bool]) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("not within eight seconds")


LONG = ("/", "/questions", "/trail", "/calendar?planned=yes", "/participants")


def test_lines_that_were_written_once_say_what_is_true_now(desk: Desk) -> None:
    before = [desk.web.get(path).text for path in LONG]
    assert [desk.web.get(path).text for path in LONG] == before
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "2026-06-10"}
    assert desk.api.post("/api/rows/history", json={"cells": cells}).status_code == 201
    after = [desk.web.get(path).text for path in LONG]
    lines._kept.clear()
    assert [desk.web.get(path).text for path in LONG] == after
    assert [path for path, a, b in zip(LONG, before, after, strict=True) if a != b]


def test_the_lines_of_a_study_do_not_grow_without_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_MOST", 5)
    whole = desk.web.get("/questions").text
    assert len(lines._kept[KEY][1]) <= 5
    assert desk.web.get("/questions").text == whole


def test_an_open_picker_asks_for_the_chosen_day_alone(desk: Desk) -> None:
    step = {"s": KEY, "p": "P-003", "n": "infusion", "day": "2026-07-14"}
    whole = desk.web.get("/step", params=step).text
    part = desk.web.get("/step", params={**step, "part": "choice"}).text
    assert part.strip().startswith('<div id="choice"') and part.strip() in whole
    assert "What changes" in part and '<table class="month">' not in part
    assert len(part) < len(whole) / 2
