"""A figure as SVG: the same bytes that a template would give, without asking it for every number.

Texts are escaped here; everything else is numbers and words of ours.
"""

from collections.abc import Iterator

from markupsafe import Markup, escape

from scheduler.report.timelines import Drawn, Figure


def svg(figure: Figure, as_of: str) -> Markup:
    """How does a figure stand in a page? In a box that scrolls; `as_of` is the day in words."""
    words, width, height, top = escape(figure.words), figure.width, figure.height, figure.top
    parts = [
        f'<div class="scroll" tabindex="0" role="region" aria-label="{words}">\n'
        f'<svg class="fig" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="group" aria-label="{words}">\n'
    ]
    if figure.closed:
        parts.append(f'<path class="closed" d="{figure.closed}"/>')
    for tick in figure.ticks:
        kind, x = "tick strong" if tick.strong else "tick", tick.x
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top - 8}" y2="{height - 8}"/>')
        if tick.text:
            text = escape(tick.text)
            parts.append(f'<text class="date" x="{x + 2}" y="{top - 12}">{text}</text>')
    for title, y in figure.heads:
        parts.append(
            f'<text class="head" x="4" y="{y}">{escape(title)}</text>'
            f'<line class="rule" x1="4" x2="{width - 14}" y1="{y + 5}" y2="{y + 5}"/>'
        )
    for lane in figure.lanes:
        parts += _lane(lane, width)
    if figure.today is not None:
        x = figure.today
        parts.append(
            f'<line class="today" x1="{x}" x2="{x}" y1="{top - 26}" y2="{height - 8}"/>'
            f'<text class="now" x="{x + 4}" y="{top - 27}">as of {escape(as_of)}</text>'
        )
    return Markup("".join([*parts, "</svg>\n</div>\n"]))


def _lane(row: Drawn, width: int) -> Iterator[str]:
    y = row.y
    yield (
        f'<g class="lane" tabindex="0" role="img" aria-label="{escape(row.lane.name)}: '
        f'{escape(row.lane.words)}">\n<rect class="back" x="0" y="{y}" width="{width}" '
        f'height="22"/><text class="name" x="12" y="{y + 15}">{escape(row.name)}</text>\n'
    )
    for kind, data, texture, text in row.paths:
        yield f'<path class="b-{kind}" d="{data}">{_title(text)}</path>'
        if texture:
            yield f'<path class="s-{kind}" d="{texture}"/>'
    for kind, x, text in row.marks:
        yield f'<use href="#m-{kind}" x="{x}" y="{y + 10}">{_title(text)}</use>'
    yield "</g>\n"


def _title(text: str) -> str:
    """What is told when one points at something."""
    return f"<title>{escape(text)}</title>" if text else ""
