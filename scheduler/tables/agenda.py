"""What is due in the coming days, over all participants.

Source: docs/contract.md, the command `agenda`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np

from scheduler.arrays import order
from scheduler.days import FAR, day_of, iso
from scheduler.tables.columns import category, date_column, text_column
from scheduler.tables.frames import Frame
from scheduler.wording.expiring import test_sentence
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
)  # that an agenda is made of
_OPEN = ("booked", "planned", "none")
_FAILING = ("does_not_fit", "not_permitted", "waits_for_answer")
_UNDONE = ("open", "late", "undetermined")
_DAYS = (
    "first", "last", "date", "permitted_before", "permitted_after", "repeat_first", "repeat_last",
)  # fmt: skip
Row = tuple[int, str, str, str, str]


def compute_agenda(
    tables: Mapping[str, Frame], as_of: date, days: int, labels: Mapping[str, str] | None = None
) -> Frame:
    """What is due on `as_of` and the `days` - 1 days after it, in the words of `labels`?

    `tables` are a plan's schedule, duties, tasks, queries and bookings. One row a thing to do.
    Visits stand on their day, windows on the days on which they open and close, duties on their
    first and last day, tasks on the day by which they are due; what is overdue, late, asked, or
    booked on a day that cannot stand is due on `as_of`.
    """
    first = day_of(as_of)
    due = _Due(tables, first, first + days - 1, labels or {})
    parts = [*due.schedule(), *due.duties(), *due.tasks(), due.queries(), due.bookings()]
    parts.append(due.tests())
    rows = [row for part in parts for row in part]
    day, people, kinds, nodes, sentences = list(zip(*rows, strict=True)) or [()] * 5
    who, node = (
        category(cells, tables["schedule"].words(name))
        for name, cells in (("participant", people), ("milestone", nodes))
    )
    number, kind = np.array(day, np.int64), category(kinds, KINDS)
    at = np.where(node.codes < 0, len(node.among.words), node.codes)  # what has no step comes last
    return Frame(
        {
            "date": date_column(number), "participant": who, "kind": kind, "milestone": node,
            "sentence": text_column(sentences),
        }
    ).take(order(number, who.codes, kind.codes, at))  # fmt: skip


class _Due:
    """The rows of a plan's tables that fall on the days of an agenda."""

    def __init__(
        self, tables: Mapping[str, Frame], first: int, last: int, labels: Mapping[str, str]
    ) -> None:
        self.rows = {name: tables[name].records() for name in TABLES if name in tables}
        self.first, self.last, self.labels = first, last, labels

    def schedule(self) -> Iterator[Iterable[Row]]:
        """Visits on their day, windows that open or close, and what is overdue."""
        every = self.rows["schedule"]
        yield self._rows(
            [row for row in every if row["status"] in ("booked", "planned")], "date", "visit",
            visit_sentence, "milestone", "status", "time", "certainty", "assumption",
        )  # fmt: skip
        waiting = [row for row in every if row["status"] in _OPEN]
        for column, kind in (("first", "window_opens"), ("last", "window_closes")):
            yield self._rows(
                waiting, column, kind, window_sentence,
                "milestone", "first", "last", "assumption", opens=kind == "window_opens",
            )  # fmt: skip
        late = [row for row in every if row["status"] == "overdue"]
        yield self._rows(late, "", "overdue", overdue_sentence, "milestone", "last")

    def duties(self) -> Iterator[Iterable[Row]]:
        """Duties on their first and last day."""
        yield self._rows(self.rows["duties"], "first", "duty_starts", str, "sentence")
        yield self._rows(self.rows["duties"], "last", "duty_ends", str, "sentence")

    def tasks(self) -> Iterator[Iterable[Row]]:
        """Tasks that hang on recorded and booked dates: what is or may be late, and what is due."""
        undone = [
            row for row in self.rows["tasks"] if row["state"] in _UNDONE and row["done"] == FAR
        ]
        past = [row for row in undone if row["due"] < self.first]
        yield self._rows(past, "", "task_late", str, "sentence")
        yield self._rows(undone, "due", "task_due", str, "sentence")

    def queries(self) -> Iterable[Row]:
        """What is asked, on the day of the plan."""
        return self._rows(self.rows["queries"], "", "query", str, "sentence")

    def bookings(self) -> Iterable[Row]:
        """Bookings that cannot stand; one whose day is past is a query already."""
        some = [row for row in self.rows["bookings"] if row["state"] in _FAILING]
        return self._rows(
            some, "", "booking", booking_sentence,
            "milestone", "date", "time", "state", "permitted_before", "permitted_after",
        )  # fmt: skip

    def tests(self) -> Iterable[Row]:
        """Tests that have to be made, or made again, from their first day on."""
        some = [
            {**row, "milestone": row["node"], "due": max(row["repeat_first"], self.first)}
            for row in self.rows.get("tests", ())
            if row["state"] in ("due", "repeat") and row["repeat_last"] >= self.first
        ]
        return self._rows(
            some, "due", "test", test_sentence, "test", "milestone", "state", "repeat_first",
            "repeat_last",
        )  # fmt: skip

    def _rows(
        self, rows: Iterable[Mapping[str, Any]], day: str, kind: str, say: Callable[..., str],
        *columns: str, **more: object,
    ) -> Iterator[Row]:  # fmt: skip
        """The rows of one kind whose day is due (without one: `as_of`); a blank is no text."""
        for row in rows:
            at = row[day] if day else self.first
            if self.first <= at <= self.last:
                facts = [self._said(name, row[name]) for name in columns]
                yield at, row["participant"], kind, row["milestone"], say(*facts, **more)

    def _said(self, name: str, cell: Any) -> str:
        """A cell as text: days in ISO, milestones and visits by their labels."""
        if name in _DAYS:
            return iso(cell) if cell != FAR else ""
        return self.labels.get(cell, cell) if name in ("milestone", "test") else str(cell)
