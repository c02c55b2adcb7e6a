"""Open questions: each missing fact, and which days it would free if it turned out in favour.

Source: docs/semantics.md, section 3; docs/contract.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Index, distinct_numbers, order
from scheduler.binding.cohort import End
from scheduler.core.dayset import Runs
from scheduler.days import FAR, Days
from scheduler.engine import Answer, Problem
from scheduler.engine.found_days import FoundDays
from scheduler.engine.settling import settled_by
from scheduler.rules.recorded import State
from scheduler.tables.columns import NameColumns, category_column, date_column, texts
from scheduler.tables.expiring.facts import test_questions
from scheduler.tables.frames import Frame
from scheduler.tables.freed import freed_days
from scheduler.tables.missing_facts import (
    DATE,
    END,
    MISSING,
    Asked,
    Facts,
    asked_facts,
    attribute_names,
)
from scheduler.tables.solved import Solved
from scheduler.wording.exposures import ExposureTexts
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


def queries_frame(solved: Solved) -> Frame:
    """One row a missing fact, rule and node that it matters to."""
    problem, answer, names = solved.problem, solved.answer, solved.names
    asked = asked_facts(problem)
    freed = freed_days(problem, asked.facts, solved.strict)
    facts = asked.facts.take(asked.fact)
    now = _earliest(answer.permitted.days, asked.node, facts.participant, len(problem.cohort))
    then = np.full(len(now), FAR)
    if freed is not None:
        then = _earliest(freed, asked.node, asked.fact, len(asked.facts))
    helps = _helps(problem, answer, asked, freed)
    return _frame(
        [
            _told_facts(problem, asked, facts, now, then, helps),
            _dates(problem, solved.strict),
            _tests(solved),
        ],
        names,
    )


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
    """Rows of the table as columns."""

    participant: Index
    missing: Index
    rule: Index
    node: Index
    now: Days
    then: Days
    helps: Index
    item: Told
    sentence: Told


def _told_facts(
    problem: Problem, asked: Asked, facts: Facts, now: Days, then: Days, helps: Index
) -> _QueryRows:
    """The rows of missing facts."""
    protocol, exposures = problem.protocol, problem.cohort.exposures
    rules, nodes = [*protocol.rules, None], [node.name for node in protocol.nodes]
    attributes = [*attribute_names(protocol), ""]
    written = ExposureTexts(problem, facts.exposure)
    words = written.words
    ongoing = np.append(exposures.end == End.ONGOING, False)[facts.exposure]
    ended = np.where(ongoing & (facts.missing == END), problem.as_of, FAR)
    about = (facts.missing, written.place, facts.attribute, asked.rule)
    columns = (*about, asked.node, now, then, ended)

    def items(rows: Index) -> list[str]:
        return [
            fact_item(MISSING[missing], words[place], attributes[attribute], rules[rule])
            for missing, place, attribute, rule in zip(
                *(column[rows].tolist() for column in about), strict=True
            )
        ]

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

    return _QueryRows(
        facts.participant, facts.missing, asked.rule, asked.node, now, then, helps,
        told(about, items),
        told(columns, say),
    )  # fmt: skip


def _dates(problem: Problem, strict: bool) -> _QueryRows:
    """Dates that someone must find: overdue, unrecorded, and bookings that have passed.

    Each names the nodes whose days it settles, and the days.
    """
    timeline, nodes = problem.timeline, [node.name for node in problem.protocol.nodes]
    past = (timeline.booked < problem.as_of) & (timeline.state == State.OPEN)
    wanted = (timeline.state == State.OVERDUE) | (timeline.state == State.UNRECORDED) | past
    who, node = np.nonzero(wanted)
    state, booked = timeline.state[who, node], timeline.booked[who, node]

    days = settled_by(problem, who, node, strict)
    tails = [
        settles_text([(nodes[n], first, last) for n, first, last in days.get(row, [])])
        for row in range(len(who))
    ]
    places = {text: place for place, text in enumerate(dict.fromkeys(tails))}
    said, words = np.array([places[text] for text in tails], np.int64), list(places)

    def say(rows: Index) -> list[str]:
        asked = zip(*(column[rows].tolist() for column in (node, state, booked, said)), strict=True)
        return [
            date_question(nodes[n], State(s).name.lower(), day) + words[settles]
            for n, s, day, settles in asked
        ]

    far, none = np.full(len(who), FAR), np.full(len(who), -1)
    return _QueryRows(
        who, np.full(len(who), DATE), none, node, far, far, np.full(len(who), _FREES),
        (list(nodes), node),
        told((node, state, booked, said), say),
    )  # fmt: skip


def _tests(solved: Solved) -> _QueryRows:
    """Days of tests that someone must find."""
    rows = list(test_questions(solved))
    who, rule, node = (np.array([row[i] for row in rows], np.int64) for i in range(3))
    far, place = np.full(len(rows), FAR), np.arange(len(rows))
    items: list[str | None] = [row[3] for row in rows]
    said: list[str | None] = [row[4] for row in rows]
    return _QueryRows(
        who, np.full(len(rows), DATE), rule, node, far, far, np.full(len(rows), _FREES),
        (items, place), (said, place),
    )  # fmt: skip


def _frame(parts: list[_QueryRows], names: NameColumns) -> Frame:
    who, missing, rule, node, now, then, helps = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("participant", "missing", "rule", "node", "now", "then", "helps")
    )
    items, item = together([part.item for part in parts])
    words, sentence = together([part.sentence for part in parts])
    rank = {text: i for i, text in enumerate(sorted(set(items)))}  # type: ignore[type-var]
    by = order(who, node, rule, missing, np.array([rank[text] for text in items], np.int64)[item])
    return Frame(
        {
            "participant": names.participant(who[by]),
            "missing": category_column(missing[by], MISSING),
            "item": texts(items, item[by]),
            "rule": names.rule(rule[by]),
            "milestone": names.milestone(node[by]),
            "earliest_now": date_column(now[by]),
            "earliest_if_clear": date_column(then[by]),
            "sentence": texts(words, sentence[by]),
            "helps": category_column(helps[by], HELPS),
        }
    )
