"""The few HTTP requests of CalDAV that a push needs: list a calendar, put an event."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from posixpath import normpath
from types import TracebackType
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from scheduler.calendars.bounded import Limits, TooLarge, connect, pieces
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.hosts import is_here
from scheduler.calendars.multistatus import Item, Multistatus, NoAnswer
from scheduler.errors import shown

_SAFE = "/%:@!$&'()*+,;=~"
_SAID = 4096  # bytes that are kept of what a server says to a refusal
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
# what a header can hold; quotes are the rule, and some servers leave them out
_ETAG = re.compile(r"(?!\*\Z)[\x20-\x7e\xa0-\xff]*")  # * would mean: whatever is there
CHANGED = "something else is there"
_ABOUT_ALL = (401, 403, 407, 429)  # refusals that are not about one event
_USUAL = Limits()
_QUERY = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    b"<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    b'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/>'
    b"</C:comp-filter></C:filter></C:calendar-query>"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One event on a server: its address, its ETag (empty: the server gave none), its bytes.

    `trouble` says why it cannot be replaced, whatever it holds.
    """

    path: str
    etag: str
    data: bytes
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks; an empty user asks as nobody."""

    user: str = ""
    password: str = field(default="", repr=False)


def _checked(url: str, login: Login) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        (parts.hostname or "").encode("idna")
    except ValueError:  # also UnicodeError: a port or host that cannot be one
        usable = False
    if not usable:
        raise CalendarError("C420", "the address is no calendar's; expected https://host/path/")
    if "@" in parts.netloc:
        raise CalendarError(
            "C421", "the address holds a user or password; give them by the environment or prompt"
        )
    if parts.scheme == "http" and login.user and not is_here(parts.hostname or ""):
        raise CalendarError(
            "C422", f"http://{parts.hostname} would send the password in the clear; use https://"
        )
    return parts._replace(path=quote(parts.path, safe=_SAFE))


class Server:
    """One calendar on a CalDAV server, over one connection."""

    def __init__(self, url: str, login: Login, limits: Limits = _USUAL) -> None:
        """Check the address; nothing is sent yet.

        Raises: CalendarError C420 to C422 for an address that cannot be used.
        """
        self._parts = _checked(url if url.endswith("/") else url + "/", login)
        self._login, self._limits = login, limits
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Server:
        """Use the server for a while."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._drop()

    @property
    def address(self) -> str:
        """The calendar's address, without anything secret."""
        return f"{self._parts.scheme}://{self._parts.netloc}{self._parts.path}"

    def events(self) -> list[Resource]:
        """Which events does the calendar hold?

        Raises: CalendarError C423 (no answer), C424 (not let in), C425 (no calendar there).
        """
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        found = Multistatus()
        try:
            status = self._request("REPORT", self._parts.path, headers, _QUERY, found.feed)
            if status != 207:
                raise CalendarError(
                    "C425", f"{self.address}: no CalDAV calendar answers there (HTTP {status})"
                )
            found.feed(b"", last=True)
        except NoAnswer as error:
            self._drop()
            raise CalendarError(
                "C425", f"{self.address}: the answer is no CalDAV answer: {error}"
            ) from error
        return [self._resource(item) for item in found.items]

    def _resource(self, item: Item) -> Resource:
        """An item with its address as it can be sent, or with what is wrong with it."""
        path, trouble = self._path(item.href)
        if not trouble and not _ETAG.fullmatch(item.etag):
            trouble = f"the server gives it an ETag that nobody can send back: {shown(item.etag)}"
        return Resource(path, item.etag, item.data.encode(), trouble)

    def _path(self, href: str) -> tuple[str, str]:
        """Where an item lies, as a path to ask for; why it may not be asked for, if so."""
        try:
            parts = urlsplit(urljoin(self.address, href))
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, None
        if parts is None or _CONTROL.search(unquote(href)):
            return "", f"the server gives it no usable address: {shown(href)}"
        if (parts.scheme, host, _port(parts.scheme, port)) != self._home():
            return "", f"the server names it on another host: {shown(href)}"
        path = quote(parts.path, safe=_SAFE)
        if not normpath(unquote(path)).startswith(unquote(self._parts.path)):
            return "", f"the server names it outside of this calendar: {shown(href)}"
        return path, ""

    def _home(self) -> tuple[str, str | None, int]:
        parts = self._parts
        return parts.scheme, parts.hostname, _port(parts.scheme, parts.port)

    def new_path(self, name: str) -> str:
        """Where does an event of this name go?"""
        return self._parts.path + name

    def put(self, path: str, data: bytes, etag: str = "") -> str:
        """Why was an event not stored? Empty where it was, CHANGED where another one is there.

        With ``etag`` it replaces that version and no other, without one it replaces nothing.
        Raises: CalendarError C423 to C426 for what is not about this one event.
        """
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        headers |= {"If-Match": etag} if etag else {"If-None-Match": "*"}
        answer = bytearray()
        status = self._request("PUT", path, headers, data, lambda piece: _keep(answer, piece))
        if status in (200, 201, 204):
            return ""
        if status in (409, 412):
            return CHANGED
        said = shown(answer.decode(errors="replace").strip(), 200)
        refused = f"refused with HTTP {status}: {said}"
        if 400 <= status < 500 and status not in _ABOUT_ALL:
            return refused
        name = shown(unquote(path).rpartition("/")[2])
        raise CalendarError("C426", f"{self.address}{name}: {refused}")

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes,
        take: Callable[[bytes], None],
    ) -> int:  # fmt: skip
        headers = {**headers, "User-Agent": "washout"}
        if self._login.user:
            secret = f"{self._login.user}:{self._login.password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(secret).decode()
        answer = self._ask(method, path, headers, body)
        status, location = answer.status, answer.getheader("Location", "")
        self._read(answer, take if status < 300 or method == "PUT" else lambda piece: None)
        if status in (401, 403):
            raise CalendarError("C424", f"{self.address}: not let in (HTTP {status})")
        if 300 <= status < 400:
            raise CalendarError(
                "C425", f"{self.address}: has moved to {shown(location, 200)}; use that address"
            )
        return status

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> http.client.HTTPResponse:
        """Send once more where a kept connection was closed; the conditions make that harmless."""
        for fresh in (self._connection is None, True):
            if self._connection is None or fresh:
                self._drop()
                self._connection = self._connect()
            try:
                self._connection.request(method, path, body, headers)
                return self._connection.getresponse()
            except (http.client.HTTPException, ConnectionError) as error:
                failure: Exception = error
            except (OSError, TooLarge) as error:
                raise self._silent(error) from error
        raise self._silent(failure) from failure

    def _read(self, answer: http.client.HTTPResponse, take: Callable[[bytes], None]) -> None:
        try:
            for piece in pieces(answer, self._limits):
                take(piece)
        except (http.client.HTTPException, OSError, TooLarge) as error:
            raise self._silent(error) from error

    def _silent(self, error: Exception) -> CalendarError:
        self._drop()
        if isinstance(error, TooLarge):
            most = f"{self._limits.size >> 20} MiB"
            return CalendarError("C423", f"{self.address}: an answer of more than {most}")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return CalendarError("C423", f"{self.address}: no answer: {shown(reason, 200)}")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        parts = self._parts
        return connect(parts.scheme, parts.hostname or "", parts.port, self._limits)


def _keep(answer: bytearray, piece: bytes) -> None:
    """Keep the beginning of what a server says."""
    answer += piece[: max(0, _SAID - len(answer))]


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)
