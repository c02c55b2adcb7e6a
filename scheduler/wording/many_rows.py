"""Texts of many rows: each distinct one is made once.

A table has far more rows than different sentences, since a sentence depends on a few whole
numbers (rule, certainty, days). Finding the distinct ones costs nanoseconds a row, writing one a
microsecond.
"""

from collections.abc import Callable, Sequence

import numpy as np

from scheduler.arrays import Column, Flags, Index, distinct

Told = tuple[Sequence[str | None], Index]  # texts, and the place of each row's text among them
Words = tuple[list[str], Index]  # the same, where every row has one
_FEW = 64  # rows that are sooner said than told apart
Maker = Callable[[Index], Sequence[str | None]]


def told(columns: Sequence[Column], make: Maker) -> Told:
    """What does every row say, where rows with the same `columns` say the same?

    The distinct texts, and the place among them of every row's text. `make` is given the rows to
    make a text for: the first one of each kind.
    """
    first, place = distinct(*columns)
    return make(first), place


def in_words(columns: Sequence[Column], say: Callable[..., str]) -> Words:
    """What `say` says of every row's whole numbers, each distinct tuple said once."""
    every = np.arange(len(columns[0]))
    first, place = (every, every) if len(every) < _FEW else distinct(*columns)
    some = (column[first].tolist() for column in columns)
    return [say(*row) for row in zip(*some, strict=True)], place


def some_in_words(rows: Flags, columns: Sequence[Column], say: Callable[..., str]) -> Words:
    """What `say` says of some rows; of the others nothing."""
    words, place = in_words([column[rows] for column in columns], say)
    places = np.zeros(len(rows), np.int64)
    places[rows] = place + 1
    return ["", *words], places


def together(parts: Sequence[Told]) -> Told:
    """The texts of several tables, one after another."""
    words: list[str | None] = []
    places = [np.zeros(0, np.int64)]
    for more, place in parts:
        places.append(place + len(words))
        words += more
    return words, np.concatenate(places)
