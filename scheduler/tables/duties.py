"""What participants must not do before and after the milestones that they are planned for.

Source: docs/semantics.md, section 3; docs/decisions/0011-duties-after-withdrawal.md.
"""

from collections.abc import Callable, Iterator

import numpy as np

from scheduler.arrays import Index, order
from scheduler.days import FAR, Length
from scheduler.engine import Problem
from scheduler.protocol import FIXED_NODES, Event, FormTraits, Rule
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.links import fixed_index
from scheduler.rules.moments import Moments
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule
from scheduler.schedule.windows_left import StandingDates
from scheduler.tables.bookings import rests_on
from scheduler.tables.columns import NameColumns, category_column, date_column, texts, times
from scheduler.tables.duty_ends import (
    BOOKED,
    DONE,
    FIXED,
    KEEP,
    KINDS,
    LAST_DAY,
    PERIOD,
    RECOMMENDED,
    STANDINGS,
    DutyRows,
    Ends,
    Stand,
    day_ends,
    instant_ends,
    kept_since,
    local,
    moments_at,
    told_length,
    under_way,
)
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved
from scheduler.wording.many_rows import Told, together, told
from scheduler.wording.rules import (
    between_sentence,
    conditions_text,
    half_life_text,
    kept_sentence,
    last_day_sentence,
    missing_half_life_text,
    period_sentence,
    standing_text,
)

Moment = tuple[int, int]  # a day and a minute of it, -1: the day alone
MakeRows = Callable[[int, Rule, int, Stand, Index, Index], DutyRows]
Maker = Callable[[str, int, Moment, Moment, bool], str]

_FIXED_LABELS = {"study_opens": "the study opens", "study_closes": "the study closes"}


def compute_duties(
    problem: Problem, schedule: Schedule, given_dates: StandingDates, names: NameColumns
) -> Frame:
    """Which exposures are allowed until when before each milestone, and which are forbidden after?

    One row a participant, rule and event of the rule: the last day (with its minute, in hour
    rules) before a booked or recommended milestone, or the period after a dated one. `basis` tells
    what the dates behind a row are. A last minute of 23:59 without a clock time is the day alone.
    Source: docs/semantics.md, section 3.
    """
    maker = _DutyMaker(problem, schedule, given_dates)
    parts = [part for i, rule in enumerate(problem.protocol.rules) for part in maker.rule(i, rule)]
    return _frame(problem, parts, names)


def duties_frame(solved: Solved) -> Frame:
    """What participants must keep to, given recorded, booked and recommended dates."""
    found = compute_duties(solved.problem, solved.standing, solved.dates, solved.names)
    listed, place = solved.made(rests_on)
    who, node = (found.codes(name) for name in ("participant", "milestone"))
    return found.assign(rests_on=texts(listed, np.where(node < 0, 0, place[who, node])))


class _DutyMaker:
    def __init__(self, problem: Problem, schedule: Schedule, given_dates: StandingDates) -> None:
        self.problem, self.protocol = problem, problem.protocol
        self.schedule, self.dates = schedule, given_dates
        self._stands: dict[str, Stand] = {}
        self.agents = {agent.name: agent for agent in problem.protocol.agents}

    def rule(self, number: int, rule: Rule) -> Iterator[DutyRows]:
        """The duties that one rule gives, event by event."""
        makers = self._makers_of(rule.traits)
        nothing = rule.elapsed and rule.length is not None and not rule.length.minutes
        if not makers or (nothing and not rule.inclusive):  # 0 hours ask for nothing
            return
        verdict = applies(rule.only, self.problem.cohort.attributes, len(self.problem.cohort))
        stand = self._stand(rule.node)
        dated = stand.usable & (stand.day < FAR) & (verdict != Applies.NO)
        ahead = dated & (stand.standing != DONE)
        of_whom = [(make, np.flatnonzero(ahead if open_ else dated)) for make, open_ in makers]
        for place in (self.protocol.event_index[name] for name in rule.events):
            for make, rows in of_whom:
                if len(rows):
                    yield make(number, rule, place, stand, rows, verdict)

    def _makers_of(self, traits: FormTraits) -> "list[tuple[MakeRows, bool]]":
        """What makes the duties of a form, and whether only where the node is not done."""
        kinds = (
            (traits.before and traits.reach, self._last_days, True),
            (traits.after and traits.reach, self._periods, False),
            (traits.pair, self._between, False),
            (traits.keeps, self._kept, True),
        )
        return [(make, open_) for given, make, open_ in kinds if given]

    def _stand(self, name: str) -> Stand:
        if name not in self._stands:
            self._stands[name] = self._stand_of(name)
        return self._stands[name]

    def _stand_of(self, name: str) -> Stand:
        index = fixed_index(self.protocol, name)
        count, study = len(self.problem.cohort), self.protocol.study
        if name in FIXED_NODES:
            day = np.full(count, (study.first_day, study.last_day)[FIXED_NODES.index(name)])
            standing, yes = np.full(count, FIXED, np.int64), np.ones(count, bool)
            return Stand(-1, _FIXED_LABELS[name], Moments(day, day, day), standing, yes)
        state = self.problem.timeline.state[:, index]
        done, is_open = state == State.DONE, state == State.OPEN
        day = np.where(is_open, self.schedule.day[:, index], FAR)
        kept = np.where(self.schedule.kept[:, index], BOOKED, RECOMMENDED)
        return Stand(
            index, self.protocol.nodes[index].label,
            moments_at(done, self.dates.moments, self.schedule.moments, day, index),
            np.where(done, DONE, kept), done | is_open,  # nobody who left: decision 0026
        )  # fmt: skip

    def _last_days(
        self, number: int, rule: Rule, place: int, stand: Stand, rows: Index, verdict: Index
    ) -> DutyRows:
        event = self.protocol.events[place]
        ends = self._ends(rule, event, stand, rows, after=False)
        clauses = self._clauses(rule, event, after=False)

        def make(milestone: str, day: int, last: Moment, other: Moment, undetermined: bool) -> str:
            return last_day_sentence(
                rule, event.label, milestone, last, other, clauses[undetermined]
            )

        told = self._told(rule, stand, rows, ends, verdict, make)
        nothing = np.full(len(rows), FAR)
        return DutyRows(
            number, place, LAST_DAY, rows, nothing, ends.last, ends.minute, stand.node,
            stand.day[rows], stand.standing[rows] != RECOMMENDED, told,
        )  # fmt: skip

    def _periods(
        self, number: int, rule: Rule, place: int, stand: Stand, rows: Index, verdict: Index
    ) -> DutyRows:
        event = self.protocol.events[place]
        ends = self._ends(rule, event, stand, rows, after=True)
        some = ends.last >= stand.day[rows]  # "within 0 days", exclusive, forbids nothing
        rows, ends = rows[some], ends.take(some)
        clauses = self._clauses(rule, event, after=True)

        def make(milestone: str, day: int, last: Moment, other: Moment, undetermined: bool) -> str:
            return period_sentence(
                rule, event.label, milestone, day, last, other, clauses[undetermined]
            )

        first, told = stand.day[rows], self._told(rule, stand, rows, ends, verdict, make)
        return DutyRows(
            number, place, PERIOD, rows, first, ends.last, ends.minute, stand.node, first,
            stand.standing[rows] != RECOMMENDED, told,
        )  # fmt: skip

    def _told(
        self, rule: Rule, stand: Stand, rows: Index, ends: Ends, verdict: Index, make: Maker
    ) -> Told:
        """The sentences of a part: its distinct ones, and which of them each row has."""
        columns = (
            *self._dated(stand, rows, rule.elapsed), ends.last, ends.minute, ends.other,
            ends.other_minute, verdict[rows] == Applies.UNKNOWN,
        )  # fmt: skip
        return told(
            columns,
            lambda some: [
                make(
                    standing_text(stand.label, day, clock, STANDINGS[standing]), day,
                    (last, minute), (other, other_minute), undetermined,
                )
                for day, clock, standing, last, minute, other, other_minute, undetermined in zip(
                    *(column[some].tolist() for column in columns), strict=True
                )
            ],
        )  # fmt: skip

    def _between(
        self, number: int, rule: Rule, place: int, stand: Stand, rows: Index, verdict: Index
    ) -> DutyRows:
        until = self._stand(rule.until)
        rows = rows[until.usable[rows] & (until.day >= stand.day)[rows]]
        event = self.protocol.events[place]
        undetermined = verdict[rows] == Applies.UNKNOWN
        columns = (*self._dated(stand, rows), *self._dated(until, rows), undetermined)
        sentence = told(
            columns,
            lambda some: [
                between_sentence(
                    rule, event.label,
                    standing_text(stand.label, day, clock, STANDINGS[standing]),
                    standing_text(until.label, other, other_clock, STANDINGS[other_standing]),
                    conditions_text(rule, undetermined),
                )
                for day, clock, standing, other, other_clock, other_standing, undetermined in zip(
                    *(column[some].tolist() for column in columns), strict=True
                )
            ],
        )  # fmt: skip
        certain = (until.standing[rows] != RECOMMENDED) | (until.day[rows] >= FAR)
        day = stand.day[rows]
        return DutyRows(
            number, place, PERIOD, rows, day, until.day[rows], np.full(len(rows), -1), stand.node,
            day, (stand.standing[rows] != RECOMMENDED) & certain, sentence,
        )  # fmt: skip

    def _kept(
        self, number: int, rule: Rule, place: int, stand: Stand, rows: Index, verdict: Index
    ) -> DutyRows:
        """What must go on until the node, of those who are on it."""
        event, day = self.protocol.events[place], stand.day
        since = kept_since(rule, day, self._half_life(event))
        rows = rows[under_way(self.problem.cohort.exposures, place, since, day)[rows]]
        columns = (*self._dated(stand, rows), since[rows], verdict[rows] == Applies.UNKNOWN)
        sentence = told(
            columns,
            lambda some: [
                kept_sentence(
                    rule, event.label, standing_text(stand.label, on, clock, STANDINGS[standing]),
                    begin, on, conditions_text(rule, unsure),
                )
                for on, clock, standing, begin, unsure in zip(*(c[some].tolist() for c in columns),
                                                              strict=True)
            ],
        )  # fmt: skip
        return DutyRows(
            number, place, KEEP, rows, since[rows], day[rows], np.full(len(rows), -1), stand.node,
            day[rows], stand.standing[rows] != RECOMMENDED, sentence,
        )  # fmt: skip

    def _ends(self, rule: Rule, event: Event, stand: Stand, rows: Index, after: bool) -> Ends:
        if rule.elapsed:
            return instant_ends(rule, self.problem.timeline, stand, rows, after)
        return day_ends(rule, self._half_life(event), stand, rows, after)

    def _half_life(self, event: Event) -> float | None:
        return self.protocol.agent_half_lives.get(event.name)

    def _clauses(self, rule: Rule, event: Event, after: bool) -> dict[bool, list[str]]:
        """What sentences add, where the rule surely applies and where that is not known."""
        assert rule.length is not None
        half_life = []
        if rule.length.needs_half_life:
            half_life = [self._half_life_clause(rule.length, event, after)]
        return {
            undetermined: half_life + conditions_text(rule, undetermined)
            for undetermined in (False, True)
        }

    def _half_life_clause(self, length: Length, event: Event, after: bool) -> str:
        if event.name in self.agents:
            return half_life_text(event.label, self.agents[event.name].text)
        told = told_length(length, None)
        earlier = (length.pick == "longer_of") != after
        return missing_half_life_text(event.label, "" if told is None else str(told), earlier)

    def _dated(self, stand: Stand, rows: Index, with_time: bool = False) -> tuple[Index, ...]:
        """The day of each row's milestone, its clock time (-1: none) and its kind of date."""
        minute = np.full(len(rows), -1)
        if with_time:
            minute = local(self.problem.timeline, stand.early[rows], stand.clocked(rows), rows)[1]
            minute = np.where(stand.clocked(rows), minute, -1)
        return stand.day[rows], minute, stand.standing[rows]


def _frame(problem: Problem, parts: list[DutyRows], names: NameColumns) -> Frame:
    none = np.zeros(0, np.int64)

    def joined(column: Callable[[DutyRows], Index]) -> Index:
        return np.concatenate([none, *(column(part) for part in parts)])

    who = joined(lambda part: part.participant)
    rule = joined(lambda part: np.full(len(part.participant), part.rule))
    event = joined(lambda part: np.full(len(part.participant), part.event))
    by = order(who, rule, event)
    kind = joined(lambda part: np.full(len(part.participant), part.kind))[by]
    recorded = joined(lambda part: part.recorded.astype(np.int64))[by]
    words, sentence = together([part.sentence for part in parts])
    events = [event.name for event in problem.protocol.events]
    return Frame(
        {
            "participant": names.participant(who[by]),
            "rule": names.rule(rule[by]),
            "event": category_column(event[by], events),
            "kind": category_column(kind, KINDS),
            "first": date_column(joined(lambda part: part.first)[by]),
            "last": date_column(joined(lambda part: part.last)[by]),
            "time": times(joined(lambda part: part.minute)[by]),
            "milestone": names.milestone(
                joined(lambda part: np.full(len(part.participant), part.node))[by]
            ),
            "milestone_date": date_column(joined(lambda part: part.milestone_day)[by]),
            "sentence": texts(words, sentence[by]),
            "basis": category_column(1 - recorded, ("recorded", "recommended")),
        }
    )
