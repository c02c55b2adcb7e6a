"""Required rules in hours: the days on which an exposure satisfies them at every time of the day.

A node without a clock time may come at any time of its day, so a day counts for an exposure only
where all of it does. Source: docs/semantics.md, section 3 ("What must be so", "Hours").
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import Columns, spread
from scheduler.days import FAR, MINUTES_A_DAY, Days
from scheduler.days.clocks import Instants, Zone
from scheduler.protocol import Node, Protocol, Rule
from scheduler.rules.in_hours import days_of, instant_spans, own_time
from scheduler.rules.recorded import Recorded

DayRanges = tuple[Columns, Columns]  # possible and certain: the exposure's place, first, last
_LONGEST = MINUTES_A_DAY + 180  # minutes of a day on which clocks go back


def ranges_in_hours(
    rule: Rule, protocol: Protocol, cohort: Cohort, timeline: Recorded, rows: Index
) -> DayRanges:
    """The days on which each exposure may count, and on which it must."""
    node = protocol.nodes[protocol.index[rule.node]]
    who = cohort.exposures.participant[rows]
    possible, certain = instant_spans(rule, cohort, rows)
    own, early, late = own_time(timeline, node.index, who)
    may = (possible[0] <= late) & (early <= possible[1])
    must = (certain[0] <= early) & (late <= certain[1])
    ranges = [
        _inside(node, timeline, who, instants, favour)
        for instants, favour in ((possible, True), (certain, False))
    ]
    loose = _loose(rule, node, cohort, rows)
    own_parts = [own_days(own, hit) for hit in (may, must)]
    parts = [[*_around_own(*ranges[0], own)], [*_around_own(*ranges[1], own)]]
    if loose.any():
        parts[0] = [_long_enough(rule, protocol, timeline, who, loose, part) for part in parts[0]]
    return (_joined([*parts[0], own_parts[0]]), _joined([*parts[1], own_parts[1]]))


def _joined(parts: list[Columns]) -> Columns:
    row, first, last = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return row, first, last


def _inside(
    node: Node, timeline: Recorded, who: Index, instants: tuple[Instants, Instants], favour: bool
) -> tuple[Days, Days]:
    """The first and last day of a node that lies wholly in some instants."""
    first, last = np.full(len(who), FAR), np.full(len(who), -FAR)
    for zone, rows in timeline.by_zone(who):
        first[rows], last[rows] = _days_inside(
            node, zone, instants[0][rows], instants[1][rows], favour
        )
    return first, last


def _days_inside(
    node: Node, zone: Zone, begin: Instants, end: Instants, favour: bool
) -> tuple[Days, Days]:
    limit = np.int64(FAR) * 1000
    far = np.full(len(begin), limit)
    _, before = days_of(node, zone, -far, begin - 1, favour)
    after, _ = days_of(node, zone, end + 1, far, favour)
    return np.where(begin <= -limit, -FAR, before + 1), np.where(end >= limit, FAR, after - 1)


def days_wholly_inside(
    node: Node, timeline: Recorded, who: Index, instants: tuple[Instants, Instants], favour: bool,
    own: Days,
) -> list[Columns]:  # fmt: skip
    """The days of a node that lie wholly in some instants, but for those of a time of their own."""
    return _around_own(*_inside(node, timeline, who, instants, favour), own)


def _around_own(first: Days, last: Days, own: Days) -> list[Columns]:
    """Ranges without the day on which each participant's node has a time of its own."""
    every = np.arange(len(first))
    before = every, first, np.where(own < FAR, np.minimum(last, own - 1), last)
    after = every[own < FAR], np.maximum(first, own + 1)[own < FAR], last[own < FAR]
    return [before, after]


def own_days(own: Days, hit: Flags) -> Columns:
    """The days with a clock time of their own on which something is so."""
    rows = np.flatnonzero((own < FAR) & hit)
    return rows, own[rows], own[rows]


def _loose(rule: Rule, node: Node, cohort: Cohort, rows: Index) -> Flags:
    """Points of unknown time whose reach may be shorter than a day of a node without a time."""
    exposures = cohort.exposures
    assert rule.length is not None
    short = node.at is None and rule.length.minutes < _LONGEST and rule.traits.heeds_ends
    vague = exposures.start_first_instant[rows] < exposures.start_last_instant[rows]
    return exposures.single[rows] & vague & short & (not rule.traits.early)


def _long_enough(
    rule: Rule, protocol: Protocol, timeline: Recorded, who: Index, loose: Flags, part: Columns
) -> Columns:
    """Of the ranges of loose points only the days that one moment of theirs can reach whole."""
    assert rule.length is not None
    row, first, last = part
    mine = loose[row]
    low = min(protocol.study.first_day, int(timeline.day[timeline.done].min(initial=FAR)))
    first, last = np.maximum(first, low)[mine], np.minimum(last, protocol.study.last_day)[mine]
    source, day = spread(first, np.maximum(last + 1, first))
    owner = row[mine][source]
    fits = np.zeros(len(day), bool)
    reach = rule.length.minutes - int(not rule.inclusive)
    for zone, some in timeline.by_zone(who[owner]):
        fits[some] = zone.day_end(day[some]) - zone.day_start(day[some]) <= reach
    kept = row[~mine], part[1][~mine], part[2][~mine]
    return _joined([kept, (owner[fits], day[fits], day[fits])])
