"""Columns of tables: real dates, ordered categories, nullable integers.

The order of every table is that of the participants' and the protocol's own files.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Column as Code
from scheduler.arrays import Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, clock_text
from scheduler.protocol import Protocol
from scheduler.tables.frames import (
    Column,
    Dated,
    Decimals,
    Frame,
    OneOf,
    WholeNumbers,
    WordList,
    Written,
    YesNo,
    word_list,
)
from scheduler.wording.many_rows import Maker, told

if TYPE_CHECKING:
    import pandas as pd

Kind = TypeVar("Kind")
Orders = Mapping[str, Sequence[str]]

CERTAINTY = ("permitted", "undetermined")
KINDS = ("milestone", "visit")  # of a node


_A_DAY, _A_MINUTE = 86_400, 60  # seconds
_A_FEW = 8  # participants
_MISSING = np.datetime64("NaT", "s").astype(np.int64)


def date_column(days: Days) -> Dated:
    """Day numbers as days; "no end" and "no beginning" are missing."""
    return Dated(seconds_of(days))


def seconds_of(days: Days) -> NDArray[np.datetime64]:
    """Day numbers as datetime64[s]; "no end" and "no beginning" become NaT."""
    seconds = np.asarray(days * _A_DAY, np.int64)
    seconds[(days >= FAR) | (days <= -FAR)] = _MISSING
    return seconds.view("M8[s]")


def day_numbers(column: Column) -> Days:
    """The days of a column as day numbers; FAR where it is missing."""
    assert isinstance(column, Dated)
    numbers = column.seconds.view(np.int64)
    return np.where(numbers == _MISSING, FAR, numbers // _A_DAY)


def moments(days: Days, minutes: Index) -> Dated:
    """Day numbers with a minute of the day; a minute of -1 is the day alone."""
    seconds = days * _A_DAY + np.maximum(minutes, 0) * _A_MINUTE
    return Dated(np.where(np.abs(days) < FAR, seconds, _MISSING).view("M8[s]"))


def times(minutes: Index) -> Written:
    """Minutes of the day as `HH:MM` text; -1 is missing."""

    def make(rows: Index) -> list[str | None]:
        return [clock_text(m) if m >= 0 else None for m in minutes[rows].tolist()]

    return sentences([minutes], make)


def texts(words: Sequence[str | None], places: Index) -> Written:
    """Texts taken from a list of words by their places; None is missing."""
    return Written(words, places)


def text_column(values: Iterable[str | None]) -> Written:
    """Texts as they are given; None is missing."""
    found = list(values)
    return Written(found, np.arange(len(found)))


def sentences(columns: Sequence[Code], make: Maker) -> Written:
    """What does every row say, where rows with the same `columns` say the same?

    `make` is given the rows to make a text for: the first one of each kind.
    """
    return Written(*told(columns, make))


def integer_column(values: Days, known: NDArray[np.bool_]) -> WholeNumbers:
    """Whole numbers, missing where they are not known."""
    return WholeNumbers(values, known)


def _lists(protocol: Protocol) -> tuple[WordList, WordList, WordList]:
    """The names of nodes, the ids of rules, and the labels of nodes."""
    labels = dict.fromkeys(node.label for node in protocol.nodes)
    rules = tuple(rule.id for rule in protocol.rules)
    return word_list(tuple(protocol.index)), word_list(rules), word_list(tuple(labels))


def _labels_and_kinds(protocol: Protocol) -> tuple[Index, Index]:
    """Of every node the place of its label, and whether it is a visit; -1 stands for none."""
    labels = list(dict.fromkeys(node.label for node in protocol.nodes))
    places = [*(labels.index(node.label) for node in protocol.nodes), -1]
    kinds = [*(not node.milestone for node in protocol.nodes), -1]
    return np.array(places, np.int64), np.array(kinds, np.int64)


class NameColumns:
    """Codes to ordered categories in the order of the files."""

    def __init__(self, protocol: Protocol, cohort: Cohort) -> None:
        codes = cohort.ids.tolist()  # of a few, who are asked for again and again, a list is kept
        self._participants = WordList(codes) if len(codes) > _A_FEW else word_list(tuple(codes))
        self._nodes, self._rules, self._labels = protocol.made(_lists)
        self._label_of, self._kind_of = protocol.made(_labels_and_kinds)

    def participant(self, codes: Index) -> OneOf:
        """The participants' codes."""
        return OneOf(codes, self._participants)

    def milestone(self, codes: Index) -> OneOf:
        """The names of milestones and visits."""
        return OneOf(codes, self._nodes)

    def label(self, nodes: Index) -> OneOf:
        """What people call milestones and visits; missing for -1. Two may share a label."""
        return OneOf(self._label_of[nodes], self._labels)

    def kind(self, nodes: Index) -> OneOf:
        """Whether a node is a milestone or a visit; missing for -1."""
        return category_column(self._kind_of[nodes], KINDS)

    def rule(self, codes: Index) -> OneOf:
        """The ids of rules."""
        return OneOf(codes, self._rules)


def category(values: Iterable[str | None], order: Sequence[str]) -> OneOf:
    """Words of a fixed list, in that list's order."""
    place = {word: number for number, word in enumerate(order)}
    codes = [-1 if value is None else place.get(value, -1) for value in values]
    return OneOf(np.array(codes, np.int64), word_list(tuple(order)))


def category_column(codes: Index, order: Sequence[str]) -> OneOf:
    """Codes of a fixed list of words (-1: missing), in that list's order."""
    return OneOf(codes, word_list(tuple(order)))


def join_frames(frames: Sequence[Frame], orders: Orders) -> Frame:
    """Frames one after another; lists of words are brought together, in the order given or met."""
    columns = {name: [frame[name] for frame in frames] for name in frames[0].heads}
    return Frame({name: _joined(name, parts, orders) for name, parts in columns.items()})


def distinct_rows(frame: Frame) -> Frame:
    """The rows that differ, each where it first stands."""
    first: dict[tuple[object, ...], int] = {}
    for row, cells in enumerate(frame.pairs(*frame.heads)):
        first.setdefault(cells, row)
    return frame.take(np.array([*first.values()], np.int64))


def recoded(column: Column, words: Sequence[str]) -> Index:
    """The places of a column's words in another list; -1: missing, or not in it."""
    assert isinstance(column, OneOf)
    places = {word: place for place, word in enumerate(words)}
    table = [*(places.get(word, -1) for word in column.among.words), -1]
    return np.array(table, np.int64)[column.codes]


def _joined(name: str, parts: Sequence[Column], orders: Orders) -> Column:
    first = parts[0]
    if isinstance(first, OneOf):
        return _words(_of(OneOf, parts), orders.get(name, ()), name == "participant")
    if isinstance(first, Written):
        return _texts(_of(Written, parts))
    if isinstance(first, Dated):
        return Dated(np.concatenate([one.seconds for one in _of(Dated, parts)]))
    if isinstance(first, YesNo):
        return YesNo(np.concatenate([one.flags for one in _of(YesNo, parts)]))
    if isinstance(first, Decimals):
        return Decimals(np.concatenate([one.numbers for one in _of(Decimals, parts)]))
    numbers = _of(WholeNumbers, parts)
    known = np.concatenate([one.known for one in numbers])
    return WholeNumbers(np.concatenate([one.numbers for one in numbers]), known)


def _of(kind: type[Kind], parts: Sequence[object]) -> list[Kind]:
    found = [one for one in parts if isinstance(one, kind)]
    assert len(found) == len(parts), "columns of one name are of one kind"
    return found


def _words(parts: Sequence[OneOf], order: Sequence[str], all_of_them: bool) -> OneOf:
    """Of the order given only the words that are in use by somebody, unless `all_of_them`."""
    met = dict.fromkeys(word for part in parts for word in part.among.words)
    wanted = [word for word in order if all_of_them or word in met]
    words = list(dict.fromkeys([*wanted, *met]))
    return OneOf(np.concatenate([recoded(part, words) for part in parts]), WordList(words))


def _texts(parts: Sequence[Written]) -> Written:
    words = [word for part in parts for word in part.words]
    begins = np.cumsum([0, *(len(part.words) for part in parts)])
    places = [part.places + begin for part, begin in zip(parts, begins.tolist(), strict=False)]
    return Written(words, np.concatenate(places))


_BUFFERS = ("_codes", "_ndarray", "_data", "_mask")  # of categories, dates, nullable integers


def sealed(frame: "pd.DataFrame") -> "pd.DataFrame":
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
