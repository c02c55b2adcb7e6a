"""Links: what the day of one node means for the day of another, as pairs of monotone maps.

A link comes from a gap, or from a visit's window. Each of its two sides compares a key of the end
node with a key of the start node; keys are days, or instants where a gap is in hours. Keys never
decrease with the day, so a side is a monotone map of days whatever months and clocks do.
Source: docs/semantics.md, sections 2 and 4.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from scheduler.arrays import Flags
from scheduler.days import FAR, Days, Length, Offset
from scheduler.days.clocks import Zone
from scheduler.protocol import STUDY_CLOSES, STUDY_OPENS, Attributes, Basis, Gap, Node, Protocol
from scheduler.rules.moments import Moments, moments_of

Keys = Days


def shifted(moments: Moments, step: Offset, zone: Zone) -> Moments:
    """Moments moved by a step: calendar part by the local clock, minutes as elapsed time.

    A local time that the calendar part leads to and that occurs twice stays unknown between the
    two; one that a clock change skips is the moment of the change.
    """
    early, late = moments.early, moments.late
    own = replace(step, then=None)
    if step.months or step.days or step.working:
        early = zone.at(own.day_from(zone.day(early), zone.working), zone.minute(early))[0]
        late = zone.at(own.day_from(zone.day(late), zone.working), zone.minute(late))[1]
    early, late = early + step.minutes, np.maximum(early, late) + step.minutes
    moved = Moments(zone.day(early), early, late)
    return moved if step.then is None else shifted(moved, step.then, zone)


def target_of(node: Node, anchor: Moments, zone: Zone) -> Moments:
    """Where a visit's target lies, given its anchor; a timed visit keeps the clock."""
    if node.timed:
        return shifted(anchor, node.target, zone)
    return moments_of(node.target.day_from(anchor.day, zone.working), node.at, zone)


def stand_in(node: Node, anchor: Moments, zone: Zone) -> Moments:
    """Where a visit without a day of its own stands for what hangs off it: on its target day.

    A day, not an instant: it has a clock time only where the protocol gives the visit one.
    """
    return moments_of(target_of(node, anchor, zone).day, node.at, zone)


@dataclass(frozen=True, slots=True)
class Link:
    """One bound between two nodes, by index; the fixed nodes follow after the others.

    `through` are visits that stand on their target day between `start` and what the link speaks
    of: the visit that a window belongs to, or (the last of them) the start of a gap; `carry` are
    the steps to the last one's target, those in days together. `through_end` are those between
    `end` and the end of a gap. `timed`: the window, or one of them, counts hours. `place` is a
    gap's place in the file. `clocked`: clock times matter, so that the maps depend on the zone and
    on recorded times; `local`: clock times or working days do, so that they are those of a site.
    """

    start: int
    end: int
    gap: Gap | None = None
    node: Node | None = None
    through: tuple[Node, ...] = ()
    carry: tuple[Offset, ...] = ()
    timed: bool = False
    place: int = -1
    through_end: tuple[Node, ...] = ()
    clocked: bool = field(init=False, compare=False, repr=False)
    local: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Find out what matters once, for it is asked for every participant and pass."""
        clocked = self.timed or (self.gap is not None and self.gap.elapsed)
        object.__setattr__(self, "clocked", clocked)
        object.__setattr__(self, "local", clocked or self._works())

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells the link from all others that its protocol can have."""
        return self.start, self.end, self.place

    @property
    def id(self) -> str:
        """The name of the link in tables and reasons."""
        if self.gap is not None:
            return self.gap.id
        assert self.node is not None
        return self.node.name

    @property
    def kind(self) -> str:
        """`gap` or `window`."""
        return "gap" if self.gap is not None else "window"

    @property
    def only(self) -> Attributes:
        """The participants that a gap is for (a visit's own condition is the node's)."""
        return self.gap.only if self.gap is not None else {}

    @property
    def basis(self) -> Basis:
        """What the link rests on."""
        if self.gap is not None:
            return self.gap.basis
        assert self.node is not None
        return self.node.basis

    def _works(self) -> bool:
        steps = [step for visit in (*self.through, *self.through_end) for step in [visit.target]]
        if self.gap is not None:
            sides = [side for side in (self.gap.min, self.gap.max) if side is not None]
            counted = any(side.works for side in sides) or any(step.works for step in steps)
            return counted or self.gap.test is not None
        assert self.node is not None
        steps += [step for step in (self.node.low, self.node.high) if step is not None]
        return any(step.works for step in steps)

    def sides(self, zone: Zone, cautious: bool) -> "Sides":
        """The two comparisons of the link; `cautious` takes every unknown clock against it."""
        return Sides(self, zone, cautious)


@dataclass(frozen=True, slots=True)
class Sides:
    """The keys that a link compares: least_key(start) <= end, and end <= most_key(start)."""

    link: Link
    zone: Zone
    cautious: bool

    def least(self, start: Moments) -> Keys | None:
        """The key that the end node must reach, or None without a lower bound."""
        gap = self.link.gap
        if gap is None:
            return self._edge(start, low=True)
        if gap.min is None:
            return None
        start = self._carried(self.link.through, start)
        if gap.min.elapsed:
            return self._late(start) + gap.min.minutes
        if gap.test is not None:  # the day of a test that is still to come
            assert self.zone.working is not None
            return self.zone.working.opening(start.day)
        return gap.min.first_clear(start.day, False, _NO_HALF_LIFE, self.zone.working)

    def most(self, start: Moments) -> Keys | None:
        """The key that the end node must not pass, or None without an upper bound."""
        gap = self.link.gap
        if gap is None:
            return self._edge(start, low=False)
        if gap.max is None:
            return None
        start = self._carried(self.link.through, start)
        if gap.max.elapsed:
            return self._early(start) + gap.max.minutes
        return gap.max.forward(start.day, None, self.zone.working)

    def least_end(self, end: Moments) -> Keys:
        """What of the end node is compared with `least`."""
        end = self._carried(self.link.through_end, end)
        if not self._elapsed(low=True):
            return end.day
        return self._early(end)

    def most_end(self, end: Moments) -> Keys:
        """What of the end node is compared with `most`."""
        end = self._carried(self.link.through_end, end)
        if not self._elapsed(low=False):
            return end.day
        return self._late(end)

    def _early(self, moments: Moments) -> Keys:
        """The instant that counts against an upper bound on the time since then."""
        return (
            moments.early
            if self.cautious
            else np.where(_twice(moments), moments.late, moments.early)
        )

    def _late(self, moments: Moments) -> Keys:
        """The instant that counts against a lower bound on the time since then."""
        return (
            moments.late
            if self.cautious
            else np.where(_twice(moments), moments.early, moments.late)
        )

    def _elapsed(self, low: bool) -> bool:
        gap = self.link.gap
        side: Length | None = None if gap is None else gap.min if low else gap.max
        return side is not None and side.elapsed

    def _carried(self, through: tuple[Node, ...], moments: Moments) -> Moments:
        """The moments of the last of several visits that stand on their target days."""
        for visit in through:
            moments = stand_in(visit, moments, self.zone)
        return moments

    def _edge(self, start: Moments, low: bool) -> Keys:
        node = self.link.node
        assert node is not None
        step = node.low if low else node.high
        assert step is not None
        if not self.link.timed:
            day = start.day
            for carried in self.link.carry:
                day = carried.day_from(day, self.zone.working)
            return step.day_from(day, self.zone.working)
        start = self._carried(self.link.through, start)
        if not node.timed:
            return step.day_from(start.day, self.zone.working)
        moved = shifted(start, step, self.zone)
        # with a clock time that occurs twice either reading counts in favour, or both against
        favour, other = (moved.early, moved.late) if low else (moved.late, moved.early)
        against = np.where(_twice(moved), other, favour)
        return self.zone.day(against if self.cautious else favour)


def bounds_on_end(sides: Sides, start: Moments, end: Moments, first: int) -> tuple[Days, Days]:
    """The first and last day of the horizon that each start leaves to the end node.

    `end` are the moments of all days of the horizon, which begins on `first`.
    """
    least, most = sides.least(start), sides.most(start)
    if least is None:
        low = np.full(len(start.day), -FAR)
    else:
        low = first + _before(sides.least_end(end), end, first, least)
    if most is None:
        high = np.full(len(start.day), FAR)
    else:
        high = first - 1 + _before(sides.most_end(end), end, first, most, counted=True)
    return low, high


def _before(keys: Keys, end: Moments, first: int, wanted: Keys, counted: bool = False) -> Days:
    """How many of the keys of all days from `first` on lie before each one (`counted`: or on it).

    The days themselves follow one another, so that their places need no search.
    """
    if keys is end.day:
        return np.minimum(np.maximum(wanted + (int(counted) - first), 0), len(keys))
    return np.asarray(keys.searchsorted(wanted, side="right" if counted else "left"), np.int64)


def bounds_on_start(sides: Sides, start: Moments, end: Moments, first: int) -> tuple[Days, Days]:
    """The first and last day of the horizon that each end leaves to the start node.

    `start` are the moments of all days of the horizon, which begins on `first`.
    """
    least, most = sides.least(start), sides.most(start)
    if least is None:
        high = np.full(len(end.day), FAR)
    else:
        high = first + least.searchsorted(sides.least_end(end), side="right") - 1
    if most is None:
        low = np.full(len(end.day), -FAR)
    else:
        low = first + most.searchsorted(sides.most_end(end))
    return low, high


_NO_HALF_LIFE = np.zeros(1)


def _twice(moments: Moments) -> Flags:
    """Whether the two instants are one clock time that occurs twice, not the ends of a day."""
    return np.asarray(moments.late - moments.early <= 180, bool)


def fixed_index(protocol: Protocol, name: str) -> int:
    """The index of a node by name, the fixed nodes after all others."""
    count = len(protocol.nodes)
    fixed = {STUDY_OPENS: count, STUDY_CLOSES: count + 1}
    return fixed[name] if name in fixed else protocol.index[name]


def study_moments(protocol: Protocol, zone: Zone) -> tuple[Moments, Moments]:
    """The moments of the two fixed nodes: the days on which the study opens and closes."""
    days = np.array([protocol.study.first_day, protocol.study.last_day], np.int64)
    both = moments_of(days, None, zone)
    return both.take(np.array([0])), both.take(np.array([1]))
