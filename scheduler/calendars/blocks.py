"""One event as bytes, and bytes as what the next export must remember."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from icalendar import Alarm, Component, Event
from icalendar.prop import vCategory, vInt, vText

from scheduler.calendars.entries import CANCELLED_PREFIX, CalendarEntry
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.reading import read_entry
from scheduler.calendars.texts import PLAN_LINE
from scheduler.calendars.timezones import load_zone

FINGERPRINT = "X-WASHOUT-FINGERPRINT"
PARTICIPANT = "X-WASHOUT-PARTICIPANT"
COLORS = {
    "Milestone": "darkblue",
    "Visit": "steelblue",
    "Window": "lightgreen",
    "Reminder": "orange",
    "Duty": "firebrick",
    "Question": "mediumpurple",
}
_OCTETS = 75


def escaped(text: str) -> str:
    """How is a TEXT value written, so that every character comes back?

    The builder's own writer turns a backslash before an N into a newline.
    Source: RFC 5545, section 3.3.11.
    """
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\n", "\\n")


class TextProperty(vText):
    """A text property that is written as `escaped` does."""

    def to_ical(self) -> bytes:
        """The value as octets."""
        return escaped(str(self)).encode()


def fold(line: str) -> bytes:
    """How is one content line written in lines of at most 75 octets?

    A break never falls inside a character or between a backslash and what it escapes.
    Source: RFC 5545, section 3.1.
    """
    raw = line.encode()
    if len(raw) <= _OCTETS:
        return raw
    pieces: list[bytes] = []
    start, room = 0, _OCTETS
    while len(raw) - start > room:
        end = _break_at(raw, start, start + room)
        pieces.append(raw[start:end])
        start, room = end, _OCTETS - 1
    pieces.append(raw[start:])
    return b"\r\n ".join(pieces)


def _break_at(raw: bytes, start: int, end: int) -> int:
    while raw[end] & 0xC0 == 0x80:  # a continuation byte of UTF-8
        end -= 1
    slashes = 0
    while end - slashes > start and raw[end - slashes - 1] == 0x5C:
        slashes += 1
    return end - (slashes % 2)


def component_bytes(component: Component) -> bytes:
    """How is a component written: CRLF, folded, properties in the order they were added?"""
    lines = component.content_lines(sorted=False)
    return b"".join(fold(str(line)) + b"\r\n" for line in lines if line)


def _stamp(as_of: date) -> datetime:
    return datetime.combine(as_of, time(0), UTC)


def event_of(entry: CalendarEntry, sequence: int, as_of: date) -> Event:
    """Which VEVENT shows an entry, without its alarm?"""
    event = Event()
    stamp = _stamp(as_of)
    event["UID"] = vText(entry.uid)
    event["SEQUENCE"] = vInt(sequence)
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    if isinstance(entry.start, datetime):
        event.add("DTSTART", entry.start.replace(tzinfo=load_zone(entry.tzid)))
        if entry.minutes:
            event.add("DURATION", timedelta(minutes=entry.minutes))
    else:
        event.add("DTSTART", entry.start)
        event.add("DTEND", entry.last + timedelta(days=1))
    event["SUMMARY"] = TextProperty(entry.summary)
    event["DESCRIPTION"] = TextProperty(entry.body + PLAN_LINE.format(as_of.isoformat()))
    event["STATUS"] = vText(entry.status)
    event["TRANSP"] = vText("TRANSPARENT" if entry.transparent else "OPAQUE")
    event["CLASS"] = vText("PRIVATE")
    event["CATEGORIES"] = vCategory([entry.category])
    event["COLOR"] = vText(COLORS.get(entry.category, "gray"))
    event[PARTICIPANT] = TextProperty(entry.participant)
    event[FINGERPRINT] = vText(entry.fingerprint)
    return event


def alarm_of(trigger: str) -> Alarm:
    """Which VALARM shows a message this long before the start?"""
    alarm = Alarm()
    alarm["ACTION"] = vText("DISPLAY")
    alarm["TRIGGER"] = vText(trigger)
    alarm["DESCRIPTION"] = vText("Reminder of the study plan")
    return alarm


@lru_cache(maxsize=16)
def _alarm_bytes(trigger: str) -> bytes:
    return component_bytes(alarm_of(trigger))


@lru_cache(maxsize=16384)
def _text_lines(summary: str, body: str, as_of: date) -> bytes:
    description = TextProperty(body + PLAN_LINE.format(as_of.isoformat()))
    return b"\r\n".join(
        (fold(f"SUMMARY:{escaped(summary)}"), fold(f"DESCRIPTION:{escaped(description)}"))
    )


def event_bytes(entry: CalendarEntry, sequence: int, as_of: date) -> bytes:
    """How is an entry written, alarm included?

    The same bytes as the builder's for `event_of`, and a test holds them equal; the builder
    itself takes six times as long. The texts, which stand in a participant's and a site's
    calendar alike, are folded once.
    """
    stamp = as_of.strftime("%Y%m%dT000000Z")
    zone = f";TZID={entry.tzid}:" if entry.tzid else ";VALUE=DATE:"
    name = "DURATION:" if entry.tzid else "DTEND;VALUE=DATE:"
    end = f"\r\n{name}{entry.end_text}" if entry.end_text else ""
    start = fold(f"DTSTART{zone}{entry.start_text}").decode()
    top = (
        f"BEGIN:VEVENT\r\nUID:{entry.uid}\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{stamp}\r\n"
        f"LAST-MODIFIED:{stamp}\r\n{start}{end}\r\n"
    ).encode()
    color = COLORS.get(entry.category, "gray")
    transp = "TRANSPARENT" if entry.transparent else "OPAQUE"
    rest = (
        f"\r\nSTATUS:{entry.status}\r\nTRANSP:{transp}\r\nCLASS:PRIVATE\r\n"
        f"CATEGORIES:{escaped(entry.category)}\r\nCOLOR:{color}\r\n"
    ).encode()
    who = fold(f"{PARTICIPANT}:{escaped(entry.participant)}")
    mark = f"\r\n{FINGERPRINT}:{entry.fingerprint}\r\n".encode()
    alarm = _alarm_bytes(entry.alarm) if entry.alarm else b""
    return b"".join(
        (top, _text_lines(entry.summary, entry.body, as_of), rest, who, mark, alarm, _END)
    )


_END = b"END:VEVENT\r\n"
_FIELDS = {
    "uid": re.compile(rb"\r\nUID:([0-9a-f-]{36})\r\n"),
    "sequence": re.compile(rb"\r\nSEQUENCE:(\d{1,9})\r\n"),
    "stamp": re.compile(rb"\r\nDTSTAMP:(\d{8})T000000Z\r\n"),
    "fingerprint": re.compile(rb"\r\nX-WASHOUT-FINGERPRINT:([0-9a-f]{32})\r\n"),
    "start": re.compile(rb"\r\nDTSTART;(?:VALUE=DATE|TZID=[^:\r\n]+):(\d{8}(?:T\d{6})?)\r\n"),
}
_TZID = re.compile(rb"\r\nDTSTART;TZID=([^:\r\n]+):")
_DTEND = re.compile(rb"\r\nDTEND;VALUE=DATE:(\d{8})\r\n")
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # a terminal would obey them
_YEARS = 1700, 2400  # no plan of ours has an event outside of them
_TRIGGER = re.compile(rb"\r\nTRIGGER:(\S+)\r\n")


@dataclass(frozen=True, slots=True)
class EventBlock:
    """One event of a calendar file: its bytes, and what decides about its future."""

    raw: bytes
    uid: str
    sequence: int
    fingerprint: str
    alarm: str
    cancelled: bool
    stamp: str  # days as YYYYMMDD, which sort and compare as they are
    start: str
    end: str  # the day after the last one; empty for a timed event
    tzid: str

    @property
    def last_day(self) -> date:
        """The last day of the event."""
        if self.end:
            return _day(self.end) - timedelta(days=1)
        return _day(self.start[:8])


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))


def read_block(raw: bytes) -> EventBlock | None:
    """What must be remembered of an event's bytes? None where they are not ours."""
    found: dict[str, str] = {}
    for name, pattern in _FIELDS.items():
        match = pattern.search(raw)
        if match is None:
            return None
        found[name] = match[1].decode()
    if not _is_ours(raw, found):
        return None
    tzid, end, trigger = _TZID.search(raw), _DTEND.search(raw), _TRIGGER.search(raw)
    return EventBlock(
        raw=raw,
        uid=found["uid"],
        sequence=int(found["sequence"]),
        fingerprint=found["fingerprint"],
        alarm=trigger[1].decode() if trigger else "",
        cancelled=b"\r\nSTATUS:CANCELLED\r\n" in raw,
        stamp=found["stamp"],
        start=found["start"],
        end=end[1].decode() if end else "",
        tzid=tzid[1].decode() if tzid else "",
    )


def _is_ours(raw: bytes, found: dict[str, str]) -> bool:
    """Whether an event's days exist and its zone and texts can be read."""
    tzid, end = _TZID.search(raw), _DTEND.search(raw)
    try:
        text = raw.decode()
        days = [
            _day(found["stamp"]),
            _day(found["start"]),
            *([_day(end[1].decode())] if end else []),
        ]
        if tzid:
            load_zone(tzid[1].decode())
    except (ValueError, CalendarError):
        return False
    if _UNREADABLE.search(text):
        return False
    return all(_YEARS[0] <= day.year <= _YEARS[1] for day in days) and bool(tzid) == (end is None)


def written(entry: CalendarEntry, sequence: int, as_of: date) -> EventBlock:
    """An entry as the block that goes into a file."""
    return EventBlock(
        raw=event_bytes(entry, sequence, as_of),
        uid=entry.uid,
        sequence=sequence,
        fingerprint=entry.fingerprint,
        alarm=entry.alarm,
        cancelled=entry.status == "CANCELLED",
        stamp=as_of.strftime("%Y%m%d"),
        start=entry.start_text,
        end="" if entry.tzid else entry.end_text,
        tzid=entry.tzid,
    )


def shown_by(block: EventBlock) -> CalendarEntry:
    """Which entry does a block show?

    Raises: CalendarError C410 where it lacks what ours have.
    """
    try:
        return read_entry(block.raw)
    except (KeyError, ValueError, OverflowError) as error:
        text = f"the event {block.uid} of the export before is none that washout wrote"
        raise CalendarError("C410", text) from error


def tombstone_of(block: EventBlock) -> CalendarEntry:
    """Which entry tells that an event was cancelled?"""
    entry = shown_by(block)
    return replace(
        entry,
        summary=CANCELLED_PREFIX + entry.summary,
        status="CANCELLED",
        transparent=True,
        alarm="",
    )
