"""The example study at a desk, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from scheduler.store.stored import Store
from tests.desk.office import Desk, fill
from tests.store.places import cluster, copied_store, new_database

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with cluster(durable=False) as address:
        yield address


@pytest.fixture
def folder(root: Path) -> Path:
    return root / "protocols" / "nct07342244"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "site.db")
    return new_database(request.getfixturevalue("postgres"), f"desk{next(_numbers)}")


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Path:
    """A store with the example, in a file that nobody has open."""
    path = tmp_path_factory.mktemp("filled") / "site.db"
    _fill(str(path), root)
    return path


@pytest.fixture(scope="session")
def filled_database(postgres: str, root: Path) -> str:
    """The same in PostgreSQL; its address."""
    place = new_database(postgres, "filled")
    _fill(place, root)
    return place


def _fill(place: str, root: Path) -> None:
    store = Store.open(place, make=True)
    fill(store, root / "protocols" / "nct07342244")
    store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def filled_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store with the example is, once on each kind of database."""
    place = str(tmp_path / "site.db")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_file"), place)
        return place
    return copied_store(request.getfixturevalue("filled_database"), f"desk{next(_numbers)}")


@pytest.fixture
def desk(filled_place: str) -> Iterator[Desk]:
    """A local desk with the example, and somebody inside."""
    found = Desk(Store.open(filled_place))
    found.enter()
    yield found
    found.store.close()
