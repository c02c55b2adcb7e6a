"""What is due in the coming days, over all participants.

Source: docs/contract.md, the command `agenda`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Protocol

import pandas as pd

from scheduler.tables.columns import category
from scheduler.wording.rules import (
    booking_sentence,
    overdue_sentence,
    visit_sentence,
    window_sentence,
)

KINDS = (
    "overdue", "query", "booking", "visit", "window_opens", "window_closes", "duty_starts",
    "duty_ends", "task_late", "task_due",
)  # fmt: skip
_OPEN = ("booked", "planned", "none")
_COLUMNS = ["date", "participant", "kind", "milestone", "sentence"]
Row = tuple[pd.Timestamp, str, str, str | None, str]


class Planned(Protocol):
    """The frames of a plan that an agenda looks at."""

    @property
    def as_of(self) -> date:
        """The day the plan is made for."""
        ...

    @property
    def schedule(self) -> pd.DataFrame:
        """The table schedule.csv."""
        ...

    @property
    def duties(self) -> pd.DataFrame:
        """The table duties.csv."""
        ...

    @property
    def tasks(self) -> pd.DataFrame:
        """The table tasks.csv."""
        ...

    @property
    def queries(self) -> pd.DataFrame:
        """The table queries.csv."""
        ...

    @property
    def bookings(self) -> pd.DataFrame:
        """The standing bookings and whether each can stand."""
        ...


def compute_agenda(
    plan: Planned, days: int, labels: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """What is due on `as_of` and the `days` - 1 days after it, in the words of `labels`?

    One row a thing to do. Visits stand on their day, windows on the days on which they open and
    close, duties on their first and last day, tasks on the day by which they are due; what is
    overdue, late, asked, or booked on a day that cannot stand is due on `as_of`.
    """
    first = pd.Timestamp(plan.as_of)
    last = first + pd.Timedelta(days=days - 1)
    due = _Due(plan, first, last, labels or {})
    parts = [*due.schedule(), *due.duties(), *due.tasks(), due.queries(), due.bookings()]
    rows = [row for part in parts for row in part]
    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    frame = pd.DataFrame(
        {
            "date": pd.Series(list(columns[0]), dtype="datetime64[s]"),
            "participant": _like(plan.schedule["participant"], columns[1]),
            "kind": category(columns[2], KINDS),
            "milestone": _like(plan.schedule["milestone"], columns[3]),
            "sentence": pd.Series(list(columns[4]), dtype="str"),
        }
    )
    return frame.sort_values(
        ["date", "participant", "kind", "milestone"], kind="stable", ignore_index=True
    )


class _Due:
    """The rows of a plan's tables that fall on the days of an agenda."""

    def __init__(
        self, plan: Planned, first: pd.Timestamp, last: pd.Timestamp, labels: Mapping[str, str]
    ) -> None:
        self.plan, self.first, self.last, self.labels = plan, first, last, labels

    def schedule(self) -> Iterator[Iterable[Row]]:
        """Visits on their day, windows that open or close, and what is overdue."""
        frame = self.plan.schedule
        yield self._rows(
            frame[frame["status"].isin(["booked", "planned"])], "date", "visit", visit_sentence,
            "milestone", "status", "time", "certainty", "assumption",
        )  # fmt: skip
        waiting = frame[frame["status"].isin(_OPEN)]
        for column, kind in (("first", "window_opens"), ("last", "window_closes")):
            yield self._rows(
                waiting, column, kind, window_sentence,
                "milestone", "first", "last", "assumption", opens=kind == "window_opens",
            )  # fmt: skip
        late = frame[frame["status"] == "overdue"].assign(on=self.first)
        yield self._rows(late, "on", "overdue", overdue_sentence, "milestone", "last")

    def duties(self) -> Iterator[Iterable[Row]]:
        """Duties on their first and last day."""
        yield self._rows(self.plan.duties, "first", "duty_starts", str, "sentence")
        yield self._rows(self.plan.duties, "last", "duty_ends", str, "sentence")

    def tasks(self) -> Iterator[Iterable[Row]]:
        """Tasks that hang on recorded and booked dates: what is or may be late, and what is due."""
        frame = self.plan.tasks
        frame = frame[frame["state"].isin(["open", "late", "undetermined"]) & frame["done"].isna()]
        past = frame[frame["due"] < self.first].assign(on=self.first)
        yield self._rows(past, "on", "task_late", str, "sentence")
        yield self._rows(frame, "due", "task_due", str, "sentence")

    def queries(self) -> Iterable[Row]:
        """What is asked, on the day of the plan."""
        frame = self.plan.queries.assign(on=self.first)
        return self._rows(frame, "on", "query", str, "sentence")

    def bookings(self) -> Iterable[Row]:
        """Bookings that cannot stand; one whose day is past is a query already."""
        frame = self.plan.bookings
        frame = frame[frame["state"].isin(["does_not_fit", "not_permitted", "waits_for_answer"])]
        return self._rows(
            frame.assign(on=self.first), "on", "booking", booking_sentence,
            "milestone", "date", "time", "state", "permitted_before", "permitted_after",
        )  # fmt: skip

    def _rows(
        self, frame: pd.DataFrame, day: str, kind: str, say: Callable[..., str], *columns: str,
        **more: object,
    ) -> Iterator[Row]:  # fmt: skip
        """The rows of one kind whose day is due; missing values reach the sentence as no text."""
        frame = frame[(frame[day] >= self.first) & (frame[day] <= self.last)]
        values = [self._words(frame, name) for name in columns]
        days = [pd.Timestamp(one) for one in frame[day]]
        codes = _texts(frame["participant"]), _texts(frame["milestone"])
        for place, who, node, *facts in zip(days, *codes, *values, strict=True):
            yield place, who, kind, node or None, say(*facts, **more)

    def _words(self, frame: pd.DataFrame, name: str) -> list[str]:
        """A column as texts, milestones and visits by their labels."""
        found = _texts(frame[name])
        return [self.labels.get(one, one) for one in found] if name == "milestone" else found


def _texts(column: "pd.Series[Any]") -> list[str]:
    """A column as texts: days in ISO, missing values empty."""
    if column.dtype.kind == "M":
        return [day if isinstance(day, str) else "" for day in column.dt.strftime("%Y-%m-%d")]
    return [str(value) for value in column.astype(object).where(column.notna(), "")]


def _like(column: "pd.Series[Any]", values: Iterable[str | None]) -> "pd.Series[Any]":
    """Values as a column of the same categories as another one."""
    return pd.Series(list(values), dtype="object").astype(column.dtype)
