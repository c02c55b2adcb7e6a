"""Which way leads where in the tree of a network's blocks and the nodes that join them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

Way = tuple[int, int]  # a block by its number, and the node by which a change comes into it


class Ways:
    """Where each node is, and which way leads where, in the tree of blocks and their joints.

    `homes[node]` are its blocks with its column there; `joints[block]` its nodes with several.
    """

    def __init__(self, blocks: Sequence[tuple[tuple[int, ...], int | None]]) -> None:
        """`blocks` are the nodes of each, and the one that joins it to its parent."""
        self.column = {
            (number, node): column
            for number, (nodes, _) in enumerate(blocks)
            for column, node in enumerate(nodes)
        }
        self.homes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for (number, node), column in self.column.items():
            self.homes[node].append((number, column))
        times = Counter(node for nodes, _ in blocks for node in nodes)
        self.joints = [[node for node in nodes if times[node] > 1] for nodes, _ in blocks]
        self._cuts = [cut for _, cut in blocks]
        self._below: defaultdict[int, list[int]] = defaultdict(list)
        for number, cut in enumerate(self._cuts):
            if cut is not None:
                self._below[cut].append(number)
        self._root = [0] * len(blocks)
        # numbers such that whatever lies below a block (or a joint) is one range
        self._of_block: dict[int, range] = {}
        self._of_joint: dict[int, range] = {}
        for number, cut in enumerate(self._cuts):
            if cut is None:
                self._number(number)

    def leads(self, way: Way, goal: int) -> bool:
        """Whether what comes into a block by a node has to pass it on its way to the goal."""
        number, node = way
        if self._root[number] != self._root[goal]:
            return False
        place = self._of_block[goal].start
        if node == self._cuts[number]:
            return place in self._of_block[number]
        return place not in self._of_joint.get(node, ())

    def _number(self, root: int) -> None:
        """Number the blocks of one tree, those below a joint one after another."""
        count = len(self._of_block)
        start: dict[tuple[bool, int], int] = {}
        todo = [(True, root, False)]  # whether it is a block, its name, whether all below is done
        while todo:
            is_block, name, over = todo.pop()
            ranges = self._of_block if is_block else self._of_joint
            if over:
                ranges[name] = range(start[is_block, name], count)
                continue
            start[is_block, name] = count
            todo.append((is_block, name, True))
            if is_block:
                count += 1
                self._root[name] = root
                below = [j for j in self.joints[name] if j != self._cuts[name]]
            else:
                below = self._below[name]
            todo += [(not is_block, other, False) for other in below]
