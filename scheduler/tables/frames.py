"""Tables as columns of arrays: what the makers give, before anybody asks for a DataFrame.

A page or a CSV file reads the columns as they are; pandas is loaded for who asks for a DataFrame,
and takes half as long for a table of one participant as making it does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Index, text_array
from scheduler.days import FAR
from scheduler.days.stamps import DAY_SECONDS, NOT_A_TIME, stamp_text

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, str]
_KINDS = (np.int8, np.int16, np.int32)


class WordList:
    """The words of ordered categories; pandas' own type of them is made once."""

    def __init__(self, words: Sequence[str]) -> None:
        """Words in their order."""
        self.words = tuple(words)
        self.shown = (*self.words, "")  # at -1: missing
        self.kind = next(kind for kind in _KINDS if len(words) < np.iinfo(kind).max)  # of codes

    @cached_property
    def dtype(self) -> "pd.CategoricalDtype":
        """The type of a pandas column of them."""
        import pandas as pd

        return pd.CategoricalDtype(pd.Index(list(self.words), dtype="str"), ordered=True)


@lru_cache(maxsize=256)  # the lists are few, and pandas looks each one through for doubles
def word_list(words: tuple[str, ...]) -> WordList:
    """A fixed list of words."""
    return WordList(words)


@dataclass(frozen=True, slots=True, eq=False)
class OneOf:
    """Words of a fixed list, by their places in it (-1: missing), in as few bytes as will do."""

    codes: Index
    among: WordList

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", self.codes.astype(self.among.kind, copy=False))

    def take(self, rows: Index) -> "OneOf":
        """The named rows."""
        return OneOf(self.codes[rows], self.among)

    def texts(self) -> "list[str]":
        """Each cell as text; "" where it is missing."""
        shown = self.among.shown
        return [shown[code] for code in self.codes.tolist()]

    def distinct(self) -> "tuple[list[str], Index]":
        """The words, and the place of each row's among them (-1: missing)."""
        return [*self.among.words], self.codes

    def values(self) -> "list[Any]":
        """Each cell as text."""
        return self.texts()

    def pandas(self) -> Any:
        """As an ordered Categorical."""
        import pandas as pd

        return pd.Categorical.from_codes(self.codes, dtype=self.among.dtype, validate=False)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Written by their places in a list of distinct ones; None is missing."""

    words: Sequence[str | None]
    places: Index

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", self.places.astype(np.int32, copy=False))

    def take(self, rows: Index) -> "Written":
        """The named rows."""
        return Written(self.words, self.places[rows])

    def texts(self) -> list[str]:
        """Each cell as text; "" where it is missing."""
        words = self.words
        return [words[place] or "" for place in self.places.tolist()]

    def distinct(self) -> tuple[Sequence[str | None], Index]:
        """The words, and the place of each row's among them."""
        return self.words, self.places

    def values(self) -> list[Any]:
        """Each cell as text."""
        return self.texts()

    def pandas(self) -> Any:
        """As a column of texts."""
        import pandas as pd

        return pd.Series(text_array(self.words, self.places))

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, slots=True, eq=False)
class WholeNumbers:
    """Whole numbers, missing where they are not known."""

    numbers: Index
    known: NDArray[np.bool_]

    def take(self, rows: Index) -> "WholeNumbers":
        """The named rows."""
        return WholeNumbers(self.numbers[rows], self.known[rows])

    def texts(self) -> list[str]:
        """Each cell as text; "" where it is missing."""
        return ["" if one is None else str(one) for one in self.values()]

    def values(self) -> list[Any]:
        """Each cell as a number, or None."""
        pairs = zip(self.numbers.tolist(), self.known.tolist(), strict=True)
        return [number if known else None for number, known in pairs]

    def pandas(self) -> Any:
        """As a nullable integer array."""
        import pandas as pd

        return pd.arrays.IntegerArray(np.where(self.known, self.numbers, 0), ~self.known)

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """Days with or without a time, as datetime64[s]; NaT is missing."""

    seconds: NDArray[np.datetime64]

    def take(self, rows: Index) -> "Dated":
        """The named rows."""
        return Dated(self.seconds[rows])

    def texts(self) -> list[str]:
        """Each cell in ISO, with a time that is not midnight; "" where it is missing."""
        return [stamp_text(one) for one in self.seconds.view(np.int64).tolist()]

    def values(self) -> list[Any]:
        """Each cell as a day number; FAR where it is missing."""
        numbers = self.seconds.view(np.int64)
        return np.where(numbers == NOT_A_TIME, FAR, numbers // DAY_SECONDS).tolist()  # type: ignore[no-any-return]

    def pandas(self) -> Any:
        """As it is."""
        return self.seconds

    def __len__(self) -> int:
        return len(self.seconds)


@dataclass(frozen=True, slots=True, eq=False)
class YesNo:
    """Whether something is so."""

    flags: NDArray[np.bool_]

    def take(self, rows: Index) -> "YesNo":
        """The named rows."""
        return YesNo(self.flags[rows])

    def texts(self) -> list[str]:
        """`yes` or `no`."""
        return ["yes" if flag else "no" for flag in self.flags.tolist()]

    def values(self) -> list[Any]:
        """Each cell as a bool."""
        return self.flags.tolist()  # type: ignore[no-any-return]

    def pandas(self) -> Any:
        """As it is."""
        return self.flags

    def __len__(self) -> int:
        return len(self.flags)


@dataclass(frozen=True, slots=True, eq=False)
class Decimals:
    """Numbers with a fraction; NaN is missing."""

    numbers: NDArray[np.float64]

    def take(self, rows: Index) -> "Decimals":
        """The named rows."""
        return Decimals(self.numbers[rows])

    def texts(self) -> list[str]:
        """Each cell as text; "" where it is missing."""
        return ["" if one is None else repr(one) for one in self.values()]

    def values(self) -> list[Any]:
        """Each cell as a number, or None."""
        return [None if one != one else one for one in self.numbers.tolist()]

    def pandas(self) -> Any:
        """As it is."""
        return self.numbers

    def __len__(self) -> int:
        return len(self.numbers)


Column = OneOf | Written | WholeNumbers | Dated | YesNo | Decimals


class Late:
    """Columns that cost much: they are made together when one of them is read."""

    def __init__(self, make: Callable[[], Mapping[str, Column]]) -> None:
        """By what makes them, which is let go of then."""
        self._make = make

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """All of them."""
        found = self._make()
        self._make = lambda: found
        return found


class Frame:
    """A table: columns of equal length by name, in their order; the first one is never late."""

    def __init__(self, columns: Mapping[str, Column | Late]) -> None:
        """Of columns that are not changed any more."""
        self._columns = dict(columns)
        self.heads = list(columns)

    def __len__(self) -> int:
        return len(self[self.heads[0]])

    def __getitem__(self, name: str) -> Column:
        found = self._columns[name]
        if isinstance(found, Late):
            found = self._columns[name] = found.columns[name]
        return found

    @property
    def columns(self) -> dict[str, Column]:
        """All columns by name."""
        return {name: self[name] for name in self.heads}

    def codes(self, name: str) -> Index:
        """The places of a column of words in its list."""
        column = self[name]
        assert isinstance(column, OneOf)
        return column.codes.astype(np.int64)

    def words(self, name: str) -> tuple[str, ...]:
        """The list that the words of a column are of."""
        column = self[name]
        assert isinstance(column, OneOf)
        return column.among.words

    def take(self, rows: Index, heads: Sequence[str] = ()) -> "Frame":
        """The named rows, of all columns or of some."""
        return Frame({name: self[name].take(rows) for name in heads or self.heads})

    def head(self, count: int) -> "Frame":
        """The first rows."""
        return self if len(self) <= count else self.take(np.arange(count))

    def assign(self, **more: Column) -> "Frame":
        """The table with more columns."""
        return Frame({**self._columns, **more})

    def records(self, heads: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The rows as plain values: days as day numbers (FAR: none), texts, numbers or None."""
        heads = heads or self.heads
        return [dict(zip(heads, row, strict=True)) for row in self.pairs(*heads)]

    def rows(self) -> list[Row]:
        """The rows as texts, as the CSV files write them."""
        cells = zip(*(self[name].texts() for name in self.heads), strict=True)
        return [dict(zip(self.heads, row, strict=True)) for row in cells]

    def pairs(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Some columns' values, row by row."""
        return zip(*(self[name].values() for name in names), strict=True)

    def pandas(self) -> "pd.DataFrame":
        """As a DataFrame, which shares the memory of the columns."""
        import pandas as pd

        made = {name: column.pandas() for name, column in self.columns.items()}
        return pd.DataFrame(made, copy=False)


def total(frame: Frame, name: str) -> int:
    """The sum of a column of whole numbers; what is missing counts nothing."""
    return sum(number or 0 for number in frame[name].values())
