"""The windows that calendars show: days that no rule and no closed day takes away.

A window is what the recorded and booked dates leave. Rules part it into stretches, closed days do
not; neither does the day of the plan, so that a day that passes changes nothing.
Source: docs/calendars.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Index, distinct_numbers
from scheduler.core.dayset import free, spread
from scheduler.days import iso
from scheduler.rules.recorded import State
from scheduler.schedule.firm_dates import Appointments
from scheduler.schedule.windows_left import WindowsLeft
from scheduler.tables.assumptions import assumptions_of_nodes
from scheduler.tables.calendar.blocks import RowBlock, always
from scheduler.tables.columns import sentences
from scheduler.tables.frames import Written
from scheduler.tables.solved import Solved

MOST_RUNS = 12  # of days, told one by one
_WINDOWED = (State.OPEN, State.OVERDUE)
_ANY_DAY = -1  # the calendar of nodes that heed no closed days


def window_rows(solved: Solved, standing: Appointments, firm: WindowsLeft) -> RowBlock:
    """Windows given recorded and booked dates; those that need recommended ones are marked.

    One row a stretch of days that rules leave; a visit that is overdue keeps its window: that it
    closed unused is what the question tells.
    """
    nodes, given = solved.protocol.nodes, solved.given
    stated = np.array([node.milestone or node.windowed for node in nodes], bool)
    first = np.where(firm.bound, firm.first, given.first)
    last = np.where(firm.bound, firm.last, given.last)
    shown = np.isin(solved.problem.timeline.state, _WINDOWED) & stated
    shown &= (firm.bound | given.bound) & (first <= last)
    who, node = np.nonzero(shown)
    found = _stretches(solved, who, node, first[who, node], last[who, node])
    who, node = who[found.window], node[found.window]
    assumed = assumptions_of_nodes(solved.protocol)
    rests = np.array([bool(text) for text in assumed], bool)
    ranks = [str(number) if number > 1 else "" for number in range(found.number.max(initial=0) + 1)]
    return RowBlock(
        who,
        {
            "kind": always("window", len(who)),
            "node": Written([one.name for one in nodes], node),
            "first": found.first,
            "last": found.last,
            "status": Written(["open", "booked"], standing.stands[who, node].astype(np.int64)),
            "assumption": rests[node],
            "sentence": Written(assumed, node),
            "basis": Written(["recommended", "recorded"], firm.bound[who, node].astype(np.int64)),
            "source": Written([str(one.basis.source or "") for one in nodes], node),
            "days": found.days,
            "occurrence": Written(ranks, found.number),
        },
    )


@dataclass(frozen=True)
class _Stretches:
    """Days first..last of a window, both open, and its open days as text; numbered from 1."""

    window: Index
    first: Index
    last: Index
    days: Written
    number: Index


def _stretches(solved: Solved, who: Index, node: Index, first: Index, last: Index) -> _Stretches:
    """What rules and closed days leave of windows, one after another."""
    window, begin, end = _left_by_rules(solved, who, node, first, last)
    any_day = np.array([one.any_day for one in solved.protocol.nodes], bool)
    calendar = np.where(any_day[node], _ANY_DAY, solved.cohort.site[who])[window]
    open_runs = {}
    for place in distinct_numbers(calendar).tolist():
        rows = np.flatnonzero(calendar == place)
        if place != _ANY_DAY:
            open_runs[place] = runs = _open_runs(solved, place, begin[rows], end[rows])
            begin[rows], end[rows] = _inside(runs, begin[rows], end[rows])
    kept = np.flatnonzero(begin <= end)
    window, begin, end, calendar = window[kept], begin[kept], end[kept], calendar[kept]
    said = _Sayer(open_runs)

    def make(rows: Index) -> list[str | None]:
        cells = zip(*(column[rows].tolist() for column in (calendar, begin, end)), strict=True)
        return [said.days(*cell) for cell in cells]

    new = np.ones(len(window), bool)
    new[1:] = window[1:] != window[:-1]
    place = np.arange(len(window))
    number = place - np.maximum.accumulate(np.where(new, place, 0)) + 1
    return _Stretches(window, begin, end, sentences([calendar, begin, end], make), number)


def _left_by_rules(
    solved: Solved, who: Index, node: Index, first: Index, last: Index
) -> tuple[Index, Index, Index]:
    """The runs of days of windows that no rule forbids for certain: window, first and last day."""
    spans, width = solved.problem.spans, len(solved.protocol.nodes)
    counted = spans.certain & (spans.other < 0) & (spans.certain_first <= spans.certain_last)
    rows = np.flatnonzero(counted)
    key = spans.participant[rows] * width + spans.node[rows]
    by = np.argsort(key, kind="stable")
    rows, key, cell = rows[by], key[by], who * width + node
    window, place = spread(np.searchsorted(key, cell), np.searchsorted(key, cell, side="right"))
    taken = rows[place]
    left = free(
        len(who), first, last, window, spans.certain_first[taken], spans.certain_last[taken]
    )
    return left.columns()


def _open_runs(solved: Solved, site: int, begin: Index, end: Index) -> tuple[Index, Index]:
    """The runs of open days of a site on all days that are asked for, as first and last days."""
    study = solved.protocol.study
    low, high = min(int(begin.min()), study.first_day), max(int(end.max()), study.last_day)
    shut = np.asarray(solved.cohort.sites[site].closed_days(low, high), bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], shut, [True]]))) + low
    return edges[::2], edges[1::2] - 1


def _inside(runs: tuple[Index, Index], begin: Index, end: Index) -> tuple[Index, Index]:
    """The first and the last open day of begin..end; the first one lies behind where none is."""
    if not len(runs[0]):
        return begin + 1, begin
    after = np.searchsorted(runs[1], begin)
    before = np.searchsorted(runs[0], end, side="right") - 1
    some = after <= before
    first = np.maximum(begin, runs[0][np.minimum(after, len(runs[0]) - 1)])
    last = np.minimum(end, runs[1][np.maximum(before, 0)])
    return np.where(some, first, begin + 1), np.where(some, last, begin)


class _Sayer:
    """Open days as runs in ISO: `2026-06-26; 2026-06-29 to 2026-07-03`."""

    def __init__(self, open_runs: dict[int, tuple[Index, Index]]) -> None:
        self._runs = {
            site: (
                first,
                last,
                [_run(*run) for run in zip(first.tolist(), last.tolist(), strict=True)],
            )
            for site, (first, last) in open_runs.items()
        }

    def days(self, calendar: int, begin: int, end: int) -> str:
        """The open days of begin..end, which are both open."""
        if calendar == _ANY_DAY:
            return _run(begin, end)
        firsts, lasts, texts = self._runs[calendar]
        a = int(np.searchsorted(lasts, begin))
        b = int(np.searchsorted(firsts, end, side="right")) - 1
        if a == b:
            return _run(begin, end)
        told = [_run(begin, int(lasts[a])), *texts[a + 1 : b], _run(int(firsts[b]), end)]
        more = len(told) - MOST_RUNS
        rest: Sequence[str] = [f"and {more} more runs of days"] if more > 0 else []
        return "; ".join([*told[:MOST_RUNS], *rest])


def _run(first: int, last: int) -> str:
    return iso(first) if first == last else f"{iso(first)} to {iso(last)}"
