"""Recording what is known: an exposure, a decision, a participant, any row with its history."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from scheduler.desk.as_read import event_of
from scheduler.desk.calls import Call
from scheduler.desk.forms import (
    REASONS,
    FormFault,
    event_attributes,
    is_course,
    reason_of,
    row_form,
    version_of,
)
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.pages.attempts import attempt, conflict_page
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import gettext
from scheduler.errors import NotFound
from scheduler.protocol import UNSCHEDULED
from scheduler.store.stored import Edit, StoredRow
from scheduler.study.tables import LAYOUTS
from scheduler.wording.labelled import UNSCHEDULED_VISIT

_HISTORY = ("event", "start", "end")
EDITED = (*LAYOUTS,)


def exposure_page(call: Call) -> Response:
    """An exposure: the event by its label, its dates as people know them, what its rules ask."""
    desk = call.desk
    one = call.person(desk)
    call.need("record")
    row = _row_of(call, desk, "history", one.code)
    event = call.ask("c_event") or (row.cells.get("event", "") if row else "")
    known = event_of(desk, event)
    asked = event_attributes(desk.protocol, known)
    heads = (*_HISTORY, *asked, "note")
    values = {**{f"c_{h}": t for h, t in (row.cells if row else {}).items()}, **call.given}
    tried = attempt(call, desk, one.code, lambda: _exposure(call, desk, one, row, heads))
    if tried.saved:
        return call.go("/participant", s=desk.key, p=one.code, saved="1")
    if tried.conflict:
        return conflict_page(call, desk, tried.conflict)
    events = sorted(((e.label or e.name, e.name) for e in desk.protocol.events), key=str)
    return call.page(
        "exposure.html", tried.status, desk=desk, one=one, row=row, event=event, asked=asked,
        course=is_course(desk.protocol, known), values=values, tried=tried, events=events,
        reasons=REASONS, label=desk.label,
    )  # fmt: skip


def _exposure(
    call: Call, desk: StudyDesk, one: OnePlan, row: StoredRow | None, heads: Sequence[str]
) -> list[Edit]:
    if not call.ask("c_event"):
        raise FormFault(event=gettext("Choose what it was."))
    edits = row_form(desk, "history", call.given, row, heads)
    if row is None:
        cells = {"participant": one.code, **edits[0].cells}
        return [Edit("add", "history", {h: t for h, t in cells.items() if t or h in _HISTORY})]
    return edits


def _row_of(call: Call, desk: StudyDesk, table: str, code: str) -> StoredRow | None:
    """The row that a request is about, of this participant and standing.

    Raises: NotFound.
    """
    number = call.ask("row")
    if not number:
        return None
    for row in desk.rows.get(code, []):
        if row.table == table and str(row.row) == number and not row.void:
            return row
    raise NotFound(f"there is no such row in {table}")


def decision_page(call: Call) -> Response:
    """The physician's word on one finding: clear or exclude, for one exposure or all, and why."""
    desk = call.desk
    one = call.person(desk)
    call.need("decide")
    tried = attempt(call, desk, one.code, lambda: _decision(call, one))
    if tried.saved:
        return call.go("/participant", s=desk.key, p=one.code, saved="1")
    protocol = one.protocol or desk.protocol
    rules = [rule for rule in protocol.rules if rule.judgement]
    chosen = next((rule for rule in rules if rule.id == call.ask("rule")), None)
    found = [row for row in one.cells("history")
             if chosen and event_of(desk, row.cells.get("event", "")) in chosen.events]  # fmt: skip
    waiting = {row["rule"] for row in one.known.table("queries")
               if row["missing"] == "decision"}  # fmt: skip
    return call.page(
        "decision.html", tried.status, desk=desk, one=one, rules=rules, chosen=chosen,
        found=found, tried=tried, label=desk.label, waiting=waiting,
        earlier=one.cells("decisions"),
        sentences=[row for row in one.table("blocked") if chosen and row["rule"] == chosen.id],
    )  # fmt: skip


def _decision(call: Call, one: OnePlan) -> list[Edit]:
    faults: dict[str, str] = {}
    if call.ask("decision") not in ("clear", "exclude"):
        faults["decision"] = gettext("Say clear or exclude.")
    if not call.ask("note"):
        faults["note"] = gettext("Say why, in a few words.")
    if not call.ask("by"):
        faults["by"] = gettext("Whose decision is it?")
    if not call.ask("date"):
        faults["date"] = gettext("On which day was it made?")
    if faults:
        raise FormFault(**faults)
    cells = {
        "participant": one.code, "rule": call.ask("rule"), "decision": call.ask("decision"),
        "date": call.ask("date"), "by": call.ask("by"), "note": call.ask("note"),
    }  # fmt: skip
    number = call.ask("exposure")
    row = next((row for row in one.cells("history") if str(row.row) == number), None)
    if row is not None:
        cells |= {"event": row.cells["event"], "start": row.cells["start"]}
    return [Edit("add", "decisions", cells)]


def row_page(call: Call) -> Response:
    """Any row of the study's tables: its cells, its corrections, its voiding; or a new one."""
    desk = call.desk
    table = call.ask("t")
    if table not in EDITED:
        raise NotFound("there is no such table")
    call.need("decide" if table == "decisions" else "record")
    row = _any_row(call, desk, table)
    heads = _heads(desk, table, row)
    code = row.cells.get("participant", "") if row else (call.ask("c_participant") or call.ask("p"))
    tried = attempt(call, desk, code, lambda: _whole(desk, table, call, row, heads, code))
    if tried.saved:
        if table == "participants" and call.ask("go") == "void":
            return call.go("/participants", s=desk.key, saved="1")
        return call.go("/participant", s=desk.key, p=code, saved="1")
    if tried.conflict:
        return conflict_page(call, desk, tried.conflict)
    values: Mapping[str, str] = {**{f"c_{h}": t for h, t in (row.cells if row else {}).items()},
                                 **call.given}  # fmt: skip
    return call.page(
        "row.html", tried.status, desk=desk, table=table, row=row, heads=heads, tried=tried,
        values=values, reasons=REASONS, code=code, label=desk.label,
        options=_options(desk, table), history=_history(desk, table, row),
        required=LAYOUTS[table].required,
    )  # fmt: skip


def _whole(
    desk: StudyDesk,
    table: str,
    call: Call,
    row: StoredRow | None,
    heads: Sequence[str],
    code: str,
) -> list[Edit]:
    given = dict(call.given)
    if "participant" in heads and row is None and not given.get("c_participant"):
        given["c_participant"] = code
    if row is None and table == "participants" and given["c_participant"].strip() in desk.codes:
        raise FormFault(participant=gettext("This code is there already."))
    return row_form(desk, table, given, row, heads)


def _any_row(call: Call, desk: StudyDesk, table: str) -> StoredRow | None:
    number = call.ask("row")
    if not number:
        return None
    for rows in desk.rows.values():
        for row in rows:
            if row.table == table and str(row.row) == number and not row.void:
                return row
    raise NotFound(f"there is no such row in {table}, or it is void")


def _heads(desk: StudyDesk, table: str, row: StoredRow | None) -> tuple[str, ...]:
    known = desk.heads.get(table, LAYOUTS[table].columns)
    more = [head for head in (*LAYOUTS[table].columns, *(row.cells if row else ()))
            if head not in known]  # fmt: skip
    return tuple(dict.fromkeys((*known, *more)))


def _options(desk: StudyDesk, table: str) -> dict[str, list[tuple[str, str]]]:
    """The values that a column may take, with what they are called."""
    protocol = desk.protocol
    nodes = [(node.name, node.label) for node in protocol.steps]
    tasks = [(item.name, f"{item.label} (task)") for item in protocol.task_items]
    tests = [(test.id, f"{test.label} (test)") for test in protocol.tests]
    sites = [(row.cells["site"], row.cells["site"]) for row in desk.shared if not row.void]
    found = {
        "sex": [("female", "female"), ("male", "male")],
        "status": [(word, word) for word in ("done", "booked", "missed", "cancelled")],
        "decision": [("clear", "clear"), ("exclude", "exclude")],
        "milestone": [*nodes, (UNSCHEDULED, UNSCHEDULED_VISIT), *tests, *tasks],
        "rule": [(rule.id, rule.summary or rule.id) for rule in protocol.rules if rule.judgement],
    }
    if table == "history":
        found["event"] = [(event.name, event.label or event.name) for event in protocol.events]
    if sites:
        found["site"] = sites
    if protocol.versions:
        labels = [protocol.version, *(one.version for one in protocol.versions)]
        found["protocol_version"] = [(label, label) for label in labels]
    return found


def _history(desk: StudyDesk, table: str, row: StoredRow | None) -> list[object]:
    if row is None:
        return []
    entries = desk.store.changes(0, 10_000, study=desk.key, tbl=table)
    return [entry for entry in entries if entry.row == row.row]


def note_edit(call: Call, code: str, row: StoredRow | None, cells: Mapping[str, str]) -> Edit:
    """The explanation of a deviation as a row: a new one, or a correction of the one there."""
    if row is None:
        return Edit("add", "deviation_notes", {"participant": code, **cells})
    changed = {head: text for head, text in cells.items() if row.cells.get(head, "") != text}
    why = reason_of(call.given)
    return Edit("correct", "deviation_notes", changed, row.row, version_of(call.given), why)
