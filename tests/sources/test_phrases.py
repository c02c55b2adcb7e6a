"""The time-phrase grammar: sentences made up or paraphrased for the test, and read by a person."""

import importlib.util
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.sources.phrases.reading import find_phrases
from scheduler.sources.phrases.record import Phrase
from scheduler.sources.phrases.text import LONGEST_SENTENCE, plain, sentences

# sentence -> for each phrase: length, direction, anchor class, bound
READ: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    ("in the past 6 months", [("6 months", "before", "none", "within")]),
    ("during the previous 4 weeks", [("4 weeks", "before", "none", "within")]),
    ("in last one year", [("1 year", "before", "none", "within")]),
    ("within the last year", [("1 year", "before", "none", "within")]),
    ("in the month before screening", [("1 month", "before", "screening", "within")]),
    ("<=14 days prior to first dose", [("14 days", "before", "treatment_start", "at_most")]),
    ("\u2264 30 days before C1D1", [("30 days", "before", "treatment_start", "at_most")]),
    ("\\>1 year prior to study entry", [("1 year", "before", "enrollment", "more_than")]),
    ("&gt; 6 months before screening", [("6 months", "before", "screening", "more_than")]),
    (
        "at least 2 weeks must have elapsed since last chemotherapy",
        [("2 weeks", "after", "prior_therapy", "at_least")],
    ),
    ("28-day washout before randomization", [("28 days", "before", "randomization", "")]),
    ("3 months post transplant", [("3 months", "after", "transplant", "")]),
    (
        "for at least 90 days after last dose",
        [("90 days", "after", "treatment_end", "at_least")],
    ),
    ("within 14 (+/-2) days of baseline", [("14 days", "before", "baseline", "within")]),
    ("within 2-4 weeks before screening", [("2-4 weeks", "before", "screening", "within")]),
    ("six (6) months prior to consent", [("6 months", "before", "consent", "")]),
    ("within two (2) weeks of enrolment", [("2 weeks", "before", "enrollment", "within")]),
    ("a week after the last dose", [("1 week", "after", "treatment_end", "")]),
    ("within 72h before infusion", [("72 hours", "before", "infusion", "within")]),
    ("within the 7 days up to randomization", [("7 days", "before", "randomization", "within")]),
    ("a 12-month history of migraine", [("12 months", "unknown", "none", "")]),
    ("expected survival > 3 months", [("3 months", "unknown", "none", "more_than")]),
    ("life expectancy of at least 12 weeks", [("12 weeks", "unknown", "none", "at_least")]),
    ("for 14 days or longer", [("14 days", "unknown", "none", "at_least")]),
    ("treated more than 5 years previously", [("5 years", "before", "none", "more_than")]),
    ("stopped at least one year ago", [("1 year", "before", "none", "at_least")]),
    ("and for six months thereafter", [("6 months", "after", "none", "")]),
    ("during the next 6 months", [("6 months", "after", "none", "within")]),
    (
        "within the first 4 weeks of treatment",
        [("4 weeks", "after", "treatment_start", "within")],
    ),
    (
        "a minimum of 4 weeks must pass between prior therapy and the first dose",
        [("4 weeks", "before", "treatment_start", "at_least")],
    ),
    (
        "an allograft within 16 weeks or an autograft within 8 weeks of initiation of therapy",
        [
            ("16 weeks", "before", "treatment_start", "within"),
            ("8 weeks", "before", "treatment_start", "within"),
        ],
    ),
    (
        "2 weeks before or 4 weeks after vaccination",
        [("2 weeks", "before", "treatment_start", ""), ("4 weeks", "after", "treatment_end", "")],
    ),
    (
        "for 4 months/6 months after the discontinuation of treatment",
        [("4 months", "after", "treatment_end", ""), ("6 months", "after", "treatment_end", "")],
    ),
    (
        "within 1 week prior to planned blood collection for manufacturing at screening",
        [("1 week", "before", "blood_collection", "within")],
    ),
    (
        "donated 400 mL within 12 weeks or 200 mL within 4 weeks prior to screening",
        [
            ("12 weeks", "before", "screening", "within"),
            ("4 weeks", "before", "screening", "within"),
        ],
    ),
    ("within the start of cycle 1 day 1", []),
    ("dialysis three times a week, drug every 3 weeks, q3w, one 28-day cycle", []),
    ("a 6-minute walk, a 24-hour urine collection, 10 mg/24 hours, 8 hours per day", []),
    ("20 pack-years, more than 14 drinks per week, QTc > 450 ms", []),
    ("at Week 12, on day 100, visit 2", []),
]


@pytest.mark.parametrize(("sentence", "expected"), READ, ids=[sentence for sentence, _ in READ])
def test_a_length_is_read_with_its_direction_anchor_and_bound(
    sentence: str, expected: list[tuple[str, str, str, str]]
) -> None:
    found = [
        (" + ".join(map(str, phrase.lengths)), phrase.direction, phrase.anchor, phrase.bound)
        for phrase in find_phrases(sentence)
        if phrase.kind in {"interval", "length"}
    ]
    assert found == expected


# Each was once not found, read wrongly, or given no side: the sentence, then lengths and directions.
MENDED: list[tuple[str, list[tuple[str, str]]]] = [
    ("No suicide attempt (past year)", [("1 year", "before")]),
    ("Alcohol use disorder in past month", [("1 month", "before")]),
    ("past-year cocaine use", [("1 year", "before")]),
    ("hospitalised (last month) for asthma", [("1 month", "before")]),
    ("planning pregnancy in the next month", [("1 month", "after")]),
    ("moving away in the coming month", [("1 month", "after")]),
    ("within the past half year", [("0.5 years", "before")]),
    ("in the last half-year", [("0.5 years", "before")]),
    ("within the 6 previous months", [("6 months", "before")]),
    ("in the 12 preceding weeks", [("12 weeks", "before")]),
    ("during the two past years", [("2 years", "before")]),
    ("within the 3 next months", [("3 months", "after")]),
    ("gestational age 34 + 0 weeks or more", [("34 weeks", "unknown")]),
    ("delivery at 36 + 6 weeks", [("258 days", "unknown")]),
    ("24+0 to 33+6 weeks", [("168-237 days", "unknown")]),
    ("36 6/7 weeks of gestation", [("258 days", "unknown")]),
    ("from 37 weeks 6 days", [("265 days", "unknown")]),
    ("at 37 weeks and 6 days", [("265 days", "unknown")]),
    ("grade 3 + 2 points", []),
    ("in the 2 years 6 months before dosing", [("30 months", "before")]),
    ("less than10 days before screening", [("10 days", "before")]),
    ("within30 days before screening", [("30 days", "before")]),
    ("at 3, 6 and 12 months", [("3 months", "unknown"), ("6 months", "unknown"),
                               ("12 months", "unknown")]),
    ("3, 6, or 12 months after discharge", [("3 months", "after"), ("6 months", "after"),
                                            ("12 months", "after")]),
    ("2 or 4 weeks before screening", [("2 weeks", "before"), ("4 weeks", "before")]),
    ("between 2 and 4 weeks before screening", [("2-4 weeks", "before")]),
    ("visit 1, 2 and 3 weeks", [("3 weeks", "unknown")]),
    ("age 6 months to 5 years", []),
    ("3D ultrasound, 3d imaging, 3D-conformal radiotherapy", []),
    ("myopia of 1.5 D or more", []),
    ("within 30d before screening", [("30 days", "before")]),
    ("within 3 days of birth", [("3 days", "after")]),
    ("within 30 days of last dose", [("30 days", "after")]),
    ("within 24 hours of randomisation being confirmed", [("24 hours", "after")]),
    ("within 48 hours of symptom onset", [("48 hours", "after")]),
    ("within 48 hours of onset of symptoms", [("48 hours", "after")]),
    ("within 6 weeks of hospital admission", [("6 weeks", "after")]),
    ("within 6 weeks of admission to hospital", [("6 weeks", "after")]),
    ("are within 100 days of transplant", [("100 days", "after")]),
    ("planned surgery within 30 days of enrollment", [("30 days", "after")]),
    ("receipt or planned receipt within 30 days of screening", [("30 days", "unknown")]),
    ("within 4 weeks of either dose", [("4 weeks", "unknown")]),
    ("chemotherapy within 4 weeks of surgery", [("4 weeks", "before")]),
    ("at 12 weeks of amenorrhea", [("12 weeks", "unknown")]),
    ("within 30 to 32 weeks of gestation", [("30-32 weeks", "unknown")]),
    ("stroke within 6 months from enrolment", [("6 months", "before")]),
    ("last chemotherapy at least 4 weeks from enrolment", [("4 weeks", "before")]),
    ("alive for at least 6 months from enrolment", [("6 months", "after")]),
    ("stroke in 6 months", [("6 months", "before")]),
    ("surgery planned in 6 months", [("6 months", "after")]),
    ("life expectancy within 6 months", [("6 months", "unknown")]),
    ("major surgery no older than 30 days", [("30 days", "before")]),
    ("30 days have not elapsed after discharge", [("30 days", "after")]),
    ("at least 21 days but no more than 16 months prior to randomization",
     [("21 days", "before"), ("16 months", "before")]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), MENDED, ids=[one for one, _ in MENDED])
def test_what_was_once_missed_or_read_wrongly(
    sentence: str, expected: list[tuple[str, str]]
) -> None:
    found = [
        (" + ".join(map(str, phrase.lengths)), phrase.direction)
        for phrase in find_phrases(sentence)
        if phrase.kind in {"interval", "length"}
    ]
    assert found == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "within 4 weeks prior to, or at the time of, enrolment",
        "within 4 weeks prior to or at the time of enrolment",
        "within 4 weeks before or during enrolment",
        "within 4 weeks before, or at, enrolment",
    ],
)
def test_an_anchor_behind_two_relations_is_kept(sentence: str) -> None:
    (phrase,) = (p for p in find_phrases(sentence) if p.lengths)
    assert (phrase.direction, phrase.anchor) == ("before", "enrollment")


@pytest.mark.parametrize(
    ("sentence", "direction"),
    [
        ("Heavy drinking within the past several months", "before"),
        ("fever in the last few days", "before"),
        ("a move over the next couple of weeks", "after"),
    ],
)
def test_a_time_without_a_number_is_told_and_has_none(sentence: str, direction: str) -> None:
    (phrase,) = find_phrases(sentence)
    assert (phrase.kind, phrase.direction, phrase.lengths) == ("vague", direction, ())


@pytest.mark.parametrize(
    "sentence",
    [
        "PRIOR CONCURRENT THERAPY:",
        "Prior/Concurrent Therapy:",
        "must occur after stopping prior therapy",
    ],
)
def test_a_heading_or_a_stop_is_no_ever(sentence: str) -> None:
    assert not any(phrase.kind == "ever" for phrase in find_phrases(sentence))


@pytest.mark.parametrize(
    ("sentence", "lengths", "whichever", "anchor"),
    [
        ("within 30 days or 5 half-lives, whichever is longer, before screening",
         "30 days + 5 half-lives", "longer", "screening"),
        ("4 weeks (or 5 half-lives of the drug, whichever is shorter) before the first dose",
         "4 weeks + 5 half-lives", "shorter", "treatment_start"),
        ("the longer of 14 days or 5 half-lives before dosing",
         "14 days + 5 half-lives", "longer", "treatment_start"),
        ("at least 7 days (or five half-lives) before leukapheresis",
         "7 days + 5 half-lives", "", "blood_collection"),
        ("within 30 days of screening or 5 half-lives of the drug, whichever is longer",
         "30 days + 5 half-lives", "longer", "screening"),
        ("at least 4 weeks (28 days) prior to registration", "4 weeks", "", "enrollment"),
    ],
)  # fmt: skip
def test_alternative_lengths_are_one_phrase(
    sentence: str, lengths: str, whichever: str, anchor: str
) -> None:
    (phrase,) = find_phrases(sentence)
    assert " + ".join(map(str, phrase.lengths)) == lengths
    assert (phrase.whichever, phrase.anchor) == (whichever, anchor)


@pytest.mark.parametrize(
    ("sentence", "low", "high"),
    [
        ("Age between 18-75 years (inclusive)", 18, 75),
        ("Males and females between the ages of 18 and 55 years", 18, 55),
        (">= 18 and <= 55 years of age", 18, 55),
        ("Age \u2265 18 years", 18, None),
        ("18 years of age and older", 18, None),
        ("adolescent age 18+ years", 18, None),
        ("Aged 65 and older", 65, None),
        ("Age 18-65", 18, 65),
        ("for adolescents under 18 years of age", None, 17),
        ("Age =< 60 years of age", None, 60),
        ("Patients below the age of 6 years", None, 5),
        ("13 Years to 70 Years, male and female", 13, 70),
        ("Age below 18", None, 17),
    ],
)
def test_an_age_is_an_age_and_no_length_of_time(
    sentence: str, low: int | None, high: int | None
) -> None:
    (phrase,) = find_phrases(sentence)
    assert (phrase.kind, phrase.age_min, phrase.age_max) == ("age", low, high)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Previous receipt of CAR-T therapy.", True),
        ("Prior treatment with dupilumab", True),
        ("Has ever had a seizure", True),
        ("Toxicity from prior therapy has not resolved", False),
        ("at least two prior lines of therapy", False),
        ("Prior transplant within 6 months", False),
    ],
)
def test_ever_is_read_only_where_no_time_limits_it(sentence: str, expected: bool) -> None:
    assert any(phrase.direction == "ever" for phrase in find_phrases(sentence)) is expected


@pytest.mark.parametrize("relation", ["of", "from"])
def test_a_relation_that_does_not_tell_the_side_looks_back_and_is_marked(relation: str) -> None:
    (phrase,) = find_phrases(f"within 4 weeks {relation} screening")
    assert (phrase.direction, phrase.ambiguous, phrase.anchor) == ("before", True, "screening")


def test_places_lead_back_into_the_source_through_escapes_and_line_ends() -> None:
    text = (
        "* Surgery \\[major\\] within\n       4 weeks prior\n       to screening, \\>3 months "
        "ago.\n"
    )
    first, second = find_phrases(text)
    assert text[first.start : first.end] == "within\n       4 weeks prior\n       to screening"
    assert text[slice(*first.core)] == "4 weeks prior\n       to screening"
    assert text[second.start : second.end] == ">3 months ago"


def test_a_relation_is_not_taken_across_sentences_or_items() -> None:
    found = find_phrases("* Infection within 4 weeks\n* Surgery before screening. Pain > 3 months.")
    assert [(p.kind, p.anchor, p.relation) for p in found if p.lengths] == [
        ("interval", "none", ""),
        ("length", "none", ""),
    ]


def test_half_a_year_keeps_its_fraction() -> None:
    (phrase,) = find_phrases("in the last half a year")
    assert phrase.lengths[0].amount == Decimal("0.5")


@given(
    st.text(
        alphabet=st.sampled_from("within 4 weeks prior to-of(<=>),.;\n5half-lives\u2265yearag"),
        max_size=200,
    )
)
def test_no_text_raises_and_every_place_lies_in_it(text: str) -> None:
    for phrase in find_phrases(text):
        _assert_inside(phrase, text)


@given(st.text(max_size=200))
def test_no_unicode_text_raises(text: str) -> None:
    for phrase in find_phrases(text + " within 4 weeks prior to screening " + text):
        _assert_inside(phrase, text + " within 4 weeks prior to screening " + text)


def _assert_inside(phrase: Phrase, text: str) -> None:
    assert 0 <= phrase.start <= phrase.core[0] < phrase.core[1] <= phrase.end <= len(text)
    assert phrase.sentence[0] <= phrase.start and phrase.end <= phrase.sentence[1]


def _benchmark(root: Path, name: str = "phrases") -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        f"{name}_benchmark", root / "benchmarks" / f"{name}.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_labelled_sentences_are_read_as_well_as_promised(root: Path, shared_data: Path) -> None:
    scores = _benchmark(root).evaluate(root / "tests/sources/labels/phrases.tsv", shared_data)
    assert scores["duration"].labelled >= 350
    for field in ("duration", "unit", "duration with direction"):
        assert scores[field].precision >= 0.98
        assert scores[field].recall >= 0.95
    assert min(scores["anchor class"].precision, scores["anchor class"].recall) >= 0.90
    assert min(scores["ages"].precision, scores["ages"].recall) >= 0.95


def test_the_fresh_sentences_are_read_as_well_as_promised(root: Path, shared_data: Path) -> None:
    scores = _benchmark(root).evaluate_fresh(shared_data)
    assert scores["duration"].labelled == 190
    for field in ("duration", "unit", "duration with direction"):
        assert scores[field].precision >= 0.98
        assert scores[field].recall >= 0.95
    assert min(scores["anchor class"].precision, scores["anchor class"].recall) >= 0.90
    assert min(scores["ages"].precision, scores["ages"].recall) >= 0.95


def _steps(text: str) -> int:
    """How many calls of Python functions the reading of a text takes: the same on every run."""
    count = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        find_phrases(text)
    finally:
        sys.setprofile(None)
    return count


def test_steps_grow_like_the_text_on_every_pattern(root: Path) -> None:
    patterns = _benchmark(root, "phrase_growth").PATTERNS
    assert len(patterns) >= 25
    for name, pattern in patterns.items():
        # Sentences are cut at a bound, so growth shows beyond it; the patterns pass it many times.
        small, large = (_steps((pattern * (n // len(pattern) + 1))[:n]) for n in (4_000, 16_000))
        assert large <= 4.6 * small + 500, (name, small, large)


def test_no_sentence_is_longer_than_the_bound(root: Path) -> None:
    for pattern in _benchmark(root, "phrase_growth").PATTERNS.values():
        text = plain((pattern * (9_000 // len(pattern) + 1))[:9_000])
        assert max((end - start for start, end in sentences(text)), default=0) <= LONGEST_SENTENCE


def test_the_measurement_notices_a_wrong_reading(root: Path) -> None:
    module = _benchmark(root)
    wanted = [module.Record("length", "4 weeks", "before", ("screening",))]
    turned = [module.Record("length", "4 weeks", "after", ("consent",))]
    assert module.score(wanted, turned, "duration") == (1, 1, 1)
    assert module.score(wanted, turned, "duration with direction") == (0, 1, 1)
    assert module.score(wanted, turned, "anchor class") == (0, 1, 1)
    assert module.score(wanted, [], "unit") == (0, 0, 1)
