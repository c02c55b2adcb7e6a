"""The fields of a registry record: dates, ages, and values by their path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from scheduler.sources.findings import quoted

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$")
_WORDED = re.compile(r"([A-Za-z]+) (?:(\d{1,2}), ?)?(\d{4})$")
_FIELD_AGE = re.compile(r"(\d{1,4}) (years?|months?|weeks?|days?|hours?|minutes?)$", re.IGNORECASE)


@dataclass(frozen=True)
class RecordDate:
    """A date of the record as written, and the first and last day that it can mean."""

    written: str
    first: date
    last: date

    @property
    def exact(self) -> bool:
        """Is it one day?"""
        return self.first == self.last


def field_age(value: str) -> tuple[int, str] | None:
    """An age field as a number and a unit ("18 Years"); None for "N/A" and what cannot be read."""
    match = _FIELD_AGE.fullmatch(value.strip())
    return (int(match[1]), match[2].lower().rstrip("s") + "s") if match else None


def record_day(value: object) -> RecordDate | None:
    """A date of the record: 2026-01-30, 2006-11, August 10, 2020 or July 2021; None for anything
    else."""
    if not isinstance(value, str):
        return None
    iso, worded = _ISO.fullmatch(value.strip()), _WORDED.fullmatch(value.strip())
    if iso:
        year, month, day = int(iso[1]), int(iso[2]), iso[3]
    elif worded and worded[1].lower() in _MONTHS:
        year, month, day = int(worded[3]), _MONTHS.index(worded[1].lower()) + 1, worded[2]
    else:
        return None
    try:
        if day is not None:
            exact = date(year, month, int(day))
            return RecordDate(value.strip(), exact, exact)
        after = date(year + month // 12, month % 12 + 1, 1)
        return RecordDate(
            value.strip(), date(year, month, 1), date.fromordinal(after.toordinal() - 1)
        )
    except (ValueError, OverflowError):
        return None


class PathReader:
    """Looks values up by path (names with dots) and remembers those of a wrong type."""

    def __init__(self, section: Mapping[str, object]) -> None:
        self.section = section
        self.unreadable: list[str] = []

    def text(self, *names: str) -> str:
        """The first text that stands under one of these paths."""
        for name in names:
            value = self._value(name)
            if isinstance(value, str):
                return value
            if value is not None:
                self.unreadable.append(f"{name}: found {quoted(value)}, expected text")
        return ""

    def day(self, *names: str) -> RecordDate | None:
        """The date under one of these paths."""
        written = self.text(*names)
        found = record_day(written)
        if written and found is None:
            self.unreadable.append(f"{names[0]}: found {quoted(written)}, expected a date")
        return found

    def number(self, *names: str) -> int | None:
        """The whole number under one of these paths."""
        for name in names:
            value = self._value(name)
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**7:
                return value
            if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,6}", value):
                return int(value)
            if value not in (None, 0, "0"):
                self.unreadable.append(f"{name}: found {quoted(value)}, expected a whole number")
        return None

    def texts(self, paths: tuple[str, ...], *keys: str) -> tuple[str, ...]:
        """The texts under these keys of every object of these lists."""
        found = []
        for path in paths:
            value = self._value(path)
            if value is not None and not isinstance(value, list):
                self.unreadable.append(f"{path}: found {quoted(value)}, expected a list")
            for entry in value if isinstance(value, list) else ():
                inner = PathReader(entry if isinstance(entry, Mapping) else {path: entry})
                found += [inner.text(key) for key in (keys if isinstance(entry, Mapping) else ())]
                if not isinstance(entry, Mapping):
                    self.unreadable.append(f"{path}: found {quoted(entry)}, expected objects")
                self.unreadable += [f"{path}.{told}" for told in inner.unreadable]
        return tuple(filter(None, found))

    def _value(self, path: str) -> object:
        place: object = self.section
        for name in path.split("."):
            if place is not None and not isinstance(place, Mapping):
                self.unreadable.append(
                    f"{path}: found {quoted(place)}, expected an object above {name}"
                )
                return None
            place = place.get(name) if isinstance(place, Mapping) else None
        return place
