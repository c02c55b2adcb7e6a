"""Reads a registry record: v2 JSON, the older full-studies JSON, or the text of its page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scheduler.sources.findings import ImportRefused, one_line
from scheduler.sources.registry.fields import PathReader, RecordDate, record_day

LONGEST_TEXT = 2_000_000
_NCT = re.compile(r"\bNCT\d{8}\b")
_CRITERIA = re.compile(
    r"^[ \t]*(?:key |main )?(?:inclusion criteria|eligibility criteria:)[ \t]*:?[ \t]*$",
    re.I | re.M,
)
_CRITERIA_END = re.compile(
    r"^[ \t]*(?:minimum (?:eligible )?age|maximum (?:eligible )?age|eligible sex|sex(?:es)? "
    r"eligible for study|accepts healthy "
    r"volunteers|healthy volunteers|sponsors?|contacts and locations|locations)\b.*$",
    re.I | re.M,
)

# The lists of a record, in both shapes, and the texts that their objects hold.
_ARMS = (
    "armsInterventionsModule.armGroups",
    "armsInterventionsModule.interventions",
    "ArmsInterventionsModule.ArmGroupList.ArmGroup",
    "ArmsInterventionsModule.InterventionList.Intervention",
)
_ARM_TEXTS = (
    "label",
    "description",
    "ArmGroupLabel",
    "ArmGroupDescription",
    "InterventionDescription",
)
_OFFICIAL_TITLE = ("identificationModule.officialTitle", "IdentificationModule.OfficialTitle")
_OUTCOMES = tuple(
    path
    for kind in ("Primary", "Secondary", "Other")
    for path in (
        f"outcomesModule.{kind.lower()}Outcomes",
        f"OutcomesModule.{kind}OutcomeList.{kind}Outcome",
    )
)
_OUTCOME_TEXTS = (
    "measure",
    "description",
    "timeFrame",
    *(
        f"{kind}Outcome{what}"
        for kind in ("Primary", "Secondary", "Other")
        for what in ("Measure", "Description", "TimeFrame")
    ),
)


@dataclass(frozen=True)
class RegistryRecord:
    """What a registry record says, as far as a draft needs it; empty where it says nothing.

    `arms` are the texts of arms and interventions. `asides` are its official title and its outcome
    measures: words that a protocol may cite, and in which nobody looks for times.
    """

    shape: str
    criteria: str
    number: str = ""
    title: str = ""
    opens: RecordDate | None = None
    closes: RecordDate | None = None
    updated: RecordDate | None = None
    enrollment: int | None = None
    ages: Mapping[str, str] = field(default_factory=dict)
    descriptions: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def decoded(text: str | bytes) -> str:
    """The text of the record. Raises: ImportRefused where it is no UTF-8 text or longer than any
    record."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ImportRefused(f"not UTF-8 text: byte {error.start} cannot be read") from None
    if len(text) > LONGEST_TEXT:
        raise ImportRefused(
            f"{len(text):,} characters: longer than any registry record ({LONGEST_TEXT:,})"
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ImportRefused("the file is empty")
    if "\x00" in text:
        raise ImportRefused("the file holds zero bytes: not a text")
    return text


def read_record(text: str | bytes) -> RegistryRecord:
    """What does this registry record say?

    Raises: ImportRefused for damaged JSON, for JSON that is no registry record, and for a list of
    several studies.
    """
    whole = decoded(text)
    return _from_json(whole) if whole.lstrip()[:1] in "{[" else _from_page(whole)


def prose(text: str | bytes) -> tuple[str, str]:
    """The words against which citations are held, and those that may be cited besides.

    The first are the whole of a text; of a JSON record its title, descriptions, arms, criteria and
    age fields. The second are a JSON record's official title and outcome measures: they are no
    rule, so their times need not be cited.
    """
    whole = decoded(text)
    if whole.lstrip()[:1] not in "{[":
        return whole, ""
    record = _from_json(whole)
    ages = [f"{name} Age\n\n{value}" for name, value in record.ages.items()]
    dates = [day.written for day in (record.opens, record.closes, record.updated) if day]
    told = [record.title, record.number, *dates, *record.descriptions, *record.arms]
    return "\n\n".join([*told, record.criteria, *ages]), "\n\n".join(record.asides)


def _from_json(text: str) -> RegistryRecord:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ImportRefused(f"damaged JSON{where}: {one_line(str(error), 120)}") from None
    found = list(_sections(data, 0))
    if not found:
        raise ImportRefused(
            "JSON, but no registry record: expected protocolSection or ProtocolSection"
        )
    if len(found) > 1:
        raise ImportRefused(f"{len(found)} studies in one file: give one record at a time")
    return _record(found[0])


def _sections(data: object, depth: int) -> Iterator[Mapping[str, object]]:
    """The protocol sections of a file: a bare record, or wrapped in the answer of either
    interface."""
    if depth > 6:
        return
    if isinstance(data, list):
        for item in data[:1000]:
            yield from _sections(item, depth + 1)
    if not isinstance(data, Mapping):
        return
    for name in ("protocolSection", "ProtocolSection"):
        section = data.get(name)
        if isinstance(section, Mapping):
            yield section
            return
    for name in ("FullStudiesResponse", "FullStudies", "Study", "studies", "study"):
        if name in data:
            yield from _sections(data[name], depth + 1)


def _record(section: Mapping[str, object]) -> RegistryRecord:
    read = PathReader(section)
    criteria = read.text(
        "eligibilityModule.eligibilityCriteria", "EligibilityModule.EligibilityCriteria"
    )
    ages = {
        "Minimum": read.text("eligibilityModule.minimumAge", "EligibilityModule.MinimumAge"),
        "Maximum": read.text("eligibilityModule.maximumAge", "EligibilityModule.MaximumAge"),
    }
    return RegistryRecord(
        shape="older full-studies JSON" if "EligibilityModule" in section else "registry JSON v2",
        criteria=criteria.replace("\r\n", "\n"),
        number=read.text("identificationModule.nctId", "IdentificationModule.NCTId"),
        title=read.text("identificationModule.briefTitle", "IdentificationModule.BriefTitle"),
        opens=read.day(
            "statusModule.startDateStruct.date", "StatusModule.StartDateStruct.StartDate"
        ),
        closes=read.day(
            "statusModule.completionDateStruct.date",
            "StatusModule.CompletionDateStruct.CompletionDate",
        ),
        updated=read.day("statusModule.lastUpdateSubmitDate", "StatusModule.LastUpdateSubmitDate"),
        enrollment=read.number(
            "designModule.enrollmentInfo.count", "DesignModule.EnrollmentInfo.EnrollmentCount"
        ),
        ages={name: value for name, value in ages.items() if value},
        descriptions=tuple(
            filter(
                None,
                (
                    read.text("descriptionModule.briefSummary", "DescriptionModule.BriefSummary"),
                    read.text(
                        "descriptionModule.detailedDescription",
                        "DescriptionModule.DetailedDescription",
                    ),
                ),
            )
        ),
        arms=read.texts(_ARMS, *_ARM_TEXTS),
        asides=(
            *filter(None, [read.text(*_OFFICIAL_TITLE)]),
            *read.texts(_OUTCOMES, *_OUTCOME_TEXTS),
        ),
        unreadable=tuple(dict.fromkeys(read.unreadable)),
    )


def _from_page(text: str) -> RegistryRecord:
    begin = _CRITERIA.search(text)
    end = _CRITERIA_END.search(text, begin.end()) if begin else None
    number = _NCT.search(text)
    count = re.match(r"(\d{1,7})\b", _labelled(text, "total enrollment|enrollment(?: \\(\\w+\\))?"))
    ages = {
        "Minimum": _labelled(text, "minimum (?:eligible )?age"),
        "Maximum": _labelled(text, "maximum (?:eligible )?age"),
    }
    bare = not number and not any(ages.values())
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    return RegistryRecord(
        shape="eligibility text" if bare else "page text",
        criteria=text[begin.start() : end.start() if end else len(text)] if begin else text,
        number=number[0] if number else "",
        title="" if bare else first,
        opens=record_day(_labelled(text, "study start(?: date)?")),
        closes=record_day(_labelled(text, "study completion(?: date)?")),
        updated=record_day(_labelled(text, "last updated?(?: posted)?")),
        enrollment=int(count[1]) if count and int(count[1]) else None,
        ages={name: value for name, value in ages.items() if value},
    )


def _labelled(text: str, label: str) -> str:
    """The value behind a page's label: on its line after a colon, or on the next line that is not
    blank."""
    match = re.search(
        rf"^[ \t]*(?:{label})[ \t]*(?::[ \t]*(\S[^\n]*)|:?[ \t]*\n\s*(\S[^\n]*))$",
        text,
        re.I | re.M,
    )
    return one_line(match[1] or match[2]) if match else ""
