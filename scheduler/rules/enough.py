"""On which days all exposures of a participant that count are together enough, or too much.

Source: docs/semantics.md, section 3 ("What must be so", "Counts and totals").
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from scheduler.core.dayset import Columns, Runs, deep, of_columns, of_sorted
from scheduler.days import FAR, Days, plus
from scheduler.protocol import Rule

Seen = Callable[[], tuple[Days, Days]]
_AT_ONCE = 2**21  # days of runs that are counted together


def _least(rule: Rule) -> int:
    """So many are enough (`at_most`: too many)."""
    if rule.at_most is not None:
        return rule.at_most + 1
    return 1 if rule.at_least is None else rule.at_least


def some(rule: Rule, count: int, days: Columns, seen: Seen) -> Runs:
    """The days on which so many exposures count (one, where the rule gives no number)."""
    return deep(count, *days, _least(rule))


def stretches(rule: Rule, count: int, days: Columns, seen: Seen) -> Runs:
    """The days M of which one stretch covers all from M - D to M.

    By the exclusive reading the far end itself need not be covered; M always is.
    """
    assert rule.length is not None
    who, first, last = days
    row, first, last = of_columns(count, who, first, plus(last, rule.pauses)).columns()
    last = plus(last, -rule.pauses)
    none = np.zeros(1)  # no half-lives here
    begin = rule.length.first_clear(plus(first, int(rule.inclusive) - 1), False, none)
    begin = np.maximum(begin, first)
    real = begin <= last
    return of_sorted(count, row[real], begin[real], last[real])


def totals(rule: Rule, count: int, days: Columns, seen: Seen) -> Runs:
    """The days M whose window holds so many covered days.

    The days that anybody looks at are counted one by one, for with months they follow no simple
    line; before and after these it stays as on the first and last of them.
    """
    row, first, last = of_columns(count, *days).columns()
    if not len(row):
        return of_sorted(count, row, first, last)
    low, high = seen()
    grid = np.arange(low.min(), high.max() + 1, dtype=np.int64)
    since = np.full(len(grid), -FAR)
    if rule.length is not None:
        since = rule.length.back(grid) + int(not rule.inclusive)
        since = np.minimum(since, grid)  # the node's own day is always looked at
    step = max(1, _AT_ONCE // len(grid))
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    cuts = [*begins[:: max(1, step // 4)].tolist(), len(row)]
    parts = [
        _totals_of(row[a:b], first[a:b], last[a:b], grid, since, (low, high), _least(rule))
        for a, b in pairwise(cuts)
    ]
    return of_sorted(count, *(np.concatenate([part[i] for part in parts]) for i in range(3)))


def _totals_of(
    row: Days, first: Days, last: Days, grid: Days, since: Days, seen: tuple[Days, Days], least: int
) -> Columns:
    inside = np.minimum(last[:, None], grid) - np.maximum(first[:, None], since) + 1
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    enough = np.add.reduceat(np.maximum(inside, 0), begins, axis=0) >= least
    who = row[begins]
    low, high = seen[0][who][:, None], seen[1][who][:, None]
    enough = np.take_along_axis(enough, np.clip(grid, low, high) - grid[0], axis=1)
    edge = np.zeros((len(who), 1), bool)
    turn = np.diff(np.hstack([edge, enough, edge]).astype(np.int8), axis=1)
    one, begin = np.nonzero(turn == 1)
    _, end = np.nonzero(turn == -1)
    first, last = grid[begin], grid[end - 1]
    return (
        who[one],
        np.where(begin == 0, -FAR, first),
        np.where(end == len(grid), FAR, last),
    )
