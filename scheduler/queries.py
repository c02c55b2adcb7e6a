"""Open questions: each missing fact, and which days it would free if it turned out in favour.

Every question is a row of the same engine: a copy of the participant in which that one fact is
settled in favour, solved together with all others.
Source: docs/semantics.md, section 3; docs/contract.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from scheduler.attributes import Applies, applies, exempts
from scheduler.cohort import Cohort, End, Flags, Index
from scheduler.core.dayset import Runs
from scheduler.days import FAR
from scheduler.engine import Answer, Pass, Problem, build_problem
from scheduler.frames import Names, category, dates
from scheduler.protocol import Attributes, Form, Rule
from scheduler.spans import Spans
from scheduler.timeline import State
from scheduler.wording_reasons import date_question, query_sentence

MISSING = ("start", "end", "half_life", "attribute", "decision", "birth_date", "date")
_NEITHER = "\0none of these"  # an attribute value that no condition can list


@dataclass(frozen=True)
class Fact:
    """One missing fact of a participant: what it is, and the spans that hang on it.

    `exposure` is -1 where the fact is the participant's own; `attribute` names a blank one;
    `rules` are those the fact decides.
    """

    participant: int
    missing: str
    exposure: int
    attribute: str
    rules: tuple[int, ...]


def queries_frame(problem: Problem, answer: Answer, strict: bool, names: Names) -> pd.DataFrame:
    """One row a missing fact, rule and node that it matters to."""
    asked = list(dict.fromkeys(_asked(problem)))  # several spans may hang on one fact
    facts = list(dict.fromkeys(fact for fact, _, _ in asked))
    freed = _freed(problem, facts, strict)
    place = {fact: i for i, fact in enumerate(facts)}
    rows = []
    for fact, rule, node in asked:
        now = _earliest(answer.permitted.days[node], fact.participant)
        then = _earliest(freed[node], place[fact]) if node in freed else FAR
        item = _item(problem, fact)
        sentence = query_sentence(problem, fact, rule, node, now, then)
        rows.append((fact.participant, node, rule, fact.missing, item, now, then, sentence))
    rows += _dates(problem)
    rows.sort(key=lambda r: (r[0], r[1], r[2], MISSING.index(r[3]), r[4]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    return pd.DataFrame(
        {
            "participant": names.participant(np.array(columns[0], np.int64)),
            "missing": category(columns[3], MISSING),
            "item": pd.Series(columns[4], dtype="str"),
            "rule": names.rule(np.array(columns[2], np.int64)),
            "milestone": names.milestone(np.array(columns[1], np.int64)),
            "earliest_now": dates(np.array(columns[5], np.int64)),
            "earliest_if_clear": dates(np.array(columns[6], np.int64)),
            "sentence": pd.Series(columns[7], dtype="str"),
        }
    )


def _earliest(runs: Runs, row: int) -> int:
    return min(int(runs.first[runs.at[row]]), FAR)


def _asked(problem: Problem) -> Iterator[tuple[Fact, int, int]]:
    """Every fact with the rule and node that it matters to."""
    spans = problem.spans
    for row in np.flatnonzero(_matters(problem, spans)).tolist():
        rule_number, node = int(spans.rule[row]), int(spans.node[row])
        for fact in _facts(problem, row, problem.protocol.rules[rule_number]):
            yield fact, rule_number, node
    yield from _conditions(problem)


def _matters(problem: Problem, spans: Spans) -> Flags:
    """Spans of open nodes with an uncertain (or ongoing) part on days that are still to come."""
    open_node = problem.timeline.state[spans.participant, spans.node] == State.OPEN
    sure = spans.certain & (spans.sure_first <= spans.sure_last)
    low, high = problem.first, problem.last
    touches = (spans.first <= high) & (spans.last >= low)
    before = np.minimum(np.where(sure, spans.sure_first - 1, spans.last), spans.last)
    after = np.where(sure, spans.sure_last + 1, FAR)
    unsure = (spans.first <= before) & (before >= low) & (spans.first <= high)
    unsure |= sure & (after <= spans.last) & (after <= high)
    unsure |= spans.other_first != spans.other_sure
    exposures = problem.cohort.exposures
    told = spans.exposure >= 0
    ongoing = told.copy()
    ongoing[told] = exposures.end[spans.exposure[told]] == End.ONGOING
    return np.asarray(spans.possible & open_node & touches & (unsure | ongoing), bool)


def _facts(problem: Problem, row: int, rule: Rule) -> Iterator[Fact]:
    """The facts that an uncertain span hangs on."""
    spans, exposures = problem.spans, problem.cohort.exposures
    who, number, exposure = (
        int(spans.participant[row]),
        int(spans.rule[row]),
        int(spans.exposure[row]),
    )
    if exposure < 0:
        missing = "birth_date" if rule.form is Form.AGE else "start"
        rules = _age_rules(problem) if rule.form is Form.AGE else (number,)
        if (
            rule.form is not Form.AGE
            or problem.cohort.birth_first[who] != problem.cohort.birth_last[who]
        ):
            yield Fact(who, missing, -1, "", rules)
        return
    if _end_matters(problem, row):
        yield Fact(who, "end", exposure, "", ())
    unknown = exposures.start_first[exposure] < exposures.start_last[exposure]
    if unknown and _start_matters(problem, row):
        yield Fact(who, "start", exposure, "", ())
    if (
        rule.length is not None
        and rule.length.needs_half_life
        and np.isnan(exposures.half_life[exposure])
    ):
        yield Fact(who, "half_life", exposure, "", ())
    if not spans.certain[row]:
        yield from _undecided(problem, row, rule)


def _end_matters(problem: Problem, row: int) -> bool:
    """Whether days to come turn on the exposure's end."""
    spans, exposures = problem.spans, problem.cohort.exposures
    exposure = int(spans.exposure[row])
    if exposures.single[exposure]:
        return False
    if problem.protocol.rules[int(spans.rule[row])].form is Form.EVER:
        return False
    open_end = exposures.end[exposure] == End.ONGOING
    unknown = exposures.end_first[exposure] < exposures.end_last[exposure]
    after = max(int(spans.sure_last[row]) + 1, problem.first)
    return bool(open_end or (unknown and after <= min(int(spans.last[row]), problem.last)))


def _start_matters(problem: Problem, row: int) -> bool:
    """Whether days to come turn on the exposure's start."""
    spans = problem.spans
    if problem.cohort.exposures.single[int(spans.exposure[row])]:
        return True
    if spans.other_first[row] != spans.other_sure[row]:
        return True
    before = min(int(spans.sure_first[row]) - 1, int(spans.last[row]), problem.last)
    return bool(max(int(spans.first[row]), problem.first) <= before)


def _undecided(problem: Problem, row: int, rule: Rule) -> Iterator[Fact]:
    """Blank attributes and pending judgements behind a span that is not certain."""
    spans, exposures = problem.spans, problem.cohort.exposures
    who, number, exposure = (
        int(spans.participant[row]),
        int(spans.rule[row]),
        int(spans.exposure[row]),
    )
    one = np.array([exposure])
    for name, listed in rule.exempt.items():
        if exempts({name: listed}, exposures.attributes, one)[0] == Applies.UNKNOWN:
            yield Fact(who, "attribute", exposure, name, ())
    if rule.judgement and not _excluded(problem, row):
        yield Fact(who, "decision", -1, "", (number,))


def _excluded(problem: Problem, row: int) -> bool:
    """Whether the span is uncertain for another reason than a pending judgement."""
    decisions, spans = problem.cohort.decisions, problem.spans
    mine = (decisions.participant == spans.participant[row]) & (decisions.rule == spans.rule[row])
    named = (decisions.exposure < 0) | (decisions.exposure == spans.exposure[row])
    started = problem.cohort.exposures.start_last[spans.exposure[row]] <= decisions.day
    return bool((mine & decisions.exclude & named & (started | (decisions.exposure >= 0))).any())


def _conditions(problem: Problem) -> Iterator[tuple[Fact, int, int]]:
    """Blank attributes of participants that rules, gaps or visits ask for."""
    spans, protocol = problem.spans, problem.protocol
    for number, rule in enumerate(protocol.rules):
        for name in rule.only:
            blank = _blank(problem, rule.only, name)
            touched = np.flatnonzero((spans.rule == number) & blank[spans.participant])
            for row in touched[_matters(problem, spans.take(touched))].tolist():
                who, node = int(spans.participant[row]), int(spans.node[row])
                yield Fact(who, "attribute", -1, name, ()), number, node
    for node_ in protocol.nodes:
        for name in node_.only:
            blank = _blank(problem, node_.only, name)
            waiting = blank & (problem.timeline.state[:, node_.index] == State.OPEN)
            for who in np.flatnonzero(waiting).tolist():
                yield Fact(who, "attribute", -1, name, ()), -1, node_.index
    for link in problem.links:
        if link.end >= len(protocol.nodes):
            continue
        for name in link.only:
            blank = _blank(problem, link.only, name)
            waiting = blank & (problem.timeline.state[:, link.end] == State.OPEN)
            for who in np.flatnonzero(waiting).tolist():
                yield Fact(who, "attribute", -1, name, ()), -1, link.end


def _blank(problem: Problem, only: Attributes, name: str) -> Flags:
    """Participants whose blank value of one attribute leaves a condition open."""
    attributes, count = problem.cohort.attributes, len(problem.cohort)
    unknown = applies(only, attributes, count) == Applies.UNKNOWN
    values = attributes.get(name)
    return np.asarray(unknown if values is None else unknown & (values == ""), bool)


def _age_rules(problem: Problem) -> tuple[int, ...]:
    return tuple(n for n, r in enumerate(problem.protocol.rules) if r.form is Form.AGE)


def _item(problem: Problem, fact: Fact) -> str:
    """What the fact is about, as short text."""
    exposures = problem.cohort.exposures
    if fact.exposure >= 0:
        event, start = exposures.event_name[fact.exposure], exposures.start_text[fact.exposure]
        what = f"{event} {start}"
        return f"{fact.attribute} of {what}" if fact.attribute else what
    if fact.missing == "decision":
        return str(problem.protocol.rules[fact.rules[0]].id)
    if fact.missing == "start":
        return ", ".join(problem.protocol.rules[fact.rules[0]].forbid)
    return fact.attribute or fact.missing


def _freed(problem: Problem, facts: list[Fact], strict: bool) -> dict[int, Runs]:
    """The permitted days of a copy of the participant for every fact, settled in favour."""
    if not facts:
        return {}
    people = np.array([fact.participant for fact in facts], np.int64)
    cohort, copied = problem.cohort.repeat(people)
    cohort = _settled(problem, cohort, copied, facts)
    pins = None if problem.pins is None else problem.pins[people]
    copy = build_problem(problem.protocol, cohort, problem.as_of, strict, pins)
    copy.tables.update(problem.tables)
    kept = np.ones(len(copy.spans), bool)
    sure = np.zeros(len(copy.spans), bool)
    for place, fact in enumerate(facts):
        mine = copy.spans.participant == place
        if fact.missing == "decision":
            kept &= ~(mine & (copy.spans.rule == fact.rules[0]) & ~copy.spans.certain)
        elif fact.missing == "birth_date":
            sure |= mine & np.isin(copy.spans.rule, fact.rules)
        elif fact.missing == "start" and fact.exposure < 0:
            kept &= ~(mine & (copy.spans.rule == fact.rules[0]) & (copy.spans.exposure < 0))
        elif fact.missing == "start" and cohort.exposures.single.any():
            single = copied_rows(copy.spans, copied, fact.exposure) & mine
            sure |= single & _single(cohort, copy.spans)
    spans = copy.spans
    spans = replace(
        spans,
        first=np.where(sure, spans.sure_first, spans.first),
        last=np.where(sure, spans.sure_last, spans.last),
    )
    return Pass(replace(copy, spans=spans.take(kept)), worst=True).solve().days


def copied_rows(spans: Spans, copied: Index, exposure: int) -> Flags:
    """The spans of the copies of one exposure."""
    told = spans.exposure >= 0
    found = np.zeros(len(spans), bool)
    found[told] = copied[spans.exposure[told]] == exposure
    return found


def _single(cohort: Cohort, spans: Spans) -> Flags:
    told = spans.exposure >= 0
    found = np.zeros(len(spans), bool)
    found[told] = cohort.exposures.single[spans.exposure[told]]
    return found


def _settled(problem: Problem, cohort: Cohort, copied: Index, facts: list[Fact]) -> Cohort:
    """The copies with each one's fact settled in favour, as far as the tables can say it."""
    old = cohort.exposures
    columns = {
        name: getattr(old, name).copy()
        for name in (
            "start_first", "start_first_instant", "end_last", "end_last_instant", "end_first",
            "end_first_instant", "half_life",
        )
    }  # fmt: skip
    attributes = {name: values.copy() for name, values in old.attributes.items()}
    own = {name: values.copy() for name, values in cohort.attributes.items()}
    for place, fact in enumerate(facts):
        mine = np.flatnonzero((old.participant == place) & (copied == fact.exposure))
        if fact.missing == "end":
            _end_early(problem, cohort, columns, mine)
        elif fact.missing == "start" and len(mine) and not old.single[mine].any():
            columns["start_first"][mine] = old.start_last[mine]
            columns["start_first_instant"][mine] = old.start_last_instant[mine]
        elif fact.missing == "half_life":
            columns["half_life"][mine] = 0.0
        elif fact.missing == "attribute" and fact.exposure >= 0:
            values = attributes.setdefault(fact.attribute, np.full(len(old), "", object))
            values[mine] = _exempting(problem, fact)
        elif fact.missing == "attribute":
            values = own.setdefault(fact.attribute, np.full(len(cohort), "", object))
            values[place] = _NEITHER
    exposures = replace(old, attributes=attributes, **columns)
    return replace(cohort, exposures=exposures, attributes=own)


def _end_early(
    problem: Problem, cohort: Cohort, columns: dict[str, np.ndarray], mine: Index
) -> None:
    """An end in favour: the earliest it may be; an ongoing course counts as ended on `as_of`."""
    exposures = cohort.exposures
    for row in mine.tolist():
        if exposures.end[row] == End.ONGOING:
            zone = problem.timeline.zones[int(problem.timeline.zone_of[0])]
            day = max(problem.as_of, int(exposures.start_first[row]))
            for name in ("end_first", "end_last"):
                columns[name][row] = day
            instant = int(zone.day_end(np.array([day]))[0])
            columns["end_first_instant"][row] = columns["end_last_instant"][row] = instant
        else:
            columns["end_last"][row] = exposures.end_first[row]
            columns["end_last_instant"][row] = exposures.end_first_instant[row]


def _exempting(problem: Problem, fact: Fact) -> str:
    """A value of the attribute that exempts the exposure."""
    event = str(problem.cohort.exposures.event_name[fact.exposure])
    for rule in problem.protocol.rules:
        if event in rule.forbid and fact.attribute in rule.exempt:
            return rule.exempt[fact.attribute][0]
    return ""


def _dates(problem: Problem) -> list[tuple[int, int, int, str, str, int, int, str]]:
    """Dates that someone must find: overdue, unrecorded, and bookings that have passed."""
    timeline = problem.timeline
    past = (timeline.booked < problem.as_of) & (timeline.state == State.OPEN)
    wanted = (timeline.state == State.OVERDUE) | (timeline.state == State.UNRECORDED) | past
    rows = []
    for who, node in zip(*np.nonzero(wanted), strict=True):
        name = problem.protocol.nodes[int(node)].name
        booked = int(timeline.booked[who, node])
        text = date_question(name, State(int(timeline.state[who, node])).name.lower(), booked)
        rows.append((int(who), int(node), -1, "date", name, FAR, FAR, text))
    return rows
