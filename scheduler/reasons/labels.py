"""What the items of a case are called, as far as that is the same for all participants."""

import numpy as np

from scheduler.arrays import Index
from scheduler.days import FAR
from scheduler.engine.problem import Problem
from scheduler.engine.reason import KINDS, Reasons
from scheduler.reasons.links import CaseItems

_RULE, _CLOSURE, _DATE, _BOUND = (KINDS.index(k) for k in ("rule", "closure", "date", "bound"))


class Labels:
    """One record an item; `rules` and `sites` are the places of their names."""

    def __init__(self, problem: Problem, items: CaseItems) -> None:
        protocol = problem.protocol
        rules = [rule.id for rule in protocol.rules]
        sites = [site.id or "site" for site in problem.cohort.sites]
        nodes = [node.name for node in protocol.nodes]
        links = [link.id for link in problem.links]
        bounds = ["as_of", "study_opens", "study_closes"]
        self.names = sorted({*rules, *sites, *nodes, *links, *bounds})
        self._place = {name: place for place, name in enumerate(self.names)}
        self.rules, self.sites = self._places(rules), self._places(sites)
        self._all = self._blank(items.closure + 1)
        self._bounds(problem, items, bounds)
        every, all_ = np.arange(items.nodes), self._all
        for first in (items.PINS, items.first_date):
            some = slice(first, first + items.nodes)
            all_.kind[some], all_.node[some], all_.name[some] = _DATE, every, self._places(nodes)
        all_.chosen[items.PINS : items.PINS + items.nodes] = True
        some = slice(items.first_link, items.first_date)
        all_.kind[some] = [KINDS.index(link.kind) for link in problem.links]
        all_.node[some] = [min(link.end, items.nodes - 1) for link in problem.links]
        all_.name[some], all_.link[some] = self._places(links), np.arange(items.links)
        all_.kind[items.first_span : items.first_link] = _RULE
        all_.kind[items.asked :] = _CLOSURE

    def of(self, item: Index) -> Reasons:
        """The records of some items."""
        return self._all.take(item)

    def _places(self, names: list[str]) -> Index:
        return np.array([self._place[name] for name in names], np.int64)

    def _blank(self, count: int) -> Reasons:
        zeros, far, none = (np.full(count, value, np.int64) for value in (0, FAR, -1))
        return Reasons(
            self.names, zeros, zeros.copy(), none, far, far.copy(), none.copy(), none.copy(),
            np.zeros(count, bool),
        )  # fmt: skip

    def _bounds(self, problem: Problem, items: CaseItems, names: list[str]) -> None:
        some = [items.AS_OF, items.OPENS, items.CLOSES]
        self._all.kind[some], self._all.name[some] = _BOUND, self._places(names)
        self._all.first[some[:2]] = problem.as_of, problem.protocol.study.first_day
        self._all.last[items.CLOSES] = problem.protocol.study.last_day
