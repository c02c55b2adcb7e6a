"""Columns for DataFrames: real dates, ordered categories, nullable integers.

The order of every table is that of the participants' and the protocol's own files.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scheduler.arrays import Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, clock_text
from scheduler.protocol import Protocol
from scheduler.wording.many_rows import sentences

CERTAINTY = ("permitted", "undetermined")
KINDS = ("milestone", "visit")  # of a node


_A_DAY, _A_MINUTE = 86_400, 60  # seconds
_MISSING = np.datetime64("NaT").astype(np.int64)


def date_column(days: Days) -> NDArray[np.datetime64]:
    """Day numbers as datetime64[s]; "no end" and "no beginning" become NaT."""
    return np.where(np.abs(days) < FAR, days * _A_DAY, _MISSING).view("M8[s]")


def moments(days: Days, minutes: Index) -> NDArray[np.datetime64]:
    """Day numbers with a minute of the day; a minute of -1 is the day alone."""
    seconds = days * _A_DAY + np.maximum(minutes, 0) * _A_MINUTE
    return np.where(np.abs(days) < FAR, seconds, _MISSING).view("M8[s]")


def times(minutes: Index) -> "pd.Series[str]":
    """Minutes of the day as `HH:MM` text; -1 is missing."""

    def make(rows: Index) -> list[str | None]:
        return [clock_text(m) if m >= 0 else None for m in minutes[rows].tolist()]

    return sentences([minutes], make)


def integer_column(values: Days, known: NDArray[np.bool_]) -> pd.Series:
    """Whole numbers, missing where they are not known."""
    return pd.Series(pd.arrays.IntegerArray(np.where(known, values, 0), ~known))


class NameColumns:
    """Codes to ordered categories in the order of the files."""

    def __init__(self, protocol: Protocol, cohort: Cohort) -> None:
        self._participants = _ordered(cohort.ids.tolist())
        self._nodes = _fixed(tuple(protocol.index))
        self._rules = _fixed(tuple(rule.id for rule in protocol.rules))
        labels = tuple(dict.fromkeys(node.label for node in protocol.nodes))
        self._labels = _fixed(labels)
        self._label_of = np.array(
            [*(labels.index(node.label) for node in protocol.nodes), -1], np.int64
        )
        self._kind_of = np.array([*(not node.milestone for node in protocol.nodes), -1], np.int64)

    def participant(self, codes: Index) -> pd.Categorical:
        """The participants' codes."""
        return pd.Categorical.from_codes(codes, dtype=self._participants, validate=False)

    def milestone(self, codes: Index) -> pd.Categorical:
        """The names of milestones and visits."""
        return pd.Categorical.from_codes(codes, dtype=self._nodes, validate=False)

    def label(self, nodes: Index) -> pd.Categorical:
        """What people call milestones and visits; missing for -1. Two may share a label."""
        codes = self._label_of[nodes]
        return pd.Categorical.from_codes(codes, dtype=self._labels, validate=False)

    def kind(self, nodes: Index) -> pd.Categorical:
        """Whether a node is a milestone or a visit; missing for -1."""
        return category_column(self._kind_of[nodes], KINDS)

    def rule(self, codes: Index) -> pd.Categorical:
        """The ids of rules."""
        return pd.Categorical.from_codes(codes, dtype=self._rules, validate=False)


def category(values: Sequence[str | None], order: Sequence[str]) -> pd.Categorical:
    """Words of a fixed list (None: missing), in that list's order."""
    return pd.Categorical(list(values), categories=list(order), ordered=True)


def category_column(codes: Index, order: Sequence[str]) -> pd.Categorical:
    """Codes of a fixed list of words (-1: missing), in that list's order."""
    return pd.Categorical.from_codes(codes, dtype=_fixed(tuple(order)), validate=False)


@lru_cache(maxsize=64)  # the lists are few, and pandas looks each one through for doubles
def _fixed(words: tuple[str, ...]) -> pd.CategoricalDtype:
    return _ordered(words)


def _ordered(words: Sequence[str]) -> pd.CategoricalDtype:
    return pd.CategoricalDtype(pd.Index(list(words), dtype="str"), ordered=True)


def join_frames(
    frames: Sequence[pd.DataFrame], orders: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Frames one after another; categories are brought together, in the order given or met."""
    columns = {}
    for name in frames[0].columns:
        parts = [frame[name] for frame in frames]
        if any(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
            met = dict.fromkeys(str(c) for part in parts for c in part.cat.categories)
            order = [*(n for n in orders.get(name, ()) if n in met or name == "participant")]
            order += [n for n in met if n not in set(order)]
            texts = [value for part in parts for value in part.astype(object).tolist()]
            columns[name] = pd.Series(category([_or_none(v) for v in texts], order))
        else:
            columns[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns)


def _or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None


_BUFFERS = ("_codes", "_ndarray", "_data", "_mask")  # of categories, dates, nullable integers


def sealed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, its memory read-only.

    pandas copies a column before it writes to it (copy-on-write), and the copy can be written to;
    only who reaches for `.array` or `.values` finds the memory itself, and is refused. Columns of a
    kind lie in one block, which pandas has no public name for.
    """
    for block in frame._mgr.blocks:
        array: Any = block.values
        for memory in (array, *(getattr(array, name, None) for name in _BUFFERS)):
            if isinstance(memory, np.ndarray):
                memory.flags.writeable = False
    return frame
