"""A registry record as a draft protocol file: every time phrase found, and nothing that the record
does not say."""

from __future__ import annotations

import re
from datetime import date

from scheduler.sources.citations import check_citations
from scheduler.sources.emit import Options, study_part
from scheduler.sources.findings import FindingList, ImportRefused, ImportResult, one_line, quoted
from scheduler.sources.phrases.reading import find_phrases
from scheduler.sources.phrases.text import plain
from scheduler.sources.registry.ages import add_ages
from scheduler.sources.registry.criteria import Criterion, criterion_at, split_criteria
from scheduler.sources.registry.fields import RecordDate
from scheduler.sources.registry.quoting import MOST_WORDS
from scheduler.sources.registry.record import RegistryRecord, read_record
from scheduler.sources.registry.rules import MILESTONES, TO_NAME, RuleDrafts, add_phrase
from scheduler.yaml_text.writing import Plain, protocol_yaml

_NUMBER = re.compile(r"[A-Z]{2,6}\d{4,12}")
_LONGEST_CRITERIA = 300_000
_HEADING = (
    "A draft, made from a registry record. It holds every time phrase that was found in the "
    "eligibility text,",
    f"with its criterion and its own words. Where it says forbid: {TO_NAME}, a person must name "
    f"the exposure, declare it",
    "under events, and correct what is marked as assumption. Criteria without a time phrase are "
    "not here.",
)


def draft(
    text: bytes | str,
    *,
    opens: date | str | None = None,
    closes: date | str | None = None,
    timezone: str | None = None,
    as_of: date | str | None = None,
) -> ImportResult:
    """Which protocol file can be drafted from this registry record, and what was unclear in it?

    Reads registry JSON (v2 and the older full-studies shape), the text of a registry page, and
    bare eligibility text. `forbid: TODO` (or `require: TODO`) stands where a person must name the
    exposure; the file has faults until that is done, on purpose.
    Findings: R101 no criteria or no time phrase; R102 ages that disagree; R103 a relation, anchor
    or length that had to be assumed; R104 study dates; R105 criteria without a time phrase; R106
    phrases on the checklist; R107 times for which something must hold; R109 times outside the
    criteria; R110 fields of a wrong type.
    Raises: ImportRefused where nothing can be read (damaged JSON, no registry record, several
    studies, no text), and for options that are no date or no time zone.
    """
    record = read_record(text)
    if len(record.criteria) > _LONGEST_CRITERIA:
        raise ImportRefused(
            f"{len(record.criteria):,} characters of criteria: longer than any registry record "
            f"holds"
        )
    findings = FindingList()
    for problem in record.unreadable:
        findings.warn("R110", problem.split(":")[0], problem.partition(": ")[2], "left out")
    options = Options(opens, closes, timezone, as_of)
    zone, study = _study(record, options, findings)
    made = RuleDrafts(findings)
    _add_criteria(made, record)
    study_source = study.get("source")
    _note_the_rest(made, text, study_source if isinstance(study_source, dict) else {})
    text_out = protocol_yaml(_protocol(record, made, zone, study), _HEADING)
    # The same YAML without the quotes: people search for the words "forbid: TODO".
    for key in ("forbid", "require"):
        text_out = text_out.replace(f'{key}: "{TO_NAME}"', f"{key}: {TO_NAME}")
    return ImportResult(text_out, findings.numbered())


def _add_criteria(made: RuleDrafts, record: RegistryRecord) -> None:
    text = record.criteria
    if not text.strip():
        made.findings.warn("R101", "criteria", "no eligibility text", "no rule is drafted")
    criteria = split_criteria(text)
    found = find_phrases(text)
    add_ages(made, record, text, [phrase for phrase in found if phrase.kind == "age"], criteria)
    held = set()
    for phrase in found:
        criterion = criterion_at(criteria, phrase.start)
        held.add(criterion)
        if phrase.kind != "age":
            add_phrase(made, text, phrase, criterion)
    if text.strip() and not found:
        made.findings.warn("R101", "criteria", "no time phrase found", "no rule is drafted")
    without = [one.label for one in criteria if one not in held]
    if without:
        made.findings.note(
            "R105", "criteria", _labels(without), "no time phrase found in them; not in the draft"
        )
    made.rules.sort(key=lambda rule: _order(rule, criteria))


def _note_the_rest(made: RuleDrafts, text: bytes | str, study: dict[str, Plain]) -> None:
    """Notes for the times of the record that no item cites: the draft holds every one of them.

    They stand outside the criteria (title, descriptions, arms, the rest of a page), or in a phrase
    that is longer than a citation can be.
    """
    parts: list[dict[str, Plain]] = [*made.rules, *made.checklist, *made.notes, {"source": study}]
    cited = [
        (str(item.get("id")), str(source["phrase"]))
        for item in parts
        if isinstance(source := item.get("source"), dict) and "phrase" in source
    ]
    left = check_citations(cited, text).uncovered
    noted: set[str] = set()
    for found in left:
        for piece in _pieces(found.core):
            if piece not in noted:
                noted.add(piece)
                made.notes.append(
                    {
                        "about": "a time outside the drafted criteria",
                        "text": f"The record says: {found.sentence}",
                        "source": {"ref": "registry", "section": "the record", "phrase": piece},
                    }
                )
    if left:
        made.findings.note(
            "R109", "the record", f"{len(left)} times outside the drafted criteria",
            "each is a note, for a person to judge",
        )  # fmt: skip


def _pieces(core: str) -> list[str]:
    """A phrase's words as citations of at most twelve words, which follow on each other."""
    words = core.split()
    pieces = [words[at : at + MOST_WORDS] for at in range(0, len(words), MOST_WORDS)]
    return [" ".join(piece) for piece in pieces]


def _labels(names: list[str]) -> str:
    return f"{len(names)} criteria: " + ", ".join(names)


def _order(rule: dict[str, Plain], criteria: list[Criterion]) -> tuple[int, int]:
    source = rule["source"]
    assert isinstance(source, dict)
    sections = list(dict.fromkeys(one.section for one in criteria))
    section, item = str(source.get("section")).split(",")[0], source.get("item")
    return (sections.index(section) if section in sections else -1), (
        item if isinstance(item, int) else 0
    )


def _study(
    record: RegistryRecord, options: Options, findings: FindingList
) -> tuple[str, dict[str, Plain]]:
    """The study's dates: options first, then the record's own, then placeholders; each said and
    reported."""
    first, last = record.opens, record.closes
    if first and last and last.last < first.first:
        findings.warn(
            "R104",
            "study dates",
            f"starts {first.written}, completes {last.written}",
            "the completion date is left out",
        )
        last = None
    used = Options(
        options.opens or (first.first if first else None),
        options.closes or (last.last if last else None),
        options.timezone,
        options.as_of,
    )
    dates = [record.updated.first] if record.updated else []
    zone, section = study_part(used, dates, findings, "R104")
    told = str(section.pop("assumption"))
    said = [] if told.startswith("dates and time zone") else [told]
    said += _partial(options, first, last, findings)
    if options.opens or options.closes:
        said.append("dates as given to the import")
    if record.enrollment:
        section["enrollment"] = record.enrollment
    cited = first if first and not options.opens else last if last and not options.closes else None
    if cited:
        section["source"] = {"ref": "registry", "section": "study dates", "phrase": cited.written}
    if said or not cited:
        section["assumption"] = "; ".join(said) or "dates as given to the import"
    return zone, section


def _partial(
    options: Options, first: RecordDate | None, last: RecordDate | None, findings: FindingList
) -> list[str]:
    said = []
    if first and not first.exact and not options.opens:
        said.append(f"the record says that it starts in {first.written}; the first day is taken")
    if last and not last.exact and not options.closes:
        said.append(f"the record says that it completes in {last.written}; the last day is taken")
    for line in said:
        findings.warn("R104", "study dates", "a month without a day", line)
    return said


def _protocol(
    record: RegistryRecord, made: RuleDrafts, zone: str, study: dict[str, Plain]
) -> dict[str, Plain]:
    updated = record.updated.first if record.updated else study["opens"]
    name = record.number if _NUMBER.fullmatch(record.number) else "DRAFT"
    if name != record.number:
        made.findings.warn(
            "R110", "registry number", quoted(record.number), "DRAFT stands in its place"
        )
    document = "eligibility text" if name == "DRAFT" else f"registry record {name}"
    source: dict[str, Plain] = {"document": document}
    if record.updated:
        source["date"] = record.updated.first
    protocol: dict[str, Plain] = {
        "protocol": name,
        "title": one_line(plain(record.title).text) or "A draft without a title",
        "version": "draft",
        "date": updated,
        "timezone": zone,
        "study": study,
        "sources": {"registry": source},
        "milestones": _milestones(made),
    }
    for section, items in (
        ("rules", made.rules),
        ("checklist", made.checklist),
        ("notes", made.notes),
    ):
        if items:
            protocol[section] = items
    return protocol


def _milestones(made: RuleDrafts) -> dict[str, Plain]:
    """Those in use, in the usual order of a study; visits that are named by number in the order of
    their numbers."""
    order = list(MILESTONES)

    def key(node: str) -> tuple[int, int]:
        number = re.fullmatch(r"visit_(\d+)", node)
        return order.index("visit" if number else node), int(number[1]) if number else 0

    used = made.milestones or {"screening": MILESTONES["screening"]}
    return {node: {"label": used[node]} for node in sorted(used, key=key)}
