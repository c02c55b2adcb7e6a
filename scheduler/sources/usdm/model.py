"""The schedule of a USDM file as plain records, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.json import Row, rows, shown_text, text_of, texts_of
from scheduler.sources.usdm.timings import Timing, read_timing

Entry = dict[str, object]


@dataclass(frozen=True)
class Instance:
    """A scheduled activity or decision instance: a point of the timeline."""

    id: str
    name: str
    label: str
    place: str
    is_decision: bool
    next_id: str
    exit_id: str
    timeline_id: str
    encounter_id: str
    epoch_id: str
    activity_ids: tuple[str, ...]
    branches: tuple[tuple[str, str], ...]
    at_visit: Entry = field(default_factory=dict, compare=False)  # activities, place, phase

    @property
    def only_flow(self) -> bool:
        """Whether it does nothing but help the flow: no activity, no encounter."""
        return not self.activity_ids and not self.encounter_id

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return self.label or self.name or self.id


@dataclass
class ScheduleTimeline:
    """A schedule timeline with its instances by id, in the file's order."""

    id: str
    name: str
    place: str
    main: bool
    entry_id: str
    entry_condition: str
    instances: dict[str, Instance] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)
    exits: set[str] = field(default_factory=set)

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return self.name or self.id


def read_timeline(row: Row, place: str, findings: FindingList) -> ScheduleTimeline:
    """The timeline an object holds; what cannot be read becomes findings."""
    main = row.get("mainTimeline")
    if main is not None and not isinstance(main, bool):
        findings.warn(
            "U003", f"{place}.mainTimeline", f"{quoted(main)} where true or false belongs",
            "read as not stated",
        )  # fmt: skip
    timeline = ScheduleTimeline(
        id=shown_text(row, "id", place, findings),
        name=shown_text(row, "label", place, findings) or shown_text(row, "name", place, findings),
        place=place,
        main=main is True,
        entry_id=text_of(row, "entryId", place, findings),
        entry_condition=text_of(row, "entryCondition", place, findings),
    )
    if not timeline.id:
        findings.note("U018", place, "a timeline without an id", "reached by its name only")
    _read_instances(timeline, row, findings)
    _read_timings(timeline, row, findings)
    for where, item in rows(row, "exits", place, findings):
        timeline.exits.add(text_of(item, "id", where, findings))
    return timeline


def _read_instances(timeline: ScheduleTimeline, row: Row, findings: FindingList) -> None:
    for where, item in rows(row, "instances", timeline.place, findings):
        instance = _instance(item, where, findings)
        if not instance.id:
            findings.warn("U101", where, "an instance without an id", "not imported")
        elif instance.id in timeline.instances:
            findings.warn(
                "U102", where, "a second instance with this id", "only the first is imported",
                [instance.id],
            )  # fmt: skip
        else:
            timeline.instances[instance.id] = instance


def _instance(row: Row, place: str, findings: FindingList) -> Instance:
    def text(key: str) -> str:
        return text_of(row, key, place, findings)

    def shown(key: str) -> str:
        return shown_text(row, key, place, findings)

    kind = text("instanceType")
    decision = kind == "ScheduledDecisionInstance" or (
        kind != "ScheduledActivityInstance" and bool(row.get("conditionAssignments"))
    )
    instance = Instance(
        id=shown("id"), name=shown("name"), label=shown("label"), place=place, is_decision=decision,
        next_id=text("defaultConditionId"), exit_id=text("timelineExitId"),
        timeline_id=text("timelineId"), encounter_id=text("encounterId"), epoch_id=text("epochId"),
        activity_ids=texts_of(row, "activityIds", place, findings),
        branches=tuple(_branches(row, place, findings)),
    )  # fmt: skip
    if kind not in ("ScheduledActivityInstance", "ScheduledDecisionInstance"):
        taken = "a decision" if decision else "an activity instance"
        findings.warn(
            "U103", place, f"instance type {quoted(row.get('instanceType'))}", f"read as {taken}",
            [instance.id],
        )  # fmt: skip
    return instance


def _branches(row: Row, place: str, findings: FindingList) -> Iterable[tuple[str, str]]:
    for where, item in rows(row, "conditionAssignments", place, findings):
        condition = text_of(item, "condition", where, findings)
        target = text_of(item, "conditionTargetId", where, findings)
        if target:
            yield condition, target
        else:
            findings.warn(
                "U104", where, f"the condition {quoted(condition)} leads nowhere", "not followed"
            )


def _read_timings(timeline: ScheduleTimeline, row: Row, findings: FindingList) -> None:
    seen: set[str] = set()
    for where, item in rows(row, "timings", timeline.place, findings):
        timing = read_timing(item, where, findings)
        if timing.id and timing.id in seen:
            findings.warn(
                "U202", where, "a second timing with this id", "only the first is imported",
                [timing.id],
            )  # fmt: skip
            continue
        if not timing.id:
            findings.warn("U201", where, "a timing without an id", "imported, cited by its place")
        seen.add(timing.id)
        timeline.timings.append(timing)
