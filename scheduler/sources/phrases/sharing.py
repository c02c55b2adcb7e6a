"""Relations that one phrase lends to its neighbour in the same sentence."""

from __future__ import annotations

import re
from dataclasses import replace

from scheduler.sources.phrases.anchor import anchor_class
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.relation import BARE_RELATIONS
from scheduler.sources.phrases.text import PlainText

_SHARED_FAR = re.compile(r"[^.;:\n]{0,70}\b(?:or|and)\b[^.;:\n]{0,70}")
_LISTED = re.compile(r"[^.;:\n]{0,50},[^.;:\n]{0,50}")
_SHARED_NEAR = re.compile(
    r"\s*(?:\([^()]{0,60}\))?\s*(?:/|,? ?(?:or|and)\b|,)\s*(?:\([^()]{0,40}\))?(?:for )?\s*"
)
_BOTH = re.compile(
    r"[\s,]*(?:(?:during|and|or|to|until|up to|through|for|at least|within|as well as|ending|"
    r"continuing)[\s,]*)+"
)

_SHARED_AHEAD = re.compile(r",?\s*(?:or|and|;)\s*(?:for )?")


# "at least 21 days but no more than 16 months prior to randomization"
_LIMITS = re.compile(r",?\s*but\s*(?:for )?")


def _stands_alone(phrase: Phrase) -> bool:
    """Whether nothing tells what a length is counted from: its side was taken, if it has one."""
    return phrase.kind == "length" or (
        phrase.kind == "interval" and phrase.ambiguous and not phrase.relation
    )


def share_relations(found: list[Phrase], source: PlainText) -> list[Phrase]:
    """Lends a relation to a neighbour: "within 16 weeks or an autograft within 8 weeks of
    treatment"."""
    out = list(found)
    for place in reversed(range(len(out))):
        phrase = out[place]
        if (
            place + 1 < len(out)
            and phrase.direction in {"before", "after"}
            and phrase.relation in BARE_RELATIONS
        ):
            out[place] = _lend_anchor(phrase, out[place + 1], source)
        if _stands_alone(phrase) and phrase.bound != "more_than":
            later = out[place + 1] if place + 1 < len(out) else None
            earlier = out[place - 1] if place else None
            out[place] = _borrowed(phrase, earlier, later, source)
    return out


def _borrowed(
    phrase: Phrase, earlier: Phrase | None, later: Phrase | None, source: PlainText
) -> Phrase:
    """The phrase with the relation of the neighbour behind or ahead of it, where one is shared."""
    if later is not None and later.kind == "interval" and not _stands_alone(later):
        joint = source.lower[phrase.end : later.start]
        if _LIMITS.fullmatch(joint):
            return _lend(phrase, later)
        both_within = phrase.bound == later.bound == "within"
        pattern = _SHARED_FAR if both_within else _SHARED_NEAR
        if later.shared and _LISTED.fullmatch(joint):
            pattern = _LISTED
        if pattern.fullmatch(joint) and later.bound in {"", phrase.bound}:
            return _lend(phrase, later)
    asks = earlier is not None and not _stands_alone(earlier) and phrase.bound != "at_least"
    if earlier is not None and earlier.kind == "interval" and asks:
        joint = source.lower[earlier.end : phrase.start]
        if phrase.bound in {"", earlier.bound} and _SHARED_AHEAD.fullmatch(joint):
            return _lend(phrase, earlier)
    return phrase


def _lend_anchor(phrase: Phrase, later: Phrase, source: PlainText) -> Phrase:
    """ "4 weeks before or 3 months after treatment": both lengths hang off treatment."""
    joint = source.lower[phrase.end : later.start]
    if phrase.anchor != "none" or later.anchor == "none" or not _BOTH.fullmatch(joint):
        return phrase
    name = anchor_class(later.anchor_text.lower(), phrase.direction, phrase.relation)
    return replace(phrase, anchor=name, anchor_text=later.anchor_text, shared=True)


def _lend(phrase: Phrase, giver: Phrase) -> Phrase:
    return replace(
        phrase,
        kind="interval",
        direction=giver.direction,
        relation=giver.relation,
        anchor=giver.anchor,
        anchor_text=giver.anchor_text,
        ambiguous=giver.ambiguous,
        shared=True,
    )
