"""Calendar feeds: one secret address a calendar, with the same events as the exported files.

Programs fetch feeds when they please, often hours later: a word in the calendar's description and
on the page says so. What did not change is answered with 304. The SEQUENCE of an event is the
number of the last entry of the trail that can have changed it, so that a changed event always has
a higher one; what a new day changes has a later DTSTAMP (RFC 5546, 2.1.5).
"""

import hashlib
from datetime import date, timedelta

from icalendar import Calendar
from starlette.responses import PlainTextResponse, Response

from scheduler.calendars.export import CalendarOptions, calendar, site_calendar
from scheduler.desk.as_read import site_of
from scheduler.desk.office import Office
from scheduler.desk.people import StudyDesk
from scheduler.store.access import Feed

_EVERY = timedelta(hours=1)
_MOST = 256
_made: dict[tuple[str, str, bool, int, date, str], bytes] = {}


def feed_answer(office: Office, secret: str, seen: str) -> Response:
    """The calendar behind an address, or 304 where the program has it already."""
    feed = office.access.feed(secret)
    if feed is None or feed.study not in office.desks:
        return PlainTextResponse("There is no such calendar, or its address was revoked.\n", 404)
    desk = office.desks[feed.study]
    desk.refresh()
    content = feed_bytes(office, desk, feed)
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": mark, "cache-control": "private, max-age=300"}
    if mark in [one.strip().removeprefix("W/") for one in seen.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, "text/calendar; charset=utf-8")


def feed_bytes(office: Office, desk: StudyDesk, feed: Feed) -> bytes:
    """The calendar as it is now, made once per state of the study."""
    key = (desk.key, f"{feed.kind}:{feed.code}", feed.detailed, desk.number, desk.as_of,
           office.store.database.name)  # fmt: skip
    if key not in _made:
        while len(_made) >= _MOST:
            _made.pop(next(iter(_made)))
        _made[key] = _with_rhythm(_calendar(desk, feed)).to_ical()
    return _made[key]


def _calendar(desk: StudyDesk, feed: Feed) -> Calendar:
    options = CalendarOptions(detailed=feed.detailed)
    sequences = desk.store.last_changes(desk.key)
    if feed.kind == "participant":
        if feed.code not in desk.codes or (one := desk.person(feed.code)).plan is None:
            return _empty()
        return calendar(one.plan, feed.code, options, sequences)
    codes = [code for code in desk.codes
             if site_of(desk, code) == feed.code and not desk.known[code].faults]  # fmt: skip
    if not codes:
        return _empty()
    return site_calendar(desk.whole(desk.as_of, codes), feed.code, options, sequences)


def _empty() -> Calendar:
    found = Calendar()
    found.add("prodid", "-//washout//desk//EN")
    found.add("version", "2.0")
    return found


def _with_rhythm(found: Calendar) -> Calendar:
    """How often a program may fetch again, in the new words and the old ones."""
    found.add("refresh-interval", _EVERY, parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", "PT1H")
    return found
