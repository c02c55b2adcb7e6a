"""Tables as CSV, the trail, and what-if over the interface."""

from dataclasses import asdict
from datetime import date
from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.desk.calls import Call
from scheduler.desk.effects import Effects, effects_of
from scheduler.desk.interface.answers import BadRequest, body_of
from scheduler.errors import NotFound, shown
from scheduler.store.entries import TrailEntry

_CHANGES = 1000
_SUPPOSED = ("participant", "dates", "exposures")


def table_csv(call: Call) -> Response:
    """One table of the plan, the bytes that `washout plan` writes."""
    from scheduler.report.folder import table_bytes

    desk, name = call.desk, str(call.request.path_params["name"])
    as_of = _day(call.ask("as_of"), desk.as_of)
    found = desk.whole(as_of).written()
    if name not in found:
        raise NotFound(f"no such table; there are {', '.join(found)}")
    return Response(table_bytes(found[name]), media_type="text/csv; charset=utf-8")


def _day(text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise BadRequest("expected as_of as a day such as 2026-06-15") from error
    if not 1900 <= found.year <= 2100:
        raise BadRequest("expected as_of between 1900 and 2100")
    return found


def changes_get(call: Call) -> Response:
    """Entries of the trail after a number, oldest first, at most 1,000 at once."""
    text = call.ask("after", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise BadRequest("expected after as a whole number")
    desk = call.desk
    found = desk.store.changes(int(text), _CHANGES)
    told = [_told(entry) for entry in found if entry.study in ("", desk.key)]
    return JSONResponse({"changes": told, "last": found[-1].number if found else int(text)})


def _told(entry: TrailEntry) -> dict[str, Any]:
    return {
        "number": entry.number, "at": entry.at, "who": entry.who, "role": entry.role,
        "what": entry.what, "table": entry.table, "row": entry.row, "version": entry.version,
        "before": entry.cells_before, "after": entry.cells_after, "reason": entry.reason,
        "previous": entry.previous, "hash": entry.hash,
    }  # fmt: skip


def what_if(call: Call) -> Response:
    """What changes if steps take place on given days, or with further exposures; saves nothing."""
    desk, body = call.desk, body_of(call, *_SUPPOSED)
    if strange := [name for name in body if name not in _SUPPOSED]:
        raise BadRequest(f'found the key "{shown(strange[0])}", expected {", ".join(_SUPPOSED)}')
    code = body.get("participant")
    dates, exposures = body.get("dates", {}), body.get("exposures", [])
    if not isinstance(code, str):
        raise BadRequest('expected "participant" as text')
    if not isinstance(dates, dict) or not all(isinstance(day, str) for day in dates.values()):
        raise BadRequest('expected "dates" as an object of days by step')
    if not isinstance(exposures, list) or not all(
        isinstance(row, dict) and all(isinstance(text, str) for text in row.values())
        for row in exposures
    ):
        raise BadRequest('expected "exposures" as a list of objects of texts')
    one = desk.person(code)
    if one.plan is None:
        raise NotFound(f"{code} is not planned: {one.faults[0] if one.faults else ''}")
    then = call.office.lanes.supposed(desk, code, dates, exposures)
    found: Effects = effects_of(one, then, desk.label)
    changed = asdict(found)
    changed.pop("faults")
    return JSONResponse({"participant": code, "state": then.state, **changed})
