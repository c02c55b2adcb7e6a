"""Participants' constraints as cases for core/clash.py, each item with its record.

Nothing is judged here a second time: spans and links come from the same problem that the engine
solves.
"""

from functools import lru_cache

import numpy as np

from scheduler.arrays import Flags, Index, distinct
from scheduler.core.cases import Cases, Pairs, Taken
from scheduler.days import FAR, Days, on_weekdays
from scheduler.engine import Pass, Problem
from scheduler.engine.reason import NO_RECORD, ON_TARGET, RECORDED, Reasons, among
from scheduler.reasons.labels import Labels
from scheduler.reasons.link_tables import line_of
from scheduler.reasons.links import CaseItems, LinkParts, Listed
from scheduler.rules.recorded import State
from scheduler.rules.spans import Spans
from scheduler.study.sites import Site

_BEYOND = 366 * 6  # days after the study closes on which a freed date is still looked for


class CaseBuilder:
    """The cases of some participants: which items there are, and what they forbid.

    `problem` is that of these participants only; reasons name rows of its spans. `cautious` counts
    what is uncertain against them (the permitted pass). `asked` are for each of them a node and a
    day that it is put on: the node and what it hangs off count as required ones.
    """

    def __init__(
        self, problem: Problem, people: Index, cautious: bool,
        asked: tuple[Index, Days] | None = None,
    ) -> None:  # fmt: skip
        seen = problem if cautious else problem.hopeful
        self.problem, self.cautious, self.asked = among(seen, people), cautious, asked
        self.owner, self.line = Pass(self.problem, cautious), line_of(self.problem)
        self.count = len(people)
        self._members = self._required()
        self._gather_spans()
        self.items = CaseItems(len(self._members), self._most_spans, len(self.problem.links))
        self._labels = Labels(self.problem, self.items)
        self.cases = self._cases()

    def reasons(self, case: Index, item: Index) -> Reasons:
        """The records of items, as columns."""
        labels, items, timeline = self._labels, self.items, self.problem.timeline
        found = labels.of(item)
        at = np.flatnonzero((item >= items.first_span) & (item < items.first_link))
        spans = self.owner.forbidden
        one = self._span_begins[case[at]] + item[at] - items.first_span
        rows, (first, last) = self._span_rows[self._firsts[one]], self._reach()
        found.name[at], found.node[at] = labels.rules[spans.rule[rows]], spans.node[rows]
        found.first[at], found.last[at] = first[one], last[one]
        found.span[at] = self._originals[rows]
        at = np.flatnonzero((item >= items.first_date) & (item < items.asked))
        who, node = case[at], found.node[at]
        ranged = timeline.earliest[who, node] < FAR
        found.first[at] = np.where(ranged, timeline.earliest[who, node], timeline.day[who, node])
        found.last[at] = np.where(ranged, timeline.latest[who, node], timeline.day[who, node])
        done = timeline.state[who, node] == State.DONE
        found.link[at] = np.where(ranged, NO_RECORD, np.where(done, RECORDED, ON_TARGET))
        if self.problem.pins is not None:
            at = np.flatnonzero(found.chosen)
            found.first[at] = found.last[at] = self.problem.pins[case[at], found.node[at]]
        at = np.flatnonzero(item == items.closure)
        found.name[at] = labels.sites[self.problem.cohort.site[case[at]]]
        return found

    def closed(self, case: int, day: int) -> bool:
        """Whether a participant's site is closed on a day; days far from the study are not."""
        place, closed = day - self.line.first, self.cases.closed[0, self.cases.calendar[case]]
        return bool(0 <= place < len(closed) and closed[place])

    def _required(self) -> Flags:
        """The required nodes, with those that are asked about and what they hang off."""
        members: Flags = self.owner.required.T.copy()
        anchors = np.array([node.anchor for node in self.problem.protocol.nodes], np.int64)
        case = np.arange(0 if self.asked is None else self.count)
        node = case if self.asked is None else self.asked[0]
        while len(case):
            members[node, case] |= self.owner.open[case, node]
            node, case = anchors[node], case[anchors[node] >= 0]
            node = node[node >= 0]
        return members

    def _gather_spans(self) -> None:
        """The forbidden ranges that matter, by case; each is an item of its case."""
        spans, every = self.owner.forbidden, self.problem.spans
        certain = every.certain & (every.certain_first <= every.certain_last)
        self._originals = np.flatnonzero(every.possible if self.cautious else certain)
        who, other = spans.participant, spans.other
        counted = self._members[spans.node, who]
        counted &= (other < 0) | self._members[other, who]
        rows = np.flatnonzero(counted)
        self._span_rows = rows = rows[np.argsort(who[rows], kind="stable")]
        together = np.array([r.traits.together for r in self.problem.protocol.rules], bool)
        own = (spans.exposure[rows] < 0) | together[spans.rule[rows]]
        alone = np.where(own, _stretches(spans.take(rows)), -1)
        # a clock time of a booking cuts the days of an exposure, which stays one reason
        self._firsts, self._exposure_of = distinct(
            who[rows], spans.rule[rows], spans.exposure[rows], spans.node[rows], other[rows], alone
        )
        begins = np.searchsorted(who[rows[self._firsts]], np.arange(self.count + 1))
        self._span_begins, self._most_spans = begins, int(np.diff(begins).max(initial=0))

    def _reach(self) -> tuple[Days, Days]:
        """The first and last forbidden day of every exposure, in whatever parts."""
        spans, rows, parts = self.owner.forbidden, self._span_rows, self._exposure_of
        first, last = spans.first[rows[self._firsts]], spans.last[rows[self._firsts]]
        np.minimum.at(first, parts, spans.first[rows])
        np.maximum.at(last, parts, spans.last[rows])
        return first, last

    def _cases(self) -> Cases:
        items, study = self.items, self.problem.protocol.study
        base, nodes = self.line.first, self.problem.protocol.nodes
        lows, highs = Listed(), Listed()
        self._pins(lows, highs)
        links = LinkParts(self.owner, self.line, self._members, items, lows, highs)
        self._ask(lows, highs)
        closes = study.last_day + _BEYOND
        last = closes + 400
        kinds = list(dict.fromkeys([(), *(node.weekdays for node in nodes)]))
        line = np.arange(base, last + 1)
        sites = [_closed_days(site, base, last) for site in self.problem.cohort.sites]
        closed = [[days | ~on_weekdays(line, kind) for days in sites] for kind in kinds]
        taken, pairs = self._taken()
        return Cases(
            self._members,
            # of equal bounds the first one counts; deletion tries what nobody can change first
            [(study.first_day - base, items.OPENS), (self.problem.as_of - base, items.AS_OF),
             (0, items.ALWAYS)],
            [(study.last_day - base, items.CLOSES), (closes - base, items.ALWAYS)],
            lows.bounds(self.count, items.nodes), highs.bounds(self.count, items.nodes),
            taken, np.array(closed, bool).reshape(len(kinds), -1, last - base + 1),
            self.problem.cohort.site,
            np.tile([[not node.any_day] for node in nodes], self.count),
            np.array([kinds.index(node.weekdays) for node in nodes], np.int64), links.pushes, pairs,
            self._rank(links.first_use), items.closure,
        )  # fmt: skip

    def _rank(self, first_use: Index) -> Index:
        """The order in which items are tried; a recorded date follows the link that needs it."""
        items = self.items
        rank = np.tile(np.arange(items.closure + 1)[:, None], self.count)
        rank[items.first_link : items.first_date] += np.arange(items.links)[:, None]
        rank[items.first_date : items.asked] = items.first_link + 2 * first_use + 1
        rank[items.asked :] += items.links * 2
        return rank

    def _pins(self, lows: Listed, highs: Listed) -> None:
        if self.problem.pins is None:
            return
        node, case = np.nonzero((self.problem.pins.T < FAR) & self._members)
        day = self.problem.pins[case, node] - self.line.first
        for listed in (lows, highs):
            listed.add(case, node, day, self.items.PINS + node, self.items.ALWAYS)

    def _ask(self, lows: Listed, highs: Listed) -> None:
        if self.asked is not None:
            (node, day), every = self.asked, np.arange(self.count)
            for listed in (lows, highs):
                asked, always = self.items.asked, self.items.ALWAYS
                listed.add(every, node, day - self.line.first, asked, always)

    def _taken(self) -> tuple[Taken, Pairs]:
        spans, rows, base = self.owner.forbidden, self._span_rows, self.line.first
        who = spans.participant[rows]
        item = self.items.first_span + self._exposure_of - self._span_begins[who]
        unary, begins = self._by_node(spans.node, np.flatnonzero(spans.other[rows] < 0))
        at = rows[unary]
        by_case = np.argsort(who[unary], kind="stable")
        taken = Taken(
            begins, spans.node[at], spans.first[at] - base, spans.last[at] - base, item[unary],
            by_case, np.searchsorted(who[unary][by_case], np.arange(self.count + 1)),
            np.bincount(spans.node[at], minlength=self.items.nodes) > 0,
        )  # fmt: skip
        both, begins = self._by_node(spans.other, np.flatnonzero(spans.other[rows] >= 0))
        at = rows[both]
        return taken, Pairs(
            begins, spans.node[at], spans.other_first[at] - base, spans.last[at] - base,
            spans.single[at], item[both],
        )  # fmt: skip

    def _by_node(self, node: Index, some: Index) -> tuple[Index, Index]:
        """Spans by node and case, and where those of each begin."""
        at = self._span_rows[some]
        key = node[at] * self.count + self.owner.forbidden.participant[at]
        order = np.argsort(key, kind="stable")
        edges = np.arange(self.count * len(self._members) + 1)
        return some[order], np.searchsorted(key[order], edges)


def _stretches(spans: Spans) -> Index:
    """A number for each stretch of days; pieces that touch in one rule are one stretch."""
    goes_on = np.append(False, spans.first[1:] == spans.last[:-1] + 1)[: len(spans)]
    for column in (spans.participant, spans.rule, spans.node):
        goes_on[1:] &= column[1:] == column[:-1]
    return np.cumsum(~goes_on)


@lru_cache(maxsize=256)
def _closed_days(site: Site, first: int, last: int) -> Flags:
    return site.closed_days(first, last)
