"""A study folder or workbook into a store: what would change is told first, then done.

A study that has faults is not taken in. Rows are matched by what names them: a participant by the
code, a history row by participant, event and start, a date by participant, step, day and status.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scheduler.errors import InputFaults
from scheduler.store.entries import Actor
from scheduler.store.exporting import NOTE_HEADS, NOTES
from scheduler.store.faults import ReasonNeeded
from scheduler.store.site_cells import SITE_HEADS, cells_of_sites
from scheduler.store.stored import HEADS, PROTOCOL, SETTINGS, Edit, Store, StoredRow
from scheduler.study.faults import study_faults
from scheduler.study.heads import plain_name
from scheduler.study.model import Study
from scheduler.study.reading import read_study
from scheduler.study.settings import SETTINGS_FILE
from scheduler.study.strays import visible_files
from scheduler.study.tables import LAYOUTS

_NAMED_BY = {
    "participants": ("participant",),
    "history": ("participant", "event", "start"),
    "dates": ("participant", "milestone", "date", "status"),
    "decisions": ("participant", "rule", "date", "event", "start"),
    "sites": ("site",),
    NOTES: ("participant", "milestone", "rule"),
    SETTINGS: ("file",),
}
Cells = Mapping[str, str]
_Key = tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """What an import would do: the edits, and the rows that only the store has."""

    edits: tuple[Edit, ...]
    only_here: tuple[StoredRow, ...]

    def lines(self) -> list[str]:
        """One line a row that would change."""
        told = [f"{edit.what} {edit.table.lstrip('_')}: {_said(edit.cells)}" for edit in self.edits
                if edit.table != HEADS]  # fmt: skip
        told += [f"only in the store, left as it is: {row.table.lstrip('_')} row {row.row}: "
                 f"{_said(row.cells)}" for row in self.only_here]  # fmt: skip
        return told or ["Nothing differs."]


def _said(cells: Cells) -> str:
    return ", ".join(f"{head} {_line(text)}" for head, text in cells.items() if text)


def _line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())


def new_study(
    store: Store, study: str, files: Mapping[str, str], source: str | Path | None, actor: Actor
) -> None:
    """A study that is not in the store yet: its protocol's files, and its rows where it has any.

    Raises: InputFaults where the study has faults.
    """
    edits = [Edit("add", PROTOCOL, {"file": name, "text": text}) for name, text in files.items()]
    if source is None:
        edits += _head_edits({}, {table: layout.columns for table, layout in LAYOUTS.items()})
        edits += _head_edits({}, {"sites": SITE_HEADS})
    else:
        edits += differences(store, study, source).edits
    store.apply(study, edits, actor)


def import_study(
    store: Store, study: str, source: str | Path, actor: Actor, reason: str
) -> Differences:
    """Brings the rows of a folder or workbook in; corrections carry the reason.

    Raises: InputFaults, ReasonNeeded.
    """
    found = differences(store, study, source, reason)
    if any(edit.what == "correct" for edit in found.edits) and not reason.strip():
        raise ReasonNeeded("rows that are there would be corrected: give a reason")
    store.apply(study, found.edits, actor)
    return found


def differences(store: Store, study: str, source: str | Path, reason: str = "") -> Differences:
    """What the rows of a folder or workbook would change in a store.

    Raises: InputFaults where the study has faults.
    """
    read, faults = read_study(source)
    if not all(fault.warning for fault in faults):
        raise InputFaults(faults)
    tables = tables_of(read)
    heads = {table: found for table, (found, _) in tables.items()
             if table != "history" or not read.no_history}  # fmt: skip
    stored = [row for row in store.rows(study) if not row.void]
    edits = _head_edits(store.heads(study), heads, store.rows(study, HEADS))
    only_here: list[StoredRow] = []
    rows_of = {table: rows for table, (_, rows) in tables.items()}
    rows_of |= {SETTINGS: settings_text(source), NOTES: _notes(source, read)}
    for table, rows in rows_of.items():
        mine = [row for row in stored if row.table == table]
        more, left = _table_edits(table, rows, mine, reason)
        edits += more
        only_here += left
    return Differences(tuple(edits), tuple(only_here))


def tables_of(study: Study) -> dict[str, tuple[tuple[str, ...], list[dict[str, str]]]]:
    """The columns and rows of every table of a study, sites among them, as texts."""
    found = {}
    for table in study.tables:
        heads = tuple(table.columns)
        columns = [table.column(head).tolist() for head in heads]
        rows = [dict(zip(heads, cells, strict=True)) for cells in zip(*columns, strict=True)]
        found[table.name] = (heads, rows)
    found["sites"] = (SITE_HEADS, cells_of_sites(study.sites or {}))
    return found


def settings_text(source: str | Path) -> list[dict[str, str]]:
    """The study.yaml of a folder, or the one beside a workbook, as a row: its name and its text."""
    place = Path(source)
    folder = place if place.is_dir() else place.parent
    return [
        {"file": SETTINGS_FILE, "text": path.read_text(encoding="utf-8-sig")}
        for path in visible_files(folder) if plain_name(path.name) == SETTINGS_FILE
    ]  # fmt: skip


def _notes(source: str | Path, study: Study) -> list[dict[str, str]]:
    """The explanations of deviations that an exported folder holds, for participants it has.

    Raises: InputFaults where the file is not as the desk writes it.
    """
    path = Path(source) / "desk" / f"{NOTES}.csv"
    if not path.is_file():
        return []
    faults, place = study_faults(), f"desk/{path.name}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            heads, *rows = [*csv.reader(stream, strict=True)] or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        faults.add("S204", place, None, "", f"found {error}, expected the file that the desk wrote")
        raise InputFaults(faults.all) from error
    if tuple(heads) != NOTE_HEADS:
        text = f"found {', '.join(heads) or 'nothing'}, expected {', '.join(NOTE_HEADS)}"
        faults.add("S220", place, 1, "", text)
    codes = set(study.participants.coded("participant").texts)
    for number, cells in enumerate(rows, 2):
        if len(cells) != len(heads):
            text = f"found {len(cells)} cells, expected {len(heads)}"
            faults.add("S204", place, number, "", text)
        elif cells[0] not in codes:
            faults.add("S240", place, number, "participant", f"found {cells[0]}, expected a code")
    if faults.all:
        raise InputFaults(faults.all)
    return [dict(zip(heads, cells, strict=True)) for cells in rows]


def _head_edits(
    known: Mapping[str, Sequence[str]], heads: Mapping[str, Sequence[str]],
    rows: Sequence[StoredRow] = (),
) -> list[Edit]:  # fmt: skip
    """The columns that tables get; those that are there stay, new ones come after them."""
    edits, places = [], {row.cells["table"]: row for row in rows}
    for table, found in heads.items():
        if table not in known:
            cells = {"table": table, "heads": json.dumps(list(found))}
            edits.append(Edit("add", HEADS, cells))
        elif more := [head for head in found if head not in known[table]]:
            cells = {"heads": json.dumps([*known[table], *more])}
            row = places[table]
            why = "new columns"
            edits.append(Edit("correct", HEADS, cells, row.row, row.version, why))
    return edits


def head_edits(store: Store, study: str, table: str, cells: Iterable[str]) -> list[Edit]:
    """What gives a table the columns of a row that has more of them than the table."""
    known = store.heads(study)
    return _head_edits(known, {table: tuple(cells)}, store.rows(study, HEADS))


def _table_edits(
    table: str, rows: Iterable[Cells], stored: Iterable[StoredRow], reason: str
) -> tuple[list[Edit], list[StoredRow]]:
    waiting: defaultdict[_Key, list[StoredRow]] = defaultdict(list)
    for row in stored:
        waiting[_key(table, row.cells)].append(row)
    edits = []
    for cells in rows:
        same = waiting[_key(table, cells)]
        if not same:
            edits.append(Edit("add", table, cells))
            continue
        row = _nearest(same, cells)
        same.remove(row)
        changed = {h: text for h, text in cells.items() if row.cells.get(h, "") != text}
        if changed:
            edits.append(Edit("correct", table, changed, row.row, row.version, reason))
    return edits, [row for rows_left in waiting.values() for row in rows_left]


def _nearest(rows: Sequence[StoredRow], cells: Cells) -> StoredRow:
    def apart(row: StoredRow) -> int:
        return sum(row.cells.get(head, "") != text for head, text in cells.items())

    return min(rows, key=apart)


def _key(table: str, cells: Cells) -> _Key:
    return tuple(cells.get(head, "") for head in _NAMED_BY[table])
