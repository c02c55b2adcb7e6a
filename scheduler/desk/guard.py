"""What no request may do: come by another name, from another site, or with too much.

Works before anything of the desk is asked. State is changed by POST and PUT alone, and only from
the desk's own pages or by a program with a token.
Source: docs/desk-running.md (security).
"""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
LOCAL = ("127.0.0.1", "localhost", "[::1]")
_SAFE = ("GET", "HEAD")


class Guard:
    """Middleware that refuses foreign hosts and foreign sites, and adds the headers of safety."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], secure: bool) -> None:
        """`hosts` are the names, without ports, by which the desk may be called."""
        self.app, self.secure = app, secure
        self.hosts = frozenset(name.lower() for name in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refusal(scope["method"], headers)
        answer: ASGIApp = refused if refused is not None else self.app

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                more = [pair for pair in self._added() if pair[0] not in known]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await answer(scope, receive, sent)

    def _added(self) -> Iterable[tuple[bytes, bytes]]:
        yield from HEADERS
        yield b"cache-control", b"no-store"
        if self.secure:
            yield b"strict-transport-security", b"max-age=31536000"

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self.hosts:
            return PlainTextResponse("This desk is not called by that name.\n", 400)
        if method in _SAFE or self._own(headers, hosts[0]):
            return None
        return PlainTextResponse("This request did not come from the desk's own pages.\n", 403)

    def _own(self, headers: Headers, host: str) -> bool:
        """Whether a request that changes something comes from the desk's pages or a program."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        own = f"{self._scheme}://{host.lower()}"
        # pages without a referrer send the origin "null"; the other header then speaks for them
        if origin is not None and origin.lower() != own and (site is None or origin != "null"):
            return False
        if site is not None or origin is not None:
            return True
        return headers.get("authorization", "").startswith("Bearer ")

    @property
    def _scheme(self) -> str:
        return "https" if self.secure else "http"


def host_name(host: str) -> str:
    """The name in a Host header, without the port."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        return name.lower()
    return host.lower()
