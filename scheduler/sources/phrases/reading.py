"""Applies the grammar: every time phrase of a text, with what its words say."""

from __future__ import annotations

import re
from dataclasses import replace

from scheduler.sources.phrases import grammar as g
from scheduler.sources.phrases.ages import age_limits, follows_age, is_age
from scheduler.sources.phrases.joined import LONGER_OF, Reading, join_lengths
from scheduler.sources.phrases.numbers import FoundLength, find_lengths
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.relation import Direction, find_relation, read_direction
from scheduler.sources.phrases.sharing import share_relations
from scheduler.sources.phrases.sides import BEHIND_US, side_alone
from scheduler.sources.phrases.text import PlainText, plain, sentences
from scheduler.sources.phrases.untimed import untimed_phrases

_APPROX = rf"(?:(?:{g.APPROXIMATELY})\s+)?"
_LEAD = [
    (
        bound,
        re.compile(
            rf"(?:(?<![\w])|(?<=[<>=]))(?:{table})\s*(?:the |a |an |any )?(?:period of "
            rf")?{_APPROX}[(=]?\s*$"
        ),
    )
    for bound, table in g.LEADS
]
_PAST = re.compile(rf"(?<!\w)(?:{g.PAST})[\s-]+{_APPROX}(?:[<>]=?\s*)?$")
_FUTURE = re.compile(rf"(?<!\w)(?:{g.FUTURE})[\s-]+{_APPROX}$")
_FOR_THE = re.compile(r"\b(?:for|over)\s+(?:at least )?(?:the |this |these )?$")
_PAREN = re.compile(r"\s*,?\s*[(\[](?P<in>[^()\[\]]{0,90})[)\]]")
_AFTERWORDS = [(bound, re.compile(rf"\s*,?\s*(?:{table})(?!\w)")) for bound, table in g.AFTERWORDS]
_TELLING = re.compile(r"\s*(?:(?:the|a|an|their|his|her|any) )*\S+")

_SIGN = re.compile(r"[<>]=?\s*$")
_SIGNS = {"<": "less_than", "<=": "at_most", ">": "more_than", ">=": "at_least"}


def find_phrases(text: str) -> list[Phrase]:
    """Which time phrases stand in this text, in the order of their places?

    Source: docs/importing-registry.md; the words are the tables of `phrases`.
    """
    source = plain(text)
    found: list[Phrase] = []
    for start, end in sentences(source):
        inside = share_relations(_timed(source, start, end), source)
        inside += untimed_phrases(source, start, end, inside)
        found += sorted(inside, key=lambda phrase: phrase.start)
    return [_placed(source, phrase) for phrase in found]


def _placed(source: PlainText, phrase: Phrase) -> Phrase:
    start, end = source.origin(phrase.start, phrase.end)
    return replace(
        phrase,
        start=start,
        end=end,
        core=source.origin(*phrase.core),
        sentence=source.origin(*phrase.sentence),
    )


def _timed(source: PlainText, start: int, end: int) -> list[Phrase]:
    lower = source.lower
    lengths = list(find_lengths(lower, start, end, source.text))
    out: list[Phrase] = []
    place = 0
    floor = start
    while place < len(lengths):
        found = lengths[place]
        following = lengths[place + 1].start if place + 1 < len(lengths) else end
        carried = bool(out) and out[-1].kind == "age" and follows_age(lower[floor : found.start])
        if carried or is_age(lower, found, start, end):
            out.append(_age(source, found, floor, (start, end)))
            place, floor = place + 1, found.end
            continue
        reading, used = join_lengths(lower, lengths, place, end)
        place += used
        following = lengths[place].start if place < len(lengths) else end
        phrase = _interval(source, reading, floor, following, (start, end))
        if phrase is not None:
            out.append(phrase)
            floor = phrase.end
    return out


def _age(source: PlainText, found: FoundLength, floor: int, sentence: tuple[int, int]) -> Phrase:
    lead_at, bound = _lead(source.lower, floor, found.start)
    low, high = age_limits(source.lower, found, bound)
    in_months = found.length.unit == "months"
    return Phrase(
        lead_at,
        found.end,
        source.text[lead_at : found.end],
        (found.start, found.end),
        "age",
        (found.length,),
        bound=bound,
        age_min=None if in_months else low,
        age_max=None if in_months else high,
        age_min_months=low if in_months else None,
        age_max_months=high if in_months else None,
        sentence=sentence,
    )


def _lead(lower: str, floor: int, start: int) -> tuple[int, str]:
    """Where does the phrase begin, and how is its far end meant?"""
    ahead = lower[floor:start]
    for bound, pattern in _LEAD:
        match = pattern.search(ahead)
        if match:
            more = _LEAD[-1][1].search(ahead, 0, match.start()) if bound != "within" else None
            begin = more.start() if more else match.start()
            if bound == "more_than" and match[0].startswith("over the"):
                bound = "within"
            return floor + begin, bound
    return start, ""


def _interval(
    source: PlainText, reading: Reading, floor: int, following: int, sentence: tuple[int, int]
) -> Phrase | None:
    lower, first = source.lower, reading.first
    start, whichever = first.start, reading.whichever
    longer = LONGER_OF.search(lower, floor, start)
    if longer:
        start = longer.start()
        whichever = "shorter" if longer["way"] in {"shorter", "lesser", "smaller"} else "longer"
    past, future = _PAST.search(lower, floor, start), _FUTURE.search(lower, floor, start)
    side = past or future
    lead_at, bound = _lead(lower, floor, side.start() if side else start)
    if side:
        lead_at, bound = _side_lead(lower, floor, min(lead_at, side.start()), bound)
    inner = _SIGN.search(lower, floor, first.start)
    if past and inner:
        bound = _SIGNS[inner[0].strip()]
    tail, told = _afterword(lower, reading.tail, following)
    bound = told or bound
    ahead = lower[floor:lead_at]
    related = find_relation(lower, tail, following, bound)[0] not in {"", "of"}
    if first.article and not (bound or past or related):
        return None
    inner_past, inner_future = (
        first.side in BEHIND_US,
        bool(first.side) and first.side not in BEHIND_US,
    )
    sides = (bool(past) or inner_past, bool(future) or inner_future, ahead)
    found = read_direction(lower, tail, following, bound, *sides)
    if found.relation == "" and reading.others and not past:
        inside = read_direction(lower, first.end, reading.others[0].start, bound, *sides)
        found = replace(inside, end=max(found.end, tail))
    if found.direction == "unknown" and not found.relation:
        lead = lower[lead_at:start]
        alone = side_alone(lower, tail, lead, first.length.unit, ahead)
        if alone != "unknown":
            found = replace(found, direction=alone, ambiguous=True)
    kind = "interval" if found.direction != "unknown" or found.anchor != "none" else "length"
    return Phrase(
        lead_at,
        found.end,
        source.text[lead_at : found.end],
        _core(lower, reading, found, side),
        kind,
        (first.length, *(f.length for f in reading.others)),
        found.direction,
        found.relation,
        found.anchor,
        source.text[found.words[0] : found.words[1]],
        bound,
        whichever,
        found.ambiguous,
        sentence=sentence,
    )


def _side_lead(lower: str, floor: int, lead_at: int, bound: str) -> tuple[int, str]:
    """ "for the last", "over the past": the lead ahead of a word that told the side."""
    ahead = _FOR_THE.search(lower, floor, lead_at)
    near = "within" if bound in {"", "more_than"} else bound
    return (ahead.start() if ahead else lead_at), near


def _core(
    lower: str, reading: Reading, found: Direction, side: re.Match[str] | None
) -> tuple[int, int]:
    """From the length (or its "past") to the first telling word of the anchor."""
    start = side.start() if side else reading.first.start
    end = max(
        reading.first.end,
        *(other.end for other in reading.others),
        found.words[0] if found.relation else 0,
    )
    telling = _TELLING.match(lower, found.words[0], found.words[1]) if found.relation else None
    return start, max(end, telling.end() if telling else 0)


def _afterword(lower: str, tail: int, end: int) -> tuple[int, str]:
    for bound, pattern in _AFTERWORDS:
        match = pattern.match(lower, tail, end)
        if match:
            return match.end(), bound
    paren = _PAREN.match(lower, tail, end)
    if paren and not re.search(r"\b(?:prior|before|after)\b", paren["in"]):
        return paren.end(), ""
    return tail, ""
