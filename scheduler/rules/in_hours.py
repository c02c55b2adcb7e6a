"""The forbidden instants of a rule in hours, and the days of a node that they mean.

Source: docs/semantics.md, section 3 ("Hours").
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort, Exposures
from scheduler.days import FAR, MINUTES_A_DAY, Days
from scheduler.days.clocks import Instants, Zone
from scheduler.protocol import Node, Rule, RuleForm
from scheduler.rules.moments import Moments, moments_of
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import Spans

InstantRange = tuple[Instants, Instants]
InstantRanges = tuple[InstantRange, InstantRange]  # possible, certain
ENDLESS = FAR * 1000  # instants so far away are no end: those of FAR days, in whatever zone


def instant_spans(rule: Rule, cohort: Cohort, rows: Index) -> InstantRanges:
    """Possibly and certainly forbidden instants of a rule in hours, exposure by exposure.

    In a rule that requires something: those at which each exposure satisfies it.
    """
    return _INSTANTS[rule.form](rule, cohort.exposures, rows)


def _before(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    step = _step(rule)
    return (
        (of.start_first_instant[rows], of.end_last_instant[rows] + step),
        (of.start_last_instant[rows], of.end_first_instant[rows] + step),
    )


def _after(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    step = _step(rule)
    return (
        (of.start_first_instant[rows] - step, of.end_last_instant[rows]),
        (of.start_last_instant[rows] - step, of.end_first_instant[rows]),
    )


def _around(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    (_, last), (_, certain_last) = _before(rule, of, rows)
    (begin, _), (certain_begin, _) = _after(rule, of, rows)
    return (begin, last), (certain_begin, certain_last)


def _under_way(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    return (
        (of.start_first_instant[rows], of.end_last_instant[rows]),
        (of.start_last_instant[rows], of.end_first_instant[rows]),
    )


def _ended(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    return _ago(rule, of.end_first_instant[rows], of.end_last_instant[rows])


def _begun(rule: Rule, of: Exposures, rows: Index) -> InstantRanges:
    return _ago(rule, of.start_first_instant[rows], of.start_last_instant[rows])


def _ago(rule: Rule, early: Instants, late: Instants) -> InstantRanges:
    """From the minute on at which so many hours have passed."""
    assert rule.length is not None
    far, step = np.full(len(early), np.int64(FAR) * MINUTES_A_DAY), rule.length.minutes
    return (early + step, far), (late + step, far)


def _step(rule: Rule) -> int:
    """How far a rule reaches, in minutes; the exclusive reading leaves out the far end."""
    assert rule.length is not None
    return rule.length.minutes - int(not rule.inclusive)


_INSTANTS: dict[RuleForm, Callable[[Rule, Exposures, Index], InstantRanges]] = {
    RuleForm.BEFORE: _before,
    RuleForm.AFTER: _after,
    RuleForm.AROUND: _around,
    RuleForm.SOME_WITHIN: _before,
    RuleForm.SOME_CLEAR: _ended,
    RuleForm.SINCE: _begun,
    RuleForm.COUNT: _before,
    RuleForm.COVERING: _under_way,
}


def own_time(timeline: Recorded, node: int, who: Index) -> tuple[Days, Instants, Instants]:
    """The day and instants of a recorded or booked clock time of a node (FAR: none)."""
    done = timeline.done_timed[who, node]
    booked = timeline.booked_timed[who, node]
    day = np.where(done, timeline.day[who, node], np.where(booked, timeline.booked[who, node], FAR))
    early = np.where(done, timeline.early[who, node], timeline.booked_early[who, node])
    late = np.where(done, timeline.late[who, node], timeline.booked_late[who, node])
    return day, early, late


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
