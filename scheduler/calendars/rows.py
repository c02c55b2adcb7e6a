"""From a plan's rows to the entries of its calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from scheduler.calendars import texts
from scheduler.calendars.entries import CalendarEntry, entry_uid, plain_text
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.interface import CalendarOptions, PlanLike
from scheduler.calendars.texts import CalendarRow
from scheduler.calendars.timezones import find_onsets, local_time
from scheduler.days import FAR, date_of
from scheduler.tables.frames import Column

REVISION = 4  # to be raised with every change of words or shapes; a test says when
NINE_THE_DAY_BEFORE = "-PT15H"  # an all-day event starts at midnight
THE_DAY_BEFORE = "-P1D"
_TWICE = "The clocks show this time twice; the first occurrence is meant."
_CATEGORIES = {
    "window": "Window",
    "closing": "Reminder",
    "duty_last_day": "Duty",
    "duty_period": "Duty",
    "duty_keep": "Duty",
    "task": "Task",
    "query": "Question",
    "test": "Reminder",
}
_ENDING = (
    "duty_last_day", "duty_period", "duty_period_until", "duty_keep", "closing", "window",
    "window_until", "test",
)  # fmt: skip
_TEXT_COLUMNS = (
    "participant", "kind", "node", "rule", "event", "time", "status", "source", "sentence", "basis",
)  # fmt: skip
_LATE = ("passed", "overdue")
_REMEMBERED = timedelta(days=30)  # how long ago a date may be that a calendar begins with
_LONG = timedelta(days=31)  # a restriction that goes on for longer is no appointment
_OPTIONAL = ("occurrence", "caution", "secrets", "days", "minutes", "task")


def _days(column: Column) -> list[date | None]:
    return [date_of(day) if day < FAR else None for day in column.values()]


def _checked(values: list[str], name: str) -> list[str]:
    known = {value: plain_text(value, name) for value in set(values)}
    return [known[value] for value in values]


def _labels(plan: PlanLike, names: list[str]) -> dict[str, str]:
    labels = {node.name: plain_text(node.label, "label") for node in plan.protocol.nodes}
    for name in set(names) - set(labels):
        base, _, number = name.partition("#")
        words = labels.get(base) or texts.readable(base).capitalize()
        labels[name] = f"{words} {number}" if number else words
    labels[""] = ""
    return labels


def plan_rows(plan: PlanLike, options: CalendarOptions) -> dict[str, list[CalendarRow]]:
    """Which rows of the plan go out, by participant, in the plan's order of participants?

    Without ``detailed`` the sentences, which name events and drugs, do not even get here.
    Raises: CalendarError C404 for text that no calendar can hold, C405 for a participant
    without a site entry.
    """
    frame = plan.table("calendar_rows")
    columns: dict[str, list[Any]] = {
        name: _checked(frame[name].texts(), name) for name in _TEXT_COLUMNS
    }
    if not options.detailed:
        columns["sentence"] = [""] * len(frame)
    labels = _labels(plan, columns["node"])
    zones = {plain_text(who, "participant"): zone for who, (_, zone) in plan.sites.items()}
    if strangers := sorted(set(columns["participant"]) - set(zones)):
        raise CalendarError(
            "C405", f"participant {strangers[0]!r} has no entry in the plan's sites"
        )
    columns |= {
        "first": _days(frame["first"]),
        "last": _days(frame["last"]),
        "assumption": frame["assumption"].values(),
        "undetermined": frame["undetermined"].values(),
        **{
            name: frame[name].texts() if name in frame.heads else [""] * len(frame)
            for name in _OPTIONAL
        },
        "label": [labels[name] for name in columns["node"]],
        "protocol": [plain_text(plan.protocol.id, "protocol")] * len(frame),
        "zone": [zones[who] for who in columns["participant"]],
    }
    rows: dict[str, list[CalendarRow]] = {participant: [] for participant in zones}
    for values in zip(*(columns[name] for name in CalendarRow._fields), strict=True):
        row = CalendarRow._make(values)
        if options.planned or not _only_recommended(row):
            rows[row.participant].append(row)
    return rows


def _only_recommended(row: CalendarRow) -> bool:
    return row.basis == "recommended" or (row.kind == "date" and row.status == "planned")


def _shape(row: CalendarRow) -> tuple[str, date, date] | None:
    """Which wording and which days does a row get? None where it names no day."""
    start, end = row.first or row.last, row.last or row.first
    if start is None or end is None:
        return None
    if end < start:
        raise CalendarError(
            "C406", f"{row.participant} {row.kind} {row.node}: found {start} to {end}, reversed"
        )
    if row.kind == "date":
        return ("date", start, start) if row.status in ("done", "booked", "planned") else None
    if row.kind == "task":
        return ("task_done" if row.status == "done" else "task"), end, end
    if row.kind == "query":
        return (f"query_{row.status}" if row.status in _LATE else "query"), end, end
    if row.kind == "duty_last_day":
        return row.kind, end, end
    if row.first is None:
        return f"{row.kind}_until", end, end
    if row.last is None:
        return f"{row.kind}_open", start, start
    return row.kind, start, end


def _alarm(row: CalendarRow, kind: str, options: CalendarOptions, site: bool) -> str:
    if options.no_alarms or (site and not options.site_alarms):
        return ""
    if kind == "date":
        if row.status != "booked":
            return ""
        return THE_DAY_BEFORE if row.time else NINE_THE_DAY_BEFORE
    asks = kind == "query" and row.status != "overdue"  # that day is always past when it is told
    due = kind == "task" and row.status != "done"
    return NINE_THE_DAY_BEFORE if asks or due or kind in ("closing", "duty_last_day") else ""


def over(entry: CalendarEntry, as_of: date) -> bool:
    """Is there nothing left to act on, so that an entry not yet told is not told any more?"""
    if entry.kind in ("date", "task", "task_done"):
        return entry.last < as_of - _REMEMBERED
    return entry.kind in _ENDING and entry.last < as_of


def _clock_changes(rows: list[CalendarRow]) -> str:
    """The clock changes that timed rows depend on, for new time-zone data changes a calendar."""
    years: dict[str, set[int]] = {}
    for row in rows:
        if row.time and row.kind == "date" and row.first is not None:
            years.setdefault(row.zone, set()).add(row.first.year)
    return "".join(
        repr(find_onsets(zone, min(span) - 1, max(span) + 1)) for zone, span in years.items()
    )


class EntryMaker:
    """Turns rows into entries for one plan and one choice of options."""

    def __init__(self, plan: PlanLike, options: CalendarOptions) -> None:
        """Remember the plan's version, nodes and sites, and the options."""
        self._options = options
        self._kinds = {node.name: node.kind for node in plan.protocol.nodes}
        self._sites = {plain_text(who, "participant"): at for who, (at, _) in plan.sites.items()}
        self._version = plain_text(plan.protocol.version, "version")

    def entries(self, rows: list[CalendarRow], *, site: bool = False) -> list[CalendarEntry]:
        """Which entries do rows give?"""
        counts: dict[tuple[str, ...], int] = {}
        found: list[CalendarEntry] = []
        far = date.max
        for row in sorted(rows, key=lambda row: (row.first or row.last or far, row.time)):
            key = (row.participant, row.kind, row.node, row.rule, row.event, row.occurrence)
            counts[key] = counts.get(key, 0) + 1
            if self._wanted(row):
                found.extend(self._of_row(row, counts[key], site))
        return found

    def digest(self, rows: list[CalendarRow], *, site: bool = False) -> str:
        """Which digest changes whenever the entries of these rows may change?

        It lets a later export see that a whole calendar is unchanged without building it.
        """
        kinds = [self._kinds.get(row.node) for row in rows]
        sites = sorted({self._sites[row.participant] for row in rows})
        alarms = not self._options.no_alarms and (not site or self._options.site_alarms)
        part = self._options.participants if site else None
        options = self._options
        choice = (
            options.detailed, options.milestones_only, options.questions, options.restrictions,
            options.booked_windows, alarms, part,
        )  # fmt: skip
        told = [tuple(row) for row in rows]
        inputs = (REVISION, self._version, choice, sites, kinds, told)
        return sha256((repr(inputs) + _clock_changes(rows)).encode()).hexdigest()[:32]

    def _wanted(self, row: CalendarRow) -> bool:
        if not self._asked_for(row):
            return False
        if not self._options.milestones_only:
            return True
        return row.kind in ("date", "window") and self._kinds.get(row.node) == "milestone"

    def _asked_for(self, row: CalendarRow) -> bool:
        """A quiet calendar has what one acts on; questions and long restrictions on request."""
        if row.kind == "query":
            return self._options.questions
        if row.kind == "window":
            return self._options.booked_windows or row.status != "booked"
        if row.kind == "duty_period" and not self._options.restrictions:
            return row.first is not None and row.last is not None and row.last - row.first <= _LONG
        return True

    def _of_row(self, row: CalendarRow, number: int, site: bool) -> Iterator[CalendarEntry]:
        shape = _shape(row)
        if shape is None:
            return
        yield self._entry(row, row.kind, shape, number, site)
        closes = row.kind == "window" and row.first is not None and row.last is not None
        if closes and row.last != row.first and row.status not in ("done", "booked"):
            yield self._entry(row, "closing", ("closing", shape[2], shape[2]), number, site)

    def _entry(
        self, row: CalendarRow, kind: str, shape: tuple[str, date, date], number: int, site: bool
    ) -> CalendarEntry:
        wording, day, last = shape
        start: date | datetime = day
        detailed, timed = self._options.detailed, kind == "date" and bool(row.time)
        note = ""
        if timed:
            moment = local_time(day, row.time, row.zone)
            start, note = moment.instant.replace(tzinfo=None), _TWICE if moment.twice else ""
        planned = kind == "date" and row.status == "planned"
        return CalendarEntry(
            uid=self._uid(row, kind, number),
            participant=row.participant,
            kind=wording,
            summary=texts.title(row, wording, detailed),
            body=texts.body(row, wording, self._version, detailed, note),
            start=start,
            last=last,
            tzid=row.zone if timed else "",
            status="TENTATIVE" if planned else "CONFIRMED",
            transparent=kind != "date" or planned,
            category=_CATEGORIES.get(kind) or self._kinds.get(row.node, "visit").capitalize(),
            alarm=_alarm(row, kind, self._options, site),
            minutes=int(row.minutes or 0) if timed else 0,
        )

    def _uid(self, row: CalendarRow, kind: str, number: int) -> str:
        occurrence = f"{row.occurrence}/{number}"
        site = self._sites[row.participant]
        return entry_uid(
            row.protocol, site, row.participant, kind, row.node, row.rule, row.event, occurrence
        )
