"""Files and sheets that look like a table of the study and would not be read: never in silence.

Source: docs/study-folder.md (tables under another name).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import FaultList, shown
from scheduler.files import is_sqlite
from scheduler.study.faults import study_faults
from scheduler.study.heads import plain_name, table_of_name, table_of_rows
from scheduler.study.settings import SETTINGS_FILE
from scheduler.study.tables import LAYOUTS

if TYPE_CHECKING:
    from scheduler.study.workbooks import Workbook

SITES_FILE = "sites.yaml"
_TEXTS = (".csv", ".txt", ".tsv", ".tab", ".dat", ".asc", ".prn", ".psv", "")
_NAMED = (
    *_TEXTS, ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers", ".json", ".parquet", ".yaml",
    ".yml", ".gz", ".bz2", ".xz", ".zip", ".xml", ".html", ".htm", ".sas7bdat", ".xpt", ".dta",
    ".sav", ".por", ".rds", ".rda", ".feather", ".arrow", ".sqlite", ".db",
)  # fmt: skip
_SEARCHED = 20  # rows in which heads are looked for
_HEAD_BYTES = 1 << 16
_TRAIL = b"CREATE TABLE change (number"  # as store/schema.py makes it
OTHER_BOOKS = {
    ".xlsm": "a workbook with macros (.xlsm)",
    ".xltx": "a template (.xltx)",
    ".xls": "an old workbook (.xls)",
    ".xlsb": "a binary workbook (.xlsb)",
    ".ods": "an OpenDocument sheet (.ods)",
    ".numbers": "a Numbers document",
}


def visible_files(folder: Path) -> list[Path]:
    """The files of a folder by name, without those that programs put there for themselves."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return [path for path in files if not path.name.startswith((".", "~$"))]


def only_heads(path: Path) -> bool:
    """Whether a table's file holds no row: beside a workbook it is an empty form, not the study."""
    with path.open("rb") as file:
        lines = (line for line in file if line.strip(b"\xef\xbb\xbf \t\r\n,;"))
        return sum(1 for _, line in zip(range(2), lines, strict=False)) < 2


def tell_other_books(files: Iterable[Path], faults: FaultList) -> bool:
    """Tells of workbooks of kinds that are not read; whether there are any."""
    found = [path for path in files if path.suffix.lower() in OTHER_BOOKS]
    for path in found:
        text = f"found {OTHER_BOOKS[path.suffix.lower()]}, expected an Excel workbook (.xlsx)"
        way_out = "open it and save it as Excel Workbook (*.xlsx)"
        faults.add("S200", path.name, None, "", text, way_out)
    return bool(found)


def tell_files(
    files: Iterable[Path], used: Collection[str], ignored: Collection[str], faults: FaultList
) -> set[str]:
    """Tells of files that look like a table, and which; `used` are the names of those read."""
    strays = set()
    for path in files:
        plain = plain_name(path.name)
        if plain in used or plain in ignored:
            continue
        if is_store(path):
            text = "this store of the desk is no part of the folder, and is not read"
            faults.add("S207", path.name, None, "", text, "name the store to plan from it")
            continue
        if table := _table_of(path) or _history_in(path, used):
            strays.add(table)
            file = SITES_FILE if table == "sites" else f"{table}.csv"
            text = f"this file looks like the table {table}, and would not be read"
            if file in used:
                way_out = "move it out of the folder"
            else:
                text += f'; did you mean "{file}"?'
                way_out = f"rename it to {file}"
            way_out += f", or name it under ignore: in {SETTINGS_FILE}"
            faults.add("S213", path.name, None, "", text, way_out)
    return strays


def is_store(path: Path) -> bool:
    """Whether a file is a store of the desk, whose rows are its own and no table of a folder."""
    if path.suffix.lower() in _TEXTS or not is_sqlite(path):
        return False
    beside = path.with_name(f"{path.name}-wal")  # what a desk that runs has not yet put into it
    return any(_TRAIL in _start(one, _HEAD_BYTES) for one in (path, beside) if one.is_file())


def _start(path: Path, size: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(size)


def _history_in(path: Path, used: Collection[str]) -> str:
    """`history`, where nothing else holds it, and a document or a copy has its name."""
    named = table_of_name(path.stem) == "history" and path.stat().st_size
    return "history" if named and "history.csv" not in used else ""


def _table_of(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _NAMED or not path.stat().st_size:
        return ""
    if table := table_of_name(path.stem):
        return table
    return table_of_rows(_first_rows(path)) if suffix in _TEXTS else ""


def _first_rows(path: Path) -> list[list[str]]:
    content = _start(path, _HEAD_BYTES)
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    lines = text.splitlines()[:_SEARCHED]
    return [[cell.strip(' "') for cell in re.split("[,;\t|]", line)] for line in lines]


def tell_no_history(faults: FaultList) -> None:
    """Warns where nothing was asked at all: every washout would pass without a word."""
    text = "there is no table of history: rules on what participants took or had find nothing"
    way_out = "add the table history, or its heads alone where there is nothing to tell"
    faults.add("S211", "history", None, "", text, way_out)


def tell_sheets(
    book: "Workbook", ignored: Collection[str], faults: FaultList
) -> tuple[dict[str, str], set[str]]:
    """The sheets of a study's tables by their plain names, and the tables that others look like.

    Those others are told.
    """
    found: dict[str, str] = {}
    strays = set()
    for sheet in book.sheets:
        plain = plain_name(sheet)
        if plain in ignored:
            continue
        if plain in found:
            text = (
                f"found the sheets {shown(found[plain])} and {shown(sheet)}, expected one of them"
            )
            faults.add("S208", book.place, None, "", text)
        elif plain in LAYOUTS or plain == "sites":
            found[plain] = sheet
        elif table := _table_of_sheet(sheet, book.first_rows(sheet)):
            strays.add(table)
            text = f"the sheet {shown(sheet)} looks like the table {table}"
            text += f', and would not be read; did you mean "{table}"?'
            way_out = f"rename it to {table}, or name it under ignore: in {SETTINGS_FILE}"
            faults.add("S213", book.place, None, "", text, way_out)
    return found, strays


def _table_of_sheet(sheet: str, rows: list[list[str]]) -> str:
    return (table_of_name(sheet) or table_of_rows(rows)) if rows else ""


def tell_books(
    books: Iterable[Path], rows: Mapping[str, int], ignored: Collection[str], faults: FaultList
) -> None:
    """Tells of workbooks beside CSV files that hold something; `rows` of each table that is read.

    What stands in no CSV file would be lost, and is a fault; what stands in both is a warning.
    """
    for path in books:
        if plain_name(path.name) in ignored:
            continue
        filled = _filled_tables(path)
        lost = [table for table in filled if not rows.get(table)]
        if lost:
            text = f"this workbook holds the table {', '.join(lost)}, and would not be read"
            text += ", because CSV files lie beside it"
            way_out = "name the workbook to plan from it, or name it under ignore: in "
            faults.add("S213", path.name, None, "", text, way_out + SETTINGS_FILE)
        elif filled:
            text = "this workbook is not read, because CSV files lie beside it"
            faults.add("S207", path.name, None, "", text, "name the workbook to plan from it")


def _filled_tables(path: Path) -> list[str]:
    """The tables of which a workbook holds a row, in the order of the documentation."""
    from scheduler.study.workbooks import open_workbook

    book, _ = open_workbook(path, study_faults())
    found = set()
    for sheet in book.sheets if book else ():
        rows = book.first_rows(sheet) if book else []
        plain = plain_name(sheet)
        table = plain if plain in LAYOUTS else table_of_name(sheet) or table_of_rows(rows)
        if len(rows) > 1 and table in LAYOUTS:
            found.add(table)
    return [table for table in LAYOUTS if table in found]
