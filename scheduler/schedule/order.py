"""Which days wait for each other when they are chosen, and which can be chosen at once.

A day is chosen given those chosen before it. What is bound to nothing that is chosen between two
nodes may as well be chosen with the first of them, so nodes are taken in layers.
Source: docs/engine.md; docs/decisions/0006-order-of-the-recommended-schedule.md.
"""

from collections.abc import Iterable, Sequence

from scheduler.engine.problem import Problem
from scheduler.protocol import Protocol
from scheduler.rules.links import fixed_index

_CELLS = 2**12  # nodes times participants that are worked on at once: calls cost more than cells


def bound_nodes(problem: Problem) -> list[set[int]]:
    """For each node those that its day depends on or that depend on it: by gaps, or by targets."""
    near = [set(found) for found in problem.protocol.made(_counted)]
    for link in problem.links:
        if max(link.start, link.end) < len(near):
            near[link.start].add(link.end)
            near[link.end].add(link.start)
    return near


def _counted(protocol: Protocol) -> list[set[int]]:
    """Of each node those that its target is counted from, and those counted from it."""
    near: list[set[int]] = [set() for _ in protocol.nodes]
    for node in protocol.nodes:
        usual = protocol.usual_gaps.get(node.name, ())
        sources = {fixed_index(protocol, gap.start) for gap in usual}
        above = node.anchor
        while above >= 0:
            sources.add(above)
            above = protocol.nodes[above].anchor
        for source in sources:
            if source < len(near):
                near[node.index].add(source)
                near[source].add(node.index)
    return near


def layers(order: Iterable[int], near: Sequence[set[int]]) -> list[list[int]]:
    """Nodes in layers: each after all those before it in the order that it is bound to."""
    found: list[list[int]] = []
    layer: dict[int, int] = {}
    for index in order:
        place = max((layer[other] + 1 for other in near[index] if other in layer), default=0)
        layer[index] = place
        if place == len(found):
            found.append([])
        found[place].append(index)
    return found


def parts(nodes: Sequence[int], rows: int) -> list[Sequence[int]]:
    """Nodes in parts that are worked on together: all of them for few participants, else few."""
    step = max(1, _CELLS // max(1, rows))
    return [nodes[begin : begin + step] for begin in range(0, len(nodes), step)]
