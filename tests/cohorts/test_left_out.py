"""Columns that no protocol reads may stay where they are; twins of codes are told over all parts."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import scheduler
from scheduler.binding.read_columns import columns_read, kept_columns
from scheduler.errors import InputFaults
from scheduler.partitions.hashing import partition_of
from scheduler.partitions.importing import import_study
from scheduler.partitions.layout import read_record
from tests.cohorts.compare import differences
from tests.cohorts.conftest import Invoke
from tests.cohorts.people import AS_OF, write_study

PROTOCOLS = ("nct07342244", "demo-cycles")


@pytest.fixture
def free(tmp_path: Path, protocol_folder: Path) -> Path:
    """A study with columns of free text, which no rule reads."""
    protocol = scheduler.load_protocol(protocol_folder)
    folder = write_study(tmp_path / "study", protocol, 12)
    for table in ("participants", "history"):
        frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
        frame["Ward name"] = "Mrs Zq of ward 7"
        frame["note"] = "Zq"
        frame.to_csv(folder / f"{table}.csv", index=False)
    return folder


def test_what_is_read_stays_and_the_rest_does_not(
    invoke: Invoke, tmp_path: Path, free: Path, protocol_folder: Path, address: str
) -> None:
    parts, out = tmp_path / "parts", tmp_path / "out"
    words = ["--partitions", "3", "--drop-columns", protocol_folder]
    done = invoke("cohort-import", free, parts, *words)
    assert done.exit_code == 0 and "left out: participants.Ward name" in done.stdout
    record = read_record(parts)
    assert {"participants.Ward name", "participants.note", "history.note"} < set(record.left_out)
    for path in parts.rglob("*"):
        assert not path.is_file() or b"Zq" not in path.read_bytes()
    asked = ["--as-of", AS_OF, "--out", out, "--scheduler", address]
    done = invoke("cohort", protocol_folder, parts, *asked)
    assert done.exit_code == 0, done.output
    model = scheduler.load_protocol(protocol_folder)
    assert differences(out, scheduler.plan(model, scheduler.load_study(free), AS_OF)) == []


@pytest.mark.parametrize("name", PROTOCOLS)
def test_nothing_that_is_left_out_changes_a_row(name: str, root: Path, tmp_path: Path) -> None:
    """Also of the shipped examples, which have something in every column."""
    protocol, study, day = scheduler.example(name)
    reads, gone = columns_read([protocol]), 0
    shutil.copytree(root / "protocols" / name / "example", tmp_path / "fewer")
    for table in study.tables:
        path = tmp_path / "fewer" / f"{table.name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        keep = kept_columns(list(frame.columns), reads[table.name])
        frame.loc[:, keep].to_csv(path, index=False)
        gone += keep.count(False)
    assert gone >= 4
    fewer = scheduler.load_study(tmp_path / "fewer")
    mine, whole = (scheduler.plan(protocol, one, day).frames() for one in (fewer, study))
    for table, frame in whole.items():
        if table not in ("todo", "calendar_rows"):  # which no partition has
            pd.testing.assert_frame_equal(mine[table], frame)


def test_a_slip_of_a_column_that_is_read_stays(root: Path) -> None:
    assert kept_columns(["Route", "note", "kinds"], ["route", "kind"]) == [True, False, True]


def test_an_import_without_a_column_is_not_planned_by_who_reads_it(
    invoke: Invoke, tmp_path: Path, free: Path, root: Path, protocol_folder: Path
) -> None:
    parts = tmp_path / "parts"
    invoke("cohort-import", free, parts, "--drop-columns", root / "protocols/demo-cycles")
    asked = ["--as-of", AS_OF, "--out", tmp_path / "out"]
    done = invoke("cohort", protocol_folder, parts, *asked)
    assert done.exit_code == 1 and "imported without participants.sex" in done.stderr


def test_a_cohort_leaves_out_in_its_own_import(
    invoke: Invoke, tmp_path: Path, free: Path, protocol_folder: Path, address: str
) -> None:
    words = ["--as-of", AS_OF, "--tables", "summary", "--scheduler", address, "--quiet"]
    out = tmp_path / "out"
    for more, there in ((["--drop-columns"], False), ([], True), (["--drop-columns"], False)):
        done = invoke("cohort", protocol_folder, free, *words, "--out", out, *more)
        assert done.exit_code == 0, done.output
        heads = pd.read_parquet(out / "_study/history").columns
        assert ("Ward name" in heads) == ("note" in heads) == there
    parts = tmp_path / "parts"
    import_study(free, parts, 1)
    done = invoke("cohort", protocol_folder, parts, *words, "--out", out, "--drop-columns")
    assert done.exit_code == 1 and "imported already, with every column" in done.stderr


def test_twins_in_two_partitions_are_told(tmp_path: Path) -> None:
    apart = next(n for n in range(99) if partition_of(f"A{n}", 4) != partition_of(f"a{n}", 4))
    codes = [f"A{apart}", "B1", f"a{apart}", "B1 ", "caf\u00e91", "cafe\u03011", "X"]
    source = tmp_path / "source"
    source.mkdir()
    rows = "".join(f"{code}\n" for code in codes if code != "B1 ")
    (source / "participants.csv").write_text(f"participant\n{rows}", encoding="utf-8")
    record = import_study(source, tmp_path / "parts", 4)
    told = [text for text in record.warnings if text.startswith("S256")]
    assert (
        "S256 participants.csv:4 participant: found a code that differs from that of row 2"
        in told[0]
    )
    split = partition_of("caf\u00e91", 4) != partition_of("cafe\u03011", 4)
    assert len(told) == 1 + split and all("case or spelling alone" in text for text in told)


def test_many_twins_are_told_by_their_number(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    rows = "".join(f"p{n}\nP{n}\n" for n in range(500))
    (source / "participants.csv").write_text(f"participant\n{rows}", encoding="utf-8")
    told = [w for w in import_study(source, tmp_path / "parts", 8).warnings if w[:4] == "S256"]
    apart = sum(partition_of(f"p{n}", 8) != partition_of(f"P{n}", 8) for n in range(500))
    assert len(told) == 21 and any(f"found {apart - 20} more such codes" in text for text in told)


def test_a_record_of_odd_columns_is_none_of_ours(tmp_path: Path, free: Path) -> None:
    import_study(free, tmp_path / "parts", 1)
    path = tmp_path / "parts/study.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    for wrong in (7, [1], {"a": 1}, None, "x"):
        path.write_text(json.dumps(held | {"left_out": wrong}), encoding="utf-8")
        with pytest.raises(scheduler.WashoutError, match="not the record of an imported study"):
            read_record(tmp_path / "parts")
    del held["left_out"], held["reads"]  # as an earlier version wrote it
    path.write_text(json.dumps(held), encoding="utf-8")
    assert read_record(tmp_path / "parts").left_out == ()


def test_faults_of_an_import_are_still_faults(tmp_path: Path, protocol_folder: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "participants.csv").write_text("sex\nfemale\n", encoding="utf-8")
    reads = columns_read([scheduler.load_protocol(protocol_folder)])
    with pytest.raises(InputFaults):
        import_study(source, tmp_path / "parts", 1, None, reads)
