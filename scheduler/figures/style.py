"""How figures look: colours, hatches, sizes, and the words of the legend.

The colours and hatches of states are those of `looks`, as on the page and in the workbook; the
others are of the palette of Okabe and Ito (made for colour-blind readers), some of them lightened.
Each meaning also has its own lightness, hatch or shape, so that a grey print tells them apart.
Source: Okabe M, Ito K. Color Universal Design. 2008. https://jfly.uni-koeln.de/color/
"""

from dataclasses import dataclass
from typing import Any

from scheduler.figures.chart import BarKind, MarkKind
from scheduler.wording.looks import LOOKS, TONES

INK, SOFT, FAINT, CLOSED, AS_OF = "#1a1a1a", "#5c5c5c", "#d9d9d9", "#ececec", "#0072b2"
GREEN, PALE, OCHRE = TONES["good"].solid, TONES["doubt"].tint, TONES["doubt"].ink
RED, PURPLE = TONES["bad"].solid, "#cc79a7"
HATCH, CROSSED = LOOKS["undetermined"].hatch, LOOKS["doubtful"].hatch
FONTS = ("DejaVu Sans",)
# Looked for where a text has letters that the first font lacks.
MORE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC",
    "Arial Unicode MS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BarStyle:
    """A bar: the part of the row's height that it takes (from, to), and how it is filled."""

    top: float
    bottom: float
    face: str
    edge: str
    hatch: str = ""
    line: float = 0.0
    words: str = ""
    layer: float = 2.0
    dash: str = "solid"


@dataclass(frozen=True, slots=True)
class MarkStyle:
    """A mark: matplotlib's marker, its size in points, fill, edge, and its words in the legend."""

    marker: str
    size: float
    face: str
    edge: str
    line: float = 0.7
    words: str = ""
    layer: float = 5.0


BARS: dict[BarKind, BarStyle] = {
    "permitted": BarStyle(0.28, 0.72, GREEN, GREEN, words="permitted"),
    "undetermined": BarStyle(0.28, 0.72, PALE, OCHRE, HATCH, 0.3, "undetermined"),
    "given": BarStyle(
        0.16, 0.84, "none", INK, line=0.7, words="window, given the other dates", layer=4
    ),
    "lane": BarStyle(0.2, 0.8, "none", SOFT, line=0.5, words="visit's window", layer=4),
    "given_undetermined": BarStyle(
        0.2, 0.8, "none", OCHRE, "", 0.6, "visit's window, undetermined", 4, "dotted"
    ),
    "next": BarStyle(0.3, 0.7, GREEN, GREEN, words="days left for the next step"),
    "blocked": BarStyle(0.24, 0.76, RED, RED, words="ruled out"),
    "unsure": BarStyle(0.24, 0.76, "#ffffff", RED, CROSSED, 0.5, "possibly ruled out"),
    "duty": BarStyle(
        0.34, 0.66, PURPLE, "#8a4a6c", line=0.5, words="must not, from a recorded day"
    ),
    "duty_planned": BarStyle(
        0.34, 0.66, "#f6e6ee", "#8a4a6c", "......", 0.5, "must not, from a planned day"
    ),
    "exposure": BarStyle(0.44, 0.56, INK, INK, words="what happened", layer=4.5),
}
MARKS: dict[MarkKind, MarkStyle] = {
    "done": MarkStyle("o", 4.6, INK, INK, words="done", layer=6),
    "booked": MarkStyle("s", 4.4, AS_OF, INK, 0.7, "booked", 6.2),
    "booked_out": MarkStyle("X", 5.0, "#ffffff", INK, 0.8, "booked, cannot stand", 6),
    "planned": MarkStyle("o", 4.6, "#ffffff", INK, 0.9, "recommended", 6),
    "planned_undetermined": MarkStyle(
        "D", 4.0, PALE, INK, 0.8, "recommended, if what is open turns out well", 6
    ),
    "visit_done": MarkStyle("o", 2.2, INK, INK, 0.5, "visit done"),
    "visit_planned": MarkStyle("o", 2.2, "#ffffff", INK, 0.6, "visit recommended"),
    "target": MarkStyle("|", 5.5, INK, INK, 0.9, "target", 5),
    "missed": MarkStyle("x", 4.0, RED, RED, 1.1, "missed (on its target day)"),
    "overdue": MarkStyle("P", 4.8, RED, INK, 0.5, "overdue (on its target day)"),
    "last_day": MarkStyle("<", 4.6, "#8a4a6c", "#8a4a6c", 0.5, "last day on which it is allowed"),
    "deviation": MarkStyle("o", 8.0, "none", RED, 1.1, "with a deviation", 7),
    "ended": MarkStyle("|", 9.0, INK, INK, 1.6, "left the study", 7),
}


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Sizes in millimetres and points; `left` and `right` are the most that texts may take."""

    width: float
    left: float
    right: float
    text: float
    small: float
    row: float
    lane: float


PAGES = {
    "double": PageSizes(178, 44, 50, 7, 6, 4.4, 6.8),
    "single": PageSizes(85, 28, 18.5, 6, 5.2, 3.9, 6.8),
}

RC: dict[Any, Any] = {
    "font.family": list(FONTS),
    "svg.hashsalt": "washout",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "hatch.linewidth": 0.5,
    "text.parse_math": False,
    "text.hinting": "none",  # letters as wide as they are measured, at every resolution
    "text.usetex": False,
    "path.sketch": None,
    "axes.unicode_minus": False,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
}
