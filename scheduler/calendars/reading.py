"""Reading one event back, exactly: what the builder's own reader does not do for backslashes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import vDuration

from scheduler.calendars.entries import CalendarEntry
from scheduler.calendars.texts import without_plan_line

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^:;="]+=(?:"[^"]*"|[^":;]*))*):(.*)\Z', re.DOTALL)
_PARAMETER = re.compile(r';([^:;="]+)=("[^"]*"|[^":;]*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: its parameters and its value as written."""

    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT. Source: RFC 5545, section 3.3.11."""
        return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], self.value)


def event_properties(raw: bytes) -> dict[str, Property]:
    """Which properties does the first VEVENT of these bytes have, those of its alarms left out?

    Raises: ValueError (also UnicodeDecodeError) where the bytes are no calendar text.
    """
    lines = _FOLD.sub(b"", raw).decode().replace("\r\n", "\n").split("\n")
    inside: list[str] = []
    found: dict[str, Property] = {}
    for line in filter(None, lines):
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"found the line {line[:40]!r}, expected NAME:VALUE")
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            if inside and inside.pop() == "VEVENT":
                break
        elif inside and inside[-1] == "VEVENT":
            pairs = _PARAMETER.findall(match[2])
            parameters = {key.upper(): text.strip('"') for key, text in pairs}
            found.setdefault(name, Property(parameters, value))
    return found


def _moment(digits: str) -> datetime:
    return datetime.strptime(digits, "%Y%m%dT%H%M%S")


def _day(digits: str) -> date:
    return datetime.strptime(digits, "%Y%m%d").date()


def read_entry(raw: bytes) -> CalendarEntry:
    """Which entry do an event's bytes show, whoever wrote them down last?

    Raises: KeyError, ValueError where the event lacks what ours have.
    """
    found = event_properties(raw)
    start = found["DTSTART"]
    tzid = start.parameters.get("TZID", "")
    begins: date | datetime
    minutes = 0
    if tzid:
        begins, last = _moment(start.value), _day(start.value[:8])
        if "DURATION" in found:
            minutes = vDuration.from_ical(found["DURATION"].value) // timedelta(minutes=1)
    else:
        begins = last = _day(start.value)
        if "DTEND" in found:
            last = _day(found["DTEND"].value) - timedelta(days=1)
    empty = Property({}, "")
    return CalendarEntry(
        uid=found["UID"].text,
        participant=found.get("X-WASHOUT-PARTICIPANT", empty).text,
        kind="",
        summary=found["SUMMARY"].text,
        body=without_plan_line(found["DESCRIPTION"].text),
        start=begins,
        last=last,
        tzid=tzid,
        status=found["STATUS"].text,
        transparent=found.get("TRANSP", empty).text == "TRANSPARENT",
        category=found.get("CATEGORIES", empty).text,
        minutes=minutes,
    )
