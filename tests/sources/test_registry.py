"""Drafts from registry records: what they hold, what they mark, and what they refuse."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import ImportRefused, ImportResult
from scheduler.sources.phrases.reading import find_phrases
from scheduler.sources.registry.criteria import criterion_at, split_criteria
from scheduler.sources.registry.drafting import draft
from scheduler.sources.registry.fields import record_day
from scheduler.sources.registry.record import read_record

CRITERIA = """Inclusion Criteria:

* Age 18 to 75 years
* Negative pregnancy test within 7 days prior to randomization
* At least 4 weeks since prior chemotherapy

Exclusion Criteria:

* Major surgery within 4 weeks of first dose
* Live vaccine < 30 days before enrollment
* Steroids within 2 weeks or 5 half-lives, whichever is longer, prior to baseline
* Stroke in the past 6 months
* Planning pregnancy within 2 years after infusion
* Prior treatment with venetoclax
* Expected survival of less than 3 months
"""


def _record(**changes: Any) -> dict[str, Any]:
    section: dict[str, Any] = {
        "identificationModule": {"nctId": "NCT00000000", "briefTitle": "A made-up record"},
        "statusModule": {
            "startDateStruct": {"date": "2026-03-01"},
            "completionDateStruct": {"date": "2028-03-31"},
            "lastUpdateSubmitDate": "2026-02-02",
        },
        "designModule": {"enrollmentInfo": {"count": 40}},
        "eligibilityModule": {
            "eligibilityCriteria": CRITERIA, "minimumAge": "18 Years", "maximumAge": "75 Years",
        },
    }  # fmt: skip
    return {"protocolSection": section | changes}


def _drafted(record: object, **options: Any) -> tuple[dict[str, Any], ImportResult]:
    made = draft(json.dumps(record), **options)
    data = yaml.safe_load(made.yaml)
    assert isinstance(data, dict)
    return data, made


def _rule(data: dict[str, Any], item: str) -> dict[str, Any]:
    (rule,) = [rule for rule in data["rules"] if rule["id"] == item]
    return {key: value for key, value in rule.items() if key not in {"id", "summary", "source"}}


def test_each_kind_of_phrase_becomes_the_rule_that_its_words_say() -> None:
    data, _ = _drafted(_record(), timezone="Asia/Shanghai")
    assert data["study"] == {
        "opens": date(2026, 3, 1), "closes": date(2028, 3, 31), "enrollment": 40,
        "source": {"ref": "registry", "section": "study dates", "phrase": "2026-03-01"},
    }  # fmt: skip
    assert data["timezone"] == "Asia/Shanghai"
    surgery = _rule(data, "E1")
    assert 'the text says "of"' in surgery.pop("assumption")
    assert surgery == {"forbid": "TODO", "within": "4 weeks", "before": "treatment_start"}
    assert _rule(data, "E2") == {
        "forbid": "TODO", "within": "30 days", "before": "enrollment", "boundary": "exclusive",
    }  # fmt: skip
    assert _rule(data, "E3") == {
        "forbid": "TODO",
        "within": {"longer_of": ["2 weeks", "5 half-lives"]},
        "before": "baseline",
    }  # fmt: skip
    stroke = _rule(data, "E4")
    assert "names no day" in stroke.pop("assumption")
    assert stroke == {"forbid": "TODO", "within": "6 months", "before": "screening"}
    assert _rule(data, "E5") == {"forbid": "TODO", "within": "2 years", "after": "infusion"}
    assert _rule(data, "E6")["ever_before"] == "screening"
    assert _rule(data, "I3")["clear"] == "4 weeks"


def test_what_is_no_rule_stands_on_the_checklist() -> None:
    data, made = _drafted(_record())
    assert [item["id"] for item in data["checklist"]] == ["I2", "E7"]
    assert "inclusion criterion" in data["checklist"][0]["summary"]
    assert data["checklist"][1]["summary"] == "a length of time: less than 3 months"
    assert {finding.code for finding in made.findings} >= {"R103", "R104", "R106"}


def test_the_citation_is_the_words_of_the_source_and_at_most_twelve_of_them() -> None:
    data, _ = _drafted(_record())
    for item in [*data["rules"], *data["checklist"]]:
        phrase = item["source"]["phrase"]
        assert phrase in " ".join(CRITERIA.split())
        assert len(phrase.split()) <= 12


def test_every_time_phrase_is_in_the_draft_once() -> None:
    data, _ = _drafted(_record())
    assert len(data["rules"]) + len(data["checklist"]) == len(find_phrases(CRITERIA)) == 10


@pytest.mark.parametrize(
    ("fields", "limits", "notes"),
    [
        (
            {"minimumAge": "18 Years", "maximumAge": "78 Years"},
            {"min": "18 years", "max": "75 years"},
            1,
        ),
        (
            {"minimumAge": "21 Years", "maximumAge": "75 Years"},
            {"min": "21 years", "max": "75 years"},
            1,
        ),
        ({"minimumAge": "18 Years"}, {"min": "18 years", "max": "75 years"}, 0),
        ({"minimumAge": "6 Months"}, {"min": "18 years", "max": "75 years"}, 1),
        ({"minimumAge": "N/A", "maximumAge": "N/A"}, {"min": "18 years", "max": "75 years"}, 0),
    ],
)
def test_the_stricter_age_is_used_and_a_disagreement_is_noted(
    fields: dict[str, str], limits: dict[str, str], notes: int
) -> None:
    module = {"eligibilityCriteria": CRITERIA} | fields
    data, _ = _drafted(_record(eligibilityModule=module))
    assert _rule(data, "I1-age")["age"] == limits
    assert len(data.get("notes", [])) == notes


def test_ages_that_cannot_both_hold_give_no_rule_and_a_warning() -> None:
    module = {
        "eligibilityCriteria": "Inclusion Criteria:\n\n* Age 18 to 30 years\n",
        "minimumAge": "40 Years",
    }
    data, made = _drafted(_record(eligibilityModule=module))
    assert "rules" not in data
    assert any("no age fits" in finding.done for finding in made.findings)


def test_dates_that_nobody_told_are_placeholders_and_reported() -> None:
    data, made = _drafted(_record(statusModule={}), as_of="2026-07-09")
    assert (data["study"]["opens"], data["study"]["closes"]) == (date(2026, 1, 1), date(2036, 1, 1))
    assert "placeholder" in data["study"]["assumption"]
    assert [f.code for f in made.findings].count("R104") == 3


def test_a_month_without_a_day_is_taken_whole_and_said() -> None:
    status = {"startDateStruct": {"date": "2006-11"}, "completionDateStruct": {"date": "2013-02"}}
    data, _ = _drafted(_record(statusModule=status))
    assert (data["study"]["opens"], data["study"]["closes"]) == (
        date(2006, 11, 1),
        date(2013, 2, 28),
    )
    assert "2006-11" in data["study"]["assumption"] and "2013-02" in data["study"]["assumption"]


def test_a_study_that_ends_before_it_starts_keeps_only_its_start() -> None:
    status = {
        "startDateStruct": {"date": "2026-05-01"},
        "completionDateStruct": {"date": "2020-01-01"},
    }
    data, made = _drafted(_record(statusModule=status))
    assert data["study"]["opens"] == date(2026, 5, 1)
    assert data["study"]["closes"] > data["study"]["opens"]
    assert any("left out" in finding.done for finding in made.findings)


def test_options_win_over_the_record() -> None:
    data, _ = _drafted(
        _record(), opens="2027-01-01", closes=date(2027, 12, 31), timezone="Europe/Paris"
    )
    assert (data["study"]["opens"], data["study"]["closes"]) == (
        date(2027, 1, 1),
        date(2027, 12, 31),
    )
    assert data["timezone"] == "Europe/Paris"


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2026-01-30", date(2026, 1, 30), date(2026, 1, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("August 10, 2020", date(2020, 8, 10), date(2020, 8, 10)),
        ("July 2021", date(2021, 7, 1), date(2021, 7, 31)),
    ],
)
def test_dates_of_both_record_shapes(written: str, first: date, last: date) -> None:
    day = record_day(written)
    assert day is not None and (day.first, day.last) == (first, last)


@pytest.mark.parametrize(
    "written", ["2026-13-01", "2026-02-30", "03/04/2026", "soon", "", "Foo 2020"]
)
def test_what_is_no_date_is_not_read_as_one(written: str) -> None:
    assert record_day(written) is None


def test_both_json_shapes_and_their_wrappers_read_alike() -> None:
    old = {
        "ProtocolSection": {
            "IdentificationModule": {"NCTId": "NCT00000000", "BriefTitle": "A made-up record"},
            "StatusModule": {
                "StartDateStruct": {"StartDate": "March 1, 2026"},
                "CompletionDateStruct": {"CompletionDate": "March 31, 2028"},
                "LastUpdateSubmitDate": "February 2, 2026",
            },
            "DesignModule": {"EnrollmentInfo": {"EnrollmentCount": "40"}},
            "EligibilityModule": {
                "EligibilityCriteria": CRITERIA, "MinimumAge": "18 Years", "MaximumAge": "75 Years",
            },
        }
    }  # fmt: skip
    wrapped = {"FullStudiesResponse": {"FullStudies": [{"Rank": 1, "Study": old}]}}
    new, _ = _drafted(_record())
    for record in (old, wrapped, {"studies": [_record()]}):
        data, _ = _drafted(record)
        assert data["rules"] == new["rules"]
        assert data["study"]["opens"] == new["study"]["opens"]


REFUSED: list[tuple[str | bytes, str]] = [
    ("", "empty"),
    (b"\xff\xfe\xfd", "UTF-8"),
    ('{"protocolSection": ', "damaged JSON"),
    ("[" * 100_000, "damaged JSON"),
    ('{"a": 1}', "no registry record"),
    ("[1, 2, 3]", "no registry record"),
    (json.dumps({"studies": [_record(), _record()]}), "2 studies"),
    ("a\x00b", "zero bytes"),
    ("x" * 3_000_000, "longer than"),
    ("* Surgery within 4 weeks before dosing", "--opens"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_clear_sentence(
    text: str | bytes, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        draft(text)


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))


_PATHS = [path for path in _paths(_record()) if path != ("protocolSection",)]
_WRONG = [None, 7, -1, 3.5, True, "", "no such thing", [], ["a"], {}, {"a": [1]}, 10**400]


@pytest.mark.parametrize("path", _PATHS, ids=[".".join(path[1:]) for path in _PATHS])
@pytest.mark.parametrize("wrong", _WRONG, ids=[repr(wrong)[:12] for wrong in _WRONG])
def test_a_value_of_a_wrong_type_gives_a_draft_with_findings_and_never_raises(
    path: tuple[Any, ...], wrong: object
) -> None:
    record = _record()
    place: Any = record
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = wrong
    data, made = _drafted(record, as_of="2026-01-01")
    assert data["study"]["opens"] <= data["study"]["closes"]
    assert made.findings
    _assert_only_exposures_are_missing(made.yaml)


@settings(max_examples=60)
@given(st.text(max_size=120), st.integers(0, len(CRITERIA)))
def test_text_of_the_record_never_becomes_structure(noise: str, place: int) -> None:
    criteria = CRITERIA[:place] + noise + CRITERIA[place:]
    record = _record(
        eligibilityModule={"eligibilityCriteria": criteria, "minimumAge": noise},
        identificationModule={"nctId": noise, "briefTitle": noise},
    )
    data, _ = _drafted(record)
    allowed = {"protocol", "title", "version", "date", "timezone", "study", "sources", "milestones",
               "rules", "checklist", "notes"}  # fmt: skip
    assert set(data) <= allowed


def _assert_only_exposures_are_missing(text: str) -> None:
    """The draft's own faults are the TODOs; with them declared, the file is a protocol."""
    declared = text.replace(
        "\nmilestones:", '\nevents:\n  "TODO": {kind: course}\n\nmilestones:', 1
    )
    protocol, faults = parse_protocol(declared, "draft.yaml")
    assert [str(fault) for fault in faults if not fault.warning] == []
    assert protocol is not None


def test_a_draft_is_no_usable_protocol_until_a_person_named_the_exposures() -> None:
    _, made = _drafted(_record())
    protocol, faults = parse_protocol(made.yaml, "draft.yaml")
    assert protocol is None or faults
    assert sum("TODO" in str(fault) for fault in faults) == 7
    assert made.yaml.count("\n    forbid: TODO\n") == 7


SAMPLES = [
    "NCT07342244.txt", "records/NCT00763412.json", "records/NCT02210780.json",
    "records/NCT03630471.json", "records/NCT04207047.json", "records/NCT04497298.json",
    "records/NCT04779892.json", "criteria/NCT00406393.txt", "criteria/NCT02269085.txt",
    "criteria/NCT02446964.txt", "criteria/NCT02465983.txt", "criteria/NCT03506802.txt",
    "criteria/NCT03558750.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_gives_a_valid_draft_with_every_phrase(shared_data: Path, name: str) -> None:
    raw = (shared_data / "registry" / name).read_bytes()
    made = draft(raw, as_of="2026-02-02")
    _assert_only_exposures_are_missing(made.yaml)
    data = yaml.safe_load(made.yaml)
    drafted = len(data.get("rules", [])) + len(data.get("checklist", []))
    found = find_phrases(read_record(raw).criteria)
    ages = sum(phrase.kind == "age" for phrase in found)
    assert len(found) - ages <= drafted <= len(found) + 1
    assert draft(raw, as_of="2026-02-02") == made


@pytest.mark.parametrize("size", [0.2, 0.5, 0.9, 0.999])
def test_a_record_cut_short_is_refused(shared_data: Path, size: float) -> None:
    raw = (shared_data / "registry" / "records" / "NCT04207047.json").read_bytes().rstrip()
    with pytest.raises(ImportRefused):
        draft(raw[: int(len(raw) * size)])


def test_the_record_this_project_starts_from(shared_data: Path) -> None:
    data = yaml.safe_load(draft((shared_data / "registry" / "NCT07342244.txt").read_bytes()).yaml)
    assert data["protocol"] == "NCT07342244"
    assert (data["study"]["opens"], data["study"]["closes"]) == (
        date(2026, 1, 30),
        date(2029, 12, 20),
    )
    assert data["study"]["enrollment"] == 18
    assert _rule(data, "I2-age")["age"] == {"min": "18 years", "max": "75 years"}
    (note,) = data["notes"]
    assert "75" in note["text"] and "78" in note["text"]
    spans = {
        (rule["id"], rule.get("within"), rule.get("before") or rule.get("after"))
        for rule in data["rules"]
        if "within" in rule
    }
    assert spans == {
        ("E1", "3 years", "screening"), ("E5", "6 months", "screening"),
        ("E9", "6 months", "screening"), ("E13", "1 week", "blood_collection"),
        ("E13-2", "2 weeks", "screening"), ("E14", "2 weeks", "blood_collection"),
        ("E14-2", "2 weeks", "blood_collection"), ("E14-3", "72 hours", "infusion"),
        ("E14-4", "2 weeks", "blood_collection"), ("E15", "4 weeks", "lymphodepletion"),
        ("E16", "4 weeks", "screening"), ("E19", "2 years", "infusion"),
        ("E19-2", "2 years", "infusion"),
    }  # fmt: skip
    assert {rule["id"] for rule in data["rules"] if "ever_before" in rule} == {"E7", "E8"}


def test_criteria_keep_the_numbers_of_the_text_and_nested_points_belong_above() -> None:
    text = (
        "Inclusion Criteria:\n\n1. A\n2. B:\n\n   1. nested\n   2. nested too\n3. C\n\nExclusion "
        "Criteria:\n\n1. D\n2. E\n"
    )
    criteria = split_criteria(text)
    assert [one.label for one in criteria] == ["I1", "I2", "I3", "E1", "E2"]
    nested = criterion_at(criteria, text.index("nested too"))
    assert nested is not None and nested.label == "I2"


def test_a_page_without_bullets_is_counted_by_sentences() -> None:
    text = "Exclusion Criteria\n\nNo cancer. No stroke (e.g. a large one).\n\nNo surgery at all.\n"
    assert [one.label for one in split_criteria(text)] == ["E1", "E2", "E3"]
