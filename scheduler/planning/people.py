"""Who and what a plan is about: its participants and its milestones and visits, a row each.

Other tables are joined with these: by `participant`, and by `milestone`, which is a node's name.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from scheduler.protocol import Protocol
from scheduler.tables.columns import KINDS, category, category_column, text_column
from scheduler.tables.frames import Column, Frame, YesNo
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd


def nodes_frame(protocol: Protocol) -> Frame:
    """Which milestones and visits are there, in the order of the protocol?

    One row a node: `milestone` (its name, as other tables have it), `label`, `kind`, `anchor` (what
    a visit is timed from), `optional`, `windowed` (whether a visit states a window),
    `phase`, `activities` (their labels), `place`.
    """
    nodes, known = protocol.steps, protocol.activity_index
    names = [node.name for node in protocol.nodes]
    return Frame(
        {
            "milestone": category_column(np.arange(len(nodes)), names),
            "label": text_column(node.label for node in nodes),
            "kind": category([KINDS[not node.milestone] for node in nodes], KINDS),
            "anchor": category_column(
                np.array([-1 if n.milestone else n.anchor for n in nodes], np.int64), names
            ),
            "optional": YesNo(np.array([node.optional for node in nodes], bool)),
            "windowed": YesNo(np.array([node.windowed for node in nodes], bool)),
            "phase": text_column(node.at_visit.phase for node in nodes),
            "activities": text_column(
                "; ".join(known[a].label for a in node.at_visit.activities) for node in nodes
            ),
            "place": text_column(node.at_visit.place for node in nodes),
        }
    )


def people_frame(plan: Tables) -> "pd.DataFrame":
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
    columns: dict[str, Column] = {
        "participant": category_column(np.arange(len(rows)), plan.participants),
        "site": text_column(site or None for site, _ in sites),
        "timezone": text_column(zone for _, zone in sites),
        "version": text_column(versions),
    }
    taken = {"site", "participant", "protocol_version"}
    for head in table.columns:
        if head not in taken:
            name = f"{head} (column)" if head in (*columns, "given") else head
            columns[name] = text_column(text or None for text in table.column(head)[rows])
    frame = plan.handed(Frame(columns))
    frame.insert(1, "given", _given([given.get(code, code) for code in plan.participants]))
    return frame


def _given(values: list[object]) -> "pd.Series[Any]":
    """Whole numbers and texts as columns of their own type, which merge with the original's."""
    import pandas as pd

    return pd.Series(values, dtype=object).infer_objects()
