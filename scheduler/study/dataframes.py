"""DataFrames as tables of a study: every value as the text that a file would hold, or refused.

Whole numbers become their digits, dates their ISO text; anything that would have to be coerced
(29.0 as a code, a truth value, a time zone) is refused. Source: docs/study-folder.md (DataFrames).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

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


def read_frame(name: str, frame: object, faults: FaultList) -> Table | None:
    """The table in a DataFrame (or in what makes one), or None where it cannot be understood."""
    try:
        given = as_frame(frame)
    except (TypeError, ValueError):
        faults.add("S200", name, None, "", f"found {type(frame).__name__}, expected a DataFrame")
        return None
    rows = np.arange(len(given), dtype=np.int64)
    if given.index.name == "row":
        rows = given.index.to_numpy(np.int64)
    place = str(given.attrs.get("file", name))
    heads: list[str] = []
    columns: list[Coded] = []
    unread: dict[str, list[FaultArguments]] = {}
    good = True
    for head, column in given.items():
        if not isinstance(head, str):
            faults.add("S220", place, None, "", f"found the column name {head!r}, expected text")
            good = False
            continue
        aside = _Aside()
        cells = _Column(name, place, head, rows, aside).read(column)
        if aside.told and normal_name(head) not in LAYOUTS[name].columns:
            unread[head] = aside.told
            text = f"left out, since no rule looks at it: {aside.told[0][4]}"
            faults.add("S255", place, None, head, text)
            continue
        for told in aside.told:
            faults.add(*told)
        heads.append(head)
        columns.append(cells)
    order = str(given.attrs.get("dates", ""))  # of a file that was imported
    table = build_table(name, place, heads, columns, rows, faults, None, order) if good else None
    return replace(table, unread=unread) if table is not None and unread else table


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


# Whole numbers with blanks stay whole: pandas would make decimals of them.
_NULLABLE = {
    "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8",
    "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}  # fmt: skip


def as_frame(given: Any) -> pd.DataFrame:
    """A DataFrame, or what one is made of: columns, rows, or a table of Arrow, Polars or DuckDB.

    Tables of others are read through the Arrow interface (`__arrow_c_stream__`), which needs
    pyarrow. Raises: TypeError or ValueError for anything else.
    """
    if isinstance(given, pd.DataFrame):
        return given
    if hasattr(given, "collect") and hasattr(given, "collect_schema"):  # Polars, not yet computed
        given = given.collect()
    if not hasattr(given, "__arrow_c_stream__"):
        return pd.DataFrame(given, dtype=object)
    import pyarrow

    def nullable(kind: Any) -> Any:
        name = _NULLABLE.get(str(kind))
        return pd.api.types.pandas_dtype(name) if name else None

    found: pd.DataFrame = pyarrow.table(given).to_pandas(types_mapper=nullable, date_as_object=True)
    return found


def given_ids(given: Any, table: Table) -> dict[str, object]:
    """The ids of participants as a frame has them, by their codes, where the two differ."""
    frame = as_frame(given)
    head = next(h for h in frame.columns if isinstance(h, str) and normal_name(h) == "participant")
    codes = set(table.coded("participant").texts)
    found: dict[str, object] = {}
    for value in frame[head].drop_duplicates().tolist():
        if type(value) is str and value == value.strip():  # then it is the code
            continue
        try:
            code = text_of(value, "participants", "participant")
        except BadCell:
            continue  # told of already
        if code in codes and code != value:
            found[code] = value
    return found


class _Column:
    """One column of a frame on its way to texts."""

    def __init__(self, table: str, place: str, head: str, rows: Days, faults: FaultList) -> None:
        self.table, self.place, self.rows, self.faults = table, place, rows, faults
        self.head = normal_name(head)

    def read(self, column: "pd.Series[Any]") -> Coded:
        """The cells by distinct text; each distinct value is judged once."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            return self._distinct(column.cat.codes.to_numpy(), column.cat.categories.tolist())
        plain = column.dtype != object or pd.api.types.infer_dtype(column, skipna=False) == "string"
        if plain:
            codes, values = pd.factorize(column)
            return self._distinct(codes, values.tolist())
        return self._mixed(np.asarray(column, object))

    def _distinct(self, codes: "np.ndarray[Any, Any]", values: list[object]) -> Coded:
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

    def _mixed(self, values: "np.ndarray[Any, Any]") -> Coded:
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


def text_of(value: object, table: str, column: str) -> str:
    """The text that a value of a frame or of a workbook stands for.

    Raises: BadCell where there is none, or where it would have to be coerced.
    """
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if value is None or value is pd.NA or value is pd.NaT:
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


def read_frames(tables: Mapping[str, object], faults: FaultList) -> dict[str, Table]:
    """The tables of a mapping from table names to DataFrames."""
    found: dict[str, Table] = {}
    for name in LAYOUTS:
        given = tables.get(name)
        if given is not None:
            table = (
                read_texts(name, given, faults)
                if isinstance(given, TextRows)
                else read_frame(name, given, faults)
            )
            if table is not None:
                found[name] = table
    return found
