"""A protocol held against its source: what is cited must be there, and no time may be missed."""

import json
from pathlib import Path

import pytest
import yaml

from scheduler.sources.citations import Citations, check_citations
from scheduler.sources.findings import ImportRefused
from scheduler.sources.registry.record import read_record

TEXT = """Exclusion Criteria:

* Other cancer within 3 years prior to screening, or toxicity grade \\>= 2.
* Infarction within \u2264 6 months
  prior to screening.
* Live vaccine within 4 weeks prior to screening. Wound at screening.
"""
ALL = [
    ("E1", "within 3 years prior to screening"),
    ("E2", "within <= 6 months prior to screening"),
    ("E3", "within 4 weeks prior to screening"),
]


def test_everything_cited_and_covered() -> None:
    result = check_citations(ALL, TEXT)
    assert (result.cited, result.time_phrases, result.complete) == (3, 3, True)
    assert [mention.phrase for mention in result.mentions] == ["at screening"]


@pytest.mark.parametrize("left_out", range(3))
def test_a_time_that_no_item_cites_is_told_with_its_sentence(left_out: int) -> None:
    kept = [item for place, item in enumerate(ALL) if place != left_out]
    result = check_citations(kept, TEXT)
    (told,) = result.uncovered
    assert told.phrase == ALL[left_out][1]
    assert told.line == [3, 4, 6][left_out]
    assert ["Other cancer", "Infarction", "Live vaccine"][left_out] in told.sentence
    assert not result.complete


@pytest.mark.parametrize(
    "phrase",
    [
        "toxicity grade >= 2",
        "toxicity grade \u2265 2",
        "toxicity grade \\>= 2",
        "Within 3  years\nprior to screening",
    ],
)
def test_escapes_blanks_and_capital_letters_make_no_difference(phrase: str) -> None:
    assert check_citations([("E1", phrase)], TEXT).missing == ()


@pytest.mark.parametrize(
    "phrase",
    ["within 2 years prior to screening", "years prior to randomization", "week", "3 year", ""],
)
def test_a_phrase_that_is_not_there_is_told_with_the_nearest_sentence(phrase: str) -> None:
    (missing,) = check_citations([("E9", phrase)], TEXT).missing
    assert (missing.item, missing.phrase) == ("E9", phrase)
    if phrase.startswith("within 2"):
        assert "Other cancer within 3 years" in missing.nearest


def test_a_number_inside_a_longer_number_is_not_cited() -> None:
    result = check_citations([("E1", "3 months before surgery")], "* 13 months before surgery")
    assert [m.phrase for m in result.missing] == ["3 months before surgery"]
    assert [u.phrase for u in result.uncovered] == ["13 months before surgery"]


@pytest.mark.parametrize(
    "phrase", ["4 weeks", "within 4 weeks", "4 weeks prior to", "prior to screening"]
)
def test_a_citation_without_length_direction_and_anchor_covers_nothing(phrase: str) -> None:
    result = check_citations([("E3", phrase)], "* Live vaccine within 4 weeks prior to screening")
    assert len(result.uncovered) == 1
    assert result.missing == ()


def test_a_time_that_stands_twice_and_is_cited_once_is_asked_about() -> None:
    text = "* Surgery within 4 weeks before dosing\n* Vaccine within 4 weeks before dosing\n"
    once = check_citations([("E1", "within 4 weeks before dosing")], text)
    (asked,) = once.repeated
    assert (asked.places, asked.items) == (2, ("E1",))
    both = [("E1", "within 4 weeks before dosing"), ("E2", "within 4 weeks before dosing")]
    assert check_citations(both, text).repeated == ()


def test_two_citations_that_follow_on_each_other_hold_one_time() -> None:
    text = "At least 2 weeks must have elapsed between the end of radiotherapy and enrollment."
    first = ("E1", "At least 2 weeks must have elapsed")
    assert check_citations(
        [first, ("n", "between the end of radiotherapy and enrollment")], text
    ).complete
    assert not check_citations(
        [first, ("n", "the end of radiotherapy and enrollment")], text
    ).complete


def test_the_age_of_a_field_is_told_by_the_same_age_in_the_text_and_by_no_other() -> None:
    page = (
        "Inclusion Criteria\n\nAge between 18-75 years.\n\nMinimum Eligible Age\n\n18 Years\n\n"
        "Maximum Eligible Age\n\n78 Years\n"
    )
    result = check_citations([("I1", "Age between 18-75 years")], page)
    assert [told.phrase for told in result.uncovered] == ["78 Years"]
    assert check_citations([("I1", "18-75 years"), ("note", "78 Years")], page).complete


def test_a_json_record_is_searched_in_its_criteria_and_descriptions_not_in_its_outcomes() -> None:
    record = (
        '{"protocolSection": {"eligibilityModule": {"eligibilityCriteria": '
        '"* Surgery within 4 weeks before dosing"}, "descriptionModule": {"briefSummary": '
        '"Dosing starts 3 weeks after screening."}, "outcomesModule": {"primaryOutcomes": '
        '[{"timeFrame": "12 weeks after dosing"}]}}}'
    )
    found = {told.phrase for told in check_citations([], record).uncovered}
    assert found == {"within 4 weeks before dosing", "3 weeks after screening"}
    cited = check_citations(
        [("V1", "12 weeks after dosing"), ("V2", "12 weeks after surgery")], record
    )
    assert [told.item for told in cited.missing] == ["V2"]


ARMS = [
    (
        "protocolSection", "eligibilityModule", "eligibilityCriteria", "armsInterventionsModule",
        {
            "armGroups": [{"label": "A", "description": "Gel for 3 days before surgery"}],
            "interventions": [{"name": "Gel", "description": "2 hours before surgery"}],
        },
    ),
    (
        "ProtocolSection", "EligibilityModule", "EligibilityCriteria", "ArmsInterventionsModule",
        {
            "ArmGroupList": {"ArmGroup": [{"ArmGroupDescription": "Gel for 3 days before surgery"}]},
            "InterventionList": {
                "Intervention": [{"InterventionDescription": "2 hours before surgery"}]
            },
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("top", "part", "key", "arms", "lists"), ARMS, ids=["v2", "older"])
def test_the_times_of_arms_and_interventions_must_be_cited(
    top: str, part: str, key: str, arms: str, lists: dict[str, object]
) -> None:
    record = json.dumps({top: {part: {key: "* Surgery planned"}, arms: lists}})
    uncovered = check_citations([("V1", "2 hours before surgery")], record).uncovered
    assert [told.phrase for told in uncovered] == ["3 days before surgery"]


def test_a_list_of_arms_of_a_wrong_type_is_told() -> None:
    lists = {"armGroups": {"label": "A"}, "interventions": ["Gel", {"description": 3}]}
    told = read_record(
        json.dumps({"protocolSection": {"armsInterventionsModule": lists}})
    ).unreadable
    assert [text.split(":")[0] for text in told] == [
        "armsInterventionsModule.armGroups",
        "armsInterventionsModule.interventions",
        "armsInterventionsModule.interventions.description",
    ]


@pytest.mark.parametrize(
    "source", ["", "   \n", b"\xff\xfe\x00x", "{not json", '{"a": 1}', "a\x00b"]
)
def test_a_source_that_cannot_be_read_is_refused_in_words(source: str | bytes) -> None:
    with pytest.raises(ImportRefused, match=r"\w{3}"):
        check_citations(ALL, source)


def _items(protocol: Path) -> list[tuple[str, str]]:
    data = yaml.safe_load(protocol.read_text(encoding="utf-8"))
    return [
        (str(item.get("id") or item.get("about") or section), item["source"]["phrase"])
        for section in ("gaps", "visits", "rules", "checklist", "notes")
        for item in data.get(section, [])
        if "phrase" in item.get("source", {})
    ]


def _held(root: Path, shared_data: Path, without: str = "") -> Citations:
    items = _items(root / "protocols" / "nct07342244" / "protocol.yaml")
    text = (shared_data / "registry" / "NCT07342244.txt").read_text(encoding="utf-8")
    return check_citations([pair for pair in items if not without or without not in pair[1]], text)


def test_the_shipped_protocol_cites_every_time_of_its_record(root: Path, shared_data: Path) -> None:
    result = _held(root, shared_data)
    assert result.missing == ()
    assert result.uncovered == ()
    assert result.time_phrases >= 20


@pytest.mark.parametrize(
    "phrase",
    ["prior to lymphodepletion", "72 hours before", "78 Years", "2 weeks prior to screening"],
)
def test_leaving_one_of_its_citations_out_is_noticed(
    root: Path, shared_data: Path, phrase: str
) -> None:
    assert any(phrase in told.phrase for told in _held(root, shared_data, phrase).uncovered)


def test_the_lines_say_the_counts() -> None:
    lines = check_citations([("E9", "within 9 weeks")], TEXT).lines()
    assert lines[0].startswith('E9: the source does not say "within 9 weeks"')
    assert lines[-1] == (
        "1 citations, 1 not in the source; 3 time phrases in the source, 3 not covered; "
        "1 uncited mentions of a milestone without a length"
    )


REQUIRED = """Inclusion Criteria:

* Stable dose of a beta blocker for at least 12 weeks before randomization.
* A relapse within 12 months before screening.
* Diagnosed with asthma for at least 6 months before screening.
* At least 2 relapses within 24 months before screening.
"""
ASKED = [
    ("covering", "for at least 12 weeks before randomization"),
    ("within", "within 12 months before screening"),
    ("since", "for at least 6 months before screening"),
    ("count", "within 24 months before screening"),
]


def test_the_phrases_of_rules_that_require_cover_their_times() -> None:
    result = check_citations(ASKED, REQUIRED)
    assert (result.cited, result.time_phrases, result.complete) == (4, 4, True)


@pytest.mark.parametrize("left_out", range(4))
def test_a_required_time_that_no_rule_cites_is_told(left_out: int) -> None:
    kept = [item for place, item in enumerate(ASKED) if place != left_out]
    (told,) = check_citations(kept, REQUIRED).uncovered
    assert told.line == left_out + 3
