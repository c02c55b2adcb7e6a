"""`from A until B`: which days of one end each exposure forbids, and with which of the other.

Source: docs/semantics.md, section 3; docs/decisions/0010-from-until-pairs.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days
from scheduler.protocol import Protocol, Rule
from scheduler.rules.counting import Counted, Counting
from scheduler.rules.links import fixed_index
from scheduler.rules.recorded import Recorded, State, any_of
from scheduler.rules.spans import Spans, no_spans

# members are slow to look up, rule by rule
_OPEN, _DONE, _OVERDUE = int(State.OPEN), int(State.DONE), int(State.OVERDUE)
_STAND = any_of(State.OPEN, State.DONE)
_STAND_OR_LACK = _STAND | any_of(State.OVERDUE, State.UNRECORDED, State.AWAITING)


@dataclass(frozen=True, slots=True)
class PairMaker:
    """Makes the spans of rules with two ends."""

    protocol: Protocol
    cohort: Cohort
    timeline: Recorded
    counting: Counting

    def spans(self, number: int, rule: Rule) -> Spans:
        """`from A until B`: one row an exposure, under A while A is open, else under B."""
        rows = self.counting.exposures_of(rule)
        if not len(rows):
            return no_spans()
        return self._open_pairs(number, rule, rows, self.counting.counted(number, rule, rows))

    def _open_pairs(self, number: int, rule: Rule, rows: Index, counted: Counted) -> Spans:
        nodes, exposures = self.protocol.nodes, self.cohort.exposures
        who = exposures.participant[rows]
        start, until = (fixed_index(self.protocol, name) for name in (rule.node, rule.until))
        start_days, until_days = self._range(start, who), self._range(until, who)
        s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
        t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
        single = exposures.single[rows]
        nobody = np.full(len(rows), -1, np.int64)
        open_start, open_until = start_days[0] == FAR, until_days[0] == FAR
        count, closes = len(rows), self.protocol.study.last_day
        far = np.full(count, FAR)
        sure = self._sure(start, who) & self._sure(until, who)
        # under A: forbidden from the study's opening to the exposure's end (a point: not after B)
        reach = np.where(single, np.minimum(t2, until_days[1]), t2)
        latest, soonest = (np.where(open_until, closes, days) for days in until_days[::-1])
        last = np.where(s1 <= latest, reach, -FAR)
        certain_last = np.where((s2 <= soonest) & sure, t1, -FAR)
        opens = np.full(count, self.protocol.study.first_day)
        # under B (A stands): forbidden from the exposure's start on
        begin = np.where(single, np.maximum(s1, start_days[0]), s1)
        first = np.where(start_days[0] <= t2, begin, FAR)
        certain_first = np.where((start_days[1] <= t1) & sure, s2, FAR)
        under_start = open_start
        node = np.where(under_start, start, until)
        made = Spans(
            who, node, np.full(count, number), rows,
            np.where(under_start, opens, first), np.where(under_start, last, far),
            np.where(under_start, opens, certain_first), np.where(under_start, certain_last, far),
            counted[0], counted[1],
            np.where(open_start & open_until, until, nobody), s1, s2, single,
        )  # fmt: skip
        keep = (
            counted[0] & (made.first <= made.last) & (node < len(nodes)) & (open_start | open_until)
        )
        keep &= self._standing(start, who) & self._standing(until, who)
        return made.take(keep)

    def closed_pairs(self, number: int, rule: Rule) -> Spans:
        """`from A until B` where both ends have their day."""
        rows = self.counting.exposures_of(rule)
        exposures = self.cohort.exposures
        possible, certain = self.counting.counted(number, rule, rows)
        who = exposures.participant[rows]
        start, start_day = self._end(rule.node, who)
        until, until_day = self._end(rule.until, who)
        node, day = (start, start_day) if start < len(self.protocol.nodes) else (until, until_day)
        s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
        t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
        both = (start_day < FAR) & (until_day < FAR) & (node < len(self.protocol.nodes))
        in_order = ~exposures.single[rows] | (
            np.maximum(start_day, s1) <= np.minimum(until_day, t2)
        )
        maybe = both & possible & (start_day <= t2) & (s1 <= until_day) & in_order
        always = maybe & certain & (start_day <= t1) & (s2 <= until_day)
        nobody = np.full(len(rows), -1, np.int64)
        return Spans(
            who, np.full(len(rows), node), np.full(len(rows), number), rows, day, day,
            np.where(always, day, FAR), np.where(always, day, -FAR), possible, certain,
            nobody, nobody, nobody, exposures.single[rows],
        ).take(maybe)  # fmt: skip

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """Strict: every pair of days is possibly forbidden to these participants."""
        nobody = np.full(len(who), -1, np.int64)
        node, until = (fixed_index(self.protocol, name) for name in (rule.node, rule.until))
        day, until_day = self._range(node, who)[0], self._range(until, who)[0]
        place = np.where(day == FAR, node, until)
        other = np.where((day == FAR) & (until_day == FAR), until, nobody)
        keep = ((day == FAR) | (until_day == FAR)) & (place < len(self.protocol.nodes))
        keep &= self._standing(node, who) & self._standing(until, who)
        far, no = np.full(len(who), FAR), np.zeros(len(who), bool)
        since = np.where(other >= 0, self.protocol.study.first_day, nobody)
        return Spans(
            who, place, np.full(len(who), number), nobody, -far, far, far, -far, ~no, no,
            other, since, since, no,
        ).take(keep)  # fmt: skip

    def _standing(self, node: int, who: Index) -> Flags:
        """Nodes that are over drop the rule; one that lacks its record keeps its range of days."""
        if node >= len(self.protocol.nodes):
            return np.ones(len(who), bool)
        state, own = self.timeline.state[who, node], self.protocol.nodes[node]
        table: Flags = _STAND_OR_LACK if own.milestone or own.windowed else _STAND
        return np.asarray(table[state], bool)

    def _sure(self, node: int, who: Index) -> Flags:
        """Whether a node that stands surely happened (an open one is the engine's to judge)."""
        if node >= len(self.protocol.nodes):
            return np.ones(len(who), bool)
        state, blank = self.timeline.state[who, node], self.timeline.undetermined[who, node]
        return np.asarray((state == _OPEN) | ((state != _OVERDUE) & ~blank), bool)

    def _range(self, node: int, who: Index) -> tuple[Days, Days]:
        """First and last day of a node that is fixed, done or lacks its record; FAR: open."""
        if node >= len(self.protocol.nodes):
            day = self._end_of(node, who)
            return day, day
        timeline = self.timeline
        done = timeline.state[who, node] == _DONE
        state, own = timeline.state[who, node], self.protocol.nodes[node]
        bare = (state == _OPEN) & (not (own.milestone or own.windowed))
        first, last = (
            np.where(done, timeline.day[who, node], np.where(bare, FAR, days[who, node]))
            for days in (timeline.earliest, timeline.latest)
        )
        return first, last

    def _end(self, name: str, who: Index) -> tuple[int, Days]:
        """A node's index and its day where it is done or fixed (FAR where it is open)."""
        index = fixed_index(self.protocol, name)
        if index >= len(self.protocol.nodes):
            return index, self._end_of(index, who)
        done = self.timeline.state[who, index] == _DONE
        return index, np.where(done, self.timeline.day[who, index], FAR)

    def _end_of(self, index: int, who: Index) -> Days:
        """The day of a fixed node."""
        study = self.protocol.study
        day = study.first_day if index == len(self.protocol.nodes) else study.last_day
        return np.full(len(who), day, np.int64)
