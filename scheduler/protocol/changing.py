"""A protocol's plain values with one thing changed: what `with_rule` gives to the reader.

Nothing is judged here: the reader refuses what a file may not say. A changed figure does not keep
the citation of the old one; it stands as an assumption that names what it replaces. What stays as
it was keeps all that is said of it.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from scheduler.errors import Fault, UnknownName, suggestion

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
    Raises: UnknownName for a rule that is not there; TypeError for a name that is no text.
    """
    new = deepcopy(plain)
    entry = _rule(new, rule)
    if _change(entry, changes) and "summary" not in changes:
        entry.pop("summary", None)
    return new


def without_rule(plain: PlainProtocol, rule: str) -> PlainProtocol:
    """The values without a rule.

    Raises: UnknownName for a rule that is not there; TypeError for a name that is no text.
    """
    new = deepcopy(plain)
    new["rules"].remove(_rule(new, rule))
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


def with_visit(plain: PlainProtocol, visit: str, changes: Mapping[str, Any]) -> PlainProtocol:
    """The values with the keys of a visit changed; None takes a key away.

    Raises: UnknownName for a visit that is not there; TypeError for a name that is no text.
    """
    new = deepcopy(plain)
    _change(_named(new.get("visits", []), "visit", visit), changes)
    return new


def with_boundary(plain: PlainProtocol, reading: str) -> PlainProtocol:
    """The values with the reading of "exactly at the far end of a time" changed for all rules.

    Rules that state their own keep it.
    """
    return {**deepcopy(plain), "boundary": reading}


def _rule(plain: PlainProtocol, name: str) -> dict[str, Any]:
    tests = {entry["id"] for entry in plain.get("tests", [])}
    of_test = isinstance(name, str) and name.partition(":")[0] in tests
    way_out = "it is made of a test, which is changed in the protocol's file" if of_test else ""
    return _named(plain.get("rules", []), "rule", name, way_out)


def _named(
    entries: Iterable[dict[str, Any]], kind: str, name: str, way_out: str = ""
) -> dict[str, Any]:
    if not isinstance(name, str):
        raise TypeError(f"{kind}: found {type(name).__name__} {name!r}, expected its id as text")
    listed: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in entries}
    if name not in listed:
        text = f'no {kind} "{name}"{suggestion(name, listed)}'
        raise UnknownName([Fault(f"{kind}s", "", "P107", text, way_out)])
    return listed[name]


def _change(entry: dict[str, Any], changes: Mapping[str, Any]) -> bool:
    """Makes the changes; whether anything is another than before."""
    old = {key: entry.get(key) for key in changes}
    if all(_same(old[key], value) for key, value in changes.items()):
        return False
    for key, value in changes.items():
        for group in _ONE_OF:
            if key in group and value is not None:
                for other in group - {key}:
                    old |= {other: entry.pop(other)} if other in entry else {}
        entry.pop(key, None)
        if value is not None:
            entry[key] = value
    _based(entry, changes, old)
    return True


def _same(old: Any, new: Any) -> bool:
    return type(old) is type(new) and bool(old == new)


def _based(entry: dict[str, Any], changes: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """What a changed entry rests on: what the caller says, or that it was changed."""
    figures = {key: value for key, value in old.items() if key not in _BASED}
    if not figures or any(changes.get(key) for key in _BASED):
        return
    was = ", ".join(f"{key} {_said(value)}" for key, value in figures.items() if value is not None)
    entry.pop("source", None)
    entry["assumption"] = f"changed from {was}" if was else "added"


def _said(value: Any) -> str:
    return str(value) if isinstance(value, str | int) else repr(value)
