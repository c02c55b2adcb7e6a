"""Who and what a plan is about: its participants and its milestones and visits, a row each.

Other tables are joined with these: by `participant`, and by `milestone`, which is a node's name.
"""

from typing import Any

import numpy as np
import pandas as pd

from scheduler.protocol import Protocol
from scheduler.tables.columns import KINDS, category, category_column
from scheduler.tables.frames import data_frame
from scheduler.tables.tables import Tables


def nodes_frame(protocol: Protocol) -> pd.DataFrame:
    """Which milestones and visits are there, in the order of the protocol?

    One row a node: `milestone` (its name, as other tables have it), `label`, `kind`, `anchor` (what
    a visit is timed from), `optional`, `windowed` (whether a visit states a window),
    `phase`, `activities` (their labels), `place`.
    """
    nodes, known = protocol.steps, protocol.activity_index
    names = [node.name for node in protocol.nodes]
    return data_frame(
        {
            "milestone": category_column(np.arange(len(nodes)), names),
            "label": pd.Series([node.label for node in nodes], dtype="str"),
            "kind": category([KINDS[not node.milestone] for node in nodes], KINDS),
            "anchor": category_column(
                np.array([-1 if n.milestone else n.anchor for n in nodes], np.int64), names
            ),
            "optional": np.array([node.optional for node in nodes], bool),
            "windowed": np.array([node.windowed for node in nodes], bool),
            "phase": pd.Series([node.at_visit.phase for node in nodes], dtype="str"),
            "activities": pd.Series(
                ["; ".join(known[a].label for a in node.at_visit.activities) for node in nodes],
                dtype="str",
            ),
            "place": pd.Series([node.at_visit.place for node in nodes], dtype="str"),
        }
    )


def people_frame(plan: Tables) -> pd.DataFrame:
    """Who is planned, with all that the table of participants says of them?

    One row a participant: `participant` (the code in all other tables), `given` (the id as the
    caller's DataFrame had it: 101, not "101"; the code where the study came from files), `site`
    (missing for none), `timezone`, `version` of the protocol, then the other columns of
    participants as texts, blanks missing.
    """
    table = plan.study.participants
    codes = table.column("participant").tolist()
    place = {str(code): row for row, code in enumerate(codes)}
    rows = np.array([place[code] for code in plan.participants], np.int64)
    sites = list(plan.sites.values())
    versions = [plan.part(code).protocol.version for code in plan.participants]
    given = plan.study.given_ids
    frame = data_frame(
        {
            "participant": category_column(np.arange(len(rows)), plan.participants),
            "given": _given([given.get(code, code) for code in plan.participants]),
            "site": pd.Series([site or None for site, _ in sites], dtype="str"),
            "timezone": pd.Series([zone for _, zone in sites], dtype="str"),
            "version": pd.Series(versions, dtype="str"),
        }
    )
    taken = {"site", "participant", "protocol_version"}
    for head in table.columns:
        if head not in taken:
            name = f"{head} (column)" if head in frame.columns else head
            frame[name] = pd.Series([t or None for t in table.column(head)[rows]], dtype="str")
    return frame


def _given(values: list[object]) -> "pd.Series[Any]":
    """Whole numbers and texts as columns of their own type, which merge with the original's."""
    return pd.Series(values, dtype=object).infer_objects()
