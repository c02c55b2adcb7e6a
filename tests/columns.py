"""Tables of a test, written as DataFrames, as the columns of arrays that the package works on."""

from typing import Any

import numpy as np
import pandas as pd

from scheduler.tables.columns import text_column
from scheduler.tables.frames import (
    Column,
    Dated,
    Decimals,
    Frame,
    OneOf,
    WholeNumbers,
    WordList,
    YesNo,
)


def frame_of(table: pd.DataFrame) -> Frame:
    """A DataFrame as a table of a plan."""
    return Frame({str(name): _column(table[name]) for name in table.columns})


def _column(column: "pd.Series[Any]") -> Column:
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        words = WordList([str(word) for word in column.cat.categories])
        return OneOf(column.cat.codes.to_numpy().astype(np.int64), words)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return Dated(column.to_numpy("datetime64[s]"))
    if pd.api.types.is_bool_dtype(kind):
        return YesNo(column.to_numpy(bool))
    if pd.api.types.is_float_dtype(kind):
        return Decimals(column.to_numpy(float))
    if pd.api.types.is_integer_dtype(kind):
        known = column.notna().to_numpy(bool)
        return WholeNumbers(column.fillna(0).to_numpy(np.int64), known)
    return text_column(None if pd.isna(value) else str(value) for value in column.tolist())
