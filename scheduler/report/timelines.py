"""Timelines as shapes: lanes of days with their reasons, worked out without any markup.

Days are day numbers; lengths are pixels of the figure's own frame.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scheduler.days import date_of, day_of, iso
from scheduler.wording.said_days import MONTHS

LEFT, PLOT, RIGHT = 246, 760, 14  # the names, the days, the margin
WIDTH = LEFT + PLOT + RIGHT
_TOP, _LANE, _HEAD = 40, 22, 24
_NAME_COLUMNS = 33
_APART = 62  # from one month's name to the next
_CLOSED_SHOWN = 250  # days of a figure up to which closed days are wide enough to see

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LaneBar:
    """Days as a bar: what they are (`permitted`, `undetermined`, `blocked`, `window`, `duty`)."""

    kind: str
    first: int
    last: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class LaneMark:
    """One day as a mark: one of `date_mark`, `target` or `last_day`."""

    kind: str
    day: int
    text: str = ""


@dataclass(slots=True)
class Lane:
    """One line of a figure: its name, what is on it, and all of it in words."""

    name: str
    bars: list[LaneBar] = field(default_factory=list)
    marks: list[LaneMark] = field(default_factory=list)
    words: str = ""

    def reaches(self, first: int, last: int) -> bool:
        """Whether anything of it lies within the days first..last."""
        return any(b.first <= last and b.last >= first for b in self.bars) or any(
            first <= mark.day <= last for mark in self.marks
        )


@dataclass(frozen=True, slots=True)
class LaneGroup:
    """Lanes of one kind under a heading."""

    title: str
    lanes: Sequence[Lane]


@dataclass(frozen=True, slots=True)
class Scale:
    """Days first..last on the width of the plot."""

    first: int
    last: int

    @property
    def step(self) -> float:
        """The width of one day."""
        return PLOT / (self.last - self.first + 1)

    def x(self, day: int) -> float:
        """The left edge of a day, kept inside the plot."""
        inside = min(max(day, self.first), self.last + 1)
        return round(LEFT + (inside - self.first) * self.step, 1)

    def middle(self, day: int) -> float:
        """The middle of a day."""
        return round(LEFT + (day - self.first + 0.5) * self.step, 1)

    def width(self, first: int, last: int) -> float:
        """The width of some days, never too thin to see."""
        return round(max(self.x(last + 1) - self.x(first), 1.5), 1)


def paths(bars: Iterable[LaneBar], scale: Scale, top: float, height: float) -> str:
    """Bars as the data of one SVG path."""
    found = []
    for bar in bars:
        if bar.first <= scale.last and bar.last >= scale.first:
            x, width = _extent(scale, bar.first, bar.last)
            found.append(f"M{x} {top:g}h{width}v{height:g}h-{width}z")
    return "".join(found)


def stripes(bars: Iterable[LaneBar], scale: Scale, middle: float) -> str:
    """The lines along the middle of bars; dashes on them make the bars' texture.

    Patterns would do the same on a screen, but printed to PDF each of them is stored anew.
    """
    found = []
    for bar in bars:
        if bar.first <= scale.last and bar.last >= scale.first:
            x, width = _extent(scale, bar.first, bar.last)
            found.append(f"M{x} {middle:g}h{width}")
    return "".join(found)


@lru_cache(maxsize=2**14)
def _extent(scale: Scale, first: int, last: int) -> tuple[str, str]:
    """The left edge and the width of some days; the same days stand in many lanes."""
    return f"{scale.x(first):g}", f"{scale.width(first, last):g}"


@lru_cache(maxsize=2**12)
def short(name: str) -> str:
    """A name that fits beside its lane."""
    used, kept = 0, ""
    for character in " ".join(name.split()):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > _NAME_COLUMNS:
            return kept[:-1].rstrip() + "\u2026"
        kept += character
    return kept


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the figure at the beginning of a day, with a text above it or none."""

    x: float
    text: str
    strong: bool


def ticks(scale: Scale) -> list[Tick]:
    """Where the lines stand: at Mondays in a short figure, at months in a long one."""
    if scale.last - scale.first <= _CLOSED_SHOWN:
        return _weeks(scale)
    months = _month_starts(scale)
    every = next(n for n in (1, 2, 3, 6, 12, 24, 60, 1200) if n * 28 * scale.step >= _APART)
    found = []
    for day in months:
        date = date_of(day)
        if (date.year * 12 + date.month - 1) % every == 0:
            text = f"{MONTHS[date.month - 1]} {date.year}" if every < 12 else str(date.year)
            found.append(Tick(scale.x(day), text, date.month == 1))
    return _uncrowded(found, _APART)


def _weeks(scale: Scale) -> list[Tick]:
    first = scale.first + (4 - scale.first) % 7  # 1970-01-05 was a Monday
    found, month = [], 0
    for day in range(first, scale.last + 1, 7):
        date = date_of(day)
        fresh = date.month != month
        text = f"{date.day} {MONTHS[date.month - 1]}" if fresh else str(date.day)
        month = date.month
        found.append(Tick(scale.x(day), text, fresh))
    return found


def _month_starts(scale: Scale) -> list[int]:
    begin, end = date_of(scale.first), date_of(scale.last)
    months = range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month)
    days = [day_of(begin.replace(year=m // 12, month=m % 12 + 1, day=1)) for m in months]
    return [day for day in days if day >= scale.first]


def _uncrowded(found: Sequence[Tick], apart: float) -> list[Tick]:
    """Ticks whose texts do not run into each other, nor over the right edge."""
    kept: list[Tick] = []
    edge = -apart
    for tick in found:
        room = tick.x - edge >= apart and tick.x + apart <= WIDTH + RIGHT
        kept.append(tick if room else Tick(tick.x, "", tick.strong))
        edge = tick.x if room else edge
    return kept


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lane at its place: its name, the paths by kind, and the marks at (x, y)."""

    lane: Lane
    name: str
    y: int
    paths: Sequence[tuple[str, str, str, str]]  # kind, outlines, texture, text on hover
    marks: Sequence[tuple[str, float, str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole figure, ready to be written as SVG."""

    title: str
    words: str
    height: int
    ticks: Sequence[Tick]
    closed: str
    today: float | None
    heads: Sequence[tuple[str, int]]
    lanes: Sequence[Drawn]

    width = WIDTH
    left = LEFT
    top = _TOP
    plot = PLOT


def figure(
    title: str,
    words: str,
    span: Span,
    as_of: int,
    groups: Sequence[LaneGroup],
    closed: Sequence[Span],
) -> Figure | None:
    """How are lanes laid out over a span of days? None where nothing lies in it."""
    scale, y = Scale(*span), _TOP
    heads: list[tuple[str, int]] = []
    lanes: list[Drawn] = []
    for group in groups:
        shown = [lane for lane in group.lanes if lane.reaches(*span)]
        if not shown:
            continue
        heads.append((group.title, y + 16))
        y += _HEAD
        for lane in shown:
            lanes.append(_drawn(lane, scale, y))
            y += _LANE
    if not lanes:
        return None
    shades = [LaneBar("closed", *days) for days in closed] if _narrow(span) else []
    return Figure(
        title, f"{words}, {iso(span[0])} to {iso(span[1])}", y + 8, ticks(scale),
        paths(shades, scale, _TOP, y - _TOP),
        scale.middle(as_of) if span[0] <= as_of <= span[1] else None, heads, lanes,
    )  # fmt: skip


def _narrow(span: Span) -> bool:
    return span[1] - span[0] <= _CLOSED_SHOWN


def _drawn(lane: Lane, scale: Scale, y: int) -> Drawn:
    drawn = []
    for kind in ("permitted", "undetermined", "window"):
        bars = [bar for bar in lane.bars if bar.kind == kind]
        top, height = (y + 17, 3) if kind == "window" else (y + 4, 11)
        if data := paths(bars, scale, top, height):
            texture = stripes(bars, scale, y + 9.5) if kind == "undetermined" else ""
            drawn.append((kind, data, texture, "; ".join(b.text for b in bars if b.text)))
    for bar in lane.bars:
        if bar.kind not in ("blocked", "doubtful", "duty"):
            continue
        if data := paths([bar], scale, y + 4, 13):
            texture = "" if bar.kind == "duty" else stripes([bar], scale, y + 10.5)
            drawn.append((bar.kind, data, texture, bar.text))
    marks = [
        (mark.kind, scale.middle(mark.day), mark.text)
        for mark in lane.marks
        if scale.first <= mark.day <= scale.last
    ]
    return Drawn(lane, short(lane.name), y, drawn, marks)
