"""The way in and out, and who may come."""

from typing import Any

from starlette.responses import Response

from scheduler.desk.calls import Call
from scheduler.desk.forms import Form
from scheduler.desk.passwords import hashed, weak
from scheduler.desk.texts import gettext
from scheduler.errors import NotFound
from scheduler.store.access import ROLES

_LONGEST_NAME = 64


def users_page(call: Call) -> Response:
    """The people of a shared desk, and what each may do."""
    call.need("manage")
    form = Form(call.given)
    if call.posted:
        if call.ask("go") == "close":
            name = call.given.get("name", "")
            if name == call.actor.name:
                form = Form(call.given, {"form": gettext("You cannot close your own account.")})
            else:
                call.office.access.close_account(name, call.actor)
                return call.go("/users", saved="1")
        else:
            faults = _refusals(call)
            if not faults:
                password = call.given.get("password", "")
                sealed = hashed(password) if password else ""
                call.office.access.put_account(
                    call.ask("name"), call.ask("role"), sealed, call.actor
                )
                return call.go("/users", saved="1")
            form = Form(call.given, faults)
    people = call.office.access.accounts()
    return call.page(
        "users.html", 422 if form.faults else 200, people=people, form=form, roles=ROLES,
        **_around(call),
    )  # fmt: skip


def _refusals(call: Call) -> dict[str, str]:
    name, role = call.ask("name"), call.ask("role")
    password = call.given.get("password", "")
    faults: dict[str, str] = {}
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        faults["name"] = gettext("Give a name of at most 64 readable characters.")
    if role not in ROLES:
        faults["role"] = gettext("Choose a role.")
    known = call.office.access.account(name)
    if (password or known is None) and (said := weak(password, name)):
        faults["password"] = said
    return faults


def account_page(call: Call) -> Response:
    """One's own password."""
    account = call.office.access.account(call.actor.name)
    if account is None or not call.office.shared:
        raise NotFound("there is no account to change")
    form = Form(call.given)
    if call.posted:
        from scheduler.desk.passwords import matches

        faults: dict[str, str] = {}
        if not matches(account.password, call.given.get("old", "")):
            faults["old"] = gettext("This is not the password.")
        elif said := weak(call.given.get("password", ""), account.name):
            faults["password"] = said
        if not faults:
            sealed = hashed(call.given["password"])
            call.office.access.put_account(account.name, account.role, sealed, call.actor)
            return call.go("/login")
        form = Form({}, faults)
    return call.page("account.html", 422 if form.faults else 200, form=form, **_around(call))


def _around(call: Call) -> dict[str, Any]:
    """What the head of a page about no study needs."""
    found = call.office.desks
    return {"desk": call.office.desk() if found else None, "overall": len(found) > 1}
