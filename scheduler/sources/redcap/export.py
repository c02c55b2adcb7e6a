"""Writes the visits of a protocol as the events CSV that REDCap imports."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduler.sources.findings import Finding, FindingList, quoted
from scheduler.sources.usdm.durations import parse_iso, parse_label

COLUMNS = ("event_name", "arm_num", "day_offset", "offset_min", "offset_max", "unique_event_name")
LONGEST_EVENT_NAME = 64
FARTHEST_DAY = 9999
MOST_OCCURRENCES = 1000

Plain = Mapping[str, object]


@dataclass(frozen=True)
class Exported:
    """The events CSV, and what of the protocol it cannot say."""

    csv: str
    findings: list[Finding]


@dataclass(frozen=True)
class _EventRow:
    node: str
    anchor: str
    step: int
    visit: Plain
    label: str


def export_redcap(protocol: Plain) -> str:
    """The events CSV of a protocol's visits; `export_redcap_findings` also tells what is lost."""
    return export_redcap_findings(protocol).csv


def export_redcap_findings(protocol: Plain) -> Exported:
    """What does REDCap need to schedule a protocol's visits, and what can it not hold?

    `protocol` is a protocol file as plain values. REDCap counts whole days from one start
    date: visits of the milestone that most visits lead back to are written, chains summed
    over their targets. Visits in hours, months or years, and those of other milestones, are
    left out and reported.
    """
    findings = FindingList()
    entries = protocol.get("visits")
    visits = [v for v in entries if isinstance(v, Mapping)] if isinstance(entries, list) else []
    rows = {row.node: row for visit in visits for row in _rows(visit, findings)}
    offsets = {node: _offset(rows, node) for node in rows}
    roots = Counter(found[0] for found in offsets.values() if found is not None)
    root = roots.most_common(1)[0][0] if roots else ""
    arms = _arms(visits)
    lines: list[tuple[object, ...]] = []
    used: set[str] = set()
    for node, row in rows.items():
        found = offsets[node]
        if found is None or found[0] != root or abs(found[1]) > FARTHEST_DAY:
            findings.warn("X003", f"visits.{node}", _why_not(row, found, root), "left out")
            continue
        for arm in _arms_of(row.visit, arms, findings):
            lines.append(_line(row, found[1], arm, used, findings))
    if root:
        findings.note(
            "X004", f"milestones.{root}", "REDCap counts from one start date",
            f"the start date is that of {root}; milestones are not written as events",
        )  # fmt: skip
    return Exported(_csv(lines), findings.numbered())


def _csv(lines: list[tuple[object, ...]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return out.getvalue()


def _rows(visit: Plain, findings: FindingList) -> Iterator[_EventRow]:
    node, label = str(visit.get("id") or ""), str(visit.get("label") or visit.get("id") or "")
    place = f"visits.{node}"
    direction = "after" if "after" in visit else "before"
    anchor, target = visit.get(direction), _days(visit.get("target"))
    repeat = visit.get("repeat")
    every, times = 0, 1
    if isinstance(repeat, Mapping):
        step, count = _days(repeat.get("every")), repeat.get("times")
        if step is None or not isinstance(count, int) or not 1 <= count <= MOST_OCCURRENCES:
            findings.warn("X001", place, "a repeat that is not in days or weeks", "left out")
            return
        every, times = step, count
    if target is None or not isinstance(anchor, str) or not node:
        shown = f"a target of {quoted(visit.get('target'))}"
        findings.warn("X001", place, f"{shown}, which is no number of days", "left out")
        return
    sign = 1 if direction == "after" else -1
    for number in range(1, times + 1):
        name, title = (f"{node}#{number}", f"{label} {number}") if repeat else (node, label)
        yield _EventRow(name, anchor, sign * (target + (number - 1) * every), visit, title)


def _days(value: object) -> int | None:
    """Whole days of a duration in days or weeks; None for any other."""
    text = str(value)
    found = parse_label(text) or parse_iso(text)
    if found is None or found.months or found.in_clock_time or found.minutes:
        return None
    return found.days


def _offset(rows: Mapping[str, _EventRow], node: str) -> tuple[str, int] | None:
    """The milestone that a visit leads back to, and its days from there; None in a circle."""
    total = 0
    met: set[str] = set()
    while node in rows:
        if node in met:
            return None
        met.add(node)
        total += rows[node].step
        node = rows[node].anchor
    return node, total


def _why_not(row: _EventRow, found: tuple[str, int] | None, root: str) -> str:
    if found is None:
        return "its anchors run in a circle"
    if found[0] != root:
        return f"it leads back to {found[0]}, not to {root}"
    return f"{found[1]} days are more than REDCap's {FARTHEST_DAY}"


def _arms(visits: list[Plain]) -> dict[str, int]:
    """The arms that visits are limited to, each with a number: its own one where it has one."""
    names: dict[str, None] = {}
    for visit in visits:
        names.update(dict.fromkeys(_only_arms(visit)))
    numbers: dict[str, int] = {}
    for name in names:
        match = re.search(r"(\d{1,3})$", name)
        own = int(match.group(1)) if match else 0
        free = next(n for n in range(1, len(names) + 1001) if n not in numbers.values())
        numbers[name] = own if own > 0 and own not in numbers.values() else free
    return numbers or {"": 1}


def _only_arms(visit: Plain) -> list[str]:
    only = visit.get("only")
    arms = only.get("arm") if isinstance(only, Mapping) else None
    return [str(arm) for arm in arms] if isinstance(arms, list) else [str(arms)] if arms else []


def _arms_of(visit: Plain, arms: Mapping[str, int], findings: FindingList) -> list[int]:
    only = visit.get("only")
    place = f"visits.{visit.get('id')}"
    if isinstance(only, Mapping) and set(only) - {"arm"}:
        findings.warn("X005", place, "limited by more than its arm", "written for the whole arm")
    if visit.get("optional"):
        findings.note("X006", place, "an optional visit", "REDCap does not mark it as optional")
    return [arms[name] for name in _only_arms(visit)] or list(arms.values())


def _line(
    row: _EventRow, day: int, arm: int, used: set[str], findings: FindingList
) -> tuple[object, ...]:
    window = row.visit.get("window")
    sides = (window.get("before"), window.get("after")) if isinstance(window, Mapping) else ("", "")
    low, high = _days(sides[0]), _days(sides[1])
    place = f"visits.{row.node}"
    if low is None or high is None:
        shown = quoted(window) if isinstance(window, str) else f"{sides[0]} and {sides[1]}"
        findings.warn(
            "X002", f"{place}.window", f"{shown}: no window in days or weeks",
            "written as 0 before and 0 after, which REDCap shows as no range",
        )  # fmt: skip
        low, high = 0, 0
    label = row.label
    if len(label) > LONGEST_EVENT_NAME:
        findings.warn("X007", place, "a label too long for an event", f"cut to {label[:64]!r}")
        label = label[:LONGEST_EVENT_NAME]
    return label, arm, day, low, high, _unique(row, label, arm, used)


def _unique(row: _EventRow, label: str, arm: int, used: set[str]) -> str:
    """REDCap's own unique name of an event, as REDCap makes it where the protocol has none."""
    source = row.visit.get("source")
    item = str(source.get("item")) if isinstance(source, Mapping) else ""
    own = re.fullmatch(rf"[a-z0-9_]+_arm_{arm}[a-z]?", item) and "repeat" not in row.visit
    stem = re.sub(r"[^a-z0-9_ ]", "", label.lower()).strip().replace(" ", "_")[:18]
    name = item if own else f"{stem.strip('_') or 'event'}_arm_{arm}"
    found, suffixes = name, iter("bcdefghijklmnopqrstuvwxyz")
    while found in used:
        found = f"{name}{next(suffixes, len(used))}"
    used.add(found)
    return found
