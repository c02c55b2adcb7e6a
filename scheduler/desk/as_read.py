"""What recorded rows mean, as the study reader reads them: a step by its label, a day as typed.

Rows are kept as people typed them. Whoever looks for the booking of a step finds it under its id
and its label, in any case, and on its day however that is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.binding.names import Names, name_key, names_in
from scheduler.days import clock_text, date_of
from scheduler.desk.one_plan import person_cells
from scheduler.desk.people import StudyDesk
from scheduler.store.stored import StoredRow
from scheduler.study.cells import BadCell, read_cell
from scheduler.study.faults import study_faults
from scheduler.study.settings import parse_settings
from scheduler.study.tables import LAYOUTS

_DATE = LAYOUTS["dates"].dates["date"]


@dataclass(frozen=True, slots=True)
class DatedRow:
    """A standing row of the table of dates; `when` is its day in ISO form, with its time."""

    row: StoredRow
    status: str
    when: str


def dated_rows(desk: StudyDesk, code: str, node: str) -> list[DatedRow]:
    """The dates of one step in a participant's present attempt, of any status."""
    steps, order = _names(desk)[1], date_order(desk)
    mine = desk.rows.get(code, [])
    attempt = attempt_of(person_cells(mine))
    return [
        DatedRow(row, row.cells.get("status", "").lower(), moment(row.cells.get("date", ""), order))
        for row in mine
        if row.table == "dates" and not row.void and attempt_of(row.cells) == attempt
        and named(steps, row.cells.get("milestone", "")) == node
    ]  # fmt: skip


def attempt_of(cells: Mapping[str, str]) -> str:
    """The attempt that a row of participants or dates is about; a blank is the first."""
    return cells.get("attempt") or "1"


def site_of(desk: StudyDesk, code: str) -> str:
    """The site of a participant, or an empty text."""
    return person_cells(desk.rows.get(code, [])).get("site", "")


def event_of(desk: StudyDesk, text: str) -> str:
    """The id of the event that a cell names; the text itself where it names none."""
    return named(_names(desk)[0], text)


def named(names: Names, text: str) -> str:
    """The id behind a name; the text itself where there is none."""
    return names.get(name_key(text), text)


def moment(text: str, order: str) -> str:
    """A day, or a day with a time, in ISO form; a text that is no whole day as it is."""
    try:
        found = read_cell(text, _DATE, order).date
    except BadCell:
        return text
    if found is None or not found.known:
        return text
    day = date_of(found.first).isoformat()
    return day if found.minute is None else f"{day} {clock_text(found.minute)}"


def date_order(desk: StudyDesk) -> str:
    """The order of dates that have two readings, as the study's settings say it."""
    found = ""
    for row in desk.settings:
        content = row.cells["text"].encode()
        found = parse_settings(row.cells["file"], content, study_faults()).dates
    return found


def _names(desk: StudyDesk) -> tuple[Names, Names, Names]:
    return names_in((desk.protocol, *desk.protocol.versions))
