"""Which of these people fits which protocol, and from which day?

Source: docs/cohorts.md (several protocols).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scheduler.planning.plans import Plan
from scheduler.tables.schedule import STATES, next_frame, states

COLUMNS = (
    "participant", "protocol", "version", "state", "next_milestone", "next_first", "next_last",
)  # fmt: skip


def matrix(plans: Sequence[pd.DataFrame], protocols: Sequence[str]) -> pd.DataFrame:
    """One row a participant and protocol: the participants' order, then that of the protocols.

    `plans` are what `matrix_rows` gives of each plan.
    """
    parts = [rows.assign(order=number) for number, rows in enumerate(plans)]
    joined = pd.concat([empty_matrix(protocols).assign(order=0), *parts], ignore_index=True)
    place = pd.factorize(joined["participant"])[0]  # in the order in which they come first
    order = np.lexsort((joined["order"].to_numpy(np.int64), place))
    return _typed(joined.iloc[order].reset_index(drop=True), protocols)


def matrix_rows(made: Plan) -> pd.DataFrame:
    """The rows of one plan, its participants in their order.

    The days are those of the summary: the first and last on which the next milestone may take
    place; where the state is undetermined they hang on facts that are not known yet.
    """
    found = []
    for part in made.parts:
        words = dict.fromkeys(("participant", "state", "next_milestone"), "str")
        brief = next_frame(part).pandas().astype(words)
        found.append(brief.assign(protocol=part.protocol.id, version=part.protocol.version))
    joined = pd.concat(found, ignore_index=True)
    codes = pd.Index(made.participants, dtype="str")
    place = codes.get_indexer(pd.Index(joined["participant"], dtype="str"))
    return joined.iloc[np.argsort(place, kind="stable")]


def empty_matrix(protocols: Sequence[str]) -> pd.DataFrame:
    """The matrix of nobody."""
    columns = {name: pd.Series(dtype="str") for name in COLUMNS}
    columns |= {name: pd.Series(dtype="datetime64[s]") for name in ("next_first", "next_last")}
    return _typed(pd.DataFrame(columns), protocols)


def count_states(made: Plan) -> dict[str, int]:
    """How many participants are in which state?"""
    found = np.zeros(len(STATES), np.int64)
    for part in made.parts:
        found += np.bincount(states(part.problem, part.answer), minlength=len(STATES))
    return {name: count for name, count in zip(STATES, found.tolist(), strict=True) if count}


def _typed(table: pd.DataFrame, protocols: Sequence[str]) -> pd.DataFrame:
    orders = {"protocol": list(dict.fromkeys(protocols)), "state": list(STATES)}
    found = table[list(COLUMNS)]
    return found.assign(
        **{
            name: pd.Categorical(found[name].astype("str"), pd.Index(order, dtype="str"), True)
            for name, order in orders.items()
        },
        **{name: found[name].astype("datetime64[s]") for name in ("next_first", "next_last")},
    )
