"""On which days all exposures of a participant that count are together enough, or too much.

Source: docs/semantics.md, section 3 ("What must be so", "Counts and totals").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags
from scheduler.core.dayset import Columns, Runs, deep, of_columns, of_sorted, spread
from scheduler.days import FAR, Days, plus
from scheduler.protocol import Rule
from scheduler.rules.by_half_life import Lives, stretches_of_lives, totals_of_lives

Seen = Callable[[], tuple[Days, Days]]
_MANY = 10**6  # more days than any bound
_AT_ONCE = 2**18  # days of people that are counted together


@dataclass(frozen=True, slots=True)
class Ranges:
    """The days on which exposures count, of whom and from when to when, with their half-lives.

    `sure`: on which they must count, else on which they may.
    """

    days: Columns
    lives: Lives
    sure: bool


def _least(rule: Rule) -> int:
    """So many are enough (`at_most`: too many)."""
    if rule.at_most is not None:
        return rule.at_most + 1
    return 1 if rule.at_least is None else rule.at_least


def some(rule: Rule, count: int, counted: Ranges, seen: Seen) -> Runs:
    """The days on which so many exposures count (one, where the rule gives no number)."""
    return deep(count, *counted.days, _least(rule))


def stretches(rule: Rule, count: int, counted: Ranges, seen: Seen) -> Runs:
    """The days M of which one stretch covers all from M - D to M.

    By the exclusive reading the far end itself need not be covered; M always is.
    """
    assert rule.length is not None
    if rule.length.needs_half_life:
        return stretches_of_lives(
            rule, count, counted.days, counted.lives, counted.sure, _stretched
        )
    return of_sorted(count, *_stretched(rule, count, counted.days, np.zeros(1)))


def _stretched(rule: Rule, count: int, days: Columns, life: Lives) -> Columns:
    """The same of some exposures, all of one half-life."""
    assert rule.length is not None
    who, first, last = days
    row, first, last = of_columns(count, who, first, plus(last, rule.pauses)).columns()
    last = plus(last, -rule.pauses)
    begin = rule.length.first_clear(plus(first, int(rule.inclusive) - 1), False, life)
    begin = np.maximum(begin, first)
    real = begin <= last
    return row[real], begin[real], last[real]


def totals(rule: Rule, count: int, counted: Ranges, seen: Seen) -> Runs:
    """The days M whose window holds so many covered days.

    Before and after the days that anybody looks at it stays as on the first and last of them.
    """
    row, first, last = of_columns(count, *counted.days).columns()
    if not len(row):
        return of_sorted(count, row, first, last)
    low, high = seen()
    if rule.length is not None and rule.length.needs_half_life:
        days, lives, sure = counted.days, counted.lives, counted.sure
        return totals_of_lives(rule, count, days, lives, sure, (low, high), _least(rule))
    grid = np.arange(low.min(), high.max() + 1, dtype=np.int64)
    since = None
    if rule.length is not None:
        since = rule.length.back(grid) + int(not rule.inclusive)
        since = np.minimum(since, grid)  # the node's own day is always looked at
    least = _least(rule)
    people, begins = np.unique(row, return_index=True)
    runs, can = np.diff(np.append(begins, len(row))), np.ones(len(people), bool)
    if least > 0:
        can = np.add.reduceat(last - first + 1, begins) >= least
    wide = least > 0 and (since is None or bool((grid - since + 1 >= least).all()))
    alone = can & (runs == 1) & wide
    one = begins[alone]
    parts = [_of_one_run(least, (row[one], first[one], last[one]), low, high, grid, since)]
    some = np.flatnonzero(can & ~alone)
    places = begins[some], begins[some] + runs[some]
    parts += _day_by_day(least, (row, first, last), places, (low, high), grid, since)
    return of_columns(count, *(np.concatenate([part[i] for part in parts]) for i in range(3)))


def _of_one_run(
    least: int, runs: Columns, low: Days, high: Days, grid: Days, since: Days | None
) -> Columns:
    """The days that have enough for those with one run of covered days, where every window is
    wide enough: from the day on which the run is long enough, while as much of it is in the window.
    """
    who, first, last = runs
    low, high = low[who], high[who]
    begin, end = first + (least - 1), high
    if since is not None:
        place = np.searchsorted(since, last - (least - 1), side="right") - 1
        end = np.where(place >= 0, grid[np.maximum(place, 0)], -FAR)
    real = np.flatnonzero((begin <= end) & (begin <= high) & (end >= low))
    who, begin, end = who[real], begin[real], end[real]
    begin = np.where(begin <= low[real], -FAR, begin)
    return who, begin, np.where(end >= high[real], FAR, end)


def _day_by_day(
    least: int, runs: Columns, places: tuple[Days, Days], seen: tuple[Days, Days], grid: Days,
    since: Days | None,
) -> list[Columns]:  # fmt: skip
    """The days that have enough for those whose runs stand at `places`.

    The days are counted one by one, for with months they follow no simple line. Those whose last
    course ends together are counted together, up to the day on which their windows hold nothing
    more.
    """
    row, first, last = runs
    begins, ends = places
    by_end = np.argsort(last[ends - 1], kind="stable")
    begins, ends = begins[by_end], ends[by_end]
    parts = []
    step = max(1, _AT_ONCE // len(grid))
    for begin in range(0, len(begins), step):
        some = slice(begin, begin + step)
        who, (place, at) = row[begins[some]], spread(begins[some], ends[some])
        told = _told(int(last[ends[some] - 1].max()), least, grid, since)
        near = grid[:told]
        covered = _covered(
            len(who), (place, first[at], last[at]), near, None if since is None else since[:told]
        )
        enough = covered >= least
        _hold(enough, *(np.minimum(day[who], near[-1]) - near[0] for day in seen))
        one, begun, ended = _runs(enough, near)
        parts.append((who[one], begun, ended))
    return parts


def _told(end: int, least: int, grid: Days, since: Days | None) -> int:
    """How many days of the grid tell all: after them windows hold too little, or what they held."""
    if since is None:
        return min(int(np.searchsorted(grid, end, side="right")) + 1, len(grid))
    held = end - max(0, least - 1)
    return min(int(np.searchsorted(since, held, side="right")) + 1, len(grid))


def _covered(count: int, runs: Columns, grid: Days, since: Days | None) -> Days:
    """How many days of each day's window are covered: (people, days)."""
    who, first, last = runs
    start, stop = int(grid[0] if since is None else since.min()), int(grid[-1])
    inside = (first <= stop) & (last >= start)
    steps = np.zeros((count, stop - start + 2), np.int32)
    steps[who[inside], np.maximum(first[inside], start) - start] += 1
    steps[who[inside], np.minimum(last[inside], stop) + 1 - start] -= 1
    upto = np.zeros_like(steps)  # the covered days before each day
    held = np.cumsum(steps[:, :-1], axis=1, dtype=np.int32)
    np.cumsum(held, axis=1, dtype=np.int32, out=upto[:, 1:])
    found = upto[:, grid[0] - start + 1 :]
    if since is not None:
        return found - upto.take(since - start, axis=1)
    before = np.zeros(count, np.int64)
    np.add.at(before, who, np.maximum(np.minimum(last, start - 1) - first + 1, 0))
    return found + np.minimum(before, _MANY).astype(np.int32)[:, None]


def _hold(enough: Flags, low: Days, high: Days) -> None:
    """Before and after the days that somebody looks at it stays as on the first and last, in
    place: others' days must not show.
    """
    end = enough.shape[1] - 1
    for row in np.flatnonzero((low > 0) | (high < end)).tolist():
        enough[row, : low[row]] = enough[row, low[row]]
        enough[row, high[row] + 1 :] = enough[row, high[row]]


def _runs(enough: Flags, grid: Days) -> Columns:
    """The runs of days on which it is enough; those at an end of the grid have no end."""
    turn, place = np.nonzero(enough[:, 1:] != enough[:, :-1])
    begun = enough[turn, place + 1]
    always, still = np.flatnonzero(enough[:, 0]), np.flatnonzero(enough[:, -1])
    row = np.concatenate([turn[begun], always])
    first = np.concatenate([grid[place[begun] + 1], np.full(len(always), -FAR)])
    end_row = np.concatenate([turn[~begun], still])
    last = np.concatenate([grid[place[~begun]], np.full(len(still), FAR)])
    by, by_end = np.lexsort((first, row)), np.lexsort((last, end_row))
    return row[by], first[by], last[by_end]
