"""CSV files as a coordinator's programs write them: one table each, refused where it is unclear.

A byte order mark, semicolons or tabs, CRLF, quoted cells and blank rows and columns at the end are
all read. Source: docs/study-folder.md.
"""

import csv
import io
import re

import numpy as np

from scheduler.errors import FaultList, shown
from scheduler.study.heads import row_of_heads
from scheduler.study.tables import Table, build_table
from scheduler.study.text_columns import Coded, blanks, code_cells

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SAVE_AS = 'in Excel: File, Save As, "CSV UTF-8 (Comma delimited)"'
_SEARCHED = 20  # rows in which heads are looked for
Records = list[tuple[int, list[str]]]
_FIRST_RECORD = re.compile(r'(?:"[^"]*"|[^"\r\n])*')  # a head in quotes may hold a line break
_NEVER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def read_csv(
    name: str, place: str, content: bytes, faults: FaultList, order: str = ""
) -> Table | None:
    """The table in the bytes of a CSV file, or None where it cannot be understood.

    `order` (dmy, mdy, ymd) settles the dates that have two readings.
    """
    text = _decode(place, content, faults)
    if text is None:
        return None
    separator = _separator(place, text, faults)
    if separator is None:
        return None
    records = _records(place, text, separator, faults)
    if records is None or tell_rows_above(name, place, *records, faults):
        return None
    heads, used = records
    columns, rows = _columns(place, heads, used, faults)
    if columns is None:
        return None
    heads = [*heads, *[""] * (len(columns) - len(heads))]
    return build_table(name, place, heads, columns, rows, faults, order=order)


def _decode(place: str, content: bytes, faults: FaultList) -> str | None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        faults.add("S202", place, None, "", "found UTF-16 text, expected UTF-8", _SAVE_AS)
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        found = f"found the byte 0x{content[error.start]:02X}, expected UTF-8 text"
        faults.add("S202", place, row, "", found, _SAVE_AS)
        return None
    if bad := _NEVER.search(text):
        row = text.count("\n", 0, bad.start()) + 1
        found = f"found the character U+{ord(bad[0]):04X}, expected readable text"
        faults.add("S203", place, row, "", found)
        return None
    return text


def tell_separator_line(place: str, first: str, faults: FaultList) -> bool:
    """Tells of the line by which Excel is told the separator; whether the first line is one."""
    if not re.fullmatch(r"\s*\"?sep=.?\"?\s*", first, re.IGNORECASE):
        return False
    text = f"found {shown(first.strip())} above the heads, a line that only Excel understands"
    faults.add("S228", place, 1, "", text, "delete that line")
    return True


def _separator(place: str, text: str, faults: FaultList) -> str | None:
    begin = _FIRST_RECORD.match(text)
    first = begin[0] if begin else ""
    if tell_separator_line(place, first, faults):
        return None
    bare = re.sub(r'"[^"]*"', "", first)
    used = [separator for separator in _SEPARATORS if separator in bare]
    if not used:  # a single column; more of them below would be split by guess
        below = [s for s in _SEPARATORS if s in re.sub(r'"[^"]*"', "", text)]
        used = below or [","]
    if len(used) == 1:
        return used[0]
    found = " and ".join(_SEPARATORS[separator] for separator in used)
    faults.add(
        "S205", place, 1, "", f"found {found} where columns part, expected one of them",
        "put quotes around a head that has the other one inside",
    )  # fmt: skip
    return None


def _records(
    place: str, text: str, separator: str, faults: FaultList
) -> tuple[list[str], Records] | None:
    """The heads, and the records that hold anything with their rows: blank lines are not kept."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row, used = 0, []
    try:
        heads = next(reader, [])
        row = 1
        for record in reader:
            row += 1
            if record and any(map(str.strip, record)):
                used.append((row, record))
    except csv.Error as error:
        faults.add(
            "S204", place, row + 1, "", f"not readable as CSV: {error}",
            "a quote inside a quoted cell is written twice, and each opening quote is closed",
        )  # fmt: skip
        return None
    return heads, used


def tell_rows_above(
    name: str, place: str, heads: list[str], used: Records, faults: FaultList
) -> bool:
    """Tells of heads that stand below other rows, such as a title; whether they do.

    `used` are the first rows that hold anything, with their numbers.
    """
    first = [(1, heads)] if any(map(str.strip, heads)) else []
    filled = [*first, *used[:_SEARCHED]]
    above = row_of_heads(name, [cells for _, cells in filled])
    if above < 0 or filled[above][0] == 1:
        return False
    text = f"found the heads in row {filled[above][0]}, expected them in row 1"
    faults.add("S228", place, 1, "", text, "delete the rows above the heads")
    return True


def _columns(
    place: str, heads: list[str], used: Records, faults: FaultList
) -> tuple[list[Coded] | None, "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The cells by column, stripped; rows that are too short are filled with blanks."""
    rows = np.array([row for row, _ in used], np.int64)
    width, good = len(heads), True
    filled = []
    needed = len("".join(f"{int(bool(head.strip()))}" for head in heads).rstrip("0"))
    for row, record in used:
        if len(record) == width:
            filled.append(record)
            continue
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            text = f"found {len(record)} cells, expected {width}: {shown(record[width].strip())}"
            faults.add(
                "S223",
                place,
                row,
                "",
                text,
                "a cell that holds the separator needs quotes around it",
            )
            good = False
        elif len(record) < needed:
            text = f"found {len(record)} cells, expected {needed}; the rest counts as blank"
            faults.add("S224", place, row, "", text)
        filled.append([*record[:width], *[""] * (width - len(record))])
    if not good:
        return None, rows
    if not filled:
        return [blanks(0) for _ in heads], rows
    return [_column(cells) for cells in zip(*filled, strict=True)], rows


def _column(cells: tuple[str, ...]) -> Coded:
    column = np.empty(len(cells), object)
    column[:] = [cell.strip() for cell in cells]
    return code_cells(column)
