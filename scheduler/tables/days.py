"""Day by day: the verdict on every node of one participant, for heat maps.

Source: docs/frames.md (days).
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scheduler.rules.recorded import State
from scheduler.tables.columns import NameColumns, category_column, date_column
from scheduler.tables.lookups import VERDICTS, node_columns, who_of

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan


def days_frame(plan: "Plan", participant: str) -> pd.DataFrame:
    """Which verdict does every day get, for each milestone and visit of a participant?

    One row a day from `as_of` to the study's closing, one column a node, named after it. A column
    is missing throughout where the node has no days of its own: it is done, missed, overdue,
    unrecorded or awaits something, it is not for the participant, or states no window.
    Raises: NotFound for a participant.
    """
    who = who_of(plan, participant)
    horizon = np.arange(plan.problem.as_of, plan.protocol.study.closes + 1, dtype=np.int64)
    row = np.full(len(horizon), who)
    frame = pd.DataFrame(
        {
            "participant": NameColumns(plan.protocol, plan.cohort).participant(row),
            "day": date_column(horizon),
        }
    )
    names = node_columns([node.name for node in plan.protocol.nodes], list(frame.columns))
    columns = {}
    for node, name in zip(plan.protocol.nodes, names, strict=True):
        codes = np.full(len(horizon), -1, np.int64)
        stated = node.milestone or node.windowed
        if stated and plan.problem.timeline.state[who, node.index] == State.OPEN:
            codes = np.full(len(horizon), 2, np.int64)
            codes[plan.answer.undetermined[node.index].holds(row, horizon)] = 1
            codes[plan.answer.permitted.days[node.index].holds(row, horizon)] = 0
        columns[name] = category_column(codes, VERDICTS)
    return pd.concat([frame, pd.DataFrame(columns)], axis=1)
