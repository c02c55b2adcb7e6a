"""From the words behind a relation to the nearest standard milestone."""

from __future__ import annotations

import re

from scheduler.sources.phrases.grammar import ANCHORS, CLAUSE_WORDS, EARLIER_THERAPY

_ANCHORS = [(name, re.compile(rf"(?<!\w)(?:{words})(?![a-z])")) for name, words in ANCHORS]
_CLAUSE_END = re.compile(rf"[,;:.()\[\]\"*]|\s-+\s|(?<=\s)(?:{CLAUSE_WORDS})\b|\n|$")
_PREVIOUS = re.compile(
    r"(?:\w+ (?:of |to )?(?:the |any |all |their )?){0,3}?(?:prior|previous|earlier|adjuvant|"
    r"definitive|induction|curative|first-line|"
    r"front-?line|second-line|radiation|platinum)(?![\w])|(?:completion|completing|end) of (?:\w+ "
    r"){0,2}(?:radio|radiation|definitive|"
    r"adjuvant|prior|previous|induction|curative)"
)
_EARLIER = re.compile(rf"(?:{EARLIER_THERAPY})")
# "the start of the screening period" is screening, "receiving the last dose" is the last dose.
_PREAMBLE = re.compile(
    r"(?:(?:the|a|an|any|their|his|her|each|this) +|(?:first |planned |expected |scheduled |"
    r"estimated )?(?:date|day|time|moment|point)s? "
    r"(?:of|for) |(?:start|beginning|initiation|onset|commencement|entry|conduct|completion|"
    r"end)(?:ing)? (?:of |into )?(?:the )?"
    r"(?=(?:\S+ )?(?:screen|baseline|run|observation|lead-?in|randomi|lympho|"
    r"(?:pre-?)?conditioning|preparative|apheresis|leuka))|"
    r"(?:starting|beginning|initiating|commencing) (?:the )?(?=(?:\S+ )?(?:lympho|"
    r"(?:pre-?)?conditioning|preparative))|"
    r"(?:receiving|taking|receipt of|administration of|having|obtaining|performing|undergoing|"
    r"giving|providing) (?=(?:the |their )?"
    r"(?:last|first|final|initial|1st|preparative|screening|baseline|informed|consent|leuka|"
    r"apheresis)))*"
)
_WORD = re.compile(r"\S+")
# "90 days after dosing": no word for the first or the last of several, and every one of them must
# have passed.
_GIVEN = re.compile(
    r"(?:study )?(?:dosing|receiv|receipt|administration|administering|taking|exposure|vaccin)"
)
_MOST_WORDS = 14
_LONGEST_ANCHOR = 400
_GENERIC = {"treatment", "study", "other_therapy"}
_AFTER_WORDS = {
    "treatment": "treatment_end",
    "study": "study_end",
    "other_therapy": "prior_therapy",
}
_BEFORE_WORDS = {
    "treatment": "treatment_start",
    "study": "enrollment",
    "other_therapy": "prior_therapy",
}


def anchor_at(lower: str, start: int, end: int) -> tuple[int, int]:
    """Which stretch of the text names the anchor? Offsets; it stops at the clause's end or 14
    words."""
    while start < end and lower[start] == " ":
        start += 1
    end = min(end, start + _LONGEST_ANCHOR)
    stop = _CLAUSE_END.search(lower, start, end)
    end = stop.start() if stop else end
    found = list(_WORD.finditer(lower, start, end))
    if not found:
        return start, start
    last = found[min(len(found), _MOST_WORDS) - 1].end()
    return start, last


def _best(text: str) -> tuple[str, int, int]:
    """The class whose words stand first, the longest of several at one place."""
    best = ("event", len(text), 0)
    for name, pattern in _ANCHORS:
        found = pattern.search(text)
        if found and (found.start(), -found.end()) < (best[1], -best[2]):
            best = (name, found.start(), found.end())
    return best


def anchor_named(text: str) -> tuple[str, int]:
    """Which milestone do these words begin with, and how many signs long is its name? `study` is
    kept as such."""
    offset = 0
    found = _PREAMBLE.match(text)
    if found:
        offset = found.end()
    name, _start, end = _best(text[offset:])
    return ("treatment_start" if name == "treatment" else name), offset + end


def anchor_class(text: str, direction: str, relation: str) -> str:
    """Which standard milestone is nearest to these anchor words? `none` without words, `event` if
    none is.

    Generic words are read with the direction: "before treatment" is its start, "after treatment"
    its end.
    """
    text = _PREAMBLE.sub("", text.strip(), count=1)
    if not text:
        return "none"
    if (relation in {"since", "from"} and direction == "after" and _EARLIER.match(text)) or (
        direction != "before" and _PREVIOUS.match(text)
    ):
        return "prior_therapy"
    best = _best(text)
    name = best[0]
    if name == "treatment_start" and direction == "after" and _GIVEN.match(text[best[1] :]):
        return "treatment_end"
    if name in _GENERIC:
        name = (_AFTER_WORDS if direction == "after" else _BEFORE_WORDS)[name]
    if name in {"enrollment", "event"} and direction == "after" and "participat" in text:
        name = "study_end"
    return name
