"""Which links does a cohort have? Gaps, and visits' windows from what they are counted from.

Source: docs/semantics.md, section 4; docs/speed.md (chains of visits).
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache

from scheduler.days import Length, Offset, Term
from scheduler.protocol import ExpiringTest, Gap, Node, Protocol
from scheduler.rules.links import Link, fixed_index

_AT_ONCE = Length((Term("calendar", text="0 days"),))


def links_of(protocol: Protocol, carried: Mapping[int, Set[int]]) -> tuple[Link, ...]:
    """The links that anybody has: gaps, and each visit's window from its anchor and its bases.

    `carried` names the bases further up that a node is counted from for somebody. A window from
    every base that a chain of visits could have would be a link for every two of its visits.
    A gap that touches a visit without a stated window also counts from that visit's target day.
    """
    bases = frozenset((node, frozenset(above)) for node, above in carried.items())
    return _links(_Shape(protocol), bases)


class _Shape:
    """A protocol as far as links go: others of the same structure have the same ones."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol, self._key = protocol, protocol.structure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shape) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=64)
def _links(shape: _Shape, bases: frozenset[tuple[int, frozenset[int]]]) -> tuple[Link, ...]:
    protocol, carried = shape.protocol, dict(bases)
    timed = {node.index for node in protocol.nodes if node.timed}
    links = [
        link for place in range(len(protocol.gaps)) for link in _gaps(protocol, place, carried)
    ]
    for node in protocol.nodes:
        if node.windowed:
            links.append(Link(node.anchor, node.index, node=node, timed=node.index in timed))
            links += _carried_links(protocol, node, carried.get(node.anchor, frozenset()), timed)
    for test in protocol.tests:
        links += _of_test(protocol, test) if test.not_before and test.repeatable else ()
    return tuple(links)


def _gaps(protocol: Protocol, place: int, carried: Mapping[int, Set[int]]) -> Iterator[Link]:
    """A gap's links: between its ends, and from what their target days are counted from."""
    gap = protocol.gaps[place]
    if gap.min is None and gap.max is None:  # a usual interval binds nothing
        return
    starts, ends = (
        _bases(protocol, fixed_index(protocol, name), carried) for name in (gap.start, gap.end)
    )
    for start, through in starts:
        for end, through_end in ends:
            if start != end or not (through or through_end):
                timed = any(visit.timed for visit in (*through, *through_end))
                yield Link(start, end, gap, None, through, (), timed, place, through_end)


def _of_test(protocol: Protocol, test: ExpiringTest) -> Iterator[Link]:
    """A test that is still to come is made on an open day, not before a node that is so too."""
    for name in test.nodes:
        gap = Gap(test.not_before, name, _AT_ONCE, None, test.only, test.basis, test=test)
        start, end = protocol.index[test.not_before], protocol.index[name]
        place = len(protocol.gaps) + protocol.tests.index(test)
        yield Link(start, end, gap, place=place)


def _bases(
    protocol: Protocol, index: int, carried: Mapping[int, Set[int]]
) -> list[tuple[int, tuple[Node, ...]]]:
    """What an end of a gap is counted from, with the visits on the way down to it."""
    found: list[tuple[int, tuple[Node, ...]]] = [(index, ())]
    if index >= len(protocol.nodes):
        return found
    node, bases = protocol.nodes[index], carried.get(index, frozenset())
    through: tuple[Node, ...] = ()
    while not (node.milestone or (node.windowed and not through)) and len(found) <= len(bases):
        through, node = (node, *through), protocol.nodes[node.anchor]
        if node.index in bases:
            found.append((node.index, through))
    return found


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
        if steps and not (visit.target.months or visit.target.works or steps[-1].works):
            steps[-1] = steps[-1] + visit.target
        else:
            steps.append(visit.target)
    return tuple(steps)
