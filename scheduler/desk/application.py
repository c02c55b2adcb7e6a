"""The web application: addresses, who may reach them, and what every kind of refusal looks like."""

import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from scheduler.desk.guard import Guard
from scheduler.desk.interface.answers import (
    BadRequest,
    conflict_answer,
    faults_answer,
    refusal,
)
from scheduler.desk.office import Office
from scheduler.desk.routes import PAGES, PLANNED, PROGRAMS
from scheduler.desk.views import STATIC, address, render, static_file
from scheduler.desk.visitors import may
from scheduler.desk.visits import Call, Handler, NotAllowed
from scheduler.errors import InputFaults, NotFound, WashoutError
from scheduler.store.faults import ReasonNeeded, RowChanged, RowGone, StoreClosed, StoreFault

MOST_BYTES = 5 * 2**20
_MOST_FIELDS = 200
_SAID = {
    404: "There is no such page.",
    405: "This cannot be done here.",
    413: "This is more than the desk takes at once.",
}
Endpoint = Callable[[Request], Awaitable[Response]]


def make_application(office: Office, hosts: Iterable[str], secure: bool) -> Starlette:
    """The desk as an ASGI application, to be called by one of the host names."""
    routes = [
        Route("/static/{name}", _static),
        Route("/launch", _launch(office)),
        Route("/login", _login(office), methods=["GET", "POST"]),
        Route("/logout", _logout(office), methods=["POST"]),
        Route("/feeds/{secret}.ics", _feed(office)),
    ]
    for path, methods, handler in PAGES:
        routes.append(Route(path, _page(office, handler), methods=methods))
    for path, methods, handler in PROGRAMS:
        routes.append(Route(path, _program(office, handler), methods=methods))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, hosts=tuple(hosts), secure=secure)],
        exception_handlers={HTTPException: _refused_by_router, 500: _broken},
        max_body_size=MOST_BYTES,
    )


async def _form(request: Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """The query, the fields over it, and uploaded files.

    Raises: BadRequest.
    """
    given = dict(request.query_params)
    files: dict[str, tuple[str, bytes]] = {}
    if request.method == "POST":
        async with request.form(max_files=2, max_fields=_MOST_FIELDS) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = value.filename or "", await value.read()
                else:
                    given[name] = value
    if any("\x00" in text for pair in given.items() for text in pair):
        raise BadRequest("a character that no text may hold")
    return given, {name: one for name, one in files.items() if one[1]}


def _page(office: Office, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            given, files = await _form(request)
        except BadRequest as error:
            return _message(office, request, 400, error.said)
        return await run_in_threadpool(_answered, office, request, handler, given, files)

    return endpoint


def _answered(
    office: Office, request: Request, handler: Handler, given: Mapping[str, str],
    files: Mapping[str, tuple[str, bytes]],
) -> Response:  # fmt: skip
    try:
        actor = office.visitors.of(request)
        if not may(actor, "see") or actor is None:
            return _turned_away(office, request)
        with office.planning if handler in PLANNED else nullcontext():
            return handler(Call(office, request, actor, given, files))
    except NotAllowed:
        return _message(office, request, 403, "Your role does not allow this.")
    except (NotFound, RowGone) as error:
        return _message(office, request, 404, _sentence(error))
    except RowChanged as error:
        return _message(office, request, 409, _sentence(error))
    except ReasonNeeded as error:
        return _message(office, request, 422, _sentence(error))
    except InputFaults as error:
        said = "The record has faults that keep this from being worked out."
        return _message(office, request, 422, said, [str(fault) for fault in error.faults])
    except StoreFault as error:
        return _message(office, request, 503, _sentence(error))
    except WashoutError as error:
        return _message(office, request, 422, _sentence(error))
    except Exception:
        return _broken(request, RuntimeError())


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _turned_away(office: Office, request: Request) -> Response:
    if office.shared:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(
            address("/login", next=here if request.method == "GET" else ""), 303
        )
    said = (
        "This desk opens with the launch address that was printed where it was started. "
        "Each address works once."
    )
    return _message(office, request, 401, said)


def _message(
    office: Office, request: Request, status: int, said: str, more: Iterable[str] = ()
) -> Response:
    values = {"status": status, "said": said, "more": list(more), "office": office,
              "back": request.method == "POST"}  # fmt: skip
    content = render("message.html", values)
    return Response(content, status, media_type="text/html; charset=utf-8")


def _program(office: Office, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        given = dict(request.query_params)
        files = {"body": ("", body)}
        return await run_in_threadpool(_told, office, request, handler, given, files)

    return endpoint


def _told(
    office: Office, request: Request, handler: Handler, given: Mapping[str, str],
    files: Mapping[str, tuple[str, bytes]],
) -> Response:  # fmt: skip
    try:
        actor = office.visitors.of(request)
        if not may(actor, "see") or actor is None:
            answer = refusal(401, "a token or a log-in is needed")
            answer.headers["www-authenticate"] = "Bearer"
            return answer
        if any("\x00" in text for pair in given.items() for text in pair):
            return refusal(400, "a character that no text may hold")
        with office.planning if handler in PLANNED else nullcontext():
            return handler(Call(office, request, actor, given, files))
    except BadRequest as error:
        return refusal(400, error.said)
    except NotAllowed:
        return refusal(403, "this role may not do this")
    except (NotFound, RowGone) as error:
        return refusal(404, str(error))
    except RowChanged as error:
        return conflict_answer(error)
    except InputFaults as error:
        return faults_answer(error.faults)
    except ReasonNeeded as error:
        fault = {"code": "reason", "place": "reason", "found": "a blank", "expected": "a reason",
                 "way_out": str(error)}  # fmt: skip
        return refusal(422, str(error), faults=[fault])
    except StoreClosed as error:
        return refusal(503, str(error))
    except WashoutError as error:
        return refusal(422, str(error))
    except Exception:
        return _broken(request, RuntimeError())


def _launch(office: Office) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        secret = office.visitors.opened(request.query_params.get("token", ""))
        if secret is None:
            return _turned_away(office, request)
        return office.visitors.keep(RedirectResponse("/", 303), secret)

    return endpoint


def _login(office: Office) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            given, _ = await _form(request)
        except BadRequest as error:
            return _message(office, request, 400, error.said)
        return await run_in_threadpool(_logged_in, office, request, given)

    return endpoint


def _logged_in(office: Office, request: Request, given: Mapping[str, str]) -> Response:
    if not office.shared:
        return _turned_away(office, request)
    after = given.get("next", "")
    after = after if after.startswith("/") and not after.startswith(("//", "/\\")) else "/"
    fault = ""
    try:
        if request.method == "POST":
            name, password = given.get("name", ""), given.get("password", "")
            secret, fault = office.visitors.log_in(name, password)
            if secret:
                return office.visitors.keep(RedirectResponse(after, 303), secret)
    except StoreFault as error:
        return _message(office, request, 503, _sentence(error))
    values = {"fault": fault, "name": given.get("name", ""), "next": after, "office": office}
    status = 401 if fault else 200
    return Response(render("login.html", values), status, media_type="text/html; charset=utf-8")


def _logout(office: Office) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        actor = office.visitors.of(request)
        if actor is not None:
            office.visitors.log_out(request, actor)
        answer = RedirectResponse("/login" if office.shared else "/", 303)
        answer.delete_cookie(office.visitors.cookie, path="/")
        return answer

    return endpoint


def _feed(office: Office) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        from scheduler.desk.interface.feeds import feed_answer  # which loads icalendar

        seen = request.headers.get("if-none-match", "")
        try:
            return feed_answer(office, str(request.path_params["secret"]), seen)
        except WashoutError as error:
            return refusal(503, str(error))

    return endpoint


def _static(request: Request) -> Response:
    name = str(request.path_params["name"])
    if name not in STATIC:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(static_file(name), 200, headers, STATIC[name])


def _refused_by_router(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    said = _SAID.get(status, "The request is wrong.")
    headers = getattr(error, "headers", None)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": said}, status, headers)
    values = {"status": status, "said": said, "more": [], "office": None, "back": False}
    return Response(render("message.html", values), status, headers, "text/html; charset=utf-8")


def _broken(request: Request, error: Exception) -> Response:
    """Something that should not be: told on the terminal, without what people typed."""
    trace = "".join(traceback.format_exception(sys.exception()))
    print(f"washout desk: {request.method} {request.url.path}\n{trace}", file=sys.stderr)
    said = "The desk could not answer. Nothing was saved; the terminal tells more."
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": said}, 500)
    values = {"status": 500, "said": said, "more": [], "office": None, "back": False}
    return Response(render("message.html", values), 500, media_type="text/html; charset=utf-8")
