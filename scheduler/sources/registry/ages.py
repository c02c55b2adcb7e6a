"""Age limits of a registry record: from its fields, from its text, and where the two disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.text import plain
from scheduler.sources.registry.criteria import Criterion, criterion_at
from scheduler.sources.registry.fields import field_age
from scheduler.sources.registry.quoting import source_of
from scheduler.sources.registry.record import RegistryRecord
from scheduler.sources.registry.rules import TO_NAME, RuleDrafts
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


MONTHS_A_YEAR = 12


Limit = tuple[int, str]


@dataclass(frozen=True)
class _Limits:
    """The lowest and the highest age: in completed months to compare, and as it is written."""

    low: Limit | None
    high: Limit | None


def _lowest(years: int | None, months: int | None) -> list[Limit]:
    own = [] if years is None else [(years * MONTHS_A_YEAR, _count(years, "year"))]
    return own if months is None else [*own, (months, _count(months, "month"))]


def _highest(years: int | None, months: int | None) -> list[Limit]:
    """Who has completed 5 years and not 6 has completed 60 to 71 months."""
    last = MONTHS_A_YEAR - 1
    own = [] if years is None else [(years * MONTHS_A_YEAR + last, _count(years, "year"))]
    return own if months is None else [*own, (months, _count(months, "month"))]


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def add_ages(
    draft: RuleDrafts,
    record: RegistryRecord,
    text: str,
    found: list[Phrase],
    criteria: list[Criterion],
) -> None:
    """Puts the age rule into the draft: the stricter of field and text, with a note where they
    disagree."""
    own: list[tuple[Phrase, Criterion | None]] = []
    other: list[tuple[Phrase, Criterion | None]] = []
    for phrase in found:
        criterion = criterion_at(criteria, phrase.start)
        alone = not _OTHERS.search(plain(text[slice(*phrase.sentence)]).text)
        limits = any(
            limit is not None
            for limit in (
                phrase.age_min,
                phrase.age_max,
                phrase.age_min_months,
                phrase.age_max_months,
            )
        )
        usable = alone and limits and not (criterion and criterion.section == "exclusion")
        (own if usable else other).append((phrase, criterion))
    for phrase, criterion in other:
        _to_checklist(draft, text, phrase, criterion)
    told = _text_limits(draft, own)
    fields = _field_limits(draft, record)
    if own or fields.low is not None or fields.high is not None:
        _age_rule(draft, record, text, told, fields, own)


def _to_checklist(
    draft: RuleDrafts, text: str, phrase: Phrase, criterion: Criterion | None
) -> None:
    label = criterion.label if criterion else "C0"
    source = source_of(text, phrase, criterion, draft.cited)
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


def _text_limits(draft: RuleDrafts, own: list[tuple[Phrase, Criterion | None]]) -> _Limits:
    lows = sorted({n for p, _ in own for n in _lowest(p.age_min, p.age_min_months)})
    highs = sorted({n for p, _ in own for n in _highest(p.age_max, p.age_max_months)})
    if len(lows) > 1 or len(highs) > 1:
        told = f"from {_said(lows)}, up to {_said(highs)}"
        draft.findings.warn(
            "R102", "criteria", f"several age limits: {told}", "the strictest are used"
        )
        draft.notes.append({"about": "age", "text": f"The criteria give several ages: {told}."})
    return _Limits(lows[-1] if lows else None, highs[0] if highs else None)


def _said(values: list[Limit]) -> str:
    return " and ".join(written for _, written in values) or "no limit"


def _field_limits(draft: RuleDrafts, record: RegistryRecord) -> _Limits:
    lows: list[Limit] = []
    highs: list[Limit] = []
    for name, value in record.ages.items():
        number, unit = field_age(value) or (None, "")
        years, months = (number if unit == one else None for one in ("years", "months"))
        if name == "Minimum":
            lows += _lowest(years, months)
        else:
            highs += _highest(years, months)
        if number is not None and unit not in ("years", "months"):
            _unsaid(draft, name, value)
        elif number is None and value.strip().lower() not in {"n/a", "none", "no limit", "na", ""}:
            draft.findings.warn("R110", f"{name} age", value, "not read")
    return _Limits(max(lows, default=None), min(highs, default=None))


def _unsaid(draft: RuleDrafts, name: str, value: str) -> None:
    """An age in weeks, days or hours, which an age rule cannot say: on the checklist."""
    side = "at least" if name == "Minimum" else "at most"
    draft.findings.warn("R102", f"{name} age", value, "no age rule can say it; on the checklist")
    draft.checklist.append(
        {
            "id": draft.new_id(f"age-{name.lower()}"),
            "summary": f"{TO_NAME}: an age of {side} {value.lower()}; age rules are in years or "
            "months, so a person must check it",
            "source": {"ref": "registry", "section": f"{name.lower()} age", "phrase": value},
        }
    )


def _age_rule(
    draft: RuleDrafts,
    record: RegistryRecord,
    text: str,
    told: _Limits,
    fields: _Limits,
    own: list[tuple[Phrase, Criterion | None]],
) -> None:
    low = max((one for one in (told.low, fields.low) if one is not None), default=None)
    high = min((one for one in (told.high, fields.high) if one is not None), default=None)
    if low is None and high is None:
        return
    ages: dict[str, Plain] = {} if low is None or not low[0] else {"min": low[1]}
    if high is not None:
        ages["max"] = high[1]
    label = f"{own[0][1].label}-age" if own and own[0][1] else "age"
    item, source = draft.new_id(label), _age_source(draft, record, text, own)
    if low is not None and high is not None and low[0] > high[0]:
        draft.findings.warn(
            "R102",
            "age",
            f"from {low[1]} up to {high[1]}",
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
    draft: RuleDrafts, record: RegistryRecord, text: str, own: list[tuple[Phrase, Criterion | None]]
) -> dict[str, Plain]:
    if own:
        return source_of(text, *own[0], draft.cited)
    written = next(iter(record.ages.values()))
    return {"ref": "registry", "section": "age fields", "phrase": written}


def _disagreements(
    draft: RuleDrafts, record: RegistryRecord, item: str, told: _Limits, fields: _Limits
) -> None:
    for name, text, value in (
        ("Minimum", told.low, fields.low),
        ("Maximum", told.high, fields.high),
    ):
        if text is None or value is None or text[0] == value[0]:
            continue
        said = (
            f"The criteria text says {text[1]}, the record's field for the "
            f"{name.lower()} age says {value[1]}; the stricter one is used."
        )
        source = {"ref": "registry", "section": f"{name.lower()} age", "phrase": record.ages[name]}
        draft.notes.append({"about": item, "text": said, "source": source})
        draft.findings.warn(
            "R102",
            f"{name.lower()} age",
            f"{text[1]} in the text, {value[1]} in the field",
            "the stricter one is used",
        )
