"""Rules that weigh exposures together over a time in half-lives, each exposure by its own.

A total looks back from its node as far as each exposure's own half-life says. To cover a time in
half-lives exposures of one half-life count together: it is they that belong to one drug.
Source: docs/semantics.md, section 3 ("What must be so", "Counts and totals").
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Index
from scheduler.core.dayset import Columns, Runs, deep, of_columns, spread
from scheduler.days import FAR, Days
from scheduler.protocol import Rule

Lives = NDArray[np.float64]  # minutes, one an exposure; nan where nobody knows it
Stretched = Callable[[Rule, int, Columns, Lives], Columns]
_ENDLESS = 40_000  # days: more than any duration but one of an unknown half-life
_STRIDE = np.int64(2**33)


def totals_of_lives(
    rule: Rule, count: int, days: Columns, lives: Lives, sure: bool, seen: tuple[Days, Days],
    least: int,
) -> Runs:  # fmt: skip
    """The days M on which so many days count, each from itself on until it is too long ago.

    An unknown half-life is the shortest where the answer has to be sure, else the longest.
    """
    assert rule.length is not None
    who, first, last = days
    low, high = seen[0][who], seen[1][who]
    known = np.where(np.isnan(lives), 0.0 if sure else np.inf, lives)
    last = np.minimum(last, high)
    since = rule.length.back(low, known)
    newest = np.minimum(last, low)  # of a reach without end the latest days are enough
    since = np.where(since < newest - _ENDLESS, newest - least + 1, since)
    first = np.maximum(first, since)
    source, day = spread(first, np.maximum(last + 1, first))
    until = rule.length.first_clear(day, rule.inclusive, known[source]) - 1
    who, day, until = _longest(who[source], day, np.maximum(day, until))
    row, first, last = deep(count, who, day, np.minimum(until, FAR - 1), least).columns()
    kept = (first <= seen[1][row]) & (last >= seen[0][row])
    row, first, last = row[kept], first[kept], last[kept]
    # before and after the days that anybody looks at it stays as on the first and last of them
    first = np.where(first <= seen[0][row], -FAR, first)
    return of_columns(count, row, first, np.where(last >= seen[1][row], FAR, last))


def _longest(who: Index, day: Days, until: Days) -> Columns:
    """Each day of each participant once, with the last day on which it counts."""
    key = who * _STRIDE + day
    order = np.lexsort((until, key))
    newest = np.append(key[order][1:] != key[order][:-1], True)[: len(order)]
    return who[order][newest], day[order][newest], until[order][newest]


def stretches_of_lives(
    rule: Rule, count: int, days: Columns, lives: Lives, sure: bool, stretched: Stretched
) -> Runs:
    """The days M up to which exposures of one half-life cover the time that it gives.

    An unknown half-life may be that of any other exposure, or none at all; for sure it is neither.
    """
    who, first, last = days
    unknown = np.isnan(lives)
    parts: list[Columns] = []
    for life in sorted(set(lives[~unknown].tolist())):
        some = (lives == life) | (unknown & (not sure))
        columns = who[some], first[some], last[some]
        parts.append(stretched(rule, count, columns, np.full(1, life)))
    some = np.flatnonzero(unknown)
    if sure:  # each by itself
        alone = np.arange(len(some)), first[some], last[some]
        row, begin, end = stretched(rule, len(some), alone, np.full(1, np.inf))
        parts.append((who[some][row], begin, end))
    else:
        columns = who[some], first[some], last[some]
        parts.append(stretched(rule, count, columns, np.zeros(1)))
    return of_columns(count, *(np.concatenate([part[i] for part in parts]) for i in range(3)))
