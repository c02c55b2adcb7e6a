"""The rows of a source as a study has them: named columns, no blank rows, nothing without a head.

Source: docs/study-folder.md.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from scheduler.errors import FaultList, shown
from scheduler.partitions.csv_blocks import Stop
from scheduler.partitions.layout import ROW
from scheduler.partitions.source_table import Batch, SourceTable
from scheduler.study.tables import build_table
from scheduler.study.text_columns import blanks


def named_heads(name: str, table: SourceTable, faults: FaultList) -> list[str] | None:
    """The names of the columns that have heads, as a study calls them; None where a fault says why.

    The columns of a study's own table are written in its way, all others as they are.
    """
    nothing = [blanks(0) for _ in table.heads]
    rows = np.zeros(0, np.int64)
    empty = build_table(name, table.place, table.heads, nothing, rows, faults, table.head_row)
    if empty is None:
        return None
    heads = list(empty.columns)
    if ROW in heads:
        text = f"found the column {ROW}, a name that imported studies keep for row numbers"
        faults.add("S222", table.place, table.head_row, ROW, text, "give the column another name")
        return None
    return heads


def rows_of(table: SourceTable, key: int, faults: FaultList) -> Iterator[Batch]:
    """The rows of a table that are not blank, with the cells of its named columns.

    `key` is the place of the column of participants among the named ones.
    Raises: Stop where a cell stands in a column without a head.
    """
    named = [number for number, head in enumerate(table.heads) if head.strip()]
    unnamed = [number for number, head in enumerate(table.heads) if not head.strip()]
    for rows, cells in table.batches():
        for number in unnamed:
            _refuse_unnamed(table, rows, cells[number], number + 1, faults)
        columns = [cells[number] for number in named]
        blank = _blank_rows(columns, key)
        if len(blank):
            keep = np.ones(len(rows), bool)
            keep[blank] = False
            yield rows.filter(keep), [column.filter(keep) for column in columns]
        else:
            yield rows, columns


def _blank_rows(columns: Sequence[Any], key: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Rows without any cell; only those without a participant are looked at."""
    import pyarrow as pa

    without = np.flatnonzero(_blank_cells(columns[key]))
    for column in columns:
        if len(without):
            without = without[_blank_cells(column.take(pa.array(without)))]
    return without


def _blank_cells(column: Any) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which cells hold nothing, or nothing but blanks."""
    import pyarrow as pa

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return np.asarray(column.is_null().to_numpy(zero_copy_only=False), bool)
    texts = column.dictionary_encode()
    blank = [n for n, text in enumerate(texts.dictionary.to_pylist()) if _is_blank(text)]
    codes = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.isin(codes, [-1, *blank])


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _refuse_unnamed(
    table: SourceTable, rows: Any, cells: Any, number: int, faults: FaultList
) -> None:
    for place, cell in enumerate(cells.to_pylist()):
        if not _is_blank(cell):
            text = f"found {shown(str(cell).strip())} in column {number}, which has no head"
            row = rows[place].as_py()
            faults.add("S223", table.place, row, "", text, "give the column a head in row 1")
            raise Stop
