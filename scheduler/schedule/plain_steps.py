"""Targets and windows of visits that are whole days and months from their anchor, as columns.

Most visits are so; those of all nodes and participants are one step then.
Source: docs/semantics.md, sections 2 and 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import Days, Offset
from scheduler.days.steps import moved
from scheduler.engine.problem import Problem
from scheduler.protocol import Protocol


@dataclass(frozen=True)
class Steps:
    """A step of months and days for each of some nodes; `plain` tells which nodes have one."""

    plain: Flags
    months: Index
    days: Index

    def leads(self, node: Index, days: Days) -> Days:
        """The days that the steps of nodes lead to, cell by cell."""
        return moved(days, self.months[node], self.days[node])


@dataclass(frozen=True)
class PlainSteps:
    """The steps of all nodes from their anchors (-1: none): to the target, and to the window."""

    anchor: Index
    target: Steps
    low: Steps
    high: Steps


def steps_of(protocol: Protocol) -> PlainSteps:
    """The steps of a protocol's visits, as far as they are plain."""
    nodes = [None if node.milestone or node.timed else node for node in protocol.nodes]
    return PlainSteps(
        np.array([node.anchor for node in protocol.nodes], np.int64),
        _steps([node.target if node else None for node in nodes]),
        _steps([node.low if node else None for node in nodes]),
        _steps([node.high if node else None for node in nodes]),
    )


@dataclass(frozen=True)
class PlainWindows:
    """The windows of visits whose both sides are plain, node by node.

    `link` is the place of the window in the problem's links; -1 where a node has no such window.
    """

    steps: PlainSteps
    link: Index

    def bounds(self, node: Index, anchor: Days, first: int, count: int) -> tuple[Days, Days]:
        """The first and last days, of `count` days from `first` on, that anchors leave to nodes."""
        low, high = self.steps.low.leads(node, anchor), self.steps.high.leads(node, anchor)
        return (
            first + np.minimum(np.maximum(low - first, 0), count),
            first - 1 + np.minimum(np.maximum(high + 1 - first, 0), count),
        )


def plain_windows(problem: Problem) -> PlainWindows:
    """The plain windows among a problem's links, but for those from a birth."""
    protocol = problem.protocol
    steps, found = protocol.made(steps_of), np.full(len(protocol.nodes), -1, np.int64)
    plain = (steps.low.plain & steps.high.plain).tolist()
    for number, link in enumerate(problem.links):
        own = link.gap is None and not (link.through or link.timed)
        if own and plain[link.end] and not protocol.nodes[link.start].born:
            found[link.end] = number
    return PlainWindows(steps, found)


def _steps(steps: Sequence[Offset | None]) -> Steps:
    plain = [step is not None and not (step.works or step.then or step.minutes) for step in steps]
    some = [step if is_plain else None for step, is_plain in zip(steps, plain, strict=True)]
    return Steps(
        np.array(plain, bool),
        np.array([step.months if step else 0 for step in some], np.int64),
        np.array([step.days if step else 0 for step in some], np.int64),
    )
