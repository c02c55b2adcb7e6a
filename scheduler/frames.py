"""Columns for DataFrames: real dates, ordered categories, nullable integers.

The order of every table is that of the participants' and the protocol's own files.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scheduler.cohort import Cohort, Index
from scheduler.days import FAR, Days
from scheduler.protocol import Protocol

CERTAINTY = ("permitted", "undetermined")


def dates(days: Days) -> NDArray[np.datetime64]:
    """Day numbers as datetime64[s]; "no end" and "no beginning" become NaT."""
    known = np.abs(days) < FAR
    stamps = np.where(known, days, 0).astype("M8[D]").astype("M8[s]")
    stamps[~known] = np.datetime64("NaT")
    return stamps


def moments(days: Days, minutes: Index) -> NDArray[np.datetime64]:
    """Day numbers with a minute of the day; a minute of -1 is the day alone."""
    return np.asarray(dates(days) + np.maximum(minutes, 0).astype("m8[m]").astype("m8[s]"))


def times(minutes: Index) -> pd.Series:
    """Minutes of the day as `HH:MM` text; -1 is missing."""
    texts = [f"{m // 60:02d}:{m % 60:02d}" if m >= 0 else None for m in minutes.tolist()]
    return pd.Series(texts, dtype="str")


def whole(values: Days, known: NDArray[np.bool_]) -> pd.Series:
    """Whole numbers, missing where they are not known."""
    return pd.Series(pd.array(np.where(known, values, 0), dtype="Int64")).where(pd.Series(known))


class Names:
    """Codes to ordered categories in the order of the files."""

    def __init__(self, protocol: Protocol, cohort: Cohort) -> None:
        self._participants = pd.Index(cohort.ids.tolist(), dtype="str")
        self._nodes = pd.Index([node.name for node in protocol.nodes], dtype="str")
        self._rules = pd.Index([rule.id for rule in protocol.rules], dtype="str")

    def participant(self, codes: Index) -> pd.Categorical:
        """The participants' codes."""
        return pd.Categorical.from_codes(codes, categories=self._participants, ordered=True)

    def milestone(self, codes: Index) -> pd.Categorical:
        """The names of milestones and visits."""
        return pd.Categorical.from_codes(codes, categories=self._nodes, ordered=True)

    def rule(self, codes: Index) -> pd.Categorical:
        """The ids of rules."""
        return pd.Categorical.from_codes(codes, categories=self._rules, ordered=True)


def category(values: Sequence[str], order: Sequence[str]) -> "pd.Categorical[str]":
    """Words of a fixed list, in that list's order."""
    return pd.Categorical(list(values), categories=list(order), ordered=True)


def coded(codes: Index, order: Sequence[str]) -> "pd.Categorical[str]":
    """Codes of a fixed list of words (-1: missing), in that list's order."""
    return pd.Categorical.from_codes(
        codes, categories=pd.Index(list(order), dtype="str"), ordered=True
    )
