"""What is done at each instance, where, and in which epoch, for the visits that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from scheduler.sources.findings import FindingList
from scheduler.sources.usdm.header import Design
from scheduler.sources.usdm.json import Row, rows, shown_text, text_of
from scheduler.sources.usdm.model import Entry, Instance, ScheduleTimeline
from scheduler.sources.usdm.names import plain_label, snake_name, unique_name


def tell_instances(
    design: Design, timelines: Iterable[ScheduleTimeline], findings: FindingList
) -> Mapping[str, Entry]:
    """Gives every instance its activities, place and phase; the activities by their new names.

    What has neither a name nor a label is nothing to show. Lists and ids that cannot be read are
    told where references are checked.
    """
    labels, declared, taken = (
        _labels(design, "activities", findings),
        dict[str, Entry](),
        dict[str, int](),
    )
    names = {id_: unique_name(snake_name(label, id_), taken) for id_, label in labels.items()}
    epochs, places = _labels(design, "epochs", findings), _places(design, findings)
    for id_, label in labels.items():
        declared[names[id_]] = {"id": names[id_], "label": label}
    for timeline in timelines:
        for id_, instance in timeline.instances.items():
            told = _entry(instance, names, epochs, places)
            timeline.instances[id_] = replace(instance, at_visit=told)
    return declared


def used_activities(declared: Mapping[str, Entry], entries: Iterable[Entry]) -> list[Entry]:
    """The declared activities that some milestones and visits list, in the file's order."""
    used: set[object] = set()
    for entry in entries:
        listed = entry.get("activities", [])
        used |= set(listed if isinstance(listed, list) else [])
    return [activity for name, activity in declared.items() if name in used]


def _entry(
    instance: Instance, names: Mapping[str, str], epochs: Mapping[str, str],
    places: Mapping[str, str],
) -> Entry:  # fmt: skip
    told: Entry = {}
    listed = [names[id_] for id_ in dict.fromkeys(instance.activity_ids) if id_ in names]
    if listed:
        told["activities"] = listed
    for key, found in (("place", places), ("phase", epochs)):
        text = found.get(instance.encounter_id if key == "place" else instance.epoch_id, "")
        if text:
            told[key] = text
    return told


def _labels(design: Design, key: str, findings: FindingList) -> dict[str, str]:
    """What the objects of a list are called, by their ids."""
    found: dict[str, str] = {}
    for place, row in rows(design.row, key, design.place, FindingList()):
        id_ = text_of(row, "id", place, FindingList())
        told = [shown_text(row, name, place, findings) for name in ("label", "name")]
        label = next((text for text in map(plain_label, told) if text), "")
        if id_ and label:
            found.setdefault(id_, label)
    return found


def _places(design: Design, findings: FindingList) -> dict[str, str]:
    """The environment of each encounter, in the words of its codes."""
    found: dict[str, str] = {}
    for place, row in rows(design.row, "encounters", design.place, FindingList()):
        words = [
            _setting(where, code, findings)
            for key in ("environmentalSettings", "environmentalSetting")
            for where, code in rows(row, key, place, findings)
        ]
        id_ = text_of(row, "id", place, FindingList())
        text = plain_label(", ".join(dict.fromkeys(filter(None, words))))
        if id_ and text:
            found.setdefault(id_, text)
    return found


def _setting(place: str, code: Row, findings: FindingList) -> str:
    """The word of one environment; a code without any is told, and not shown."""
    word = shown_text(code, "decode", place, findings)
    if not word:
        findings.note("U018", place, "a setting without a word", "not shown")
    return word
