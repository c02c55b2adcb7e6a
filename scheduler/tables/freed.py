"""Which days would be permitted if one missing fact turned out in favour.

Every question is a row of the same engine: a copy of the participant in which that one fact is
settled in favour, solved together with all others.
Source: docs/semantics.md, section 3.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from scheduler.arrays import Flags, Index, Texts
from scheduler.binding.cohort import Cohort, End, Exposures
from scheduler.engine import Pass, Problem, build_problem
from scheduler.engine.domains import solve_pass
from scheduler.engine.found_days import FoundDays, Pieces
from scheduler.rules.counting import Counting, asked_alike
from scheduler.rules.forbidden import Spans, join_spans
from scheduler.rules.forms import joint_makers
from scheduler.rules.spans import real_spans
from scheduler.tables.missing_facts import (
    ATTRIBUTE,
    BIRTH_DATE,
    DECISION,
    END,
    HALF_LIFE,
    LONG,
    SHORT,
    START,
    Facts,
    attribute_names,
)

_NEITHER = "\0none of these"  # an attribute value that no condition can list


def freed_days(problem: Problem, facts: Facts, strict: bool) -> FoundDays | None:
    """The permitted days that every fact allows, one row a fact; None without any fact.

    An attribute that is blank may have any value that a condition lists, or none of them: each
    is a copy of its own, for one value answers all rules that read the cell.
    """
    if not len(facts):
        return None
    of, values = _values(problem, facts)
    solved = _solved(problem, facts.take(of), values, strict)
    if len(of) == len(facts):
        return solved
    found = FoundDays(problem.site_base[facts.participant], solved)
    found.add(solved, partial(_owned, solved, of, len(facts)), of)
    return found


def _owned(solved: FoundDays, of: Index, facts: int) -> list[Pieces]:
    """The days of all copies of a fact as those of the fact."""
    cells = np.arange(max(solved) + 1)[:, None] * facts + of
    return [pieces.of(cells.ravel()) for pieces in solved.cells()]


def _values(problem: Problem, facts: Facts) -> tuple[Index, Texts]:
    """The copies of every fact: whose they are, and the value that the blank cell has in each."""
    names, protocol = problem.protocol.made(attribute_names), problem.protocol
    conditions = [one.only for one in protocol.rules]
    conditions += [one.only for one in protocol.nodes] + [one.only for one in protocol.gaps]
    events = np.append(problem.cohort.exposures.event_name.cells, "")
    of: list[int] = []
    values: list[str] = []
    columns = (facts.missing, facts.exposure, facts.attribute, facts.wish)
    for row, (missing, exposure, attribute, wish) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        listed: tuple[str, ...] = ("",)
        if missing == ATTRIBUTE and exposure >= 0 and wish != SHORT:
            listed = (_NEITHER,)  # an exposure that a rule requires must not be exempt
        elif missing == ATTRIBUTE and exposure >= 0:
            listed = _listed(
                rule.exempt.get(names[attribute], ())
                for rule in protocol.rules
                if events[exposure] in rule.events
            )
        elif missing == ATTRIBUTE:
            listed = (*_listed(only.get(names[attribute], ()) for only in conditions), _NEITHER)
        of += [row] * len(listed)
        values += listed
    return np.array(of, np.int64), np.array(values, object)


def _listed(values: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Every value that any of several conditions lists, once."""
    return tuple(dict.fromkeys(value for several in values for value in several))


def _solved(problem: Problem, facts: Facts, values: Texts, strict: bool) -> FoundDays:
    """The permitted days of a copy of the participant for every fact and value."""
    cohort, copied = problem.cohort.repeat(facts.participant)
    concerned = copied == facts.exposure[cohort.exposures.participant]
    cohort = _settled(problem, cohort, facts, values, concerned)
    pins = None if problem.pins is None else problem.pins[facts.participant]
    copy = build_problem(problem.protocol, cohort, problem.as_of, strict, pins)
    copy.tables.update(problem.tables)
    spans = _settled_spans(copy, facts, concerned)
    favour = np.zeros(copy.timeline.state.shape, bool)
    born = [node.index for node in problem.protocol.nodes if node.born]
    favour[:, born] = (facts.missing == BIRTH_DATE)[:, None]
    return solve_pass(Pass(replace(copy, spans=spans), cautious=True, favour=favour)).days


def _settled_spans(copy: Problem, facts: Facts, concerned: Flags) -> Spans:
    """The spans of the copies, less what the facts of tables cannot say."""
    spans = _together_again(copy, facts, concerned)
    missing, decides = facts.missing[spans.participant], facts.decides[spans.participant]
    decided, own = decides == spans.rule, spans.exposure < 0
    rules = copy.protocol.rules
    together = np.array([rule.traits.together for rule in rules], bool)[spans.rule]
    limits = np.array([rule.traits.together and not rule.needed for rule in rules], bool)
    age = np.array([rule.traits.of_ages for rule in copy.protocol.rules], bool)[spans.rule]
    gone = (missing == DECISION) & decided & ~spans.certain
    alike = decides == asked_alike(copy.protocol)[spans.rule]
    gone |= (missing == START) & alike & own
    point = np.append(concerned & copy.cohort.exposures.single, False)[spans.exposure]
    point &= (facts.wish[spans.participant] == SHORT) & ~together
    certain = ((missing == BIRTH_DATE) & age) | ((missing == START) & point)
    certain |= (missing == DECISION) & decided & limits[spans.rule]
    settled = replace(
        spans,
        first=np.where(certain, spans.certain_first, spans.first),
        last=np.where(certain, spans.certain_last, spans.last),
    )
    return settled.take(~gone)


def _together_again(copy: Problem, facts: Facts, concerned: Flags) -> Spans:
    """The spans, those of rules that weigh exposures together made again where the day of a point
    is asked for: on no one day is it in favour of all days.
    """
    exposures, rules = copy.cohort.exposures, copy.protocol.rules
    points = concerned & exposures.single & (facts.missing[exposures.participant] == START)
    numbers = [i for i, rule in enumerate(rules) if rule.traits.together]
    if not points.any() or not numbers:
        return copy.spans
    counting = Counting(copy.protocol, copy.cohort)
    known = joint_makers(copy.protocol, copy.cohort, copy.timeline, counting, points)
    silence = (copy.spans.exposure < 0) & ~np.array([r.needed for r in rules])[copy.spans.rule]
    kept = copy.spans.take(~np.isin(copy.spans.rule, numbers) | silence)
    again = [known[rules[number].form].spans(number, rules[number]) for number in numbers]
    return real_spans(join_spans([kept, *again]))


def _settled(
    problem: Problem, cohort: Cohort, facts: Facts, values: Texts, concerned: Flags
) -> Cohort:
    """The copies with each one's fact settled in favour, as far as the tables can say it.

    `concerned` marks the exposure of each copy that its fact is about.
    """
    old = cohort.exposures
    missing = facts.missing[old.participant]
    exposures = _end_early(problem, old, facts, np.flatnonzero(concerned & (missing == END)))
    begun, wish = concerned & (missing == START) & ~old.single, facts.wish[old.participant]
    starts: dict[str, Any] = {
        name: np.where(begun & ((wish == SHORT) == (side == "first")), other, own)
        for name, side, own, other in (
            ("start_first", "first", old.start_first, old.start_last),
            ("start_last", "last", old.start_last, old.start_first),
            ("start_first_instant", "first", old.start_first_instant, old.start_last_instant),
            ("start_last_instant", "last", old.start_last_instant, old.start_first_instant),
        )
    }
    length = np.where(wish == LONG, np.inf, 0.0)
    half_life = np.where(concerned & (missing == HALF_LIFE), length, old.half_life)
    of_exposures, own = dict(old.attributes), dict(cohort.attributes)
    for place, name in enumerate(problem.protocol.made(attribute_names)):
        asked = (facts.missing == ATTRIBUTE) & (facts.attribute == place)
        about = np.flatnonzero(concerned & asked[old.participant])
        if len(about):
            told = values[old.participant[about]]
            of_exposures[name] = _with(of_exposures.get(name), len(old), about, told)
        people = np.flatnonzero(asked & (facts.exposure < 0))
        if len(people):
            own[name] = _with(own.get(name), len(cohort), people, values[people])
    exposures = replace(
        exposures, half_life=half_life, attributes=of_exposures, **starts,
    )  # fmt: skip
    return replace(cohort, exposures=exposures, attributes=own)


def _with(column: Texts | None, count: int, rows: Index, values: Texts) -> Texts:
    """A column of texts (a blank one where there is none) with other values in some rows."""
    changed = np.full(count, "", object) if column is None else column.copy()
    changed[rows] = values
    return changed


def _end_early(problem: Problem, exposures: Exposures, facts: Facts, rows: Index) -> Exposures:
    """An end in favour: the earliest it may be (the latest, where it has to have lasted); an
    ongoing course counts as ended on `as_of`.
    """
    first, first_instant = exposures.end_first.copy(), exposures.end_first_instant.copy()
    last, last_instant = exposures.end_last.copy(), exposures.end_last_instant.copy()
    ongoing = rows[exposures.end[rows] == End.ONGOING]
    first[ongoing] = np.maximum(problem.as_of, exposures.start_first[ongoing])
    people = facts.participant[exposures.participant[ongoing]]
    for zone, some in problem.timeline.by_zone(people):
        here = ongoing[some]
        first_instant[here] = zone.day_end(first[here])
    lasted = facts.wish[exposures.participant[rows]] == LONG
    longer, rows = rows[lasted], rows[~lasted]
    first[longer], first_instant[longer] = last[longer], last_instant[longer]
    last[rows], last_instant[rows] = first[rows], first_instant[rows]
    return replace(
        exposures, end_first=first, end_first_instant=first_instant, end_last=last,
        end_last_instant=last_instant,
    )  # fmt: skip
