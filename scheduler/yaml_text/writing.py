"""Writes a protocol, given as plain values, as the readable YAML of a protocol file."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

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
    "activities",
    "tasks",
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
