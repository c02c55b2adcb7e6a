"""The open questions that calendars show, and the day that each stands on.

Source: docs/calendars.md.
"""

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR
from scheduler.protocol import Protocol, Rule
from scheduler.rules.recorded import State
from scheduler.schedule.windows_left import WindowsLeft
from scheduler.tables.calendar.blocks import RowBlock, always, as_written
from scheduler.tables.columns import sentences
from scheduler.tables.frames import Written
from scheduler.tables.lookups import rows_among
from scheduler.tables.queries import queries_frame
from scheduler.tables.solved import Solved

_NO_STATUS, _OVERDUE, _PASSED = range(3)
_STATUS = ("", "overdue", "passed")


def told_by(protocol: Protocol, rule: Rule) -> str:
    """What a rule's name must not tell unasked: the names and labels of its events or its test."""
    if rule.test is not None:
        return f"{rule.test.id} {rule.test.label}"
    events = {event.name: event.label for event in protocol.events}
    return " ".join(f"{name} {events[name]}" for name in rule.events)


def question_rows(solved: Solved, firm: WindowsLeft) -> RowBlock:
    """Which questions are open, and until which day does an answer help?

    That is the last day of the window of the node that the question matters to. An overdue visit
    is asked about on the day after its window, an appointment that passed without a window on the
    day after it; `status` tells these two apart (`overdue`, `passed`).
    """
    asked, rules = solved.made(queries_frame), solved.protocol.rules
    who, node = asked.codes("participant"), asked.codes("milestone")
    status = _statuses(solved, who, node, rows_among(asked, "missing", ("date",)))
    certain = (status != _NO_STATUS) | firm.bound[who, node]
    day = np.where(
        certain,
        _days(solved, firm, who, node, status),
        _days(solved, solved.given, who, node, status),
    )
    shown = np.flatnonzero(day < FAR)
    asked, day, rule = asked.take(shown), day[shown], asked.codes("rule")[shown]
    missing, item = as_written(asked["missing"]), as_written(asked["item"])

    def events(rows: Index) -> list[str | None]:
        cells = zip(missing.take(rows).texts(), item.take(rows).texts(), strict=True)
        return [f"{what} {which}" for what, which in cells]

    said = as_written(asked["sentence"])
    assumed = np.array([*(bool(one.basis.assumption) for one in rules), False], bool)
    return RowBlock(
        who[shown],
        {
            "kind": always("query", len(shown)),
            "node": as_written(asked["milestone"]),
            "rule": Written([one.id for one in rules], rule),
            "event": sentences([missing.places, item.places], events),
            "first": day,
            "last": day,
            "status": Written(_STATUS, status[shown]),
            "assumption": assumed[rule],
            "source": Written([str(one.basis.source or "") for one in rules], rule),
            "sentence": Written([_question(word or "") for word in said.words], said.places),
            "basis": Written(["recommended", "recorded"], certain[shown].astype(np.int64)),
            "secrets": Written([told_by(solved.protocol, one) for one in rules], rule),
        },
    )


def _question(sentence: str) -> str:
    """The question alone: what an answer would free moves with the day of the solved."""
    question, mark, _ = sentence.partition("? ")
    return question + mark.strip()


def _statuses(solved: Solved, who: Index, node: Index, of_date: Flags) -> Index:
    """What a question about a date is: of an overdue visit, of a booking that passed."""
    timeline = solved.problem.timeline
    overdue = timeline.state[who, node] == State.OVERDUE
    passed = timeline.booked[who, node] < solved.problem.as_of
    found = np.where(overdue, _OVERDUE, np.where(passed, _PASSED, _NO_STATUS))
    return np.where(of_date, found, _NO_STATUS)


def _days(solved: Solved, given: WindowsLeft, who: Index, node: Index, status: Index) -> Index:
    """The day of each question; FAR where nothing is known to put it on."""
    last, nodes = given.last[who, node], solved.protocol.nodes
    stated = np.array([one.milestone or one.windowed for one in nodes], bool)[node]
    closes = given.bound[who, node] & (given.first[who, node] <= last) & stated
    booked = solved.problem.timeline.booked[who, node]
    ends = closes & (booked < last) & (last < solved.protocol.study.last_day)
    passed = np.where(ends, last, booked + 1)
    open_ = np.where(closes, last, FAR)
    return np.select([status == _OVERDUE, status == _PASSED], [last + 1, passed], open_)
