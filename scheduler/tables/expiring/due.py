"""The table of tests: until when the last one is valid, and from when to when a new one is due.

Source: docs/semantics.md, section 3 ("Tests that expire"); docs/frames.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.binding.cohort import Status
from scheduler.days import FAR, Days
from scheduler.days.working import WorkingDays
from scheduler.protocol import Rule
from scheduler.rules.conditions import Applies
from scheduler.rules.counting import Counting
from scheduler.rules.expiring import ExpiringMaker
from scheduler.rules.forms import makers
from scheduler.rules.recorded import State
from scheduler.tables.columns import category_column, date_column
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved

STATES = (
    "valid", "booked", "due", "repeat", "outlived", "undetermined", "no_day", "covered", "lacking",
    "closed", "not_applicable", "unrecorded",
)  # fmt: skip
(
    _VALID, _BOOKED, _DUE, _REPEAT, _OUTLIVED, _UNSURE, _NO_DAY, _COVERED, _LACKING, _CLOSED, _NOT,
    _UNRECORDED,
) = range(len(STATES))  # fmt: skip
_NO_HALF_LIFE = np.zeros(1)


def tests_frame(solved: Solved) -> Frame:
    """One row a participant, a test and a node that it is for, for the node's day.

    The day is the recorded, booked or recommended one.
    """
    protocol, count = solved.protocol, len(solved.cohort)
    rules = [rule for rule in protocol.rules if rule.test is not None]
    parts = [_Needed(solved, rule).columns() for rule in rules]
    blank = np.zeros((0, count), np.int64)
    done, until, first, last, state = (
        np.stack([part[i] for part in parts]).T.ravel() if parts else blank.ravel()
        for i in range(5)
    )
    who = np.repeat(np.arange(count), len(rules))
    node = np.array([protocol.index[rule.node] for rule in rules], np.int64)
    places = {test.id: place for place, test in enumerate(protocol.tests)}
    test = np.array([places[rule.test.id] for rule in rules if rule.test], np.int64)
    return Frame(
        {
            "participant": solved.names.participant(who),
            "test": category_column(np.tile(test, count), [one.id for one in protocol.tests]),
            "node": solved.names.milestone(np.tile(node, count)),
            "last_done": date_column(done),
            "valid_until": date_column(until),
            "repeat_first": date_column(first),
            "repeat_last": date_column(last),
            "state": category_column(state, STATES),
        }
    )


@dataclass(frozen=True)
class _Cover:
    """Whose node a done test covers on its day."""

    surely: Flags
    perhaps: Flags


class _Needed:
    """One test for one node, for all participants."""

    def __init__(self, solved: Solved, rule: Rule) -> None:
        problem = solved.problem
        maker = makers(problem.protocol, problem.cohort, problem.timeline)[rule.form]
        assert isinstance(maker, ExpiringMaker) and rule.test is not None
        self.solved, self.problem, self.maker = solved, problem, maker
        self.test, self.node = rule.test, problem.protocol.index[rule.node]
        self.surely, self.perhaps = (maker.counted(self.test, sure) for sure in (True, False))
        self.verdict = Counting(problem.protocol, problem.cohort).verdict(rule)
        self.day = np.asarray(solved.dates.day[:, self.node], np.int64)
        self.state = problem.timeline.state[:, self.node]
        self.oldest = np.where(
            self.day < FAR, self.test.valid.back(np.where(self.day < FAR, self.day, 0)), FAR
        )

    def columns(self) -> tuple[Days, Days, Days, Days, Index]:
        """The last done test, until when it is valid, from when to when a new one, the state."""
        done, until = self._last()
        cover = self._cover()
        first, last = self._new(cover)
        return done, until, first, last, self._states(cover, first, done)

    def _last(self) -> tuple[Days, Days]:
        """The latest test that counts (FAR: none, or of an unknown day), and its last valid day."""
        who, first, last = self._before(self.surely)
        by = np.lexsort((last, first))
        done, until = np.full(len(self.day), FAR), np.full(len(self.day), FAR)
        done[who[by]] = np.where(first == last, first, FAR)[by]
        until[who[by]] = self.test.valid.first_clear(first, True, _NO_HALF_LIFE)[by] - 1
        return done, until

    def _before(self, tests: tuple[Index, Days, Days]) -> tuple[Index, Days, Days]:
        """Those that were not after the node, where it is done."""
        who, first, last = tests
        kept = (self.state[who] != State.DONE) | (first <= self.day[who])
        return who[kept], first[kept], last[kept]

    def _cover(self) -> _Cover:
        surely, perhaps = np.zeros(len(self.day), bool), np.zeros(len(self.day), bool)
        who, first, last = self.surely
        surely[who[(last <= self.day[who]) & (first >= self.oldest[who])]] = True
        who, first, last = self.perhaps
        perhaps[who[(first <= self.day[who]) & (last >= self.oldest[who])]] = True
        return _Cover(surely, perhaps | surely)

    def _new(self, cover: _Cover) -> tuple[Days, Days]:
        """The open days from the first to the last on which a new test would be in time."""
        first, last = np.full(len(self.day), FAR), np.full(len(self.day), FAR)
        wanted = (self.state == State.OPEN) & (self.day < FAR) & ~cover.surely
        wanted &= self.test.repeatable & (self.verdict != Applies.NO)
        begin = np.maximum(self.maker.since(self.test, True), self.oldest)
        cohort = self.problem.cohort
        for site in distinct_numbers(cohort.site[wanted]).tolist():
            rows = np.flatnonzero(wanted & (cohort.site == site))
            open_days = WorkingDays(cohort.sites[site].closed_days, cohort.sites[site])
            earliest = open_days.opening(begin[rows])
            latest = open_days.step(self.day[rows] + 1, -1)
            fits = earliest <= latest
            first[rows[fits]], last[rows[fits]] = earliest[fits], latest[fits]
        return first, last

    def _states(self, cover: _Cover, first: Days, done: Days) -> Index:
        verdict, had = self.verdict, np.zeros(len(self.day), bool)
        had[self.perhaps[0]] = True
        found = np.where(had, _REPEAT, _DUE)
        found[self._booked(first)] = _BOOKED
        found[first >= FAR] = _OUTLIVED
        found[cover.perhaps | (verdict == Applies.UNKNOWN)] = _UNSURE
        found[cover.surely] = _VALID
        found[self.day >= FAR] = _NO_DAY
        if not self.test.repeatable:
            found[~had & (verdict == Applies.YES)] = _UNRECORDED
        over = self.state == State.DONE
        found[over] = np.where(
            cover.surely, _COVERED, np.where(cover.perhaps | (verdict == Applies.UNKNOWN), _UNSURE,
            _LACKING),
        )[over]  # fmt: skip
        found[~over & (self.state != State.OPEN)] = _CLOSED
        found[(verdict == Applies.NO) | (self.state == State.ABSENT)] = _NOT
        return found

    def _booked(self, first: Days) -> Index:
        """Who has a test booked that will do."""
        tests = self.problem.cohort.tests
        place = self.problem.protocol.tests.index(self.test)
        rows = np.flatnonzero((tests.test == place) & (tests.status == Status.BOOKED))
        who, day = tests.participant[rows], tests.first[rows]
        return np.asarray(who[(day >= first[who]) & (day <= self.day[who])], np.int64)
