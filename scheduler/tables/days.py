"""Day by day: the verdict on every node of participants, for heat maps.

Source: docs/frames.md (days).
"""

from collections.abc import Sequence

import numpy as np

from scheduler.arrays import Index
from scheduler.days import Days
from scheduler.rules.recorded import State
from scheduler.tables.columns import NameColumns, category_column, date_column
from scheduler.tables.frames import Column, Frame
from scheduler.tables.lookups import VERDICTS, node_columns, node_of, who_of
from scheduler.tables.solved import Solved


def days_frame(
    solved: Solved,
    participants: Sequence[str],
    nodes: Sequence[str] | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Frame:
    """Which verdict does every day get, for each milestone and visit of some participants?

    One row a participant and day, from `first` (day numbers; `as_of` at the earliest) to `last`
    (the study's closing at the latest), one column a node, named after it. A column is missing
    throughout where the node has no days of its own: it is done, missed, overdue, unrecorded or
    awaits something, it is not for the participant, or states no window.
    Raises: NotFound for a participant or a node.
    """
    people = np.array([who_of(solved, code) for code in participants], np.int64)
    begin = max(solved.problem.as_of, solved.problem.as_of if first is None else first)
    closes = solved.protocol.study.last_day
    span = np.arange(begin, min(closes, closes if last is None else last) + 1, dtype=np.int64)
    who, day = np.repeat(people, len(span)), np.tile(span, len(people))
    columns: dict[str, Column] = {
        "participant": NameColumns(solved.protocol, solved.cohort).participant(who),
        "day": date_column(day),
    }
    names = [node.name for node in solved.protocol.steps] if nodes is None else list(nodes)
    places = [node_of(solved, name) for name in names]
    for head, node in zip(node_columns(names, list(columns)), places, strict=True):
        columns[head] = category_column(_verdicts(solved, node, who, day), VERDICTS)
    return Frame(columns)


def verdicts_of(solved: Solved, participant: str, node: str) -> dict[int, str]:
    """Which verdict does every day from `as_of` on get, for one participant and node?

    By day number; empty where the node has no days of its own.
    Raises: NotFound for a participant or a node.
    """
    who, place = who_of(solved, participant), node_of(solved, node)
    span = np.arange(solved.problem.as_of, solved.protocol.study.last_day + 1, dtype=np.int64)
    codes = _verdicts(solved, place, np.full(len(span), who), span)
    if not len(span) or codes[0] < 0:
        return {}
    return {day: VERDICTS[code] for day, code in zip(span.tolist(), codes.tolist(), strict=True)}


def _verdicts(solved: Solved, place: int, who: Index, day: Days) -> Index:
    """The verdict of a node on each day of somebody; -1 where it has no days of its own."""
    node = solved.protocol.nodes[place]
    if not (node.milestone or node.windowed):
        return np.full(len(who), -1, np.int64)
    codes = np.full(len(who), 2, np.int64)
    codes[solved.answer.undetermined[place].holds(who, day)] = 1
    codes[solved.answer.permitted.days[place].holds(who, day)] = 0
    return np.where(solved.problem.timeline.state[who, place] == State.OPEN, codes, -1)
