"""Eligibility text of a USDM file: the sentences with a time in them, listed for a person."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from scheduler.sources.findings import FindingList, one_line
from scheduler.sources.usdm.header import Design
from scheduler.sources.usdm.json import Row, object_of, rows, text_of

LONGEST_TEXT = 60_000

_TAG = re.compile(r"<[^<>]{0,400}>")
_BLOCK = re.compile(r"</?(?:p|li|ul|ol|div|br|h[1-6]|table|tbody|tr)\b[^<>]{0,400}>", re.IGNORECASE)
_ROW = re.compile(r"<tr\b[^<>]{0,400}>(.{0,4000}?)</tr>", re.IGNORECASE)
_GAP = re.compile(r"<usdm:(?:tag|ref)\b[^<>]{0,400}>")
_NUMBER = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|sixty|ninety"
    r"|\[\.\.\.\])"
)
_TIME = re.compile(
    rf"\b{_NUMBER}[ -]+(?:minute|min|hour|hr|day|week|wk|month|year|half-li)|\[\.\.\.\] years"
    rf"|\b(?:last|past|previous|prior|within the|for (?:at least )?the) "
    rf"(?:minute|hour|day|week|month|year)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n+")


def tell_time_sentences(design: Design, findings: FindingList) -> None:
    """List each sentence of the criteria that speaks of a time; no rule is made of any."""
    for place, id_, name, text in _criteria(design, findings):
        if len(text) > LONGEST_TEXT:
            findings.warn(
                "U402", place, f"{len(text):,} characters of text",
                f"only the first {LONGEST_TEXT:,} are searched for times", [id_],
            )  # fmt: skip
        for sentence in _SENTENCE_END.split(_plain(text[:LONGEST_TEXT])):
            if _TIME.search(sentence):
                findings.note(
                    "U401", place, f'{name}: "{one_line(sentence, 400)}"',
                    "a sentence with a time; no rule is written from it", [id_],
                )  # fmt: skip
    _tell_age(design, findings)


def _plain(text: str) -> str:
    """The text without markup: a block or a table row a line, unknown references as [...]."""
    text = _GAP.sub(" [...] ", text)
    if _BLOCK.search(text):
        text = _ROW.sub(lambda row: _TAG.sub(" ", row.group(1)) + "<br>", " ".join(text.split()))
        text = _BLOCK.sub("\n", text)
    without = html.unescape(_TAG.sub(" ", text))
    return "\n".join(" ".join(line.split()) for line in without.splitlines())


def _criteria(design: Design, findings: FindingList) -> Iterator[tuple[str, str, str, str]]:
    population = object_of(design.row, "population", design.place, findings)
    where = f"{design.place}.population"
    for place, row in rows(population, "criteria", where, findings):
        yield place, *_named(row, place, findings), text_of(row, "text", place, findings)
    items = {
        text_of(row, "id", place, findings): (place, row)
        for place, row in rows(
            design.version, "eligibilityCriterionItems", design.version_place, findings
        )
    }
    for place, row in rows(design.row, "eligibilityCriteria", design.place, findings):
        item_id = text_of(row, "criterionItemId", place, findings)
        id_, name = _named(row, place, findings)
        if item_id not in items:
            findings.note(
                "U403", place, f"the criterion {name} points to no text", "not listed", [id_]
            )
            continue
        item_place, item = items[item_id]
        yield item_place, id_, name, text_of(item, "text", item_place, findings)


def _named(row: Row, place: str, findings: FindingList) -> tuple[str, str]:
    id_ = text_of(row, "id", place, findings)
    return id_, text_of(row, "name", place, findings) or id_


def _tell_age(design: Design, findings: FindingList) -> None:
    population = object_of(design.row, "population", design.place, findings)
    place = f"{design.place}.population"
    age = object_of(population, "plannedAge", place, findings)
    low, high = (_age_end(age, key, place, findings) for key in ("minValue", "maxValue"))
    if low or high:
        findings.note(
            "U404", f"{place}.plannedAge", f"planned age from {low or '?'} to {high or '?'}",
            "no rule is written from it: the file does not say on which day the age counts",
        )  # fmt: skip


def _age_end(age: Row, key: str, place: str, findings: FindingList) -> str:
    value = age.get(key)
    if isinstance(value, dict):
        value = value.get("value")
    unit = object_of(age, "unit", f"{place}.plannedAge", findings).get("decode")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1000:
        return f"{value:g} {unit if isinstance(unit, str) else ''}".strip()
    return ""
