"""How many participants may do a step when, and how long the way from one step to another is."""

from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.errors import NotFound, suggestion
from scheduler.tables.columns import integer_column
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

PLANNED, DONE = ("planned", "booked"), ("done",)


def counts_frame(plan: Tables, node: str, freq: str = "W") -> "pd.DataFrame":
    """In every week (or other period), how many participants may, or might, do a step?

    One row a period from `as_of` to the last day that anybody has: `first` and `last` day of it,
    `permitted` (participants with a permitted day in it), `undetermined` (those with none but
    undetermined ones), `planned` (whose recommended or booked date lies in it). Args: `freq` is a
    period of pandas, such as "D", "W", "M" or "Q".
    Raises: NotFound for a node; ValueError for a period that pandas does not know.
    """
    import pandas as pd

    _check(plan, node)
    windows = plan.windows[plan.windows["milestone"] == node]
    schedule = plan.schedule[plan.schedule["milestone"] == node]
    planned = schedule[schedule["status"].isin(PLANNED) & schedule["date"].notna()]
    ends = [pd.Timestamp(plan.as_of), *windows["last"], *planned["date"].dt.normalize()]
    periods = pd.period_range(ends[0], max(ends), freq=freq)
    found = {
        word: _pairs(windows[windows["certainty"] == word], periods)
        for word in ("permitted", "undetermined")
    }
    found["undetermined"] -= found["permitted"]
    place = periods.get_indexer(pd.PeriodIndex(planned["date"], freq=freq))
    columns = {
        word: np.bincount([period for _, period in pairs], minlength=len(periods))
        for word, pairs in found.items()
    }
    return pd.DataFrame(
        {
            "first": periods.start_time.astype("datetime64[s]"),
            "last": periods.end_time.normalize().astype("datetime64[s]"),
            **columns,
            "planned": np.bincount(place[place >= 0], minlength=len(periods)),
        }
    )


def _pairs(runs: "pd.DataFrame", periods: "pd.PeriodIndex") -> set[tuple[int, int]]:
    """Every participant and period that share a day of the runs, by their numbers."""
    import pandas as pd

    begin = periods.get_indexer(pd.PeriodIndex(runs["first"], freq=periods.freq))
    end = periods.get_indexer(pd.PeriodIndex(runs["last"], freq=periods.freq))
    who = runs["participant"].cat.codes
    each = zip(who.tolist(), begin.tolist(), end.tolist(), strict=True)
    return {(code, period) for code, a, b in each for period in range(max(a, 0), b + 1)}


def intervals_frame(plan: Tables, start: str, end: str) -> "pd.DataFrame":
    """How many days lie between two steps, for each participant who has dates for both?

    One row a participant: `start` and `end` (recorded, booked or recommended), `days` between
    them, `start_status` and `end_status`, and `in_window`: whether the end lies in its window given
    the other dates (missing where it has none).
    Raises: NotFound for a node.
    """
    import pandas as pd

    sides = []
    for node in (start, end):
        _check(plan, node)
        sides.append(plan.schedule[plan.schedule["milestone"] == node])
    both = sides[0].merge(sides[1], on="participant", suffixes=("_start", "_end"))
    both = both[both["date_start"].notna() & both["date_end"].notna()].reset_index(drop=True)
    days = (both["date_end"] - both["date_start"]).dt.days.to_numpy().astype(np.int64)
    windowed = (both["first_end"].notna() & both["last_end"].notna()).to_numpy(bool)
    inside = (both["date_end"] >= both["first_end"]) & (both["date_end"] <= both["last_end"])
    return pd.DataFrame(
        {
            "participant": both["participant"],
            "start": both["date_start"],
            "end": both["date_end"],
            "days": integer_column(days, np.ones(len(days), bool)).pandas(),
            "start_status": both["status_start"],
            "end_status": both["status_end"],
            "in_window": _flags(inside.to_numpy(bool), windowed),
        }
    )


def _flags(values: Any, known: Any) -> "pd.Series[Any]":
    import pandas as pd

    return pd.Series(pd.arrays.BooleanArray(values & known, ~known))


def _check(plan: Tables, node: str) -> None:
    if node not in plan.protocol.index:
        raise NotFound(f'no milestone or visit "{node}"{suggestion(node, plan.protocol.index)}')
