"""Sorting, telling apart and pairing by whole numbers, against plain Python."""

import numpy as np
import pytest

from scheduler.arrays import distinct, distinct_numbers, groups, order, packed, pairs
from scheduler.days import FAR


def columns(seed: int, rows: int, *spreads: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.integers(-spread, spread + 1, rows) for spread in spreads]


SPREADS = [
    (0,),
    (3,),
    (3, 0, 2),
    (2, 5, 1, 1),
    (FAR, FAR, FAR),
    (2**61, 2**61, 1),
    (3, 2**40, 2, 5),
]


@pytest.mark.parametrize("rows", [0, 1, 200])
@pytest.mark.parametrize("spreads", SPREADS, ids=str)
def test_order_is_that_of_tuples(spreads: tuple[int, ...], rows: int) -> None:
    made = columns(1, rows, *spreads)
    tuples = list(zip(*(column.tolist() for column in made), strict=True))
    assert order(*made).tolist() == sorted(range(rows), key=tuples.__getitem__)


@pytest.mark.parametrize("rows", [0, 1, 200])
@pytest.mark.parametrize("spreads", SPREADS, ids=str)
def test_distinct_tuples_in_the_order_of_their_first_rows(
    spreads: tuple[int, ...], rows: int
) -> None:
    made = columns(2, rows, *spreads)
    tuples = list(zip(*(column.tolist() for column in made), strict=True))
    places = {one: i for i, one in enumerate(dict.fromkeys(tuples))}
    first, place = distinct(*made)
    assert [tuples[row] for row in first.tolist()] == list(places)
    assert place.tolist() == [places[one] for one in tuples]


def test_values_that_are_far_apart_are_told_apart_and_sorted() -> None:
    far = np.array([FAR, -FAR, 0, FAR, -FAR])
    flags = np.array([True, False, True, True, False])
    many = [far, flags, far, far, -far]
    assert len(packed([np.asarray(column, np.int64) for column in many])) > 1
    assert distinct(*many)[1].tolist() == [0, 1, 2, 0, 1]
    assert order(*many).tolist() == [1, 4, 2, 0, 3]


def test_groups() -> None:
    rows = groups(np.array([2, 0, 2, 0]), 4)
    assert [found.tolist() for found in rows] == [[1, 3], [], [0, 2], []]


def test_pairs() -> None:
    row, other = pairs(np.array([5, 1, 7, 5]), np.array([5, 7, 5, 9]))
    assert list(zip(row.tolist(), other.tolist(), strict=True)) == [
        (0, 0), (0, 2), (2, 1), (3, 0), (3, 2),
    ]  # fmt: skip
    nothing = np.zeros(0, np.int64)
    assert [part.tolist() for part in pairs(nothing, np.array([1]))] == [[], []]
    assert [part.tolist() for part in pairs(np.array([1]), nothing)] == [[], []]


@pytest.mark.parametrize("rows", [0, 1, 200])
def test_distinct_numbers_are_those_of_numpy(rows: int) -> None:
    (values,) = columns(7, rows, 20)
    assert distinct_numbers(values).tolist() == np.unique(values).tolist()
