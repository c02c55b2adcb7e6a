"""The schedule of a USDM file as plain records, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.durations import Duration, parse_iso, parse_label
from scheduler.sources.usdm.json import Json, Row, object_of, rows, text_of, texts_of

FIXED, AFTER, BEFORE = "fixed", "after", "before"
_TYPES = {
    "C201358": FIXED, "C201356": AFTER, "C201357": BEFORE,
    "fixed reference": FIXED, "after": AFTER, "before": BEFORE,
}  # fmt: skip
_RELATIONS = {
    "C201355": "Start to Start", "C201354": "Start to End",
    "C201353": "End to Start", "C201352": "End to End",
}  # fmt: skip
_BY_DECODE = {name.lower(): name for name in _RELATIONS.values()}


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

    @property
    def only_flow(self) -> bool:
        """Whether it does nothing but help the flow: no activity, no encounter."""
        return not self.activity_ids and not self.encounter_id

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return self.label or self.name or self.id


@dataclass(frozen=True)
class Timing:
    """A timing: `from_id` is placed, `to_id` is its anchor; None where a part is unreadable."""

    id: str
    name: str
    place: str
    kind: str | None
    relation: str
    value: Duration | None
    value_text: str
    value_label: str
    lower: Duration | None
    upper: Duration | None
    window_label: str
    from_id: str
    to_id: str


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
        id=text_of(row, "id", place, findings),
        name=text_of(row, "label", place, findings) or text_of(row, "name", place, findings),
        place=place,
        main=main is True,
        entry_id=text_of(row, "entryId", place, findings),
        entry_condition=text_of(row, "entryCondition", place, findings),
    )
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

    kind = text("instanceType")
    decision = kind == "ScheduledDecisionInstance" or (
        kind != "ScheduledActivityInstance" and bool(row.get("conditionAssignments"))
    )
    instance = Instance(
        id=text("id"), name=text("name"), label=text("label"), place=place, is_decision=decision,
        next_id=text("defaultConditionId"), exit_id=text("timelineExitId"),
        timeline_id=text("timelineId"), encounter_id=text("encounterId"), epoch_id=text("epochId"),
        activity_ids=texts_of(row, "activityIds", place, findings),
        branches=tuple(_branches(row, place, findings)),
    )  # fmt: skip
    if kind not in ("ScheduledActivityInstance", "ScheduledDecisionInstance"):
        shown = "a decision" if decision else "an activity instance"
        findings.warn(
            "U103", place, f"instance type {quoted(row.get('instanceType'))}", f"read as {shown}",
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
        timing = _timing(item, where, findings)
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


def _timing(row: Row, place: str, findings: FindingList) -> Timing:
    def text(key: str) -> str:
        return text_of(row, key, place, findings)

    ids = [text("id")]
    timing = Timing(
        id=ids[0], name=text("label") or text("name"), place=place,
        kind=_coded(row, "type", _TYPES, place, findings),
        relation=_relation(row, place, findings, ids),
        value=_duration(row, "value", place, findings, ids), value_text=text("value"),
        value_label=text("valueLabel"),
        lower=_duration(row, "windowLower", place, findings, ids),
        upper=_duration(row, "windowUpper", place, findings, ids),
        window_label=text("windowLabel"),
        from_id=text("relativeFromScheduledInstanceId"),
        to_id=text("relativeToScheduledInstanceId"),
    )  # fmt: skip
    if timing.value is not None and not _agree(timing.value, parse_label(timing.value_label)):
        findings.warn(
            "U211", f"{place}.valueLabel",
            f"the value {quoted(timing.value_text)} and its label {quoted(timing.value_label)} "
            "differ", "the value is used", ids,
        )  # fmt: skip
    return timing


def _agree(value: Duration, label: Duration | None) -> bool:
    return label is None or (value == label and value.in_clock_time == label.in_clock_time)


def _duration(
    row: Row, key: str, place: str, findings: FindingList, ids: list[str]
) -> Duration | None:
    value: Json = row.get(key)
    if value is None or value == "":
        return None
    found = parse_iso(value) if isinstance(value, str) else None
    if found is None:
        negative = isinstance(value, str) and "-" in value
        reason = "a negative duration" if negative else "no whole ISO 8601 duration of one kind"
        findings.warn(
            "U210", f"{place}.{key}", f"{quoted(value)} is {reason}", "read as not stated", ids
        )
    return found


def _coded(
    row: Row, key: str, table: dict[str, str], place: str, findings: FindingList
) -> str | None:
    holder = object_of(row, key, place, findings)
    code, decode = holder.get("code"), holder.get("decode")
    by_code = table.get(code) if isinstance(code, str) else None
    by_decode = table.get(decode.strip().lower()) if isinstance(decode, str) else None
    if by_code and decode is not None and by_code != by_decode:
        findings.warn(
            "U212", f"{place}.{key}", f"the code {quoted(code)} and {quoted(decode)} differ",
            "the code is used", [str(row.get("id") or "")],
        )  # fmt: skip
    return by_code or by_decode


def _relation(row: Row, place: str, findings: FindingList, ids: list[str]) -> str:
    relation = _coded(row, "relativeToFrom", {**_RELATIONS, **_BY_DECODE}, place, findings)
    if relation is None:
        findings.warn(
            "U213", f"{place}.relativeToFrom", f"{quoted(row.get('relativeToFrom'))} names no "
            "ends to measure between", "counted from start to start, marked as assumed", ids,
        )  # fmt: skip
    return relation or ""
