"""Running the desk: where it listens, how the browser gets in, and what is refused at the start."""

import os
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import uvicorn

from scheduler.calendars.hosts import is_here
from scheduler.desk.application import make_application
from scheduler.desk.background.collecting import begin
from scheduler.desk.guard import LOCAL
from scheduler.desk.office import Office
from scheduler.desk.routes import load_pages
from scheduler.desk.visitors import Visitors
from scheduler.errors import WashoutError
from scheduler.store.access import Access
from scheduler.store.stored import Store

_TURN = 0.001  # seconds that a page waits at most for its turn while somebody is planned
_FORGET = 120.0  # seconds that the file which leads the browser in stays


class DeskRefused(WashoutError):
    """The desk does not start this way."""


@dataclass(frozen=True)
class Wishes:
    """How the desk shall run; `names` are further host names by which it may be called."""

    port: int = 8765
    host: str = "127.0.0.1"
    names: Sequence[str] = ()
    shared: bool = False
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False
    user: str = ""
    token: str = ""
    browser: bool = True
    as_of: date | None = None

    @property
    def secure(self) -> bool:
        """Whether people reach the desk over TLS."""
        return bool(self.certificate) or self.behind_proxy


def check(wishes: Wishes) -> None:
    """Refuses to be heard beyond this machine without log-ins and TLS.

    Raises: DeskRefused.
    """
    if bool(wishes.certificate) != bool(wishes.key):
        raise DeskRefused("TLS needs both files: --tls-certificate and --tls-key")
    if is_here(wishes.host):
        return
    if not wishes.shared:
        raise DeskRefused(
            f"{wishes.host} can be reached from other machines: start with --shared, so that "
            "people log in"
        )
    if not wishes.secure:
        raise DeskRefused(
            f"{wishes.host} can be reached from other machines: give --tls-certificate and "
            "--tls-key, or say --behind-proxy where a proxy does it"
        )


def office_of(store: Store, wishes: Wishes, port: int) -> Office:
    """The studies of a store, planned, and who may come."""
    access = Access(store)
    visitors = Visitors(access, wishes.user or login_name(), wishes.shared, wishes.secure, port,
                        wishes.token)  # fmt: skip
    fixed = wishes.as_of
    return Office(store, access, visitors, lambda: fixed or date.today())


def login_name() -> str:
    """Who works at this machine."""
    import getpass

    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return "desk"


def host_names(wishes: Wishes) -> Iterable[str]:
    """The names by which the desk may be called."""
    yield from LOCAL
    yield from wishes.names
    if not is_here(wishes.host) and wishes.host not in ("0.0.0.0", "::"):
        yield wishes.host


def serve(store: Store, wishes: Wishes, tell: Callable[[str], None]) -> None:
    """Runs the desk until it is stopped.

    Raises: DeskRefused.
    """
    check(wishes)
    with _listening(wishes) as listener:
        port = int(listener.getsockname()[1])
        begin()
        office = office_of(store, wishes, port)
        app = make_application(office, host_names(wishes), wishes.secure)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="off",
            http="h11",  # httptools, which it takes where that is there, sets headers no limit
            proxy_headers=False, ssl_certfile=wishes.certificate or None,
            ssl_keyfile=wishes.key or None, timeout_keep_alive=30, backlog=128,
        )  # fmt: skip
        scheme = "https" if wishes.certificate else "http"
        shown = "127.0.0.1" if is_here(wishes.host) else wishes.host
        address = f"{scheme}://{shown}:{port}/"
        if not wishes.shared:
            address += f"launch?token={office.visitors.launch}"
        tell(f"The desk is open: {address}")
        tell("Leave this window open while you work; Ctrl-C closes the desk.")
        if wishes.browser:
            _lead_in(address)
        sys.setswitchinterval(_TURN)
        office.ahead.start(load_pages)
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            office.ahead.stop()


def _listening(wishes: Wishes) -> socket.socket:
    family = socket.AF_INET6 if ":" in wishes.host else socket.AF_INET
    # by its protocol asyncio knows that answers of two parts are not to be held back (Nagle)
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((wishes.host, wishes.port))
    except OSError as error:
        listener.close()
        raise DeskRefused(
            f"port {wishes.port} of {wishes.host} cannot be used ({error.strerror}); is a desk "
            "open already? Give another --port"
        ) from error
    listener.listen(128)
    return listener


def _lead_in(address: str) -> None:
    """Opens the browser by a file that only this user can read.

    On the browser's own command line the one-time token would stand in the list of processes.
    """
    handle, name = tempfile.mkstemp(prefix="washout-desk-", suffix=".html")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(
            '<!doctype html><meta charset="utf-8"><title>washout</title>'
            f'<meta http-equiv="refresh" content="0; url={address}">'
            f'<p><a href="{address}">Open the desk</a></p>\n'
        )
    path = Path(name)
    cleaner = threading.Timer(_FORGET, lambda: path.unlink(missing_ok=True))
    cleaner.daemon = True
    cleaner.start()
    threading.Thread(target=webbrowser.open, args=(path.as_uri(),), daemon=True).start()
