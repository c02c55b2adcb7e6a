"""The exact days of every node: kept as few pieces, made into runs of open days when asked for.

A piece is a stretch whose open days all count; the closed days inside mean nothing. A participant
has about one piece a node, and many times more runs of open days. Pieces of one participant on
the same open days can be united and subtracted as they are.
Source: docs/engine.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from scheduler.arrays import Flags, Index
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

    def at(self, node: int, rows: int) -> "Pieces":
        """The pieces of one node, from those of the cells of several, by participant."""
        begin, end = np.searchsorted(self.who, (node * rows, (node + 1) * rows)).tolist()
        parts = (self.who, self.first, self.last, self.count, self.start)
        who, first, last, count, start = (part[begin:end] for part in parts)
        return Pieces(who - node * rows, first, last, count, start, self.opens, self.opening)

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
    network: Network, runs: Mapping[int, Runs], who: Index, base: Days, opening: int, rows: int
) -> Pieces:
    """The days of nodes in rows of a network, by cell: node * `rows` + participant.

    `who` and `base` (the place of day 0) are the rows'; `opening` is the calendars' first day.
    """
    opens, nodes = network.lines.open_runs, sorted(runs)
    columns = [runs[node].columns() for node in nodes]
    node = np.repeat(np.array(nodes, np.int64), [len(row) for row, _, _ in columns])
    row, first, last = (np.concatenate(column) for column in zip(*columns, strict=True))
    shift, cell = opens.offset[node], node * rows + who[row]
    found = _cut(opens, cell, first + shift, last + shift, base[row] + shift, opening)
    few = int(found.count.sum()) < len(opens.begins)  # then the table of runs is the larger one
    return plain_pieces(found.columns()) if few else found


def _cut(opens: OpenRuns, who: Index, first: Ints, last: Ints, base: Days, opening: int) -> Pieces:
    """Ranges of places as pieces, as far as they have an open day."""
    start, count = opens.inside(first, last)
    if not count.all():
        kept = np.flatnonzero(count)
        who, first, last, base = (column[kept] for column in (who, first, last, base))
        start, count = start[kept], count[kept]
    first = np.maximum(first, opens.begins.take(start)) - base
    last = np.minimum(last, opens.ends.take(start + count - 1)) - base
    return Pieces(who, first, last, count, start, opens, opening)


@dataclass(slots=True)
class _Part:
    """Days of some nodes: what makes them until they are `found`, whose may overlap."""

    nodes: frozenset[int]
    make: Callable[[], list[Pieces]] | None
    often: Flags | None
    found: list[Pieces] = field(default_factory=list)


class FoundDays(Mapping[int, Runs]):
    """The exact days of every node, one row a participant; made when first asked for.

    Inside they are kept by *cell*, node * rows + participant, so that all nodes are worked on
    together. `base` is the place of each participant's day 0 on the line of all calendars.
    """

    def __init__(self, base: Days, nodes: Iterable[int]) -> None:
        """No days yet for any of the nodes."""
        self._rows, self._base, self._nodes = len(base), base, list(nodes)
        self._parts: list[_Part] = []
        self._made: dict[int, list[Pieces]] = {}
        self._runs: dict[int, Runs] = {}

    def add(
        self, nodes: Iterable[int], part: Callable[[], list[Pieces]], several: Index | None = None
    ) -> None:
        """Add days of nodes, by cell, to those that have none yet.

        `several` names participants; where one is named repeatedly, pieces may overlap.
        """
        often = None
        if several is not None and len(several):
            often = np.bincount(several, minlength=self._rows) > 1
        added = _Part(frozenset(nodes), part, often if often is not None and often.any() else None)
        self._parts.append(added)
        for node in added.nodes:
            self._made.pop(node, None)
            self._runs.pop(node, None)

    def cells(self, among: Index | None = None) -> list[Pieces]:
        """The days of all nodes, or of some, as pieces that do not overlap, by cell."""
        found = [pieces for part in self._parts for pieces in self._of(part)]
        if among is None or len(among) == len(self._nodes):
            return found
        cells = (among[:, None] * self._rows + np.arange(self._rows)).ravel()
        place = np.full(self._size, -1, np.int64)
        place[cells] = cells
        return [pieces.of(place) for pieces in found]

    def pieces(self, node: int) -> list[Pieces]:
        """The days of a node as pieces that do not overlap, by participant."""
        if node not in self._made:
            parts = [p for part in self._parts if node in part.nodes for p in self._of(part)]
            found = [pieces.at(node, self._rows) for pieces in parts]
            self._made[node] = [pieces for pieces in found if len(pieces.who)]
        return self._made[node]

    def _of(self, part: "_Part") -> list[Pieces]:
        """The pieces of a part, made once."""
        if part.make is not None:
            found, part.make = part.make(), None
            part.found = found if part.often is None else self._apart(found, part.often)
        return part.found

    def runs_of(self, node: int, people: Index) -> Runs:
        """The days of a node of some participants (each named once), one row each."""
        place = np.full(self._rows, -1, np.int64)
        place[people] = np.arange(len(people))
        return united(len(people), [part.of(place).columns() for part in self.pieces(node)])

    def runs_at(self, cells: Index) -> Runs:
        """The days of cells (each named once), one row each."""
        place = self._place(cells)
        return united(len(cells), [part.of(place).columns() for part in self.cells()])

    def less(self, other: "FoundDays", people: Index) -> list[Pieces]:
        """The days of some participants that another set does not hold, by cell."""
        numbers: dict[int, int] = {}  # of open days, the same on both sides
        mine = _Homes(self.cells(), self._size, numbers)
        theirs = _Homes(other.cells(), self._size, numbers)
        alike = (theirs.home < 0) | ((theirs.home == mine.home) & (mine.home > 0))
        alike &= ~(mine.mixed | theirs.mixed)
        cells = (np.array(self._nodes, np.int64)[:, None] * self._rows + people).ravel()
        quick, slow = cells[alike[cells]], cells[~alike[cells]]
        quick = quick[~_single_alike(mine, theirs, self._size)[quick]]
        place, found = self._place(quick), []
        ours, taken = mine.ranges(place), theirs.ranges(place)
        left = minus(of_columns(len(quick), *ours), of_columns(len(quick), *taken))
        row, first, last = left.columns()
        found += self._at_home(mine, quick[row], first, last)
        if len(slow):
            place = self._place(slow)
            both = [
                united(len(slow), [part.of(place).columns() for part in side.parts])
                for side in (mine, theirs)
            ]
            row, first, last = minus(*both).columns()
            found.append(plain_pieces((slow[row], first, last)))
        return found

    @property
    def _size(self) -> int:
        """How many cells there are."""
        return (max(self._nodes, default=-1) + 1) * self._rows

    def _place(self, cells: Index) -> Index:
        place = np.full(self._size, -1, np.int64)
        place[cells] = np.arange(len(cells))
        return place

    def _apart(self, parts: list[Pieces], several: Flags) -> list[Pieces]:
        """Pieces without those that overlap, which are united."""
        homes, every = _Homes(parts, self._size, {}), np.arange(self._size)
        often = np.tile(several, self._size // self._rows)
        mixed = homes.mixed & often
        alone, together, rest = (
            np.where(flags, every, -1) for flags in (~often, often & ~mixed, mixed)
        )
        joined = of_columns(self._size, *homes.ranges(together)).columns()
        runs = united(self._size, [part.of(rest).columns() for part in parts]).columns()
        found = [part.of(alone) for part in parts]
        return [*found, *self._at_home(homes, *joined), plain_pieces(runs)]

    def _at_home(self, homes: "_Homes", cell: Index, first: Days, last: Days) -> list[Pieces]:
        """Ranges of days as pieces, each on the open days of its participant."""
        of = homes.home[cell]
        found = [plain_pieces(tuple(column[of == 0] for column in (cell, first, last)))]
        for number, (opens, opening) in homes.opens.items():
            rows = np.flatnonzero(of == number)
            if len(rows):
                node, who = np.divmod(cell[rows], self._rows)
                base = self._base[who] + opens.offset[node]
                places = first[rows] + base, last[rows] + base
                found.append(_cut(opens, cell[rows], *places, base, opening))
        return found

    def __getitem__(self, node: int) -> Runs:
        if node not in self._runs:
            parts = [part.columns() for part in self.pieces(node)]
            self._runs[node] = united(self._rows, parts)
        return self._runs[node]

    def __contains__(self, node: object) -> bool:
        return node in self._nodes  # without making the days

    def __iter__(self) -> Iterator[int]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def _single_alike(one: "_Homes", other: "_Homes", cells: int) -> Flags:
    """Which cells have one piece on both sides, and the same."""
    same = np.ones(cells, bool)
    ends = []
    for side in (one, other):
        first, last = (np.zeros(cells, np.int64) for _ in range(2))
        first[side.cell], last[side.cell] = side.first, side.last
        same &= np.bincount(side.cell, minlength=cells) == 1
        ends.append((first, last))
    (first, last), (begin, end) = ends
    return np.asarray(same & (first == begin) & (last == end), bool)


class _Homes:
    """On which open days the pieces of each cell lie.

    `home` is the number of the open days in `opens` from 1 on, 0 for runs by themselves, -1 for
    nobody's; `mixed` marks cells with pieces on several. `numbers` are those that open days
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
        nothing = np.zeros(0, np.int64)
        self.cell, self.first, self.last = (
            np.concatenate([nothing, *(getattr(part, name) for part in parts)])
            for name in ("who", "first", "last")
        )

    def ranges(self, place: Index) -> Columns:
        """The pieces of the cells whose place is not negative, under that place, as ranges."""
        row = place[self.cell]
        kept = np.flatnonzero(row >= 0)
        return row[kept], self.first[kept], self.last[kept]
