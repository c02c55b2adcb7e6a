"""The cells of a study's tables: dates as far as they are known, and why a cell cannot be read.

A date has one right reading or it is refused; nothing is guessed.
Source: docs/study-folder.md (dates), docs/semantics.md, section 3 (unknown dates).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from functools import lru_cache

from scheduler.days import FIRST_YEAR, LAST_YEAR, PartialDate, day_of, iso, parse_date
from scheduler.errors import shown
from scheduler.study.date_texts import no_such_day, readings_of, unknown_way_out

REPORTED = "\x00"  # stands in for a cell whose fault has been told; no file can hold it


class CellKind(IntEnum):
    """What a date cell says."""

    BLANK = 0
    DATE = 1
    UNKNOWN = 2
    ONGOING = 3
    NONE = 4
    BAD = 5


_MISSING_WORDS = frozenset({
    "na", "n/a", "#n/a", "n.a.", "n.a", "<na>", "nan", "nat", "null", "(null)", "#null!", "nil",
    "\\n", ".", "-", "--", "---", "?", "??", "???", "missing", "not available", "not known", "nk",
    "n/k", "unk", "-9", "-99", "-999", "-9999", "-88", "-77", "none", "unkn", "u/k",
    "nd", "n/d", "n.d.", "not applicable", "not done", "no data", "k.a.", "k. a.", "keine angabe",
    "(blank)", "blank", "(empty)", "empty", "tbd", "*", "**", "_", "/",
    "\u2013", "\u2014", "\u2212",
    "#name?", "#ref!", "#value!", "#div/0!", "#num!", "#nv", "#wert!", "#bezug!", "#zahl!",
    "\u4e0d\u660e", "\u672a\u77e5", "\u4e0d\u8be6", "\u4e0d\u8a73",
})  # fmt: skip
MISSING = "by which programs mark a missing value"
MISSING_WAY_OUT = "leave the cell blank if it is not known; if it is a value, write another word"


def is_missing_word(text: str) -> bool:
    """Whether a text is one by which R, pandas, SQL, SAS, Excel and data systems say "nothing"."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return plain in _MISSING_WORDS


WORDS = {"unknown": CellKind.UNKNOWN, "ongoing": CellKind.ONGOING, "none": CellKind.NONE}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a date column takes: partial dates or whole days, and which words.

    `some`: it takes partial dates in some rows alone, which binding tells apart.
    """

    partial: bool = False
    words: tuple[str, ...] = ()
    required: bool = False
    some: bool = False

    @property
    def partly(self) -> bool:
        """Whether any row may hold a partial date."""
        return self.partial and not self.some

    def __str__(self) -> str:
        """What a fault says was expected."""
        parts = ["2026-03", "2026"] if self.partly else []
        forms = ["2026-03-02", *parts, *self.words]
        listed = f"{', '.join(forms[:-1])} or {forms[-1]}" if len(forms) > 1 else forms[0]
        return f"a date such as {listed}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One date cell, read."""

    kind: CellKind
    date: PartialDate | None = None


class BadCell(Exception):
    """A cell without exactly one right reading; `way_out` says what to write instead."""

    def __init__(self, message: str, way_out: str = "", code: str = "S231") -> None:
        """`code` is the code of the fault that tells it."""
        self.message, self.way_out, self.code = message, way_out, code
        super().__init__(message)


def read_cell(text: str, wanted: Accepted, order: str = "") -> Cell:
    """What a date cell says; `order` (dmy, mdy, ymd) settles what has two readings.

    Raises: BadCell where the cell has no reading that the column takes, or more than one.
    """
    if text == REPORTED:
        return Cell(CellKind.BAD)
    if not text:
        if wanted.required:
            raise BadCell(f"found a blank, expected {wanted}", code="S230")
        return Cell(CellKind.BLANK)
    if (word := text.lower()) in WORDS:
        if word in wanted.words:
            return Cell(WORDS[word])
        raise BadCell(f"found {word}, expected {wanted}")
    found = _read_date(text, wanted, order)
    if not found.known and not wanted.partial:
        raise BadCell(f"found {shown(text)}, expected a whole day such as 2026-03-02")
    return Cell(CellKind.DATE, found)


@lru_cache(maxsize=32)
def date_reader(wanted: Accepted, order: str) -> Callable[[str], tuple[int, int, int, int]]:
    """Reads a date cell to its kind, first and last day, and minute; the same texts come again."""

    @lru_cache(maxsize=2**15)
    def numbers(text: str) -> tuple[int, int, int, int]:
        cell = read_cell(text, wanted, order)
        day = cell.date
        if day is None:
            return cell.kind, 0, 0, -1
        return cell.kind, day.first, day.last, -1 if day.minute is None else day.minute

    return numbers


def _read_date(text: str, wanted: Accepted, order: str) -> PartialDate:
    try:  # the common case, without a regular expression
        if (
            len(text) == 10
            and text[4] == text[7] == "-"
            and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR
        ):
            day = day_of(date.fromisoformat(text))
            return PartialDate(day, day)
    except ValueError:
        pass
    plain = _MIDNIGHT.sub("", text)
    if found := parse_date(plain):
        return found
    body, clock = _split_clock(plain)
    readings = sorted(set(readings_of(body, order)))
    if len(readings) > 1:
        both = " or ".join(_iso(*reading) for reading in readings)
        order_says = any(day for *_, day in readings)
        told = ", or tell the order of the file's dates (dates: in study.yaml)" * order_says
        said = f"found {shown(text)}, expected one reading: it may be {both}"
        raise BadCell(said, f"write {both}{told}", "S232")
    if readings and (found := parse_date(_iso(*readings[0]) + clock)):
        return found
    if order and list(readings_of(body, "")) and not unknown_way_out(body, order):
        said = f"the order {order} (dates: in study.yaml)"
        raise BadCell(f"found {shown(text)}, expected {said}", "write it as year-month-day")
    raise BadCell(f"found {shown(text)}, expected {wanted}", _way_out(text, body, order, wanted))


_MIDNIGHT = re.compile(r"(?<=[0-9])[ T]00:00:00(\.0+)?$")
_CLOCK = re.compile(r"(.*\d)[ T](\d{1,2}):(\d{2})(?::00(?:\.0+)?)?", re.ASCII)


def _split_clock(text: str) -> tuple[str, str]:
    if found := _CLOCK.fullmatch(text):
        return found[1], f" {int(found[2]):02d}:{found[3]}"
    return text, ""


_TWO_DIGIT = re.compile(r"\d{1,2}([-/. ])(\d{1,2}|[A-Za-z]{3})\1\d{2}", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)
_SECONDS = re.compile(r"[-\d/.]+[ T]\d{2}:\d{2}:\d{2}(\.\d+)?", re.ASCII)
_ZONED = re.compile(r".*\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})", re.ASCII)
_HALF_DAY = re.compile(r"(.*\d)[ T](0?[1-9]|1[0-2]):([0-5]\d) ?([APap])\.?[Mm]\.?", re.ASCII)
_MIDNIGHT_AT_END = re.compile(r".*\d[ T]24:00(:00)?", re.ASCII)
_NO_SUCH = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def _way_out(text: str, plain: str, order: str, wanted: Accepted) -> str:
    if advice := unknown_way_out(plain, order):
        return advice if wanted.partly or "unknown" in wanted.words else ""
    if found := _SERIAL.fullmatch(plain):
        return serial_way_out(int(found[1]))
    if _ZONED.fullmatch(text):
        return "write the site's own local time, without a zone: 2026-03-02 09:30"
    if _SECONDS.fullmatch(text):
        return "times are kept to the minute: write 2026-03-02 09:30"
    if _TWO_DIGIT.fullmatch(text):
        return "write the year with four digits, in the order year-month-day"
    if found := _NO_SUCH.fullmatch(text):
        if not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            return f"years from {FIRST_YEAR} to {LAST_YEAR} are read"
        return "there is no such day"
    latin = latin_digits(text)
    if latin != text:
        return f"write {latin}, in the digits 0 to 9"
    if found := _HALF_DAY.fullmatch(text):
        hour = int(found[2]) % 12 + 12 * (found[4].lower() == "p")
        return f"write the time as {hour:02d}:{found[3]}"
    if _MIDNIGHT_AT_END.fullmatch(text):
        return "write 00:00 of the next day"
    if no_such_day(plain, order):
        return "there is no such day"
    more = ", or as much of it as is known: 2026-03, 2026" if wanted.partly else ""
    return f"write year-month-day, such as 2026-03-02{more}"


def latin_digits(text: str) -> str:
    """A text with its digits of other scripts and widths as 0 to 9."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in plain)


def serial_way_out(serial: int) -> str:
    """What Excel would mean by a number, in both of its date systems."""
    usual, old_mac = (_of_serial(serial, start) for start in (date(1899, 12, 30), date(1904, 1, 1)))
    return (
        f"{serial} is how Excel stores {usual} (or {old_mac} in its 1904 date system): "
        "format the cell as a date yyyy-mm-dd, or write the date as text"
    )


def _of_serial(serial: int, start: date) -> str:
    return iso(day_of(start + timedelta(days=serial)))


def _iso(year: int, month: int, day: int) -> str:
    text = f"{year:04d}"
    return text + "".join(f"-{part:02d}" for part in (month, day) if part)
