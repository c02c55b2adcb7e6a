"""Cross-checks between the timelines of a design and the encounters and activities around them."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.header import Design
from scheduler.sources.usdm.json import rows, text_of
from scheduler.sources.usdm.model import ScheduleTimeline


def check_references(design: Design, timeline: ScheduleTimeline, findings: FindingList) -> None:
    """Report instances whose activities, encounter or epoch do not exist, or share an encounter."""
    known = {
        key: {
            text_of(row, "id", place, findings)
            for place, row in rows(design.row, key, design.place, findings)
        }
        for key in ("activities", "encounters", "epochs")
    }
    for instance in timeline.instances.values():
        links = [("activities", "activityIds", id_) for id_ in instance.activity_ids]
        links.append(("encounters", "encounterId", instance.encounter_id))
        links.append(("epochs", "epochId", instance.epoch_id))
        for key, field, id_ in links:
            if id_ and id_ not in known[key]:
                findings.warn(
                    "U109", f"{instance.place}.{field}", f"{quoted(id_)} is not among the {key}",
                    "the link is not followed", [instance.id],
                )  # fmt: skip
    _check_shared(timeline, findings)
    _check_encounters(design, timeline, findings)


def _check_shared(timeline: ScheduleTimeline, findings: FindingList) -> None:
    sharing: dict[str, list[str]] = {}
    for instance in timeline.instances.values():
        if instance.encounter_id:
            sharing.setdefault(instance.encounter_id, []).append(instance.id)
    for encounter, members in sharing.items():
        if len(members) > 1:
            findings.note(
                "U110", timeline.place,
                f"{len(members)} instances share the encounter {quoted(encounter)}",
                "each instance is a visit of its own", members,
            )  # fmt: skip


def _check_encounters(design: Design, timeline: ScheduleTimeline, findings: FindingList) -> None:
    placed_at: dict[str, set[str]] = {}
    for timing in timeline.timings:
        instance = timeline.instances.get(timing.from_id)
        if instance is not None and instance.encounter_id:
            placed_at.setdefault(instance.encounter_id, set()).add(timing.id)
    all_timings = {timing.id for timing in timeline.timings}
    met = {instance.encounter_id for instance in timeline.instances.values()}
    for place, row in rows(design.row, "encounters", design.place, findings):
        id_ = text_of(row, "id", place, findings)
        timing_id = text_of(row, "scheduledAtId", place, findings)
        if not timing_id or id_ not in met:
            continue
        if timing_id not in placed_at.get(id_, set()):
            missing = "" if timing_id in all_timings else ", which is not in the timeline"
            findings.warn(
                "U111", f"{place}.scheduledAtId",
                f"the encounter names the timing {quoted(timing_id)}{missing}; its instances are "
                f"placed by {quoted(', '.join(sorted(placed_at.get(id_, set()))) or None)}",
                "the timings of the instances are used", [id_, timing_id],
            )  # fmt: skip


def hosts_of(
    design: Design,
    main: ScheduleTimeline,
    known: Mapping[str, ScheduleTimeline],
    findings: FindingList,
) -> dict[str, list[str]]:
    """Which instances of the main timeline run each other timeline, by the timeline's id."""
    runs: dict[str, str] = {}
    for place, row in rows(design.row, "activities", design.place, findings):
        timeline_id = text_of(row, "timelineId", place, findings)
        if not timeline_id:
            continue
        if timeline_id in known:
            runs[text_of(row, "id", place, findings)] = timeline_id
        else:
            findings.warn(
                "U112", f"{place}.timelineId", f"{quoted(timeline_id)} is no timeline of the file",
                "the link is not followed", [text_of(row, "id", place, findings)],
            )  # fmt: skip
    hosts: dict[str, list[str]] = {}
    for instance in main.instances.values():
        asked = [runs[a] for a in instance.activity_ids if a in runs]
        if instance.timeline_id in known:
            asked.append(instance.timeline_id)
        elif instance.timeline_id:
            findings.warn(
                "U112", f"{instance.place}.timelineId",
                f"{quoted(instance.timeline_id)} is no timeline of the file",
                "the link is not followed", [instance.id],
            )  # fmt: skip
        for timeline_id in dict.fromkeys(asked):
            hosts.setdefault(timeline_id, []).append(instance.id)
    return hosts
