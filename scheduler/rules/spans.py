"""The table of forbidden spans: one row a rule, an exposure and a node.

`first..last` holds all days that are forbidden for some choice of the unknown dates,
`sure_first..sure_last` those that are forbidden for every choice (empty where sure_first >
sure_last). Source: docs/semantics.md, section 3.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.days import FAR, Days

NO_EXPOSURE = -1


@dataclass(frozen=True, slots=True)
class Spans:
    """Forbidden days as columns.

    `possible` tells whether the span counts against the participant at all (it does not when the
    exposure is exempt or cleared), `certain` whether it counts beyond doubt: exemption, condition
    and judgement are all decided. `other` is the index of the `until` end of a from..until rule
    whose two ends are both open (else -1): then the days are those of `node` that are forbidden
    together with days of `other` from `other_first` (certainly: `other_certain`) on.
    """

    participant: Index
    node: Index
    rule: Index
    exposure: Index
    first: Days
    last: Days
    certain_first: Days
    certain_last: Days
    possible: Flags
    certain: Flags
    other: Index
    other_first: Days
    other_certain: Days
    single: Flags

    def __len__(self) -> int:
        return len(self.participant)

    def take(self, rows: Index | Flags) -> "Spans":
        """The named rows."""
        if rows.dtype == bool:
            if rows.all():
                return self
            rows = rows.nonzero()[0]
        return Spans(*(getattr(self, name)[rows] for name in self.__slots__))

    def between(self, begin: int, end: int) -> "Spans":
        """The rows from one place up to another one."""
        if end - begin == len(self):
            return self
        return Spans(*(getattr(self, name)[begin:end] for name in self.__slots__))


def join_spans(parts: list[Spans]) -> Spans:
    """All rows of several spans tables, one after another."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else no_spans()
    return Spans(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Spans.__slots__)
    )


def by_rule(spans: Spans, others: Iterable[Spans]) -> Spans:
    """Spans that stand rule after rule, with those of other rules, one rule each, in between."""
    parts, begin = [], 0
    for other in others:
        if len(other):
            end = int(spans.rule.searchsorted(other.rule[0]))
            parts += [spans.between(begin, end), other]
            begin = end
    return join_spans([*parts, spans.between(begin, len(spans))])


def real_spans(spans: Spans) -> Spans:
    """The spans that hold a day; a certain part that begins or ends nowhere holds none."""
    real = (spans.first <= spans.last) & (spans.first < FAR) & (spans.last > -FAR)
    spans = spans.take(real)
    nowhere = (spans.certain_first >= FAR) | (spans.certain_last <= -FAR)
    if not nowhere.any():
        return spans
    return replace(
        spans,
        certain_first=np.where(nowhere, FAR, spans.certain_first),
        certain_last=np.where(nowhere, -FAR, spans.certain_last),
    )


def no_spans() -> Spans:
    """No rows."""
    ints, flags = np.zeros(0, np.int64), np.zeros(0, bool)
    return Spans(
        ints, ints, ints, ints, ints, ints, ints, ints, flags, flags, ints, ints, ints, flags
    )
