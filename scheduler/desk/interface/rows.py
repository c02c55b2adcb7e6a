"""Rows of the study's tables over the interface: read, add, correct, void."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.binding.context import codes_alike, no_participant
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
from scheduler.errors import InputFaults, asked, did_you_mean, shown
from scheduler.store.exporting import NOTE_HEADS, NOTES
from scheduler.store.faults import RowGone
from scheduler.store.site_cells import SITE_HEADS
from scheduler.store.stored import Edit, StoredRow
from scheduler.study.faults import study_faults
from scheduler.study.tables import LAYOUTS, OTHER_NAMES, normal_name

TABLES = (*LAYOUTS, "sites", NOTES)
_NEW = 10**9  # the number that a row has until it is saved


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
    body = body_of(call, "cells", "reason")
    cells = cells_in(body)
    if not any(cells.values()):
        raise BadRequest("expected at least one cell that is not blank")
    cells = _in_columns(desk, table, cells)
    edit = Edit("add", table, cells, reason=text_in(body, "reason"))
    saved = _saved(call, desk, table, cells.get("participant", ""), edit)
    return JSONResponse({"row": saved.row, "version": saved.version}, 201)


def row_put(call: Call) -> Response:
    """A correction of some cells of a row."""
    desk, table = call.desk, table_of(call)
    _need(call, table)
    body = body_of(call, "cells", "version", "reason")
    row = _row(desk, table, call)
    cells = _in_columns(desk, table, cells_in(body))
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
    body = body_of(call, "version", "reason")
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


def _in_columns(desk: StudyDesk, table: str, cells: Mapping[str, str]) -> dict[str, str]:
    """Cells under the heads that the table has, which may differ in case and blanks.

    Raises: BadRequest for a column twice, InputFaults for a further one that looks like a slip.
    """
    fixed = {NOTES: NOTE_HEADS, "sites": SITE_HEADS}
    heads = fixed.get(table) or desk.heads.get(table) or LAYOUTS[table].columns
    known = {normal_name(head): head for head in heads}
    found: dict[str, str] = {}
    faults = study_faults()
    for given, text in cells.items():
        head = known.get(normal_name(given), given)
        if head in found:
            raise BadRequest(f'expected the column "{head}" once')
        found[head] = text
        plain = normal_name(unicodedata.normalize("NFKC", given))
        near = OTHER_NAMES.get(plain, "") if table in LAYOUTS else ""
        near = near if near in heads else did_you_mean(plain, heads)
        if head not in heads and near and table != "sites":
            said = f"found the column {shown(given)}, expected {', '.join(heads)}{asked(near)}"
            way_out = f"write it as {near}, or as something that does not resemble it"
            faults.add("S221", table, None, given, said, way_out)
    if faults.all:
        raise InputFaults(faults.all)
    return found


def _refuse_of_nobody(desk: StudyDesk, code: str, edits: Sequence[Edit]) -> None:
    """Refuses rows of a participant who is not there, with all else that is wrong with them.

    Raises: InputFaults.
    """
    edit = edits[0]
    if edit.table == "participants" or edit.what == "void" or code in desk.codes:
        return
    site = next((row.cells.get("site", "") for row in desk.shared if not row.void), "")
    stand_in = Edit("add", "participants", {"participant": code, "site": site})
    more = desk.suppose(code, [edit, stand_in]).faults
    faults = study_faults()
    if code:
        said = no_participant(code, codes_alike(desk.codes))
        faults.add("S240", edit.table, edit.row or _NEW, "participant", said)
    raise InputFaults(
        [*faults.all, *(one for one in more if one.place.partition(":")[0] != "participants")]
    )


def _saved(call: Call, desk: StudyDesk, table: str, code: str, *edits: Edit) -> StoredRow:
    first = edits[0]
    if table == "sites":
        save_sites(desk, edits, call.actor)
        rows = desk.store.rows(desk.key, "sites")
        return next((row for row in rows if row.row == first.row), rows[-1])
    if table == NOTES and any(head not in NOTE_HEADS for head in first.cells):
        raise BadRequest(f"expected the columns {', '.join(NOTE_HEADS)}")
    _refuse_of_nobody(desk, code, edits)
    mine = [of_attempt(desk, code, edit) for edit in edits]
    return desk.save(code, mine, call.actor)[0]
