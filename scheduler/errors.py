"""The one root error, and the list of faults that is shown all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in an input: where, what was found, what was expected, the way out.

    `place` is `file:line` or `file:row`, `path` the key or column in it. A fault with
    `warning=True` is told but stops nothing.
    """

    place: str
    path: str
    code: str
    message: str
    way_out: str = ""
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.place} {self.path}".strip()
        text = f"{self.code} {where}: {self.message}"
        return f"{text}\n     {self.way_out}" if self.way_out else text


class WashoutError(Exception):
    """The root of every error that this package raises on purpose."""


class InputFaults(WashoutError):
    """The input has faults; all of them are in `faults`, in the order of the files."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type["InputFaults"], tuple[list[Fault]]]:
        """How it comes from another process as it was."""
        return type(self), (self.faults,)


class NotFound(WashoutError):
    """A file, participant or milestone that the caller named does not exist."""


class NotWritable(WashoutError):
    """The output cannot be written where the caller wants it."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The declared spelling that a word is probably a slip of, or an empty string."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.75)
    return close[0] if close else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """The tail of a fault about an unknown name: the likely spelling as a question, or nothing."""
    close = did_you_mean(word, known)
    return f'; did you mean "{close}"?' if close else ""
