"""Open questions: each missing fact, and which days it would free if it turned out in favour.

Source: docs/semantics.md, section 3; docs/contract.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from scheduler.arrays import Index, distinct_numbers, order
from scheduler.binding.cohort import End
from scheduler.core.dayset import Runs
from scheduler.days import FAR, Days
from scheduler.engine import Answer, Problem
from scheduler.engine.found_days import FoundDays
from scheduler.engine.settling import settled_by
from scheduler.rules.recorded import State
from scheduler.tables.columns import category_column, date_column, texts
from scheduler.tables.expiring.facts import test_questions
from scheduler.tables.frames import Column, Frame, Late
from scheduler.tables.freed import freed_days
from scheduler.tables.missing_facts import (
    DATE,
    END,
    MISSING,
    Asked,
    asked_facts,
    attribute_names,
)
from scheduler.tables.solved import Solved
from scheduler.wording.exposures import ExposureTexts, Words
from scheduler.wording.many_rows import Told, together, told
from scheduler.wording.reasons import (
    date_question,
    exposure_text,
    fact_item,
    fact_question,
    query_sentence,
    settles_text,
)

HELPS = ("frees", "saves", "nothing")
_FREES, _SAVES, _NOTHING = range(3)
_ANSWERS = ("earliest_now", "earliest_if_clear", "sentence", "helps")


def queries_frame(solved: Solved) -> Frame:
    """One row a missing fact, rule and node that it matters to.

    What the answers would free is worked out when it is read.
    """
    problem, names = solved.problem, solved.names
    asked, dates, tests = asked_facts(problem), _Dates(problem), list(test_questions(solved))
    parts = [_asked_rows(problem, asked), dates.rows(), _test_rows(tests)]
    who, missing, rule, node = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("participant", "missing", "rule", "node")
    )
    items, item = together([part.item for part in parts])
    rank = {text: i for i, text in enumerate(sorted(set(items)))}  # type: ignore[type-var]
    by = order(who, node, rule, missing, np.array([rank[text] for text in items], np.int64)[item])
    words: list[str | None] = [row[4] for row in tests]
    # not of `solved`, which keeps this table: in a circle neither would go before it is searched
    late = Late(partial(_answers, problem, solved.answer, solved.strict, asked, dates, words, by))
    return Frame(
        {
            "participant": names.participant(who[by]),
            "missing": category_column(missing[by], MISSING),
            "item": texts(items, item[by]),
            "rule": names.rule(rule[by]),
            "milestone": names.milestone(node[by]),
            **dict.fromkeys(_ANSWERS, late),
        }
    )


def _answers(
    problem: Problem, answer: Answer, strict: bool, asked: Asked, dates: "_Dates",
    tests: list[str | None], by: Index,
) -> dict[str, Column]:  # fmt: skip
    """What the answers to all questions would free, and the sentences that say so."""
    freed = freed_days(problem, asked.facts, strict)
    who = asked.facts.participant[asked.fact]
    now = _earliest(answer.permitted.days, asked.node, who, len(problem.cohort))
    then = np.full(len(now), FAR)
    if freed is not None:
        then = _earliest(freed, asked.node, asked.fact, len(asked.facts))
    said = [
        _fact_sentences(problem, asked, now, then),
        dates.sentences(strict),
        (tests, np.arange(len(tests))),
    ]
    words, sentence = together(said)
    others = len(by) - len(now)
    far, frees = np.full(others, FAR), np.full(others, _FREES)
    helps = np.concatenate([_helps(problem, answer, asked, freed), frees])
    columns: list[Column] = [
        date_column(np.concatenate([now, far])[by]),
        date_column(np.concatenate([then, far])[by]),
        texts(words, sentence[by]),
        category_column(helps[by], HELPS),
    ]
    return dict(zip(_ANSWERS, columns, strict=True))


def _helps(problem: Problem, answer: Answer, asked: Asked, freed: FoundDays | None) -> Index:
    """What the best answer to each fact would do for its node, by itself (of HELPS)."""
    found = np.full(len(asked.node), _NOTHING, np.int64)
    who, booked = asked.facts.participant[asked.fact], problem.timeline.booked
    for index in distinct_numbers(asked.node).tolist() if freed is not None else ():
        assert freed is not None
        rows = np.flatnonzero(asked.node == index)
        every, day = np.arange(len(rows)), booked[who[rows], index]
        now = _days_of(answer.permitted.days, index, who[rows])
        then = _days_of(freed, index, asked.fact[rows])
        more = _sizes(then, len(rows)) > _sizes(now, len(rows))
        saves = ~now.holds(every, day) & then.holds(every, day) & (day >= problem.as_of)
        found[rows] = np.where(saves, _SAVES, np.where(more, _FREES, _NOTHING))
    return found


def _days_of(days: FoundDays, node: int, rows: Index) -> Runs:
    """The days of a node in some rows, of which one may be named several times."""
    once, place = np.unique(rows, return_inverse=True)
    return days.runs_of(node, once).take(place)


def _sizes(runs: Runs, count: int) -> Index:
    """The number of days in each row."""
    row, first, last = runs.columns()
    return np.bincount(row, last - first + 1, minlength=count).astype(np.int64)


def _earliest(days: FoundDays, node: Index, row: Index, rows: int) -> Days:
    """The first of the days of a node in a row; FAR where there is none."""
    found = np.full(len(node), FAR)
    for index in distinct_numbers(node).tolist():
        earliest = np.full(rows, FAR)
        for pieces in days.pieces(index) if index in days else ():
            np.minimum.at(earliest, pieces.who, pieces.first)
        here = np.flatnonzero(node == index)
        found[here] = earliest[row[here]]
    return found


@dataclass(frozen=True)
class _QueryRows:
    """What is asked, as columns."""

    participant: Index
    missing: Index
    rule: Index
    node: Index
    item: Told


def _about(problem: Problem, asked: Asked) -> tuple[tuple[Index, ...], list[Words]]:
    """What the missing facts are about, as columns, and the words of exposures among them."""
    facts = asked.facts.take(asked.fact)
    written = ExposureTexts(problem, facts.exposure)
    return (facts.missing, written.place, facts.attribute, asked.rule), written.words


def _asked_rows(problem: Problem, asked: Asked) -> _QueryRows:
    """The missing facts."""
    protocol, facts = problem.protocol, asked.facts.take(asked.fact)
    rules, attributes = [*protocol.rules, None], [*protocol.made(attribute_names), ""]
    about, words = _about(problem, asked)

    def items(rows: Index) -> list[str]:
        return [
            fact_item(MISSING[missing], words[place], attributes[attribute], rules[rule])
            for missing, place, attribute, rule in zip(
                *(column[rows].tolist() for column in about), strict=True
            )
        ]

    item = told(about, items)
    return _QueryRows(facts.participant, facts.missing, asked.rule, asked.node, item)


def _fact_sentences(problem: Problem, asked: Asked, now: Days, then: Days) -> Told:
    """The questions about missing facts."""
    protocol, exposures = problem.protocol, problem.cohort.exposures
    facts, nodes = asked.facts.take(asked.fact), [node.name for node in protocol.nodes]
    rules, attributes = [*protocol.rules, None], [*protocol.made(attribute_names), ""]
    about, words = _about(problem, asked)
    ongoing = np.append(exposures.end == End.ONGOING, False)[facts.exposure]
    ended = np.where(ongoing & (facts.missing == END), problem.as_of, FAR)
    columns = (*about, asked.node, now, then, ended)

    def say(rows: Index) -> list[str]:
        return [
            query_sentence(
                fact_question(
                    MISSING[missing], exposure_text(words[place]), attributes[attribute],
                    rules[rule],
                ),
                nodes[node], today, later, end, rules[rule],
            )
            for missing, place, attribute, rule, node, today, later, end in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        ]  # fmt: skip

    return told(columns, say)


class _Dates:
    """Dates that someone must find: overdue, unrecorded, and bookings that have passed."""

    def __init__(self, problem: Problem) -> None:
        """Of everybody."""
        timeline = problem.timeline
        past = (timeline.booked < problem.as_of) & (timeline.state == State.OPEN)
        wanted = (timeline.state == State.OVERDUE) | (timeline.state == State.UNRECORDED) | past
        self.problem, (self.who, self.node) = problem, np.nonzero(wanted)
        self._nodes = [node.name for node in problem.protocol.nodes]

    def rows(self) -> _QueryRows:
        """What is asked."""
        kind, none = np.full(len(self.who), DATE), np.full(len(self.who), -1)
        return _QueryRows(self.who, kind, none, self.node, (list(self._nodes), self.node))

    def sentences(self, strict: bool) -> Told:
        """The questions; each names the nodes whose days it settles, and the days."""
        timeline, nodes = self.problem.timeline, self._nodes
        state = timeline.state[self.who, self.node]
        booked = timeline.booked[self.who, self.node]
        days = settled_by(self.problem, self.who, self.node, strict)
        tails = [
            settles_text([(nodes[n], first, last) for n, first, last in days.get(row, [])])
            for row in range(len(self.who))
        ]
        places = {text: place for place, text in enumerate(dict.fromkeys(tails))}
        said, words = np.array([places[text] for text in tails], np.int64), list(places)
        columns = (self.node, state, booked, said)

        def say(rows: Index) -> list[str]:
            asked = zip(*(column[rows].tolist() for column in columns), strict=True)
            return [
                date_question(nodes[n], State(s).name.lower(), day) + words[settles]
                for n, s, day, settles in asked
            ]

        return told(columns, say)


def _test_rows(tests: Sequence[tuple[int, int, int, str, str]]) -> _QueryRows:
    """Days of tests that someone must find."""
    who, rule, node = (np.array([row[i] for row in tests], np.int64) for i in range(3))
    items: list[str | None] = [row[3] for row in tests]
    return _QueryRows(who, np.full(len(tests), DATE), rule, node, (items, np.arange(len(tests))))
