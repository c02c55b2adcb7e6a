"""Ages: "18-75 years", "aged 18 years and older", ">= 60 years of age" are limits, not lengths of
time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from scheduler.sources.phrases.numbers import FoundLength

_BEHIND = re.compile(
    r"\s*,?\s*\(?(?:old\b|of age\b|in age\b|and (?:older|above|over|up|under|younger|below)\b|or "
    r"(?:older|above|over|younger|"
    r"under|below)\b|or (?:more|greater|less) (?:of age|old)|at the time of (?:\w+ )?(?:consent|"
    r"screen|enrol|inclusion|signing)|\+? ?old|age\b|"
    r"\(?inclusive|to (?:less|more)[^.;]{0,20}(?:of age|old)|(?:and|to|-)\s*(?:<|<=|>|>=|under|"
    r"less than|up to|at most|no (?:more|older) than)?\s*"
    r"\d+\s*years?[- ](?:of age|old)|[- ]old)"
)
_AHEAD = re.compile(
    r"(?:\bage[ds]?\b|\bages\b|years of age|\bbirthday)[ a-z,:(]{0,14}(?:(?:must be|is|of|between|"
    r"from|range[sd]?|over|under|"
    r"above|below|at least|older than|younger than|greater than|less than|more than|equal to|or|"
    r"equals|/|than|the|limit|"
    r"years?|group|old|at|consent|screening|and|to|inclusive|participants?|ranging|minimum|"
    r"maximum)[ :,(]*){0,6}(?:\d+\s*(?:months?|weeks?|days?|years?)\s*(?:and|to|-)\s*)?[<>=]*\s*$"
)
_YOUNG = re.compile(
    r"(?:patients?|participants?|subjects?|adults?|children|adolescents?|males?|females?|men|"
    r"women|persons?|"
    r"individuals?|volunteers?|infants?|people|those|who are|patient is|be|are|is)\s*(?:,|aged?|"
    r"who are|must be|between|from|of)?\s*"
    r"(?:the ages of )?(?:between|from|over|under|above|below|older than|younger than|at least|"
    r"less than|greater than|"
    r">=?|<=?|>)\s*$"
)
_BORN = re.compile(r"\b(?:old|of age|in age|older|younger)\b")
_ELDER = re.compile(r"(?<!\bno )(?<!\bnot )(?:older|younger) than\s*$")
_NOT_AGE_BEHIND = re.compile(
    r"\s*(?:\([^)]*\))?\s*(?:prior|before|after|following|since|of (?!age)|from|preceding|"
    r"previously|ago|duration|post)"
)
# "6 months to 5 years": a range in two units.
_TO_MORE = re.compile(
    r"\s*(?:old|of age)?\s*(?:-|to|through)\s*(?:<=?\s*)?\d{1,3}\s*(?:years?|months?)"
)
_FROM_LESS = re.compile(
    r"\d\s*(?:days?|weeks?|months?|years?)\s*(?:old |of age )?(?:-|to|through)\s*(?:<=?\s*)?$"
)
_THOSE = re.compile(r"\bthose\s*(?:aged?|who are)?\s*$")
_SPAN = re.compile(r"\b(?:within|for|last|past|during|in|over)\s+(?:the )?$")
_GESTATION = re.compile(r"gestation\w*(?: age)?[ a-z<>=]{0,24}$")


_NEXT = re.compile(
    r"(?:\s*(?:old|of age))?\s*,?\s*(?:\([^()]{0,20}\))?\s*(?:and|to|but|or|-)\s*(?:(?:must be|is|"
    r"are|be|up) )?(?:(?:not|no) )?"
    r"(?:<=?|>=?|(?:under|older than|less than|younger than|below|over|up to|at most|more than|"
    r"greater than)(?: or equal to)?)?\s*"
)
_UNITLESS = re.compile(
    r"(?:\b(?P<ahead>under|below|over|above|younger than|older than|at least|less than) (?:the "
    r")?)?\bage[ds]?\b(?: of)?[\s:,(]*(?:(?:is|are|must be|be|of|between|from|range[sd]?|"
    r"patients?|participants?)[\s:]+)*"
    r"(?P<sign>[<>]=?|=>|over|above|under|below|at least|older than|younger than|greater than|"
    r"less than|more than|greater)?"
    r"(?: (?:than )?or equal to)?\s*(?P<low>\d{1,2})(?P<plus>\+)?(?:\s*(?:-|to|and|"
    r"through)\s*[<>]?=?\s*(?P<top>\d{1,3}))?"
    r"(?![\d./%]|[-\s]*(?:years?|yrs?|months?|weeks?|days?|hours?|mos?|y|cm|kg|mm|x|times|-)\b|"
    r"\s*(?:-|to|and)\s*\d)"
    r"(?P<behind>\s*(?:years?)?,? ?(?:and|or) (?:older|above|over|up|more|younger|below|under|"
    r"less))?"
)


def unitless_ages(
    lower: str, start: int, end: int
) -> Iterator[tuple[int, int, int | None, int | None]]:
    """Ages without a unit ("age 18-65", "aged 65 and older"): place, lowest, highest, in completed
    years."""
    for match in _UNITLESS.finditer(lower, start, end):
        low, top, sign = int(match["low"]), match["top"], match["sign"] or match["ahead"] or ""
        behind = match["behind"] or ""
        if top is not None:
            yield match.start(), match.end(), low, int(top)
        elif (
            re.search(r"older|above|over|up|more", behind)
            or match["plus"]
            or sign[:1] == ">"
            or sign
            in {
                "over",
                "above",
                "at least",
                "older than",
                "greater than",
                "greater",
                "more than",
                "=>",
            }
        ):
            yield match.start(), match.end(), low, None
        elif sign or behind:
            strict = sign in {"<", "under", "below", "younger than", "less than"}
            yield match.start(), match.end(), None, low - 1 if strict else low


def follows_age(between: str) -> bool:
    """Do these words carry on an age ("... 12 months and < 18 years")?"""
    return _NEXT.fullmatch(between) is not None


def is_age(lower: str, found: FoundLength, floor: int, ceiling: int) -> bool:
    """Does this length name an age, and not a span of time?"""
    if found.length.unit not in {"years", "months", "weeks", "days"}:
        return False
    ahead = lower[max(floor, found.start - 60) : found.start]
    behind = lower[found.end : min(ceiling, found.end + 60)]
    if _GESTATION.search(ahead):
        return False
    if _BEHIND.match(behind) and not re.match(
        r"\s*(?:or|and) (?:more|greater|less)\b(?! of age| old)", behind
    ):
        if re.match(r"\s*(?:and|or) (?:above|over|under|below)|\s*at the time", behind):
            return found.length.unit == "years"
        return True
    if _NOT_AGE_BEHIND.match(behind):
        return False
    least = found.length.least
    if (
        least is not None
        and found.length.unit == "years"
        and found.length.amount - least >= 8
        and not _SPAN.search(ahead)
    ):
        return True
    if _AHEAD.search(ahead) or _ELDER.search(ahead):
        return True
    if least is not None and found.length.unit == "years" and _THOSE.search(ahead):
        return True
    return found.length.unit == "years" and found.length.amount >= 12 and bool(_YOUNG.search(ahead))


def age_limits(lower: str, found: FoundLength, bound: str) -> tuple[int | None, int | None]:
    """Which lowest and highest age does it allow, in completed years or months as it is written?
    (None: no limit, or in other units.)

    "over 18" allows 18-year-olds: the age in completed years is the one that people mean.
    """
    length = found.length
    if length.unit not in {"years", "months"} or length.amount != int(length.amount):
        return None, None
    top = int(length.amount)
    if length.least is not None:
        return _whole(length.least), top
    if re.search(r"\bbetween\b[^.;]{0,25}\band\s*$", lower[max(0, found.start - 40) : found.start]):
        return None, top
    behind = lower[found.end : found.end + 40]
    ahead = lower[max(0, found.start - 30) : found.start]
    if _TO_MORE.match(behind):
        return top, None
    if _FROM_LESS.search(ahead):
        return None, top
    if "+" in lower[found.start : found.end] or re.match(
        r"\s*(?:old\b|of age\b)?,?\s*(?:and|or) (?:older|above|over|more|greater|up)|\s*\+|\+",
        behind,
    ):
        return top, None
    if re.match(r"\s*(?:old\b|of age\b)?,?\s*(?:and|or) (?:younger|below|under|less)", behind):
        return None, top
    if re.search(
        r"(?:under|below|before|less than|younger than|<)\s*(?:the )?ages? (?:of )?$", ahead
    ):
        return None, top - 1
    if re.search(
        r"(?:over|above|at least|more than|older than|>=?|after)\s*(?:the )?ages? (?:of )?$", ahead
    ):
        return top, None
    if bound == "at_most" or re.search(r"=<\s*$", ahead):
        return None, top
    if bound == "less_than" or re.search(r"(?:younger than|below)\s*$", ahead):
        return None, top - 1
    if bound in {"at_least", "more_than"} or re.search(r"(?:older than|above)\s*$", ahead):
        return top, None
    return None, None


def _whole(value: Decimal) -> int | None:
    return int(value) if value == int(value) else None
