"""Births: the day from which a protocol may count, or the range of days of one partly known.

A range is read as that of a node without a record. No date at all lies between two days so far away
that nothing follows from it. Source: docs/semantics.md, section 4 ("Birth").
"""

from collections.abc import Iterator, Sequence

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone
from scheduler.protocol import Protocol
from scheduler.rules.conditions import Applies
from scheduler.rules.links import Link, stand_in
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.node_columns import columns_of_nodes
from scheduler.rules.recorded import Place, Recorded, State

_EVER = 101 * 366  # days: more than any duration


def birth_range(protocol: Protocol, cohort: Cohort) -> tuple[Days, Days]:
    """The first and last day on which each participant may have been born."""
    study, blank = protocol.study, cohort.birth_first <= -FAR
    first = np.where(blank, study.first_day - _EVER, cohort.birth_first)
    return first, np.where(blank, study.last_day + _EVER, cohort.birth_last)


def births_of(protocol: Protocol, timeline: Recorded) -> tuple[Days, Days]:
    """The same from recorded states, of the shape (participants, 1), or (participants, 0)."""
    born = protocol.made(columns_of_nodes).born
    vague, day = timeline.earliest[:, born] < FAR, timeline.day[:, born]
    return (
        np.where(vague, timeline.earliest[:, born], day),
        np.where(vague, timeline.latest[:, born], day),
    )


def vague_births(protocol: Protocol, timeline: Recorded) -> Flags:
    """Of whom something counts from a birth that is not known to the day."""
    if not len(protocol.made(columns_of_nodes).born):
        return np.zeros(len(timeline.state), bool)
    first, last = births_of(protocol, timeline)
    return np.asarray((first < last).any(1), bool)


def birth_moments(
    protocol: Protocol, timeline: Recorded, rows: Index, zone: Zone
) -> tuple[Moments, Moments]:
    """The first and the last moments of some births, of which no clock time is known."""
    first, last = births_of(protocol, timeline)
    return moments_of(first[rows, 0], None, zone), moments_of(last[rows, 0], None, zone)


def wait_for_births(
    protocol: Protocol, timeline: Recorded, links: Sequence[Link], applies: Index
) -> Iterator[tuple[Index, int]]:
    """Who waits at which open node for the day of a birth; `applies` is (participants, links)."""
    vague = vague_births(protocol, timeline)
    for number, link in enumerate(links):
        if link.start < len(protocol.nodes) and protocol.nodes[link.start].born:
            waiting = vague & (timeline.state[:, link.end] == State.OPEN)
            yield np.flatnonzero(waiting & (applies[:, number] != Applies.NO)), link.end


def targets(protocol: Protocol, timeline: Recorded) -> tuple[Days, Days]:
    """The first and last day that stands in for a visit: two where a birth is partly known."""
    low, high = timeline.day.copy(), timeline.day.copy()
    born = [node.index for node in protocol.nodes if node.born]
    if not born:
        return low, high
    low[:, born], high[:, born] = births_of(protocol, timeline)
    standing = (timeline.place == Place.KNOWN) & ~timeline.done
    for index in protocol.anchors_first:
        node = protocol.nodes[index]
        if node.anchor < 0:
            continue
        rows = np.flatnonzero(standing[:, index] & (low[:, node.anchor] < high[:, node.anchor]))
        for zone, some in timeline.by_zone(rows):
            for days in (low, high):
                anchor = moments_of(
                    days[rows[some], node.anchor], protocol.nodes[node.anchor].at, zone
                )
                days[rows[some], index] = stand_in(node, anchor, zone).day
    return low, high
