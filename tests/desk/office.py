"""A desk inside the test: its store, its application, and a visitor with the rights of a page."""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from scheduler.desk.application import make_application
from scheduler.desk.office import Office
from scheduler.desk.serving import Wishes, host_names, office_of
from scheduler.store.entries import Actor
from scheduler.store.importing import new_study
from scheduler.store.stored import Store

AS_OF = date(2026, 6, 15)
KEY = "NCT07342244"
HOST = "http://127.0.0.1:8765"
TOKEN = "washout_a token for tests"
# Of tests that ask nothing of the database, once on one kind of it is enough.
on_sqlite = pytest.mark.parametrize("filled_place", ["sqlite"], indirect=True)
ME = Actor("Anna")


def protocol_files(folder: Path) -> dict[str, str]:
    """The protocol's files of one of the shipped folders."""
    found = {"protocol.yaml": (folder / "protocol.yaml").read_text(encoding="utf-8")}
    for path in sorted((folder / "versions").glob("*.yaml")):
        found[f"versions/{path.name}"] = path.read_text(encoding="utf-8")
    return found


def fill(store: Store, folder: Path, key: str = KEY, study: Path | None = None) -> None:
    """Puts a shipped example into a store."""
    new_study(store, key, protocol_files(folder), study or folder / "example", ME)


class Desk:
    """A desk and somebody at it; `web` is a browser's session, `api` a program with the token."""

    def __init__(self, store: Store, as_of: date = AS_OF, **wishes: Any) -> None:
        self.store = store
        self.wishes = Wishes(as_of=as_of, user="Anna", token=TOKEN, browser=False, **wishes)
        self.office: Office = office_of(store, self.wishes, 8765)
        self.app = make_application(self.office, host_names(self.wishes), self.wishes.secure)
        self.web = self.visitor()
        self.api = self.visitor({"Authorization": f"Bearer {TOKEN}"})

    def visitor(self, headers: Mapping[str, str] = {}) -> TestClient:
        """Somebody new, who is not in yet."""
        return TestClient(self.app, HOST, headers=dict(headers), follow_redirects=False)

    def enter(self) -> None:
        """The launch address opens the desk."""
        token = self.office.visitors.launch or self.office.visitors.renewed()
        found = self.web.get("/launch", params={"token": token})
        assert found.status_code == 303

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """A form, sent as the desk's own page would."""
        headers = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"}
        return self.web.post(path, data=fields, headers=headers)

    @property
    def desk(self):  # type: ignore[no-untyped-def]
        """The only study."""
        return self.office.desk()


@contextmanager
def opened(
    place: str, folder: Path, study: Path | None = None, key: str = KEY, **wishes: Any
) -> Iterator[Desk]:
    """A desk with an example study in a new store."""
    store = Store.open(place, make=True)
    fill(store, folder, key, study)
    try:
        yield Desk(store, **wishes)
    finally:
        store.close()


@contextmanager
def listening(desk: Desk) -> Iterator[str]:
    """The desk on a port of this machine, for programs that fetch; where it is."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(desk.app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def words(html: str) -> str:
    """What a page says, without its tags."""
    plain = re.sub(r"<(script|style|title|head)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", plain)).strip()
