"""The web application: addresses, how requests are read, and who may reach them."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from scheduler.desk.calls import Call
from scheduler.desk.guard import Guard
from scheduler.desk.interface.answers import BadRequest, refusal
from scheduler.desk.office import Office
from scheduler.desk.refusals import (
    broken,
    no_token,
    page_refusal,
    program_refusal,
    refused_by_router,
    turned_away,
)
from scheduler.desk.routes import PAGES, PROGRAMS, handler
from scheduler.desk.views import STATIC, render, static_file
from scheduler.desk.visitors import may
from scheduler.errors import WashoutError
from scheduler.store.faults import StoreFault

MOST_BYTES = 5 * 2**20
_MOST_FIELDS = 200
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
    for path, methods, place in PAGES:
        routes.append(Route(path, _endpoint(office, place, _PEOPLE), methods=methods))
    for path, methods, place in PROGRAMS:
        routes.append(Route(path, _endpoint(office, place, _PROGRAMS), methods=methods))
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, hosts=tuple(hosts), secure=secure)],
        exception_handlers={HTTPException: refused_by_router, 500: broken},
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
    return _readable(given), {name: one for name, one in files.items() if one[1]}


@dataclass(frozen=True)
class _Way:
    """How requests of one kind are read, what strangers are told, and how one is refused."""

    read: Callable[[Request], Awaitable[tuple[dict[str, str], dict[str, tuple[str, bytes]]]]]
    strange: Callable[[Office, Request], Response]
    refused: Callable[[Office, Request, Exception], Response]


async def _body(request: Request) -> tuple[dict[str, str], dict[str, tuple[str, bytes]]]:
    """The query, and the body as it came.

    Raises: BadRequest.
    """
    body = await request.body()
    return _readable(dict(request.query_params)), {"body": ("", body)}


def _readable(given: dict[str, str]) -> dict[str, str]:
    if any("\x00" in text for pair in given.items() for text in pair):
        raise BadRequest("a character that no text may hold")
    return given


_PEOPLE = _Way(_form, turned_away, page_refusal)
_PROGRAMS = _Way(_body, no_token, program_refusal)


def _endpoint(office: Office, place: str, way: _Way) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            given, files = await way.read(request)
        except BadRequest as error:
            return way.refused(office, request, error)
        return await run_in_threadpool(_answered, office, request, place, way, given, files)

    return endpoint


def _answered(
    office: Office, request: Request, place: str, way: _Way, given: Mapping[str, str],
    files: Mapping[str, tuple[str, bytes]],
) -> Response:  # fmt: skip
    try:
        actor = office.visitors.of(request)
        if not may(actor, "see") or actor is None:
            return way.strange(office, request)
        with office.lanes.request():
            return handler(place)(Call(office, request, actor, given, files))
    except Exception as error:  # each kind has its status; one that should not be is told of
        return way.refused(office, request, error)
    finally:
        office.ahead.look()


def _launch(office: Office) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        secret = office.visitors.opened(request.query_params.get("token", ""))
        if secret is None:
            return turned_away(office, request)
        return office.visitors.keep(RedirectResponse("/", 303), secret)

    return endpoint


def _login(office: Office) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            given, _ = await _form(request)
        except BadRequest as error:
            return page_refusal(office, request, error)
        return await run_in_threadpool(_logged_in, office, request, given)

    return endpoint


def _logged_in(office: Office, request: Request, given: Mapping[str, str]) -> Response:
    if not office.shared:
        return turned_away(office, request)
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
        return page_refusal(office, request, error)
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
