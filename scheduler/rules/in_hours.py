"""The forbidden instants of a rule in hours, and the days of a node that they mean.

Source: docs/semantics.md, section 3 ("Hours").
"""

from dataclasses import replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days
from scheduler.days.clocks import Instants, Zone
from scheduler.protocol import Node, Rule
from scheduler.rules.links import Moments, moments_of
from scheduler.rules.spans import Spans

ENDLESS = FAR * 1000  # instants so far away are no end: those of FAR days, in whatever zone


def instant_spans(
    rule: Rule, cohort: Cohort, rows: Index
) -> tuple[tuple[Instants, Instants], tuple[Instants, Instants]]:
    """Possibly and certainly forbidden instants of a rule in hours."""
    exposures = cohort.exposures
    s1, s2 = exposures.start_first_instant[rows], exposures.start_last_instant[rows]
    t1, t2 = exposures.end_first_instant[rows], exposures.end_last_instant[rows]
    assert rule.length is not None
    step, strict = rule.length.minutes, int(not rule.inclusive)
    if rule.traits.after:
        return (s1 - step + strict, t2), (s2 - step + strict, t1)
    return (s1, t2 + step - strict), (s2, t1 + step - strict)


def hopeless(rule: Rule, cohort: Cohort, rows: Index) -> tuple[Flags, Flags]:
    """Zero hours in the exclusive reading: a point forbids nothing, nor does what may be one."""
    exposures = cohort.exposures
    assert rule.length is not None
    zero = np.full(len(rows), rule.length.minutes == 0 and not rule.inclusive)
    may_be_point = exposures.start_last_instant[rows] >= exposures.end_first_instant[rows]
    return zero & exposures.single[rows], zero & may_be_point


def days_of(
    node: Node, zone_: Zone, begin: Instants, end: Instants, favour: bool
) -> tuple[Days, Days]:
    """The first and last day of a node whose clock time lies in begin..end.

    Without a clock time any time of the day counts. A time that occurs twice counts when either
    (with `favour`: both) of its instants lies inside.
    """
    low, high = np.clip(begin, -ENDLESS, ENDLESS), np.clip(end, -ENDLESS, ENDLESS)
    first, last = zone_.day(low), zone_.day(high)
    at_first, at_last = _day_moments(node, zone_, first), _day_moments(node, zone_, last)
    timed_first, timed_last = at_first[1], at_last[1]
    late = at_first[0].early if favour else at_first[0].late
    early = at_last[0].late if favour else at_last[0].early
    first = np.where(timed_first & (late < low), first + 1, first)
    last = np.where(timed_last & (early > high), last - 1, last)
    return np.where(begin <= -ENDLESS, -FAR, first), np.where(end >= ENDLESS, FAR, last)


def _day_moments(node: Node, zone_: Zone, days: Days) -> tuple[Moments, Flags]:
    moments = moments_of(days, node.at, zone_)
    if node.at is None:
        return moments, np.zeros(len(days), bool)
    return moments, zone_.at(days, node.at)[2]


def cut_out(spans: Spans, day: Days) -> list[Spans]:
    """Spans without one day per participant, as the parts before and after it."""
    own = day[spans.participant]
    eve = np.where(own >= FAR, FAR, own - 1)
    before = replace(
        spans, last=np.minimum(spans.last, eve), certain_last=np.minimum(spans.certain_last, eve)
    )
    after = replace(
        spans,
        first=np.maximum(spans.first, own + 1),
        certain_first=np.maximum(spans.certain_first, own + 1),
    )
    none = own >= FAR
    before, after = (
        before.take(before.first <= before.last),
        after.take(~none & (after.first <= after.last)),
    )
    return [before, after]


def clear_instants(rule: Rule, cohort: Cohort, rows: Index) -> Instants:
    """The first minute after everything that a rule in hours may forbid, exposure by exposure.

    One from ENDLESS on means that there is none.
    """
    return np.asarray(instant_spans(rule, cohort, rows)[0][1] + 1, np.int64)
