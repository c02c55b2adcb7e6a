"""The sites of a study as rows of cells, from sites.yaml and back to it.

A cell holds what the sheet `sites` of a workbook would: several values with commas between them,
versions as `1.0: 2026-01-30`, minutes as `45` or
`infusion: 240, all: 45`. Source: docs/study-folder.md (sites).
"""

import json
import re
from collections.abc import Iterable, Mapping

from scheduler.days import iso
from scheduler.study.site_keys import KEYS
from scheduler.study.sites import EVERY_STEP, WEEKDAYS, Site, Spans

SITE_HEADS = ("site", *KEYS, "include")
_NO_MORE = "none"  # no class of holidays beside the public ones
_LISTED = ("weekend", "closed", "open")
_PAIRS = ("versions", "minutes")
_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
_WORDS = frozenset(("yes", "no", "true", "false", "on", "off", "null", "y", "n"))


def cells_of_sites(sites: Mapping[str, Site]) -> list[dict[str, str]]:
    """The rows of sites that were read."""
    return [
        {
            "site": name,
            "timezone": site.timezone,
            "weekend": ", ".join(WEEKDAYS[day] for day in sorted(site.weekend)),
            "holidays": site.holidays,
            "closed": _spans(site.closed),
            "open": _spans(site.opened),
            "versions": ", ".join(f"{label}: {iso(day)}" for label, day in site.versions),
            "minutes": _minutes(site),
            "include": "" if site.include is None else ", ".join(site.include) or _NO_MORE,
        }
        for name, site in sites.items()
    ]


def _minutes(site: Site) -> str:
    if [step for step, _ in site.minutes] == [EVERY_STEP]:
        return str(site.minutes[0][1])
    return ", ".join(f"{step}: {number}" for step, number in site.minutes)


def _spans(spans: Spans) -> str:
    texts = (iso(a) if a == b else f"{iso(a)}..{iso(b)}" for a, b in spans)
    return ", ".join(texts)


def site_mapping(rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, object]]:
    """Rows as the mapping of sites that the study reader takes."""
    found: dict[str, dict[str, object]] = {}
    for cells in rows:
        keys = [*KEYS, "include", *(key for key in cells if key not in SITE_HEADS)]
        filled = {key: cells[key] for key in keys if cells.get(key)}
        mine = found[cells.get("site", "")] = {key: _value(key, filled[key]) for key in filled}
        include = str(mine.pop("include", ""))
        if include and "holidays" in mine:
            classes = "" if include == _NO_MORE else include
            mine["holidays"] = {"country": mine["holidays"], "include": classes}
    return found


def _value(key: str, text: str) -> object:
    if key in _PAIRS:
        return [part.strip() for part in re.split(r"[,;]", text.strip(" ,;"))]
    return listed(text) if key in _LISTED else text


def listed(text: str) -> list[str]:
    """The values in a cell that holds several."""
    return re.split(r"[,;\s]+", text.strip(" ,;"))


def sites_yaml(rows: Iterable[Mapping[str, str]]) -> str:
    """Rows as the text of a sites.yaml."""
    lines = []
    for name, described in site_mapping(rows).items():
        lines.append(f"{_quoted(name)}:")
        for key, value in described.items():
            lines.append(f"  {key}: {_written(key, value)}")
    return "".join(f"{line}\n" for line in lines)


def _written(key: str, value: object) -> str:
    if isinstance(value, dict):
        return f"{{country: {_quoted(str(value['country']))}, include: [{value['include']}]}}"
    if not isinstance(value, list):
        return _quoted(str(value))
    if key in _PAIRS:
        pairs = [text.rpartition(":") for text in value]
        if all(not name for name, _, _ in pairs):
            return ", ".join(number.strip() for _, _, number in pairs)
        return "{" + ", ".join(f"{_key(a.strip())}: {b.strip()}" for a, _, b in pairs) + "}"
    return "[" + ", ".join(value) + "]"


def _key(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _quoted(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain or "/" in text else json.dumps(text, ensure_ascii=False)
