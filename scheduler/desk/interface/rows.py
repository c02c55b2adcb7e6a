"""Rows of the study's tables over the interface: read, add, correct, void."""

from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.desk.calls import Call
from scheduler.desk.forms import of_attempt
from scheduler.desk.interface.answers import (
    BadRequest,
    body_of,
    cells_in,
    number_in,
    text_in,
)
from scheduler.desk.people import StudyDesk
from scheduler.desk.whole_study import save_sites
from scheduler.store.exporting import NOTE_HEADS, NOTES
from scheduler.store.faults import RowGone
from scheduler.store.stored import Edit, StoredRow
from scheduler.study.tables import LAYOUTS

TABLES = (*LAYOUTS, "sites", NOTES)


def record(row: StoredRow) -> dict[str, Any]:
    """A row as the interface tells it."""
    return {"row": row.row, "version": row.version, "void": row.void, "cells": row.cells}


def table_of(call: Call) -> str:
    """The table in the address.

    Raises: BadRequest.
    """
    table = str(call.request.path_params["table"])
    if table not in TABLES:
        raise RowGone(f"no such table; there are {', '.join(TABLES)}")
    return table


def rows_get(call: Call) -> Response:
    """Every row of a table, void ones marked."""
    desk, table = call.desk, table_of(call)
    mark = f'"{desk.key.encode().hex()[:16]}-{table}-{desk.number}"'
    if call.request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers={"etag": mark})
    rows = [record(row) for row in desk.every_row() if row.table == table]
    heads = NOTE_HEADS if table == NOTES else desk.heads.get(table, ())
    content = {"table": table, "columns": list(heads), "rows": rows}
    return JSONResponse(content, headers={"etag": mark})


def rows_add(call: Call) -> Response:
    """A new row."""
    desk, table = call.desk, table_of(call)
    _need(call, table)
    body = body_of(call)
    cells = cells_in(body)
    if not any(cells.values()):
        raise BadRequest("expected at least one cell that is not blank")
    edit = Edit("add", table, cells, reason=text_in(body, "reason"))
    saved = _saved(call, desk, table, cells.get("participant", ""), edit)
    return JSONResponse({"row": saved.row, "version": saved.version}, 201)


def row_put(call: Call) -> Response:
    """A correction of some cells of a row."""
    desk, table = call.desk, table_of(call)
    _need(call, table)
    body = body_of(call)
    row = _row(desk, table, call)
    cells = cells_in(body)
    code = row.cells.get("participant", "")
    if table != "sites" and cells.get("participant", code) != code:
        raise BadRequest("a row stays with its participant: void it and add another one")
    version, reason = number_in(body, "version"), text_in(body, "reason")
    edit = Edit("correct", table, cells, row.row, version, reason)
    saved = _saved(call, desk, table, code, edit)
    return JSONResponse(record(saved))


def row_void(call: Call) -> Response:
    """A row leaves the plan and stays in the trail."""
    desk, table = call.desk, table_of(call)
    _need(call, table)
    body = body_of(call)
    row = _row(desk, table, call)
    version, reason = number_in(body, "version"), text_in(body, "reason")
    edits = [Edit("void", table, {}, row.row, version, reason)]
    code = row.cells.get("participant", "")
    if table == "participants":
        edits += [
            Edit("void", one.table, {}, one.row, one.version, reason)
            for one in desk.rows.get(code, []) if one.table != "participants" and not one.void
        ]  # fmt: skip
    saved = _saved(call, desk, table, code, *edits)
    return JSONResponse(record(saved))


def _need(call: Call, table: str) -> None:
    call.need("decide" if table == "decisions" else "record")


def _row(desk: StudyDesk, table: str, call: Call) -> StoredRow:
    number = call.request.path_params["row"]
    if not 0 < number < 2**53:
        raise RowGone(f"there is no row {number} in {table}")
    return desk.store.row(desk.key, table, number)


def _saved(call: Call, desk: StudyDesk, table: str, code: str, *edits: Edit) -> StoredRow:
    first = edits[0]
    if table == "sites":
        save_sites(desk, edits, call.actor)
        rows = desk.store.rows(desk.key, "sites")
        return next((row for row in rows if row.row == first.row), rows[-1])
    if table == NOTES and any(head not in NOTE_HEADS for head in first.cells):
        raise BadRequest(f"expected the columns {', '.join(NOTE_HEADS)}")
    mine = [of_attempt(desk, code, edit) for edit in edits]
    return desk.save(code, mine, call.actor)[0]
