"""Why a day is out, and the smallest set of reasons that leaves no schedule at all."""

import pytest

from scheduler.errors import NotFound
from tests.unit.one_plan import planned
from tests.unit.small_problems import SOURCE, done, shown, took

BODY = f"""
events:
  surgery: {{kind: point}}
  steroid: {{kind: course}}
milestones:
  screening: {{}}
  infusion: {{at: "10:00"}}
gaps:
  - {{from: screening, to: infusion, min: 7 days, max: 28 days, {SOURCE}}}
rules:
  - {{id: R1, forbid: surgery, within: 28 days, before: infusion, source: {{ref: ct, phrase: "within 28 days"}}}}
  - {{id: R2, forbid: steroid, at: infusion, assumption: a guess}}
"""
COLUMNS = ("kind", "first", "last", "frees")


def test_a_screening_too_old_has_three_reasons() -> None:
    # 28 days after 1 February is 1 March; as of 2 March it is too late
    in_time = planned(BODY, dates=[done("screening", "2026-02-01")])
    assert shown(in_time.summary, "state") == [("scheduled",)]
    plan = planned(BODY, dates=[done("screening", "2026-02-01")], as_of="2026-03-02")
    assert shown(plan.conflicts, *COLUMNS) == [
        ("gap", "", "", "infusion 2026-03-02"),
        ("date", "2026-02-01", "2026-02-01", "infusion 2026-03-02"),
        ("bound", "2026-03-02", "", "infusion 2026-02-08, which has passed"),
    ]


def test_a_reason_that_does_not_matter_is_left_out() -> None:
    history = [took("surgery", "2025-06-01"), took("steroid", "2026-02-01", "ongoing")]
    plan = planned(BODY, history)
    assert shown(plan.conflicts, "kind", "first", "last") == [
        ("rule", "2026-02-01", ""),
        ("bound", "2026-03-01", ""),
    ]
    detail = plan.conflicts["detail"].tolist()[0]
    assert "steroid 2026-02-01 to ongoing rules out infusion" in detail
    assert "assumption: a guess" in detail


def test_a_chain_through_a_gap_is_told_whole() -> None:
    history = [took("surgery", "2026-03-05")]
    plan = planned(BODY, history, dates=[done("screening", "2026-03-01")])
    explanation = plan.explain("P1", "infusion", "2026-03-08")
    # the surgery of 5 March forbids 5 March to 2 April; 29 March is the last day of the gap
    assert [reason.kind for reason in explanation.reasons] == ["rule"]
    kinds = {kind for (kind,) in shown(plan.conflicts, "kind")}
    assert kinds == {"rule", "gap", "date"}


def test_a_blocked_day_names_its_rule_source_and_the_other_reading() -> None:
    plan = planned(BODY, [took("surgery", "2026-03-01")])
    explanation = plan.explain("P1", "infusion", "2026-03-29")
    assert explanation.verdict == "blocked"
    assert [str(r.name) for r in explanation.reasons] == ["R1"]
    text = str(explanation)
    assert "exactly 28 days counts as within" in text
    assert '"within 28 days"' in text
    assert "The exclusive reading would be clear from 2026-03-29" in text
    assert plan.explain("P1", "infusion", "2026-03-30").verdict == "permitted"


def test_a_closed_day_says_why_it_is_closed() -> None:
    sites = {"here": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"]}}
    people = [{"participant": "P1", "site": "here"}]
    plan = planned(BODY, participants=people, sites=sites)
    explanation = plan.explain("P1", "infusion", "2026-03-14")
    assert [(r.kind, r.sentence) for r in explanation.reasons] == [
        ("closure", "site here is closed on 2026-03-14: weekend")
    ]


def test_an_undetermined_day_names_the_uncertain_exposure() -> None:
    plan = planned(BODY, [took("surgery", "2026-02")])
    explanation = plan.explain("P1", "infusion", "2026-03-20")
    assert explanation.verdict == "undetermined"
    assert "surgery 2026-02 may rule out infusion 2026-02-01 to 2026-03-28" in str(explanation)


def test_a_day_that_only_the_chain_forbids() -> None:
    plan = planned(BODY)
    explanation = plan.explain("P1", "infusion", "2026-03-05")
    assert explanation.verdict == "blocked"
    assert {r.kind for r in explanation.reasons} == {"gap", "bound"}


def test_unknown_names_get_the_likely_spelling() -> None:
    plan = planned(BODY)
    with pytest.raises(NotFound, match='no milestone or visit "infuson"; did you mean "infusion"'):
        plan.explain("P1", "infuson", "2026-03-05")
    with pytest.raises(NotFound, match='no participant "P2"'):
        plan.explain("P2", "infusion", "2026-03-05")
    with pytest.raises(NotFound, match="is no date"):
        plan.explain("P1", "infusion", "5 March")


def test_an_explanation_shows_itself_without_letting_text_become_structure() -> None:
    plan = planned(BODY, [took("surgery", "2026-03-01")])
    html = plan.explain("P1", "infusion", "2026-03-29")._repr_html_()
    assert "P1, infusion, 2026-03-29" in html
    assert ">blocked<" in html
    assert "&quot;within 28 days&quot;" in html


MONTH = f"""
milestones:
  screening: {{}}
  infusion: {{}}
gaps:
  - {{from: screening, to: infusion, min: 1 months, max: 1 months, {SOURCE}}}
"""


@pytest.mark.parametrize("day", ["2027-01-29", "2027-01-30", "2027-01-31"])
def test_a_gap_of_exactly_one_month_forbids_the_end_of_january(day: str) -> None:
    plan = planned(MONTH)
    explanation = plan.explain("P1", "screening", day)
    assert explanation.verdict == "blocked"
    assert [r.name for r in explanation.reasons] == ["screening..infusion"]
    assert plan.explain("P1", "screening", "2027-01-28").verdict == "permitted"
    assert plan.explain("P1", "screening", "2028-01-29").verdict == "permitted"  # a leap year
