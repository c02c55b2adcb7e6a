"""What needs a person, most urgent first: one line a thing, each with its one action.

The plan's own worklist (`todo`, with ids), with what only the desk knows: which deviations have
an explanation, whose record has a fault, and the visits of today and tomorrow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.desk.as_read import site_of
from scheduler.desk.frames import day_words
from scheduler.desk.one_plan import Known
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import marked
from scheduler.store.exporting import NOTES
from scheduler.tables.frames import Row
from scheduler.wording.todo import NO_HISTORY

KINDS = {
    "repair": marked("Repair"),
    "move": marked("Move"),
    "record": marked("Record"),
    "closing": marked("Closing"),
    "decide": marked("Decide"),
    "ask": marked("Ask"),
    "visit": marked("Call"),
    "prepare": marked("Prepare"),
    "book": marked("Book"),
    "explain_deviation": marked("Explain"),
}
PAGES = {
    "move": "step",
    "closing": "step",
    "book": "step",
    "record": "happened",
    "visit": "happened",
    "decide": "decision",
    "explain_deviation": "deviations",
}
_RANK = {kind: place for place, kind in enumerate(KINDS)}
_OF_TASKS = ("record", "prepare")
_SOON = 7
_OPEN = ("scheduled", "undetermined", "no_schedule")


@dataclass(frozen=True, slots=True)
class DeskTask:
    """One thing a person must do. `act_by` is the last day on which it helps."""

    act_by: str
    participant: str
    site: str
    kind: str
    step: str
    node: str
    what: str
    options: str
    why: str
    page: str
    consented: bool = True
    day: str = ""  # on which an unscheduled visit was booked

    @property
    def word(self) -> str:
        """The kind in one word."""
        return KINDS.get(self.kind, self.kind)


def tasks_of(desk: StudyDesk) -> list[DeskTask]:
    """Everything that needs a person in one study, most urgent first."""
    explained = _explained(desk)
    found: list[DeskTask] = []
    if desk.codes and "history" not in desk.heads and any(r.events for r in desk.protocol.rules):
        day = desk.as_of.isoformat()
        found.append(DeskTask(day, "", "", "record", "", "", *NO_HISTORY, "participants"))
    for code in desk.codes:
        known = desk.known[code]
        if known.faults:
            found.append(_repair(desk, code, known))
            continue
        found += _listed(code, known, explained)
        found += _visits(desk, code, known)
    return sorted(found, key=lambda task: (task.act_by or "9999", _RANK.get(task.kind, 99)))


def _explained(desk: StudyDesk) -> set[tuple[str, str, str]]:
    return {
        (row.cells["participant"], row.cells.get("milestone", ""), row.cells.get("rule", ""))
        for rows in desk.rows.values() for row in rows if row.table == NOTES and not row.void
    }  # fmt: skip


def _repair(desk: StudyDesk, code: str, known: Known) -> DeskTask:
    what = "the record has a fault and is not planned"
    why = str(known.faults[0])
    day, site = desk.as_of.isoformat(), site_of(desk, code)
    return DeskTask(day, code, site, "repair", "", "", what, "", why, "participant")


def _listed(code: str, known: Known, explained: set[tuple[str, str, str]]) -> Iterable[DeskTask]:
    """The rows of the plan's worklist, but for deviations that have their explanation here."""
    open_ = {row["milestone"] for row in known.table("deviations")
             if (code, row["milestone"], row["rule"]) not in explained}  # fmt: skip
    asked = {row["milestone"] for row in known.table("queries") if row["missing"] == "decision"}
    for row in known.table("worklist"):
        kind, node = row["kind"], row["node"]
        if kind == "explain_deviation" and node not in open_:
            continue
        page = PAGES.get(kind, "participant")
        if kind == "decide" and node not in asked:
            page = "participant"  # how to go on with somebody for whom no day is left
        page = "participant" if page in ("step", "happened") and not node else page
        if kind in _OF_TASKS and row["paper"]:
            page, node = "paper", row["paper"]
        page = "paper" if row["day"] else page
        yield DeskTask(
            row["act_by"], code, row["site"], kind, row["step"], node, row["what"],
            row["options"], row["why"], page, row["begun"] == "yes", row["day"],
        )  # fmt: skip


def _visits(desk: StudyDesk, code: str, known: Known) -> Iterable[DeskTask]:
    """The booked visits of today and tomorrow; unscheduled ones of whoever has not left."""
    for row in known.table("unscheduled"):
        if row["state"] == "booked" and _near(desk, row):
            page = "paper" if row["date"] == desk.as_of.isoformat() else "participant"
            yield _visit(desk, code, known, row, page)
    if known.summary.get("state") not in _OPEN:
        return
    for row in known.table("bookings"):
        if row["state"] == "kept" and _near(desk, row):
            yield _visit(desk, code, known, row, PAGES["visit"])


def _near(desk: StudyDesk, row: Row) -> bool:
    """Whether something is today or tomorrow."""
    next_day = desk.as_of + timedelta(days=1)
    return desk.as_of.isoformat() <= row["date"] <= next_day.isoformat()


def _visit(desk: StudyDesk, code: str, known: Known, row: Row, page: str) -> DeskTask:
    when = "today" if row["date"] == desk.as_of.isoformat() else "tomorrow"
    node, what = row["milestone"], f"{when}, {_moment(row)}"
    at = desk.person(code).at_visit(node)
    doing = "; ".join(filter(None, (at["activities"], at["place"])))
    return DeskTask(
        row["date"], code, known.summary.get("site", ""), "visit", desk.label(node), node,
        what, doing, "", page, day=f"{row['date']} {row['time']}".strip(),
    )  # fmt: skip


def _moment(row: Row) -> str:
    return f"{day_words(row['date'], False)} {row['time']}".strip()


def urgency(task: DeskTask, today: date) -> str:
    """In which part of the page a task stands: now, soon, later."""
    if not task.act_by:
        return "later"
    if task.act_by <= (today + timedelta(days=1)).isoformat():
        return "now"
    return "soon" if task.act_by <= (today + timedelta(days=_SOON)).isoformat() else "later"
