"""Time phrases without a length: "prior receipt of", "at screening", an age without its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from scheduler.sources.phrases import grammar as g
from scheduler.sources.phrases.ages import unitless_ages
from scheduler.sources.phrases.anchor import anchor_at, anchor_named
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.sides import BEHIND_US, VAGUE
from scheduler.sources.phrases.text import PlainText

_EVER = re.compile(rf"(?<![\w-])(?:{g.EVER})")
_VAGUE = re.compile(rf"(?<![\w-])(?:{VAGUE})(?![\w])")
_MENTION = re.compile(rf"(?<![\w])(?P<how>{g.AT}|{g.DURING}|before|prior to)\s+(?:the )?(?=[a-z])")
_MENTIONED = {
    "consent",
    "screening",
    "enrollment",
    "randomization",
    "baseline",
    "blood_collection",
    "lymphodepletion",
    "infusion",
    "treatment_start",
    "treatment",
    "study",
    "visit",
}
_MENTIONABLE = re.compile(
    r"(?:study|trial|screening|consent|signing|informed|enrol|inclusion|randomi|baseline|visit|"
    r"day|first|lympho|infusion|cell "
    r"infusion|registration|entry|initiation|start|leuk|apheresis|transplant|conditioning|planned)"
)

_NOT_EVER = re.compile(
    r"\d\s*$|\b(?:least|one|two|three|four|no|any|more|lines? of|from|to|of|after|on|during|by|"
    r"following|since|than|despite|for|including|whose|current or|stopping|completing|finishing|"
    r"discontinuing)\s*$"
)
_HEADING_TAIL = re.compile(r"(?:[\w/,&-]*\s*){0,5}:\s*$")


def untimed_phrases(
    source: PlainText, start: int, end: int, timed: list[Phrase]
) -> Iterator[Phrase]:
    """Which phrases of this sentence tell a time without a length, beside those with one?"""
    taken = [(phrase.start, phrase.end) for phrase in timed]
    for first, last, low, high in unitless_ages(source.lower, start, end):
        if not any(a < last and first < b for a, b in taken):
            phrase = _bare(source, (first, last), "age", "unknown", (start, end))
            yield replace(phrase, age_min=low, age_max=high)
            taken.append((first, last))
    for match in _VAGUE.finditer(source.lower, start, end):
        if not any(a < match.end() and match.start() < b for a, b in taken):
            side = "before" if match["side"] in BEHIND_US else "after"
            yield _bare(source, match.span(), "vague", side, (start, end))
            taken.append(match.span())
    ever = None if any(p.kind != "age" for p in timed) else _ever(source, start, end)
    if ever is not None:
        yield ever
        taken.append((ever.start, ever.end))
    yield from _mentions(source, start, end, taken)


def _ever(source: PlainText, start: int, end: int) -> Phrase | None:
    """The first "prior receipt of ..." of a sentence that no length of time limits."""
    for match in _EVER.finditer(source.lower, start, end):
        ahead = source.lower[max(start, match.start() - 30) : match.start()]
        if not _NOT_EVER.search(ahead) and not _is_heading(source, match.end(), end):
            words = anchor_at(source.lower, match.end(), end)
            span = (match.start(), max(match.end(), words[1]))
            return replace(_bare(source, span, "ever", "ever", (start, end)), core=match.span())
    return None


def _is_heading(source: PlainText, place: int, end: int) -> bool:
    """Whether a sentence is a heading in capital letters ("PRIOR CONCURRENT THERAPY:")."""
    line = source.text[max(0, place - 60) : end].rsplit("\n", 1)[-1]
    return bool(_HEADING_TAIL.match(source.text, place, min(end, place + 80))) and (
        line.upper() == line or len(line.split()) <= 4
    )


def _mentions(
    source: PlainText, start: int, end: int, taken: list[tuple[int, int]]
) -> Iterator[Phrase]:
    """Milestones named without a length: "at screening", "before infusion"."""
    for match in _MENTION.finditer(source.lower, start, end):
        words = anchor_at(source.lower, match.end(), end)
        text = source.lower[slice(*words)]
        if not _MENTIONABLE.match(text) or any(
            a < match.end() and match.start() < b for a, b in taken
        ):
            continue
        how = match["how"]
        direction = "before" if how in {"before", "prior to"} else "at"
        name, length = anchor_named(text)
        if name in _MENTIONED:
            words = (words[0], words[0] + length)
            span = (match.start(), words[1])
            yield _bare(
                source, span, "mention", direction, (start, end), name, source.text[slice(*words)]
            )
            taken.append(span)


def _bare(
    source: PlainText,
    span: tuple[int, int],
    kind: str,
    direction: str,
    sentence: tuple[int, int],
    anchor: str = "none",
    anchor_text: str = "",
) -> Phrase:
    return Phrase(
        *span,
        source.text[slice(*span)],
        span,
        kind,
        direction=direction,
        anchor=anchor,
        anchor_text=anchor_text,
        sentence=sentence,
    )
