"""The JSON Schema for editors and the strict reader agree on what a protocol file looks like."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from scheduler.protocol.forms import WAYS
from scheduler.protocol.reading import json_schema, parse_protocol
from scheduler.protocol.schema import PROTOCOL, RECORDS
from tests.unit.protocol_reference import PAGE, filled

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "tests" / "data" / "demo-001.yaml"
PROTOCOLS = sorted((ROOT / "protocols").glob("*/protocol.yaml"))
VALIDATOR = Draft202012Validator(json_schema())


class EditorLoader(yaml.SafeLoader):
    """YAML as editors read it (the 1.2 core schema): yes and dates are strings, true is not."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(("timestamp", "bool"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path, loader: Any = EditorLoader) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", [DEMO, *PROTOCOLS], ids=lambda path: path.parent.name)
@pytest.mark.parametrize("loader", [EditorLoader, yaml.BaseLoader])
def test_good_files_are_valid(path: Path, loader: Any) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(load(path, loader))] == []


BREAKS: dict[str, tuple[tuple[Any, ...], Any]] = {
    "unknown key": (("colour",), "red"),
    "unknown key in a rule": (("rules", 0, "colour"), "red"),
    "no title": (("title",), None),
    "no id": (("rules", 0, "id"), None),
    "no milestones": (("milestones",), {}),
    "milestones as a list": (("milestones",), ["consent"]),
    "id with a blank": (("visits", 0, "id"), "month 1"),
    "milestone with a sign": (("milestones", "a#1"), {"label": "A"}),
    "gap without bounds": (("gaps", 1, "min"), None),
    "gap without basis": (("gaps", 1, "assumption"), None),
    "two anchors": (("visits", 0, "before"), "consent"),
    "no anchor": (("visits", 0, "after"), None),
    "half a window": (("visits", 0, "window"), {"before": "3 days"}),
    "window in words": (("visits", 0, "window"), "unlimited"),
    "half-lives in a visit": (("visits", 0, "target"), "5 half-lives"),
    "two forms": (("rules", 0, "at"), "consent"),
    "no form": (("rules", 5, "at"), None),
    "boundary without within": (("rules", 5, "boundary"), "exclusive"),
    "except in an age rule": (("rules", 8, "except"), {"kind": "x"}),
    "one term to choose from": (("rules", 6, "within"), {"longer_of": ["4 weeks"]}),
    "both picks": (
        ("rules", 6, "within"),
        {"longer_of": ["1 day", "2 days"], "shorter_of": ["1 day", "2 days"]},
    ),
    "negative duration": (("gaps", 1, "min"), "-2 days"),
    "mixed duration": (("gaps", 1, "min"), "P1DT2H"),
    "zero times": (("visits", 1, "repeat", "times"), 0),
    "time of day": (("milestones", "infusion", "at"), "24:00"),
    "judgement of nobody": (("rules", 0, "judgement"), "yes"),
    "date": (("study", "opens"), "15/01/2026"),
    "kind of event": (("events", "pregnancy", "kind"), "span"),
    "age in hours": (("rules", 8, "age", "min"), "900 hours"),
    "half-life in weeks": (("agents", "venetoclax", "half_life"), "2 weeks"),
    "source as a word": (("rules", 0, "source"), "registry"),
    "empty list": (("rules", 0, "except", "purpose"), []),
}


def broken(path: tuple[Any, ...], value: Any) -> Any:
    """The demo with one value replaced; None takes the key away."""
    document = copy.deepcopy(load(DEMO))
    document["milestones"]["infusion"]["day_zero"] = True  # a dumped "yes" would get quotes
    document["visits"][1]["optional"] = True
    place = document
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return document


@pytest.mark.parametrize("name", BREAKS)
def test_schema_and_reader_refuse_the_same_breaks(name: str) -> None:
    document = broken(*BREAKS[name])
    assert list(VALIDATOR.iter_errors(document))
    protocol, faults = parse_protocol(yaml.safe_dump(document, sort_keys=False), "x.yaml")
    assert protocol is None
    assert [fault for fault in faults if not fault.warning]


def test_the_demo_written_anew_is_still_right() -> None:
    """The breaks above are refused for what they break, not for how they are written down."""
    text = yaml.safe_dump(broken(("title",), "Another"), sort_keys=False)
    protocol, faults = parse_protocol(text, "x.yaml")
    assert faults == []
    assert protocol is not None


def test_every_key_says_what_it_is_for() -> None:
    for _, record in RECORDS:
        for key in record.keys:
            assert key.says.endswith(".")
    described = json_schema()["properties"]
    assert all(described[key.name]["description"] for key in PROTOCOL.keys)


def test_forms_exclude_one_another() -> None:
    assert len({frozenset(form.keys) for form in WAYS}) == len(WAYS)


def test_the_reference_page_has_the_tables_of_the_schema() -> None:
    """Renew with: python -m tests.unit.protocol_reference"""
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page)


def test_the_example_of_the_reference_page_is_a_protocol() -> None:
    example = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    protocol, faults = parse_protocol(example, "example.yaml")
    assert faults == []
    assert protocol is not None
    assert protocol.id == "DEMO-001"
