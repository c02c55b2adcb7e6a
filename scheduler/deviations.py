"""What recorded dates broke: windows and gaps, rules, and the study's own dates.

A deviation is told only where it is certain: what an unknown time or fact leaves open is none.
Source: docs/semantics.md, sections 3 to 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scheduler.attributes import Applies, applies
from scheduler.clocks import Zone
from scheduler.cohort import Flags, Index
from scheduler.days import FAR, Days
from scheduler.deviations_rules import Deviation, rule_deviations
from scheduler.engine import Problem
from scheduler.frames import Names, category, dates, whole
from scheduler.given import Dates
from scheduler.links import Link, Moments, Sides, shifted
from scheduler.protocol import FIXED_NODES, STUDY_CLOSES, STUDY_OPENS, Node, Protocol
from scheduler.timeline import Place, State
from scheduler.wording import (
    day_text,
    fixed_text,
    outside_sentence,
    outside_study_sentence,
    range_text,
    stand_in_text,
    standing_text,
)

WINDOW = "window"
_NO_HALF_LIFE = np.zeros(1)


def compute_deviations(problem: Problem, given_dates: Dates, names: Names) -> pd.DataFrame:
    """Which recorded dates lie outside what the protocol allowed, and by how much?

    One row a done node and a broken window, gap, rule or study date. `days_out` are days outside
    (negative: early; 0: the right day at a wrong time) or, before a milestone, days short of the
    first clear day; missing for other rules. `first` and `last` are the allowed days, the first
    clear day, or the forbidden days.
    Source: docs/semantics.md, section 5.
    """
    found = [
        *_study_dates(problem, given_dates),
        *_Links(problem, given_dates).deviations(),
        *rule_deviations(problem, given_dates),
    ]
    return _frame(problem.protocol, found, given_dates, names)


def _study_dates(problem: Problem, given_dates: Dates) -> Iterator[Deviation]:
    study, nodes = problem.protocol.study, problem.protocol.nodes
    done = problem.timeline.state == State.DONE
    day = given_dates.day
    for name, edge, outside in (
        (STUDY_OPENS, study.opens, done & (day < study.opens)),
        (STUDY_CLOSES, study.closes, done & (day > study.closes)),
    ):
        for who, node in np.argwhere(outside).tolist():
            days_out = int(day[who, node]) - edge
            text = outside_study_sentence(
                nodes[node].label, int(day[who, node]), days_out, fixed_text(name, edge),
                study.basis,
            )  # fmt: skip
            yield Deviation(who, node, name, days_out, study.opens, study.closes, text)


@dataclass(frozen=True)
class _Checked:
    """Rows of one link with both ends known: the allowed days, and what lies outside.

    `first` and `last` are the allowed days of the node that the row stands under; `times` says
    the allowed times where clocks matter.
    """

    rows: Index
    first: Days
    last: Days
    early: Flags
    late: Flags
    times: list[str]


class _Links:
    """Gaps and windows whose two ends stand on known days, and which surely apply."""

    def __init__(self, problem: Problem, given_dates: Dates) -> None:
        self.problem, self.protocol, self.dates = problem, problem.protocol, given_dates
        self.count = len(problem.protocol.nodes)
        self.done = problem.timeline.state == State.DONE

    def deviations(self) -> Iterator[Deviation]:
        for number, link in enumerate(self.problem.links):
            if link.through or min(link.start, link.end) >= self.count:
                continue
            mask = self._applies(number, link) & self._start_known(link) & self._end_known(link)
            for zone, rows in self._zones(link, np.flatnonzero(mask)):
                yield from self._told(link, self._check(link, zone, rows))

    def _applies(self, number: int, link: Link) -> Flags:
        surely = self.problem.gap_applies[:, number] == Applies.YES
        node = link.node
        while node is not None:  # a visit is for whom its anchors are for
            verdict = applies(node.only, self.problem.cohort.attributes, len(surely))
            surely = surely & (verdict == Applies.YES)
            node = self.protocol.nodes[node.anchor] if node.anchor >= 0 else None
        return np.asarray(surely, bool)

    def _start_known(self, link: Link) -> Flags:
        if link.start >= self.count:
            return np.ones(len(self.done), bool)
        if link.gap is not None:
            return np.asarray(self.done[:, link.start], bool)
        return np.asarray(self.problem.timeline.place[:, link.start] == Place.KNOWN, bool)

    def _end_known(self, link: Link) -> Flags:
        if link.end >= self.count:
            return np.ones(len(self.done), bool)
        return np.asarray(self.done[:, link.end], bool)

    def _zones(self, link: Link, rows: Index) -> Iterator[tuple[Zone, Index]]:
        of = self.problem.timeline.zone_of[rows]
        for i, zone in enumerate(self.problem.timeline.zones):
            if (of == i).any():
                yield zone, rows[of == i]

    def _moments(self, node: int, rows: Index, zone: Zone) -> Moments:
        if node >= self.count:
            study = self.protocol.study
            day = np.full(len(rows), study.opens if node == self.count else study.closes)
            return Moments(day, zone.day_start(day), zone.day_end(day))
        known = self.dates
        return Moments(known.day[rows, node], known.early[rows, node], known.late[rows, node])

    def _check(self, link: Link, zone: Zone, rows: Index) -> _Checked:
        start, end = self._moments(link.start, rows, zone), self._moments(link.end, rows, zone)
        if link.end >= self.count:
            return _before_fixed(link, rows, start.day, end.day)
        sides = link.sides(zone, worst=False)
        if link.gap is not None:
            return _gap(sides, rows, start, end)
        assert link.node is not None
        timed = self.problem.timeline.done_timed[rows, link.end] & link.node.timed
        return _window(sides, link.node, rows, start, end, timed)

    def _told(self, link: Link, checked: _Checked) -> Iterator[Deviation]:
        node = link.end if link.end < self.count else link.start
        other = link.start if node == link.end else link.end
        rule = WINDOW if link.gap is None else link.id
        for i in np.flatnonzero(checked.early | checked.late).tolist():
            who, first, last = int(checked.rows[i]), int(checked.first[i]), int(checked.last[i])
            day, late = int(self.dates.day[who, node]), bool(checked.late[i])
            days_out = max(0, day - last) if late else min(0, day - first)
            allowed = checked.times[i] if checked.times else range_text(first, last)
            minute = int(self.problem.timeline.done_minute[who, node]) if checked.times else -1
            label = standing_text(self.protocol.nodes[node].label, day, minute, "done")
            what = "its window" if link.gap is None else f"the gap {link.id}"
            text = outside_sentence(
                label, days_out, late, what, allowed, self._counted(who, other), link.basis
            )
            yield Deviation(who, node, rule, days_out, first, last, text)

    def _counted(self, who: int, node: int) -> str:
        """The other end of a link, as sentences name it."""
        study = self.protocol.study
        if node >= self.count:
            name = FIXED_NODES[node - self.count]
            return fixed_text(name, study.opens if name == STUDY_OPENS else study.closes)
        label, day = self.protocol.nodes[node].label, int(self.dates.day[who, node])
        if not self.done[who, node]:
            return stand_in_text(label, day)
        return standing_text(label, day, -1, "done")


def _before_fixed(link: Link, rows: Index, day: Days, fixed: Days) -> _Checked:
    """A gap that ends on a fixed date, as bounds on its start."""
    assert link.gap is not None
    first, last = np.full(len(rows), -FAR), np.full(len(rows), FAR)
    if link.gap.max is not None:
        first = link.gap.max.first_reaching(fixed, True, _NO_HALF_LIFE)
    if link.gap.min is not None:
        last = link.gap.min.back(fixed)
    return _Checked(rows, first, last, day < first, day > last, [])


def _gap(sides: Sides, rows: Index, start: Moments, end: Moments) -> _Checked:
    gap, zone = sides.link.gap, sides.zone
    assert gap is not None
    first, last = np.full(len(rows), -FAR), np.full(len(rows), FAR)
    early, late = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    times: list[list[str]] = []
    least, most = sides.least(start), sides.most(start)
    if least is not None and gap.min is not None:
        early = least > sides.least_end(end)
        first = zone.day(least) if gap.min.elapsed else least
        times.append(_edge_texts("from", least, zone, gap.min.elapsed))
    if most is not None and gap.max is not None:
        late = sides.most_end(end) > most
        last = zone.day(most) if gap.max.elapsed else most
        times.append(_edge_texts("until", most, zone, gap.max.elapsed))
    told = [" ".join(parts) for parts in zip(*times, strict=True)] if gap.elapsed else []
    return _Checked(rows, first, last, early, late, told)


def _window(
    sides: Sides, node: Node, rows: Index, anchor: Moments, end: Moments, timed: Flags
) -> _Checked:
    """A visit's window; with a recorded clock time its instants count, where it is in hours."""
    first, last = sides.least(anchor), sides.most(anchor)
    assert first is not None and last is not None and node.low is not None and node.high is not None
    early, late = end.day < first, end.day > last
    if not timed.any():
        return _Checked(rows, first, last, early, late, [])
    low = shifted(anchor, node.low, sides.zone).early
    high = shifted(anchor, node.high, sides.zone).late
    begins, ends = (
        _edge_texts(word, edge, sides.zone, True) for word, edge in (("from", low), ("until", high))
    )
    told = [" ".join(pair) for pair in zip(begins, ends, strict=True)]
    early, late = early | (timed & (end.late < low)), late | (timed & (end.early > high))
    return _Checked(rows, first, last, early, late, told)


def _edge_texts(word: str, keys: Days, zone: Zone, elapsed: bool) -> list[str]:
    if not elapsed:
        return [f"{word} {day_text(day)}" for day in keys.tolist()]
    both = zip(zone.day(keys).tolist(), zone.minute(keys).tolist(), strict=True)
    return [f"{word} {day_text(day, minute)}" for day, minute in both]


def _frame(
    protocol: Protocol, found: list[Deviation], given_dates: Dates, names: Names
) -> pd.DataFrame:
    order = [STUDY_OPENS, STUDY_CLOSES, WINDOW, *(gap.id for gap in protocol.gaps)]
    order = list(dict.fromkeys([*order, *(rule.id for rule in protocol.rules)]))
    place = {name: i for i, name in enumerate(order)}
    found.sort(key=lambda one: (one.participant, one.node, place[one.rule]))
    who = np.array([one.participant for one in found], np.int64)
    node = np.array([one.node for one in found], np.int64)
    out = np.array([FAR if one.days_out is None else one.days_out for one in found], np.int64)
    first, last = (
        np.array([getattr(one, name) for one in found], np.int64) for name in ("first", "last")
    )
    return pd.DataFrame(
        {
            "participant": names.participant(who),
            "milestone": names.milestone(node),
            "date": dates(given_dates.day[who, node]),
            "rule": category([one.rule for one in found], order),
            "days_out": whole(out, out < FAR),
            "first": dates(first),
            "last": dates(last),
            "sentence": pd.Series([one.sentence for one in found], dtype="str"),
        }
    )
