"""Reads the scheduled events of a REDCap project (project XML, events CSV) as a protocol file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from scheduler.sources.emit import Options, iso_date, study_part
from scheduler.sources.findings import FindingList, ImportRefused, ImportResult, one_line, quoted
from scheduler.sources.redcap.export import export_redcap, export_redcap_findings
from scheduler.sources.usdm.json import decode_text
from scheduler.sources.usdm.names import plain_label, protocol_name, snake_name, unique_name
from scheduler.yaml_text.writing import protocol_yaml

__all__ = ["export_redcap", "export_redcap_findings", "import_redcap"]

ANCHOR = "schedule_start"
_WHOLE = re.compile(r"[+-]?\d{1,5}", re.ASCII)
_LONGEST = 36_500  # days: a hundred years, the most that a protocol file takes
_COLUMNS = {"days_offset": "day_offset"}
_ATTRIBUTES = {
    "EventName": "event_name", "ArmNum": "arm_num", "ArmName": "arm_name",
    "DayOffset": "day_offset", "OffsetMin": "offset_min", "OffsetMax": "offset_max",
    "UniqueEventName": "unique_event_name",
}  # fmt: skip


@dataclass(frozen=True)
class _Event:
    """One event as the file writes it: every value still text."""

    place: str
    values: Mapping[str, str]
    repeating: bool = False

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "").strip()

    @property
    def id(self) -> str:
        named = self["event_name"] and f"{self['event_name']} (arm {self['arm_num']})"
        return self["unique_event_name"] or named or self.place


@dataclass(frozen=True)
class _Project:
    """What a file says beside its events."""

    kind: str
    events: list[_Event]
    title: str = ""
    name: str = ""
    dates: tuple[date, ...] = ()


def import_redcap(
    text: bytes | str, *, opens: date | str | None = None, closes: date | str | None = None,
    timezone: str | None = None, as_of: date | str | None = None,
) -> ImportResult:  # fmt: skip
    """What does a REDCap project say about visits and their windows, as a protocol file?

    Takes the project XML or the events CSV. All events hang off one milestone, the start of
    the participant's schedule (a participant is in one arm); day offsets are days from it.
    Raises: ImportRefused where the text is neither, or holds no events.
    """
    findings = FindingList()
    decoded = decode_text(text, "REDCap")
    xml = decoded.lstrip().startswith("<")
    project = _read_xml(decoded, findings) if xml else _read_csv(decoded, findings)
    if not project.events:
        raise ImportRefused(f"the {project.kind} holds no events; is the project longitudinal?")
    protocol = _protocol(project, Options(opens, closes, timezone, as_of), findings)
    numbered = findings.numbered()
    heading = [
        f"Imported from REDCap; {len(numbered)} findings of the import tell what is unclear in it.",
    ]
    return ImportResult(protocol_yaml(protocol, heading), numbered)


def _protocol(project: _Project, options: Options, findings: FindingList) -> dict[str, object]:
    zone, study = study_part(options, project.dates, findings, "R010")
    day = max(project.dates, default=study["opens"])
    if not project.dates:
        findings.warn("R012", project.kind, "no date", f"the opening date {day} is written")
    name = protocol_name(project.name, "REDCap")
    if not project.name:
        findings.warn("R011", project.kind, "no project name", f"written as {quoted(name)}")
    title = one_line(project.title or project.name) or name
    milestones: dict[str, object] = {ANCHOR: {"label": "Start of the schedule"}}
    visits = _visits(project.events, findings, milestones)
    protocol: dict[str, object] = {
        "protocol": name, "title": title, "version": "unknown",
        "date": day, "timezone": zone, "study": study,
        "sources": {"redcap": {"document": plain_label(f"REDCap {project.kind}, {title}")}},
        "milestones": milestones,
    }  # fmt: skip
    if visits:
        protocol["visits"] = visits
    findings.note(
        "R013", project.kind, "REDCap counts each event in days from one start date",
        f"that date is the milestone {ANCHOR}, with day offset 0 on it",
    )  # fmt: skip
    return protocol


def _read_xml(text: str, findings: FindingList) -> _Project:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ImportRefused("the XML declares entities, which no REDCap project XML does")
    try:
        # The text is decoded already; a declaration naming another encoding must not count.
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise ImportRefused(f"not readable XML: {one_line(str(error))}") from None
    events = [
        _Event(f"StudyEventDef[{index}]", _attributes(element), element.get("Repeating") == "Yes")
        for index, element in enumerate(_elements(root, "StudyEventDef"))
    ]
    words = {
        key: next((e.text or "" for e in _elements(root, key)), "").strip()
        for key in ("StudyName", "ProtocolName", "SchedulingEnabled")
    }
    if words["SchedulingEnabled"] == "0":
        findings.warn(
            "R014", "SchedulingEnabled", "the project does not use REDCap's scheduling",
            "the offsets are imported; they may never have been looked at",
        )  # fmt: skip
    stamps = (root.get("AsOfDateTime"), root.get("CreationDateTime"))
    days = tuple(day for stamp in stamps if stamp and (day := iso_date(stamp)) is not None)
    return _Project("project XML", events, words["StudyName"], words["ProtocolName"], days)


def _elements(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name:
            yield element


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    found = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    values = {ours: found[theirs] for theirs, ours in _ATTRIBUTES.items() if theirs in found}
    values.setdefault("event_name", found.get("Name", ""))
    values.setdefault("unique_event_name", found.get("OID", "").removeprefix("Event."))
    return values


def _read_csv(text: str, findings: FindingList) -> _Project:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ImportRefused(f"not readable CSV: {one_line(str(error))}") from None
    head = [_COLUMNS.get(cell.strip().lower(), cell.strip().lower()) for cell in table[:1][0]] \
        if table else []  # fmt: skip
    missing = [column for column in ("event_name", "arm_num") if column not in head]
    if missing:
        raise ImportRefused(
            "neither project XML nor events CSV: the first line has no "
            f"{' and no '.join(missing)} (found {quoted(first, 120)})"
        )
    for column in ("day_offset", "offset_min", "offset_max"):
        if column not in head:
            findings.warn("R003", "row 1", f"no column {column}", "read as not stated")
    events = []
    for number, row in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(head):
            findings.warn(
                "R002", f"row {number}", f"{len(row)} cells under {len(head)} columns",
                "read cell by cell; what is missing counts as not stated",
            )  # fmt: skip
        events.append(_Event(f"row {number}", dict(zip(head, row, strict=False))))
    return _Project("events CSV", events)


def _visits(
    events: list[_Event], findings: FindingList, milestones: dict[str, object]
) -> list[dict[str, object]]:
    arms = {event["arm_num"]: event["arm_name"] for event in events}
    visits: list[dict[str, object]] = []
    taken = {ANCHOR: 2}
    seen: set[str] = set()
    if len(arms) > 1:
        findings.warn(
            "R020", "arms", f"{len(arms)} arms: {quoted(', '.join(sorted(arms)))}",
            "each visit is only for its arm: the participants' column `arm` must hold "
            + ", ".join(quoted(name or number) for number, name in arms.items()),
        )  # fmt: skip
    for event in events:
        if event.id in seen:
            findings.warn(
                "R021", event.place, f"a second event {quoted(event.id)}", "not imported",
                [event.id],
            )  # fmt: skip
            continue
        seen.add(event.id)
        name = unique_name(snake_name(event["unique_event_name"], event["event_name"]), taken)
        visit = _visit(event, name, findings)
        if visit is None:
            milestones[name] = {"label": plain_label(event["event_name"], name), "optional": True}
        else:
            if len(arms) > 1:
                arm = plain_label(event["arm_name"] or event["arm_num"])
                arm = f"arm {event['arm_num']}" if arm.lower() == "unknown" else arm
                visit["only"] = {"arm": [arm]} if arm else {}
            visits.append({key: value for key, value in visit.items() if value != {}})
    return visits


def _visit(event: _Event, name: str, findings: FindingList) -> dict[str, object] | None:
    for key in ("event_name", "unique_event_name"):
        if not event[key]:
            findings.note("R022", event.place, f"no {key}", f"named {name}", [event.id])
    if not _WHOLE.fullmatch(event["arm_num"]) or int(event["arm_num"]) < 1:
        findings.warn(
            "R023", event.place, f"arm number {quoted(event['arm_num'])}", "kept as written",
            [event.id],
        )  # fmt: skip
    day = _number(event, "day_offset", findings)
    if day is None:
        findings.warn(
            "R024", event.place, "an event without a readable day offset",
            f"imported as the optional milestone {name}, which waits for a recorded date",
            [event.id],
        )  # fmt: skip
        return None
    if event.repeating:
        findings.warn("R027", event.place, "a repeating event", "imported once", [event.id])
    window, doubt = _window(event, findings)
    return {
        "id": name, "label": plain_label(event["event_name"], name),
        "before" if day < 0 else "after": ANCHOR, "target": _days(day), "window": window,
        "source": {"ref": "redcap", "section": event.place, "item": plain_label(event.id)},
        "assumption": f"counted from {ANCHOR}, the start date of the schedule{doubt}",
    }  # fmt: skip


def _window(event: _Event, findings: FindingList) -> tuple[object, str]:
    """The window of an event, and what is doubtful about it."""
    low, high = _number(event, "offset_min", findings), _number(event, "offset_max", findings)
    if high is not None and high < 0:
        findings.warn("R025", event.place, f"offset_max {high}", "its size is taken", [event.id])
    doubt = ""
    if (low, high) == (0, 0):
        doubt = "; 0 before and 0 after is REDCap's default, perhaps nobody set it"
        findings.warn(
            "R026", event.place, "a range of 0 before and 0 after, which is REDCap's default",
            "imported as 0 days; write window: unknown if nobody set it", [event.id],
        )  # fmt: skip
    if low is None or high is None:
        findings.warn(
            "R028", event.place, "a range that is not stated on both sides",
            "kept as window: unknown", [event.id],
        )  # fmt: skip
        return "unknown", doubt
    return {"before": _days(low), "after": _days(high)}, doubt


def _days(number: int) -> str:
    return "1 day" if abs(number) == 1 else f"{abs(number)} days"


def _number(event: _Event, key: str, findings: FindingList) -> int | None:
    text = event[key]
    if _WHOLE.fullmatch(text) and abs(int(text)) <= _LONGEST:
        return int(text)
    if text:
        findings.warn(
            "R004", event.place,
            f"{key} {quoted(text)} is no whole number of days up to 100 years",
            "read as not stated", [event.id],
        )  # fmt: skip
    return None
