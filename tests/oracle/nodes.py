"""Nodes (milestones and visits), their recorded dates, and what a visit's window is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from .exposures import Row, cell, written_time
from .times import (
    DAY_MINUTES,
    Interval,
    Term,
    local_day,
    move,
    parse_term,
    step,
    to_day,
    working_day,
)

Offset = tuple[int, int, int, int]  # months, days, working days, minutes
Steps = tuple[Offset, ...]  # one after another
_NONE: Steps = ((0, 0, 0, 0),)
OPENS, CLOSES = "study_opens", "study_closes"
BIRTH = "birth"  # the participant's own


@dataclass(frozen=True)
class Node:
    """A milestone, or one occurrence of a visit."""

    id: str
    visit: bool
    raw: Mapping[str, Any]
    optional: bool = False
    anchor: str = ""
    after: bool = True
    low: Steps = _NONE
    target: Steps = _NONE
    high: Steps = _NONE
    windowed: bool = False  # a visit whose window is known
    clock: bool = False  # a visit timed in hours or minutes

    @property
    def at(self) -> str | None:
        """The protocol's clock time of this node."""
        return str(self.raw["at"]) if self.raw.get("at") is not None else None

    @property
    def any_day(self) -> bool:
        """Is this node independent of closed days?"""
        return self.raw.get("days") == "any"

    def held_to(self, day: int) -> bool:
        """Does the day fall on a weekday that the node may be on?"""
        days = self.raw.get("days")
        return not isinstance(days, list) or _weekday(day) in days


def _weekday(day: int) -> str:
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[date.fromordinal(day).weekday()]


def _yes(value: Any) -> bool:
    return value is True or str(value).lower() in ("yes", "true")


def _offset(*parts: tuple[int, Term]) -> Offset:
    """Add durations up component by component."""
    return (
        sum(n * t.months for n, t in parts),
        sum(n * t.days for n, t in parts),
        sum(n * t.working for n, t in parts),
        sum(n * t.minutes for n, t in parts),
    )


def _around(centre: list[tuple[int, Term]], side: tuple[int, Term]) -> Steps:
    """From the anchor to a side of a window: in one step, or past the target where working days are."""
    if any(term.working for _, term in (*centre, side)):
        return _offset(*centre), _offset(side)
    return (_offset(*centre, side),)


def walk(zone: str, day: int, steps: Steps) -> int:
    """The day that steps lead to."""
    for months, days, working, _ in steps:
        day = working_day(zone, step(day, months, days), working)
    return day


def walk_on(zone: str, instant: int, steps: Steps) -> tuple[int, ...]:
    """The instants that steps lead to: the clock time is kept, then hours pass."""
    found = {instant}
    for months, days, working, minutes in steps:
        after = set()
        for one in found:
            there = step(local_day(zone, one), months, days)
            days_on = working_day(zone, there, working) - there
            after |= set(move(zone, one, months, days + days_on, minutes))
        found = after
    return tuple(sorted(found))


def _occurrence(raw: Mapping[str, Any], name: str, number: int) -> Node:
    after = "after" in raw
    sign = 1 if after else -1
    target = parse_term(raw["target"])
    every = parse_term(raw["repeat"]["every"]) if "repeat" in raw else Term()
    centre = [(sign, target), (sign * (number - 1), every)]
    windowed = raw["window"] != "unknown"
    before = parse_term(raw["window"]["before"]) if windowed else Term()
    later = parse_term(raw["window"]["after"]) if windowed else Term()
    return Node(
        name,
        True,
        raw,
        _yes(raw.get("optional")),
        str(raw["after"] if after else raw["before"]),
        after,
        _around(centre, (-1, before)),
        (_offset(*centre),),
        _around(centre, (1, later)),
        windowed,
        any(term.clock for term in (target, every, before, later)),
    )


def build(protocol: Mapping[str, Any]) -> dict[str, Node]:
    """All nodes: milestones in the file's order, then visits."""
    nodes = {
        name: Node(name, False, raw or {}, _yes((raw or {}).get("optional")))
        for name, raw in protocol["milestones"].items()
    }
    for raw in protocol.get("visits") or []:
        if "repeat" in raw:
            for number in range(1, int(raw["repeat"]["times"]) + 1):
                name = f"{raw['id']}#{number}"
                nodes[name] = _occurrence(raw, name, number)
        else:
            nodes[str(raw["id"])] = _occurrence(raw, str(raw["id"]), 1)
    return nodes


def window(node: Node, day: int, clock: list[Interval], zone: str) -> list[Interval]:
    """First and last day of a visit's window from its anchor's day, one for each alternative."""
    if not node.clock:
        return [(walk(zone, day, node.low), walk(zone, day, node.high))]
    found = []
    for lo, hi in clock:
        starts, ends = walk_on(zone, lo, node.low), walk_on(zone, hi, node.high)
        if lo < hi:  # any time of the day counts
            starts, ends = (min(starts),), (max(ends),)
        found += [(local_day(zone, s), local_day(zone, e)) for s in starts for e in ends]
    return found


def target_day(node: Node, day: int, clock: list[Interval], zone: str) -> int:
    """A visit's target day from its anchor's day (the earliest, where the time leaves a choice)."""
    if not node.clock:
        return walk(zone, day, node.target)
    return local_day(zone, min(walk_on(zone, clock[0][0], node.target)))


@cache
def never_early(steps: Steps) -> bool:
    """Do these steps never lead before the anchor, whatever its day and the site's calendar?

    So many working days are at least so many days; nobody knows how many they are at most.
    """
    ahead = sum(max(working, 0) for _, _, working, _ in steps)
    behind = sum(max(-working, 0) for _, _, working, _ in steps)
    if behind and ahead - behind < 1:
        return False
    start = date(2024, 1, 1).toordinal()
    shift = sum(
        min(step(d, months, days) - d for d in range(start, start + 1461)) * DAY_MINUTES + minutes
        for months, days, _, minutes in steps
    )
    return shift + (ahead - behind) * DAY_MINUTES >= 0


@dataclass
class Recorded:
    """What the dates table says of one node."""

    done: int | None = None
    done_time: str | None = None
    booked: int | None = None
    booked_time: str | None = None
    missed: bool = False


def recorded(rows: list[Row]) -> Recorded:
    """Read the rows of one node of one participant."""
    ended = {to_day(cell(r, "date")) for r in rows if cell(r, "status") == "cancelled"}
    found = Recorded()
    for row in rows:
        status = cell(row, "status")
        if status == "missed":
            found.missed = True
            continue
        text = cell(row, "date")
        day = to_day(text)
        if status == "done":
            found.done, found.done_time = day, written_time(text)
        elif status == "booked" and day not in ended:
            found.booked, found.booked_time = day, written_time(text)
    return found
