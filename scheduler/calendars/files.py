"""One calendar file: its head, its digest, reading the earlier one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from icalendar import Calendar
from icalendar.prop import vText

from scheduler.calendars.blocks import EventBlock, TextProperty, component_bytes, read_block
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.timezones import vtimezone

PRODID = "-//washout//study calendar//EN"
IDENTITY = "X-WASHOUT-CALENDAR"
OWNERS = ("participant", "site", "changes")
_DIGEST = re.compile(rb"^X-WASHOUT-DIGEST:([0-9a-f]{32})\r\n", re.MULTILINE)
_IDENTITY = re.compile(rb"^X-WASHOUT-CALENDAR:(.*)\r$", re.MULTILINE)
_ROWS = re.compile(rb"^X-WASHOUT-ROWS:([0-9a-f]{32}) (\d{1,8})\r$", re.MULTILINE)
_SPENT = re.compile(rb"^X-WASHOUT-SPENT:([0-9a-f-]{36}) (\d{1,9})\r$", re.MULTILINE)
_BEGIN, _END = b"\r\nBEGIN:VEVENT\r\n", b"\r\nEND:VEVENT\r\n"
_UNESCAPE = {b"\\n": b"\n", b"\\N": b"\n", b"\\,": b",", b"\\;": b";", b"\\\\": b"\\"}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendar a file is."""

    kind: str  # participant, site or changes
    protocol: str
    code: str

    @property
    def text(self) -> str:
        """The value that the file carries, so that no other file is taken for it."""
        return json.dumps([self.kind, self.protocol, self.code], ensure_ascii=False)

    @property
    def title(self) -> str:
        """The calendar's name in a list of calendars."""
        names = {
            "participant": f"{self.code} ({self.protocol})",
            "site": f"Site {self.code} ({self.protocol})",
            "changes": f"Changes ({self.protocol})",
        }
        return names[self.kind]


@dataclass(frozen=True, slots=True)
class Made:
    """From which rows a calendar was made, for a later export to see whether any differ.

    ``since`` is the day of the export where that day decided which entries were already over;
    only from that day on does the same digest mean the same calendar.
    """

    digest: str
    since: str = "0"

    def line(self) -> bytes:
        """The line of the file that holds this."""
        return f"X-WASHOUT-ROWS:{self.digest} {self.since}\r\n".encode()


@dataclass(frozen=True)
class Earlier:
    """What an earlier export left behind; its events are read only when they are needed."""

    raw: bytes
    top: bytes
    path: Path = Path()

    @cached_property
    def blocks(self) -> dict[str, EventBlock]:
        """Its events by UID.

        Raises: CalendarError C410 where an event is none that washout writes.
        """
        found = {}
        for raw in self._events():
            block = read_block(raw)
            if block is None:
                raise _refused("C410", self.path, "holds an event that washout did not write")
            found[block.uid] = block
        return found

    def _events(self) -> Iterator[bytes]:
        """The bytes of each event, found in one walk however many beginnings have no end."""
        begin = self.raw.find(_BEGIN)
        while begin >= 0 and (end := self.raw.find(_END, begin)) >= 0:
            yield self.raw[begin + 2 : end + len(_END)]
            begin = self.raw.find(_BEGIN, end)

    @cached_property
    def spent(self) -> dict[str, int]:
        """The last SEQUENCE of events that are forgotten otherwise."""
        return {match[1].decode(): int(match[2]) for match in _SPENT.finditer(self.top)}

    @cached_property
    def made(self) -> Made | None:
        """From which rows it was made."""
        match = _ROWS.search(self.top)
        return Made(match[1].decode(), match[2].decode()) if match else None

    def still_holds(self, made: Made, today: str) -> bool:
        """Would an export of these rows today give the same file?

        Not known where there are cancelled events, which are forgotten in time.
        """
        return (
            self.made is not None
            and self.made.digest == made.digest
            and self.made.since <= today
            and b"\r\nSTATUS:CANCELLED\r\n" not in self.raw
        )


def head(owner: Owner) -> Calendar:
    """Which VCALENDAR holds the events, before any are in it?"""
    calendar = Calendar()
    for name, value in (
        ("PRODID", PRODID),
        ("VERSION", "2.0"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("NAME", owner.title),
        ("X-WR-CALNAME", owner.title),
        ("COLOR", "teal"),
    ):
        calendar[name] = TextProperty(value)
    # The builder leaves VALUE=DURATION out, without which RFC 7986 readers refuse the line.
    calendar.add("REFRESH-INTERVAL", vText("P1D"), parameters={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vText("P1D")
    calendar[IDENTITY] = TextProperty(owner.text)
    return calendar


def zone_spans(blocks: Sequence[EventBlock]) -> dict[str, tuple[int, int]]:
    """Which time zones do events use, from which year to which?"""
    spans: dict[str, tuple[int, int]] = {}
    for block in blocks:
        if block.tzid:
            year = int(block.start[:4])
            low, high = spans.get(block.tzid, (year, year))
            spans[block.tzid] = (min(low, year), max(high, year))
    return dict(sorted(spans.items()))


def zones_bytes(blocks: Sequence[EventBlock]) -> bytes:
    """How are the time zones of events written?"""
    spans = zone_spans(blocks)
    return b"".join(
        component_bytes(vtimezone(tzid, low, high)) for tzid, (low, high) in spans.items()
    )


def file_bytes(
    owner: Owner, blocks: Sequence[EventBlock], spent: Mapping[str, int], made: Made | None = None
) -> bytes:
    """How is a whole calendar file written?

    Events stand in the order of their start, then of their UID. The digest covers everything
    else in the file, so that a damaged file is never taken for a memory.
    """
    top = component_bytes(head(owner)).removesuffix(b"END:VCALENDAR\r\n")
    top += made.line() if made else b""
    for uid, sequence in sorted(spent.items()):
        top += f"X-WASHOUT-SPENT:{uid} {sequence}\r\n".encode()
    ordered = sorted(blocks, key=lambda block: (block.start, block.uid))
    rest = zones_bytes(ordered) + b"".join(block.raw for block in ordered) + b"END:VCALENDAR\r\n"
    digest = sha256(top + rest).hexdigest()[:32]
    return top + f"X-WASHOUT-DIGEST:{digest}\r\n".encode() + rest


def owner_of(raw: bytes) -> Owner | None:
    """Whose calendar do these bytes say they are? None where they are not ours."""
    unfolded = raw.split(b"\r\nBEGIN:", 2)[0].replace(b"\r\n ", b"") + b"\r\n"
    found = _IDENTITY.search(unfolded)
    if found is None or f"PRODID:{PRODID}\r\n".encode() not in unfolded:
        return None
    text = re.sub(rb"\\.", lambda match: _UNESCAPE.get(match[0], match[0]), found[1])
    try:
        told = json.loads(text)
        _ = json.dumps(told, ensure_ascii=False).encode()  # half a character is no code of ours
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or [type(part) for part in told] != [str, str, str]:
        return None
    kind, protocol, code = told
    return Owner(kind, protocol, code) if kind in OWNERS else None


def read_earlier(path: Path, owner: Owner) -> Earlier | None:
    """What does the calendar that lies in this place remember? None where there is none.

    Raises: CalendarError C410 when the file is not one of ours, C411 when it is another's
    calendar, C412 when it is damaged or was edited. The file is left as it is.
    """
    raw = read_file(path)
    if raw is None:
        return None
    check_owner(raw, path, owner)
    return _remembered(raw, path)


def read_file(path: Path) -> bytes | None:
    """Which bytes lie in this place? None where there is nothing.

    Raises: CalendarError C413 for what is no readable file.
    """
    if path.is_symlink():
        raise CalendarError("C413", f"{path}: cannot be read: it is a link")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CalendarError("C413", f"{path}: cannot be read: {error.strerror}") from error


def check_owner(raw: bytes, path: Path, owner: Owner) -> None:
    """Do these bytes belong to the calendar that is to lie in this place?

    Raises: CalendarError C410, C411 as for `read_earlier`.
    """
    found = owner_of(raw)
    if found is None:
        raise _refused("C410", path, "is not a calendar that washout wrote")
    if found != owner:
        raise _refused("C411", path, f"is the calendar of {found.text}, expected {owner.text}")


def _remembered(raw: bytes, path: Path) -> Earlier:
    digest = _DIGEST.search(raw)
    rest = raw[: digest.start()] + raw[digest.end() :] if digest else b""
    if digest is None or sha256(rest).hexdigest()[:32].encode() != digest[1]:
        raise _refused("C412", path, "was changed or damaged after washout wrote it")
    return Earlier(raw, raw[: digest.start()], path)


def _refused(code: str, path: Path, reason: str) -> CalendarError:
    return CalendarError(
        code,
        f"{path}: {reason}; it is left as it is and nothing was written\n"
        "     put the last export back from a backup, or move the file away: events then count "
        "as new, and calendars that already hold them may refuse older numbers",
    )
