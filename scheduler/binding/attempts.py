"""Attempts at screening: which one a participant is in, and which one a recorded date belongs to.

Source: docs/semantics.md, section 5 (screened again).
"""

import re

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.context import Context
from scheduler.core.dayset import where
from scheduler.errors import FaultList, shown
from scheduler.study.cells import REPORTED
from scheduler.study.tables import Table, normal_name

FIRST = 1
_MOST = 99
_HEAD = "attempt"
_BAD = 0  # a cell whose fault has been told


def attempts_in(table: Table, faults: FaultList) -> Index:
    """The number of the attempt that each row names; a blank, and no such column, is the first."""
    for arguments in table.unread.get(_HEAD, ()):
        faults.add(*arguments)
    head = next((head for head in table.columns if normal_name(head) == _HEAD), "")
    if not head:
        return np.full(len(table), FIRST, np.int64)
    column = table.coded(head)
    numbers = np.array([_number(text) for text in column.texts], np.int64)
    found = np.asarray(column.told(numbers), np.int64)
    for row in where(found == _BAD):
        if (text := table.cell(head, row)) != REPORTED:
            told = f"found {shown(text)}, expected the number of an attempt from 1 to {_MOST}"
            faults.add("S258", table.place, int(table.rows[row]), _HEAD, told)
    return found


def _number(text: str) -> int:
    if not text:
        return FIRST
    return int(text) if re.fullmatch(r"[1-9][0-9]?", text) else _BAD


def refuse_later(
    table: Table, rows: Index, participant: Index, attempt: Index, context: Context
) -> Flags:
    """Which rows are of an attempt that their participant is in or was in; others are refused."""
    own = context.attempt[participant]
    for place in where((attempt > own) & (own != _BAD)):
        row = rows[place]
        told = f"found attempt {attempt[place]}, expected at most {own[place]}, the present one"
        way_out = "say in the table participants, under attempt, which attempt it is"
        context.faults.add("S259", table.place, int(table.rows[row]), _HEAD, told, way_out)
    return np.asarray((attempt != _BAD) & (attempt <= own), bool)
