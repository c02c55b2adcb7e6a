"""Tests that expire: the days on which no test is valid, and none can be made any more.

Source: docs/semantics.md, section 3 ("Tests that expire").
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Status
from scheduler.core.dayset import Columns, Runs, of_columns
from scheduler.days import FAR, Days
from scheduler.protocol import ExpiringTest, Rule
from scheduler.rules.conditions import Applies
from scheduler.rules.recorded import State
from scheduler.rules.spans import Spans, no_spans
from scheduler.rules.together import TogetherMaker, rest

_NO_HALF_LIFE = np.zeros(1)
_NOBODY = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class ExpiringMaker:
    """Makes the spans of tests; nobody needs to record anything in a history for them."""

    as_one: TogetherMaker

    def spans(self, number: int, rule: Rule) -> Spans:
        """The days on which a node cannot come, for want of a valid test."""
        verdict = self.as_one.counting.verdict(rule)
        people = np.flatnonzero(verdict != Applies.NO)
        surely, maybe = (rest(self._allowed(rule, sure), people) for sure in (True, False))
        firm = np.asarray(verdict == Applies.YES, bool)
        return self.as_one.rows(number, rule, surely, maybe, _NOBODY, firm)

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """A history that is silent says nothing about a test."""
        return no_spans()

    def _allowed(self, rule: Rule, sure: bool) -> Runs:
        """The days on which there surely is (or there may be) a valid test, or one can be made."""
        test, cohort, timeline = rule.test, self.as_one.cohort, self.as_one.timeline
        assert test is not None
        node = self.as_one.protocol.index[rule.node]
        who, first, last = self.counted(test, sure)
        end = test.valid.first_clear(first if sure else last, True, _NO_HALF_LIFE) - 1
        begin = last if sure else first
        done = who[begin <= end], begin[begin <= end], end[begin <= end]
        ahead = np.asarray(timeline.state[:, node] != State.DONE, bool)
        open_ = np.flatnonzero(ahead)
        past = open_, np.full(len(open_), -FAR), np.full(len(open_), timeline.as_of - 1)
        parts = [past, done]
        if test.repeatable:
            parts.append(self._new(test, self.since(test, sure), ahead))
        who, first, last = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return of_columns(len(cohort), who, first, last)

    def since(self, test: ExpiringTest, sure: bool) -> Days:
        """The first day of each participant on which a new test surely (or perhaps) counts."""
        return np.maximum(self._since(test, sure)[0], self.as_one.timeline.as_of)

    def _since(self, test: ExpiringTest, sure: bool) -> tuple[Days, Flags]:
        """From which day on a test counts, and whether one that was done can count at all.

        None that was done can while `not_before` is still to come: it comes on `as_of` or later.
        """
        count = len(self.as_one.cohort)
        since, counts = np.full(count, -FAR), np.ones(count, bool)
        if not test.not_before:
            return since, counts
        node, timeline = self.as_one.protocol.index[test.not_before], self.as_one.timeline
        state = timeline.state[:, node]
        seen = np.ones(count, bool) if sure else ~timeline.undetermined[:, node]
        done = (state == State.DONE) & seen
        since[done] = timeline.day[done, node]
        lacks = (state == State.UNRECORDED) | ((state == State.OVERDUE) & sure)  # perhaps missed
        ranged = (timeline.earliest[:, node] < FAR) & lacks & seen  # of others it is the target
        ends = timeline.latest if sure else timeline.earliest
        since[ranged] = ends[ranged, node]
        counts[(state == State.OPEN) & seen] = False
        return since, counts

    def counted(self, test: ExpiringTest, sure: bool) -> Columns:
        """The done tests that surely (or perhaps) count: whose, and the days each may be of."""
        since, counts = self._since(test, sure)
        recorded = self.as_one.cohort.tests
        mine = recorded.test == self.as_one.protocol.tests.index(test)
        mine &= recorded.status == Status.DONE
        who, first, last = (
            column[mine] for column in (recorded.participant, recorded.first, recorded.last)
        )
        last = np.minimum(last, np.maximum(first, self.as_one.timeline.as_of))  # it was done
        some = counts[who] & ((first if sure else last) >= since[who])
        who, first, last = who[some], first[some], last[some]
        return who, first if sure else np.maximum(first, since[who]), last

    def _new(self, test: ExpiringTest, since: Days, again: Flags) -> Columns:
        """The days that new tests can be valid on, each made on an open day of the site."""
        cohort, closes = self.as_one.cohort, self.as_one.protocol.study.last_day
        parts: list[Columns] = [(_NOBODY, _NOBODY, _NOBODY)]
        keys = np.stack([cohort.site, since], axis=1)
        kinds, which = np.unique(keys, axis=0, return_inverse=True)
        for place, (site, begin) in enumerate(kinds.tolist()):
            people = np.flatnonzero(again & (which.reshape(-1) == place))
            if begin > closes or not len(people):
                continue
            closed = cohort.sites[site].closed_days(begin, closes)
            days = begin + np.flatnonzero(~closed)
            ends = test.valid.first_clear(days, True, _NO_HALF_LIFE) - 1
            _, first, last = of_columns(1, np.zeros_like(days), days, ends).columns()
            last = np.where(last >= closes, FAR, last)  # nobody looks beyond
            count = len(first)
            parts.append(
                (np.repeat(people, count), np.tile(first, len(people)), np.tile(last, len(people)))
            )
        who, first, last = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return who, first, last
