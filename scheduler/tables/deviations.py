"""What recorded dates broke: windows and gaps, rules, and the study's own dates.

A deviation is told only where it is certain: what an unknown time or fact leaves open is none.
Source: docs/semantics.md, sections 3 to 5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index, order
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone
from scheduler.engine import Problem
from scheduler.protocol import FIXED_NODES, STUDY_CLOSES, STUDY_OPENS, Node, Protocol
from scheduler.rules.births import birth_moments
from scheduler.rules.conditions import Applies, certainly_meant
from scheduler.rules.links import Link, Sides, shifted
from scheduler.rules.moments import Moments
from scheduler.rules.recorded import Place, State
from scheduler.schedule.windows_left import StandingDates
from scheduler.tables.broken_rules import WINDOW, Deviations, broken_items, rule_deviations, strays
from scheduler.tables.columns import NameColumns, date_column, integer_column, texts
from scheduler.tables.frames import Frame, OneOf, word_list
from scheduler.tables.judged import judged_by_version
from scheduler.tables.solved import Solved
from scheduler.wording.many_rows import together, told
from scheduler.wording.rules import (
    day_text,
    fixed_text,
    outside_sentence,
    outside_study_sentence,
    range_text,
    stand_in_text,
    standing_text,
)

_NO_HALF_LIFE = np.zeros(1)


def deviations_frame(solved: Solved) -> Frame:
    """Which recorded dates lie outside what the protocol allowed, and by how much?

    One row a done node and a broken window, gap, rule or study date. `days_out` are days outside
    (negative: early; 0: the right day at a wrong time) or, before a milestone, days short of the
    first clear day; missing for other rules. `first` and `last` are the allowed days, the first
    clear day, or the forbidden days.
    Where other versions judge some of the dates, each is judged by the version in force on it.
    Source: docs/semantics.md, section 5; docs/amendments.md.
    """
    problem, given_dates = solved.problem, solved.dates
    found = [
        *_study_dates(problem, given_dates),
        strays(problem),
        *_Links(problem, given_dates).deviations(),
        *rule_deviations(problem, given_dates),
    ]
    timeline = problem.timeline
    day = np.where(timeline.stray, timeline.day, given_dates.day)
    told_of = replace(given_dates, moments=Moments(day, day, day))  # only its days are told
    own = _frame(problem.protocol, found, told_of, solved.names)
    others = [(judge.protocol.version, judge.made(deviations_frame)) for judge in solved.judges]
    return judged_by_version(solved, own, others) if others else own


def _study_dates(problem: Problem, given_dates: StandingDates) -> Iterator[Deviations]:
    study, day = problem.protocol.study, given_dates.day
    done = problem.timeline.state == State.DONE
    yield _outside_study(problem, day, STUDY_OPENS, study.first_day, done & (day < study.first_day))
    yield _outside_study(problem, day, STUDY_CLOSES, study.last_day, done & (day > study.last_day))


def _outside_study(problem: Problem, day: Days, name: str, edge: int, outside: Flags) -> Deviations:
    study, nodes = problem.protocol.study, problem.protocol.nodes
    who, node = np.nonzero(outside)
    out = day[who, node] - edge

    def say(rows: Index) -> list[str]:
        fixed = fixed_text(name, edge)
        return [
            outside_study_sentence(nodes[n].label, edge + days, days, fixed, study.basis)
            for n, days in zip(node[rows].tolist(), out[rows].tolist(), strict=True)
        ]

    place = np.full(len(who), problem.protocol.made(broken_items).index(name))
    opens, closes = np.full(len(who), study.first_day), np.full(len(who), study.last_day)
    return Deviations(who, node, place, out, opens, closes, told((node, out), say))


@dataclass(frozen=True)
class _Edge:
    """One side of what is allowed, row by row: the word before it, the day and its minute."""

    word: str
    day: Days
    minute: Index


@dataclass(frozen=True)
class _Checked:
    """Rows of one link with both ends known: the allowed days, and what lies outside.

    `edges` are the allowed times where clocks matter.
    """

    rows: Index
    first: Days
    last: Days
    early: Flags
    late: Flags
    edges: tuple[_Edge, ...]


class _Links:
    """Gaps and windows whose two ends stand on known days, and which surely apply."""

    def __init__(self, problem: Problem, given_dates: StandingDates) -> None:
        self.problem, self.protocol, self.dates = problem, problem.protocol, given_dates
        self.count = len(problem.protocol.nodes)
        self.done = problem.timeline.state == State.DONE
        self.place = {name: i for i, name in enumerate(problem.protocol.made(broken_items))}
        self.meant = certainly_meant(problem.protocol, problem.cohort)

    def deviations(self) -> Iterator[Deviations]:
        for number, link in enumerate(self.problem.links):
            if link.through or link.through_end or min(link.start, link.end) >= self.count:
                continue
            if link.gap is not None and link.gap.test is not None:
                continue
            mask = self._end_known(link)
            if mask.any():
                mask = mask & self._applies(number, link) & self._start_known(link)
            for zone, alike in self._alike(link, np.flatnonzero(mask)) if mask.any() else ():
                checked = self._check(link, zone, alike)
                if (checked.early | checked.late).any():
                    yield self._told(link, checked)

    def _applies(self, number: int, link: Link) -> Flags:
        certain = self.problem.gap_applies[:, number] == Applies.YES
        if link.node is not None:
            certain = certain & self.meant[link.node.index]
        return np.asarray(certain, bool)

    def _start_known(self, link: Link) -> Flags:
        if link.start >= self.count:
            return np.ones(len(self.done), bool)
        if link.gap is not None:
            born = self.protocol.nodes[link.start].born
            return np.asarray(self.done[:, link.start] | born, bool)
        return np.asarray(self.problem.timeline.place[:, link.start] == Place.KNOWN, bool)

    def _end_known(self, link: Link) -> Flags:
        if link.end >= self.count:
            return np.ones(len(self.done), bool)
        return np.asarray(self.done[:, link.end], bool)

    def _alike(self, link: Link, rows: Index) -> Iterator[tuple[Zone, Index]]:
        """Rows of one time zone each, and those with a clock time apart where it is looked at."""
        timeline = self.problem.timeline
        timed = np.zeros(len(rows), bool)
        if link.node is not None and link.node.timed:
            timed = timeline.done_timed[rows, link.end]
        for zone, some in timeline.by_zone(rows):
            for one in (False, True):
                alike = rows[some[timed[some] == one]]
                if len(alike):
                    yield zone, alike

    def _moments(self, node: int, rows: Index, zone: Zone) -> Moments:
        if node >= self.count:
            study = self.protocol.study
            day = np.full(len(rows), study.first_day if node == self.count else study.last_day)
            return Moments(day, zone.day_start(day), zone.day_end(day))
        known = self.dates
        return Moments(known.day[rows, node], known.early[rows, node], known.late[rows, node])

    def _check(self, link: Link, zone: Zone, rows: Index) -> _Checked:
        start, end = self._moments(link.start, rows, zone), self._moments(link.end, rows, zone)
        if link.end >= self.count:
            return _before_fixed(link, zone, rows, start.day, end.day)
        sides, starts = link.sides(zone, cautious=False), (start, start)
        if link.start < self.count and self.protocol.nodes[link.start].born:
            starts = birth_moments(self.protocol, self.problem.timeline, rows, zone)
        if link.gap is not None:
            return _gap(sides, rows, starts, end)
        assert link.node is not None
        timed = link.node.timed and self.problem.timeline.done_timed[rows, link.end].all()
        return _window(sides, link.node, rows, starts, end, bool(timed))

    def _told(self, link: Link, checked: _Checked) -> Deviations:
        node = link.end if link.end < self.count else link.start
        other = link.start if node == link.end else link.end
        some = np.flatnonzero(checked.early | checked.late)
        who, late = checked.rows[some], checked.late[some]
        first, last = checked.first[some], checked.last[some]
        day = self.dates.day[who, node]
        out = np.where(late, np.maximum(day - last, 0), np.minimum(day - first, 0))
        minute = self.problem.timeline.done_minute[who, node]
        columns = (
            day, minute if checked.edges else np.full(len(who), -1), out, late, first, last,
            *self._counted(who, other),
            *(column[some] for edge in checked.edges for column in (edge.day, edge.minute)),
        )  # fmt: skip
        words, label = [edge.word for edge in checked.edges], self.protocol.nodes[node].label
        what = "its window" if link.gap is None else f"the gap {link.id}"

        def say(rows: Index) -> list[str]:
            return [
                outside_sentence(
                    standing_text(label, day, minute, "done"), out, late, what,
                    _edges_text(words, edges) if words else range_text(first, last),
                    self._counted_text(other, other_day, other_done), link.basis,
                )
                for day, minute, out, late, first, last, other_day, other_done, *edges in zip(
                    *(column[rows].tolist() for column in columns), strict=True
                )
            ]  # fmt: skip

        place = self.place[WINDOW if link.gap is None else link.id]
        return Deviations(
            who, np.full(len(who), node), np.full(len(who), place), out, first, last,
            told(columns, say),
        )  # fmt: skip

    def _counted(self, who: Index, node: int) -> tuple[Days, Flags]:
        """The day of the other end of a link (a fixed one: FAR), and whether it is done."""
        if node >= self.count:
            return np.full(len(who), FAR), np.ones(len(who), bool)
        return self.dates.day[who, node], np.asarray(self.done[who, node], bool)

    def _counted_text(self, node: int, day: int, done: bool) -> str:
        """The other end of a link, as sentences name it."""
        if node >= self.count:
            name, study = FIXED_NODES[node - self.count], self.protocol.study
            return fixed_text(name, study.first_day if name == STUDY_OPENS else study.last_day)
        if self.protocol.nodes[node].born:
            return "the birth date"
        label = self.protocol.nodes[node].label
        return standing_text(label, day, -1, "done") if done else stand_in_text(label, day)


def _before_fixed(link: Link, zone: Zone, rows: Index, day: Days, fixed: Days) -> _Checked:
    """A gap that ends on a fixed date, as bounds on its start."""
    assert link.gap is not None
    first, last = np.full(len(rows), -FAR), np.full(len(rows), FAR)
    if link.gap.max is not None:
        first = link.gap.max.first_reaching(fixed, True, _NO_HALF_LIFE, zone.working)
    if link.gap.min is not None:
        last = link.gap.min.back(fixed, None, zone.working)
    return _Checked(rows, first, last, day < first, day > last, ())


def _gap(sides: Sides, rows: Index, starts: tuple[Moments, Moments], end: Moments) -> _Checked:
    gap, zone = sides.link.gap, sides.zone
    assert gap is not None
    first, last = np.full(len(rows), -FAR), np.full(len(rows), FAR)
    early, late = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    edges: list[_Edge] = []
    least, most = sides.least(starts[0]), sides.most(starts[1])
    if least is not None and gap.min is not None:
        early = least > sides.least_end(end)
        first = zone.day(least) if gap.min.elapsed else least
        edges.append(_edge("from", least, zone, gap.min.elapsed))
    if most is not None and gap.max is not None:
        late = sides.most_end(end) > most
        last = zone.day(most) if gap.max.elapsed else most
        edges.append(_edge("until", most, zone, gap.max.elapsed))
    return _Checked(rows, first, last, early, late, tuple(edges) if gap.elapsed else ())


def _window(
    sides: Sides, node: Node, rows: Index, anchors: tuple[Moments, Moments], end: Moments,
    timed: bool,
) -> _Checked:  # fmt: skip
    """A visit's window; with a recorded clock time its instants count, where it is in hours."""
    first, last = sides.least(anchors[0]), sides.most(anchors[1])
    assert first is not None and last is not None and node.low is not None and node.high is not None
    early, late = end.day < first, end.day > last
    if not timed:
        return _Checked(rows, first, last, early, late, ())
    low = shifted(anchors[0], node.low, sides.zone).early
    high = shifted(anchors[1], node.high, sides.zone).late
    edges = _edge("from", low, sides.zone, True), _edge("until", high, sides.zone, True)
    early, late = early | (end.late < low), late | (end.early > high)
    return _Checked(rows, first, last, early, late, edges)


def _edge(word: str, keys: Days, zone: Zone, elapsed: bool) -> _Edge:
    if not elapsed:
        return _Edge(word, keys, np.full(len(keys), -1))
    return _Edge(word, zone.day(keys), zone.minute(keys))


def _edges_text(words: Sequence[str], moments: Sequence[int]) -> str:
    each = zip(words, moments[::2], moments[1::2], strict=True)
    return " ".join(f"{word} {day_text(*moment)}" for word, *moment in each)


def _frame(
    protocol: Protocol, found: list[Deviations], given_dates: StandingDates, names: NameColumns
) -> Frame:
    who, node, rule, out, first, last = (
        np.concatenate([getattr(part, name) for part in found])
        for name in ("participant", "node", "rule", "days_out", "first", "last")
    )
    words, sentence = together([part.sentence for part in found])
    by = order(who, node, rule)
    return Frame(
        {
            "participant": names.participant(who[by]),
            "milestone": names.milestone(node[by]),
            "date": date_column(given_dates.day[who, node][by]),
            "rule": OneOf(rule[by], word_list(tuple(protocol.made(broken_items)))),
            "days_out": integer_column(out[by], out[by] < FAR),
            "first": date_column(first[by]),
            "last": date_column(last[by]),
            "sentence": texts(words, sentence[by]),
        }
    )
