"""The cells of one sheet as they are stored, with the rows and columns that are hidden or merged.

Source: ECMA-376, 18.3 (worksheets).
"""

import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from scheduler.errors import shown
from scheduler.study.xlsx.limits import DamagedBook, WorkbookLimits
from scheduler.study.xlsx.markup import Handler
from scheduler.study.xlsx.strings import OFF, TextRuns

_EMPTY = 50  # rows for each filled one that is looked for
_MOST_MERGED = 10_000
_WIDEST, _LONGEST = 16_384, 1_048_576  # Excel's own grid
_SAVE = "open the workbook in Excel, let it be repaired, and save it"


class StoredCell(NamedTuple):
    """One filled cell: its type, its text (None: a formula without a value), its style."""

    type: str
    text: str | None
    style: str


RawCell = tuple[str, str | None, str]  # a StoredCell, plain: no work for the garbage collector


class CellRange(NamedTuple):
    """A range of cells, rows and columns from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int
    text: str


@dataclass
class SheetCells:
    """The filled cells of a sheet by column (from 1), in the order of their rows."""

    rows: dict[int, "array[int]"] = field(default_factory=dict)
    cells: dict[int, list[RawCell]] = field(default_factory=dict)
    merged: list[CellRange] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    struck: set[tuple[int, int]] = field(default_factory=set)  # (row, column): inside the text


_ROW, _CELL = ("worksheet", "sheetData", "row"), ("worksheet", "sheetData", "row", "c")
_VALUE, _FORMULA, _INLINE = (*_CELL, "v"), (*_CELL, "f"), (*_CELL, "is")
_COLUMN, _MERGE = ("worksheet", "cols", "col"), ("worksheet", "mergeCells", "mergeCell")


class EnoughRows(Exception):
    """As many rows have been read as were wanted."""


class SheetReader(Handler):
    """Reads the part of a sheet, or its first filled rows alone (`first_rows`; 0: all)."""

    @property
    def where(self) -> str:  # type: ignore[override]
        """The last row that was begun, for faults."""
        return f"row {self._row}" if self._row else ""

    def __init__(self, part: str, limits: WorkbookLimits, first_rows: int = 0) -> None:
        """Nothing yet."""
        self.found = SheetCells()
        self._left, self._passed = first_rows, first_rows * _EMPTY
        self._part, self._limits = part, limits
        self._row, self._column, self._count, self._filled_row = 0, 0, 0, False
        self._type, self._style, self._formula = "", "", False
        self._value: list[str] | None = None
        self._length = 0
        self._in_value = False
        self._runs = TextRuns(limits, part)
        self._inline = False
        self._starts = {
            _CELL: self._cell, _VALUE: self._begin_value, _ROW: self._begin_row,
            _FORMULA: self._begin_formula, _INLINE: self._begin_inline, _COLUMN: self._hide_column,
            _MERGE: self._merge,
        }  # fmt: skip
        self._ends = {_CELL: self._end_cell, _VALUE: self._end_value, _ROW: self._end_row}
        self._hidden = False

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if begin := self._starts.get(path):
            begin(attributes)
        elif self._inline and len(path) > len(_INLINE):
            self._runs.start(path[len(_INLINE) :], attributes)

    def end(self, path: tuple[str, ...]) -> None:
        """An element ends."""
        if finish := self._ends.get(path):
            finish()
        elif self._inline:
            self._runs.end()

    def _end_value(self) -> None:
        self._in_value = False

    def _end_row(self) -> None:
        if self._hidden and self._filled_row:
            self.found.hidden_rows.add(self._row)
        if self._passed:
            self._count_row()

    def text(self, data: str) -> None:
        """Some text."""
        if self._in_value and self._value is not None:
            self._length += len(data)
            if self._length > self._limits.characters:
                raise self._limits.over("characters", self._part)
            self._value.append(data)
        elif self._inline:
            self._runs.take(data)

    def _begin_row(self, attributes: Mapping[str, str]) -> None:
        text = attributes.get("r")
        row = self._row + 1 if text is None else _whole(text)
        if row is None or row > _LONGEST:
            raise self._damaged(f"row number {shown(text or str(row))}")
        if row > self._limits.rows:
            raise self._limits.over("rows", self._part)
        if row <= self._row:
            raise self._damaged(f"row {row} after row {self._row}")
        self._row, self._column, self._filled_row = row, 0, False
        self._hidden = attributes.get("hidden", "0") not in OFF

    def _cell(self, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if self._count > self._limits.cells:
            raise self._limits.over("cells", self._part)
        name = attributes.get("r")
        if name is None:
            column: int | None = self._column + 1
        else:
            column, row = _place(name)
            if column is not None and row != self._row:
                raise self._damaged(f"cell {name} in row {self._row}")
        if column is None or column > _WIDEST:
            raise self._damaged(f"cell name {shown(str(name))}")
        if column <= self._column:
            raise self._damaged(f"cell {name} after one further right")
        self._column = column
        self._type, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._formula, self._value, self._inline = False, None, False

    def _count_row(self) -> None:
        """Stops after the wanted number of filled rows, and before too many empty ones."""
        self._passed -= 1
        self._left -= self._filled_row
        if not self._left or not self._passed:
            raise EnoughRows

    def _begin_value(self, _: Mapping[str, str]) -> None:
        self._value, self._length, self._in_value = [], 0, True

    def _begin_formula(self, _: Mapping[str, str]) -> None:
        self._formula = True

    def _begin_inline(self, _: Mapping[str, str]) -> None:
        self._inline = True
        self._runs.clear()

    def _end_cell(self) -> None:
        text: str | None = None
        if self._inline:
            text = self._runs.whole
            if self._runs.struck:
                self.found.struck.add((self._row, self._column))
        elif self._value is not None:
            text = "".join(self._value)
            if not text and self._formula and self._type != "str":
                text = None  # a formula that gives the empty text is of type str
        self._inline = False
        if not text and not (self._formula and text is None):
            return
        if self._column > self._limits.columns:
            raise self._limits.over("columns", self._part)
        self._filled_row = True
        if self._column not in self.found.rows:
            self.found.rows[self._column] = array("q")
            self.found.cells[self._column] = []
        self.found.rows[self._column].append(self._row)
        self.found.cells[self._column].append((self._type, text, self._style))

    def _hide_column(self, attributes: Mapping[str, str]) -> None:
        first, last = _whole(attributes.get("min", "")), _whole(attributes.get("max", ""))
        if attributes.get("hidden", "0") not in OFF and first and last:
            self.found.hidden_columns.append((first, last))

    def _merge(self, attributes: Mapping[str, str]) -> None:
        text = attributes.get("ref", "")
        found = cell_range(text)
        if found is None:
            raise self._damaged(f"merged cells {shown(text) or 'without a range'}")
        if len(self.found.merged) >= _MOST_MERGED:
            raise self._damaged(f"more than {_MOST_MERGED:,} ranges of merged cells")
        self.found.merged.append(found)

    def _damaged(self, found: str) -> DamagedBook:
        return DamagedBook(f"found {found}, which no sheet can have", _SAVE, self._part)


_NAME = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})", re.ASCII)
_WHOLE = re.compile(r"[1-9]\d{0,8}", re.ASCII)


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _place(name: str) -> tuple[int | None, int]:
    """The column and row of a cell's name; no column where it is none."""
    found = _NAME.fullmatch(name)
    if not found or int(found[2]) > _LONGEST:
        return None, 0
    return _column_number(found[1]), int(found[2])


@lru_cache(maxsize=4096)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column (from 1)."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_range(text: str) -> CellRange | None:
    """The range that a text such as `A2:A4` names, or None."""
    begin, _, end = text.partition(":")
    (first_column, first_row), (last_column, last_row) = _place(begin), _place(end or begin)
    if first_column is None or last_column is None or max(first_column, last_column) > _WIDEST:
        return None
    if last_column < first_column or last_row < first_row:
        return None
    return CellRange(first_row, first_column, last_row, last_column, text)
