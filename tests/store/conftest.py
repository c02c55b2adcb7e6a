"""An empty store, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from scheduler.store.entries import Actor
from scheduler.store.importing import new_study
from scheduler.store.stored import Store
from tests.store.places import cluster, new_database

ME = Actor("Anna")
EXAMPLE = "NCT07342244"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with cluster() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store can be made."""
    if request.param == "sqlite":
        return str(tmp_path / "site.db")
    return new_database(request.getfixturevalue("postgres"), f"store{next(_numbers)}")


@pytest.fixture
def store(place: str) -> Iterator[Store]:
    found = Store.open(place, make=True)
    yield found
    found.close()


@pytest.fixture
def filled(store: Store, root: Path) -> Store:
    """The example study in a store."""
    folder = root / "protocols" / "nct07342244"
    files = {"protocol.yaml": (folder / "protocol.yaml").read_text(encoding="utf-8")}
    new_study(store, EXAMPLE, files, folder / "example", ME)
    return store
