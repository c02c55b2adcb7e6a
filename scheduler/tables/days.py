"""Day by day: the verdict on every node of one participant, for heat maps.

Source: docs/frames.md (days).
"""

import numpy as np
import pandas as pd

from scheduler.rules.recorded import State
from scheduler.tables.columns import NameColumns, category_column, date_column
from scheduler.tables.lookups import VERDICTS, node_columns, who_of
from scheduler.tables.solved import Solved


def days_frame(solved: Solved, participant: str) -> pd.DataFrame:
    """Which verdict does every day get, for each milestone and visit of a participant?

    One row a day from `as_of` to the study's closing, one column a node, named after it. A column
    is missing throughout where the node has no days of its own: it is done, missed, overdue,
    unrecorded or awaits something, it is not for the participant, or states no window.
    Raises: NotFound for a participant.
    """
    who = who_of(solved, participant)
    horizon = np.arange(solved.problem.as_of, solved.protocol.study.closes + 1, dtype=np.int64)
    row = np.full(len(horizon), who)
    frame = pd.DataFrame(
        {
            "participant": NameColumns(solved.protocol, solved.cohort).participant(row),
            "day": date_column(horizon),
        }
    )
    names = node_columns([node.name for node in solved.protocol.nodes], list(frame.columns))
    columns = {}
    for node, name in zip(solved.protocol.nodes, names, strict=True):
        codes = np.full(len(horizon), -1, np.int64)
        stated = node.milestone or node.windowed
        if stated and solved.problem.timeline.state[who, node.index] == State.OPEN:
            codes = np.full(len(horizon), 2, np.int64)
            codes[solved.answer.undetermined[node.index].holds(row, horizon)] = 1
            codes[solved.answer.permitted.days[node.index].holds(row, horizon)] = 0
        columns[name] = category_column(codes, VERDICTS)
    return pd.concat([frame, pd.DataFrame(columns)], axis=1)
