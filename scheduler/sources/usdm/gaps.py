"""Gaps that say what a timing says beside the visit it places, or without placing one."""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.sources.usdm.durations import Duration, add, subtract
from scheduler.sources.usdm.timings import BEFORE, BETWEEN, FIXED, WITHIN, Timing
from scheduler.sources.usdm.windows import TimingWindow

_NOTHING = Duration(spelled="0 days")


@dataclass(frozen=True)
class GapPiece:
    """One gap between two instances."""

    start: str
    end: str
    least: Duration | None = None
    most: Duration | None = None


def gap_pieces(timing: Timing, window: TimingWindow) -> list[GapPiece]:
    """The gaps that say the same as a timing's window; [] where gaps cannot say it.

    Gaps in hours need a clock time on both ends, which USDM never gives.
    """
    if timing.kind in (WITHIN, BETWEEN):
        return _bound_pieces(timing)
    value = timing.value
    sizes = [d for d in (value, window.before, window.after) if d is not None]
    if timing.kind == FIXED or value is None or any(d.in_clock_time for d in sizes):
        return []
    pieces = []
    toward, away = window.before, window.after
    if timing.kind == BEFORE:
        toward, away = away, toward
    if away is not None:
        far = add(value, away)
        if far is None:
            return []
        pieces.append(_piece(timing, far, far=True, beyond=False))
    if toward is not None:
        near = subtract(value, toward)
        if near is None:
            return []
        pieces.append(_piece(timing, near[0], far=False, beyond=near[1]))
    return _merged(pieces)


def _piece(timing: Timing, size: Duration, *, far: bool, beyond: bool) -> GapPiece:
    """A bound on the way from the anchor to the instance; `beyond` lies on its other side."""
    first, last = timing.to_id, timing.from_id
    if timing.kind == BEFORE:
        first, last = last, first
    if far:
        return GapPiece(first, last, most=size)
    return GapPiece(last, first, most=size) if beyond else GapPiece(first, last, least=size)


def _merged(pieces: list[GapPiece]) -> list[GapPiece]:
    if len(pieces) == 2 and pieces[0].start == pieces[1].start:
        least = pieces[0].least or pieces[1].least
        return [GapPiece(pieces[0].start, pieces[0].end, least, pieces[0].most or pieces[1].most)]
    return pieces


def _bound_pieces(timing: Timing) -> list[GapPiece]:
    """ "Within V of the anchor", "between L and U of the anchor": bounds, and no target."""
    lower, upper = timing.lower, timing.upper
    sizes = [d for d in (timing.value, lower, upper) if d is not None]
    if any(d.in_clock_time and not d.is_zero for d in sizes):
        return []
    subject, anchor = timing.from_id, timing.to_id
    if bounded_twice(timing):
        assert lower is not None and upper is not None
        return _between(timing, lower, upper)
    if timing.kind == BETWEEN or timing.value is None or not timing.sign:
        return []
    ends = (subject, anchor) if timing.sign < 0 else (anchor, subject)
    return [GapPiece(*ends, least=_NOTHING, most=timing.value)]


def bounded_twice(timing: Timing) -> bool:
    """Whether the bounds of a "within" or "between" are distances from the anchor."""
    lower, upper = timing.lower, timing.upper
    if lower is None or upper is None or (lower.is_zero and upper.is_zero):
        return False
    return timing.kind == BETWEEN or (timing.signs[0] < 0 and timing.signs[1] < 0)


def _between(timing: Timing, lower: Duration, upper: Duration) -> list[GapPiece]:
    subject, anchor = timing.from_id, timing.to_id
    low, high = timing.signs
    if low < 0 <= high:
        return [GapPiece(subject, anchor, most=lower), GapPiece(anchor, subject, most=upper)]
    if low > 0 > high or (high < 0 and not low and not lower.is_zero):
        return []
    before = low < 0 or high < 0
    least, most = (upper, lower) if before else (lower, upper)
    way = subtract(most, least)
    if way is None or way[1] or not (timing.sign or low or high):
        return []
    return [GapPiece(*((subject, anchor) if before else (anchor, subject)), least, most)]
