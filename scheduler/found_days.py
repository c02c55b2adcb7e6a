"""The exact days of every node: kept as few pieces, made into runs of open days when asked for.

A piece is a stretch whose open days all count; the closed days inside mean nothing. A participant
has about one piece a node, and many times more runs of open days.
Source: docs/engine.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from scheduler.cohort import Index
from scheduler.core.dayset import Columns, Ints, Runs, united
from scheduler.core.network import Network
from scheduler.days import Days


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one node's days as columns, each from an open day to an open day.

    `runs` are the first and last days of runs of open days; those of a piece stand from `start`
    on, `count` of them, the first and the last one cut by the piece. Without them (None) a piece
    is one run by itself.
    """

    who: Index
    first: Days
    last: Days
    count: Ints
    start: Ints
    runs: tuple[Days, Days] | None

    def columns(self) -> Columns:
        """The runs of open days: who, first and last day."""
        if self.runs is None:
            return self.who, self.first, self.last
        source = np.repeat(np.arange(len(self.who)), self.count)
        behind = self.count.cumsum()
        place = np.arange(len(source)) + (self.start - behind + self.count)[source]
        first, last = self.runs[0].take(place), self.runs[1].take(place)
        first[behind - self.count] = self.first
        last[behind - 1] = self.last
        return self.who[source], first, last

    def of(self, place: Index) -> "Pieces":
        """The pieces of those whose place is not negative, under that place."""
        who = place[self.who]
        rows = np.flatnonzero(who >= 0)
        parts = (self.first, self.last, self.count, self.start)
        first, last, count, start = (part[rows] for part in parts)
        return Pieces(who[rows], first, last, count, start, self.runs)


def plain_pieces(columns: Columns) -> Pieces:
    """Runs of open days as pieces of one run each."""
    who, first, last = columns
    one = np.ones(len(who), np.int64)
    return Pieces(who, first, last, one, one - 1, None)


def pieces_of(network: Network, node: int, runs: Runs, who: Index, base: Days, day: int) -> Pieces:
    """The days of a node in rows of a network.

    `who` and `base` (the place of day 0) are the rows'; `day` is the first one of every calendar.
    """
    opens = network.lines.open_runs(node)
    row, first, last = runs.columns()
    start, count = opens.inside(first, last)
    if not count.all():
        some = np.flatnonzero(count)
        row, first, last, start, count = (c[some] for c in (row, first, last, start, count))
    base = base[row]
    first = np.maximum(first, opens.begins.take(start)) - base
    last = np.minimum(last, opens.ends.take(start + count - 1)) - base
    table = opens.begins % network.slots + day, opens.ends % network.slots + day
    found = Pieces(who[row], first, last, count, start, table)
    few = int(count.sum()) < len(table[0])  # then the runs of all calendars are the larger table
    return plain_pieces(found.columns()) if few else found


class FoundDays(Mapping[int, Runs]):
    """The exact days of every node, one row a participant; runs are made when first asked for.

    `several` marks participants with several rows of the engine, whose pieces may overlap.
    """

    def __init__(self, rows: int, nodes: Iterable[int]) -> None:
        """No days yet for any of the nodes."""
        self._rows, self.several = rows, np.zeros(rows, bool)
        self._parts: dict[int, list[Callable[[], Pieces]]] = {node: [] for node in nodes}
        self._pieces: dict[int, list[Pieces]] = {}
        self._runs: dict[int, Runs] = {}

    def add(self, node: int, part: Callable[[], Pieces]) -> None:
        """Add days of a node, of participants that have none yet."""
        self._parts[node].append(part)
        self._pieces.pop(node, None)
        self._runs.pop(node, None)

    def pieces(self, node: int) -> list[Pieces]:
        """The days of a node as pieces that do not overlap."""
        parts = self._made(node)
        if not self.several.any():
            return parts
        alone, together = (np.where(mask, np.arange(self._rows), -1)
                           for mask in (~self.several, self.several))  # fmt: skip
        mixed = united(self._rows, [part.of(together).columns() for part in parts])
        return [*(part.of(alone) for part in parts), plain_pieces(mixed.columns())]

    def runs_of(self, node: int, people: Index) -> Runs:
        """The days of a node of some participants (each named once), one row each."""
        place = np.full(self._rows, -1, np.int64)
        place[people] = np.arange(len(people))
        return united(len(people), [part.of(place).columns() for part in self._made(node)])

    def _made(self, node: int) -> list[Pieces]:
        if node not in self._pieces:
            self._pieces[node] = [part() for part in self._parts[node]]
        return self._pieces[node]

    def __getitem__(self, node: int) -> Runs:
        if node not in self._runs:
            parts = [part.columns() for part in self._made(node)]
            self._runs[node] = united(self._rows, parts)
        return self._runs[node]

    def __iter__(self) -> Iterator[int]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)
