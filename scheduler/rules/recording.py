"""What has become of each node of each participant: from recorded dates to states and places.

Source: docs/semantics.md, section 5.
"""

import numpy as np

from scheduler.arrays import Flags, Index, distinct
from scheduler.binding.cohort import Cohort, Ended, Status
from scheduler.days import FAR, Days
from scheduler.days.clocks import Zone, by_zone
from scheduler.days.steps import never_early
from scheduler.protocol import Node, Protocol
from scheduler.rules.births import birth_range
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.links import shifted, target_of
from scheduler.rules.moments import Moments, moments_in
from scheduler.rules.recorded import Place, Recorded, State
from scheduler.study.sites import zones_of

# members are slow to look up, node by node
_OPEN, _DONE, _ABSENT = int(State.OPEN), int(State.DONE), int(State.ABSENT)
_MISSED, _OVERDUE, _AWAITING = int(State.MISSED), int(State.OVERDUE), int(State.AWAITING)
_UNRECORDED, _CLOSED = int(State.UNRECORDED), int(State.CLOSED)
_NOWHERE, _KNOWN = int(Place.NOWHERE), int(Place.KNOWN)
_ON_OPEN, _CARRIED = int(Place.OPEN), int(Place.CARRIED)


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
        self.undecided = undecided
        shape = (len(cohort), len(protocol.nodes))
        self.zones, self.zone_of_site = zones_of(cohort.sites, protocol.works)
        self.zone_of = self.zone_of_site[cohort.site] if len(cohort) else np.zeros(0, np.int64)
        self.state = np.zeros(shape, np.int64)
        self.place = np.full(shape, _ON_OPEN, np.int64)
        self.base = np.tile(np.arange(shape[1]), (shape[0], 1))
        self.day, self.early, self.late = (np.full(shape, FAR, np.int64) for _ in range(3))
        self.done_minute = np.full(shape, -1, np.int64)
        self.booked = np.full(shape, FAR, np.int64)
        self.booked_minute = np.full(shape, -1, np.int64)
        self.booked_early, self.booked_late = self.early.copy(), self.late.copy()
        self.undetermined, self.stray = np.zeros(shape, bool), np.zeros(shape, bool)
        self.earliest, self.latest = np.full(shape, FAR, np.int64), np.full(shape, FAR, np.int64)
        # anchors whose instants something hangs on; those of other nodes are found at the end
        self.asked = {node.anchor for node in protocol.nodes if node.timed or protocol.works}
        self.waiting: list[tuple[Node, Index]] = []

    def build(self) -> Recorded:
        self._read_dates()
        self._whom()
        self._born()
        self._unrecorded()
        self._planned_times()
        for index in self.protocol.anchors_first:
            self._place_node(self.protocol.nodes[index])
        self._find_instants()
        gone = self.cohort.ended != Ended.NO
        left = gone[:, None] & ~np.isin(self.state, (_DONE, _MISSED, _ABSENT))
        self.state[left] = _CLOSED
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
        node = next((node for node in self.protocol.nodes if node.born), None)
        if node is None:
            return
        first, last = birth_range(self.protocol, self.cohort)
        self.state[:, node.index] = _ABSENT
        self._stand(node, np.arange(len(last)), last)
        vague = first < last
        self.earliest[vague, node.index] = first[vague]
        self.latest[vague, node.index] = last[vague]

    def _whom(self) -> None:
        """Which visits are for which participants; what hangs off an absent visit is absent."""
        for index in self.protocol.anchors_first:
            node = self.protocol.nodes[index]
            if not (node.only or (node.anchor >= 0 and self._left_out(node.anchor))):
                continue
            verdict = applies(node.only, self.cohort.attributes, len(self.cohort))
            absent, undetermined = verdict == Applies.NO, verdict == Applies.UNKNOWN
            if node.anchor >= 0:
                absent = absent | (self.state[:, node.anchor] == _ABSENT)
                undetermined = (undetermined | self.undetermined[:, node.anchor]) & ~absent
            self.stray[:, index] = absent & (self.state[:, index] == _DONE)
            self.state[absent, index] = _ABSENT
            self.undetermined[:, index] = undetermined

    def _left_out(self, index: int) -> bool:
        """Whether a visit is not for everybody, or may not be."""
        return bool(self.undetermined[:, index].any() or (self.state[:, index] == _ABSENT).any())

    def _read_dates(self) -> None:
        dates = self.cohort.dates
        named = dates.node >= 0
        cancelled = named & (dates.status == Status.CANCELLED)
        booked = named & (dates.status == Status.BOOKED)
        if cancelled.any():
            _, alike = distinct(dates.participant, dates.node, dates.day)
            booked &= ~np.isin(alike, alike[cancelled])
        who, node = dates.participant[booked], dates.node[booked]
        self.booked[who, node] = dates.day[booked]
        self.booked_minute[who, node] = dates.minute[booked]
        self.booked_early[who, node] = dates.early[booked]
        self.booked_late[who, node] = dates.late[booked]
        missed = named & (dates.status == Status.MISSED)
        self.state[dates.participant[missed], dates.node[missed]] = _MISSED
        done = named & (dates.status == Status.DONE)
        who, node = dates.participant[done], dates.node[done]
        self.state[who, node] = _DONE
        self.day[who, node], self.done_minute[who, node] = dates.day[done], dates.minute[done]
        self.early[who, node], self.late[who, node] = dates.early[done], dates.late[done]
        over = (self.state == _DONE) | (self.state == _MISSED)
        self.booked[over] = FAR
        self.booked_minute[over] = -1

    def _unrecorded(self) -> None:
        """Milestones that happened unrecorded: one after them, or a visit off them, is done."""
        milestones = [node for node in self.protocol.steps if node.milestone]
        happened = self.state == _DONE
        if not self.undecided:
            happened &= ~self.undetermined
        for index in reversed(self.protocol.anchors_first):
            self._imply(self.protocol.nodes[index], happened)
        later = np.zeros(len(self.cohort), bool)
        for node in reversed(milestones):
            column = node.index
            missing = (self.state[:, column] == _OPEN) & (later | happened[:, column])
            self.state[missing, column] = _UNRECORDED
            later |= happened[:, column]

    def _imply(self, node: Node, happened: Flags) -> None:
        """A visit that happened at or after its anchor says that the anchor happened."""
        step = node.target if node.low is None else node.low
        if node.visit is not None and node.visit.after and never_early(step):
            happened[:, node.anchor] |= happened[:, node.index]

    def _planned_times(self) -> None:
        """The instants of done nodes of which no time is told: those of the planned time."""
        untold = (self.state == _DONE) & (self.done_minute < 0)
        for index in np.flatnonzero(untold.any(0)).tolist():
            who = np.flatnonzero(untold[:, index])
            self._stand(self.protocol.nodes[index], who, self.day[who, index])

    def _stand(self, node: Node, who: Index, day: Days) -> None:
        """Set days of a node; their instants at once where others hang on them."""
        self.day[who, node.index] = day
        self.waiting.append((node, who))
        if node.index in self.asked:
            self._find_instants()

    def _find_instants(self) -> None:
        """The instants of the days that were set, of all nodes of one planned time at once."""
        by_time: dict[int | None, list[tuple[Node, Index]]] = {}
        for node, who in self.waiting:
            by_time.setdefault(node.at, []).append((node, who))
        self.waiting.clear()
        for at, parts in by_time.items():
            who = np.concatenate([rows for _, rows in parts])
            index = np.repeat([node.index for node, _ in parts], [len(rows) for _, rows in parts])
            moments = moments_in(self.zones, self.zone_of[who], self.day[who, index], at)
            self.early[who, index], self.late[who, index] = moments.early, moments.late

    def _each_zone(self, node: Node, wanted: Flags) -> list[tuple[Zone, Index]]:
        """The wanted rows by time zone; all in one where no site's clock or calendar matters."""
        rows = np.flatnonzero(wanted)
        if not (node.timed or self.protocol.works):
            return [(self.zones[0], rows)]
        return [(self.zones[i], rows[some]) for i, some in by_zone(self.zone_of[rows])]

    def _place_node(self, node: Node) -> None:
        index = node.index
        state, place = self.state[:, index], self.place[:, index]
        if not state.any() and self._untouched(node):  # open for everybody, as most nodes are
            return
        done = state == _DONE
        if node.anchor >= 0:
            above = self.place[:, node.anchor]
            nowhere = above == _NOWHERE
            state[nowhere & (state == _OPEN)] = _AWAITING
            known = above == _KNOWN
            for zone_, rows in self._each_zone(node, known) if known.any() else ():
                self._count_from_known(node, zone_, rows)
            carried = ((above == _ON_OPEN) | (above == _CARRIED)) & self._stands_in(node)
            if carried.any():
                place[carried] = _CARRIED
                self.base[carried, index] = self.base[carried, node.anchor]
            place[nowhere & ~done] = _NOWHERE
        if node.born:
            place[:] = _KNOWN
        elif (state >= _UNRECORDED).any():
            place[np.isin(state, (_UNRECORDED, _AWAITING, _ABSENT))] = _NOWHERE
        place[done] = _KNOWN

    def _untouched(self, node: Node) -> bool:
        """Whether an open node stands on its own day, and so does what it hangs off."""
        if node.anchor < 0:
            return True
        return node.windowed and bool((self.place[:, node.anchor] == _ON_OPEN).all())

    def _stands_in(self, node: Node) -> Flags:
        """Whether what hangs off the visit counts from its target day."""
        state = self.state[:, node.index]
        over = (state == _MISSED) | (state == _OVERDUE)
        return over if node.windowed else np.asarray(over | (state == _OPEN), bool)

    def _count_from_known(self, node: Node, zone_: Zone, rows: Index) -> None:
        """Visits whose anchor stands on a known day: overdue ones, and those that stand in."""
        index = node.index
        anchor = Moments(
            self.day[rows, node.anchor], self.early[rows, node.anchor], self.late[rows, node.anchor]
        )
        if node.high is not None:
            last = shifted(anchor, node.high, zone_) if node.timed else None
            ends = zone_.day(last.late) if last else node.high.day_from(anchor.day, zone_.working)
            over = ends < self.as_of
        else:
            over = self._target_over(node, rows, target_of(node, anchor, zone_).day)
        overdue = over & (self.state[rows, index] == _OPEN)
        self.state[rows[overdue], index] = _OVERDUE
        standing = np.flatnonzero(self._stands_in(node)[rows])
        if not len(standing):
            return
        self.place[rows[standing], index] = _KNOWN
        self._stand(node, rows[standing], target_of(node, anchor.take(standing), zone_).day)

    def _target_over(self, node: Node, rows: Index, target: Days) -> Flags:
        """Whether a visit without a stated window is over: its target has passed, nothing stands.

        One before a milestone or visit that is done is over too, whatever is booked for it.
        """
        booked = self.booked[rows, node.index]
        over = (target < self.as_of) & ((booked < self.as_of) | (booked >= FAR))
        if node.visit is not None and not node.visit.after:
            over |= self.state[rows, node.anchor] == _DONE
        return np.asarray(over, bool)
