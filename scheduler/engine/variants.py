"""Variants: the few participants whose days need more than one row of the engine.

`from A until B` between two open nodes says "B >= s implies A > t": a staircase. Each step of it is
a row with plain bounds, and together the rows cover every schedule. A booking with a clock time of
its own gives one row in which the node stands on that day at that time, and one without that day.
Source: docs/engine.md, docs/decisions/0010-from-until-pairs.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.core.dayset import Runs, between, free
from scheduler.days import FAR, Days, on_weekdays
from scheduler.engine.passes import Pass
from scheduler.engine.stairs import Step, staircases
from scheduler.rules.links import Link, Sides
from scheduler.rules.moments import Moments

_TOGETHER = 2**13  # rows of several nodes that are freed at once: few calls, in a core's cache
_Ends = tuple[Moments, Moments]  # the first and the last moments that a node may have


@dataclass
class Variants:
    """Rows of the engine: whose they are, what is pinned in them, and their bounds.

    `pinned` marks nodes that stand on their booked day; `holes` are days taken out of single rows.
    """

    owner: Pass
    participant: Index
    pinned: Flags
    low: Days
    high: Days
    feasible: Flags
    holes: list[tuple[int, int, int]]

    @staticmethod
    def plain(owner: Pass, people: Index) -> Variants:
        """One row a participant, nothing pinned."""
        low, high = owner.low, owner.high
        if len(people) < len(low):
            low, high = low[people], high[people]
        return Variants(
            owner, people, np.zeros(low.shape, bool), low, high, np.ones(len(people), bool), []
        )

    def free_days(self, rows: Index, nodes: Sequence[int], base: Days) -> dict[int, Runs]:
        """What spans and bounds leave to nodes, as runs of places (a day plus `base`)."""
        step = max(1, _TOGETHER // max(1, len(rows)))
        found: dict[int, Runs] = {}
        holed = self.owner.spanned.copy()
        holed[[node for _, node, _ in self.holes]] = True
        bound = [node for node in nodes if holed[node]]
        loose = [node for node in nodes if not holed[node]]
        for some, make in ((bound, self._free_days), (loose, self._between)):
            for begin in range(0, len(some), step):
                part = some[begin : begin + step]
                made = make(rows, part, base)
                found.update(zip(part, made.split(len(part)), strict=True))
        return found

    def _cells(self, rows: Index, nodes: Sequence[int], base: Days) -> tuple[Index, Index, Days]:
        """The row, the node and the base of every cell: rows of one node, then of the next."""
        node = np.array(nodes, np.int64).repeat(len(rows))
        return np.concatenate([rows] * len(nodes)), node, np.concatenate([base] * len(nodes))

    def _between(self, rows: Index, nodes: Sequence[int], base: Days) -> Runs:
        row, node, base = self._cells(rows, nodes, base)
        return between(self.low[row, node] + base, self.high[row, node] + base)

    def _free_days(self, rows: Index, nodes: Sequence[int], base: Days) -> Runs:
        count, forbidden = len(rows), self.owner.forbidden
        row, node, base = self._cells(rows, nodes, base)
        source, place = self.owner.spans_of(node, self.participant[row])
        parts = [(source, forbidden.first[place], forbidden.last[place])]
        spot = {int(row): i for i, row in enumerate(rows)} if self.holes else {}
        for hole, of, day in self.holes:
            if hole in spot and of in nodes:
                at = np.array([nodes.index(of) * count + spot[hole]])
                parts.append((at, np.array([day]), np.array([day])))
        source, first, last = (np.concatenate(part) for part in zip(*parts, strict=True))
        return free(
            len(row), self.low[row, node] + base, self.high[row, node] + base,
            source, first + base[source], last + base[source],
        )  # fmt: skip


def expand(owner: Pass, members: Flags, people: Index) -> Variants:
    """The rows that together hold every schedule of the people's member nodes."""
    rows = Variants.plain(owner, people)
    stairs = staircases(owner, members)
    timed = _timed_bookings(owner, members)
    special = set(stairs) | set(timed)
    if not special:
        return rows
    if not timed and all(len(mine) == 1 for mine in stairs.values()):
        return _stepped(rows, stairs)
    made = _VariantMaker(owner, members)
    for person in sorted(special & set(people.tolist())):
        made.person(person, stairs.get(person, {}), timed.get(person, []))
    plain = np.array([p not in special for p in people.tolist()], bool)
    return made.joined(rows, plain)


def _stepped(rows: Variants, stairs: dict[int, dict[tuple[int, int], list[Step]]]) -> Variants:
    """One row a stair, and one after the last, of participants with one staircase each.

    They stand after the plain rows; the rows of one participant as `_VariantMaker` makes them.
    """
    chosen = np.isin(rows.participant, list(stairs))
    places = np.flatnonzero(chosen)
    places = places[np.argsort(rows.participant[places], kind="stable")]
    owners: list[int] = []
    bounds: list[tuple[int, int, int, int]] = []  # A, its least day, B, its greatest day
    for place, person in zip(places.tolist(), rows.participant[places].tolist(), strict=True):
        (((a, b), steps),) = stairs[person].items()
        owners += [place] * (len(steps) + 1)
        lows = [-FAR, *(t + 1 for _, t in steps)]
        highs = [*(s - 1 for s, _ in steps), FAR]
        bounds += [(a, low, b, high) for low, high in zip(lows, highs, strict=True)]
    every = np.concatenate([np.flatnonzero(~chosen), np.array(owners, np.int64)])
    low, high = rows.low[every], rows.high[every]
    begin = len(every) - len(owners)
    added = np.array(bounds, np.int64).reshape(-1, 4).T
    at = np.arange(begin, len(every))
    low[at, added[0]] = np.maximum(low[at, added[0]], added[1])
    high[at, added[2]] = np.minimum(high[at, added[2]], added[3])
    return Variants(
        rows.owner, rows.participant[every], rows.pinned[every], low, high, rows.feasible[every], []
    )


def _timed_bookings(owner: Pass, members: Flags) -> dict[int, list[int]]:
    """Open nodes whose booking has a clock time that some link looks at."""
    timeline = owner.problem.timeline
    if not timeline.booked_timed.any():
        return {}
    looked_at = np.zeros(members.shape, bool)
    count = members.shape[1]
    for number, link in enumerate(owner.problem.links):
        for end, open_ in ((link.start, owner.starts), (link.end, owner.ends)):
            if link.clocked and end < count:
                looked_at[:, end] |= owner.active[:, number] & open_(link)[0]
    within = (timeline.booked >= owner.low) & (timeline.booked <= owner.high)
    found: dict[int, list[int]] = {}
    for who, node in zip(
        *np.nonzero(timeline.booked_timed & members & looked_at & within), strict=True
    ):
        found.setdefault(int(who), []).append(int(node))
    return found


class _VariantMaker:
    def __init__(self, owner: Pass, members: Flags) -> None:
        self.owner, self.members = owner, members
        self.participant: list[int] = []
        self.pinned: list[Flags] = []
        self.low: list[Days] = []
        self.high: list[Days] = []
        self.feasible: list[bool] = []
        self.holes: list[tuple[int, int, int]] = []

    def person(self, who: int, stairs: dict[tuple[int, int], list[Step]], timed: list[int]) -> None:
        """All rows of one participant: every choice of booked times with every stair."""
        bounds = [(self.owner.low[who].copy(), self.owner.high[who].copy())]
        for (a, b), steps in stairs.items():
            bounds = [
                (self._raised(low, a, steps[:i]), self._lowered(high, b, steps[i:]))
                for low, high in bounds
                for i in range(len(steps) + 1)
            ]
        for choice in range(2 ** len(timed)):
            pins = [node for i, node in enumerate(timed) if choice >> i & 1]
            for low, high in bounds:
                self._row(who, low.copy(), high.copy(), pins, [n for n in timed if n not in pins])

    @staticmethod
    def _raised(low: Days, node: int, steps: list[Step]) -> Days:
        low = low.copy()
        if steps:
            low[node] = max(low[node], steps[-1][1] + 1)
        return low

    @staticmethod
    def _lowered(high: Days, node: int, steps: list[Step]) -> Days:
        high = high.copy()
        if steps:
            high[node] = min(high[node], steps[0][0] - 1)
        return high

    def _row(self, who: int, low: Days, high: Days, pins: list[int], free_of: list[int]) -> None:
        booked = self.owner.problem.timeline.booked[who]
        pinned = np.zeros(len(low), bool)
        pinned[pins] = True
        row = len(self.participant)
        self.holes += [(row, node, int(booked[node])) for node in free_of]
        fits = all(
            low[node] <= booked[node] <= high[node]
            and self._day_is_free(who, node, int(booked[node]))
            for node in pins
        )
        for number, link in enumerate(self.owner.problem.links):
            if fits and self.owner.active[who, number] and {link.start, link.end} & set(pins):
                fits = self._follow(who, number, link, pinned, low, high)
        self.participant.append(who)
        self.pinned.append(pinned)
        self.low.append(low)
        self.high.append(high)
        self.feasible.append(fits)

    def _day_is_free(self, who: int, node: int, day: int) -> bool:
        problem = self.owner.problem
        site = problem.site_open[problem.cohort.site[who], day - problem.first]
        _, place = self.owner.spans_of(node, np.array([who]))
        spans = self.owner.forbidden
        inside = (spans.first[place] <= day) & (spans.last[place] >= day)
        one = problem.protocol.nodes[node]
        held = bool(on_weekdays(np.array([day]), one.weekdays)[0])
        return bool((one.any_day or (site and held)) and not inside.any())

    def _follow(
        self, who: int, number: int, link: Link, pinned: Flags, low: Days, high: Days
    ) -> bool:
        """Draw what a pinned node means through one link; False where it breaks it."""
        owner = self.owner
        zone_ = owner.problem.timeline.zones[owner.problem.timeline.zone_of[who]]
        sides = link.sides(zone_, owner.cautious)
        start, end = self._moments(who, number, link, pinned, sides)
        if start is not None and end is not None:
            return owner.keeps(sides, start, end)
        bounds: tuple[Days, Days] | None = None
        if start is not None and owner.edge[who, number] and self.members[who, link.end]:
            bounds, node = owner.bounds_from_start(sides, start, None, 0), link.end
        elif end is not None and owner.edge[who, number] and self.members[who, link.start]:
            bounds, node = owner.bounds_from_end(sides, end, None, 0), link.start
        if bounds is not None:
            low[node] = max(low[node], bounds[0][0])
            high[node] = min(high[node], bounds[1][0])
        return True

    def _moments(
        self, who: int, number: int, link: Link, pinned: Flags, sides: Sides
    ) -> tuple[_Ends | None, _Ends | None]:
        """The first and last moments of the two ends where they are pinned or known."""
        owner, timeline = self.owner, self.owner.problem.timeline
        one = np.array([who])
        count = len(pinned)

        def at(node: int, anchor: int, is_open: bool, known: bool) -> _Ends | None:
            if is_open and node < count and pinned[node]:
                booked = Moments(
                    timeline.booked[one, node], timeline.booked_early[one, node],
                    timeline.booked_late[one, node],
                )  # fmt: skip
                return booked, booked
            return owner.known(anchor, one, sides) if known else None

        anchor = link.start if link.node is None or link.through else link.node.anchor
        # a window may hang off a node further up, which another visit stands in for or not
        start_open, start_known = (bool(flags[who]) for flags in owner.starts(link))
        end_open, end_known = (bool(flags[who]) for flags in owner.ends(link))
        return (
            at(link.start, anchor, start_open, start_known),
            at(link.end, link.end, end_open, end_known),
        )

    def joined(self, rows: Variants, plain: Flags) -> Variants:
        """The made rows after the plain ones."""
        kept = int(plain.sum())
        shape = (len(self.participant), rows.pinned.shape[1])
        return Variants(
            rows.owner,
            np.concatenate([rows.participant[plain], np.array(self.participant, np.int64)]),
            np.vstack([rows.pinned[plain], np.array(self.pinned, bool).reshape(shape)]),
            np.vstack([rows.low[plain], np.array(self.low, np.int64).reshape(shape)]),
            np.vstack([rows.high[plain], np.array(self.high, np.int64).reshape(shape)]),
            np.concatenate([rows.feasible[plain], np.array(self.feasible, bool)]),
            [(row + kept, node, day) for row, node, day in self.holes],
        )
