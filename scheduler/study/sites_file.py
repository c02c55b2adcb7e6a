"""The description of a study's sites: sites.yaml, a sheet, or a mapping, turned into Sites.

Each is turned into texts by site and key, which `site_keys` reads.
Source: docs/study-folder.md (sites).
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.errors import FaultList, shown
from scheduler.study.cells import REPORTED
from scheduler.study.site_keys import KEYS, SiteKey, Written, build_sites
from scheduler.study.sites import Site
from scheduler.study.tables import normal_name
from scheduler.yaml_text.faults import yaml_faults
from scheduler.yaml_text.tree import Entries, ListNode, RawText, Tree, compose

if TYPE_CHECKING:
    from scheduler.study.workbooks import Workbook


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
            elif (values := _values(key.value, value)) is None:
                text = _EXPECTED.get(key.value, "expected a value or a list of values")
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


_SPLIT = ("weekend", "closed", "open")  # lists in one cell of a sheet
_EXPECTED = {
    "versions": 'expected versions with their dates, such as {"1.0": 2026-01-30}',
    "holidays": "expected a country such as CN, or {country: HK, include: [optional]}",
    "minutes": "expected minutes such as 45, or one number a step: {infusion: 240, all: 45}",
}


def _values(key: str, value: Tree) -> tuple[str, ...] | None:
    """The values of a key as texts; None where they have the wrong form."""
    if key == "versions":
        return _pairs(value)
    if key == "holidays" and isinstance(value, Entries):
        return _holiday_pairs(value)
    if key == "minutes" and isinstance(value, Entries):
        return _pairs(value)
    return _texts(value)


def _holiday_pairs(value: Entries) -> tuple[str, ...] | None:
    pairs: list[str] = []
    for name, item in value.entries:
        texts = _texts(item)
        if not isinstance(name, RawText) or texts is None:
            return None
        pairs.append(f"{name.value}: {', '.join(texts)}")
    return tuple(pairs)


def _texts(value: Tree) -> tuple[str, ...] | None:
    if isinstance(value, RawText):
        return (value.value,) if value.value else ()
    if isinstance(value, ListNode) and all(isinstance(item, RawText) for item in value.items):
        return tuple(item.value for item in value.items if isinstance(item, RawText))
    return None


def _pairs(value: Tree) -> tuple[str, ...] | None:
    """Versions with their dates, steps with their minutes, each as `name: value`."""
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
    """The sites in a sheet with the columns site, timezone, weekend and the other keys."""
    from scheduler.study.workbooks import sheet_texts

    place = f"{book.place}[{sheet}]"
    found = sheet_texts("sites", sheet, book, faults)
    if found is None:
        return None
    heads, coded, rows = found
    columns = [column.cells for column in coded]
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
            written[name] = _with_include({
                key: SiteKey(_split(key, text), int(row))
                for key, text in cells.items()
                if text not in ("", REPORTED) and key
            })  # fmt: skip
        elif any(cells.values()):
            faults.add("S230", place, int(row), "site", "found a blank, expected a value")
    return build_sites(written, place, faults) or None


def _with_include(entries: dict[str, SiteKey]) -> dict[str, SiteKey]:
    """A row with its column `include` (classes of holidays) beside the country."""
    include, country = entries.pop("include", None), entries.get("holidays")
    if include and country:
        pairs = (f"country: {country.values[0]}", f"include: {include.values[0]}")
        entries["holidays"] = SiteKey(pairs, country.row)
    return entries


def _split(key: str, text: str) -> tuple[str, ...]:
    if key in ("versions", "minutes"):  # `1.0: 2026-01-30, 2.0: 2026-09-01`
        return tuple(part.strip() for part in re.split(r"[,;]", text.strip(" ,;")))
    return tuple(re.split(r"[,;\s]+", text.strip(" ,;"))) if key in _SPLIT else (text,)


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
            if key in ("versions", "holidays", "minutes") and isinstance(value, Mapping):
                listed = [f"{label}: {_plain_list(item)}" for label, item in value.items()]
            texts = [_plain(item) for item in listed if item is not None]
            if any(text is None for text in texts):
                found = f"found {shown(repr(value))}, expected text or dates"
                faults.add("S210", place, None, f"{name}.{key}", found)
            else:
                entries[str(key)] = SiteKey(tuple(text for text in texts if text is not None), None)
    return {**build_sites(written, place, faults), **ready}


def _plain_list(value: object) -> str:
    """A value of a mapping, or several of them, as one text."""
    several = value if isinstance(value, list | tuple) else [value]
    return ", ".join(str(_plain(item)) for item in several)


def _plain(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return None
