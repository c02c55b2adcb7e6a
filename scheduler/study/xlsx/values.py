"""What a stored cell says, as text: what it shows, or the reason why that is not one reading.

Source: docs/study-folder.md (workbooks); ECMA-376, 18.17.4 (dates as numbers).
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from scheduler.errors import shown
from scheduler.study.cells import BadCell
from scheduler.study.tables import LAYOUTS
from scheduler.study.values import text_of
from scheduler.study.xlsx.book import XlsxBook
from scheduler.study.xlsx.formats import (
    AS_TYPED,
    ShownParts,
    shown_parts,
    shows_all_of,
    shows_text_as_it_is,
)
from scheduler.study.xlsx.sheet import StoredCell
from scheduler.study.xlsx.strings import unescaped
from scheduler.study.xlsx.styles import CellStyle

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_DAY = r"\d{4}-\d{2}-\d{2}"
_ISO = re.compile(rf"({_DAY})(?:T(\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?))?", re.ASCII)
_ISO_TIME = re.compile(r"T?(\d{2}:\d{2}(:\d{2}(\.\d+)?)?)", re.ASCII)
_ZONE = re.compile(r".*(Z|[+-]\d{2}:?\d{2})", re.ASCII)
_AS_DATE = "format the cell as yyyy-mm-dd (with hh:mm for a time), or write what is known as text"
_AS_TEXT = "format the cell as text and write what it shows"
_LARGEST = 10**15  # Excel keeps fifteen digits
_LAST_SERIAL = 2_958_466


class CellReader:
    """Reads the cells of a workbook; `part` is the part of the current sheet, for faults."""

    def __init__(self, book: XlsxBook, part: str, table: str) -> None:
        """`table` is the table that the sheet holds."""
        self._book, self._part, self._table = book, part, table
        self._kinds: dict[str, Callable[[StoredCell, CellStyle, str, str], str]] = {
            "n": self._number, "s": self._shared, "str": self._string, "inlineStr": self._string,
            "b": self._truth, "e": self._error, "d": self._iso,
        }  # fmt: skip

    def struck(self, cell: StoredCell) -> bool:
        """Whether a line goes through a cell, or through a part of its text."""
        styles = self._book.styles
        number = _index(cell.style)
        if number is not None and number < len(styles) and styles[number].struck:
            return True
        return cell.type == "s" and _index(cell.text or "") in self._book.strings.struck

    def head(self, cell: StoredCell, name: str) -> str:
        """The text of a cell in the row of the heads. Raises: BadCell."""
        return CellReader(self._book, self._part, "").text(cell, name, "")

    def text(self, cell: StoredCell, name: str, head: str) -> str:
        """The text of a cell, given its name (`C3`) and the head of its column.

        Raises: BadCell.
        """
        if cell.text is None:
            way_out = "open the workbook in Excel and save it, or write the value itself"
            raise BadCell("found a formula without a stored value", way_out, "S239")
        number = _index(cell.style)
        if number is None or number >= len(self._book.styles):
            raise self._damaged(name, f"style {shown(cell.style)}", "one of the workbook's styles")
        read = self._kinds.get(cell.type)
        if read is None:
            raise self._damaged(name, f"type {shown(cell.type)}", "a type that cells have")
        return read(cell, self._book.styles[number], name, head)

    def _damaged(self, name: str, found: str, expected: str) -> BadCell:
        where = f"in cell {name} of {self._part}"
        return BadCell(
            f"found the {found} {where}, expected {expected}",
            "the file is damaged: open it in Excel, let it be repaired, and save it", "S239",
        )  # fmt: skip

    def _shared(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        number, texts = _index(cell.text or ""), self._book.strings.texts
        if number is None or number >= len(texts):
            found = f"text number {shown(cell.text or '')}"
            raise self._damaged(name, found, "one of the workbook's texts")
        return self._plain(texts[number], style, name, head)

    def _string(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        text = cell.text or ""
        return self._plain(unescaped(text) if cell.type == "str" else text, style, name, head)

    def _plain(self, text: str, style: CellStyle, name: str, head: str) -> str:
        if text.strip() and not shows_text_as_it_is(_first(style)):
            found = f"found {shown(text)}, which the cell shows as {shown(style.name)}"
            raise BadCell(found, _AS_TEXT, "S238")
        return self._of(text, head)

    def _truth(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        return self._of((cell.text or "").strip() in ("1", "true"), head)

    def _error(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        raise BadCell(f"found the error {shown(cell.text or '')}, expected a value", code="S239")

    def _number(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        text = (cell.text or "").strip()
        value = float(text) if _NUMBER.fullmatch(text) else float("inf")
        if abs(value) >= 1e300:
            raise self._damaged(name, f"value {shown(text)}", "a number")
        formats = style.formats
        if any(shown_parts(code).dated for code in formats):
            return self._dated(_Stamp(self._moment(value), name, style), head)
        if value.is_integer() and abs(value) >= _LARGEST:
            found = f"found the number {value:.0f}, of which Excel keeps fifteen digits only"
            raise BadCell(found, "format the cell as text and write it again", "S238")
        code = formats[0] if formats else ""
        whole = value.is_integer()
        if code not in AS_TYPED if whole else not shows_all_of(code, value):
            number = str(int(value)) if whole else repr(value)
            found = f"found the number {number}, which the cell shows as {shown(style.name)}"
            raise BadCell(found, _AS_TEXT, "S238")
        return self._of(int(value) if whole else value, head)

    def _moment(self, serial: float) -> datetime:
        """The time that a number stands for. Raises: BadCell."""
        if 0 <= serial < 1 and not self._book.date1904:
            time = (datetime(1900, 1, 1) + timedelta(seconds=round(serial * 86_400))).time()
            raise _no_day(time.isoformat())
        if serial < 0 or serial >= _LAST_SERIAL:
            raise BadCell(f"found the number {serial:g}, expected a date", _AS_DATE, "S238")
        start = date(1899, 12, 30)
        if self._book.date1904:
            start = date(1904, 1, 1)
        elif serial < 60:
            start = date(1899, 12, 31)
        elif serial < 61:
            found = "found 1900-02-29, a day that Excel knows and no calendar has (serial 60)"
            raise BadCell(found, "write the day that is meant", "S231")
        day, rest = divmod(round(serial * 86_400_000), 86_400_000)
        seconds = rest / 1000
        if abs(seconds - round(seconds)) < 0.02:  # fractions of a day are not exact
            seconds = round(seconds)
        return datetime.combine(start, datetime.min.time()) + timedelta(day, seconds)

    def _iso(self, cell: StoredCell, style: CellStyle, name: str, head: str) -> str:
        text = (cell.text or "").strip()
        if found := _ISO_TIME.fullmatch(text):
            raise _no_day(found[1])
        if _ZONE.fullmatch(text) and not re.fullmatch(_DAY, text, re.ASCII):
            message = f"found the time {shown(text)} with a time zone, expected local time"
            raise BadCell(message, "give the site's own local time, without a zone", "S238")
        try:
            if not _ISO.fullmatch(text):
                raise ValueError
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self._damaged(name, f"date {shown(text)}", "a date such as 2026-03-02") from None
        if not any(shown_parts(code).dated for code in style.formats):
            return self._of(moment, head)
        return self._dated(_Stamp(moment, name, style), head)

    def _dated(self, stamp: "_Stamp", head: str) -> str:
        full = self._of(stamp.moment.date(), head)  # refused where no date belongs
        texts = {code: stamp.text(code) for code in stamp.style.formats}
        if len(set(texts.values())) == 1:
            text = next(iter(texts.values()))
        else:
            raise stamp.refused(f"shows {' or '.join(_said(texts))} by the language of Excel")
        if text == full or len(text) > len(full):
            return self._of(stamp.moment, head)
        wanted = LAYOUTS[self._table].dates.get(head) if self._table in LAYOUTS else None
        if wanted is not None and not wanted.partly:
            raise stamp.refused(f"shows {text} alone")
        return text

    def _of(self, value: object, head: str) -> str:
        if self._table in LAYOUTS:
            return text_of(value, self._table, head)
        return value.date().isoformat() if isinstance(value, datetime) else str(value).strip()


class _Stamp:
    """A stored time, and how much of it a format shows."""

    def __init__(self, moment: datetime, name: str, style: CellStyle) -> None:
        self.moment, self.name, self.style = moment, name, style

    def text(self, code: str) -> str:
        """What is shown, as an ISO text. Raises: BadCell where that is no date of its own."""
        parts, moment = shown_parts(code), self.moment
        if parts.conditional or not _is_date(parts):
            raise self.refused("does not show it as a date with its year")
        if parts.other and not parts.day:
            raise self.refused("shows another calendar")
        if not parts.day:
            return f"{moment:%Y-%m}" if parts.month else f"{moment:%Y}"
        if _hides_time(moment, parts):
            raise self.refused("hides its time")
        return f"{moment:%Y-%m-%d}" if not parts.timed else f"{moment:%Y-%m-%d %H:%M}"

    def refused(self, why: str) -> BadCell:
        """The fault of a cell that shows less than it stores."""
        moment = self.moment
        stored = f"{moment:%Y-%m-%d}"
        if moment.time() != moment.min.time():
            stored += f" {moment.time().isoformat('minutes')}"
        found = f"cell {self.name} stores {stored} and {why} (format {shown(self.style.name)})"
        return BadCell(found, _AS_DATE, "S238")


def _is_date(parts: ShownParts) -> bool:
    """Whether a format shows a year, a month of a year, or a day of a month of a year."""
    if not parts.year or parts.elapsed:
        return False
    return parts.month if parts.day else not parts.timed


def _hides_time(moment: datetime, parts: ShownParts) -> bool:
    clock = moment.time()
    if clock == clock.min:
        return False
    return not parts.hour or (clock.minute > 0 and not parts.minute)


def _said(texts: dict[str, str]) -> list[str]:
    return sorted(set(texts.values()))


def _no_day(time: str) -> BadCell:
    found = f"found the time {time} without a day, expected a date or text"
    return BadCell(found, "write the time after its day, in one cell: 2026-03-02 09:30", "S238")


def _first(style: CellStyle) -> str:
    return style.formats[0] if style.formats else "General"


def _index(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
