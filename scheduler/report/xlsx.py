"""Workbooks as bytes: the part of SpreadsheetML that tables need, written column by column.

A text is always written as a text, so nothing in it can become a formula; characters that XML
does not know are shown as escapes. Equal tables give equal bytes.
Source: ECMA-376 part 1, chapter 18 (SpreadsheetML); chapter 22.4.2.4 (`_xHHHH_` escapes).
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from scheduler.report import xlsx_parts as parts
from scheduler.report.cells import FORMULA_SIGNS, distinct_words
from scheduler.report.xlsx_parts import Style, letters, style_number
from scheduler.tables.frames import Column, Dated, Decimals, Frame, WholeNumbers, YesNo

MAX_ROWS = 1_048_576  # of a sheet, heads included
MAX_TEXT = 32_767  # characters of a cell
_CUT = " ... (cut; the whole text is in the CSV file)"
_CHUNK = 20_000
_LINE, _HIGHEST = 13, 409  # points
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x84\x86-\x9f]")
_NARROW, _WIDE, _SAMPLE = 8, 64, 2000
_FIRST_ROWS = np.arange(_SAMPLE)
_EPOCH = np.datetime64("1899-12-30", "m")
_FIRST, _LAST = np.datetime64("1900-03-01", "m"), np.datetime64("9999-12-31", "m")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its name, its frame, the tone of values by column, and where all rows are.

    `most` are widths at which the texts of a column are folded; of the columns the first `printed`
    go on paper (0: all).
    """

    name: str
    frame: Frame
    tones: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    elsewhere: str = ""
    most: Mapping[str, int] = field(default_factory=dict)
    printed: int = 0

    def widest(self, column: str) -> int:
        """The width in characters at which texts of a column are folded."""
        return self.most.get(column, _WIDE)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook: its sheets, its day, and a line that every printed page carries."""

    sheets: Sequence[Sheet]
    day: date
    title: str
    footer: str


class _Texts:
    """The texts of the whole book, each once."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.uses = 0

    def place(self, text: str) -> int:
        return self.places.setdefault(visible(text), len(self.places))


def book_bytes(book: Book, max_rows: int = MAX_ROWS) -> bytes:
    """Which bytes does a workbook have?

    A table with more rows than a sheet can hold is cut, and its last row says so.
    """
    stream, shared = io.BytesIO(), _Texts()
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:

        def part(name: str) -> IO[bytes]:
            return archive.open(_entry(name), "w", force_zip64=True)

        printed = [_printed(sheet, max_rows) for sheet in book.sheets]
        outlines = _outlines(book, max_rows)
        for name, content in parts.fixed(book.day, book.title, outlines, printed).items():
            archive.writestr(_entry(name), content)
        for number, sheet in enumerate(book.sheets, 1):
            with archive.open(
                _entry(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True
            ) as out:
                _write_sheet(out, sheet, shared, book.footer, max_rows, number == 1)
        with part("xl/sharedStrings.xml") as out:
            out.write(f"{parts.HEAD}<sst {parts.MAIN}>".encode())
            texts = (f'<si><t xml:space="preserve">{_xml(text)}</t></si>' for text in shared.places)
            out.write("".join(texts).encode())
            out.write(b"</sst>")
    return stream.getvalue()


def visible(text: str) -> str:
    """A text as a cell can hold it: unknown characters as `\\x01`, cut where it is too long."""
    shown = _NOT_XML.sub(lambda found: _code(found[0]), text)
    return shown if len(shown) <= MAX_TEXT else shown[: MAX_TEXT - len(_CUT)] + _CUT


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _xml(text: str) -> str:
    return parts.escape(_ESCAPE.sub("_x005F_", text)).replace("\r", "_x000D_")


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
    return entry


def _shown_rows(sheet: Sheet, max_rows: int) -> int:
    """How many rows of a table stand on its sheet, under the heads and above a note."""
    count = len(sheet.frame)
    return count if count < max_rows else max_rows - 2


def _outlines(book: Book, max_rows: int) -> list[tuple[str, str]]:
    return [(sheet.name, _area(sheet, max_rows)) for sheet in book.sheets]


def _printed(sheet: Sheet, max_rows: int) -> str:
    """The area that goes on paper; empty: all of it."""
    return _area(sheet, max_rows, sheet.printed) if sheet.printed else ""


def _area(sheet: Sheet, max_rows: int, columns: int = 0) -> str:
    last = letters(columns or max(1, len(sheet.frame.heads)))
    return f"$A$1:${last}${_shown_rows(sheet, max_rows) + 1}"


def _write_sheet(
    out: IO[bytes], sheet: Sheet, shared: _Texts, footer: str, max_rows: int, first: bool
) -> None:
    frame = sheet.frame
    count, names = _shown_rows(sheet, max_rows), frame.heads
    widths = [_width(name, frame[name], sheet.widest(name)) for name in names]
    out.write(parts.sheet_head(widths, first, len(names) > 1).encode())
    heads = ["counts" if _counts(frame[name]) else "head" for name in names]
    head = [
        _text_cell(shared, name, style_number(style))
        for name, style in zip(names, heads, strict=True)
    ]
    out.write(_row(1, head, [letters(i + 1) for i in range(len(names))]).encode())
    for begin in range(0, count, _CHUNK):
        block = frame.take(np.arange(begin, min(begin + _CHUNK, count)))
        out.write("".join(_rows(block, begin + 2, sheet, widths, shared)).encode())
    if count < len(frame):
        note = (
            f"This sheet holds the first {count:,} of {len(frame):,} rows; a sheet has no room for "
            f"more. All of them are in {sheet.elsewhere or 'the CSV file'}."
        )
        out.write(_row(count + 2, [_text_cell(shared, note, style_number("note"))], ["A"]).encode())
    area = _area(sheet, max_rows).replace("$", "")
    out.write(parts.sheet_tail(area, visible(footer)).encode())


def _rows(
    block: Frame, first: int, sheet: Sheet, widths: Sequence[float], shared: _Texts
) -> Iterator[str]:
    names = block.heads
    columns = [
        _cells(block[name], width >= sheet.widest(name), sheet.tones.get(name, {}), shared)
        for name, width in zip(names, widths, strict=True)
    ]
    places = [letters(i + 1) for i in range(len(names))]
    wide = {
        name: block[name]
        for name, width in zip(names, widths, strict=True)
        if width >= sheet.widest(name)
    }
    lines = _lines(sheet, wide, len(block))
    for number, cells in enumerate(zip(*columns, strict=True), first):
        yield _row(number, cells, places, lines[number - first])


def _row(number: int, cells: Sequence[str], places: Sequence[str], lines: int = 1) -> str:
    filled = [
        f'<c r="{place}{number}"{cell}' for place, cell in zip(places, cells, strict=True) if cell
    ]
    height = min(_HIGHEST, lines * _LINE + 2)
    return f'<row r="{number}" ht="{height}" customHeight="1">{"".join(filled)}</row>'


def _lines(sheet: Sheet, columns: Mapping[str, Column], count: int) -> list[int]:
    """How many lines each row needs, given its wrapped columns; no program is left to guess it."""
    needed = np.ones(count, np.int64)
    for name, column in columns.items():
        values, codes = distinct_words(column)
        found = [*(_folded(value, sheet.widest(name)) for value in values), 1]
        needed = np.maximum(needed, np.array(found)[codes])
    return [int(lines) for lines in needed.tolist()]


def _folded(text: str, width: int) -> int:
    """The lines of a text in a wrapped cell, with some room for words that do not break."""
    return sum(1 + parts.columns_of(line) // (width - 4) for line in text.splitlines() or [""])


def _counts(column: Column) -> bool:
    return isinstance(column, WholeNumbers | Decimals)


def _cells(column: Column, folded: bool, tones: Mapping[str, str], shared: _Texts) -> list[str]:
    """The cells of a column without their places; empty for a blank."""
    if isinstance(column, Dated):
        return [
            _text_cell(shared, cell, 0) if isinstance(cell, str) else _date_cell(cell)
            for cell in _serials(column)
        ]
    if isinstance(column, YesNo):
        return [_text_cell(shared, text, 0) for text in column.texts()]
    if _counts(column):
        return [text and f' s="{_NUMBER}"><v>{text}</v></c>' for text in column.texts()]
    values, codes = distinct_words(column)
    found = [_styled(value, folded, tones, shared) for value in values] + [""]
    return [found[code] for code in codes.tolist()]


def _styled(text: str, folded: bool, tones: Mapping[str, str], shared: _Texts) -> str:
    if not text:
        return ""
    style = Style(tones.get(text, ""), folded, text.startswith(FORMULA_SIGNS))
    return _text_cell(shared, text, style_number(style))


def _text_cell(shared: _Texts, text: str, style: int) -> str:
    return f' s="{style}" t="s"><v>{shared.place(text)}</v></c>'


_NUMBER, _DATE, _MOMENT = (style_number(name) for name in ("number", "date", "moment"))


def _date_cell(serial: float | None) -> str:
    if serial is None:
        return ""
    if serial == int(serial):
        return f' s="{_DATE}"><v>{int(serial)}</v></c>'
    return f' s="{_MOMENT}"><v>{serial!r}</v></c>'


def _serials(column: Dated) -> list[float | str | None]:
    """Days since 1899-12-30; as text before March 1900, where programs count differently."""
    values = _minutes(column)
    blank = np.isnat(values)
    known = np.where(blank, _FIRST, values)
    serials = ((known - _EPOCH).astype(np.int64) / 1440).tolist()
    out = (known < _FIRST) | (known >= _LAST + np.timedelta64(1, "D"))
    found: list[float | str | None] = list(serials)
    for place in np.flatnonzero(blank | out).tolist():
        text = str(known[place])
        found[place] = None if blank[place] else text.removesuffix("T00:00").replace("T", " ")
    return found


def _minutes(column: Dated) -> NDArray[np.datetime64]:
    return column.seconds.astype("datetime64[m]")


def _width(name: str, column: Column, most: int) -> float:
    """A width in characters that fits the head (with its filter button) and the values."""
    if isinstance(column, Dated):
        values = _minutes(column)
        timed = bool((~np.isnat(values) & (values != values.astype("datetime64[D]"))).any())
        return max(17 if timed else 12, len(name) + 4)
    words = distinct_words(column if len(column) <= _SAMPLE else column.take(_FIRST_ROWS))[0]
    longest = max(map(parts.columns_of, words), default=0)
    return float(min(most, max(_NARROW, longest + 2, len(name) + 4)))
