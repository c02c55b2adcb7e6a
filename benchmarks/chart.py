"""Time against participants, both axes logarithmic: a panel a protocol, every line named."""

import math
import textwrap
from pathlib import Path
from typing import Any

from benchmarks.report import OURS, Cell, Report, span

# Okabe and Ito's colours, told apart by colour-blind readers too; lines differ in marks as well.
_BLUE, _SKY, _GREEN, _ORANGE, _RED, _PINK = (
    "#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7",
)  # fmt: skip
_SHORT = {
    "core": "core alone", "exact": "exact windows", "with": "with schedule",
    "the": "the whole plan", "pendulum": "pendulum loop", "OR-Tools": "OR-Tools CP-SAT",
    "pandas": "pandas", "DuckDB": "DuckDB (simple question)", "copying": "copying the bytes",
}  # fmt: skip
_STYLE = {
    "core": (_SKY, "v"), "exact": (_BLUE, "o"), "with": (_GREEN, "s"), "the": ("#000000", "D"),
    "pendulum": (_RED, "^"), "OR-Tools": (_ORANGE, "P"), "pandas": (_PINK, "X"),
    "DuckDB": ("#777777", "<"), "copying": ("#777777", ">"),
}  # fmt: skip
_TICKS = {1e-6: "1 µs", 1e-3: "1 ms", 1: "1 s", 60: "1 min", 3600: "1 h", 86_400: "1 day"}


def draw(report: Report, file: Path) -> None:
    """Write the figure as PNG."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    count = len(report.protocols)
    figure, axes = pyplot.subplots(count, 1, figsize=(9.5, 4.6 * count), squeeze=False)
    for axis, protocol in zip(axes[:, 0], report.protocols, strict=True):
        _panel(axis, report, protocol)
    axes[-1, 0].set_xlabel("participants")
    figure.suptitle(f"Time against participants, {report.date}", x=0.02, ha="left", weight="bold")
    note = (
        "Filled: measured; open, dotted: scaled from fewer participants. Solid: ours on all cores."
    )
    machine = "\n".join(textwrap.wrap(f"{note} {report.machine}", 150))
    figure.text(0.02, 0.005, machine, fontsize=7, color="#444444", va="bottom")
    figure.tight_layout(rect=(0, 0.12 / count, 1, 0.99))
    figure.savefig(file, dpi=120, metadata={"Software": None})
    pyplot.close(figure)


def _panel(axis: Any, report: Report, protocol: str) -> None:
    axis.set_title(protocol.replace("_", " "), loc="left", fontsize=11)
    axis.set_xscale("log")
    axis.set_yscale("log")
    rows = report.lines(protocol)
    most = max(row[0].cores for row in rows if row[0].family == OURS)
    ends = []
    for row in rows:
        cells = sorted(row, key=lambda cell: cell.participants)
        ours = cells[0].family == OURS
        if ours and cells[0].cores not in (1, most):
            continue
        key = cells[0].what.split()[0].rstrip(":")
        colour, mark = _STYLE[key]
        one_core = ours and cells[0].cores == 1 and most > 1
        if one_core and key != "exact":
            continue  # the figure shows one core for the windows alone; the table has all
        _line(axis, cells, colour, mark, thin=one_core or not ours)
        tail = f", {cells[0].cores} core{'s' if cells[0].cores > 1 else ''}" if ours else ""
        ends.append((cells[-1].total, f"{_SHORT[key]}{tail}: {span(cells[-1].total)}", colour))
    least = min(cell.total for row in rows for cell in row)
    last = max(cell.total for row in rows for cell in row)
    axis.set_ylim(least / 3, last * 4)
    right = max(report.sizes)
    axis.set_xlim(min(report.sizes) / 1.5, right * 1.3)
    _labels(axis, ends, right)
    ticks = {tick: name for tick, name in _TICKS.items() if least / 3 < tick < last * 4}
    axis.set_yticks(list(ticks), list(ticks.values()))
    axis.set_yticks([], minor=True)
    axis.set_xticks(report.sizes, [f"{size:,}" for size in report.sizes])
    axis.set_xticks([], minor=True)
    axis.grid(color="#e4e4e4", linewidth=0.7)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _line(axis: Any, cells: list[Cell], colour: str, mark: str, thin: bool) -> None:
    """Measured points with filled marks; what is scaled is a dotted line with open ones."""
    sizes, times = [c.participants for c in cells], [c.total for c in cells]
    scaled = any(cell.scaled for cell in cells)
    style = ":" if scaled else ("--" if thin else "-")
    axis.plot(sizes, times, style, color=colour, linewidth=1.2 if thin else 1.9)
    for cell in cells:
        face = "white" if cell.scaled else colour
        axis.plot(
            cell.participants, cell.total, mark, color=colour, markerfacecolor=face, markersize=5.5
        )


def _labels(axis: Any, ends: list[tuple[float, str, str]], right: int) -> None:
    """Names beside the ends of the lines, moved apart where they would cover each other."""
    low, high = axis.get_ylim()
    step = math.log(high / low) / 20
    ends = sorted(ends)
    places = _apart([math.log(value) for value, _, _ in ends], step)
    for (value, text, colour), place in zip(ends, places, strict=True):
        axis.annotate(
            text, (right, value), xytext=(right * 2.2, math.exp(place)), color=colour, fontsize=8,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 1,
                        "relpos": (0, 0.5)},
        )  # fmt: skip


def _apart(wanted: list[float], step: float) -> list[float]:
    """Places near the wanted ones (in order), at least a step apart: neighbours share the shift."""
    groups: list[tuple[float, int]] = []  # mean of "wanted less its own steps", how many
    for place, value in enumerate(wanted):
        mean, count = value - place * step, 1
        while groups and groups[-1][0] > mean:
            other, size = groups.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        groups.append((mean, count))
    means = [mean for mean, count in groups for _ in range(count)]
    return [mean + place * step for place, mean in enumerate(means)]
