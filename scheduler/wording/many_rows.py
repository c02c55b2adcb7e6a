"""Texts of many rows: each distinct one is made once.

A table has far more rows than different sentences, since a sentence depends on a few whole
numbers (rule, certainty, days). Finding the distinct ones costs nanoseconds a row, writing one a
microsecond.
"""

from collections.abc import Callable, Sequence

import numpy as np

from scheduler.arrays import Column, Index, distinct

Told = tuple[list[str | None], Index]  # texts, and the place of each row's text among them
Maker = Callable[[Index], Sequence[str | None]]
_FEW = 64  # rows that are sooner said than told apart


def told(columns: Sequence[Column], make: Maker) -> Told:
    """What does every row say, where rows with the same `columns` say the same?

    The distinct texts, and the place among them of every row's text. `make` is given the rows to
    make a text for: the first one of each kind.
    """
    first, place = distinct(*columns)
    return list(make(first)), place


def in_words(columns: Sequence[Column], say: Callable[..., str]) -> list[str]:
    """What `say` says of every row's whole numbers, each distinct tuple said once."""
    if len(columns[0]) < _FEW:
        return _said(columns, say)
    first, place = distinct(*columns)
    words = _said([column[first] for column in columns], say)
    return [words[at] for at in place.tolist()]


def _said(columns: Sequence[Column], say: Callable[..., str]) -> list[str]:
    return [say(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def together(parts: Sequence[Told]) -> Told:
    """The texts of several tables, one after another."""
    words: list[str | None] = []
    places = [np.zeros(0, np.int64)]
    for more, place in parts:
        places.append(place + len(words))
        words += more
    return words, np.concatenate(places)
