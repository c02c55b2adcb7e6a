"""What an import found, where, and what it did about it; and the one refusal of an import."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scheduler.errors import WashoutError

SHOWN_OF_ONE_CODE = 2000
LONGEST_QUOTE = 300


class ImportRefused(WashoutError):
    """Says why nothing at all could be read from an outside file, in words for its reader.

    Raised for text that is not the announced format, for a file without one usable
    schedule, and for options that name something the file does not hold.
    """


@dataclass(frozen=True)
class Finding:
    """Answers: what in the outside file is unclear or not carried over, where, and what came of it.

    `level` is "warning" where a date can turn on it, else "note". `ids` are the outside
    file's own identifiers that the finding accounts for.
    """

    number: int
    code: str
    level: str
    place: str
    found: str
    done: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The finding on one line."""
        about = f" [{', '.join(self.ids)}]" if self.ids else ""
        return (
            f"{self.number}. {self.code} {self.level} {self.place}{about}: "
            f"{self.found}; {self.done}"
        )

    def as_dict(self) -> dict[str, object]:
        """The finding as plain values, for JSON."""
        return {
            "number": self.number,
            "code": self.code,
            "level": self.level,
            "place": self.place,
            "found": self.found,
            "done": self.done,
            "ids": list(self.ids),
        }


@dataclass(frozen=True)
class ImportResult:
    """What an import returns: the protocol file's text and the numbered findings."""

    yaml: str
    findings: list[Finding]


@dataclass
class FindingList:
    """Collects findings in the order met; past a bound, one code is only counted."""

    _kept: list[tuple[str, str, str, str, str, tuple[str, ...]]] = field(default_factory=list)
    _seen: Counter[str] = field(default_factory=Counter)
    _known: set[tuple[str, str, str]] = field(default_factory=set)

    def warn(self, code: str, place: str, found: str, done: str, ids: Iterable[str] = ()) -> None:
        """Record something on which a date can turn."""
        self._add(code, "warning", place, found, done, ids)

    def note(self, code: str, place: str, found: str, done: str, ids: Iterable[str] = ()) -> None:
        """Record something a reader should know and no date turns on."""
        self._add(code, "note", place, found, done, ids)

    def _add(
        self, code: str, level: str, place: str, found: str, done: str, ids: Iterable[str]
    ) -> None:
        # The same place can be read for several purposes; it is told once.
        if (code, place, found) in self._known:
            return
        self._known.add((code, place, found))
        self._seen[code] += 1
        if self._seen[code] <= SHOWN_OF_ONE_CODE:
            clean_ids = tuple(one_line(i, 120) for i in ids)
            self._kept.append(
                (code, level, one_line(place), one_line(found, 600), one_line(done, 600), clean_ids)
            )

    def numbered(self) -> list[Finding]:
        """The findings, numbered from 1; a line for each code that was cut short closes them."""
        rows = list(self._kept)
        for code, count in sorted(self._seen.items()):
            if count > SHOWN_OF_ONE_CODE:
                more = f"{count - SHOWN_OF_ONE_CODE} more findings {code}"
                rows.append((code, "warning", "(whole file)", more, "not listed one by one", ()))
        return [Finding(n, *row) for n, row in enumerate(rows, start=1)]


def findings_json(findings: Iterable[Finding]) -> str:
    """The findings as a JSON array, one object each."""
    rows = [finding.as_dict() for finding in findings]
    return json.dumps(rows, indent=2, ensure_ascii=True) + "\n"


def one_line(text: str, longest: int = LONGEST_QUOTE) -> str:
    """Outside text made safe to print on one line: no line breaks, no control characters."""
    shown = "".join(_printable(text[: longest + 1]))
    shown = " ".join(shown.split())
    return shown if len(text) <= longest else shown[: longest - 3] + "..."


def quoted(value: object, longest: int = 80) -> str:
    """A value of the outside file as the findings quote it."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'"{one_line(value, longest)}"'
    if isinstance(value, (dict, list)):
        return "a list" if isinstance(value, list) else "an object"
    return one_line(_short_repr(value), longest)


def _short_repr(value: object) -> str:
    # A whole number of more than 4,300 digits cannot be printed by Python at all.
    if isinstance(value, int) and value.bit_length() > 400:
        return "a very large number"
    return str(value)


def _printable(text: str) -> Iterator[str]:
    for character in text:
        yield character if character.isprintable() else " "
