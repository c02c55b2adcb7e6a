"""Values in memory as the cells of a study's tables: the text that a file would hold, or refused.

Whole numbers become their digits, dates their ISO text; anything that would have to be coerced
(29.0 as a code, a truth value, a time zone) is refused. Source: docs/study-folder.md (DataFrames).
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from scheduler.days import FIRST_YEAR, LAST_YEAR, Days
from scheduler.errors import FaultList
from scheduler.study.cells import REPORTED, Accepted, BadCell, serial_way_out
from scheduler.study.faults import CODES
from scheduler.study.tables import (
    LAYOUTS,
    FaultArguments,
    Table,
    TextRows,
    build_table,
    normal_name,
)
from scheduler.study.text_columns import Cells, Coded, code_cells, text_column

_FREE = frozenset({"note", "by"})
_WRONG_TYPE = "S238"


def read_columns(
    name: str, place: str, given: "Iterable[tuple[object, ReadCells]]", rows: Days,
    faults: FaultList, order: str = "",
) -> Table | None:  # fmt: skip
    """The table of columns by their heads, each with how its cells are read.

    None where it cannot be understood. `order` settles the dates that have two readings.
    """
    heads: list[str] = []
    columns: list[Coded] = []
    unread: dict[str, list[FaultArguments]] = {}
    good = True
    for head, read in given:
        if not isinstance(head, str):
            faults.add("S220", place, None, "", f"found the column name {head!r}, expected text")
            good = False
            continue
        aside = _Aside()
        cells = read(ValueColumn(name, place, head, rows, aside))
        if aside.told and normal_name(head) not in LAYOUTS[name].columns:
            unread[head] = aside.told
            text = f"left out, since no rule looks at it: {aside.told[0][4]}"
            faults.add("S255", place, None, head, text)
            continue
        for told in aside.told:
            faults.add(*told)
        heads.append(head)
        columns.append(cells)
    table = build_table(name, place, heads, columns, rows, faults, None, order) if good else None
    return replace(table, unread=unread) if table is not None and unread else table


def read_records(
    name: str, heads: Sequence[str], records: Sequence[Mapping[str, object]], faults: FaultList
) -> Table | None:
    """The table of rows by head, numbered from 0; None where it cannot be understood."""

    def reader(head: str) -> "ReadCells":
        values = np.empty(len(records), object)
        values[:] = [row.get(head) for row in records]
        return lambda column: column.mixed(values)

    columns = ((head, reader(head)) for head in heads)
    return read_columns(name, name, columns, np.arange(len(records), dtype=np.int64), faults)


class _Aside(FaultList):
    """The faults of one column, kept aside until it is known whether a rule looks at it."""

    def __init__(self) -> None:
        super().__init__(CODES)
        self.told: list[FaultArguments] = []

    def add(
        self, code: str, place: str, row: int | None, path: str, message: str, way_out: str = ""
    ) -> None:
        """Keeps what would be noted."""
        self.told.append((code, place, row, path, message, way_out))


class ValueColumn:
    """One column of values on its way to texts."""

    def __init__(self, table: str, place: str, head: str, rows: Days, faults: FaultList) -> None:
        self.table, self.place, self.rows, self.faults = table, place, rows, faults
        self.head = normal_name(head)

    def distinct(self, codes: "np.ndarray[Any, Any]", values: Sequence[object]) -> Coded:
        """The cells by distinct text, of distinct values by their codes (-1: missing)."""
        texts = []
        for number, value in enumerate(values):
            if type(value) is str and value != REPORTED:  # as nearly all are
                texts.append(value.strip())
                continue
            try:
                texts.append(text_of(value, self.table, self.head))
            except BadCell as error:
                texts.append(REPORTED)
                for row in self.rows[codes == number].tolist():
                    self._fault(row, error)
        codes = codes.astype(np.int64)
        if (codes < 0).any():  # missing values
            codes = np.where(codes < 0, len(texts), codes)
            texts.append("")
        return text_column(codes, np.array(texts, object))

    def mixed(self, values: "np.ndarray[Any, Any]") -> Coded:
        """Values of several types, of which some may be equal (1 and True) or no keys (a list)."""
        cells = np.full(len(values), "", object)
        known: dict[tuple[type, object], str] = {}
        for number, (row, value) in enumerate(zip(self.rows.tolist(), values, strict=True)):
            if isinstance(value, str) and value != REPORTED:
                cells[number] = value.strip()
                continue
            key = (type(value), value)
            try:
                if key not in known:
                    known[key] = text_of(value, self.table, self.head)
                cells[number] = known[key]
            except BadCell as error:
                self._fault(row, error)
                cells[number] = REPORTED
            except TypeError:  # a list, say, which is no key
                text = f"found {type(value).__name__}, expected text"
                self._fault(row, BadCell(text, code=_WRONG_TYPE))
                cells[number] = REPORTED
        return code_cells(cells)

    def _fault(self, row: int, error: BadCell) -> None:
        self.faults.add(error.code, self.place, row, self.head, error.message, error.way_out)


ReadCells = Callable[[ValueColumn], Coded]


def text_of(value: object, table: str, column: str) -> str:
    """The text that a value of a frame or of a workbook stands for.

    Raises: BadCell where there is none, or where it would have to be coerced.
    """
    if isinstance(value, np.datetime64):
        import pandas as pd

        value = pd.Timestamp(value)
    if value is None or _is_blank(value):
        return ""
    if isinstance(value, str):
        if value == REPORTED:
            raise BadCell("found the character U+0000, expected readable text", code="S203")
        return value.strip()
    if isinstance(value, bool | np.bool_):
        way_out = "write the value as text"
        raise BadCell(f"found the truth value {value}, expected text", way_out, _WRONG_TYPE)
    layout = LAYOUTS[table]
    if isinstance(value, date):
        if column in layout.columns and column not in layout.dates and column not in _FREE:
            way_out = "a program may have turned the text into a date: write it as text"
            found = f"found the date {value:%Y-%m-%d}, expected text"
            raise BadCell(found, way_out, _WRONG_TYPE)
        return _date_text(value)
    if isinstance(value, int | np.integer):
        return _whole(int(value), layout.dates.get(column))
    if isinstance(value, float | np.floating | Decimal):
        return _fraction(float(value), column in layout.columns, column in layout.dates)
    raise BadCell(f"found {type(value).__name__}, expected text or a date", code=_WRONG_TYPE)


def _is_blank(value: object) -> bool:
    """Whether it is one of the two words that pandas has for what is missing."""
    pandas = sys.modules.get("pandas")  # who has one has loaded it
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def _whole(value: int, wanted: Accepted | None) -> str:
    if wanted is None or (wanted.partly and FIRST_YEAR <= value <= LAST_YEAR):
        return str(value)
    raise _number_for_date(value)


def _number_for_date(value: float) -> BadCell:
    way_out = serial_way_out(int(value)) if 10_000 <= value < 100_000 else ""
    return BadCell(f"found the number {value}, expected a date", way_out, _WRONG_TYPE)


def _fraction(value: float, known: bool, dated: bool) -> str:
    if np.isnan(value):
        return ""
    if dated:
        raise _number_for_date(value)
    if known or value.is_integer() or not np.isfinite(value):
        raise BadCell(
            f"found the number {value}, expected text",
            "a column of whole numbers with blanks becomes decimal: read it as text",
            _WRONG_TYPE,
        )
    return repr(value)


def _date_text(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is not None:
        found = f"found the time {value.isoformat()} with a time zone, expected local time"
        raise BadCell(found, "give the site's own local time, without a zone", _WRONG_TYPE)
    if value.second or value.microsecond or getattr(value, "nanosecond", 0):
        found = f"found the time {value.isoformat(' ')}, expected no seconds"
        raise BadCell(found, "times are kept to the minute", "S231")
    if value.hour or value.minute:
        return value.isoformat(" ", "minutes")
    return value.date().isoformat()


def read_texts(name: str, given: TextRows, faults: FaultList) -> Table | None:
    """The table that rows of texts give; faults name the rows' own numbers."""
    columns = [code_cells(_stripped(cells)) for cells in given.columns]
    rows = np.array(given.rows, np.int64)
    return build_table(name, name, given.heads, columns, rows, faults, None, given.order)


def _stripped(cells: Sequence[str]) -> Cells:
    column = np.empty(len(cells), object)
    column[:] = [cell.strip() for cell in cells]
    return column
