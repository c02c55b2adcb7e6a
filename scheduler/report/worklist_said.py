"""The worklist as the terminal and the page show it: the texts of todo.csv, days in words.

Source: docs/contract.md (todo.csv).
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from scheduler.days import day_of
from scheduler.tables.frames import Frame, Row
from scheduler.tables.lookups import appointment
from scheduler.wording.said_days import clock_said, day_said

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables

Lengths = Callable[[str, str], int | None]  # of a participant and a node: minutes

MOST_TASKS = 20  # that stand on a screen before a fold or a pointer to todo.csv


def said_day(text: str, near: date, time: str = "", week_day: bool = True) -> str:
    """A day of a table in words, such as `Mon 6 Jul`; empty for an empty cell."""
    if not text:
        return ""
    said = day_said(day_of(date.fromisoformat(text[:10])), day_of(near), week_day=week_day)
    return f"{said} {time}".rstrip()


def lengths_of(plan: "Tables") -> Lengths:
    """How long the appointments of a plan take: at the site, else by the protocol."""
    places = {
        code: (part, who) for part in plan.parts for who, code in enumerate(part.participants)
    }
    return lambda participant, node: appointment(*places[participant], node)


def said_appointment(row: Row, near: date, lengths: Lengths) -> str:
    """The day of a row in words, its time and how long it takes: `Mon 6 Jul 10:00 (4 h)`."""
    minutes = lengths(row["participant"], row["milestone"]) if row["time"] else None
    return said_day(row["date"], near, clock_said(row["time"], minutes))


def said_rows(rows: Sequence[Row], as_of: date) -> list[Row]:
    """Rows of todo.csv with `by`, the day in words."""
    return [row | {"by": said_day(row["act_by"], as_of)} for row in rows]


def said_tasks(todo: Frame, as_of: date) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows for people who have begun, and those for the others; `by` is the day in words."""
    rows = said_rows(todo.rows(), as_of)
    begun = [row for row in rows if row["begun"] == "yes"]
    return begun, [row for row in rows if row["begun"] != "yes"]
