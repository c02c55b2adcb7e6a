"""The few HTTP requests of CalDAV that a push needs: list a calendar, put an event."""

from __future__ import annotations

import base64
import http.client
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from xml.etree import ElementTree

from scheduler.calendars.errors import CalendarError

TIMEOUT = 30.0
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_QUERY = (
    b'<?xml version="1.0" encoding="utf-8"?>'
    b'<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
    b"<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    b'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/>'
    b"</C:comp-filter></C:filter></C:calendar-query>"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One event on a server: its address, its ETag (empty: the server gave none), its bytes."""

    path: str
    etag: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks; an empty user asks as nobody."""

    user: str = ""
    password: str = field(default="", repr=False)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
    if parts.scheme == "http" and login.user and not _is_here(parts.hostname or ""):
        raise CalendarError(
            "C422", f"http://{parts.hostname} would send the password in the clear; use https://"
        )
    return parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~"))


class Server:
    """One calendar on a CalDAV server, over one connection."""

    def __init__(self, url: str, login: Login) -> None:
        """Check the address; nothing is sent yet.

        Raises: CalendarError C420 to C422 for an address that cannot be used.
        """
        self._parts = _checked(url if url.endswith("/") else url + "/", login)
        self._login = login
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
        if self._connection is not None:
            self._connection.close()

    @property
    def address(self) -> str:
        """The calendar's address, without anything secret."""
        return f"{self._parts.scheme}://{self._parts.netloc}{self._parts.path}"

    def events(self) -> list[Resource]:
        """Which events does the calendar hold?

        Raises: CalendarError C423 (no answer), C424 (not let in), C425 (no calendar there).
        """
        headers = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}
        status, answer, _ = self._request("REPORT", self._parts.path, headers, _QUERY)
        if status != 207:
            raise CalendarError(
                "C425", f"{self.address}: no CalDAV calendar answers there (HTTP {status})"
            )
        return list(self._resources(answer))

    def _resources(self, answer: bytes) -> list[Resource]:
        if b"<!DOCTYPE" in answer:
            raise CalendarError("C425", f"{self.address}: the answer is no CalDAV answer")
        try:
            root = ElementTree.fromstring(answer)
        except ElementTree.ParseError as error:
            raise CalendarError(
                "C425", f"{self.address}: the answer is no CalDAV answer"
            ) from error
        found = []
        for response in root.iter(f"{_DAV}response"):
            href = response.findtext(f"{_DAV}href", "")
            data = response.findtext(f".//{_CAL}calendar-data", "")
            etag = response.findtext(f".//{_DAV}getetag", "")
            if href and data:
                found.append(Resource(self._path(href.strip()), etag.strip(), data.encode()))
        return found

    def _path(self, href: str) -> str:
        parts = urlsplit(urljoin(self.address, href))
        if parts.netloc != self._parts.netloc:
            raise CalendarError("C425", f"{self.address}: the server names events on another host")
        return parts.path

    def new_path(self, name: str) -> str:
        """Where does an event of this name go?"""
        return self._parts.path + name

    def put(self, path: str, data: bytes, etag: str = "") -> bool:
        """Was the event stored? False where the server holds another one than we knew of.

        With ``etag`` it replaces that version and no other, without one it replaces nothing.
        Raises: CalendarError C423 to C426.
        """
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        headers |= {"If-Match": etag} if etag else {"If-None-Match": "*"}
        status, answer, _ = self._request("PUT", path, headers, data)
        if status in (200, 201, 204):
            return True
        if status in (409, 412):
            return False
        said = answer[:200].decode(errors="replace").strip()
        raise CalendarError(
            "C426", f"{self.address}{unquote(path).rpartition('/')[2]}: refused with HTTP "
            f"{status}: {said}"
        )  # fmt: skip

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes, str]:
        headers = {**headers, "User-Agent": "washout"}
        if self._login.user:
            secret = f"{self._login.user}:{self._login.password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(secret).decode()
        status, answer, location = self._ask(method, path, headers, body)
        if status in (401, 403):
            raise CalendarError("C424", f"{self.address}: not let in (HTTP {status})")
        if 300 <= status < 400:
            raise CalendarError(
                "C425", f"{self.address}: has moved to {location}; use that address"
            )
        return status, answer, location

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes, str]:
        """Send once more where a kept connection was closed; the conditions make that harmless."""
        for fresh in (self._connection is None, True):
            if self._connection is None or fresh:
                self._connection = self._connect()
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read(), answer.getheader("Location", "")
            except (http.client.HTTPException, ConnectionError) as error:
                self._connection.close()
                failure: Exception = error
            except OSError as error:
                raise self._silent(error) from error
        raise self._silent(failure) from failure

    def _silent(self, error: Exception) -> CalendarError:
        self._connection = None
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return CalendarError("C423", f"{self.address}: no answer: {reason}")

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
