"""One request as pages see it: who, which study, what was asked; and how an answer is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scheduler.desk.one_plan import OnePlan
from scheduler.desk.people import StudyDesk
from scheduler.desk.views import address, render
from scheduler.errors import NotFound
from scheduler.store.entries import Actor

if TYPE_CHECKING:
    from scheduler.desk.office import Office

Handler = Callable[["Call"], Response]


class NotAllowed(Exception):
    """Somebody may not do this."""


@dataclass
class Call:
    """One request of somebody who may see the desk."""

    office: "Office"
    request: Request
    actor: Actor
    given: Mapping[str, str]  # the query, and the fields of a form over it
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    @property
    def posted(self) -> bool:
        """Whether the request may change something."""
        return self.request.method == "POST"

    def ask(self, name: str, otherwise: str = "") -> str:
        """A value of the query or form, without blanks around it."""
        return self.given.get(name, otherwise).strip()

    @property
    def desk(self) -> StudyDesk:
        """The study that the request is about, up to date; the only one where none is named.

        Raises: NotFound.
        """
        found = self.office.desk(self.ask("s"))
        found.refresh()
        return found

    @property
    def desks(self) -> list[StudyDesk]:
        """The studies of a page over all of them, up to date: the one that is named, else all."""
        if self.ask("s"):
            return [self.desk]
        found = list(self.office.desks.values())
        for one in found:
            one.refresh()
        return found

    def person(self, desk: StudyDesk) -> OnePlan:
        """The participant that the request is about.

        Raises: NotFound.
        """
        return desk.person(self.given.get("p", ""))

    def need(self, what: str) -> None:
        """Refuses whoever may not do this.

        Raises: NotAllowed.
        """
        from scheduler.desk.visitors import may

        if not may(self.actor, what):
            raise NotAllowed(what)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page made from a template."""
        common = {
            "actor": self.actor, "office": self.office, "call": self, "path": self.path,
            "saved": self.ask("saved"), "studies": list(self.office.desks), "overall": False,
        }  # fmt: skip
        return HTMLResponse(render(template, {**common, **values}), status)

    @property
    def path(self) -> str:
        """The address without its query."""
        return self.request.url.path

    def go(self, path: str, **values: str) -> Response:
        """Leads the browser to another page after something was saved."""
        return RedirectResponse(address(path, **values), 303)


def node_of(call: Call, one: OnePlan) -> str:
    """The step that a request is about.

    Raises: NotFound.
    """
    name, protocol = call.given.get("n", ""), one.protocol
    if protocol is None or name not in protocol.index:
        raise NotFound("there is no such step in the protocol")
    return name
