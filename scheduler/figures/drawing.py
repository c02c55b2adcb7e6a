"""A chart as a matplotlib figure, sized for a journal's column.

One axes with days (as day numbers, which are matplotlib's own date numbers) across and
millimetres down; texts beside it are placed in millimetres, where layout.py measured them to fit.
"""

from collections.abc import Iterator

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from scheduler.figures.axis import shown_closures, tick_labels, ticks
from scheduler.figures.chart import Chart, ChartRow, MarkKind, day_label
from scheduler.figures.layout import BESIDE, PlacedRow, TextLine, lay_out, line_step, placed_numbers
from scheduler.figures.legend import draw_legend, legend_entries, legend_lines
from scheduler.figures.plan_figure import PlanFigure
from scheduler.figures.style import (
    AS_OF,
    BARS,
    CLOSED,
    FAINT,
    INK,
    MARKS,
    PAGES,
    RC,
    SOFT,
    PageSizes,
)
from scheduler.figures.texts import fitted, fonts_for, text_width

MM = 1 / 25.4
_TOP, _AXIS, _LINE, _TICK = 1.0, 9.5, 4.0, 12.0
_NUMBERS = 0.38  # the share of a lane's height above its marks


def draw(chart: Chart, width: str) -> PlanFigure:
    """The figure of a chart, for a journal's `single` or `double` column.

    Raises: KeyError for another width.
    """
    fonts = fonts_for(list(_texts(chart)))
    with mpl.rc_context({**RC, "font.family": list(fonts)}):
        return _Drawing(chart, PAGES[width], fonts).figure


def _texts(chart: Chart) -> Iterator[str]:
    """Every text of a figure that may hold letters of any script."""
    yield from (chart.title, chart.subtitle)
    for section in chart.sections:
        yield from (section.heading, *section.beyond)
    for row in chart.rows:
        yield from (row.label, row.detail, row.note, row.note_detail)
    yield from (name for _, name in chart.key)


class _Drawing:
    """The figure while it is made."""

    def __init__(self, chart: Chart, page: PageSizes, fonts: tuple[str, ...]) -> None:
        self.chart, self.page, self.fonts = chart, page, fonts
        self.layout = lay_out(chart, page, fonts)
        self.closures = shown_closures(chart.closed, chart.first, chart.last, self.layout.plot)
        lines = legend_lines(legend_entries(chart, self.closures), page, fonts)
        headed = any(section.heading for section in chart.sections)
        self.above = _TOP + (6.2 if headed else 9.4)  # the titles, and the day of the plan
        legend = self.above + self.layout.height + _AXIS
        self.total = legend + len(lines) * _LINE
        self.scale = self.layout.plot / (chart.last + 1 - chart.first)
        self.figure = PlanFigure(figsize=(page.width * MM, self.total * MM), dpi=150)
        FigureCanvasAgg(self.figure)
        self.figure.fonts, self.figure.title = fonts, f"{chart.title} ({chart.subtitle})"
        self.axes = self._axes()
        self._draw()
        draw_legend(self.figure, lines, page, legend + _LINE / 2, self.total, _LINE)

    def _axes(self) -> Axes:
        chart, page, layout = self.chart, self.page, self.layout
        bottom = self.total - self.above - layout.height
        axes = self.figure.add_axes(
            (
                layout.left / page.width, bottom / self.total,
                layout.plot / page.width, layout.height / self.total,
            )
        )  # fmt: skip
        axes.set_xlim(chart.first, chart.last + 1)
        axes.set_ylim(layout.height, 0)
        axes.set_yticks([])
        axes.set_facecolor("none")
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_linewidth(0.6)
        days = ticks(chart.first, chart.last, max(2, int(layout.plot // _TICK)))
        axes.set_xticks(days, tick_labels(days), fontsize=page.small, color=INK)
        axes.tick_params(axis="x", length=2, width=0.6, pad=1.5)
        return axes

    def _draw(self) -> None:
        page, chart = self.page, self.chart
        for text, size, bold, down in (
            (chart.title, page.text + 1, True, _TOP + 2.6),
            (chart.subtitle, page.small, False, _TOP + 5.4),
        ):
            self.figure.text(
                1 / page.width, 1 - down / self.total,
                fitted(text, (page.width - 2) / (1.12 if bold else 1), size, self.fonts),
                fontsize=size, fontweight="bold" if bold else "normal", va="baseline", ha="left",
                color=INK if bold else SOFT,
            )  # fmt: skip
        for part in self.layout.placed:
            if part.row is not None:
                self._row(part, part.row)
            elif part.heading:
                self._heading(part)
            else:
                self._lines(1 - self.layout.left, part, part.left)
        for top, bottom in self._blocks():
            self._days(top, bottom)
        self._as_of_label()

    def _blocks(self) -> Iterator[tuple[float, float]]:
        """The heights between headings and paragraphs: where days are shown."""
        block: tuple[float, float] | None = None
        for part in self.layout.placed:
            if part.row is not None:
                block = (block[0] if block else part.top, part.top + part.height)
            elif block:
                yield block
                block = None
        if block:
            yield block

    def _days(self, top: float, bottom: float) -> None:
        """Closed days, ticks and the day of the plan, behind and over some rows."""
        chart, high = self.chart, bottom - top
        runs = [(first, last + 1 - first) for first, last in self.closures]
        if runs:
            self.axes.broken_barh(runs, (top, high), facecolors=CLOSED, linewidth=0, zorder=0.2)
        for day in self.axes.get_xticks():
            self.axes.plot([day, day], [top, bottom], color=FAINT, linewidth=0.4, zorder=0.5)
        if chart.first <= chart.as_of <= chart.last:
            self.axes.plot([chart.as_of] * 2, [top, bottom], color=AS_OF, linewidth=1, zorder=4.8)

    def _as_of_label(self) -> None:
        """The day of the plan above its line, beside the first heading if that is in the way."""
        chart, layout, size = self.chart, self.layout, self.page.small
        if not chart.first <= chart.as_of <= chart.last:
            return
        text = f"as of {day_label(chart.as_of)}"
        head = next((part for part in layout.placed if part.heading), None)
        taken = 0.0
        if head is not None:
            taken = text_width(head.heading, self.page.text, self.fonts, True) + 2.5 - layout.left
        wide = text_width(text, size, self.fonts)
        x = max(taken, min((chart.as_of - chart.first) * self.scale, layout.plot - wide))
        top = next((part.top for part in layout.placed if part.row is not None), 0.0)
        self.axes.text(
            x / layout.plot, top - 1.2, text, fontsize=size, color=AS_OF, ha="left", va="baseline",
            transform=self.axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip

    def _heading(self, part: PlacedRow) -> None:
        bottom, layout = part.top + part.height, self.layout
        self._text(1 - layout.left, bottom - 1.3, TextLine(part.heading, False), bold=True)
        self.axes.plot(
            [-(layout.left - 1) / layout.plot, 1 + (layout.right - 1) / layout.plot], [bottom] * 2,
            color=INK, linewidth=0.5, transform=self.axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip

    def _lines(self, x: float, part: PlacedRow, lines: tuple[TextLine, ...]) -> None:
        """Lines of text in the middle of a part's height, x mm from the left end of the axes."""
        steps = [line_step(self.page, line.small) for line in lines]
        y = part.top + (part.height - sum(steps)) / 2
        for line, step in zip(lines, steps, strict=True):
            self._text(x, y + step * 0.78, line)
            y += step

    def _text(self, x: float, y: float, line: TextLine, bold: bool = False) -> None:
        self.axes.text(
            x / self.layout.plot, y, line.text,
            fontsize=self.page.small if line.small else self.page.text,
            transform=self.axes.get_yaxis_transform(), ha="left", va="baseline", clip_on=False,
            color=SOFT if line.small else INK, fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def _row(self, part: PlacedRow, row: ChartRow) -> None:
        self._lines(1 - self.layout.left, part, part.left)
        self._lines(self.layout.plot + BESIDE + 0.8, part, part.right)
        bottom = part.top + part.height
        self.axes.plot(
            [self.chart.first, self.chart.last + 1], [bottom] * 2, color=FAINT, linewidth=0.4,
            zorder=0.6,
        )  # fmt: skip
        above = self.page.lane * _NUMBERS if self.chart.lanes else 0.0
        middle = part.top + (part.height + above) / 2
        room = min(part.height, self.page.lane if self.chart.lanes else 4.6) - above
        self._bars(row, middle, room)
        self._marks(row, middle)
        if self.chart.lanes:
            self._numbers(row, middle - room / 2)

    def _bars(self, row: ChartRow, middle: float, room: float) -> None:
        """The bars of a row in the `room` mm around its middle."""
        first, last = self.chart.first, self.chart.last
        for kind in dict.fromkeys(bar.kind for bar in row.bars):
            style = BARS[kind]
            spans = [
                (max(bar.first, first), min(bar.last, last) + 1 - max(bar.first, first))
                for bar in row.bars
                if bar.kind == kind and bar.first <= last and bar.last >= first
            ]
            self.axes.broken_barh(
                spans, (middle + (style.top - 0.5) * room, (style.bottom - style.top) * room),
                facecolors=style.face, edgecolors=style.edge, hatch=style.hatch or None,
                linewidth=style.line, linestyle=style.dash, zorder=style.layer,
            )  # fmt: skip

    def _marks(self, row: ChartRow, y: float) -> None:
        for kind in dict.fromkeys(mark.kind for mark in row.marks):
            style, days = MARKS[kind], self._shown(row, kind)
            if days:
                self.axes.plot(
                    [day + 0.5 for day in days], [y] * len(days), linestyle="none",
                    marker=style.marker, markersize=style.size, markerfacecolor=style.face,
                    markeredgecolor=style.edge, markeredgewidth=style.line, zorder=style.layer,
                    clip_on=False,
                )  # fmt: skip
        days = [mark.day for mark in row.marks if mark.kind != "target"]
        for there, x, sign in (
            (any(day > self.chart.last for day in days), 1.0, "▸"),
            (any(day < self.chart.first for day in days), 0.0, "◂"),
        ):
            if there:
                self.axes.text(
                    x, y, sign, transform=self.axes.get_yaxis_transform(), color=SOFT,
                    fontsize=self.page.text, ha="left" if x else "right", va="center_baseline",
                )  # fmt: skip

    def _shown(self, row: ChartRow, kind: MarkKind) -> list[int]:
        first, last = self.chart.first, self.chart.last
        return [m.day for m in row.marks if m.kind == kind and first <= m.day <= last]

    def _numbers(self, row: ChartRow, y: float) -> None:
        """The milestones' numbers above their marks."""
        first, last = self.chart.first, self.chart.last
        marks = [mark for mark in row.marks if mark.text and first <= mark.day <= last]
        for number in placed_numbers(marks, first, self.scale, self.page, self.fonts):
            self.axes.text(
                first + number.x / self.scale, y, number.text, fontsize=self.page.small,
                ha="center", va="baseline", color=INK, zorder=8,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 0.3},
            )  # fmt: skip
