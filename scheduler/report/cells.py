"""Frames to rows of text, as the CSV files write them.

Source: docs/contract.md (what `plan` writes).
"""

from collections.abc import Iterable
from typing import Any

import pandas as pd

Row = dict[str, str]
# what a spreadsheet takes for the begin of a formula, in both widths: some read them alike
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def texts(column: "pd.Series[Any]") -> list[str]:
    """How is each value of a column written? ISO days (with a time that is not midnight), or ""."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return [_stamp(value) for value in column]
    if pd.api.types.is_bool_dtype(column.dtype):
        return ["yes" if value else "no" for value in column]
    return [str(value) for value in column.astype(object).where(column.notna(), "")]


def _stamp(value: Any) -> str:
    if not isinstance(value, pd.Timestamp):
        return ""
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


def records(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame as texts by column."""
    names = [str(name) for name in frame.columns]
    columns = [texts(frame[name]) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_participant(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each participant, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["participant"], []).append(row)
    return found


def chosen(frame: pd.DataFrame, participants: Iterable[str]) -> pd.DataFrame:
    """The rows of some participants."""
    return frame[frame["participant"].isin(list(participants))]
