"""A study in one .xlsx workbook: sheets named like the tables, cells read as what they show.

Real date cells are dates; numbers in date columns, formulas without a stored value, error cells,
merged and struck-out cells are refused; what is hidden is told and read.
Source: docs/study-folder.md (workbooks).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import distinct_numbers
from scheduler.days import Days
from scheduler.errors import FaultList, shown
from scheduler.study.cells import REPORTED, BadCell
from scheduler.study.heads import row_of_heads
from scheduler.study.tables import Table, build_table, normal_name
from scheduler.study.text_columns import Coded, text_column
from scheduler.study.xlsx.book import SheetPart, XlsxBook
from scheduler.study.xlsx.limits import DamagedBook, WorkbookLimits, limits_of_environment
from scheduler.study.xlsx.sheet import RawCell, SheetCells, StoredCell, column_letters
from scheduler.study.xlsx.values import CellReader

_SEARCHED = 20  # rows in which heads are looked for
_GRID = 10  # cells of the whole table for each filled one that the limits allow
_FEW = 5


@dataclass(frozen=True)
class Workbook:
    """An opened workbook and its name."""

    place: str
    book: XlsxBook

    @property
    def sheets(self) -> dict[str, SheetPart]:
        """The sheets of cells by their names, in their order."""
        return {sheet.name: sheet for sheet in self.book.sheets}

    def first_rows(self, sheet: str) -> list[list[str]]:
        """The texts of the first rows of a sheet; none where it is damaged."""
        try:
            return self.book.first_rows(self.sheets[sheet], _SEARCHED)
        except DamagedBook:
            return []


def open_workbook(path: Path, faults: FaultList) -> tuple[Workbook | None, bytes]:
    """The workbook in a file (None where it cannot be opened), and the bytes of the file.

    A file above the limits is not read into memory at all.
    """
    try:
        limits = limits_of_environment()
        if path.stat().st_size > limits.file_mb * 1_000_000:
            raise limits.over("file_mb")
    except DamagedBook as damaged:
        _tell(damaged, path.name, faults)
        return None, b""
    content = path.read_bytes()
    return _opened(path.name, content, limits, faults), content


def _opened(
    place: str, content: bytes, limits: WorkbookLimits, faults: FaultList
) -> Workbook | None:
    try:
        return Workbook(place, XlsxBook(content, limits))
    except DamagedBook as damaged:
        _tell(damaged, place, faults)
        return None


def _tell(damaged: DamagedBook, place: str, faults: FaultList) -> None:
    where = f"the part {shown(damaged.part)}: " if damaged.part else ""
    faults.add("S206", place, None, "", f"{where}{damaged.message}", damaged.way_out)


def read_sheet(
    name: str, sheet: str, book: Workbook, faults: FaultList, order: str = ""
) -> Table | None:
    """The table in one sheet, or None where it cannot be understood.

    `order` (dmy, mdy, ymd) settles the dates that have two readings.
    """
    found = sheet_texts(name, sheet, book, faults)
    if found is None:
        return None
    return build_table(name, f"{book.place}[{sheet}]", *found, faults, order=order)


SheetTexts = tuple[list[str], list[Coded], Days]


def sheet_texts(name: str, sheet: str, book: Workbook, faults: FaultList) -> SheetTexts | None:
    """The heads of a sheet, its cells as text by column, and its row numbers.

    None where it cannot be understood.
    """
    place = f"{book.place}[{sheet}]"
    try:
        cells = book.book.cells(book.sheets[sheet])
        above = row_of_heads(name, book.book.texts_of(cells, _SEARCHED))
        rows = _filled_rows(cells)
        if above >= 0 and rows[above] > 1:
            found = f"found the heads in row {rows[above]}, expected them in row 1"
            faults.add("S228", place, 1, "", found, "delete the rows above the heads")
            return None
        if len(rows) * len(cells.rows) > _GRID * book.book.limits.cells:
            raise book.book.limits.over("cells", book.sheets[sheet].part)
        reader = CellReader(book.book, book.sheets[sheet].part, name)
        return _SheetText(place, book.sheets[sheet], cells, rows, reader, faults).read()
    except DamagedBook as damaged:
        _tell(damaged, place, faults)
        return None


def _filled_rows(cells: SheetCells) -> Days:
    every = [np.frombuffer(rows, np.int64) for rows in cells.rows.values()]
    return distinct_numbers(np.concatenate(every)) if every else np.zeros(0, np.int64)


@dataclass(frozen=True)
class _SheetText:
    """One sheet on its way to texts."""

    place: str
    sheet: SheetPart
    cells: SheetCells
    rows: Days  # the numbers of the rows that hold anything
    reader: CellReader
    faults: FaultList

    def read(self) -> SheetTexts | None:
        heads = self._heads()
        self._hidden(heads)
        struck = self._struck(heads)
        if not self._merged():
            return None
        body = self.rows[self.rows > 1]
        columns = [
            self._column(number, normal_name(head), body, struck.get(number, ()))
            for number, head in enumerate(heads, 1)
        ]
        return heads, columns, body

    def _heads(self) -> list[str]:
        heads = [""] * max(self.cells.rows, default=0)
        for column, rows in self.cells.rows.items():
            if rows[0] == 1:
                name = f"{column_letters(column)}1"
                try:
                    heads[column - 1] = self.reader.head(
                        StoredCell(*self.cells.cells[column][0]), name
                    )
                except BadCell as error:
                    way_out = error.way_out
                    self.faults.add(error.code, self.place, 1, name, error.message, way_out)
                    heads[column - 1] = REPORTED
        return heads

    def _merged(self) -> bool:
        """Tells of merged cells; whether the heads are still what they seem."""
        for span in self.cells.merged:
            text = f"found merged cells {span.text}, expected one value in each cell"
            self.faults.add("S225", self.place, span.first_row, "", text, "unmerge them")
        return all(span.first_row > 1 for span in self.cells.merged)

    def _hidden(self, heads: list[str]) -> None:
        found = []
        if self.sheet.hidden:
            found.append("this sheet")
        if rows := sorted(self.cells.hidden_rows - {1}):
            found.append(f"{'rows' if len(rows) > 1 else 'row'} {_ranges(rows)}")
        columns = [
            column
            for column in sorted(self.cells.rows)
            if any(first <= column <= last for first, last in self.cells.hidden_columns)
        ]
        if columns:
            names = ", ".join(shown(heads[column - 1]) or column_letters(column)
                              for column in columns)  # fmt: skip
            found.append(f"the column{'s' if len(columns) > 1 else ''} {names}")
        for what in found:
            verb = "are" if what.startswith(("rows", "the columns")) else "is"
            text = f"{what} {verb} hidden, and read all the same"
            self.faults.add("S227", self.place, None, "", text, "delete what is not meant")

    def _struck(self, heads: list[str]) -> dict[int, set[int]]:
        """Tells of cells and rows with a line through them: their rows by column."""
        found: dict[int, set[int]] = {}
        count: dict[int, int] = {}
        for column, cells in self.cells.cells.items():
            judged = {cell: self.reader.struck(StoredCell(*cell)) for cell in set(cells)}
            for row, cell in zip(self.cells.rows[column], cells, strict=True):
                count[row] = count.get(row, 0) + 1
                if judged[cell] or (row, column) in self.cells.struck:
                    found.setdefault(column, set()).add(row)
        if found:
            self._tell_struck(found, count, heads)
        return found

    def _tell_struck(
        self, found: dict[int, set[int]], count: dict[int, int], heads: list[str]
    ) -> None:
        lines: dict[int, list[int]] = {}
        for column, rows in found.items():
            for row in rows:
                lines.setdefault(row, []).append(column)
        way_out = "delete what does not hold, or take the line away from what does"
        for row, columns in lines.items():
            if len(columns) == count[row]:
                text = "found a row that is struck out, expected one that holds"
                self.faults.add("S226", self.place, row, "", text, way_out)
                continue
            for column in columns:
                text = "found a cell that is struck out, expected one that holds"
                self.faults.add("S226", self.place, row, heads[column - 1], text, way_out)

    def _column(self, number: int, head: str, body: Days, struck: Iterable[int]) -> Coded:
        codes = np.zeros(len(body), np.int64)
        texts = [""]
        known: dict[RawCell, int] = {}
        told = self._covered(number, body)
        told |= np.isin(body, list(struck))
        places = np.searchsorted(body, np.frombuffer(self.cells.rows.get(number, b""), np.int64))
        stored = self.cells.cells.get(number, [])
        rows = self.cells.rows.get(number, ())
        for place, row, cell in zip(places.tolist(), rows, stored, strict=True):
            if row == 1 or told[place]:
                continue
            code = known.get(cell)
            if code is None:
                code = self._code(StoredCell(*cell), row, number, head, texts)
                if texts[code] != REPORTED:  # each faulty cell is told
                    known[cell] = code
            codes[place] = code
        codes[told] = len(texts)
        return text_column(codes, np.array([*texts, REPORTED], object))

    def _code(self, cell: StoredCell, row: int, column: int, head: str, texts: list[str]) -> int:
        try:
            text = self.reader.text(cell, f"{column_letters(column)}{row}", head)
        except BadCell as error:
            self.faults.add(error.code, self.place, row, head, error.message, error.way_out)
            text = REPORTED
        texts.append(text)
        return len(texts) - 1

    def _covered(self, column: int, body: Days) -> NDArray[np.bool_]:
        """Which cells of a column lie inside merged ones, without a value of their own."""
        found = np.zeros(len(body), bool)
        for span in self.cells.merged:
            if span.first_column <= column <= span.last_column:
                inside = (body >= span.first_row) & (body <= span.last_row)
                found |= inside & ((body > span.first_row) | (column > span.first_column))
        return found


def _ranges(rows: list[int]) -> str:
    """Row numbers as a fault shows them: `4, 7 to 9`."""
    known = set(rows)
    begins = [row for row in rows if row - 1 not in known]
    ends = [row for row in rows if row + 1 not in known]
    spans = [
        f"{begin}" if begin == end else f"{begin} to {end}"
        for begin, end in zip(begins, ends, strict=True)
    ]
    more = f" and {len(spans) - _FEW} more" if len(spans) > _FEW else ""
    return ", ".join(spans[:_FEW]) + more
