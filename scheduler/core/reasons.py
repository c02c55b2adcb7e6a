"""The smallest set of items that leave a case no schedule, by deletion filtering.

What raises a bound past a node's last day is a first set. Then one item after another is left
out, and stays out where there is no schedule without it either: drop any one of what is left, and
there is a schedule.
Source: docs/engine.md; Junker 2004; docs/decisions/0008-conflict-sets.md.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.core.cases import ALWAYS, Cases, Flags, Ints
from scheduler.core.clash import Run
from scheduler.core.raised import least_days


@dataclass(frozen=True)
class Conflicts:
    """The smallest sets `kept` (items, cases), empty where there is a schedule.

    `node` is the node at which bounds meet (-1: there is a schedule).
    """

    kept: Flags
    node: Ints

    def pairs(self, cases: Cases) -> tuple[Ints, Ints]:
        """Case and item of every member of a set, in the order in which they were tried."""
        return pairs_of(self.kept, cases)


def pairs_of(items: Flags, cases: Cases) -> tuple[Ints, Ints]:
    """Case and item of every flag (items, cases), in the order in which they are tried."""
    case, item = np.nonzero(items.T)
    order = np.lexsort((cases.rank[item, case], case))
    return case[order], item[order]


def all_items(cases: Cases, count: int) -> Flags:
    """Every item, for so many rows."""
    return np.ones((len(cases.rank), count), bool)


def smallest_conflicts(cases: Cases, keep: int = ALWAYS, without: Flags | None = None) -> Conflicts:
    """The smallest set of every case; the item `keep` is always part of it (a day asked about).

    The items `without` (items, cases) are left out from the beginning.
    Whether a set without one item leaves a schedule does not change when the set shrinks for
    another reason, unless there was none. So all items are tried at once, and after the first that
    can go only those have to be tried again of which the same was found.
    """
    count = cases.members.shape[1]
    on = all_items(cases, count)
    if without is not None:
        on &= ~without
    run = Run(cases, np.arange(count), on)
    found = Conflicts(run.blame(), run.node)
    dead = ~run.alive
    found.kept[keep], found.kept[ALWAYS] = dead, False
    case, item = found.pairs(cases)
    open_ = item != keep
    case, item = case[open_], item[open_]
    while len(case):
        on = found.kept[:, case]
        on[ALWAYS] = True
        on[item, np.arange(len(case))] = False
        run = Run(cases, case, on)
        spare = np.flatnonzero(~run.alive)
        _, first = np.unique(case[spare], return_index=True)
        gone = spare[first]
        found.kept[:, case[gone]] = run.blame()[:, gone]
        found.kept[keep, case[gone]], found.kept[ALWAYS, case[gone]] = True, False
        found.node[case[gone]] = run.node[gone]
        again = np.delete(spare, first)
        again = again[found.kept[item[again], case[again]]]
        case, item = case[again], item[again]
    return found


def freed_days(cases: Cases, case: Ints, item: Ints) -> Ints:
    """The least schedules (nodes, rows) of cases without one item; -1 where there is none."""
    on = all_items(cases, len(case))
    on[item, np.arange(len(case))] = False
    return least_days(cases, case, on)


def against(cases: Cases, case: int, node: int, day: int) -> Ints:
    """The items that forbid a day of a node in a case by themselves."""
    if not cases.members[node, case]:
        return np.zeros(0, np.int64)
    found: set[int] = set()
    begin, end = cases.taken.begins[node * cases.members.shape[1] + case :][:2]
    taken = cases.taken
    inside = (taken.first[begin:end] <= day) & (day <= taken.last[begin:end])
    found.update(taken.item[begin:end][inside].tolist())
    for common, own, sign in ((cases.lowest, cases.lows, 1), (cases.highest, cases.highs, -1)):
        found.update(item for bound, item in common if sign * day < sign * bound)
        rows = np.arange(own.begins[case], own.begins[case + 1])
        rows = rows[(own.node[rows] == node) & (sign * day < sign * own.day[rows])]
        found.update(own.item[rows].tolist(), own.other[rows].tolist())
    return np.array(sorted(found - {ALWAYS}), np.int64)
