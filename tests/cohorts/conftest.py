"""What the tests of cohorts share: studies, two Dask workers, and the commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import scheduler
from scheduler.partitions.cluster import connected
from scheduler.partitions.importing import import_study
from scheduler.partitions.run import Settings, plan_cohort
from scheduler.planning.plans import Plan
from scheduler.protocol import Protocol
from tests.cohorts.people import AS_OF, write_study
from tests.end_to_end import conftest as end_to_end

Invoke = end_to_end.Invoke
invoke = end_to_end.invoke  # runs a command in this process


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a Dask scheduler with two workers, which several tests use."""
    with connected(None, 2, None, 2) as client:
        yield client.scheduler.address


@pytest.fixture(scope="session")
def protocol_folder(root: Path) -> Path:
    return root / "protocols" / "nct07342244"


@pytest.fixture(scope="session")
def protocol(protocol_folder: Path) -> Protocol:
    return scheduler.load_protocol(protocol_folder)


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory, protocol: Protocol) -> Path:
    """A study folder of 48 made-up people."""
    return write_study(tmp_path_factory.mktemp("cohort") / "study", protocol, 48)


@pytest.fixture(scope="session")
def whole(study: Path, protocol: Protocol) -> Plan:
    """The study, planned in one process."""
    return scheduler.plan(protocol, scheduler.load_study(study), AS_OF)


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory, study: Path) -> Path:
    """The study in 8 partitions."""
    folder = tmp_path_factory.mktemp("imported") / "parts"
    import_study(study, folder, 8)
    return folder


@pytest.fixture(scope="session")
def done(
    tmp_path_factory: pytest.TempPathFactory, imported: Path, protocol_folder: Path, address: str
) -> Path:
    """The study in 8 partitions, planned by two workers: the folder is not to be changed."""
    out = tmp_path_factory.mktemp("done") / "out"
    outcome = plan_cohort([protocol_folder], imported, out, Settings(AS_OF, scheduler=address))
    assert (len(outcome.notes), outcome.failed, outcome.kept) == (8, (), 0)
    return out


def start(*words: object) -> "subprocess.Popen[str]":
    """The command in a process group of its own, which a test may kill."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "scheduler", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        cwd=Path(__file__).resolve().parents[2], env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
