"""Holds a protocol's citations against the text they were taken from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scheduler.sources.findings import one_line
from scheduler.sources.phrases.reading import find_phrases
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.text import PlainText, plain
from scheduler.sources.registry.record import prose

_WORD = re.compile(r"\w+")
_SENTENCE = 300


@dataclass(frozen=True)
class Missing:
    """A cited phrase that does not stand in the source; `nearest` is the source's most similar
    sentence."""

    item: str
    phrase: str
    nearest: str


@dataclass(frozen=True)
class Uncovered:
    """A time phrase of the source that no item and no note cites. `line` counts from 1 in the text
    held against."""

    phrase: str
    sentence: str
    line: int
    kind: str


@dataclass(frozen=True)
class Repeated:
    """Words for a time that stand in the source more often than items cite them: one of the places
    may be missed."""

    phrase: str
    places: int
    items: tuple[str, ...]


@dataclass(frozen=True)
class Citations:
    """What the check found. `mentions` are uncited milestones without a length ("at screening"):
    told, never a fault."""

    cited: int
    time_phrases: int
    missing: tuple[Missing, ...]
    uncovered: tuple[Uncovered, ...]
    repeated: tuple[Repeated, ...]
    mentions: tuple[Uncovered, ...]

    @property
    def complete(self) -> bool:
        """Is every citation in the source, and every time phrase of the source cited?"""
        return not self.missing and not self.uncovered

    def lines(self) -> list[str]:
        """The result as sentences for a terminal, worst first."""
        said = [
            f'{m.item}: the source does not say "{m.phrase}"; nearest: "{m.nearest}"'
            for m in self.missing
        ]
        said += [
            f'line {u.line}: no item and no note cites "{u.phrase}" in: {u.sentence}'
            for u in self.uncovered
        ]
        said += [
            f'"{r.phrase}" stands at {r.places} places and is cited by {", ".join(r.items)}: is '
            f"each place meant?"
            for r in self.repeated
        ]
        said.append(
            f"{self.cited} citations, {len(self.missing)} not in the source; {self.time_phrases} "
            f"time phrases in the "
            f"source, {len(self.uncovered)} not covered; {len(self.mentions)} uncited mentions of "
            f"a milestone without a length"
        )
        return said


def check_citations(items: Iterable[tuple[str, str]], text: str | bytes) -> Citations:
    """Does every cited phrase stand in the source, and is every time phrase of the source cited?

    `items` are pairs of an item's id and the phrase it cites; notes count as items. `text` is a
    registry record (JSON or page text) or any plain text. Blanks, line ends, backslash escapes,
    HTML entities, the kinds of dash and quotation mark, capital letters, and the spelling of <=
    and >= make no difference. A citation covers a time phrase when it holds its length, the word
    that gives the direction, and the first word of its anchor.
    Raises: ImportRefused for text that cannot be read at all.
    """
    pairs = [(str(item), str(phrase)) for item, phrase in items]
    whole = prose(text)
    source = plain(whole)
    haystack = source.lower.replace("\n", " ")
    occurrences = {phrase: _occurrences(haystack, phrase) for _, phrase in pairs}
    missing = [Missing(i, p, _nearest(source, p)) for i, p in pairs if not occurrences[p]]
    cited = [
        (item, phrase, (source.origin(*span)))
        for item, phrase in pairs
        for span in occurrences[phrase]
    ]
    found = [_field_age(whole, phrase) for phrase in find_phrases(whole)]
    timed = [phrase for phrase in found if phrase.kind != "mention"]
    uncovered = [p for p in timed if not _covering(p, cited) and not _age_told(p, timed, cited)]
    mentions = [p for p in found if p.kind == "mention" and not _covering(p, cited)]
    return Citations(
        len(pairs),
        len(timed),
        tuple(missing),
        tuple(_uncovered(whole, p) for p in uncovered),
        tuple(_repeated(timed, cited)),
        tuple(_uncovered(whole, p) for p in mentions),
    )


Cited = tuple[str, str, tuple[int, int]]


def _occurrences(haystack: str, phrase: str) -> list[tuple[int, int]]:
    needle = " ".join(plain(phrase).lower.split())
    spans: list[tuple[int, int]] = []
    place = haystack.find(needle) if needle else -1
    while place >= 0:
        end = place + len(needle)
        if _whole(haystack, place, end):
            spans.append((place, end))
        place = haystack.find(needle, place + 1)
    return spans


def _whole(haystack: str, start: int, end: int) -> bool:
    """Not the tail of a longer word or number: "3 months" is not in "13 months" nor in "1.3
    months"."""
    ahead, behind = haystack[max(0, start - 2) : start], haystack[end : end + 2]
    if haystack[start].isalnum() and re.search(r"\w$|\d[.,]$", ahead):
        return False
    # Registry pages glue the next item's letter to the last word: "3 x ULNc) Total bilirubin".
    return (
        not (haystack[end - 1].isalnum() and behind[:1].isalnum())
        or re.match(r"[a-z]\)", behind) is not None
    )


def _covering(phrase: Phrase, cited: list[Cited]) -> set[tuple[str, str]]:
    return {
        (item, words)
        for item, words, (start, end) in cited
        if start <= phrase.core[0] and phrase.core[1] <= end
    }


def _age_told(phrase: Phrase, timed: list[Phrase], cited: list[Cited]) -> bool:
    """An age that stands in two places (criteria and field) is told when one of them is cited;
    another age is not."""
    if phrase.kind != "age" or (phrase.age_min is None and phrase.age_max is None):
        return False
    told = [other for other in timed if other.kind == "age" and _covering(other, cited)]
    low = phrase.age_min is None or any(other.age_min == phrase.age_min for other in told)
    high = phrase.age_max is None or any(other.age_max == phrase.age_max for other in told)
    return low and high


def _field_age(text: str, phrase: Phrase) -> Phrase:
    """The page's own field ("Minimum Eligible Age", then "18 Years") is an age, though nothing in
    its line says so."""
    ahead = re.search(
        r"^[ \t]*(minimum|maximum)[^\n]{0,20}\bage[ \t]*:?\s*\Z",
        text[max(0, phrase.start - 80) : phrase.start],
        re.I | re.M,
    )
    if phrase.kind != "length" or ahead is None or phrase.lengths[0].unit != "years":
        return phrase
    limit = int(phrase.lengths[0].amount)
    if ahead[1].lower() == "minimum":
        return replace(phrase, kind="age", age_min=limit)
    return replace(phrase, kind="age", age_max=limit)


def _repeated(timed: list[Phrase], cited: list[Cited]) -> list[Repeated]:
    groups: dict[str, list[Phrase]] = {}
    for phrase in timed:
        groups.setdefault(" ".join(phrase.text.lower().split()), []).append(phrase)
    out = []
    for members in groups.values():
        citing = set().union(*(_covering(member, cited) for member in members))
        if citing and len(citing) < len(members):
            out.append(
                Repeated(
                    one_line(members[0].text),
                    len(members),
                    tuple(sorted({item for item, _ in citing})),
                )
            )
    return out


def _uncovered(text: str, phrase: Phrase) -> Uncovered:
    shown = one_line(plain(text[phrase.start : phrase.end]).text)
    sentence = one_line(plain(text[slice(*phrase.sentence)]).text, _SENTENCE)
    return Uncovered(shown, sentence, text.count("\n", 0, phrase.start) + 1, phrase.kind)


def _nearest(source: PlainText, phrase: str) -> str:
    """The line of the source that shares the most words with a phrase, weighing rare words more."""
    wanted = set(_WORD.findall(phrase.lower()))
    pieces = [piece for piece in re.split(r"\n|(?<=[.;])\s", source.text) if piece.strip()]
    frequency = Counter(word for piece in pieces for word in set(_WORD.findall(piece.lower())))
    best = max(
        pieces,
        key=lambda piece: sum(
            1 / frequency[word] for word in wanted & set(_WORD.findall(piece.lower()))
        ),
        default="",
    )
    return one_line(best, 160)
