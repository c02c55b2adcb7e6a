"""docs/semantics.md, sections 2 and 3: months, hours, unknown dates, age."""

import pytest

from tests.semantics.small import first_permitted, letters, solve

M = "milestones:\n  m: {label: M}\n"
AB = "milestones:\n  a: {label: A}\n  b: {label: B}\n"


def rule(text: str, head: str = M) -> str:
    return f"{head}rules:\n  - {{id: R1, forbid: [op, drug], {text}}}\n"


# --- months --------------------------------------------------------------------------------------


def gap(text: str) -> str:
    return AB + f"gaps:\n  - {{from: a, to: b, {text}}}\n"


@pytest.mark.parametrize(
    ("done", "text", "first", "last"),
    [
        ("2026-01-31", "min: 1 month", "2026-03-01", ""),  # rolls
        ("2026-01-31", "max: 1 month", "", "2026-02-28"),  # clamps
        ("2028-01-31", "min: 1 month", "2028-03-01", ""),
        ("2028-01-31", "max: 1 month", "", "2028-02-29"),
        ("2026-01-15", "min: 1 month, max: 2 months", "2026-02-15", "2026-03-15"),
        ("2026-01-31", "min: 2 months", "2026-03-31", ""),  # never month by month
        ("2026-01-31", "min: P1M3D", "2026-03-03", ""),  # 3 March - 1 month - 3 days
        ("2026-01-31", "max: P1M3D", "", "2026-03-03"),
    ],
)
def test_gaps_in_months(done: str, text: str, first: str, last: str) -> None:
    year = done[:4]
    window = {"opens": f"{year}-01-01", "closes": f"{year}-04-30", "as_of": f"{year}-02-01"}
    solved = solve(gap(text), dates=[("a", done, "done")], **window)
    days = [str(day) for day in solved.of("p").domains["b"]]
    assert days[0] == (first or f"{year}-02-01")
    assert days[-1] == (last or f"{year}-04-30")


def test_exactly_one_month_has_no_day_for_the_last_days_of_january() -> None:
    """29, 30 and 31 January: the lower bound rolls to 1 March, the upper one clamps to 28 February."""
    solved = solve(gap("min: 1 month, max: 1 month"), opens="2026-01-26", closes="2026-03-31")
    assert letters(solved, "a", "2026-01-26", "2026-02-02") == "PPP---PP"
    leap = solve(gap("min: 1 month, max: 1 month"), opens="2028-01-26", closes="2028-03-31")
    assert letters(leap, "a", "2028-01-26", "2028-02-02") == "PPPP--PP"


# --- hours: the worked table ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exposure", "with_at", "without"),
    [  # 1 to 7 March
        ("2026-03-02 09:00", "P---PPP", "P----PP"),
        ("2026-03-02 10:00", "P----PP", "P----PP"),
        ("2026-03-02 11:00", "PP---PP", "P----PP"),
        ("2026-03-02", "Pu--uPP", "P----PP"),
    ],
)
def test_the_72_hour_table(exposure: str, with_at: str, without: str) -> None:
    for at, shown in (('at: "10:00"', with_at), ("", without)):
        body = f"milestones:\n  infusion: {{label: I{', ' + at if at else ''}}}\n"
        body += "rules:\n  - {id: R1, forbid: op, within: 72 hours, before: infusion}\n"
        solved = solve(body, history=[("op", exposure)])
        assert letters(solved, "infusion", "2026-03-01", "2026-03-07") == shown


@pytest.mark.parametrize(
    ("boundary", "shown"), [("inclusive", "P----PP"), ("exclusive", "P---PPP")]
)
def test_exactly_72_hours_counts_as_within_only_in_the_inclusive_reading(
    boundary: str, shown: str
) -> None:
    body = 'milestones:\n  m: {label: M, at: "10:00"}\n'
    body += "rules:\n  - {id: R1, forbid: op, within: 72 hours, before: m}\n"
    solved = solve(body, boundary=boundary, history=[("op", "2026-03-02 10:00")])
    assert letters(solved, "m", "2026-03-01", "2026-03-07") == shown


def test_an_hours_rule_after_mirrors_the_other() -> None:
    """Forbidden when m <= t and s <= m + 48 h: an operation on 5 March 09:00, m at 10:00."""
    body = 'milestones:\n  m: {label: M, at: "10:00"}\n'
    body += "rules:\n  - {id: R1, forbid: op, within: 48 hours, after: m}\n"
    solved = solve(body, history=[("op", "2026-03-05 09:00")])
    assert letters(solved, "m", "2026-03-01", "2026-03-07") == "PP--PPP"
    late = solve(body, history=[("op", "2026-03-05 10:00")])
    assert letters(late, "m", "2026-03-01", "2026-03-07") == "PP---PP"


def test_a_booked_time_counts_on_its_own_day_only() -> None:
    body = 'milestones:\n  m: {label: M, at: "10:00"}\n'
    body += "rules:\n  - {id: R1, forbid: op, within: 72 hours, before: m}\n"
    booked = [("m", "2026-03-05 08:00", "booked")]
    solved = solve(body, history=[("op", "2026-03-02 09:00")], dates=booked)
    assert letters(solved, "m", "2026-03-01", "2026-03-07") == "P----PP"  # 71 hours on the 5th


def test_hours_are_elapsed_time_across_a_clock_change() -> None:
    """New York, 8 March 2026: 24 hours after 7 March 10:00 it is 11:00."""
    body = 'milestones:\n  m: {label: M, at: "10:30"}\n'
    body += "rules:\n  - {id: R1, forbid: op, within: 24 hours, before: m}\n"
    exposure = [("op", "2026-03-07 10:00")]
    there = solve(body, history=exposure, zone="America/New_York")
    assert letters(there, "m", "2026-03-07", "2026-03-09") == "--P"
    here = solve(body, history=exposure)
    assert letters(here, "m", "2026-03-07", "2026-03-09") == "-PP"


def test_a_time_that_a_clock_change_skips_or_doubles() -> None:
    """Decision 0004: on 8 March any time of the day counts, on 1 November both times do."""
    body = 'milestones:\n  m: {label: M, at: "02:30"}\n'
    body += "rules:\n  - {id: R1, forbid: op, within: 72 hours, before: m}\n"
    solved = solve(body, zone="America/New_York", history=[("op", "2026-03-05 00:30")])
    assert letters(solved, "m", "2026-03-05", "2026-03-09") == "----P"
    twice = body.replace("02:30", "01:30")
    solved = solve(
        twice, opens="2026-10-25", closes="2026-11-10", zone="America/New_York",
        history=[("op", "2026-10-29 02:00")],
    )  # fmt: skip
    assert letters(solved, "m", "2026-10-29", "2026-11-02") == "P--uP"


# --- unknown exposure dates --------------------------------------------------------------------------

BEFORE = rule("within: 2 days, before: m")


@pytest.mark.parametrize(
    ("row", "shown"),
    [  # as_of is 5 March; 5 to 14 March
        (("op", "2026-03-06"), "P---PPPPPP"),
        (("op", "2026-03"), "uuuuuuuuuu"),
        (("op", "2026-02"), "PPPPPPPPPP"),
        (("op", "2026"), "uuuuuuuuuu"),
        (("op", "2026-03-06", ""), "P---PPPPPP"),  # a point ends when it starts
        (("drug", "2026-03-06", ""), "P---uuuuuu"),  # unknown whether it ended
        (("drug", "2026-03-01", ""), "uuuuuuuuuu"),
        (("drug", "2026-03-06", "ongoing"), "P---------"),
        (("drug", "2026-03-01", "ongoing"), "----------"),
        (("drug", "2026-03-04", "unknown"), "--uPPPPPPP"),  # ended on 4 or 5 March
        (("drug", "2026-03-01", "unknown"), "uuuPPPPPPP"),
        (("op", "unknown"), "uuuPPPPPPP"),  # some day up to 5 March
        (("drug", "unknown", "2026-03-07"), "uu---PPPPP"),
        (("drug", "unknown", "ongoing"), "----------"),
        (("op", "none"), "PPPPPPPPPP"),
        (("drug", "2026-03", "2026-03-09"), "uuuu---PPP"),
        (("drug", "2026-03-06", "2026-03"), "P---uuuuuu"),
        (("op", "2026-03-06", "2026-03-08"), "P-----PPPP"),  # a written end makes a span of a point
    ],
)
def test_what_a_written_date_means(row: tuple[str, ...], shown: str) -> None:
    solved = solve(BEFORE, as_of="2026-03-05", history=[row])
    assert letters(solved, "m", "2026-03-05", "2026-03-14") == shown


def test_at_and_ever_with_unknown_dates() -> None:
    unknown = [("drug", "2026-03-05", "")]
    assert (
        letters(solve(rule("at: m"), history=unknown), "m", "2026-03-03", "2026-03-07") == "PP-uu"
    )
    point = solve(rule("at: m"), opens="2026-02-27", history=[("op", "2026-03")])
    assert letters(point, "m", "2026-02-27", "2026-03-02") == "PPuu"
    ever = solve(rule("ever_before: m"), opens="2026-02-27", closes="2026-04-02",
                 history=[("op", "2026-03")])  # fmt: skip
    assert letters(ever, "m", "2026-02-27", "2026-04-01") == "PP" + "u" * 30 + "--"


def test_a_planned_exposure_is_treated_like_any_other() -> None:
    solved = solve(BEFORE, as_of="2026-03-05", history=[("op", "2026-03-10")])
    assert letters(solved, "m", "2026-03-08", "2026-03-14") == "PP---PP"


# --- age -------------------------------------------------------------------------------------------


def age(text: str, opens: str, closes: str, birth: str) -> str:
    body = f"{M}rules:\n  - {{id: AGE, age: {{{text}}}, at: m}}\n"
    solved = solve(body, opens=opens, closes=closes, birth_date=birth)
    return letters(solved, "m", opens, closes)


@pytest.mark.parametrize(
    ("text", "opens", "closes", "birth", "shown"),
    [
        ("min: 18 years", "2026-03-03", "2026-03-07", "2008-03-05", "--PPP"),
        ("max: 75 years", "2026-03-03", "2026-03-07", "1950-03-05", "PP---"),  # 76 on 5 March
        # born on 29 February: the birthday is 1 March in common years
        ("min: 18 years", "2026-02-27", "2026-03-03", "2008-02-29", "--PPP"),
        ("max: 17 years", "2026-02-27", "2026-03-03", "2008-02-29", "PP---"),
        ("min: 20 years", "2028-02-27", "2028-03-02", "2008-02-29", "--PPP"),
        ("min: 18 years, max: 18 years", "2026-03-03", "2026-03-06", "2008-03-05", "--PP"),
        ("min: 18 years", "2026-03-03", "2026-04-02", "2008-03", "u" * 28 + "PPP"),
        ("min: 18 years", "2026-02-27", "2026-03-02", "2008-03", "--uu"),
        ("min: 18 years", "2026-12-30", "2027-01-02", "2008", "uPPP"),
        ("max: 17 years", "2026-02-27", "2026-03-02", "2008-03", "PPuu"),
        ("min: 18 years", "2026-03-03", "2026-03-05", "", "uuu"),
        ("min: 18 years", "2026-03-03", "2026-03-05", "unknown", "uuu"),
    ],
)
def test_completed_years(text: str, opens: str, closes: str, birth: str, shown: str) -> None:
    assert age(text, opens, closes, birth) == shown


def test_a_duration_in_years_and_its_months_are_the_same() -> None:
    twelve = solve(rule("within: 12 months, before: m"), history=[("op", "2025-03-05")])
    year = solve(rule("within: 1 year, before: m"), history=[("op", "2025-03-05")])
    assert first_permitted(twelve, "m") == first_permitted(year, "m") == "2026-03-06"
