"""How often a loop is run: what its condition says, and what the flow goes to after it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scheduler.sources.findings import quoted
from scheduler.sources.usdm.durations import Duration
from scheduler.sources.usdm.ends import day_number, offset_of_day
from scheduler.sources.usdm.flow import Loop
from scheduler.sources.usdm.model import ScheduleTimeline
from scheduler.sources.usdm.placement import Placement
from scheduler.sources.usdm.timings import AFTER, Timing

PASSES_WHERE_UNSTATED = 12
MOST_PASSES = 200
LONGEST_CONDITION = 500
UNSTATED = "a bound set by the import, the file states none"

_FROM_TO = re.compile(r"(\d{1,3})\s*(?:to|through|-|\u2013|\.\.+)\s*(\d{1,3})")
_DAYS = re.compile(
    r"\b(?:(?P<word>before|until|up to)\s+)?days?\s*(?P<sign>==|=|<=|\u2264|<|is)?\s*"
    r"(?P<day>[+\-\u2212]?\d{1,4})"
    r"(?:\s*(?:to|through|\u2013|-|\.\.+)\s*(?:days?\s*)?(?P<to>[+\-\u2212]?\d{1,4}))?"
    r"(?!\s*(?:days?|weeks?|months?)\b)",
    re.IGNORECASE,
)
_Parts = tuple[int, int, int]


@dataclass(frozen=True)
class Distance:
    """How far an instance is from the root that its timings lead back to; parts carry signs."""

    root: str
    parts: _Parts


def distance(placed: Mapping[str, Placement], id_: str) -> Distance:
    """The exact distance of an instance from its root, its targets added up along the chain."""
    total: _Parts = (0, 0, 0)
    here = id_
    while here in placed and placed[here].is_visit:
        timing = placed[here].timing
        assert timing is not None and timing.value is not None
        total = _step(total, timing)
        here = placed[here].anchor_id
    return Distance(here, total)


def _step(total: _Parts, timing: Timing) -> _Parts:
    assert timing.value is not None
    sign = 1 if timing.kind == AFTER else -1
    months, days, minutes = (a + sign * b for a, b in zip(total, timing.value.parts, strict=True))
    return months, days, minutes


def pass_end(
    placed: Mapping[str, Placement], loop: Loop, decisions: Mapping[str, Timing]
) -> Distance:
    """Where one pass of a loop ends: at its decision if that is timed, else its last instance."""
    timing = decisions.get(loop.decision.id)
    if timing is not None and timing.to_id in loop.members:
        inner = distance(placed, timing.to_id)
        return Distance(inner.root, _step(inner.parts, timing))
    return distance(placed, loop.members[-1])


def count_passes(
    timeline: ScheduleTimeline, placed: Mapping[str, Placement], loop: Loop, end: Distance,
    every: Duration,
) -> tuple[int, str]:  # fmt: skip
    """How many passes a loop has, the first one too, and where the number comes from.

    Read are "cycle 4 to 12" and the study days on which the loop goes back ("Day = -6"). Where
    the condition says neither, a bound is set; it never passes what the flow goes to next, nor
    the day that the loop's instances are counted down to.
    """
    told = f"read from the words {quoted(loop.condition)}"
    about_cycles = "cycle" in loop.condition[:LONGEST_CONDITION].lower()
    cycles = _FROM_TO.search(loop.condition[:LONGEST_CONDITION]) if about_cycles else None
    if cycles is not None:
        count = int(cycles.group(2)) - int(cycles.group(1)) + 1
        if 1 <= count <= MOST_PASSES:
            return count, told
    by_day = _by_day(placed, loop, end, every)
    if by_day is not None:
        return by_day, told
    return _bounded(timeline, placed, loop, end, every)


def _by_day(
    placed: Mapping[str, Placement], loop: Loop, end: Distance, every: Duration
) -> int | None:
    goes_on = _day_condition(loop.condition)
    root = placed[end.root].timing if end.root in placed else None
    first = None if root is None else day_number(root)
    if goes_on is None or first is None or every.months or every.minutes or not every.days:
        return None
    months, days, minutes = end.parts
    if months or minutes:
        return None
    count = 1
    while count <= MOST_PASSES and goes_on(days + (count - 1) * every.days, first):
        count += 1
    return count if count <= MOST_PASSES else None


def _day_condition(condition: str) -> Callable[[int, int], bool] | None:
    """Whether the loop goes back on a day, by its distance from the anchor and the anchor's number.

    None where the condition is not about one day, or about one stretch of days.
    """
    found = list(_DAYS.finditer(condition)) if len(condition) <= LONGEST_CONDITION else []
    if len(found) != 1 or re.search(r"\b(?:or|not)\b|[>\u2265!]|<>", condition):
        return None
    low, high = (found[0].group(key) for key in ("day", "to"))
    sign = (found[0].group("word") or found[0].group("sign") or "").lower()

    def goes_on(offset: int, first: int) -> bool:
        least, most = (None if n is None else offset_of_day(_number(n), first) for n in (low, high))
        if least is None or (high is not None and most is None):
            return False
        if most is not None:
            return least <= offset <= most
        if sign in ("<", "before", "until"):
            return offset < least
        if sign in ("<=", "\u2264", "up to"):
            return offset <= least
        return offset == least

    return goes_on


def _number(text: str) -> int:
    return int(text.replace("\u2212", "-"))


def _bounded(
    timeline: ScheduleTimeline, placed: Mapping[str, Placement], loop: Loop, end: Distance,
    every: Duration,
) -> tuple[int, str]:  # fmt: skip
    follower = _follower(timeline, placed, loop)
    limits = []
    if follower:
        limits.append((distance(placed, follower), f"not past {quoted(follower)}, which follows"))
    if min(end.parts) < 0 and not max(end.parts):
        limits.append((Distance(end.root, (0, 0, 0)), f"not past {quoted(end.root)}"))
    count, told = PASSES_WHERE_UNSTATED, UNSTATED
    marker = placed[loop.members[-1]].instance.only_flow
    for limit, words in limits:
        most = _most_passes(end, every, limit, touching=marker)
        if most is not None and most < count:
            count, told = most, f"{UNSTATED}; {words}"
    return count, told


def _follower(timeline: ScheduleTimeline, placed: Mapping[str, Placement], loop: Loop) -> str:
    """The instance that the flow goes to when the loop is left; "" where it is not placed."""
    here, seen = loop.decision.next_id, {loop.decision.id}
    while here in timeline.instances and here not in seen:
        seen.add(here)
        if not timeline.instances[here].is_decision:
            return here if here in placed and not _hangs_off(placed, here, loop) else ""
        here = timeline.instances[here].next_id
    return ""


def _hangs_off(placed: Mapping[str, Placement], id_: str, loop: Loop) -> bool:
    """Whether an instance is a member of a loop, or timed from one."""
    here, members = id_, set(loop.members)
    while here in placed and placed[here].is_visit and here not in members:
        here = placed[here].anchor_id
    return here in members


def _most_passes(end: Distance, every: Duration, limit: Distance, *, touching: bool) -> int | None:
    """How many passes end before a limit; None where the two cannot be compared exactly."""
    if end.root != limit.root:
        return None
    steps = [part for part in zip(every.parts, end.parts, limit.parts, strict=True) if any(part)]
    if len(steps) != 1 or not steps[0][0]:
        return None
    ((step, own, most),) = steps
    room = most - own if touching else most - own - 1
    return None if room < 0 else 1 + room // step


def total_length(first: Distance, end: Distance) -> Duration | None:
    """How long one pass takes; None where that is no one length forward."""
    if first.root != end.root:
        return None
    months, days, minutes = (b - a for a, b in zip(first.parts, end.parts, strict=True))
    whole = min(months, days, minutes) >= 0 and (months or days or minutes)
    if not whole or (minutes and (months or days)):
        return None
    return Duration(months, days, minutes)
