"""What a careful person would write: one participant after another, day by day, with pendulum.

Windows from the gaps, every day of them judged by the rules and the site's closed days, then arc
consistency: a day stays when every gap has a partner for it. (On cyclic gaps that still keeps some
days which no schedule uses; the engine does not. Making this loop exact would make it slower.)
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pendulum

Gap = tuple[int, int, int, int]


@dataclass
class Person:
    """One participant as the loop sees it."""

    consent: pendulum.Date
    closed: set[pendulum.Date]
    exposures: list[tuple[str, pendulum.Date, pendulum.Date]] = field(default_factory=list)


def people_of(tables: dict[str, Any], count: int) -> list[Person]:
    """The first participants of a study as dates; not part of what is timed."""
    sites = {
        name: {pendulum.date(d.year, d.month, d.day) for d in site["closed"]}
        for name, site in tables["sites"].items()
    }
    read = pendulum.Date.fromisoformat
    consent = [read(text) for text in tables["dates"]["date"][:count]]
    site = tables["participants"]["site"][:count]
    people = [Person(day, sites[name]) for day, name in zip(consent, site, strict=True)]
    rows = tables["history"][: 10 * count]
    place = {name: i for i, name in enumerate(tables["participants"]["participant"][:count])}
    for who, event, start, end in rows[["participant", "event", "start", "end"]].to_numpy():
        people[place[who]].exposures.append((event, read(start), read(end)))
    return people


class Loop:
    """The protocol as the loop sees it."""

    def __init__(
        self,
        gaps: Sequence[Gap],
        follow_up: Sequence[tuple[int, int]],
        rules: Sequence[tuple[str, int, int]],
        last: date,
    ) -> None:
        infusion, first = 6, 8
        self.gaps = list(gaps)
        for number, (target, wide) in enumerate(follow_up):
            self.gaps.append((infusion, first + number, target - wide, target + wide))
            if number:
                self.gaps.append((first + number - 1, first + number, 5, 400))
        self.nodes = first + len(follow_up)
        self.rules = rules
        self.last = pendulum.date(last.year, last.month, last.day)

    def windows(self, person: Person, as_of: date) -> list[list[pendulum.Date]]:
        """The days of every node, or empty lists where there is no schedule."""
        today = pendulum.date(as_of.year, as_of.month, as_of.day)
        low, high = self._bounds(person, today)
        days = [self._days(person, node, low[node], high[node]) for node in range(self.nodes)]
        return self._consistent(days)

    def _bounds(
        self, person: Person, today: pendulum.Date
    ) -> tuple[list[pendulum.Date], list[pendulum.Date]]:
        low, high = [today] * self.nodes, [self.last] * self.nodes
        low[0] = max(today, person.consent)
        high[0] = min(self.last, person.consent.add(days=28))
        changed = True
        while changed:
            changed = False
            for a, b, least, most in self.gaps:
                for node, first, last in (
                    (b, low[a].add(days=least), high[a].add(days=most)),
                    (a, low[b].subtract(days=most), high[b].subtract(days=least)),
                ):
                    if first > low[node]:
                        low[node], changed = first, True
                    if last < high[node]:
                        high[node], changed = last, True
            if any(a > b for a, b in zip(low, high, strict=True)):
                break
        return low, high

    def _days(
        self, person: Person, node: int, first: pendulum.Date, last: pendulum.Date
    ) -> list[pendulum.Date]:
        rules = [(event, days) for event, at, days in self.rules if at == node]
        found = []
        day = first
        while day <= last:
            if day.weekday() < 5 and day not in person.closed:
                for event, length in rules:
                    since = day.subtract(days=length)
                    if any(
                        event == kind and start <= day and end >= since
                        for kind, start, end in person.exposures
                    ):
                        break
                else:
                    found.append(day)
            day = day.add(days=1)
        return found

    def _consistent(self, days: list[list[pendulum.Date]]) -> list[list[pendulum.Date]]:
        changed = True
        while changed:
            changed = False
            for a, b, least, most in self.gaps:
                for node, other, first, last in ((a, b, least, most), (b, a, -most, -least)):
                    kept = [day for day in days[node] if _partner(day, days[other], first, last)]
                    if len(kept) < len(days[node]):
                        days[node], changed = kept, True
            if not all(days):
                return [[] for _ in days]
        return days


def _partner(day: pendulum.Date, others: list[pendulum.Date], first: int, last: int) -> bool:
    place = bisect_left(others, day.add(days=first))
    return place < len(others) and others[place] <= day.add(days=last)
