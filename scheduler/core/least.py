"""The least schedule of every row while nodes are raised, block by block.

What a raised node means for another block is kept until somebody asks for a day there: along a
chain of n visits that are chosen one after another each block is settled a few times, not n.
Waiting changes no answer: the least schedule under several bounds is the greatest of those under
each one, in whatever order they come. Source: docs/engine.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scheduler.core.boxes import DayTable, day_table
from scheduler.core.dayset import FAR, Ints, Runs, where
from scheduler.core.network import Block
from scheduler.core.sweep import END, LEAST, RUN, TOP, settle

Days = NDArray[np.int32]  # (rows, nodes)
_Way = tuple[int, int]  # a block by its number, and the node by which a change comes into it


class LeastSchedules:
    """The least schedule of every row under the pins so far, block by block."""

    def __init__(self, blocks: tuple[Block, ...], days: dict[int, Runs]) -> None:
        """`days` are the exact days of `solve`; every row must have a schedule."""
        self._blocks = [b for b in blocks if len(b.nodes) > 1]
        self._tables = [day_table([days[v] for v in b.nodes]) for b in self._blocks]
        self._rising = [_Rising(b, t) for b, t in zip(self._blocks, self._tables, strict=True)]
        self._alone = {
            b.nodes[0]: _Rising(b, day_table([days[b.nodes[0]]])).least[:, 0].astype(np.int64)
            for b in blocks
            if len(b.nodes) == 1
        }
        self._ways = _Ways(self._blocks)
        self._waiting: dict[_Way, Ints] = {}  # places to be raised to, -1 for rows without

    def least(self, node: int) -> Ints:
        """The node's place in the least schedule of every row."""
        if node in self._alone:
            return self._alone[node]
        number, column = self._ways.homes[node][0]
        self._fetch(number)
        return self._rising[number].least[:, column].astype(np.int64)

    def raise_to(self, node: int, rows: Ints, places: Ints) -> None:
        """Raise a node to places; what follows waits until it is asked for."""
        if node in self._alone:
            self._alone[node][rows] = places
            return
        for number, _ in self._ways.homes[node]:
            self._wait((number, node), rows, places)

    def _fetch(self, goal: int) -> None:
        """Bring to a block all that waits and leads to it, block by block."""
        todo = [way for way in self._waiting if self._ways.leads(way, goal)]
        while todo:
            number = todo[-1][0]
            waiting = {
                node: self._waiting.pop((number, node))
                for node in dict.fromkeys(node for block, node in todo if block == number)
            }
            todo = [way for way in todo if way[0] != number]
            todo += [way for way in self._raise(number, waiting) if self._ways.leads(way, goal)]

    def _raise(self, number: int, waiting: dict[int, Ints]) -> list[_Way]:
        """Raise nodes in one block; the ways into other blocks by which more follows."""
        rising = self._rising[number]
        columns = [self._ways.column[number, node] for node in waiting]
        places = np.stack([*waiting.values()], 1)
        rows = np.flatnonzero((rising.least[:, columns] < places).any(1))
        if not len(rows):
            return []
        before, least = rising.raised(rows, columns, places[rows])
        found: list[_Way] = []
        for joint in self._ways.joints[number]:
            place = self._ways.column[number, joint]
            moved = where(least[:, place] > before[:, place])
            if len(moved):
                reached = least[moved, place].astype(np.int64)
                found += self._leave((number, joint), rows[moved], reached)
        return found

    def _leave(self, way: _Way, rows: Ints, places: Ints) -> Iterator[_Way]:
        """Let raised places of a joint wait at all its other blocks."""
        source, joint = way
        for number, _ in self._ways.homes[joint]:
            if number != source:
                self._wait((number, joint), rows, places)
                yield number, joint

    def _wait(self, way: _Way, rows: Ints, places: Ints) -> None:
        there = self._waiting.get(way)
        if there is None:
            there = np.full(len(self._rising[way[0]].least), -1, np.int64)
            self._waiting[way] = there
        there[rows] = np.maximum(there[rows], places)


class _Ways:
    """Where each node is, and which way leads where, in the tree of blocks and their joints.

    `homes[node]` are its blocks with its column there; `joints[block]` its nodes with several.
    """

    def __init__(self, blocks: list[Block]) -> None:
        self.column = {
            (number, node): column
            for number, block in enumerate(blocks)
            for column, node in enumerate(block.nodes)
        }
        self.homes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for (number, node), column in self.column.items():
            self.homes[node].append((number, column))
        times = Counter(node for block in blocks for node in block.nodes)
        self.joints = [[node for node in block.nodes if times[node] > 1] for block in blocks]
        self._cuts = [block.cut for block in blocks]
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

    def leads(self, way: _Way, goal: int) -> bool:
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


class _Rising:
    """The least schedule of one block's nodes, (rows, nodes), with the run that holds each day."""

    def __init__(self, block: Block, table: DayTable) -> None:
        """At first that of exact days: their first ones, on days that the calendar leaves."""
        self._block, self._table = block, table
        self._run: Ints = table.at.copy()
        self._end = table.last[table.at]
        places = table.first[table.at] + block.shift
        self.least: Days = np.zeros_like(self._end)
        for column in range(len(block.nodes)):
            np.maximum(self.least, block.means(places[:, column]), out=self.least)

    def raised(self, rows: Ints, columns: list[int], places: Ints) -> tuple[Days, Days]:
        """Raise nodes of some rows to places; their least schedules before and after."""
        every = len(rows) == len(self.least)
        before = self.least if every else self.least[rows]
        least = before
        for column, wanted in zip(columns, places.T, strict=True):
            reached = np.maximum(wanted, before[:, column]) + column * self._block.size
            least = np.maximum(least, self._block.means(reached))
        past = least > (self._end if every else self._end[rows])  # the run that held a node
        beyond = where(past.ravel()) // least.shape[1]
        if len(beyond):
            beyond = beyond[np.append(True, beyond[1:] != beyond[:-1])]
            least[beyond] = self._settled(rows[beyond], least[beyond])
        if every:
            self.least = least
        else:
            self.least[rows] = least
        return before, least

    def _settled(self, rows: Ints, least: Days) -> Days:
        state = np.empty((len(rows), 4, least.shape[1]), np.int32)
        state[:, LEAST], state[:, END], state[:, RUN] = least, self._end[rows], self._run[rows]
        state[:, TOP] = FAR
        settle(self._block, self._table, state)
        self._end[rows], self._run[rows] = state[:, END], state[:, RUN]
        return state[:, LEAST]
