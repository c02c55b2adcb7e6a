"""No participant's data stops the others' plan: whose raises an unexpected error is left out.

Everybody is tried together. Only where that fails are the participants who fail alone looked for,
by halves. Source: docs/contract.md (exit codes).
"""

from collections.abc import Callable, Sequence

from scheduler.errors import LeftOut, WashoutError, shown

_EXPECTED = (WashoutError, OSError, MemoryError)  # nobody's data is to blame for these
_MOST = 300  # letters of an error that are told


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
