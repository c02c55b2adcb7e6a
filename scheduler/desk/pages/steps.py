"""The day picker of a step, and what became of an appointment."""

from datetime import date
from functools import partial
from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.days import day_of
from scheduler.desk.calls import Call, node_of
from scheduler.desk.daypicker import Picker
from scheduler.desk.effects import target_words
from scheduler.desk.forms import ANSWERS, FormFault, book, bookings_of, happened
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.pages.attempts import Attempt, attempt, conflict_page
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import gettext
from scheduler.errors import NotFound
from scheduler.planning.what_if import NotOpen
from scheduler.store.stored import Edit
from scheduler.tables.frames import Row
from scheduler.wording.labelled import labels_of


def step_page(call: Call) -> Response:
    """Months with every day marked; a chosen day shows what it changes; booking it saves it.

    A page that is open already asks for what a chosen day changes alone.
    """
    desk = call.desk
    one = call.person(desk)
    node = node_of(call, one)
    if call.posted:
        call.need("record")
    day = chosen_day(call)
    why = partial(_why, one, node, day)
    tried = attempt(
        call, desk, one.code, lambda: _edits(call, desk, one.code, node, day), bool(day), why
    )
    if tried.saved:
        return call.go("/participant", s=desk.key, p=one.code, saved="1")
    if tried.conflict:
        return conflict_page(call, desk, tried.conflict)
    values: dict[str, Any] = {
        "desk": desk, "one": one, "node": node, "day": day, "tried": tried,
        "why": why(), "booking": _booking(one, node), "at": _at(one, node),
        "cell": None, "past": bool(day and day < desk.as_of),
        "may_do": bool(day and day <= desk.as_of),
    }  # fmt: skip
    if call.ask("part") == "choice" and values["why"]:
        return call.page("choice.html", **values)
    with call.office.lanes.here():
        picker = Picker(one, node, desk.as_of, desk.protocol.study.closes, desk.label)
        values["cell"] = picker.cell(day) if day else None
        if call.ask("part") == "choice":
            return call.page("choice.html", **values)
        days = picker.days(call.ask("from"))
    return call.page(
        "step.html", tried.status if call.posted else 200, label=desk.label, row=picker.row,
        days=days, target=target_words(picker.row), **values,
    )  # fmt: skip


def _edits(call: Call, desk: StudyDesk, code: str, node: str, day: date | None) -> list[Edit]:
    if day is None:
        raise FormFault(day=gettext("Choose a day."))
    given = {**call.given, "day": day.isoformat(), "time": call.ask("time")}
    if call.ask("as") == "done":
        return happened(desk, code, node, {**given, "answer": "other_day"})
    return book(desk, code, node, given)


def chosen_day(call: Call) -> date | None:
    """The day in a request; None where there is none that can be read."""
    try:
        found = date.fromisoformat(call.ask("day"))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2100 else None


def _why(one: OnePlan, node: str, day: date | None) -> dict[str, Any]:
    """The plan's own answer for a day."""
    if day is None or one.plan is None:
        return {}
    key = f"why {node} {day}"
    if key not in one.found:
        try:
            one.found[key] = one.plan.explain(one.code, node, day).to_dict()
        except (NotOpen, NotFound):
            one.found[key] = {}
    found: dict[str, Any] = one.found[key]
    return found


def why_answer(call: Call) -> Response:
    """The reasons against one day, for the line below the months."""
    desk = call.desk
    one = call.person(desk)
    with call.office.lanes.here():
        found = _why(one, node_of(call, one), chosen_day(call))
    labelled = labels_of(desk.protocol, day_of(desk.as_of))
    said = [labelled(reason["sentence"]) for reason in found.get("reasons", [])]
    return JSONResponse({"verdict": found.get("verdict", ""), "reasons": said})


def _booking(one: OnePlan, node: str) -> Row:
    return next((row for row in one.booked() if row["milestone"] == node), {})


def _at(one: OnePlan, node: str) -> str:
    """The time of day at which a step is planned."""
    found = one.protocol
    at = found.nodes[found.index[node]].at if found else None
    return f"{at // 60:02d}:{at % 60:02d}" if at is not None else ""


def happened_page(call: Call) -> Response:
    """What happened to this appointment? One question, five answers."""
    desk = call.desk
    one = call.person(desk)
    node = node_of(call, one)
    call.need("record")
    tried: Attempt = attempt(
        call, desk, one.code, lambda: happened(desk, one.code, node, call.given)
    )
    if tried.saved:
        return call.go("/participant", s=desk.key, p=one.code, saved="1")
    if tried.conflict:
        return conflict_page(call, desk, tried.conflict)
    found = one.protocol
    milestone = bool(found and found.nodes[found.index[node]].milestone)
    standing = bookings_of(desk, one.code, node)
    answers = {name: words for name, words in ANSWERS.items()
               if not (name == "missed" and milestone)
               and not (name in ("moved", "cancelled", "done") and not standing)}  # fmt: skip
    return call.page(
        "happened.html", tried.status, desk=desk, one=one, node=node, label=desk.label,
        tried=tried, answers=answers, standing=standing, at=_at(one, node),
    )  # fmt: skip
