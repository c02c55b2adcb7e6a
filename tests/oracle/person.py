"""One participant: the rows that tell of it, and the statuses of its nodes (section 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from .exposures import Row, cell, read_exposure, written_days
from .nodes import (
    BIRTH,
    Node,
    Recorded,
    build,
    never_early,
    recorded,
    target_day,
    window,
)
from .required import Required
from .rules import Rule, only
from .tests_done import Tested
from .times import Home, Interval, day_span, instants, to_day

Protocol = Mapping[str, Any]
Study = Mapping[str, Any]
Closures = Mapping[str, Collection[date]]
_PAST, _FUTURE = 1200, 3600  # days around the study that may be counted
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _closed_days(site: Mapping[str, Any], first: int, last: int) -> set[int]:
    """Closed days by the site's own lists: `open`, then `closed`, then the weekend."""
    if site.get("holidays"):
        raise ValueError("public holidays are not computed here: pass the closures")

    def listed(key: str) -> set[int]:
        found: set[int] = set()
        for item in site.get(key) or []:
            ends = [to_day(x) for x in (str(item).split("..") if ".." in str(item) else [item])]
            found |= set(range(ends[0], ends[-1] + 1))
        return found

    weekend = {_WEEKDAYS.index(str(name).lower()[:3]) for name in site.get("weekend") or []}
    closed = {d for d in range(first, last + 1) if date.fromordinal(d).weekday() in weekend}
    return (closed | listed("closed")) - listed("open")


class Person:
    """What is known of one participant on one day `as_of`.

    safe: as the pass for permitted days sees it. There a visit whose `only` hangs on a blank value
    is there; in the other pass it is not.
    """

    def __init__(
        self,
        protocol: Protocol,
        study: Study,
        participant: str,
        as_of: Any,
        *,
        strict: bool = False,
        closures: Closures | None = None,
        safe: bool = True,
    ) -> None:
        self.protocol, self.safe = protocol, safe
        self.as_of = to_day(as_of)
        self.opens = to_day(protocol["study"]["opens"])
        self.closes = to_day(protocol["study"]["closes"])
        self.person: Row = next(
            r for r in study["participants"] if cell(r, "participant") == participant
        )
        own = {
            table: [r for r in study.get(table) or [] if cell(r, "participant") == participant]
            for table in ("history", "dates", "decisions")
        }
        self.nodes = build(protocol)
        self.records: dict[str, Recorded] = {
            name: recorded([r for r in own["dates"] if cell(r, "milestone") == name])
            for name in self.nodes
        }
        self._read_site(study.get("sites"), closures)
        self.tests = [
            Tested(raw, [r for r in own["dates"] if cell(r, "milestone") == raw["id"]], self.as_of)
            for raw in protocol.get("tests") or []
        ]
        self.rules = self._read_rules(own["history"], own["decisions"], strict)
        self.births = self._births()
        self.left_study = bool(cell(self.person, "withdrawn") or cell(self.person, "screen_failed"))
        self.applicable = {name: self._applicable(node) for name, node in self.nodes.items()}
        self.unrecorded = self._find_unrecorded()
        self.status = self._statuses()

    def _read_site(self, sites: Mapping[str, Any] | None, closures: Closures | None) -> None:
        zone = str(self.protocol["timezone"])
        self.closed: set[int] = set()
        name = cell(self.person, "site")
        if sites is not None and name in sites:
            zone = str(sites[name].get("timezone") or zone)
            if closures is None or name not in closures:
                self.closed = _closed_days(sites[name], self.opens - _PAST, self.closes + _FUTURE)
        if closures is not None and name in closures:
            self.closed = {d.toordinal() for d in closures[name]}
        self.zone = Home(zone)
        self.zone.closed = frozenset(self.closed)

    def _read_rules(self, history: list[Row], decisions: list[Row], strict: bool) -> list[Rule]:
        events = self.protocol.get("events") or {}
        exposures = []
        for row in history:
            name = cell(row, "event")
            if name in events:
                point = events[name]["kind"] == "point"
                exposure = read_exposure(row, point, self.zone, self.as_of)
                if exposure is not None:
                    exposures.append(exposure)
        rules = [
            (Required if Required.is_one(raw) else Rule)(raw, self.protocol, self.person)
            for raw in self.protocol.get("rules") or []
        ]
        for rule in rules:
            rule.look_at(exposures, history, decisions, strict)
        return rules

    def _births(self) -> list[int]:
        """The days on which the participant may have been born; of no date two that are far away."""
        text = cell(self.person, "birth_date")
        if text in ("", "unknown"):
            return [self.opens - 40_000, self.closes + 40_000]
        first, last = written_days(text)
        return [*range(first, last + 1)]

    # --- what a node is ----------------------------------------------------------------------

    def _applicable(self, node: Node) -> bool | None:
        """Does the visit apply (None: a blank could decide)? What hangs off it goes with it."""
        if not node.visit:
            return True
        own = only(node.raw.get("only"), self.person)
        answers = [own] if node.anchor == BIRTH else [own, self._applicable(self.anchor(node))]
        return False if False in answers else None if None in answers else True

    def done_day(self, name: str) -> int | None:
        """The recorded day of a node; a visit that is not for this participant has none."""
        return None if self.applicable[name] is False else self.records[name].done

    def counts(self, name: str) -> bool:
        """Does this pass see the node at all?"""
        return self.applicable[name] is True or (self.applicable[name] is None and self.safe)

    def anchor(self, node: Node) -> Node:
        """The node that a visit hangs off."""
        return self.nodes[node.anchor]

    def is_optional(self, node: Node, safe: bool) -> bool:
        """Is the node outside the feasibility question of this pass?

        safe: the pass for permitted days, where a visit of undecided `only` is required.
        """
        if node.optional or (not safe and self.applicable[node.id] is None):
            return True
        return node.visit and node.anchor != BIRTH and self.is_optional(self.anchor(node), safe)

    def all_above(self, name: str) -> list[str]:
        """Every node that it hangs off, nearest first."""
        node = self.nodes[name]
        above = node.anchor if node.visit and node.anchor != BIRTH else ""
        return [above, *self.all_above(above)] if above else []

    def ancestors(self, name: str) -> list[str]:
        """The nodes that time it, nearest first: up to a recorded one, which stands by itself."""
        node = self.nodes[name]
        if not node.visit or node.anchor == BIRTH or self.done_day(node.anchor) is not None:
            return []
        return [node.anchor, *self.ancestors(node.anchor)]

    def clock(self, name: str, day: int, booked: bool = True) -> list[Interval]:
        """What the node's time may be on a day: alternatives, any minute of which counts.

        booked: a booking for that day counts. A day that only stands in has no booked time.
        """
        if name == BIRTH:
            return [(0, 0)]  # nothing in hours counts from it
        node, record = self.nodes[name], self.records[name]
        time = node.at
        if record.done == day:
            time = record.done_time or time
        elif booked and record.done is None and record.booked == day:
            time = record.booked_time or time
        known = instants(self.zone, day, time) if time else ()
        return [(m, m) for m in known] or [day_span(self.zone, day)]

    # --- statuses (section 5) ----------------------------------------------------------------

    def _find_unrecorded(self) -> set[str]:
        """Milestones that happened, as a done visit shows, count as done for those before them."""
        milestones = [n for n in self.nodes.values() if not n.visit]
        happened = {n.id for n in milestones if self.records[n.id].done is not None}
        for node in self.nodes.values():
            if node.visit and self.done_day(node.id) is not None and self.counts(node.id):
                happened.add(self._must_have_been(node) or "")
        later = [any(m.id in happened for m in milestones[i:]) for i in range(len(milestones))]
        undone = [self.records[n.id].done is None for n in milestones]
        return {
            n.id
            for n, shown, open_ in zip(milestones, later, undone, strict=True)
            if shown and open_
        }

    def _must_have_been(self, node: Node) -> str | None:
        """The milestone that cannot be later than this node, by its windows alone."""
        if not node.visit:
            return node.id
        start = node.low if node.windowed else node.target
        if node.after and node.anchor != BIRTH and never_early(start):
            return self._must_have_been(self.anchor(node))
        return None

    def _awaits(self, node: Node) -> bool:
        """Is it timed, directly or through visits that are not done, from an unrecorded one?"""
        if self.done_day(node.id) is not None or node.anchor == BIRTH:
            return False
        return self._awaits(self.anchor(node)) if node.visit else node.id in self.unrecorded

    def _statuses(self) -> dict[str, str]:
        status: dict[str, str] = {}
        for node in self.nodes.values():
            # Anchors first: whether a visit is overdue depends on those above it.
            for name in [*reversed(self.all_above(node.id)), node.id]:
                if name not in status:
                    status[name] = self._status(self.nodes[name], status)
        if self.left_study:
            stays = ("done", "missed", "not applicable")
            return {n: s if s in stays else "none" for n, s in status.items()}
        return status

    def _status(self, node: Node, status: Mapping[str, str]) -> str:
        record = self.records[node.id]
        if self.applicable[node.id] is False:
            return "not applicable"
        if record.done is not None:
            return "done"
        if not node.visit:
            return "unrecorded" if node.id in self.unrecorded else "open"
        if record.missed:
            return "missed"
        if self._awaits(node):
            return "awaiting"
        return "overdue" if self._is_over(node, status) else "open"

    def _is_over(self, node: Node, status: Mapping[str, str]) -> bool:
        """Has its window, or the target day of a visit without one, passed without a record?"""
        anchor = self._known_day(node.anchor, status)
        if anchor is None:
            return False
        clock = self.clock(node.anchor, anchor, booked=False)
        if node.anchor == BIRTH:  # for whoever was born on any of these days
            ends = [
                window(node, born, clock, self.zone)[0][1]
                if node.windowed
                else target_day(node, born, clock, self.zone)
                for born in self.births
            ]
            return max(ends) < self.as_of and (node.windowed or self.booking(node.id) is None)
        if node.windowed:
            return max(hi for _, hi in window(node, anchor, clock, self.zone)) < self.as_of
        if not node.after and status[node.anchor] == "done":
            return True  # nothing happens before what has happened
        passed = target_day(node, anchor, clock, self.zone) < self.as_of
        return passed and self.booking(node.id) is None

    def stands_in(self, node: Node, status: Mapping[str, str]) -> bool:
        """Do visits that hang off this one use its target day?"""
        return node.visit and (
            status[node.id] in ("missed", "overdue")
            or (status[node.id] == "open" and not node.windowed)
        )

    def _known_day(self, name: str, status: Mapping[str, str]) -> int | None:
        """The node's recorded day, or the target day that stands in for it, if that is known.

        What hangs off a visit that hangs off a birth is over when it is so for the last birth.
        """
        if name == BIRTH:
            return max(self.births)
        node = self.nodes[name]
        if self.done_day(name) is not None:
            return self.done_day(name)
        if not self.stands_in(node, status):
            return None
        day = self._known_day(node.anchor, status)
        if day is None:
            return None
        return target_day(node, day, self.clock(node.anchor, day, booked=False), self.zone)

    def standing_days(self, name: str) -> set[int]:
        """The days on which something stands: of a birth partly known, and what hangs off it, several."""
        if name == BIRTH:
            return set(self.births)
        day = self._known_day(name, self.status)
        if day is None or not self.stands_in(self.nodes[name], self.status):
            return set() if day is None else {day}
        anchor = self.nodes[name].anchor
        return {
            target_day(self.nodes[name], at, self.clock(anchor, at, booked=False), self.zone)
            for at in self.standing_days(anchor)
        }

    def booking(self, name: str) -> int | None:
        """The day of a booking that still stands and is not past."""
        day = self.records[name].booked
        return day if day is not None and day >= self.as_of else None
