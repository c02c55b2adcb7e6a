"""Sentences of many reasons, each distinct one made once.

Source: docs/semantics.md, sections 3 and 7.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import Index, distinct, distinct_numbers, woven
from scheduler.days import FAR, Days
from scheduler.engine.problem import Problem
from scheduler.engine.reason import KINDS, Reasons
from scheduler.rules.forbidden import Spans
from scheduler.wording.exposures import ExposureTexts
from scheduler.wording.forms import WORDS, the_exposure
from scheduler.wording.many_rows import Maker, Told, in_words, some_in_words, told
from scheduler.wording.reasons import (
    clear_text,
    freed_sentence,
    other_reading_text,
    other_reading_texts,
    other_readings,
    reason_sentence,
    rule_reference,
    ruled_out_text,
    when_text,
)
from scheduler.wording.rules import day_text, range_text, through_text


def reason_texts(problem: Problem, reasons: Reasons) -> Told:
    """What every reason says."""
    by_rule = reasons.kind == KINDS.index("rule")
    mine, rest = reasons.take(np.flatnonzero(by_rule)), reasons.take(np.flatnonzero(~by_rule))
    words, place = rule_words(problem, problem.spans.take(mine.span), mine.first, mine.last)
    others, others_place = told(
        rest.columns, lambda rows: [reason_sentence(problem, rest.at(row)) for row in rows.tolist()]
    )
    places = np.empty(len(reasons), np.int64)
    places[by_rule], places[~by_rule] = place, others_place + len(words)
    return [*words, *others], places


def rule_words(problem: Problem, spans: Spans, first: Days, last: Days) -> Told:
    """What rules with their exposures say; exposures that were written alike say the same."""
    written = ExposureTexts(problem, spans.exposure)
    certain_first, certain_last = certain_days(problem.spans, spans)
    certain = spans.certain & (certain_first == first) & (certain_last == last)
    undetermined, none = (~certain).astype(np.int64), np.full(len(spans), FAR)
    columns = (
        spans.rule, spans.node, written.place, undetermined, first, last, none, none * 0 - 1,
        spans.other, np.where(spans.other < 0, FAR, spans.other_first),
        other_readings(problem, spans),
    )  # fmt: skip
    return told(columns, blocked_maker(problem, written, columns))


def blocked_maker(problem: Problem, written: ExposureTexts, columns: Sequence[Index]) -> Maker:
    """What words the sentences of forbidden spans, whose `columns` are rule, node, exposure (of
    those `written`), whether it is undetermined, first and last day, the day and minute that is
    clear, the other node and its first day, and the day that the other reading gives.
    """
    rules, nodes = problem.protocol.rules, [node.name for node in problem.protocol.nodes]
    used = distinct_numbers(columns[0]).tolist()
    tails = {rule: rule_reference(rules[rule]) for rule in used}
    turns = {rule: other_reading_texts(rules[rule]) for rule in used}
    causes = {rule: WORDS[rules[rule].form].cause for rule in used}
    direct = np.array([WORDS[rule.form].cause is the_exposure for rule in rules], bool)

    def make(rows: Index) -> Sequence[str]:
        rule, node, place, undetermined, first, last, day, minute, other, since, turned = (
            column[rows] for column in columns
        )
        exposures = written.told
        named = direct[rule] & (place < len(exposures) - 1)  # by nothing but the exposure
        known = (first > -FAR) & (first < last) & (last < FAR)
        parts = (
            (exposures, np.where(named, place, len(exposures) - 1)),
            some_in_words(
                ~named, [rule, place], lambda rule, at: causes[rule](rules[rule], exposures[at])
            ),
            in_words([undetermined, node], lambda may, node: ruled_out_text(may, nodes[node])),
            some_in_words(known, [first], day_text),
            some_in_words(known, [last], through_text),
            some_in_words(~known, [first, last], range_text),
            in_words([other, since], lambda at, day: when_text(nodes[at], day) if at >= 0 else ""),
            in_words([day, minute], clear_text),
            in_words(
                [rule, turned],
                lambda rule, day: tails[rule] + other_reading_text(turns[rule], day),
            ),
        )
        return woven(parts)

    return make


def certain_days(every: Spans, spans: Spans) -> tuple[Days, Days]:
    """What each exposure certainly forbids, also where a booking's clock time cut it in parts."""
    first, last = spans.certain_first.copy(), spans.certain_last.copy()
    parts = every.take(np.isin(every.participant, spans.participant) & (every.exposure >= 0))
    count = len(parts)
    columns = ("participant", "rule", "exposure", "node", "other")
    _, place = distinct(
        *(np.concatenate([getattr(t, name) for t in (parts, spans)]) for name in columns)
    )
    least = np.full(int(place.max(initial=-1)) + 1, FAR)
    most, several = -least, np.bincount(place[:count], minlength=len(least)) > 1
    np.minimum.at(least, place[:count], parts.certain_first)
    np.maximum.at(most, place[:count], parts.certain_last)
    unsure = ~parts.certain | (parts.certain_first > parts.certain_last)
    least[place[:count][unsure]] = FAR
    cut = several[place[count:]] & (spans.exposure >= 0)
    first[cut], last[cut] = least[place[count:]][cut], most[place[count:]][cut]
    return first, last


def freed_texts(problem: Problem, node: Index, day: Days) -> Told:
    """What dropping every one of some reasons would free; FAR: no day."""
    columns = np.where(day < FAR, node, -1), day
    return told(
        columns,
        lambda rows: [
            freed_sentence(problem, at, on) if on < FAR else ""
            for at, on in zip(*(column[rows].tolist() for column in columns), strict=True)
        ],
    )
