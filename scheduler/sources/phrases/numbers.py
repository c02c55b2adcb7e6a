"""Where a text names a length of time: "six (6) months", "2-4 weeks", "14 (+/-2) days", "5
half-lives"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from scheduler.sources.phrases.compound import read_compound
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
from scheduler.sources.phrases.sides import SIDES

_WORDS = "|".join(
    sorted((re.escape(word).replace(r"\-", "[- ]") for word in NUMBERS), key=len, reverse=True)
)
_NUMBER = rf"(?:\d{{1,4}}(?:[.,]\d{{1,2}})?|(?:{_WORDS})(?![\w])|an?(?= )|half an?(?= ))"
_UNIT = "|".join(UNITS.values())
_TWICE = rf"(?:\s*[(\[]\s*(?:{_NUMBER}|\+\s?/\s?-\s?\d+|\u00b1\s?\d+)\s*[)\]])?"
_SPREAD = r"(?:\s*(?:\u00b1|\+\s?/\s?-)\s*\d+)?"
# A number may be glued to the word ahead of it: "less than10 days".
_FRONT = r"(?:(?<![\w.])|(?<=than)|(?<=within)|(?<=least)|(?<=past)|(?<=last)|(?<=about))"
_LENGTH = re.compile(
    rf"{_FRONT}(?:(?P<low>{_NUMBER}){_TWICE}\s*-?(?:(?P<lowunit>{_UNIT})(?![\w]))?(?: old| of "
    rf"age)?\s*(?:-|~|\bto\b|\bthrough\b|\band\b)\s*"
    rf"(?:{APPROXIMATELY})?(?:<=?|up to)?)?\s*(?P<num>{_NUMBER})\+?{_TWICE}{_SPREAD}\s*-?\s*(?:or "
    rf"(?:more|greater|longer|fewer|less) )?(?:(?P<side>{SIDES})[ -]+)?"
    rf"(?:(?:{UNIT_ADJECTIVES})[ -]+){{0,2}}"
    rf"(?P<unit>{_UNIT})(?![a-z\d])(?!-(?:dose|to)\b)(?!/m)"
)
_BARE_HALF_LIFE = re.compile(
    rf"(?<![\w])(?P<num>{_NUMBER})\s*(?:\S{{1,30}}\s{{1,3}}){{1,3}}?(?P<unit>half[- ]?lives)\b"
)
# "within the last year", "(past month)": one, though no number stands there.
_IMPLIED = re.compile(
    rf"(?<!\w)(?:(?P<side>{SIDES})[ -]+(?P<num>(?P<half>half[ -](?:an?[ -])?)?"
    r"(?P<unit>hour|day|week|month|year))"
    r"(?![\w])(?!(?:'s)? (?:of|dose))|the (?P<unit2>hour|day|week|month|year)(?: period)?"
    r"(?= (?:prior to|before|preceding|leading up to) ))"
)
_IMPLIED_LEAD = re.compile(r"\b(?:within|in|during|over|for)(?: the| this)? $")
_AND_RANGE = re.compile(
    r"\b(?:between|from|ages?|aged)\s*(?:the ages? )?(?:of )?(?:approximately |about "
    r")?(?:>=?)?\s*$"
)
_LISTED = re.compile(
    r"(?<![\w.,/+-])(?P<all>(?:\d{1,3}(?:\.\d)?\s*(?:,\s*(?:(?:and|or)\b)?|\band\b|\bor\b)\s*){1,8})$"
)
_BEFORE = re.compile(NOT_TIME_BEFORE)
_AFTER = re.compile(NOT_TIME_AFTER)
_RATE = re.compile(RATE_AFTER)
_SPREAD_AHEAD = re.compile(r"(?:\u00b1|\+\s?/\s?-)\s*$")
_DIMENSION = re.compile(
    r"\s*-?\s*(?:ultra|echo|imag|print|conform|ct\b|model|recon|radi|scan|map|tomo|view|trans|mri)"
)
_ARTICLES = {"a", "an"}
_FAR_BACK = 40


@dataclass
class FoundLength:
    """A length of time with its place in the plain text; `side` is a word inside it ("6 previous
    months")."""

    start: int
    end: int
    length: PhraseLength
    article: bool = False
    also: list[PhraseLength] = field(default_factory=list)
    side: str = ""


class _Ahead:
    """The next match of a pattern from a place on; each stretch of the text is searched once."""

    def __init__(self, pattern: re.Pattern[str], lower: str, end: int) -> None:
        self._pattern, self._lower, self._end = pattern, lower, end
        self._match: re.Match[str] | None = None
        self._from = -1

    def at(self, place: int) -> re.Match[str] | None:
        if self._from < 0 or (self._match is not None and self._match.start() < place):
            self._from, self._match = place, self._pattern.search(self._lower, place, self._end)
        return self._match


def find_lengths(lower: str, start: int, end: int, text: str = "") -> Iterator[FoundLength]:
    """Which lengths of time stand in this stretch of plain text, in order?

    `text` is the same text with its capital letters: "3D" is no length.
    """
    place = start
    lengths, halves, implied = (
        _Ahead(pattern, lower, end) for pattern in (_LENGTH, _BARE_HALF_LIFE, _IMPLIED)
    )
    while place < end:
        match, half, one = lengths.at(place), halves.at(place), implied.at(place)
        if half and (match is None or half.start() < match.start()) and not _has_unit(half[0]):
            match = half
        if one and (match is None or one.start() < match.start()):
            place = one.end()
            yield from _one(lower, one, start)
            continue
        if match is None:
            return
        compound = read_compound(lower, match.start(), end)
        if compound is not None:
            place = compound[1]
            yield FoundLength(*compound)
            continue
        found = _read(lower, match, start, text)
        place = match.end() if found else max(match.start("num") + 1, place + 1)
        if found:
            yield from _listed(lower, found[0], max(start, found[0].start - _FAR_BACK))
            yield from found


def _one(lower: str, match: re.Match[str], floor: int) -> Iterator[FoundLength]:
    """ "the last year", where the words ahead of it, or "past" and "next" alone, make it a time."""
    led = _IMPLIED_LEAD.search(lower[max(floor, match.start() - 12) : match.start()])
    side, unit = match["side"] or "", match["unit"] or match["unit2"]
    alone = side == "past" or (side in {"next", "coming", "upcoming"} and unit != "day")
    shut = side == "last" and unit != "day" and lower[max(floor, match.start() - 1)] == "("
    if led or alone or shut:
        amount = Decimal("0.5") if match["half"] else Decimal(1)
        name = "num" if match["unit"] else "unit2"
        yield FoundLength(match.start(name), match.end(), PhraseLength(amount, _unit(unit)))


def _listed(lower: str, found: FoundLength, floor: int) -> Iterator[FoundLength]:
    """The numbers that share a unit with the last of a list: "3, 6 and 12 months"."""
    match = _LISTED.search(lower, floor, found.start)
    if match is None or not re.search(r"\b(?:and|or)\b", match["all"]):
        return
    if _BEFORE.search(lower[max(0, match.start() - 14) : match.start()]):
        return
    if _AND_RANGE.search(lower[max(0, match.start() - 25) : match.start()].rstrip() + " "):
        return
    places = [
        (place.start(), place.end(), Decimal(place[0]))
        for place in re.compile(r"\d+(?:\.\d)?").finditer(lower, match.start(), match.end())
    ]
    amounts = [amount for *_, amount in places] + [found.length.least or found.length.amount]
    if all(a < b for a, b in pairwise(amounts)) and amounts[0] > 0:
        for first, last, amount in places:
            yield FoundLength(first, last, PhraseLength(amount, found.length.unit))


def _has_unit(text: str) -> bool:
    inner = text[: text.rfind("half")]
    return (
        re.search(rf"\d\s*(?:{_UNIT})\b|\b(?:days|weeks|months|years|or|and)\b", inner) is not None
    )


def _read(lower: str, match: re.Match[str], floor: int, text: str) -> list[FoundLength]:
    """The length that a match names, after one in another unit ahead of it; [] where it is none."""
    start, low = match.start(), match.groupdict().get("low")
    if low is not None and (not _range_stands(lower, match) or low in _ARTICLES):
        start, low = match.start("num"), None
    while lower[start] == " ":
        start += 1
    if not _is_time(lower, match, start, floor) or _is_dimension(lower, match, start, text):
        return []
    unit = _unit(match["unit"])
    amount = _number(match["num"])
    least = None if low is None else _number(low)
    if amount is None or (amount == 0 and not least):
        return []
    if "fortnight" in match["unit"]:
        amount, least = amount * 2, least and least * 2
    side, article = match.groupdict().get("side") or "", match["num"] in _ARTICLES
    other = _unit(match.groupdict().get("lowunit") or match["unit"])
    if least is not None and other != unit:
        ahead = FoundLength(start, match.end("lowunit"), PhraseLength(least, other))
        here = FoundLength(match.start("num"), match.end(), PhraseLength(amount, unit), article)
        return [ahead, here]
    if least is not None and least > amount:
        amount, least = least, amount
    return [FoundLength(start, match.end(), PhraseLength(amount, unit, least), article, side=side)]


def _is_time(lower: str, match: re.Match[str], start: int, floor: int) -> bool:
    """Whether the words around a number and its unit let it be a length of time."""
    before = lower[max(floor, start - 14) : start]
    if _SPREAD_AHEAD.search(before):
        return False
    if _BEFORE.search(before) and not before.endswith(("last ", "within-", *_GLUED)):
        return False
    after = lower[match.end() : match.end() + 40]
    if _RATE.match(after):
        return False
    return not _AFTER.match(after) or after.startswith((" before", " prior"))


_GLUED = ("than", "within", "least", "past", "last", "about")


def _is_dimension(lower: str, match: re.Match[str], start: int, text: str) -> bool:
    """Whether one letter behind a number is no unit of time: "3D", "1.5 D", "3d ultrasound"."""
    letter, place = match["unit"], match.start("unit")
    if letter not in {"h", "d", "y"}:
        return False
    if not re.search(r"\d\s?-?$", lower[start:place]):
        return True
    capital = letter == "d" and text[place : place + 1] == "D"
    broken = letter == "d" and re.search(r"[.,]", match["num"]) is not None
    return capital or broken or (letter == "d" and bool(_DIMENSION.match(lower, match.end())))


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
