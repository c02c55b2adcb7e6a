"""The tables of forbidden spans and of rules: what each exposure forbids, rule by rule.

Source: docs/contract.md; docs/semantics.md, section 3.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scheduler.attributes import Applies, applies
from scheduler.cohort import Flags, Index
from scheduler.days import FAR, Days
from scheduler.engine import Problem
from scheduler.frames import Names, coded, dates, moments
from scheduler.protocol import Form, Rule
from scheduler.spans import Spans, clear_instants, closed_pairs, join_spans, not_recorded
from scheduler.timeline import State
from scheduler.wording_reasons import blocked_sentence, rule_sentence

BLOCKED = ("blocked", "undetermined")
RULE_STATES = ("clear", "blocks", "undetermined", "not_recorded", "not_applicable")


@dataclass(frozen=True)
class Clear:
    """From when a span no longer forbids: a day, with the minute of the day in hour rules."""

    day: Days
    minute: Index


def clear_from(problem: Problem, spans: Spans) -> Clear:
    """The first day (hour rules: the first minute) after everything that a span may forbid."""
    day = np.where(spans.last >= FAR, FAR, spans.last + 1)
    minute = np.full(len(spans), -1, np.int64)
    for number, rule in enumerate(problem.protocol.rules):
        if not rule.elapsed:
            continue
        rows = np.flatnonzero((spans.rule == number) & (spans.exposure >= 0))
        instants = clear_instants(rule, problem.cohort, spans.exposure[rows])
        for i, zone_ in enumerate(problem.timeline.zones):
            here = problem.timeline.zone_of[spans.participant[rows]] == i
            some = rows[here & (spans.last[rows] < FAR)]
            known = instants[here & (spans.last[rows] < FAR)]
            day[some], minute[some] = zone_.day(known), zone_.minute(known)
    return Clear(day, minute)


def blocked_frame(problem: Problem, names: Names) -> pd.DataFrame:
    """One row a rule, exposure and certainty: the forbidden days of every open node."""
    state = problem.timeline.state[problem.spans.participant, problem.spans.node]
    spans = problem.spans.take(problem.spans.possible & np.isin(state, _OPEN))
    clear = clear_from(problem, spans)
    parts = [
        (np.arange(len(spans)), first, last, certainty, first <= last)
        for first, last, certainty in _pieces(spans)
    ]
    row, first, last, certainty, real = (np.concatenate([p[i] for p in parts]) for i in range(5))
    row, first, last, certainty = row[real], first[real], last[real], certainty[real]
    exposure = spans.exposure[row]
    order = np.lexsort((first, exposure, spans.rule[row], spans.node[row], spans.participant[row]))
    row, first, last, certainty = row[order], first[order], last[order], certainty[order]
    exposure = exposure[order]
    exposures = problem.cohort.exposures
    told = exposure >= 0
    texts = [
        np.where(told, column[np.where(told, exposure, 0)], "")
        if len(column)
        else np.full(len(row), "")
        for column in (exposures.event_name, exposures.start_text, exposures.end_text)
    ]
    day, minute = clear.day[row], clear.minute[row]
    sentences = [
        blocked_sentence(problem, spans, int(r), (int(f), int(t)), int(c), (int(d), int(m)))
        for r, f, t, c, d, m in zip(row, first, last, certainty, day, minute, strict=True)
    ]
    return pd.DataFrame(
        {
            "participant": names.participant(spans.participant[row]),
            "milestone": names.milestone(spans.node[row]),
            "rule": names.rule(spans.rule[row]),
            "event": pd.Series(texts[0], dtype="str"),
            "first": dates(first),
            "last": dates(last),
            "certainty": coded(certainty, BLOCKED),
            "clear_from": moments(day, minute),
            "exposure_start": pd.Series(texts[1], dtype="str"),
            "exposure_end": pd.Series(texts[2], dtype="str"),
            "sentence": pd.Series(sentences, dtype="str"),
        }
    )


_OPEN = (State.OPEN, State.AWAITING)


def _pieces(spans: Spans) -> list[tuple[Days, Days, Index]]:
    """The certain part of every span, and the uncertain parts before and after it."""
    sure = spans.certain & (spans.sure_first <= spans.sure_last)
    count = len(spans)
    never, before = np.full(count, FAR), np.minimum(spans.last, spans.sure_first - 1)
    blocked, unsure = np.zeros(count, np.int64), np.ones(count, np.int64)
    return [
        (np.where(sure, spans.sure_first, never), np.where(sure, spans.sure_last, -never), blocked),
        (spans.first, np.where(sure, before, spans.last), unsure),
        (np.where(sure, spans.sure_last + 1, never), np.where(sure, spans.last, -never), unsure),
    ]


def rules_frame(problem: Problem, names: Names) -> pd.DataFrame:
    """The rule-by-rule checklist: one row a participant and rule."""
    protocol, count = problem.protocol, len(problem.cohort)
    rules = protocol.rules
    spans = join_spans([problem.spans, closed_pairs(protocol, problem.cohort, problem.timeline)])
    spans = spans.take(spans.possible)
    clear = clear_from(problem, spans)
    relevant, surely = _in_force(problem, spans)
    decisions = _decisions(problem)
    table = []
    for number, rule in enumerate(rules):
        mine = (spans.rule == number) & relevant
        state = _states(problem, rule, spans, mine, mine & surely)
        day, minute = _latest(clear, spans, np.flatnonzero(mine), count)
        pending = _pending(rule, spans, mine, count)
        texts = [
            decisions.get((who, number), "pending" if pending[who] else "") for who in range(count)
        ]
        table.append((state, day, minute, texts))
    who = np.repeat(np.arange(count), len(rules))
    rule_of = np.tile(np.arange(len(rules)), count)
    state, day, minute = (
        np.array([row[i] for row in table], np.int64).reshape(len(rules), count).T.ravel()
        for i in range(3)
    )
    decision = [table[r][3][p] for p, r in zip(who, rule_of, strict=True)]
    sentences = [
        rule_sentence(rules[r], RULE_STATES[s], int(d), int(m), text)
        for r, s, d, m, text in zip(rule_of, state, day, minute, decision, strict=True)
    ]
    guarded = np.array([_guarded(problem, rule) for rule in rules], np.int64)
    return pd.DataFrame(
        {
            "participant": names.participant(who),
            "rule": names.rule(rule_of),
            "milestone": names.milestone(guarded[rule_of] if len(rules) else rule_of),
            "state": coded(state, RULE_STATES),
            "clear_from": moments(day, minute),
            "decision": pd.Series(decision, dtype="str"),
            "sentence": pd.Series(sentences, dtype="str"),
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
    touches = (spans.first <= high) & (spans.last >= low)
    surely = spans.certain & (spans.sure_first <= high) & (spans.sure_last >= low)
    surely &= spans.sure_first <= spans.sure_last
    return touches, surely


def _states(problem: Problem, rule: Rule, spans: Spans, mine: Flags, surely: Flags) -> Index:
    """The state of one rule for every participant."""
    count = len(problem.cohort)
    state = np.zeros(count, np.int64)
    if rule.form is not Form.AGE:
        state[not_recorded(problem.protocol, problem.cohort, rule)] = RULE_STATES.index(
            "not_recorded"
        )
    state[spans.participant[mine]] = RULE_STATES.index("undetermined")
    state[spans.participant[surely]] = RULE_STATES.index("blocks")
    verdict = applies(rule.only, problem.cohort.attributes, count)
    absent = np.zeros(count, bool)
    guarded = _guarded(problem, rule)
    if guarded >= 0:
        absent = problem.timeline.state[:, guarded] == State.ABSENT
    state[(verdict == Applies.NO) | absent] = RULE_STATES.index("not_applicable")
    return state


def _latest(clear: Clear, spans: Spans, rows: Index, count: int) -> tuple[Days, Index]:
    """For every participant the last of the days from which a rule is clear (-FAR: none)."""
    day, minute = np.full(count, FAR), np.full(count, -1, np.int64)
    order = rows[np.lexsort((clear.minute[rows], clear.day[rows]))]
    day[spans.participant[order]] = clear.day[order]
    minute[spans.participant[order]] = clear.minute[order]
    return day, minute


def _pending(rule: Rule, spans: Spans, mine: Flags, count: int) -> Flags:
    pending = np.zeros(count, bool)
    if rule.judgement:
        pending[spans.participant[mine & ~spans.certain]] = True
    return pending


def _decisions(problem: Problem) -> dict[tuple[int, int], str]:
    """The latest decision of every participant and rule, as `clear 2026-03-01`."""
    decisions = problem.cohort.decisions
    found: dict[tuple[int, int], str] = {}
    for i in np.argsort(decisions.day, kind="stable").tolist():
        word = "exclude" if decisions.exclude[i] else "clear"
        key = (int(decisions.participant[i]), int(decisions.rule[i]))
        found[key] = f"{word} {np.datetime64(int(decisions.day[i]), 'D')}"
    return found
