"""The sentences, word for word."""

from datetime import date

import pytest

from scheduler.days import FAR, Length, Term, day_of, parse_term
from scheduler.protocol import Basis, Rule, RuleForm, Source
from scheduler.wording import rules as wording

DAY = day_of(date(2026, 3, 2))


def term(text: str) -> Term:
    found = parse_term(text)
    assert found is not None
    return found


def rule(form: RuleForm = RuleForm.BEFORE, length: str = "4 weeks", **more: object) -> Rule:
    basis = Basis(Source("ct", "exclusion", "12", "within 4 weeks"), "counted from the day after")
    facts: dict[str, object] = {
        "id": "R", "summary": "", "form": form, "events": ("op",), "node": "infusion",
        "length": Length((term(length),)) if length else None, "basis": basis,
    }  # fmt: skip
    return Rule(**(facts | more))  # type: ignore[arg-type]


def test_days_and_ranges() -> None:
    assert wording.day_text(DAY) == "2026-03-02"
    assert wording.day_text(DAY, 0) == "2026-03-02 00:00"
    assert wording.day_text(FAR) == "no known day"
    assert wording.range_text(DAY, DAY) == "2026-03-02"
    assert wording.range_text(DAY, DAY + 1) == "2026-03-02 to 2026-03-03"
    assert wording.range_text(-FAR, DAY) == "until 2026-03-02"
    assert wording.range_text(DAY, FAR) == "from 2026-03-02 on"
    assert wording.range_text(-FAR, FAR) == "any day"
    assert [wording.days_text(n) for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_lists(words: list[str], text: str) -> None:
    assert wording.listing(words) == text


def test_readings() -> None:
    assert wording.reading_text(rule()) == "exactly 4 weeks counts as within"
    assert wording.reading_text(rule(inclusive=False)) == "exactly 4 weeks counts as clear"
    assert wording.reading_text(rule(RuleForm.AT, "")) == ""
    both = Length((term("4 weeks"), term("5 half-lives")), "longer_of")
    longer = Rule("R", "", RuleForm.BEFORE, ("op",), "infusion", both)
    assert wording.length_text(longer) == "the longer of 4 weeks and 5 half-lives"


def test_what_an_item_rests_on() -> None:
    source = Source("ct", "exclusion", "12", "within 4 weeks")
    assert wording.basis_text(Basis(source)) == 'ct exclusion 12, "within 4 weeks"'
    assert wording.basis_text(Basis(Source("ct"))) == "ct"
    assert wording.basis_text(Basis(None, "ours")) == "assumption: ours"
    assert wording.basis_text(Basis(Source("ct"), "ours")) == "ct; assumption: ours"
    assert wording.basis_text(Basis()) == wording.bracketed(Basis()) == ""


def test_conditions() -> None:
    only = {"sex": ("female",), "arm": ("A", "B")}
    assert wording.only_text(only) == "if sex is female and arm is A or B"
    assert wording.only_text({}) == ""
    assert wording.except_text({"route": ("inhaled", "topical")}) == "inhaled, topical excepted"
    assert wording.except_text({}) == ""
    assert wording.conditions_text(rule(only=only, judgement=True), undetermined=True) == [
        "applies if sex is female and arm is A or B, which is not recorded",
        "subject to the investigator's decision",
    ]
    assert wording.conditions_text(rule(only=only), undetermined=False) == []


def test_a_milestone_and_its_date() -> None:
    assert wording.standing_text("Dose", DAY, 600, "booked") == "Dose (booked for 2026-03-02 10:00)"
    assert wording.standing_text("Dose", DAY, -1, "done") == "Dose (done on 2026-03-02)"
    assert wording.standing_text("Dose", FAR, -1, "recommended") == "Dose (no date yet)"
    assert wording.standing_text("the study closes", DAY, -1, "fixed") == (
        "the study closes (2026-03-02)"
    )


def test_last_days() -> None:
    tail = '[ct exclusion 12, "within 4 weeks"; assumption: counted from the day after].'
    said = wording.last_day_sentence(rule(), "Surgery", "Dose", (DAY, -1), (DAY + 1, -1))
    assert said == (
        "2026-03-02 is the last day on which Surgery is still allowed before Dose; exactly 4 "
        f"weeks counts as within (if it did not: 2026-03-03) {tail}"
    )
    said = wording.last_day_sentence(
        rule(inclusive=False), "Surgery", "Dose", (DAY, 600), (DAY, 599), ["a clause"]
    )
    assert said == (
        "2026-03-02 10:00 is the last minute at which Surgery is still allowed before Dose; "
        "exactly 4 weeks counts as clear (if it counted as within: 2026-03-02 09:59); a clause "
        f"{tail}"
    )
    said = wording.last_day_sentence(rule(), "Surgery", "Dose", (FAR, -1), (FAR, -1))
    assert said == (
        "The last day on which Surgery is still allowed before Dose cannot be told; exactly 4 "
        f"weeks counts as within {tail}"
    )


def test_at_least_leaves_no_other_reading() -> None:
    clear = rule(inclusive=False, clear=True, basis=Basis())
    said = wording.last_day_sentence(clear, "Surgery", "Dose", (DAY, -1), (DAY - 1, -1))
    assert said.endswith("before Dose; exactly 4 weeks counts as clear.")


def test_periods() -> None:
    after = rule(RuleForm.AFTER, "2 years", basis=Basis())
    assert wording.period_sentence(after, "Pregnancy", "Dose", DAY, (DAY, -1), (DAY - 1, -1)) == (
        "No Pregnancy from 2026-03-02 through 2026-03-02, 2 years after Dose; exactly 2 years "
        "counts as within (if it did not: 2026-03-01)."
    )
    assert "on, until a day that cannot be told" in (
        wording.period_sentence(after, "Pregnancy", "Dose", DAY, (FAR, -1), (FAR, -1))
    )
    assert wording.between_sentence(after, "Surgery", "A", "B", ["a clause"]) == (
        "No Surgery from A until B; both days included; a clause."
    )


def test_missing_half_lives() -> None:
    assert wording.missing_half_life_text("X", "", True) == "the half-life of X is missing"
    assert wording.missing_half_life_text("X", "4 weeks", True) == (
        "the half-life of X is missing: only 4 weeks is counted, it may be earlier"
    )
    assert wording.missing_half_life_text("X", "4 weeks", False).endswith("it may be later")


@pytest.mark.parametrize(
    ("start", "end", "dated", "text"),
    [
        ("2026-03-02", "", False, "Drug (2026-03-02)"),
        ("2026-03-02", "2026-03-02", True, "Drug (2026-03-02)"),
        ("2026-03-02", "2026-04", True, "Drug (2026-03-02 to 2026-04)"),
        ("2026-03-02", "ongoing", False, "Drug (2026-03-02, ongoing)"),
    ],
)
def test_exposures(start: str, end: str, dated: bool, text: str) -> None:
    assert wording.exposure_text("Drug", start, end, dated) == text


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (rule(), "no op within 4 weeks before infusion"),
        (rule(events=("op", "drug")), "no op or drug within 4 weeks before infusion"),
        (rule(clear=True, inclusive=False), "at least 4 weeks without op before infusion"),
        (rule(RuleForm.AFTER), "no op within 4 weeks after infusion"),
        (rule(RuleForm.AT, ""), "no op at infusion"),
        (rule(RuleForm.EVER, ""), "no op ever before infusion"),
        (
            rule(RuleForm.FROM_UNTIL, "", until="study_closes"),
            "no op from infusion until study_closes",
        ),
        (
            rule(RuleForm.AGE, "", events=(), age_min=term("18 years"), age_max=term("75 years")),
            "age from 18 years through 75 years at infusion",
        ),
    ],
)
def test_rules_in_words(made: Rule, text: str) -> None:
    assert wording.rule_text(made) == text


def test_deviations() -> None:
    basis = Basis(None, "ours")
    assert wording.outside_study_sentence("Dose", DAY, -2, "the opening", basis) == (
        "Dose was done on 2026-03-02, 2 days before the opening [assumption: ours]."
    )
    assert wording.outside_sentence("Dose", -1, False, "its window", "X to Y", "Z", basis) == (
        "Dose was 1 day too early: its window allowed X to Y, counted with Z [assumption: ours]."
    )
    assert wording.outside_sentence("Dose", 0, True, "its window", "X", "Z", Basis()) == (
        "Dose was too late on that day: its window allowed X, counted with Z."
    )
    plain = rule(basis=Basis())
    reading = "the rule is no op within 4 weeks before infusion; exactly 4 weeks counts as within"
    assert wording.short_sentence(plain, "Dose", "Op", 3, (DAY, -1), True, False) == (
        f"Dose came too soon after Op, at least 3 days before the first clear day 2026-03-02; "
        f"{reading}."
    )
    assert wording.short_sentence(plain, "Dose", "Op", 0, (DAY, 61), False, False) == (
        f"Dose came too soon after Op, before the first clear time 2026-03-02 01:01; {reading}."
    )
    assert wording.short_sentence(plain, "Dose", "Op", None, (FAR, -1), False, True) == (
        f"Dose came too soon after Op, with no clear day, for it has no end; {reading} (if it did "
        "not, the date would be clear)."
    )


@pytest.mark.parametrize(
    ("form", "start"),
    [
        (RuleForm.AFTER, "Op came too soon after Dose; forbidden for it: "),
        (RuleForm.AT, "Dose fell on a day of Op; forbidden for it: "),
        (RuleForm.EVER, "Dose did not come before Op; forbidden for it: "),
    ],
)
def test_broken_rules(form: RuleForm, start: str) -> None:
    made = rule(form, "4 weeks" if form is RuleForm.AFTER else "")
    said = wording.rule_broken_sentence(made, "Dose", "Op", (DAY, FAR), False)
    assert said.startswith(f"{start}from 2026-03-02 on; the rule is no op ")


def test_bookings_that_cannot_stand() -> None:
    said = wording.booking_sentence("dose", "2026-03-02", "10:00", "does_not_fit", "", "")
    assert said == (
        "dose is booked for 2026-03-02 10:00; the day is permitted, but not together with the "
        "other dates."
    )
    said = wording.booking_sentence("dose", "2026-03-02", "", "not_permitted", "A", "B")
    assert said == (
        "dose is booked for 2026-03-02, which is not permitted; the nearest permitted are A before "
        "and B after."
    )
    said = wording.booking_sentence("dose", "2026-03-02", "", "not_permitted", "", "")
    assert said.endswith("which is not permitted; no day is permitted.")
