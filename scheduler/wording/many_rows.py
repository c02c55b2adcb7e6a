"""Texts of many rows: each distinct one is made once.

A table has far more rows than different sentences, since a sentence depends on a few whole
numbers (rule, certainty, days). Finding the distinct ones costs nanoseconds a row, writing one a
microsecond.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scheduler.arrays import Column, Index, Texts, distinct, numbered

if TYPE_CHECKING:
    import pandas as pd

Told = tuple[list[str | None], Index]  # texts, and the place of each row's text among them
Maker = Callable[[Index], Sequence[str | None]]


def sentences(columns: Sequence[Column], make: Maker) -> "pd.Series[str]":
    """What does every row say, where rows with the same `columns` say the same?

    `make` is given the rows to make a text for: the first one of each kind.
    """
    return texts(*told(columns, make))


def told(columns: Sequence[Column], make: Maker) -> Told:
    """As `sentences`: the distinct texts, and the place among them of every row's text."""
    first, place = distinct(*columns)
    return list(make(first)), place


def together(parts: Sequence[Told]) -> Told:
    """The texts of several tables, one after another."""
    words: list[str | None] = []
    places = [np.zeros(0, np.int64)]
    for more, place in parts:
        places.append(place + len(words))
        words += more
    return words, np.concatenate(places)


def texts(words: Sequence[str | None], places: Index) -> "pd.Series[str]":
    """Texts taken from a list of words by their places; None is missing."""
    import pandas as pd

    if not len(words):
        return pd.Series([], dtype="str")
    return pd.Series(pd.array(list(words), dtype="str").take(places))


def distinct_texts(*columns: Texts) -> tuple[Index, Index]:
    """As `distinct`, for columns of texts."""
    return distinct(*(numbered(column)[0] for column in columns))
