"""What do the tables of a running trial look like? Text, with gaps in it, in every state.

Dates are known to the day, the minute, the month, the year or not at all; courses are ongoing, of
unknown end, or nobody wrote whether they ended. Milestones are done up to where each participant
stands; some were never entered, visits were missed, are overdue, booked, or a booking is cancelled.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.design import EVENTS, NODES, POINTS, Design
from benchmarks.people import EXPOSURES, Column, Frames, People, codes
from benchmarks.places import SITES

# Where the dice lie: one throw an exposure for each of five uses, one a node for each of three.
_START, _END, _CLOCK, _AGENT, _ROUTE = (slice(n * EXPOSURES, (n + 1) * EXPOSURES) for n in range(5))
_STEP, _DONE, _NEXT = (slice(50 + n * len(NODES), 50 + (n + 1) * len(NODES)) for n in range(3))
_SEX, _BEGUN, _LEFT = 113, 114, 115
_TARGETS = (7, 14, 21, 28, 61, 91, 122, 182, 274, 365, 548, 730)
_USUAL = np.array([0, 3, 8, 10, 14, 21, 42, 46, 62, *(46 + day for day in _TARGETS)])
_CONSENT, _INFUSION = NODES.index("consent"), NODES.index("infusion")


def life_frames(design: Design, who: People) -> Frames:
    """The tables of these participants, every column text."""
    ids = np.array(codes(who.first, len(who)), object)
    as_of = int(np.datetime64(design.as_of, "D").astype(np.int64))
    left = who.dice[:, _LEFT]
    gone = np.array(["", str(np.datetime64(as_of - 5, "D"))])
    sex = _pick(who.dice[:, _SEX], (0.5, 0.97, 1.0), ("female", "male", ""))
    return {
        "participants": _text(
            participant=ids,
            sex=sex,
            site=np.array(SITES)[who.site],
            withdrawn=gone[(left < 0.01).astype(int)],
            screen_failed=gone[((left >= 0.01) & (left < 0.015)).astype(int)],
        ),
        "history": _history(who, ids, as_of),
        "dates": _dates(who, ids, as_of),
    }


def _history(who: People, ids: Column, as_of: int) -> pd.DataFrame:
    day, event = who.start.ravel(), who.event.ravel()
    names = np.array(EVENTS)[event]
    point = np.isin(names, POINTS)
    steroid, trial = names == "steroid", names == "trial_drug"
    written, start = _iso(day), who.dice[:, _START].ravel()
    clock = who.dice[:, _CLOCK].ravel()
    timed = steroid & (clock < 0.3) & (start >= 0.05)
    minute = (6 + (clock * 40).astype(int)).astype("U2")
    hour = np.char.add(np.char.add(" ", np.char.zfill(minute, 2)), ":30")
    starts = np.where(timed, np.char.add(written, hour), written)
    starts = np.where(start < 0.05, written.astype("U7"), starts)
    starts = np.where(start < 0.01, written.astype("U4"), starts)
    starts = np.where((start < 0.005) & (day < as_of), "unknown", starts)
    end = who.dice[:, _END].ravel()
    ends = np.where(point, "", _iso(day + who.length.ravel()))
    ends = np.where(~point & (end < 0.015), "", ends)
    ends = np.where(~point & (end < 0.008), "ongoing", ends)
    # An unknown end lies before as_of, so the start must certainly do so.
    ends = np.where(~point & (end < 0.004) & (day < as_of - 366), "unknown", ends)
    agent = who.dice[:, _AGENT].ravel()
    agents = _pick(agent, (0.6, 0.9, 1.0), ("alphamab", "betanib", "gammacept"))
    routes = _pick(
        who.dice[:, _ROUTE].ravel(), (0.5, 0.8, 0.95, 1.0), ("oral", "inhaled", "topical", "")
    )
    return _text(
        participant=ids.repeat(EXPOSURES),
        event=names,
        start=starts,
        end=ends,
        agent=np.where(trial, agents, ""),
        half_life=np.where(trial & (agent * 10 % 1 < 0.1), "40 hours", ""),
        route=np.where(steroid, routes, ""),
    )


def _dates(who: People, ids: Column, as_of: int) -> pd.DataFrame:
    day = who.consent[:, None] + _USUAL + (who.dice[:, _STEP] * 3).astype(int) - 1
    day[:, _CONSENT] = who.consent
    begun = who.dice[:, [_BEGUN]] < 0.9
    past, throw, coming = begun & (day < as_of), who.dice[:, _DONE], who.dice[:, _NEXT]
    milestone = np.arange(len(NODES)) < len(NODES) - len(_TARGETS)
    sure = np.isin(np.arange(len(NODES)), (_CONSENT, _INFUSION))
    # 2 % of the milestones were never entered; visits: 4 % missed, 4 % without any row.
    done = past & (sure | (throw > np.where(milestone, 0.02, 0.08)))
    missed = past & ~milestone & (throw <= 0.04)
    forgotten = past & ~milestone & ~done & ~missed & (coming < 0.5)
    near = begun & ~past & (day < as_of + 90)
    booked = forgotten | (near & (coming < 0.4))
    cancelled = near & (coming > 0.95)
    said = {"done": done, "missed": missed, "booked": booked, "cancelled": cancelled}
    places = [np.nonzero(flags) for flags in said.values()]
    person, node = (np.concatenate([place[side] for place in places]) for side in (0, 1))
    status = np.repeat(list(said), [len(place[0]) for place in places])
    order = np.lexsort((node, person))
    person, node = person[order], node[order]
    return _text(
        participant=ids[person],
        milestone=np.array(NODES)[node],
        date=_iso(day[person, node]),
        status=status[order],
    )


def _iso(days: Column) -> Column:
    return np.datetime_as_string(days.astype("M8[D]"))


def _pick(throw: Column, up_to: Sequence[float], names: Sequence[str]) -> Column:
    return np.array(names)[np.searchsorted(up_to, throw, side="right")]


def _text(**columns: Column) -> pd.DataFrame:
    """Text columns; blanks are missing, as in a file that was read."""
    made = {name: pd.Series(values, dtype="str") for name, values in columns.items()}
    return pd.DataFrame({name: column.where(column != "") for name, column in made.items()})
