"""Nodes that are bound to each other, and the blocks that no single node parts."""

from collections.abc import Iterable, Iterator, Sequence


def neighbours(nodes: Sequence[int], ties: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """The nodes that are bound to each node."""
    near: dict[int, set[int]] = {node: set() for node in nodes}
    for one, other in ties:
        near[one].add(other)
        near[other].add(one)
    return near


def biconnected(near: dict[int, set[int]]) -> list[set[int]]:
    """The biconnected blocks of a graph (Hopcroft, Tarjan 1973); lone nodes by themselves."""
    walk = _Walk(near)
    for node in near:
        if node not in walk.number:
            walk.begin(node)
            if not near[node]:
                walk.found.append({node})
    return walk.found


class _Walk:
    """A walk in depth, with a stack of its own: a chain may be longer than Python recurses."""

    def __init__(self, near: dict[int, set[int]]) -> None:
        self.near = near
        self.number: dict[int, int] = {}
        self.found: list[set[int]] = []
        self._reach: dict[int, int] = {}
        self._open: list[int] = []  # met, and not yet in a block
        self._place: dict[int, int] = {}  # of each of them

    def begin(self, root: int) -> None:
        """Find the blocks of all that hangs together with a node."""
        path = [(root, -1, self._enter(root))]
        while path:
            node, parent, others = path[-1]
            other = next(others, None)
            if other is None:
                path.pop()
                if path:
                    self._leave(node, parent)
            elif other not in self.number:
                path.append((other, node, self._enter(other)))
            elif other != parent:
                self._reach[node] = min(self._reach[node], self.number[other])
        self._open.clear()

    def _enter(self, node: int) -> Iterator[int]:
        self.number[node] = self._reach[node] = len(self.number)
        self._place[node] = len(self._open)
        self._open.append(node)
        return iter(sorted(self.near[node]))

    def _leave(self, node: int, parent: int) -> None:
        self._reach[parent] = min(self._reach[parent], self._reach[node])
        if self._reach[node] >= self.number[parent]:
            place = self._place[node]
            self.found.append({parent, *self._open[place:]})
            del self._open[place:]
