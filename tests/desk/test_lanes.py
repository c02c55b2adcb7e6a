"""Planning in a second process: the same answers, who waits for whom, and how it ends."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.desk.asked import told
from scheduler.desk.background.lanes import Lanes, Second
from scheduler.desk.effects import effects_of
from scheduler.planning.what_if import NotOpen
from scheduler.store.stored import Edit
from tests.desk.office import KEY, Desk, on_sqlite

BOOKING = {"milestone": "infusion", "date": "2026-07-15", "status": "booked"}


@pytest.fixture(scope="module")
def second() -> Iterator[Second]:
    found = Second()
    yield found
    found.end()


def edits_of(code: str) -> list[list[Edit]]:
    """Wishes of several kinds about one participant."""
    history = {"participant": code, "event": "live_vaccine", "start": "2026-06-10"}
    return [
        [Edit("add", "dates", {"participant": code, **BOOKING})],
        [Edit("add", "history", history)],
        [Edit("add", "history", {**history, "start": "no day"})],
        [],
    ]


@on_sqlite
def test_the_second_process_says_what_this_one_says(desk: Desk, second: Second) -> None:
    study, seen = desk.desk, set()
    for code in study.codes:
        before = study.person(code)
        for edits in edits_of(code):
            was = study.before(code)
            here = study.suppose(code, edits).told(was)
            there = second.told(study.asked(code, edits, before=was))
            assert list(there.faults) == list(here.faults)
            assert study.new_faults(code, there) == study.new_faults(code, here)
            assert effects_of(before, there, study.label) == effects_of(before, here, study.label)
            assert there == here
            seen.add(there.state if there.planned else "faults")
    assert {"faults", "scheduled", "no_schedule"} <= seen


@on_sqlite
def test_what_if_in_the_second_process(desk: Desk, second: Second) -> None:
    study = desk.desk
    dates, exposures = (
        {"infusion": "2026-07-15"},
        [{"event": "live_vaccine", "start": "2026-06-10"}],
    )
    was = study.before("P-003")
    here = study.what_if("P-003", dates, exposures).told(was)
    there = second.told(study.asked("P-003", dates=dates, exposures=exposures, before=was))
    before = study.person("P-003")
    assert effects_of(before, there, study.label) == effects_of(before, here, study.label)
    done = study.asked("P-003", dates={"consent": "2026-07-15"})
    with pytest.raises(NotOpen) as elsewhere:
        second.told(done)
    with pytest.raises(NotOpen) as same:
        told(done)
    assert str(elsewhere.value) == str(same.value)


@on_sqlite
def test_a_second_process_is_started_where_two_meet_and_then_asked_first(desk: Desk) -> None:
    lanes, study = desk.office.lanes, desk.desk
    edits = edits_of("P-003")[0]
    with lanes.request():
        lanes.widen()
    assert not lanes.narrow and lanes._second is None, "nobody met"
    with lanes.here():
        waiting = threading.Thread(target=lambda: lanes.planned(study, "P-003", edits, int))
        waiting.start()
        with lanes.request(), lanes.request():
            assert lanes.narrow
        lanes.widen([study.asked(study.codes[0])])
        waiting.join(20)
        assert not waiting.is_alive(), "the second process answers while this one is taken"
    with lanes.one() as lane, lanes.one() as other:
        assert lane is lanes._second and other is None
    lanes.end()
    assert lanes._second is None
    lanes.widen()
    assert lanes._second is None, "what has ended does not begin again"


@on_sqlite
def test_a_second_process_that_is_killed_is_noticed_and_answered_for(desk: Desk) -> None:
    lanes, study = Lanes(), desk.desk
    lanes._crowded = True
    lanes.widen()
    assert lanes._second is not None
    lanes._second.process.kill()
    edits = edits_of("P-003")[0]
    found = lanes.planned(study, "P-003", edits, int)
    assert found.state == study.suppose("P-003", edits).state
    assert lanes._second is None
    lanes.end()


STARTS = """
import os, sys, time
from scheduler.desk.background.lanes import Second
if __name__ == "__main__":
    second = Second()
    print(second.process.pid, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name != "posix", reason="asks for a process by signal 0")
def test_the_second_process_ends_with_the_first_one(tmp_path: Path, root: Path) -> None:
    program = tmp_path / "starts.py"
    program.write_text(STARTS, encoding="utf-8")
    first = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert first.stdout is not None
    number = int(first.stdout.readline())
    os.kill(number, 0)
    first.kill()
    first.wait()
    first.stdout.close()
    _wait_until(lambda: not _runs(number))


@on_sqlite
def test_pages_are_the_same_by_the_second_process(desk: Desk) -> None:
    lanes = desk.office.lanes
    step = {"s": KEY, "p": "P-003", "n": "infusion", "day": "2026-07-14"}
    asked = {"participant": "P-003", "dates": {"lymphodepletion": "2026-07-08"}}

    def answers() -> list[str]:
        return [
            desk.web.get("/step", params=step).text,
            desk.api.post("/api/what-if", json=asked).text,
            desk.api.post("/api/what-if", json={**asked, "dates": {"infusion": "no day"}}).text,
        ]

    here = answers()
    lanes._crowded = True
    lanes.widen()
    try:
        assert lanes._second is not None
        assert answers() == here
    finally:
        lanes.end()


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{number}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _wait_until(true) -> None:  # type: ignore[no-untyped-def]
    for _ in range(500):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("not within ten seconds")
