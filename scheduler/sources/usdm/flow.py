"""The flow of a timeline: its order, its loops, and what only some ways through it meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.model import Instance, ScheduleTimeline

MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Loop:
    """A decision that leads back: `members` are the instances between, in the flow's order."""

    decision: Instance
    condition: str
    members: tuple[str, ...]


@dataclass
class Flow:
    """Activity instances in the flow's order; `conditional`: why some are not always met."""

    order: list[str] = field(default_factory=list)
    conditional: dict[str, str] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)


def read_flow(timeline: ScheduleTimeline, findings: FindingList) -> Flow:
    """How the timeline is walked through; broken links and loops become findings."""
    _check_links(timeline, findings)
    entry = _entry(timeline, findings)
    if entry is None:
        return Flow()
    path = _default_path(timeline, entry, findings)
    reached = _reach(timeline, entry, "")
    walked = set(path)
    order = path + [i for i in timeline.instances if i in reached and i not in walked]
    stray = [i for i in timeline.instances if i not in reached]
    if stray:
        findings.warn(
            "U304", timeline.place, "instances that the flow from the entry never reaches",
            "imported, after the others", stray,
        )  # fmt: skip
    every = [i for i in order + stray if not timeline.instances[i].is_decision]
    flow = Flow(every, {}, list(_loops(timeline, findings)))
    _mark_conditional(timeline, flow, entry, reached, findings)
    return flow


def _check_links(timeline: ScheduleTimeline, findings: FindingList) -> None:
    known = timeline.instances
    for instance in known.values():
        if instance.next_id and instance.next_id not in known:
            findings.warn(
                "U301", f"{instance.place}.defaultConditionId",
                f"{quoted(instance.next_id)} is no instance of this timeline", "the flow ends here",
                [instance.id],
            )  # fmt: skip
        if instance.exit_id and instance.exit_id not in timeline.exits:
            findings.warn(
                "U301", f"{instance.place}.timelineExitId",
                f"{quoted(instance.exit_id)} is no exit of this timeline", "the flow ends here",
                [instance.id],
            )  # fmt: skip
        if not instance.next_id and not instance.exit_id and not instance.branches:
            findings.warn(
                "U301", instance.place, "neither a next instance nor an exit",
                "the flow ends here", [instance.id],
            )  # fmt: skip
        for condition, target in instance.branches:
            if target not in known and target not in timeline.exits:
                findings.warn(
                    "U302", f"{instance.place}.conditionAssignments",
                    f"the condition {quoted(condition)} leads to {quoted(target)}, "
                    "which is not in this timeline", "not followed", [instance.id],
                )  # fmt: skip


def _entry(timeline: ScheduleTimeline, findings: FindingList) -> str | None:
    if timeline.entry_id in timeline.instances:
        return timeline.entry_id
    first = next(iter(timeline.instances), None)
    if first is not None:
        findings.warn(
            "U300", f"{timeline.place}.entryId",
            f"{quoted(timeline.entry_id or None)} is no instance of this timeline",
            "the first instance of the file is taken as the entry, for the order only", [first],
        )  # fmt: skip
    return first


def _default_path(timeline: ScheduleTimeline, entry: str, findings: FindingList) -> list[str]:
    path: dict[str, None] = {}
    here = entry
    while here in timeline.instances:
        if here in path:
            findings.warn(
                "U303", timeline.place, "the default flow runs in a circle",
                f"followed once, up to {quoted(here)}", [here],
            )  # fmt: skip
            break
        path[here] = None
        here = timeline.instances[here].next_id
    return list(path)


def _links(timeline: ScheduleTimeline, instance: Instance) -> Iterator[str]:
    for target in (instance.next_id, *(target for _, target in instance.branches)):
        if target in timeline.instances:
            yield target


def _reach(timeline: ScheduleTimeline, entry: str, without: str) -> set[str]:
    reached: set[str] = set()
    todo = [entry]
    while todo:
        here = todo.pop()
        if here not in reached and here != without:
            reached.add(here)
            todo.extend(_links(timeline, timeline.instances[here]))
    return reached


def _loops(timeline: ScheduleTimeline, findings: FindingList) -> Iterator[Loop]:
    steps = MOST_STEPS
    for decision in timeline.instances.values():
        for condition, target in decision.branches:
            members, walked = _way_back(timeline, target, decision.id) if steps > 0 else (None, 0)
            steps -= walked
            if members is not None:
                yield Loop(decision, condition, tuple(members))
            elif target in timeline.instances:
                findings.warn(
                    "U310", decision.place,
                    f"a way that is taken on the condition {quoted(condition)}, in free text",
                    "not interpreted", [decision.id],
                )  # fmt: skip


def _way_back(
    timeline: ScheduleTimeline, target: str, decision: str
) -> tuple[list[str] | None, int]:
    path: dict[str, None] = {}
    here = target
    while here in timeline.instances and here not in path:
        if here == decision:
            return [i for i in path if not timeline.instances[i].is_decision], len(path)
        path[here] = None
        here = timeline.instances[here].next_id
    return None, len(path)


def _mark_conditional(
    timeline: ScheduleTimeline, flow: Flow, entry: str, reached: set[str], findings: FindingList
) -> None:
    deciding = [i for i in timeline.instances.values() if i.branches]
    if not deciding:
        return
    if len(flow.order) * len(reached) > MOST_STEPS:
        findings.warn(
            "U311", timeline.place, f"{len(reached)} instances with decisions among them",
            "too many to tell which of them only some ways meet; all are taken as always met",
        )  # fmt: skip
        return
    ends = {i for i in reached if not any(_links(timeline, timeline.instances[i]))} | {
        i for i in reached if timeline.instances[i].exit_id
    }
    names = ", ".join(d.title for d in deciding)
    for here in flow.order:
        if here in reached and ends & _reach(timeline, entry, here):
            flow.conditional[here] = f"met only on some ways through the decisions ({names})"
