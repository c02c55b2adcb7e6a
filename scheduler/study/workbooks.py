"""A study in one .xlsx workbook: sheets named like the tables, cells read as what they show.

Real date cells are dates; numbers in date columns, formulas without a stored value, error cells and
merged cells are refused. Source: docs/study-folder.md (workbooks).
"""

import io
import re
import warnings
import zipfile
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

from scheduler.days import Days
from scheduler.errors import FaultList, shown
from scheduler.study.cells import REPORTED, BadCell
from scheduler.study.dataframes import text_of
from scheduler.study.tables import LAYOUTS, Table, build_table, normal_name
from scheduler.study.text_columns import Cells, code_cells

_AS_TYPED = frozenset({"General", "0", "@"})


class Workbook:
    """An opened workbook and the cells of its sheets."""

    def __init__(self, place: str, content: bytes) -> None:
        """Opens it. Raises: ValueError where it is no workbook that can be read."""
        self.place = place
        self._content = content
        try:
            self._book = self._load(values=True)
            markup = _sheet_markup(content)
        except Exception as error:  # openpyxl raises whatever its parsers do
            raise ValueError(str(error)) from error
        self._formulas = self._load(values=False) if b"<f" in markup else None
        self._merged = b"<mergeCell " in markup

    def _load(self, values: bool, whole: bool = False) -> Any:
        from openpyxl import load_workbook

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that hold no data
            stream = io.BytesIO(self._content)
            return load_workbook(stream, read_only=not whole, data_only=values)

    def sheets(self) -> list[str]:
        """The names of the sheets, in their order."""
        return [sheet.title for sheet in self._book.worksheets]

    def rows(self, sheet: str) -> list[tuple[Any, ...]]:
        """The cells of a sheet, row by row from row 1."""
        found = self._book[sheet]
        found.reset_dimensions()
        return list(found.iter_rows())

    def formulas(self, sheet: str) -> set[tuple[int, int]]:
        """The places (row, column, from 1) of formulas in a sheet."""
        if self._formulas is None:
            return set()
        found = self._formulas[sheet]
        found.reset_dimensions()
        return {
            (cell.row, cell.column)
            for row in found.iter_rows()
            for cell in row
            if getattr(cell, "data_type", "") == "f"
        }

    def merged(self, sheet: str) -> list[str]:
        """The ranges of merged cells of a sheet, such as `A2:A4`."""
        if not self._merged:
            return []
        return sorted(str(span) for span in self._load(True, whole=True)[sheet].merged_cells.ranges)


def _sheet_markup(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [n for n in archive.namelist() if re.match(r"xl/worksheets/[^/]+\.xml$", n)]
        return b"".join(archive.read(name) for name in names)


def open_workbook(place: str, content: bytes, faults: FaultList) -> Workbook | None:
    """The workbook in the bytes of a file, or None where it cannot be opened."""
    try:
        return Workbook(place, content)
    except ValueError:
        faults.add(
            "S206", place, None, "", "cannot be opened, expected an Excel workbook (.xlsx)",
            "in Excel: File, Save As, Excel Workbook (*.xlsx), without a password",
        )  # fmt: skip
        return None


def read_sheet(name: str, sheet: str, book: Workbook, faults: FaultList) -> Table | None:
    """The table in one sheet, or None where it cannot be understood."""
    place = f"{book.place}[{sheet}]"
    for span in book.merged(sheet):
        text = f"found merged cells {span}, expected one value in each cell"
        faults.add("S225", place, int(re.findall(r"\d+", span)[0]), "", text, "unmerge them")
    heads, columns, rows = sheet_texts(name, sheet, book, faults)
    coded = [code_cells(cells) for cells in columns]
    return build_table(name, place, heads, coded, rows, faults)


def sheet_texts(
    name: str, sheet: str, book: Workbook, faults: FaultList
) -> tuple[list[str], list[Cells], Days]:
    """The heads of a sheet, its cells as text by column, and its row numbers."""
    place = f"{book.place}[{sheet}]"
    cells = book.rows(sheet) or [()]
    formulas = book.formulas(sheet)
    width = max(len(row) for row in cells)
    heads = ["" if cell.value is None else str(cell.value) for cell in cells[0]]
    heads += [""] * (width - len(heads))
    columns: list[Cells] = [np.full(len(cells) - 1, "", object) for _ in heads]
    for number, row in enumerate(cells[1:], 2):
        for column, cell in enumerate(row):
            if cell.value is None and (number, column + 1) not in formulas:
                continue
            head = normal_name(heads[column])
            try:
                text = _text(cell, name, head)
            except BadCell as error:
                faults.add(error.code, place, number, head, error.message, error.way_out)
                text = REPORTED
            columns[column][number - 2] = text
    return heads, columns, np.arange(2, len(cells) + 1, dtype=np.int64)


def _text(cell: Any, table: str, head: str) -> str:
    value = cell.value
    if value is None:
        way_out = "open the workbook in Excel and save it, or write the value itself"
        raise BadCell("found a formula without a stored value", way_out, "S239")
    if cell.data_type == "e":
        raise BadCell(f"found the error {shown(str(value))}, expected a value", code="S239")
    if isinstance(value, time | timedelta):
        found = f"found the time {value} without a day, expected a date or text"
        raise BadCell(found, "format the cell as text and write the value again", "S238")
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Excel does not tell 29 from 29.0
    if (
        isinstance(value, int)
        and not isinstance(value, bool)
        and cell.number_format not in _AS_TYPED
    ):
        found = f"found the number {value}, which the cell shows as {shown(cell.number_format)}"
        raise BadCell(found, "format the cell as text and write what it shows", "S238")
    if table in LAYOUTS:
        return text_of(value, table, head)
    return value.date().isoformat() if isinstance(value, datetime) else str(value).strip()
