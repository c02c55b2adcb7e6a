"""Which of these people fits which protocol, and from which day?

Source: docs/cohorts.md (several protocols).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scheduler.planning.plans import Plan
from scheduler.tables.columns import category_column, join_frames, texts
from scheduler.tables.frames import Frame
from scheduler.tables.schedule import STATES, next_frame, states
from scheduler.tables.solved import Solved

COLUMNS = (
    "participant", "protocol", "version", "state", "next_milestone", "next_first", "next_last",
)  # fmt: skip


def matrix(plans: Sequence[Frame], protocols: Sequence[str]) -> Frame:
    """One row a participant and protocol: the participants' order, then that of the protocols.

    `plans` are what `matrix_rows` gives of each plan, of all `protocols` in their order.
    """
    joined = join_frames(plans, {"protocol": list(dict.fromkeys(protocols))})
    place = np.repeat(np.arange(len(plans)), [len(rows) for rows in plans])
    return joined.take(np.lexsort((place, joined.codes("participant"))), COLUMNS)


def matrix_rows(made: Plan) -> Frame:
    """The rows of one plan, its participants in their order.

    The days are those of the summary: the first and last on which the next milestone may take
    place; where the state is undetermined they hang on facts that are not known yet.
    """
    return made.joined([_rows(part) for part in made.parts])


def _rows(part: Solved) -> Frame:
    brief, protocol = next_frame(part), part.protocol
    first = np.zeros(len(brief), np.int64)
    following = brief.codes("next_milestone")
    return brief.assign(
        protocol=category_column(first, [protocol.id]),
        version=texts([protocol.version], first),
        next_milestone=texts([*brief.words("next_milestone"), None], following),
    )


def empty_matrix(protocols: Sequence[str]) -> pd.DataFrame:
    """The matrix of nobody."""
    columns = {name: pd.Series(dtype="str") for name in COLUMNS}
    columns |= {name: pd.Series(dtype="datetime64[s]") for name in ("next_first", "next_last")}
    orders = {"protocol": list(dict.fromkeys(protocols)), "state": list(STATES)}
    return pd.DataFrame(columns).assign(
        **{
            name: pd.Categorical([], pd.Index(order, dtype="str"), ordered=True)
            for name, order in orders.items()
        }
    )


def count_states(made: Plan) -> dict[str, int]:
    """How many participants are in which state?"""
    found = np.zeros(len(STATES), np.int64)
    for part in made.parts:
        found += np.bincount(states(part.problem, part.answer), minlength=len(STATES))
    return {name: count for name, count in zip(STATES, found.tolist(), strict=True) if count}
