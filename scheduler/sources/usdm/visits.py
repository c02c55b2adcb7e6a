"""Writes placed instances as milestones, visits and gaps of a protocol, given as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.ends import day_number
from scheduler.sources.usdm.gaps import gap_pieces
from scheduler.sources.usdm.model import Entry, Instance, ScheduleTimeline
from scheduler.sources.usdm.names import phrase_of, plain_label, snake_name, unique_name
from scheduler.sources.usdm.placement import Placement
from scheduler.sources.usdm.timings import AFTER, FIXED, Timing
from scheduler.sources.usdm.windows import TimingWindow

MOST_NODES = 5_000


@dataclass
class GrowingProtocol:
    """The growing protocol: its milestones, visits, gaps and notes, and the names in use."""

    milestones: dict[str, Entry] = field(default_factory=dict)
    visits: list[Entry] = field(default_factory=list)
    gaps: list[Entry] = field(default_factory=list)
    notes: list[Entry] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether no more nodes are taken."""
        return len(self.milestones) + len(self.visits) >= MOST_NODES


@dataclass(frozen=True)
class Host:
    """What a sub-timeline hangs off: the node's name, and why it may not happen at all."""

    node: str
    title: str
    condition: str


def name_instances(
    placed: Mapping[str, Placement], draft: GrowingProtocol, findings: FindingList, prefix: str = ""
) -> dict[str, str]:
    """A node name for each instance, unique in the whole protocol."""
    names = {}
    for id_, item in placed.items():
        instance = item.instance
        wanted = prefix + snake_name(instance.name, instance.label, instance.id)
        names[id_] = unique_name(wanted, draft.taken)
        if not instance.name:
            findings.note(
                "U105", instance.place, "an instance without a name", f"named {names[id_]}", [id_]
            )
        elif names[id_] != wanted:
            findings.note(
                "U106", instance.place, f"the name {quoted(instance.name)} is taken",
                f"named {names[id_]}", [id_],
            )  # fmt: skip
    return names


def write_timeline(
    draft: GrowingProtocol, timeline: ScheduleTimeline, placed: Mapping[str, Placement],
    names: Mapping[str, str], conditional: Mapping[str, str], findings: FindingList,
    host: Host | None = None,
) -> None:  # fmt: skip
    """Add all instances of a timeline to the draft, in their order.

    With a host, the timeline's anchor becomes a visit on the host's day instead of a milestone.
    """
    for id_, item in placed.items():
        if draft.is_full:
            written = {*draft.milestones, *(visit["id"] for visit in draft.visits)}
            findings.warn(
                "U107", item.instance.place, f"more than {MOST_NODES} nodes",
                "this instance and the rest of its timeline are not imported",
                [i for i in placed if names[i] not in written],
            )  # fmt: skip
            return
        reason = conditional.get(id_, "") or (host.condition if host else "")
        if item.is_visit:
            _write_visit(draft, timeline, item, names, reason, findings)
        elif host is not None and item.timing is not None:
            _write_hosted_anchor(draft, timeline, item, names[id_], host)
        else:
            _write_milestone(draft, timeline, item, names[id_], reason, findings)
        _write_further(draft, timeline, item, names, findings)
        _tell_helper(item, findings)


def source_of(timeline: ScheduleTimeline, instance: Instance, timing: Timing | None) -> Entry:
    """The citation of an instance's timing (or of the instance itself), by USDM id."""
    source: Entry = {"ref": "usdm", "section": plain_label(f"{timeline.title}, {instance.id}")}
    source["item"] = plain_label((timing.id or timing.place) if timing else instance.id)
    phrase = phrase_of(timing.value_label) if timing else ""
    if phrase:
        source["phrase"] = phrase
    return source


def _write_milestone(
    draft: GrowingProtocol,
    timeline: ScheduleTimeline,
    item: Placement,
    name: str,
    reason: str,
    findings: FindingList,
) -> None:
    entry: Entry = {"label": plain_label(item.instance.title, name)}
    day = item.timing.value if item.timing is not None else None
    numbered = any("day_zero" in other for other in draft.milestones.values())
    if day is not None and not numbered:
        _number_days(entry, item, findings)
    told = f"USDM anchor (Fixed Reference{f', {day}' if day is not None else ''})"
    if item.timing is None:
        entry["optional"] = True
        told = f"Waits for a recorded date: {item.reason}"
        findings.warn(
            "U251", item.instance.place, item.reason,
            f"imported as the optional milestone {name}, which waits for a recorded date",
            [item.instance.id],
        )  # fmt: skip
    elif reason:
        entry["optional"] = True
        told += f"; {reason}"
        _tell_conditional(item, reason, findings)
    draft.milestones[name] = entry | item.instance.at_visit
    source = source_of(timeline, item.instance, item.timing)
    draft.notes.append({"about": name, "text": plain_label(told), "source": source})


def _number_days(entry: Entry, item: Placement, findings: FindingList) -> None:
    timing = item.timing
    assert timing is not None and timing.value is not None
    number = day_number(timing)
    if number is not None:
        entry["day_zero"] = number == 0
        if timing.value.parts != (0, number, 0):
            findings.note(
                "U239", timing.place,
                f"the anchor's value is {quoted(timing.value_text)}, its label "
                f"{quoted(timing.value_label)}", "the label's day is printed", [timing.id],
            )  # fmt: skip
    else:
        findings.note(
            "U234", timing.place, f"the anchor's day is {quoted(timing.value_text)}, not 0 or 1",
            "no day numbers are printed", [timing.id],
        )  # fmt: skip


def _write_visit(
    draft: GrowingProtocol, timeline: ScheduleTimeline, item: Placement,
    names: Mapping[str, str], reason: str, findings: FindingList,
) -> None:  # fmt: skip
    timing = item.timing
    assert timing is not None
    if reason:
        _tell_conditional(item, reason, findings)
    doubts = [*_doubts(timing, item.window, findings), *([reason] if reason else [])]
    own = names[item.instance.id]
    draft.visits.append(
        visit_entry(own, names[timing.to_id], item, source_of(timeline, item.instance, timing),
                    bool(reason), doubts)
    )  # fmt: skip
    if item.window.half:
        _write_gaps(draft, timeline, item, (timing, item.window), names, findings)


def visit_entry(
    name: str, anchor: str, item: Placement, source: Entry, optional: bool, doubts: list[str]
) -> Entry:
    """A visit as plain values, its window in time order."""
    timing, window = item.timing, item.window
    assert timing is not None
    entry: Entry = {
        "id": name,
        "label": plain_label(item.instance.title, name),
        "after" if timing.kind == AFTER else "before": anchor,
        "target": str(timing.value),
        "window": window_entry(window),
    }
    entry |= item.instance.at_visit
    if optional:
        entry["optional"] = True
    entry["source"] = source
    if doubts:
        entry["assumption"] = "; ".join(doubts)
    return entry


def window_entry(window: TimingWindow) -> object:
    """A window as plain values; `unknown` unless both sides are stated."""
    if not window.stated:
        return "unknown"
    return {"before": str(window.before), "after": str(window.after)}


def _doubts(timing: Timing, window: TimingWindow, findings: FindingList) -> list[str]:
    doubts = [*timing.doubts, *([window.doubt] if window.doubt else [])]
    if timing.relation != "Start to Start":
        stated = timing.relation or "unstated ends"
        doubts.append(f"the file measures {stated}; here both are taken as one point in time")
        if timing.relation:
            findings.warn(
                "U214", timing.place, f"measured {stated}; a visit here has no length",
                "counted from start to start, marked as assumed", [timing.id],
            )  # fmt: skip
    return doubts


def _write_hosted_anchor(
    draft: GrowingProtocol, timeline: ScheduleTimeline, item: Placement, name: str, host: Host
) -> None:
    draft.visits.append({
        "id": name, "label": plain_label(item.instance.title, name), "after": host.node,
        "target": "0 minutes", "window": "unknown", **item.instance.at_visit, "optional": True,
        "source": source_of(timeline, item.instance, item.timing),
        "assumption": f"starts with {host.title}; {host.condition}",
    })  # fmt: skip


def _write_further(
    draft: GrowingProtocol,
    timeline: ScheduleTimeline,
    item: Placement,
    names: Mapping[str, str],
    findings: FindingList,
) -> None:
    for timing, window in item.further:
        _write_gaps(draft, timeline, item, (timing, window), names, findings)


def _write_gaps(
    draft: GrowingProtocol, timeline: ScheduleTimeline, item: Placement,
    pair: tuple[Timing, TimingWindow], names: Mapping[str, str], findings: FindingList,
) -> None:  # fmt: skip
    timing, window = pair
    pieces = gap_pieces(timing, window)
    if not pieces:
        fixed = timing.kind == FIXED
        why = "a second anchor" if fixed else "a window that no gap in days or months can say"
        findings.warn(
            "U241", timing.place, f"{why} (value {quoted(timing.value_text)})",
            "not imported beyond what is said above", [timing.id],
        )  # fmt: skip
    for piece in pieces:
        entry: Entry = {"from": names[piece.start], "to": names[piece.end]}
        if piece.least is not None:
            entry["min"] = str(piece.least)
        if piece.most is not None:
            entry["max"] = str(piece.most)
        entry["source"] = source_of(timeline, item.instance, timing)
        doubts = _doubts(timing, window, findings)
        if any(size and size.months for size in (piece.least, piece.most)):
            doubts.append("months are counted as a gap counts them, which can differ by a day")
        if doubts:
            entry["assumption"] = "; ".join(doubts)
        draft.gaps.append(entry)


def _tell_conditional(item: Placement, reason: str, findings: FindingList) -> None:
    ids = [item.instance.id, *([item.timing.id] if item.timing else [])]
    findings.warn("U312", item.instance.place, reason, "imported as optional", ids)


def _tell_helper(item: Placement, findings: FindingList) -> None:
    if item.instance.only_flow and item.is_visit:
        findings.note(
            "U108", item.instance.place, "no activity and no encounter: a helper of the flow",
            "kept as a visit, because others may be timed from it", [item.instance.id],
        )  # fmt: skip
