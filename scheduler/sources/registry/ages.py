"""Age limits of a registry record: from its fields, from its text, and where the two disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.text import plain
from scheduler.sources.registry.criteria import Criterion, criterion_at
from scheduler.sources.registry.record import Record, field_age
from scheduler.sources.registry.rules import Draft, source_of
from scheduler.yaml_text.writing import Plain

# An age that is not the participant's own, or is that of one group only.
_OTHERS = re.compile(
    r"\b(?:donors?|parents?|guardian|caregiver|partners?|children under|infants?|household|"
    r"siblings?|for (?:adolescents|"
    r"children|participants|women|men|females?|males?)|if (?:the )?\w+ age|at (?:the )?(?:time of "
    r")?(?:diagnosis|onset)|"
    r"postmenopausal|menopaus\w+|last year|smok\w+|living|women (?:aged|over|under)|females? "
    r"(?:aged|over|under))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Limits:
    low: int | None
    high: int | None


def add_ages(
    draft: Draft, record: Record, text: str, found: list[Phrase], criteria: list[Criterion]
) -> None:
    """Puts the age rule into the draft: the stricter of field and text, with a note where they
    disagree."""
    own: list[tuple[Phrase, Criterion | None]] = []
    other: list[tuple[Phrase, Criterion | None]] = []
    for phrase in found:
        criterion = criterion_at(criteria, phrase.start)
        alone = not _OTHERS.search(plain(text[slice(*phrase.sentence)]).text)
        limits = phrase.age_min is not None or phrase.age_max is not None
        usable = alone and limits and not (criterion and criterion.section == "exclusion")
        (own if usable else other).append((phrase, criterion))
    for phrase, criterion in other:
        _to_checklist(draft, text, phrase, criterion)
    told = _text_limits(draft, own)
    fields = _field_limits(draft, record)
    if own or fields.low is not None or fields.high is not None:
        _age_rule(draft, record, text, told, fields, own)


def _to_checklist(draft: Draft, text: str, phrase: Phrase, criterion: Criterion | None) -> None:
    label = criterion.label if criterion else "C0"
    source = source_of(text, phrase, criterion)
    draft.checklist.append(
        {
            "id": draft.new_id(f"{label}-age"),
            "summary": "An age that is not the plain limit of all participants",
            "source": source,
        }
    )
    place = f"{criterion.section} {criterion.number}" if criterion else "criteria"
    draft.findings.note(
        "R106", place, f'"{source["phrase"]}"', "an age; on the checklist, for a person to judge"
    )


def _text_limits(draft: Draft, own: list[tuple[Phrase, Criterion | None]]) -> _Limits:
    lows = sorted({phrase.age_min for phrase, _ in own if phrase.age_min is not None})
    highs = sorted({phrase.age_max for phrase, _ in own if phrase.age_max is not None})
    if len(lows) > 1 or len(highs) > 1:
        draft.findings.warn(
            "R102",
            "criteria",
            f"several age limits: from {_said(lows)}, up to {_said(highs)}",
            "the strictest are used",
        )
        draft.notes.append(
            {
                "about": "age",
                "text": f"The criteria give several ages: from {_said(lows)}, up to "
                f"{_said(highs)}.",
            }
        )
    return _Limits(lows[-1] if lows else None, highs[0] if highs else None)


def _said(values: list[int]) -> str:
    return " and ".join(map(str, values)) or "no limit"


def _field_limits(draft: Draft, record: Record) -> _Limits:
    limits: dict[str, int | None] = {"Minimum": None, "Maximum": None}
    for name, value in record.ages.items():
        age = field_age(value)
        if age and age[1] == "years":
            limits[name] = age[0]
        elif age:
            draft.findings.warn(
                "R102", f"{name} age", value, "not in years: no rule is drafted from it"
            )
            draft.notes.append(
                {
                    "about": "age",
                    "text": f"The record's field for the {name.lower()} age says {value}, not "
                    f"years.",
                }
            )
        elif value.strip().lower() not in {"n/a", "none", "no limit", "na", ""}:
            draft.findings.warn("R110", f"{name} age", value, "not read")
    return _Limits(limits["Minimum"], limits["Maximum"])


def _age_rule(
    draft: Draft,
    record: Record,
    text: str,
    told: _Limits,
    fields: _Limits,
    own: list[tuple[Phrase, Criterion | None]],
) -> None:
    lows = [one for one in (told.low, fields.low) if one is not None]
    highs = [one for one in (told.high, fields.high) if one is not None]
    if not lows and not highs:
        return
    ages = {
        name: f"{one} years"
        for name, one in (("min", max(lows, default=None)), ("max", min(highs, default=None)))
        if one
    }
    label = f"{own[0][1].label}-age" if own and own[0][1] else "age"
    item, source = draft.new_id(label), _age_source(record, text, own)
    if lows and highs and max(lows) > min(highs):
        draft.findings.warn(
            "R102",
            "age",
            f"from {max(lows)} up to {min(highs)} years",
            "no age fits: no rule is drafted",
        )
        draft.checklist.append(
            {"id": item, "summary": "Age: the record contradicts itself", "source": source}
        )
    elif ages:
        draft.rules.append(
            {
                "id": item,
                "summary": "Age limits",
                "age": ages,
                "at": "screening",
                "source": source,
                "assumption": "the record does not say on which day the age counts; screening is "
                "taken",
            }
        )
        draft.milestones.setdefault("screening", "Screening")
    _disagreements(draft, record, item, told, fields)


def _age_source(
    record: Record, text: str, own: list[tuple[Phrase, Criterion | None]]
) -> dict[str, Plain]:
    if own:
        return source_of(text, *own[0])
    written = next(iter(record.ages.values()))
    return {"ref": "registry", "section": "age fields", "phrase": written}


def _disagreements(draft: Draft, record: Record, item: str, told: _Limits, fields: _Limits) -> None:
    for name, text, value in (
        ("Minimum", told.low, fields.low),
        ("Maximum", told.high, fields.high),
    ):
        if text is None or value is None or text == value:
            continue
        said = (
            f"The criteria text says {text} years, the record's field for the {name.lower()} age "
            f"says {value}; the stricter one is used."
        )
        source = {"ref": "registry", "section": f"{name.lower()} age", "phrase": record.ages[name]}
        draft.notes.append({"about": item, "text": said, "source": source})
        draft.findings.warn(
            "R102",
            f"{name.lower()} age",
            f"{text} years in the text, {value} in the field",
            "the stricter one is used",
        )
