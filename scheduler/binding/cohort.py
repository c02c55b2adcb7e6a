"""The cohort: a study's tables as arrays that the engine can work on, one row a participant.

binding/study.py fills it from a checked study; nothing here reads text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Flags, Index, Texts
from scheduler.core.dayset import spread
from scheduler.days import Days
from scheduler.days.clocks import Instants
from scheduler.study.sites import Site
from scheduler.study.text_columns import Coded


class Status(IntEnum):
    """What a row of `dates` says of a node."""

    DONE = 0
    BOOKED = 1
    MISSED = 2
    CANCELLED = 3


class End(IntEnum):
    """How an exposure's end was written."""

    WRITTEN = 0
    BLANK_POINT = 1
    BLANK_COURSE = 2
    ONGOING = 3
    UNKNOWN = 4


class Ended(IntEnum):
    """How a participant's time in the study ended."""

    NO = 0
    WITHDRAWN = 1
    SCREEN_FAILED = 2


@dataclass(frozen=True, slots=True)
class Exposures:
    """History rows that are exposures (rows that say "asked, none" are not), as columns.

    Start in start_first..start_last, end in end_first..end_last (day numbers; FAR: no end,
    -FAR: no beginning), never ending before it starts. `single` marks a point event whose start
    and end are one unknown day. The `*_instant` columns are the same four ends in minutes of UTC:
    the earliest and latest start, the earliest and latest end. `half_life` is in minutes, NaN
    where nobody states one. `row` is the row of the history table; `event` is -1 where no rule
    mentions it. `event_name`, `start_text` and `end_text` are as they were written.
    """

    participant: Index
    event: Index
    event_name: Coded
    start_first: Days
    start_last: Days
    end_first: Days
    end_last: Days
    start_first_instant: Instants
    start_last_instant: Instants
    end_first_instant: Instants
    end_last_instant: Instants
    single: Flags
    end: Index  # of End
    half_life: NDArray[np.float64]
    row: Index
    start_text: Coded
    end_text: Coded
    attributes: Mapping[str, Texts]

    def __len__(self) -> int:
        return len(self.participant)


@dataclass(frozen=True, slots=True)
class RecordedDates:
    """Recorded dates as columns; `node` is -1 for an unscheduled visit.

    `minute` is the minute of the local day, -1 where no time is told; `early` and `late` are the
    instant (two on an ambiguous local time), meaningless where `minute` is -1.
    """

    participant: Index
    node: Index
    day: Days
    minute: Days
    early: Instants
    late: Instants
    status: Index  # of Status
    row: Index


@dataclass(frozen=True, slots=True)
class EarlierDates:
    """Recorded dates of earlier attempts at screening, as columns; they are history.

    `node` counts on from the last node for tasks.
    """

    participant: Index
    attempt: Index
    node: Index
    day: Days
    minute: Days
    status: Index  # of Status
    row: Index


@dataclass(frozen=True, slots=True)
class RecordedTasks:
    """Tasks recorded as done, as columns; `item` is a place in the protocol's `task_items`.

    `day`, `minute`, `early` and `late` are as in `RecordedDates`.
    """

    participant: Index
    item: Index
    day: Days
    minute: Days
    early: Instants
    late: Instants
    row: Index


@dataclass(frozen=True, slots=True)
class RecordedTests:
    """Recorded dates of tests as columns; `test` is the place in the protocol's `tests`.

    The day is one of `first`..`last`; a booked one is known.
    """

    participant: Index
    test: Index
    first: Days
    last: Days
    status: Index  # of Status
    row: Index


@dataclass(frozen=True, slots=True)
class Decisions:
    """Investigators' decisions as columns; `exposure` is -1 where the decision names none."""

    participant: Index
    rule: Index
    exclude: Flags
    day: Days
    exposure: Index
    row: Index


@dataclass(frozen=True, slots=True)
class Cohort:
    """All participants of a study, bound to one protocol.

    `site` is the place in `sites` of each participant's calendar. `asked` are the pairs
    (participant, event) for which history holds any row, also one that says "asked, none".
    Attribute values are text; a blank, and the word `unknown`, is "".
    """

    ids: Texts
    birth_first: Days
    birth_last: Days
    site: Index
    sites: Sequence[Site]
    ended: Index  # of Ended
    ended_day: Days
    attributes: Mapping[str, Texts]
    exposures: Exposures
    dates: RecordedDates
    tests: RecordedTests
    tasks: RecordedTasks
    earlier: EarlierDates
    decisions: Decisions
    asked_participant: Index
    asked_event: Index
    attempt: Index

    def __len__(self) -> int:
        return len(self.ids)

    def repeat(self, people: Index) -> tuple["Cohort", Index]:
        """A cohort with one row for every entry of `people` (who may stand in it several times).

        Returns it with the exposure that each of its exposures was copied from.
        """
        exposures, copied = _repeat(self.exposures, len(self), people)
        decisions, _ = _repeat(self.decisions, len(self), people)
        dates, _ = _repeat(self.dates, len(self), people)
        tests, _ = _repeat(self.tests, len(self), people)
        tasks, _ = _repeat(self.tasks, len(self), people)
        earlier, _ = _repeat(self.earlier, len(self), people)
        named = np.flatnonzero(decisions.exposure >= 0)
        if len(named):  # the copies stand by their owner, and for each in the order of the rows
            keys = exposures.participant * len(self.exposures) + copied
            wanted = decisions.participant * len(self.exposures) + decisions.exposure
            moved = decisions.exposure.copy()
            moved[named] = np.searchsorted(keys, wanted[named])
            decisions = replace(decisions, exposure=moved)
        order = np.argsort(self.asked_participant, kind="stable")
        who, source = _join(self.asked_participant[order], len(self), people)
        return Cohort(
            self.ids[people], self.birth_first[people], self.birth_last[people], self.site[people],
            self.sites, self.ended[people], self.ended_day[people],
            {name: values[people] for name, values in self.attributes.items()},
            exposures, dates, tests, tasks, earlier, decisions, who,
            self.asked_event[order[source]], self.attempt[people],
        ), copied  # fmt: skip


def _join(participant: Index, count: int, people: Index) -> tuple[Index, Index]:
    """For rows sorted by participant: the new owner and the old row, for every entry of people."""
    begins = np.searchsorted(participant, np.arange(count + 1))
    return spread(begins[people], begins[people + 1])


def _repeat(table: Any, count: int, people: Index) -> tuple[Any, Index]:
    """A table of columns with the rows of every entry of `people`, and where they came from."""
    order = np.argsort(table.participant, kind="stable")
    who, row = _join(table.participant[order], count, people)
    source = order[row]
    columns: dict[str, Any] = {}
    for column in fields(table):
        value = getattr(table, column.name)
        if isinstance(value, Mapping):
            columns[column.name] = {name: part[source] for name, part in value.items()}
        elif isinstance(value, Coded):
            columns[column.name] = value.take(source)
        else:
            columns[column.name] = value[source]
    return type(table)(**columns | {"participant": who}), source
