"""Forms that look at one exposure and one node at a time: the days that each exposure forbids.

Source: docs/semantics.md, section 3.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import where
from scheduler.days import FAR, Days, PlainLengths, Term
from scheduler.protocol import Node, Protocol, Rule, RuleForm
from scheduler.rules.counting import Counted, Counting
from scheduler.rules.in_days import Ranges, Reach, day_spans
from scheduler.rules.in_hours import cut_out, days_of, hopeless, instant_spans, own_time
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import Spans, join_spans, no_spans


@dataclass(frozen=True, slots=True, eq=False)
class PlainRules:
    """Rules with plain durations as columns: those of a form differ in numbers alone.

    `form` is a place in `forms`. `event` are the events of all rules, each with its rule's place in
    the columns (`of_event`). `choosy` are rules that do not count every exposure, with their place
    and number.
    """

    forms: tuple[RuleForm, ...]
    form: Index
    number: Index
    node: Index
    months: Days
    days: Days
    inclusive: Flags
    of_event: Index
    event: Index
    choosy: tuple[tuple[int, int, Rule], ...]


def plain_rules(protocol: Protocol) -> tuple[PlainRules, list[int]]:
    """The rules that are made into spans together, and the numbers of all others."""
    numbers: list[int] = []
    others: list[int] = []
    for number, rule in enumerate(protocol.rules):
        plain = rule.traits.one_node and (rule.length is None or rule.length.plain)
        (numbers if plain else others).append(number)
    return _columns_of(protocol, numbers), others


def _columns_of(protocol: Protocol, numbers: list[int]) -> PlainRules:
    rules = [protocol.rules[number] for number in numbers]
    forms = list(dict.fromkeys(rule.form for rule in rules))
    terms = [rule.length.terms[0] if rule.length else Term("calendar") for rule in rules]
    events = [(place, protocol.event_index[name])
              for place, rule in enumerate(rules) for name in rule.events]  # fmt: skip
    of_event, event = np.array(events, np.int64).reshape(-1, 2).T
    return PlainRules(
        tuple(forms),
        np.array([forms.index(rule.form) for rule in rules], np.int64),
        np.array(numbers, np.int64),
        np.array([protocol.index[rule.node] for rule in rules], np.int64),
        np.array([term.months for term in terms], np.int64),
        np.array([term.days for term in terms], np.int64),
        np.array([rule.inclusive for rule in rules], bool),
        of_event,
        event,
        tuple(
            (place, number, rule)
            for place, (number, rule) in enumerate(zip(numbers, rules, strict=True))
            if rule.exempt or rule.only or rule.judgement
        ),
    )


@dataclass(frozen=True, slots=True)
class OneNodeMaker:
    """Makes the spans of rules that guard one node, exposure by exposure."""

    protocol: Protocol
    cohort: Cohort
    timeline: Recorded
    counting: Counting

    def spans(self, number: int, rule: Rule) -> Spans:
        """What each exposure forbids to the rule's node."""
        rows = self.counting.exposures_of(rule)
        if not len(rows):
            return no_spans()
        counted = self.counting.counted(number, rule, rows)
        node = self.protocol.nodes[self.protocol.index[rule.node]]
        if rule.elapsed:
            return self._hours(number, rule, node, rows, counted)
        possible, certain = day_spans(rule, self.cohort, rows)
        return self._columns(number, node.index, rows, possible, certain, counted)

    def at_once(self, rules: PlainRules) -> Spans:
        """What each exposure forbids by several rules, rule after rule."""
        at, rows = self.counting.exposures_of_all(rules.of_event, rules.event)
        if not len(rows):
            return no_spans()
        possible, certain = self._ranges(rules, at, rows)
        counted = self._counted(rules, at, rows)
        return self._columns(rules.number[at], rules.node[at], rows, possible, certain, counted)

    def _ranges(self, rules: PlainRules, at: Index, rows: Index) -> Ranges:
        """The days of each row by the form of its rule."""
        columns = np.empty((4, len(rows)), np.int64)
        form = rules.form[at]
        for place, name in enumerate(rules.forms):
            some = where(form == place)
            if len(some):
                of = at[some]
                lengths = PlainLengths(rules.months[of], rules.days[of])
                reach = Reach(name, lengths, rules.inclusive[of])
                possible, certain = day_spans(reach, self.cohort, rows[some])
                columns[:, some] = *possible, *certain
        return (columns[0], columns[1]), (columns[2], columns[3])

    def _counted(self, rules: PlainRules, at: Index, rows: Index) -> Counted:
        """Whether each exposure counts by its rule: of most rules all of them do."""
        possible, certain = np.ones(len(rows), bool), np.ones(len(rows), bool)
        for place, number, rule in rules.choosy:
            mine = where(at == place)
            if len(mine):
                possible[mine], certain[mine] = self.counting.counted(number, rule, rows[mine])
        return possible, certain

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """Strict: every day is possibly forbidden to these participants."""
        return every_day(self.protocol.index[rule.node], number, who)

    def _columns(
        self,
        number: int | Index,
        node: int | Index,
        rows: Index,
        possible: tuple[Days, Days],
        certain: tuple[Days, Days],
        counted: Counted,
    ) -> Spans:
        count, nobody = len(rows), np.full(len(rows), -1, np.int64)
        keep = (possible[0] <= possible[1]) & counted[0]
        made = Spans(
            self.cohort.exposures.participant[rows], np.full(count, node), np.full(count, number),
            rows, possible[0], possible[1], certain[0], certain[1], counted[0], counted[1],
            nobody, nobody, nobody, np.zeros(count, bool),
        )  # fmt: skip
        return made.take(keep)

    def _hours(self, number: int, rule: Rule, node: Node, rows: Index, counted: Counted) -> Spans:
        """Spans of a rule in hours; a day with a recorded clock time of its own is told apart."""
        who = self.cohort.exposures.participant[rows]
        possible, certain = instant_spans(rule, self.cohort, rows)
        starts, stops = np.full(len(rows), FAR), np.full(len(rows), -FAR)
        sure_starts, sure_stops = starts.copy(), stops.copy()
        for zone_, members in self.timeline.by_zone(who):
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
        own, early, late = own_time(self.timeline, node.index, who)
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


def every_day(node: int, number: int, who: Index) -> Spans:
    """Every day of a node, possibly and never certainly forbidden to some participants."""
    far, nobody = np.full(len(who), FAR), np.full(len(who), -1, np.int64)
    no = np.zeros(len(who), bool)
    return Spans(
        who, np.full(len(who), node), np.full(len(who), number), nobody, -far, far, far, -far,
        ~no, no, nobody, nobody, nobody, no,
    )  # fmt: skip
