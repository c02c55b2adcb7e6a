"""Importing: every cell as it was, the same faults as in one process, all of it or nothing."""

import json
import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import scheduler
from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.errors import InputFaults, NotWritable
from scheduler.partitions import csv_blocks, part_writer
from scheduler.partitions.csv_table import CsvTable
from scheduler.partitions.hashing import partition_of
from scheduler.partitions.importing import import_study
from scheduler.partitions.layout import ROW, part_name, read_record
from scheduler.partitions.reading import PartitionFiles, read_part
from scheduler.partitions.rows import rows_of
from scheduler.protocol import Protocol
from scheduler.study.faults import study_faults
from scheduler.study.model import Study
from scheduler.study.reading import read_study
from tests.cohorts.conftest import Invoke, start
from tests.cohorts.people import AS_OF

ROOT = Path(__file__).resolve().parents[2]
BAD = sorted((ROOT / "tests" / "bad_input" / "studies").iterdir())
UTF8 = "utf-8"


def read_back(folder: Path) -> Study:
    """The study of a single partition."""
    study, _ = read_part(PartitionFiles.of(folder, read_record(folder), 0))
    assert study is not None
    return study


def cells(study: Study) -> dict[str, object]:
    """All that a study holds, with the places of its rows."""
    return {
        table.name: (table.place, table.rows.tolist(), table.frame.to_dict("list"))
        for table in study.tables
        if len(table)
    }


@pytest.mark.parametrize("folder", BAD, ids=lambda folder: folder.name)
def test_faults_are_those_of_one_process(folder: Path, tmp_path: Path) -> None:
    protocol = scheduler.load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")
    whole, found = read_study(folder)
    expected = {str(fault).replace("there is no such file", "") for fault in found}
    try:
        record = import_study(folder, tmp_path / "study", 1)
    except InputFaults as error:
        told = {
            str(fault).replace("there is no such file, and no participants.parquet", "")
            for fault in error.faults
        }
        assert told <= expected
        assert not (tmp_path / "study").exists()
        # what is not told now is a matter of cells, which partitions are asked for
        assert all(text.startswith(("S231", "S232", "S233")) for text in expected - told)
        return
    study, faults = read_part(PartitionFiles.of(tmp_path / "study", record, 0))
    assert study is not None
    assert {*map(str, faults), *record.warnings} == expected
    assert cells(study) == cells(whole)
    bound = [bind_versions(one, protocol, day_of(AS_OF))[1] for one in (study, whole)]
    assert set(map(str, bound[0])) == set(map(str, bound[1]))


@pytest.mark.parametrize("seed", range(12))
def test_any_csv_reads_as_in_one_process(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quotes, line ends, blank rows and separators, cut into blocks of any size."""
    random = Random(seed)
    monkeypatch.setattr(csv_blocks.Blocks.__init__, "__defaults__", (random.choice([7, 40, 300]),))
    end = random.choice(["\n", "\r\n", "\r"])
    separator = random.choice([",", ";", "\t"])
    texts = [
        "",
        "x",
        " x ",
        "é",
        f'"a{separator}b"',
        '"say ""no"""',
        '"two\nlines"',
        '"\r\n"',
        "5'",
    ]
    if seed % 3 == 0:
        texts = [text for text in texts if '"' not in text]  # all by the fast reader
    lines = [separator.join(["participant", " Event ", "start", "note", "own"])]
    for number in range(60):
        row = [f"P-{number % 7}", "surgery", "2026-01-02", *random.choices(texts, k=2)]
        lines.append(random.choice([separator.join(row)] * 5 + ["", separator * 4]))
    content = end.join(lines) + random.choice(["", end])
    source = tmp_path / "source"
    source.mkdir()
    (source / "participants.csv").write_bytes(
        b"\xef\xbb\xbfparticipant\n" + b"".join(b"P-%d\n" % number for number in range(7))
    )
    (source / "history.csv").write_bytes(content.encode())
    import_study(source, tmp_path / "study", 1)
    whole, faults = read_study(source)
    assert not faults
    assert cells(read_back(tmp_path / "study")) == cells(whole)


def test_blocks_are_read_one_by_one(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks.Blocks.__init__, "__defaults__", (300,))
    read = []
    real = csv_blocks.Blocks._checked

    def noted(self: csv_blocks.Blocks, block: bytes) -> bytes:
        read.append(len(block))
        return real(self, block)

    monkeypatch.setattr(csv_blocks.Blocks, "_checked", noted)
    faults = study_faults()
    table = CsvTable(study / "history.csv", faults)
    batches = rows_of(table, 0, faults)
    for number in range(1, 5):
        next(batches)
        assert len(read) == number
    list(batches)
    assert sum(read) == table.total == table.done + len("participant,event,start,end,note\n")


def test_separators_further_down_a_single_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks.Blocks.__init__, "__defaults__", (30,))
    (tmp_path / "participants.csv").write_text("participant\n" + "P-1\n" * 9 + "P-2;x\n", UTF8)
    with pytest.raises(InputFaults) as caught:
        import_study(tmp_path, tmp_path / "study", 1)
    assert "S205 participants.csv:1: found commas and semicolons" in str(caught.value)


def test_every_row_is_in_the_partition_of_its_participant(study: Path, tmp_path: Path) -> None:
    record = import_study(study, tmp_path / "study", 5)
    for name in record.tables:
        frames = [
            pd.read_parquet(tmp_path / "study" / name / part_name(number)).assign(part=number)
            for number in range(5)
        ]
        every = pd.concat(frames)
        codes = every["participant"].map(lambda code: partition_of(code, 5))
        assert (codes == every["part"]).all()
        assert sorted(every[ROW]) == list(range(2, len(every) + 2))
        assert all(frame[ROW].is_monotonic_increasing for frame in frames)
        assert tuple(map(len, frames)) == record.tables[name].rows
    assert record == read_record(tmp_path / "study")


def typed(source: Path) -> Mapping[str, pd.DataFrame]:
    """The study's tables with types: numbers as codes, dates, categoricals."""
    frames = {
        name: pd.read_csv(source / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("participants", "history", "dates")
    }
    for frame in frames.values():
        frame["participant"] = frame["participant"].str[2:].astype("int64")
    frames["dates"]["date"] = pd.to_datetime(frames["dates"]["date"])
    frames["history"]["event"] = frames["history"]["event"].astype("category")
    return frames


def test_parquet_keeps_its_types(study: Path, tmp_path: Path, protocol: Protocol) -> None:
    source = tmp_path / "source"
    (source / "history").mkdir(parents=True)
    frames = typed(study)
    frames["participants"].to_parquet(source / "participants.parquet", index=False)
    frames["dates"].to_parquet(source / "dates.parquet", index=False)
    half = len(frames["history"]) // 2
    frames["history"][:half].to_parquet(source / "history" / "a.parquet", index=False)
    frames["history"][half:].to_parquet(source / "history" / "b.parquet", index=False)
    (source / "sites.yaml").write_bytes((study / "sites.yaml").read_bytes())
    record = import_study(source, tmp_path / "study", 1)
    assert [table.file for table in record.tables.values()] == [
        "participants.parquet", "history", "dates.parquet",
    ]  # fmt: skip
    assert set(record.sources) == {
        "participants.parquet", "history/a.parquet", "history/b.parquet", "dates.parquet",
        "sites.yaml",
    }  # fmt: skip
    schema = parquet.read_schema(tmp_path / "study" / "dates" / part_name(0))
    assert pa.types.is_timestamp(schema.field("date").type)
    mine = scheduler.plan(protocol, read_back(tmp_path / "study"), AS_OF)
    sites = {"wuhan": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"], "holidays": "CN"}}
    whole = scheduler.plan(protocol, scheduler.load_study({**frames, "sites": sites}), AS_OF)
    assert mine.summary.equals(whole.summary)


def test_what_parquet_may_hold_and_a_study_may_not(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    pd.DataFrame({"participant": ["P-1", "P-2"]}).to_parquet(source / "participants.parquet")
    dates = pd.DataFrame(
        {"participant": ["P-1", "P-2", "P-2"], "milestone": "consent", "status": "done",
         "date": pd.to_datetime(["2026-01-02", "2026-01-03", None])}
    )  # fmt: skip
    dates["date"] = dates["date"].dt.tz_localize("Asia/Shanghai")
    dates.to_parquet(source / "dates.parquet", index=False)
    record = import_study(source, tmp_path / "study", 2)
    places = {}
    for number in range(2):
        _, faults = read_part(PartitionFiles.of(tmp_path / "study", record, number))
        places |= {fault.place: fault.code for fault in faults}
    assert places == {
        "history": "S211", "dates.parquet:0": "S238", "dates.parquet:1": "S238",
        "dates.parquet:2": "S230",
    }  # fmt: skip


def test_names_that_are_doubtful_and_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "participants.csv").write_text("participant\nP-1\n", UTF8)
    (tmp_path / "histroy.csv").write_text("participant\n", UTF8)
    with pytest.raises(InputFaults, match=r'S213 histroy\.csv: .* did you mean "history\.csv"?'):
        import_study(tmp_path, tmp_path / "study", 1)
    (tmp_path / "study.yaml").write_text("ignore: histroy.csv\n", UTF8)
    record = import_study(tmp_path, tmp_path / "study", 1)
    assert [text[:13] for text in record.warnings] == ["S211 history:"]
    (tmp_path / "participants.parquet").write_bytes(b"none")
    (tmp_path / "dates.parquet").write_bytes(b"none")
    with pytest.raises(InputFaults) as caught:
        import_study(tmp_path, tmp_path / "study", 1)
    codes = [(fault.code, fault.place) for fault in caught.value.faults]
    assert ("S208", "participants.parquet") in codes
    assert ("S200", "dates.parquet") in codes
    with pytest.raises(InputFaults, match=r"S200 .*there is no such folder"):
        import_study(tmp_path / "nowhere", tmp_path / "other")
    (tmp_path / "study.xlsx").write_bytes(b"")
    with pytest.raises(InputFaults, match="save each sheet of a workbook as CSV UTF-8"):
        import_study(tmp_path / "study.xlsx", tmp_path / "other")


def test_what_is_in_the_way(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "mine.txt").write_text("ours", UTF8)
    with pytest.raises(NotWritable, match=r"not an imported study, it holds mine\.txt"):
        import_study(study, folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    (folder / "mine.txt").unlink()
    import_study(study, folder, 2)
    before = (folder / "study.json").read_bytes()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "participants.csv").write_bytes(b"participant\nP-\xe9\n")
    with pytest.raises(InputFaults, match=r"S202 participants\.csv:2"):
        import_study(tmp_path / "bad", folder, 3)
    assert (folder / "study.json").read_bytes() == before
    import_study(study, folder, 1)
    assert not (folder / "history" / part_name(1)).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "study"]


def test_an_import_that_is_killed_leaves_the_old_one(study: Path, tmp_path: Path) -> None:
    import_study(study, tmp_path / "study", 2)
    before = {p: p.read_bytes() for p in (tmp_path / "study").rglob("*") if p.is_file()}
    large = tmp_path / "large"
    large.mkdir()
    (large / "participants.csv").write_text("participant\nP-1\n", UTF8)
    rows = "P-1,surgery,2026-01-02\n" * 400_000
    (large / "history.csv").write_text("participant,event,start\n" + rows, UTF8)
    running = start("cohort-import", large, tmp_path / "study", "--partitions", 3)
    stage = tmp_path / ".study.washout-part"
    while not (stage / "history").exists():
        assert running.poll() is None
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert stage.exists()
    after = {p: p.read_bytes() for p in (tmp_path / "study").rglob("*") if p.is_file()}
    assert after == before
    import_study(study, tmp_path / "study", 1)
    assert not stage.exists()


def test_what_waits_is_written_in_any_portion(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_study(study, tmp_path / "one", 3)
    monkeypatch.setattr(part_writer, "_WAITING", 1)
    monkeypatch.setattr(csv_blocks.Blocks.__init__, "__defaults__", (500,))
    import_study(study, tmp_path / "two", 3)
    for name in ("participants", "history", "dates"):
        for number in range(3):
            one, two = (tmp_path / folder / name / part_name(number) for folder in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
    assert len(list((tmp_path / "two" / "history").iterdir())) == 3


def test_the_same_source_gives_the_same_bytes(study: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        import_study(study, tmp_path / name, 3)
    found = [
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")}
        for n in ("one", "two")
    ]
    assert len(found[0]) == 3 * 3 + 2
    assert found[0] == found[1]


_LIMITED = """
import resource, sys
limit = int(sys.argv[1]) << 20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from pathlib import Path
if sys.argv[2] == "whole":
    from scheduler.study import load_study
    load_study(sys.argv[3])
else:
    from scheduler.partitions.importing import import_study
    import_study(sys.argv[3], sys.argv[4], 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's data")
def test_a_study_that_does_not_fit_into_the_memory(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    people = (f"P-{n:06d},{'n' * 40}{n}\n" for n in range(900_000))
    (source / "participants.csv").write_text("participant,note\n" + "".join(people), UTF8)

    # the stacks of threads count as data: not more of them on machines with many processors
    few = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1", "ARROW_IO_THREADS": "2"}

    def run(how: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", _LIMITED, "450", how, str(source), str(tmp_path / "study")],
            capture_output=True, text=True, check=False, env={**os.environ, **few},
        )  # fmt: skip

    assert run("whole").returncode != 0  # else the limit says nothing
    limited = run("import")
    assert limited.returncode == 0, limited.stderr[-500:]
    assert sum(read_record(tmp_path / "study").participants) == 900_000


def test_the_command(study: Path, tmp_path: Path, invoke: Invoke) -> None:
    result = invoke("cohort-import", study, tmp_path / "study", "--partitions", 3)
    assert result.exit_code == 0
    rows = json.loads((tmp_path / "study" / "study.json").read_text(UTF8))["tables"]
    counts = {name: sum(table["rows"]) for name, table in rows.items()}
    assert result.stdout == (
        f"{tmp_path / 'study'}: 48 rows of participants, {counts['history']} rows of history, "
        f"{counts['dates']} rows of dates, in 3 partitions\n"
    )
    assert invoke("cohort-import", study, tmp_path / "study", "--quiet").stdout == ""
    assert read_record(tmp_path / "study").partitions == 1
    assert invoke("cohort-import", study, tmp_path, "--partitions", 0).exit_code == 2
    result = invoke("cohort-import", study, tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b",,,,\n", b'""\n', b"  \n"])
def test_blank_lines_take_no_memory_and_keep_their_numbers(tmp_path: Path, line: bytes) -> None:
    lines = 300_000
    path = tmp_path / "history.csv"
    head = b"participant,event,start,end,note\n"
    path.write_bytes(head + line * lines + b"P-1,surgery,2026-01-02,,\n" + line)
    faults = study_faults()
    tracemalloc.start()
    try:
        table = CsvTable(path, faults)
        numbers = [row for rows, _ in rows_of(table, 0, faults) for row in rows.to_pylist()]
        spent = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert numbers == [lines + 2] and faults.clean
    assert line not in (b"\n", b"\r\n") or table.rows_about() == 2
    assert spent < 25 * min(path.stat().st_size, csv_blocks.BLOCK) + 6_000_000
