"""Answers of CalDAV servers, spoilt anywhere: an error with a code, or a result that can be told."""

from __future__ import annotations

from pathlib import Path
from random import Random

from scheduler.calendars.bounded import Limits
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.calendars.publishing import publish
from tests.calendars.fake import FakePlan, row
from tests.calendars.fake_server import CREATED, answered, listing, serving
from tests.fuzz.mutations import ODD_BYTES, spoil

_LIMITS = Limits(silence=0.3, seconds=1, size=1 << 20)
_HREFS = ("/cal/x.ics", "x.ics", "../x", "http://[x", "/cal/a b.ics", "//h/x", "/cal/é")
_ETAGS = ('"1"', "", "*", 'W/"1"', '"\r\n"', "\u2013")


def one_round(random: Random, folder: Path) -> None:
    """Publish a calendar to a server that says something odd, and then something odd again."""
    write_calendars(FakePlan(rows=(row(node="month_1", days="2026-04-07"),)), folder)
    old = (folder / "calendars" / "P-001.ics").read_text(encoding="utf-8")
    write_calendars(FakePlan(rows=(row(node="month_1", days="2026-04-09"),)), folder)
    data = spoil(old.encode(), random).decode(errors="replace") if random.random() < 0.5 else old
    data = "".join(c for c in data if c in "\r\n\t" or " " <= c < "\ud800")
    item = (random.choice(_HREFS), random.choice(_ETAGS), data)
    body = listing(item, (random.choice(_HREFS), '"2"', "BEGIN:VEVENT\r\nUID:x\r\n"))
    body = spoil(body, random) if random.random() < 0.5 else body
    first = spoil(answered(body), random) if random.random() < 0.4 else answered(body)
    second = spoil(CREATED + random.choice(ODD_BYTES), random) if random.random() < 0.5 else CREATED
    with serving(first, second) as server:
        try:
            told = "".join(publish(folder, server.url, limits=_LIMITS).lines())
        except CalendarError as error:
            assert error.code in ("C423", "C424", "C425", "C426"), error
            told = str(error).replace("\n", "")
        for request in server.asked:
            head = request.partition(b"\r\n\r\n")[0]
            assert head.startswith((b"REPORT /cal/ ", b"PUT /cal/")), head
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in told), repr(told)
