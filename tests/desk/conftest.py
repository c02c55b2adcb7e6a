"""The example study at a desk; PostgreSQL where a test asks for it."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.desk.office import Desk, opened
from tests.store.places import cluster, new_database

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with cluster() as address:
        yield address


@pytest.fixture
def folder(root: Path) -> Path:
    return root / "protocols" / "nct07342244"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "site.db")
    return new_database(request.getfixturevalue("postgres"), f"desk{next(_numbers)}")


@pytest.fixture
def desk(tmp_path: Path, folder: Path) -> Iterator[Desk]:
    """A local desk with the example, and somebody inside."""
    with opened(str(tmp_path / "site.db"), folder) as found:
        found.enter()
        yield found
