"""Text columns as codes: what a study says is read, judged and bound once a distinct text.

Source: docs/study-folder.md.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import numbered
from scheduler.days import Days

Cells = NDArray[Any]  # of str; "" is a blank
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """The cells of a column: each one's code, and the distinct texts in the order of their rows."""

    codes: Codes
    texts: Cells

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def cells(self) -> Cells:
        """The text of every cell."""
        return np.asarray(self.texts.take(self.codes), object)

    def take(self, rows: Any) -> "Coded":
        """The cells of some rows (places, or flags)."""
        return text_column(self.codes[rows], self.texts)

    def are(self, text: str) -> NDArray[np.bool_]:
        """Which cells hold a text."""
        return np.asarray((self.texts == text)[self.codes], bool)

    def told(self, values: Any) -> Any:
        """A value of each distinct text (an array of them), told to every cell."""
        found = np.asarray(values)
        return found[self.codes] if len(self.codes) else found[:0]


def code_cells(cells: Cells) -> Coded:
    """A column of texts, coded."""
    return Coded(*numbered(np.asarray(cells, object)))


def text_column(codes: Codes, texts: Cells) -> Coded:
    """Codes into texts of which some may be equal or unused, renumbered by their first rows."""
    if len(set(texts.tolist())) < len(texts):
        known, texts = numbered(np.asarray(texts, object))
        codes = known[codes]
    if _in_order(codes, len(texts)):
        return Coded(codes, texts)
    numbers, used = numbered(codes)
    return Coded(numbers, np.asarray(texts, object).take(used))


def _in_order(codes: Codes, count: int) -> bool:
    """Whether every number is there, and first stands after all smaller ones."""
    if not len(codes):
        return count == 0
    highest = np.maximum.accumulate(codes)
    steps = highest[1:] - highest[:-1]
    whole = int(codes[0]) == 0 and int(highest[-1]) == count - 1
    return whole and int(steps.max(initial=0)) <= 1


def blanks(count: int) -> Coded:
    """A column without any text."""
    return Coded(np.zeros(count, np.int64), np.full(min(count, 1), "", object))


def joined(one: Coded, other: Coded) -> Coded:
    """One column after another."""
    codes: Days = np.concatenate([one.codes, other.codes + len(one.texts)])
    return text_column(codes, np.concatenate([one.texts, other.texts]))
