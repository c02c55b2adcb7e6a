"""A partition that cannot be planned is told of, and takes no other one down."""

import os
import pickle
import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import dask
import pytest

from scheduler.errors import WashoutError
from scheduler.partitions import cluster
from scheduler.partitions.cluster import connected, run_jobs
from scheduler.partitions.codes import CODES
from scheduler.partitions.hashing import partition_of
from scheduler.partitions.importing import import_study
from scheduler.partitions.job import Done, Job, do, versions_here
from scheduler.partitions.layout import ImportedStudy, part_name, read_record
from scheduler.partitions.naming import folders_of
from scheduler.partitions.reading import PartitionFiles
from scheduler.partitions.run import Settings, plan_cohort
from scheduler.protocol import Protocol
from tests.cohorts.compare import parts
from tests.cohorts.conftest import Invoke
from tests.cohorts.people import AS_OF

TABLES = ("summary", "windows")


def test_a_bad_partition_is_told_and_the_others_are_done(
    study: Path, done: Path, tmp_path: Path, protocol_folder: Path, address: str, invoke: Invoke
) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    copytree(study, source)
    rows = len((source / "history.csv").read_text(encoding="utf-8").splitlines())
    lines = 1 + len(_records(source / "history.csv"))
    assert lines < rows  # a note of two lines is one row
    with (source / "history.csv").open("a", encoding="utf-8") as stream:
        stream.write("Q-00003,live_vaccin,2026-06-01,,\nQ-00003,live_vaccine,03/04/2026,,\n")
    with (source / "dates.csv").open("a", encoding="utf-8") as stream:
        stream.write("Q-00003,infusion,2026-07-01,done\n")
    dates = len((source / "dates.csv").read_text(encoding="utf-8").splitlines())
    bad = partition_of("Q-00003", 8)
    import_study(source, tmp_path / "study", 8)
    words = ["cohort", protocol_folder, tmp_path / "study", "--as-of", AS_OF, "--out", out]
    words += ["--tables", "summary,windows", "--scheduler", address]
    result = invoke(*words)
    assert result.exit_code == 1
    assert result.stderr == (
        f"part-{bad:05d} S232 history.csv:{lines + 2} start: found 03/04/2026, expected one "
        "reading: it may be 2026-03-04 or 2026-04-03\n     write 2026-03-04 or 2026-04-03, or "
        "tell the order of the file's dates (dates: in study.yaml)\n"
        f"part-{bad:05d} S243 history.csv:{lines + 1} event: found live_vaccin, expected an event; "
        'did you mean "live_vaccine"?\n'
        f"part-{bad:05d} S250 dates.csv:{dates} date: found 2026-07-01 as done, expected a day "
        "up to 2026-06-15, the day of the plan\n"
        f"1 of 8 partitions could not be planned; {out.as_posix()}/faults holds why\n"
    )
    kept = (out / "faults" / part_name(bad, ".txt")).read_text(encoding="utf-8")
    assert kept == "".join(result.stderr.splitlines(True)[:-1]).replace(f"part-{bad:05d} ", "")
    expected = {
        name: content
        for name, content in parts(done).items()
        if name.startswith(TABLES) and not name.endswith(part_name(bad))
    }
    assert parts(out) == expected
    assert f'"failed": [\n    {bad}\n  ]' in (out / "run.json").read_text(encoding="utf-8")

    import_study(study, tmp_path / "study", 8)
    assert invoke(*words).exit_code == 0
    assert not (out / "faults").exists()
    assert parts(out) == {n: c for n, c in parts(done).items() if n.startswith(TABLES)}


def _records(path: Path) -> list[str]:
    """The rows of a table that has a code in its first cell."""
    return re.findall("^Q-", path.read_text(encoding="utf-8"), re.M)


def test_rows_about_nobody_are_faults_where_nobody_is(
    tmp_path: Path, protocol_folder: Path, address: str
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "participants.csv").write_text("participant\nP-001\n", encoding="utf-8")
    other = next(
        f"X-{n}" for n in range(9) if partition_of(f"X-{n}", 2) != partition_of("P-001", 2)
    )
    history = f"participant,event,start\nP-001,hiv,none\n{other},hiv,none\n"
    (source / "history.csv").write_text(history, encoding="utf-8")
    import_study(source, tmp_path / "study", 2)
    settings = Settings(AS_OF, TABLES, scheduler=address)
    outcome = plan_cohort([protocol_folder], tmp_path / "study", tmp_path / "out", settings)
    assert [note.partition for note in outcome.failed] == [partition_of(other, 2)]
    kept = tmp_path / "out" / "faults" / part_name(partition_of(other, 2), ".txt")
    assert kept.read_text(encoding="utf-8") == (
        f"S240 history.csv:3 participant: found {other}, expected a participant of the table "
        "participants\n"
    )


def test_a_partition_without_anybody_is_an_empty_part(
    tmp_path: Path, protocol_folder: Path, address: str
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "participants.csv").write_text("participant\nP-001\n", encoding="utf-8")
    import_study(source, tmp_path / "study", 3)
    outcome = plan_cohort(
        [protocol_folder], tmp_path / "study", tmp_path / "out",
        Settings(AS_OF, TABLES, scheduler=address),
    )  # fmt: skip
    assert sorted(note.participants for note in outcome.notes) == [0, 0, 1]
    assert outcome.failed == ()
    assert len(parts(tmp_path / "out")) == 3 * len(TABLES)


def test_a_part_that_is_not_as_it_was_imported(
    imported: Path, tmp_path: Path, protocol_folder: Path, address: str, invoke: Invoke
) -> None:
    copytree(imported, tmp_path / "study")
    (tmp_path / "study" / "history" / part_name(2)).unlink()
    path = tmp_path / "study" / "participants" / part_name(5)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    result = invoke(
        "cohort", protocol_folder, tmp_path / "study", "--as-of", AS_OF, "--out", tmp_path / "out",
        "--tables", "summary", "--scheduler", address,
    )  # fmt: skip
    assert result.exit_code == 1
    assert result.stderr == (
        "part-00002 K110 history/part-00002.parquet: cannot be read: No such file or directory\n"
        "     import the study again\n"
        "part-00005 K110 participants/part-00005.parquet: not the file that was imported: its "
        "SHA-256 sum differs from study.json\n     import the study again\n"
        f"2 of 8 partitions could not be planned; {(tmp_path / 'out').as_posix()}/faults holds why\n"
    )
    assert len(parts(tmp_path / "out")) == 6


class _Fatal:
    """What ends the process that unpacks it."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (9,)


def test_a_partition_that_kills_its_workers(
    imported: Path, done: Path, tmp_path: Path, protocol: Protocol
) -> None:
    record = read_record(imported)
    assignment = _assignment(protocol)
    jobs = [_job(imported, record, n, tmp_path, assignment) for n in range(3)]
    jobs[1] = replace(jobs[1], assignment=pickle.dumps(_Fatal()))
    told: dict[int, Done] = {}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        connected(None, 1, None, 1) as client,
    ):
        run_jobs(client, jobs, lambda note: told.update({note.partition: note}))
    assert {number: note.faults for number, note in told.items()} == {0: 0, 1: 1, 2: 0}
    kept = (tmp_path / "faults" / part_name(1, ".txt")).read_text(encoding="utf-8")
    assert kept.startswith(
        "K111: the worker that planned this partition was killed again and again"
    )
    for number in (0, 2):
        name = f"summary/{part_name(number)}"
        assert (tmp_path / name).read_bytes() == (done / name).read_bytes()


def test_a_worker_that_lacks_the_program(
    imported: Path, tmp_path: Path, protocol: Protocol, address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    record = read_record(imported)
    jobs = [_job(imported, record, n, tmp_path, _assignment(protocol)) for n in range(2)]
    real = cluster.packed

    def lacking(job: Job) -> bytes:
        return real(job) if job.part.partition else b"cnot_installed_here\ndo\n."

    monkeypatch.setattr(cluster, "packed", lacking)
    told: dict[int, Done] = {}
    with connected(address, None, None, 2) as client:
        run_jobs(client, jobs, lambda note: told.update({note.partition: note}))
    assert {number: note.faults for number, note in told.items()} == {0: 1, 1: 0}
    kept = (tmp_path / "faults" / part_name(0, ".txt")).read_text(encoding="utf-8")
    assert kept == (
        "K112: a worker could not begin: ModuleNotFoundError: No module named "
        "'not_installed_here'\n"
    )


def test_workers_that_are_gone_for_good(
    imported: Path, tmp_path: Path, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_LOOK_AFTER", 0.2)
    job = _job(imported, read_record(imported), 0, tmp_path, _assignment(protocol))
    with connected(None, 1, None, 1) as client:
        client.cluster.scale(0)
        while client.nthreads():
            time.sleep(0.02)
        with pytest.raises(WashoutError, match="no worker is left; run the same command again"):
            run_jobs(client, [job], lambda note: None)


def _assignment(protocol: Protocol) -> bytes:
    from scheduler.partitions.job import Assignment
    from scheduler.partitions.tables import empty_tables

    tables = empty_tables(protocol, None, AS_OF, ["summary"])
    return pickle.dumps(
        Assignment((protocol,), folders_of([protocol]), (tables,), False, AS_OF, False)
    )


def _job(folder: Path, record: ImportedStudy, number: int, out: Path, assignment: bytes) -> Job:
    return Job(
        PartitionFiles.of(folder, record, number), str(out), assignment, "mark", versions_here()
    )


def test_a_worker_of_another_version_and_a_failing_program(
    imported: Path, tmp_path: Path, protocol: Protocol
) -> None:
    record = read_record(imported)
    job = _job(imported, record, 0, tmp_path, _assignment(protocol))
    versions = {**versions_here(), "pandas": "0.0"}
    assert do(replace(job, versions=versions)).faults == 1
    kept = tmp_path / "faults" / part_name(0, ".txt")
    pandas = versions_here()["pandas"]
    told = f"K113: found a worker with pandas {pandas}, expected 0.0\n"
    assert kept.read_text(encoding="utf-8") == told
    assert do(replace(job, assignment=pickle.dumps(1))).faults == 1
    text = kept.read_text(encoding="utf-8")
    assert text.startswith("K112: the program failed\n     Traceback")
    assert all(line.startswith("     ") for line in text.splitlines()[1:])
    assert do(job).faults == 0


def test_the_output_must_be_writable(
    imported: Path, tmp_path: Path, protocol_folder: Path, invoke: Invoke
) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    words = ("cohort", protocol_folder, imported, "--as-of", AS_OF, "--out", tmp_path / "out")
    result = invoke(*words)
    assert result.exit_code == 1
    assert "out: cannot be written: " in result.stderr


def test_faults_of_protocols_stop_everything(
    imported: Path, tmp_path: Path, root: Path, invoke: Invoke
) -> None:
    bad = tmp_path / "protocol.yaml"
    text = (root / "tests" / "data" / "demo-001.yaml").read_text(encoding="utf-8")
    bad.write_text(text.replace("timezone: ", "timezone: X", 1), encoding="utf-8")
    result = invoke("cohort", bad, imported, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "1 fault; nothing was done" in result.stderr
    assert not (tmp_path / "out").exists()


def test_every_code_stands_in_the_documentation(root: Path) -> None:
    page = (root / "docs" / "cohorts.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (K\d+) \| (.*) \|$", page, re.M))
    assert rows == CODES


@pytest.mark.parametrize("day", [date(2026, 6, 15)])
def test_one_run_at_a_time(
    day: date, imported: Path, tmp_path: Path, protocol_folder: Path, invoke: Invoke
) -> None:
    from scheduler.files import locked

    out = tmp_path / "out"
    out.mkdir()
    with locked(out):
        result = invoke("cohort", protocol_folder, imported, "--as-of", day, "--out", out)
    assert result.exit_code == 1
    assert "another run is writing into this folder" in result.stderr
