"""The addresses of the desk: pages for people, and the interface for programs."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.desk.calls import Call, Handler
from scheduler.desk.interface.questions import changes_get, table_csv, what_if
from scheduler.desk.interface.rows import row_put, row_void, rows_add, rows_get
from scheduler.desk.pages.agenda import calendar_page, feeds_page, sheet_page, week_page
from scheduler.desk.pages.entrance import account_page, users_page
from scheduler.desk.pages.lists import (
    deviation_page,
    deviations_page,
    questions_page,
    trail_csv,
    trail_page,
)
from scheduler.desk.pages.participants import participant_page, participants_page
from scheduler.desk.pages.records import decision_page, exposure_page, row_page
from scheduler.desk.pages.steps import happened_page, step_page, why_answer
from scheduler.desk.pages.study import export_file, export_page, protocol_page, sites_page
from scheduler.desk.pages.today import today_page
from scheduler.tables.tables import WRITTEN

Route = tuple[str, list[str], Handler]
_SEEN, _FILLED = ["GET"], ["GET", "POST"]


@cache
def open_document() -> dict[str, Any]:
    """The description of the interface (OpenAPI 3.1); its tables are those that a plan writes."""
    text = (files("scheduler.desk.interface") / "openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    (name, *_) = found["paths"]["/api/tables/{name}.csv"]["get"]["parameters"]
    name["schema"]["enum"] = list(WRITTEN)
    return found


def _document(call: Call) -> Response:
    return JSONResponse(open_document())


PAGES: tuple[Route, ...] = (
    ("/", _SEEN, today_page),
    ("/participants", _SEEN, participants_page),
    ("/participant", _SEEN, participant_page),
    ("/step", _FILLED, step_page),
    ("/why", _SEEN, why_answer),
    ("/happened", _FILLED, happened_page),
    ("/exposure", _FILLED, exposure_page),
    ("/decision", _FILLED, decision_page),
    ("/row", _FILLED, row_page),
    ("/questions", _SEEN, questions_page),
    ("/deviations", _SEEN, deviations_page),
    ("/deviation", _FILLED, deviation_page),
    ("/calendar", _SEEN, calendar_page),
    ("/week", _SEEN, week_page),
    ("/sheet", _SEEN, sheet_page),
    ("/feeds", _FILLED, feeds_page),
    ("/protocol", _FILLED, protocol_page),
    ("/sites", _FILLED, sites_page),
    ("/trail", _SEEN, trail_page),
    ("/trail.csv", _SEEN, trail_csv),
    ("/users", _FILLED, users_page),
    ("/account", _FILLED, account_page),
    ("/export", _SEEN, export_page),
    ("/export/file", _SEEN, export_file),
)
PROGRAMS: tuple[Route, ...] = (
    ("/api/openapi.json", _SEEN, _document),
    ("/api/rows/{table}", ["GET"], rows_get),
    ("/api/rows/{table}", ["POST"], rows_add),
    ("/api/rows/{table}/{row:int}", ["PUT"], row_put),
    ("/api/rows/{table}/{row:int}/void", ["POST"], row_void),
    ("/api/tables/{name}.csv", _SEEN, table_csv),
    ("/api/changes", _SEEN, changes_get),
    ("/api/what-if", ["POST"], what_if),
)
