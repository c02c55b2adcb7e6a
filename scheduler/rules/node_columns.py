"""The nodes of a protocol as columns: what states and passes ask of all of them at once.

A protocol keeps them (`Protocol.made`), so that no participant's plan looks nodes through again.
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import NO_TIME, Days, Offset
from scheduler.days.steps import never_early
from scheduler.protocol import Node, Protocol


@dataclass(frozen=True, slots=True, eq=False)
class NodeColumns:
    """Nodes as columns by index, and their order.

    `plain` are those whose steps are months and days alone; `target` and `high` are the months and
    days of these steps. `before` are visits that lie before what they hang off. `at` is the planned
    time (NO_TIME: none). `own` are nodes with a day of their own, milestones and windows.
    `generations` are nodes none of which hangs off another one of them, anchors first; `asked`
    tells whose instants something hangs on. `implied` are pairs (visit, anchor): who made the visit
    was at its anchor.
    """

    anchor: Index
    windowed: Flags
    own: Flags
    required: Flags
    born: Index
    milestones: Index  # in the file's order
    before: Flags
    plain: Flags
    at: Index
    target: tuple[Days, Days]
    high: tuple[Days, Days]
    generations: tuple[Index, ...]
    asked: Flags
    implied: tuple[tuple[int, int], ...]
    conditioned: bool  # whether any visit is for some participants alone


def columns_of_nodes(protocol: Protocol) -> NodeColumns:
    """The columns of a protocol."""
    nodes = protocol.nodes
    asked = np.zeros(len(nodes), bool)
    hanging = [node for node in nodes if node.anchor >= 0]
    asked[[node.anchor for node in hanging if node.timed or protocol.works]] = True
    windowed = np.array([node.windowed for node in nodes], bool)
    steps = [node for node in protocol.steps if node.milestone]
    return NodeColumns(
        np.array([node.anchor for node in nodes], np.int64),
        windowed,
        np.array([node.milestone for node in nodes], bool) | windowed,
        np.array([node.required for node in nodes], bool),
        np.array([node.index for node in nodes if node.born], np.int64),
        np.array([node.index for node in steps], np.int64),
        np.array([node.visit is not None and not node.visit.after for node in nodes], bool),
        np.array([_plain(node) for node in nodes], bool),
        np.array([NO_TIME if node.at is None else node.at for node in nodes], np.int64),
        _months_and_days([node.target for node in nodes]),
        _months_and_days([node.high or node.target for node in nodes]),
        _generations(protocol),
        asked,
        tuple(
            (index, nodes[index].anchor)
            for index in reversed(protocol.anchors_first)
            if _implies(nodes[index])
        ),
        any(node.only for node in nodes),
    )


def _plain(node: Node) -> bool:
    steps = (node.target, node.high or node.target)
    return not node.timed and not any(step.works for step in steps)


def _months_and_days(steps: list[Offset]) -> tuple[Days, Days]:
    months, days = np.array([(step.months, step.days) for step in steps], np.int64).reshape(-1, 2).T
    return months, days


def _generations(protocol: Protocol) -> tuple[Index, ...]:
    depth: dict[int, int] = {-1: -1}
    for index in protocol.anchors_first:
        depth[index] = depth[protocol.nodes[index].anchor] + 1
    found: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for index in protocol.anchors_first:
        found[depth[index]].append(index)
    return tuple(np.array(some, np.int64) for some in found)


def _implies(node: Node) -> bool:
    """Whether a visit that happened at or after its anchor says that the anchor happened."""
    step = node.target if node.low is None else node.low
    return node.visit is not None and node.visit.after and never_early(step)
