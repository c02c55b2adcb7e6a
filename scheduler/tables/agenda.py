"""What is due in the coming days, over all participants.

Source: docs/contract.md, the command `agenda`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from scheduler.arrays import Flags, Index, order
from scheduler.days import FAR, Days, day_of, iso
from scheduler.protocol import UNSCHEDULED
from scheduler.tables.columns import category_column, date_column, recoded
from scheduler.tables.frames import Dated, Frame, OneOf, Written
from scheduler.tables.lookups import rows_among
from scheduler.wording.expiring import test_sentence
from scheduler.wording.many_rows import Told, together, told
from scheduler.wording.rules import (
    booking_sentence,
    overdue_sentence,
    visit_sentence,
    window_sentence,
)

KINDS = (
    "overdue", "query", "booking", "visit", "window_opens", "window_closes", "duty_starts",
    "duty_ends", "task_late", "task_due", "test",
)  # fmt: skip
TABLES = (
    "schedule",
    "duties",
    "tasks",
    "queries",
    "bookings",
    "tests",
    "unscheduled",
)  # that an agenda is made of
_OPEN = ("booked", "planned", "none")
_FAILING = ("does_not_fit", "not_permitted", "waits_for_answer")
_UNDONE = ("open", "late", "undetermined")
_DAYS = (
    "first", "last", "date", "permitted_before", "permitted_after", "repeat_first", "repeat_last",
)  # fmt: skip
_LABELLED = ("milestone", "node", "test")


def compute_agenda(
    tables: Mapping[str, Frame], as_of: date, days: int, labels: Mapping[str, str] | None = None
) -> Frame:
    """What is due on `as_of` and the `days` - 1 days after it, in the words of `labels`?

    `tables` are those of TABLES of a plan. One row a thing to do.
    Visits stand on their day, windows on the days on which they open and close, duties on their
    first and last day, tasks on the day by which they are due; what is overdue, late, asked, or
    booked on a day that cannot stand is due on `as_of`.
    """
    first = day_of(as_of)
    due = _Due(tables, first, first + days - 1, labels or {})
    parts = [*due.schedule(), *due.duties(), *due.tasks(), due.queries(), due.bookings()]
    parts += [due.tests()] if "tests" in tables else []
    parts.append(due.unscheduled())
    day, who, kind, node = (
        np.concatenate([np.zeros(0, np.int64), *columns])
        for columns in zip(*((one.day, one.who, one.kind, one.node) for one in parts), strict=True)
    )
    schedule = tables["schedule"]
    steps = [*schedule.words("milestone"), UNSCHEDULED]
    at = np.where(node < 0, len(steps), node)  # what has no step comes last
    return Frame(
        {
            "date": date_column(day),
            "participant": category_column(who, schedule.words("participant")),
            "kind": category_column(kind, KINDS),
            "milestone": category_column(node, steps),
            "sentence": Written(*together([one.sentence for one in parts])),
        }
    ).take(order(day, who, kind, at))


class _DueRows(NamedTuple):
    """Rows of one kind as columns: who and node by their places, sentences each made once."""

    day: Days
    who: Index
    kind: Index
    node: Index
    sentence: Told


class _Due:
    """The rows of a plan's tables that fall on the days of an agenda."""

    def __init__(
        self, tables: Mapping[str, Frame], first: int, last: int, labels: Mapping[str, str]
    ) -> None:
        self.tables = tables
        self.first, self.last, self.labels = first, last, labels

    def schedule(self) -> Iterator[_DueRows]:
        """Visits on their day, windows that open or close, and what is overdue."""
        table = self.tables["schedule"]
        yield self._rows(
            "schedule", _days(table, "date", rows_among(table, "status", ("booked", "planned"))),
            "visit", visit_sentence, "milestone", "status", "time", "certainty", "assumption",
        )  # fmt: skip
        waiting = rows_among(table, "status", _OPEN)
        for column, kind in (("first", "window_opens"), ("last", "window_closes")):
            yield self._rows(
                "schedule", _days(table, column, waiting), kind, window_sentence,
                "milestone", "first", "last", "assumption", opens=kind == "window_opens",
            )  # fmt: skip
        late = self._now(rows_among(table, "status", ("overdue",)))
        yield self._rows("schedule", late, "overdue", overdue_sentence, "milestone", "last")

    def duties(self) -> Iterator[_DueRows]:
        """Duties on their first and last day."""
        for column, kind in (("first", "duty_starts"), ("last", "duty_ends")):
            days = _days(self.tables["duties"], column)
            yield self._rows("duties", days, kind, str, "sentence")

    def tasks(self) -> Iterator[_DueRows]:
        """Tasks that hang on recorded and booked dates: what is or may be late, and what is due."""
        table = self.tables["tasks"]
        undone = rows_among(table, "state", _UNDONE) & (_days(table, "done") == FAR)
        due = _days(table, "due", undone)
        yield self._rows("tasks", self._now(due < self.first), "task_late", str, "sentence")
        yield self._rows("tasks", due, "task_due", str, "sentence")

    def queries(self) -> _DueRows:
        """What is asked, on the day of the plan."""
        every = np.ones(len(self.tables["queries"]), bool)
        return self._rows("queries", self._now(every), "query", str, "sentence")

    def bookings(self) -> _DueRows:
        """Bookings that cannot stand; one whose day is past is a query already."""
        failing = rows_among(self.tables["bookings"], "state", _FAILING)
        return self._rows(
            "bookings", self._now(failing), "booking", booking_sentence,
            "milestone", "date", "time", "state", "permitted_before", "permitted_after",
        )  # fmt: skip

    def tests(self) -> _DueRows:
        """Tests that have to be made, or made again, from their first day on."""
        table = self.tables["tests"]
        asked = rows_among(table, "state", ("due", "repeat"))
        asked &= _days(table, "repeat_last") >= self.first
        due = np.maximum(_days(table, "repeat_first", asked), self.first)
        return self._rows(
            "tests", due, "test", test_sentence, "test", "node", "state", "repeat_first",
            "repeat_last", step="node",
        )  # fmt: skip

    def unscheduled(self) -> _DueRows:
        """Booked unscheduled visits on their day, after the planned ones; they are always kept."""
        table = self.tables["unscheduled"]
        return self._rows(
            "unscheduled", _days(table, "date", rows_among(table, "state", ("booked",))), "visit",
            visit_sentence, "milestone", "state", "time", certainty="",
        )  # fmt: skip

    def _now(self, rows: Flags) -> Days:
        """The day of the plan for the rows that are due on it."""
        return np.where(rows, self.first, FAR)

    def _rows(
        self, name: str, days: Days, kind: str, say: Callable[..., str], *columns: str,
        step: str = "milestone", **more: object,
    ) -> _DueRows:  # fmt: skip
        """The rows of a table whose day is due; a blank is no text."""
        due = np.flatnonzero((days >= self.first) & (days <= self.last))
        schedule, table = (
            self.tables["schedule"],
            self.tables[name].take(due, tuple(dict.fromkeys(("participant", step, *columns)))),
        )

        def make(rows: Index) -> list[str]:
            records = table.take(rows, columns).records()
            return [say(*(self._said(c, row[c]) for c in columns), **more) for row in records]

        return _DueRows(
            days[due],
            recoded(table["participant"], schedule.words("participant")),
            np.full(len(due), KINDS.index(kind)),
            recoded(table[step], [*schedule.words("milestone"), UNSCHEDULED]),
            told([_numbers(table, column) for column in columns], make),
        )

    def _said(self, name: str, cell: Any) -> str:
        """A cell as text: days in ISO, milestones and visits by their labels."""
        if name in _DAYS:
            return iso(cell) if cell != FAR else ""
        return self.labels.get(cell, cell) if name in _LABELLED else str(cell)


def _numbers(table: Frame, name: str) -> Index:
    """A column's cells as whole numbers, alike where they say the same."""
    column = table[name]
    if isinstance(column, Dated):
        return _days(table, name)
    assert isinstance(column, OneOf | Written)
    return column.distinct()[1]


def _days(table: Frame, name: str, rows: Flags | None = None) -> Days:
    """A column's days as numbers; FAR where there is none, and in other than the named rows."""
    column = table[name]
    assert isinstance(column, Dated)
    missing = np.isnat(column.seconds)
    if rows is not None:
        missing |= ~rows
    days = column.seconds.astype("M8[D]").astype(np.int64)
    return np.asarray(np.where(missing, FAR, days), np.int64)
