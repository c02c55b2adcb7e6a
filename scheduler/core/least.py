"""The least schedule of every row while nodes are raised, block by block.

What a raised node means for another block is kept until somebody asks for a day there: along a
chain of n visits that are chosen one after another each block is settled a few times, not n.
Waiting changes no answer: the least schedule under several bounds is the greatest of those under
each one, in whatever order they come. Source: docs/engine.md.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from scheduler.core.boxes import DayTable, day_table
from scheduler.core.dayset import FAR, Ints, Runs, where
from scheduler.core.network import Block
from scheduler.core.sweep import END, LEAST, RUN, TOP, settle
from scheduler.core.ways import Way, Ways

Days = NDArray[np.int32]  # (rows, nodes)


class LeastSchedules:
    """The least schedule of every row under the pins so far, block by block.

    A block is looked at when a day of it is asked for.
    """

    def __init__(
        self, blocks: Sequence[Block], ways: Ways, days: Callable[[int], Runs], rows: int
    ) -> None:
        """`days` gives the exact days of `solve`; every row must have a schedule.

        `ways` are those of the blocks with several nodes, in the same order.
        """
        self._blocks = [block for block in blocks if len(block.nodes) > 1]
        self._lone = {block.nodes[0]: block for block in blocks if len(block.nodes) == 1}
        self._ways, self._days, self._rows = ways, days, rows
        self._found: dict[int, _Rising] = {}
        self._alone: dict[int, Ints] = {}
        self._waiting: dict[Way, Ints] = {}  # places to be raised to, -1 for rows without

    def least(self, node: int) -> Ints:
        """The node's place in the least schedule of every row."""
        if node in self._lone:
            return self._least_alone(node)
        number, column = self._ways.homes[node][0]
        self._fetch(number)
        return self._rising(number).least[:, column].astype(np.int64)

    def raise_to(self, node: int, rows: Ints, places: Ints) -> None:
        """Raise a node to places; what follows waits until it is asked for."""
        if node in self._lone:
            self._least_alone(node)[rows] = places
            return
        for number, _ in self._ways.homes[node]:
            self._wait((number, node), rows, places)

    def _rising(self, number: int) -> "_Rising":
        if number not in self._found:
            self._found[number] = self._begun(self._blocks[number])
        return self._found[number]

    def _least_alone(self, node: int) -> Ints:
        if node not in self._alone:
            least = self._begun(self._lone[node]).least[:, 0]
            self._alone[node] = least.astype(np.int64)
        return self._alone[node]

    def _begun(self, block: Block) -> "_Rising":
        return _Rising(block, day_table([self._days(node) for node in block.nodes]))

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

    def _raise(self, number: int, waiting: dict[int, Ints]) -> list[Way]:
        """Raise nodes in one block; the ways into other blocks by which more follows."""
        rising = self._rising(number)
        columns = [self._ways.column[number, node] for node in waiting]
        places = np.stack([*waiting.values()], 1)
        rows = np.flatnonzero((rising.least[:, columns] < places).any(1))
        if not len(rows):
            return []
        before, least = rising.raised(rows, columns, places[rows])
        found: list[Way] = []
        for joint in self._ways.joints[number]:
            place = self._ways.column[number, joint]
            moved = where(least[:, place] > before[:, place])
            if len(moved):
                reached = least[moved, place].astype(np.int64)
                found += self._leave((number, joint), rows[moved], reached)
        return found

    def _leave(self, way: Way, rows: Ints, places: Ints) -> Iterator[Way]:
        """Let raised places of a joint wait at all its other blocks."""
        source, joint = way
        for number, _ in self._ways.homes[joint]:
            if number != source:
                self._wait((number, joint), rows, places)
                yield number, joint

    def _wait(self, way: Way, rows: Ints, places: Ints) -> None:
        there = self._waiting.get(way)
        if there is None:
            there = np.full(self._rows, -1, np.int64)
            self._waiting[way] = there
        there[rows] = np.maximum(there[rows], places)


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
