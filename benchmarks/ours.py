"""What is measured of this package: its three depths, the core alone, and its answers as sets."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

import scheduler
from benchmarks.design import DESIGNS, TABLES, Design
from scheduler.protocol import Protocol
from scheduler.protocol.reading import parse_protocol

_OF_DEPTH = {"windows": TABLES[:1], "schedule": TABLES[:2], "plan": TABLES}
Frames = dict[str, Any]


@lru_cache(maxsize=8)
def protocol_of(name: str) -> Protocol:
    """The protocol of a design, read once."""
    protocol, faults = parse_protocol(DESIGNS[name].text, name)
    assert protocol is not None, faults
    return protocol


def tables(design: Design, given: Frames, depth: str) -> dict[str, pd.DataFrame]:
    """The plan's frames of one depth, from the study's frames."""
    study = scheduler.load_study(given)
    plan = scheduler.plan(protocol_of(design.name), study, design.as_of)
    return {name: getattr(plan, name) for name in _OF_DEPTH[depth]}


def prepared(design: Design, given: Frames, depth: str) -> Callable[[], int]:
    """The work of one depth on some participants, ready to run: it returns the rows made."""
    if depth == "core":
        return _core(design, given)
    return lambda: sum(map(len, tables(design, given, depth).values()))


def _core(design: Design, given: Frames) -> Callable[[], int]:
    from scheduler.binding.study import bind
    from scheduler.days import day_of
    from scheduler.engine import answer, build_problem

    protocol, day = protocol_of(design.name), day_of(design.as_of)
    cohort, faults = bind(scheduler.load_study(given), protocol, day)
    assert cohort is not None, faults
    return lambda: len(answer(build_problem(protocol, cohort, day)).permitted.alive)


def days_of(windows: pd.DataFrame, certainty: str = "permitted") -> dict[str, dict[str, set[int]]]:
    """Participant -> node -> the days (ordinals) of one certainty, from the windows."""
    found: dict[str, dict[str, set[int]]] = {}
    rows = windows[windows["certainty"] == certainty]
    epoch = 719_163  # the ordinal of 1970-01-01
    ends = [
        (rows[side].to_numpy().astype("M8[D]").astype(np.int64) + epoch).tolist()
        for side in ("first", "last")
    ]
    names = rows["participant"].astype(str), rows["milestone"].astype(str)
    for who, node, first, last in zip(*names, *ends, strict=True):
        found.setdefault(who, {}).setdefault(node, set()).update(range(first, last + 1))
    return found


def row_hashes(frame: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """A number for every row, by its values alone: categories count as their words."""
    if not len(frame):
        return np.zeros(0, np.uint64)
    hashes = pd.util.hash_pandas_object(frame, index=False, categorize=True)
    return hashes.to_numpy().astype(np.uint64, copy=False)
