"""The coming weeks, by what people do: appointments first, then what changes by itself.

What the worklist says already is not said again: overdue visits, questions, bookings to move.
Source: docs/contract.md (agenda.csv).
"""

from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scheduler.report.worklist_said import Lengths, said_day
from scheduler.tables.bookings import date_mark
from scheduler.tables.frames import Frame, Row
from scheduler.wording.said_days import clock_said

WEEK = 7  # days of the list for the wall
_WINDOWS, _DUTIES = ("window_opens", "window_closes"), ("duty_starts", "duty_ends")
_TASKS = ("task_due",)
_OF_VISITS = ("participant", "milestone", "date", "time", "status", "certainty", "state")
Key = tuple[str, str, str]  # participant, milestone and day


@dataclass(frozen=True, slots=True)
class Coming:
    """The agenda by what people do; visits have `day`, `time`, `site`, `mark`, the rest `day`."""

    booked: Sequence[Row]
    recommended: Sequence[Row]  # one row a day and participant; `steps` are their milestones
    windows: Sequence[Row]
    duties: Sequence[Row]
    tasks: Sequence[Row]
    week: Sequence[Row]
    until: str

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is due."""
        return not (self.booked or self.recommended or self.windows or self.duties or self.tasks)


def coming_of(
    agenda: Frame, schedule: Frame, unscheduled: Frame, as_of: date, begun: Collection[str],
    sites: Mapping[str, tuple[str, str]], labels: Mapping[str, str], lengths: Lengths,
) -> Coming:  # fmt: skip
    """How are the rows of an agenda grouped? `begun` are the participants who have begun.

    Time and status of a visit come from the schedule, those of an unscheduled one from its table.
    """
    rows = [row | {"day": said_day(row["date"], as_of)} for row in agenda.rows()]
    found = _dates(schedule, unscheduled, agenda)
    visits = [
        row | found[_key(row)].popleft() | {"site": sites[row["participant"]][0]}
        for row in rows
        if row["kind"] == "visit"
    ]
    for row in visits:
        row["clock"] = clock_said(row["time"], lengths(row["participant"], row["milestone"]))
    end = as_of + timedelta(days=WEEK - 1)
    week = [
        row for row in visits
        if row["date"][:10] <= end.isoformat()
        and (row["status"] == "booked" or row["participant"] in begun)
    ]  # fmt: skip
    week.sort(key=lambda row: (row["date"], row["time"] or "99", row["participant"]))
    return Coming(
        [row for row in visits if row["status"] == "booked"],
        _together([row for row in visits if row["status"] != "booked"], labels),
        [row for row in rows if row["kind"] in _WINDOWS],
        [row for row in rows if row["kind"] in _DUTIES],
        [row for row in rows if row["kind"] in _TASKS],
        week,
        said_day(end.isoformat(), as_of),
    )


def _together(visits: Sequence[Row], labels: Mapping[str, str]) -> list[Row]:
    """One row a day and participant, with all that is recommended for them then."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in visits:
        found.setdefault((row["date"], row["participant"]), []).append(row)
    return [
        rows[0] | {"steps": ", ".join(labels.get(r["milestone"], r["milestone"]) for r in rows)}
        for rows in found.values()
    ]


def _key(row: Row) -> Key:
    return row["participant"], row["milestone"], row["date"]


def _dates(schedule: Frame, unscheduled: Frame, agenda: Frame) -> dict[Key, deque[Row]]:
    """Time, status and mark of the dates that an agenda names; of a day several, in its order."""
    days = set(agenda["date"].texts())
    found: dict[Key, deque[Row]] = defaultdict(deque)
    for table, word in ((schedule, "status"), (unscheduled, "state")):
        dated = zip(table["date"].texts(), table[word].texts(), strict=True)
        some = [day in days and status in ("booked", "planned") for day, status in dated]
        heads = [name for name in _OF_VISITS if name in table.heads]
        for row in table.take(np.flatnonzero(some), heads).rows():
            status, certainty = row[word], row.get("certainty", "permitted")
            found[_key(row)].append({
                "time": row["time"], "status": status, "certainty": certainty,
                "mark": date_mark(status, certainty),
            })  # fmt: skip
    return found
