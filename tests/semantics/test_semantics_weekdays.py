"""docs/semantics.md, section 4: nodes that are held to weekdays."""

import pytest

from tests.semantics.small import day_of_schedule, letters, solve
from tests.unit.small_plans import plan
from tests.unit.small_problems import done

TWO = "milestones:\n  m: {label: M, days: [tue, thu]}\n  n: {label: N, days: any}\n"


def test_only_open_days_of_these_weekdays() -> None:
    """1 March 2026 is a Sunday; the site is closed on Tuesday the 10th."""
    sites = {"A": {"closed": ["2026-03-10"], "weekend": ["sat", "sun"]}}
    solved = solve(TWO, sites=sites, site="A")
    assert letters(solved, "m", "2026-03-01", "2026-03-14") == "--P-P------P--"
    assert letters(solved, "n", "2026-03-01", "2026-03-14") == "P" * 14
    assert letters(solve(TWO), "m", "2026-03-01", "2026-03-14") == "--P-P----P-P--"


def test_a_saturday_that_the_site_does_not_open_stays_closed() -> None:
    sites = {"A": {"weekend": ["sat", "sun"], "open": ["2026-03-14"]}}
    body = "milestones:\n  m: {label: M, days: [sat]}\n"
    solved = solve(body, sites=sites, site="A")
    assert letters(solved, "m", "2026-03-01", "2026-03-14") == "-" * 13 + "P"


@pytest.mark.parametrize(("weekdays", "day"), [("[mon]", "2026-03-16"), ("[fri]", "2026-03-13"),
                                               ("[tue, sat]", "2026-03-14")])  # fmt: skip
def test_a_visit_is_planned_on_the_nearest_of_its_weekdays(weekdays: str, day: str) -> None:
    """Target: Sunday, 15 March. Of Saturday and Tuesday the nearer is taken."""
    body = (
        "milestones:\n  a: {label: A}\nvisits:\n"
        f"  - {{id: v, after: a, target: 14 days, days: {weekdays},"
        " window: {before: 3 days, after: 3 days}}\n"
    )
    solved = solve(body, dates=[("a", "2026-03-01", "done")])
    assert day_of_schedule(solved, "v") == day


def test_a_day_that_is_none_of_them_is_explained() -> None:
    body = "milestones:\n  m: {label: M, days: [tue, thu]}\n"
    made = plan(body)
    told = made.explain("P1", "m", "2026-03-04")
    assert told.verdict == "blocked"
    assert "m cannot be on 2026-03-04: it is held to Tuesdays and Thursdays" in str(told)


def test_no_day_left_names_the_weekdays() -> None:
    body = (
        "milestones:\n  m: {label: M, days: [tue]}\n  n: {label: N, days: [thu]}\n"
        "gaps:\n  - {from: m, to: n, max: 1 day, min: 1 day, assumption: ours}\n"
    )
    made = plan(body)
    assert "the weekdays that steps are held to" in " ".join(made.conflicts["detail"])
    booked = plan(
        "milestones:\n  m: {label: M, days: [tue]}\n",
        dates=[done("m", "2026-03-04", status="booked")],
    )
    assert booked.bookings["state"].tolist() == ["not_permitted"]
