"""Rules x exposures: the days that each exposure forbids, certainly and possibly.

Source: docs/semantics.md, section 3.
"""

import numpy as np

from scheduler.arrays import Flags, Index, pairs
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, plus
from scheduler.days.clocks import Instants, Zone, by_zone
from scheduler.protocol import Node, Protocol, Rule, RuleForm
from scheduler.rules.conditions import Applies, applies, exempts
from scheduler.rules.from_until import PairMaker
from scheduler.rules.in_days import birthday, day_spans
from scheduler.rules.in_hours import clear_instants, cut_out, days_of, hopeless, instant_spans
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import NO_EXPOSURE, Spans, join_spans, no_spans, real_spans

__all__ = [
    "NO_EXPOSURE",
    "Spans",
    "clear_instants",
    "closed_pairs",
    "compute_spans",
    "day_spans",
    "join_spans",
    "not_recorded",
]


def compute_spans(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, strict: bool = False
) -> Spans:
    """The days that every rule forbids to every participant, by exposure.

    With `strict` a rule none of whose events has a row leaves every day undetermined.
    """
    maker = _SpanMaker(protocol, cohort, timeline)
    parts = [maker.rule_spans(number, rule) for number, rule in enumerate(protocol.rules)]
    if strict:
        parts += [maker.silence(number, rule) for number, rule in enumerate(protocol.rules)]
    return real_spans(join_spans([*parts, no_spans()]))


def closed_pairs(protocol: Protocol, cohort: Cohort, timeline: Recorded) -> Spans:
    """from..until rules whose two ends are done or fixed: never a constraint, maybe a deviation.

    `first..last` is the done day of `node` where the pair is possibly forbidden, and
    `sure_first..sure_last` where it certainly is.
    """
    maker = _SpanMaker(protocol, cohort, timeline)
    parts = [
        maker.closed(number, rule)
        for number, rule in enumerate(protocol.rules)
        if rule.form is RuleForm.FROM_UNTIL
    ]
    return join_spans([*parts, no_spans()])


def not_recorded(protocol: Protocol, cohort: Cohort, rule: Rule) -> Flags:
    """The participants for whom no history row tells of any event of the rule."""
    events = [protocol.event_index[name] for name in rule.forbid]
    told = np.zeros(len(cohort), bool)
    told[cohort.asked_participant[np.isin(cohort.asked_event, events)]] = True
    return ~told


class _SpanMaker:
    def __init__(self, protocol: Protocol, cohort: Cohort, timeline: Recorded) -> None:
        self.protocol, self.cohort, self.timeline = protocol, cohort, timeline
        self._pairs = PairMaker(protocol, cohort, timeline)
        exposures = cohort.exposures
        order = np.argsort(exposures.event, kind="stable")
        self._by_event = order
        self._event_sorted = exposures.event[order]

    def _verdict(self, rule: Rule) -> Index:
        """Whether a rule is for each participant (of Applies)."""
        return applies(rule.only, self.cohort.attributes, len(self.cohort))

    def rule_spans(self, number: int, rule: Rule) -> Spans:
        if rule.form is RuleForm.AGE:
            return self._age(number, rule)
        rows = self._exposures_of(rule)
        if not len(rows):
            return no_spans()
        counted = self._counted(number, rule, rows)
        if rule.form is RuleForm.FROM_UNTIL:
            return self._pairs.open_pairs(number, rule, rows, counted)
        node = self.protocol.nodes[self.protocol.index[rule.node]]
        if rule.elapsed:
            return self._hours(number, rule, node, rows, counted)
        possible, certain = day_spans(rule, self.cohort, rows)
        return self._columns(number, node.index, rows, possible, certain, counted)

    def closed(self, number: int, rule: Rule) -> Spans:
        """`from A until B` where both ends have their day."""
        rows = self._exposures_of(rule)
        return self._pairs.closed_pairs(number, rule, rows, self._counted(number, rule, rows))

    def _exposures_of(self, rule: Rule) -> Index:
        parts = []
        for name in rule.forbid:
            event = self.protocol.event_index[name]
            start, stop = np.searchsorted(self._event_sorted, [event, event + 1])
            parts.append(self._by_event[start:stop])
        rows = np.concatenate(parts) if len(parts) > 1 else parts[0]
        if not rule.only:
            return rows
        who = self.cohort.exposures.participant[rows]
        return np.asarray(rows[self._verdict(rule)[who] != Applies.NO], np.int64)

    def _counted(self, number: int, rule: Rule, rows: Index) -> tuple[Flags, Flags]:
        """Whether each exposure counts possibly, and whether it counts certainly."""
        exposures = self.cohort.exposures
        possible = certain = np.ones(len(rows), bool)
        if rule.exempt:
            exempt = exempts(rule.exempt, exposures.attributes, rows)
            possible, certain = exempt != Applies.YES, exempt == Applies.NO
        if rule.only:
            certain = certain & (
                self._verdict(rule)[exposures.participant[rows]] != Applies.UNKNOWN
            )
        if rule.judgement:
            decided, excluded = self.decided(number, rows)
            possible = possible & ~(decided & ~excluded)
            certain = certain & decided & excluded
        return possible, certain & possible

    def decided(self, number: int, rows: Index) -> tuple[Flags, Flags]:
        """Whether a decision covers each exposure, and whether the latest one excludes."""
        decisions, exposures = self.cohort.decisions, self.cohort.exposures
        decided, excluded = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
        mine = np.flatnonzero(decisions.rule == number)
        if not len(mine):
            return decided, excluded
        named = decisions.exposure[mine] >= 0
        mine = mine[np.lexsort((named, decisions.day[mine]))]
        place = np.full(len(exposures), -1, np.int64)
        place[rows] = np.arange(len(rows))
        one = np.flatnonzero(decisions.exposure[mine] >= 0)
        every = np.flatnonzero(decisions.exposure[mine] < 0)
        of, covered = pairs(decisions.participant[mine[every]], exposures.participant[rows])
        started = exposures.start_last[rows[covered]] <= decisions.day[mine[every[of]]]
        rank = np.concatenate([one, every[of[started]]])
        covered = np.concatenate([place[decisions.exposure[mine[one]]], covered[started]])
        order = np.argsort(rank, kind="stable")
        rank, covered = rank[order], covered[order]
        rank, covered = rank[covered >= 0], covered[covered >= 0]
        decided[covered] = True
        excluded[covered] = decisions.exclude[mine[rank]]  # the latest stands last, and stays
        return decided, excluded

    def _columns(
        self,
        number: int,
        node: int,
        rows: Index,
        possible: tuple[Days, Days],
        certain: tuple[Days, Days],
        counted: tuple[Flags, Flags],
    ) -> Spans:
        count, nobody = len(rows), np.full(len(rows), -1, np.int64)
        keep = (possible[0] <= possible[1]) & counted[0]
        made = Spans(
            self.cohort.exposures.participant[rows], np.full(count, node), np.full(count, number),
            rows, possible[0], possible[1], certain[0], certain[1], counted[0], counted[1],
            nobody, nobody, nobody, np.zeros(count, bool),
        )  # fmt: skip
        return made.take(keep)

    def _hours(
        self, number: int, rule: Rule, node: Node, rows: Index, counted: tuple[Flags, Flags]
    ) -> Spans:
        """Spans of a rule in hours; a day with a recorded clock time of its own is told apart."""
        who = self.cohort.exposures.participant[rows]
        possible, certain = instant_spans(rule, self.cohort, rows)
        starts, stops = np.full(len(rows), FAR), np.full(len(rows), -FAR)
        sure_starts, sure_stops = starts.copy(), stops.copy()
        for zone_, members in self._zones(who):
            starts[members], stops[members] = days_of(
                node, zone_, possible[0][members], possible[1][members], favour=False
            )
            sure_starts[members], sure_stops[members] = days_of(
                node, zone_, certain[0][members], certain[1][members], favour=True
            )
        nothing = hopeless(rule, self.cohort, rows)
        starts[nothing[0]], stops[nothing[0]] = FAR, -FAR
        sure_starts[nothing[1]], sure_stops[nothing[1]] = FAR, -FAR
        whole = self._columns(
            number, node.index, rows, (starts, stops), (sure_starts, sure_stops), counted
        )
        own, early, late = self._own_time(node.index, who)
        if not (own < FAR).any():
            return whole
        hit = (possible[0] <= late) & (early <= possible[1]) & ~nothing[0]
        certain_hit = (certain[0] <= early) & (late <= certain[1]) & ~nothing[1]
        at_own = self._columns(
            number, node.index, rows,
            (np.where(hit, own, FAR), np.where(hit, own, -FAR)),
            (np.where(certain_hit, own, FAR), np.where(certain_hit, own, -FAR)), counted,
        )  # fmt: skip
        cut = np.full(len(self.cohort), FAR)
        cut[who] = own
        return join_spans([*cut_out(whole, cut), at_own])

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
        zones = self.timeline.zones
        return [(zones[i], rows) for i, rows in by_zone(self.timeline.zone_of[who])]

    def _age(self, number: int, rule: Rule) -> Spans:
        """Two spans a participant: before the lower birthday, and from the upper one on."""
        verdict = self._verdict(rule)
        who = np.flatnonzero(verdict != Applies.NO)
        first, last = self.cohort.birth_first[who], self.cohort.birth_last[who]
        applies = verdict[who] == Applies.YES
        node = self.protocol.index[rule.node]
        early, late, parts = np.full(len(who), -FAR), np.full(len(who), FAR), []
        if rule.age_min is not None:
            possible, certain = (plus(birthday(b, rule.age_min, 0), -1) for b in (last, first))
            parts.append((early, possible, np.where(certain <= -FAR, FAR, -FAR), certain))
        if rule.age_max is not None:
            possible, certain = (birthday(b, rule.age_max, 1) for b in (first, last))
            parts.append((possible, late, certain, np.where(certain >= FAR, -FAR, FAR)))
        nobody, true = np.full(len(who), -1, np.int64), np.ones(len(who), bool)
        return join_spans(
            [no_spans()]
            + [
                Spans(who, np.full(len(who), node), np.full(len(who), number), nobody,
                      *columns, true, applies, nobody, nobody, nobody, ~true)
                for columns in parts
            ]
        )  # fmt: skip

    def silence(self, number: int, rule: Rule) -> Spans:
        """Strict: every day is possibly forbidden where nobody told of any of the rule's events."""
        if rule.form is RuleForm.AGE:
            return no_spans()
        silent = not_recorded(self.protocol, self.cohort, rule)
        who = np.flatnonzero(silent & (self._verdict(rule) != Applies.NO))
        if rule.form is RuleForm.FROM_UNTIL:
            return self._pairs.silence(number, rule, who)
        node = np.full(len(who), self.protocol.index[rule.node])
        far, nobody = np.full(len(who), FAR), np.full(len(who), -1, np.int64)
        no = np.zeros(len(who), bool)
        return Spans(who, node, np.full(len(who), number), nobody, -far, far, far, -far, ~no, no,
                     nobody, nobody, nobody, no)  # fmt: skip
