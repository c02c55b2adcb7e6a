"""The fault codes of protocol files, and the list that a reader collects them in."""

import unicodedata

from scheduler.errors import Fault

CODES: dict[str, str] = {
    "P100": "the file is not there or cannot be opened",
    "P101": "the file is not UTF-8 text",
    "P102": "the file is not well-formed YAML",
    "P103": "a YAML feature that protocol files do without: anchor, alias, merge key, tag, "
    "a second document",
    "P104": "not a duration, or one that cannot stand here (negative, fractional, zero, too long)",
    "P105": "a key is written twice",
    "P106": "a key that is not known here",
    "P107": "a name that is declared nowhere",
    "P108": "a key is missing",
    "P109": "a value of the wrong kind, or none of the words that are allowed",
    "P110": "a value without quotes that YAML may read as something else",
    "P111": "not a date",
    "P112": "not a time zone",
    "P113": "a name or id is used twice",
    "P114": "an id that cannot be used: unsafe characters, or a reserved word",
    "P115": "neither a source nor an assumption",
    "P116": "a quoted phrase of more than twelve words",
    "P117": "a rule that has no form, two forms, or a key that its form has no use for",
    "P118": "a visit that has no anchor, or two",
    "P119": "min is more than max",
    "P120": "visits that hang off one another in a circle",
    "P121": "the two ends are the same, both fixed, or the wrong way round",
    "P122": "hours between nodes that have no time of day",
    "P123": "study_opens or study_closes where it cannot be used",
    "P124": "a repeated visit without a number, or a number that it does not have",
    "P125": "the study closes before it opens",
    "P126": "day_zero on more than one milestone",
    "P127": "a control character, an invisible direction mark, or half a character",
    "P128": "not a whole number, or one out of range",
    "P129": "not a time of day",
    "P130": "hours mixed with days in one duration",
    "P131": "half-lives where none can be counted",
    "P132": "a file of versions/ that holds another protocol, another version than its name says, "
    "or a version that protocol.yaml holds already",
    "P150": "(warning) an event that no rule forbids",
    "P151": "(warning) min is more than max where the gap starts on some days, though not on all",
}

_DIRECTION_MARKS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF)))
_SHOWN = 60


def hidden_character(text: str) -> str:
    """The first character that a text must not contain, as `U+0007`, or an empty string."""
    for character in text:
        if character in _DIRECTION_MARKS or unicodedata.category(character) in _REFUSED:
            return f"U+{ord(character):04X}"
    return ""


_REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def shown(text: str) -> str:
    """A text from the file as a fault shows it: on one line, nothing hidden, not too long."""
    safe = "".join(c if not hidden_character(c) else f"\\u{ord(c):04x}" for c in text[: _SHOWN + 1])
    return safe if len(text) <= _SHOWN else f"{safe[:_SHOWN]}..."


class Refused(Exception):
    """A value that cannot stand where it stands; the reader turns it into a fault."""

    def __init__(self, code: str, message: str, way_out: str = "") -> None:
        """Takes the parts of the fault."""
        self.code, self.message, self.way_out = code, message, way_out
        super().__init__(message)


class Report:
    """The faults of one file, in the order of its lines."""

    def __init__(self, name: str) -> None:
        """Starts an empty report on the file of that name."""
        self.name = name
        self._faults: list[tuple[int, Fault]] = []

    def add(
        self, code: str, line: int, path: str, message: str, way_out: str = "", warn: bool = False
    ) -> None:
        """Notes one fault."""
        assert code in CODES
        place = f"{self.name}:{line}" if line else self.name
        fault = Fault(place, shown_path(path), code, message, way_out, warn)
        if (line, fault) not in self._faults:
            self._faults.append((line, fault))

    def refuse(self, refused: Refused, line: int, path: str) -> None:
        """Notes a refused value as a fault."""
        self.add(refused.code, line, path, refused.message, refused.way_out)

    @property
    def faults(self) -> list[Fault]:
        """All of them, sorted by line."""
        return [fault for _, fault in sorted(self._faults)]

    @property
    def clean(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(fault.warning for _, fault in self._faults)


def shown_path(path: str) -> str:
    """A key path as faults show it: no hidden characters."""
    return "".join(c if not hidden_character(c) else f"\\u{ord(c):04x}" for c in path)
