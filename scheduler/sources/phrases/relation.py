"""What stands behind a length: the relation, the words of the anchor, and the direction they
give."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.sources.phrases import grammar as g
from scheduler.sources.phrases.anchor import anchor_at, anchor_class
from scheduler.sources.phrases.sides import names_no_event, side_ahead, side_of

_RELATION = [(name, g.words(table)) for name, table in g.RELATIONS]
_IMMEDIATE = re.compile(
    r"\s*,?\s*(?:or so |only |immediately |just |directly |either |duration |in duration |"
    r"inclusive |at the |period |"
    r"washout |(?:has|have|had|must have|should have|must)(?: not)?(?: yet)? "
    r"(?:passed|elapsed|pass|elapse) |"
    r"elapsed |apart |out |away |or within )*"
)
_GAP_WORD = re.compile(rf"\s+(?!(?:{g.CLAUSE_WORDS}|for|to|at|on|by|during)\b)[\w'/%-]+")
_BETWEEN = re.compile(r"\s*(?:\w+ ){0,4}between (?P<a>[^.;,]{3,70}?) and (?=\w)")
_AT_TIME = re.compile(
    r"\s*,?\s*(?:at|as of|counted from|to)(?: the)?(?: time of| date of| day of)? (?=(?:the "
    r")?(?:\w+ )?(?:consent|screen|enrol|random|baseline|inclusion|study entry|visit|registration|"
    r"entry))"
)
_TRAILING = {
    name: re.compile(rf"\s*(?:{table})(?=\s*(?:[,;.()\]\n]|$|\b(?:{g.CLAUSE_WORDS})\b))")
    for name, table in g.ADVERBS.items()
}
# "up to 14 days of cycle 1 day 1" counts from a day; "up to 14 days of therapy" is a length of
# therapy.
_DATED = re.compile(
    r"\b(?:first|day|cycle|start|initiat|enrol|screen|random|consent|baseline|regist|inclusion|"
    r"infusion|visit|entry)"
)
_LONG = ("study", "the study", "trial", "the trial", "treatment", "this study")
# "prior to, or at the time of, enrollment": both hang off enrollment.
_OR_AT = re.compile(
    r"\s*,?\s*(?:or|and|and/or)\s+(?:(?:at|on|during|concurrent(?:ly)? with|up to|including|"
    r"within)(?: or after)?|after|following)\s*,?\s*(?:the )?"
    r"(?:(?:time|day|date|moment)(?: point)? of,?\s*)?"
)
_POST_WORD = re.compile(r"\s+post-?\s?(?P<a>\w[\w-]*)")
# Steps of the study itself, which lie ahead of whoever is asked.
_OWN_STEPS = {"consent", "screening", "enrollment", "randomization", "baseline", "visit"}
_OWN_STARTS = {"treatment_start", "lymphodepletion", "infusion", "blood_collection", "run_in"}
_GONE_BY = re.compile(
    r"\b(?:last|prior|previous\w*|complet\w+|stopp\w+|off|washout|discontinu\w+|received|treated|"
    r"surger\w+|therap\w+|since|elapsed)\b"
)
BARE_RELATIONS = {"prior", "before", "after", "following", "prior to"}


@dataclass(frozen=True)
class Direction:
    """Which side of which anchor, in which words, and where the phrase ends in the plain text."""

    direction: str
    relation: str
    anchor: str
    words: tuple[int, int]
    end: int
    ambiguous: bool = False


def read_direction(
    lower: str, tail: int, stop: int, bound: str, past: bool, future: bool, ahead: str
) -> Direction:
    """Does the length lie before or after its anchor, and which anchor is it?

    `tail` is where the length ends, `stop` where the next one begins; `past` and `future` say
    that a word ahead of it ("last", "next") told the side already; `ahead` is the text ahead of
    the lead.
    """
    between = _BETWEEN.match(lower, tail, stop)
    if between:
        words = anchor_at(lower, between.end(), stop)
        return Direction(
            "before",
            "between",
            anchor_class(lower[slice(*words)], "before", "between"),
            words,
            words[1],
        )
    relation, at, end = find_relation(lower, tail, stop, bound)
    words = anchor_at(lower, end, stop) if relation else (tail, tail)
    written = lower[at:end].strip() if relation else ""
    ending = words[1] if relation and words[0] < words[1] else tail
    if past or future:
        side = "before" if past else "after"
        return _told_ahead(lower, tail, stop, side, relation, words, written)
    if relation in {"before", "after"} and (words[0] < words[1] or written in BARE_RELATIONS):
        anchor = anchor_class(lower[slice(*words)], relation, written)
        return Direction(
            relation,
            written,
            anchor,
            words,
            max(ending, end if words[0] < words[1] else at + len(written)),
        )
    for name, pattern in _TRAILING.items():
        match = pattern.match(lower, tail, stop)
        if match:
            return Direction(
                name, match[0].strip(), "none", (match.end(), match.end()), match.end()
            )
    post = _POST_WORD.match(lower, tail, stop)
    if post:
        words = post.span("a")
        return Direction(
            "after", "post", anchor_class(post["a"], "after", "post"), words, post.end()
        )
    return _loose(lower, tail, relation, words, written, bound, ahead)


def _told_ahead(
    lower: str,
    tail: int,
    stop: int,
    direction: str,
    relation: str,
    words: tuple[int, int],
    written: str,
) -> Direction:
    """ "in the past 6 months": the side is known; what follows can only name the anchor."""
    at_time = _AT_TIME.match(lower, tail, stop)
    if not relation and at_time:
        words, written = anchor_at(lower, at_time.end(), stop), at_time[0].strip()
    if relation == "of" and not _names_milestone(lower[slice(*words)], direction):
        words, written = (tail, tail), ""
    # "the first 12 weeks of treatment" are counted from its start.
    side = "unknown" if written == "of" else direction
    anchor = anchor_class(lower[slice(*words)], side, written)
    return Direction(direction, written, anchor, words, max(words[1], tail))


def _loose(
    lower: str,
    tail: int,
    relation: str,
    words: tuple[int, int],
    written: str,
    bound: str,
    ahead: str,
) -> Direction:
    """ "of" and "from": they tell the anchor, not the side; with "at least ... from" the anchor
    came first."""
    text = lower[slice(*words)]
    nothing = Direction("unknown", "", "none", (tail, tail), tail)
    if names_no_event(lower, tail):
        return nothing
    if relation == "of" and re.search(r"\bafter\s+$", ahead):
        return Direction("after", written, anchor_class(text, "after", "of"), words, words[1])
    if not text:
        return nothing
    if relation == "from":
        return _from(text, words, written, bound, ahead)
    if (
        relation == "of"
        and (bound in {"within", "less_than", "at_most"} or _names_milestone(text, "before"))
        and (
            bound in {"within", "less_than"}
            or (bound == "at_most" and _DATED.search(text))
            or (_is_milestone_word(text) and not text.startswith(_LONG))
        )
    ):
        side = side_of(text, ahead)
        return Direction(side, written, anchor_class(text, side, "of"), words, words[1], True)
    return nothing


def _from(text: str, words: tuple[int, int], written: str, bound: str, ahead: str) -> Direction:
    """ "at least 4 weeks from surgery" is after it, "within a year from enrollment" before it."""
    name = anchor_class(text, "after", "from")
    if bound in {"at_least", "more_than", ""}:
        past = name in _OWN_STEPS and _GONE_BY.search(ahead[-80:])
        side = "before" if past else "after"
        named = anchor_class(text, side, "from")
        return Direction(side, written, named, words, words[1], bool(past))
    side = side_ahead(ahead) if name in _OWN_STEPS | _OWN_STARTS else "after"
    return Direction(side, written, anchor_class(text, side, "from"), words, words[1], True)


def _names_milestone(text: str, direction: str) -> bool:
    return anchor_class(text, direction, "of") not in {"event", "none", "prior_therapy"}


def _is_milestone_word(text: str) -> bool:
    return anchor_class(text, "unknown", "of") in {
        "consent",
        "screening",
        "enrollment",
        "randomization",
        "baseline",
        "visit",
        "blood_collection",
        "lymphodepletion",
    } and not re.match(r"(?:study (?:treat|drug|med|ther)|participation)", text)


def find_relation(lower: str, tail: int, stop: int, bound: str) -> tuple[str, int, int]:
    """Which relation follows the length, at once or after a few words that belong to it?"""
    place = _IMMEDIATE.match(lower, tail, stop)
    at = place.end() if place else tail
    for name, pattern in _RELATION:
        match = pattern.match(lower, at, stop)
        if match:
            beside = _OR_AT.match(lower, match.end(), stop) if name == "before" else None
            return name, match.start(), beside.end() if beside else match.end()
    at = tail
    for _ in range(7):
        word = _GAP_WORD.match(lower, at, stop)
        if word is None:
            break
        at = word.end()
        for name, pattern in _RELATION[:2]:
            match = pattern.match(lower, at + 1, stop) if at + 1 < stop else None
            if match and lower[at] == " ":
                return name, match.start(), match.end()
    return "", tail, tail
