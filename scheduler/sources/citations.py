"""Holds a protocol's citations against the text they were taken from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from scheduler.sources.findings import one_line
from scheduler.sources.phrases.reading import find_phrases
from scheduler.sources.phrases.record import Phrase, age_limits_of
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
    held against, `core` is what a citation must hold."""

    phrase: str
    sentence: str
    line: int
    kind: str
    core: str = ""


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
    registry record (JSON or page text) or any plain text. The official title and the outcomes of a
    JSON record may be cited and need not be. Blanks, line ends, backslash escapes, HTML entities,
    the kinds of dash and quotation mark, capital letters, and the spelling of <=
    and >= make no difference. A citation covers a time phrase when it holds its length, the word
    that gives the direction, and the first word of its anchor; several that touch cover it too.
    Raises: ImportRefused for text that cannot be read at all.
    """
    pairs = [(str(item), str(phrase)) for item, phrase in items]
    whole, besides = prose(text)
    source = plain(f"{whole}\n\n{besides}" if besides else whole)
    haystack = source.lower.replace("\n", " ")
    wordings = dict.fromkeys(phrase for _, phrase in pairs)
    occurrences = {phrase: _occurrences(haystack, phrase) for phrase in wordings}
    missing = [Missing(i, p, _nearest(source, p)) for i, p in pairs if not occurrences[p]]
    cited = _Cited.of(pairs, {p: [source.origin(*s) for s in o] for p, o in occurrences.items()})
    found = [_field_age(whole, phrase) for phrase in find_phrases(whole)]
    timed = [phrase for phrase in found if phrase.kind != "mention"]
    told = [p for p in timed if p.kind == "age" and cited.covers(p)]
    uncovered = [p for p in timed if not cited.covers(p) and not _age_told(p, told)]
    mentions = [p for p in found if p.kind == "mention" and not cited.covers(p)]
    lines = [place for place, sign in enumerate(whole) if sign == "\n"]
    return Citations(
        len(pairs),
        len(timed),
        tuple(missing),
        tuple(_uncovered(whole, lines, p) for p in uncovered),
        tuple(_repeated(timed, cited)),
        tuple(_uncovered(whole, lines, p) for p in mentions),
    )


@dataclass(frozen=True)
class _Cited:
    """Where cited phrases stand in the source, by place; each wording once, with its items."""

    spans: list[tuple[int, int, str]]
    starts: list[int]
    longest: int
    items: dict[str, list[str]]

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], places: dict[str, list[tuple[int, int]]]) -> _Cited:
        """All places of all cited phrases."""
        items: dict[str, list[str]] = {}
        for item, phrase in pairs:
            items.setdefault(phrase, []).append(item)
        spans = sorted((*span, phrase) for phrase, spans in places.items() for span in spans)
        longest = max((end - start for start, end, _ in spans), default=0)
        return cls(spans, [start for start, *_ in spans], longest, items)

    def citing(self, phrase: Phrase) -> set[str]:
        """The cited wordings that hold all of a time phrase's core."""
        start, end = phrase.core
        return {words for _, last, words in self._near(start - self.longest, start) if last >= end}

    def covers(self, phrase: Phrase) -> bool:
        """Whether a citation, or several that touch, hold all of a time phrase's core."""
        place, end = phrase.core
        between = 0  # one citation may follow on another with a blank between them
        for first, last, _ in self._near(place - self.longest, end):
            if first <= place + between and place < last:
                place, between = last, 1
        return place >= end

    def _near(self, low: int, high: int) -> list[tuple[int, int, str]]:
        return self.spans[bisect_left(self.starts, low) : bisect_right(self.starts, high)]


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


def _age_told(phrase: Phrase, told: list[Phrase]) -> bool:
    """An age that stands in two places (criteria and field) is told when one of them is cited;
    another age is not. `told` are the cited ages."""
    if phrase.kind != "age" or not any(age_limits_of(phrase)):
        return False
    return all(
        own is None or any(limits[side] == own for limits in map(age_limits_of, told))
        for side, own in enumerate(age_limits_of(phrase))
    )


def _field_age(text: str, phrase: Phrase) -> Phrase:
    """The page's own field ("Minimum Eligible Age", then "18 Years") is an age, though nothing in
    its line says so."""
    ahead = re.search(
        r"^[ \t]*(minimum|maximum)[^\n]{0,20}\bage[ \t]*:?\s*\Z",
        text[max(0, phrase.start - 80) : phrase.start],
        re.I | re.M,
    )
    if phrase.kind not in ("length", "interval") or ahead is None:
        return phrase
    limit, unit = int(phrase.lengths[0].amount), phrase.lengths[0].unit
    low, high = (limit, None) if ahead[1].lower() == "minimum" else (None, limit)
    if unit == "months":
        return replace(phrase, kind="age", age_min_months=low, age_max_months=high)
    if unit != "years":
        return phrase
    return replace(phrase, kind="age", age_min=low, age_max=high)


def _repeated(timed: list[Phrase], cited: _Cited) -> list[Repeated]:
    groups: dict[str, list[Phrase]] = {}
    for phrase in timed:
        groups.setdefault(" ".join(phrase.text.lower().split()), []).append(phrase)
    out = []
    for members in groups.values():
        citing = set().union(*(cited.citing(member) for member in members))
        if citing and sum(len(cited.items[words]) for words in citing) < len(members):
            items = {item for words in citing for item in cited.items[words]}
            out.append(Repeated(one_line(members[0].text), len(members), tuple(sorted(items))))
    return out


def _uncovered(text: str, lines: list[int], phrase: Phrase) -> Uncovered:
    shown = one_line(plain(text[phrase.start : phrase.end]).text)
    sentence = one_line(plain(text[slice(*phrase.sentence)]).text, _SENTENCE)
    core = " ".join(plain(text[slice(*phrase.core)]).text.split())
    return Uncovered(shown, sentence, bisect_left(lines, phrase.start) + 1, phrase.kind, core)


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
