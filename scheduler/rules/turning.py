"""What days turn on in rules that weigh exposures together: uncertain dates, and the boundary.

Source: docs/semantics.md, section 3 ("Uncertain exposure dates", "What must be so").
"""

from dataclasses import replace

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.core.dayset import Columns
from scheduler.days import FAR, Days
from scheduler.protocol import Rule
from scheduler.rules.together import TogetherMaker

_STRIDE = np.int64(2**33)


def turning_on(
    maker: TogetherMaker, rule: Rule, rows: Index, days: tuple[int, int]
) -> tuple[Flags, Flags]:
    """Whether exposures may count from another day than they must, and up to another one.

    Only what some of `days` (the first and the last) look at is compared.
    """
    low, high = _first(rule, days[0]), days[1]
    edges = []
    for row, first, last in maker.days(rule, rows):
        begin, end = np.full(len(rows), high + 1), np.full(len(rows), low - 1)
        real = (first <= last) & (first <= high) & (last >= low)
        np.minimum.at(begin, row[real], np.maximum(first, low)[real])
        np.maximum.at(end, row[real], np.minimum(last, high)[real])
        edges.append((begin, end))
    (begin, end), (sure_begin, sure_end) = edges
    return begin != sure_begin, end != sure_end


def _first(rule: Rule, day: int) -> int:
    """The first day in the window of a day, where it is days that a rule looks at."""
    if not (rule.traits.in_days or rule.traits.keeps) or rule.length is None:
        return -FAR if rule.traits.in_days else day
    if rule.length.needs_half_life:
        return -FAR
    return int(rule.length.back(np.array([day]))[0]) - int(rule.elapsed)


def other_edges(
    maker: TogetherMaker, number: int, rule: Rule, exposure: Index, first: Days
) -> Days:
    """The day that the other reading of its boundary gives for the far end of each span.

    `exposure` is the one that each span names, `first` the span's first day. FAR where the other
    reading gives the same day, or none.
    """
    exposures = maker.cohort.exposures
    owner = exposures.participant[exposure]
    people = distinct_numbers(owner)
    events = [maker.protocol.event_index[name] for name in rule.events]
    rows = np.flatnonzero(np.isin(exposures.event, events) & np.isin(exposures.participant, people))
    turned = replace(rule, inclusive=not rule.inclusive)
    (begin, end), (other_begin, other_end) = (
        _run_at(maker.forbidden(number, one, rows, people), owner, first) for one in (rule, turned)
    )
    if clears_late(rule):
        return np.where((end != other_end) & (other_end < FAR), other_end + 1, FAR)
    return np.where((begin != other_begin) & (other_begin > -FAR), other_begin, FAR)


def clears_late(rule: Rule) -> bool:
    """Whether it is the end of a span that the reading of the boundary moves."""
    return rule.traits.before or rule.traits.keeps or rule.at_most is not None


def _run_at(runs: Columns, owner: Index, day: Days) -> tuple[Days, Days]:
    """The run that holds each day or comes next after it; FAR where there is none."""
    who, first, last = runs
    if not len(who):
        return np.full(len(owner), FAR), np.full(len(owner), FAR)
    at = np.searchsorted(who * _STRIDE + last, owner * _STRIDE + day)
    at = np.minimum(at, len(who) - 1)
    mine = (who[at] == owner) & (last[at] >= day)
    return np.where(mine, first[at], FAR), np.where(mine, last[at], FAR)
