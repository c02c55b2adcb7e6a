"""Participants and nodes of a plan by name, and the names of columns that stand for nodes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from scheduler.errors import NotFound, suggestion

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan

VERDICTS = ("permitted", "undetermined", "blocked")


def who_of(plan: "Plan", participant: str) -> int:
    """The place of a participant in the plan's cohort.

    Raises: NotFound, with the likely spelling.
    """
    codes = [str(code) for code in plan.cohort.ids]
    if participant not in codes:
        raise NotFound(f'no participant "{participant}"{suggestion(participant, codes)}')
    return codes.index(participant)


def node_of(plan: "Plan", node: str) -> int:
    """The place of a milestone or visit in the plan's protocol.

    Raises: NotFound, with the likely spelling.
    """
    if node not in plan.protocol.index:
        raise NotFound(f'no milestone or visit "{node}"{suggestion(node, plan.protocol.index)}')
    return plan.protocol.index[node]


def node_columns(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names of node columns beside a frame's own: a clash gets `(node)` behind it."""
    return [f"{name} (node)" if name in taken else name for name in names]
