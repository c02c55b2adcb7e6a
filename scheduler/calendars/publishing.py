"""Sending the exported calendars to a CalDAV server, without ever overwriting someone's edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from scheduler.calendars.blocks import FINGERPRINT, EventBlock, shown_by
from scheduler.calendars.bounded import Limits
from scheduler.calendars.dav import CHANGED, Login, Resource, Server
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import CHANGES_FILE, FOLDER
from scheduler.calendars.files import PRODID, owner_of, read_earlier, read_file, zones_bytes
from scheduler.calendars.reading import event_properties, read_entry
from scheduler.errors import NotFound

__all__ = ["Conflict", "PublishResult", "publish"]


_USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One event that was left as it is on the server, and why."""

    title: str
    reason: str

    def __str__(self) -> str:
        """The conflict as a line that a coordinator reads."""
        return f"not sent: {self.title}: {self.reason}"


@dataclass(slots=True)
class PublishResult:
    """What a push did, in numbers of events, and what it left alone."""

    address: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Does the server now show everything that was to be sent?"""
        return not self.conflicts

    def lines(self) -> list[str]:
        """The result as lines for a terminal."""
        return [
            f"{self.address}: {self.created} new, {self.updated} updated, "
            f"{self.unchanged} unchanged, {len(self.conflicts)} not sent",
            *(f"  {conflict}" for conflict in self.conflicts),
        ]


@dataclass(frozen=True, slots=True)
class _Held:
    """An event that the server holds."""

    resource: Resource
    sequence: int
    written: str  # the fingerprint that we gave it
    content: str  # the fingerprint of what it shows; empty where that cannot be read

    @property
    def edited(self) -> bool:
        return self.written != self.content


def publish(
    directory: Path, url: str, user: str = "", password: str = "", limits: Limits = _USUAL
) -> PublishResult:
    """Which events had to be sent so that a CalDAV calendar shows the last export?

    ``directory`` is the folder of a plan or its ``calendars`` folder; all participants' and
    sites' events go into the one calendar at ``url``, each once. New events are stored only
    where nothing is, changed ones only over the version that was seen (If-None-Match, If-Match);
    an event that someone edited on the server, or that is newer there, is reported and left.
    Sending the same export again writes nothing. `limits` hold for each answer of the server.
    Raises: NotFound without an export; CalendarError C410 to C413 for damaged files, C420 to C426
    for the server.
    Source: RFC 4791, section 5.3.2; RFC 9110, section 13.1.
    """
    blocks = _exported(Path(directory))
    zones = _zones(blocks)
    with Server(url, Login(user, password), limits) as server:
        result = PublishResult(server.address)
        held = _held(server.events())
        for number, block in enumerate(blocks):
            try:
                _send(server, block, _resource(block, zones), held.get(block.uid), result)
            except CalendarError as error:
                raise CalendarError(
                    error.code,
                    f"{str(error).removeprefix(error.code + ' ')}\n"
                    f"     {number} of {len(blocks)} events were dealt with; run it again",
                ) from error
    return result


def _exported(directory: Path) -> list[EventBlock]:
    """The last export, each event once: it may stand in a participant's and a site's file."""
    folder = directory / FOLDER if (directory / FOLDER).is_dir() else directory
    found: dict[str, EventBlock] = {}
    for path in sorted(folder.glob("*.ics")):
        owner = owner_of(read_file(path) or b"") if path.is_file() else None
        if owner is None or path.name == CHANGES_FILE:
            continue
        earlier = read_earlier(path, owner)
        for block in earlier.blocks.values() if earlier else ():
            known = found.get(block.uid)
            if known is None or known.sequence < block.sequence:
                found[block.uid] = block
    if not found:
        raise NotFound(f"{directory}: no exported calendars; run washout plan or calendars first")
    return sorted(found.values(), key=lambda block: (block.start, block.uid))


def _held(resources: Iterable[Resource]) -> dict[str, _Held]:
    held: dict[str, _Held] = {}
    for resource in resources:
        try:
            found = event_properties(resource.data)
            uid, sequence = found["UID"].text, int(found["SEQUENCE"].value)
        except (KeyError, ValueError):
            continue  # an event of someone else's that we need not understand
        try:
            content = read_entry(resource.data).fingerprint
        except (KeyError, ValueError, OverflowError):
            content = ""
        mark = found.get(FINGERPRINT)
        held[uid] = _Held(resource, sequence, mark.value if mark else "none", content)
    return held


def _zones(blocks: list[EventBlock]) -> dict[str, bytes]:
    """The VTIMEZONE of each zone, for the years of all events.

    Not of each event's own years: vobject, which Radicale uses, keeps the first definition of a
    zone that it meets and reads all other events by it.
    """
    names = {block.tzid for block in blocks}
    return {name: zones_bytes([b for b in blocks if b.tzid == name]) for name in names}


def _resource(block: EventBlock, zones: dict[str, bytes]) -> bytes:
    """One event as a CalDAV resource, which has no METHOD."""
    top = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\n"
    return top.encode() + zones[block.tzid] + block.raw + b"END:VCALENDAR\r\n"


def _send(
    server: Server, block: EventBlock, data: bytes, held: _Held | None, result: PublishResult
) -> None:
    if held is None:
        _create(server, block, data, result)
    elif held.content == block.fingerprint and held.sequence == block.sequence:
        result.unchanged += 1
    elif reason := _reason_against(held, block):
        result.conflicts.append(Conflict(shown_by(block).summary, reason))
    elif reason := server.put(held.resource.path, data, held.resource.etag):
        told = "it was changed just now" if reason == CHANGED else reason
        result.conflicts.append(Conflict(shown_by(block).summary, told))
    else:
        result.updated += 1


def _create(server: Server, block: EventBlock, data: bytes, result: PublishResult) -> None:
    if block.cancelled:
        result.unchanged += 1  # the server never had it, so there is nothing to cancel
    elif reason := server.put(server.new_path(f"{block.uid}.ics"), data):
        under = "the server already holds something else under its name"
        told = under if reason == CHANGED else reason
        result.conflicts.append(Conflict(shown_by(block).summary, told))
    else:
        result.created += 1


def _reason_against(held: _Held, block: EventBlock) -> str:
    """Why must the server's version stay? Empty where it may be replaced."""
    if held.resource.trouble:
        return held.resource.trouble
    if held.edited and held.content != block.fingerprint:
        return "someone changed it on the server; change it back there, or delete it and send again"
    if held.sequence > block.sequence:
        return f"the server holds version {held.sequence}, newer than {block.sequence} here"
    if held.sequence == block.sequence:
        return f"the server holds another version {held.sequence}, from another export"
    if not held.resource.etag:
        return "the server gives no ETag, so replacing it would not be safe"
    return ""
