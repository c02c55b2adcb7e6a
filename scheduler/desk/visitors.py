"""Who is at the desk: a launch address on one's own machine, a log-in where it is shared, a token.

What each role may do stands here, in one table.
"""

import hmac
import secrets
import threading
import time

from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk.passwords import matches
from scheduler.desk.texts import gettext
from scheduler.store.access import Access, digest_of
from scheduler.store.entries import Actor

MAY = {
    "see": ("viewer", "coordinator", "physician", "administrator"),
    "record": ("coordinator", "physician", "administrator"),
    "decide": ("physician", "administrator"),
    "manage": ("administrator",),
}
LOCAL_IDLE, SHARED_IDLE = 12 * 3600, 30 * 60


def may(actor: Actor | None, what: str) -> bool:
    """Whether somebody may see, record, decide or manage."""
    return actor is not None and actor.role in MAY[what]


class Visitors:
    """Knows who sends a request; `shared` asks for a log-in, else one launch address opens."""

    def __init__(
        self, access: Access, user: str, shared: bool, secure: bool, port: int,
        token: str = "", idle: int = 0,
    ) -> None:  # fmt: skip
        """`user` is who works at a local desk; `token` opens its interface for programs."""
        self.access, self.shared, self.secure, self.user = access, shared, secure, user
        self.cookie = f"washout_{port}"
        self.idle = idle or (SHARED_IDLE if shared else LOCAL_IDLE)
        self._launch = "" if shared else secrets.token_urlsafe(32)
        self._token = digest_of(token) if token else ""
        self._local: dict[str, float] = {}
        self._guard = threading.Lock()

    @property
    def launch(self) -> str:
        """The one-time secret of the launch address; empty once it was used."""
        return self._launch

    def renewed(self) -> str:
        """A new launch secret, for somebody at the machine who lost the page."""
        self._launch = secrets.token_urlsafe(32)
        return self._launch

    def opened(self, token: str) -> str | None:
        """The secret of a new session where the launch token is right; it works once."""
        with self._guard:
            if not self._launch or not hmac.compare_digest(token.encode(), self._launch.encode()):
                return None
            self._launch = ""
            secret = secrets.token_urlsafe(32)
            self._local[digest_of(secret)] = time.monotonic()
        return secret

    def of(self, request: Request) -> Actor | None:
        """Who sends a request, or None."""
        bearer = request.headers.get("authorization", "")
        if bearer.startswith("Bearer "):
            return self._program(bearer.removeprefix("Bearer ").strip())
        secret = request.cookies.get(self.cookie, "")
        if not secret:
            return None
        if self.shared:
            return self.access.session(secret, self.idle)
        return self._here(digest_of(secret))

    def _program(self, secret: str) -> Actor | None:
        if self._token and hmac.compare_digest(self._token, digest_of(secret)):
            return Actor(self.user)
        return self.access.token(secret)

    def _here(self, digest: str) -> Actor | None:
        now = time.monotonic()
        with self._guard:
            seen = self._local.get(digest)
            if seen is None or now - seen > self.idle:
                self._local.pop(digest, None)
                return None
            self._local[digest] = now
        return Actor(self.user)

    def log_in(self, name: str, password: str) -> tuple[str, str]:
        """A session's secret, or why there is none; both tries are in the trail."""
        account, now = self.access.account(name), int(time.time())
        if account is not None and account.wait_until > now:
            said = gettext("Too many wrong tries. Try again in %d seconds.")
            return "", said % (account.wait_until - now)
        right = matches(account.password if account else "", password)
        if account is None or not right or not account.active:
            wait = self.access.failed(name, now)
            known = name if account else "unknown name"
            self.access.store.note("log_in_refused", Actor(known, "none"))
            said = gettext("The name or the password is wrong.")
            more = gettext("The next try is possible in %d seconds.") % wait if wait else ""
            return "", f"{said} {more}".strip()
        self.access.passed(name)
        self.access.store.note("log_in", Actor(name, account.role))
        return self.access.open_session(name, account.role), ""

    def log_out(self, request: Request, actor: Actor) -> None:
        """Ends a session."""
        secret = request.cookies.get(self.cookie, "")
        if self.shared:
            self.access.close_session(secret)
        with self._guard:
            self._local.pop(digest_of(secret), None)
        self.access.store.note("log_out", actor)

    def keep(self, response: Response, secret: str) -> Response:
        """A response that hands the browser its session."""
        response.set_cookie(
            self.cookie, secret, httponly=True, samesite="strict", secure=self.secure, path="/"
        )
        return response
