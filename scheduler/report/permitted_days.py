"""The permitted days of windows.csv in words, by participant and step."""

from datetime import date

import numpy as np

from scheduler.days import FAR, day_of
from scheduler.tables.frames import Frame, Row
from scheduler.wording.said_days import day_said, runs_said

Runs = list[tuple[int, int]]
_MOST = 6


class PermittedDays:
    """What windows.csv says of each step, in words: the permitted days, else the undetermined."""

    def __init__(self, windows: Frame, as_of: date) -> None:
        """Takes the rows of windows.csv that are to be said."""
        self._near = day_of(as_of)
        self._runs: dict[tuple[str, str], dict[str, Runs]] = {}
        heads = ("participant", "milestone", "certainty", "first", "last")
        for who, node, kind, first, last in windows.pairs(*heads):
            run = (-FAR if first == FAR else first, last)
            self._runs.setdefault((who, node), {}).setdefault(kind, []).append(run)

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


def of_next_steps(windows: Frame, summary: Frame) -> Frame:
    """The rows of windows.csv about everybody's next step."""
    step = set(summary.pairs("participant", "next_milestone"))
    wanted = [pair in step for pair in windows.pairs("participant", "milestone")]
    return windows.take(np.flatnonzero(wanted))
