"""Where a text names a length of time: "six (6) months", "2-4 weeks", "14 (+/-2) days", "5
half-lives"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from scheduler.sources.phrases.grammar import (
    APPROXIMATELY,
    NOT_TIME_AFTER,
    NOT_TIME_BEFORE,
    NUMBERS,
    RATE_AFTER,
    UNIT_ADJECTIVES,
    UNITS,
)
from scheduler.sources.phrases.record import PhraseLength

_WORDS = "|".join(
    sorted((re.escape(word).replace(r"\-", "[- ]") for word in NUMBERS), key=len, reverse=True)
)
_NUMBER = rf"(?:\d{{1,4}}(?:[.,]\d{{1,2}})?|(?:{_WORDS})(?![\w])|an?(?= )|half an?(?= ))"
_UNIT = "|".join(UNITS.values())
_TWICE = rf"(?:\s*[(\[]\s*(?:{_NUMBER}|\+\s?/\s?-\s?\d+|\u00b1\s?\d+)\s*[)\]])?"
_SPREAD = r"(?:\s*(?:\u00b1|\+\s?/\s?-)\s*\d+)?"
_LENGTH = re.compile(
    rf"(?<![\w.])(?:(?P<low>{_NUMBER}){_TWICE}\s*-?(?:(?P<lowunit>{_UNIT})(?![\w]))?(?: old| of "
    rf"age)?\s*(?:-|~|\bto\b|\bthrough\b|\band\b)\s*"
    rf"(?:{APPROXIMATELY})?(?:<=?|up to)?)?\s*(?P<num>{_NUMBER})\+?{_TWICE}{_SPREAD}\s*-?\s*(?:or "
    rf"(?:more|greater|longer|fewer|less) )?(?:(?:{UNIT_ADJECTIVES})[ -]+){{0,2}}"
    rf"(?P<unit>{_UNIT})(?![a-z\d])(?!-(?:dose|to)\b)(?!/m)"
)
_BARE_HALF_LIFE = re.compile(
    rf"(?<![\w])(?P<num>{_NUMBER})\s*(?:\S{{1,30}}\s{{1,3}}){{1,3}}?(?P<unit>half[- ]?lives)\b"
)
# "within the last year", "in the past month": one, though no number stands there.
_IMPLIED = re.compile(
    r"(?<!\w)(?:(?:last|past|previous|preceding|prior) (?P<num>(?P<unit>hour|day|week|month|year))"
    r"(?![\w])(?!(?:'s)? (?:of|dose))|the (?P<unit2>hour|day|week|month|year)(?: period)?"
    r"(?= (?:prior to|before|preceding|leading up to) ))"
)
_AND_RANGE = re.compile(
    r"\b(?:between|from|ages?|aged)\s*(?:the ages? )?(?:of )?(?:approximately |about "
    r")?(?:>=?)?\s*$"
)
_BEFORE = re.compile(NOT_TIME_BEFORE)
_AFTER = re.compile(NOT_TIME_AFTER)
_RATE = re.compile(RATE_AFTER)
_ARTICLES = {"a", "an"}


@dataclass
class FoundLength:
    """A length of time with its place in the plain text."""

    start: int
    end: int
    length: PhraseLength
    article: bool = False
    also: list[PhraseLength] = field(default_factory=list)


def find_lengths(lower: str, start: int, end: int) -> Iterator[FoundLength]:
    """Which lengths of time stand in this stretch of plain text, in order?"""
    place = start
    while place < end:
        match = _LENGTH.search(lower, place, end)
        half = _BARE_HALF_LIFE.search(lower, place, end)
        if half and (match is None or half.start() < match.start()) and not _has_unit(half[0]):
            match = half
        implied = _IMPLIED.search(lower, place, end)
        if implied and (match is None or implied.start() < match.start()):
            place = implied.end()
            if re.search(
                r"\b(?:within|in|during|over|for)(?: the| this)? $",
                lower[max(start, implied.start() - 12) : implied.start()],
            ):
                name = "unit" if implied["unit"] else "unit2"
                yield FoundLength(
                    implied.start(name), place, PhraseLength(Decimal(1), _unit(implied[name]))
                )
            continue
        if match is None:
            return
        found = _read(lower, match, start)
        place = match.end() if found else max(match.start("num") + 1, place + 1)
        if found:
            yield found


def _has_unit(text: str) -> bool:
    inner = text[: text.rfind("half")]
    return (
        re.search(rf"\d\s*(?:{_UNIT})\b|\b(?:days|weeks|months|years|or|and)\b", inner) is not None
    )


def _read(lower: str, match: re.Match[str], floor: int) -> FoundLength | None:
    start, low = match.start(), match.groupdict().get("low")
    if low is not None and (not _range_stands(lower, match) or low in _ARTICLES):
        start, low = match.start("num"), None
    while lower[start] == " ":
        start += 1
    before = lower[max(floor, start - 14) : start]
    if _BEFORE.search(before) and not before.endswith(("last ", "within-")):
        return None
    after = lower[match.end() : match.end() + 40]
    if _RATE.match(after) or (_AFTER.match(after) and not after.startswith((" before", " prior"))):
        return None
    unit = _unit(match["unit"])
    if match["unit"] in {"h", "d", "y"} and not re.search(
        r"\d\s?-?$", lower[start : match.start("unit")]
    ):
        return None
    amount = _number(match["num"])
    least = None if low is None else _number(low)
    if amount is None or (amount == 0 and not least):
        return None
    if "fortnight" in match["unit"]:
        amount, least = amount * 2, least and least * 2
    if least is not None and _unit(match.groupdict().get("lowunit") or match["unit"]) != unit:
        least = None
        start = match.start("num")
    if least is not None and least > amount:
        amount, least = least, amount
    return FoundLength(
        start, match.end(), PhraseLength(amount, unit, least), match["num"] in _ARTICLES
    )


def _range_stands(lower: str, match: re.Match[str]) -> bool:
    """Are the two numbers one range? "2 and 4 weeks" is one only behind "between"."""
    joint = lower[match.end("low") : match.start("num")]
    if not re.search(r"\band\b", joint) or "<" in joint:
        return True
    return (
        _AND_RANGE.search(lower[max(0, match.start() - 25) : match.start()].rstrip() + " ")
        is not None
    )


def _unit(text: str) -> str:
    for name, spelling in UNITS.items():
        if re.fullmatch(spelling, text):
            return name
    raise AssertionError(text)  # pragma: no cover - the pattern is built from the same table


def _number(text: str) -> Decimal | None:
    if text in _ARTICLES:
        return Decimal(1)
    if text.startswith("half"):
        return Decimal("0.5")
    word = re.sub(r"(twenty|thirty|forty|seventy) (?=\w)", r"\1-", text)
    if word in NUMBERS:
        return Decimal(NUMBERS[word])
    return Decimal(text.replace(",", ".")) if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else None
