"""Every field of every sample in shapes that do not belong there: never a traceback, always told."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import ImportRefused, ImportResult
from scheduler.sources.usdm.reading import import_usdm
from tests.sources.test_usdm_mutations import BULKY, signature
from tests.sources.test_usdm_samples import AS_OF, NAMES, protocol_of, sample

Path = tuple[str, ...]
SHAPES: dict[str, object] = {
    "a mapping": {"a": 1},
    "a nested list": [["x"]],
    "an empty mapping": {},
    "an empty list": [],
    "null": None,
    "a boolean": True,
    "a long text": "x" * 5000,
    "a number": 7.5,
    "a list of mappings": [{"id": 3}],
    "a nested range": {"minValue": {"value": 3}, "maxValue": {"value": [1]}},
}
# Nothing stands there, which a file may say: the reader cannot know that something once did.
EMPTY = {"null", "an empty list", "an empty mapping"}
MAY_BE_EMPTY = {
    "valueLabel", "windowLabel", "label", "activityIds", "conditionAssignments", "encounterId",
    "epochId", "environmentalSetting", "environmentalSettings", "windowLower", "windowUpper",
    "mainTimeline",
}  # fmt: skip
READ = {"population", "eligibilityCriteria", "eligibilityCriterionItems"}
FIRST_OF_A_LIST = 3
NO_FIELD_OF_ITS_OWN = "v3_simple_1"  # all its fields stand in the samples before it


def small(name: str) -> dict:
    """A sample with few criteria, and without the parts that nothing is read from."""
    root = json.loads(sample(name))
    for version in root["study"]["versions"]:
        for holder in (version, *version["studyDesigns"]):
            for key in BULKY:
                if key not in READ:
                    holder.pop(key, None)
                elif isinstance(holder.get(key), list):
                    holder[key] = holder[key][:FIRST_OF_A_LIST]
            criteria = holder.get("population", {}).get("criteria", [])
            del criteria[FIRST_OF_A_LIST:]
            for key in ("activities", "encounters", "arms", "studyCells", "epochs", "elements"):
                del holder.get(key, [])[FIRST_OF_A_LIST:]
    root["study"].pop("documentedBy", None)
    return root


def slots(value: object, path: Path = ()) -> Iterator[tuple[Any, Any, Path]]:
    """Each place of the file that holds something: its holder, its key, its path without numbers."""
    if isinstance(value, dict):
        for key in value:
            yield value, key, (*path, key)
            yield from slots(value[key], (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from slots(item, (*path, "[]"))


def without_counts(imported: ImportResult) -> str:
    return re.sub(r"\d+ findings of the import", "", imported.yaml)


def fields_of(name: str, root: dict) -> dict[Path, tuple[Any, Any]]:
    """The first place of each field of a sample that no earlier sample has, by its path's end."""
    earlier: set[Path] = set()
    for other in NAMES[: NAMES.index(name)]:
        earlier |= {path[-4:] for _, _, path in slots(small(other))}
    first: dict[Path, tuple[Any, Any]] = {}
    for holder, key, path in slots(root):
        if path[-4:] not in earlier:
            first.setdefault(path[-4:], (holder, key))
    return first


@pytest.mark.parametrize("name", [name for name in NAMES if name != NO_FIELD_OF_ITS_OWN])
def test_a_field_of_a_wrong_shape_never_raises_and_a_loss_is_told(name: str) -> None:
    root = small(name)
    before = import_usdm(json.dumps(root), as_of=AS_OF)
    first = fields_of(name, root)
    assert first
    for path, (holder, key) in first.items():
        kept = holder[key]
        for shape, value in SHAPES.items():
            holder[key] = value
            read = _assert_told(root, before, path, shape)
            if shape == "a nested list" and not read:
                break  # a field that says the same as a mapping and as a list is not read
        holder[key] = kept


def _assert_told(root: dict, before: ImportResult, path: Path, shape: str) -> bool:
    """Holds one import against the sample's own; says whether anything differs at all."""
    try:
        after = import_usdm(json.dumps(root), as_of=AS_OF)
    except ImportRefused as refusal:
        assert len(str(refusal)) > 20
        return True
    told = signature(after.findings) - signature(before.findings)
    differs = without_counts(after) != without_counts(before)
    if differs:
        assert told or (shape in EMPTY and path[-1] in MAY_BE_EMPTY), (path, shape)
    return differs or bool(told)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_all_timings_of_one_wrong_shape_still_give_a_protocol_file(name: str, shape: str) -> None:
    keys = ("value", "windowLower", "windowUpper", "valueLabel", "windowLabel", "relativeToFrom")
    for key in keys:
        root = small(name)
        for holder, own, _ in slots(root):
            if own == key and holder.get("instanceType") == "Timing":
                holder[own] = SHAPES[shape]
        imported = import_usdm(json.dumps(root), as_of=AS_OF)
        _, faults = parse_protocol(imported.yaml, "imported.yaml")
        assert [str(fault) for fault in faults] == []


OTHERS_CODES = {"C201358": "C71148", "C201356": "C71150", "C201357": "C71149"}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_as_another_program_writes_it_is_imported_as_far(name: str) -> None:
    """Unknown codes with known words, signed bounds, no anchor named where there is one only."""
    plain = protocol_of(import_usdm(sample(name), as_of=AS_OF))
    root = json.loads(sample(name))
    anchors: dict[str, set[str]] = {}
    timings = [
        (path, holder) for holder, key, path in slots(root)
        if key == "relativeToFrom" and holder.get("instanceType") == "Timing"
    ]  # fmt: skip
    design = root["study"]["versions"][0]["studyDesigns"][0]
    main = next(t for t in design["scheduleTimelines"] if t["mainTimeline"])
    own = {timing["id"] for timing in main["timings"]}
    for _, row in timings:
        if row["type"]["decode"] == "Fixed Reference":
            anchors.setdefault("main" if row["id"] in own else "", set()).add(
                row["relativeFromScheduledInstanceId"]
            )
        row["type"] = {"code": OTHERS_CODES[row["type"]["code"]], "decode": row["type"]["decode"]}
        if row["windowLower"]:
            row["windowLower"] = "-" + row["windowLower"]
    only = anchors["main"] if len(anchors["main"]) == 1 else set()
    for _, row in timings:
        if row["relativeToScheduledInstanceId"] in only:
            row["relativeToScheduledInstanceId"] = None
            row["relativeToFrom"] = {"code": "C71155", "decode": "First Dose"}
    imported = import_usdm(json.dumps(root), as_of=AS_OF)
    protocol = protocol_of(imported)
    for key in ("id", "before", "after", "target", "window"):
        assert [v.get(key) for v in protocol["visits"]] == [v.get(key) for v in plain["visits"]]
    assert list(protocol["milestones"]) == list(plain["milestones"])
    found = {id_ for finding in imported.findings for id_ in finding.ids}
    cited = {entry["source"]["item"] for part in ("visits", "gaps", "notes")
             for entry in protocol.get(part, [])}  # fmt: skip
    assert own <= found | cited
