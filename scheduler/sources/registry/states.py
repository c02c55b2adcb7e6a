"""Times for which something must hold ("a stable dose for at least 12 weeks"): no prohibition."""

from __future__ import annotations

import re

from scheduler.sources.phrases.record import Phrase

_LONG = {"at_least", "more_than"}
_HOLDS = re.compile(
    r"\b(?:stab\w+|unchanged|constant\w*|consisten\w+|maintain\w*|maintenance|continuous\w*|steady|"
    r"regular\w*|receiv(?:e|ing|ed)|taking|takes?|taken|treated with|treatment with|therapy with|"
    r"on (?:a |an |the )?(?:\w+ ){0,3}(?:dose|doses|regimen|treatment|therapy|medication)|"
    r"diagnos\w+|history|documented|established|known|duration|symptoms?|onset|abstinen\w+|"
    r"infected|infection|suffer\w*|persist\w*|menopaus\w*|post-?menopaus\w*|amenorr\w+|resid\w+|"
    r"living|used|using)\b"
)
_GONE = re.compile(
    r"\b(?:off|without|free (?:of|from)|-free|discontinu\w*|stop(?:s|ped|ping)?|"
    r"wash-?(?:ed )?out|elapsed|elapse|passed|since|recover\w*|resolved|abstain\w*|complet\w+|"
    r"last (?:dose|treatment|administration|therapy)|withdrawn|withdrawal|ceas\w+|refrain\w*|"
    r"interval|never|"
    r"no (?:prior |other |previous )?(?:use|treatment|therapy|exposure|intake|medication|"
    r"chemotherapy)|"
    r"not (?:be |been |have |have been )?(?:receiv\w*|taken|taking|used?|treated|exposed)|"
    r"prior (?:chemo|radio|immuno|systemic|anti|therap|treat|surg)\w*|surgery|radiotherapy|"
    r"vaccin\w+|transfusion)\b"
)
_FOR = re.compile(
    r"\bfor\s+(?:the )?(?:at least|a minimum|minimum|more than|longer than|>=?|over)\s*$"
)
_BEGUN = re.compile(r"\b(?:diagnos\w+|history|documented|established|known|onset)\b")
_REACH = 160


def must_hold(phrase: Phrase, ahead: str, exclusion: bool) -> bool:
    """Whether a phrase tells how long something must have held, and not how long ago it must be.

    `ahead` is the plain text from the beginning of the phrase's sentence to its length.
    The word that stands nearest decides; of an inclusion criterion "for at least" alone tells a
    state too.
    """
    if phrase.bound not in _LONG or phrase.direction not in {"before", "unknown"}:
        return False
    clause = re.split(r"[;:\n]", ahead.lower()[-_REACH:])[-1]
    holds = max((m.end() for m in _HOLDS.finditer(clause)), default=-1)
    gone = max((m.end() for m in _GONE.finditer(clause)), default=-1)
    if holds > gone:
        return True
    return gone < 0 and not exclusion and _FOR.search(clause) is not None


def required_item(length: str, node: str) -> str:
    """What the checklist says of such a time.

    An inclusion criterion of whole days makes a rule that requires it; this is for the others.
    """
    return (
        f"TODO: something must hold for {length} before {node}; a person must say what and of "
        f"whom. It is no prohibition"
    )


def required_key(ahead: str) -> str:
    """How a rule that requires says it: begun so long ago (`since`), or going on all the time.

    `ahead` is as in `must_hold`.
    """
    clause = re.split(r"[;:\n]", ahead.lower()[-_REACH:])[-1]
    return "since" if _BEGUN.search(clause) else "covering"
