"""Texts that are made once a distinct one."""

import numpy as np
import pandas as pd
import pytest

from scheduler.tables.columns import sentences, texts, times
from scheduler.wording.many_rows import together, told

STORAGES = ["python", "auto"]


@pytest.mark.parametrize("storage", STORAGES)
def test_each_distinct_text_is_made_once(storage: str) -> None:
    asked = []

    def make(rows: np.ndarray) -> list[str]:
        asked.extend(rows.tolist())
        return [f"{a} and {b}" for a, b in zip(one[rows], other[rows], strict=True)]

    one, other = np.array([3, 1, 3, 1, 3]), np.array([0, 0, 0, 2, 0])
    with pd.option_context("mode.string_storage", storage):
        made = sentences((one, other), make).pandas()
        wanted = pd.Series(["3 and 0", "1 and 0", "3 and 0", "1 and 2", "3 and 0"], dtype="str")
        pd.testing.assert_series_equal(made, wanted)
    assert asked == [0, 1, 3]


@pytest.mark.parametrize("storage", STORAGES)
def test_missing_and_no_texts(storage: str) -> None:
    with pd.option_context("mode.string_storage", storage):
        made = texts(["a", None], np.array([1, 0, 1])).pandas()
        pd.testing.assert_series_equal(made, pd.Series([None, "a", None], dtype="str"))
        nothing = sentences(
            (np.zeros(0, np.int64),), lambda rows: [str(row) for row in rows]
        ).pandas()
        pd.testing.assert_series_equal(nothing, pd.Series([], dtype="str"))


def test_texts_of_several_tables_together() -> None:
    one = told((np.array([4, 4, 5]),), lambda rows: [f"a{row}" for row in rows])
    other = told((np.array([4, 6]),), lambda rows: [f"b{row}" for row in rows])
    words, place = together([one, other])
    assert [words[i] for i in place.tolist()] == ["a0", "a0", "a2", "b0", "b1"]
    assert together([])[0] == [] and not len(together([])[1])


def test_clock_times() -> None:
    found = times(np.array([0, -1, 1439, 570, -1])).pandas()
    wanted = pd.Series(["00:00", None, "23:59", "09:30", None], dtype="str")
    pd.testing.assert_series_equal(found, wanted)
