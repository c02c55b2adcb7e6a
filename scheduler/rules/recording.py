"""What has become of each node of each participant: from recorded dates to states and places.

Source: docs/semantics.md, section 5.
"""

import numpy as np

from scheduler.arrays import Flags, Index, distinct, distinct_numbers
from scheduler.binding.cohort import Cohort, Ended, Status
from scheduler.core.dayset import where
from scheduler.days import FAR, NO_TIME, Days, moved
from scheduler.days.clocks import Zone, by_zone
from scheduler.protocol import Node, Protocol
from scheduler.rules.births import birth_range
from scheduler.rules.conditions import NO, UNKNOWN, applies
from scheduler.rules.links import shifted, target_of
from scheduler.rules.moments import Moments, moments_in
from scheduler.rules.node_columns import columns_of_nodes
from scheduler.rules.recorded import Place, Recorded, State, any_of
from scheduler.study.sites import zones_of

# members are slow to look up, participant by participant
_OPEN, _DONE, _MISSED, _OVERDUE, _UNRECORDED, _AWAITING, _ABSENT, _CLOSED = map(int, State)
_NOWHERE, _KNOWN, _ON_OPEN, _CARRIED = map(int, Place)
_MADE, _BOOKED, _NOT_MADE, _CANCELLED = map(int, Status)
_STAYED = int(Ended.NO)
_ENDS = any_of(State.DONE, State.MISSED, State.ABSENT)  # what stays as it is when somebody leaves
_PLACES = np.full(len(State), _ON_OPEN, np.int64)  # by state, of what hangs off nothing
_PLACES[[_UNRECORDED, _AWAITING, _ABSENT]] = _NOWHERE
_PLACES[_DONE] = _KNOWN
_NOBODY = [np.zeros(0, np.int64)] * 2


def build_timeline(
    protocol: Protocol, cohort: Cohort, as_of: int, undecided: bool = True
) -> Recorded:
    """What has become of each node of each participant, as seen on day `as_of`.

    Without `undecided` a done visit whose `only` cannot be decided is no sign that a milestone
    took place. The days of nodes that lack their record are found by `missing_days`.
    """
    return _StateBuilder(protocol, cohort, as_of, undecided).build()


class _StateBuilder:
    def __init__(self, protocol: Protocol, cohort: Cohort, as_of: int, undecided: bool) -> None:
        self.protocol, self.cohort, self.as_of = protocol, cohort, as_of
        self.undecided, self.nodes = undecided, protocol.made(columns_of_nodes)
        shape = (len(cohort), len(protocol.nodes))
        self.zones, self.zone_of_site = zones_of(cohort.sites, protocol.works)
        self.zone_of = self.zone_of_site[cohort.site] if len(cohort) else np.zeros(0, np.int64)
        self.state = np.zeros(shape, np.int64)
        self.place = np.full(shape, _ON_OPEN, np.int64)
        self.base = np.broadcast_to(np.arange(shape[1]), shape).copy()
        self.day, self.early, self.late, self.booked, self.earliest, self.latest = (
            np.full(shape, FAR, np.int64) for _ in range(6)
        )
        self.done_minute, self.booked_minute = (np.full(shape, NO_TIME, np.int64) for _ in range(2))
        self.booked_early, self.booked_late = self.early.copy(), self.late.copy()
        self.undetermined, self.stray = np.zeros(shape, bool), np.zeros(shape, bool)
        self.waiting: list[tuple[Index, Index]] = []  # participants and nodes

    def build(self) -> Recorded:
        self._read_dates()
        self._whom()
        self._born()
        self._unrecorded()
        self._planned_times()
        for generation in self.nodes.generations:
            self._place(generation)
        self._find_instants()
        gone = self.cohort.ended != _STAYED
        if gone.any():
            self.state[gone[:, None] & ~_ENDS[self.state]] = _CLOSED
        return Recorded(
            self.state, self.place, self.base, self.day, self.early, self.late,
            self.done_minute >= 0, self.booked, self.booked_minute >= 0, self.booked_early,
            self.booked_late, self.booked_minute, self.done_minute, self.undetermined, self.stray,
            self.earliest, self.latest, self.zones,
            self.zone_of, self.zone_of_site, self.as_of,
        )  # fmt: skip

    def _born(self) -> None:
        """The birth, on a day or on some day of several; all of them lie between two that are far.

        A visit is over when its window ended for whoever was born on the last of these days.
        """
        for index in self.nodes.born.tolist():
            first, last = birth_range(self.protocol, self.cohort)
            self.state[:, index] = _ABSENT
            self._stand(np.arange(len(last)), np.full(len(last), index), last)
            vague = first < last
            self.earliest[vague, index] = first[vague]
            self.latest[vague, index] = last[vague]

    def _whom(self) -> None:
        """Which visits are for which participants; what hangs off an absent visit is absent."""
        left_out = set[int]()  # visits that are not for everybody, or may not be
        for index in self.protocol.anchors_first if self.nodes.conditioned else ():
            node = self.protocol.nodes[index]
            if not (node.only or node.anchor in left_out):
                continue
            verdict = applies(node.only, self.cohort.attributes, len(self.cohort))
            absent, undetermined = verdict == NO, verdict == UNKNOWN
            if node.anchor >= 0:
                absent = absent | (self.state[:, node.anchor] == _ABSENT)
                undetermined = (undetermined | self.undetermined[:, node.anchor]) & ~absent
            self.stray[:, index] = absent & (self.state[:, index] == _DONE)
            self.state[absent, index] = _ABSENT
            self.undetermined[:, index] = undetermined
            if absent.any() or undetermined.any():
                left_out.add(index)

    def _read_dates(self) -> None:
        dates = self.cohort.dates
        named = dates.node >= 0
        cancelled = named & (dates.status == _CANCELLED)
        booked = named & (dates.status == _BOOKED)
        if cancelled.any():
            _, alike = distinct(dates.participant, dates.node, dates.day)
            booked &= ~np.isin(alike, alike[cancelled])
        who, node = dates.participant[booked], dates.node[booked]
        self.booked[who, node] = dates.day[booked]
        self.booked_minute[who, node] = dates.minute[booked]
        self.booked_early[who, node] = dates.early[booked]
        self.booked_late[who, node] = dates.late[booked]
        missed = named & (dates.status == _NOT_MADE)
        self.state[dates.participant[missed], dates.node[missed]] = _MISSED
        done = named & (dates.status == _MADE)
        who, node = dates.participant[done], dates.node[done]
        self.state[who, node] = _DONE
        self.day[who, node], self.done_minute[who, node] = dates.day[done], dates.minute[done]
        self.early[who, node], self.late[who, node] = dates.early[done], dates.late[done]
        over = self.state != _OPEN
        self.booked[over] = FAR
        self.booked_minute[over] = NO_TIME

    def _unrecorded(self) -> None:
        """Milestones that happened unrecorded: one after them, or a visit off them, is done."""
        happened = self.state == _DONE
        if not self.undecided:
            happened &= ~self.undetermined
        some = happened.any(0).tolist()
        if not any(some):
            return
        for index, anchor in self.nodes.implied:
            if some[index]:
                happened[:, anchor] |= happened[:, index]
                some[anchor] = True
        columns = self.nodes.milestones[::-1]
        then = np.logical_or.accumulate(happened[:, columns], axis=1)
        state = self.state[:, columns]
        self.state[:, columns] = np.where((state == _OPEN) & then, _UNRECORDED, state)

    def _planned_times(self) -> None:
        """The instants of done nodes of which no time is told: those of the planned time."""
        who, index = ((self.state == _DONE) & (self.done_minute < 0)).nonzero()
        self._stand(who, index, self.day[who, index])

    def _stand(self, who: Index, index: Index, day: Days) -> None:
        """Set days of nodes; their instants at once where others hang on them."""
        self.day[who, index] = day
        self.waiting.append((who, index))
        if self.nodes.asked[index].any():
            self._find_instants()

    def _find_instants(self) -> None:
        """The instants of the days that were set, of all nodes of one planned time at once."""
        who, index = (np.concatenate(part) for part in zip(*self.waiting, _NOBODY, strict=False))
        self.waiting.clear()
        planned = self.nodes.at[index]
        for at in distinct_numbers(planned).tolist():
            rows = where(planned == at)
            some, node = who[rows], index[rows]
            time = None if at == NO_TIME else at
            moments = moments_in(self.zones, self.zone_of[some], self.day[some, node], time)
            self.early[some, node], self.late[some, node] = moments.early, moments.late

    def _place(self, index: Index) -> None:
        """Where nodes stand none of which hangs off another one of them."""
        nodes, state = self.nodes, self.state[:, index]
        if nodes.anchor[index[0]] < 0:
            self.place[:, index] = _PLACES[state]
            self.place[:, nodes.born] = _KNOWN
            return
        above = self.place[:, nodes.anchor[index]]
        nowhere, known = above == _NOWHERE, above == _KNOWN
        if nowhere.any():
            state[nowhere & (state == _OPEN)] = _AWAITING
            self.state[:, index] = state
        who, column = (known & ((state == _OPEN) | (state == _MISSED))).nonzero()
        if len(who):
            self._count_from_known(who, index[column])
            state = self.state[:, index]
        over = self._stands_in(state, nodes.windowed[index])
        place = _PLACES[state]
        place[nowhere & (state != _DONE)] = _NOWHERE
        place[over & known] = _KNOWN
        carried = over & ~(known | nowhere)
        if carried.any():
            place[carried] = _CARRIED
            base = self.base[:, nodes.anchor[index]]
            self.base[:, index] = np.where(carried, base, self.base[:, index])
        self.place[:, index] = place

    @staticmethod
    def _stands_in(state: Index, windowed: Flags) -> Flags:
        """Whether what hangs off visits counts from their target days."""
        over = (state == _MISSED) | (state == _OVERDUE)
        return np.asarray(over | (~windowed & (state == _OPEN)), bool)

    def _count_from_known(self, who: Index, index: Index) -> None:
        """Visits whose anchor stands on a known day: overdue ones, and those that stand in."""
        nodes = self.nodes
        target, last = self._steps(who, index)
        windowed = nodes.windowed[index]
        over = np.where(windowed, last < self.as_of, self._target_over(who, index, target))
        overdue = over & (self.state[who, index] == _OPEN)
        self.state[who[overdue], index[overdue]] = _OVERDUE
        standing = where(self._stands_in(self.state[who, index], windowed))
        self._stand(who[standing], index[standing], target[standing])

    def _steps(self, who: Index, index: Index) -> tuple[Days, Days]:
        """The target days of visits whose anchors stand on known days, and their last days."""
        nodes = self.nodes
        day = self.day[who, nodes.anchor[index]]
        target, last = (
            moved(day, months[index], days[index]) for months, days in (nodes.target, nodes.high)
        )
        for other in distinct_numbers(index[~nodes.plain[index]]).tolist():
            node, rows = self.protocol.nodes[other], where(index == other)
            for number, some in by_zone(self.zone_of[who[rows]]):
                one, zone = rows[some], self.zones[number]
                people, above = who[one], node.anchor
                anchor = Moments(
                    self.day[people, above], self.early[people, above], self.late[people, above]
                )
                target[one] = target_of(node, anchor, zone).day
                last[one] = _last_day(node, anchor, zone)
        return target, last

    def _target_over(self, who: Index, index: Index, target: Days) -> Flags:
        """Whether visits without a stated window are over: the target has passed, nothing stands.

        One before a milestone or visit that is done is over too, whatever is booked for it.
        """
        booked = self.booked[who, index]
        over = (target < self.as_of) & ((booked < self.as_of) | (booked >= FAR))
        done = self.state[who, self.nodes.anchor[index]] == _DONE
        return np.asarray(over | (self.nodes.before[index] & done), bool)


def _last_day(node: Node, anchor: Moments, zone: Zone) -> Days:
    """The last day of a visit's window; the target day where none is stated."""
    if node.high is None:
        return target_of(node, anchor, zone).day
    if node.timed:
        return zone.day(shifted(anchor, node.high, zone).late)
    return node.high.day_from(anchor.day, zone.working)
