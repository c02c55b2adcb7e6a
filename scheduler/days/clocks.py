"""Instants: what the clocks of a time zone show, in whole minutes of UTC.

The only place that knows time zones. An instant is a count of minutes since 1970-01-01T00:00Z.
Source: docs/semantics.md, section 2.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import numpy as np
import pendulum
from numpy.typing import NDArray

from scheduler.days.steps import MINUTES_A_DAY, Days
from scheduler.days.working import WorkingDays

Instants = NDArray[np.int64]
_MANY = 1000  # days from which on a table of them is worth making
_FIRST, _LAST = 1970, 2060  # offsets before and after are those at the ends
_TOLD = 10_957, 29_220  # days (2000 to 2049) of which a table is kept for the zones of a study


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone as the periods between its clock changes.

    `starts[i]` is the instant from which `offsets[i]` (minutes east of UTC) holds. `working` are
    the working days of the site that the zone stands for, where anything is counted in them.
    """

    name: str
    starts: Instants
    offsets: Instants
    working: WorkingDays | None = None
    _walls: tuple[Instants, Instants] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """What the clock shows when a period ends, and when it begins."""
        ends = np.append(self.starts[1:] + self.offsets[:-1], np.int64(2**60))
        object.__setattr__(self, "_walls", (ends, self.starts + self.offsets))

    @property
    def key(self) -> Hashable:
        """What tells it from another one."""
        return self.name, None if self.working is None else self.working.key

    def at(self, days: Days, minutes: Days | int) -> tuple[Instants, Instants, NDArray[np.bool_]]:
        """The earliest and latest instant of a local time, and whether that time exists.

        Twice on a clock change: the two instants differ. Skipped by one: both are the change
        itself and the third array is False.
        """
        if isinstance(minutes, int) and len(days) > _MANY:
            first, last = int(days.min()), int(days.max())
            if last - first < len(days):  # each day that occurs is looked at once
                known = self._at(np.arange(first, last + 1, dtype=np.int64), minutes)
                place = days - first
                return known[0].take(place), known[1].take(place), known[2].take(place)
        return self._at(days, minutes)

    def _at(self, days: Days, minutes: Days | int) -> tuple[Instants, Instants, NDArray[np.bool_]]:
        wall = days * MINUTES_A_DAY + minutes
        ends, begins = self._walls
        first = ends.searchsorted(wall, side="right")
        last = begins.searchsorted(wall, side="right") - 1
        exists = last >= first
        early = np.where(exists, wall - self.offsets[first], self.starts[first])
        late = np.where(exists, wall - self.offsets[np.maximum(last, 0)], self.starts[first])
        return early, late, exists

    def day_start(self, days: Days) -> Instants:
        """The first instant of each local day."""
        return self.at(days, 0)[0]

    def day_end(self, days: Days) -> Instants:
        """The last minute of each local day."""
        return self.day_start(days + 1) - 1

    def day(self, instants: Instants) -> Days:
        """The local day that each instant lies in."""
        return np.asarray(self._wall(instants) // MINUTES_A_DAY, np.int64)

    def minute(self, instants: Instants) -> Days:
        """The minute of the local day that the clock shows at each instant."""
        return np.asarray(self._wall(instants) % MINUTES_A_DAY, np.int64)

    def _wall(self, instants: Instants) -> Instants:
        period = np.searchsorted(self.starts, instants, side="right") - 1
        return np.asarray(instants + self.offsets[np.maximum(period, 0)], np.int64)


def by_zone(of: Days) -> list[tuple[int, Days]]:
    """The rows of every zone that occurs, where `of` names each row's zone by its number."""
    found = np.bincount(of).nonzero()[0].tolist()
    if len(found) == 1:
        return [(found[0], np.arange(len(of)))]
    return [(number, np.flatnonzero(of == number)) for number in found]


def at_places(
    zones: Sequence[Zone], of: Days, days: Days, minute: int
) -> tuple[Instants, Instants, NDArray[np.bool_]]:
    """A local time of each day as `Zone.at` tells it; `of` names each row's zone by its number."""
    if _are_told(days):
        place, told = _places(of, days), _told(tuple(zone.name for zone in zones), minute)
        return told[0].take(place), told[1].take(place), told[2].take(place)
    found = by_zone(of) if len(of) else []
    if len(found) == 1:
        return zones[found[0][0]].at(days, minute)
    early, late, exists = (np.zeros(len(days), kind) for kind in (np.int64, np.int64, bool))
    for number, rows in found:
        early[rows], late[rows], exists[rows] = zones[number].at(days[rows], minute)
    return early, late, exists


def day_ends(zones: Sequence[Zone], of: Days, days: Days) -> tuple[Instants, Instants]:
    """The first and the last minute of each local day, of the zones that `of` names by number."""
    if _are_told(days):
        return day_begins(zones, of, days), day_begins(zones, of, days + 1) - 1
    start = at_places(zones, np.concatenate([of, of]), np.concatenate([days, days + 1]), 0)[0]
    return start[: len(days)], start[len(days) :] - 1


def day_begins(zones: Sequence[Zone], of: Days, days: Days) -> Instants:
    """The first minute of each local day, of the zones that `of` names by number."""
    if _are_told(days):
        return _told(tuple(zone.name for zone in zones), 0)[0].take(_places(of, days))
    return at_places(zones, of, days, 0)[0]


def _are_told(days: Days) -> bool:
    """Whether days are many, and all of them within the table of moments."""
    return len(days) > _MANY and bool(days.min() >= _TOLD[0] and days.max() < _TOLD[1])


def _places(of: Days, days: Days) -> Days:
    return of * (_TOLD[1] - _TOLD[0]) + (days - _TOLD[0])


@lru_cache(maxsize=32)
def _told(names: tuple[str, ...], minute: int) -> tuple[Instants, Instants, NDArray[np.bool_]]:
    days = np.arange(*_TOLD, dtype=np.int64)
    parts = [zone(name).at(days, minute) for name in names]
    early, late, exists = (np.concatenate(column) for column in zip(*parts, strict=True))
    return early, late, exists


def _offset(zone: pendulum.Timezone, minute: int) -> int:
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() / 60)


@lru_cache(maxsize=256)
def zone(name: str) -> Zone:
    """The zone of an IANA name.

    Raises: KeyError where no such zone exists.
    """
    try:
        source = pendulum.timezone(name)
    except Exception as error:  # pendulum raises its own, or zoneinfo's on odd names
        raise KeyError(name) from error
    first = int(datetime(_FIRST, 1, 1, tzinfo=UTC).timestamp()) // 60
    last = int(datetime(_LAST, 1, 1, tzinfo=UTC).timestamp()) // 60
    step = 7 * MINUTES_A_DAY
    starts, offsets = [-(2**60)], [_offset(source, first)]
    for week in range(first, last, step):
        low, high, before = week, week + step, offsets[-1]
        after = _offset(source, high)
        while after != before:
            left, right = low, high
            while right - left > 1:  # the first minute at which the offset is no longer `before`
                middle = (left + right) // 2
                left, right = (
                    (middle, right) if _offset(source, middle) == before else (left, middle)
                )
            before = _offset(source, right)
            starts.append(right)
            offsets.append(before)
            low = right
    return Zone(name, np.array(starts, np.int64), np.array(offsets, np.int64))


def is_zone(name: str) -> bool:
    """Whether a text names an IANA time zone."""
    try:
        zone(name)
    except KeyError:
        return False
    return True
