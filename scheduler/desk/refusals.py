"""What every kind of refusal looks like: a page for people, an answer for programs."""

import sys
import traceback
from collections.abc import Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from scheduler.desk.calls import NotAllowed
from scheduler.desk.interface.answers import (
    BadRequest,
    conflict_answer,
    faults_answer,
    refusal,
)
from scheduler.desk.office import Office
from scheduler.desk.texts import gettext, marked
from scheduler.desk.views import address, render
from scheduler.errors import InputFaults, NotFound, WashoutError
from scheduler.store.faults import ReasonNeeded, RowChanged, RowGone, StoreFault

_HTML = "text/html; charset=utf-8"
# The first kind that an error is of says the status.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (BadRequest, 400), (NotAllowed, 403), (NotFound, 404), (RowGone, 404), (RowChanged, 409),
    (ReasonNeeded, 422), (InputFaults, 422), (StoreFault, 503), (WashoutError, 422),
)  # fmt: skip
_SAID = {
    400: marked("The request is wrong."),
    404: marked("There is no such page."),
    405: marked("This cannot be done here."),
    413: marked("This is more than the desk takes at once."),
}


def status_of(error: Exception) -> int:
    """The status that tells an error; 500 for one that should not be."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def page_refusal(office: Office, request: Request, error: Exception) -> Response:
    """A page that says what is wrong."""
    status = status_of(error)
    if status == 500:
        return broken(request, error)
    if isinstance(error, InputFaults):
        said = gettext("The record has faults that keep this from being worked out.")
        return message(office, request, status, said, [str(fault) for fault in error.faults])
    if isinstance(error, NotAllowed):
        return message(office, request, status, gettext("Your role does not allow this."))
    return message(office, request, status, sentence(error))


def program_refusal(office: Office, request: Request, error: Exception) -> Response:
    """An answer that says what is wrong, fault by fault where there are several."""
    status = status_of(error)
    if status == 500:
        return broken(request, error)
    if isinstance(error, RowChanged):
        return conflict_answer(error)
    if isinstance(error, InputFaults):
        return faults_answer(error.faults, request.method == "GET")
    if isinstance(error, NotAllowed):
        return refusal(status, "this role may not do this")
    if isinstance(error, ReasonNeeded):
        fault = {"code": "reason", "place": "reason", "found": "a blank", "expected": "a reason",
                 "way_out": str(error)}  # fmt: skip
        return refusal(status, str(error), faults=[fault])
    return refusal(status, str(error))


def turned_away(office: Office, request: Request) -> Response:
    """Where somebody is led who is not in yet."""
    if office.shared:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(
            address("/login", next=here if request.method == "GET" else ""), 303
        )
    said = gettext(
        "This desk opens with the launch address that was printed where it was started. "
        "Each address works once."
    )
    return message(office, request, 401, said)


def no_token(office: Office, request: Request) -> Response:
    """What a program is told that brings no token."""
    answer = refusal(401, "a token or a log-in is needed")
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def sentence(error: Exception) -> str:
    """What an error says, as a sentence."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def message(
    office: Office | None, request: Request, status: int, said: str, more: Iterable[str] = ()
) -> Response:
    """A page with one sentence, and a list below it."""
    back = office is not None and request.method == "POST"
    values = {"status": status, "said": said, "more": list(more), "office": office, "back": back}
    return Response(render("message.html", values), status, media_type=_HTML)


def refused_by_router(request: Request, error: Exception) -> Response:
    """No such address, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    said = gettext(_SAID.get(status, _SAID[400]))
    found = _plain(request, status, said)
    found.headers.update(getattr(error, "headers", None) or {})
    return found


def broken(request: Request, error: Exception) -> Response:
    """Something that should not be: told on the terminal, without what people typed."""
    trace = "".join(traceback.format_exception(sys.exception() or error))
    print(f"washout desk: {request.method} {request.url.path}\n{trace}", file=sys.stderr)
    said = gettext("The desk could not answer. Nothing was saved; the terminal tells more.")
    return _plain(request, 500, said)


def _plain(request: Request, status: int, said: str) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": said}, status)
    return message(None, request, status, said)
