"""Calendars of a plan: one a participant, one a site, and one with only what changed.

Every event keeps its identity from export to export, so that a calendar program updates it
instead of adding a copy. The rules are in docs/calendars.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

from icalendar import Calendar

from scheduler.calendars.blocks import EventBlock, alarm_of, event_of, shown_by, written
from scheduler.calendars.entries import CalendarEntry, plain_text
from scheduler.calendars.files import (
    Earlier,
    Made,
    Owner,
    check_owner,
    file_bytes,
    head,
    owner_of,
    read_earlier,
    read_file,
    zone_spans,
)
from scheduler.calendars.interface import CalendarOptions, PlanLike
from scheduler.calendars.life import Change, Merged, merge
from scheduler.calendars.names import participant_file, site_file
from scheduler.calendars.rows import EntryMaker, over, plan_rows
from scheduler.calendars.texts import CalendarRow
from scheduler.calendars.timezones import vtimezone
from scheduler.errors import NotFound, NotWritable
from scheduler.files import refuse_links
from scheduler.staging import Stage, staged

__all__ = ["CalendarOptions", "Changes", "calendar", "site_calendar", "write_calendars"]

FOLDER = "calendars"
CHANGES_FILE = "changes.ics"
_DEFAULT = CalendarOptions()
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Changes:
    """What an export did: each event that differs from the last one, and the files it wrote.

    `kept` counts events that stay in changes.ics: a run that was stopped had changed them, and
    nobody was told. `warnings` tell what was found in the folder and set aside.
    """

    first_export: bool
    entries: tuple[Change, ...]
    written: tuple[Path, ...]
    removed: tuple[Path, ...] = ()
    kept: int = 0
    warnings: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The changes as lines for a terminal or a report."""
        if self.first_export:
            return [f"Calendars: first export, {_count(len(self.entries), 'event')}."]
        top = f"Calendars: {_count(len(self.entries), 'change')} since the last export."
        if not self.entries:
            top = "Calendars: nothing changed since the last export."
        if self.kept:
            top += (
                f" A run before was stopped: changes.ics holds its {_count(self.kept, 'change')}."
            )
        return [top, *(f"  {change}" for change in self.entries)]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def calendar(
    plan: PlanLike, participant: str, options: CalendarOptions = _DEFAULT,
    sequences: Mapping[str, int] = _NONE,
) -> Calendar:  # fmt: skip
    """Which calendar does a participant have, as if exported for the first time?

    `sequences` gives the SEQUENCE of everybody's events, where it is not 0.
    Raises: NotFound for a participant who is not in the plan; CalendarError as for
    `write_calendars`.
    Example: ``calendar(plan, "P-003").to_ical()``
    """
    if participant not in plan.sites:
        raise NotFound(f"no participant {participant!r} in this plan")
    code = plain_text(participant, "participant")
    entries = EntryMaker(plan, options).entries(plan_rows(plan, options)[code])
    return _fresh(Owner("participant", plan.protocol.id, code), entries, plan.as_of, sequences)


def site_calendar(
    plan: PlanLike, site: str, options: CalendarOptions = _DEFAULT,
    sequences: Mapping[str, int] = _NONE,
) -> Calendar:  # fmt: skip
    """Which calendar does a site have, as if exported for the first time?

    `sequences` gives the SEQUENCE of everybody's events, where it is not 0.
    Raises: NotFound for a site without participants; CalendarError as for `write_calendars`.
    """
    people = [who for who, (place, _) in plan.sites.items() if place == site]
    if not site or not people:
        raise NotFound(f"no participants at site {site!r} in this plan")
    if options.participants is not None:
        people = [who for who in people if who in options.participants]
    rows, maker = plan_rows(plan, options), EntryMaker(plan, options)
    entries = maker.entries(
        [row for who in people for row in rows[plain_text(who, "participant")]], site=True
    )
    return _fresh(Owner("site", plan.protocol.id, site), entries, plan.as_of, sequences)


def _fresh(
    owner: Owner, entries: list[CalendarEntry], as_of: date, sequences: Mapping[str, int]
) -> Calendar:
    """Build the calendar as the builder's own objects."""
    result = head(owner)
    kept = [entry for entry in entries if not over(entry, as_of)]
    kept.sort(key=lambda entry: (entry.start_text, entry.uid))
    spans = zone_spans([written(entry, 0, as_of) for entry in kept if entry.tzid])
    for tzid, (low, high) in spans.items():
        result.add_component(vtimezone(tzid, low, high))
    for entry in kept:
        event = event_of(entry, sequences.get(entry.participant, 0), as_of)
        if entry.alarm:
            event.add_component(alarm_of(entry.alarm))
        result.add_component(event)
    return result


@dataclass(slots=True)
class _Export:
    """The files of one export while they are prepared; nothing is written before all are."""

    plan: PlanLike
    options: CalendarOptions
    folder: Path
    maker: EntryMaker
    first: bool = True
    contents: dict[Path, bytes] = field(default_factory=dict)
    changes: dict[str, tuple[Change, EventBlock]] = field(default_factory=dict)

    def add(self, name: str, owner: Owner, rows: list[CalendarRow]) -> None:
        """Prepare the calendar of one participant or site."""
        path, site, as_of = self.folder / name, owner.kind == "site", self.plan.as_of
        earlier = read_earlier(path, owner)
        self.first = self.first and earlier is None
        today = as_of.strftime("%Y%m%d")
        made = Made(self.maker.digest(rows, site=site))
        if earlier is not None and earlier.still_holds(made, today):
            return
        entries = self.maker.entries(rows, site=site)
        merged = merge(entries, earlier, as_of, self._scope(earlier))
        for change, block in merged.changes:
            self.changes.setdefault(block.uid, (change, block))
        if merged.blocks:
            made = replace(made, since=today) if merged.untold else made
            self._put(path, owner, merged, earlier, made)

    def _put(
        self, path: Path, owner: Owner, merged: Merged, earlier: Earlier | None, made: Made
    ) -> None:
        """Prepare a file, unless only the note of its rows would differ: no event did."""
        blocks, spent = merged.blocks, merged.spent
        if earlier is None or file_bytes(owner, blocks, spent, earlier.made) != earlier.raw:
            self.contents[path] = file_bytes(owner, blocks, spent, made)

    def _scope(self, earlier: Earlier | None) -> _Scope:
        if self.options.participants is None or earlier is None:
            return _Scope(None)
        return _Scope(frozenset(self.options.participants))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which earlier events an export may cancel: those of the participants it was asked for."""

    participants: frozenset[str] | None

    def __call__(self, block: EventBlock) -> bool:
        return self.participants is None or shown_by(block).participant in self.participants


def _site_people(plan: PlanLike, chosen: Iterable[str]) -> Mapping[str, list[str]]:
    sites: dict[str, list[str]] = {}
    for who in chosen:
        site = plan.sites[who][0]
        if site:
            sites.setdefault(site, []).append(who)
    return sites


def write_calendars(plan: PlanLike, out_dir: Path, options: CalendarOptions = _DEFAULT) -> Changes:
    """What changed in the calendars since the export that lies in ``out_dir/calendars``?

    Writes ``<participant>.ics``, ``site-<site>.ics`` and, where an earlier export lies there,
    ``changes.ics`` with only new, changed and cancelled events. The earlier files are the memory:
    unchanged events keep their bytes, and the same plan twice gives the same files. With
    ``options.participants`` the entries of other participants stay as they are.
    Raises: NotFound for a participant who is not in the plan; CalendarError C401 to C406 for
    what no calendar can hold, C410 to C413 for a file in the way; NotWritable. The folder is then
    as it was (see `staged`).
    """
    out = Path(out_dir)
    with staged(out, f"{FOLDER}/{CHANGES_FILE}") as stage:
        return export_into(stage, plan, out, options)


def export_into(
    stage: Stage, plan: PlanLike, out_dir: Path, options: CalendarOptions = _DEFAULT
) -> Changes:
    """As `write_calendars`, into a folder that is being changed as a whole."""
    refuse_links(out_dir, FOLDER, "take it away, or name another folder")
    if (out_dir / FOLDER).exists() and not (out_dir / FOLDER).is_dir():
        raise NotWritable(f"{out_dir / FOLDER}: this is a file, expected a folder")
    for who in options.participants or ():
        if who not in plan.sites:
            raise NotFound(f"no participant {who!r} in this plan")
    chosen = [
        who for who in plan.sites if options.participants is None or who in options.participants
    ]
    export = _Export(plan, options, out_dir / FOLDER, EntryMaker(plan, options))
    rows = plan_rows(plan, options)
    protocol = plain_text(plan.protocol.id, "protocol")
    for who in chosen:
        code = plain_text(who, "participant")
        export.add(participant_file(code), Owner("participant", protocol, code), rows[code])
    for site, people in _site_people(plan, chosen).items():
        code, codes = plain_text(site, "site"), (plain_text(who, "participant") for who in people)
        found = [row for who in codes for row in rows[who]]
        export.add(site_file(code), Owner("site", protocol, code), found)
    if options.participants is None:
        _add_departed(export, protocol)
    return _finish(export, protocol, stage)


def _add_departed(export: _Export, protocol: str) -> None:
    """Cancel what stands in calendars of participants and sites that left the plan."""
    known = {("participant", plain_text(who, "participant")) for who in export.plan.sites}
    known |= {("site", plain_text(site, "site")) for site, _ in export.plan.sites.values()}
    for path in sorted(export.folder.glob("*.ics")):
        try:
            with path.open("rb") as stream:
                owner = owner_of(stream.read(16384))
        except OSError:
            continue  # not a file of ours; what is ours is read, and refused, by name
        if owner is None or owner.protocol != protocol or (owner.kind, owner.code) in known:
            continue
        names = {"participant": participant_file, "site": site_file}
        if owner.kind in names and names[owner.kind](owner.code) == path.name:
            export.add(path.name, owner, [])


def _finish(export: _Export, protocol: str, stage: Stage) -> Changes:
    path, owner = export.folder / CHANGES_FILE, Owner("changes", protocol, "")
    lies_there = read_file(path)
    if lies_there is not None:
        check_owner(lies_there, path, owner)
    changed = [] if export.first else [block for _, block in export.changes.values()]
    untold = _untold(path, owner, export) if stage.resumed else []
    if changed or untold:
        export.contents[path] = file_bytes(owner, [*changed, *untold], {})
    for file, content in export.contents.items():
        stage.write(f"{FOLDER}/{file.name}", content)
    removed = []
    if lies_there is not None and path not in export.contents:
        stage.take_away([f"{FOLDER}/{CHANGES_FILE}"])  # of an earlier export; nothing differs now
        removed.append(path)
    return Changes(
        export.first,
        tuple(change for change, _ in export.changes.values()),
        tuple(export.contents),
        tuple(removed),
        len(untold),
        stage.warnings,
    )


def _untold(path: Path, owner: Owner, export: _Export) -> list[EventBlock]:
    """What a stopped run had changed, and this one changes no further."""
    earlier = read_earlier(path, owner)
    blocks = {} if earlier is None else earlier.blocks
    return [block for uid, block in blocks.items() if uid not in export.changes]
