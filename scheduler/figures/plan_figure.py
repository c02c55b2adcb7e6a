"""The figure that callers get: it shows itself in notebooks and is written the same every time."""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from scheduler.figures.style import FONTS, RC

_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": "washout"},
    "svg": {"Date": None, "Creator": "washout"},
    "pdf": {"CreationDate": None, "Creator": "washout", "Producer": "washout"},
}


class PlanFigure(Figure):
    """A matplotlib figure; everything that can be done with one can be done with it.

    `title` is what it shows in words, for the file's metadata; `fonts` are the fonts it needs.
    """

    fonts: tuple[str, ...] = FONTS
    title: str = ""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Write the figure, as `Figure.savefig`, with no date and no random name in the file."""
        kind = str(options.get("format", ""))
        if not kind and isinstance(fname, str | Path):
            kind = Path(fname).suffix.lower().removeprefix(".")
        if kind in _METADATA:
            options.setdefault("metadata", {**_METADATA[kind], "Title": self.title})
        options.setdefault("dpi", 300)
        with mpl.rc_context({**RC, "font.family": list(self.fonts)}):
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        self.savefig(stream, format="png", dpi=150)
        return stream.getvalue()
