"""Which links does a cohort have? Gaps, and visits' windows from what they are counted from.

Source: docs/semantics.md, section 4; docs/speed.md (chains of visits).
"""

from collections.abc import Iterator, Mapping, Sequence, Set

from scheduler.days import Offset
from scheduler.protocol import Node, Protocol
from scheduler.rules.links import Link, fixed_index


def links_of(protocol: Protocol, carried: Mapping[int, Set[int]]) -> tuple[Link, ...]:
    """The links that anybody has: gaps, and each visit's window from its anchor and its bases.

    `carried` names the bases further up that a node is counted from for somebody. A window from
    every base that a chain of visits could have would be a link for every two of its visits.
    """
    links = [
        Link(fixed_index(protocol, gap.start), fixed_index(protocol, gap.end), gap, place=place)
        for place, gap in enumerate(protocol.gaps)
    ]
    timed = {node.index for node in protocol.nodes if node.timed}
    for node in protocol.nodes:
        if node.windowed:
            links.append(Link(node.anchor, node.index, node=node, timed=node.index in timed))
            bases = carried.get(node.anchor, frozenset())
            links += _carried_links(protocol, node, bases, timed)
    return tuple(links)


def _carried_links(
    protocol: Protocol, node: Node, bases: Set[int], timed: Set[int]
) -> Iterator[Link]:
    """A window's links from bases further up than its anchor, the nearest first."""
    above, found = [protocol.nodes[node.anchor]], 0
    hours = node.index in timed
    while found < len(bases):
        base = above[-1].anchor
        hours = hours or above[-1].index in timed
        if base in bases:
            found += 1
            through = tuple(reversed(above))
            yield Link(base, node.index, None, node, through, _joined(through), hours)
        above.append(protocol.nodes[base])


def _joined(visits: Sequence[Node]) -> tuple[Offset, ...]:
    """The steps from one target to the next, days after months or days in one step with them."""
    steps: list[Offset] = []
    for visit in visits:
        if steps and not visit.target.months:
            steps[-1] = steps[-1] + visit.target
        else:
            steps.append(visit.target)
    return tuple(steps)
