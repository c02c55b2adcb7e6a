"""The window of one timing: its bounds, its label, and where the two disagree."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.durations import Duration, LabelRange, parse_range, subtract
from scheduler.sources.usdm.timings import AFTER, BEFORE, Timing

IN_TIME_ORDER, TOWARD_ANCHOR = "in-time-order", "toward-anchor"


@dataclass(frozen=True)
class TimingWindow:
    """How far before and after the target; None on a side means that the side is not stated."""

    before: Duration | None = None
    after: Duration | None = None
    doubt: str = ""

    @property
    def stated(self) -> bool:
        """Whether both sides are stated."""
        return self.before is not None and self.after is not None

    @property
    def half(self) -> bool:
        """Whether exactly one side is stated."""
        return (self.before is None) != (self.after is None)


def read_window(timing: Timing, reading: str, findings: FindingList) -> TimingWindow:
    """The window that a timing states, in time order.

    Bounds are sizes: target - lower .. target + upper. With the reading "toward-anchor" the
    lower bound of a Before timing counts toward the anchor, the upper one away from it.
    """
    label = _label(timing, findings)
    lower, upper, doubt = _bounds(timing, label, findings)
    window = TimingWindow(lower, upper, doubt)
    if timing.kind == BEFORE and lower != upper and not timing.signed_bounds:
        window = _before(timing, window, label, reading, findings)
    if window.before is None and window.after is None:
        findings.note(
            "U220", timing.place, "no window is stated", "kept as window: unknown", [timing.id]
        )
    elif window.half:
        side = "after" if window.after is None else "before"
        findings.warn(
            "U221", timing.place, f"the window is open: nothing is stated {side} the target",
            "window: unknown, and the stated side becomes a gap where it can", [timing.id],
        )  # fmt: skip
    _check_crossing(timing, window, findings)
    return window


def _label(timing: Timing, findings: FindingList) -> LabelRange | None:
    if not timing.window_label:
        return None
    label = parse_range(timing.window_label)
    if label is None:
        findings.warn(
            "U222", f"{timing.place}.windowLabel",
            f"{quoted(timing.window_label)} is no range that can be read",
            "the label is not used", [timing.id],
        )  # fmt: skip
    return label


def _bounds(
    timing: Timing, label: LabelRange | None, findings: FindingList
) -> tuple[Duration | None, Duration | None, str]:
    lower, upper = timing.lower, timing.upper
    if label is None:
        return lower, upper, ""
    low, high = label.side(label.low), label.side(label.high)
    outside = ((label.low or 0) > 0 and label.signed) or (label.high or 0) < 0
    if lower is None and upper is None:
        return _from_label(timing, low, high, outside or (label.low or 0) > 0, findings)
    filled = (lower is None and low is not None) or (upper is None and high is not None)
    lower, upper = lower or low, upper or high
    if filled:
        findings.warn(
            "U223", timing.place, "one bound of the window is missing or unreadable",
            f"filled from the label {quoted(timing.window_label)}", [timing.id],
        )  # fmt: skip
    if (low, high) != (lower, upper) or outside:
        found = f"the bounds {lower} and {upper} and the label {quoted(timing.window_label)} differ"
        findings.warn("U224", timing.place, found, "the bounds are used", [timing.id])
        return lower, upper, f"{found}; the bounds are used"
    if (label.low or 0) > 0:
        findings.warn(
            "U225", f"{timing.place}.windowLabel",
            f"{quoted(timing.window_label)} has lost its minus sign",
            f"the bounds are sizes: {lower} before and {upper} after the target", [timing.id],
        )  # fmt: skip
    return lower, upper, ""


def _from_label(
    timing: Timing, low: Duration | None, high: Duration | None, unclear: bool,
    findings: FindingList,
) -> tuple[Duration | None, Duration | None, str]:  # fmt: skip
    if unclear:
        findings.warn(
            "U226", f"{timing.place}.windowLabel",
            f"{quoted(timing.window_label)} without bounds: a window that leaves out its target, "
            "or a lost sign", "not used", [timing.id],
        )  # fmt: skip
        return None, None, ""
    findings.note(
        "U227", f"{timing.place}.windowLabel", "no bounds, only a label",
        f"the window is read from the label {quoted(timing.window_label)}", [timing.id],
    )  # fmt: skip
    return low, high, f'read from the label "{timing.window_label}"'


def _before(
    timing: Timing,
    window: TimingWindow,
    label: LabelRange | None,
    reading: str,
    findings: FindingList,
) -> TimingWindow:
    swapped = TimingWindow(window.after, window.before, window.doubt)
    used, other = (window, swapped) if reading == IN_TIME_ORDER else (swapped, window)
    clear = label is not None and (label.low or 0) < 0 and not window.doubt
    if clear and reading == IN_TIME_ORDER:
        return used
    findings.warn(
        "U228", timing.place,
        "a lopsided window on a Before timing: its bounds can be meant in time order or toward "
        "the anchor",
        f"read {reading}: {_sides(used)}; the other reading gives {_sides(other)}", [timing.id],
    )  # fmt: skip
    doubt = f"the window is read {reading}"
    return TimingWindow(
        used.before, used.after, f"{window.doubt}; {doubt}" if window.doubt else doubt
    )


def _sides(window: TimingWindow) -> str:
    return f"{window.before or 'nothing'} before and {window.after or 'nothing'} after the target"


def _check_crossing(timing: Timing, window: TimingWindow, findings: FindingList) -> None:
    toward = window.after if timing.kind == BEFORE else window.before
    if toward is None or toward.is_zero or timing.value is None:
        return
    if timing.kind not in (AFTER, BEFORE):
        return
    left = subtract(timing.value, toward)
    beyond = _crosses(timing.value, toward) if left is None else left[1]
    if beyond:
        findings.warn(
            "U229", timing.place,
            f"the window ({_sides(window)}) crosses the anchor: the target is {timing.value} "
            f"{timing.kind} it", "kept as stated", [timing.id],
        )  # fmt: skip


def _crosses(value: Duration, toward: Duration) -> bool:
    # Only for the warning: a month is at least 28 days, at most 31.
    most = value.months * 31 * 1440 + value.days * 1440 + value.minutes
    return toward.months * 28 * 1440 + toward.days * 1440 + toward.minutes > most
