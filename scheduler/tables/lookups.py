"""Participants and nodes of a plan by name, and the names of columns that stand for nodes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from scheduler.arrays import Flags
from scheduler.errors import known_name
from scheduler.rules.conditions import Applies, applies
from scheduler.tables.frames import Frame, OneOf, WholeNumbers, WordList, Written
from scheduler.tables.solved import Solved
from scheduler.wording.rules import only_text

if TYPE_CHECKING:
    import pandas as pd

VERDICTS = ("permitted", "undetermined", "blocked")
ParticipantId = str | int


def code_of(participant: ParticipantId) -> str:
    """The code that all tables have a participant by, of it or of the whole number given as the id.

    Raises: TypeError for anything else.
    """
    if isinstance(participant, str):
        return participant.strip()
    if isinstance(participant, int | np.integer) and not isinstance(participant, bool):
        return str(int(participant))
    found = f"{type(participant).__name__} {participant!r}"
    raise TypeError(f"participant: found {found}, expected a code as text, or a whole number")


def codes_of(participants: ParticipantId | Iterable[ParticipantId]) -> list[str]:
    """The codes of one participant or of several, each once."""
    if isinstance(participants, str) or not isinstance(participants, Iterable):
        return [code_of(participants)]
    return list(dict.fromkeys(map(code_of, participants)))


def handed(frame: Frame, ids: Mapping[str, int | str]) -> "pd.DataFrame":
    """A table as a DataFrame, its participants by the `ids` that were given for their codes.

    Whole numbers are a column of whole numbers; without ids, the codes stay.
    """
    made = frame.pandas()
    if not ids or "participant" not in frame.heads:
        return made
    column = frame["participant"]
    assert isinstance(column, OneOf | Written)
    words, places = column.distinct()
    given = [ids.get(word or "") for word in words]
    if any(isinstance(one, str) for one in ids.values()):
        texts = [None if one is None else str(one) for one in given]
        ordered = OneOf(places, WordList([text or "" for text in texts]))
        return made.assign(
            participant=(ordered if isinstance(column, OneOf) else Written(texts, places)).pandas()
        )
    known = np.array([*(one is not None for one in given), False], bool)[places]
    numbers = np.array([*(one or 0 for one in given), 0], np.int64)[places]
    return made.assign(
        participant=numbers if known.all() else WholeNumbers(numbers, known).pandas()
    )


def who_of(solved: Solved, participant: str) -> int:
    """The place of a participant in a solved cohort.

    Raises: NotFound, with the likely spelling.
    """
    codes = solved.participants
    return codes.index(known_name("participant", participant, codes))


def node_of(solved: Solved, node: str) -> int:
    """The place of a milestone or visit in its protocol.

    Raises: NotFound, with the likely spelling.
    """
    return solved.protocol.index[known_name("milestone or visit", node, solved.protocol.index)]


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
    known, places = column.distinct()
    return np.array([*(word in words for word in known), False], bool)[places]
