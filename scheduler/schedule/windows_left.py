"""The window of each node given the other dates, as schedule, calendars and summary show it.

Source: docs/semantics.md, section 4; docs/decisions/0007-window-given-other-dates.md.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone
from scheduler.engine import Problem
from scheduler.protocol import Node
from scheduler.rules.births import birth_moments
from scheduler.rules.conditions import Applies
from scheduler.rules.links import Link, Sides, bounds_on_end, bounds_on_start, study_moments
from scheduler.rules.moments import AtMoments, Moments, moments_of
from scheduler.rules.recorded import Place, State
from scheduler.schedule.order import parts
from scheduler.schedule.plain_steps import PlainWindows, plain_windows

# members are slow to look up, link by link
_OPEN, _DONE, _OVERDUE = int(State.OPEN), int(State.DONE), int(State.OVERDUE)
_KNOWN, _ON_OPEN, _CARRIED = int(Place.KNOWN), int(Place.OPEN), int(Place.CARRIED)
_NO = int(Applies.NO)
_MARGIN = 366 * 8  # days around the study for which dates are still judged


@dataclass(frozen=True)
class StandingDates(AtMoments):
    """The dates that windows are given by, (participants, nodes); FAR where there is none.

    `moments` are the dates with their instants. `firm` ones are recorded, booked or stand-ins; the
    others are recommended.
    """

    moments: Moments
    firm: Flags


@dataclass(frozen=True)
class WindowsLeft:
    """First and last day of every node's window, and whether anything bounds it at all.

    `bound` tells that a date (not only the study's own ones) stands behind the window.
    """

    first: Days
    last: Days
    bound: Flags


def windows_given(problem: Problem, dates: StandingDates) -> WindowsLeft:
    """The days that gaps and visit windows leave to each node when the other dates stand.

    The start of a link counts with any date, its end only with a firm one. Closed days, rules and
    `as_of` do not cut a window, so that it stays what it is from one plan to the next.
    """
    if problem.pins is not None:  # a day that was set bounds what leads to it, as a booking does
        dates = replace(dates, firm=dates.firm | (problem.pins < FAR))
    study, shape = problem.protocol.study, dates.day.shape
    first, last = (  # node by node, as they are drawn closer
        np.full(shape, day, np.int64, order="F") for day in (study.first_day, study.last_day)
    )
    bound = np.zeros(shape, bool, order="F")
    judge = LinkLookup(problem)
    instants = dates.moments
    dates = StandingDates(
        Moments.planned(np.asfortranarray(dates.day), lambda: (instants.early, instants.late)),
        np.asfortranarray(dates.firm),
    )
    plain, done = plain_windows(problem), set[int]()
    for some in parts(np.flatnonzero(plain.link >= 0).tolist(), len(first)):
        if len(some) > 1:
            _from_anchors(judge, plain, np.array(some), dates, first, last, bound)
            done.update(plain.link[some].tolist())
    for number, link in enumerate(problem.links):
        if number in done:
            continue
        if link.gap is not None and link.gap.test is not None:  # a test is a rule, which cuts none
            continue
        applies = problem.gap_applies[:, number] != _NO
        for rows, sides in judge.by_zone(link, np.flatnonzero(applies)):
            if link.end < shape[1]:
                _from_start(judge, link, sides, rows, dates, first, last, bound)
            if link.gap is not None and link.start < shape[1]:  # a visit never bounds its anchor
                _from_end(judge, link, sides, rows, dates, first, last, bound)
    return WindowsLeft(first, last, bound)


def _from_anchors(
    judge: "LinkLookup", plain: PlainWindows, nodes: Index, dates: StandingDates,
    first: Days, last: Days, bound: Flags,
) -> None:  # fmt: skip
    """What anchors leave to visits whose windows are plain."""
    problem, anchors = judge.problem, plain.steps.anchor[nodes]
    place, day = problem.timeline.place[:, anchors], dates.day[:, anchors]
    stands = ((place == _KNOWN) | (place == _ON_OPEN)) & (day < FAR)
    stands &= problem.gap_applies[:, plain.link[nodes]] != _NO
    rows, column = np.nonzero(stands)
    node = nodes[column]
    low, high = plain.bounds(node, day[rows, column], judge.first, len(judge.days))
    first[rows, node] = np.maximum(first[rows, node], low)
    last[rows, node] = np.minimum(last[rows, node], high)
    bound[rows, node] = True


def _from_start(
    judge: "LinkLookup", link: Link, sides: Sides, rows: Index, dates: StandingDates,
    first: Days, last: Days, bound: Flags,
) -> None:  # fmt: skip
    known, start = judge.start(link, rows, dates, sides)
    days = judge.all_moments(link.end, sides.zone)
    born = link.start < first.shape[1] and judge.problem.protocol.nodes[link.start].born
    # one partly known leaves what any of its days would
    rows = rows[judge.problem.cohort.birth_first[rows] > -FAR if born else known]
    if not len(rows):
        return
    if born:
        soon, late = birth_moments(judge.problem.protocol, judge.problem.timeline, rows, sides.zone)
        low = bounds_on_end(sides, soon, days, judge.first)[0]
        high = bounds_on_end(sides, late, days, judge.first)[1]
    else:
        low, high = bounds_on_end(sides, start, days, judge.first)
    first[rows, link.end] = np.maximum(first[rows, link.end], low)
    last[rows, link.end] = np.minimum(last[rows, link.end], high)
    bound[rows, link.end] |= link.start < first.shape[1]


def _from_end(
    judge: "LinkLookup", link: Link, sides: Sides, rows: Index, dates: StandingDates,
    first: Days, last: Days, bound: Flags,
) -> None:  # fmt: skip
    known, end = judge.end(link, rows, dates, sides)
    rows = rows[known]
    if not len(rows):
        return
    low, high = bounds_on_start(sides, judge.all_moments(link.start, sides.zone), end, judge.first)
    first[rows, link.start] = np.maximum(first[rows, link.start], low)
    last[rows, link.start] = np.minimum(last[rows, link.start], high)
    bound[rows, link.start] |= link.end < first.shape[1]


class LinkLookup:
    """Looks links up for dates that lie anywhere in or near the study."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.first = problem.protocol.study.first_day - _MARGIN
        self.days = np.arange(self.first, problem.protocol.study.last_day + _MARGIN, dtype=np.int64)
        self._moments = lru_cache(maxsize=None)(self._all_moments)

    def by_zone(self, link: Link, rows: Index) -> list[tuple[Index, Sides]]:
        """Rows by time zone with the link's sides; one zone for all where clocks do not matter."""
        found = self.problem.timeline.by_zone(rows, link.local)
        return [(rows[some], link.sides(zone, True)) for zone, some in found]

    def all_moments(self, node: int, zone: Zone) -> Moments:
        """The moments of every day that a node may be judged on."""
        count = len(self.problem.protocol.nodes)
        return self._moments(
            None if node >= count else self.problem.protocol.nodes[node].at, zone.name
        )

    def _all_moments(self, at: int | None, name: str) -> Moments:
        zone = next(z for z in self.problem.timeline.zones if z.name == name)
        return moments_of(self.days, at, zone)

    def start(
        self, link: Link, rows: Index, dates: StandingDates, sides: Sides
    ) -> tuple[Flags, Moments]:
        """Which rows have a date for the link's start, and the moments of those."""
        timeline, count = self.problem.timeline, dates.day.shape[1]
        if link.start >= count:
            known, fixed = self._fixed(link.start - count, rows, sides)
            known = self._carried_end(link, rows)
            return known, fixed.take(np.flatnonzero(known))
        if link.node is None:
            counted = self._counts(rows, link.start, link.through)
            return self._dated(link.start, rows, dates, counted & self._carried_end(link, rows))
        anchor = link.node.anchor
        place = timeline.place[rows, anchor]
        if link.through:
            counted = (place == _CARRIED) & (timeline.base[rows, anchor] == link.start)
            return self._dated(link.start, rows, dates, counted)
        return self._dated(anchor, rows, dates, (place == _KNOWN) | (place == _ON_OPEN))

    def end(
        self, link: Link, rows: Index, dates: StandingDates, sides: Sides
    ) -> tuple[Flags, Moments]:
        """Which rows have a firm date for the link's end, and the moments of those."""
        count = dates.day.shape[1]
        if link.end >= count:
            known, fixed = self._fixed(link.end - count, rows, sides)
            if link.through:
                known = self._counts(rows, link.start, link.through)
            return known, fixed.take(np.flatnonzero(known))
        counted = self._counts(rows, link.end, link.through_end) & dates.firm[rows, link.end]
        if link.through:
            counted &= self._counts(rows, link.start, link.through)
        return self._dated(link.end, rows, dates, counted)

    def _carried_end(self, link: Link, rows: Index) -> Flags:
        """Where the end of a gap is the target day of a visit, if that is how the link counts."""
        if link.through_end:
            return self._counts(rows, link.end, link.through_end)
        return np.ones(len(rows), bool)

    def _counts(self, rows: Index, node: int, through: tuple[Node, ...]) -> Flags:
        """Where an end of a gap counts from a node; `through`: from a target day counted from it.

        A visit without a stated window stands on its target day until it is recorded.
        """
        timeline = self.problem.timeline
        own = through[-1].index if through else node
        state, place = timeline.state[rows, own], timeline.place[rows, own]
        if through:
            carried = (state == _OPEN) & (place == _CARRIED)
            return np.asarray(carried & (timeline.base[rows, own] == node), bool)
        told = self.problem.protocol.nodes[own]
        if told.milestone or told.windowed:
            return np.asarray((state == _OPEN) | (state == _DONE) | told.born, bool)
        on_target = ((state == _OPEN) | (state == _OVERDUE)) & (place == _KNOWN)
        return np.asarray((state == _DONE) | on_target, bool)

    def _fixed(self, which: int, rows: Index, sides: Sides) -> tuple[Flags, Moments]:
        moments = study_moments(self.problem.protocol, sides.zone)[which]
        return np.ones(len(rows), bool), moments.take(np.zeros(len(rows), np.int64))

    def _dated(
        self, node: int, rows: Index, dates: StandingDates, counted: Flags
    ) -> tuple[Flags, Moments]:
        known = counted & (dates.day[rows, node] < FAR)
        some = rows[known]
        return known, Moments.planned(
            dates.day[some, node], lambda: (dates.early[some, node], dates.late[some, node])
        )
