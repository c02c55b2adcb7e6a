"""Visit by visit over all participants: done, in the window, early, late, missed, days off target.

Source: docs/frames.md (deviation_summary).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Flags
from scheduler.engine import Problem
from scheduler.rules.conditions import Applies
from scheduler.rules.recorded import Place, State
from scheduler.tables.columns import category_column, integer_column
from scheduler.tables.deviations import deviations_frame
from scheduler.tables.frames import Column, Decimals, Frame
from scheduler.tables.solved import Solved

_COUNTS = (
    "expected", "done", "in_window", "early", "late", "wrong_time", "not_judged", "missed",
    "overdue",
)  # fmt: skip


def deviation_summary_frame(parts: Sequence[Solved], order: Sequence[str]) -> Frame:
    """How did each milestone and visit keep to its window and its target?

    One row a node in `order`. A done date is judged by the window and the gaps whose other end is
    on record; `not_judged` counts those without any. Days off target are signed: negative is
    early; quartiles are interpolated linearly.
    """
    found = [_facts(solved, order) for solved in parts]
    facts = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    node, every = facts["node"], np.ones(len(order), bool)
    columns: dict[str, Column] = {"milestone": category_column(np.arange(len(order)), order)}
    for name in _COUNTS:
        counts = np.bincount(node[facts[name]], minlength=len(order))
        columns[name] = integer_column(counts, every)
    known = ~np.isnan(facts["off"])
    off = [facts["off"][known & (node == place)] for place in range(len(order))]
    columns["days_off_n"] = integer_column(np.array([*map(len, off)], np.int64), every)
    for name, share in (("min", 0), ("q1", 25), ("median", 50), ("q3", 75), ("max", 100)):
        shares = [float(np.percentile(values, share)) if len(values) else np.nan for values in off]
        columns[f"days_off_{name}"] = Decimals(np.array(shares, float))
    return Frame(columns)


def _facts(solved: Solved, order: Sequence[str]) -> dict[str, NDArray[Any]]:
    """One row a participant and node (its place in `order`) that is for them."""
    problem, state = solved.problem, solved.problem.timeline.state
    who, node = np.nonzero(state != State.ABSENT)
    done = state[who, node] == State.DONE
    judged = done & _judged(problem)[who, node]
    early, late, wrong = (flags[who, node] for flags in _outside(solved))
    place = {name: number for number, name in enumerate(order)}
    places = np.array([place[one.name] for one in solved.protocol.nodes], np.int64)
    off = solved.dates.day - solved.standing.target
    visits = np.array([not one.milestone for one in solved.protocol.nodes], bool)
    known = done & visits[node] & (np.abs(solved.standing.target[who, node]) < 10**8)
    return {
        "node": places[node],
        "expected": np.ones(len(who), bool),
        "done": done,
        "in_window": judged & ~early & ~late & ~wrong,
        "early": early,
        "late": late,
        "wrong_time": wrong,
        "not_judged": done & ~judged,
        "missed": state[who, node] == State.MISSED,
        "overdue": state[who, node] == State.OVERDUE,
        "off": np.where(known, off[who, node].astype(float), np.nan),
    }


def _judged(problem: Problem) -> Flags:
    """Where a done date has a window or gap whose other end stands, and which surely applies."""
    timeline, count = problem.timeline, len(problem.protocol.nodes)
    done = timeline.state == State.DONE
    found = np.zeros_like(done)
    for number, link in enumerate(problem.links):
        if link.through or link.through_end or min(link.start, link.end) >= count:
            continue
        node, other = (link.end, link.start) if link.end < count else (link.start, link.end)
        certain = (problem.gap_applies[:, number] == Applies.YES) & ~timeline.undetermined[:, node]
        if other >= count:
            stands = np.ones(len(done), bool)
        elif link.gap is not None:
            stands = done[:, other]
        else:
            stands = timeline.place[:, other] == Place.KNOWN
        found[:, node] |= certain & stands
    return np.asarray(found, bool)


def _outside(solved: Solved) -> tuple[Flags, Flags, Flags]:
    """Which done dates are too early, too late, or at a wrong time of the right day."""
    links = {"window", *(gap.id for gap in solved.protocol.gaps)}
    place = {str(code): i for i, code in enumerate(solved.cohort.ids)}
    shape = solved.problem.timeline.state.shape
    early, late, wrong = (np.zeros(shape, bool) for _ in range(3))
    rows = solved.made(deviations_frame).pairs("participant", "milestone", "rule", "days_out")
    for code, node, rule, days in rows:
        if rule in links:
            spot = place[code], solved.protocol.index[node]
            (early if days < 0 else late if days > 0 else wrong)[spot] = True
    return early, late, wrong
