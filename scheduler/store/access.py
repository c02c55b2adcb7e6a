"""Who may come to the desk, and what was handed out: people, log-in sessions, tokens, feeds.

Secrets are never stored: of a session, token or feed only the SHA-256 sum of its secret, of a
password what the desk's password hasher made of it. Each change of who may do what is an entry.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass

from scheduler.store.entries import Actor
from scheduler.store.faults import RowGone
from scheduler.store.stored import Store

ROLES = ("viewer", "coordinator", "physician", "administrator")
_FREE_TRIES = 5
_LONGEST_WAIT = 15 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may log in; times are seconds since 1970."""

    name: str
    role: str
    password: str
    active: bool
    failures: int
    wait_until: int


@dataclass(frozen=True, slots=True)
class Feed:
    """One calendar address that was handed out; `mark` is what lists show of its secret."""

    digest: str
    study: str
    kind: str
    code: str
    detailed: bool
    who: str
    made: str
    mark: str


def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class Access:
    """The people, sessions, tokens and feeds of a store."""

    def __init__(self, store: Store) -> None:
        """Of this store."""
        self.store, self._database = store, store.database

    def accounts(self) -> list[Account]:
        """Everybody, by name."""
        with self._database.reading() as session:
            found = session.rows(f"SELECT {_ACCOUNT} FROM account ORDER BY name")
        return [_account(row) for row in found]

    def account(self, name: str) -> Account | None:
        """One person, or None."""
        with self._database.reading() as session:
            found = session.one(f"SELECT {_ACCOUNT} FROM account WHERE name = ?", (name,))
        return _account(found) if found else None

    def put_account(self, name: str, role: str, password: str, actor: Actor) -> None:
        """Adds a person, or gives them a new role or password (an empty one keeps the old)."""
        known = self.account(name)
        with self._database.writing() as session:
            if known is None:
                session.run(
                    "INSERT INTO account (name, role, password, active, failures, wait_until) "
                    "VALUES (?, ?, ?, 1, 0, 0)",
                    (name, role, password),
                )
            else:
                session.run(
                    "UPDATE account SET role = ?, password = ?, active = 1 WHERE name = ?",
                    (role, password or known.password, name),
                )
            session.run("DELETE FROM session WHERE name = ?", (name,))
        said = f"{name}: {role}" + (", new password" if password and known else "")
        self.store.note("user_changed" if known else "user_added", actor, said)

    def close_account(self, name: str, actor: Actor) -> None:
        """Keeps a person out from now on; what they did stays in the trail."""
        with self._database.writing() as session:
            session.run("UPDATE account SET active = 0 WHERE name = ?", (name,))
            session.run("DELETE FROM session WHERE name = ?", (name,))
            session.run("DELETE FROM token WHERE name = ?", (name,))
        self.store.note("user_closed", actor, name)

    def failed(self, name: str, now: int) -> int:
        """Notes a wrong password; the number of seconds that the next try has to wait."""
        with self._database.writing() as session:
            found = session.one("SELECT failures FROM account WHERE name = ?", (name,))
            failures = int(found[0]) + 1 if found else 0
            over = failures - _FREE_TRIES
            wait = min(2 ** min(over, 20) * 5, _LONGEST_WAIT) if over >= 0 else 0
            session.run(
                "UPDATE account SET failures = ?, wait_until = ? WHERE name = ?",
                (failures, now + wait, name),
            )
        return wait

    def passed(self, name: str) -> None:
        """Forgets wrong passwords after a right one."""
        with self._database.writing() as session:
            session.run("UPDATE account SET failures = 0, wait_until = 0 WHERE name = ?", (name,))

    def open_session(self, name: str, role: str) -> str:
        """A new log-in session; its secret, for the cookie."""
        secret, now = secrets.token_urlsafe(32), int(time.time())
        with self._database.writing() as session:
            session.run(
                "INSERT INTO session (digest, name, role, made, seen) VALUES (?, ?, ?, ?, ?)",
                (digest_of(secret), name, role, now, now),
            )
        return secret

    def session(self, secret: str, idle: int) -> Actor | None:
        """Whose session a cookie is, where it was used within the last `idle` seconds."""
        now, mark = int(time.time()), digest_of(secret)
        with self._database.reading() as session:
            found = session.one("SELECT name, role, seen FROM session WHERE digest = ?", (mark,))
        if found is None or now - int(found[2]) > idle:
            return None
        if now - int(found[2]) > min(60, idle // 3):  # not a write for every page
            with self._database.writing() as session:
                session.run("UPDATE session SET seen = ? WHERE digest = ?", (now, mark))
        return Actor(str(found[0]), str(found[1]))

    def close_session(self, secret: str) -> None:
        """Ends a session."""
        with self._database.writing() as session:
            session.run("DELETE FROM session WHERE digest = ?", (digest_of(secret),))

    def make_token(self, name: str, actor: Actor) -> str:
        """A token for programs that act as this person; told once, never again."""
        secret = "washout_" + secrets.token_urlsafe(32)
        with self._database.writing() as session:
            session.run(
                "INSERT INTO token (digest, name, made) VALUES (?, ?, ?)",
                (digest_of(secret), name, int(time.time())),
            )
        self.store.note("token_made", actor, name)
        return secret

    def token(self, secret: str) -> Actor | None:
        """Who acts with a token."""
        with self._database.reading() as session:
            found = session.one(
                "SELECT account.name, account.role FROM token JOIN account "
                "ON account.name = token.name WHERE token.digest = ? AND account.active = 1",
                (digest_of(secret),),
            )
        return Actor(str(found[0]), str(found[1])) if found else None

    def make_feed(self, study: str, kind: str, code: str, detailed: bool, actor: Actor) -> str:
        """A new calendar address for a site or participant; its secret, told once."""
        secret = secrets.token_urlsafe(24)
        with self._database.writing() as session:
            session.run(
                "INSERT INTO feed (digest, study, kind, code, detailed, who, made, mark) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (digest_of(secret), study, kind, code, int(detailed), actor.name,
                 self.store.clock(), secret[:4]),
            )  # fmt: skip
        self.store.note("feed_made", actor, f"{kind} {code}", study)
        return secret

    def feeds(self, study: str) -> list[Feed]:
        """The addresses that still work."""
        with self._database.reading() as session:
            found = session.rows(
                f"SELECT {_FEED} FROM feed WHERE study = ? ORDER BY made", (study,)
            )
        return [_feed(row) for row in found]

    def feed(self, secret: str) -> Feed | None:
        """What an address shows, or None."""
        with self._database.reading() as session:
            found = session.one(f"SELECT {_FEED} FROM feed WHERE digest = ?", (digest_of(secret),))
        return _feed(found) if found else None

    def revoke_feed(self, digest: str, study: str, actor: Actor) -> None:
        """Ends an address.

        Raises: RowGone.
        """
        found = [feed for feed in self.feeds(study) if feed.digest == digest]
        if not found:
            raise RowGone("there is no such calendar address")
        with self._database.writing() as session:
            session.run("DELETE FROM feed WHERE digest = ?", (digest,))
        self.store.note("feed_revoked", actor, f"{found[0].kind} {found[0].code}", study)


_ACCOUNT = "name, role, password, active, failures, wait_until"
_FEED = "digest, study, kind, code, detailed, who, made, mark"


def _account(row: tuple[object, ...]) -> Account:
    name, role, password, active, failures, wait = row
    return Account(
        str(name), str(role), str(password), bool(active), int(str(failures)), int(str(wait))
    )


def _feed(row: tuple[object, ...]) -> Feed:
    digest, study, kind, code, detailed, who, made, mark = row
    return Feed(
        str(digest), str(study), str(kind), str(code), bool(detailed), str(who), str(made),
        str(mark),
    )  # fmt: skip
