"""The record of one time phrase, as the grammar reads it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class PhraseLength:
    """How long: an amount and its unit; `least` is the near end of a range such as 2-4 weeks."""

    amount: Decimal
    unit: str
    least: Decimal | None = None

    def __str__(self) -> str:
        """How would a protocol file write it? `4 weeks`; a range as `2-4 weeks`."""
        unit = self.unit
        if self.amount == 1 and self.least is None:
            unit = "half-life" if unit == "half-lives" else unit[:-1]
        near = "" if self.least is None else f"{self.least:f}-"
        return f"{near}{self.amount:f} {unit}"


@dataclass(frozen=True)
class Phrase:
    """One time phrase of a text: where it stands and what its words say, nothing more.

    `start` and `end` are offsets in the source text, end excluded. `core` is the part that a
    citation must hold (the lengths, or the words of a phrase without one). `kind` is `interval` (a
    length with a direction or an anchor), `length` (a length alone), `age`, `ever`, `vague` (a side
    and no number: "the past several months"), or `mention` (a milestone, no length). `direction` is
    `before`, `after`, `at`, `ever` or `unknown`. `bound` is `within`, `at_least`, `at_most`,
    `less_than`, `more_than` or empty. `whichever` is `longer`, `shorter` or empty. `ambiguous`
    marks a side that the words do not tell ("of", or no relation at all) and that was taken;
    `shared` marks a relation taken from a neighbour ("within 16 weeks or ... within 8 weeks of
    ...").
    """

    start: int
    end: int
    text: str
    core: tuple[int, int]
    kind: str
    lengths: tuple[PhraseLength, ...] = ()
    direction: str = "unknown"
    relation: str = ""
    anchor: str = "none"
    anchor_text: str = ""
    bound: str = ""
    whichever: str = ""
    ambiguous: bool = False
    shared: bool = False
    age_min: int | None = None
    age_max: int | None = None
    age_min_months: int | None = None
    age_max_months: int | None = None
    sentence: tuple[int, int] = (0, 0)


def age_limits_of(phrase: Phrase) -> tuple[int | None, ...]:
    """Lowest and highest age in years, then in months; None where a phrase gives no such limit."""
    return phrase.age_min, phrase.age_max, phrase.age_min_months, phrase.age_max_months
