"""One participant's constraints as a case for core/reasons.py, each item with its record.

The records say what an item is: a rule with its exposure, a gap or window, a closed day, a
recorded date, or a bound of the study. Nothing is judged here a second time: spans and links come
from the same problem that the engine solves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from scheduler.cohort import Index
from scheduler.core.reasons import Bond, Case, Item, Pair
from scheduler.days import FAR
from scheduler.engine import Pass, Problem
from scheduler.given import Judge
from scheduler.links import Link, Moments, Sides, bounds_on_end, bounds_on_start
from scheduler.timeline import State

Step = Callable[[int], int]
Maps = dict[tuple[int, str, bool], tuple[Step | None, Step | None]]
_BEYOND = 366 * 6  # days after the study closes on which a freed date is still looked for


@dataclass(frozen=True, slots=True)
class Reason:
    """What one item of a case is; `span` is a row of the problem's spans, `link` of its links."""

    kind: str  # rule, gap, window, closure, date, bound
    name: str
    node: int
    first: int = FAR
    last: int = FAR
    span: int = -1
    link: int = -1
    detail: str = ""


def alone(problem: Problem, who: int) -> Problem:
    """The problem of one participant, so that its reasons cost nothing for the others.

    The exposures stay those of the whole cohort: spans name them by their place there.
    """
    one, cohort = np.array([who]), problem.cohort
    spans = problem.spans.take(problem.spans.participant == who)
    return replace(
        problem,
        cohort=replace(
            cohort,
            ids=cohort.ids[one],
            birth_first=cohort.birth_first[one],
            birth_last=cohort.birth_last[one],
            site=np.zeros(1, np.int64),
            sites=[cohort.sites[int(cohort.site[who])]],
            ended=cohort.ended[one],
            ended_day=cohort.ended_day[one],
            attributes={name: values[one] for name, values in cohort.attributes.items()},
        ),
        timeline=problem.timeline.take(one),
        spans=replace(spans, participant=np.zeros(len(spans), np.int64)),
        pins=None if problem.pins is None else problem.pins[one],
    )


class CaseBuilder:
    """Builds the case of one participant: which items there are, and what they forbid.

    `problem` is the participant's own; reasons name rows of its spans.

    `worst` counts what is uncertain against the participant (the permitted pass). `maps` keeps
    what does not differ between participants from one builder to the next.
    """

    def __init__(self, problem: Problem, who: int, worst: bool, maps: Maps | None = None) -> None:
        self.problem, self.who, self.worst = alone(problem, who), 0, worst
        self.owner = Pass(self.problem, worst)
        self.judge = Judge(self.problem)
        self._maps: Maps = {} if maps is None else maps
        self.reasons: list[Reason] = []
        self._items: dict[Reason, Item] = {}
        self.site = self.problem.cohort.sites[0]
        self._closed_days = self._closures()

    def item(self, reason: Reason) -> Item:
        """The bit of a reason; the same reason always has the same bit."""
        if reason not in self._items:
            self._items[reason] = 1 << len(self.reasons)
            self.reasons.append(reason)
        return self._items[reason]

    def named(self, mask: Item) -> list[Reason]:
        """The reasons in a mask, in the order in which they were met."""
        return [reason for reason in self.reasons if mask & self._items[reason]]

    def build(self, extra: tuple[int, ...] = ()) -> Case:
        """The case of the required nodes and of `extra` ones (with the optional ones they need)."""
        nodes = [int(n) for n in np.flatnonzero(self.owner.required[self.who])]
        nodes += [n for n in extra if n not in nodes and self.owner.open[self.who, n]]
        case = Case(sorted(nodes), {}, {}, {}, self._closed)
        self._bounds(case)
        self._spans(case)
        for number, link in enumerate(self.problem.links):
            if self.owner.active[self.who, number]:
                self._link(case, number, link)
        return case

    def _bounds(self, case: Case) -> None:
        study = self.problem.protocol.study
        # deletion tries them in this order: what nobody can change is left out first
        as_of = self.item(Reason("bound", "as_of", -1, self.problem.as_of))
        opens = self.item(Reason("bound", "study_opens", -1, study.opens))
        closes = self.item(Reason("bound", "study_closes", -1, FAR, study.closes))
        for node in case.nodes:
            case.low[node] = [
                (study.opens, opens),
                (self.problem.as_of, as_of),
                (self.judge.first, 0),
            ]
            case.high[node] = [(study.closes, closes), (study.closes + _BEYOND, 0)]
            self._pin(case, node)

    def _pin(self, case: Case, node: int) -> None:
        """A day that the node is set to for a what-if."""
        pins = self.problem.pins
        day = FAR if pins is None else int(pins[self.who, node])
        if day < FAR:
            name = self.problem.protocol.nodes[node].name
            item = self.item(Reason("date", name, node, day, day, detail="set"))
            case.low[node].append((day, item))
            case.high[node].append((day, item))

    def _closures(self) -> np.ndarray:
        study = self.problem.protocol.study
        self._closed_from = self.judge.first
        return self.site.closed_days(self._closed_from, study.closes + _BEYOND + 400)

    def _closed(self, node: int, day: int) -> Item:
        if self.problem.protocol.nodes[node].any_day:
            return 0
        place = day - self._closed_from
        if not 0 <= place < len(self._closed_days) or not self._closed_days[place]:
            return 0
        return self.item(Reason("closure", self.site.id or "site", -1))

    def _spans(self, case: Case) -> None:
        """The forbidden ranges of the pass, one item for a rule and its exposure."""
        spans = self.owner.forbidden
        original = self._originals()
        for row in np.flatnonzero(spans.participant == self.who).tolist():
            node, other = int(spans.node[row]), int(spans.other[row])
            first, last = int(spans.first[row]), int(spans.last[row])
            reason = Reason(
                "rule", self.problem.protocol.rules[int(spans.rule[row])].id, node, first, last,
                original[row],
            )  # fmt: skip
            if other >= 0:
                if node in case.nodes and other in case.nodes:
                    since = int(spans.other_first[row])
                    single = bool(spans.single[row])
                    case.pairs.append(Pair(node, other, since, last, single, self.item(reason)))
            elif node in case.nodes:
                case.taken.setdefault(node, []).append((first, last, self.item(reason)))

    def _originals(self) -> Index:
        """For each row of the pass's spans the row of the problem's spans."""
        spans = self.problem.spans
        kept = (
            spans.possible if self.worst else spans.certain & (spans.sure_first <= spans.sure_last)
        )
        return np.flatnonzero(kept)

    def _link(self, case: Case, number: int, link: Link) -> None:
        who, count = np.array([self.who]), len(self.problem.protocol.nodes)
        zone_ = self.problem.timeline.zones[int(self.problem.timeline.zone_of[self.who])]
        sides = link.sides(zone_, self.worst)
        open_start, known_start = (bool(a[self.who]) for a in self.owner.starts(link))
        open_end, known_end = (bool(a[self.who]) for a in self.owner.ends(link))
        reason = Reason(link.kind, link.id, min(link.end, count - 1), link=number)
        if open_start and open_end and {link.start, link.end} <= set(case.nodes):
            case.bonds.append(self._bond(number, sides, self.item(reason)))
        elif known_start and open_end and link.end in case.nodes:
            anchor = link.start if link.node is None or link.through else link.node.anchor
            start = self.owner.known(anchor, who, sides)
            low, high = bounds_on_end(sides, start, self._all(link.end, sides), self.judge.first)
            self._bound(case, link.end, int(low[0]), int(high[0]), reason, anchor)
        elif known_end and open_start and link.start in case.nodes:
            end = self.owner.known(link.end, who, sides)
            low, high = bounds_on_start(sides, self._all(link.start, sides), end, self.judge.first)
            self._bound(case, link.start, int(low[0]), int(high[0]), reason, link.end)

    def _bound(
        self, case: Case, node: int, low: int, high: int, reason: Reason, known: int
    ) -> None:
        item = self.item(reason) | self._date_item(known)
        if low > -FAR:
            case.low[node].append((low, item))
        if high < FAR:
            case.high[node].append((high, item))

    def _date_item(self, node: int) -> Item:
        """The item of a recorded date; the fixed nodes have their own bounds."""
        nodes, timeline = self.problem.protocol.nodes, self.problem.timeline
        study = self.problem.protocol.study
        if node == len(nodes):
            return self.item(Reason("bound", "study_opens", -1, study.opens))
        if node > len(nodes):
            return self.item(Reason("bound", "study_closes", -1, FAR, study.closes))
        day = int(timeline.day[self.who, node])
        done = timeline.state[self.who, node] == State.DONE
        return self.item(Reason("date", nodes[node].name, node, day, day, link=int(done)))

    def _all(self, node: int, sides: Sides) -> Moments:
        """The moments of all days of a node; a booked day has its own clock time."""
        every = self.judge.all_moments(node, sides.zone)
        timeline = self.problem.timeline
        if node >= timeline.booked.shape[1] or not timeline.booked_timed[self.who, node]:
            return every
        place = int(timeline.booked[self.who, node]) - self.judge.first
        if not 0 <= place < len(every.day):
            return every
        early, late = every.early.copy(), every.late.copy()
        early[place] = timeline.booked_early[self.who, node]
        late[place] = timeline.booked_late[self.who, node]
        return Moments(every.day, early, late)

    def _bond(self, number: int, sides: Sides, item: Item) -> Bond:
        link = self.problem.links[number]
        key = (number, sides.zone.name if link.clocked else "", self.worst)
        if link.clocked and self.problem.timeline.booked_timed.any():
            least, earliest = self._steps(link, sides)  # this participant's own clock times
        else:
            if key not in self._maps:
                self._maps[key] = self._steps(link, sides)
            least, earliest = self._maps[key]
        return Bond(link.start, link.end, least, earliest, item)

    def _steps(self, link: Link, sides: Sides) -> tuple[Step | None, Step | None]:
        """The two maps of a link: the first day of its end, and the first day of its start."""
        base = self.judge.first
        start, end = self._all(link.start, sides), self._all(link.end, sides)
        low, high = bounds_on_end(sides, start, end, base)
        lows, reach = low.tolist(), np.maximum.accumulate(high)
        size = len(lows)

        @cache
        def least(day: int) -> int:
            return int(lows[min(max(day - base, 0), size - 1)])

        @cache
        def earliest(day: int) -> int:
            return base + int(np.searchsorted(reach, day))

        has_low = bool((low > -FAR).any())
        has_high = bool((high < FAR).any())
        return least if has_low else None, earliest if has_high else None
