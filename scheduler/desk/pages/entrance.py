"""The way in and out, and who may come."""

from typing import Any

from starlette.responses import Response

from scheduler.desk.forms import Form
from scheduler.desk.passwords import hashed, weak
from scheduler.desk.texts import gettext
from scheduler.desk.visits import Call
from scheduler.errors import NotFound
from scheduler.store.access import ROLES

_LONGEST_NAME = 64


def users_page(visit: Call) -> Response:
    """The people of a shared desk, and what each may do."""
    visit.need("manage")
    form = Form(visit.given)
    if visit.posted:
        if visit.ask("go") == "close":
            name = visit.given.get("name", "")
            if name == visit.actor.name:
                form = Form(visit.given, {"form": gettext("You cannot close your own account.")})
            else:
                visit.office.access.close_account(name, visit.actor)
                return visit.go("/users", saved="1")
        else:
            faults = _refusals(visit)
            if not faults:
                password = visit.given.get("password", "")
                sealed = hashed(password) if password else ""
                visit.office.access.put_account(
                    visit.ask("name"), visit.ask("role"), sealed, visit.actor
                )
                return visit.go("/users", saved="1")
            form = Form(visit.given, faults)
    people = visit.office.access.accounts()
    return visit.page(
        "users.html", 422 if form.faults else 200, people=people, form=form, roles=ROLES,
        **_around(visit),
    )  # fmt: skip


def _refusals(visit: Call) -> dict[str, str]:
    name, role = visit.ask("name"), visit.ask("role")
    password = visit.given.get("password", "")
    faults: dict[str, str] = {}
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        faults["name"] = gettext("Give a name of at most 64 readable characters.")
    if role not in ROLES:
        faults["role"] = gettext("Choose a role.")
    known = visit.office.access.account(name)
    if (password or known is None) and (said := weak(password, name)):
        faults["password"] = said
    return faults


def account_page(visit: Call) -> Response:
    """One's own password."""
    account = visit.office.access.account(visit.actor.name)
    if account is None or not visit.office.shared:
        raise NotFound("there is no account to change")
    form = Form(visit.given)
    if visit.posted:
        from scheduler.desk.passwords import matches

        faults: dict[str, str] = {}
        if not matches(account.password, visit.given.get("old", "")):
            faults["old"] = gettext("This is not the password.")
        elif said := weak(visit.given.get("password", ""), account.name):
            faults["password"] = said
        if not faults:
            sealed = hashed(visit.given["password"])
            visit.office.access.put_account(account.name, account.role, sealed, visit.actor)
            return visit.go("/login")
        form = Form({}, faults)
    return visit.page("account.html", 422 if form.faults else 200, form=form, **_around(visit))


def _around(visit: Call) -> dict[str, Any]:
    """What the head of a page about no study needs."""
    found = visit.office.desks
    return {"desk": visit.office.desk() if found else None, "overall": len(found) > 1}
