"""A cohort has the rows of one plan, whatever the number of partitions and workers."""

from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from pyarrow import parquet

import scheduler
from scheduler.partitions.hashing import partition_of, partitions_of
from scheduler.partitions.importing import import_study
from scheduler.partitions.run import Settings, plan_cohort
from scheduler.planning.plans import Plan
from scheduler.tables.tables import IN_PARTITIONS
from tests.cohorts.compare import differences, parts, rows_of
from tests.cohorts.people import AS_OF

EXAMPLES = {"nct07342244": "2026-06-15", "demo-cycles": "2026-03-02"}


def test_partitions_are_those_of_the_documentation() -> None:
    # printf P-001 | sha256sum: the first 16 hexadecimal digits, modulo 7
    assert partition_of("P-001", 7) == int("e2505a26bb5ff030", 16) % 7
    assert partition_of(" P-001 ", 7) == partition_of("P-001", 7)
    counts = Counter(partitions_of((f"P-{n:06d}" for n in range(8000)), 8).tolist())
    assert sorted(counts) == list(range(8))
    assert max(counts.values()) < 1.1 * 8000 / 8


@pytest.mark.parametrize(
    ("name", "partitions"), [("nct07342244", 1), ("nct07342244", 7), ("demo-cycles", 3)]
)
def test_the_examples(name: str, partitions: int, root: Path, tmp_path: Path, address: str) -> None:
    folder, as_of = root / "protocols" / name, EXAMPLES[name]
    import_study(folder / "example", tmp_path / "study", partitions)
    settings = Settings(date.fromisoformat(as_of), scheduler=address)
    outcome = plan_cohort([folder], tmp_path / "study", tmp_path / "out", settings)
    protocol = scheduler.load_protocol(folder)
    plan = scheduler.plan(protocol, scheduler.load_study(folder / "example"), as_of)
    assert (len(outcome.notes), len(outcome.failed)) == (partitions, 0)
    assert sum(note.participants for note in outcome.notes) == len(plan.participants)
    assert differences(tmp_path / "out", plan) == []


def test_a_seeded_cohort(done: Path, whole: Plan) -> None:
    assert differences(done, whole) == []
    sums = [
        sha256(repr(rows_of(table)).encode()).hexdigest()
        for table in (pd.read_parquet(done / "windows"), whole.windows)
    ]
    assert sums[0] == sums[1]


def test_other_partitions_and_two_workers_of_its_own(
    study: Path, whole: Plan, tmp_path: Path, protocol_folder: Path
) -> None:
    import_study(study, tmp_path / "study", 3)
    settings = Settings(AS_OF, ("summary", "windows"), workers=2)
    plan_cohort([protocol_folder], tmp_path / "study", tmp_path / "out", settings)
    assert differences(tmp_path / "out", whole, settings.tables) == []


def test_bytes_do_not_depend_on_the_workers(
    imported: Path, done: Path, tmp_path: Path, protocol_folder: Path
) -> None:
    plan_cohort([protocol_folder], imported, tmp_path / "one", Settings(AS_OF, workers=1))
    found = parts(done)
    assert len(found) == 8 * len(IN_PARTITIONS)
    assert found == parts(tmp_path / "one")
    assert (done / "run.json").read_bytes() == (tmp_path / "one" / "run.json").read_bytes()


def test_types_are_those_of_a_plan(done: Path, whole: Plan) -> None:
    for name in IN_PARTITIONS:
        read, wanted = pd.read_parquet(done / name), getattr(whole, name)
        for head in read.columns:
            kind = "str" if head == "participant" else str(wanted[head].dtype)
            assert str(read[head].dtype) == kind.replace("[s]", "[ms]"), (name, head)
            if kind == "category" and len(read):  # Parquet keeps no categories without rows
                assert read[head].cat.ordered
                assert list(read[head].cat.categories) == list(wanted[head].cat.categories)


def test_files_say_what_is_never_missing(done: Path) -> None:
    for name in IN_PARTITIONS:
        for path in (done / name).glob("part-*.parquet"):
            schema = parquet.read_schema(path)
            there = schema.names if name == "windows" else ["participant"]
            assert [field.name for field in schema if not field.nullable] == there
