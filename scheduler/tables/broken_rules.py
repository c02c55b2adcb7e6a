"""Which recorded dates broke a rule for certain, and by which exposure most.

Source: docs/semantics.md, sections 3 and 5.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index, distinct, groups, order
from scheduler.binding.cohort import End
from scheduler.core.dayset import of_columns
from scheduler.days import FAR, MINUTES_A_DAY, Days
from scheduler.engine import Problem
from scheduler.protocol import FIXED_NODES, STUDY_CLOSES, STUDY_OPENS, Protocol, Rule
from scheduler.rules.forbidden import Spans, closed_pairs
from scheduler.rules.forms import makers
from scheduler.rules.links import fixed_index
from scheduler.rules.recorded import State
from scheduler.schedule.windows_left import StandingDates
from scheduler.wording.exposures import ExposureTexts
from scheduler.wording.many_rows import Told, told
from scheduler.wording.rules import (
    between_broken_sentence,
    exposure_text,
    fixed_text,
    not_theirs_sentence,
    rule_broken_sentence,
    short_sentence,
    standing_text,
)

WINDOW = "window"
NOT_THEIRS = "only"  # done, but not for this participant
_ENDS = {End.ONGOING: "ongoing", End.UNKNOWN: "end unknown", End.BLANK_COURSE: "end blank"}


@dataclass(frozen=True, slots=True)
class Deviations:
    """Rows of the table as columns; `rule` is a place in `broken_items`.

    `days_out` is FAR where a count of days says nothing; in `first` and `last` FAR is no day.
    """

    participant: Index
    node: Index
    rule: Index
    days_out: Days
    first: Days
    last: Days
    sentence: Told


def broken_items(protocol: Protocol) -> list[str]:
    """What a recorded date can break, in the order of the table."""
    gaps, rules = (gap.id for gap in protocol.gaps), (rule.id for rule in protocol.rules)
    return list(dict.fromkeys([STUDY_OPENS, STUDY_CLOSES, WINDOW, NOT_THEIRS, *gaps, *rules]))


def strays(problem: Problem) -> Deviations:
    """Visits that are done although their `only` does not hold: facts that bind nothing."""
    who, node = np.nonzero(problem.timeline.stray)
    day, nodes = problem.timeline.day[who, node], problem.protocol.nodes

    def say(rows: Index) -> list[str]:
        told = zip(node[rows].tolist(), day[rows].tolist(), strict=True)
        return [not_theirs_sentence(nodes[n].label, on, nodes[n].basis) for n, on in told]

    place = np.full(len(who), problem.protocol.made(broken_items).index(NOT_THEIRS))
    far = np.full(len(who), FAR)
    return Deviations(who, node, place, far, far, far, told((node, day), say))


def rule_deviations(problem: Problem, given_dates: StandingDates) -> Iterator[Deviations]:
    """Done nodes on days that a rule certainly forbids; one row a rule and node.

    Of several exposures the one that forbids longest is told.
    """
    judge = _Judge(problem, given_dates)
    yield from judge.single_days()
    yield from judge.pairs()


@dataclass(frozen=True, slots=True)
class _Clear:
    """From when each span no longer forbids for certain: a day, in hour rules with its minute."""

    day: Days
    minute: Index


class _Judge:
    def __init__(self, problem: Problem, given_dates: StandingDates) -> None:
        self.problem, self.protocol = problem, problem.protocol
        self.dates, self.exposures = given_dates, problem.cohort.exposures
        self.timeline, self.rules = problem.timeline, problem.protocol.rules
        place = {name: i for i, name in enumerate(problem.protocol.made(broken_items))}
        self.place = np.array([place[rule.id] for rule in self.rules], np.int64)

    def single_days(self) -> Iterator[Deviations]:
        """Days that a rule forbids by itself."""
        spans = self._broken(self.problem.spans)
        if not len(spans):
            return
        clear = self._first_clear(spans)
        before = np.array([rule.traits.looks_back for rule in self.rules], bool)[spans.rule]
        weight = np.where(
            before, MINUTES_A_DAY * clear.day + np.maximum(clear.minute, 0), spans.certain_last
        )
        # the earlier history row where two weigh the same
        kept = self._one_each(spans, -weight, spans.exposure)
        spans, before = spans.take(kept), before[kept]
        day, minute = clear.day[kept], clear.minute[kept]
        out = np.where(
            before & (day < FAR), day - self.dates.day[spans.participant, spans.node], FAR
        )
        yield Deviations(
            spans.participant, spans.node, self.place[spans.rule], out,
            np.where(before, day, spans.certain_first), np.where(before, FAR, spans.certain_last),
            self._told(spans, before, out, day, minute),
        )  # fmt: skip

    def _told(self, spans: Spans, before: Flags, out: Days, day: Days, minute: Index) -> Told:
        rules, nodes, exposures = self.rules, self.protocol.nodes, self.exposures
        who, node, one = spans.participant, spans.node, spans.exposure
        elapsed = np.array([rule.elapsed for rule in rules], bool)[spans.rule]
        clock = np.where(elapsed, self.timeline.done_minute[who, node], -1)
        vague = np.append(exposures.end_first != exposures.end_last, False)[one]
        shown = _Shown(self.problem, one)
        columns = (
            spans.rule, node, self.dates.day[who, node], clock, before, out, day, minute,
            spans.certain_first, spans.certain_last, vague, self._turns(spans), *shown.columns,
        )  # fmt: skip

        def say(rows: Index) -> list[str]:
            texts = []
            for row in zip(*(column[rows].tolist() for column in columns), strict=True):
                rule, at, on, clock, short, days, clear, time, first, last, most, turn, *what = row
                done = standing_text(nodes[at].label, on, clock, "done")
                if short:
                    amount = None if clear >= FAR else days
                    text = short_sentence(
                        rules[rule], done, shown.text(*what), amount, (clear, time), most, turn
                    )
                else:
                    text = rule_broken_sentence(
                        rules[rule], done, shown.text(*what), (first, last), turn
                    )
                texts.append(text)
            return texts

        return told(columns, say)

    def _broken(self, spans: Spans) -> Spans:
        ever = (self.timeline.state == State.DONE).any(0)[spans.node]
        rows = np.flatnonzero(ever & spans.certain & (spans.certain_first <= spans.certain_last))
        who, node = spans.participant[rows], spans.node[rows]
        day, done = self.dates.day[who, node], self.timeline.state[who, node] == State.DONE
        inside = (spans.certain_first[rows] <= day) & (day <= spans.certain_last[rows])
        return spans.take(rows[done & inside])

    def _one_each(self, spans: Spans, *best: Index) -> Index:
        """The first row of each participant, node and rule, in the order of some columns."""
        by = order(*best)
        first, _ = distinct(spans.participant[by], spans.node[by], spans.rule[by])
        return by[first]

    def _first_clear(self, spans: Spans) -> _Clear:
        """The first clear day after each span's certain part, in hour rules with its minute."""
        day = np.where(spans.certain_last >= FAR, FAR, spans.certain_last + 1)
        minute = np.full(len(day), -1, np.int64)
        clocked = self.timeline.done_minute[spans.participant, spans.node] >= 0
        for rule, rows in self._by_rule(spans):
            if not (rule.traits.looks_back and rule.elapsed):
                continue
            assert rule.length is not None
            rows = rows[clocked[rows] & (day[rows] < FAR)]
            one = spans.exposure[rows]
            endless = self.exposures.end_first[one] >= FAR
            day[rows[endless]] = FAR
            rows, one = rows[~endless], one[~endless]
            clear = self.exposures.end_first_instant[one] + rule.length.minutes
            clear = clear + int(rule.inclusive)
            for zone, here in self.timeline.by_zone(spans.participant[rows]):
                day[rows[here]], minute[rows[here]] = (
                    zone.day(clear[here]),
                    zone.minute(clear[here]),
                )
        return _Clear(day, minute)

    def _by_rule(self, spans: Spans) -> Iterator[tuple[Rule, Index]]:
        """The rules that have rows, with these."""
        of_rules = zip(self.rules, groups(spans.rule, len(self.rules)), strict=True)
        yield from ((rule, rows) for rule, rows in of_rules if len(rows))

    def _turns(self, spans: Spans) -> Flags:
        """Where the other reading of the boundary would leave no certain deviation."""
        turns = np.zeros(len(spans), bool)
        for rule, rows in self._by_rule(spans):
            if rule.length is not None and rule.inclusive:
                rows = rows[spans.exposure[rows] >= 0]
                who, node, one = (
                    column[rows] for column in (spans.participant, spans.node, spans.exposure)
                )
                turns[rows] = self._turned(rule)(rule, who, node, one)
        return turns

    def _turned(self, rule: Rule) -> Callable[[Rule, Index, Index, Index], Flags]:
        if rule.traits.together:
            return self._all_together
        return self._in_hours if rule.elapsed else self._in_days

    def _all_together(self, rule: Rule, who: Index, node: Index, one: Index) -> Flags:
        """Where the rule's own days by the other reading do not hold the done day."""
        problem, turned = self.problem, replace(rule, inclusive=False)
        known = makers(problem.protocol, problem.cohort, problem.timeline)
        spans = known[rule.form].spans(self.rules.index(rule), turned)
        spans = spans.take(np.flatnonzero(spans.certain_first <= spans.certain_last))
        runs = of_columns(
            len(problem.cohort), spans.participant, spans.certain_first, spans.certain_last
        )
        return ~runs.holds(who, self.dates.day[who, node])

    def _in_days(self, rule: Rule, who: Index, node: Index, one: Index) -> Flags:
        assert rule.length is not None
        half_life = np.nan_to_num(self.exposures.half_life[one], nan=0.0)
        day = self.dates.day[who, node]
        begin = rule.length.first_reaching(self.exposures.start_last[one], False, half_life)
        if rule.traits.before:
            clear = rule.length.first_clear(self.exposures.end_first[one], False, half_life)
            return np.asarray((day >= clear) | (rule.traits.after & (day < begin)), bool)
        return np.asarray(day < begin, bool)

    def _in_hours(self, rule: Rule, who: Index, node: Index, one: Index) -> Flags:
        assert rule.length is not None
        early, late = self.dates.early[who, node], self.dates.late[who, node]
        start = early == self.exposures.start_last_instant[one] - rule.length.minutes
        end = late == self.exposures.end_first_instant[one] + rule.length.minutes
        return np.asarray((rule.traits.before & end) | (rule.traits.after & start), bool)

    def pairs(self) -> Iterator[Deviations]:
        """`from A until B` with both ends done or fixed; the earliest exposure is told."""
        spans = self._broken(closed_pairs(self.protocol, self.problem.cohort, self.timeline))
        if not len(spans):
            return
        starts = self.exposures.start_first[spans.exposure]
        spans = spans.take(self._one_each(spans, starts, spans.exposure))
        first, last = (
            column[spans.exposure]
            for column in (self.exposures.start_last, self.exposures.end_first)
        )
        shown = _Shown(self.problem, spans.exposure)
        start, until = self._ends(spans, "node"), self._ends(spans, "until")
        columns = (spans.rule, *start, *until, *shown.columns)

        def say(rows: Index) -> list[str]:
            return [
                between_broken_sentence(
                    self.rules[rule], shown.text(*what),
                    self._end(self.rules[rule].node, at, on),
                    self._end(self.rules[rule].until, other, other_on),
                )
                for rule, at, on, other, other_on, *what in zip(
                    *(column[rows].tolist() for column in columns), strict=True
                )
            ]  # fmt: skip

        yield Deviations(
            spans.participant, spans.node, self.place[spans.rule], np.full(len(spans), FAR),
            np.minimum(first, last), np.maximum(first, last),  # of a point the days that it may be
            told(columns, say),
        )  # fmt: skip

    def _ends(self, spans: Spans, which: str) -> tuple[Index, Days]:
        """An end of each row's rule, and its day where it is no fixed one (else FAR)."""
        index = [fixed_index(self.protocol, getattr(rule, which)) if rule.until else -1
                 for rule in self.rules]  # fmt: skip
        node = np.array(index, np.int64)[spans.rule]
        own = node < len(self.protocol.nodes)
        day = self.dates.day[spans.participant, np.where(own, node, 0)]
        return node, np.where(own, day, FAR)

    def _end(self, name: str, node: int, day: int) -> str:
        if name in FIXED_NODES:
            study = self.protocol.study
            return fixed_text(name, study.first_day if name == FIXED_NODES[0] else study.last_day)
        return standing_text(self.protocol.nodes[node].label, day, -1, "done")


class _Shown:
    """Exposures as these sentences name them; -1 (an age) is no exposure."""

    def __init__(self, problem: Problem, rows: Index) -> None:
        exposures = problem.cohort.exposures
        self._events = [event.label for event in problem.protocol.events]
        self._written = ExposureTexts(problem, rows)
        self.columns = (
            np.append(exposures.event, -1)[rows], self._written.place,
            np.append(exposures.end, End.WRITTEN)[rows],
        )  # fmt: skip

    def text(self, event: int, place: int, end: int) -> str:
        """An exposure of one row of the columns."""
        if event < 0:
            return ""
        _, start, until = self._written.words[place]
        how = End(end)
        return exposure_text(self._events[event], start, _ENDS.get(how, until), how is End.WRITTEN)
