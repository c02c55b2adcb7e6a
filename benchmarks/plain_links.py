"""What a gap or a window lets one day say about the other, with pendulum's own arithmetic.

Part of the plain loop. Months step back with a clamp and forward with a clamp (docs/semantics.md,
section 2); where a bound has to be turned around, the day next to it is tried.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pendulum import Date


@dataclass(frozen=True)
class Length:
    """A duration of the benchmark's protocols: days or months, never both."""

    days: int = 0
    months: int = 0

    def before(self, day: Date) -> Date:
        """The day that lies this much earlier."""
        if self.months:
            return day.subtract(months=self.months)
        return day.subtract(days=self.days)

    def after(self, day: Date) -> Date:
        """The day that lies this much later."""
        if self.months:
            return day.add(months=self.months)
        return day.add(days=self.days)


def length(text: str) -> Length:
    """The duration in a text such as `28 days` or `1 month`."""
    number, unit = text.split()
    if unit.startswith("month"):
        return Length(months=int(number))
    return Length(days=int(number) * (7 if unit.startswith("week") else 1))


def plain(day: date) -> Date:
    """A date as pendulum's."""
    return Date(day.year, day.month, day.day)


@dataclass(frozen=True)
class Gap:
    """end is at least `least` and at most `most` after start."""

    start: str
    end: str
    least: Length
    most: Length

    def first_end(self, start: Date) -> Date:
        """The earliest end: the first day from which `least` back is not before start."""
        day = self.least.after(start)
        return day if self.least.before(day) >= start else day.add(days=1)

    def last_end(self, start: Date) -> Date:
        """The latest end."""
        return self.most.after(start)

    def first_start(self, end: Date) -> Date:
        """The earliest start from which this end is not too late."""
        day = self.most.before(end)
        return day if self.most.after(day) >= end else day.add(days=1)

    def last_start(self, end: Date) -> Date:
        """The latest start for which this end is not too early."""
        return self.least.before(end)


@dataclass(frozen=True)
class Window:
    """end lies within `wide` days of its target after start."""

    start: str
    end: str
    target: Length
    wide: int

    def first_end(self, start: Date) -> Date:
        """The first day of the window."""
        return self.target.after(start).subtract(days=self.wide)

    def last_end(self, start: Date) -> Date:
        """The last day of the window."""
        return self.target.after(start).add(days=self.wide)

    def first_start(self, end: Date) -> Date:
        """The earliest start whose window has not closed on this day."""
        goal = end.subtract(days=self.wide)
        day = self.target.before(goal)
        return day if self.target.after(day) >= goal else day.add(days=1)

    def last_start(self, end: Date) -> Date:
        """The latest start whose window is open on this day: several may lead to one month end."""
        goal = end.add(days=self.wide)
        day = self.target.before(goal)
        if self.target.months:
            while self.target.after(day.add(days=1)) <= goal:
                day = day.add(days=1)
        return day


Link = Gap | Window


def links_of(protocol: dict[str, Any]) -> list[Link]:
    """All gaps and windows of a protocol file."""
    gaps: list[Link] = [
        Gap(raw["from"], raw["to"], length(raw["min"]), length(raw["max"]))
        for raw in protocol["gaps"]
    ]
    return gaps + [
        Window(raw["after"], raw["id"], length(raw["target"]), length(raw["window"]["after"]).days)
        for raw in protocol["visits"]
    ]
