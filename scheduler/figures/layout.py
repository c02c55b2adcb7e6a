"""Where everything of a figure stands: columns, rows and their texts, in millimetres.

Texts are measured, broken and shortened here, so that nothing runs into anything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.figures.chart import Chart, ChartRow, Mark, Section
from scheduler.figures.style import PageSizes
from scheduler.figures.texts import text_width, wrapped

_HEADING, _PAD, _POINT = 5.4, 1.7, 25.4 / 72
BESIDE = 1.2  # mm between the days and the texts to their right: room for an arrow
_EDGE = 1.0  # mm between the page's edge and its texts


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text; small ones are grey."""

    text: str
    small: bool


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row, a heading or a paragraph, with its place in mm below the top of the axes."""

    top: float
    height: float
    row: ChartRow | None = None
    heading: str = ""
    left: tuple[TextLine, ...] = ()
    right: tuple[TextLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ChartLayout:
    """The widths of the three columns, the places of the rows, and the height of all of them."""

    left: float
    right: float
    plot: float
    height: float
    placed: tuple[PlacedRow, ...]


def line_step(page: PageSizes, small: bool) -> float:
    """From one line of text to the next, in mm."""
    return (page.small if small else page.text) * _POINT * 1.18


def lay_out(chart: Chart, page: PageSizes, fonts: tuple[str, ...]) -> ChartLayout:
    """Where do a chart's rows and texts stand on a page?"""
    left = _column(chart, ("label", "detail"), page.left, page, fonts)
    right = _column(chart, ("note", "note_detail"), page.right, page, fonts)
    placed = tuple(_places(chart, page, fonts, left - 2 * _EDGE, right - 2 * _EDGE))
    height = sum(part.height for part in placed)
    right += BESIDE
    return ChartLayout(left, right, page.width - left - right, height, placed)


def _column(
    chart: Chart, names: tuple[str, str], most: float, page: PageSizes, fonts: tuple[str, ...]
) -> float:
    """The width of a column of texts: as much as they need, up to `most`."""
    need = 8.0
    for row in chart.rows:
        for name, size in zip(names, (page.text, page.small), strict=True):
            need = max(need, text_width(getattr(row, name), size, fonts) + 2 * _EDGE + 0.5)
    return min(need, most)


def _places(
    chart: Chart, page: PageSizes, fonts: tuple[str, ...], left: float, right: float
) -> Iterator[PlacedRow]:
    top = 0.0
    for section in chart.sections:
        if section.heading:
            yield PlacedRow(top, _HEADING, heading=section.heading)
            top += _HEADING
        for row in section.rows:
            most = 1 if chart.lanes else 2  # a lane's milestone has its number and the key
            one = _lines(row.label, row.detail, left, page, fonts, most)
            other = _lines(row.note, row.note_detail, right, page, fonts, most)
            needed = max(_height(one, page), _height(other, page)) + _PAD
            height = max(needed, page.lane if chart.lanes else page.row)
            yield PlacedRow(top, height, row, left=one, right=other)
            top += height
        if section.beyond:
            part = _paragraph(section, top, page, fonts)
            yield part
            top += part.height


def _lines(
    big: str, small: str, room: float, page: PageSizes, fonts: tuple[str, ...], most: int
) -> tuple[TextLine, ...]:
    found = [TextLine(text, False) for text in wrapped(big, room, page.text, fonts, most)]
    found += [
        TextLine(text, True)
        for text in wrapped(small, room, page.small, fonts, most if most < 2 else 3)
    ]
    return tuple(line for line in found if line.text)


def _height(lines: tuple[TextLine, ...], page: PageSizes) -> float:
    return sum(line_step(page, line.small) for line in lines)


def _paragraph(section: Section, top: float, page: PageSizes, fonts: tuple[str, ...]) -> PlacedRow:
    """Texts over the whole width, in as many lines as they take.

    A little is spared, because a screen may draw letters wider than they are.
    """
    room = 0.97 * (page.width - 2 * _EDGE)
    lines = [
        TextLine(text, True)
        for item in section.beyond
        for text in wrapped(item, room, page.small, fonts, most=len(item))
    ]
    return PlacedRow(top, _height(tuple(lines), page) + _PAD, left=tuple(lines))


@dataclass(frozen=True, slots=True)
class Number:
    """The numbers of one or several neighbouring marks, centred on a place in mm."""

    x: float
    text: str


def placed_numbers(
    marks: list[Mark], first: int, scale: float, page: PageSizes, fonts: tuple[str, ...]
) -> list[Number]:
    """The marks' numbers; neighbours whose texts would touch share one.

    `scale` is millimetres a day, `first` the day at 0 mm.
    """
    groups = [[mark] for mark in sorted(marks, key=lambda m: (m.day, int(m.text)))]
    while True:
        spots = [_spot(group, first, scale) for group in groups]
        ends = [text_width(spot.text, page.small, fonts) / 2 for spot in spots]
        for i in range(len(groups) - 1):
            if spots[i + 1].x - ends[i + 1] < spots[i].x + ends[i] + 0.8:
                groups[i : i + 2] = [groups[i] + groups[i + 1]]
                break
        else:
            return spots


def _spot(group: list[Mark], first: int, scale: float) -> Number:
    middle = (group[0].day + group[-1].day) / 2 + 0.5 - first
    return Number(middle * scale, numbers_text([mark.text for mark in group]))


def numbers_text(numbers: list[str]) -> str:
    """`3`, `1-4`, `1,3`: numbers in few letters."""
    values = sorted({int(number) for number in numbers})
    if len(values) > 1 and values[-1] - values[0] == len(values) - 1:
        return f"{values[0]}-{values[-1]}"
    return ",".join(map(str, values))
