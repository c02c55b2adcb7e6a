"""A protocol's plain values with one thing changed: what `with_rule` gives to the reader.

Nothing is judged here: the reader refuses what a file may not say. A changed figure does not keep
the citation of the old one; it stands as an assumption that names what it replaces.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from scheduler.errors import NotFound, suggestion

PlainProtocol = dict[str, Any]
_ONE_OF = (
    {"forbid", "require", "count", "total", "age"},
    {"within", "clear", "covering", "since"},
    {"ever_before", "before", "after", "around", "at", "from"},
)
_BASED = ("source", "assumption")


def with_rule(plain: PlainProtocol, rule: str, changes: Mapping[str, Any]) -> PlainProtocol:
    """The values with the keys of a rule changed; None takes a key away.

    The summary goes, unless a new one is given: it may tell the old figure.
    Raises: NotFound for a rule that is not there.
    """
    new = deepcopy(plain)
    entry = _named(new.get("rules", []), "id", rule, "rule")
    _change(entry, changes)
    if "summary" not in changes:
        entry.pop("summary", None)
    return new


def without_rule(plain: PlainProtocol, rule: str) -> PlainProtocol:
    """The values without a rule.

    Raises: NotFound for a rule that is not there.
    """
    new = deepcopy(plain)
    new["rules"].remove(_named(new.get("rules", []), "id", rule, "rule"))
    if not new["rules"]:
        del new["rules"]
    return new


def with_gap(plain: PlainProtocol, start: str, end: str, sides: Mapping[str, Any]) -> PlainProtocol:
    """The values with the sides of a gap changed, or with the gap added where there is none."""
    new = deepcopy(plain)
    gaps = new.setdefault("gaps", [])
    entry = next((gap for gap in gaps if (gap["from"], gap["to"]) == (start, end)), None)
    if entry is None:
        entry = {"from": start, "to": end}
        gaps.append(entry)
    _change(entry, sides)
    return new


def with_boundary(plain: PlainProtocol, reading: str) -> PlainProtocol:
    """The values with the reading of "exactly at the far end of a time" changed for all rules.

    Rules that state their own keep it.
    """
    return {**deepcopy(plain), "boundary": reading}


def _named(entries: Iterable[dict[str, Any]], key: str, name: str, kind: str) -> dict[str, Any]:
    listed = {str(entry[key]): entry for entry in entries}
    if name not in listed:
        raise NotFound(f'no {kind} "{name}"{suggestion(str(name), listed)}')
    return listed[name]


def _change(entry: dict[str, Any], changes: Mapping[str, Any]) -> None:
    old = {key: entry.get(key) for key in changes if key not in _BASED}
    for key, value in changes.items():
        for group in _ONE_OF:
            if key in group and value is not None:
                for other in group - {key}:
                    old |= {other: entry.pop(other)} if other in entry else {}
        entry.pop(key, None)
        if value is not None:
            entry[key] = value
    if not any(changes.get(key) for key in _BASED):
        was = ", ".join(f"{key} {_said(value)}" for key, value in old.items() if value is not None)
        entry.pop("source", None)
        entry["assumption"] = f"changed from {was}" if was else "added"


def _said(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else repr(value)
