"""The one root error, the list of faults that is shown all at once, and how texts stand in it."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_UNSEEN = re.compile(
    "[\n\r\t\u00a0\u00ad\u2000-\u200f\u202f\u205f-\u2064\u3000]"
)  # or like a blank
_SHOWN = 60
_FEW = 100  # names of a protocol, not participants
_MOST_COMPARISONS = 50_000  # of a word with a known one, in one input: about a second


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


class FaultList:
    """The faults of one input, in the order of its files and lines.

    `codes` are those that it may have, each with what it means; a code that is described as
    `(warning) ...` is a warning. `file` is the place of those that name none, `rank` puts files in
    order.
    """

    def __init__(
        self, codes: Mapping[str, str], file: str = "", rank: Callable[[str], int] | None = None
    ) -> None:
        """None yet."""
        self.codes, self.file = codes, file
        self._rank = rank or (lambda place: 0)
        self._comparisons = _MOST_COMPARISONS
        self._found: dict[Fault, tuple[int, str, int]] = {}

    def add(
        self, code: str, place: str, row: int | None, path: str, message: str, way_out: str = ""
    ) -> None:
        """Notes one fault, in a row of a file or sheet (None: in the whole of it)."""
        where = place if row is None else f"{place}:{row}"
        warning = self.codes[code].startswith("(warning)")
        fault = Fault(where, shown(path, len(path)), code, message, way_out, warning)
        self._found.setdefault(fault, (self._rank(place), place, -1 if row is None else row))

    def in_line(self, code: str, line: int, path: str, message: str, way_out: str = "") -> None:
        """Notes one fault in a line of the one file (0: in the whole of it)."""
        self.add(code, self.file, line or None, path, message, way_out)

    def meant(self, word: str, known: Sequence[str]) -> str:
        """As `did_you_mean`, until an input has had so many slips that guessing takes long."""
        self._comparisons -= len(known)
        return did_you_mean(word, known) if self._comparisons > 0 else ""

    @property
    def all(self) -> list[Fault]:
        """All of them, by file and line."""
        return sorted(self._found, key=lambda fault: (self._found[fault], fault))

    @property
    def stopping(self) -> list[Fault]:
        """Those that are more than warnings."""
        return [fault for fault in self.all if not fault.warning]

    @property
    def clean(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(fault.warning for fault in self._found)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A participant whose data raised an error that the program did not expect."""

    participant: str
    error: str

    code = "X501"

    def __str__(self) -> str:
        text = f"{self.code} {shown(self.participant)}: left out of everything that is written"
        return f"{text}, for an error of the program: {self.error}"


class WashoutError(Exception):
    """The root of every error that this package raises on purpose."""


class InputFaults(WashoutError, ValueError):
    """The input has faults; all of them are in `faults`, in the order of the files."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type["InputFaults"], tuple[list[Fault]]]:
        """How it comes from another process as it was."""
        return type(self), (self.faults,)


class NotFound(WashoutError, ValueError):
    """A file, participant or milestone that the caller named does not exist."""


class UnknownName(InputFaults, NotFound):
    """A change of a protocol names what it does not have: a fault like those of a file."""


class NotWritable(WashoutError):
    """The output cannot be written where the caller wants it."""


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """The declared spelling that a word is probably a slip of, or an empty string."""
    names = tuple(known)
    return (_near_few if len(names) <= _FEW else _nearest)(word, names, cutoff)


def _nearest(word: str, known: tuple[str, ...], cutoff: float) -> str:
    close = get_close_matches(word, known, n=1, cutoff=cutoff)
    return close[0] if close else ""


_near_few = lru_cache(maxsize=1024)(_nearest)  # each plan asks for the same heads of columns again


def suggestion(word: str, known: Iterable[str]) -> str:
    """The tail of a fault about an unknown name: the likely spelling as a question, or nothing."""
    return asked(did_you_mean(word, known))


def known_name(kind: str, name: object, known: Collection[str]) -> str:
    """A name that the caller gave, where it is among the known ones.

    Raises: NotFound, with the likely spelling; TypeError for what is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"{kind}: found {type(name).__name__} {name!r}, expected a name as text")
    if name not in known:
        raise NotFound(f'no {kind} "{name}"{asked(same_but_spelling(name, known))}')
    return name


def bare(name: str) -> str:
    """A name or code by its letters and digits alone, without case and leading noughts."""
    plain = re.sub(r"(?<!\d)0+(?=\d)", "", name.lower())  # P-01 is a slip of P-1
    return "".join(c for c in plain if c.isalnum())


def same_but_spelling(name: str, known: Iterable[str]) -> str:
    """The known name that differs in case, marks or noughts alone, else the nearest one, or ""."""
    names, plain = tuple(known), bare(name)
    same = (one for one in names if plain and bare(one) == plain)
    return next(same, "") or did_you_mean(name, names)


def asked(close: str) -> str:
    """A likely spelling as a question, or nothing."""
    return f'; did you mean "{close}"?' if close else ""


def shown(text: str, most: int = _SHOWN) -> str:
    """A text of the user as a fault shows it: on one line, nothing hidden, not too long."""
    short = text if len(text) <= most else f"{text[:most]}..."
    if short.isprintable():  # as nearly all are
        return short
    return "".join(f"\\u{ord(c):04x}" if _UNSEEN.match(c) or _HIDDEN.match(c) else c for c in short)


def hidden_character(text: str, besides: str = "\n\r\t") -> str:
    """The first character that no text may hold, as `U+0007`, or an empty string.

    Control characters but for `besides`, line and paragraph separators, marks of direction, and
    halves of characters.
    """
    for found in _HIDDEN.finditer(text):
        return f"U+{ord(found[0]):04X}"
    odd = [c for c in "\n\r\t" if c not in besides and c in text]
    return f"U+{ord(min(odd, key=text.index)):04X}" if odd else ""
