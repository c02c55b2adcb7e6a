"""A store into a study folder or a workbook: the same cells, in the same columns.

Void rows are left out. What the commands do not read (explanations of deviations) lies in a folder
of its own.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from scheduler.errors import NotWritable
from scheduler.files import replace_file
from scheduler.store.site_cells import sites_yaml
from scheduler.store.stored import SETTINGS, StoredRow
from scheduler.study.tables import LAYOUTS

NOTES = "deviation_notes"
NOTE_HEADS = (
    "participant", "milestone", "date", "rule", "category", "explanation", "action", "signed",
)  # fmt: skip
_PARTING = re.compile("[;\t]")
Heads = Mapping[str, Sequence[str]]
Rows = Iterable[StoredRow]


def export_folder(heads: Heads, rows: Rows, out: str | Path) -> list[Path]:
    """Writes the study folder; files of other names in it stay.

    Raises: NotWritable.
    """
    folder, standing = Path(out), [row for row in rows if not row.void]
    contents = folder_files(heads, standing)
    written = []
    for name, content in contents.items():
        replace_file(folder / name, content)
        written.append(folder / name)
    if "sites.yaml" not in contents:
        (folder / "sites.yaml").unlink(missing_ok=True)
    return written


def folder_files(heads: Heads, rows: Rows) -> dict[str, bytes]:
    """The files of the study folder by name."""
    standing = [row for row in rows if not row.void]
    found: dict[str, bytes] = {}
    for table in LAYOUTS:
        if table in heads:
            mine = [row.cells for row in standing if row.table == table]
            found[f"{table}.csv"] = _csv(_all_heads(heads[table], mine), mine)
    sites = [row.cells for row in standing if row.table == "sites"]
    if sites:
        found["sites.yaml"] = sites_yaml(sites).encode()
    found |= {row.cells["file"]: row.cells["text"].encode()
              for row in standing if row.table == SETTINGS}  # fmt: skip
    notes = [row.cells for row in standing if row.table == NOTES]
    if notes:
        found[f"desk/{NOTES}.csv"] = _csv(NOTE_HEADS, notes)
    return found


def _all_heads(heads: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[str]:
    extra = dict.fromkeys(head for cells in rows for head in cells if head not in heads)
    return [*heads, *extra]


def _csv(heads: Sequence[str], rows: Sequence[Mapping[str, str]]) -> bytes:
    """A CSV file; what could be taken for another separator of columns stands in quotes."""
    out = io.StringIO(newline="")
    found = [[cells.get(head, "") for head in heads] for cells in rows]
    _write(out, [heads], _PARTING.search("".join(heads)) is not None)
    alone = len(heads) == 1 and any(_PARTING.search(text) for (text,) in found)
    _write(out, found, alone)
    return out.getvalue().encode()


def _write(out: io.StringIO, rows: Iterable[Sequence[str]], in_quotes: bool) -> None:
    quoting: Literal[0, 1] = csv.QUOTE_ALL if in_quotes else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows(rows)


def export_workbook(heads: Heads, rows: Rows, path: str | Path) -> None:
    """Writes one workbook with a sheet a table, every cell as text.

    Raises: NotWritable.
    """
    content = workbook_bytes(heads, rows)
    if not Path(path).suffix.lower() == ".xlsx":
        raise NotWritable(f"{path}: expected the name of an .xlsx workbook")
    replace_file(Path(path), content)


def workbook_bytes(heads: Heads, rows: Rows) -> bytes:
    """The workbook."""
    from openpyxl import Workbook

    standing = [row for row in rows if not row.void]
    book = Workbook()
    book.remove(book.worksheets[0])
    for table in (*LAYOUTS, "sites"):
        mine = [row.cells for row in standing if row.table == table]
        if table not in heads or (table == "sites" and not mine):
            continue
        sheet = book.create_sheet(table)
        names = _all_heads(heads[table], mine)
        for number, line in enumerate([dict(zip(names, names, strict=True)), *mine], 1):
            for place, head in enumerate(names, 1):
                cell = sheet.cell(number, place, line.get(head, "") or None)
                cell.number_format = "@"
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # a text that begins like a formula is none
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
