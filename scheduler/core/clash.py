"""Why there is no schedule: bounds of many cases raised together, remembering what moved them.

Every constraint of a case is an *item*. Raising the least schedule notes, for every bound, the
bound it came from and the item that moved it; where a bound passes a node's last day, the items on
its way together leave no schedule. All cases go through the same steps as arrays, each case in the
order of its own queue of nodes, so that what a case is told does not depend on the others.
Source: docs/engine.md.
"""

from collections.abc import Sequence

import numpy as np

from scheduler.core.cases import NEVER, Bounds, Cases, Flags, Ints
from scheduler.core.dayset import spread


class Run:
    """The least schedules of some cases, each with some items left out.

    `case` and `on` (items, rows) say of each row whose it is and which items hold. Afterwards
    `alive` tells the rows that have a schedule, `day` (nodes, rows) their days, and `node` where
    the bounds of the others meet.
    """

    def __init__(self, cases: Cases, case: Ints, on: Flags, remember: bool = True) -> None:
        self.cases, self.case, self.on, self._remember = cases, case, on, remember
        shape = len(cases.members), len(case)
        self.alive = np.ones(shape[1], bool)
        self.node = np.full(shape[1], -1, np.int64)
        self.top, self._top_item, self._top_other = self._bounds(cases.highest, cases.highs, -1)
        self.day, self._item, self._other = self._bounds(cases.lowest, cases.lows, 1)
        self.why = np.arange(shape[0] * shape[1]).reshape(shape)
        self._events: list[tuple[Ints, Ints]] = []
        self._count = self.why.size
        self._last_event = np.full(shape[1], -1, np.int64)
        self._inside = cases.members[:, case]
        _, calendars, days = cases.closed.shape
        self._calendar = cases.calendar[case] * days
        self._kind = cases.kind * calendars * days
        self._closed, self._heeds_closed = cases.closed.ravel(), on[cases.closure]
        self._on = {p.item: on[p.item] & p.applies[case] for p in cases.pushes}
        self._waits = self._inside.copy()
        self._queue = np.zeros(shape, np.int64)
        self._head, self._tail = (np.zeros(shape[1], np.int64) for _ in range(2))
        self._settle()

    def _bounds(
        self, common: Sequence[tuple[int, int]], own: Bounds, sign: int
    ) -> tuple[Ints, Ints, Ints]:
        """The tightest bound of every node and row, and its items."""
        count, nodes = len(self.case), len(self.cases.members)
        best, item = np.full(count, -sign * NEVER), np.zeros(count, np.int64)
        for bound, of in common:
            tighter = self.on[of] & (sign * bound > sign * best)
            best[tighter], item[tighter] = bound, of
        day, items = np.tile(best, (nodes, 1)), np.tile(item, (nodes, 1))
        others = np.zeros_like(items)
        row, at = spread(own.begins[self.case], own.begins[self.case + 1])
        held = self.on[own.item[at], row] & self.on[own.other[at], row]
        row, at = row[held], at[held]
        for turn in range(int(own.turn[at].max(initial=-1)) + 1):
            mine = own.turn[at] == turn
            who, place = row[mine], at[mine]
            tighter = sign * own.day[place] > sign * day[own.node[place], who]
            spot = own.node[place[tighter]], who[tighter]
            day[spot], items[spot] = own.day[place[tighter]], own.item[place[tighter]]
            others[spot] = own.other[place[tighter]]
        return day, items, others

    def _settle(self) -> None:
        node, row = np.nonzero(self._blocked())
        self._raise(node, row, self.day[node, row], self.why[node, row])
        # every queue begins with all nodes, so the first turn is the same for all rows
        for start in range(len(self.day)):
            self._waits[start] = False
            self._visit(start, None)
        size = len(self._queue)
        while len(rows := np.flatnonzero(self.alive & (self._head < self._tail))):
            front = self._queue[self._head[rows] % size, rows]
            start = int(np.bincount(front).argmax())  # whose turn it is in most of the rows
            rows = rows[front == start]
            self._head[rows] += 1
            self._waits[start, rows] = False
            self._visit(start, rows)

    def _blocked(self) -> Flags:
        """Which nodes cannot be on the first day that their own bounds leave."""
        taken, cases = self.cases.taken, self.cases
        found = self.day > self.top
        row, at = spread(taken.begins_of_case[self.case], taken.begins_of_case[self.case + 1])
        at = taken.of_case[at]
        held = self.on[taken.item[at], row]
        row, at = row[held], at[held]
        node = taken.node[at]
        day = self.day[node, row]
        inside = (taken.first[at] <= day) & (day <= taken.last[at])
        found[node[inside], row[inside]] = True
        rows = np.flatnonzero(self._heeds_closed)
        if len(rows) == len(self.case):
            shut = self._closed.take(self._kind[:, None] + self._calendar + self.day, mode="clip")
            found |= shut & cases.heeds[:, None]
        elif len(rows):
            place = self._kind[:, None] + self._calendar[rows] + self.day[:, rows]
            shut = self._closed.take(place, mode="clip")
            found[:, rows] |= shut & cases.heeds[:, None]
        return found & self._inside

    def _visit(self, node: int, rows: Ints | None) -> None:
        """What the bounds of a node mean for its neighbours; `rows` None: all rows."""
        some = slice(None) if rows is None else rows
        seen, why = self.day[node, some], self.why[node, some]
        for push in self.cases.by_start[node]:
            on = self._on[push.item][some]
            place = seen if push.offset is None else seen + push.offset[self.case[some]]
            least = push.table.take(place, mode="clip")
            at = np.flatnonzero((least > self.day[push.end, some]) & on)
            if len(at):
                row = at if rows is None else rows[at]
                self._push(push.end, row, least[at], why[at], push.item)
        self._visit_pairs(node, rows, seen, why)

    def _visit_pairs(self, node: int, rows: Ints | None, seen: Ints, why: Ints) -> None:
        pairs = self.cases.pairs
        if not len(pairs.start):
            return
        row = np.arange(len(seen)) if rows is None else rows
        spot = node * self.cases.members.shape[1] + self.case[row]
        begin, end = pairs.begins[spot], pairs.begins[spot + 1]
        for turn in range(int((end - begin).max(initial=0))):
            some = np.flatnonzero(begin + turn < end)
            at = begin[some] + turn
            last = pairs.last[at]
            least = np.where(pairs.single[at], np.minimum(last, seen[some]), last) + 1
            hit = (seen[some] >= pairs.since[at]) & self.on[pairs.item[at], row[some]]
            hit &= least > self.day[pairs.start[at], row[some]]
            some, at = some[hit], at[hit]
            self._push(pairs.start[at], row[some], least[hit], why[some], pairs.item[at])

    def _push(self, node: int | Ints, row: Ints, day: Ints, why: Ints, item: int | Ints) -> None:
        living = self.alive[row]
        if not living.all():
            row, day, why = row[living], day[living], why[living]
            node, item = _taken(node, living), _taken(item, living)
        if not len(row):
            return
        self._raise(node, row, day, self._event(why, item))
        fresh = np.flatnonzero(self.alive[row] & ~self._waits[node, row])
        node, row = _taken(node, fresh), row[fresh]
        self._waits[node, row] = True
        self._queue[self._tail[row] % len(self._queue), row] = node
        self._tail[row] += 1

    def _event(self, why: Ints, item: int | Ints) -> Ints:
        """Note that an item moved a bound that had come about by `why`."""
        if not self._remember:
            return why
        items = np.full(len(why), item) if isinstance(item, int) else item
        self._events.append((why, items))
        self._count += len(why)
        return np.arange(self._count - len(why), self._count)

    def _raise(self, node: int | Ints, row: Ints, day: Ints, why: Ints) -> None:
        """Move nodes to the first free day at or after a bound; rows where none is in time end."""
        top = self.top[node, row]
        live = np.flatnonzero(day <= top)
        while len(live):
            moved, after, item = self._blocker(_taken(node, live), row[live], day[live])
            live = live[moved]
            day[live], why[live] = after, self._event(why[live], item)
            live = live[after <= top[live]]
        self.day[node, row], self.why[node, row] = day, why
        lost = np.flatnonzero(day > top)[::-1]  # the first node that is lost counts
        self.alive[row[lost]] = False
        self.node[row[lost]], self._last_event[row[lost]] = _taken(node, lost), why[lost]

    def _blocker(self, node: int | Ints, row: Ints, day: Ints) -> tuple[Ints, Ints, Ints]:
        """The range that holds a day and reaches furthest.

        Returns the places of the days that are held, the day after the range, and its item.
        """
        cases, taken = self.cases, self.cases.taken
        after, item = day.copy(), np.zeros(len(row), np.int64)
        if np.any(taken.on[node]):
            spot = node * cases.members.shape[1] + self.case[row]
            place, at = spread(taken.begins[spot], taken.begins[spot + 1])
            now = day[place]
            inside = (taken.first[at] <= now) & (now <= taken.last[at])
            inside &= self.on[taken.item[at], row[place]]
            place, at = place[inside], at[inside]
            rising = np.argsort(taken.last[at], kind="stable")  # the last one written stays
            place, at = place[rising], at[rising]
            after[place], item[place] = taken.last[at] + 1, taken.item[at]
        if np.any(cases.heeds[node]):
            shut = self._closed.take(self._kind[node] + self._calendar[row] + day) & (item == 0)
            shut &= cases.heeds[node] & self._heeds_closed[row]
            after[shut] += 1
            item[shut] = cases.closure
        moved = np.flatnonzero(item)
        return moved, after[moved], item[moved]

    def blame(self) -> Flags:
        """The items (items, rows) that leave a row no schedule."""
        found = np.zeros_like(self.on)
        row = np.flatnonzero(~self.alive)
        spot = self.node[row], row
        found[self._top_item[spot], row] = found[self._top_other[spot], row] = True
        nothing = np.zeros(0, np.int64)
        events = [(nothing, nothing), *self._events]
        parent, item = (np.concatenate(column) for column in zip(*events, strict=True))
        event, first = self._last_event[row], self._item.size
        while len(row):
            later = event >= first  # the events before are the nodes' own bounds
            start, mine = event[~later], row[~later]
            found[self._item.ravel()[start], mine] = found[self._other.ravel()[start], mine] = True
            row, event = row[later], event[later] - first
            found[item[event], row] = True
            event = parent[event]
        return found


def _taken(value: int | Ints, rows: Ints | Flags) -> int | Ints:
    """Some rows of a column; one value for all rows stays that."""
    return value if isinstance(value, int) else value[rows]
