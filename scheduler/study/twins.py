"""Codes of participants that only case or the spelling of letters tells apart.

Source: docs/study-folder.md (S256).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scheduler.errors import FaultList

_MOST_TOLD = 20
Numbers = NDArray[np.int64]


def folded(codes: Sequence[str]) -> list[str]:
    """The codes without what tells twins apart: `A1` and `a1`, `é` in two spellings are one."""
    together = "\n".join(codes)
    if together.isascii():
        plain = together.lower()
    else:
        plain = unicodedata.normalize("NFKC", together)
        plain = unicodedata.normalize("NFKC", plain.casefold())
    found = plain.split("\n")
    return found if len(found) == len(codes) else [folded([code])[0] for code in _lines(codes)]


def _lines(codes: Sequence[str]) -> list[str]:
    return [" ".join(code.splitlines()) for code in codes]


@dataclass
class TwinSearch:
    """Looks for twins among codes that come a few at a time and are not kept.

    Those of one part are told by who reads that part; here are those that lie in two.
    """

    place: str
    _marks: list[NDArray[np.uint64]] = field(default_factory=list)
    _rows: list[Numbers] = field(default_factory=list)
    _parts: list[Numbers] = field(default_factory=list)

    def add(self, codes: Sequence[str], rows: Numbers, parts: Numbers) -> None:
        """Notes some codes with the row and the part of each; 24 bytes a code."""
        from pandas.util import hash_array

        plain = np.array([*folded(codes), None], object)[:-1]
        self._marks.append(hash_array(plain, categorize=False))
        self._rows.append(rows)
        self._parts.append(parts)

    def tell(self, faults: FaultList) -> None:
        """Warns of every code that has a twin in an earlier row of another part."""
        if not self._marks:
            return
        marks, rows = np.concatenate(self._marks), np.concatenate(self._rows)
        parts = np.concatenate(self._parts)
        order = np.lexsort((rows, marks))
        marks, rows, parts = marks[order], rows[order], parts[order]
        begins = np.flatnonzero(np.r_[True, marks[1:] != marks[:-1]])
        first = np.repeat(begins, np.diff(np.r_[begins, len(marks)]))
        twins = np.flatnonzero(parts != parts[first])
        twins = twins[np.argsort(rows[twins])]
        for twin in twins[:_MOST_TOLD].tolist():
            text = f"found a code that differs from that of row {rows[first[twin]]}"
            way_out = "are they one person?"
            row = int(rows[twin])
            faults.add(
                "S256", self.place, row, "participant", f"{text} in case or spelling alone", way_out
            )
        if (more := len(twins) - _MOST_TOLD) > 0:
            text = f"found {more} more such codes"
            faults.add("S256", self.place, None, "participant", text, "are they one person?")
