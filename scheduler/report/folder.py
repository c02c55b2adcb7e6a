"""Writing a plan into a folder: the CSV files, run.json and the calendars, all or nothing.

Source: docs/contract.md (what `plan` writes).
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import CalendarOptions, Changes, write_calendars
from scheduler.errors import NotWritable
from scheduler.files import staged, take_away
from scheduler.report.cells import FORMULA_SIGNS
from scheduler.report.run_json import run_record

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables

RUN_FILE = "run.json"
_CALENDARS = "calendars"
_PARTING = re.compile('[,"\n\r]')


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What a run wrote: the folder, and what became of the calendars."""

    folder: Path
    calendars: Changes


def write_plan(
    plan: "Tables", out_dir: str | Path, calendars: CalendarOptions | None = None
) -> WrittenFiles:
    """Which files does a plan give? Writes all of them into a folder, or none.

    Files of other names in the folder stay as they are; so do files whose bytes do not change.
    Raises: NotWritable where the folder cannot take them; CalendarError where the calendars of
    an earlier run cannot be gone on with. The folder is then as it was.
    """
    out = Path(out_dir)
    with staged(out, RUN_FILE) as stage:
        found = plan.written()
        contents = {f"{name}.csv": table_bytes(table) for name, table in found.items()}
        contents |= reports(plan, found)
        contents[RUN_FILE] = run_record(plan, contents)
        for name, content in contents.items():
            (stage / name).write_bytes(content)
        changes = _write_calendars(plan, stage, out, calendars or CalendarOptions())
    return WrittenFiles(out, changes)


def reports(plan: "Tables", found: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """The workbook and the page, with the same values as the tables."""
    from scheduler.report.page import page_bytes
    from scheduler.report.workbook import workbook_bytes

    return {
        "report.xlsx": workbook_bytes(plan, found),
        "report.html": page_bytes(plan, found),
    }


def table_bytes(table: pd.DataFrame) -> bytes:
    """How is a table written as CSV? UTF-8, ISO dates, a blank for what is missing.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    head = [_quoted(str(name)) for name in table.columns]
    columns = [_cells(table[name]) for name in table.columns]
    lines = map(",".join, zip(*columns, strict=True))
    return "".join(f"{line}\n" for line in [",".join(head), *lines]).encode()


def _cells(column: "pd.Series[Any]") -> list[str]:
    """The cells of a column; each distinct one is written once."""
    if column.dtype == object:
        texts = column.where(column.notna(), "").map(str)
        return [_quoted(harmless(text)) for text in texts]
    words, places = _distinct(column)
    return list(np.array([*map(_quoted, words), ""], object)[places])


def _distinct(column: "pd.Series[Any]") -> "tuple[list[str], NDArray[np.int64]]":
    """The distinct texts of a column, and the place of each row's; -1 is missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = [harmless(str(name)) for name in column.cat.categories]
        return names, np.asarray(column.cat.codes, np.int64)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        places, minutes = pd.factorize(column.to_numpy("datetime64[m]").view(np.int64))
        return list(_stamps(minutes.view("datetime64[m]"))), places
    places, found = pd.factorize(column)
    if pd.api.types.is_bool_dtype(column.dtype):
        return ["yes" if value else "no" for value in found], places
    if pd.api.types.is_numeric_dtype(column.dtype):
        return [str(value) for value in found], places
    return [harmless(str(value)) for value in found], places


def _quoted(text: str) -> str:
    """A text as one cell: in quotes where it holds what parts cells or lines (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if _PARTING.search(text) else text


def _stamps(values: "NDArray[np.datetime64]") -> "NDArray[Any]":
    """ISO days; with the hour and minute where they are not midnight."""
    days = values.astype("datetime64[D]")
    texts: NDArray[Any] = np.datetime_as_string(days, unit="D").astype(object)
    timed = np.flatnonzero(~np.isnat(values) & (values != days))
    texts[timed] = [text.replace("T", " ") for text in np.datetime_as_string(values[timed])]
    texts[np.isnat(values)] = ""
    return texts


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: those that begin like one are quoted."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _write_calendars(plan: "Tables", stage: Path, out: Path, options: CalendarOptions) -> Changes:
    """Go on with the calendars of an earlier run, on copies."""
    old = out / _CALENDARS
    if old.exists() and not old.is_dir():
        raise NotWritable(f"{old}: this is a file, expected a folder")
    new = stage / _CALENDARS
    earlier = sorted(old.glob("*.ics")) if old.is_dir() else []
    if earlier:
        new.mkdir()
    for path in earlier:
        _copy(path, new / path.name)
    try:
        changes = write_calendars(plan, stage, options)
    except CalendarError as error:
        message = str(error).removeprefix(f"{error.code} ").replace(str(stage), str(out))
        raise CalendarError(error.code, message) from error
    except NotWritable as error:
        raise NotWritable(str(error).replace(str(stage), str(out))) from error
    gone = [path.name for path in earlier if not (new / path.name).exists()]
    take_away(stage, [f"{_CALENDARS}/{name}" for name in gone])
    written, removed = (
        tuple(out / path.relative_to(stage) for path in paths)
        for paths in (changes.written, changes.removed)
    )
    return replace(changes, written=written, removed=removed)


def _copy(old: Path, new: Path) -> None:
    if not old.is_file():
        return
    try:
        os.link(old, new)  # calendars are replaced, never written into, so a second name will do
    except OSError:
        shutil.copyfile(old, new)
