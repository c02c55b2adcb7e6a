"""Checks of the gaps of a protocol file: ends that can bound each other, bounds that can meet."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scheduler.days import MINUTES_A_DAY, Length, iso
from scheduler.days.working import WorkingDays
from scheduler.errors import FaultList, shown
from scheduler.protocol.names import DeclaredNames, check_only
from scheduler.protocol.nodes import BIRTH, FIXED_NODES
from scheduler.protocol.parts import length_in
from scheduler.yaml_text.kinds import Fields, ReadValue

Place = tuple[Fields, str]


def check_ends(start: ReadValue, end: ReadValue, faults: FaultList) -> bool:
    """Whether two ends can bound each other; a pair that cannot is reported."""
    if start.value == end.value:
        message = f"found {shown(end.value)} at both ends, expected two different nodes"
    elif start.value in (*FIXED_NODES, BIRTH) and end.value in FIXED_NODES:
        message = f"found {start.value} and {end.value}, expected a milestone or visit at one end"
    else:
        return True
    faults.in_line("P121", end.line, end.path, message)
    return False


def check_gap(item: ReadValue, names: DeclaredNames, faults: FaultList) -> None:
    """Reports what no single value of a gap shows."""
    gap: Fields = item.value
    check_only(gap, faults)
    right = [names.node(gap.get(key), fixed=True, birth=key == "from") for key in ("from", "to")]
    low, high = (length_in(gap, key) for key in ("min", "max"))
    if low and high:
        _check_bounds(gap["min"], low, high, faults)
    if "usual" in gap:
        _check_usual(gap, names, faults)
    if all(right) and check_ends(gap["from"], gap["to"], faults):
        for key, length in (("min", low), ("max", high)):
            if length and length.elapsed:
                _check_times(gap, key, names, faults)
                break
    if "usual" in gap or not any(length and length.elapsed for length in (low, high)):
        check_birth(gap.get("from"), [(gap, key) for key in ("min", "max", "usual")], faults)


def check_birth(start: ReadValue | None, places: Iterable[Place], faults: FaultList) -> None:
    """Reports times that count from a birth in hours, or in working days of a site."""
    if start is None or not start.ok or start.value != BIRTH:
        return
    for fields, key in places:
        length = length_in(fields, key) if key in fields and fields[key].ok else None
        for term in length.terms if length else ():
            hours = length is not None and length.elapsed
            if hours or term.unit == "working":
                found = fields[key]
                message = f"found {term.text} after birth, expected days, weeks, months or years"
                way_out = "of a birth the day is known, and no site's calendar goes back to it"
                code = "P133" if hours else "P135"
                faults.in_line(code, found.line, found.path, message, way_out)


def _check_usual(gap: Fields, names: DeclaredNames, faults: FaultList) -> None:
    """Reports a usual interval that is not one of days, or whose end has a target of its own."""
    found, length, end = gap["usual"], length_in(gap, "usual"), gap.get("to")
    if length and length.elapsed:
        message = f"found {length}, expected days, working days, weeks, months or years"
        faults.in_line("P133", found.line, found.path, message, "the schedule aims at days")
    if end is None or not end.ok:
        return
    visit = end.value.partition("#")[0] in (names.visits or {})
    if visit or end.value in FIXED_NODES:
        message = f"found usual before {shown(end.value)}, expected it before a milestone"
        way_out = "a visit has its own target" if visit else "the study's own dates are fixed"
        faults.in_line("P136", found.line, found.path, message, way_out)


def _check_times(gap: Fields, key: str, names: DeclaredNames, faults: FaultList) -> None:
    ends = [gap["from"].value, gap["to"].value]
    without = [name for name in ends if not _has_time(name, names)]
    if without:
        have = "has no time of day" if len(without) == 1 else "have no time of day"
        message = f"found hours, but {' and '.join(without)} {have}; expected at on both ends"
        ways = 'give it at: "10:00", or state the gap in days'
        if BIRTH in without:
            ways = "nobody records the hour of birth; state the gap in days"
        elif set(without) & set(FIXED_NODES):
            ways = "the study's own dates have no time; state the gap in days"
        faults.in_line("P122", gap[key].line, gap[key].path, message, ways)


def _has_time(name: str, names: DeclaredNames) -> bool:
    base = name.partition("#")[0]
    if base in (names.visits or {}):
        return base in names.timed_visits
    milestone = (names.milestones or Fields()).get_value(base)
    return isinstance(milestone, Fields) and "at" in milestone


_SAMPLE = np.arange(10957, 10957 + 28 * 366, dtype=np.int64)  # from 2000-01-01
_EVERY_DAY = WorkingDays(lambda first, last: np.zeros(last - first + 1, bool), None)
_SLACK = MINUTES_A_DAY + 60  # the clocks of two days may differ by a day and a clock change


def _check_bounds(found: ReadValue, low: Length, high: Length, faults: FaultList) -> None:
    empty = _empty_starts(low, high)
    said = f"found min {low} and max {high}"
    if empty.all():
        message = f"{said}, expected a min of at most the max"
        faults.in_line("P119", found.line, found.path, message)
    elif empty.any():
        day = iso(int(_SAMPLE[int(np.argmax(empty))]))
        message = f"{said}, which leave no day where the gap starts on {day} and some other days"
        message += "; expected a min of at most the max on every day"
        faults.in_line("P151", found.line, found.path, message)


def _empty_starts(low: Length, high: Length) -> NDArray[np.bool_]:
    """From which days of the sample min certainly leaves no day up to max."""
    if low.elapsed and high.elapsed:
        return np.full(1, low.minutes > high.minutes)
    if low.elapsed:
        first = _SAMPLE + (low.minutes - _SLACK) // MINUTES_A_DAY + 1
    else:
        first = low.first_clear(_SAMPLE, False, np.zeros(1), _EVERY_DAY)
    if high.elapsed:
        last = _SAMPLE - (-(high.minutes + _SLACK) // MINUTES_A_DAY) - 1
    elif high.works:
        return _all_working(low, high)
    else:
        last = high.forward(_SAMPLE)
    return np.asarray(first > last)


def _all_working(low: Length, high: Length) -> NDArray[np.bool_]:
    """Whether a min of working days certainly is more than a max of them; else nobody can say."""
    plain = low.pick == high.pick == "one"
    return np.full(1, plain and low.works and low.terms[0].working > high.terms[0].working)
