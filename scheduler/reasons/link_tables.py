"""Links as tables over all days that are judged: what each day of one end means for the other.

Tables depend on the protocol, the zone and the pass only, so they are kept from one plan to the
next.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone
from scheduler.engine.problem import Problem
from scheduler.protocol import Protocol
from scheduler.rules.links import Link, bounds_on_end
from scheduler.rules.moments import Moments, moments_of
from scheduler.schedule.windows_left import LinkLookup

Own = tuple[int, int, int] | None  # a day with a clock time of its own: its place and instants
_MOST = 4  # protocols whose tables are kept


@dataclass(frozen=True)
class LinkTable:
    """A map of days as places from the first day that is judged; `none`: it bounds nothing."""

    least: Days
    none: bool


@dataclass
class DayLine:
    """The days on which dates are judged, and the links of a protocol as tables over them."""

    protocol: Protocol
    first: int
    days: Days
    _moments: dict[Hashable, Moments] = field(default_factory=dict)
    _tables: dict[Hashable, tuple[LinkTable, LinkTable]] = field(default_factory=dict)

    def moments(self, node: int, zone: Zone, own: Own = None) -> Moments:
        """The moments of all days of a node; a booked day has its own clock time."""
        at = self.protocol.nodes[node].at
        if (at, zone.name) not in self._moments:
            self._moments[at, zone.name] = moments_of(self.days, at, zone)
        every = self._moments[at, zone.name]
        if own is None:
            return every
        early, late = every.early.copy(), every.late.copy()
        early[own[0]], late[own[0]] = own[1:]
        return Moments(every.day, early, late)

    def tables(
        self, link: Link, zone: Zone, cautious: bool, owns: tuple[Own, Own]
    ) -> tuple[LinkTable, LinkTable]:
        """The first day of the link's end for each day of its start, and the other way round."""
        key = link.key, zone.key if link.local else "", cautious
        if owns != (None, None):
            return self._made(link, zone, cautious, owns)
        if key not in self._tables:
            self._tables[key] = self._made(link, zone, cautious, owns)
        return self._tables[key]

    def _made(
        self, link: Link, zone: Zone, cautious: bool, owns: tuple[Own, Own]
    ) -> tuple[LinkTable, LinkTable]:
        start, end = self.moments(link.start, zone, owns[0]), self.moments(link.end, zone, owns[1])
        low, high = bounds_on_end(link.sides(zone, cautious), start, end, self.first)
        earliest = np.searchsorted(np.maximum.accumulate(high), self.days).astype(np.int64)
        return (
            LinkTable(low - self.first, not bool((low > -FAR).any())),
            LinkTable(earliest, not bool((high < FAR).any())),
        )


_kept: dict[int, DayLine] = {}


def line_of(problem: Problem) -> DayLine:
    """The line of a problem's protocol."""
    protocol = problem.protocol
    line = _kept.get(id(protocol))
    if line is None or line.protocol is not protocol:
        judge = LinkLookup(problem)
        line = _kept[id(protocol)] = DayLine(protocol, judge.first, judge.days)
        while len(_kept) > _MOST:
            _kept.pop(next(iter(_kept)))
    return line


def stacked(tables: list[LinkTable]) -> tuple[Days, bool]:
    """Tables one after another, and whether none of them bounds anything."""
    if len(tables) == 1:
        return tables[0].least, tables[0].none
    return np.concatenate([table.least for table in tables]), all(table.none for table in tables)
