"""The parts of a USDM file around the schedule: version, design, identity, dates, size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from scheduler.sources.emit import iso_date
from scheduler.sources.findings import LONGEST_QUOTE, FindingList, ImportRefused, one_line, quoted
from scheduler.sources.usdm.json import Json, Row, object_of, rows, shown_text, text_of
from scheduler.sources.usdm.names import plain_label, protocol_name

OFFICIAL_TITLE = "C207616"
_PLANNED = (
    "plannedEnrollmentNumber", "plannedEnrollmentNumberQuantity", "plannedEnrollmentNumberRange",
)  # fmt: skip


@dataclass(frozen=True)
class Design:
    """One study design of the file, with the study version that it stands in."""

    version: Row
    version_place: str
    row: Row
    place: str

    @property
    def title(self) -> str:
        """How a reader names it: id and name."""
        return f"{quoted(self.row.get('id'))} ({quoted(self.row.get('name'))})"

    @property
    def own_id(self) -> str:
        """Its id; "" where it has none that is text."""
        own = self.row.get("id")
        return own if isinstance(own, str) else ""


def find_design(root: Row, wanted: str | None, findings: FindingList) -> Design:
    """The study design to import.

    Raises: ImportRefused where there is none, where none is the wanted one (by id or name),
    or where there are several and none is named.
    """
    study = object_of(root, "study", "", findings)
    if not study:
        raise ImportRefused('no "study" object: this is not a USDM file (v3 or v4)')
    designs = [
        Design(version, version_place, row, place)
        for version_place, version in rows(study, "versions", "study", findings)
        for place, row in rows(version, "studyDesigns", version_place, findings)
    ]
    for design in designs:
        if not shown_text(design.row, "id", design.place, findings):
            findings.note(
                "U018", design.place, "a design without an id", "reached by its name only"
            )
    if not designs:
        raise ImportRefused("no study.versions[].studyDesigns[]: no schedule to import")
    chosen = [d for d in designs if wanted is None or wanted in _handles(d)]
    if len(chosen) == 1:
        return chosen[0]
    listed = "; ".join(design.title for design in designs[:20])
    found = "no such design" if not chosen else f"{len(chosen)} designs fit"
    raise ImportRefused(f"{found}; name one with --design, by its id or name: {listed}")


def _handles(design: Design) -> set[Json]:
    own = [design.row.get(key) for key in ("id", "name") if isinstance(design.row.get(key), str)]
    version = design.version.get("id")
    return {*own, *(f"{version}/{handle}" for handle in own)}


def tell_version(root: Row, design: Design, findings: FindingList) -> str:
    """The USDM version by the file's structure; what the file says of itself is only compared."""
    version, row = design.version, design.row
    v4 = "eligibilityCriterionItems" in version or "eligibilityCriteria" in row
    v3 = "documentVersionId" in version or "criteria" in object_of(row, "population", "", findings)
    structure = "v4" if v4 else "v3" if v3 else "v3 or v4"
    said = root.get("usdmVersion")
    if not isinstance(said, str) or not said.startswith(structure[1]):
        findings.note(
            "U001", "usdmVersion", f"{quoted(said)}, and a structure of {structure}",
            "read by its structure",
        )  # fmt: skip
    return structure


def identity(
    design: Design, root: Row, dates: list[date], opens: date, findings: FindingList
) -> Row:
    """The protocol's id, title, version and date; what the file lacks is reported."""
    version, place = design.version, design.version_place
    name = _identifier(design, root, findings)
    title = _title(design, findings)
    label = shown_text(version, "versionIdentifier", place, findings)
    for value, key, instead in (
        (name, "an identifier of the study", "USDM"), (title, "a title", name or "USDM"),
        (label, "a version", "unknown"),
    ):  # fmt: skip
        if not value:
            findings.warn("U011", place, f"{key} is missing", f"written as {quoted(instead)}")
    if not dates:
        findings.warn("U012", place, "no protocol date", f"the opening date {opens} is written")
    return {
        "protocol": protocol_name(name, "USDM"),
        "title": one_line(title or name or "USDM"),
        "version": plain_label(label) or "unknown",
        "date": max(dates) if dates else opens,
    }


def _identifier(design: Design, root: Row, findings: FindingList) -> str:
    """The first identifier of the study; its name where it has none."""
    version, place = design.version, design.version_place
    ids = []
    for where, row in rows(version, "studyIdentifiers", place, findings):
        ids.append(
            shown_text(row, "text", where, findings)
            or shown_text(row, "studyIdentifier", where, findings)
        )
        if not ids[-1]:
            findings.note("U018", where, "an identifier without a text", "not used")
    own_id = next((i for i in ids if i), "")
    name = own_id or shown_text(object_of(root, "study", "", findings), "name", "study", findings)
    if name and not own_id:
        findings.warn(
            "U011", place, "an identifier of the study is missing",
            f"written as {quoted(name)}, the study's name",
        )  # fmt: skip
    return name


def _title(design: Design, findings: FindingList) -> str:
    titles = []
    for where, row in rows(design.version, "titles", design.version_place, findings):
        code = object_of(row, "type", where, findings)
        told = [text_of(code, key, f"{where}.type", findings) for key in ("code", "decode")]
        official = OFFICIAL_TITLE in told or "Official Study Title" in told
        text = text_of(row, "text", where, findings)
        titles.append((not official, text))
        if not text or len(text) > LONGEST_QUOTE:
            told_text = f"a title of {len(text):,} characters"
            findings.note("U004", where, told_text, "cut short where it is shown, or not used")
    if titles and all(other for other, _ in titles):
        findings.note(
            "U019", f"{design.version_place}.titles", "no title is marked as the official one",
            "the first that has a text is taken",
        )  # fmt: skip
    return next((text for _, text in sorted(titles, key=lambda t: t[0]) if text), "")


def version_dates(design: Design, findings: FindingList) -> list[date]:
    """The dates that the study version states for itself, such as its approval."""
    found = []
    for where, row in rows(design.version, "dateValues", design.version_place, findings):
        text = text_of(row, "dateValue", where, findings)
        day = iso_date(text)
        if day is None or not 1900 <= day.year <= 2100:
            told = f"{quoted(text)} is no date from 1900 to 2100"
            findings.warn("U013", f"{where}.dateValue", told, "not used")
        else:
            found.append(day)
    return found


def all_dates(root: Row) -> Iterator[date]:
    """Every `dateValue` anywhere in the file that is a date."""
    todo: list[Json] = [root]
    while todo:
        here = todo.pop()
        if isinstance(here, dict):
            value = here.get("dateValue")
            day = iso_date(value) if isinstance(value, str) else None
            if day is not None:
                yield day
            todo.extend(here.values())
        elif isinstance(here, list):
            todo.extend(here)


def enrollment(design: Design, findings: FindingList) -> int | None:
    """The planned number of participants, where the file states one whole number.

    It stands as a number, as a quantity, or as a range of numbers or of quantities.
    """
    place = f"{design.place}.population"
    population = object_of(design.row, "population", design.place, findings)
    for key in _PLANNED:
        value = population.get(key)
        if value in (None, [], ""):
            continue
        stated = set(_stated_numbers(value))
        number = stated.pop() if len(stated) == 1 else None
        if number is not None and 0 < number < 1e9 and number.is_integer():
            return int(number)
        findings.note("U014", f"{place}.{key}", "no single whole number", "not imported")
        return None
    findings.note("U014", place, "no planned number of participants", "not imported")
    return None


def _stated_numbers(value: Json, depth: int = 0) -> list[float]:
    """The numbers of a quantity, or of a range of numbers or quantities; [] if one is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [float(value)] if abs(value) < 1e12 else []
    if not isinstance(value, dict) or depth > 2:
        return []
    ends = [value.get(key) for key in ("value", "minValue", "maxValue")]
    found = [_stated_numbers(end, depth + 1) for end in ends if end is not None]
    return [n for numbers in found for n in numbers] if all(found) else []


def tell_arms(design: Design, findings: FindingList) -> None:
    """Say that USDM gives arms no timings of their own."""
    arms = [row for _, row in rows(design.row, "arms", design.place, findings)]
    if len(arms) > 1:
        findings.note(
            "U015", f"{design.place}.arms", f"{len(arms)} arms, which share one schedule",
            "USDM does not tie timings to arms; all visits are for all arms", _ids(arms),
        )  # fmt: skip


def tell_amendments(design: Design, findings: FindingList) -> None:
    """Say that amendments name document sections, never timings."""
    found = list(rows(design.version, "amendments", design.version_place, findings))
    if found:
        findings.note(
            "U016", f"{design.version_place}.amendments", f"{len(found)} amendments",
            "they name sections of a document, not timings; compare two files to see what changed",
            _ids(row for _, row in found),
        )  # fmt: skip


def _ids(found: Iterable[Row]) -> list[str]:
    return [value for value in (row.get("id") for row in found) if isinstance(value, str)]
