"""The tables of forbidden spans and of rules: what each exposure forbids, rule by rule.

Source: docs/contract.md; docs/semantics.md, section 3.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct, order
from scheduler.days import FAR, MINUTES_A_DAY, Days
from scheduler.engine import Problem
from scheduler.protocol import Rule
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.forbidden import (
    ENDLESS,
    Spans,
    clear_instants,
    closed_pairs,
    join_spans,
    not_recorded,
)
from scheduler.rules.recorded import State
from scheduler.tables.columns import (
    category_column,
    date_column,
    moments,
    sentences,
    texts,
)
from scheduler.tables.frames import Frame, Written
from scheduler.tables.solved import Solved
from scheduler.wording.exposures import ExposureTexts
from scheduler.wording.forms import rule_text
from scheduler.wording.many_reasons import blocked_maker
from scheduler.wording.reasons import other_readings, rule_basis, rule_sentence
from scheduler.wording.rules import day_text

BLOCKED = ("blocked", "undetermined")
RULE_STATES = ("clear", "blocks", "undetermined", "not_recorded", "not_applicable")


@dataclass(frozen=True)
class Clear:
    """From when a span no longer forbids: a day, with the minute of the day in hour rules."""

    day: Days
    minute: Index

    def take(self, rows: Index) -> "Clear":
        """The named rows."""
        return Clear(self.day[rows], self.minute[rows])


def clear_from(problem: Problem, spans: Spans) -> Clear:
    """The first day (hour rules: the first minute) after everything that a span may forbid."""
    last = _ends(problem, spans)
    day = np.where(last >= FAR, FAR, last + 1)
    minute = np.full(len(spans), -1, np.int64)
    for number, rule in enumerate(problem.protocol.rules):
        if not rule.elapsed or rule.traits.together:
            continue
        rows = np.flatnonzero((spans.rule == number) & (spans.exposure >= 0))
        instants = clear_instants(rule, problem.cohort, spans.exposure[rows])
        ending = np.flatnonzero(spans.last[rows] < FAR)
        for zone_, here in problem.timeline.by_zone(spans.participant[rows[ending]]):
            some, known = rows[ending[here]], instants[ending[here]]
            ends = known < ENDLESS  # a booking's clock time cuts also what has no end
            day[some] = np.where(ends, zone_.day(known), FAR)
            minute[some] = np.where(ends, zone_.minute(known), -1)
    return Clear(day, minute)


def _ends(problem: Problem, spans: Spans) -> Days:
    """The last days of spans; pieces of one stretch (of rules that weigh exposures together) have
    that of the whole stretch.
    """
    together = np.array([rule.traits.together for rule in problem.protocol.rules], bool)
    if not together.any() or not len(spans):
        return spans.last
    goes_on = together[spans.rule[1:]] & (spans.first[1:] == spans.last[:-1] + 1)
    for column in (spans.participant, spans.rule, spans.node):
        goes_on &= column[1:] == column[:-1]
    ends = np.flatnonzero(np.append(~goes_on, True))
    return np.asarray(spans.last[ends[np.searchsorted(ends, np.arange(len(spans)))]], np.int64)


def blocked_frame(solved: Solved) -> Frame:
    """One row a rule, exposure and certainty: the forbidden days of every open node."""
    problem, names = solved.problem, solved.names
    state = problem.timeline.state[problem.spans.participant, problem.spans.node]
    spans = problem.spans.take(problem.spans.possible & _IS_OPEN[state])
    row, first, last, certainty = _rows(spans)
    clear = clear_from(problem, spans).take(row)
    spans = spans.take(row)
    written = ExposureTexts(problem, spans.exposure)
    return Frame(
        {
            "participant": names.participant(spans.participant),
            "milestone": names.milestone(spans.node),
            "rule": names.rule(spans.rule),
            "event": texts(*written.column(0)),
            "first": date_column(first),
            "last": date_column(last),
            "certainty": category_column(certainty, BLOCKED),
            "clear_from": moments(clear.day, clear.minute),
            "exposure_start": texts(*written.column(1)),
            "exposure_end": texts(*written.column(2)),
            "sentence": _sentences(problem, spans, written, (first, last), certainty, clear),
        }
    )


def _rows(spans: Spans) -> tuple[Index, Days, Days, Index]:
    """The rows of the table in their order: the span of each, its days, and the certainty."""
    parts = []
    for first, last, certainty in _pieces(spans):
        real = np.flatnonzero(first <= last)
        parts.append((real, first[real], last[real], certainty[real]))
    row, first, last, certainty = (np.concatenate([part[i] for part in parts]) for i in range(4))
    columns = (spans.participant, spans.node, spans.rule, spans.exposure)
    by = order(*(column[row] for column in columns), first)
    row, first, last, certainty = row[by], first[by], last[by], certainty[by]
    return _joined(row, first, last, certainty, (*columns, spans.other))


def _joined(
    row: Index, first: Days, last: Days, certainty: Index, columns: tuple[Index, ...]
) -> tuple[Index, Days, Days, Index]:
    """Rows that go on where the one before ends, as one: a booking's clock time cut the span."""
    goes_on = np.zeros(len(row), bool)
    goes_on[1:] = (first[1:] == last[:-1] + 1) & (certainty[1:] == certainty[:-1])
    for column in columns:
        goes_on[1:] &= column[row[1:]] == column[row[:-1]]
    begins = np.flatnonzero(~goes_on)
    ends = np.append(begins[1:] - 1, len(row) - 1)[: len(begins)]
    return row[begins], first[begins], last[ends], certainty[begins]


def _sentences(
    problem: Problem, spans: Spans, written: ExposureTexts, days: tuple[Days, Days],
    certainty: Index, clear: Clear,
) -> Written:  # fmt: skip
    columns = (
        spans.rule, spans.node, written.place, certainty, *days, clear.day, clear.minute,
        spans.other, spans.other_first, other_readings(problem, spans),
    )  # fmt: skip

    return sentences(columns, blocked_maker(problem, written, columns))


_IS_OPEN = np.array([state in (State.OPEN, State.AWAITING) for state in State], bool)


def _pieces(spans: Spans) -> list[tuple[Days, Days, Index]]:
    """The certain part of every span, and the uncertain parts before and after it."""
    certain = spans.certain & (spans.certain_first <= spans.certain_last)
    count = len(spans)
    never, before = np.full(count, FAR), np.minimum(spans.last, spans.certain_first - 1)
    blocked, undetermined = np.zeros(count, np.int64), np.ones(count, np.int64)
    return [
        (
            np.where(certain, spans.certain_first, never),
            np.where(certain, spans.certain_last, -never),
            blocked,
        ),
        (spans.first, np.where(certain, before, spans.last), undetermined),
        (
            np.where(certain, spans.certain_last + 1, never),
            np.where(certain, spans.last, -never),
            undetermined,
        ),
    ]


def rules_frame(solved: Solved) -> Frame:
    """The rule-by-rule checklist: one row a participant and rule."""
    problem, names = solved.problem, solved.names
    protocol, count = problem.protocol, len(problem.cohort)
    rules = protocol.rules
    spans = join_spans([problem.spans, closed_pairs(protocol, problem.cohort, problem.timeline)])
    relevant, certain = _in_force(problem, spans)
    clear = clear_from(problem, spans).take(np.flatnonzero(relevant))
    spans, certain = spans.take(relevant), certain[relevant]
    row = spans.participant * len(rules) + spans.rule  # of the table
    state = _states(problem, row, certain)
    clear = _latest(clear, row, len(state))
    words, decision = _decisions(problem, spans, row, len(state))
    rule_of = np.tile(np.arange(len(rules)), count)
    columns = (rule_of, state, clear.day, clear.minute, decision)
    asked = [(rule_text(rule), rule_basis(rule)) for rule in rules]

    def make(rows: Index) -> list[str]:
        told = zip(*(column[rows].tolist() for column in columns), strict=True)
        return [
            rule_sentence(asked[rule], RULE_STATES[state], day, minute, words[decision])
            for rule, state, day, minute, decision in told
        ]

    guarded = np.array([_guarded(problem, rule) for rule in rules], np.int64)
    return Frame(
        {
            "participant": names.participant(np.repeat(np.arange(count), len(rules))),
            "rule": names.rule(rule_of),
            "milestone": names.milestone(guarded[rule_of] if len(rules) else rule_of),
            "state": category_column(state, RULE_STATES),
            "clear_from": moments(clear.day, clear.minute),
            "decision": texts(words, decision),
            "sentence": sentences(columns, make),
        }
    )


def _guarded(problem: Problem, rule: Rule) -> int:
    """The node that a rule stands under."""
    index = problem.protocol.index
    return index.get(rule.node, index.get(rule.until, -1))


def _in_force(problem: Problem, spans: Spans) -> tuple[Flags, Flags]:
    """Which spans touch a day that their node may still take (or the day that it was done)."""
    timeline = problem.timeline
    done = timeline.state[spans.participant, spans.node] == State.DONE
    day = timeline.day[spans.participant, spans.node]
    low = np.where(done, day, problem.first)
    high = np.where(done, day, problem.last)
    touches = spans.possible & (spans.first <= high) & (spans.last >= low)
    certain = spans.certain & (spans.certain_first <= high) & (spans.certain_last >= low)
    certain &= spans.certain_first <= spans.certain_last
    return touches, certain


def _states(problem: Problem, row: Index, certain: Flags) -> Index:
    """The state of every row of the table: participants, and for each all rules."""
    count, rules = len(problem.cohort), problem.protocol.rules
    none, silent = RULE_STATES.index("not_applicable"), RULE_STATES.index("not_recorded")
    state = np.zeros(count * len(rules), np.int64)
    by_rule = state.reshape(count, len(rules))
    for number, rule in enumerate(rules):
        if rule.traits.of_exposures:
            by_rule[not_recorded(problem.protocol, problem.cohort, rule), number] = silent
    state[row] = RULE_STATES.index("undetermined")
    state[row[certain]] = RULE_STATES.index("blocks")
    for number, rule in enumerate(rules):
        verdict = applies(rule.only, problem.cohort.attributes, count)
        by_rule[verdict == Applies.NO, number] = none
        guarded = _guarded(problem, rule)
        if guarded >= 0:
            by_rule[problem.timeline.state[:, guarded] == State.ABSENT, number] = none
    return state


def _latest(clear: Clear, row: Index, count: int) -> Clear:
    """For every row of the table the last moment from which a span is clear (FAR: none)."""
    nothing = np.iinfo(np.int64).min
    moment = np.full(count, nothing, np.int64)
    np.maximum.at(moment, row, clear.day * _MINUTES + clear.minute + 1)
    day, minute = np.divmod(moment, _MINUTES)
    return Clear(np.where(moment == nothing, FAR, day), np.where(moment == nothing, 0, minute) - 1)


_MINUTES = MINUTES_A_DAY + 1  # those of a day, and the day alone


def _decisions(problem: Problem, spans: Spans, row: Index, count: int) -> tuple[list[str], Index]:
    """The latest decision for every row of the table, as `clear 2026-03-01`, or `pending`."""
    decisions, rules = problem.cohort.decisions, problem.protocol.rules
    judged = np.array([rule.judgement for rule in rules], bool)
    found = np.zeros(count, np.int64)
    found[row[judged[spans.rule] & ~spans.certain]] = 1
    first, place = distinct(decisions.exclude, decisions.day)
    by_day = np.argsort(decisions.day, kind="stable")
    found[(decisions.participant * len(rules) + decisions.rule)[by_day]] = place[by_day] + 2
    told = zip(decisions.exclude[first].tolist(), decisions.day[first].tolist(), strict=True)
    words = [f"{'exclude' if exclude else 'clear'} {day_text(day)}" for exclude, day in told]
    return ["", "pending", *words], found
