"""Rules in hours that weigh exposures together: the minutes at which they hold, and their days.

Something covers a time in hours where one stretch of minutes does. There are too many exposures on
a day where there are at any time that the node may have on it; what is asked for must be so at
every one. Source: docs/semantics.md, section 3 ("Hours").
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import Columns, Runs, deep, of_columns
from scheduler.days import FAR
from scheduler.days.clocks import Instants
from scheduler.protocol import Node, Protocol, Rule
from scheduler.rules.counting import Counted
from scheduler.rules.in_hours import ENDLESS, days_of, hopeless, instant_spans, own_time
from scheduler.rules.recorded import Recorded
from scheduler.rules.whole_days import days_wholly_inside, own_days

_FAR = np.int64(2**31)  # minutes, some 4000 years: no stretch reaches there


def weighed_in_minutes(rule: Rule) -> bool:
    """Whether minutes have to be weighed one by one, not each exposure by itself."""
    return rule.elapsed and (rule.traits.keeps or rule.at_most is not None)


def days_in_minutes(
    rule: Rule, protocol: Protocol, cohort: Cohort, timeline: Recorded, rows: Index,
    counted: Counted, settled: Flags | None,
) -> tuple[Runs, Runs]:  # fmt: skip
    """The days on which a rule may hold, and on which it must (`at_most`: there are too many).

    `settled` exposures count whenever they may (`at_most`: when they must).
    """
    node, count = protocol.nodes[protocol.index[rule.node]], len(cohort)
    who = cohort.exposures.participant[rows]
    nothing = (np.zeros(len(rows), bool),) * 2
    if not rule.traits.keeps:
        nothing = hopeless(rule, cohort, rows)
    found = []
    ranges = instant_spans(rule, cohort, rows)
    for sure, (begin, end) in enumerate(ranges):
        if settled is not None:
            fixed, part = settled[rows], ranges[0 if rule.needed else 1]
            begin, end = np.where(fixed, part[0], begin), np.where(fixed, part[1], end)
        some = counted[sure] & ~nothing[sure]
        columns = who[some], _near(begin[some]), _near(end[some])
        runs = _minutes(rule, count, columns).columns()
        of, begin, end = runs[0], _endless(runs[1]), _endless(runs[2])
        days = _days(rule, node, timeline, of, (begin, end), not sure)
        found.append(of_columns(count, *days))
    return found[0], found[1]


def _near(instants: Instants) -> Instants:
    return np.clip(instants, -_FAR, _FAR)


def _endless(instants: Instants) -> Instants:
    found = np.where(instants <= -_FAR + 10**7, -ENDLESS, instants)
    return np.where(found >= _FAR - 10**7, ENDLESS, found)


def _minutes(rule: Rule, count: int, columns: Columns) -> Runs:
    """The minutes at which so many count, or up to which one stretch covers the time."""
    assert rule.length is not None
    if rule.at_most is not None:
        return deep(count, *columns, rule.at_most + 1)
    row, first, last = of_columns(count, *columns).columns()
    begin = np.maximum(first, first + rule.length.minutes - int(not rule.inclusive))
    return of_columns(count, row, begin, last)


def _days(
    rule: Rule, node: Node, timeline: Recorded, who: Index, run: tuple[Instants, Instants],
    favour: bool,
) -> Columns:  # fmt: skip
    """The days of runs of minutes: those that hold some time of the node, or (needed) every one.

    `favour`: a time that occurs twice counts in favour of the participant.
    """
    own, early, late = own_time(timeline, node.index, who)
    any_time = (run[0] <= late) & (early <= run[1])
    both = (run[0] <= early) & (late <= run[1])
    if rule.needed:
        parts = days_wholly_inside(node, timeline, who, run, favour, own)
        parts.append(own_days(own, any_time if favour else both))
    else:
        first, last = np.full(len(who), FAR), np.full(len(who), -FAR)
        for zone, some in timeline.by_zone(who):
            first[some], last[some] = days_of(
                node, zone, run[0][some], run[1][some], favour=not favour
            )
        every = np.arange(len(who))
        eve = np.where(own < FAR, own - 1, FAR)
        parts = [(every, first, np.minimum(last, eve)), (every, np.maximum(first, own + 1), last)]
        parts.append(own_days(own, any_time if favour else both))
    row, first, last = (np.concatenate([part[i] for part in parts]) for i in range(3))
    real = np.asarray(first <= last, bool)
    return who[row[real]], first[real], last[real]
