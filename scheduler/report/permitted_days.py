"""The permitted days of windows.csv in words, by participant and step."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from scheduler.days import FAR, day_of
from scheduler.report.cells import Row
from scheduler.wording.said_days import day_said, runs_said

Runs = list[tuple[int, int]]
_MOST = 6


class PermittedDays:
    """What windows.csv says of each step, in words: the permitted days, else the undetermined."""

    def __init__(self, windows: pd.DataFrame, as_of: date) -> None:
        """Takes the rows of windows.csv that are to be said."""
        self._near = day_of(as_of)
        self._runs: dict[tuple[str, str], dict[str, Runs]] = {}
        columns = [windows[name].astype(str) for name in ("participant", "milestone", "certainty")]
        days = [_days(windows["first"], -FAR), _days(windows["last"], FAR)]
        for who, node, kind, first, last in zip(*columns, *days, strict=True):
            self._runs.setdefault((who, node), {}).setdefault(kind, []).append((first, last))

    def said(self, participant: str, node: str, most: int = _MOST) -> Row:
        """The days of one step: `permitted` and `undetermined` in words.

        `span` are those in short, `parts` how many runs they are.
        """
        found = self._runs.get((participant, node), {})
        row = {kind: runs_said(found.get(kind, []), self._near, most)
               for kind in ("permitted", "undetermined")}  # fmt: skip
        kind = "permitted" if "permitted" in found else "undetermined"
        runs = found.get(kind, [])
        return row | {"span": self._span(runs, kind), "parts": str(len(runs))}

    def _span(self, runs: Runs, kind: str) -> str:
        """From the first to the last day, and in how many parts."""
        if not runs:
            return ""
        ends = (runs[0][0], runs[-1][1])
        first, last = (day_said(day, self._near, week_day=False) for day in ends)
        parts = f" ({len(runs)} parts)" if len(runs) > 1 else ""
        doubt = "" if kind == "permitted" else "undetermined: "
        return f"{doubt}{first}{parts}" if first == last else f"{doubt}{first} to {last}{parts}"


def of_next_steps(windows: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """The rows of windows.csv about everybody's next step."""
    step = dict(zip(summary["participant"], summary["next_milestone"].astype(str), strict=True))
    wanted = windows["participant"].map(step).astype(str)
    return windows[windows["milestone"].astype(str) == wanted]


def _days(column: Iterable[object], missing: int) -> list[int]:
    return [day_of(v.date()) if isinstance(v, pd.Timestamp) else missing for v in column]
