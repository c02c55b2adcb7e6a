"""What a written date may mean: every reading of its figures, month names and unknown parts.

Source: docs/study-folder.md (dates).
"""

import re
from collections.abc import Iterator
from datetime import date

from scheduler.days import FIRST_YEAR, LAST_YEAR

Parts = tuple[int, int, int]  # year, month (0: not told), day (0: not told)

_UNKNOWN = r"0{1,2}|UNK?|NK|XXX?|UUU?|\?{1,3}|-"  # as data systems write what nobody knows
_DAY = rf"\d{{1,2}}|{_UNKNOWN}"
_NAME = r"[A-Za-z]{3,9}"
_YEAR = r"\d{4}|UNKN?|XXXX|\?{4}"
_FLAGS = re.ASCII | re.IGNORECASE
_YEAR_FIRST = re.compile(rf"({_YEAR})([-/.])({_DAY})(?:\2({_DAY}))?", _FLAGS)
_LOST_NOUGHT = re.compile(r"(\d{4})\.1", re.ASCII)  # what a spreadsheet makes of 2026.10, too
_YEAR_LAST = re.compile(rf"({_DAY})([-/.])({_DAY})\2({_YEAR})", _FLAGS)
_MONTH_YEAR = re.compile(rf"({_DAY})[-/.]({_YEAR})", _FLAGS)
_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4})年(?:(\d{1,2})月(?:(\d{1,2})日)?)?", re.ASCII)
_NAMED = re.compile(rf"(?:({_DAY})[ -]?)?({_NAME})[ -]?({_YEAR})", _FLAGS)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NOTHING_KNOWN = re.compile(r"UNK?|NK|N/?K|N/?A|UNKN|XX+|\?+|-+|--+[\d-]+|null|\.", _FLAGS)


# how spreadsheets show the number 0 in a cell for days: no day, and nobody wrote it
_ZERO = re.compile(
    r"1900[-/.]0?1[-/.]00?|00?[-/.]0?1[-/.]1900|0?1[-/.]00?[-/.]1900|0?0[- ]jan[- ]1900", _FLAGS
)
_A_ZERO = "leave the cell blank, or write unknown: a spreadsheet shows an empty day like this"
Candidate = tuple[int | None, int | None, int | None]  # None: unknown


def readings_of(text: str, order: str = "") -> Iterator[Parts]:
    """Every day, month or year that a text may mean, impossible ones left out.

    `order` (dmy, mdy, ymd) is how the file writes dates whose parts are all figures. A text that
    may be a day of an unknown month has no reading, whatever else it may be.
    """
    candidates = list(_candidates(text, order))
    if _ZERO.fullmatch(text) or any(_monthless(found) for found in candidates):
        return
    for year, month, day in candidates:
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            continue
        if _exists(year, 1 if month is None else month, 1 if day is None else day):
            yield year, month or 0, day or 0


def _monthless(parts: Candidate) -> bool:
    year, month, day = parts
    return month is None and day is not None and _exists(year or 2000, 1, day)


def unknown_way_out(text: str, order: str = "") -> str:
    """What to write in place of a text whose unknown parts leave no date, or ""."""
    if _ZERO.fullmatch(text):
        return _A_ZERO
    if _NOTHING_KNOWN.fullmatch(text):
        return "write unknown"
    candidates = list(_candidates(text, order))
    if any(year is None for year, _, _ in candidates):
        return "write unknown"
    for year, month, _ in candidates if any(map(_monthless, candidates)) else ():
        if month is not None and 1 <= month <= 12:
            figure = f"{month:02d}"
            return f"write {year}-{figure} if {figure} is the month, {year} if it is the day"
    if any(map(_monthless, candidates)):
        return f"write {candidates[0][0]}: a day without its month says nothing more"
    return ""


def no_such_day(text: str, order: str = "") -> bool:
    """Whether a text is written as dates are, and no calendar has its day."""
    found = [parts for parts in _candidates(text, order) if parts[0] is not None]
    return bool(found) and not any(_may_be(parts) for parts in found)


def _candidates(text: str, order: str) -> Iterator[Candidate]:
    if found := _LOST_NOUGHT.fullmatch(text):
        yield from ((int(found[1]), month, None) for month in (1, 10))
    elif found := _YEAR_FIRST.fullmatch(text):
        yield _year(found[1]), _part(found[3]), _part(found[4])
    elif found := _YEAR_LAST.fullmatch(text):
        yield from _year_last(found, order)
    elif found := _MONTH_YEAR.fullmatch(text):
        yield _year(found[2]), _part(found[1]), None
    elif found := _BASIC.fullmatch(text) or _CHINESE.fullmatch(text):
        yield int(found[1]), _part(found[2]), _part(found[3])
    elif found := _NAMED.fullmatch(text):
        day, name, year = found.groups()
        if re.fullmatch(_UNKNOWN, name, _FLAGS):
            yield _year(year), None, _part(day)
        elif month := _month(name.lower()):
            yield _year(year), month, _part(day)


def _year_last(found: re.Match[str], order: str) -> Iterator[Candidate]:
    """Day and month in the order of the file; where none is told, dots put the day first."""
    first, mark, second, year = found.groups()
    if not (first + second).isdigit():
        order = ""  # it is told of figures alone: in 10-UNK-2026 the 10 is no month
    day_first = _year(year), _part(second), _part(first)
    month_first = _year(year), _part(first), _part(second)
    if order == "dmy" or (not order and mark == "." and _may_be(day_first)):
        yield day_first
    elif order == "mdy":
        yield month_first
    elif not order:
        yield day_first
        yield month_first


def _may_be(parts: Candidate) -> bool:
    year, month, day = parts
    return _exists(year or 2000, 1 if month is None else month, 1 if day is None else day)


def _month(name: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if name in (month, month[:3]) or (name == "sept" and number == 9):
            return number
    return 0


def _part(text: str | None) -> int | None:
    """A day or month in figures; None where it is unknown or not told."""
    if text is None or not text.isdigit() or not int(text):
        return None
    return int(text)


def _year(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
