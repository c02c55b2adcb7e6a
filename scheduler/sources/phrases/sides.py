"""On which side of its anchor a time lies where its words do not say: "within N of X", "within N".

Most such times look back: they are read as `before`, and marked as ambiguous. They are read
otherwise where the text tells: by the anchor (birth, the last dose), or by a plan ahead of them.
"""

from __future__ import annotations

import re

# Between the number and its unit, or ahead of a unit without a number: "the 6 previous months".
SIDES = r"last|past|previous|preceding|prior|next|coming|upcoming"
BEHIND_US = {"last", "past", "previous", "preceding", "prior"}
VAGUE = (
    r"(?:(?:within|in|during|over|for|throughout) )?(?:the )?(?P<side>last|past|previous|preceding|"
    r"prior|next|coming|upcoming)[ -]+(?:several|few|couple(?: of)?|many|some)[ -]+"
    r"(?:hours|days|weeks|months|years)"
)

# Events that a participant of a study has behind him: what is within N of them comes after them.
_BEHIND = re.compile(
    r"(?:\w+ (?:of |to )?(?:the )?){0,2}?(?:birth|deliver\w*|parturition|onset|admission|"
    r"admitted|arrival|"
    r"presentation|injur\w+|trauma|last|final|complet\w+|stopp\w+|discontinu\w+|cessation|"
    r"withdrawal|diagnos\w+|discharge|ictus|hospitali[sz]\w+|index)\b"
)
_BEING = re.compile(r"\bbeing\b")
_STANDING = re.compile(r"\b(?:are|is|was|were|been|being)\s+$")
# What is planned lies ahead; where something done is named beside it, either side is meant.
_PLANNED = re.compile(
    r"\b(?:plan(?:s|ned|ning)?|expect(?:s|ed|ing)?|anticipat\w+|intend\w*|intention|schedul\w+|"
    r"unlikely|will(?! be excluded)|going to|to (?:start|begin|commence|initiate))\b"
)
_OPEN = re.compile(
    r"\b(?:life expectancy|surviv\w*|prognosis|able to|agree\w*|willing\w*|resolv\w*|recover\w*|"
    r"remain\w*|can|reach\w*|heal\w*|achiev\w*|complet\w*|follow-?up|return\w*|available|"
    r"must be|filled)\b"
)
_DONE = re.compile(
    r"\b(?:receipt|received|history|prior|previous\w*|recent\w*|current\w*|had|taken|used|donat\w+)\b"
)
_BODY = re.compile(
    r"\s*(?:\([^()]{0,20}\)\s*)?(?:completed )?(?:of |in )?(?:the |a )?(?:gestation\w*|pregnan\w+|"
    r"amenorr\w+|post-?partum|post-?menopaus\w*|menopaus\w+|age\b|life\b|old\b|duration)"
)
_CLAUSE = 90
_LOOKING = re.compile(r"^(?:with ?in|wihtin|whithin|withi|withing|in)\b")
_NO_OLDER = re.compile(r"^(?:no|not) (?:older|more) than\b")
_SHORT = {"minutes", "hours"}


def side_ahead(ahead: str) -> str:
    """The side that the words ahead of a phrase tell: `after` (a plan), `unknown` or `before`."""
    clause = re.split(r"[.;:\n]", ahead[-_CLAUSE:])[-1]
    planned, done = _PLANNED.search(clause), _DONE.search(clause)
    if planned:
        return "unknown" if done or re.search(r"\bor\b", clause) else "after"
    return "unknown" if _OPEN.search(clause) and not done else "before"


def side_of(anchor_text: str, ahead: str) -> str:
    """On which side of X does "within N of X" lie?"""
    if _BEHIND.match(anchor_text) or _BEING.search(anchor_text) or _STANDING.search(ahead):
        return "after"
    if anchor_text.startswith(("either ", "each ", "any ")):
        return "unknown"
    return side_ahead(ahead)


def side_alone(lower: str, tail: int, lead: str, unit: str, ahead: str) -> str:
    """On which side of a day that the text does not name does "within N" lie? `unknown` if open."""
    if _BODY.match(lower, tail) or _BODY.search(ahead[-40:]):
        return "unknown"
    if _NO_OLDER.match(lead) and lead.startswith(("no older", "not older")):
        return "before"
    if not _LOOKING.match(lead) or (lead.startswith("in") and unit in _SHORT):
        return "unknown"
    return side_ahead(ahead)


def names_no_event(lower: str, tail: int) -> bool:
    """Whether what follows a length tells of what it is a length ("12 weeks of amenorrhea")."""
    return _BODY.match(lower, tail) is not None
