"""The legend below a figure: the meanings that it uses, and the key to its numbers."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from scheduler.figures.chart import BarKind, Chart, MarkKind
from scheduler.figures.style import BARS, CLOSED, INK, MARKS, PageSizes
from scheduler.figures.texts import text_width

_HANDLE, _GAP = 5.5, 4.0


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One meaning in the legend: a bar, a mark, closed days, the day of the plan, or a number."""

    words: str
    bar: BarKind | None = None
    mark: MarkKind | None = None
    closed: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry and its place in its line, in millimetres."""

    entry: LegendEntry
    x: float


def legend_entries(chart: Chart, closures: tuple[tuple[int, int], ...]) -> list[LegendEntry]:
    """What the figure uses, in the order of the style's tables."""
    bars = {
        bar.kind
        for row in chart.rows
        for bar in row.bars
        if bar.first <= chart.last and bar.last >= chart.first
    }
    marks = {
        mark.kind
        for row in chart.rows
        for mark in row.marks
        if chart.first <= mark.day <= chart.last
    }
    entries = [LegendEntry(name, number=number) for number, name in chart.key]
    entries += [
        LegendEntry(style.words, mark=kind) for kind, style in MARKS.items() if kind in marks
    ]
    entries += [LegendEntry(style.words, bar=kind) for kind, style in BARS.items() if kind in bars]
    if closures:
        left_out = len(closures) < len(chart.closed)
        words = "site closed (shorter closures left out)" if left_out else "site closed"
        entries.append(LegendEntry(words, closed=True))
    return entries


def legend_lines(
    entries: list[LegendEntry], page: PageSizes, fonts: tuple[str, ...]
) -> list[list[PlacedEntry]]:
    """The entries in lines that fit the page; numbers begin a line of their own."""
    lines: list[list[PlacedEntry]] = []
    x = 0.0
    for place, entry in enumerate(entries):
        handle = (
            text_width(entry.number + "  ", page.small, fonts, True) if entry.number else _HANDLE
        )
        wide = handle + text_width(entry.words, page.small, fonts) + _GAP
        first_mark = place > 0 and bool(entries[place - 1].number) and not entry.number
        if not lines or x + wide - _GAP > page.width - 2 or first_mark:
            lines.append([])
            x = 1.0
        lines[-1].append(PlacedEntry(entry, x))
        x += wide
    return lines


def draw_legend(
    figure: Figure,
    lines: list[list[PlacedEntry]],
    page: PageSizes,
    top: float,
    total: float,
    step: float,
) -> None:
    """Draw the lines from `top` mm below the figure's upper edge on."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, page.width)
    axes.set_ylim(total, 0)
    axes.axis("off")
    axes.set_zorder(-1)
    for number, line in enumerate(lines):
        y = top + number * step
        for placed in line:
            _draw_entry(axes, placed, y, page)


def _draw_entry(axes: Axes, placed: PlacedEntry, y: float, page: PageSizes) -> None:
    entry, x = placed.entry, placed.x
    text_x = x + _HANDLE
    if entry.number:
        axes.text(
            x, y, entry.number, fontsize=page.small, fontweight="bold", va="center", color=INK
        )
        text_x = x + text_width(entry.number + "  ", page.small, bold=True)
    elif entry.mark:
        style = MARKS[entry.mark]
        axes.plot(
            [x + 2.2], [y], linestyle="none", marker=style.marker, markersize=style.size,
            markerfacecolor=style.face, markeredgecolor=style.edge, markeredgewidth=style.line,
        )  # fmt: skip
    elif entry.bar:
        bar = BARS[entry.bar]
        high = 2.6 * (bar.bottom - bar.top) / 0.68
        axes.add_patch(
            Rectangle(
                (x, y - high / 2), 4.4, high, facecolor=bar.face, edgecolor=bar.edge,
                hatch=bar.hatch or None, linewidth=bar.line, linestyle=bar.dash,
            )
        )  # fmt: skip
    else:
        axes.add_patch(Rectangle((x, y - 1.3), 4.4, 2.6, facecolor=CLOSED, linewidth=0))
    axes.text(text_x, y, entry.words, fontsize=page.small, va="center", color=INK)
