"""Several protocols on one study: which rows are about which protocol?

A health record tells of exposures, which count for every protocol. Dates and decisions are made
under one protocol, so each such row has to say which: in a column `protocol`.
Source: docs/cohorts.md (several protocols).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from scheduler.errors import Fault, shown
from scheduler.protocol import Protocol
from scheduler.study.cells import REPORTED
from scheduler.study.model import Study
from scheduler.study.tables import Table, normal_name

HEAD = "protocol"
_OF_ONE = ("protocol_version", "withdrawn", "screen_failed")


def check_several(study: Study) -> list[Fault]:
    """What several protocols cannot share in a study; each is a fault."""
    faults: list[Fault] = []
    people = study.participants
    for head in _OF_ONE:
        for row in np.flatnonzero(_some(people, head)):
            text = f"found {shown(people.cell(head, row))}, which is about one protocol"
            way_out = "leave it blank where several protocols are planned"
            faults.append(Fault(_place(people, row), head, "K102", text, way_out))
    for table in (study.dates, study.decisions):
        head = _head(table)
        if not head and len(table):
            text = "found no column protocol, expected which of the protocols each row is about"
            faults.append(Fault(table.place, "", "K101", text))
        for row in np.flatnonzero(table.coded(head).are("")) if head else ():
            text = "found a blank, expected the protocol that this row is about"
            faults.append(Fault(_place(table, row), head, "K101", text))
    return faults


def own_study(study: Study, protocol: Protocol, others: Sequence[Protocol]) -> Study:
    """A study with the rows that are about a protocol.

    Dates and decisions that name another protocol are left out, and so are exposures that only
    one of the `others` knows: none of this protocol's rules looks at them.
    """
    mine = set(protocol.event_index)
    foreign = {name for other in others for name in other.event_index} - mine
    return replace(
        study,
        history=_without(study.history, "event", foreign),
        dates=_own(study.dates, protocol, bool(others)),
        decisions=_own(study.decisions, protocol, bool(others)),
    )


def _own(table: Table, protocol: Protocol, several: bool) -> Table:
    """The rows that name a protocol; with a single one, those that name none too."""
    head = _head(table)
    if not head and not several:
        return table
    column = table.coded(head)
    mine = column.are(protocol.id)
    return table.take(mine if several else mine | column.are(""))


def _without(table: Table, head: str, names: set[str]) -> Table:
    column = table.coded(head)
    if not names.intersection(column.texts):
        return table
    return table.take(column.told(np.array([text not in names for text in column.texts], bool)))


def _some(table: Table, head: str) -> NDArray[np.bool_]:
    column = table.coded(head)
    return ~(column.are("") | column.are(REPORTED))


def _head(table: Table) -> str:
    """The column that names each row's protocol, or an empty string."""
    return next((head for head in table.columns if normal_name(head) == HEAD), "")


def _place(table: Table, row: SupportsIndex) -> str:
    return f"{table.place}:{table.rows[row]}"
