"""Several protocols in one pass: who fits which, and from when."""

from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest

import scheduler
from scheduler.partitions.importing import import_study
from scheduler.partitions.naming import folders_of
from scheduler.partitions.run import Settings, plan_cohort
from scheduler.protocol import Protocol
from scheduler.tables.tables import IN_PARTITIONS
from tests.cohorts.compare import differences, rows_of
from tests.cohorts.conftest import Invoke
from tests.cohorts.people import AS_OF

HEADS = ["participant", "protocol", "version", "state", "next_milestone", "next_first", "next_last"]


@pytest.fixture(scope="module")
def other(root: Path) -> Path:
    return root / "tests" / "data" / "demo-001.yaml"


@pytest.fixture
def screened(study: Path, tmp_path: Path) -> Path:
    """The people without any dates, as a health record has them."""
    copytree(study, tmp_path / "screened")
    (tmp_path / "screened" / "dates.csv").unlink()
    return tmp_path / "screened"


def test_the_matrix(
    screened: Path, other: Path, tmp_path: Path, protocol_folder: Path, address: str, invoke: Invoke
) -> None:
    import_study(screened, tmp_path / "study", 3)
    out = tmp_path / "out"
    words = ["cohort", protocol_folder, other, tmp_path / "study", "--as-of", AS_OF, "--out", out]
    result = invoke(*words, "--scheduler", address)
    assert result.exit_code == 0, result.stderr
    matrix = pd.read_parquet(out / "matrix")
    assert list(matrix.columns) == HEADS
    assert matrix.groupby("participant")["protocol"].agg(list).map(tuple).unique().tolist() == [
        ("NCT07342244", "DEMO-001")
    ]
    wanted = []
    for place, folder in ((protocol_folder, "nct07342244"), (other, "demo-001")):
        protocol = scheduler.load_protocol(place)
        source = {
            name: pd.read_csv(screened / f"{name}.csv", dtype=str, keep_default_na=False)
            for name in ("participants", "history")
        }
        if folder == "demo-001":  # what only the other protocol knows is no slip of its own events
            known = [event.name for event in protocol.events]
            source["history"] = source["history"][source["history"]["event"].isin(known)]
        sites = {
            "wuhan": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"], "holidays": "CN"}
        }
        plan = scheduler.plan(protocol, scheduler.load_study({**source, "sites": sites}), AS_OF)
        assert differences(out / folder, plan, ["windows"]) == []
        summary = plan.summary.assign(protocol=protocol.id, version=protocol.version)
        wanted += rows_of(summary[HEADS])
        assert f"{protocol.id} version {protocol.version}, as of {AS_OF}\n48 part" in result.stdout
    assert rows_of(matrix) == sorted(wanted)
    assert {path.name for path in out.iterdir()} == {
        "matrix", "nct07342244", "demo-001", "_done", "run.json",
    }  # fmt: skip


def test_rows_that_are_made_under_one_protocol(
    screened: Path, other: Path, tmp_path: Path, protocol_folder: Path, address: str
) -> None:
    (screened / "dates.csv").write_text(
        "participant,milestone,date,status,protocol\n"
        "Q-00001,consent,2026-06-10,done,NCT07342244\n"
        "Q-00001,transplant,2026-12-01,cancelled,NCT07342244\n"
        "Q-00002,consent,2026-06-11,done,DEMO-001\n"
        "Q-00002,consent,2026-06-12,done,SOME-OTHER\n",
        encoding="utf-8",
    )
    import_study(screened, tmp_path / "study", 2)
    out = tmp_path / "out"
    settings = Settings(AS_OF, ("schedule", "matrix"), scheduler=address)
    outcome = plan_cohort([protocol_folder, other], tmp_path / "study", out, settings)
    assert outcome.failed == ()
    done = {}
    for folder in outcome.folders:
        table = pd.read_parquet(out / folder / "schedule")
        rows = table[table["status"] == "done"]
        done[folder] = rows_of(rows[["participant", "milestone", "date"]])
    assert done == {
        "nct07342244": [("Q-00001", "consent", "2026-06-10")],
        "demo-001": [("Q-00002", "consent", "2026-06-11")],
    }


def test_rows_that_do_not_say_which_protocol(
    screened: Path, other: Path, tmp_path: Path, protocol_folder: Path, address: str, invoke: Invoke
) -> None:
    people = (screened / "participants.csv").read_text(encoding="utf-8").splitlines()
    people = [
        f"{people[0]},withdrawn",
        f"{people[1]},2026-06-01",
        *(f"{row}," for row in people[2:]),
    ]
    (screened / "participants.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    (screened / "dates.csv").write_text(
        "participant,milestone,date,status,Protocol\n"
        "Q-00001,consent,2026-06-10,done,DEMO-001\nQ-00001,screening,2026-06-20,booked,\n",
        encoding="utf-8",
    )
    decisions = "participant,rule,decision,date\nQ-00001,E13,clear,2026-06-10\n"
    (screened / "decisions.csv").write_text(decisions, encoding="utf-8")
    import_study(screened, tmp_path / "study", 1)
    words = ["cohort", protocol_folder, other, tmp_path / "study", "--as-of", AS_OF]
    result = invoke(*words, "--out", tmp_path / "out", "--scheduler", address)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[:-1] == [
        "part-00000 K102 participants.csv:2 withdrawn: found 2026-06-01, which is about one protocol",
        "     leave it blank where several protocols are planned",
        "part-00000 K101 dates.csv:3 Protocol: found a blank, expected the protocol that this row "
        "is about",
        "part-00000 K101 decisions.csv: found no column protocol, expected which of the protocols "
        "each row is about",
    ]


def test_versions_of_one_protocol(root: Path, tmp_path: Path, address: str) -> None:
    folder = root / "protocols" / "demo-cycles"
    copytree(folder / "example", tmp_path / "study")
    (tmp_path / "study" / "dates.csv").unlink()
    people = tmp_path / "study" / "participants.csv"
    lines = people.read_text(encoding="utf-8").splitlines()
    heads = [*lines[0].split(",")[:5], "protocol_version"]
    rows = [
        ",".join([*row.split(",")[:5], "2.0" if n % 2 else ""]) for n, row in enumerate(lines[1:])
    ]
    people.write_text("\n".join([",".join(heads), *rows]) + "\n", encoding="utf-8")
    import_study(tmp_path / "study", tmp_path / "parts", 2)
    settings = Settings(
        AS_OF.replace(month=3, day=2), (*IN_PARTITIONS, "matrix"), scheduler=address
    )
    outcome = plan_cohort([folder], tmp_path / "parts", tmp_path / "out", settings)
    assert outcome.failed == ()
    study = scheduler.load_study(tmp_path / "study")
    plan = scheduler.plan(scheduler.load_protocol(folder), study, "2026-03-02")
    assert differences(tmp_path / "out", plan) == []
    matrix = pd.read_parquet(tmp_path / "out" / "matrix")
    assert set(matrix["version"]) == {"1.0", "2.0"}
    versions = {code: plan.part(code).protocol.version for code in plan.participants}
    assert dict(zip(matrix["participant"], matrix["version"], strict=True)) == versions


def test_folders_are_safe_names(protocol: Protocol) -> None:
    assert folders_of([protocol]) == ("",)
    ids = ["A.B", "a.b", "a...", "matrix", "A-1"]
    made = folders_of(
        [scheduler.load_protocol({**protocol.to_dict(), "protocol": name}) for name in ids]
    )
    assert made == ("a.b-1.0", "a.b-1.0-2", "a", "protocol_matrix", "a-1")


def test_a_protocol_twice(
    tmp_path: Path, protocol_folder: Path, imported: Path, invoke: Invoke
) -> None:
    words = ["cohort", protocol_folder, protocol_folder, imported, "--as-of", AS_OF]
    result = invoke(*words, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == "Error: the protocol NCT07342244 version 1.0 is given twice\n"
