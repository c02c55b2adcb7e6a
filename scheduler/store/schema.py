"""The tables of a store, made step by step, and what keeps the trail from being changed.

A store notes its step; an older one is brought up when it is opened, a newer one is refused.
"""

import secrets

from scheduler.store.database import Database, Transaction
from scheduler.store.faults import StoreMissing

_TRAIL = (
    "CREATE TABLE change (number BIGINT PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL, "
    "role TEXT NOT NULL, what TEXT NOT NULL, study TEXT NOT NULL, tbl TEXT NOT NULL, "
    "row_id BIGINT NOT NULL, version BIGINT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, "
    "reason TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL)",
    "CREATE TABLE current_row (study TEXT NOT NULL, tbl TEXT NOT NULL, row_id BIGINT NOT NULL, "
    "version BIGINT NOT NULL, void BIGINT NOT NULL, participant TEXT NOT NULL, "
    "cells TEXT NOT NULL, PRIMARY KEY (study, tbl, row_id))",
    "CREATE INDEX current_person ON current_row (study, participant)",
    "CREATE INDEX change_row ON change (study, tbl, row_id)",
)
_ACCESS = (
    "CREATE TABLE account (name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, "
    "active BIGINT NOT NULL, failures BIGINT NOT NULL, wait_until BIGINT NOT NULL)",
    "CREATE TABLE session (digest TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, "
    "made BIGINT NOT NULL, seen BIGINT NOT NULL)",
    "CREATE TABLE token (digest TEXT PRIMARY KEY, name TEXT NOT NULL, made BIGINT NOT NULL)",
    "CREATE TABLE feed (digest TEXT PRIMARY KEY, study TEXT NOT NULL, kind TEXT NOT NULL, "
    "code TEXT NOT NULL, detailed BIGINT NOT NULL, who TEXT NOT NULL, made TEXT NOT NULL, "
    "mark TEXT NOT NULL)",
)
_SQLITE_GUARD = (
    "CREATE TRIGGER change_stays BEFORE UPDATE ON change "
    "BEGIN SELECT RAISE(ABORT, 'the trail is never changed'); END",
    "CREATE TRIGGER change_kept BEFORE DELETE ON change "
    "BEGIN SELECT RAISE(ABORT, 'nothing is deleted from the trail'); END",
)
_POSTGRES_GUARD = (
    "CREATE FUNCTION trail_stays() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RAISE EXCEPTION ''the trail is never changed''; END'",
    "CREATE TRIGGER change_stays BEFORE UPDATE OR DELETE ON change "
    "FOR EACH ROW EXECUTE FUNCTION trail_stays()",
    "CREATE TRIGGER change_kept BEFORE TRUNCATE ON change "
    "FOR EACH STATEMENT EXECUTE FUNCTION trail_stays()",
)
STEPS = (_TRAIL, _ACCESS)


def create(database: Database, steps: int = len(STEPS)) -> None:
    """Makes the tables of an empty database; `steps` fewer than all are for tests of upgrades."""
    with database.writing() as session:
        session.run("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        _put(session, "store", secrets.token_hex(16))
        _put(session, "step", "0")
        _climb(session, 0, steps, database.postgres)


def upgrade(database: Database) -> None:
    """Brings a store of an earlier program up to this one.

    Raises: StoreMissing where the store is of a later program, or is none of ours.
    """
    step = step_of(database)
    if step is None:
        raise StoreMissing(f"{database.name}: this database holds no store of washout")
    if step > len(STEPS):
        raise StoreMissing(
            f"{database.name}: a newer washout made this store; update the program to open it"
        )
    if step < len(STEPS):
        with database.writing() as session:
            _climb(session, step, len(STEPS), database.postgres)


def step_of(database: Database) -> int | None:
    """The step that a store stands on; None where there is none."""
    there = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'"
    if database.postgres:
        there = "SELECT to_regclass('meta')::text"
    with database.reading() as session:
        found = session.one(there)
        if found is None or found[0] is None:
            return None
        step = session.one("SELECT value FROM meta WHERE name = 'step'")
    return int(step[0]) if step else None


def _climb(session: Transaction, low: int, high: int, postgres: bool) -> None:
    for number in range(low, high):
        for statement in STEPS[number]:
            session.run(statement if postgres else statement.replace("BIGINT", "INTEGER"))
        if number == 0:
            for statement in _POSTGRES_GUARD if postgres else _SQLITE_GUARD:
                session.run(statement)
    session.run("UPDATE meta SET value = ? WHERE name = 'step'", (str(high),))


def _put(session: Transaction, name: str, value: str) -> None:
    session.run("INSERT INTO meta (name, value) VALUES (?, ?)", (name, value))
