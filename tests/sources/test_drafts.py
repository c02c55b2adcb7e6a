"""Drafts of sentences that were drafted wrongly: states that must hold, ages, sides, citations."""

import json
from pathlib import Path

import pytest
import yaml

from scheduler.sources.citations import check_citations
from scheduler.sources.cited import cited_in_text
from scheduler.sources.registry.drafting import draft
from tests.sources.test_registry import SAMPLES, _assert_only_exposures_are_missing, _record


def drafted(inclusion: str = "", exclusion: str = "") -> dict:
    text = f"Inclusion Criteria:\n\n* {inclusion}\n\nExclusion Criteria:\n\n* {exclusion}\n"
    made = draft(text, as_of="2026-01-01")
    _assert_only_exposures_are_missing(made.yaml)
    return yaml.safe_load(made.yaml)


@pytest.mark.parametrize(
    ("sentence", "key", "length", "before"),
    [
        ("On a stable dose of metformin for at least 12 weeks before randomization",
         "covering", "12 weeks", "randomization"),
        ("Stable tacrolimus dose for at least 2 weeks prior to randomization",
         "covering", "2 weeks", "randomization"),
        ("Has been receiving erlotinib for at least 6 weeks prior to enrollment",
         "covering", "6 weeks", "enrollment"),
        ("Diagnosed with asthma at least 6 months prior to screening",
         "since", "6 months", "screening"),
        ("Body weight unchanged for more than 3 months before screening",
         "covering", "3 months", "screening"),
        ("Postmenopausal for at least 12 months prior to screening",
         "covering", "12 months", "screening"),
        ("History of migraine for >= 1 year prior to screening", "since", "1 year", "screening"),
        ("No change for at least 4 weeks before baseline", "covering", "4 weeks", "baseline"),
    ],
)  # fmt: skip
def test_a_state_that_must_hold_is_required_and_no_prohibition(
    sentence: str, key: str, length: str, before: str
) -> None:
    (rule,) = drafted(inclusion=sentence)["rules"]
    assert (rule["require"], rule[key], rule["before"]) == ("TODO", length, before)
    assert "forbid" not in rule
    assert rule["source"]["phrase"] in sentence


def test_a_state_that_is_missing_is_no_prohibition_either() -> None:
    data = drafted(
        exclusion="Not on a stable dose of statins for at least 4 weeks before screening"
    )
    assert "rules" not in data
    assert "It is no prohibition" in data["checklist"][0]["summary"]


@pytest.mark.parametrize(
    ("sentence", "length"),
    [
        ("Off steroids for at least 2 weeks before enrollment", "2 weeks"),
        ("Must have discontinued steroids at least 1 week prior to registration", "1 week"),
        ("Last dose of chemotherapy at least 21 days before the first dose", "21 days"),
        ("Not receiving any anticoagulant for at least 7 days prior to screening", "7 days"),
        ("Radiotherapy must have been completed >= 4 weeks prior to first dose", "4 weeks"),
        ("A washout of at least 5 days before baseline", "5 days"),
    ],
)
def test_a_time_that_must_have_passed_stays_a_rule(sentence: str, length: str) -> None:
    (rule,) = drafted(inclusion=sentence)["rules"]
    assert rule["clear"] == length


@pytest.mark.parametrize(
    ("sentence", "within"),
    [
        ("Major surgery within 3 months", "3 months"),
        ("Stroke in 6 months", "6 months"),
        ("Recent blood donation (within 90 days).", "90 days"),
        ("Cocaine use (past year)", "1 year"),
        ("Opioids within the 6 previous months", "6 months"),
        ("Vaccination within 4 weeks of screening", "4 weeks"),
    ],
)
def test_a_time_before_no_day_or_of_a_day_is_a_rule_of_an_exclusion(
    sentence: str, within: str
) -> None:
    data = drafted(exclusion=sentence)
    (rule,) = data["rules"]
    assert (rule["within"], rule["before"]) == (within, "screening")
    assert "taken" in rule["assumption"]
    assert "checklist" not in data
    assert "rules" not in drafted(inclusion=sentence)


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Planned surgery within 3 months", "looks ahead"),
        ("Life expectancy within 3 months", "length of time"),
        ("Heavy drinking within the past several months", "no number"),
        ("Infection unlikely to resolve within 2 weeks", "looks ahead"),
        ("Vaccine within 30 days of last dose", "a person must say which"),
    ],
)
def test_what_looks_ahead_or_has_no_number_stands_on_the_checklist(
    sentence: str, words: str
) -> None:
    data = drafted(exclusion=sentence)
    assert "rules" not in data
    assert words in data["checklist"][0]["summary"]


@pytest.mark.parametrize(
    ("minimum", "maximum", "limits"),
    [
        ("3 Months", "N/A", {"min": "3 months"}),
        ("3 Months", "17 Years", {"min": "3 months", "max": "17 years"}),
        ("N/A", "23 Months", {"max": "23 months"}),
        ("12 Months", "11 Months", None),
        ("1 Year", "59 Months", {"min": "1 year", "max": "59 months"}),
        ("6 Weeks", "5 Years", {"max": "5 years"}),
    ],
)
def test_ages_in_months_are_ages(minimum: str, maximum: str, limits: dict | None) -> None:
    module = {"eligibilityCriteria": "Exclusion Criteria:\n\n* Fever\n",
              "minimumAge": minimum, "maximumAge": maximum}  # fmt: skip
    made = draft(json.dumps(_record(eligibilityModule=module)))
    _assert_only_exposures_are_missing(made.yaml)
    data = yaml.safe_load(made.yaml)
    assert [rule["age"] for rule in data.get("rules", [])] == ([limits] if limits else [])
    unsaid = [item for item in data.get("checklist", []) if "age rules are in years" in str(item)]
    assert len(unsaid) == (minimum == "6 Weeks")
    assert check_citations(cited_in_text(made.yaml) or [], json.dumps(
        _record(eligibilityModule=module))).complete  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "limits"),
    [
        ("Age 3 months to 5 years", {"min": "3 months", "max": "5 years"}),
        ("Children aged at least 6 months", {"min": "6 months"}),
        ("Aged 6 months and older", {"min": "6 months"}),
        ("Age between 2 and 24 months", {"min": "2 months", "max": "24 months"}),
    ],
)
def test_ages_in_months_of_the_text(sentence: str, limits: dict) -> None:
    (rule,) = drafted(inclusion=sentence)["rules"]
    assert rule["age"] == limits


def test_no_two_items_of_a_draft_cite_the_same() -> None:
    same = "vaccination within 4 weeks prior to screening"
    data = drafted(exclusion=f"{same}; {same}; or {same}, {same}")
    cited = [tuple(rule["source"].items()) for rule in data["rules"]]
    assert len(cited) == 4
    assert len(set(cited)) == 4


def test_a_citation_tells_the_exposure_and_not_only_the_time() -> None:
    data = drafted(
        exclusion="Stroke or major surgery (other than biopsy) within 4 weeks before day 1"
    )
    words = data["rules"][0]["source"]["phrase"]
    assert words == "or major surgery (other than biopsy) within 4 weeks before day 1"


@pytest.mark.parametrize("name", SAMPLES)
def test_a_fresh_draft_holds_every_time_of_its_own_record(shared_data: Path, name: str) -> None:
    raw = (shared_data / "registry" / name).read_bytes()
    made = draft(raw, as_of="2026-02-02")
    result = check_citations(cited_in_text(made.yaml) or [], raw)
    assert result.missing == ()
    assert result.uncovered == ()
    assert result.cited > 0
    data = yaml.safe_load(made.yaml)
    items = [*data.get("rules", []), *data.get("checklist", [])]
    cited = [tuple(item["source"].items()) for item in items if "source" in item]
    assert len(cited) == len(set(cited))


def test_a_phrase_longer_than_a_citation_is_covered_by_two_that_touch() -> None:
    text = "* Any drug within 30 days or 5 half-lives of the drug in question, whichever of the " \
           "two is the longer, before the first dose of it\n"  # fmt: skip
    made = draft(f"Exclusion Criteria:\n\n{text}", as_of="2026-01-01")
    result = check_citations(cited_in_text(made.yaml) or [], text)
    assert result.complete


def test_what_a_file_with_faults_cites() -> None:
    text = (
        "rules:\n  - {id: E1, forbid: TODO, source: {ref: a, phrase: one}}\n"
        "notes:\n  - {about: E1, text: x, source: {ref: b, phrase: two}}\nstudy: {source: "
        "{ref: a, phrase: three}}\n"
    )
    found = cited_in_text(text)
    assert found == [("E1", "one"), ("note on E1", "two"), ("study", "three")]
    assert cited_in_text(text, "b") == [("note on E1", "two")]
    for broken in ("a: [", "- 1", "", "a: &x [*x]", "a: 2026-13-45"):
        assert not cited_in_text(broken)
