"""Text columns as codes: renumbered by first rows, united, taken, joined."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import arrays
from scheduler.errors import InputFaults
from scheduler.study.reading import load_study
from scheduler.study.text_columns import blanks, code_cells, joined, text_column

WORDS = st.lists(st.sampled_from(["", "a", "b", "c", "ä"]), max_size=12)


@given(WORDS)
def test_cells_come_back(words: list[str]) -> None:
    column = code_cells(np.array(words, object))
    assert column.cells.tolist() == words
    assert column.texts.tolist() == list(dict.fromkeys(words))
    assert column.are("a").tolist() == [word == "a" for word in words]


@given(WORDS, WORDS, st.data())
def test_taking_and_joining_number_anew(
    one: list[str], two: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(one) - 1), max_size=9)) if one else []
    column = code_cells(np.array(one, object))
    taken = column.take(np.array(rows, np.int64))
    assert taken.cells.tolist() == [one[row] for row in rows]
    assert taken.texts.tolist() == list(dict.fromkeys(one[row] for row in rows))
    both = joined(column, code_cells(np.array(two, object)))
    assert both.cells.tolist() == one + two
    assert both.texts.tolist() == list(dict.fromkeys(one + two))


def test_equal_and_unused_texts_become_one_or_go() -> None:
    column = text_column(np.array([3, 1, 0, 3]), np.array(["a", "b", "c", "a"], object))
    assert (column.codes.tolist(), column.texts.tolist()) == ([0, 1, 0, 0], ["a", "b"])
    assert blanks(2).cells.tolist() == ["", ""]
    assert blanks(0).cells.tolist() == []


def _frames(start: object) -> dict[str, object]:
    return {
        "participants": pd.DataFrame({"participant": ["P-1", "P-2"]}),
        "history": pd.DataFrame(
            {
                "participant": pd.Categorical(["P-2", "P-1"], ["P-9", "P-1", "P-2"]),
                "event": pd.Categorical([" surgery", "surgery"]),
                "start": start,
            }
        ),
    }


def test_every_type_of_column_gives_the_same_table() -> None:
    days = ["2026-03-02", "2026-03-04"]
    stamps = pd.to_datetime(days)
    typed = (days, stamps, stamps.date, pd.Categorical(days), pd.Series(days, dtype="str"))
    tables = [load_study(_frames(start)).history for start in typed]
    for table in tables:
        assert table.frame.to_numpy().tolist() == [
            ["P-2", "surgery", "2026-03-02"],
            ["P-1", "surgery", "2026-03-04"],
        ]
        assert table.fingerprint == tables[0].fingerprint
        assert table.date("start").first.tolist() == tables[0].date("start").first.tolist()


def test_faults_name_the_rows_and_the_file_that_a_frame_tells() -> None:
    frames = _frames(["2026-03-02", "03/04/2026"])
    history = frames["history"]
    assert isinstance(history, pd.DataFrame)
    history.index = pd.Index([7, 12_345], name="row")
    history.attrs["file"] = "history.csv"
    with pytest.raises(InputFaults) as raised:
        load_study(frames)
    assert str(raised.value.faults[0]).startswith("S232 history.csv:12345 start: found 03/04/2026")


def test_many_values_are_numbered_alike_with_pandas_and_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.array([f"v{k * 7 % 50}" for k in range(200)] + [""], object)
    monkeypatch.setattr(arrays, "_FEW", 10)
    by_pandas = arrays.numbered(values)
    monkeypatch.delitem(sys.modules, "pandas")
    by_dictionary = arrays.numbered(values)
    assert "pandas" not in sys.modules
    for one, other in zip(by_pandas, by_dictionary, strict=True):
        assert one.tolist() == other.tolist()
    assert by_pandas[0].tolist() == pd.factorize(values)[0].tolist()
