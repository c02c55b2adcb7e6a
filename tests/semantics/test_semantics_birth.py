"""What counts from a birth, by docs/semantics.md, section 4 ("Birth")."""

import pytest

from tests.semantics.small import day_of_schedule, letters, solve, status

GAP = """
milestones: {{m: {{label: M, days: any}}}}
gaps:
  - {{from: birth, to: m, {sides}}}
"""
VISIT = """
milestones: {m: {label: M, days: any, optional: yes}}
visits:
  - {id: v, after: birth, target: 6 weeks, window: {before: 2 days, after: 5 days}, days: any}
  - {id: w, after: v, target: 3 days, window: {before: 0 days, after: 1 day}, days: any}
"""
SPAN = ("2026-03-01", "2026-03-20")


@pytest.mark.parametrize(
    ("sides", "birth", "shown"),
    [
        ("min: 6 weeks, max: 49 days", "2026-01-19", "-PPPPPPPP-----------"),
        ("min: 6 weeks, max: 49 days", "2026-01-20", "--PPPPPPPP----------"),
        ("min: 6 weeks, max: 49 days", "2026-01-21", "---PPPPPPPP---------"),
        ("min: 6 weeks, max: 49 days", "2026-01", "uuuuuuuuuuuuuuuuuuuu"),
        ("min: 6 weeks", "2026-01", "uuuuuuuuuuuuuPPPPPPP"),
        ("min: 6 weeks", "2026", "uuuuuuuuuuuuuuuuuuuu"),
        ("min: 6 weeks", "2025", "PPPPPPPPPPPPPPPPPPPP"),  # 42 days after 31 December
        ("max: 2 weeks", "2026-02", "uuuuuuuuuuuuuu------"),
        ("max: 2 weeks", "2026-02-14", "--------------------"),
        ("max: 2 weeks", "2026-02-15", "P-------------------"),
        ("min: 1 month", "2026-02-04", "---PPPPPPPPPPPPPPPPP"),
        ("min: 1 month", "2026-02-05", "----PPPPPPPPPPPPPPPP"),
        ("min: 1 month", "2026-01-31", "PPPPPPPPPPPPPPPPPPPP"),  # rolls to 1 March
        ("max: 1 month", "2026-02-05", "PPPPP---------------"),
        ("max: 1 month", "2026-01-31", "--------------------"),  # clamps to 28 February
        ("min: 0 days", "", "uuuuuuuuuuuuuuuuuuuu"),
        ("min: 0 days", "unknown", "uuuuuuuuuuuuuuuuuuuu"),
        ("max: 100 years", "", "uuuuuuuuuuuuuuuuuuuu"),
    ],
)
def test_a_gap_from_birth(sides: str, birth: str, shown: str) -> None:
    solved = solve(GAP.format(sides=sides), birth_date=birth)
    assert letters(solved, "m", *SPAN) == shown


@pytest.mark.parametrize(
    ("birth", "shown"),
    [
        ("2026-01-19", "PPPPPPP-------------"),  # target 2 March, from 28 February
        ("2026-01-20", "PPPPPPPP------------"),
        ("2026-01-22", "--PPPPPPPP----------"),
        ("2026-01-23", "---PPPPPPPP---------"),
        ("2026-01", "uuuuuuuuuuuuuuuuuuu-"),  # the last one ends on 19 March
        ("", "uuuuuuuuuuuuuuuuuuuu"),
    ],
)
def test_a_visit_from_birth(birth: str, shown: str) -> None:
    solved = solve(VISIT, birth_date=birth, as_of="2026-03-01")
    assert letters(solved, "v", *SPAN) == shown


@pytest.mark.parametrize(
    ("birth", "as_of", "expected"),
    [
        ("2026-01-20", "2026-03-08", "open"),
        ("2026-01-20", "2026-03-09", "overdue"),
        ("2026-01", "2026-03-19", "open"),
        ("2026-01", "2026-03-20", "overdue"),
        ("", "2026-03-20", "open"),
    ],
)
def test_overdue_when_it_is_for_the_last_birth(birth: str, as_of: str, expected: str) -> None:
    assert status(solve(VISIT, birth_date=birth, as_of=as_of), "v") == expected


def test_what_hangs_off_a_missed_visit_counts_from_each_target_day() -> None:
    """From a birth in January targets are 12 February to 14 March; w is 3 or 4 days later."""
    missed = [("v", "2026-03-01", "missed")]
    solved = solve(VISIT, birth_date="2026-01", as_of="2026-03-02", dates=missed)
    assert letters(solved, "w", *SPAN) == "-uuuuuuuuuuuuuuuuu--"
    exact = solve(VISIT, birth_date="2026-01-20", as_of="2026-03-02", dates=missed)
    assert letters(exact, "w", *SPAN) == "-----PP-------------"


def test_a_partial_date_gives_no_target() -> None:
    assert day_of_schedule(solve(VISIT, birth_date="2026-01-20"), "v") == "2026-03-03"
    assert day_of_schedule(solve(VISIT, birth_date="2026-01"), "v") == "2026-03-01 undetermined"


def test_an_usual_interval_from_birth() -> None:
    body = GAP.format(sides="usual: 45 days")
    assert day_of_schedule(solve(body, birth_date="2026-01-20"), "m") == "2026-03-06"
    assert day_of_schedule(solve(body, birth_date="2026-01"), "m") == "2026-03-01"


def test_a_done_visit_shows_nothing_of_milestones() -> None:
    done = [("v", "2026-03-01", "done")]
    assert (
        status(solve(VISIT, birth_date="2026-01-20", as_of="2026-03-02", dates=done), "m") == "open"
    )


def test_a_visit_that_was_over_before_the_study_opened_frees_no_day() -> None:
    """Found by a long run (seeds 201649 and 300202): no day lay between the opening and as_of."""
    body = VISIT.replace("m: {label: M, days: any, optional: yes}", "m: {label: M, days: any}")
    solved = solve(body, birth_date="2026-01-05", opens="2026-03-01", as_of="2026-02-25")
    assert status(solved, "v") == "overdue"  # its window ended on 21 February
    assert letters(solved, "w", "2026-02-25", "2026-03-05") == "---------"
    body += "gaps:\n  - {from: v, to: m, min: 10 days}\n"
    solved = solve(body, birth_date="2026-01-05", opens="2026-03-01", as_of="2026-02-25")
    assert letters(solved, "m", "2026-03-01", "2026-03-10") == "uuuuuuPPPP"
