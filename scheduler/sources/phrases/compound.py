"""Lengths of two units: "36 + 6 weeks", "37 weeks 6 days", "24+0 to 33+6 weeks", "2 years 6
months"."""

from __future__ import annotations

import re
from decimal import Decimal

from scheduler.sources.phrases.record import PhraseLength

_WEEK = r"(?:weeks?|wks?)"


def _part(name: str) -> str:
    return (
        rf"(?P<{name}>\d{{1,2}})(?:"
        rf"\s?\+\s?(?P<{name}a>[0-6])(?:\s?/\s?7)?(?![\d.])(?:\s?{_WEEK})?|"
        rf"\s?{_WEEK},?\s?(?:(?:and|\+|&)\s?)?(?P<{name}b>[0-6])(?:\s?/\s?7)?\s?(?:days?|d)(?!\w)|"
        rf"[ -](?P<{name}c>[0-6])\s?/\s?7\s?{_WEEK})(?!\w)"
    )


_WEEKS = re.compile(rf"(?<![\w.])(?:{_part('low')}\s?(?:-|to|through|until|and)\s?)?{_part('top')}")
_YEARS = re.compile(r"(?<![\w.])(?P<years>\d{1,2})\s?years?,?\s(?P<months>\d{1,2})\s?months?(?!\w)")


def read_compound(lower: str, start: int, end: int) -> tuple[int, int, PhraseLength] | None:
    """The length of two units that begins at a place, or just ahead of it: where, and how long.

    Weeks and days become days (weeks where there are no days), years and months become months.
    """
    years = _YEARS.match(lower, start, end)
    if years is not None and int(years["months"]) < 12:
        months = int(years["years"]) * 12 + int(years["months"])
        return years.start(), years.end(), PhraseLength(Decimal(months), "months")
    weeks = _WEEKS.match(lower, start, end) or _ahead(lower, start, end)
    if weeks is None or not re.search(_WEEK, weeks[0]):
        return None
    low, top = (_days(weeks, name) for name in ("low", "top"))
    assert top is not None
    if top % 7 == 0 and (low is None or low % 7 == 0):
        least = None if low is None else Decimal(low // 7)
        return weeks.start(), weeks.end(), PhraseLength(Decimal(top // 7), "weeks", least)
    least = None if low is None else Decimal(low)
    return weeks.start(), weeks.end(), PhraseLength(Decimal(top), "days", least)


def _ahead(lower: str, start: int, end: int) -> re.Match[str] | None:
    """A match around a place: plain lengths begin at the second number of "36 + 6 weeks"."""
    floor = max(0, start - 20)
    if "+" not in lower[floor:start] and "/" not in lower[floor:start]:
        return None
    for place in range(floor, start):
        match = _WEEKS.match(lower, place, end)
        if match is not None and match.end() > start:
            return match
    return None


def _days(match: re.Match[str], name: str) -> int | None:
    if match[name] is None:
        return None
    days = next(d for d in (match[f"{name}{kind}"] for kind in "abc") if d is not None)
    return int(match[name]) * 7 + int(days)
