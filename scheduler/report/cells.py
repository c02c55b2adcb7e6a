"""What stands in the cells of tables, as the files write it: each distinct value once.

Source: docs/contract.md (what `plan` writes).
"""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from scheduler.arrays import Index
from scheduler.days.stamps import stamp_text
from scheduler.tables.frames import (
    Column,
    Dated,
    Decimals,
    Frame,
    OneOf,
    Row,
    WholeNumbers,
    Written,
)

# what a spreadsheet takes for the begin of a formula, in both widths: some read them alike
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def distinct_words(column: Column) -> tuple[list[str], Index]:
    """The distinct values of a column as texts, in the order of their rows; -1: a missing one."""
    known: dict[str, int] = {}
    if isinstance(column, OneOf):
        return _met(column.codes, column.among.words)
    if isinstance(column, Written):
        codes = [-1 if word is None else known.setdefault(word, len(known))
                 for word in column.words]  # fmt: skip
        return _met(np.array([*codes, -1], np.int64)[column.places], list(known))
    if isinstance(column, Dated):
        found, places = np.unique(column.seconds.view(np.int64), return_inverse=True)
        return _met(places, [stamp_text(one) for one in found.tolist()])
    if isinstance(column, WholeNumbers | Decimals):
        known = {}
        codes = [known.setdefault(text, len(known)) if text else -1 for text in column.texts()]
        return list(known), np.array(codes, np.int64)
    return _met(column.flags.astype(np.int64), ("no", "yes"))


def _met(codes: Index, words: Sequence[str]) -> tuple[list[str], Index]:
    """The words that are in use, in the order in which they are met, and the places in these."""
    first = np.full(len(words) + 1, len(codes))  # the last one is for what is missing
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order = np.argsort(first[:-1], kind="stable")[: np.count_nonzero(first[:-1] < len(codes))]
    place = np.full(len(words) + 1, -1)
    place[order] = np.arange(len(order))
    return [words[one] for one in order.tolist()], place[codes]


def by_participant(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each participant, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["participant"], []).append(row)
    return found


def chosen(frame: Frame, participants: Collection[str]) -> Frame:
    """The rows of some participants."""
    some = set(participants)
    wanted = np.array([*(word in some for word in frame.words("participant")), False])
    return frame.take(np.flatnonzero(wanted[frame.codes("participant")]))
