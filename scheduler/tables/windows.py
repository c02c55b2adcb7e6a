"""The windows table: one row a maximal run of days that a node may take.

A participant has a few hundred rows, most of which the closed days of the site cut out of about
twenty pieces. So pieces are put in order, and the rows are looked up from the calendar's runs.
Source: docs/contract.md.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from scheduler.arrays import Index
from scheduler.engine.found_days import Pieces
from scheduler.tables.columns import CERTAINTY, category_column, seconds_of
from scheduler.tables.frames import Dated, Frame, OneOf
from scheduler.tables.solved import Solved


def windows_frame(solved: Solved) -> Frame:
    """Which days may each node take? One row a maximal run: permitted or undetermined."""
    problem, answer, names = solved.problem, solved.answer, solved.names
    shown = np.array([n.milestone or n.windowed for n in problem.protocol.nodes], bool)
    parts = [
        (certainty, pieces)
        for certainty, days in enumerate((answer.permitted.days, answer.undetermined))
        for pieces in days.cells(np.flatnonzero(shown))
    ]
    cells = np.concatenate([_NONE[:0], *(pieces.who for _, pieces in parts)])
    node_of, who = np.divmod(cells, max(1, len(problem.cohort)))
    certain = np.repeat([part[0] for part in parts], [len(pieces.who) for _, pieces in parts])
    table = _Opens([pieces for _, pieces in parts])
    key = (who * len(problem.protocol.nodes) + node_of) * 2**20 + (table.first - problem.first)
    order = np.argsort(key, kind="stable")  # few long sorted parts, which this kind merges
    count = table.count[order]
    first, last = table.rows(order)
    every = np.arange(len(problem.cohort))
    of_each = np.bincount(who, table.count, len(every)).astype(np.int64)
    return Frame(
        {
            "participant": _repeated(names.participant(every), of_each),
            "milestone": _repeated(names.milestone(node_of[order]), count),
            "first": Dated(first),
            "last": Dated(last),
            "certainty": _repeated(category_column(certain[order], CERTAINTY), count),
        }
    )


def _repeated(column: OneOf, count: Index) -> OneOf:
    """Every row so many times."""
    if column.codes.any():
        return OneOf(column.codes.repeat(count), column.among)
    return OneOf(np.zeros(count.sum(), column.codes.dtype), column.among)  # all the first word


class _Opens:
    """Pieces of several nodes, and all their runs of open days in one table of moments."""

    def __init__(self, parts: Sequence[Pieces]) -> None:
        self.first, self.last, self.count = (
            np.concatenate([np.zeros(0, np.int64), *(getattr(part, name) for part in parts)])
            for name in ("first", "last", "count")
        )
        tables, behind = [(_NONE, _NONE)], {id(None): 0}
        length, starts = len(_NONE), [np.zeros(0, np.int64)]
        for part in parts:
            if id(part.opens) not in behind:  # many parts share their open days
                behind[id(part.opens)] = length
                tables.append(part.runs or (_NONE, _NONE))
                length += len(tables[-1][0])
            starts.append(part.start + behind[id(part.opens)])
        self._begins, self._ends = (np.concatenate(side) for side in zip(*tables, strict=True))
        self._start = np.concatenate(starts)

    def rows(self, order: Index) -> tuple[np.ndarray, np.ndarray]:
        """First and last day of every run, the pieces in the order given, as moments."""
        count = self.count[order]
        behind = count.cumsum()
        begin = behind - count
        shift, edges = self._start[order] - begin, [*begin[::_AT_ONCE].tolist(), int(count.sum())]
        every = np.arange(max(np.diff(edges), default=0))
        sides = [
            (seconds_of(side), np.empty(edges[-1], "M8[s]")) for side in (self._begins, self._ends)
        ]
        for part, (here, there) in enumerate(pairwise(edges)):
            some = slice(part * _AT_ONCE, (part + 1) * _AT_ONCE)
            place = (shift[some] + here).repeat(count[some])
            place += every[: there - here]
            for days, found in sides:
                days.take(place, out=found[here:there], mode="clip")
        (_, first), (_, last) = sides
        first[begin] = seconds_of(self.first[order])
        last[behind - 1] = seconds_of(self.last[order])
        return first, last


_AT_ONCE = 2**11  # pieces whose rows are looked up together, in a core's cache
_NONE = np.zeros(1, np.int64)  # stands in for the table of pieces that are one run each
