"""DataFrames as tables of a study. Source: docs/study-folder.md (DataFrames)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scheduler.errors import FaultList
from scheduler.study.cells import BadCell
from scheduler.study.tables import Table, normal_name
from scheduler.study.text_columns import Coded
from scheduler.study.values import ReadCells, ValueColumn, read_columns, text_of


def read_frame(name: str, frame: object, faults: FaultList) -> Table | None:
    """The table in a DataFrame (or in what makes one), or None where it cannot be understood."""
    try:
        given = as_frame(frame)
    except (TypeError, ValueError):
        kind, lazy = type(frame), hasattr(frame, "npartitions")
        found = (
            f"found {kind.__module__.split('.')[0]}'s {kind.__name__}"
            if lazy
            else f"found {kind.__name__}"
        )
        way_out = (
            "call its compute(), or scheduler.plan_partitions for a study in parts" if lazy else ""
        )
        faults.add("S200", name, None, "", f"{found}, expected a DataFrame", way_out)
        return None
    rows = np.arange(len(given), dtype=np.int64)
    if given.index.name == "row":
        rows = given.index.to_numpy(np.int64)
    place = str(given.attrs.get("file", name))
    order = str(given.attrs.get("dates", ""))  # of a file that was imported
    return read_columns(name, place, _columns(given), rows, faults, order)


def _columns(given: pd.DataFrame) -> Iterator[tuple[object, ReadCells]]:
    for head, column in given.items():
        yield head, _reader(column)


def _reader(column: "pd.Series[Any]") -> ReadCells:
    """How the cells of a column are read; each distinct value is judged once."""

    def read(cells: ValueColumn) -> Coded:
        if isinstance(column.dtype, pd.CategoricalDtype):
            return cells.distinct(column.cat.codes.to_numpy(), column.cat.categories.tolist())
        plain = column.dtype != object or pd.api.types.infer_dtype(column, skipna=False) == "string"
        if plain:
            codes, values = pd.factorize(column)
            return cells.distinct(codes, values.tolist())
        return cells.mixed(np.asarray(column, object))

    return read


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
    if hasattr(given, "npartitions"):  # Dask: its rows are elsewhere
        raise TypeError("not computed yet")
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
