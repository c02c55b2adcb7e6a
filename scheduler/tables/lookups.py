"""Participants and nodes of a plan by name, and the names of columns that stand for nodes."""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import Flags
from scheduler.errors import NotFound, suggestion
from scheduler.rules.conditions import Applies, applies
from scheduler.tables.frames import Frame, OneOf, Written
from scheduler.tables.solved import Solved
from scheduler.wording.rules import only_text

VERDICTS = ("permitted", "undetermined", "blocked")


def who_of(solved: Solved, participant: str) -> int:
    """The place of a participant in a solved cohort.

    Raises: NotFound, with the likely spelling.
    """
    codes = [str(code) for code in solved.cohort.ids]
    if participant not in codes:
        raise NotFound(f'no participant "{participant}"{suggestion(participant, codes)}')
    return codes.index(participant)


def node_of(solved: Solved, node: str) -> int:
    """The place of a milestone or visit in its protocol.

    Raises: NotFound, with the likely spelling.
    """
    if node not in solved.protocol.index:
        raise NotFound(f'no milestone or visit "{node}"{suggestion(node, solved.protocol.index)}')
    return solved.protocol.index[node]


def appointment(solved: Solved, who: int, node: str) -> int | None:
    """How many minutes an appointment takes at a participant's site; None where nobody says."""
    place = solved.protocol.index.get(node)
    usual = None if place is None else solved.protocol.nodes[place].minutes
    return solved.cohort.sites[int(solved.cohort.site[who])].appointment(node, usual)


def activities_of(solved: Solved, who: int, node: str) -> list[str]:
    """The labels of what is done with a participant at a milestone or visit, in its order.

    One that may not be for them, because an attribute is blank, says for whom it is.
    """
    place, known = solved.protocol.index.get(node), solved.protocol.activity_index
    names = () if place is None else solved.protocol.nodes[place].at_visit.activities
    told = []
    for activity in (known[name] for name in names):
        mine = {name: values[[who]] for name, values in solved.cohort.attributes.items()}
        verdict = int(applies(activity.only, mine, 1)[0])
        if verdict == Applies.YES:
            told.append(activity.label)
        elif verdict == Applies.UNKNOWN:
            told.append(f"{activity.label} ({only_text(activity.only)})")
    return told


def place_of(solved: Solved, node: str) -> str:
    """Where a milestone or visit is; empty where the protocol does not say."""
    place = solved.protocol.index.get(node)
    return "" if place is None else solved.protocol.nodes[place].at_visit.place


def phase_of(solved: Solved, node: str) -> str:
    """The phase that a milestone or visit belongs to; empty where the protocol names none."""
    place = solved.protocol.index.get(node)
    return "" if place is None else solved.protocol.nodes[place].at_visit.phase


def node_columns(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """The names of node columns beside a frame's own: a clash gets `(node)` behind it."""
    return [f"{name} (node)" if name in taken else name for name in names]


def rows_among(table: Frame, name: str, words: Sequence[str]) -> Flags:
    """The rows whose cell of a column is one of some words."""
    column = table[name]
    assert isinstance(column, OneOf | Written)
    known, places = (
        (column.among.words, column.codes)
        if isinstance(column, OneOf)
        else (column.words, column.places)
    )
    return np.array([*(word in words for word in known), False], bool)[places]
