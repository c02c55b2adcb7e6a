"""How every form goes: look at what it changes, then save it; faults stand beside their fields."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from scheduler.desk.asked import Told
from scheduler.desk.calls import Call
from scheduler.desk.effects import Effects, effects_of
from scheduler.desk.forms import Form, FormFault, by_field, of_attempt
from scheduler.desk.people import StudyDesk
from scheduler.errors import InputFaults
from scheduler.store.faults import RowChanged
from scheduler.store.stored import Edit

NOBODY = Effects()


@dataclass(frozen=True)
class Attempt:
    """A form, what it would change, and what came of saving it."""

    form: Form
    effects: Effects | None = None
    saved: bool = False
    conflict: RowChanged | None = None

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        if self.conflict is not None:
            return 409
        return 422 if self.form.faults else 200


def attempt(
    call: Call,
    desk: StudyDesk,
    code: str,
    make: Callable[[], Sequence[Edit]],
    look: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> Attempt:
    """What a form changes (`look`, or its button says so), or what came of saving it.

    `meanwhile` may be called while that is worked out, for what the page needs besides.
    """
    given = call.given
    if not call.posted and not look:
        return Attempt(Form(given))
    try:
        edits = [of_attempt(desk, code, edit) for edit in make()]
        if call.posted and call.ask("go") in ("save", "void"):
            desk.save(code, edits, call.actor)
            return Attempt(Form(given), saved=True)
        after = call.office.lanes.planned(desk, code, edits, meanwhile)
        if new := desk.new_faults(code, after):
            raise InputFaults(new)
    except FormFault as error:
        return Attempt(Form(given, error.faults))
    except InputFaults as error:
        return Attempt(Form(given, by_field(error.faults)))
    except RowChanged as error:
        return Attempt(Form(given), conflict=error)
    return Attempt(Form(given), changed(desk, code, after))


def changed(desk: StudyDesk, code: str, after: Told) -> Effects:
    """What a participant's plan would be instead."""
    if code not in desk.codes:
        return NOBODY
    return effects_of(desk.person(code), after, desk.label)


def conflict_page(call: Call, desk: StudyDesk, conflict: RowChanged) -> Response:
    """Both values of a row that somebody else has changed."""
    stored, wanted = conflict.stored, {**conflict.stored, **conflict.wanted}
    pairs = [(head, stored.get(head, ""), text) for head, text in wanted.items()]
    return call.page("conflict.html", 409, desk=desk, conflict=conflict, pairs=pairs)
