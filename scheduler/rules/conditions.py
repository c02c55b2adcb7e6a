"""Whether `only` and `except` hold: exact matches of attribute values, blanks kept unknown.

Source: docs/semantics.md, section 3.
"""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from scheduler.arrays import Flags, Index, Texts
from scheduler.binding.cohort import Cohort
from scheduler.protocol import Attributes, Protocol


class Applies(IntEnum):
    """The three answers of a condition."""

    NO = 0
    YES = 1
    UNKNOWN = 2


NO, YES, UNKNOWN = map(int, Applies)  # members are slow to look up, rule by rule


def applies(only: Attributes, values: Mapping[str, Texts], rows: int) -> Index:
    """Whether all named attributes have a listed value, row by row (of Applies).

    A blank leaves it unknown unless another attribute already says no.
    """
    answer = np.full(rows, YES, np.int64)
    for name, listed in only.items():
        known, hit = _look(name, listed, values, rows)
        answer[~known & (answer == YES)] = UNKNOWN
        answer[known & ~hit] = NO
    return answer


def exempts(exempt: Attributes, values: Mapping[str, Texts], rows: Index) -> Index:
    """Whether any named attribute has a listed value, for the named rows (of Applies).

    A blank leaves it unknown unless another attribute already says yes.
    """
    answer = np.full(len(rows), NO, np.int64)
    for name, listed in exempt.items():
        chosen = {name: values[name][rows]} if name in values else {}
        known, hit = _look(name, listed, chosen, len(rows))
        answer[~known & (answer == NO)] = UNKNOWN
        answer[known & hit] = YES
    return answer


def _look(
    name: str, listed: tuple[str, ...], values: Mapping[str, Texts], rows: int
) -> tuple[np.ndarray, np.ndarray]:
    if name not in values:
        nothing = np.zeros(rows, bool)
        return nothing, nothing
    column = values[name]
    hit = np.zeros(rows, bool)
    for value in listed:
        hit |= column == value
    return column != "", hit


def certainly_meant(protocol: Protocol, cohort: Cohort) -> dict[int, Flags]:
    """For whom each node certainly is: a visit is for whom its anchors are for; -1 is for all."""
    count = len(cohort)
    found = {-1: np.ones(count, bool)}
    for index in protocol.anchors_first:
        node = protocol.nodes[index]
        own = applies(node.only, cohort.attributes, count) if node.only else YES
        found[index] = found[node.anchor] & (own == YES)
    return found
