"""Which timing places which instance: anchors, visits, and instances that must wait for a date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.flow import Flow
from scheduler.sources.usdm.gaps import bounded_twice, gap_pieces
from scheduler.sources.usdm.model import Instance, ScheduleTimeline
from scheduler.sources.usdm.timings import AFTER, BETWEEN, FIXED, PLACING, WITHIN, Timing
from scheduler.sources.usdm.windows import TimingWindow, read_window


@dataclass
class Placement:
    """Where an instance stands: an anchor (a Fixed timing), a visit, or waiting (no timing)."""

    instance: Instance
    timing: Timing | None = None
    window: TimingWindow = field(default_factory=TimingWindow)
    further: list[tuple[Timing, TimingWindow]] = field(default_factory=list)
    reason: str = ""

    @property
    def is_visit(self) -> bool:
        """Whether it hangs off an anchor."""
        return self.timing is not None and self.timing.kind != FIXED

    @property
    def anchor_id(self) -> str:
        """The instance that a visit hangs off; "" for the others."""
        return self.timing.to_id if self.timing is not None and self.is_visit else ""


def place_instances(
    timeline: ScheduleTimeline, settled: Iterable[Timing], flow: Flow,
    elsewhere: Mapping[str, str], reading: str, findings: FindingList,
) -> dict[str, Placement]:  # fmt: skip
    """Every activity instance in the flow's order, with the timing that places it.

    `settled` are the timeline's timings with both ends settled, `elsewhere` names the timeline
    of instances that stand in other timelines.
    """
    timings: dict[str, list[tuple[Timing, TimingWindow]]] = {}
    for timing in settled:
        if _usable(timing, timeline, elsewhere, findings):
            placing = timing.kind in PLACING
            window = read_window(timing, reading, findings) if placing else TimingWindow()
            timings.setdefault(timing.from_id, []).append((timing, window))
    placed = {
        id_: _choose(timeline.instances[id_], timings.get(id_, []), findings) for id_ in flow.order
    }
    _open_circles(placed, findings)
    _check_order(placed, findings)
    return placed


def _usable(
    timing: Timing, timeline: ScheduleTimeline, elsewhere: Mapping[str, str], findings: FindingList
) -> bool:
    if _on_decision(timing, timeline, findings):
        return False
    problems = [_end_problem("relativeFrom", timing.from_id, timeline, elsewhere)]
    if timing.kind is None:
        problems.append("neither After, Before, Within, Between nor Fixed Reference")
    elif timing.kind == FIXED:
        _check_fixed(timing, findings)
    else:
        problems.append(_end_problem("relativeTo", timing.to_id, timeline, elsewhere))
        if timing.to_id and timing.to_id == timing.from_id:
            problems.append("it is measured from its own instance")
        if timing.value is None and timing.kind != BETWEEN:
            problems.append("it has no readable value")
        if timing.kind in (WITHIN, BETWEEN):
            _check_bounds(timing, findings)
    told = "; ".join(problem for problem in problems if problem)
    if told:
        findings.warn("U230", timing.place, told, "this timing is not imported", [timing.id])
    return not told


def _on_decision(timing: Timing, timeline: ScheduleTimeline, findings: FindingList) -> bool:
    """Whether a timing stands on a decision: it has no date, and tells how long a pass takes."""
    subject = timeline.instances.get(timing.from_id)
    known = timing.to_id in timeline.instances and timing.to_id != timing.from_id
    if subject is None or not subject.is_decision or timing.kind not in PLACING or not known:
        return False
    if timing.value is None:
        return False
    findings.note(
        "U235", timing.place, f"the timing of a decision ({timing.value} {timing.kind} "
        f"{quoted(timing.to_id)}), which has no date of its own",
        "used for the length of a loop, and for what is counted from the decision", [timing.id],
    )  # fmt: skip
    return True


def _check_bounds(timing: Timing, findings: FindingList) -> None:
    """Report bounds around a "within" that say neither nothing nor a stretch beside the anchor."""
    stated = [size for size in (timing.lower, timing.upper) if size is not None]
    if timing.kind == WITHIN and any(not s.is_zero for s in stated) and not bounded_twice(timing):
        findings.warn(
            "U238", timing.place, "bounds on a timing of kind Within", "the bounds are not used",
            [timing.id],
        )  # fmt: skip
    if timing.window_label:
        findings.warn(
            "U238", f"{timing.place}.windowLabel",
            f"{quoted(timing.window_label)} on a timing of kind {quoted(timing.kind)}",
            "the label is not used", [timing.id],
        )  # fmt: skip


def _end_problem(
    end: str, id_: str, timeline: ScheduleTimeline, elsewhere: Mapping[str, str]
) -> str:
    if not id_:
        return f"{end}: no instance is named"
    instance = timeline.instances.get(id_)
    if instance is not None:
        decision = f"{end}: {quoted(id_)} is a decision, which has no date"
        return decision if instance.is_decision else ""
    if id_ in elsewhere:
        return f"{end}: {quoted(id_)} stands in another timeline, {quoted(elsewhere[id_])}"
    return f"{end}: {quoted(id_)} is no instance of the file"


def _check_fixed(timing: Timing, findings: FindingList) -> None:
    if timing.to_id and timing.to_id != timing.from_id:
        findings.warn(
            "U231", timing.place, f"a Fixed Reference that is measured from {quoted(timing.to_id)}",
            "read as an anchor of its own", [timing.id],
        )  # fmt: skip
    if timing.value is None:
        findings.warn(
            "U232", timing.place, "a Fixed Reference without a readable day",
            "read as an anchor; its day has no number", [timing.id],
        )  # fmt: skip
    if timing.lower is not None or timing.upper is not None or timing.window_label:
        findings.warn(
            "U233", timing.place, "a Fixed Reference with a window", "the window is not imported",
            [timing.id],
        )  # fmt: skip


def _choose(
    instance: Instance, timings: list[tuple[Timing, TimingWindow]], findings: FindingList
) -> Placement:
    if not timings:
        return Placement(instance, reason="the file has no usable timing for it")
    ranked = sorted(timings, key=_rank)
    if ranked[0][0].kind in (WITHIN, BETWEEN):
        return Placement(instance, further=ranked, reason="the file bounds it and names no target")
    (timing, window), further = ranked[0], ranked[1:]
    placed = Placement(instance, timing, window, further)
    if further:
        findings.warn(
            "U240", instance.place, f"{len(timings)} timings on one instance; all must hold",
            f"{timing.id} places it, the others become gaps where they can",
            [t.id for t, _ in ranked],
        )  # fmt: skip
    return placed


def _rank(pair: tuple[Timing, TimingWindow]) -> tuple[bool, bool, bool, bool]:
    timing, window = pair
    only_bounds = timing.kind in (WITHIN, BETWEEN)
    pieces = bool(gap_pieces(timing, window))
    return timing.kind != FIXED, only_bounds, not window.stated, pieces


def _open_circles(placed: dict[str, Placement], findings: FindingList) -> None:
    settled: set[str] = set()
    for start in placed:
        path: dict[str, None] = {}
        here = start
        while here in placed and here not in settled and here not in path:
            path[here] = None
            here = placed[here].anchor_id
        if here in path:
            circle = list(path)[list(path).index(here) :]
            _wait(placed, circle, findings)
        settled.update(path)


def _wait(placed: dict[str, Placement], circle: Iterable[str], findings: FindingList) -> None:
    members = [placed[id_] for id_ in circle]
    findings.warn(
        "U250", members[0].instance.place,
        f"{len(members)} instances are timed from each other in a circle",
        "none of these timings is imported; each instance waits for a recorded date",
        [m.timing.id for m in members if m.timing is not None] + [m.instance.id for m in members],
    )  # fmt: skip
    for member in members:
        member.timing, member.window = None, TimingWindow()
        member.reason = "its timings run in a circle"


def _check_order(placed: dict[str, Placement], findings: FindingList) -> None:
    latest: dict[str, tuple[float, str]] = {}
    known: dict[str, tuple[str, float]] = {}
    for id_, item in placed.items():
        root, offset = _nominal(placed, id_, known)
        if root in latest and offset < latest[root][0] and item.timing is not None:
            findings.warn(
                "U305", item.instance.place,
                f"in the flow it follows {quoted(latest[root][1])}, by its timing it comes before",
                "the timing is used", [item.timing.id, id_],
            )  # fmt: skip
        if root not in latest or offset > latest[root][0]:
            latest[root] = (offset, id_)


def _nominal(
    placed: dict[str, Placement], id_: str, known: dict[str, tuple[str, float]]
) -> tuple[str, float]:
    """The root of an instance and its nominal distance from it in days, a month as 30.44."""
    chain = []
    here = id_
    while here not in known and placed[here].is_visit and placed[here].anchor_id in placed:
        chain.append(here)
        here = placed[here].anchor_id
    root, offset = known.setdefault(here, (here, 0.0))
    for step in reversed(chain):
        timing = placed[step].timing
        assert timing is not None and timing.value is not None
        months, days, minutes = timing.value.parts
        sign = 1 if timing.kind == AFTER else -1
        offset += sign * (months * 30.44 + days + minutes / 1440)
        known[step] = (root, offset)
    return root, offset
