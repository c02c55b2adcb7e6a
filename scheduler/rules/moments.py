"""Moments: days of a node with their instants, which are worked out where somebody asks.

Source: docs/semantics.md, section 2.
"""

from collections.abc import Callable, Sequence

import numpy as np

from scheduler.arrays import Flags
from scheduler.days import Days
from scheduler.days.clocks import Instants, Zone, at_places, day_ends


class Moments:
    """Days of a node, and the earliest and latest instant that each of them stands for.

    With a clock time the two instants are that time (they differ where it occurs twice); without
    one they are the ends of the day. Few links look at instants, so planned ones are made when
    they are asked for.
    """

    __slots__ = ("_ends", "day")

    def __init__(self, day: Days, early: Instants, late: Instants) -> None:
        """Moments whose instants are known."""
        self.day = day
        self._ends: tuple[Instants, Instants] | Callable[[], tuple[Instants, Instants]]
        self._ends = early, late

    @classmethod
    def planned(cls, day: Days, ends: Callable[[], tuple[Instants, Instants]]) -> "Moments":
        """Moments whose instants are made when they are asked for."""
        found = cls(day, day, day)
        found._ends = ends
        return found

    @property
    def early(self) -> Instants:
        """The earliest instants."""
        return self._instants()[0]

    @property
    def late(self) -> Instants:
        """The latest instants."""
        return self._instants()[1]

    def _instants(self) -> tuple[Instants, Instants]:
        if callable(self._ends):
            self._ends = self._ends()
        return self._ends

    def take(self, rows: Days) -> "Moments":
        """The moments of the named rows."""
        if callable(self._ends):
            return Moments.planned(self.day[rows], lambda: (self.early[rows], self.late[rows]))
        return Moments(self.day[rows], self.early[rows], self.late[rows])

    def where(self, flags: Flags, other: "Moments") -> "Moments":
        """These moments where the flags are set, the others elsewhere."""
        return Moments.planned(
            np.where(flags, self.day, other.day),
            lambda: (
                np.where(flags, self.early, other.early), np.where(flags, self.late, other.late),
            ),
        )  # fmt: skip


class AtMoments:
    """What has its days with their instants as `moments`, which are read from itself."""

    moments: Moments

    @property
    def day(self) -> Days:
        """The days; FAR where there is none."""
        return self.moments.day

    @property
    def early(self) -> Instants:
        """The earliest instants of the days."""
        return self.moments.early

    @property
    def late(self) -> Instants:
        """The latest instants of the days."""
        return self.moments.late


def moments_of(days: Days, at: int | None, zone: Zone) -> Moments:
    """The moments of days at a planned clock time; a time that a clock change skips is no time."""
    return moments_in((zone,), np.zeros(len(days), np.int64), days, at)


def moments_in(zones: Sequence[Zone], of: Days, days: Days, at: int | None) -> Moments:
    """The moments of days in several zones; `of` names each row's zone by its number."""

    def made() -> tuple[Instants, Instants]:
        start, end = day_ends(zones, of, days)
        if at is None:
            return start, end
        early, late, exists = at_places(zones, of, days, at)
        return np.where(exists, early, start), np.where(exists, late, end)

    return Moments.planned(days, made)
