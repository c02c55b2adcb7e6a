"""Rules x exposures: the days that each exposure forbids, certainly and possibly.

Every row of `Spans` is one rule meeting one exposure on one node. `first..last` holds all days
that are forbidden for some choice of the unknown dates, `sure_first..sure_last` those that are
forbidden for every choice (empty where sure_first > sure_last).
Source: docs/semantics.md, section 3.
"""

from dataclasses import dataclass, replace

import numpy as np

from scheduler.attributes import Applies, applies, exempts
from scheduler.clocks import Instants, Zone
from scheduler.cohort import Cohort, Flags, Index
from scheduler.days import FAR, Days, Term, plus, roll
from scheduler.links import Moments, fixed_index, moments_of
from scheduler.protocol import Form, Node, Protocol, Rule
from scheduler.timeline import State, Timeline

NO_EXPOSURE = -1


@dataclass(frozen=True, slots=True)
class Spans:
    """Forbidden days as columns.

    `possible` tells whether the span counts against the participant at all (it does not when the
    exposure is exempt or cleared), `certain` whether it counts beyond doubt: exemption, condition
    and judgement are all decided. `other` is the index of the `until` end of a from..until rule
    whose two ends are both open (else -1): then the days are those of `node` that are forbidden
    together with days of `other` from `other_first` (certainly: `other_sure`) on.
    """

    participant: Index
    node: Index
    rule: Index
    exposure: Index
    first: Days
    last: Days
    sure_first: Days
    sure_last: Days
    possible: Flags
    certain: Flags
    other: Index
    other_first: Days
    other_sure: Days
    single: Flags

    def __len__(self) -> int:
        return len(self.participant)

    def take(self, rows: Index | Flags) -> "Spans":
        """The named rows."""
        return Spans(*(getattr(self, name)[rows] for name in self.__slots__))


def join_spans(parts: list[Spans]) -> Spans:
    """All rows of several spans tables, one after another."""
    return Spans(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Spans.__slots__)
    )


def compute_spans(
    protocol: Protocol, cohort: Cohort, timeline: Timeline, strict: bool = False
) -> Spans:
    """The days that every rule forbids to every participant, by exposure.

    With `strict` a rule none of whose events has a row leaves every day undetermined.
    """
    maker = _Maker(protocol, cohort, timeline)
    parts = [maker.rule_spans(number, rule) for number, rule in enumerate(protocol.rules)]
    if strict:
        parts += [maker.silence(number, rule) for number, rule in enumerate(protocol.rules)]
    return join_spans([*parts, _none()])


def _none() -> Spans:
    ints, flags = np.zeros(0, np.int64), np.zeros(0, bool)
    return Spans(
        ints, ints, ints, ints, ints, ints, ints, ints, flags, flags, ints, ints, ints, flags
    )


def closed_pairs(protocol: Protocol, cohort: Cohort, timeline: Timeline) -> Spans:
    """from..until rules whose two ends are done or fixed: never a constraint, maybe a deviation.

    `first..last` is the done day of `node` where the pair is possibly forbidden, and
    `sure_first..sure_last` where it certainly is.
    """
    maker = _Maker(protocol, cohort, timeline)
    parts = [
        maker.closed(number, rule)
        for number, rule in enumerate(protocol.rules)
        if rule.form is Form.FROM_UNTIL
    ]
    return join_spans([*parts, _none()])


def not_recorded(protocol: Protocol, cohort: Cohort, rule: Rule) -> Flags:
    """The participants for whom no history row tells of any event of the rule."""
    events = [protocol.event_index[name] for name in rule.forbid]
    told = np.zeros(len(cohort), bool)
    told[cohort.asked_participant[np.isin(cohort.asked_event, events)]] = True
    return ~told


class _Maker:
    def __init__(self, protocol: Protocol, cohort: Cohort, timeline: Timeline) -> None:
        self.protocol, self.cohort, self.timeline = protocol, cohort, timeline
        exposures = cohort.exposures
        order = np.argsort(exposures.event, kind="stable")
        self._by_event = order
        self._event_sorted = exposures.event[order]
        self._verdicts = {
            index: applies(rule.only, cohort.attributes, len(cohort))
            for index, rule in enumerate(protocol.rules)
        }

    def rule_spans(self, number: int, rule: Rule) -> Spans:
        if rule.form is Form.AGE:
            return self._age(number, rule)
        rows = self._exposures_of(number, rule)
        counted = self._counted(number, rule, rows)
        if rule.form is Form.FROM_UNTIL:
            return self._pairs(number, rule, rows, counted)
        node = self.protocol.nodes[self.protocol.index[rule.node]]
        if rule.elapsed:
            return self._hours(number, rule, node, rows, counted)
        possible, sure = day_spans(rule, self.cohort, rows)
        return self._columns(number, node.index, rows, possible, sure, counted)

    def _exposures_of(self, number: int, rule: Rule) -> Index:
        parts = []
        for name in rule.forbid:
            event = self.protocol.event_index[name]
            start, stop = np.searchsorted(self._event_sorted, [event, event + 1])
            parts.append(self._by_event[start:stop])
        rows = np.concatenate(parts)
        who = self.cohort.exposures.participant[rows]
        return np.asarray(rows[self._verdicts[number][who] != Applies.NO], np.int64)

    def _counted(self, number: int, rule: Rule, rows: Index) -> tuple[Flags, Flags]:
        """Whether each exposure counts possibly, and whether it counts certainly."""
        exposures = self.cohort.exposures
        exempt = exempts(rule.exempt, exposures.attributes, rows)
        unsure = self._verdicts[number][exposures.participant[rows]] == Applies.UNKNOWN
        possible = exempt != Applies.YES
        certain = (exempt == Applies.NO) & ~unsure
        if rule.judgement:
            decided, excluded = self.decided(number, rows)
            possible &= ~(decided & ~excluded)
            certain &= decided & excluded
        return possible, certain & possible

    def decided(self, number: int, rows: Index) -> tuple[Flags, Flags]:
        """Whether a decision covers each exposure, and whether the latest one excludes."""
        decisions, exposures = self.cohort.decisions, self.cohort.exposures
        place = np.full(len(exposures), -1, np.int64)
        place[rows] = np.arange(len(rows))
        decided, excluded = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
        mine = np.flatnonzero(decisions.rule == number)
        named = decisions.exposure[mine] >= 0
        for one in mine[np.lexsort((named, decisions.day[mine]))]:  # the latest wins
            if decisions.exposure[one] >= 0:
                covered = place[decisions.exposure[[one]]]
                covered = covered[covered >= 0]
            else:
                of_participant = exposures.participant[rows] == decisions.participant[one]
                before = exposures.start_last[rows] <= decisions.day[one]
                covered = np.flatnonzero(of_participant & before)
            decided[covered], excluded[covered] = True, decisions.exclude[one]
        return decided, excluded

    def _columns(
        self,
        number: int,
        node: int,
        rows: Index,
        possible: tuple[Days, Days],
        sure: tuple[Days, Days],
        counted: tuple[Flags, Flags],
    ) -> Spans:
        count, nobody = len(rows), np.full(len(rows), -1, np.int64)
        keep = (possible[0] <= possible[1]) & counted[0]
        made = Spans(
            self.cohort.exposures.participant[rows], np.full(count, node), np.full(count, number),
            rows, possible[0], possible[1], sure[0], sure[1], counted[0], counted[1],
            nobody, nobody, nobody, np.zeros(count, bool),
        )  # fmt: skip
        return made.take(keep)

    def _hours(
        self, number: int, rule: Rule, node: Node, rows: Index, counted: tuple[Flags, Flags]
    ) -> Spans:
        """Spans of a rule in hours; a day with a recorded clock time of its own is told apart."""
        who = self.cohort.exposures.participant[rows]
        possible, sure = _instant_spans(rule, self.cohort, rows)
        starts, stops = np.full(len(rows), FAR), np.full(len(rows), -FAR)
        sure_starts, sure_stops = starts.copy(), stops.copy()
        for zone_, members in self._zones(who):
            starts[members], stops[members] = _days_of(
                node, zone_, possible[0][members], possible[1][members], favour=False
            )
            sure_starts[members], sure_stops[members] = _days_of(
                node, zone_, sure[0][members], sure[1][members], favour=True
            )
        nothing = _hopeless(rule, self.cohort, rows)
        starts[nothing[0]], stops[nothing[0]] = FAR, -FAR
        sure_starts[nothing[1]], sure_stops[nothing[1]] = FAR, -FAR
        whole = self._columns(
            number, node.index, rows, (starts, stops), (sure_starts, sure_stops), counted
        )
        own, early, late = self._own_time(node.index, who)
        if not (own < FAR).any():
            return whole
        hit = (possible[0] <= late) & (early <= possible[1]) & ~nothing[0]
        sure_hit = (sure[0] <= early) & (late <= sure[1]) & ~nothing[1]
        at_own = self._columns(
            number, node.index, rows,
            (np.where(hit, own, FAR), np.where(hit, own, -FAR)),
            (np.where(sure_hit, own, FAR), np.where(sure_hit, own, -FAR)), counted,
        )  # fmt: skip
        cut = np.full(len(self.cohort), FAR)
        cut[who] = own
        return join_spans([*_cut_out(whole, cut), at_own])

    def _own_time(self, node: int, who: Index) -> tuple[Days, Instants, Instants]:
        """The day and instants of a recorded or booked clock time of a node (FAR: none)."""
        timeline = self.timeline
        done = timeline.done_timed[who, node]
        booked = timeline.booked_timed[who, node]
        day = np.where(
            done, timeline.day[who, node], np.where(booked, timeline.booked[who, node], FAR)
        )
        early = np.where(done, timeline.early[who, node], timeline.booked_early[who, node])
        late = np.where(done, timeline.late[who, node], timeline.booked_late[who, node])
        return day, early, late

    def _zones(self, who: Index) -> list[tuple[Zone, Index]]:
        of = self.timeline.zone_of[who]
        return [(zone_, np.flatnonzero(of == i)) for i, zone_ in enumerate(self.timeline.zones)]

    def _age(self, number: int, rule: Rule) -> Spans:
        """Two spans a participant: before the lower birthday, and from the upper one on."""
        verdict = self._verdicts[number]
        who = np.flatnonzero(verdict != Applies.NO)
        first, last = self.cohort.birth_first[who], self.cohort.birth_last[who]
        certain = verdict[who] == Applies.YES
        node = self.protocol.index[rule.node]
        parts = []
        if rule.age_min is not None:
            parts.append((np.full(len(who), -FAR), plus(_birthday(last, rule.age_min, 0), -1),
                          np.full(len(who), -FAR), plus(_birthday(first, rule.age_min, 0), -1)))  # fmt: skip
        if rule.age_max is not None:
            parts.append((_birthday(first, rule.age_max, 1), np.full(len(who), FAR),
                          _birthday(last, rule.age_max, 1), np.full(len(who), FAR)))  # fmt: skip
        nobody, true = np.full(len(who), -1, np.int64), np.ones(len(who), bool)
        return join_spans(
            [_none()]
            + [
                Spans(who, np.full(len(who), node), np.full(len(who), number), nobody,
                      *columns, true, certain, nobody, nobody, nobody, ~true)
                for columns in parts
            ]
        )  # fmt: skip

    def silence(self, number: int, rule: Rule) -> Spans:
        """Strict: every day is possibly forbidden where nothing was recorded of the rule's events."""
        if rule.form is Form.AGE:
            return _none()
        silent = not_recorded(self.protocol, self.cohort, rule)
        who = np.flatnonzero(silent & (self._verdicts[number] != Applies.NO))
        count, nobody = len(self.protocol.nodes), np.full(len(who), -1, np.int64)
        node, day = self._end(rule.node, who)
        place, other = np.full(len(who), node, np.int64), nobody
        keep = np.ones(len(who), bool)
        if rule.form is Form.FROM_UNTIL:
            until, until_day = self._end(rule.until, who)
            place = np.where(day == FAR, node, until)
            other = np.where((day == FAR) & (until_day == FAR), until, nobody)
            keep = ((day == FAR) | (until_day == FAR)) & (place < count)
            keep &= self._standing(node, who) & self._standing(until, who)
        far, no = np.full(len(who), FAR), np.zeros(len(who), bool)
        opens = np.full(len(who), self.protocol.study.opens)
        since = np.where(other >= 0, opens, nobody)
        made = Spans(who, place, np.full(len(who), number), nobody, -far, far, far, -far, ~no, no,
                     other, since, since, no)  # fmt: skip
        return made.take(keep)

    def _pairs(self, number: int, rule: Rule, rows: Index, counted: tuple[Flags, Flags]) -> Spans:
        """`from A until B`: one row an exposure, under A while A is open, else under B."""
        nodes, exposures = self.protocol.nodes, self.cohort.exposures
        who = exposures.participant[rows]
        start, start_day = self._end(rule.node, who)
        until, until_day = self._end(rule.until, who)
        s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
        t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
        single = exposures.single[rows]
        nobody = np.full(len(rows), -1, np.int64)
        open_start, open_until = start_day == FAR, until_day == FAR
        count = len(rows)
        far = np.full(count, FAR)
        # under A: forbidden from the study's opening to the exposure's end (a point: not after B)
        reach = np.where(single, np.minimum(t2, until_day), t2)
        latest = np.minimum(until_day, self.protocol.study.closes)
        last = np.where(s1 <= latest, reach, -FAR)
        sure_last = np.where(s2 <= latest, t1, -FAR)
        opens = np.full(count, self.protocol.study.opens)
        # under B (A stands): forbidden from the exposure's start on
        begin = np.where(single, np.maximum(s1, start_day), s1)
        first = np.where(start_day <= t2, begin, FAR)
        sure_first = np.where(start_day <= t1, s2, FAR)
        under_start = open_start
        node = np.where(under_start, start, until)
        made = Spans(
            who, node, np.full(count, number), rows,
            np.where(under_start, opens, first), np.where(under_start, last, far),
            np.where(under_start, opens, sure_first), np.where(under_start, sure_last, far),
            counted[0], counted[1],
            np.where(open_start & open_until, until, nobody), s1, s2, single,
        )  # fmt: skip
        keep = (
            counted[0] & (made.first <= made.last) & (node < len(nodes)) & (open_start | open_until)
        )
        keep &= self._standing(start, who) & self._standing(until, who)
        return made.take(keep)

    def closed(self, number: int, rule: Rule) -> Spans:
        """`from A until B` where both ends have their day."""
        exposures = self.cohort.exposures
        rows = self._exposures_of(number, rule)
        possible, certain = self._counted(number, rule, rows)
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
        surely = maybe & certain & (start_day <= t1) & (s2 <= until_day)
        nobody = np.full(len(rows), -1, np.int64)
        return Spans(
            who, np.full(len(rows), node), np.full(len(rows), number), rows, day, day,
            np.where(surely, day, FAR), np.where(surely, day, -FAR), possible, certain,
            nobody, nobody, nobody, exposures.single[rows],
        ).take(maybe)  # fmt: skip

    def _standing(self, node: int, who: Index) -> Flags:
        """Nodes that are over, unrecorded or awaited drop the rule."""
        if node >= len(self.protocol.nodes):
            return np.ones(len(who), bool)
        return np.isin(self.timeline.state[who, node], (State.OPEN, State.DONE))

    def _end(self, name: str, who: Index) -> tuple[int, Days]:
        """A node's index and its day where it is done or fixed (FAR where it is open)."""
        index, study = fixed_index(self.protocol, name), self.protocol.study
        if index >= len(self.protocol.nodes):
            day = study.opens if index == len(self.protocol.nodes) else study.closes
            return index, np.full(len(who), day, np.int64)
        done = self.timeline.state[who, index] == State.DONE
        return index, np.where(done, self.timeline.day[who, index], FAR)


def _birthday(birth: Days, age: Term, later: int) -> Days:
    """The day on which an age is completed, or the next age after it with `later` = 1.

    A birthday that does not exist falls on the 1st of the next month.
    """
    if age.months:
        in_months = "month" in age.text or (age.text.startswith("P") and "Y" not in age.text)
        return roll(birth, age.months + later * (1 if in_months else 12))
    return plus(birth, age.days + later * (7 if "week" in age.text or "W" in age.text else 1))


def _half_life_range(rule: Rule, cohort: Cohort, rows: Index) -> tuple[np.ndarray, np.ndarray]:
    """The shortest and longest half-life in minutes; a missing one is anything from 0 up."""
    known = cohort.exposures.half_life[rows]
    if rule.length is None or not rule.length.needs_half_life:
        return known, known
    missing = np.isnan(known)
    return np.where(missing, 0.0, known), np.where(missing, np.inf, known)


def day_spans(
    rule: Rule, cohort: Cohort, rows: Index
) -> tuple[tuple[Days, Days], tuple[Days, Days]]:
    """Possibly and certainly forbidden days of a rule in calendar time."""
    exposures = cohort.exposures
    s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
    t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
    far = np.full(len(rows), FAR)
    if rule.form is Form.AT:
        return (s1, t2), (s2, t1)
    if rule.form is Form.EVER:
        return (s1, far), (s2, far)
    assert rule.length is not None
    length, inclusive = rule.length, rule.inclusive
    short, long = _half_life_range(rule, cohort, rows)
    if rule.form is Form.AFTER:
        begin = length.first_reaching(s1, inclusive, long)
        sure = length.first_reaching(s2, inclusive, short)
        # "within 0 days", exclusive: a point forbids nothing, whatever its day is
        begin = np.where(exposures.single[rows] & (begin > s1), FAR, begin)
        return (begin, t2), (sure, t1)
    last = length.first_clear(t2, inclusive, long) - 1
    last = np.where(last >= FAR - 1, FAR, last)
    sure_last = length.first_clear(t1, inclusive, short) - 1
    sure_last = np.where(sure_last >= FAR - 1, FAR, sure_last)
    # "clear: 0 days" of a point forbids nothing, whatever its day is
    single = exposures.single[rows]
    last = np.where(single & (last < t2), -FAR, last)
    return (s1, last), (s2, sure_last)


def _instant_spans(
    rule: Rule, cohort: Cohort, rows: Index
) -> tuple[tuple[Instants, Instants], tuple[Instants, Instants]]:
    """Possibly and certainly forbidden instants of a rule in hours."""
    exposures = cohort.exposures
    s1, s2 = exposures.start_first_instant[rows], exposures.start_last_instant[rows]
    t1, t2 = exposures.end_first_instant[rows], exposures.end_last_instant[rows]
    assert rule.length is not None
    step, strict = rule.length.minutes, int(not rule.inclusive)
    if rule.form is Form.AFTER:
        return (s1 - step + strict, t2), (s2 - step + strict, t1)
    return (s1, t2 + step - strict), (s2, t1 + step - strict)


def _hopeless(rule: Rule, cohort: Cohort, rows: Index) -> tuple[Flags, Flags]:
    """Zero hours in the exclusive reading: a point forbids nothing, nor does what may be one."""
    exposures = cohort.exposures
    assert rule.length is not None
    zero = np.full(len(rows), rule.length.minutes == 0 and not rule.inclusive)
    may_be_point = exposures.start_last_instant[rows] >= exposures.end_first_instant[rows]
    return zero & exposures.single[rows], zero & may_be_point


def _days_of(
    node: Node, zone_: Zone, begin: Instants, end: Instants, favour: bool
) -> tuple[Days, Days]:
    """The first and last day of a node whose clock time lies in begin..end.

    Without a clock time any time of the day counts. A time that occurs twice counts when either
    (with `favour`: both) of its instants lies inside.
    """
    limit = np.int64(FAR) * 1000
    low, high = np.clip(begin, -limit, limit), np.clip(end, -limit, limit)
    first, last = zone_.day(low), zone_.day(high)
    at_first, at_last = _day_moments(node, zone_, first), _day_moments(node, zone_, last)
    timed_first, timed_last = at_first[1], at_last[1]
    late = at_first[0].early if favour else at_first[0].late
    early = at_last[0].late if favour else at_last[0].early
    first = np.where(timed_first & (late < low), first + 1, first)
    last = np.where(timed_last & (early > high), last - 1, last)
    return np.where(begin <= -limit, -FAR, first), np.where(end >= limit, FAR, last)


def _day_moments(node: Node, zone_: Zone, days: Days) -> tuple[Moments, Flags]:
    moments = moments_of(days, node.at, zone_)
    if node.at is None:
        return moments, np.zeros(len(days), bool)
    return moments, zone_.at(days, node.at)[2]


def _cut_out(spans: Spans, day: Days) -> list[Spans]:
    """Spans without one day per participant, as the parts before and after it."""
    own = day[spans.participant]
    before = replace(
        spans, last=np.minimum(spans.last, own - 1), sure_last=np.minimum(spans.sure_last, own - 1)
    )
    after = replace(
        spans,
        first=np.maximum(spans.first, own + 1),
        sure_first=np.maximum(spans.sure_first, own + 1),
    )
    none = own >= FAR
    before, after = (
        before.take(before.first <= before.last),
        after.take(~none & (after.first <= after.last)),
    )
    return [before, after]


def clear_instants(rule: Rule, cohort: Cohort, rows: Index) -> Instants:
    """The first minute after everything that a rule in hours may forbid, exposure by exposure."""
    return np.asarray(_instant_spans(rule, cohort, rows)[0][1] + 1, np.int64)
