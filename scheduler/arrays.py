"""Columns of many rows: their types, and whole numbers sorted, grouped and told apart at once."""

import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from scheduler.core.dayset import spread

Index = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[Any]  # of str; "" is a blank
Column = Index | Flags

_MOST = 2**62  # what a packed number may reach
_SHORT = 2**15 - 1  # codes that fit into two bytes
_FEW = 2000  # values that a dictionary numbers sooner than pandas is called
_MANY = 1_000_000  # and sooner than it is loaded


def packed(columns: Sequence[Index]) -> list[Index]:
    """Columns in as few columns as will hold them, with the same order and the same ties."""
    keys: list[Index] = []
    size = 1
    for column in columns:
        low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
        width = high - low + 1
        if not keys or size * width > _MOST:
            keys.append(column - low)
            size = width
        elif width > 1:
            keys[-1] *= width
            keys[-1] += column
            keys[-1] -= low
            size *= width
    return keys


def order(*columns: Column) -> Index:
    """The rows in the order of the columns, the first one first; ties stay in their order."""
    if len(columns[0]) < 2:
        return np.arange(len(columns[0]))
    keys = packed([np.asarray(column, np.int64) for column in columns])
    if len(keys) == 1:
        return np.argsort(keys[0], kind="stable")
    return np.lexsort(keys[::-1])


def numbered(values: NDArray[Any]) -> tuple[Index, NDArray[Any]]:
    """The number of every value, and the distinct values, in the order in which they appear.

    `values` are whole numbers or texts.
    """
    if len(values) > (_FEW if "pandas" in sys.modules else _MANY):
        import pandas as pd

        codes, found = pd.factorize(values)
        return codes.astype(np.int64, copy=False), cast(NDArray[Any], found)
    known: dict[Any, int] = {}
    places = [known.setdefault(value, len(known)) for value in values.tolist()]
    texts = np.empty(len(known), values.dtype)
    texts[:] = list(known)
    return np.array(places, np.int64), texts


def distinct(*columns: Column) -> tuple[Index, Index]:
    """Which rows differ: the first row of each distinct tuple, and for each row the tuple's place.

    Tuples stand in the order in which they first appear.
    """
    rows = len(columns[0])
    if rows < 2:  # one participant has many such tables
        return np.arange(rows), np.zeros(rows, np.int64)
    keys = packed([np.asarray(column, np.int64) for column in columns])
    if len(keys) == 1 and (size := int(keys[0].max()) + 1) <= 4 * rows:
        return _in_a_table(keys[0], size)
    place, found = numbered(keys[0])
    for key in keys[1:]:
        more, names = numbered(key)
        place, found = numbered(place * len(names) + more)
    first = np.empty(len(found), np.int64)
    first[place[::-1]] = np.arange(len(place) - 1, -1, -1)
    return first, place


def _in_a_table(key: Index, size: int) -> tuple[Index, Index]:
    """What `distinct` says of one column of numbers from 0 to less than a size."""
    rows = len(key)
    first = np.full(size, rows)
    first[key[::-1]] = np.arange(rows - 1, -1, -1)  # the last one written stays
    met = np.flatnonzero(first < rows)
    met = met[np.argsort(first[met])]
    rank = np.empty(size, np.int64)
    rank[met] = np.arange(len(met))
    return first[met], rank[key]


def distinct_numbers(values: Index) -> Index:
    """The distinct numbers, in order; `np.unique` would load `numpy.ma` to look for masks."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def by_code(codes: Index, count: int) -> tuple[Index, Index]:
    """The rows by their codes, and where those of every code from 0 to count - 1 begin and end."""
    if count < _SHORT:  # which NumPy sorts by their digits
        codes = np.clip(codes, -1, count).astype(np.int16)
    order = np.argsort(codes, kind="stable")
    return order, np.searchsorted(codes[order], np.arange(count + 1, dtype=codes.dtype))


def groups(codes: Index, count: int) -> list[Index]:
    """The rows of every code from 0 to count - 1, in their order."""
    order, edges = by_code(codes, count)
    return [order[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]


def pairs(codes: Index, others: Index) -> tuple[Index, Index]:
    """Every row of one column with every row of another one that has the same code."""
    order = np.argsort(others, kind="stable")
    ordered = others[order]
    begin = np.searchsorted(ordered, codes)
    row, place = spread(begin, np.searchsorted(ordered, codes, side="right"))
    return row, order[place]


class Woven(Sequence[str]):
    """Texts that Arrow holds; they become Python's when the first one is asked for."""

    def __init__(self, array: Any) -> None:
        """An Arrow array of large strings, none of them missing."""
        self.array = array

    @cached_property
    def _texts(self) -> list[str]:
        return self.array.to_pylist()  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, place: Any) -> Any:
        return self._texts[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)


def woven(parts: Sequence[tuple[Sequence[str], Index]]) -> Sequence[str]:
    """Texts put together of parts: of every row the words at its places, one behind another.

    Many rows are put together by Arrow where it is loaded, a tenth of the time of Python's.
    """
    first, *others = parts
    parts = [first, *(part for part in others if len(part[0]) != 1 or part[0][0])]
    if len(first[1]) <= _FEW or "pyarrow" not in sys.modules:
        rows = ([words[at] for at in places.tolist()] for words, places in parts)
        return ["".join(row) for row in zip(*rows, strict=True)]
    import pyarrow as pa
    from pyarrow import compute

    columns = [compute.take(arrow_texts(words), pa.array(places)) for words, places in parts]
    return Woven(compute.binary_join_element_wise(*columns, pa.scalar("", pa.large_string())))


def arrow_texts(words: Sequence[str | None]) -> Any:
    """A list of texts as Arrow's large strings."""
    import pyarrow as pa

    return words.array if isinstance(words, Woven) else pa.array(words, pa.large_string())


def text_array(words: Sequence[str | None], places: Index) -> Any:
    """pandas' array of texts, taken from a list by their places (-1 counts from the end).

    Arrow guesses the room that it needs from the mean word; short of it by a byte, it takes twice
    as much and copies what it has. So a word that nobody has makes the mean as long as it must be.
    """
    import pandas as pd

    kind: Any = pd.api.types.pandas_dtype("str")
    if kind.storage != "pyarrow" or not len(words):
        return pd.array(list(words), dtype="str").take(places)
    import pyarrow as pa
    from pyarrow import compute

    texts = arrow_texts(words)
    if len(texts) == 1:
        return kind.__from_arrow__(pa.repeat(texts[0], len(places)))
    lengths = np.diff(np.frombuffer(texts.buffers()[1], np.int64, len(texts) + 1))
    if len(places) and places.min() < 0:
        places = places % len(texts)
    needed = -(-int(lengths[places].sum()) * (len(texts) + 1) // max(1, len(places)))
    if len(places) > len(texts) and needed > lengths.sum():
        spare = pa.array(["-" * (needed - int(lengths.sum()))], pa.large_string())
        texts = pa.concat_arrays([texts, spare])
    return kind.__from_arrow__(compute.take(texts, pa.array(places)))
