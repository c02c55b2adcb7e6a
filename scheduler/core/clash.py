"""Why there is no schedule: bounds of many cases raised together, remembering what moved them.

Every constraint of a case is an *item*. Raising the least schedule notes, for every bound, the
bound it came from and the item that moved it; where a bound passes a node's last day, the items on
its way together leave no schedule. All cases go through the same steps as arrays, each case in the
order of its own queue of nodes, so that what a case is told does not depend on the others.
Source: docs/engine.md.
"""

import numpy as np

from scheduler.core.cases import Cases, Flags, Ints, tightest
from scheduler.core.dayset import spread, where


class Run:
    """The least schedules of some cases, each with some items left out.

    `case` and `on` (items, rows) say of each row whose it is and which items hold. Afterwards
    `alive` tells the rows that have a schedule, `day` (nodes, rows) their days, and `node` where
    the bounds of the others meet.
    """

    def __init__(self, cases: Cases, case: Ints, on: Flags) -> None:
        self.cases, self.case, self.on = cases, case, on
        shape = len(cases.members), len(case)
        self.alive = np.ones(shape[1], bool)
        self.node = np.full(shape[1], -1, np.int64)
        self.top, self._top_item, self._top_other = tightest(cases, -1, case, on)
        self.day, self._item, self._other = tightest(cases, 1, case, on)
        self.why = np.arange(shape[0] * shape[1]).reshape(shape)
        self._events: list[tuple[Ints, Ints]] = []
        self._count = self.why.size
        self._last_event = np.full(shape[1], -1, np.int64)
        self._inside = cases.members[:, case]
        _, calendars, days = cases.closed.shape
        self._calendar = cases.calendar[case] * days
        self._kind = cases.kind * calendars * days
        self._closed, self._heeds = cases.closed.ravel(), cases.heeds[:, case]
        self._heeds &= on[cases.closure]
        pushes = cases.stacked
        self._held = on[pushes.item] & pushes.applies[:, case]
        self._waits = self._inside.copy()
        self._queue = np.zeros(shape, np.int64)
        self._head, self._tail = (np.zeros(shape[1], np.int64) for _ in range(2))
        self._settle()

    def _settle(self) -> None:
        node, row = np.nonzero(self._blocked())
        self._raise(node, row, self.day[node, row], self.why[node, row])
        size = len(self._queue)
        for start in range(size):  # every queue begins with all nodes
            self._waits[start] = False
            self._visit_all(start)
        while len(rows := where(self.alive & (self._head < self._tail))):
            front = self._queue[self._head[rows] % size, rows]
            self._head[rows] += 1
            self._waits[front, rows] = False
            self._visit(front, rows)

    def _blocked(self) -> Flags:
        """Which nodes cannot be on the first day that their own bounds leave."""
        taken, found = self.cases.taken, self.day > self.top
        row, at = spread(taken.begins_of_case[self.case], taken.begins_of_case[self.case + 1])
        at = taken.of_case[at]
        held = self.on[taken.item[at], row]
        row, at = row[held], at[held]
        node = taken.node[at]
        day = self.day[node, row]
        inside = (taken.first[at] <= day) & (day <= taken.last[at])
        found[node[inside], row[inside]] = True
        shut = self._closed.take(self._kind[:, None] + self._calendar + self.day, mode="clip")
        found |= shut & self._heeds
        return found & self._inside

    def _visit_all(self, node: int) -> None:
        """What the bounds of one node mean in all rows."""
        rows = np.arange(len(self.case))
        seen, why = self.day[node].copy(), self.why[node].copy()
        for begins, ends in self.cases.stacked.parts:
            begin, end = begins[node], ends[node]
            at, push = self._held[begin:end].T.nonzero()
            self._try(at, push + begin, rows, seen, why)
        self._visit_pairs(np.full(len(rows), node), rows, seen, why)

    def _visit(self, node: Ints, rows: Ints) -> None:
        """What the bounds of each row's node mean for that one's neighbours."""
        seen, why = self.day[node, rows], self.why[node, rows]
        for begins, ends in self.cases.stacked.parts:
            at, push = spread(begins[node], ends[node])
            held = where(self._held[push, rows[at]])
            self._try(at[held], push[held], rows, seen, why)
        self._visit_pairs(node, rows, seen, why)

    def _try(self, at: Ints, push: Ints, rows: Ints, seen: Ints, why: Ints) -> None:
        """Pushes of rows, by their places in `rows`; `seen` are the days that push."""
        if not len(at):
            return
        pushes, row = self.cases.stacked, rows[at]
        place = seen[at]
        if pushes.offset is not None:
            place = place + pushes.offset[push, self.case[row]]
        place = np.minimum(np.maximum(place, 0), pushes.size[push] - 1)
        least = pushes.table.take(pushes.begin[push] + place)
        end = pushes.end[push]
        hit = where(least > self.day[end, row])
        if len(hit):
            self._push(end[hit], row[hit], least[hit], why[at[hit]], pushes.item[push[hit]])

    def _visit_pairs(self, node: Ints, rows: Ints, seen: Ints, why: Ints) -> None:
        pairs = self.cases.pairs
        if not len(pairs.start):
            return
        spot = node * self.cases.members.shape[1] + self.case[rows]
        begin, end = pairs.begins[spot], pairs.begins[spot + 1]
        for turn in range(int((end - begin).max(initial=0))):
            some = where(begin + turn < end)
            at = begin[some] + turn
            last = pairs.last[at]
            least = np.where(pairs.single[at], np.minimum(last, seen[some]), last) + 1
            hit = (seen[some] >= pairs.since[at]) & self.on[pairs.item[at], rows[some]]
            hit &= least > self.day[pairs.start[at], rows[some]]
            some, at = some[hit], at[hit]
            self._push(pairs.start[at], rows[some], least[hit], why[some], pairs.item[at])

    def _push(self, node: Ints, row: Ints, day: Ints, why: Ints, item: Ints) -> None:
        """Raise nodes, those of a row together in the order in which they are tried."""
        living = self.alive[row]
        if not living.all():
            node, row, day, why, item = (c[living] for c in (node, row, day, why, item))
        if not len(row):
            return
        self._raise(node, row, day, self._event(why, item))
        fresh = where(self.alive[row] & ~self._waits[node, row])
        node, row = node[fresh], row[fresh]
        self._waits[node, row] = True
        begins = np.ones(len(row), bool)
        begins[1:] = row[1:] != row[:-1]
        begin = where(begins)
        count = np.diff(np.append(begin, len(row)))
        turn = np.arange(len(row)) - np.repeat(begin, count)
        self._queue[(self._tail[row] + turn) % len(self._queue), row] = node
        self._tail[row[begin]] += count

    def _event(self, why: Ints, item: Ints) -> Ints:
        """Note that an item moved a bound that had come about by `why`."""
        self._events.append((why, item))
        self._count += len(why)
        return np.arange(self._count - len(why), self._count)

    def _raise(self, node: Ints, row: Ints, day: Ints, why: Ints) -> None:
        """Move nodes to the first free day at or after a bound; rows where none is in time end."""
        top = self.top[node, row]
        live = where(day <= top)
        while len(live):
            moved, after, item = self._blocker(node[live], row[live], day[live])
            live = live[moved]
            day[live], why[live] = after, self._event(why[live], item)
            live = live[after <= top[live]]
        self.day[node, row], self.why[node, row] = day, why
        lost = where(day > top)[::-1]  # the first node of a row that is lost counts
        self.alive[row[lost]] = False
        self.node[row[lost]], self._last_event[row[lost]] = node[lost], why[lost]

    def _blocker(self, node: Ints, row: Ints, day: Ints) -> tuple[Ints, Ints, Ints]:
        """The range that holds a day and reaches furthest.

        Returns the places of the days that are held, the day after the range, and its item.
        """
        cases, taken = self.cases, self.cases.taken
        after, item = day.copy(), np.zeros(len(row), np.int64)
        spot = node * cases.members.shape[1] + self.case[row]
        place, at = spread(taken.begins[spot], taken.begins[spot + 1])
        if len(at):
            now = day[place]
            inside = (taken.first[at] <= now) & (now <= taken.last[at])
            inside &= self.on[taken.item[at], row[place]]
            place, at = place[inside], at[inside]
            if (place[1:] == place[:-1]).any():
                rising = np.argsort(taken.last[at], kind="stable")  # the last one written stays
                place, at = place[rising], at[rising]
            after[place], item[place] = taken.last[at] + 1, taken.item[at]
        spot = self._kind[node] + self._calendar[row] + day
        shut = self._closed.take(spot) & (item == 0)
        shut &= self._heeds[node, row]
        after[shut] += 1
        item[shut] = cases.closure
        moved = where(item > 0)
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
