"""The two ends of a timing, settled: what is named otherwise, left out, or a decision.

Only what the file leaves no choice about is derived, and each derived end is a finding and an
assumption: an encounter with one instance, a name that one instance bears, the only anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.durations import Duration, add
from scheduler.sources.usdm.model import Instance, ScheduleTimeline
from scheduler.sources.usdm.timings import AFTER, BEFORE, BETWEEN, FIXED, PLACING, WITHIN, Timing

MOST_DECISIONS = 20
# What an unusual relativeToFrom may say where it means the anchor that a timeline counts from.
_FIRST_DOSE = re.compile(
    r"(?:first|initial) (?:study )?(?:dose|dosing|treatment|administration)|treatment start|"
    r"start of (?:study )?treatment|dosing|(?:study )?day 1"
)
_PREVIOUS = re.compile(r"(?:the )?(?:previous|prior|preceding|last) (?:study )?visit")
_DAY = re.compile(r"(?:study )?day\s*([+\-\u2212]?\d{1,4})", re.IGNORECASE)


@dataclass(frozen=True)
class _Ends:
    """A timeline's instances by what else a file may call them; None where two share a name."""

    timeline: ScheduleTimeline
    order: Mapping[str, int]
    findings: FindingList
    named: Mapping[str, str | None]
    elsewhere: Mapping[str, str]
    anchors: tuple[Timing, ...] = ()

    @property
    def instances(self) -> Mapping[str, Instance]:
        return self.timeline.instances

    def by_name(self, text: str) -> str:
        """The one activity instance that is called so, or that stands in this encounter."""
        return self.named.get(_plain(text)) or ""

    def tell(self, timing: Timing, end: str, found: str, taken: str) -> str:
        """Report a derived end; the words that the protocol file repeats as its assumption."""
        done = f"{quoted(taken)} is taken"
        self.findings.warn("U236", f"{timing.place}.{end}", found, done, [timing.id, taken])
        return f"{found}; {done}"


def settle_ends(
    timeline: ScheduleTimeline, order: Iterable[str], elsewhere: Mapping[str, str],
    findings: FindingList,
) -> list[Timing]:  # fmt: skip
    """The timings with both ends settled as far as the file allows; others stay as they are.

    `order` are the activity instances in the flow's order, `elsewhere` those of other timelines.
    """
    places = {id_: place for place, id_ in enumerate(order)}
    named = _names(timeline, places)
    ends = _Ends(timeline, places, findings, named, elsewhere)
    subjects = [_subject(ends, timing) for timing in timeline.timings]
    anchors = tuple(t for t in subjects if t.kind == FIXED and t.from_id in places)
    ends = replace(ends, anchors=anchors)
    decided = {t.from_id: t for t in subjects if _is_decision(ends, t.from_id)}
    return [_sided(ends, _day_value(ends, _anchor(ends, t, decided))) for t in subjects]


def _names(timeline: ScheduleTimeline, places: Mapping[str, int]) -> dict[str, str | None]:
    named: dict[str, str | None] = {}
    for id_ in places:
        instance = timeline.instances[id_]
        for name in {_plain(n) for n in (instance.name, instance.label, instance.encounter_id)}:
            if name:
                named[name] = None if name in named else id_
    return named


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _is_decision(ends: _Ends, id_: str) -> bool:
    return id_ in ends.instances and ends.instances[id_].is_decision


def _subject(ends: _Ends, timing: Timing) -> Timing:
    """The timing with the instance that it places."""
    if timing.from_id in ends.instances or timing.from_id in ends.elsewhere:
        return timing
    taken = ends.by_name(timing.from_id)
    found = f"relativeFrom: {quoted(timing.from_id)} names an encounter or a title, not an id"
    if not taken:
        taken = ends.by_name(timing.name) or ends.by_name(timing.title)
        found = (
            f"relativeFrom: {quoted(timing.from_id or None)} is no instance; one instance bears "
            f"the timing's own name"
        )
    if not taken:
        return timing
    doubt = ends.tell(timing, "relativeFromScheduledInstanceId", found, taken)
    return replace(timing, from_id=taken, doubts=(*timing.doubts, doubt))


def _anchor(ends: _Ends, timing: Timing, decided: Mapping[str, Timing]) -> Timing:
    """The timing with the instance that it counts from."""
    if timing.kind is None or timing.kind == FIXED:
        return timing
    if _is_decision(ends, timing.to_id):
        return _through_decision(ends, timing, decided)
    if timing.to_id in ends.instances or timing.to_id in ends.elsewhere:
        return timing
    taken, found = _named_anchor(ends, timing)
    if not taken or taken == timing.from_id:
        return timing
    doubt = ends.tell(timing, "relativeToScheduledInstanceId", found, taken)
    return replace(timing, to_id=taken, doubts=(*timing.doubts, doubt))


def _named_anchor(ends: _Ends, timing: Timing) -> tuple[str, str]:
    if timing.to_id:
        told = f"relativeTo: {quoted(timing.to_id)} names an encounter or a title, not an id"
        return ends.by_name(timing.to_id), told
    words = _plain(timing.measured)
    told = "relativeTo: no instance is named"
    if words:
        told = f"{told}, only {quoted(timing.measured)}"
    if words and _PREVIOUS.fullmatch(words):
        return _previous(ends, timing.from_id), f"{told}, the instance before it in the flow"
    if words and ends.by_name(words):
        return ends.by_name(words), f"{told}, the name of one instance"
    alone = len(ends.anchors) == 1 and (not words or _FIRST_DOSE.fullmatch(words))
    return (ends.anchors[0].from_id, f"{told}; the timeline has one anchor") if alone else ("", "")


def _previous(ends: _Ends, id_: str) -> str:
    place = ends.order.get(id_, 0)
    return next((other for other, at in ends.order.items() if at == place - 1), "")


def _through_decision(ends: _Ends, timing: Timing, decided: Mapping[str, Timing]) -> Timing:
    """Counted from what the decision itself is counted from: the two distances are one."""
    here, value, kind = timing.to_id, timing.value, timing.kind
    for _ in range(MOST_DECISIONS):
        step = decided.get(here)
        if step is None or value is None or step.value is None or kind not in PLACING:
            return timing
        joined = _joined(kind, value, step)
        if joined is None:
            return timing
        (kind, value), here = joined, step.to_id
        if not _is_decision(ends, here):
            break
    if here not in ends.instances or here == timing.from_id or ends.instances[here].is_decision:
        return timing
    found = f"counted from the decision {quoted(timing.to_id)}, which is itself timed"
    doubt = ends.tell(timing, "relativeToScheduledInstanceId", found, here)
    return replace(timing, to_id=here, value=value, kind=kind, doubts=(*timing.doubts, doubt))


def _joined(kind: str, value: Duration, step: Timing) -> tuple[str, Duration] | None:
    assert step.value is not None
    if step.value.is_zero and step.kind in PLACING:
        return kind, value
    if value.is_zero and step.kind in PLACING:
        return step.kind or kind, step.value
    total = add(value, step.value) if kind == step.kind else None
    return None if total is None else (kind, total)


def day_number(timing: Timing) -> int | None:
    """Which day the anchor of a Fixed Reference is, 1 or 0, by its label, else by its value."""
    label = _DAY.fullmatch(timing.value_label)
    if label is not None:
        number = int(label.group(1).replace("\u2212", "-"))
        return number if number in (0, 1) else None
    if timing.value is None or timing.sign < 0:
        return None
    return 0 if timing.value.is_zero else 1 if timing.value.parts == (0, 1, 0) else None


def offset_of_day(number: int, first: int) -> int | None:
    """The distance in days from the anchor to a printed day; None for a day that is not printed.

    `first` is the anchor's own number; with Day 1 there is no Day 0, and Day -1 is the day before.
    """
    if first == 0 or number < 0:
        return number
    return None if number == 0 else number - 1


def _day_value(ends: _Ends, timing: Timing) -> Timing:
    """A timing without a value whose label is a study day: its distance from a numbered anchor."""
    label = _DAY.fullmatch(timing.value_label)
    if timing.value is not None or timing.kind not in PLACING or label is None:
        return timing
    anchor = next((t for t in ends.anchors if t.from_id == timing.to_id), None)
    first = None if anchor is None else day_number(anchor)
    if first is None:
        return timing
    offset = offset_of_day(int(label.group(1).replace("\u2212", "-")), first)
    if offset is None or (offset and (offset < 0) != (timing.kind == BEFORE)):
        return timing
    value = Duration(days=abs(offset))
    found = f"no value; {quoted(timing.value_label)} where the anchor is Day {first}"
    done = f"read as {value} {timing.kind} it"
    ends.findings.warn("U215", f"{timing.place}.value", found, done, [timing.id])
    return replace(timing, value=value, doubts=(*timing.doubts, f"{found}; {done}"))


def _sided(ends: _Ends, timing: Timing) -> Timing:
    """A "within" or "between" whose sign does not tell the side: told by the flow's order."""
    if timing.kind not in (WITHIN, BETWEEN) or timing.sign or any(timing.signs):
        return timing
    here, there = (ends.order.get(id_) for id_ in (timing.from_id, timing.to_id))
    if here is None or there is None or here == there:
        return timing
    side = BEFORE if here < there else AFTER
    if timing.kind == BETWEEN and side == BEFORE:
        return timing
    found = f"a timing of kind {quoted(timing.kind)}, without a sign"
    done = f"taken as {side} its anchor, as in the flow"
    ends.findings.warn("U237", timing.place, found, done, [timing.id])
    return replace(
        timing, sign=-1 if side == BEFORE else 1, doubts=(*timing.doubts, f"{found}; {done}")
    )


def decision_timings(timeline: ScheduleTimeline, timings: Iterable[Timing]) -> Iterator[Timing]:
    """The usable timings that stand on decisions: they tell how long a pass of a loop takes."""
    for timing in timings:
        instance = timeline.instances.get(timing.from_id)
        placed = timing.kind in PLACING and timing.value is not None
        if instance is not None and instance.is_decision and placed:
            yield timing
