"""Answers that people give turned into rows of the study folder, and nothing else.

One question covers what happened to an appointment; each answer writes the rows that the commands
know: done, booked, missed, cancelled. What is wrong in a form is told beside its field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from scheduler.desk.as_read import DatedRow, attempt_of, date_order, dated_rows, moment
from scheduler.desk.one_plan import person_cells
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import gettext, marked
from scheduler.errors import Fault
from scheduler.protocol import Protocol
from scheduler.store.stored import Edit, StoredRow

REASONS = (
    marked("Typing error"),
    marked("New information from the source document"),
    marked("Wrong participant or step"),
    marked("Entered twice"),
    marked("Partial date completed"),
    marked("Other"),
)
ANSWERS = {
    "done": marked("Took place as booked"),
    "other_day": marked("Took place on another day"),
    "missed": marked("Did not come, and the visit is over"),
    "moved": marked("Moved to another day"),
    "cancelled": marked("Cancelled, no new day yet"),
}
Given = Mapping[str, str]


class FormFault(Exception):
    """A form that cannot be turned into rows; what is wrong by field."""

    def __init__(self, **faults: str) -> None:
        """By the names of the fields; `form` is about all of them."""
        self.faults = faults
        super().__init__("; ".join(faults.values()))


@dataclass(frozen=True)
class Form:
    """A form as it was filled in, what is wrong by field, and what it would change."""

    values: Given = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "")

    def fault(self, name: str) -> str:
        """What is wrong with a field, or an empty text."""
        return self.faults.get(name, "")


def by_field(faults: Iterable[Fault]) -> dict[str, str]:
    """Faults of the study reader beside the fields that they are about."""
    found: dict[str, str] = {}
    for fault in faults:
        text = f"{fault.message[:1].upper()}{fault.message[1:]} ({fault.code})."
        text += f" {fault.way_out}" if fault.way_out else ""
        name = fault.path if fault.path else "form"
        found[name] = f"{found[name]} {text}" if name in found else text
    return found


def reason_of(given: Given, needed: bool = True) -> str:
    """The reason as it goes into the trail: one of the list, with own words.

    Raises: FormFault where one is needed and none is given.
    """
    chosen, own = given.get("why", "").strip(), given.get("why_words", "").strip()
    if chosen == "Other" or not chosen:
        if needed and not own:
            raise FormFault(
                why=gettext("A correction needs a reason: choose one, or say it in your words.")
            )
        return own
    return f"{chosen}: {own}" if own else chosen


def moment_of(given: Given, day: str = "day", time: str = "time") -> str:
    """A day with its time where one is given; judged by the study reader.

    Raises: FormFault where there is no day.
    """
    text, clock = given.get(day, "").strip(), given.get(time, "").strip()
    if not text:
        raise FormFault(**{day: gettext("Choose a day.")})
    return f"{text} {clock}" if clock else text


def _date_row(code: str, node: str, when: str, status: str, note: str = "") -> Edit:
    cells = {"participant": code, "milestone": node, "date": when, "status": status, "note": note}
    return Edit("add", "dates", cells)


def of_attempt(desk: StudyDesk, code: str, edit: Edit) -> Edit:
    """A new date of somebody who is screened again says which attempt it belongs to."""
    number = attempt_of(person_cells(desk.rows.get(code, [])))
    if edit.table != "dates" or edit.what != "add" or number == "1":
        return edit
    return replace(edit, cells={**edit.cells, "attempt": edit.cells.get("attempt") or number})


def bookings_of(desk: StudyDesk, code: str, node: str) -> list[DatedRow]:
    """The rows that stand as bookings of a step: booked, and no cancelled row ends them."""
    rows = dated_rows(desk, code, node)
    ended = [one.when for one in rows if one.status == "cancelled"]
    standing = []
    for one in rows:
        if one.status != "booked":
            continue
        same = one.when in ended
        match = one.when if same else next((e for e in ended if e[:10] == one.when[:10]), None)
        if match is None:
            standing.append(one)
        else:
            ended.remove(match)
    return standing


def book(desk: StudyDesk, code: str, node: str, given: Given) -> list[Edit]:
    """A booking; one that stands on another day is cancelled with it.

    Raises: FormFault.
    """
    when, note = moment_of(given), given.get("note", "").strip()
    standing = bookings_of(desk, code, node)
    if any(one.when == moment(when, date_order(desk)) for one in standing):
        raise FormFault(day=gettext("This step is booked for that day already."))
    edits = [_ended(code, node, one, note) for one in standing]
    return [*_revived(desk, code, node, when), *edits, _date_row(code, node, when, "booked", note)]


def _revived(desk: StudyDesk, code: str, node: str, when: str) -> list[Edit]:
    """A day that was cancelled before is booked again: the old pair of rows would end it too."""
    day = moment(when, date_order(desk))[:10]
    old = [one for one in dated_rows(desk, code, node)
           if one.when[:10] == day and one.status in ("booked", "cancelled")]  # fmt: skip
    if not any(one.status == "cancelled" for one in old):
        return []
    standing = {one.row.row for one in bookings_of(desk, code, node)}
    why = "booked again for the same day"
    return [Edit("void", "dates", {}, one.row.row, one.row.version, why) for one in old
            if one.row.row not in standing]  # fmt: skip


def _ended(code: str, node: str, booking: DatedRow, note: str) -> Edit:
    """The row that ends a booking, with its day as it was typed."""
    return _date_row(code, node, booking.row.cells["date"], "cancelled", note)


def happened(desk: StudyDesk, code: str, node: str, given: Given) -> list[Edit]:
    """What became of an appointment, as rows.

    Raises: FormFault.
    """
    answer, note = given.get("answer", ""), given.get("note", "").strip()
    standing = bookings_of(desk, code, node)
    if answer == "done":
        when = standing[0].row.cells["date"] if standing else moment_of(given)
        return [_date_row(code, node, when, "done", note)]
    if answer == "other_day":
        return [_date_row(code, node, moment_of(given), "done", note)]
    if answer == "moved":
        return book(desk, code, node, given)
    if answer not in ("missed", "cancelled"):
        raise FormFault(answer=gettext("Say what happened."))
    if not note:
        raise FormFault(note=gettext("Say why, in a few words."))
    cancelled = [_ended(code, node, one, note) for one in standing]
    if answer == "cancelled":
        if not standing:
            raise FormFault(answer=gettext("Nothing is booked that could be cancelled."))
        return cancelled
    when = standing[0].row.cells["date"] if standing else moment_of(given)
    return [_date_row(code, node, when, "missed", note)]


def row_form(
    desk: StudyDesk, table: str, given: Given, row: StoredRow | None, heads: Iterable[str]
) -> list[Edit]:
    """A row that is added, corrected or voided from its cells in a form.

    Raises: FormFault.
    """
    if given.get("go") == "void" and row is not None:
        return [_void(row, version_of(given), reason_of(given)), *_with_it(desk, row, given)]
    cells = {head: given.get(f"c_{head}", "").strip() for head in heads}
    if row is None:
        filled = dict(cells)
        if not any(filled.values()):
            raise FormFault(form=gettext("Fill in the fields."))
        return [Edit("add", table, filled)]
    changed = {head: text for head, text in cells.items() if row.cells.get(head, "") != text}
    if not changed:
        raise FormFault(form=gettext("Nothing differs from what is recorded."))
    if table == "participants" and "participant" in changed:
        raise FormFault(
            participant=gettext("A code stays: void this participant and add the right one.")
        )
    return [Edit("correct", table, changed, row.row, version_of(given), reason_of(given))]


def _void(row: StoredRow, version: int, reason: str) -> Edit:
    return Edit("void", row.table, {}, row.row, version, reason)


def _with_it(desk: StudyDesk, row: StoredRow, given: Given) -> list[Edit]:
    """All that belongs to a participant goes with them."""
    if row.table != "participants":
        return []
    mine = desk.rows.get(row.cells.get("participant", ""), [])
    others = [one for one in mine if one.table != "participants" and not one.void]
    return [_void(one, one.version, reason_of(given)) for one in others]


def version_of(given: Given) -> int:
    """The version that a form was filled in for."""
    return whole_number(given.get("version", ""))


def whole_number(text: str) -> int:
    """A whole number in the digits 0 to 9, of at most 15; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def event_attributes(protocol: Protocol, event: str) -> dict[str, tuple[str, ...]]:
    """The attributes of an exposure that this event's rules ask for, with the words they know."""
    found: dict[str, dict[str, None]] = {}
    for one in (*protocol.versions, protocol):
        rules = [rule for rule in one.rules if event in rule.events]
        for rule in rules:
            for name, values in rule.exempt.items():
                found.setdefault(name, {}).update(dict.fromkeys(values))
            if rule.length is not None and "half" in str(rule.length).lower():
                found.setdefault("half_life", {})
                found.setdefault("agent", {}).update(
                    dict.fromkeys(agent.name for agent in one.agents)
                )
    return {name: tuple(values) for name, values in found.items()}


def is_course(protocol: Protocol, event: str) -> bool:
    """Whether an event lasts, so that its end is asked for."""
    for one in (protocol, *protocol.versions):
        place = one.event_index.get(event)
        if place is not None:
            return not one.events[place].point
    return True
