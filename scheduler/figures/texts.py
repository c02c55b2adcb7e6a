"""How wide texts are, and how they are broken or shortened to fit; which fonts they need."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, fontManager, get_font

from scheduler.figures.style import FONTS, MORE_FONTS

_POINT = 25.4 / 72
_SCALE = 16  # measured large: at small sizes, letters snap to whole pixels and come out too narrow


@lru_cache(maxsize=1)
def _renderer() -> Any:
    renderer: Any = RendererAgg  # matplotlib gives it no types
    return renderer(8, 8, 72)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, fonts: tuple[str, ...] = FONTS, bold: bool = False) -> float:
    """The width of a text in millimetres, at a size in points."""
    if not text:
        return 0.0
    weight = "bold" if bold else "normal"
    font = FontProperties(family=list(fonts), size=size * _SCALE, weight=weight)
    width, _, _ = _renderer().get_text_width_height_descent(text, font, False)
    return float(width) / _SCALE * _POINT


def fitted(text: str, room: float, size: float, fonts: tuple[str, ...] = FONTS) -> str:
    """A text that fits into `room` mm: itself, or its beginning with an ellipsis."""
    if text_width(text, size, fonts) <= room:
        return text
    kept = len(text)
    while kept > 1 and text_width(text[:kept].rstrip() + "…", size, fonts) > room:
        kept -= 1
    return text[:kept].rstrip() + "…"


def wrapped(
    text: str, room: float, size: float, fonts: tuple[str, ...] = FONTS, most: int = 2
) -> list[str]:
    """A text in at most `most` lines that fit `room` mm, broken after spaces and hyphens.

    The last line ends with an ellipsis where more does not fit.
    """
    lines: list[str] = []
    for part in re.findall(r"[^\s-]*(?:-+|\s+|$)", text):
        if lines and (
            text_width((lines[-1] + part).rstrip(), size, fonts) <= room or len(lines) == most
        ):
            lines[-1] += part
        elif part:
            lines.append(part)
    return [fitted(line.rstrip(), room, size, fonts) for line in lines]


def fonts_for(texts: Sequence[str]) -> tuple[str, ...]:
    """The fonts that some texts need: the usual one, and one that is installed for what it lacks.

    Where no font has a letter, matplotlib warns of it and draws a box.
    """
    lacking = set("".join(texts)) - _letters(FONTS[0])
    if not lacking:
        return FONTS
    installed = {font.name for font in fontManager.ttflist}
    for name in MORE_FONTS:
        if name in installed and lacking <= _letters(name):
            return (*FONTS, name)
    return FONTS


@lru_cache(maxsize=16)
def _letters(name: str) -> frozenset[str]:
    path = fontManager.findfont(FontProperties(family=[name]))
    return frozenset(map(chr, get_font(path).get_charmap()))
