"""Cycles: a loop of the flow, unrolled into a bounded number of passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.durations import Duration, in_reach
from scheduler.sources.usdm.ends import decision_timings
from scheduler.sources.usdm.flow import Flow, Loop
from scheduler.sources.usdm.model import Entry, ScheduleTimeline
from scheduler.sources.usdm.names import plain_label, unique_name
from scheduler.sources.usdm.passes import Distance, count_passes, distance, pass_end, total_length
from scheduler.sources.usdm.placement import Placement
from scheduler.sources.usdm.timings import AFTER, FIXED, Timing
from scheduler.sources.usdm.visits import (
    GrowingProtocol,
    source_of,
    visit_entry,
    window_entry,
)
from scheduler.sources.usdm.windows import TimingWindow

MOST_UNROLLED = 5_000
MOST_CYCLES = 50
MOST_LOOPS = 200


@dataclass(frozen=True)
class Cycle:
    """A loop whose length the file states; `passes` counts the first one too."""

    loop: Loop
    every: Duration
    passes: int
    bound: str

    @property
    def first(self) -> str:
        """The instance that the loop leads back to."""
        return self.loop.members[0]


def read_cycles(
    timeline: ScheduleTimeline, flow: Flow, placed: dict[str, Placement],
    settled: Iterable[Timing], findings: FindingList,
) -> list[Cycle]:  # fmt: skip
    """The loops that can be unrolled; what hangs off them from outside must wait for a date.

    A cycle is as long as the way from the loop's first instance to its decision, or to its last
    instance where the decision is not timed. How often it runs is free text in USDM: a range
    such as "cycle 4 to 12" and study days ("Day = -6") are read, else a bound is set.
    """
    decisions = {timing.from_id: timing for timing in decision_timings(timeline, settled)}
    cycles: list[Cycle] = []
    if len(flow.loops) > MOST_LOOPS:
        findings.warn(
            "U325", flow.loops[MOST_LOOPS].decision.place, f"{len(flow.loops)} loops",
            f"only the first {MOST_LOOPS} are looked at; the rest are imported for one pass",
            [loop.decision.id for loop in flow.loops[MOST_LOOPS:]],
        )  # fmt: skip
    for loop in flow.loops[:MOST_LOOPS]:
        every, end = _length(placed, loop, decisions)
        told = f"a loop back, taken on the condition {quoted(loop.condition)}"
        ids = [loop.decision.id, *loop.members]
        if every is None:
            findings.warn(
                "U320", loop.decision.place, f"{told}; its length cannot be told from its timings",
                "its instances are imported for one pass", ids,
            )  # fmt: skip
            continue
        passes, bound = count_passes(timeline, placed, loop, end, every)
        too_long = not in_reach(*(2 * passes * part for part in every.parts))
        if len(loop.members) * passes > MOST_UNROLLED or len(cycles) >= MOST_CYCLES or too_long:
            findings.warn(
                "U325", loop.decision.place, f"{told}; too large to unroll",
                "its instances are imported for one pass", ids,
            )  # fmt: skip
            continue
        cycle = Cycle(loop, every, passes, bound)
        cycles.append(cycle)
        findings.warn(
            "U321", loop.decision.place, f"{told}; one pass takes {every}",
            f"imported for {passes} passes ({bound}); those after the first are optional", ids,
        )  # fmt: skip
        _detach(cycle, placed, findings)
    return cycles


def _length(
    placed: Mapping[str, Placement], loop: Loop, decisions: Mapping[str, Timing]
) -> tuple[Duration | None, Distance]:
    if not loop.members:
        return None, Distance("", (0, 0, 0))
    end = pass_end(placed, loop, decisions)
    return total_length(distance(placed, loop.members[0]), end), end


def _detach(cycle: Cycle, placed: dict[str, Placement], findings: FindingList) -> None:
    members = set(cycle.loop.members)
    for id_, item in placed.items():
        if id_ not in members and item.anchor_id in members and item.timing is not None:
            findings.warn(
                "U322", item.instance.place,
                f"timed from {quoted(item.anchor_id)}, which a cycle meets again and again",
                "which pass is meant is not stated: this timing is not imported",
                [item.timing.id, id_],
            )  # fmt: skip
            item.timing, item.window = None, TimingWindow()
            item.reason = "it is timed from a cycle, and the file does not say from which pass"


def write_passes(
    draft: GrowingProtocol, timeline: ScheduleTimeline, cycle: Cycle,
    placed: Mapping[str, Placement], names: Mapping[str, str], findings: FindingList,
) -> None:  # fmt: skip
    """Add the passes after the first: the loop's first instance repeats, the others hang off it."""
    if cycle.passes < 2:
        return
    again = _again(draft, timeline, cycle, placed, names)
    if again is None:
        findings.warn(
            "U323", cycle.loop.decision.place,
            "the cycle's first instance lies before its anchor, or too far from it, to repeat",
            "its instances are imported for one pass", cycle.loop.members,
        )  # fmt: skip
        return
    for number in range(2, cycle.passes + 1):
        known = {cycle.first: f"{again}#{number - 1}"}
        for id_ in _members_by_anchor(cycle, placed):
            item = placed[id_]
            if item.anchor_id in known and not draft.is_full:
                known[id_] = unique_name(f"{names[id_]}_pass_{number}", draft.taken)
                draft.visits.append(
                    _pass_entry(timeline, cycle, item, known[id_], known[item.anchor_id], number)
                )
            elif number == 2:
                findings.warn(
                    "U324", item.instance.place,
                    "inside a cycle, but not timed from the cycle's first instance",
                    "imported for the first pass only", [id_],
                )  # fmt: skip


def _members_by_anchor(cycle: Cycle, placed: Mapping[str, Placement]) -> Iterator[str]:
    rest = [id_ for id_ in cycle.loop.members[1:] if not _is_end_marker(cycle, placed, id_)]
    known = {cycle.first}
    while rest:
        ready = [id_ for id_ in rest if placed[id_].anchor_id in known]
        if not ready:
            yield from rest
            return
        yield from ready
        known.update(ready)
        rest = [id_ for id_ in rest if id_ not in known]


def _is_end_marker(cycle: Cycle, placed: Mapping[str, Placement], id_: str) -> bool:
    """Whether an instance only marks the cycle's end, where the next pass begins anyway."""
    used = any(placed[other].anchor_id == id_ for other in cycle.loop.members)
    return id_ == cycle.loop.members[-1] and placed[id_].instance.only_flow and not used


def _again(
    draft: GrowingProtocol, timeline: ScheduleTimeline, cycle: Cycle,
    placed: Mapping[str, Placement], names: Mapping[str, str],
) -> str | None:  # fmt: skip
    item = placed[cycle.first]
    anchor, target = names[cycle.first], cycle.every
    if item.is_visit:
        timing = item.timing
        assert timing is not None and timing.value is not None
        sign = 1 if timing.kind == AFTER else -1
        months, days, minutes = (
            sign * a + b for a, b in zip(timing.value.parts, cycle.every.parts, strict=True)
        )
        mixed = minutes and (months or days)
        if min(months, days, minutes) < 0 or mixed or not in_reach(months, days, minutes):
            return None
        anchor, target = names[item.anchor_id], Duration(months, days, minutes)
    name = unique_name(f"{names[cycle.first]}_again", draft.taken)
    fixed = item.timing is None or item.timing.kind == FIXED
    draft.visits.append({
        "id": name, "label": plain_label(f"{item.instance.title}, further passes"),
        "after": anchor, "target": str(target),
        "window": "unknown" if fixed else window_entry(item.window),
        "repeat": {"every": str(cycle.every), "times": cycle.passes - 1},
        **item.instance.at_visit, "optional": True,
        "source": source_of(timeline, item.instance, item.timing),
        "assumption": _assumed(cycle),
    })  # fmt: skip
    return name


def _pass_entry(
    timeline: ScheduleTimeline, cycle: Cycle, item: Placement, name: str, anchor: str, number: int
) -> Entry:
    source = source_of(timeline, item.instance, item.timing)
    entry = visit_entry(name, anchor, item, source, True, [_assumed(cycle)])
    entry["label"] = plain_label(f"{item.instance.title}, pass {number}")
    return entry


def _assumed(cycle: Cycle) -> str:
    condition = plain_label(cycle.loop.condition)
    return f'runs on the condition "{condition}"; {cycle.passes} passes: {cycle.bound}'
