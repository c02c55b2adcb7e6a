"""The rows that calendars show: dates, windows, duties, tasks and open questions.

Rows with the basis `recorded` rest on recorded and booked dates alone, so that a plan made a day
later changes none of them; recommended days go out only when they are asked for.
Source: docs/calendars.md; docs/semantics.md, section 4.
"""

from collections.abc import Iterator

import numpy as np

from scheduler.arrays import Index, distinct
from scheduler.binding.attempts import FIRST
from scheduler.binding.cohort import Status
from scheduler.protocol import UNSCHEDULED
from scheduler.rules.conditions import applies
from scheduler.schedule.firm_dates import Appointments, appointments
from scheduler.schedule.windows_left import windows_given
from scheduler.tables.bookings import BOOKINGS, KEPT, PAST, WAITS, bookings_frame
from scheduler.tables.calendar.blocks import (
    Cells,
    RowBlock,
    always,
    as_written,
    block_of,
    frame_of,
    has_text,
    together,
)
from scheduler.tables.calendar.duties import duty_rows
from scheduler.tables.calendar.questions import question_rows
from scheduler.tables.calendar.tasks import task_rows
from scheduler.tables.calendar.windows import window_rows
from scheduler.tables.columns import day_numbers, sentences, times
from scheduler.tables.expiring.ahead import test_rows
from scheduler.tables.frames import Frame, Written
from scheduler.tables.lookups import activities_of, appointment, place_of, rows_among
from scheduler.tables.schedule import schedule_frame
from scheduler.tables.solved import Solved
from scheduler.tables.unplanned.unscheduled import unscheduled_frame

_NO_CAUTION = (KEPT, PAST)
_SHOWN = ("date", "time", "status", "certainty", "assumption")


def calendar_rows_frame(solved: Solved) -> Frame:
    """Which entries do calendars have, in the order of participants?

    `occurrence` keeps rows of the same kind, node, rule and event apart; `caution` says what is
    wrong with an appointment (`not_permitted`, `does_not_fit`, `waits_for_answer`), `minutes` how
    long one with a time takes, where the site or the protocol says.
    """
    standing = appointments(solved.problem, solved.recommended)
    firm = windows_given(solved.problem, standing.dates)
    people = {code: place for place, code in enumerate(solved.participants)}
    found = together(
        [
            _done_and_planned(solved, standing), _bookings(solved, standing), _unscheduled(solved),
            window_rows(solved, standing, firm), duty_rows(solved, standing),
            block_of(task_rows(solved), people), question_rows(solved, firm),
            block_of(test_rows(solved, standing.stands), people),
        ]
    )  # fmt: skip
    found = _of_attempts(solved, found)
    return frame_of(together([found, block_of(_earlier(solved), people)]), solved.participants)


def _of_attempts(solved: Solved, rows: RowBlock) -> RowBlock:
    """Rows of those who are screened again say which attempt they are of."""
    attempt, node = solved.cohort.attempt[rows.who], rows.columns["node"]
    given = rows.columns["occurrence"]
    assert isinstance(node, Written) and isinstance(given, Written)
    unscheduled = np.array([*(word == UNSCHEDULED for word in node.words), False], bool)
    told = (attempt > FIRST) & ~unscheduled[node.places]
    if not told.any():
        return rows

    def make(first: Index) -> list[str | None]:
        cells = zip(
            given.take(first).texts(), attempt[first].tolist(), told[first].tolist(), strict=True
        )
        return [f"attempt {number} {text}".strip() if of else text for text, number, of in cells]

    occurrence = sentences([given.places, attempt, told], make)
    return RowBlock(rows.who, {**rows.columns, "occurrence": occurrence})


def _earlier(solved: Solved) -> Iterator[dict[str, object]]:
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


def _done_and_planned(solved: Solved, standing: Appointments) -> RowBlock:
    """Dates that are done, and the recommended days of nodes that have no appointment."""
    schedule = solved.made(schedule_frame)
    planned = rows_among(schedule, "status", ("planned",))
    who, node = schedule.codes("participant"), schedule.codes("milestone")
    shown = rows_among(schedule, "status", ("done",)) | (planned & ~standing.stands[who, node])
    rows = np.flatnonzero(shown)
    schedule, planned = schedule.take(rows, _SHOWN), planned[rows]
    day, assumed = day_numbers(schedule["date"]), as_written(schedule["assumption"])
    cells: dict[str, Cells] = {
        "first": day,
        "last": day,
        "time": as_written(schedule["time"]),
        "status": as_written(schedule["status"]),
        "assumption": planned & has_text(assumed),
        "undetermined": rows_among(schedule, "certainty", ("undetermined",)),
        "sentence": Written([*assumed.words, ""], np.where(planned, assumed.places, -1)),
        "basis": Written(["recorded", "recommended"], planned.astype(np.int64)),
    }
    return _dated(solved, who[rows], node[rows], cells)


def _bookings(solved: Solved, standing: Appointments) -> RowBlock:
    """Every appointment that stands, whatever the plan says of it; what it says is a caution."""
    who, node = np.nonzero(standing.stands)
    day, booked = standing.day[who, node], solved.made(bookings_frame)
    stated = np.full(standing.stands.shape, PAST, np.int64)
    stated[booked.codes("participant"), booked.codes("milestone")] = booked.codes("state")
    state = np.where(day >= solved.problem.as_of, stated[who, node], PAST)
    cautions = ["" if place in _NO_CAUTION else word for place, word in enumerate(BOOKINGS)]
    cells: dict[str, Cells] = {
        "first": day,
        "last": day,
        "time": times(standing.minute[who, node]),
        "status": always("booked", len(who)),
        "undetermined": state == WAITS,
        "caution": Written(cautions, state),
    }
    return _dated(solved, who, node, cells)


def _unscheduled(solved: Solved) -> RowBlock:
    """Unscheduled visits, done or booked; they bind nothing."""
    found = solved.made(unscheduled_frame)
    day, done = day_numbers(found["date"]), rows_among(found, "state", ("done",))
    cells: dict[str, Cells] = {
        "first": day,
        "last": day,
        "time": as_written(found["time"]),
        "status": Written(["booked", "done"], done.astype(np.int64)),
    }
    who = found.codes("participant").astype(np.int64)
    return _dated(solved, who, np.full(len(found), -1), cells)


def _dated(solved: Solved, who: Index, node: Index, cells: dict[str, Cells]) -> RowBlock:
    """Rows of dates (node -1: unscheduled), with what every date of a calendar says.

    Those with a time say how long they take, those that are not done what is done then, and where.
    """
    nodes = [*solved.protocol.index, UNSCHEDULED]
    time, status, sentence = cells["time"], cells["status"], cells.get("sentence")
    assert isinstance(time, Written) and isinstance(status, Written)
    timed = has_text(time)

    def lasts(rows: Index) -> list[str | None]:
        cells = zip(who[rows].tolist(), node[rows].tolist(), timed[rows].tolist(), strict=True)
        return [str(appointment(solved, w, nodes[n]) or "") if t else "" for w, n, t in cells]

    visit, texts = _at_visits(solved)
    done = np.array([*(word == "done" for word in status.words), False], bool)[status.places]
    told = np.where(done, 0, visit[who, node])
    given = always("", len(who)) if sentence is None else sentence
    assert isinstance(given, Written)

    def says(rows: Index) -> list[str | None]:
        cells = zip(given.take(rows).texts(), told[rows].tolist(), strict=True)
        return ["\n".join(filter(None, [text, texts[place]])) for text, place in cells]

    site = np.where(timed, solved.cohort.site[who], -1)
    return RowBlock(
        who,
        {
            **cells, "kind": always("date", len(who)), "node": Written(nodes, node % len(nodes)),
            "minutes": sentences([site, node, timed], lasts),
            "sentence": sentences([given.places, told], says),
        },
    )  # fmt: skip


def _at_visits(solved: Solved) -> tuple[Index, list[str]]:
    """What is done at each node and where, as places in a list of texts (participants, nodes).

    The last node stands for unscheduled visits, of which nothing is said.
    """
    nodes, known = solved.protocol.nodes, solved.protocol.activity_index
    cohort, texts = solved.cohort, [""]
    found = np.zeros((len(cohort), len(nodes) + 1), np.int64)
    for node in nodes:
        if not (node.at_visit.activities or node.at_visit.place):
            continue
        verdicts = [
            applies(known[name].only, cohort.attributes, len(cohort))
            for name in node.at_visit.activities
        ]
        first, place = distinct(*(verdicts or [np.zeros(len(cohort), np.int64)]))
        found[:, node.index] = place + len(texts)
        texts += [_at_visit(solved, who, node.name) for who in first.tolist()]
    return found, texts
