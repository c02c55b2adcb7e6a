"""Rows of calendars as columns: one block a source of rows, brought together at the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR
from scheduler.tables.columns import date_column
from scheduler.tables.frames import Column, Frame, OneOf, Written, YesNo

DAYS, FLAGS = ("first", "last"), ("assumption", "undetermined")
COLUMNS = (
    "participant", "kind", "node", "rule", "event", *DAYS, "time", "status", *FLAGS, "source",
    "sentence", "basis", "occurrence", "caution", "secrets", "days", "minutes", "task",
)  # fmt: skip
_BLANK: Mapping[str, str | None] = {"time": None, "basis": "recorded"}  # others: an empty text
Cells = Written | Index | Flags


@dataclass(frozen=True)
class RowBlock:
    """Some rows: the participants' places in their cohort, and columns; one not there is blank.

    In columns of texts None and a place of -1 are blank.
    """

    who: Index
    columns: Mapping[str, Cells]

    def take(self, rows: Index) -> "RowBlock":
        """The named rows."""
        kept = {
            name: cells.take(rows) if isinstance(cells, Written) else cells[rows]
            for name, cells in self.columns.items()
        }
        return RowBlock(self.who[rows], cast(Mapping[str, Cells], kept))


def always(text: str, rows: int) -> Written:
    """The same text in every row."""
    return Written([text], np.zeros(rows, np.int64))


def as_written(column: Column) -> Written:
    """A column of words or texts as texts; what is missing is None."""
    if isinstance(column, OneOf):
        return Written([*column.among.words, None], column.codes)  # -1 counts from the end
    assert isinstance(column, Written)
    return column


def has_text(column: Written) -> Flags:
    """The rows in which something stands."""
    return np.array([*(bool(word) for word in column.words), False], bool)[column.places]


def block_of(records: Iterable[Mapping[str, object]], people: Mapping[str, int]) -> RowBlock:
    """A block of rows that are few: each a mapping of columns, with the participant's code."""
    rows = list(records)
    columns: dict[str, Cells] = {}
    for name in dict.fromkeys(name for row in rows for name in row if name != "participant"):
        if name in DAYS:
            columns[name] = np.array([row[name] for row in rows], np.int64)
        elif name in FLAGS:
            columns[name] = np.array([row.get(name, False) for row in rows], bool)
        else:
            blank = _BLANK.get(name, "")
            cells = cast("list[str | None]", [row.get(name, blank) for row in rows])
            columns[name] = Written(cells, np.arange(len(rows)))
    return RowBlock(np.array([people[str(row["participant"])] for row in rows], np.int64), columns)


def together(blocks: Sequence[RowBlock]) -> RowBlock:
    """All rows, block by block; a column that some blocks have is blank in the others."""
    names = dict.fromkeys(name for block in blocks for name in block.columns)
    return RowBlock(
        np.concatenate([np.zeros(0, np.int64), *(block.who for block in blocks)]),
        {name: _joined(name, blocks) for name in names},
    )


def _joined(name: str, blocks: Sequence[RowBlock]) -> Cells:
    if name in DAYS or name in FLAGS:
        blank: Any = FAR if name in DAYS else False
        cells = [_cells(block, name, np.full(len(block.who), blank)) for block in blocks]
        return np.concatenate(cells)
    words = [_BLANK.get(name, "")]
    known: dict[str | None, int] = {None: 0, words[0]: 0}
    places = []
    for block in blocks:
        column = block.columns.get(name)
        if column is None:
            places.append(np.zeros(len(block.who), np.int64))
            continue
        assert isinstance(column, Written)
        words += [word for word in dict.fromkeys(column.words) if word not in known]
        known |= {word: place for place, word in enumerate(words)}
        table = [known[word] for word in column.words]
        places.append(np.array([*table, 0], np.int64)[column.places])
    return Written(words, np.concatenate(places))


def _cells(block: RowBlock, name: str, blank: Any) -> Any:
    found = block.columns.get(name)
    return blank if found is None else found


def frame_of(block: RowBlock, ids: Sequence[str]) -> Frame:
    """The rows as the table, in the order of participants."""
    rows = block.take(np.argsort(block.who, kind="stable"))
    blank = RowBlock(rows.who, {})
    columns: dict[str, Column] = {"participant": Written(ids, rows.who)}
    for name in COLUMNS[1:]:
        cells = rows.columns.get(name)
        cells = _joined(name, [blank]) if cells is None else cells
        if isinstance(cells, Written):
            columns[name] = cells
        else:
            days = cells.astype(np.int64, copy=False)
            columns[name] = date_column(days) if name in DAYS else YesNo(cells.astype(bool))
    return Frame(columns)
