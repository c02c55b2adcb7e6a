"""No participant's data stops the others' plan: whose raises an unexpected error is left out.

Everybody is tried together. Only where that fails are the participants who fail alone looked for,
by halves. Source: docs/contract.md (exit codes).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from scheduler.errors import LeftOut, WashoutError, shown
from scheduler.tables.tables import Tables

_EXPECTED = (WashoutError, OSError, MemoryError)  # nobody's data is to blame for these
_MOST = 300  # letters of an error that are told
Made = TypeVar("Made", bound=Tables)


def may_be_left_out(error: Exception) -> bool:
    """Whether an error may come from the data of single participants."""
    return not isinstance(error, _EXPECTED)


def failing(
    people: Sequence[str], attempt: Callable[[Sequence[str]], object], error: Exception
) -> tuple[LeftOut, ...]:
    """Who raises an unexpected error when tried alone, in their order?

    `error` is what everybody together raised. It is raised again where no single participant is
    behind it: nobody fails alone, or everybody of several does.
    """
    if len(people) == 1:
        return (_left_out(people[0], error),)
    found = [left for half in _halves(people) for left in _tried(half, attempt)]
    if not found or len(found) == len(people):
        raise error
    return tuple(found)


def _tried(people: Sequence[str], attempt: Callable[[Sequence[str]], object]) -> list[LeftOut]:
    try:
        attempt(people)
    except Exception as error:
        if not may_be_left_out(error):
            raise
        if len(people) == 1:
            return [_left_out(people[0], error)]
        return [left for half in _halves(people) for left in _tried(half, attempt)]
    return []


def _halves(people: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    middle = len(people) // 2
    return people[:middle], people[middle:]


def _left_out(participant: str, error: Exception) -> LeftOut:
    return LeftOut(participant, f"{type(error).__name__}: {shown(str(error), _MOST)}")


def sound_plan(
    make: Callable[[Sequence[str] | None], Made],
    use: Callable[[Made], object],
    trial: Callable[[Made], object],
) -> Made:
    """A plan that was used for everybody but those on whose data the use of it fails.

    `make` gives the plan of some participants (None: of all that are asked for); `trial` fails
    where `use` would, and leaves nothing behind.
    """
    found = make(None)
    try:
        use(found)
    except Exception as error:
        if not may_be_left_out(error) or not found.participants:
            raise
        left = failing(found.participants, lambda some: trial(make(some)), error)
        found = without(found.participants, (*found.left_out, *left), make)
        use(found)
    return found


def without(
    people: Sequence[str], left: Sequence[LeftOut], make: Callable[[Sequence[str]], Made]
) -> Made:
    """The plan of all but those left out, who are told in its warnings."""
    gone = {one.participant for one in left}
    found = make([code for code in people if code not in gone])
    told = tuple(dict.fromkeys([*map(str, left), *found.warnings]))
    return replace(found, left_out=tuple(dict.fromkeys(left)), warnings=told)
