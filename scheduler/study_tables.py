"""The tables of a study: which columns they have, and text cells turned into checked columns.

Source: docs/study-folder.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scheduler.days import Days
from scheduler.errors import did_you_mean
from scheduler.study_cells import (
    REPORTED,
    BadCell,
    Kind,
    Wanted,
    hidden_character,
    read_cell,
    shown,
)
from scheduler.study_faults import Faults

Cells = NDArray[Any]  # of str; "" is a blank


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a table may have, the required ones, and those that hold dates."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    dates: Mapping[str, Wanted]


_PARTLY = Wanted(partial=True)
_WHOLE = Wanted(required=True)
LAYOUTS: dict[str, Layout] = {
    "participants": Layout(
        ("participant", "birth_date", "sex", "site", "arm", "protocol_version", "withdrawn",
         "screen_failed"),
        ("participant",),
        {"birth_date": Wanted(True, ("unknown",)), "withdrawn": Wanted(),
         "screen_failed": Wanted()},
    ),
    "history": Layout(
        ("participant", "event", "start", "end", "agent", "half_life", "route", "purpose", "kind",
         "note"),
        ("participant", "event", "start"),
        {"start": Wanted(True, ("unknown", "none"), True),
         "end": Wanted(True, ("ongoing", "unknown"))},
    ),
    "dates": Layout(
        ("participant", "milestone", "date", "status", "note"),
        ("participant", "milestone", "date", "status"),
        {"date": _WHOLE},
    ),
    "decisions": Layout(
        ("participant", "rule", "decision", "date", "by", "note", "event", "start"),
        ("participant", "rule", "decision", "date"),
        {"date": _WHOLE, "start": Wanted(True, ("unknown",))},
    ),
}  # fmt: skip
_OTHER_NAMES = {
    "start_date": "start", "started": "start", "onset": "start", "end_date": "end", "stop": "end",
    "stop_date": "end", "ended": "end", "dob": "birth_date", "date_of_birth": "birth_date",
    "birthday": "birth_date", "gender": "sex", "subject": "participant", "patient": "participant",
    "participant_id": "participant", "subject_id": "participant", "patient_id": "participant",
    "visit": "milestone", "visit_date": "date", "state": "status", "rule_id": "rule",
    "withdrawal": "withdrawn", "screen_failure": "screen_failed",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A date column, read: each cell's Kind, its first and last day, its minute or -1."""

    kind: Days
    first: Days
    last: Days
    minute: Days

    def is_(self, *kinds: Kind) -> NDArray[np.bool_]:
        """Whether each cell is of one of the kinds."""
        return np.isin(self.kind, kinds)


@dataclass(frozen=True)
class Table:
    """One table: its cells as text, where each row stands, and its date columns read.

    `place` is the file or sheet for faults, `rows` each row's number as a spreadsheet counts.
    """

    name: str
    place: str
    frame: pd.DataFrame
    rows: Days
    dates: Mapping[str, DateColumn] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def column(self, name: str) -> Cells:
        """The cells of a column; blanks where the table has no such column."""
        if name in self.frame:
            return np.asarray(self.frame[name], object)
        return np.full(len(self), "", object)

    def date(self, name: str) -> DateColumn:
        """A date column, read; blank where the table has none of that name."""
        if name in self.dates:
            return self.dates[name]
        zeros = np.zeros(len(self), np.int64)
        return DateColumn(zeros + Kind.BLANK, zeros, zeros, zeros - 1)


def empty_table(name: str) -> Table:
    """A table without rows, for a file that is not there."""
    columns = LAYOUTS[name].columns
    frame = pd.DataFrame({column: np.zeros(0, object) for column in columns}, dtype=object)
    return Table(name, name, frame, np.zeros(0, np.int64))


def normal_name(text: str) -> str:
    """A head without its slips of case and spacing: `Start Date ` is start_date."""
    return re.sub(r"\s+", "_", text.strip().lower())


def build_table(
    name: str, place: str, heads: Sequence[str], columns: Sequence[Cells], rows: Days,
    faults: Faults, head_row: int | None = 1,
) -> Table | None:  # fmt: skip
    """A checked table from text cells, or None where its heads cannot be understood."""
    named = _heads(name, place, heads, columns, rows, faults, head_row)
    if named is None:
        return None
    filled = np.zeros(len(rows), bool)
    for cells in named.values():
        filled |= cells != ""
    frame = pd.DataFrame({head: cells[filled] for head, cells in named.items()}, dtype=object)
    table = Table(name, place, frame, rows[filled])
    for head in named:
        _refuse_hidden(table, head, faults)
    dates = {
        head: _read_dates(table, head, wanted, faults)
        for head, wanted in LAYOUTS[name].dates.items()
        if head in named
    }
    return Table(name, place, frame, table.rows, dates)


def _heads(
    name: str, place: str, heads: Sequence[str], columns: Sequence[Cells], rows: Days,
    faults: Faults, head_row: int | None,
) -> dict[str, Cells] | None:  # fmt: skip
    layout, named, written = LAYOUTS[name], {}, {}
    good = True
    for number, (head, cells) in enumerate(zip(heads, columns, strict=True), 1):
        plain = normal_name(head)
        if not plain:
            used = np.flatnonzero(cells != "")
            if len(used):
                text = f"found {shown(cells[used[0]])} in column {number}, which has no head"
                faults.add(
                    "S223", place, int(rows[used[0]]), "", text, "give the column a head in row 1"
                )
                good = False
            continue
        if plain in written:
            text = f"found the column {shown(head.strip())} twice, expected it once"
            faults.add("S222", place, head_row, plain, text)
            good = False
            continue
        written[plain] = head
        named[plain if plain in layout.columns else head.strip()] = cells
    return named if _check_names(layout, place, list(named), faults, head_row) and good else None


def _check_names(
    layout: Layout, place: str, found: list[str], faults: Faults, head_row: int | None
) -> bool:
    missing = [column for column in layout.columns if column not in found]
    harmless = {"note", "by"}
    slips: dict[str, str] = {}
    for head in found:
        if head in layout.columns:
            continue
        plain = normal_name(head)
        meant = _OTHER_NAMES.get(plain, "") or did_you_mean(plain, missing)
        if meant in missing and meant not in harmless:
            slips.setdefault(meant, head)
    for column, head in slips.items():
        text = f'found the column {shown(head)}; did you mean "{column}"?'
        way_out = f"rename it to {column}, or to something that does not resemble it"
        faults.add("S221", place, head_row, head, text, way_out)
    absent = [column for column in layout.required if column not in found and column not in slips]
    if absent:
        text = f"found no column {', '.join(absent)}, expected {', '.join(layout.required)}"
        faults.add("S220", place, head_row, "", text)
    return not absent and not slips


def _refuse_hidden(table: Table, head: str, faults: Faults) -> None:
    """Tells of unreadable characters, once: the cell counts as told of from then on."""
    cells = table.column(head)
    if not hidden_character("".join(cells)):
        return
    for place, text in enumerate(cells):
        if text != REPORTED and (bad := hidden_character(text)):
            message = f"found the character {bad}, expected readable text"
            faults.add("S203", table.place, int(table.rows[place]), head, message)
            table.frame.loc[place, head] = REPORTED


def _read_dates(table: Table, head: str, wanted: Wanted, faults: Faults) -> DateColumn:
    codes, distinct = pd.factorize(table.column(head))
    read = np.zeros((len(distinct), 4), np.int64)
    bad: dict[int, BadCell] = {}
    for place, text in enumerate(distinct):
        try:
            cell = read_cell(text, wanted)
        except BadCell as error:
            read[place] = Kind.BAD, 0, 0, -1
            bad[place] = error
            continue
        day = cell.date
        if day is None:
            read[place] = cell.kind, 0, 0, -1
        else:
            read[place] = cell.kind, day.first, day.last, -1 if day.minute is None else day.minute
    if bad:
        for row in np.flatnonzero(np.isin(codes, list(bad))):
            why = bad[int(codes[row])]
            faults.add(why.code, table.place, int(table.rows[row]), head, why.message, why.way_out)
    kind, first, last, minute = read[codes].T if len(codes) else np.zeros((4, 0), np.int64)
    return DateColumn(kind, first, last, minute)
