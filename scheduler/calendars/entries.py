"""An entry of a calendar: its identity, its content, and the fingerprint of that content."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

from icalendar import vDuration

from scheduler.calendars.errors import CalendarError

NAMESPACE = UUID("6b6f1b5e-3c1d-5a0e-9f62-0d5c1c0a77d4")
CANCELLED_PREFIX = "CANCELLED: "
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def plain_text(text: str, where: str) -> str:
    """What does a calendar show for a text from outside?

    Every kind of line break becomes a newline; all else comes back as it went in.
    Raises: CalendarError C404 for control characters and lone surrogates.
    """
    text = _LINE_BREAKS.sub("\n", text)
    if found := _FORBIDDEN.search(text):
        raise CalendarError(
            "C404",
            f"{where}: found the character U+{ord(found[0]):04X}, expected readable text\n"
            "     take the character out of the protocol or study file",
        )
    return text


def entry_uid(*identity: str) -> str:
    """Which UID belongs to this protocol, site, participant, kind, node, rule, event, occurrence?

    Dates, titles, order and versions are no part of it; the code cannot be read from it.
    """
    return str(uuid5(NAMESPACE, json.dumps(identity)))


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One event as data, before it has a SEQUENCE.

    ``start`` is a day, or a wall-clock time at ``tzid``; ``last`` is the last day, included.
    ``minutes`` is how long a timed one takes; 0 where nobody said.
    ``body`` is the description without the line that names the plan's date.
    """

    uid: str
    participant: str
    kind: str
    summary: str
    body: str
    start: date | datetime
    last: date
    tzid: str = ""
    status: str = "CONFIRMED"
    transparent: bool = True
    category: str = ""
    alarm: str = ""
    minutes: int = 0

    @property
    def start_text(self) -> str:
        """The value of DTSTART."""
        form = "%Y%m%dT%H%M%S" if self.tzid else "%Y%m%d"
        return self.start.strftime(form)

    @property
    def end_text(self) -> str:
        """The value of DTEND, the day after the last one; of a timed event that of DURATION.

        A duration is exact across a clock change. It is empty where nobody said how long.
        """
        if self.tzid:
            length = timedelta(minutes=self.minutes)
            return vDuration(length).to_ical().decode() if length else ""
        return (self.last + timedelta(days=1)).strftime("%Y%m%d")

    @property
    def fingerprint(self) -> str:
        """A digest of what people see, alarm and plan date left out.

        It is written into the event, so that a later export or a server's copy can be compared
        without its old text: a copy whose content no longer matches was edited by someone.
        """
        parts = (
            self.tzid,
            self.start_text,
            self.end_text,
            self.summary,
            self.body,
            self.status,
            "T" if self.transparent else "O",
            self.category,
        )
        return sha256("\x1f".join(parts).encode()).hexdigest()[:32]

    def days(self) -> str:
        """The days in words, for lists of changes."""
        if self.tzid:
            return self.start.strftime("%Y-%m-%d %H:%M")
        if self.start == self.last:
            return self.start.isoformat()
        return f"{self.start.isoformat()} to {self.last.isoformat()}"
