"""Where duties end: the last day or minute before a milestone, or after it.

Source: docs/semantics.md, section 3.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Exposures
from scheduler.days import FAR, Days, Length
from scheduler.days.clocks import Instants
from scheduler.protocol import Rule
from scheduler.rules.moments import AtMoments, Moments
from scheduler.rules.recorded import Recorded
from scheduler.wording.many_rows import Told
from scheduler.wording.rules import Standing

KINDS = ("last_day", "period", "keep")
LAST_DAY, PERIOD, KEEP = range(len(KINDS))
STANDINGS: tuple[Standing, ...] = ("done", "booked", "recommended", "fixed")
DONE, BOOKED, RECOMMENDED, FIXED = range(4)
_LAST_MINUTE = 23 * 60 + 59
_TWICE = 180  # instants further apart than this are the ends of a day, not one clock time


@dataclass(frozen=True)
class Stand(AtMoments):
    """Where a node stands for every participant; `day` is FAR where it has no date.

    `standing` is a place in STANDINGS, `usable` whether rules count the node at all.
    """

    node: int
    label: str
    moments: Moments
    standing: Index
    usable: Flags

    def clocked(self, rows: Index) -> Flags:
        """Where the node has a clock time, so that its instants are not the ends of a day."""
        return np.asarray(self.late[rows] - self.early[rows] <= _TWICE, bool)


def moments_at(done: Flags, recorded: Moments, chosen: Moments, day: Days, node: int) -> Moments:
    """The moments of a node: the recorded ones where it is done, else the chosen ones of `day`."""

    def instants() -> tuple[Instants, Instants]:
        early, late = (
            np.where(done, own[:, node], planned[:, node])
            for own, planned in ((recorded.early, chosen.early), (recorded.late, chosen.late))
        )
        return early, late

    return Moments.planned(np.where(done, recorded.day[:, node], day), instants)


@dataclass(frozen=True)
class DutyRows:
    """The duties of one rule and event, of one kind (a place in KINDS).

    `minute` is -1 where the day alone is told.
    """

    rule: int
    event: int
    kind: int
    participant: Index
    first: Days
    last: Days
    minute: Index
    node: int
    milestone_day: Days
    recorded: Flags
    sentence: Told


@dataclass(frozen=True)
class Ends:
    """The far ends of duties, by the rule's reading of its boundary and by the other one."""

    last: Days
    minute: Index
    other: Days
    other_minute: Index

    def take(self, rows: Flags) -> "Ends":
        """The named rows."""
        return Ends(self.last[rows], self.minute[rows], self.other[rows], self.other_minute[rows])


def day_ends(rule: Rule, half_life: float | None, stand: Stand, rows: Index, after: bool) -> Ends:
    """The last day of each duty of a rule in calendar time; FAR where nothing can be told."""
    assert rule.length is not None
    length, nobody = told_length(rule.length, half_life), np.full(len(rows), -1)
    if length is None:
        far = np.full(len(rows), FAR)
        return Ends(far, nobody, far, nobody)
    minutes = np.array([half_life or 0.0])
    edge = (length.forward if after else length.back)(stand.day[rows], minutes)
    last, other = _steps(rule, after)
    return Ends(edge + last, nobody, edge + other, nobody)


def instant_ends(rule: Rule, timeline: Recorded, stand: Stand, rows: Index, after: bool) -> Ends:
    """The last minute of each duty of a rule in hours, as local day and minute."""
    assert rule.length is not None
    step = rule.length.minutes
    edge = stand.late[rows] + step if after else stand.early[rows] - step
    last, other = _steps(rule, after)
    clocked = stand.clocked(rows)
    return Ends(
        *local(timeline, edge + last, clocked, rows), *local(timeline, edge + other, clocked, rows)
    )


def kept_since(rule: Rule, day: Days, half_life: float | None) -> Days:
    """The first day that something must cover up to each day of a node; FAR where that is FAR.

    Without a half-life (minutes) the terms that count some are left out.
    """
    length = None if rule.length is None else told_length(rule.length, half_life)
    if length is None:
        return day
    since = length.back(day, np.full(1, half_life or 0.0)) + int(not rule.inclusive)
    return np.where(day >= FAR, FAR, np.minimum(since, day))


def under_way(exposures: Exposures, event: int, first: Days, last: Days) -> Flags:
    """The participants who may be on an event on some of their own days first..last."""
    mine = np.flatnonzero(exposures.event == event)
    who = exposures.participant[mine]
    touches = (exposures.start_first[mine] <= last[who]) & (exposures.end_last[mine] >= first[who])
    found = np.zeros(len(first), bool)
    found[who[touches]] = True
    return found


def _steps(rule: Rule, after: bool) -> tuple[int, int]:
    """The step from the edge to the last day, by the rule's reading and by the other one.

    By the inclusive reading the edge itself is within; by the other one it is clear.
    """
    inclusive, exclusive = (0, -1) if after else (-1, 0)
    return (inclusive, exclusive) if rule.inclusive else (exclusive, inclusive)


def local(timeline: Recorded, instants: Days, clocked: Flags, rows: Index) -> tuple[Days, Index]:
    """Instants as local days and minutes; 23:59 of an unclocked day is the day alone (-1)."""
    day, minute = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for zone, here in timeline.by_zone(rows):
        day[here], minute[here] = zone.day(instants[here]), zone.minute(instants[here])
    return day, np.where(clocked | (minute != _LAST_MINUTE), minute, -1)


def told_length(length: Length, half_life: float | None) -> Length | None:
    """The part of a length that can be told with (or without) a half-life; None for nothing."""
    if half_life is not None or not length.needs_half_life:
        return length
    terms = tuple(term for term in length.terms if term.unit != "half-lives")
    if not terms:
        return None
    return Length(terms, length.pick if len(terms) > 1 else "one")
