"""Columns of many rows: told apart, grouped, and made into texts, beside the plain way."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.arrays import Woven, distinct, groups, text_array, woven

_CELLS = st.integers(-3, 5) | st.integers(-(10**9), 10**9)  # told apart by a table, or by a hash
_ROWS = st.lists(st.tuples(_CELLS, _CELLS), max_size=40)


@given(_ROWS)
def test_rows_are_told_apart_in_the_order_in_which_they_appear(rows: list[tuple[int, int]]) -> None:
    columns = np.array(rows, np.int64).reshape(-1, 2).T
    first, place = distinct(*columns)
    known = list(dict.fromkeys(rows))
    assert [rows[row] for row in first.tolist()] == known
    assert [known[at] for at in place.tolist()] == rows
    assert first.tolist() == [rows.index(row) for row in known]


@given(st.lists(st.integers(-1, 6), max_size=30))
def test_rows_are_grouped_by_code(codes: list[int]) -> None:
    found = groups(np.array(codes, np.int64), 5)
    assert [rows.tolist() for rows in found] == [
        [row for row, code in enumerate(codes) if code == wanted] for wanted in range(5)
    ]


@pytest.mark.parametrize(
    "words",
    [[], ["one"], [None], ["", "a" * 500, None], ["\u4e0d\u660e", "\u00e9" * 90, "", "b"]],
    ids=["none", "one", "missing", "long", "letters of several bytes"],
)
@pytest.mark.parametrize("count", [0, 1, 7, 5_000])
def test_texts_are_taken_from_their_list(words: list[str | None], count: int) -> None:
    size = len(words)
    places = np.arange(count if size else 0, dtype=np.int64) ** 2 % max(1, 2 * size) - size
    found = pd.Series(text_array(words, places))  # the last of them -1, which counts from the end
    assert found.dtype == "str"
    told = [None if missing else text for text, missing in zip(found, found.isna(), strict=True)]
    assert told == [words[place] for place in places.tolist()]


@pytest.mark.parametrize("count", [0, 1, 2_000, 2_001, 9_000])
def test_texts_of_many_parts_are_those_of_python(count: int) -> None:
    words = [["a", "\u4e0d\u660e", ""], [""], [*map(str, range(97))], ["", " to \u00e9"]]
    every = np.arange(count, dtype=np.int64)
    parts = [(one, every**2 % len(one)) for one in words]
    found = woven(parts)
    assert isinstance(found, Woven) == (count > 2_000 and "pyarrow" in sys.modules)
    assert len(found) == count
    told = ["".join(one[row**2 % len(one)] for one in words) for row in range(count)]
    assert list(found) == told
    assert [found[row] for row in range(0, count, 500)] == told[::500]
    again = woven([(found, every), (["!"], every * 0)])
    assert list(again) == [f"{text}!" for text in told]
    whole = pd.Series(text_array(found, every))
    assert whole.tolist() == told
