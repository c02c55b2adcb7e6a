"""The tables of a study: which columns they have, and text cells turned into checked columns.

Source: docs/study-folder.md.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from scheduler.days import Days
from scheduler.errors import FaultList, did_you_mean, hidden_character, shown
from scheduler.study.cells import REPORTED, Accepted, BadCell, CellKind, date_reader
from scheduler.study.text_columns import Cells, Coded, blanks, text_column

if TYPE_CHECKING:
    import pandas as pd


_BLANK = int(CellKind.BLANK)  # members are slow to look up
FaultArguments = tuple[str, str, int | None, str, str, str]  # what `FaultList.add` takes


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The columns that a table may have, the required ones, and those that hold dates."""

    columns: tuple[str, ...]
    required: tuple[str, ...]
    dates: Mapping[str, Accepted]


_PARTLY = Accepted(partial=True)
_WHOLE = Accepted(required=True)
_TESTED = Accepted(partial=True, required=True, some=True)  # a test's day may be partly known
LAYOUTS: dict[str, TableLayout] = {
    "participants": TableLayout(
        ("participant", "birth_date", "sex", "site", "arm", "protocol_version", "withdrawn",
         "screen_failed"),
        ("participant",),
        {"birth_date": Accepted(True, ("unknown",)), "withdrawn": Accepted(),
         "screen_failed": Accepted()},
    ),
    "history": TableLayout(
        ("participant", "event", "start", "end", "agent", "half_life", "route", "purpose", "kind",
         "note"),
        ("participant", "event", "start"),
        {"start": Accepted(True, ("unknown", "none"), True),
         "end": Accepted(True, ("ongoing", "unknown"))},
    ),
    "dates": TableLayout(
        ("participant", "milestone", "date", "status", "note"),
        ("participant", "milestone", "date", "status"),
        {"date": _TESTED},
    ),
    "decisions": TableLayout(
        ("participant", "rule", "decision", "date", "by", "note", "event", "start"),
        ("participant", "rule", "decision", "date"),
        {"date": _WHOLE, "start": Accepted(True, ("unknown",))},
    ),
}  # fmt: skip
SEXES = ("female", "male")
OTHER_NAMES = {
    "start_date": "start", "started": "start", "onset": "start", "end_date": "end", "stop": "end",
    "stop_date": "end", "ended": "end", "dob": "birth_date", "date_of_birth": "birth_date",
    "birthday": "birth_date", "gender": "sex", "subject": "participant", "patient": "participant",
    "participant_id": "participant", "subject_id": "participant", "patient_id": "participant",
    "visit": "milestone", "visit_date": "date", "state": "status", "rule_id": "rule",
    "withdrawal": "withdrawn", "screen_failure": "screen_failed", "onset_date": "start",
    "startdate": "start", "start_dt": "start", "begin": "start", "begin_date": "start",
    "enddate": "end", "end_dt": "end", "usubjid": "participant", "subjid": "participant",
    "subject_code": "participant", "patient_code": "participant", "event_name": "event",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A date column, read: each cell's Kind, its first and last day, its minute or -1."""

    kind: Days
    first: Days
    last: Days
    minute: Days

    def is_(self, *kinds: CellKind) -> NDArray[np.bool_]:
        """Whether each cell is of one of the kinds."""
        found = self.kind == int(kinds[0])
        for kind in kinds[1:]:
            found |= self.kind == int(kind)
        return np.asarray(found, bool)

    def take(self, rows: Days | NDArray[np.bool_]) -> "DateColumn":
        """The cells of some rows."""
        return DateColumn(self.kind[rows], self.first[rows], self.last[rows], self.minute[rows])


@dataclass(frozen=True, eq=False)
class Table:
    """One table: its cells as text, where each row stands, and its date columns read.

    `place` is the file or sheet for faults, `rows` each row's number as a spreadsheet counts.
    `unread` are columns beyond the known ones that hold what is neither text nor a date, each with
    the faults that it has where a rule looks at it.
    """

    name: str
    place: str
    columns: Mapping[str, Coded]
    rows: Days
    dates: Mapping[str, DateColumn] = field(default_factory=dict)
    unread: Mapping[str, Sequence[FaultArguments]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self)} rows, {', '.join(self.columns)}>"

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def frame(self) -> "pd.DataFrame":
        """The table as a DataFrame of texts."""
        import pandas as pd

        cells = {head: column.cells for head, column in self.columns.items()}
        return pd.DataFrame(cells, index=pd.RangeIndex(len(self)), dtype=object)

    def coded(self, name: str) -> Coded:
        """The cells of a column by distinct text; blanks where the table has no such column."""
        return self.columns[name] if name in self.columns else blanks(len(self))

    def column(self, name: str) -> Cells:
        """The cells of a column; blanks where the table has no such column."""
        return self.coded(name).cells

    def cell(self, name: str, row: SupportsIndex) -> str:
        """One cell of a column; blank where the table has no such column."""
        if name not in self.columns:
            return ""
        column = self.columns[name]
        return str(column.texts[column.codes[row]])

    def date(self, name: str) -> DateColumn:
        """A date column, read; blank where the table has none of that name."""
        if name in self.dates:
            return self.dates[name]
        zeros = np.zeros(len(self), np.int64)
        return DateColumn(zeros + _BLANK, zeros, zeros, zeros - 1)

    def take(self, rows: NDArray[np.bool_]) -> "Table":
        """Some rows of the table, with their numbers."""
        if rows.all():
            return self
        return replace(
            self,
            columns={head: column.take(rows) for head, column in self.columns.items()},
            rows=self.rows[rows],
            dates={head: column.take(rows) for head, column in self.dates.items()},
        )

    @property
    def fingerprint(self) -> str:
        """The SHA-256 sum of all heads and cells."""
        found = sha256()
        for head, column in self.columns.items():
            texts = "\0".join([head, *column.texts, ""])
            found.update(texts.encode("utf-8", "surrogatepass"))
            found.update(np.ascontiguousarray(column.codes, "<i8").tobytes())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class TextRows:
    """A table of texts that was in nobody's file: its heads, its cells by column, its row numbers.

    A mapping of tables may hold it in the place of a DataFrame. `order` is the one of dates that
    have two readings: dmy, mdy, ymd or none.
    """

    heads: Sequence[str]
    columns: Sequence[Sequence[str]]
    rows: Sequence[int]
    order: str = ""


def empty_table(name: str) -> Table:
    """A table without rows, for a file that is not there."""
    columns = {column: blanks(0) for column in LAYOUTS[name].columns}
    return Table(name, name, columns, np.zeros(0, np.int64))


@lru_cache(maxsize=1024)  # the same heads are asked for again and again
def normal_name(text: str) -> str:
    """A head without its slips of case and spacing: `Start Date ` is start_date."""
    return re.sub(r"\s+", "_", text.strip().lower())


def build_table(
    name: str, place: str, heads: Sequence[str], columns: Sequence[Coded], rows: Days,
    faults: FaultList, head_row: int | None = 1, order: str = "",
) -> Table | None:  # fmt: skip
    """A checked table from text cells, or None where its heads cannot be understood.

    `order` (dmy, mdy, ymd) settles the dates that have two readings.
    """
    named = _heads(name, place, heads, columns, rows, faults, head_row)
    if named is None:
        return None
    filled = np.zeros(len(rows), bool)
    for column in named.values():
        filled |= ~column.are("")
    table = Table(name, place, named, rows).take(filled)
    clean = {head: _refuse_hidden(table, head, faults) for head in named}
    table = replace(table, columns=clean)
    dates = {
        head: _read_dates(table, head, wanted, faults, order)
        for head, wanted in LAYOUTS[name].dates.items()
        if head in named
    }
    return replace(table, dates=dates)


def _heads(
    name: str, place: str, heads: Sequence[str], columns: Sequence[Coded], rows: Days,
    faults: FaultList, head_row: int | None,
) -> dict[str, Coded] | None:  # fmt: skip
    layout = LAYOUTS[name]
    named: dict[str, Coded] = {}
    written: dict[str, str] = {}
    good = True
    for number, (head, column) in enumerate(zip(heads, columns, strict=True), 1):
        if head == REPORTED:
            good = False
            continue
        plain = normal_name(head)
        if not plain:
            used = np.flatnonzero(~column.are(""))
            if len(used):
                cell = shown(column.texts[column.codes[used[0]]])
                text = f"found {cell} in column {number}, which has no head"
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
        named[plain if plain in layout.columns else head.strip()] = column
    return named if _check_names(layout, place, list(named), faults, head_row) and good else None


def _check_names(
    layout: TableLayout, place: str, found: list[str], faults: FaultList, head_row: int | None
) -> bool:
    missing = [column for column in layout.columns if column not in found]
    harmless = {"note", "by"}
    slips: dict[str, str] = {}
    for head in found:
        if head in layout.columns:
            continue
        plain = normal_name(unicodedata.normalize("NFKC", head))
        meant = OTHER_NAMES.get(plain, "") or did_you_mean(plain, missing)
        meant = plain if plain in missing else meant
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


def _refuse_hidden(table: Table, head: str, faults: FaultList) -> Coded:
    """Tells of unreadable characters, once: the cell counts as told of from then on."""
    column = table.columns[head]
    if not hidden_character("".join(column.texts)):
        return column
    bad = ["" if text == REPORTED else hidden_character(text) for text in column.texts]
    for row in np.flatnonzero(column.told(np.array(bad, object) != "")):
        message = f"found the character {bad[column.codes[row]]}, expected readable text"
        faults.add("S203", table.place, int(table.rows[row]), head, message)
    texts = [REPORTED if told else text for told, text in zip(bad, column.texts, strict=True)]
    return text_column(column.codes, np.array(texts, object))


def _read_dates(
    table: Table, head: str, wanted: Accepted, faults: FaultList, order: str
) -> DateColumn:
    column = table.columns[head]
    read = np.zeros((len(column.texts), 4), np.int64)
    bad: dict[int, BadCell] = {}
    numbers = date_reader(wanted, order)
    for place, text in enumerate(column.texts.tolist()):
        try:
            read[place] = numbers(text)
        except BadCell as error:
            read[place] = CellKind.BAD, 0, 0, -1
            bad[place] = error
    for row in np.flatnonzero(np.isin(column.codes, list(bad))) if bad else ():
        why = bad[int(column.codes[row])]
        faults.add(why.code, table.place, int(table.rows[row]), head, why.message, why.way_out)
    return DateColumn(*(column.told(read[:, part]) for part in range(4)))
