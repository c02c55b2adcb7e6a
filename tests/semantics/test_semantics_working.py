"""Working days and usual intervals, by docs/semantics.md, sections 2, 4 and 6."""

import numpy as np
import pytest

from scheduler.days import FAR, parse_term
from scheduler.days.working import WorkingDays
from scheduler.study.sites import Site
from tests.semantics.small import day_of_schedule, letters, solve

SITES = {"S": {"weekend": ["sat", "sun"], "closed": ["2026-03-16..2026-03-17"]}}
TWO = "milestones: {a: {label: A, days: any}, b: {label: B, days: any}}"


def days(gap: str, start: str = "2026-03-06", node: str = "b", **more: object) -> list[int]:
    """The permitted days of March of a node, `a` being done on a day."""
    body = f"{TWO}\ngaps:\n  - {{from: a, to: b, {gap}}}\n"
    dates = [("a", start, "done")] if start else []
    given = {"opens": "2026-02-01", "as_of": start or "2026-02-27", "dates": dates} | more
    solved = solve(body, sites=SITES, site="S", **given)  # type: ignore[arg-type]
    found = letters(solved, node, "2026-03-01", "2026-03-31")
    return [day for day, letter in enumerate(found, 1) if letter == "P"]


@pytest.mark.parametrize(
    ("gap", "start", "first", "last"),
    [
        ("min: 1 working day", "2026-03-06", 9, 31),
        ("min: 3 working days", "2026-03-06", 11, 31),
        ("min: 3 working days", "2026-03-07", 11, 31),
        ("min: 3 working days", "2026-03-05", 10, 31),
        ("max: 6 working days", "2026-03-06", 6, 18),
        ("max: 5 working days", "2026-03-06", 6, 13),
        ("min: 6 working days, max: 6 working days", "2026-03-06", 18, 18),
        ("min: 0 working days, max: 0 working days", "2026-03-07", 7, 7),
        ("min: {longer_of: [2 working days, 7 days]}", "2026-03-06", 13, 31),
        ("min: {longer_of: [2 working days, 3 days]}", "2026-03-06", 10, 31),
        ("min: {shorter_of: [2 working days, 3 days]}", "2026-03-06", 9, 31),
    ],
)
def test_the_table_of_gaps(gap: str, start: str, first: int, last: int) -> None:
    assert days(gap, start) == list(range(first, last + 1))


def test_a_gap_to_the_closing_binds_its_start() -> None:
    body = f"{TWO}\ngaps:\n  - {{from: b, to: study_closes, min: 3 working days}}\n"
    solved = solve(body, closes="2026-03-19", sites=SITES, site="S")
    assert (
        letters(solved, "b", "2026-03-11", "2026-03-14") == "PP--"
    )  # 13, 18 and 19 March are left


def test_both_ends_open_are_bound_at_once() -> None:
    assert days("min: 3 working days", "", "a", closes="2026-03-12") == [*range(1, 10)]
    assert days("min: 3 working days", "", "b", closes="2026-03-12") == [*range(4, 13)]


@pytest.mark.parametrize(
    ("visit", "first", "last"),
    [
        ("after: a, target: 4 working days, window: {before: 1 working day, after: 2 working days}", 11, 18),
        ("after: a, target: 7 days, window: {before: 1 working day, after: 2 working days}", 12, 19),
        ("after: a, target: 4 working days, window: {before: 2 days, after: 1 day}", 10, 13),
        ("after: a, target: 0 days, window: {before: 0 days, after: 1 working day}", 6, 9),
    ],
)  # fmt: skip
def test_windows(visit: str, first: int, last: int) -> None:
    body = f"milestones: {{a: {{label: A}}}}\nvisits:\n  - {{id: v, days: any, {visit}}}\n"
    solved = solve(
        body, dates=[("a", "2026-03-06", "done")], as_of="2026-03-06", sites=SITES, site="S"
    )
    found = letters(solved, "v", "2026-03-01", "2026-03-31")
    assert [d for d, letter in enumerate(found, 1) if letter == "P"] == [*range(first, last + 1)]


def test_before_an_anchor() -> None:
    visit = (
        "before: a, target: 3 working days, window: {before: 1 working day, after: 1 working day}"
    )
    body = f"milestones: {{a: {{label: A}}}}\nvisits:\n  - {{id: v, days: any, {visit}}}\n"
    solved = solve(body, opens="2026-02-01", dates=[("a", "2026-03-18", "done")], as_of="2026-03-18",
                   sites=SITES, site="S")  # fmt: skip
    assert solved.of("p").statuses["v"] == "overdue"  # 10 to 12 March


def test_occurrences_are_counted_in_one_step() -> None:
    visit = "after: a, target: 2 days, window: {before: 0 days, after: 0 days}"
    visit += ", repeat: {every: 5 working days, times: 3}"
    body = f"milestones: {{a: {{label: A}}}}\nvisits:\n  - {{id: v, days: any, {visit}}}\n"
    solved = solve(
        body, dates=[("a", "2026-03-06", "done")], as_of="2026-03-06", sites=SITES, site="S"
    )
    found = [
        letters(solved, f"v#{n}", "2026-03-01", "2026-03-31").index("P") + 1 for n in (1, 2, 3)
    ]
    assert found == [8, 13, 24]  # from Sunday the 8th, 5 and 10 open days


def test_without_sites_every_day_is_one() -> None:
    body = f"{TWO}\ngaps:\n  - {{from: a, to: b, min: 3 working days, max: 3 working days}}\n"
    solved = solve(body, dates=[("a", "2026-03-06", "done")], as_of="2026-03-06")
    assert letters(solved, "b", "2026-03-08", "2026-03-10") == "-P-"


def test_each_site_has_its_own() -> None:
    sites = {"S": {"weekend": ["sat", "sun"]}, "T": {"weekend": ["fri", "sat"]}}
    body = f"{TWO}\ngaps:\n  - {{from: a, to: b, min: 1 working day, max: 1 working day}}\n"
    for site, expected in (("S", "-----------P---"), ("T", "-------------P-")):
        solved = solve(body, dates=[("a", "2026-03-12", "done")], as_of="2026-03-12", sites=sites,
                       site=site)  # fmt: skip
        assert letters(solved, "b", "2026-03-02", "2026-03-16") == expected


def test_steps_against_a_plain_count() -> None:
    site = Site("S", "UTC", frozenset({5, 6}), closed=((20520, 20530), (20600, 20600)))
    working, shut = WorkingDays(site.closed_days, site), site.closed_days(20300, 20900)

    def plain(day: int, count: int) -> int:
        way = 1 if count > 0 else -1
        for _ in range(abs(count)):
            day += way
            while shut[day - 20300]:
                day += way
        return day

    line = np.arange(20450, 20650)
    for count in (-12, -3, -1, 0, 1, 2, 5, 11):
        found = working.step(line, count)
        assert found.tolist() == [plain(day, count) for day in line.tolist()]
        assert (np.diff(found) >= 0).all()
    far = np.array([FAR, -FAR])
    assert working.step(far, 3).tolist() == far.tolist()


def test_a_site_that_is_never_open_has_none() -> None:
    never = WorkingDays(lambda first, last: np.ones(last - first + 1, bool), "never")
    assert never.step(np.array([20500]), 1).tolist() == [FAR]
    assert never.step(np.array([20500]), -1).tolist() == [-FAR]


def test_the_duration_is_read() -> None:
    assert parse_term("1 working day") is not None
    assert parse_term("5  working days").working == 5  # type: ignore[union-attr]
    assert [parse_term(text) for text in ("5 workingdays", "-1 working days", "5 work days")] == [
        None
    ] * 3


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ("{from: a, to: b, usual: 7 days}", "2026-03-13"),
        ("{from: a, to: b, min: 10 days, usual: 7 days}", "2026-03-18"),  # 16 and 17 are closed
        ("{from: a, to: b, max: 5 days, usual: 7 days}", "2026-03-11"),
        ("{from: a, to: b, usual: 11 days}", "2026-03-18"),
        ("{from: a, to: b, usual: 3 working days}", "2026-03-11"),
        ("{from: a, to: b, min: 0 days}", "2026-03-06"),
    ],
)
def test_a_usual_interval_is_what_the_schedule_aims_at(gaps: str, expected: str) -> None:
    body = f"milestones: {{a: {{label: A}}, b: {{label: B}}}}\ngaps:\n  - {gaps}\n"
    solved = solve(body, as_of="2026-03-06", sites=SITES, site="S")
    assert day_of_schedule(solved, "a") == "2026-03-06"
    assert day_of_schedule(solved, "b") == expected


def test_the_first_usual_interval_that_applies_counts() -> None:
    body = """
milestones: {a: {label: A}, b: {label: B}}
gaps:
  - {from: a, to: b, usual: 4 days, only: {sex: female}}
  - {from: a, to: b, usual: 6 days}
"""
    for sex, expected in (("female", "2026-03-10"), ("male", "2026-03-12"), ("", "2026-03-12")):
        person = {"sex": sex} if sex else {}
        solved = solve(body, as_of="2026-03-06", sites=SITES, site="S", **person)
        assert day_of_schedule(solved, "b") == expected


def test_a_usual_interval_counts_from_a_recorded_day_and_moves_no_permitted_day() -> None:
    body = (
        "milestones: {a: {label: A}, b: {label: B}}\ngaps:\n  - {from: a, to: b, usual: 7 days}\n"
    )
    dates = [("a", "2026-03-04", "done")]
    solved = solve(body, as_of="2026-03-06", dates=dates, sites=SITES, site="S")
    assert day_of_schedule(solved, "b") == "2026-03-11"
    assert letters(solved, "b", "2026-03-06", "2026-03-09") == "P--P"
