"""The rows that calendars show: dates, windows, duties, tasks and open questions.

Rows with the basis `recorded` rest on recorded and booked dates alone, so that a plan made a day
later changes none of them; recommended days go out only when they are asked for.
Source: docs/calendars.md; docs/semantics.md, section 4.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from scheduler.binding.attempts import FIRST
from scheduler.binding.cohort import Status
from scheduler.days import FAR
from scheduler.protocol import UNSCHEDULED
from scheduler.rules.recorded import State
from scheduler.schedule.firm_dates import Appointments, appointments
from scheduler.schedule.windows_left import WindowsLeft, windows_given
from scheduler.tables.assumptions import assumptions_of_nodes
from scheduler.tables.bookings import bookings_frame
from scheduler.tables.calendar.questions import question_rows, told_by
from scheduler.tables.calendar.tasks import task_rows
from scheduler.tables.calendar.windows import Stretches
from scheduler.tables.columns import date_column, text_column, times
from scheduler.tables.duties import compute_duties, duties_frame
from scheduler.tables.expiring.ahead import test_rows
from scheduler.tables.frames import Column, Frame, YesNo
from scheduler.tables.lookups import activities_of, appointment, place_of, rows_among
from scheduler.tables.schedule import schedule_frame
from scheduler.tables.solved import Solved

_DAYS, _FLAGS = ("first", "last"), ("assumption", "undetermined")
COLUMNS = (
    "participant", "kind", "node", "rule", "event", *_DAYS, "time", "status", *_FLAGS, "source",
    "sentence", "basis", "occurrence", "caution", "secrets", "days", "minutes", "task",
)  # fmt: skip
_SHOWN = ("participant", "milestone", "date", "time", "status", "certainty", "assumption")
_OF_DUTIES = (
    "participant", "rule", "event", "kind", "first", "last", "time", "milestone", "sentence",
)  # fmt: skip
CalendarRow = dict[str, object]
_BLANK: CalendarRow = {
    **dict.fromkeys(COLUMNS, ""), **dict.fromkeys(_DAYS, FAR), **dict.fromkeys(_FLAGS, False),
    "time": None, "basis": "recorded",
}  # fmt: skip
_UNSCHEDULED_STATUS = {Status.DONE: "done", Status.BOOKED: "booked"}
_WINDOWED = (State.OPEN, State.OVERDUE)


def calendar_rows_frame(solved: Solved) -> Frame:
    """Which entries do calendars have, in the order of participants?

    `occurrence` keeps rows of the same kind, node, rule and event apart; `caution` says what is
    wrong with an appointment (`not_permitted`, `does_not_fit`, `waits_for_answer`), `minutes` how
    long one with a time takes, where the site or the protocol says.
    """
    standing = appointments(solved.problem, solved.recommended)
    firm = windows_given(solved.problem, standing.dates)
    parts = (
        _done_and_planned(solved, standing), _bookings(solved, standing), _unscheduled(solved),
        _windows(solved, standing, firm), _duties(solved, standing), task_rows(solved),
        question_rows(solved, firm), test_rows(solved, standing.stands),
    )  # fmt: skip
    rows = [{**_BLANK, **row} for part in parts for row in part]
    order = {str(code): i for i, code in enumerate(solved.cohort.ids)}
    for row in rows:
        if row["time"] and row["kind"] == "date":
            long = appointment(solved, order[str(row["participant"])], str(row["node"]))
            row["minutes"] = str(long or "")
    for row in rows:
        if row["kind"] == "date" and row["status"] != "done":
            told = _at_visit(solved, order[str(row["participant"])], str(row["node"]))
            row["sentence"] = "\n".join(filter(None, [str(row["sentence"]), told]))
    for row in rows:
        attempt = int(solved.cohort.attempt[order[str(row["participant"])]])
        if attempt > FIRST and row["node"] != UNSCHEDULED:
            row["occurrence"] = f"attempt {attempt} {row['occurrence']}".strip()
    rows += [{**_BLANK, **row} for row in _earlier(solved)]
    rows.sort(key=lambda row: order[str(row["participant"])])
    return Frame({name: _column(name, [row[name] for row in rows]) for name in COLUMNS})


def _earlier(solved: Solved) -> Iterator[CalendarRow]:
    """What was done in earlier attempts at screening keeps its entry."""
    found, nodes = solved.cohort.earlier, solved.protocol.nodes
    minutes = times(found.minute).texts()
    for row in np.flatnonzero((found.status == Status.DONE) & (found.node < len(nodes))).tolist():
        attempt = int(found.attempt[row])
        yield {
            "participant": str(solved.cohort.ids[found.participant[row]]), "kind": "date",
            "node": nodes[int(found.node[row])].name, "first": int(found.day[row]),
            "last": int(found.day[row]), "time": minutes[row] or None, "status": "done",
            "occurrence": f"attempt {attempt}" if attempt > FIRST else "",
        }  # fmt: skip


def _at_visit(solved: Solved, who: int, node: str) -> str:
    """What is done at a milestone or visit, and where."""
    told = ", ".join(activities_of(solved, who, node))
    place = place_of(solved, node)
    lines = [f"What is done: {told}." if told else "", f"Place: {place}." if place else ""]
    return "\n".join(filter(None, lines))


def _column(name: str, cells: list[Any]) -> Column:
    if name in _DAYS:
        return date_column(np.array(cells, np.int64))
    return YesNo(np.array(cells, bool)) if name in _FLAGS else text_column(cells)


def _done_and_planned(solved: Solved, standing: Appointments) -> Iterator[CalendarRow]:
    """Dates that are done, and the recommended days of nodes that have no appointment."""
    schedule, index = solved.made(schedule_frame), solved.protocol.index
    people = {str(code): i for i, code in enumerate(solved.cohort.ids)}
    shown = np.flatnonzero(rows_among(schedule, "status", ("done", "planned")))
    for one in schedule.take(shown, _SHOWN).records():
        who, node = people[str(one["participant"])], index[str(one["milestone"])]
        planned = one["status"] == "planned"
        if planned and standing.stands[who, node]:
            continue
        yield {
            "participant": one["participant"], "kind": "date", "node": one["milestone"],
            "first": one["date"], "last": one["date"], "time": one["time"] or None,
            "status": one["status"], "assumption": planned and bool(one["assumption"]),
            "undetermined": one["certainty"] == "undetermined",
            "sentence": one["assumption"] if planned else "",
            "basis": "recommended" if planned else "recorded",
        }  # fmt: skip


def _bookings(solved: Solved, standing: Appointments) -> Iterator[CalendarRow]:
    """Every appointment that stands, whatever the plan says of it; what it says is a caution."""
    who, node = np.nonzero(standing.stands)
    day = standing.day[who, node]
    minutes = times(standing.minute[who, node]).texts()
    booked = solved.made(bookings_frame).pairs("participant", "milestone", "state")
    stated = {(code, name): state for code, name, state in booked}
    for i, (person, index) in enumerate(zip(who.tolist(), node.tolist(), strict=True)):
        code, name = str(solved.cohort.ids[person]), solved.protocol.nodes[index].name
        ahead = int(day[i]) >= solved.problem.as_of
        state = stated.get((code, name), "past") if ahead else "past"
        yield {
            "participant": code, "kind": "date", "node": name, "first": int(day[i]),
            "last": int(day[i]), "time": minutes[i] or None, "status": "booked",
            "undetermined": state == "waits_for_answer",
            "caution": state if state not in ("kept", "past") else "",
        }  # fmt: skip


def _unscheduled(solved: Solved) -> Iterator[CalendarRow]:
    """Unscheduled visits, done or booked; they bind nothing."""
    dates = solved.cohort.dates
    minutes = times(dates.minute).texts()
    for row in np.flatnonzero(dates.node < 0).tolist():
        status = _UNSCHEDULED_STATUS.get(Status(int(dates.status[row])))
        who = int(dates.participant[row])
        if status is None or (status == "booked" and solved.cohort.ended[who]):
            continue
        day = int(dates.day[row])
        yield {
            "participant": str(solved.cohort.ids[who]), "kind": "date", "node": UNSCHEDULED,
            "first": day, "last": day, "time": minutes[row] or None, "status": status,
        }  # fmt: skip


def _windows(solved: Solved, standing: Appointments, firm: WindowsLeft) -> Iterator[CalendarRow]:
    """Windows given recorded and booked dates; those that need recommended ones are marked.

    One row a stretch of days that rules leave; a visit that is overdue keeps its window: that it
    closed unused is what the question tells.
    """
    state, stretches = solved.problem.timeline.state, Stretches(solved)
    assumed = dict(zip(solved.protocol.index, assumptions_of_nodes(solved.protocol), strict=True))
    for who, index in zip(*np.nonzero(np.isin(state, _WINDOWED)), strict=True):
        node = solved.protocol.nodes[int(index)]
        bound = bool(firm.bound[who, index])
        given = firm if bound else solved.given
        first, last = int(given.first[who, index]), int(given.last[who, index])
        if not (node.milestone or node.windowed) or not given.bound[who, index] or first > last:
            continue
        found = stretches.of(int(who), int(index), first, last)
        for number, stretch in enumerate(found, start=1):
            yield {
                "participant": str(solved.cohort.ids[who]), "kind": "window", "node": node.name,
                "first": stretch.first, "last": stretch.last,
                "status": "booked" if standing.stands[who, index] else "open",
                "assumption": bool(assumed[node.name]), "sentence": assumed[node.name],
                "basis": "recorded" if bound else "recommended",
                "source": str(node.basis.source or ""), "days": stretch.days,
                "occurrence": str(number) if number > 1 else "",
            }  # fmt: skip


def _duties(solved: Solved, standing: Appointments) -> Iterator[CalendarRow]:
    """Duties from recorded and booked dates; of the others those that have none of these."""
    firm = compute_duties(solved.problem, standing.schedule, standing.dates, solved.names)
    rules = {rule.id: rule for rule in solved.protocol.rules}
    told: set[tuple[str, ...]] = set()
    for frame, basis in ((firm, "recorded"), (solved.made(duties_frame), "recommended")):
        mine = np.flatnonzero(rows_among(frame, "basis", (basis,)))
        for one in frame.take(mine, _OF_DUTIES).records():
            first = one["last"] if one["kind"] == "last_day" else one["first"]
            key = tuple(str(one[name]) for name in ("participant", "rule", "event", "kind"))
            if first == FAR or key in told:
                continue
            told.add(key)
            rule = rules[str(one["rule"])]
            rests = rule.basis
            yield {
                "participant": one["participant"], "kind": f"duty_{one['kind']}",
                "node": one["milestone"], "rule": one["rule"], "event": one["event"],
                "first": first, "last": one["last"], "time": one["time"] or None,
                "assumption": bool(rests.assumption), "source": str(rests.source or ""),
                "sentence": one["sentence"], "basis": basis,
                "secrets": told_by(solved.protocol, rule),
            }  # fmt: skip
