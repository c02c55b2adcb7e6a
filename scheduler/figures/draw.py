"""A chart as a matplotlib figure, sized for a journal's column.

One axes with days (as day numbers, which are matplotlib's own date numbers) across and
millimetres down; texts beside it are placed in millimetres, so that they are where they were
measured to fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from scheduler.figures.axis import shown_closures, tick_labels, ticks
from scheduler.figures.chart import Chart, Mark, MarkKind, Row, Section, day_label
from scheduler.figures.legend import draw_legend, legend_entries, legend_lines
from scheduler.figures.style import AS_OF, BARS, CLOSED, FAINT, INK, MARKS, PAGES, RC, SOFT, Page
from scheduler.figures.texts import fitted, fonts_for, text_width, wrapped

MM = 1 / 25.4
_TOP, _TITLE, _AXIS, _HEADING, _LINE = 3.0, 5.0, 9.0, 5.2, 4.0
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": "washout"},
    ".svg": {"Date": None, "Creator": "washout"},
    ".pdf": {"CreationDate": None, "Creator": "washout", "Producer": "washout"},
}


class PlanFigure(Figure):
    """A matplotlib figure that shows itself in notebooks and is written the same every time."""

    fonts: tuple[str, ...] = ()
    title: str = ""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure; as `Figure.savefig`, without dates and random names in the file."""
        suffix = "." + str(options["format"]) if "format" in options else ""
        if not suffix and isinstance(fname, str | Path):
            suffix = Path(fname).suffix.lower()
        metadata = dict(_METADATA.get(suffix, {}))
        if suffix in (".svg", ".pdf", ".png"):
            metadata["Title"] = self.title
        options.setdefault("metadata", metadata or None)
        options.setdefault("dpi", 300)
        with mpl.rc_context({**RC, "font.family": list(self.fonts)}):
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        self.savefig(stream, format="png", dpi=150)
        return stream.getvalue()


@dataclass(frozen=True, slots=True)
class Placed:
    """A row or a heading with its place: millimetres from the top of the axes."""

    top: float
    height: float
    row: Row | None = None
    heading: str = ""


def draw(chart: Chart, width: str) -> PlanFigure:
    """The figure of a chart, for a journal's `single` or `double` column.

    Raises: KeyError for another width.
    """
    page = PAGES[width]
    fonts = fonts_for(list(_texts(chart)))
    with mpl.rc_context({**RC, "font.family": list(fonts)}):
        return _Drawing(chart, page, fonts).figure


def _texts(chart: Chart) -> Iterator[str]:
    yield chart.title
    for section in chart.sections:
        yield section.heading
    for row in chart.rows:
        yield from (row.label, row.detail, row.note, row.note_detail)
    yield from (name for _, name in chart.key)


class _Drawing:
    """The figure while it is made."""

    def __init__(self, chart: Chart, page: Page, fonts: tuple[str, ...]) -> None:
        self.chart, self.page, self.fonts = chart, page, fonts
        self.placed = list(self._places())
        self.height = sum(part.height for part in self.placed)
        self.left = self._column(("label", "detail"), page.left)
        self.right = self._column(("note", "note_detail"), page.right)
        self.width = page.width - self.left - self.right - 1.5
        entries = legend_entries(chart, self._closures())
        lines = legend_lines(entries, page, fonts)
        below = _AXIS + len(lines) * _LINE + 1.5
        self.total = _TOP + _TITLE + self.height + below
        self.figure = PlanFigure(figsize=(page.width * MM, self.total * MM), dpi=150)
        FigureCanvasAgg(self.figure)
        self.figure.fonts, self.figure.title = fonts, chart.title
        self.axes = self._axes()
        self._draw()
        draw_legend(self.figure, lines, page, self.total - below + _AXIS + 1.5, self.total, _LINE)

    def _places(self) -> Iterator[Placed]:
        top = 0.0
        for section in self.chart.sections:
            if section.heading:
                yield Placed(top, _HEADING, heading=section.heading)
                top += _HEADING
            for row in section.rows:
                height = self._height(section, row)
                yield Placed(top, height, row)
                top += height

    def _height(self, section: Section, row: Row) -> float:
        if self.chart.lanes:
            return self.page.lane
        label = wrapped(row.label, self.page.left - 1, self.page.text, self.fonts)
        two = row.detail or row.note_detail or len(label) > 1
        return self.page.detailed if two else self.page.row

    def _column(self, names: tuple[str, str], most: float) -> float:
        """The width of a column of texts: as much as they need, up to `most`."""
        big, small = names
        need = 8.0
        for row in self.chart.rows:
            for name, size in ((big, self.page.text), (small, self.page.small)):
                need = max(need, text_width(getattr(row, name), size, self.fonts) + 2.5)
        return min(need, most)

    def _axes(self) -> Axes:
        chart, page = self.chart, self.page
        bottom = self.total - _TOP - _TITLE - self.height
        axes = self.figure.add_axes(
            (
                self.left / page.width, bottom / self.total,
                self.width / page.width, self.height / self.total,
            )
        )  # fmt: skip
        axes.set_xlim(chart.first, chart.last + 1)
        axes.set_ylim(self.height, 0)
        axes.set_yticks([])
        axes.set_facecolor("none")
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_linewidth(0.6)
        days = ticks(chart.first, chart.last, max(2, int(self.width // 13)))
        axes.set_xticks(days, tick_labels(days), fontsize=page.small, color=INK)
        axes.tick_params(axis="x", length=2, width=0.6, pad=1.5)
        for day in days:
            axes.axvline(day, color=FAINT, linewidth=0.4, zorder=0.5)
        return axes

    def _closures(self) -> tuple[tuple[int, int], ...]:
        return shown_closures(self.chart.closed, self.chart.first, self.chart.last, self.width)

    def _draw(self) -> None:
        chart, page = self.chart, self.page
        self.figure.text(
            1 / page.width, 1 - _TOP / self.total,
            fitted(chart.title, page.width - 2, page.text + 0.5, self.fonts),
            fontsize=page.text + 0.5, fontweight="bold", va="top", ha="left", color=INK,
        )  # fmt: skip
        for first, last in self._closures():
            self.axes.axvspan(first, last + 1, color=CLOSED, linewidth=0, zorder=0.2)
        for part in self.placed:
            if part.row is None:
                self._heading(part)
            else:
                self._row(part, part.row)
        if chart.first <= chart.as_of <= chart.last:
            self.axes.axvline(chart.as_of, color=AS_OF, linewidth=1.1, zorder=4.8)
            self._as_of_label()

    def _as_of_label(self) -> None:
        chart, size = self.chart, self.page.small
        text = f"as of {day_label(chart.as_of)}"
        share = (chart.as_of - chart.first) / (chart.last + 1 - chart.first)
        room = text_width(text, size, self.fonts) / self.width
        side = "left" if share + room <= 1 else "right"
        self.axes.annotate(
            text, (chart.as_of, 0), (2 if side == "left" else -2, 1.5), fontsize=size, color=AS_OF,
            textcoords="offset points", ha=side, va="bottom", annotation_clip=False,
        )  # fmt: skip

    def _heading(self, part: Placed) -> None:
        self._text(-self.left + 1, part.top + part.height - 1.2, part.heading, 0, bold=True)
        self.axes.plot(
            [-(self.left - 1) / self.width, 1 + self.right / self.width],
            [part.top + part.height - 0.4] * 2,
            color=INK, linewidth=0.5, transform=self.axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip

    def _text(
        self, x: float, y: float, text: str, room: float, small: bool = False, bold: bool = False
    ) -> None:
        """A text at x mm from the left edge of the axes; with `room`, shortened to fit it."""
        size = self.page.small if small else self.page.text
        if room:
            text = fitted(text, room, size, self.fonts)
        self.axes.text(
            x / self.width, y, text, fontsize=size, transform=self.axes.get_yaxis_transform(),
            ha="left", va="baseline", color=SOFT if small else INK, clip_on=False,
            fontweight="bold" if bold else "normal",
        )  # fmt: skip

    def _texts(self, x: float, room: float, part: Placed, big: list[str], small: str) -> None:
        """One or two lines in the middle of a row's height."""
        middle = part.top + part.height / 2
        lines = [(text, False) for text in big if text] + ([(small, True)] if small else [])
        lines = lines[:2]
        step = self.page.text * 0.3528 * 1.12
        start = middle + self.page.text * 0.3528 * 0.36 - step * (len(lines) - 1) / 2
        for number, (text, is_small) in enumerate(lines):
            self._text(x, start + number * step, text, room, is_small)

    def _row(self, part: Placed, row: Row) -> None:
        label = [row.label]
        if not row.detail and not self.chart.lanes:
            label = wrapped(row.label, self.left - 1, self.page.text, self.fonts)
        self._texts(-self.left + 1, self.left - 2, part, label, row.detail)
        self._texts(self.width + 1.5, self.right - 1, part, [row.note], row.note_detail)
        bottom = part.top + part.height
        self.axes.axhline(bottom, color=FAINT, linewidth=0.4, zorder=0.6)
        high, low = (0.36, 1.0) if self.chart.lanes else (0.0, 1.0)
        self._bars(part, row, high, low)
        self._marks(part, row, (high + low) / 2)
        if self.chart.lanes:
            self._numbers(part, row)

    def _bars(self, part: Placed, row: Row, high: float, low: float) -> None:
        chart = self.chart
        for kind in dict.fromkeys(bar.kind for bar in row.bars):
            style = BARS[kind]
            spans = [
                (max(bar.first, chart.first), min(bar.last, chart.last) + 1)
                for bar in row.bars
                if bar.kind == kind and bar.first <= chart.last and bar.last >= chart.first
            ]
            top = part.top + part.height * (high + (low - high) * style.top)
            bottom = part.top + part.height * (high + (low - high) * style.bottom)
            self.axes.broken_barh(
                [(first, end - first) for first, end in spans], (top, bottom - top),
                facecolors=style.face, edgecolors=style.edge, hatch=style.hatch or None,
                linewidth=style.line, zorder=style.layer,
            )  # fmt: skip

    def _marks(self, part: Placed, row: Row, middle: float) -> None:
        y = part.top + part.height * middle
        for kind in dict.fromkeys(mark.kind for mark in row.marks):
            style = MARKS[kind]
            days = self._shown(row, kind)
            if days:
                self.axes.plot(
                    [day + 0.5 for day in days], [y] * len(days), linestyle="none",
                    marker=style.marker, markersize=style.size, markerfacecolor=style.face,
                    markeredgecolor=style.edge, markeredgewidth=style.line, zorder=style.layer,
                    clip_on=False,
                )  # fmt: skip
        beyond = [mark.day for mark in row.marks]
        for there, x, sign in (
            (any(day > self.chart.last for day in beyond), 1.0, "▸"),
            (any(day < self.chart.first for day in beyond), 0.0, "◂"),
        ):
            if there:
                self.axes.text(
                    x, y, sign, transform=self.axes.get_yaxis_transform(), color=SOFT,
                    fontsize=self.page.text, ha="right" if x else "left", va="center",
                )  # fmt: skip

    def _shown(self, row: Row, kind: MarkKind) -> list[int]:
        first, last = self.chart.first, self.chart.last
        return [m.day for m in row.marks if m.kind == kind and first <= m.day <= last]

    def _numbers(self, part: Placed, row: Row) -> None:
        """The milestones' numbers above their marks; neighbours that would touch share a text."""
        scale = self.width / (self.chart.last + 1 - self.chart.first)
        marks = [m for m in row.marks if m.text and self.chart.first <= m.day <= self.chart.last]
        for group in clusters(sorted(marks, key=lambda m: (m.day, int(m.text))), scale):
            middle = (group[0].day + group[-1].day) / 2 + 0.5
            self.axes.text(
                middle, part.top + part.height * 0.36, numbers_text([m.text for m in group]),
                fontsize=self.page.small, ha="center", va="baseline", color=INK, zorder=8,
            )  # fmt: skip


def clusters(marks: list[Mark], scale: float, room: float = 2.6) -> list[list[Mark]]:
    """Marks in groups whose texts would touch; `scale` is millimetres a day."""
    groups: list[list[Mark]] = []
    for mark in marks:
        wide = 1.1 * len(numbers_text([m.text for m in groups[-1]])) if groups else 0.0
        if groups and (mark.day - groups[-1][-1].day) * scale < max(room, wide / 2 + 1.2):
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def numbers_text(numbers: list[str]) -> str:
    """`3`, `1–4`, `1,3`: numbers in few letters."""
    values = sorted({int(number) for number in numbers})
    if len(values) > 1 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]}–{values[-1]}"
    return ",".join(map(str, values))


