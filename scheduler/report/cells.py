"""Frames to rows of text, as the CSV files write them.

Source: docs/contract.md (what `plan` writes).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Row = dict[str, str]
# what a spreadsheet takes for the begin of a formula, in both widths: some read them alike
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def texts(column: "pd.Series[Any]") -> list[str]:
    """How is each value of a column written? ISO days (with a time that is not midnight), or ""."""
    words, places = distinct_words(column)
    words.append("")
    return [words[place] for place in places.tolist()]


def distinct_words(column: "pd.Series[Any]") -> "tuple[list[str], NDArray[np.int64]]":
    """The distinct values of a column as texts, in the order of their rows; -1: a missing one."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        places, minutes = pd.factorize(column.to_numpy("datetime64[m]").view(np.int64))
        return _stamps(minutes.view("datetime64[m]")), places
    places, found = pd.factorize(column)
    if pd.api.types.is_bool_dtype(column.dtype):
        return ["yes" if value else "no" for value in found], places
    return [str(value) for value in found], places


def _stamps(values: "NDArray[np.datetime64]") -> list[str]:
    """ISO days; with the hour and minute where they are not midnight."""
    days = values.astype("datetime64[D]")
    texts: NDArray[Any] = np.datetime_as_string(days, unit="D").astype(object)
    timed = np.flatnonzero(~np.isnat(values) & (values != days))
    texts[timed] = [text.replace("T", " ") for text in np.datetime_as_string(values[timed])]
    texts[np.isnat(values)] = ""
    return list(texts)


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
