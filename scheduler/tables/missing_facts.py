"""Which facts are missing, and for which rules and nodes each one matters.

Source: docs/semantics.md, section 3; docs/contract.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct, distinct_numbers, pairs
from scheduler.binding.cohort import End
from scheduler.days import FAR
from scheduler.engine import Problem
from scheduler.protocol import Attributes, Protocol, Rule
from scheduler.rules.births import wait_for_births
from scheduler.rules.conditions import Applies, applies, exempts
from scheduler.rules.counting import Counting, asked_alike
from scheduler.rules.forbidden import Spans, not_recorded
from scheduler.rules.forms import joint_makers
from scheduler.rules.recorded import State
from scheduler.rules.turning import turning_on

MISSING = ("start", "end", "half_life", "attribute", "decision", "birth_date", "date")
START, END, HALF_LIFE, ATTRIBUTE, DECISION, BIRTH_DATE, DATE = range(len(MISSING))
# which answer is in favour: an exposure that ended early and began late (of a prohibition), one
# that lasted, or one that was early (of a rule that requires it)
SHORT, LONG, EARLY = range(3)


@dataclass(frozen=True, slots=True)
class Facts:
    """Missing facts as columns: of whom, what is missing (a place in MISSING), of which exposure.

    `exposure` is -1 where the fact is the participant's own; `attribute` is the place of a blank
    one among `attribute_names` (else -1); `decides` is the rule that a decision would decide, or
    the first of those that rows nobody recorded would (else -1); `wish`: the answer in favour.
    """

    participant: Index
    missing: Index
    exposure: Index
    attribute: Index
    decides: Index
    wish: Index

    def __len__(self) -> int:
        return len(self.participant)

    def columns(self) -> tuple[Index, ...]:
        """The columns in their order."""
        return (
            self.participant, self.missing, self.exposure, self.attribute, self.decides, self.wish
        )  # fmt: skip

    def take(self, rows: Index) -> "Facts":
        """The named rows."""
        return Facts(*(column[rows] for column in self.columns()))


@dataclass(frozen=True, slots=True)
class Asked:
    """Missing facts, each once; a row: the place of one, a rule (-1: none), a node it is for."""

    facts: Facts
    fact: Index
    rule: Index
    node: Index


def attribute_names(protocol: Protocol) -> list[str]:
    """The attributes that conditions and exemptions of a protocol ask for."""
    asking = [
        *(rule.exempt for rule in protocol.rules), *(rule.only for rule in protocol.rules),
        *(node.only for node in protocol.nodes), *(gap.only for gap in protocol.gaps),
    ]  # fmt: skip
    return list(dict.fromkeys(name for attributes in asking for name in attributes))


def asked_facts(problem: Problem) -> Asked:
    """Every fact with the rules and nodes that it matters to, each of these once.

    Rows about the same kind of fact stand in the order of the spans behind them.
    """
    finder = _FactFinder(problem)
    found = [*finder.behind_spans(), *finder.behind_conditions()]
    columns = [np.concatenate([part[i] for part in (_NOTHING, *found)]) for i in range(8)]
    once, _ = distinct(*columns)  # several spans may hang on one fact
    *told, rule, node = (column[once] for column in columns)
    first, place = distinct(*told)
    return Asked(Facts(*told).take(first), place, rule, node)


Part = tuple[Index, ...]  # the columns of facts, then rule and node
_NOTHING: Part = (np.zeros(0, np.int64),) * 8


def _part(
    who: Index, missing: int, rule: Index | int, node: Index | int,
    exposure: Index | int = -1, attribute: int = -1, decides: Index | int = -1, wish: int = 0,
) -> Part:  # fmt: skip
    columns = (who, missing, exposure, attribute, decides, wish, rule, node) if len(who) else ()
    return tuple(np.broadcast_to(np.asarray(c, np.int64), who.shape) for c in columns) or _NOTHING


class _FactFinder:
    def __init__(self, problem: Problem) -> None:
        self.problem, self.protocol, self.cohort = problem, problem.protocol, problem.cohort
        self.state = problem.timeline.state
        self.name = {name: i for i, name in enumerate(problem.protocol.made(attribute_names))}

    def behind_spans(self) -> Iterator[Part]:
        """What uncertain spans hang on."""
        spans = self.problem.spans
        spans = spans.take(np.flatnonzero(self._matters(spans)))
        if not len(spans):
            return
        own = spans.exposure < 0
        together = self._of_rules([rule.traits.together for rule in self.protocol.rules], spans)
        yield from self._own(spans.take(own))
        yield from self._of_exposures(spans.take(~own & ~together))
        asking = _Together(self.problem, self.name)
        for number in distinct_numbers(spans.rule[together]).tolist():
            yield from asking.facts(number, spans.take(spans.rule == number))

    def _own(self, spans: Spans) -> Iterator[Part]:
        """Birth dates, and rules of whose events nobody has told."""
        age = self._of_rules([rule.traits.of_ages for rule in self.protocol.rules], spans)
        first, last = self.cohort.birth_first, self.cohort.birth_last
        partial = spans.take(age & (first != last)[spans.participant])
        yield _part(partial.participant, BIRTH_DATE, partial.rule, partial.node)
        silent = spans.take(~age & self._untold(spans))
        one = asked_alike(self.protocol)[silent.rule]
        yield _part(silent.participant, START, silent.rule, silent.node, decides=one)

    def _untold(self, spans: Spans) -> Flags:
        """Whether nobody has told of any event of each span's rule."""
        untold = np.zeros(len(spans), bool)
        for number in distinct_numbers(spans.rule).tolist():
            mine, rule = spans.rule == number, self.protocol.rules[number]
            if rule.traits.of_exposures:
                silent = not_recorded(self.protocol, self.cohort, rule)
                untold[mine] = silent[spans.participant[mine]]
        return untold

    def _of_exposures(self, spans: Spans) -> Iterator[Part]:
        exposures, rules = self.cohort.exposures, self.protocol.rules
        wants = [rule.length is not None and rule.length.needs_half_life for rule in rules]
        unknown = np.isnan(exposures.half_life[spans.exposure])
        for missing, rows in (
            (END, self._end_matters(spans)),
            (START, self._start_matters(spans)),
            (HALF_LIFE, self._of_rules(wants, spans) & unknown),
        ):
            some = spans.take(rows)
            yield _part(some.participant, missing, some.rule, some.node, some.exposure)
        undetermined = spans.take(~spans.certain)
        yield from self._exemptions(undetermined)
        judged = undetermined.take(self._of_rules([rule.judgement for rule in rules], undetermined))
        judged = judged.take(~self._excluded(judged))
        yield _part(judged.participant, DECISION, judged.rule, judged.node, decides=judged.rule)

    def _exemptions(self, spans: Spans) -> Iterator[Part]:
        """Blank attributes of exposures that could exempt them."""
        for number, rule in enumerate(self.protocol.rules):
            for name, listed in rule.exempt.items():
                some = spans.take(spans.rule == number)
                exempt = exempts({name: listed}, self.cohort.exposures.attributes, some.exposure)
                found = some.take(exempt == Applies.UNKNOWN)
                yield _part(
                    found.participant, ATTRIBUTE, number, found.node, found.exposure,
                    self.name[name],
                )  # fmt: skip

    def behind_conditions(self) -> Iterator[Part]:
        """Blank attributes of participants that rules, visits or gaps ask for."""
        spans = self.problem.spans
        for number, rule in enumerate(self.protocol.rules):
            for name in rule.only:
                if not (blank := self._blank(rule.only, name)).any():
                    continue
                own = spans.take((spans.rule == number) & blank[spans.participant])
                own = own.take(self._matters(own))
                yield _part(own.participant, ATTRIBUTE, number, own.node, attribute=self.name[name])
        tied = [(node.only, node.index) for node in self.protocol.nodes]
        for only, node in tied + [(link.only, link.end) for link in self.problem.links]:
            for name in only if node < len(self.protocol.nodes) else ():
                who = np.flatnonzero(self._blank(only, name) & (self.state[:, node] == State.OPEN))
                yield _part(who, ATTRIBUTE, -1, node, attribute=self.name[name])
        yield from self._of_done_visits()
        one = self.problem
        for who, node in wait_for_births(one.protocol, one.timeline, one.links, one.gap_applies):
            yield _part(who, BIRTH_DATE, -1, node)

    def _of_done_visits(self) -> Iterator[Part]:
        """A done visit of whom nobody knows whether it is for them may bind what it hangs off."""
        for node in self.protocol.nodes:
            for name in node.only:
                waiting = self._blank(node.only, name) & (self.state[:, node.index] == State.DONE)
                who = np.flatnonzero(waiting & (self.state[:, node.anchor] == State.OPEN))
                yield _part(who, ATTRIBUTE, -1, node.anchor, attribute=self.name[name])

    def _blank(self, only: Attributes, name: str) -> Flags:
        """Participants whose blank value of one attribute leaves a condition open."""
        unknown = applies(only, self.cohort.attributes, len(self.cohort)) == Applies.UNKNOWN
        values = self.cohort.attributes.get(name)
        return np.asarray(unknown if values is None else unknown & (values == ""), bool)

    def _of_rules(self, flags: list[bool], spans: Spans) -> Flags:
        return np.asarray(np.array(flags, bool)[spans.rule], bool)

    def _matters(self, spans: Spans) -> Flags:
        """Spans of open nodes with an uncertain (or ongoing) part on days still to come."""
        open_node = self.state[spans.participant, spans.node] == State.OPEN
        certain = spans.certain & (spans.certain_first <= spans.certain_last)
        low, high = self.problem.first, self.problem.last
        touches = (spans.first <= high) & (spans.last >= low)
        before = np.minimum(np.where(certain, spans.certain_first - 1, spans.last), spans.last)
        after = np.where(certain, spans.certain_last + 1, FAR)
        undetermined = (spans.first <= before) & (before >= low) & (spans.first <= high)
        undetermined |= certain & (after <= spans.last) & (after <= high)
        undetermined |= spans.other_first != spans.other_certain
        ongoing = np.append(self.cohort.exposures.end == End.ONGOING, False)[spans.exposure]
        return np.asarray(spans.possible & open_node & touches & (undetermined | ongoing), bool)

    def _end_matters(self, spans: Spans) -> Flags:
        """Whether days to come turn on the exposure's end."""
        exposures, one = self.cohort.exposures, spans.exposure
        heeds = self._of_rules([rule.traits.heeds_ends for rule in self.protocol.rules], spans)
        unknown = exposures.end_first[one] < exposures.end_last[one]
        after = np.maximum(spans.certain_last + 1, self.problem.first)
        some = unknown & (after <= np.minimum(spans.last, self.problem.last))
        some |= exposures.end[one] == End.ONGOING
        return np.asarray(~exposures.single[one] & heeds & some, bool)

    def _start_matters(self, spans: Spans) -> Flags:
        """Whether days to come turn on the exposure's start."""
        exposures, one = self.cohort.exposures, spans.exposure
        unknown = exposures.start_first[one] < exposures.start_last[one]
        before = np.minimum(np.minimum(spans.certain_first - 1, spans.last), self.problem.last)
        some = np.maximum(spans.first, self.problem.first) <= before
        linked = spans.other_first != spans.other_certain
        return np.asarray(unknown & (exposures.single[one] | linked | some), bool)

    def _excluded(self, spans: Spans) -> Flags:
        """Whether spans are uncertain for another reason than a pending judgement."""
        decisions, rules = self.cohort.decisions, len(self.protocol.rules)
        row, one = pairs(
            spans.participant * rules + spans.rule, decisions.participant * rules + decisions.rule
        )
        exposure, named = spans.exposure[row], decisions.exposure[one]
        started = self.cohort.exposures.start_last[exposure] <= decisions.day[one]
        covers = np.where(named < 0, started, named == exposure)
        found = np.zeros(len(spans), bool)
        found[row[decisions.exclude[one] & covers]] = True
        return found


class _Together:
    """What rules hang on that weigh the exposures of a participant together."""

    def __init__(self, problem: Problem, place: dict[str, int]) -> None:
        self.problem, self.cohort, self.place = problem, problem.cohort, place
        self.counting = Counting(problem.protocol, problem.cohort)
        self.makers = joint_makers(
            problem.protocol, problem.cohort, problem.timeline, self.counting
        )

    def facts(self, number: int, spans: Spans) -> Iterator[Part]:
        """The facts that decide spans of one rule."""
        rule, exposures = self.problem.protocol.rules[number], self.cohort.exposures
        node = self.problem.protocol.index[rule.node]
        asked = np.zeros(len(self.cohort), bool)
        asked[spans.participant] = True
        rows = self.counting.exposures_of(rule)
        rows = rows[asked[exposures.participant[rows]]]
        exempt = exempts(rule.exempt, exposures.attributes, rows)
        rows, exempt = rows[exempt != Applies.YES], exempt[exempt != Applies.YES]
        wish = (EARLY if rule.traits.early else LONG) if rule.needed else SHORT
        for missing, some in self._dates(rule, rows):
            one = rows[some]
            yield _part(exposures.participant[one], missing, number, node, one, wish=wish)
        for name, listed in rule.exempt.items():
            blank = exempts({name: listed}, exposures.attributes, rows) == Applies.UNKNOWN
            one = rows[blank & (exempt == Applies.UNKNOWN)]
            yield _part(
                exposures.participant[one], ATTRIBUTE, number, node, one, self.place[name],
                wish=wish,
            )  # fmt: skip
        if rule.judgement:
            undecided = distinct_numbers(self._undecided(number, rule, spans, rows))
            yield _part(undecided, DECISION, number, node, decides=number)

    def _undecided(self, number: int, rule: Rule, spans: Spans, rows: Index) -> Index:
        """Participants whom the investigator has to decide on."""
        if rule.needed:
            decided = self.makers[rule.form].decided(number)[0]
            return spans.participant[~decided[spans.participant]]
        decided = self.counting.decided(number, rows)[0]
        return self.cohort.exposures.participant[rows[~decided]]

    def _dates(self, rule: Rule, rows: Index) -> Iterator[tuple[int, Flags]]:
        """Which exposures' starts, ends and half-lives days to come turn on."""
        exposures, traits = self.cohort.exposures, rule.traits
        days = self.problem.first, self.problem.last
        begins, ends = turning_on(self.makers[rule.form], rule, rows, days)
        single = exposures.single[rows]
        vague_start = exposures.start_first[rows] < exposures.start_last[rows]
        vague_end = exposures.end_first[rows] < exposures.end_last[rows]
        if rule.elapsed:
            instants = exposures.start_first_instant, exposures.start_last_instant
            vague_start |= instants[0][rows] < instants[1][rows]
        ongoing = (exposures.end[rows] == End.ONGOING) & (traits.early | (not rule.needed))
        by_end = traits.early and traits.heeds_ends  # it is the end that must be long ago
        heeded = begins if by_end else ends
        yield START, vague_start & (single & (begins | ends) | (begins & (not by_end)))
        yield END, ~single & traits.heeds_ends & (ongoing | (vague_end & heeded))
        needs = rule.length is not None and rule.length.needs_half_life
        yield HALF_LIFE, np.isnan(exposures.half_life[rows]) & needs
