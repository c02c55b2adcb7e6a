"""The windows that calendars show: days that no rule and no closed day takes away.

A window is what the recorded and booked dates leave. Rules part it into stretches, closed days do
not; neither does the day of the plan, so that a day that passes changes nothing.
Source: docs/calendars.md.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduler.arrays import Flags
from scheduler.days import iso
from scheduler.tables.solved import Solved

MOST_RUNS = 12  # of days, told one by one
_NO_DAYS = np.zeros(0, bool)


@dataclass(frozen=True)
class Stretch:
    """Days first..last, of which those in `days` (as text) are open; both ends are open."""

    first: int
    last: int
    days: str


class Stretches:
    """The stretches of windows; what forbids days for certain is put in order once."""

    def __init__(self, solved: Solved) -> None:
        self.solved, spans = solved, solved.problem.spans
        self._width = len(solved.protocol.nodes)
        self._shut: dict[int, tuple[int, Flags]] = {}  # of a site: the first day told, closed days
        counted = spans.certain & (spans.other < 0) & (spans.certain_first <= spans.certain_last)
        rows = np.flatnonzero(counted)
        key = spans.participant[rows] * self._width + spans.node[rows]
        self._rows = rows[np.argsort(key, kind="stable")].tolist()
        cells = np.arange(len(solved.cohort) * self._width + 1)
        self._begins = np.searchsorted(np.sort(key, kind="stable"), cells).tolist()
        self._certain = spans.certain_first.tolist(), spans.certain_last.tolist()
        self._found: dict[object, list[Stretch]] = {}  # of windows of the same days, told once

    def of(self, who: int, node: int, first: int, last: int) -> list[Stretch]:
        """What is left of the days first..last for a node of a participant."""
        taken = self._taken(who, node, first, last)
        any_day = self.solved.protocol.nodes[node].any_day
        key = -1 if any_day else int(self.solved.cohort.site[who]), first, last, taken
        if key not in self._found:
            free = np.ones(last - first + 1, bool)
            for begin, end in taken:
                free[begin - first : end - first + 1] = False
            open_ = free & ~self._closed(who, node, first, last)
            self._found[key] = [
                Stretch(first + days[0], first + days[-1], _said(days, first))
                for a, b in _runs(free)
                if len(days := (np.flatnonzero(open_[a : b + 1]) + a).tolist())
            ]
        return self._found[key]

    def _taken(self, who: int, node: int, first: int, last: int) -> tuple[tuple[int, int], ...]:
        """The days of a window that rules forbid for certain, as ranges."""
        cell, (begins, ends) = who * self._width + node, self._certain
        rows = self._rows[self._begins[cell] : self._begins[cell + 1]]
        ranges = [(max(begins[row], first), min(ends[row], last)) for row in rows]
        return tuple((begin, end) for begin, end in ranges if begin <= end)

    def _closed(self, who: int, node: int, first: int, last: int) -> Flags:
        if self.solved.protocol.nodes[node].any_day:
            return np.zeros(last - first + 1, bool)
        site = int(self.solved.cohort.site[who])
        begin, shut = self._shut.get(site, (first, _NO_DAYS))
        if first < begin or last >= begin + len(shut):  # one look at a site serves its windows
            study = self.solved.protocol.study
            begin, end = min(first, begin, study.first_day), max(last, study.last_day)
            shut = np.asarray(self.solved.cohort.sites[site].closed_days(begin, end), bool)
            self._shut[site] = begin, shut
        return shut[first - begin : last - begin + 1]


def _runs(free: Flags) -> list[tuple[int, int]]:
    """The maximal runs of days that are free, as places."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.astype(np.int8), [0]])))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _said(days: list[int], first: int) -> str:
    """Places of days as runs in ISO: `2026-06-26; 2026-06-29 to 2026-07-03`."""
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(days)) if b > a + 1), len(days)]
    runs = [(first + days[a], first + days[b - 1]) for a, b in pairwise(breaks)]
    told = [iso(a) if a == b else f"{iso(a)} to {iso(b)}" for a, b in runs[:MOST_RUNS]]
    more = len(runs) - MOST_RUNS
    return "; ".join([*told, *([f"and {more} more runs of days"] if more > 0 else [])])
