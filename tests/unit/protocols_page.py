"""Writes the tables of docs/protocols.md anew: `python -m tests.unit.protocols_page`."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from scheduler.planning.examples import shipped_examples
from scheduler.protocol.forms import WAYS
from tests.unit.page_tables import filled_page, table_text

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "protocols.md"
UNSAID = "cannot be said"
Plain = dict[str, Any]


def _in(section: str, told: Callable[[Plain], bool]) -> Callable[[Plain], bool]:
    """Whether some item of a section is so."""

    def found(protocol: Plain) -> bool:
        items = protocol.get(section, [])
        return any(told(item) for item in (items.values() if isinstance(items, dict) else items))

    return found


def _text(*keys: str, words: str) -> Callable[[Plain], bool]:
    """Whether one of the keys of an item says one of the words."""
    return lambda item: any(re.search(words, str(item.get(key, ""))) for key in keys)


_REACH = ("within", "clear", "covering", "since")
_HOURS = r"\b(hours?|minutes?)\b"
# What a file can say beside the forms of its rules, in the order of the page.
FEATURES: dict[str, Callable[[Plain], bool]] = {
    "`boundary: exclusive`": lambda protocol: (
        protocol.get("boundary") == "exclusive"
        or _in("rules", lambda rule: rule.get("boundary") == "exclusive")(protocol)
    ),
    "half-lives": _in("rules", _text(*_REACH, words="half-li")),
    "`longer_of`, `shorter_of`": _in("rules", _text(*_REACH, words="er_of")),
    "a rule in hours": _in("rules", _text(*_REACH, words=_HOURS)),
    "`except`": _in("rules", lambda rule: "except" in rule),
    "`only` on a rule": _in("rules", lambda rule: "only" in rule),
    "`judgement`": _in("rules", lambda rule: "judgement" in rule),
    "`pauses`": _in("rules", lambda rule: "pauses" in rule),
    "a gap in hours": _in("gaps", _text("min", "max", words=_HOURS)),
    "`only` on a gap": _in("gaps", lambda gap: "only" in gap),
    "a gap to the study's end or from its opening": _in(
        "gaps", lambda gap: {gap["from"], gap["to"]} & {"study_opens", "study_closes"} != set()
    ),
    "a visit before its anchor": _in("visits", lambda visit: "before" in visit),
    "a visit in hours or minutes": _in("visits", _text("target", "window", words=_HOURS)),
    "a repeated visit": _in("visits", lambda visit: "repeat" in visit),
    "`window: unknown`": _in("visits", lambda visit: visit["window"] == "unknown"),
    "what counts from `birth`": lambda protocol: (
        _in("gaps", lambda gap: gap["from"] == "birth")(protocol)
        or _in("visits", lambda visit: visit.get("after") == "birth")(protocol)
    ),
    "`only` on a visit": _in("visits", lambda visit: "only" in visit),
    "`usual`, an interval that binds nothing": _in("gaps", lambda gap: "usual" in gap),
    "working days": lambda protocol: (
        "working day" in str([protocol.get(section) for section in ("gaps", "visits", "tasks")])
    ),
    "`tests` that expire": _in("tests", lambda test: True),
    "a test with `repeatable: no`": _in("tests", lambda test: test.get("repeatable") is False),
    "`tasks`": _in("tasks", lambda task: True),
    "`activities`": _in("activities", lambda activity: True),
    "`phase`": lambda protocol: any(
        _in(section, lambda node: "phase" in node)(protocol) for section in ("milestones", "visits")
    ),
    "`optional`": lambda protocol: any(
        _in(section, lambda node: node.get("optional", False))(protocol)
        for section in ("milestones", "visits")
    ),
}


def protocols() -> dict[str, Plain]:
    """The plain content of each protocol file, in the order of the list."""
    return {
        one.name: yaml.safe_load(
            (ROOT / "protocols" / one.name / "protocol.yaml").read_text(encoding="utf-8")
        )
        for one in shipped_examples()
    }


def way_of(rule: Plain) -> str:
    """The example of the form that a rule has: of all whose keys it holds, the longest."""
    held = [way for way in WAYS if set(way.keys) <= set(rule)]
    best = max(held, key=lambda way: len(way.keys))
    return f"`{best.keys[0]}`, `{best.example}`" if best.keys[0] in ("forbid", "require") else (
        f"`{best.example}`"
    )  # fmt: skip


def tables() -> dict[str, str]:
    """Each generated table by the name of its place in the page."""
    files = protocols()
    ways = [way_of(dict.fromkeys(way.keys)) for way in WAYS]
    users: dict[str, list[str]] = {name: [] for name in (*ways, *FEATURES)}
    for name, protocol in files.items():
        for way in dict.fromkeys(map(way_of, protocol.get("rules", []))):
            users[way].append(name)
        for feature, told in FEATURES.items():
            if told(protocol):
                users[feature].append(name)
    shows = [
        (f"[{one.name}](../protocols/{one.name})", _cell(one.shows), _sizes(one.name, files))
        for one in shipped_examples()
    ]
    unsaid = [
        (name, _cell(note["text"]))
        for name, protocol in files.items()
        for note in protocol.get("notes", [])
        if note["about"] == UNSAID
    ]
    return {
        "shows": table_text(("protocol", "what it shows", "rules, visits, cases"), shows),
        "forms": table_text(
            ("form", "protocols"), [(form, ", ".join(who) or "none") for form, who in users.items()]
        ),
        "unsaid": table_text(
            ("protocol", "what its record says, and what is done instead"), unsaid
        ),
    }


def _sizes(name: str, files: dict[str, Plain]) -> str:
    path = ROOT / "protocols" / name / "cases.yaml"
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    return (
        f"{len(files[name].get('rules', []))}, {len(files[name].get('visits', []))}, {len(cases)}"
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def filled(page: str) -> str:
    """The page with every table as the folders have it now."""
    return filled_page(page, tables())


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
