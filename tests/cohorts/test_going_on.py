"""Nothing is lost: a run that was stopped goes on, and what changed is planned anew."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import scheduler
from scheduler.partitions.importing import import_study
from scheduler.partitions.layout import part_name
from scheduler.partitions.run import Settings, plan_cohort
from scheduler.planning.plans import Plan
from tests.cohorts.compare import differences, parts
from tests.cohorts.conftest import Invoke, start
from tests.cohorts.people import AS_OF

PATIENCE = 60.0
TABLES = ("summary", "windows")


def notes(out: Path) -> set[int]:
    """The partitions that are done."""
    return {int(path.stem.removeprefix("part-")) for path in out.glob("_done/part-*.json")}


def wait(for_what: Callable[[], bool]) -> None:
    begun = time.monotonic()
    while not for_what():
        assert time.monotonic() - begun < PATIENCE, "it did not come"
        time.sleep(0.005)


def command(protocol: Path, study: Path, out: Path) -> list[object]:
    return [
        "cohort", protocol, study, "--as-of", AS_OF, "--out", out, "--tables", ",".join(TABLES),
    ]  # fmt: skip


def some(found: dict[str, bytes]) -> dict[str, bytes]:
    """The parts of the tables that these runs write."""
    return {name: content for name, content in found.items() if name.partition("/")[0] in TABLES}


def test_a_killed_run_goes_on(
    imported: Path, done: Path, tmp_path: Path, protocol_folder: Path, invoke: Invoke
) -> None:
    words = command(protocol_folder, imported, tmp_path / "out")
    running = start(*words, "--workers", 1)
    wait(lambda: len(notes(tmp_path / "out")) >= 2)
    os.killpg(running.pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    running.communicate()
    kept = notes(tmp_path / "out")
    assert 2 <= len(kept) < 8
    assert not (tmp_path / "out" / "run.json").exists()
    before = {number: stat(tmp_path / "out", number) for number in kept}
    result = invoke(*words, "--workers", 1)
    assert result.exit_code == 0
    assert f"8 partitions, {len(kept)} kept from an earlier run" in result.stdout
    assert {number: stat(tmp_path / "out", number) for number in kept} == before
    assert parts(tmp_path / "out") == some(parts(done))
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_a_run_that_is_interrupted_ends_in_good_order(
    imported: Path, tmp_path: Path, protocol_folder: Path
) -> None:
    running = start(*command(protocol_folder, imported, tmp_path / "out"), "--workers", 1)
    wait(lambda: len(notes(tmp_path / "out")) >= 1)
    workers = psutil.Process(running.pid).children(recursive=True)
    os.killpg(running.pid, signal.SIGINT)
    told, errors = running.communicate(timeout=PATIENCE)
    assert (running.returncode, told) == (1, "")
    assert errors == "Stopped. What is done is kept; the same command goes on with the rest\n"
    assert 1 <= len(notes(tmp_path / "out")) < 8
    wait(lambda: all(map(is_over, workers)))


def is_over(process: psutil.Process) -> bool:
    """Whether a process has ended; nobody may have asked yet how it did."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def stat(out: Path, partition: int) -> tuple[int, int]:
    """A file that is written anew is another file."""
    found = (out / "windows" / part_name(partition)).stat()
    return found.st_ino, found.st_mtime_ns


def test_a_killed_worker_loses_nothing(
    imported: Path, done: Path, tmp_path: Path, protocol_folder: Path
) -> None:
    words = command(protocol_folder, imported, tmp_path / "out")
    running = start(*words, "--workers", 2)
    wait(lambda: len(notes(tmp_path / "out")) >= 1)
    workers = [
        child
        for child in psutil.Process(running.pid).children(recursive=True)
        if any("spawn_main" in word for word in child.cmdline())
    ]
    assert len(workers) == 2
    workers[0].kill()
    _, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0, errors
    assert is_over(workers[0])
    assert parts(tmp_path / "out") == some(parts(done))


def test_a_second_run_does_what_has_changed_and_no_more(
    study: Path, whole: Plan, tmp_path: Path, protocol_folder: Path, address: str
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    shutil.copytree(study, source)
    settings = Settings(AS_OF, ("summary", "windows"), scheduler=address)

    def run(partitions: int = 5) -> int:
        import_study(source, tmp_path / "study", partitions)
        return plan_cohort([protocol_folder], tmp_path / "study", out, settings).kept

    assert run() == 0
    (out / "notes.txt").write_text("ours", encoding="utf-8")
    (out / "windows" / "_mine.csv").write_text("ours", encoding="utf-8")
    assert run() == 5
    (out / "windows" / part_name(3)).unlink()  # a part that is missing
    (out / "summary" / part_name(1)).write_bytes(b"")  # and one that is cut off
    assert run() == 3
    assert differences(out, whole, settings.tables) == []
    with (source / "history.csv").open("a", encoding="utf-8") as stream:
        stream.write("Q-00007,live_vaccine,2026-06-01,,\n")  # one partition's business
    assert run() == 4
    changed = scheduler.plan(whole.protocol, scheduler.load_study(source), AS_OF)
    assert differences(out, changed, settings.tables) == []
    assert run(2) == 0
    assert sorted(parts(out)) == [
        f"{name}/{part_name(number)}" for name in sorted(settings.tables) for number in (0, 1)
    ]
    assert notes(out) == {0, 1}
    assert differences(out, changed, settings.tables) == []
    assert (out / "notes.txt").exists() and (out / "windows" / "_mine.csv").exists()


@pytest.mark.parametrize("change", ["as_of", "strict", "tables", "protocol", "sites"])
def test_everything_that_a_partition_depends_on(
    change: str, root: Path, tmp_path: Path, address: str
) -> None:
    folder = tmp_path / "protocol"
    shutil.copytree(root / "protocols" / "demo-cycles", folder)
    settings = Settings(AS_OF.replace(month=3, day=2), ("summary",), scheduler=address)

    def run(settings: Settings) -> tuple[int, list[str]]:
        import_study(folder / "example", tmp_path / "study", 2)
        outcome = plan_cohort([folder], tmp_path / "study", tmp_path / "out", settings)
        assert outcome.failed == ()
        return outcome.kept, sorted({name.partition("/")[0] for name in parts(tmp_path / "out")})

    assert run(settings) == (0, ["summary"])
    assert run(settings) == (2, ["summary"])
    if change == "as_of":
        settings = Settings(AS_OF.replace(month=3, day=3), ("summary",), scheduler=address)
    elif change == "strict":
        settings = Settings(settings.as_of, ("summary",), True, scheduler=address)
    elif change == "tables":
        settings = Settings(settings.as_of, ("windows",), scheduler=address)
    elif change == "protocol":
        path = folder / "versions" / "2.0.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\n# read again\n", encoding="utf-8")
    else:
        path = folder / "example" / "sites.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "\n# read again\n", encoding="utf-8")
    assert run(settings) == (0, ["windows" if change == "tables" else "summary"])


def test_a_study_that_is_not_imported_is_imported_once(
    root: Path, tmp_path: Path, address: str
) -> None:
    folder, out = root / "protocols" / "demo-cycles", tmp_path / "out"
    shutil.copytree(folder / "example", tmp_path / "study")
    settings = Settings(AS_OF.replace(month=3, day=2), ("summary",), scheduler=address)
    assert plan_cohort([folder], tmp_path / "study", out, settings).kept == 0
    record = out / "_study" / "study.json"
    before = record.stat().st_mtime_ns
    assert plan_cohort([folder], tmp_path / "study", out, settings).kept == 1
    assert record.stat().st_mtime_ns == before
    with (tmp_path / "study" / "participants.csv").open("a", encoding="utf-8") as stream:
        stream.write("D-099,1968-11-02,female,boston,standard,\n")
    assert plan_cohort([folder], tmp_path / "study", out, settings).kept == 0
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["participants"] == 7
