"""What a careful person would write: one participant after another, day by day, with pendulum.

Windows from the gaps, every day of them judged by the rules and the site's closed days, then arc
consistency: a day stays when every gap has a partner for it. On cyclic gaps that still keeps days
which no schedule uses; making the loop exact would make it slower. It finds the permitted days
only; undetermined ones would be a second run.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pendulum
import yaml
from pendulum import Date, DateTime

from benchmarks.design import Design
from benchmarks.places import closures, sites
from benchmarks.plain_links import Link, Window, links_of, plain
from benchmarks.plain_rules import Exposure, Rule, exposure, rules_of

Days = dict[str, list[Date]]


@dataclass(frozen=True)
class Person:
    """One participant as the loop sees it: the rows of the tables, dates as dates or texts."""

    row: Mapping[str, str]
    history: Sequence[Mapping[str, Any]]
    dates: Sequence[Mapping[str, Any]]


def persons(tables: Mapping[str, Any]) -> list[Person]:
    """The participants of some tables; not part of what is timed."""
    history, dates = (_grouped(tables.get(name)) for name in ("history", "dates"))
    return [
        Person(row, history.get(row["participant"], []), dates.get(row["participant"], []))
        for row in _rows(tables["participants"])
    ]


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {}
    for name, column in frame.items():
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            columns[str(name)] = [moment.date() for moment in column]
        else:
            texts = column.astype(object)
            columns[str(name)] = texts.where(texts.notna(), "").tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _grouped(frame: pd.DataFrame | None) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in [] if frame is None else _rows(frame):
        found.setdefault(row["participant"], []).append(row)
    return found


@dataclass
class Problem:
    """What one participant's dates leave: open nodes, their days, and what binds two of them."""

    days: Days
    links: list[Link]
    pairs: list[tuple[str, str, Exposure]]  # from A, until B, for one exposure


class Loop:
    """A protocol as the loop sees it, read once."""

    def __init__(self, design: Design) -> None:
        self.raw: dict[str, Any] = yaml.safe_load(design.text)
        self.links, self.rules = links_of(self.raw), rules_of(self.raw)
        self.as_of, self.opens, self.closes = map(
            plain, (design.as_of, design.opens, design.closes)
        )
        self.milestones = list(self.raw["milestones"])
        self.nodes = [*self.milestones, *(visit["id"] for visit in self.raw["visits"])]
        self.closed = {
            name: {plain(day) for day in days} for name, days in closures(design).items()
        }
        self.zones = {name: str(site["timezone"]) for name, site in sites(design).items()}

    def windows(self, person: Person) -> Days:
        """The days of every open node; empty lists where the loop finds no schedule."""
        return consistent(self.problem(person))

    def problem(self, person: Person) -> Problem:
        """The single days that bounds, rules and closures leave to every open node."""
        done, open_ = self._states(person)
        links = [link for link in self.links if {link.start, link.end} <= {*done, *open_}]
        low = {node: max(self.as_of, self.opens) for node in open_}
        high = dict.fromkeys(open_, self.closes)
        exposures = self._exposures(person)
        pairs = self._pairs(person, exposures, done, open_, low)
        _narrow(links, done, low, high)
        days = {
            node: self._days(person, node, low[node], high[node], exposures[node]) for node in open_
        }
        for a, b, one in pairs:  # A is done, and not after the exposure: B is before it
            if a in done:
                days[b] = [day for day in days[b] if day < one.start]
        return Problem(
            days,
            [link for link in links if link.start in days and link.end in days],
            [pair for pair in pairs if pair[0] in days and pair[1] in days],
        )

    def complete(self, person: Person) -> bool:
        """Whether every date up to now has its record; of others the loop keeps days too many."""
        done, open_ = self._states(person)
        missed = {row["milestone"] for row in person.dates if row["status"] == "missed"}
        return not open_ or {*done, *open_, *missed} >= set(self.nodes)

    def _states(self, person: Person) -> tuple[dict[str, Date], list[str]]:
        """The done nodes with their days, and the open ones."""
        done, over = {}, set()
        for row in person.dates:
            day, node = row["date"], row["milestone"]
            if row["status"] == "done":
                done[node] = plain(date.fromisoformat(day) if isinstance(day, str) else day)
            elif row["status"] == "missed":
                over.add(node)
        if person.row.get("withdrawn") or person.row.get("screen_failed"):
            return done, []
        last = max((n for n, node in enumerate(self.milestones) if node in done), default=0)
        over |= set(self.milestones[:last])  # unrecorded, unless done
        for link in self.links:
            known = isinstance(link, Window) and link.start in done
            if known and link.last_end(done[link.start]) < self.as_of:
                over.add(link.end)  # overdue, unless done
        return done, [node for node in self.nodes if node not in done and node not in over]

    def _exposures(self, person: Person) -> dict[str, list[tuple[Rule, Exposure]]]:
        zone = self.zones[person.row["site"]]
        events = self.raw["events"]
        found: dict[str, list[tuple[Rule, Exposure]]] = {node: [] for node in self.nodes}
        for row in person.history:
            one = exposure(row, events[row["event"]]["kind"] == "point", self.as_of, zone)
            for rule in self.rules:
                if rule.concerns(one, person.row):
                    found[rule.node].append((rule, one))
        return found

    def _pairs(
        self,
        person: Person,
        exposures: dict[str, list[tuple[Rule, Exposure]]],
        done: dict[str, Date],
        open_: list[str],
        low: dict[str, Date],
    ) -> list[tuple[str, str, Exposure]]:
        """from..until rules that still bind; where B is done, A is after the exposure."""
        found = []
        for rule, one in (item for items in exposures.values() for item in items):
            a, b = rule.node, rule.until
            if rule.form != "pair":
                continue
            if a in open_ and b in done and done[b] >= one.start:
                low[a] = max(low[a], one.end.add(days=1))
            elif b in open_ and (a in open_ or (a in done and done[a] <= one.end)):
                found.append((a, b, one))
        return found

    def _days(
        self,
        person: Person,
        node: str,
        first: Date,
        last: Date,
        exposures: list[tuple[Rule, Exposure]],
    ) -> list[Date]:
        looked_at = [(rule, one) for rule, one in exposures if rule.form != "pair"]
        closed, zone = self.closed[person.row["site"]], self.zones[person.row["site"]]
        at = self.raw["milestones"].get(node) or {}
        found = []
        day = first
        while day <= last:
            if day not in closed:
                moment = _moment(day, at["at"], zone) if "at" in at else None
                if not any(rule.forbids(day, one, moment) for rule, one in looked_at):
                    found.append(day)
            day = day.add(days=1)
        return found


def _moment(day: Date, clock: str, zone: str) -> DateTime:
    hour, minute = map(int, clock.split(":"))
    return pendulum.datetime(day.year, day.month, day.day, hour, minute, tz=zone)


def _narrow(
    links: list[Link], done: dict[str, Date], low: dict[str, Date], high: dict[str, Date]
) -> None:
    """Tighten every node's first and last day along the gaps until nothing moves; in place."""
    changed = True
    while changed:
        changed = False
        for link in links:
            a, b = link.start, link.end
            bounds = []
            if b in low:
                earliest, latest = (low[a], high[a]) if a in low else (done[a], done[a])
                bounds.append((b, link.first_end(earliest), link.last_end(latest)))
            if a in low:
                earliest, latest = (low[b], high[b]) if b in low else (done[b], done[b])
                bounds.append((a, link.first_start(earliest), link.last_start(latest)))
            for node, first, last in bounds:
                if first > low[node]:
                    low[node], changed = first, True
                if last < high[node]:
                    high[node], changed = last, True
        if any(low[node] > high[node] for node in low):
            return


def consistent(problem: Problem) -> Days:
    """Arc consistency: a day stays while every gap and pair has a partner for it."""
    days = dict(problem.days)
    changed = True
    while changed:
        if not all(days.values()):
            return {node: [] for node in days}
        changed = False
        for link in problem.links:
            a, b = link.start, link.end
            kept = [d for d in days[a] if _partner(days[b], link.first_end(d), link.last_end(d))]
            other = [d for d in days[b] if _partner(kept, link.first_start(d), link.last_start(d))]
            changed |= len(kept) < len(days[a]) or len(other) < len(days[b])
            days[a], days[b] = kept, other
        for a, b, one in problem.pairs:
            if days[a] and days[b]:
                kept = [d for d in days[a] if d > one.end or days[b][0] < one.start]
                other = [d for d in days[b] if d < one.start or (kept and kept[-1] > one.end)]
                changed |= len(kept) < len(days[a]) or len(other) < len(days[b])
                days[a], days[b] = kept, other
    return days


def _partner(others: list[Date], first: Date, last: Date) -> bool:
    place = bisect_left(others, first)
    return place < len(others) and others[place] <= last
