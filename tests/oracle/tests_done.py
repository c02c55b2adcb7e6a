"""Tests that expire: what the protocol asks of one, and on which days it was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .exposures import Row, cell, written_days
from .times import Interval, back, parse


@dataclass(frozen=True)
class Tested:
    """One test of the protocol with the rows of one participant."""

    raw: Mapping[str, Any]
    rows: list[Row]
    as_of: int

    def is_for(self, node: str) -> bool:
        """Does this node need it? A repeated visit stands for all of its occurrences."""
        named = self.raw["for"] if isinstance(self.raw["for"], list) else [self.raw["for"]]
        return node in named or node.partition("#")[0] in named

    @property
    def not_before(self) -> str:
        """The node before which no test counts; empty where there is none."""
        return str(self.raw.get("not_before") or "")

    @property
    def repeatable(self) -> bool:
        """Can it be made again?"""
        return self.raw.get("repeatable") not in (False, "no")

    @property
    def done(self) -> list[Interval]:
        """The days that each done test may have been on."""
        found = [written_days(cell(r, "date")) for r in self.rows if cell(r, "status") == "done"]
        return [(lo, min(hi, self.as_of)) for lo, hi in found]

    def is_valid(self, made: int, day: int) -> bool:
        """Is a test that was made on one day valid on another?"""
        return back(day, parse(self.raw["valid"])) <= made <= day

    def allows(self, day: int, closed: set[int], since: Interval, counts: bool, safe: bool) -> bool:
        """Is a test valid on this day, or can one be made for it?

        since: the day from which one possibly counts, and the day from which it certainly does;
        counts: one that was done can count at all.
        """
        possibly, certainly = since
        from_ = certainly if safe else possibly
        asked = all if safe else any
        for lo, hi in self.done if counts else ():
            if asked(made >= from_ and self.is_valid(made, day) for made in range(lo, hi + 1)):
                return True
        first = max(self.as_of, from_)
        return self.repeatable and any(
            self.is_valid(made, day) for made in range(first, day + 1) if made not in closed
        )
