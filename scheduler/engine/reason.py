"""What stands against a participant: one record a reason, and many of them as columns.

The records say what an item of a case is: a rule with its exposure, a gap or window, a closed day,
a recorded date, or a bound of the study.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days
from scheduler.engine.problem import Problem

ON_TARGET, RECORDED, NO_RECORD = range(3)  # how a date stands: in `link` of reasons of that kind
KINDS = ("rule", "gap", "window", "closure", "date", "bound")


@dataclass(frozen=True, slots=True)
class Reason:
    """What one item of a case is; `span` is a row of the problem's spans, `link` of its links.

    Of a date `link` says how it stands; one without a record lies somewhere from `first` to `last`.
    """

    kind: str  # of KINDS
    name: str
    node: int
    first: int = FAR
    last: int = FAR
    span: int = -1
    link: int = -1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Many reasons as columns: `kind` in KINDS, `name` in `names` (which are sorted)."""

    names: Sequence[str]
    kind: Index
    name: Index
    node: Index
    first: Days
    last: Days
    span: Index
    link: Index
    chosen: Flags  # a day that a node is set to for a what-if

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def columns(self) -> tuple[Index, ...]:
        """The columns that tell two reasons apart."""
        return (
            self.kind, self.name, self.node, self.first, self.last, self.span, self.link,
            self.chosen.astype(np.int64),
        )  # fmt: skip

    def take(self, rows: Index) -> "Reasons":
        """The named rows."""
        return Reasons(
            self.names, self.kind[rows], self.name[rows], self.node[rows], self.first[rows],
            self.last[rows], self.span[rows], self.link[rows], self.chosen[rows],
        )  # fmt: skip

    def at(self, row: int) -> Reason:
        """One of them as a record."""
        return Reason(
            KINDS[self.kind[row]], self.names[self.name[row]], int(self.node[row]),
            int(self.first[row]), int(self.last[row]), int(self.span[row]), int(self.link[row]),
            "set" if self.chosen[row] else "",
        )  # fmt: skip


def among(problem: Problem, people: Index) -> Problem:
    """The problem of some participants, so that their reasons cost nothing for the others.

    The exposures stay those of the whole cohort: spans name them by their place there.
    """
    cohort, spans = problem.cohort, problem.spans
    place = np.full(len(cohort), -1, np.int64)
    place[people] = np.arange(len(people))
    alone = len(people) == 1  # then comparing is far quicker
    mine = spans.participant == people if alone else np.isin(spans.participant, people)
    spans = spans.take(np.flatnonzero(mine))
    sites, site = np.unique(cohort.site[people], return_inverse=True)
    return replace(
        problem,
        cohort=replace(
            cohort,
            ids=cohort.ids[people],
            birth_first=cohort.birth_first[people],
            birth_last=cohort.birth_last[people],
            site=site,
            sites=[cohort.sites[i] for i in sites.tolist()],
            ended=cohort.ended[people],
            ended_day=cohort.ended_day[people],
            attributes={name: values[people] for name, values in cohort.attributes.items()},
        ),
        timeline=problem.timeline.take(people),
        spans=replace(spans, participant=place[spans.participant]),
        pins=None if problem.pins is None else problem.pins[people],
        other=None if problem.other is None else among(problem.other, people),
    )
