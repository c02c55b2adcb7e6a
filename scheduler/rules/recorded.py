"""Recorded dates: what has become of each node of each participant, and where anchors stand.

Source: docs/semantics.md, section 5.
"""

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from functools import cached_property

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone, by_zone
from scheduler.rules.moments import Moments


class State(IntEnum):
    """What has become of a node."""

    OPEN = 0
    DONE = 1
    MISSED = 2
    OVERDUE = 3
    UNRECORDED = 4
    AWAITING = 5
    ABSENT = 6  # the visit is not for this participant
    CLOSED = 7  # the participant has left the study


def any_of(*states: State) -> Flags:
    """For every state whether it is one of some: a table to look states up in."""
    return np.array([state in states for state in State], bool)


class Place(IntEnum):
    """Where a node stands for what hangs off it."""

    NOWHERE = 0
    KNOWN = 1  # on a known day
    OPEN = 2  # on its own open day
    CARRIED = 3  # on its target day, counted from an open node further up


@dataclass(frozen=True)
class Recorded:
    """The recorded states of a cohort; all arrays have the shape (participants, nodes).

    `day`, `early`, `late` tell the moment of nodes whose place is KNOWN. `base` is the node that a
    CARRIED or OPEN place is counted from. `booked` is the day of the standing booking (FAR: none)
    with its instants where `booked_timed`. `undetermined` marks visits whose `only` cannot be
    decided, `stray` those done although not for the participant (their state is ABSENT). A node
    that lacks its record happened on `earliest`..`latest`, or its target is there (FAR: no such).
    A birth is ABSENT, since it is no step, and KNOWN; one of a partial date is such a range too.
    """

    state: Index
    place: Index
    base: Index
    day: Days
    early: Days
    late: Days
    done_timed: Flags
    booked: Days
    booked_timed: Flags
    booked_early: Days
    booked_late: Days
    booked_minute: Index
    done_minute: Index
    undetermined: Flags
    stray: Flags
    earliest: Days
    latest: Days
    zones: tuple[Zone, ...]
    zone_of: Index
    zone_of_site: Index
    as_of: int

    @cached_property
    def done(self) -> Flags:
        """Which nodes are done."""
        return np.asarray(self.state == State.DONE, bool)

    @cached_property
    def standing(self) -> dict[Place, Flags]:
        """Which nodes stand where, for what hangs off them."""
        return {place: np.asarray(self.place == place, bool) for place in Place}

    @cached_property
    def on_one_day(self) -> Flags:
        """Which nodes stand on one known day: not a birth that is partly known."""
        vague = (self.state == State.ABSENT) & (self.earliest < FAR)
        return np.asarray(self.standing[Place.KNOWN] & ~vague, bool)

    @cached_property
    def carried(self) -> dict[int, set[int]]:
        """For each node the nodes further up that it is counted from for somebody."""
        who, node = self.standing[Place.CARRIED].nonzero()
        if not len(who):
            return {}
        count = max(1, self.place.shape[1])
        found: dict[int, set[int]] = {}
        for key in distinct_numbers(node * count + self.base[who, node]).tolist():
            found.setdefault(key // count, set()).add(key % count)
        return found

    def by_zone(self, people: Index, clocked: bool = True) -> list[tuple[Zone, Index]]:
        """Each time zone that occurs among people (who may stand there several times), and where.

        Without `clocked`, where clocks do not matter, one zone stands for all.
        """
        if not clocked:
            return [(self.zones[0], np.arange(len(people)))] if len(people) else []
        return [(self.zones[i], places) for i, places in by_zone(self.zone_of[people])]

    def take(self, people: Index) -> "Recorded":
        """The recorded states of some participants."""
        columns = {
            column.name: getattr(self, column.name)[people]
            for column in fields(self)
            if column.name not in ("zones", "zone_of_site", "as_of")
        }
        return replace(self, **columns)

    def known(self, rows: Index, node: int) -> Moments:
        """The known moments of a node for some participants."""
        return Moments(self.day[rows, node], self.early[rows, node], self.late[rows, node])
