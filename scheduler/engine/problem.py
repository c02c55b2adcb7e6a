"""The problem that the engine solves: recorded states, forbidden spans and links of a cohort.

Source: docs/engine.md.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.core.network import Network
from scheduler.days import FAR, Days, on_weekdays
from scheduler.days.clocks import Zone
from scheduler.protocol import Protocol
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.forbidden import Spans, compute_spans
from scheduler.rules.linking import links_of
from scheduler.rules.links import Link
from scheduler.rules.missing_days import with_missing_days
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.recorded import Recorded
from scheduler.rules.recording import build_timeline
from scheduler.study.sites import Site

_MOST_BYTES = 2**28  # tables kept from one problem to the next
_kept: dict[object, Network] = {}


@lru_cache(maxsize=256)
def _open_days(site: Site, first: int, last: int) -> Flags:
    return np.asarray(~site.closed_days(first, last), bool)


@lru_cache(maxsize=16)
def _open_at(sites: tuple[Site, ...], first: int, last: int) -> Flags:
    """Which days of first..last each of some sites is open."""
    rows = [_open_days(site, first, last) for site in sites]
    found = np.array(rows, bool).reshape(len(rows), max(0, last - first + 1))
    found.flags.writeable = False
    return found


@lru_cache(maxsize=64)
def _told(structure: str, sites: tuple[Site, ...], first: int, last: int, works: bool) -> str:
    """What tables of the links of a structure on some sites' calendars depend on, as one text."""
    zones = [site.timezone for site in sites]
    beyond = sites if works else ()  # their days beyond the horizon
    told = f"{structure}{first}..{last}{zones}{beyond!r}"
    content = told.encode() + np.packbits(_open_at(sites, first, last)).tobytes()
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Problem:
    """Everything that the engine looks at: one protocol, one cohort, one day `as_of`.

    `pins` are days that open nodes are set to for a what-if, (participants, nodes); FAR: none.
    `other` has other recorded states: a milestone that is unrecorded only because a visit is done
    whose `only` cannot be decided is open there.
    """

    protocol: Protocol
    cohort: Cohort
    as_of: int
    timeline: Recorded
    spans: Spans
    links: tuple[Link, ...]
    pins: Days | None = None
    other: "Problem | None" = None

    @property
    def hopeful(self) -> "Problem":
        """The problem as the pass for `undetermined` sees it, which nearly always is this one."""
        return self if self.other is None else self.other

    @property
    def first(self) -> int:
        """The first day that any open node may take."""
        return max(self.protocol.study.first_day, self.as_of)

    @property
    def last(self) -> int:
        """The last day that any open node may take."""
        return self.protocol.study.last_day

    @cached_property
    def horizon(self) -> Days:
        """All days that an open node may take."""
        return np.arange(self.first, self.last + 1, dtype=np.int64)

    @property
    def slots(self) -> int:
        """The places of one calendar on the line of places: its days, and one for "none"."""
        return max(0, self.last - self.first + 1) + 1

    @cached_property
    def site_open(self) -> Flags:
        """Which days of the horizon each site is open: (sites, days)."""
        return _open_at(tuple(self.cohort.sites), self.first, self.last)

    @cached_property
    def _open(self) -> dict[tuple[bool, tuple[int, ...]], Flags]:
        return {}

    def open_days(self, any_day: bool, weekdays: tuple[int, ...]) -> Flags:
        """The days of the horizon that closed days leave, site by site; not to be written to."""
        found = self._open.get((any_day, weekdays))
        if found is None:
            found = np.ones_like(self.site_open)
            if not any_day:
                found = self.site_open
                if weekdays:
                    found = found & on_weekdays(self.horizon, weekdays)
            self._open[any_day, weekdays] = found
        return found

    @cached_property
    def site_base(self) -> Days:
        """What turns a day into a place, for each participant: the place of day 0."""
        return np.asarray(self.cohort.site * self.slots - self.first, np.int64)

    @cached_property
    def tables(self) -> dict[object, Network]:
        """Networks that were built already, by structure."""
        return {}

    @cached_property
    def _moments(self) -> dict[tuple[int | None, str], Moments]:
        return {}

    def moments(self, node: int, zone: Zone) -> Moments:
        """The moments of all days of the horizon for an open node."""
        key = self.protocol.nodes[node].at, zone.name
        if key not in self._moments:
            self._moments[key] = moments_of(self.horizon, key[0], zone)
        return self._moments[key]

    @cached_property
    def gap_applies(self) -> Index:
        """Whether each link is for each participant (of Applies): (participants, links)."""
        count = len(self.cohort)
        verdicts = np.full((len(self.links), count), int(Applies.YES), np.int64)
        for number, link in enumerate(self.links):
            if link.only:
                verdicts[number] = applies(link.only, self.cohort.attributes, count)
        return verdicts.T

    @cached_property
    def links_at(self) -> dict[int, list[int]]:
        """The links that tie each node to another one, by their places in `links`."""
        found: dict[int, list[int]] = {}
        for number, link in enumerate(self.links):
            if link.start != link.end:
                found.setdefault(link.start, []).append(number)
                found.setdefault(link.end, []).append(number)
        return found

    @cached_property
    def link_ends(self) -> tuple[Index, Index]:
        """The start and the end of each link, by index; the fixed nodes follow the others."""
        links = self.links
        return (
            np.array([link.start for link in links], np.int64),
            np.array([link.end for link in links], np.int64),
        )

    @cached_property
    def clocked(self) -> bool:
        """Whether any link or visit counts hours, so that instants matter."""
        timed = any(node.timed for node in self.protocol.nodes)
        return timed or any(link.clocked for link in self.links)

    @cached_property
    def key(self) -> str:
        """What tables depend on, as one text: nodes, links, horizon, the sites' calendars."""
        protocol, sites = self.protocol, tuple(self.cohort.sites)
        return _told(protocol.structure, sites, self.first, self.last, protocol.works)

    def kept_network(self, structure: object) -> Network | None:
        """The tables of a structure, where this problem or one like it has built them."""
        if structure not in self.tables and (self.key, structure) in _kept:
            self.tables[structure] = _kept[self.key, structure]
        return self.tables.get(structure)

    def keep_network(self, structure: object, network: Network) -> None:
        """Keep tables for this problem, and for others on the same calendars."""
        self.tables[structure] = network
        if network.bytes <= _MOST_BYTES // 4:
            _kept[self.key, structure] = network
            while sum(kept.bytes for kept in _kept.values()) > _MOST_BYTES:
                _kept.pop(next(iter(_kept)))


def build_problem(
    protocol: Protocol, cohort: Cohort, as_of: int, strict: bool = False, pins: Days | None = None
) -> Problem:
    """Recorded states, forbidden spans and links of a cohort, ready to be solved.

    A pin moves the node: a booking of it on another day ends.
    """
    timeline = with_missing_days(protocol, cohort, build_timeline(protocol, cohort, as_of), as_of)
    made = _problem(protocol, cohort, as_of, timeline, strict, pins)
    if not (timeline.undetermined & timeline.done).any():
        return made
    hopeful = build_timeline(protocol, cohort, as_of, undecided=False)
    if (hopeful.state == timeline.state).all():
        return made
    hopeful = with_missing_days(protocol, cohort, hopeful, as_of)
    return replace(made, other=_problem(protocol, cohort, as_of, hopeful, strict, pins))


def pinned(problem: Problem, pins: Days, strict: bool) -> Problem:
    """The same problem with open nodes set to days, as `build_problem` makes it.

    Of bookings that end, spans know nothing but a clock time; without one they stay as they are.
    """
    parts = [problem, *([] if problem.other is None else [problem.other])]
    clocks = any((one.timeline.booked_timed & _ends(one.timeline, pins)).any() for one in parts)
    if clocks or problem.pins is not None:
        return build_problem(problem.protocol, problem.cohort, problem.as_of, strict, pins)
    made = [replace(one, timeline=_moved(one.timeline, pins), pins=pins, other=None)
            for one in parts]  # fmt: skip
    return made[0] if len(made) == 1 else replace(made[0], other=made[1])


def _ends(timeline: Recorded, pins: Days) -> Flags:
    """The bookings that end because their node is set to another day."""
    return np.asarray((pins < FAR) & (timeline.booked != pins), bool)


def _moved(timeline: Recorded, pins: Days) -> Recorded:
    ends = _ends(timeline, pins)
    return replace(
        timeline,
        booked=np.where(ends, FAR, timeline.booked),
        booked_timed=timeline.booked_timed & ~ends,
        booked_minute=np.where(ends, -1, timeline.booked_minute),
    )


def _problem(
    protocol: Protocol, cohort: Cohort, as_of: int, timeline: Recorded, strict: bool,
    pins: Days | None,
) -> Problem:  # fmt: skip
    if pins is not None:
        timeline = _moved(timeline, pins)
    spans = compute_spans(protocol, cohort, timeline, strict)
    links = links_of(protocol, timeline.carried)
    return Problem(protocol, cohort, as_of, timeline, spans, links, pins)
