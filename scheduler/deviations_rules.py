"""Which recorded dates broke a rule for certain, and by which exposure most.

Source: docs/semantics.md, sections 3 and 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.cohort import End
from scheduler.days import FAR
from scheduler.engine import Problem
from scheduler.given import Dates
from scheduler.links import fixed_index
from scheduler.protocol import FIXED_NODES, Form, Rule
from scheduler.spans import NO_EXPOSURE, Spans, closed_pairs
from scheduler.timeline import State
from scheduler.wording import (
    between_broken_sentence,
    exposure_text,
    fixed_text,
    rule_broken_sentence,
    short_sentence,
    standing_text,
)


@dataclass(frozen=True, slots=True)
class Deviation:
    """One row of the table; `days_out` None where a count of days says nothing, FAR: no day."""

    participant: int
    node: int
    rule: str
    days_out: int | None
    first: int
    last: int
    sentence: str


def rule_deviations(problem: Problem, given_dates: Dates) -> Iterator[Deviation]:
    """Done nodes on days that a rule certainly forbids; one row a rule and node.

    Of several exposures the one that forbids longest is told.
    """
    judge = _Judge(problem, given_dates)
    yield from judge.single_days()
    yield from judge.pairs()


class _Judge:
    def __init__(self, problem: Problem, given_dates: Dates) -> None:
        self.problem, self.protocol = problem, problem.protocol
        self.dates, self.exposures = given_dates, problem.cohort.exposures

    def single_days(self) -> Iterator[Deviation]:
        broken = self._broken(self.problem.spans)
        worst: dict[tuple[int, int, int], tuple[int, int, Deviation]] = {}
        for i in range(len(broken)):
            who, node, number = (
                int(column[i]) for column in (broken.participant, broken.node, broken.rule)
            )
            weight, found = self._one(broken, i, who, node, self.protocol.rules[number])
            best = worst.get((who, node, number))
            # the earlier history row where two weigh the same
            if best is None or (weight, -int(broken.exposure[i])) > best[:2]:
                worst[who, node, number] = weight, -int(broken.exposure[i]), found
        yield from (found for _, _, found in worst.values())

    def _broken(self, spans: Spans) -> Spans:
        sure = spans.take(np.flatnonzero(spans.certain & (spans.sure_first <= spans.sure_last)))
        day = self.dates.day[sure.participant, sure.node]
        done = self.problem.timeline.state[sure.participant, sure.node] == State.DONE
        return sure.take(np.flatnonzero(done & (sure.sure_first <= day) & (day <= sure.sure_last)))

    def _one(self, broken: Spans, i: int, who: int, node: int, rule: Rule) -> tuple[int, Deviation]:
        day = int(self.dates.day[who, node])
        exposure, first, last = (
            int(column[i]) for column in (broken.exposure, broken.sure_first, broken.sure_last)
        )
        done = self._done(who, node, rule.elapsed)
        if rule.form is Form.BEFORE:
            clear, minute = self._first_clear(rule, who, node, exposure, last)
            days_out = None if clear >= FAR else clear - day
            text = short_sentence(
                rule, done, self._exposure(exposure), days_out, (clear, minute),
                self._uncertain_end(exposure), self._turns(rule, who, node, exposure),
            )  # fmt: skip
            weight = 1440 * clear + max(minute, 0)
            return weight, Deviation(who, node, rule.id, days_out, clear, FAR, text)
        turns = self._turns(rule, who, node, exposure)
        told = "" if exposure == NO_EXPOSURE else self._exposure(exposure)
        text = rule_broken_sentence(rule, done, told, (first, last), turns)
        return last, Deviation(who, node, rule.id, None, first, last, text)

    def _done(self, who: int, node: int, with_time: bool) -> str:
        minute = int(self.problem.timeline.done_minute[who, node]) if with_time else -1
        label, day = self.protocol.nodes[node].label, int(self.dates.day[who, node])
        return standing_text(label, day, minute, "done")

    def _exposure(self, row: int) -> str:
        event = self.protocol.events[int(self.exposures.event[row])]
        how = End(int(self.exposures.end[row]))
        end = {End.ONGOING: "ongoing", End.UNKNOWN: "end unknown", End.BLANK_COURSE: "end blank"}
        start, until = str(self.exposures.start_text[row]), str(self.exposures.end_text[row])
        return exposure_text(event.label, start, end.get(how, until), how is End.WRITTEN)

    def _uncertain_end(self, row: int) -> bool:
        return int(self.exposures.end_first[row]) != int(self.exposures.end_last[row])

    def _first_clear(self, rule: Rule, who: int, node: int, row: int, last: int) -> tuple[int, int]:
        """The first clear day after a span's certain part, in hour rules with its minute."""
        if last >= FAR or not rule.elapsed or self.problem.timeline.done_minute[who, node] < 0:
            return (FAR if last >= FAR else last + 1), -1
        assert rule.length is not None
        if self.exposures.end_first[row] >= FAR:
            return FAR, -1
        end = self.exposures.end_first_instant[[row]]
        clear = end + rule.length.minutes + int(rule.inclusive)
        zone = self.problem.timeline.zones[int(self.problem.timeline.zone_of[who])]
        return int(zone.day(clear)[0]), int(zone.minute(clear)[0])

    def _turns(self, rule: Rule, who: int, node: int, row: int) -> bool:
        """Whether the other reading of the boundary would leave no certain deviation."""
        if rule.length is None or not rule.inclusive or row == NO_EXPOSURE:
            return False
        if rule.elapsed:
            return self._turns_in_hours(rule, who, node, row)
        half_life = np.nan_to_num(self.exposures.half_life[[row]], nan=0.0)
        day = self.dates.day[[who], node]
        if rule.form is Form.BEFORE:
            clear = rule.length.first_clear(self.exposures.end_first[[row]], False, half_life)
            return bool((day >= clear)[0])
        begin = rule.length.first_reaching(self.exposures.start_last[[row]], False, half_life)
        return bool((day < begin)[0])

    def _turns_in_hours(self, rule: Rule, who: int, node: int, row: int) -> bool:
        assert rule.length is not None
        early, late = self.dates.early[who, node], self.dates.late[who, node]
        if rule.form is Form.BEFORE:
            edge = self.exposures.end_first_instant[row] + rule.length.minutes
            return bool(late == edge)
        return bool(early == self.exposures.start_last_instant[row] - rule.length.minutes)

    def pairs(self) -> Iterator[Deviation]:
        """`from A until B` with both ends done or fixed; the earliest exposure is told."""
        broken = self._broken(
            closed_pairs(self.protocol, self.problem.cohort, self.problem.timeline)
        )
        starts = self.exposures.start_first[broken.exposure]
        seen: set[tuple[int, int, int]] = set()
        for i in np.lexsort((broken.exposure, starts)).tolist():
            who, node, number = (
                int(column[i]) for column in (broken.participant, broken.node, broken.rule)
            )
            if (who, node, number) in seen:
                continue
            seen.add((who, node, number))
            rule, row = self.protocol.rules[number], int(broken.exposure[i])
            text = between_broken_sentence(
                rule, self._exposure(row), self._end(who, rule.node), self._end(who, rule.until)
            )
            first, last = int(self.exposures.start_last[row]), int(self.exposures.end_first[row])
            if first > last:  # an uncertain point: the days that it may be
                first, last = last, first
            yield Deviation(who, node, rule.id, None, first, last, text)

    def _end(self, who: int, name: str) -> str:
        if name in FIXED_NODES:
            study = self.protocol.study
            return fixed_text(name, study.opens if name == FIXED_NODES[0] else study.closes)
        return self._done(who, fixed_index(self.protocol, name), False)
