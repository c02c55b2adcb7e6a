"""Which facts are asked for, and which day each would free: values worked out by hand."""

import gc
import weakref

import pandas as pd
import pytest

from tests.unit.one_plan import planned
from tests.unit.small_problems import SOURCE, done, shown, took

BODY = f"""
events:
  steroid: {{kind: course}}
  surgery: {{kind: point}}
  drug: {{kind: course}}
  vaccine: {{kind: point}}
milestones:
  screening: {{}}
  infusion: {{}}
gaps:
  - {{from: screening, to: infusion, min: 0 days, max: 400 days, {SOURCE}}}
rules:
  - {{id: R1, forbid: steroid, except: {{route: [inhaled]}}, within: 14 days, before: infusion, {SOURCE}}}
  - {{id: R2, forbid: surgery, within: 28 days, before: infusion, {SOURCE}}}
  - {{id: R3, forbid: drug, within: 5 half-lives, before: infusion, {SOURCE}}}
  - {{id: R4, forbid: vaccine, within: 14 days, before: infusion, judgement: investigator, {SOURCE}}}
"""
COLUMNS = ("missing", "item", "rule", "milestone", "earliest_now", "earliest_if_clear")


def test_an_ongoing_course_counts_as_ended_on_as_of() -> None:
    plan = planned(BODY, [took("steroid", "2026-02-10", "ongoing", route="oral")])
    # ended on 1 March: 15 March is exactly 14 days later and still within
    assert shown(plan.queries, *COLUMNS) == [
        ("end", "steroid 2026-02-10", "R1", "infusion", "", "2026-03-16")
    ]
    assert shown(plan.summary, "state") == [("no_schedule",)]


def test_a_blank_end_could_be_as_early_as_the_start() -> None:
    plan = planned(BODY, [took("steroid", "2026-02-20", route="oral")])
    # ended on 20 February at the earliest: clear from 7 March
    assert shown(plan.queries, *COLUMNS) == [
        ("end", "steroid 2026-02-20", "R1", "infusion", "", "2026-03-07")
    ]


def test_an_unknown_end_lies_before_as_of() -> None:
    plan = planned(BODY, [took("steroid", "2026-02-20", "unknown", route="oral")])
    assert shown(plan.queries, *COLUMNS) == [
        ("end", "steroid 2026-02-20", "R1", "infusion", "2026-03-16", "2026-03-07")
    ]


def test_a_partial_date_of_a_point() -> None:
    plan = planned(BODY, [took("surgery", "2026-02")])
    # 1 February: clear from 2 March; 28 February: clear from 29 March
    assert shown(plan.queries, *COLUMNS) == [
        ("start", "surgery 2026-02", "R2", "infusion", "2026-03-29", "2026-03-02")
    ]


def test_a_partial_date_that_no_longer_matters_is_not_asked_for() -> None:
    assert shown(planned(BODY, [took("surgery", "2025-12")]).queries, *COLUMNS) == []


def test_a_missing_half_life() -> None:
    plan = planned(BODY, [took("drug", "2026-02-20", "2026-02-27")])
    assert shown(plan.queries, *COLUMNS) == [
        ("half_life", "drug 2026-02-20", "R3", "infusion", "", "2026-03-01")
    ]


def test_a_blank_attribute_that_could_exempt() -> None:
    plan = planned(BODY, [took("steroid", "2026-02-20", "2026-02-27")])
    assert shown(plan.queries, *COLUMNS) == [
        ("attribute", "route of steroid 2026-02-20", "R1", "infusion", "2026-03-14", "2026-03-01")
    ]


def test_a_pending_judgement() -> None:
    plan = planned(BODY, [took("vaccine", "2026-02-25")])
    assert shown(plan.queries, *COLUMNS) == [
        ("decision", "R4", "R4", "infusion", "2026-03-12", "2026-03-01")
    ]


@pytest.mark.parametrize(("decision", "state"), [("clear", "clear"), ("exclude", "blocks")])
def test_a_decision_ends_the_question(decision: str, state: str) -> None:
    rows = [{"participant": "P1", "rule": "R4", "decision": decision, "date": "2026-02-28"}]
    plan = planned(BODY, [took("vaccine", "2026-02-25")], decisions=rows)
    assert shown(plan.queries, *COLUMNS) == []
    rules = shown(plan.rules[plan.rules["rule"] == "R4"], "state", "clear_from", "decision")
    clear = "2026-03-12" if decision == "exclude" else ""
    assert rules == [(state, clear, f"{decision} 2026-02-28")]


def test_dates_that_someone_must_find() -> None:
    body = BODY.replace(
        "rules:",
        f"visits:\n  - {{id: v1, after: infusion, target: 7 days, window: "
        f"{{before: 1 days, after: 1 days}}, {SOURCE}}}\nrules:",
    )
    plan = planned(body, dates=[done("infusion", "2026-02-10")])
    assert shown(plan.queries, "missing", "item", "milestone") == [
        ("date", "screening", "screening"),
        ("date", "v1", "v1"),
    ]
    assert shown(plan.summary, "state", "overdue", "open_queries") == [("scheduled", "1", "2")]


def test_a_booking_that_has_passed_is_asked_about() -> None:
    plan = planned(BODY, dates=[done("screening", "2026-02-20", status="booked")])
    assert shown(plan.queries, "missing", "item") == [("date", "screening")]
    assert shown(plan.bookings, "date", "state") == [("2026-02-20", "past")]
    assert shown(plan.schedule, "milestone", "date", "status")[0] == (
        "screening", "2026-02-20", "booked",
    )  # fmt: skip


AGE = f"""
milestones:
  screening: {{}}
rules:
  - {{id: A, age: {{min: 18 years, max: 75 years}}, at: screening, {SOURCE}}}
"""


@pytest.mark.parametrize(
    ("birth", "now", "then"),
    [
        ("2008", "2026-12-31", "2026-03-01"),
        ("2008-04", "2026-04-30", "2026-04-01"),
        ("", "", "2026-03-01"),
    ],
)
def test_a_birth_date_that_is_not_exact(birth: str, now: str, then: str) -> None:
    plan = planned(AGE, participants=[{"participant": "P1", "birth_date": birth}])
    assert shown(plan.queries, *COLUMNS) == [
        ("birth_date", "birth_date", "A", "screening", now, then)
    ]


def test_a_known_birth_date_is_not_asked_for() -> None:
    plan = planned(AGE, participants=[{"participant": "P1", "birth_date": "1970-01-01"}])
    assert plan.queries.empty


ONLY = f"""
events:
  pregnancy: {{kind: course}}
milestones:
  screening: {{}}
rules:
  - {{id: F, forbid: pregnancy, only: {{sex: female}}, at: screening, {SOURCE}}}
"""


def test_a_blank_attribute_of_the_participant() -> None:
    plan = planned(ONLY, [took("pregnancy", "2026-01-01", "2026-03-09")])
    assert shown(plan.queries, *COLUMNS) == [
        ("attribute", "sex", "F", "screening", "2026-03-10", "2026-03-01")
    ]


def test_strict_asks_for_what_nobody_recorded() -> None:
    plan = planned(BODY, strict=True)
    assert shown(plan.summary, "state") == [("undetermined",)]
    asked = shown(plan.queries, "missing", "item", "rule")
    assert asked == [
        ("start", "steroid", "R1"),
        ("start", "surgery", "R2"),
        ("start", "drug", "R3"),
        ("start", "vaccine", "R4"),
    ]
    told = [took(event, "none") for event in ("steroid", "surgery", "drug", "vaccine")]
    assert shown(planned(BODY, told, strict=True).summary, "state") == [("scheduled",)]


def test_several_facts_are_asked_for_one_by_one() -> None:
    history = [took("steroid", "2026-02-10", "ongoing", route="oral"), took("surgery", "2026-02")]
    plan = planned(BODY, history)
    assert shown(plan.queries, *COLUMNS) == [
        ("end", "steroid 2026-02-10", "R1", "infusion", "", "2026-03-29"),
        ("start", "surgery 2026-02", "R2", "infusion", "", ""),
    ]


def test_the_columns_are_typed() -> None:
    plan = planned(BODY, [took("surgery", "2026-02")])
    kinds = {name: str(plan.queries[name].dtype) for name in ("earliest_now", "item")}
    assert kinds == {"earliest_now": "datetime64[s]", "item": "str"}
    assert isinstance(plan.queries["participant"].dtype, pd.CategoricalDtype)


def test_no_birth_date_at_all_leaves_every_day_undetermined() -> None:
    plan = planned(AGE)
    assert shown(plan.summary, "state") == [("undetermined",)]
    rows = shown(plan.blocked, "first", "last", "certainty", "clear_from")
    assert rows == [("", "", "undetermined", "")] * 2


HOURS = f"""
events:
  infusion_pump: {{kind: course}}
milestones:
  infusion: {{at: "08:00"}}
rules:
  - {{id: H, forbid: infusion_pump, within: 24 hours, before: infusion, {SOURCE}}}
"""


@pytest.mark.parametrize("order", [("boston", "tokyo"), ("tokyo", "boston")])
def test_an_ongoing_course_ends_by_the_clock_of_its_own_site(order: tuple[str, str]) -> None:
    sites = {
        "boston": {"timezone": "America/New_York"}, "tokyo": {"timezone": "Asia/Tokyo"},
    }  # fmt: skip
    people = [{"participant": site, "site": site} for site in order]
    history = [took("infusion_pump", "2026-02-10", "ongoing", site) for site in order]
    plan = planned(HOURS, history, participants=people, sites=sites)
    # ended at 23:59 on 1 March, site time: 08:00 on 2 March is too early, 08:00 on 3 March is not
    assert shown(plan.queries, "participant", "earliest_if_clear") == [
        (site, "2026-03-03") for site in order
    ]


def test_a_decision_that_names_an_exposure_goes_with_the_copy_of_it() -> None:
    people = [{"participant": "P1"}, {"participant": "P2"}]
    history = [
        took("vaccine", "2026-02-20", participant="P2"),
        took("surgery", "2026-02", participant="P1"),
        took("vaccine", "2026-02-24", participant="P2"),
        took("surgery", "2026-02", participant="P2"),
    ]
    decided = {
        "participant": "P2", "rule": "R4", "decision": "clear", "date": "2026-02-28",
        "event": "vaccine", "start": "2026-02-24",
    }  # fmt: skip
    other = {**decided, "start": "2026-02-20"}
    plan = planned(BODY, history, participants=people, decisions=[decided, other])
    # both vaccines are cleared, each by its own decision: only the surgery holds the infusion
    assert shown(plan.queries, "participant", *COLUMNS) == [
        (who, "start", "surgery 2026-02", "R2", "infusion", "2026-03-29", "2026-03-02")
        for who in ("P1", "P2")
    ]
    plan = planned(BODY, history, participants=people, decisions=[decided])
    asked = shown(plan.queries[plan.queries["participant"] == "P2"], *COLUMNS)
    assert asked == [
        ("start", "surgery 2026-02", "R2", "infusion", "2026-03-29", "2026-03-07"),
        ("decision", "R4", "R4", "infusion", "2026-03-29", "2026-03-29"),
    ]


@pytest.mark.parametrize("read", [("summary", "queries", "bookings"), ()])
def test_a_plan_goes_without_a_search_for_circles(read: tuple[str, ...]) -> None:
    """Workers of a cohort plan one partition after another and search for circles seldom."""
    plan = planned(BODY, [took("steroid", "2026-02-10", "ongoing", route="oral")])
    assert len(plan.table("queries")) == 1
    for name in read:
        plan.table(name).columns  # noqa: B018 - what is late is made
    gone = weakref.ref(plan.parts[0])
    gc.collect()
    gc.disable()
    try:
        del plan
        assert gone() is None
    finally:
        gc.enable()
