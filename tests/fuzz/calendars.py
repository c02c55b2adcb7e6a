"""Calendars of an earlier export, spoilt and signed again as anybody can: a refusal, or a file."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.calendars.publishing import publish
from scheduler.errors import NotFound
from tests.calendars.fake import FakePlan, row
from tests.fuzz.mutations import spoil

_MARK = b"X-WASHOUT-DIGEST:"


def _plan(day: str) -> FakePlan:
    rows = (row(node="month_1", days=day), row(node="infusion", days="2026-03-10", time="10:00"))
    return FakePlan(rows=rows)


@cache
def _calendar() -> bytes:
    with TemporaryDirectory() as folder:
        write_calendars(_plan("2026-04-07"), Path(folder))
        return (Path(folder) / "calendars" / "P-001.ics").read_bytes()


def _signed(raw: bytes) -> bytes:
    lines = [line for line in raw.split(b"\r\n") if not line.startswith(_MARK)]
    rest = b"\r\n".join(lines)
    at = rest.find(b"BEGIN:V", 20)
    at = at if at > 0 else 0
    return rest[:at] + _MARK + sha256(rest).hexdigest()[:32].encode() + b"\r\n" + rest[at:]


def one_round(random: Random, folder: Path) -> None:
    """Go on with a spoilt calendar, and try to publish it to nobody."""
    raw = spoil(_calendar(), random)
    path = folder / "calendars" / "P-001.ics"
    path.parent.mkdir()
    path.write_bytes(_signed(raw) if random.random() < 0.8 else raw)
    before = path.read_bytes()
    with suppress(CalendarError, NotFound):
        publish(folder, "http://127.0.0.1:1/")
    try:
        told = write_calendars(_plan("2026-04-09"), folder)
    except CalendarError as error:
        assert error.code in ("C410", "C411", "C412", "C413"), error
        assert path.read_bytes() == before
    else:
        shown = "".join(told.lines())
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in shown), repr(shown)
