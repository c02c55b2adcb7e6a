"""Which exposures' uncertain dates the days to come turn on, in rules that weigh them together.

Source: docs/semantics.md, section 3 ("Uncertain exposure dates", "What must be so").
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR
from scheduler.protocol import Rule
from scheduler.rules.together import TogetherMaker


def turning(
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
    if rule.length is not None and not rule.traits.half_lives:
        return int(rule.length.back(np.array([day]))[0])
    return -FAR if rule.traits.in_days else day
