"""The description of a study's sites: sites.yaml, a sheet, or a mapping, turned into Sites.

Nothing is repaired: an unknown key, weekday, country or time zone is a fault.
Source: docs/study-folder.md (sites).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from scheduler.days import parse_date
from scheduler.days.clocks import is_zone
from scheduler.errors import FaultList, hidden_character, shown, suggestion
from scheduler.study.cells import REPORTED
from scheduler.study.sites import WEEKDAYS, Site, Spans, is_country, known_countries
from scheduler.study.tables import normal_name
from scheduler.yaml_text.faults import yaml_faults
from scheduler.yaml_text.tree import Entries, ListNode, RawText, Tree, compose

if TYPE_CHECKING:
    from scheduler.study.workbooks import Workbook

KEYS = ("timezone", "weekend", "holidays", "closed", "open", "versions")
_LISTS = ("weekend", "closed", "open", "versions")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {day: number for days in (WEEKDAYS, _LONG) for number, day in enumerate(days)}


@dataclass(frozen=True, slots=True)
class SiteKey:
    """One key of one site as written: its values as text, and its row."""

    values: tuple[str, ...]
    row: int | None


Written = dict[str, dict[str, SiteKey]]


def read_sites_yaml(place: str, content: bytes, faults: FaultList) -> dict[str, Site] | None:
    """The sites that a YAML file describes, or None where it holds none or cannot be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        found = f"found the byte 0x{content[error.start]:02X}, expected UTF-8 text"
        faults.add("S202", place, row, "", found, "save the file as UTF-8")
        return None
    syntax = yaml_faults(place)
    tree = compose(text, syntax)
    for fault in syntax.all:
        line = fault.place.rpartition(":")[2]
        row_number = int(line) if line.isdigit() else None
        faults.add("S209", place, row_number, fault.path, fault.message, fault.way_out)
    if tree is None or not syntax.clean:
        return None
    return build_sites(_written(tree, place, faults), place, faults) or None


def _written(tree: Tree, place: str, faults: FaultList) -> Written:
    written: Written = {}
    if isinstance(tree, RawText) and not tree.value:
        return written
    if not isinstance(tree, Entries):
        faults.add("S209", place, tree.line, "", "expected one entry a site, such as wuhan:")
        return written
    for name, described in tree.entries:
        site = _site_name(name, written, place, faults)
        if site is None:
            continue
        entries = written[site] = {}
        if isinstance(described, RawText) and not described.value:
            continue
        if not isinstance(described, Entries):
            faults.add("S209", place, described.line, site, f"expected keys: {', '.join(KEYS)}")
            continue
        for key, value in described.entries:
            if not isinstance(key, RawText):
                faults.add("S209", place, key.line, site, f"expected keys: {', '.join(KEYS)}")
            elif key.value in entries:
                text = f"found {shown(key.value)} twice, expected it once"
                faults.add("S210", place, key.line, f"{site}.{key.value}", text)
            elif (values := _pairs(value) if key.value == "versions" else _texts(value)) is None:
                text = "expected a value or a list of values"
                if key.value == "versions":
                    text = 'expected versions with their dates, such as {"1.0": 2026-01-30}'
                faults.add("S210", place, value.line, f"{site}.{key.value}", text)
            else:
                entries[key.value] = SiteKey(values, key.line)
    return written


def _site_name(name: Tree, written: Written, place: str, faults: FaultList) -> str | None:
    if not isinstance(name, RawText) or not name.value.strip():
        faults.add("S209", place, name.line, "", "expected the name of a site")
        return None
    if name.value in written:
        found = f"found the site {shown(name.value)} twice, expected it once"
        faults.add("S210", place, name.line, name.value, found)
        return None
    return name.value


def _texts(value: Tree) -> tuple[str, ...] | None:
    if isinstance(value, RawText):
        return (value.value,) if value.value else ()
    if isinstance(value, ListNode) and all(isinstance(item, RawText) for item in value.items):
        return tuple(item.value for item in value.items if isinstance(item, RawText))
    return None


def _pairs(value: Tree) -> tuple[str, ...] | None:
    """Versions with their dates, each as `version: date`."""
    if isinstance(value, RawText) and not value.value:
        return ()
    if not isinstance(value, Entries):
        return None
    pairs = [
        f"{name.value}: {day.value}"
        if isinstance(name, RawText) and isinstance(day, RawText)
        else ""
        for name, day in value.entries
    ]
    return tuple(pairs) if all(pairs) else None


def sites_of_sheet(sheet: str, book: "Workbook", faults: FaultList) -> dict[str, Site] | None:
    """The sites in a sheet with the columns site, timezone, weekend, holidays, closed and open."""
    from scheduler.study.workbooks import sheet_texts

    place = f"{book.place}[{sheet}]"
    heads, columns, rows = sheet_texts("sites", sheet, book, faults)
    plain = [normal_name(head) for head in heads]
    if "site" not in plain:
        expected = f"expected site, {', '.join(KEYS)}"
        faults.add("S220", place, 1, "site", f"found no column site, {expected}")
        return None
    written: Written = {}
    for number, row in enumerate(rows):
        cells = {head: str(cells[number]) for head, cells in zip(plain, columns, strict=True)}
        name = cells.pop("site")
        if name in written:
            text = f"found the site {shown(name)} twice, expected it once"
            faults.add("S210", place, int(row), name, text)
        elif name and name != REPORTED:
            written[name] = {
                key: SiteKey(_split(key, text), int(row))
                for key, text in cells.items()
                if text not in ("", REPORTED) and key
            }
        elif any(cells.values()):
            faults.add("S230", place, int(row), "site", "found a blank, expected a value")
    return build_sites(written, place, faults) or None


def _split(key: str, text: str) -> tuple[str, ...]:
    if key == "versions":  # `1.0: 2026-01-30, 2.0: 2026-09-01`
        return tuple(part.strip() for part in re.split(r"[,;]", text.strip(" ,;")))
    return tuple(re.split(r"[,;\s]+", text.strip(" ,;"))) if key in _LISTS else (text,)


def sites_of_mapping(given: Mapping[str, object], place: str, faults: FaultList) -> dict[str, Site]:
    """The sites that a mapping describes, with the keys of sites.yaml or as Site objects."""
    ready = {name: site for name, site in given.items() if isinstance(site, Site)}
    written: Written = {}
    for name, described in given.items():
        if isinstance(described, Site):
            continue
        entries = written[str(name)] = {}
        if not isinstance(described, Mapping):
            faults.add("S209", place, None, str(name), f"expected a mapping with {', '.join(KEYS)}")
            continue
        for key, value in described.items():
            listed = value if isinstance(value, list | tuple | set | frozenset) else [value]
            if key == "versions" and isinstance(value, Mapping):
                listed = [f"{label}: {_plain(day)}" for label, day in value.items()]
            texts = [_plain(item) for item in listed if item is not None]
            if any(text is None for text in texts):
                found = f"found {shown(repr(value))}, expected text or dates"
                faults.add("S210", place, None, f"{name}.{key}", found)
            else:
                entries[str(key)] = SiteKey(tuple(text for text in texts if text is not None), None)
    return {**build_sites(written, place, faults), **ready}


def _plain(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return None


def build_sites(written: Written, place: str, faults: FaultList) -> dict[str, Site]:
    """The sites that texts describe; a time zone that is left out stays empty."""
    sites = {}
    for name, entries in written.items():
        for key, entry in entries.items():
            if key not in KEYS:
                text = f"found the key {shown(key)}, expected {', '.join(KEYS)}"
                faults.add("S210", place, entry.row, f"{name}.{key}", text + suggestion(key, KEYS))
            elif key not in _LISTS and len(entry.values) > 1:
                text = f"found {len(entry.values)} values, expected one"
                faults.add("S210", place, entry.row, f"{name}.{key}", text)
        reader = _SitesReader(name, entries, place, faults)
        if bad := hidden_character(name):
            faults.add("S203", place, None, name, f"found the character {bad} in a site's name")
        sites[name] = Site(
            name, reader.timezone(), reader.weekend(), reader.holidays(), reader.spans("closed"),
            reader.spans("open"), reader.versions(),
        )  # fmt: skip
    return sites


@dataclass(frozen=True, slots=True)
class _SitesReader:
    name: str
    entries: Mapping[str, SiteKey]
    place: str
    faults: FaultList

    def _refuse(self, key: str, code: str, message: str, way_out: str = "") -> None:
        row = self.entries[key].row
        self.faults.add(code, self.place, row, f"{self.name}.{key}", message, way_out)

    def _one(self, key: str) -> str:
        entry = self.entries.get(key)
        return entry.values[0].strip() if entry and len(entry.values) == 1 else ""

    def timezone(self) -> str:
        text = self._one("timezone")
        if text and not is_zone(text):
            expected = "expected a time zone such as Asia/Shanghai"
            self._refuse("timezone", "S210", f"found {shown(text)}, {expected}")
            return ""
        return text

    def weekend(self) -> frozenset[int]:
        days = set()
        for text in self.entries["weekend"].values if "weekend" in self.entries else ():
            if text.strip().lower() in _DAYS:
                days.add(_DAYS[text.strip().lower()])
            else:
                expected = f"expected {', '.join(WEEKDAYS[:-1])} or {WEEKDAYS[-1]}"
                self._refuse("weekend", "S210", f"found {shown(text)}, {expected}")
        return frozenset(days)

    def holidays(self) -> str:
        text = self._one("holidays")
        if text and not is_country(text):
            country = text.partition("-")[0]
            tail = suggestion(country.upper(), known_countries())
            if is_country(country):
                tail = f"; {country} is known, {shown(text)} is not"
            self._refuse(
                "holidays", "S210",
                f"found {shown(text)}, expected a country such as CN or US-NY{tail}",
                "leave the key out for a site without public holidays",
            )  # fmt: skip
            return ""
        return text

    def spans(self, key: str) -> Spans:
        spans = []
        for text in self.entries[key].values if key in self.entries else ():
            first, last = _span(text)
            if first is None or last is None:
                expected = "expected a day such as 2026-02-16 or 2026-02-16..2026-02-22"
                self._refuse(key, "S210", f"found {shown(text)}, {expected}")
            elif last < first:
                self._refuse(key, "S210", f"found {shown(text)}, which ends before it starts")
            else:
                spans.append((first, last))
        return tuple(sorted(spans))

    def versions(self) -> tuple[tuple[str, int], ...]:
        found: dict[str, int] = {}
        for text in self.entries["versions"].values if "versions" in self.entries else ():
            label, _, written = text.rpartition(":")
            day = _day(written)
            if not label.strip() or day is None:
                expected = "expected a version with its date, such as 1.0: 2026-01-30"
                self._refuse("versions", "S210", f"found {shown(text)}, {expected}")
            elif label.strip() in found or day in found.values():
                text = f"found {shown(text)}, expected each version and each date once"
                self._refuse("versions", "S210", text)
            else:
                found[label.strip()] = day
        return tuple(sorted(found.items(), key=lambda pair: pair[1]))


def _span(text: str) -> tuple[int | None, int | None]:
    begin, dots, end = text.partition("..")
    return _day(begin), _day(end if dots else begin)


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@lru_cache(maxsize=2**14)
def _day(text: str) -> int | None:
    found = parse_date(text) if _ISO_DAY.fullmatch(text.strip()) else None
    return found.first if found else None
