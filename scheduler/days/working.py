"""Working days: the open days of one calendar, counted from any day, forwards and backwards.

Source: docs/semantics.md, section 2 ("Working days").
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scheduler.days.steps import FAR, Days

_MARGIN = 400  # days that a table is made longer by than what is asked for
_MOST = 200 * 366  # days beyond which nothing is looked for: a calendar that is never open


@dataclass
class WorkingDays:
    """The working days of a calendar, as a table that grows with what is asked.

    `closed` tells which of the days first..last are closed; `key` is what tells two calendars
    apart.
    """

    closed: Callable[[int, int], NDArray[np.bool_]]
    key: Hashable
    _first: int = 0
    _last: int = -1
    _open: Days = field(default_factory=lambda: np.zeros(0, np.int64))

    def step(self, days: Days, count: int) -> Days:
        """The count-th working day after each day; before it where `count` is negative.

        From a closed day counting starts at the next working day. 0 leaves a day as it is. "No
        end" and "no beginning" stay what they are, and so do days beyond any calendar.
        """
        days = np.asarray(days, np.int64)
        near = np.abs(days) < FAR // 2
        if count == 0 or not near.any():
            return days
        self._reach(int(days[near].min()), int(days[near].max()), count)
        if count > 0:
            place = np.searchsorted(self._open, days, side="right") + count - 1
        else:
            place = np.searchsorted(self._open, days) + count
        inside = (place >= 0) & (place < len(self._open))
        far = FAR if count > 0 else -FAR
        found = np.full(days.shape, far)
        found[inside] = self._open[place[inside]]
        return np.where(near, found, days)

    def opening(self, days: Days) -> Days:
        """Each day itself where it is a working day, else the next one."""
        return self.step(np.asarray(days, np.int64) - 1, 1)

    def _reach(self, low: int, high: int, count: int) -> None:
        """Make the table long enough for a step from every one of some days."""
        wide = 2 * abs(count) + _MARGIN
        while True:
            first = low - (wide if count < 0 else 0)
            last = high + (wide if count > 0 else 0)
            if first < self._first or last > self._last:
                self._grow(first, last)
            ahead = len(self._open) - np.searchsorted(self._open, high, side="right")
            behind = np.searchsorted(self._open, low)
            if (ahead if count > 0 else behind) >= abs(count) or wide > _MOST:
                return
            wide *= 4

    def _grow(self, first: int, last: int) -> None:
        if self._last >= self._first:
            first, last = min(first, self._first), max(last, self._last)
        first, last = first - _MARGIN, last + _MARGIN
        self._open = first + np.flatnonzero(~self.closed(first, last)).astype(np.int64)
        self._first, self._last = first, last
