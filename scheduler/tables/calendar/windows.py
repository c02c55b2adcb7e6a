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
        self._rows = rows[np.argsort(key, kind="stable")]
        self._key = np.sort(key, kind="stable")

    def of(self, who: int, node: int, first: int, last: int) -> list[Stretch]:
        """What is left of the days first..last for a node of a participant."""
        free = self._free(who, node, first, last)
        open_ = free & ~self._closed(who, node, first, last)
        return [
            Stretch(first + days[0], first + days[-1], _said(days, first))
            for a, b in _runs(free)
            if len(days := (np.flatnonzero(open_[a : b + 1]) + a).tolist())
        ]

    def _free(self, who: int, node: int, first: int, last: int) -> Flags:
        spans, key = self.solved.problem.spans, who * self._width + node
        low, high = np.searchsorted(self._key, [key, key + 1])
        free = np.ones(last - first + 1, bool)
        for row in self._rows[low:high].tolist():
            begin = max(int(spans.certain_first[row]), first)
            end = min(int(spans.certain_last[row]), last)
            if begin <= end:
                free[begin - first : end - first + 1] = False
        return free

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
