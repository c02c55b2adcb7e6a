"""docs/semantics.md, section 3: what must be so, counts and totals, both sides of a node."""

import re
from pathlib import Path

import pytest

from tests.properties.harness import Solved
from tests.semantics.small import letters, solve

ROOT = Path(__file__).parents[2]
M = "milestones:\n  m: {label: M}\n"
Row = tuple[str, ...]


def asked(rule: str, *history: Row, head: str = M, **more: object) -> Solved:
    body = f"{head}rules:\n  - {{id: R1, {rule}}}\n"
    return solve(body, history=history, **more)  # type: ignore[arg-type]


def days(rule: str, *history: Row, **more: object) -> str:
    return letters(asked(rule, *history, **more), "m", "2026-03-01", "2026-03-20")


def page_rows(begins: str) -> list[list[str]]:
    """The rows of the worked table of the law that stands under a heading."""
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    part = page.partition(f"### {begins}")[2].partition("\n### ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.split("\n")]
    return [row for row in rows if len(row) == 3 and re.fullmatch(r"`[Pu-]{20}`", row[2])]


EXPOSURES: dict[str, tuple[Row, ...]] = {
    "2 to 12 March": (("drug", "2026-03-02", "2026-03-12"),),
    "2 March, end blank": (("drug", "2026-03-02"),),
    "from 2 March, ongoing": (("drug", "2026-03-02", "ongoing"),),
    "on 5 March": (("op", "2026-03-05"),),
    "2 to 5 March": (("drug", "2026-03-02", "2026-03-05"),),
    "from 5 March, ongoing": (("drug", "2026-03-05", "ongoing"),),
    "5 to 7 March": (("drug", "2026-03-05", "2026-03-07"),),
    "no row at all": (),
    "a row `none`": (("op", "none"),),
    "5, 8 and 9 March": (("op", "2026-03-05"), ("op", "2026-03-08"), ("op", "2026-03-09")),
    "2 to 6 and 5 to 8 March": (
        ("drug", "2026-03-02", "2026-03-06"),
        ("drug", "2026-03-05", "2026-03-08"),
    ),
}
ALL = ("covering: 5 days, before: m", "within: 5 days, before: m", "clear: 5 days, before: m",
       "since: 5 days, before: m", "ever_before: m", "at: m")  # fmt: skip


def written(form: str) -> list[str]:
    """The rules that a cell of the worked table stands for."""
    text = form.strip("`")
    if text == "any of them":
        return [f"require: [op, drug], {one}" for one in ALL]
    if text in ("at", "ever_before"):
        return [f"require: [op, drug], {text}: m"]
    if text.startswith(("count", "total")):
        return [f"{text}, before: m"]
    return [f"require: [op, drug], {text}, before: m"]


@pytest.mark.parametrize("row", page_rows("What must be so") + page_rows("Counts and totals"))
def test_the_worked_tables(row: list[str]) -> None:
    form, exposures, shown = row
    for rule in written(form):
        assert days(rule, *EXPOSURES[exposures]) == shown.strip("`"), rule


def test_the_worked_tables_are_read() -> None:
    assert len(page_rows("What must be so")) == 13
    assert len(page_rows("Counts and totals")) == 6


# --- stretches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pauses", "second", "shown"),
    [
        # from 2 to 8 March, and then from another day to the 14th: stretches of 6 days or more
        ("", "2026-03-08", "------PPPPPPPP------"),
        ("", "2026-03-09", "------PPPPPPPP------"),
        ("", "2026-03-10", "------PP------------"),
        (", pauses: 1 day", "2026-03-10", "------PPPPPPPP------"),
        (", pauses: 1 day", "2026-03-11", "------PP------------"),
        (", pauses: 3 days", "2026-03-12", "------PPPPPPPP------"),
        (", pauses: 3 days", "2026-03-13", "------PP------------"),
        (", pauses: 0 days", "2026-03-09", "------PPPPPPPP------"),
    ],
)
def test_courses_that_touch_and_pauses(pauses: str, second: str, shown: str) -> None:
    history = ("drug", "2026-03-02", "2026-03-08"), ("drug", second, "2026-03-14")
    assert days(f"require: drug, covering: 5 days, before: m{pauses}", *history) == shown


def test_a_node_in_a_pause_is_covered_when_the_course_goes_on() -> None:
    history = ("drug", "2026-03-01", "2026-03-08"), ("drug", "2026-03-11", "2026-03-12")
    rule = "require: drug, covering: 5 days, before: m, pauses: 2 days"
    assert days(rule, *history) == "-----PPPPPPP--------"
    assert days(rule, history[0]) == "-----PPP------------"


def test_months_step_back_once_with_the_clamp() -> None:
    """From 28 February on, covered for 1 month: 28 March is the first day that reaches no further
    back, and of a course since 1 March it is 1 April (31 March less 1 month is 28 February)."""
    rule = "require: drug, covering: 1 month, before: m"
    late = {"opens": "2026-03-25", "closes": "2026-04-03"}
    since = asked(rule, ("drug", "2026-02-28", "ongoing"), **late)
    assert letters(since, "m", "2026-03-25", "2026-04-03") == "---PPPPPPP"
    since = asked(rule, ("drug", "2026-03-01", "ongoing"), **late)
    assert letters(since, "m", "2026-03-25", "2026-04-03") == "-------PPP"


# --- boundaries, by hand ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "history", "last_no", "first_yes"),
    [
        ("require: drug, covering: 12 weeks, before: m", ("drug", "2026-01-10", "ongoing"),
         "2026-04-03", "2026-04-04"),
        ("require: drug, since: 6 months, before: m", ("drug", "2025-10-31", "ongoing"),
         "2026-04-30", "2026-05-01"),
        ("require: drug, since: 6 months, before: m", ("drug", "2025-10-30", "ongoing"),
         "2026-04-29", "2026-04-30"),
        ("require: op, clear: 14 days, before: m", ("op", "2026-03-10"), "2026-03-23", "2026-03-24"),
        ("require: op, ever_before: m", ("op", "2026-03-10"), "2026-03-09", "2026-03-10"),
        ("require: op, within: 2 days, before: m", ("op", "2026-03-10"), "2026-03-09", "2026-03-10"),
        ("require: op, within: 1 month, before: m", ("op", "2026-02-28"), "2026-04-01", "2026-03-31"),
        ("require: op, within: 12 months, before: m", ("op", "2025-04-10"), "2026-04-11", "2026-04-10"),
    ],
)  # fmt: skip
def test_the_day_before_and_the_day(rule: str, history: Row, last_no: str, first_yes: str) -> None:
    solved = asked(rule, history, opens="2026-03-01", closes="2026-05-31", as_of="2026-03-01")
    assert letters(solved, "m", last_no, last_no) == "-"
    assert letters(solved, "m", first_yes, first_yes) == "P"


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_day_more_or_less_moves_the_answer_by_that_day(shift: int) -> None:
    for rule in ALL:
        base = days(f"require: op, {rule}", ("op", "2026-03-08"))
        moved = days(f"require: op, {rule}", ("op", f"2026-03-{8 + shift:02d}"))
        pair = (base, moved) if shift > 0 else (moved, base)
        assert pair[1][1:] == pair[0][:-1], rule


# --- what is unknown ---------------------------------------------------------------------------


def test_a_month_satisfies_for_certain_only_where_every_day_of_it_does() -> None:
    """Some day of March before the 10th as a written range: start 2026-02, end unknown by then."""
    rule = "require: op, within: 40 days, before: m"
    solved = asked(rule, ("op", "2026-02"), opens="2026-02-01", closes="2026-04-15")
    shown = letters(solved, "m", "2026-02-01", "2026-04-15")
    # certainly from 28 February (whichever day it was) to 1 February + 40 days, 13 March;
    # possibly to 28 February + 40 days, 9 April
    assert shown == "u" * 27 + "P" * 14 + "u" * 27 + "-" * 6


def test_a_course_that_floats_covers_no_day_for_certain() -> None:
    rule = "require: drug, at: m"
    assert days(rule, ("drug", "2026-03", "2026-03")) == "u" * 20
    assert (
        days("total: {of: drug, at_least: 1 day}, before: m", ("drug", "2026-03", "2026-03"))
        == "u" * 20
    )
    assert days("require: drug, ever_before: m", ("drug", "2026-02", "2026-02")) == "P" * 20


def test_nothing_recorded_is_undetermined_for_at_least_and_none_for_at_most() -> None:
    for amount in ("count: {of: op, at_least: 1}", "total: {of: op, at_least: 1 day}"):
        assert days(f"{amount}, before: m") == "u" * 20
        assert days(f"{amount}, before: m", ("op", "none")) == "-" * 20
    for amount in ("count: {of: op, at_most: 1}", "total: {of: op, at_most: 1 day}"):
        assert days(f"{amount}, before: m") == "P" * 20
        assert days(f"{amount}, before: m", strict=True) == "u" * 20
        assert days(f"{amount}, before: m", ("op", "none"), strict=True) == "P" * 20


def test_a_row_of_another_event_of_the_list_answers_the_question() -> None:
    rule = "require: [op, vaccine], within: 5 days, before: m"
    assert days(rule, ("vaccine", "none")) == "-" * 20
    assert days(rule, ("drug", "2026-03-01", "2026-03-02")) == "u" * 20


def test_exemptions_and_conditions() -> None:
    rule = "require: op, ever_before: m, except: {route: oral}"
    row = {"event": "op", "start": "2026-03-05"}
    for route, shown in (("oral", "-"), ("", "u"), ("iv", "P")):
        solved = solve(f"{M}rules:\n  - {{id: R1, {rule}}}\n", history=[{**row, "route": route}])
        assert letters(solved, "m", "2026-03-04", "2026-03-06") == "-" + 2 * shown, route
    rule = "require: op, ever_before: m, only: {sex: female}"
    for sex, shown in (("male", "P"), ("", "u"), ("female", "-")):
        assert days(rule, ("op", "none"), sex=sex) == shown * 20, sex


def test_a_decision_is_about_the_finding() -> None:
    rule = "require: op, within: 5 days, before: m, judgement: investigator"
    op = ("op", "2026-03-05")
    assert days(rule, op) == "uuuuPPPPPPuuuuuuuuuu"
    for decision, shown in (("clear", "P" * 20), ("exclude", "----PPPPPP----------")):
        told = [{"rule": "R1", "decision": decision, "date": "2026-03-01"}]
        assert days(rule, op, decisions=told) == shown
    told = [
        {"rule": "R1", "decision": "clear", "date": "2026-02-27"},
        {"rule": "R1", "decision": "exclude", "date": "2026-02-28"},
    ]
    assert days(rule, op, decisions=told) == "----PPPPPP----------"


def test_half_lives_are_each_exposures_own() -> None:
    rule = "require: drug, clear: 5 half-lives, before: m"
    base = {"event": "drug", "start": "2026-03-01", "end": "2026-03-02"}
    body = f"{M}rules:\n  - {{id: R1, {rule}}}\n"
    known = solve(body, history=[{**base, "half_life": "1 day"}])
    assert letters(known, "m", "2026-03-01", "2026-03-20") == "-" * 6 + "P" * 14
    missing = solve(body, history=[base])
    assert letters(missing, "m", "2026-03-01", "2026-03-20") == "-" + "u" * 19


# --- hours ---------------------------------------------------------------------------------------


def test_hours_for_a_node_with_and_without_a_time() -> None:
    rule, row = "require: op, within: 72 hours, before: m", ("op", "2026-03-08 10:00")
    assert days(rule, row) == "--------PP----------"
    timed = 'milestones:\n  m: {label: M, at: "10:00"}\n'
    assert days(rule, row, head=timed) == "-------PPPP---------"
    short = "require: op, within: 72 hours, before: m, boundary: exclusive"
    assert days(short, row, head=timed) == "-------PPP----------"
    clear = "require: op, clear: 24 hours, before: m"
    assert days(clear, row) == "---------PPPPPPPPPPP"
    assert days(clear, row, head=timed) == "--------PPPPPPPPPPPP"
    assert days(clear, ("op", "2026-03-08"), head=timed) == "--------uPPPPPPPPPPP"


def test_a_moment_cannot_reach_a_longer_day() -> None:
    """24 hours from some moment of 31 October reach all of 1 November only if that day has no 25th."""
    rule = "require: op, within: 24 hours, before: m"
    about = {"opens": "2026-10-28", "closes": "2026-11-05"}
    for zone, shown in (("America/New_York", "---u-----"), ("Asia/Shanghai", "---uu----")):
        solved = asked(rule, ("op", "2026-10-31"), zone=zone, **about)
        assert letters(solved, "m", "2026-10-28", "2026-11-05") == shown, zone


# --- both sides ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("within: 3 days, around: m", "PPPP-------PPPPPPPPP"),
        ("within: 3 days, around: m, boundary: exclusive", "PPPPP-----PPPPPPPPPP"),
        ("within: 0 days, around: m", "PPPPPPP-PPPPPPPPPPPP"),
    ],
)
def test_around_is_before_and_after(rule: str, shown: str) -> None:
    assert days(f"forbid: op, {rule}", ("op", "2026-03-08")) == shown


def test_around_a_month_is_certain_in_its_middle() -> None:
    solved = asked(
        "forbid: vaccine, within: 4 weeks, around: m", ("vaccine", "2026-03"), closes="2026-05-10",
        opens="2026-01-20",
    )  # fmt: skip
    # possibly from 1 March - 28 to 31 March + 28; certainly from 31 March - 28 to 1 March + 28
    shown = letters(solved, "m", "2026-01-31", "2026-04-30")
    assert shown == "P" + "u" * 30 + "-" * 27 + "u" * 30 + "P" * 2


# --- ages in other units ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "first", "last"),
    [
        ("{min: 6 weeks}", "2026-04-12", "2026-06-30"),  # 1 March and 42 days
        ("{max: 12 weeks}", "2026-03-01", "2026-05-30"),  # 13 weeks are completed on 31 May
        ("{min: 40 days, max: 50 days}", "2026-04-10", "2026-04-20"),
        ("{min: 2 months, max: 2 months}", "2026-05-01", "2026-05-31"),
        ("{min: 6 weeks, max: 2 months}", "2026-04-12", "2026-05-31"),
    ],
)
def test_ages_in_weeks_days_and_months(age: str, first: str, last: str) -> None:
    solved = asked(f"age: {age}, at: m", closes="2026-06-30", birth_date="2026-03-01")
    found = [str(day) for day in solved.of("p").domains["m"]]
    assert (found[0], found[-1]) == (first, last)
