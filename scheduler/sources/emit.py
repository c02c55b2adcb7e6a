"""Writes a protocol, given as plain values, as the readable YAML of a protocol file.

Also the part that every outside format leaves open: the study's dates and time zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.days import FIRST_YEAR, LAST_YEAR
from scheduler.protocol.scalars import zone_names
from scheduler.sources.findings import FindingList, ImportRefused, quoted

Plain = object

WIDEST = 150
_SECTIONS_APART = (
    "sources",
    "events",
    "milestones",
    "gaps",
    "visits",
    "rules",
    "agents",
    "checklist",
    "notes",
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_./()+-]*(?: [A-Za-z0-9_./()+-]+)*")
_DURATION = re.compile(r"(?:0|[1-9][0-9]*) [a-z]+(?:-[a-z]+)?|P[0-9TPYMWDH]+")
_RETYPED = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf|todo)|~|[-+.0-9].*|.*[:#]")


def protocol_yaml(protocol: Mapping[str, Plain], heading: Iterable[str] = ()) -> str:
    """The text of the protocol file that says what `protocol` says.

    Text that YAML would read as something else (a number, a truth value, a date, a
    structure) is quoted; `heading` lines become comments. Reading the text back with a
    YAML 1.1 reader gives the same values.
    """
    lines = [f"# {_comment(line)}" for line in heading]
    for key, value in protocol.items():
        if key in _SECTIONS_APART and lines:
            lines.append("")
        lines.extend(_section(key, value))
    return "\n".join(lines) + "\n"


def _section(key: str, value: Plain) -> list[str]:
    name = scalar(key)
    if isinstance(value, Mapping) and value and all(isinstance(v, Mapping) for v in value.values()):
        return [f"{name}:", *_named(value)]
    if isinstance(value, list) and value:
        lines = [f"{name}:"]
        for item in value:
            lines.extend(_item(item))
        return lines
    return [f"{name}: {flow(value)}"]


def _named(entries: Mapping[str, Plain]) -> list[str]:
    names = [scalar(name) + ":" for name in entries]
    pad = min(max(len(name) for name in names), 24)
    return [
        f"  {name:<{pad}} {flow(value)}"
        for name, value in zip(names, entries.values(), strict=True)
    ]


def _item(item: Plain) -> list[str]:
    one = f"  - {flow(item)}"
    if len(one) <= WIDEST or not isinstance(item, Mapping) or not item:
        return [one]
    rows = [f"{scalar(key)}: {flow(value)}" for key, value in item.items()]
    return [f"  - {rows[0]}", *(f"    {row}" for row in rows[1:])]


def flow(value: Plain) -> str:
    """A value on one line, in YAML's flow style."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items())
        return "{" + inner + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def scalar(value: Plain) -> str:
    """A single value, quoted exactly where plain text would be read as something else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if _DURATION.fullmatch(text):
        return text
    if _WORD.fullmatch(text) and not _RETYPED.fullmatch(text):
        return text
    if text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    point = ord(character)
    if 0xD800 <= point <= 0xDFFF:
        return "\\uFFFD"  # half a character: no YAML text can hold it
    if point > 0xFFFF:
        return f"\\U{point:08X}"
    return f"\\u{point:04X}"


def _comment(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


@dataclass(frozen=True)
class Options:
    """What the caller tells of the study's dates and time zone; None where nothing is told."""

    opens: date | str | None = None
    closes: date | str | None = None
    timezone: str | None = None
    as_of: date | str | None = None


def study_part(
    options: Options, file_dates: Iterable[date], findings: FindingList, code: str
) -> tuple[str, dict[str, Plain]]:
    """The protocol's time zone and its `study` section, placeholders marked and reported.

    Opens: the option, else the file's earliest date, else the first of `as_of`'s year.
    Closes: the option, else ten years after opening. Time zone: the option, else UTC.
    Raises: ImportRefused for options that are no dates, no time zone, or in the wrong order,
    and where neither the options nor the file give any date to open on.
    """
    zone = _zone(options.timezone)
    assumed = []
    opens = _day(options.opens, "opens")
    if opens is None:
        opens, origin = _opening(file_dates, _day(options.as_of, "as-of"))
        assumed.append(f"opens: a placeholder, {origin}")
    closes = _day(options.closes, "closes")
    if closes is None:
        closes = _ten_years_after(opens)
        assumed.append("closes: a placeholder, ten years after opening")
    if opens.year < FIRST_YEAR or closes.year > LAST_YEAR:
        raise ImportRefused(f"opening {opens}, closing {closes}: expected dates from 1900 to 2100")
    if closes < opens:
        raise ImportRefused(f"the study would close on {closes}, before it opens on {opens}")
    if zone is None:
        assumed.append("time zone: a placeholder, UTC")
    for line in assumed:
        findings.warn(code, "study", f"not stated: {line.split(':')[0]}", line)
    section: dict[str, Plain] = {"opens": opens, "closes": closes}
    section["assumption"] = "; ".join(assumed or ["dates and time zone as given to the import"])
    return zone or "UTC", section


def _zone(name: str | None) -> str | None:
    if name is None:
        return None
    if name not in zone_names():
        raise ImportRefused(f"{quoted(name)} is no time zone; write it as Asia/Shanghai")
    return name


def _day(value: date | str | None, option: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    found = iso_date(str(value))
    if found is None:
        raise ImportRefused(f"--{option}: found {quoted(str(value))}, expected a date YYYY-MM-DD")
    return found


def iso_date(text: str) -> date | None:
    """The day that begins an ISO text (a time may follow); None where there is none."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})(?:[T ]|$)", text.strip())
    if match is None:
        return None
    try:
        return date.fromisoformat(match.group(1))
    except ValueError:
        return None


def _opening(file_dates: Iterable[date], as_of: date | None) -> tuple[date, str]:
    known = sorted(day for day in file_dates if 1970 <= day.year <= 2090)
    if known:
        return known[0], "the earliest date in the file"
    if as_of is None:
        raise ImportRefused(
            "the file holds no date: say when the study opens (--opens), or today's date (--as-of)"
        )
    return as_of.replace(month=1, day=1), "the first day of the year of --as-of"


def _ten_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 10)
    except ValueError:
        return day.replace(year=day.year + 10, day=28)
