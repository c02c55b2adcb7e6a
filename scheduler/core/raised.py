"""The least schedules of many cases at once, where nobody asks what moved them.

Bounds may be raised in any order: the least schedule is what stands when nothing moves any more. So
every push is made in all rows at a time, again and again. Why there is no schedule is told by
core/clash.py.
Source: docs/engine.md.
"""

import numpy as np

from scheduler.core.cases import Cases, Flags, Ints, tightest
from scheduler.core.dayset import spread, where


def least_days(cases: Cases, case: Ints, on: Flags) -> Ints:
    """The least schedules (nodes, rows) of some cases, each with some items left out.

    `case` and `on` (items, rows) say of each row whose it is and which items hold. -1 stands for a
    row without a schedule, and for a node that is not the case's.
    """
    found = np.full((len(cases.members), len(case)), -1, np.int64)
    place, day = np.arange(len(case)), tightest(cases, 1, case, on)[0]
    rows = _Rows(cases, case, on, day)
    while len(place):
        before = rows.day.copy()
        rows.sweep()
        moved = (rows.day != before).any(0)
        alive = ((rows.day <= rows.top) | ~rows.inside).all(0)
        going = where(moved & alive)
        if 2 * len(going) > len(place):
            continue
        done = where(alive & ~moved)
        found[:, place[done]] = np.where(rows.inside[:, done], rows.day[:, done], -1)
        place = place[going]
        rows = _Rows(cases, case[place], on[:, place], rows.day.take(going, axis=1))
    return found


class _Rows:
    """Rows that still move: their days, and what holds for them."""

    def __init__(self, cases: Cases, case: Ints, on: Flags, day: Ints) -> None:
        """`day` (nodes, rows) are as far as they have been raised."""
        self.cases, self.case, self.day = cases, case, day
        self.top = tightest(cases, -1, case, on)[0]
        self.inside = cases.members[:, case]
        self._held = on[cases.stacked.item] & cases.stacked.applies[:, case]
        self._heeds = cases.heeds[:, case] & on[cases.closure]
        _, calendars, days = cases.closed.shape
        self._line = (cases.kind * calendars * days)[:, None] + cases.calendar[case] * days
        taken, pairs = cases.taken, cases.pairs
        cell, at = self._by_cell(taken.begins, taken.item, on)
        ahead = where(taken.last[at] >= day.take(cell))
        self._taken = cell[ahead], taken.first[at[ahead]], taken.last[at[ahead]]
        cell, at = self._by_cell(pairs.begins, pairs.item, on)
        start = pairs.start[at] * len(case) + cell % max(1, len(case))
        self._pairs = cell, start, pairs.since[at], pairs.last[at], pairs.single[at]

    def _by_cell(self, begins: Ints, item: Ints, on: Flags) -> tuple[Ints, Ints]:
        """What holds of rows that begin somewhere for every node and case.

        Their cells (node * rows + row), and the rows.
        """
        nodes, cases = self.cases.members.shape
        spot = (np.arange(nodes)[:, None] * cases + self.case).ravel()
        cell, at = spread(begins[spot], begins[spot + 1])
        held = where(on[item[at], cell % max(1, len(self.case))])
        return cell[held], at[held]

    def sweep(self) -> None:
        """Every node to its first free day, then every push once."""
        day, pushes = self.day, self.cases.stacked
        cell, first, last = self._taken
        while True:
            now = day.take(cell)
            hit = where((first <= now) & (now <= last))
            if not len(hit):
                break
            np.maximum.at(day.ravel(), cell[hit], last[hit] + 1)
        opens = self.cases.opens.take(self._line + day, mode="clip")
        np.maximum(day, opens, out=day, where=self._heeds)
        for push, (start, end) in enumerate(zip(pushes.start, pushes.end, strict=True)):
            begin, size = pushes.begin[push], pushes.size[push]
            seen = day[start]
            if pushes.offset is not None:
                seen = seen + pushes.offset[push].take(self.case)
            least = pushes.table[begin : begin + size].take(seen, mode="clip")
            np.maximum(day[end], least, out=day[end], where=self._held[push])
        cell, start, since, last, single = self._pairs
        seen = day.take(cell)
        hit = where(seen >= since)
        least = np.where(single[hit], np.minimum(last[hit], seen[hit]), last[hit]) + 1
        np.maximum.at(day.ravel(), start[hit], least)
