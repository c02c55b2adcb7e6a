"""Age rules: the days before the lower birthday, and those from the upper one on.

Source: docs/semantics.md, section 3 ("Age").
"""

from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, Term, plus, roll
from scheduler.protocol import Protocol, Rule
from scheduler.rules.conditions import Applies
from scheduler.rules.counting import Counting
from scheduler.rules.spans import Spans, join_spans, no_spans


def birthday(birth: Days, age: Term, later: int) -> Days:
    """The day on which an age is completed, or the next age after it with `later` = 1.

    A birthday that does not exist falls on the 1st of the next month.
    """
    if age.months:
        return roll(birth, age.months + later * (1 if "month" in age.text else 12))
    return plus(birth, age.days + later * (7 if "week" in age.text else 1))


@dataclass(frozen=True, slots=True)
class AgeMaker:
    """Makes the spans of age rules; nobody needs to record anything in a history for them."""

    protocol: Protocol
    cohort: Cohort
    counting: Counting

    def spans(self, number: int, rule: Rule) -> Spans:
        """Two spans a participant: before the lower birthday, and from the upper one on."""
        verdict = self.counting.verdict(rule)
        who = np.flatnonzero(verdict != Applies.NO)
        first, last = self.cohort.birth_first[who], self.cohort.birth_last[who]
        applies = verdict[who] == Applies.YES
        node = self.protocol.index[rule.node]
        early, late, parts = np.full(len(who), -FAR), np.full(len(who), FAR), []
        if rule.age_min is not None:
            possible, certain = (plus(birthday(b, rule.age_min, 0), -1) for b in (last, first))
            parts.append((early, possible, np.where(certain <= -FAR, FAR, -FAR), certain))
        if rule.age_max is not None:
            possible, certain = (birthday(b, rule.age_max, 1) for b in (first, last))
            parts.append((possible, late, certain, np.where(certain >= FAR, -FAR, FAR)))
        nobody, true = np.full(len(who), -1, np.int64), np.ones(len(who), bool)
        return join_spans(
            [no_spans()]
            + [
                Spans(who, np.full(len(who), node), np.full(len(who), number), nobody,
                      *columns, true, applies, nobody, nobody, nobody, ~true)
                for columns in parts
            ]
        )  # fmt: skip

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """A history that is silent says nothing about an age."""
        return no_spans()
