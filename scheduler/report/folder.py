"""Writing a plan into a folder: the CSV files, run.json and the calendars, all or nothing.

Source: docs/contract.md (what `plan` writes).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scheduler.errors import NotWritable
from scheduler.report.cells import FORMULA_SIGNS, distinct_words
from scheduler.report.run_json import run_record
from scheduler.staging import staged
from scheduler.tables.frames import Column, Frame, OneOf, Written

if TYPE_CHECKING:
    from scheduler.calendars.export import CalendarOptions, Changes
    from scheduler.tables.tables import Tables

RUN_FILE = "run.json"
_PARTING = re.compile('[,"\n\r]')


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What a run wrote: the folder, and what became of the calendars."""

    folder: Path
    calendars: "Changes"


def write_plan(
    plan: "Tables", out_dir: str | Path, calendars: "CalendarOptions | None" = None,
    print_all: bool = False,
) -> WrittenFiles:  # fmt: skip
    """Which files does a plan give? Writes all of them into a folder, or none.

    With `print_all` the page, when it is printed, holds every table of everybody.

    Files of other names in the folder stay as they are; so do files whose bytes do not change.
    Raises: NotWritable where the folder cannot take them; CalendarError where the calendars of
    an earlier run cannot be gone on with. The folder is then as it was.
    """
    from scheduler.calendars.export import CalendarOptions, export_into

    out = Path(out_dir)
    with staged(out, RUN_FILE) as stage:
        found = plan.written()
        contents = {f"{name}.csv": table_bytes(table) for name, table in found.items()}
        contents |= reports(plan, found, print_all)
        contents[RUN_FILE] = run_record(plan, contents)
        for name, content in contents.items():
            stage.write(name, content)
        changes = export_into(stage, plan, out, calendars or CalendarOptions())
    return WrittenFiles(out, changes)


def reports(
    plan: "Tables", found: Mapping[str, Frame], print_all: bool = False
) -> dict[str, bytes]:
    """The workbook and the page, with the same values as the tables."""
    from scheduler.report.page import page_bytes
    from scheduler.report.workbook import workbook_bytes

    return {
        "report.xlsx": workbook_bytes(plan, found),
        "report.html": page_bytes(plan, found, print_all),
    }


def write_workbook(plan: "Tables", path: Path) -> Path:
    """Writes the workbook alone. Raises: NotWritable where the path cannot take it."""
    from scheduler.report.workbook import workbook_bytes

    content = workbook_bytes(plan, plan.written())
    try:
        path.write_bytes(content)
    except OSError as error:
        raise NotWritable(f"{path}: {error.strerror}") from error
    return path


def table_bytes(table: Frame) -> bytes:
    """How is a table written as CSV? UTF-8, ISO dates, a blank for what is missing.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    head = [*map(_quoted, table.heads)]
    columns = [_cells(table[name]) for name in table.heads]
    lines = map(",".join, zip(*columns, strict=True))
    return "".join(f"{line}\n" for line in [",".join(head), *lines]).encode()


def _cells(column: Column) -> list[str]:
    """The cells of a column; each distinct one is written once."""
    words, places = distinct_words(column)
    if isinstance(column, OneOf | Written):
        words = [*map(harmless, words)]
    return list(np.array([*map(_quoted, words), ""], object)[places])


def _quoted(text: str) -> str:
    """A text as one cell: in quotes where it holds what parts cells or lines (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if _PARTING.search(text) else text


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: those that begin like one are quoted."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
