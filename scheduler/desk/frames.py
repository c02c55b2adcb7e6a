"""Frames of a plan as rows of text, fast enough for every participant of a study at once."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from scheduler.report.cells import Row

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def frame_rows(frame: pd.DataFrame) -> list[Row]:
    """The rows of a frame as texts by column: ISO days, blanks for what is missing."""
    heads = [str(head) for head in frame.columns]
    columns = [_texts(frame[head]) for head in frame.columns]
    return [dict(zip(heads, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _texts(column: "pd.Series[Any]") -> list[str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = column.to_numpy("datetime64[D]")
        texts = np.datetime_as_string(days).astype(object)
        texts[np.isnat(days)] = ""
        minutes = column.to_numpy("datetime64[m]")
        for place in np.flatnonzero(~np.isnat(minutes) & (minutes != days)).tolist():
            texts[place] = str(minutes[place]).replace("T", " ")
        return list(texts)
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = np.array([*map(str, column.cat.categories), ""], object)
        return list(words[column.cat.codes.to_numpy()])
    return [
        "" if value is None or value is pd.NA or value != value else str(value)
        for value in column.to_numpy(object)
    ]


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by participant, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["participant"], []).append(row)
    return found


def day_words(text: str, year: bool = True) -> str:
    """An ISO day, or the begin of one, with its week day: `Mon 15 Jun 2026`, with a time after it.

    What is no whole day stays as it is written.
    """
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    said = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return (f"{said} {day.year}" if year else said) + text[10:]


def span_words(first: str, last: str, year: str = "") -> str:
    """Two ISO days as one span in words; a blank one is an open end; `year` is left unsaid."""

    def said(text: str) -> str:
        return day_words(text, text[:4] != year)

    if first == last:
        return said(first)
    if first and last:
        same = first[:4] == last[:4]
        return f"{day_words(first, not same and first[:4] != year)} to {said(last)}"
    if first:
        return f"from {said(first)}"
    return f"until {said(last)}" if last else ""


def instant_words(text: str) -> str:
    """The instant of an entry in the trail: `Mon 15 Jun 2026 09:31 UTC`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{day_words(at.date().isoformat())} {at:%H:%M} UTC"
