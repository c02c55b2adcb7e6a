"""The citation of a time phrase: at most twelve of the text's own words, enough to know it by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scheduler.sources.findings import one_line
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.text import plain
from scheduler.sources.registry.criteria import Criterion
from scheduler.yaml_text.writing import Plain

MOST_WORDS = 12
_FURTHER = 200
_MARK = re.compile(
    r"(?:[-*#\u2022\u25cf\u25e6\u00b7\u25aa]+|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)])$"
)

Used = dict[tuple[str, int, str], int]


def source_of(
    text: str, phrase: Phrase, criterion: Criterion | None, used: Used | None = None
) -> dict[str, Plain]:
    """The citation of a phrase: its section, its criterion, and its words with those ahead of it.

    `used` counts the citations given so far: no two are the same, so that each item can be told
    from the others. Where even the words around a phrase are the same, its place is counted.
    """
    section, number = (criterion.section, criterion.number) if criterion else ("", 0)
    taken = {} if used is None else used
    found = ""
    for found in _wordings(text, phrase, criterion):
        if (section, number, found) not in taken:
            break
    place = taken[section, number, found] = taken.get((section, number, found), 0) + 1
    own = section if place == 1 else f"{section or 'criteria'}, place {place} of these words"
    source: dict[str, Plain] = {"ref": "registry"}
    if own:
        source["section"] = own
    if criterion is not None:
        source["item"] = number
    return source | {"phrase": found}


def _wordings(text: str, phrase: Phrase, criterion: Criterion | None) -> Iterator[str]:
    """Stretches of twelve words that hold a phrase: with those ahead of it, then further on."""
    start = max(phrase.sentence[0], criterion.start if criterion else 0)
    start = min(_near(text, start, phrase.start), phrase.start)
    end = min(max(phrase.sentence[1], phrase.end), phrase.end + _FURTHER)
    whole = plain(text[start:end]).text.split()
    first = len(plain(text[start : phrase.core[0]] + "x").text.split()) - 1
    last = len(plain(text[start : phrase.core[1]]).text.split())
    told = len(plain(text[start : phrase.end]).text.split())
    while whole and first > 0 and _MARK.match(whole[0]):
        whole, first, last, told = whole[1:], first - 1, last - 1, told - 1
    if end < phrase.sentence[1]:
        whole = whole[:-1]  # the last word may be cut
    if last - first > MOST_WORDS:
        yield one_line(" ".join(whole[first : first + MOST_WORDS]))
        return
    stops = [max(last, min(told, first + MOST_WORDS)), *range(last, first + MOST_WORDS + 1)]
    for stop in dict.fromkeys(min(stop, len(whole)) for stop in stops):
        yield one_line(" ".join(whole[max(0, stop - MOST_WORDS) : stop]))


def _near(text: str, start: int, place: int) -> int:
    """The beginning of the words near a place: a sentence can be far longer than a citation."""
    if place - start <= _FURTHER:
        return start
    blank = text.find(" ", place - _FURTHER, place)
    return place if blank < 0 else blank
