"""The addresses of the desk: pages for people, and the interface for programs."""

import json
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, cast

from starlette.responses import JSONResponse, Response

from scheduler.desk.calls import Call, Handler
from scheduler.desk.views import load_templates
from scheduler.tables.tables import WRITTEN

# an address, its methods, and the module and name of what answers: it is loaded when it is asked
Route = tuple[str, list[str], str]
_SEEN, _FILLED = ["GET"], ["GET", "POST"]


@cache
def handler(place: str) -> Handler:
    """What answers, by its module and name in the desk's room."""
    module, _, name = place.rpartition(".")
    return cast(Handler, getattr(import_module(f"scheduler.desk.{module}"), name))


def load_pages() -> None:
    """Loads the pages that nobody has asked for yet: their code and their templates."""
    load_templates()
    for _, _, place in (*PAGES, *PROGRAMS):
        handler(place)


@cache
def open_document() -> dict[str, Any]:
    """The description of the interface (OpenAPI 3.1); its tables are those that a plan writes."""
    text = (files("scheduler.desk.interface") / "openapi.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    (name, *_) = found["paths"]["/api/tables/{name}.csv"]["get"]["parameters"]
    name["schema"]["enum"] = list(WRITTEN)
    return found


def document(call: Call) -> Response:
    """The description of the interface."""
    return JSONResponse(open_document())


PAGES: tuple[Route, ...] = (
    ("/", _SEEN, "pages.today.today_page"),
    ("/participants", _SEEN, "pages.participants.participants_page"),
    ("/participant", _SEEN, "pages.participants.participant_page"),
    ("/step", _FILLED, "pages.steps.step_page"),
    ("/why", _SEEN, "pages.steps.why_answer"),
    ("/happened", _FILLED, "pages.steps.happened_page"),
    ("/exposure", _FILLED, "pages.records.exposure_page"),
    ("/decision", _FILLED, "pages.records.decision_page"),
    ("/row", _FILLED, "pages.records.row_page"),
    ("/questions", _SEEN, "pages.lists.questions_page"),
    ("/deviations", _SEEN, "pages.lists.deviations_page"),
    ("/deviation", _FILLED, "pages.lists.deviation_page"),
    ("/calendar", _SEEN, "pages.agenda.calendar_page"),
    ("/week", _SEEN, "pages.agenda.week_page"),
    ("/sheet", _SEEN, "pages.agenda.sheet_page"),
    ("/feeds", _FILLED, "pages.agenda.feeds_page"),
    ("/protocol", _FILLED, "pages.study.protocol_page"),
    ("/sites", _FILLED, "pages.study.sites_page"),
    ("/trail", _SEEN, "pages.lists.trail_page"),
    ("/trail.csv", _SEEN, "pages.lists.trail_csv"),
    ("/users", _FILLED, "pages.entrance.users_page"),
    ("/account", _FILLED, "pages.entrance.account_page"),
    ("/export", _SEEN, "pages.study.export_page"),
    ("/export/file", _SEEN, "pages.study.export_file"),
)
PROGRAMS: tuple[Route, ...] = (
    ("/api/openapi.json", _SEEN, "routes.document"),
    ("/api/rows/{table}", ["GET"], "interface.rows.rows_get"),
    ("/api/rows/{table}", ["POST"], "interface.rows.rows_add"),
    ("/api/rows/{table}/{row:int}", ["PUT"], "interface.rows.row_put"),
    ("/api/rows/{table}/{row:int}/void", ["POST"], "interface.rows.row_void"),
    ("/api/tables/{name}.csv", _SEEN, "interface.questions.table_csv"),
    ("/api/changes", _SEEN, "interface.questions.changes_get"),
    ("/api/what-if", ["POST"], "interface.questions.what_if"),
)
