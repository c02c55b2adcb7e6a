"""From one time phrase of a registry text to an item of a draft protocol: a rule, or a line of the
checklist."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from scheduler.sources.findings import FindingList, one_line
from scheduler.sources.phrases.record import Phrase, PhraseLength
from scheduler.sources.phrases.text import plain
from scheduler.sources.registry.criteria import Criterion
from scheduler.sources.registry.quoting import Used, source_of
from scheduler.sources.registry.states import must_hold, required_item, required_key
from scheduler.yaml_text.writing import Plain

MILESTONES: dict[str, str] = {
    "consent": "Informed consent",
    "screening": "Screening",
    "enrollment": "Enrollment",
    "run_in": "Run-in starts",
    "baseline": "Baseline",
    "randomization": "Randomization",
    "visit": "Visit named in the text",
    "blood_collection": "Blood collection",
    "lymphodepletion": "Lymphodepletion",
    "treatment_start": "First dose",
    "infusion": "Infusion",
    "surgery": "Surgery",
    "transplant": "Transplantation",
    "treatment_end": "Last dose",
    "study_end": "End of the study for the participant",
}
STANDARD = set(MILESTONES)
TO_NAME = "TODO"
_VISIT = re.compile(r"(?:visit ?|\bv ?)(\d+)", re.IGNORECASE)
_BOUND_WORDS = {
    "within": "within",
    "at_least": "at least",
    "at_most": "at most",
    "less_than": "less than",
    "more_than": "more than",
    "": "",
}


@dataclass
class RuleDrafts:
    """What the phrases have become so far."""

    findings: FindingList
    rules: list[dict[str, Plain]] = field(default_factory=list)
    checklist: list[dict[str, Plain]] = field(default_factory=list)
    notes: list[dict[str, Plain]] = field(default_factory=list)
    milestones: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    cited: Used = field(default_factory=dict)

    def new_id(self, wanted: str) -> str:
        """This id, or the first free `-2`, `-3` behind it."""
        name, number = wanted, self.ids.get(wanted, 0)
        while name in self.ids:
            number += 1
            name = f"{wanted}-{number}"
        self.ids[wanted] = max(number, 1)
        self.ids.setdefault(name, 1)
        return name


def add_phrase(draft: RuleDrafts, text: str, phrase: Phrase, criterion: Criterion | None) -> None:
    """Puts one phrase into the draft, saying no more than its words do; whatever had to be assumed
    is said."""
    label = criterion.label if criterion else "C0"
    exclusion = criterion is not None and criterion.section == "exclusion"
    source = source_of(text, phrase, criterion, draft.cited)
    place = f"{criterion.section} {criterion.number}" if criterion else "criteria"
    ahead = plain(text[phrase.sentence[0] : phrase.core[0]]).text
    if phrase.kind == "interval" and must_hold(phrase, ahead, exclusion):
        _add_required(draft, phrase, label, place, source, "" if exclusion else required_key(ahead))
        return
    rule, assumed = _rule(draft, phrase, exclusion)
    if rule is None:
        item: dict[str, Plain] = {
            "id": draft.new_id(label),
            "summary": f"{reading(phrase)} ({assumed})" if assumed else reading(phrase),
        }
        draft.checklist.append(item | {"source": source})
        draft.findings.note(
            "R106",
            place,
            f'"{source["phrase"]}"',
            f"on the checklist: {assumed or reading(phrase)}",
        )
        return
    item = {
        "id": draft.new_id(label),
        "summary": f"A person must name the exposure. Read as: {reading(phrase)}",
    } | rule
    item["source"] = source
    if assumed:
        item["assumption"] = assumed
        draft.findings.warn("R103", place, f'"{source["phrase"]}"', assumed)
    draft.rules.append(item)


def _add_required(
    draft: RuleDrafts, phrase: Phrase, label: str, place: str, source: dict[str, Plain], key: str
) -> None:
    """A time for which something must hold: a rule that requires it, or told on the checklist.

    It is never a prohibition. `key` is empty where no rule can say it.
    """
    rule, assumed = _required(draft, phrase, key) if key else (None, "")
    if rule is not None:
        read = f"A person must name the exposure. Read as: something must hold {reading(phrase)}"
        item: dict[str, Plain] = {"id": draft.new_id(label), "summary": read} | rule
        item["source"] = source
        if assumed:
            item["assumption"] = assumed
        draft.rules.append(item)
        told = "something must hold for this time; a rule that requires it"
        draft.findings.warn("R107", place, f'"{source["phrase"]}"', told)
        return
    length = " or ".join(str(one) for one in phrase.lengths)
    node = MILESTONES.get(phrase.anchor, "").lower() or "a day that the text does not name"
    summary = required_item(f"{_BOUND_WORDS[phrase.bound]} {length}", node)
    draft.checklist.append({"id": draft.new_id(label), "summary": summary, "source": source})
    draft.findings.warn(
        "R107",
        place,
        f'"{source["phrase"]}"',
        "something must hold for this time; on the checklist",
    )


def _required(draft: RuleDrafts, phrase: Phrase, key: str) -> tuple[dict[str, Plain] | None, str]:
    """The keys of a rule that requires, with what they assume; None where its days are no days."""
    length, assumed = _length(phrase)
    timed = any(one.unit in ("half-lives", "hours", "minutes") for one in phrase.lengths)
    if length is None or timed or phrase.anchor not in {*MILESTONES, "none"}:
        return None, ""
    said = [*([assumed] if assumed else []), *_assumed_before(phrase, washout=False)]
    anchor = "screening" if phrase.anchor == "none" else phrase.anchor
    node = _milestone(draft, anchor, phrase.anchor_text)
    return {"require": TO_NAME, key: length, "before": node}, "; ".join(said)


def reading(phrase: Phrase) -> str:
    """What the grammar read, in plain words: "within 4 weeks, before screening"."""
    length = " or ".join(str(one) for one in phrase.lengths)
    if phrase.whichever:
        length = f"the {phrase.whichever} of {length}"
    said = " ".join(filter(None, (_BOUND_WORDS[phrase.bound], length)))
    side = {
        "before": "before",
        "after": "after",
        "at": "at",
        "ever": "ever before",
        "unknown": "around",
    }[phrase.direction]
    name = MILESTONES.get(phrase.anchor, "").lower() or (
        "" if phrase.anchor == "none" else phrase.anchor_text
    )
    if phrase.kind == "length":
        return f"a length of time: {said}"
    if phrase.kind == "ever":
        return "ever, with no limit in time"
    if phrase.kind == "vague":
        return f"some time {side} now, without a number"
    if phrase.kind == "mention":
        return f"{side} {MILESTONES.get(phrase.anchor, 'study').lower()}".replace(
            "at study", "during the study"
        )
    return one_line(
        ", ".join(filter(None, (said, f"{side} {name or 'a day that the text does not name'}")))
    )


def _rule(
    draft: RuleDrafts, phrase: Phrase, exclusion: bool
) -> tuple[dict[str, Plain] | None, str]:
    """The rule's own keys and what they assume; no rule, and why, where the words carry none."""
    if phrase.kind == "length":
        return None, ""
    if phrase.kind == "vague":
        return None, "the text gives no number: a person must say how long"
    if phrase.kind == "ever":
        if not exclusion:
            return (
                None,
                "it stands outside the exclusion criteria: a person must say what it forbids",
            )
        node = _milestone(draft, "screening", "")
        return {
            "forbid": TO_NAME,
            "ever_before": node,
        }, "the text names no day to count from; screening is taken"
    if phrase.kind == "mention":
        if not exclusion or phrase.direction != "at" or phrase.anchor not in STANDARD:
            return None, "a milestone without a length of time"
        return {"forbid": TO_NAME, "at": _milestone(draft, phrase.anchor, phrase.anchor_text)}, ""
    return _timed_rule(draft, phrase, exclusion)


def _timed_rule(
    draft: RuleDrafts, phrase: Phrase, exclusion: bool
) -> tuple[dict[str, Plain] | None, str]:
    length, assumed = _length(phrase)
    if length is None:
        return None, assumed
    said = [assumed] if assumed else []
    washout = phrase.bound in {"at_least", "more_than"}
    if phrase.direction == "after" and phrase.anchor == "prior_therapy" and (washout or exclusion):
        said.append(
            "counted from earlier treatment; it must have passed before a day that the text does "
            "not name; screening is taken"
        )
        return _before(draft, phrase, length, washout, "screening", said)
    unfit = _unfit(phrase, exclusion, washout)
    if unfit:
        return None, unfit
    if phrase.direction == "after":
        if not exclusion:
            said.append("an inclusion criterion; read as a time in which something is forbidden")
        node = _milestone(draft, phrase.anchor, phrase.anchor_text)
        return {"forbid": TO_NAME, "within": length, "after": node}, "; ".join(said)
    said += _assumed_before(phrase, washout)
    anchor = "screening" if phrase.anchor == "none" else phrase.anchor
    return _before(draft, phrase, length, washout, anchor, said)


def _unfit(phrase: Phrase, exclusion: bool, washout: bool) -> str:
    """Why the words make no rule by themselves; empty where they do."""
    if phrase.anchor not in {*MILESTONES, "none"}:
        return f'counted from "{phrase.anchor_text}", which is no milestone of the study'
    if phrase.direction == "after" and phrase.relation == "of":
        return (
            f'the text says "of {phrase.anchor_text}": how long something had lasted, or a time '
            f"after it; a person must say which"
        )
    if phrase.direction == "after":
        ahead = phrase.anchor == "none"
        return "it looks ahead from a day that the text does not name" if ahead else ""
    if exclusion or washout:
        return ""
    return (
        "an inclusion criterion: something must be true or be done in this time; a person must "
        "say what it forbids"
    )


def _assumed_before(phrase: Phrase, washout: bool) -> list[str]:
    said = []
    if phrase.ambiguous or phrase.direction == "unknown":
        unclear = f'"{phrase.relation}", which does not tell before from after'
        told = unclear if phrase.relation else "neither before nor after"
        said.append(f"the text says {told}; before is taken")
    if phrase.anchor == "none":
        said.append("the text names no day to count from; screening is taken")
    if phrase.shared:
        said.append("the words for before or after stand with a neighbouring phrase")
    if washout:
        bound = _BOUND_WORDS[phrase.bound]
        said.append(f'"{bound}" is read as a time that must have passed, not as how long it lasted')
    return said


def _before(
    draft: RuleDrafts, phrase: Phrase, length: Plain, washout: bool, anchor: str, said: list[str]
) -> tuple[dict[str, Plain], str]:
    node = _milestone(draft, anchor, phrase.anchor_text)
    rule: dict[str, Plain] = {
        "forbid": TO_NAME,
        "clear" if washout else "within": length,
        "before": node,
    }
    if phrase.bound == "less_than" and phrase.relation:
        rule["boundary"] = "exclusive"
    if phrase.bound == "more_than":
        said.append(
            "'more than' is read like 'at least': the day exactly that long before is clear"
        )
    return rule, "; ".join(said)


def _length(phrase: Phrase) -> tuple[Plain | None, str]:
    """The duration as a protocol file writes it, or None and the reason."""
    said = []
    terms: list[str] = []
    for one in phrase.lengths:
        if one.least is not None:
            said.append(f"the text gives a range, {one}; the longer end is taken")
        whole = _whole(PhraseLength(one.amount, one.unit))
        if whole is None:
            return None, f"a protocol file cannot say {one}: whole units are needed"
        terms.append(whole)
    if len(terms) == 1:
        return terms[0], "; ".join(said)
    if not phrase.whichever:
        said.append("the text does not say which of the lengths counts; the longer one is taken")
    return {"shorter_of" if phrase.whichever == "shorter" else "longer_of": terms}, "; ".join(said)


def _whole(one: PhraseLength) -> str | None:
    if one.unit == "half-lives" or one.amount == int(one.amount):
        return str(one)
    months = one.amount * 12
    return f"{int(months)} months" if one.unit == "years" and months == int(months) else None


def _milestone(draft: RuleDrafts, anchor: str, words: str) -> str:
    """The id of the milestone, put on the list of those in use."""
    visit = _VISIT.search(words) if anchor == "visit" else None
    node = f"visit_{int(visit[1])}" if visit and int(visit[1]) < 10_000 else anchor
    draft.milestones.setdefault(
        node, f"Visit {int(visit[1])}" if visit and node != anchor else MILESTONES[anchor]
    )
    return node
