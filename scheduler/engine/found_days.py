"""The exact days of every node: kept as few pieces, made into runs of open days when asked for.

A piece is a stretch whose open days all count; the closed days inside mean nothing. A participant
has about one piece a node, and many times more runs of open days. Pieces of one participant on
the same open days can be united and subtracted as they are.
Source: docs/engine.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scheduler.arrays import Index
from scheduler.core.dayset import Columns, Ints, Runs, minus, of_columns, spread, united
from scheduler.core.lines import OpenRuns
from scheduler.core.network import Network
from scheduler.days import Days


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one node's days as columns, each from an open day to an open day.

    A piece reaches over `count` runs of the open days, from number `start` on; the first and the
    last one are cut by the piece. Without open days (None) a piece is one run by itself.
    `opening` is the first day of the calendars.
    """

    who: Index
    first: Days
    last: Days
    count: Ints
    start: Ints
    opens: OpenRuns | None
    opening: int

    @property
    def runs(self) -> tuple[Days, Days] | None:
        """The first and last days of the runs of open days."""
        if self.opens is None:
            return None
        return self._days(self.opens.begins), self._days(self.opens.ends)

    def _days(self, places: Ints) -> Days:
        """Places of open days as days."""
        assert self.opens is not None
        return np.asarray(places % self.opens.slots + self.opening, np.int64)

    def columns(self) -> Columns:
        """The runs of open days: who, first and last day."""
        if self.opens is None:
            return self.who, self.first, self.last
        source, place = spread(self.start, self.start + self.count)
        behind = self.count.cumsum()
        opens = self.opens
        first, last = (self._days(edge.take(place)) for edge in (opens.begins, opens.ends))
        first[behind - self.count] = self.first
        last[behind - 1] = self.last
        return self.who[source], first, last

    def part(self, begin: int, end: int) -> "Pieces":
        """The pieces from one place to another."""
        parts = (self.who, self.first, self.last, self.count, self.start)
        who, first, last, count, start = (part[begin:end] for part in parts)
        return Pieces(who, first, last, count, start, self.opens, self.opening)

    def of(self, place: Index) -> "Pieces":
        """The pieces of those whose place is not negative, under that place."""
        who = place[self.who]
        rows = np.flatnonzero(who >= 0)
        parts = (self.first, self.last, self.count, self.start)
        first, last, count, start = (part[rows] for part in parts)
        return Pieces(who[rows], first, last, count, start, self.opens, self.opening)


def plain_pieces(columns: Columns) -> Pieces:
    """Runs of open days as pieces of one run each."""
    who, first, last = columns
    one = np.ones(len(who), np.int64)
    return Pieces(who, first, last, one, one - 1, None, 0)


def pieces_of(
    network: Network, runs: Mapping[int, Runs], who: Index, base: Days, opening: int
) -> dict[int, Pieces]:
    """The days of nodes in rows of a network.

    `who` and `base` (the place of day 0) are the rows'; `opening` is the calendars' first day.
    """
    opens = network.lines.open_runs
    columns = [found.columns() for found in runs.values()]
    node = np.repeat(np.arange(len(columns)), [len(row) for row, _, _ in columns])
    row, first, last = (np.concatenate(column) for column in zip(*columns, strict=True))
    shift = np.array([opens.offset[node] for node in runs], np.int64)[node]
    found, kept = _cut(opens, who[row], first + shift, last + shift, base[row] + shift, opening)
    edges = np.searchsorted(node[kept], np.arange(len(columns) + 1)).tolist()
    parts = {name: found.part(*edge) for name, edge in zip(runs, pairwise(edges), strict=True)}
    few = int(found.count.sum()) < len(opens.begins)  # then the table of runs is the larger one
    return {name: plain_pieces(p.columns()) for name, p in parts.items()} if few else parts


def _cut(
    opens: OpenRuns, who: Index, first: Ints, last: Ints, base: Days, opening: int
) -> tuple[Pieces, Index | slice]:
    """Ranges of places as pieces, and which ranges they are: those with an open day."""
    start, count = opens.inside(first, last)
    kept: Index | slice = slice(None)
    if not count.all():
        kept = np.flatnonzero(count)
        who, first, last, base = (column[kept] for column in (who, first, last, base))
        start, count = start[kept], count[kept]
    first = np.maximum(first, opens.begins.take(start)) - base
    last = np.minimum(last, opens.ends.take(start + count - 1)) - base
    return Pieces(who, first, last, count, start, opens, opening), kept


class FoundDays(Mapping[int, Runs]):
    """The exact days of every node, one row a participant; runs are made when first asked for.

    `base` is the place of each participant's day 0 on the line of all calendars.
    """

    def __init__(self, base: Days, nodes: Iterable[int]) -> None:
        """No days yet for any of the nodes."""
        self._rows, self._base = len(base), base
        self._several = np.zeros(len(base), bool)
        self._parts: dict[int, list[Callable[[], list[Pieces]]]] = {node: [] for node in nodes}
        self._made: dict[int, list[Pieces]] = {}
        self._runs: dict[int, Runs] = {}

    def add(self, node: int, part: Callable[[], list[Pieces]]) -> None:
        """Add days of a node."""
        self._parts[node].append(part)
        self._made.pop(node, None)
        self._runs.pop(node, None)

    def mark_several(self, who: Index) -> None:
        """Tell that pieces of the same participant may overlap where one is named repeatedly."""
        self._several |= np.bincount(who, minlength=self._rows) > 1

    def pieces(self, node: int) -> list[Pieces]:
        """The days of a node as pieces that do not overlap."""
        if node not in self._made:
            parts = [pieces for part in self._parts[node] for pieces in part()]
            self._made[node] = self._apart(node, parts) if self._several.any() else parts
        return self._made[node]

    def runs_of(self, node: int, people: Index) -> Runs:
        """The days of a node of some participants (each named once), one row each."""
        place = self._place(people)
        return united(len(people), [part.of(place).columns() for part in self.pieces(node)])

    def less(self, node: int, other: "FoundDays", people: Index) -> list[Pieces]:
        """The days of a node of some participants that another set does not hold."""
        numbers: dict[int, int] = {}  # of open days, the same on both sides
        mine = _Homes(self.pieces(node), self._rows, numbers)
        theirs = _Homes(other.pieces(node), self._rows, numbers)
        alike = (theirs.home < 0) | ((theirs.home == mine.home) & (mine.home > 0))
        alike &= ~(mine.mixed | theirs.mixed)
        quick, slow = people[alike[people]], people[~alike[people]]
        place, found = self._place(quick), []
        ours, taken = mine.ranges(place), theirs.ranges(place)
        if not all(map(np.array_equal, ours, taken)):
            left = minus(of_columns(len(quick), *ours), of_columns(len(quick), *taken))
            row, first, last = left.columns()
            found += self._at_home(node, mine, quick[row], first, last)
        if len(slow):
            row, first, last = minus(self.runs_of(node, slow), other.runs_of(node, slow)).columns()
            found.append(plain_pieces((slow[row], first, last)))
        return found

    def _place(self, people: Index) -> Index:
        place = np.full(self._rows, -1, np.int64)
        place[people] = np.arange(len(people))
        return place

    def _apart(self, node: int, parts: list[Pieces]) -> list[Pieces]:
        """Pieces without those that overlap, which are united."""
        homes = _Homes(parts, self._rows, {})
        mixed = homes.mixed & self._several
        alone, together, rest = (
            np.where(flags, np.arange(self._rows), -1)
            for flags in (~self._several, self._several & ~mixed, mixed)
        )
        joined = of_columns(self._rows, *homes.ranges(together)).columns()
        runs = united(self._rows, [part.of(rest).columns() for part in parts]).columns()
        found = [part.of(alone) for part in parts]
        return [*found, *self._at_home(node, homes, *joined), plain_pieces(runs)]

    def _at_home(
        self, node: int, homes: "_Homes", who: Index, first: Days, last: Days
    ) -> list[Pieces]:
        """Ranges of days as pieces, each on the open days of its participant."""
        of = homes.home[who]
        found = [plain_pieces(tuple(column[of == 0] for column in (who, first, last)))]
        for number, (opens, opening) in homes.opens.items():
            rows = np.flatnonzero(of == number)
            base = self._base[who[rows]] + opens.offset[node]
            places = first[rows] + base, last[rows] + base
            found.append(_cut(opens, who[rows], *places, base, opening)[0])
        return found

    def __getitem__(self, node: int) -> Runs:
        if node not in self._runs:
            parts = [part.columns() for part in self.pieces(node)]
            self._runs[node] = united(self._rows, parts)
        return self._runs[node]

    def __iter__(self) -> Iterator[int]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class _Homes:
    """On which open days each participant's pieces lie.

    `home` is the number of the open days in `opens` from 1 on, 0 for runs by themselves, -1 for
    nobody's; `mixed` marks participants with pieces on several. `numbers` are those that open days
    have got already, by their id.
    """

    def __init__(self, parts: list[Pieces], rows: int, numbers: dict[int, int]) -> None:
        self.parts, self.home = parts, np.full(rows, -1, np.int64)
        self.mixed = np.zeros(rows, bool)
        self.opens: dict[int, tuple[OpenRuns, int]] = {}
        for part in parts:
            number = 0
            if part.opens is not None:
                number = numbers.setdefault(id(part.opens), len(numbers) + 1)
                self.opens[number] = part.opens, part.opening
            before = self.home[part.who]
            self.mixed[part.who[(before >= 0) & (before != number)]] = True
            self.home[part.who] = number

    def ranges(self, place: Index) -> Columns:
        """The pieces of those whose place is not negative, under that place, as ranges of days."""
        parts = [part.of(place) for part in self.parts]
        nothing = np.zeros(0, np.int64)
        who, first, last = (
            np.concatenate([nothing, *(getattr(part, name) for part in parts)])
            for name in ("who", "first", "last")
        )
        return who, first, last
