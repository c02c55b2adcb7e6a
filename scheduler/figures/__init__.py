"""Figures of a plan: the timeline of a participant, and the swimlanes of a study.

What is drawn (chart.py, participant.py, lanes.py) is worked out without matplotlib; drawing.py
turns it into a figure. matplotlib is an extra: without it everything else of the package works.
Source: docs/analysts.md (figures).
"""

from collections.abc import Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from scheduler.errors import NotWritable, WashoutError

if TYPE_CHECKING:
    from scheduler.figures.plan_figure import PlanFigure
    from scheduler.tables.tables import Tables

__all__ = [
    "SUFFIXES",
    "FigureOptions",
    "FiguresMissing",
    "LaneOptions",
    "check_suffix",
    "swimlanes",
    "timeline",
    "write_figure",
]

Width = Literal["single", "double"]
SUFFIXES = (".png", ".svg", ".pdf")


class FigureOptions(TypedDict, total=False):
    """What `timeline` may be told beside the participant."""

    first: str | date | None
    last: str | date | None
    width: Width


class LaneOptions(FigureOptions, total=False):
    """What `swimlanes` may be told."""

    participants: Sequence[str] | None


class FiguresMissing(WashoutError):
    """Matplotlib is not installed, so there are no figures."""

    def __init__(self) -> None:
        super().__init__(
            "figures need matplotlib, which is not installed here; install it with\n"
            '     pip install "washout[figures]"   (or: pip install "matplotlib>=3.9")'
        )


def require_matplotlib() -> None:
    """Is matplotlib here?

    Raises: FiguresMissing with the command that installs it.
    """
    try:
        import_module("matplotlib")
    except ImportError as error:
        raise FiguresMissing() from error


def timeline(
    plan: "Tables",
    participant: str,
    first: str | date | None = None,
    last: str | date | None = None,
    width: Width = "double",
) -> "PlanFigure":
    """What may happen when for one participant, and why not on other days, as a picture?

    Args: `first` and `last` the days shown (without them: from the first recorded day to a while
    after the last milestone that is still to come); `width` of a journal's column, `single` (85
    mm) or `double` (178 mm).
    Raises: NotFound for an unknown participant or a day that is no date; WashoutError where
    `last` is before `first`; FiguresMissing without matplotlib.
    """
    require_matplotlib()
    from scheduler.figures.drawing import draw
    from scheduler.figures.participant import timeline_chart

    return draw(timeline_chart(plan, participant, first, last), width)


def swimlanes(
    plan: "Tables",
    participants: Sequence[str] | None = None,
    first: str | date | None = None,
    last: str | date | None = None,
    width: Width = "double",
) -> "PlanFigure":
    """Where does every participant of the study stand, as a picture with a lane for each?

    Args: as for `timeline`; `participants` limits the lanes to some of them.
    Raises: as `timeline`; WashoutError for more lanes than a picture can hold.
    """
    require_matplotlib()
    from scheduler.figures.drawing import draw
    from scheduler.figures.lanes import swimlanes_chart

    return draw(swimlanes_chart(plan, participants, first, last), width)


def check_suffix(path: str | Path) -> str:
    """Which format does a file's name ask for: `.png`, `.svg` or `.pdf`?

    Raises: NotWritable for any other suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        found = f'the suffix "{suffix}"' if suffix else "no suffix"
        raise NotWritable(
            f"{path}: found {found}, expected one of {', '.join(SUFFIXES)}: it says which format "
            "to write"
        )
    return suffix


def write_figure(figure: "PlanFigure", path: str | Path) -> Path:
    """Write a figure as PNG (300 dots an inch), SVG or PDF, by the file's suffix.

    The same figure gives the same bytes: no dates and no random names are in the files.
    Raises: NotWritable for another suffix; OSError where the file cannot be written.
    """
    check_suffix(path)
    target = Path(path)
    figure.savefig(target)
    return target
