"""Lengths that belong to one phrase: "4 weeks or 5 half-lives, whichever is longer", "2 months (60
days)"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.sources.phrases import grammar as g
from scheduler.sources.phrases.numbers import FoundLength

_WHICHEVER = re.compile(
    rf"[\s,(]*{g.WHICHEVER}(?P<way>{g.LONGER}|{g.SHORTER})(?: period| time| duration| one)?[\s,)]*"
)
_LONGER_WORD = re.compile(rf"(?:{g.LONGER})$")
LONGER_OF = re.compile(
    r"\b(?:the )?(?P<way>longer|greater|later|shorter|lesser|smaller) of:?\s+(?:either )?(?:at "
    r"least )?$"
)
_JOIN = re.compile(
    r"^[\s,]*(?P<p>[(\[])?[\s,]*(?:(?:or|and|/|;)[\s,]*)(?:for |within |in |of |the |any |a |last "
    r"|past |previous |prior |equivalent to |a period )*"
    r"(?:at least |a minimum of |less than |more than |greater than |fewer than |up to |<=?|"
    r">=?)?\s*$"
)
_JOIN_WORDS = re.compile(
    r"^(?:[\s(,]*(?:of|for)?[\w\s'/-]{0,60}?)[,\s(]*\bor\b[\s,]*(?:within |the |at least |a "
    r"minimum of |[<>]=?)*\s*$"
)


_RELATED = re.compile(
    r"\b(?:prior to|before|after|of (?:screening|random|enrol|first|the first|study)|following|"
    r"since|"
    r"preceding)\b"
)


@dataclass(frozen=True)
class Reading:
    """The words around one length, before they become a phrase."""

    first: FoundLength
    others: tuple[FoundLength, ...]
    whichever: str
    tail: int
    equal: bool = False


def join_lengths(
    lower: str, lengths: list[FoundLength], place: int, end: int
) -> tuple[Reading, int]:
    """Lengths that belong to one phrase: "4 weeks or 5 half-lives, whichever is longer", "2 months
    (60 days)"."""
    first = lengths[place]
    others: list[FoundLength] = []
    tail, used, equal, way = first.end, 1, False, ""
    while place + used < len(lengths):
        following = lengths[place + used]
        between = lower[tail : following.start]
        closing = re.match(r"\s*(?:,\s*)?(?P<way>)[)\]]", lower[following.end : following.end + 4])
        if (
            re.fullmatch(r"\s*[(\[](?:i\.e\.,? |or |=|equal to )?\s*", between)
            and closing
            and not others
        ):
            used, equal, tail = used + 1, True, following.end + closing.end()
            if following.length.unit == "half-lives" or "or" in between:
                equal = False
                others.append(following)
            continue
        if not _joins(lower, between, first, following, end):
            break
        others.append(following)
        used, tail = used + 1, following.end
    if "half-lives" in {f.length.unit for f in (first, *others)}:
        tail = _behind_drug(lower, tail, end)
    which = _WHICHEVER.match(lower, tail, end) or _behind_words(lower, tail, end, bool(others))
    if which:
        tail = which.end()
        way = "longer" if _LONGER_WORD.search(which["way"]) else "shorter"
    tail = _closed(
        lower, first.end, tail, lengths[place + used].start if place + used < len(lengths) else end
    )
    return Reading(first, tuple(others), way, tail, equal), used


def _closed(lower: str, start: int, tail: int, stop: int) -> int:
    """Behind the bracket that a second length left open: "28 days (or 5 half-lives for small
    molecules)"."""
    if lower.count("(", start, tail) <= lower.count(")", start, tail):
        return tail
    closing = re.compile(r"[^()]{0,60}\)").match(lower, tail, stop)
    return closing.end() if closing else tail


def _joins(lower: str, between: str, first: FoundLength, following: FoundLength, end: int) -> bool:
    if _JOIN.match(between):
        return _alternatives(lower, first, following, end)
    if not _JOIN_WORDS.match(between) or not _alternatives(lower, first, following, end):
        return False
    if not _RELATED.search(between):
        return True
    # "within 30 days of screening or 5 half-lives, whichever is longer": the words come at once.
    return _WHICHEVER.match(lower, _behind_drug(lower, following.end, end), end) is not None


def _alternatives(lower: str, first: FoundLength, following: FoundLength, end: int) -> bool:
    units = {first.length.unit, following.length.unit}
    behind = lower[following.end : min(end, following.end + 90)]
    stated = re.match(rf"[^.;]{{0,60}}?{g.WHICHEVER}(?:{g.LONGER}|{g.SHORTER})", behind)
    ahead = LONGER_OF.search(lower[max(0, first.start - 40) : first.start])
    return (len(units) == 2 and "half-lives" in units) or bool(stated or ahead)


def _behind_drug(lower: str, tail: int, end: int) -> int:
    drug = re.compile(
        r"\s+(?:of|for) (?:the |that |their |its |any |each |said )?(?:\w+[- ]){0,3}?(?:drugs?|"
        r"agents?|medications?|products?|compounds?|imp|ip|"
        r"therap(?:y|ies)|treatments?|substances?|medicines?)(?:\(s\))?"
    ).match(lower, tail, end)
    return drug.end() if drug and not re.match(r"\s+(?:study|first)", drug[0]) else tail


def _behind_words(lower: str, tail: int, end: int, wanted: bool) -> re.Match[str] | None:
    if not wanted:
        return None
    skip = re.compile(r"[\w\s'/)-]{0,50}?(?=[\s,(]+which ?ever)").match(lower, tail, end)
    if not skip or re.search(r"\b(?:prior|before|after|of|following)\b", skip[0]):
        return None
    return _WHICHEVER.match(lower, skip.end(), end)
