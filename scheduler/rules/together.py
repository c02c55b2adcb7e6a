"""Forms that weigh all exposures of a participant together: what is required, counted, added up.

A rule that requires something forbids the days on which it is not met: those that are not surely
met are possibly forbidden, those that cannot be met certainly. A rule that says `at_most` forbids
the days on which there is too much. Either way a participant's spans are the rule's own, and each
names the nearest exposure.
Source: docs/semantics.md, section 3 ("What must be so", "Counts and totals").
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import Columns, Runs, free
from scheduler.days import FAR, Days
from scheduler.protocol import Protocol, Rule
from scheduler.rules.conditions import Applies, exempts
from scheduler.rules.counting import Counted, Counting, not_recorded
from scheduler.rules.enough import Ranges
from scheduler.rules.in_days import day_spans
from scheduler.rules.in_minutes import days_in_minutes, weighed_in_minutes
from scheduler.rules.one_node import every_day
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import Spans, no_spans
from scheduler.rules.whole_days import DayRanges, ranges_in_hours

Seen = Callable[[], tuple[Days, Days]]
Combine = Callable[[Rule, int, Ranges, Seen], Runs]
_STRIDE = np.int64(2**33)


@dataclass(frozen=True, slots=True)
class TogetherMaker:
    """Makes the spans of rules whose exposures count together.

    `combine` says on which days those that count are enough (`at_most`: too much). `settled` marks
    exposures that count on every day on which they may (`at_most`: on which they must), for a
    question what an answer would free.
    """

    protocol: Protocol
    cohort: Cohort
    timeline: Recorded
    counting: Counting
    combine: Combine
    settled: Flags | None = None

    def spans(self, number: int, rule: Rule) -> Spans:
        """What a rule forbids, participant by participant."""
        if rule.needed:
            return self._needed(number, rule)
        return self._too_much(number, rule)

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """Strict: every day is possibly forbidden (a rule that requires says so by itself)."""
        if rule.needed:
            return no_spans()
        return every_day(self.protocol.index[rule.node], number, who)

    def days(self, rule: Rule, rows: Index) -> DayRanges:
        """The days on which each exposure may count, and must count (several ranges may be its)."""
        if rule.elapsed:
            return ranges_in_hours(rule, self.protocol, self.cohort, self.timeline, rows)
        (first, last), (sure_first, sure_last) = day_spans(rule, self.cohort, rows)
        every = np.arange(len(rows))
        return (every, first, last), (every, sure_first, sure_last)

    def forbidden(self, number: int, rule: Rule, rows: Index, people: Index) -> Columns:
        """The days that a rule possibly forbids to some people, by these exposures of theirs.

        Asks nothing of the people themselves, so that they may be others than the cohort's.
        """
        exempt = exempts(rule.exempt, self.cohort.exposures.attributes, rows)
        counted = exempt != Applies.YES, exempt == Applies.NO
        if not rule.needed:
            counted = self.counting.counted(number, replace(rule, only={}), rows)
        maybe, surely = self._met(rule, rows, counted, int(people.max(initial=0)) + 1)
        return rest(surely, people) if rule.needed else maybe.columns()

    def _met(self, rule: Rule, rows: Index, counted: Counted, count: int) -> tuple[Runs, Runs]:
        """The days on which there may be, and surely is, enough (or too much)."""
        if weighed_in_minutes(rule):
            told = self.protocol, self.cohort, self.timeline
            return days_in_minutes(rule, *told, rows, counted, self.settled)
        possible, certain = self.days(rule, rows)
        if self.settled is not None:
            fixed = self.settled[rows]
            part = possible if rule.needed else certain
            possible, certain = (_replaced(fixed, of, part) for of in (possible, certain))
        who = self.cohort.exposures.participant[rows]
        lives, given = self.cohort.exposures.half_life[rows], []
        for sure, (row, first, last) in enumerate((possible, certain)):
            real = counted[sure][row] & (first <= last)
            columns = who[row[real]], first[real], last[real]
            given.append(Ranges(columns, lives[row[real]], bool(sure)))
        maybe = self.combine(rule, count, given[0], self._seen)
        by_life = rule.length is not None and rule.length.needs_half_life
        if not by_life and all(map(np.array_equal, given[0].days, given[1].days)):
            return maybe, maybe  # nothing is uncertain
        return maybe, self.combine(rule, count, given[1], self._seen)

    def _needed(self, number: int, rule: Rule) -> Spans:
        rows, verdict = self.counting.exposures_of(rule), self.counting.verdict(rule)
        decided, excluded = self.decided(number)
        people = np.flatnonzero((verdict != Applies.NO) & ~(decided & ~excluded))
        exempt = exempts(rule.exempt, self.cohort.exposures.attributes, rows)
        counted = exempt != Applies.YES, exempt == Applies.NO
        maybe, surely = self._met(rule, rows, counted, len(self.cohort))
        told = people[~not_recorded(self.protocol, self.cohort, rule)[people]]
        possible = certain = rest(surely, people)
        if maybe is not surely or len(told) < len(people):
            certain = rest(maybe, told)
        firm = verdict == Applies.YES
        if rule.judgement:
            firm &= excluded
        return self.rows(number, rule, possible, certain, rows[counted[0]], firm)

    def _too_much(self, number: int, rule: Rule) -> Spans:
        rows = self.counting.exposures_of(rule)
        if not len(rows):
            return no_spans()
        counted = self.counting.counted(number, rule, rows)
        possible, certain = self._met(rule, rows, counted, len(self.cohort))
        firm = np.ones(len(self.cohort), bool)
        may = possible.columns()
        must = may if certain is possible else certain.columns()
        return self.rows(number, rule, may, must, rows[counted[0]], firm)

    def decided(self, number: int) -> tuple[Flags, Flags]:
        """Whether the finding about each participant is decided, and whether it excludes."""
        decisions, count = self.cohort.decisions, len(self.cohort)
        decided, excluded = np.zeros(count, bool), np.zeros(count, bool)
        mine = np.flatnonzero(decisions.rule == number)
        mine = mine[np.lexsort((decisions.exclude[mine], decisions.day[mine]))]
        decided[decisions.participant[mine]] = True
        excluded[decisions.participant[mine]] = decisions.exclude[mine]  # the latest stands last
        return decided, excluded

    def _seen(self) -> tuple[Days, Days]:
        """The first and last day of each participant on which a node can be or was done."""
        timeline, study = self.timeline, self.protocol.study
        done = timeline.done
        first = np.where(done, timeline.day, study.first_day).min(1, initial=study.first_day)
        last = np.where(done, timeline.day, study.last_day).max(1, initial=study.last_day)
        return first, last

    def rows(
        self, number: int, rule: Rule, possible: Columns, certain: Columns, rows: Index,
        firm: Flags,
    ) -> Spans:  # fmt: skip
        """Spans of the days that a rule possibly forbids, with those that it certainly does.

        `rows` are exposures, of which each span names the nearest.
        """
        possible, certain = self._looked_at(possible, certain)
        who, first, last, sure_first, sure_last = _pieces(possible, certain)
        count, nobody = len(who), np.full(len(who), -1, np.int64)
        return Spans(
            who, np.full(count, self.protocol.index[rule.node]), np.full(count, number),
            self._nearest(rows, who, first), first, last, sure_first, sure_last,
            np.ones(count, bool), firm[who], nobody, nobody, nobody, np.zeros(count, bool),
        )  # fmt: skip

    def _looked_at(self, possible: Columns, certain: Columns) -> tuple[Columns, Columns]:
        """The possible runs that reach into days that anybody looks at, with what is in them."""
        low, high = self._seen()
        who, first, last = possible
        some = (first <= high[who]) & (last >= low[who])
        if certain is possible:
            possible = who[some], first[some], last[some]
            return possible, possible
        inside = some[_run_of(possible, certain)]
        (who, first, last), sure = (
            tuple(column[kept] for column in runs)
            for runs, kept in ((possible, some), (certain, inside))
        )
        return (who, first, last), (sure[0], sure[1], sure[2])

    def _nearest(self, rows: Index, who: Index, first: Days) -> Index:
        """The last exposure that began by the first of some days, else the next one; -1: none."""
        exposures = self.cohort.exposures
        if not len(rows):
            return np.full(len(who), -1, np.int64)
        key = exposures.participant[rows] * _STRIDE + exposures.start_first[rows]
        order = np.argsort(key, kind="stable")
        rows, key = rows[order], key[order]
        owner = exposures.participant[rows]
        after = np.searchsorted(key, who * _STRIDE + first, side="right")
        before, after = np.maximum(after - 1, 0), np.minimum(after, len(rows) - 1)
        later = np.where(owner[after] == who, rows[after], -1)
        return np.where(owner[before] == who, rows[before], later)


def _replaced(fixed: Flags, of: Columns, part: Columns) -> Columns:
    """Ranges with those of some exposures replaced by other ones."""
    kept, taken = ~fixed[of[0]], fixed[part[0]]
    row, first, last = (
        np.concatenate([mine[kept], other[taken]]) for mine, other in zip(of, part, strict=True)
    )
    return row, first, last


def rest(met: Runs, people: Index) -> Columns:
    """The days of some participants that lie in none of their runs."""
    far = np.full(len(people), FAR)
    row, first, last = free(len(people), -far, far, *met.take(people).columns()).columns()
    return people[row], first, last


def _run_of(possible: Columns, certain: Columns) -> Index:
    """The possible run that each certain one lies in."""
    keys, wanted = (who * _STRIDE + first for who, first, _ in (possible, certain))
    return np.searchsorted(keys, wanted, side="right") - 1


def _pieces(possible: Columns, certain: Columns) -> tuple[Index, Days, Days, Days, Days]:
    """Possible runs cut up so that each piece holds one certain run of its own, or none."""
    who, first, last = possible
    if certain is possible:
        return who, first, last, first, last
    sure_who, sure_first, sure_last = certain
    run = _run_of(possible, certain)
    bare = np.ones(len(who), bool)
    bare[run] = False
    opening = np.diff(run, prepend=-1) != 0  # the first certain run of its possible one
    closing = np.append(opening[1:], True)[: len(run)]
    begins = np.where(opening, first[run], sure_first)
    ends = np.where(closing, last[run], np.append(sure_first[1:], 0)[: len(run)] - 1)
    nothing = np.full(int(bare.sum()), FAR)
    pieces = (
        np.concatenate([who[bare], sure_who]), np.concatenate([first[bare], begins]),
        np.concatenate([last[bare], ends]), np.concatenate([nothing, sure_first]),
        np.concatenate([-nothing, sure_last]),
    )  # fmt: skip
    order = np.argsort(pieces[0] * _STRIDE + pieces[1], kind="stable")
    who, first, last, sure_first, sure_last = (column[order] for column in pieces)
    return who, first, last, sure_first, sure_last
