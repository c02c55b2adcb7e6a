"""Half-lives and hours in rules that weigh exposures together, by docs/semantics.md, section 3."""

import re

import pytest

from tests.semantics.small import letters, solve
from tests.semantics.test_semantics_required import page_rows

CLOCK = 'milestones: {m: {label: M, days: any, at: "10:00"}}'
NO_CLOCK = "milestones: {m: {label: M, days: any}}"


def days(rule: str, *history: tuple[str, ...], node: str = NO_CLOCK) -> str:
    """One letter for each of the days 1 to 20 March; a row is start, end and half-life of drug."""
    event = "op" if "op" in rule else "drug"
    heads = ("event", "start", "end", "half_life")
    rows = [dict(zip(heads, (event, *row), strict=False)) for row in history]
    body = f"{node}\nrules:\n  - {{id: R, {rule}, before: m}}\n"
    return letters(solve(body, history=rows), "m", "2026-03-01", "2026-03-20")


X, Y = ("2026-03-02", "2026-03-06"), ("2026-03-07", "2026-03-12")
LONG = ("2026-03-02", "2026-03-12")
COVERING = [
    ("2 half-lives", [(*LONG, "26 hours")], "----PPPPPPPP--------"),  # 52 hours are 3 days
    ("2 half-lives", [(*LONG, "24 hours")], "---PPPPPPPPP--------"),
    ("2 half-lives", [LONG], "-uuuuuuuuuuu--------"),
    ("2 half-lives", [(*X, "1 days"), (*Y, "2 days")], "---PPP----PP--------"),
    ("2 half-lives", [(*X, "1 days"), (*Y, "24 hours")], "---PPPPPPPPP--------"),
    ("2 half-lives", [(*X, "1 days"), Y], "---PPPuuuuuu--------"),
    ("{longer_of: [3 days, 2 half-lives]}", [LONG], "----uuuuuuuu--------"),
    ("{longer_of: [3 days, 2 half-lives]}", [(*LONG, "1 days")], "----PPPPPPPP--------"),
    ("{longer_of: [3 days, 2 half-lives]}", [(*LONG, "2 days")], "-----PPPPPPP--------"),
    ("{shorter_of: [3 days, 2 half-lives]}", [LONG], "-uuuPPPPPPPP--------"),
    ("{shorter_of: [3 days, 2 half-lives]}", [X, Y], "-uuuPPuuuPPP--------"),
]


@pytest.mark.parametrize(("length", "history", "shown"), COVERING)
def test_covering_so_many_half_lives(
    length: str, history: list[tuple[str, ...]], shown: str
) -> None:
    assert days(f"require: drug, covering: {length}", *history) == shown


def test_covering_half_lives_by_the_exclusive_reading_leaves_out_the_far_end() -> None:
    rule = "require: drug, covering: 2 half-lives, boundary: exclusive"
    assert days(rule, (*LONG, "24 hours")) == "--PPPPPPPPPP--------"


TOTAL = [
    ("at_least: 3 days", "2 half-lives", [(*X, "1 days")], "---PPP--------------"),
    ("at_least: 3 days", "2 half-lives", [(*X, "2 days")], "---PPPPP------------"),
    ("at_least: 3 days", "2 half-lives", [X], "---uuuuuuuuuuuuuuuuu"),
    ("at_most: 3 days", "2 half-lives", [(*X, "2 days")], "PPPP---PPPPPPPPPPPPP"),
    ("at_most: 3 days", "2 half-lives", [X], "PPPPuuuuuuuuuuuuuuuu"),
    ("at_most: 3 days", "{shorter_of: [4 days, 2 half-lives]}", [X], "PPPPuuuPPPPPPPPPPPPP"),
    (
        "at_least: 3 days",
        "2 half-lives",
        [("2026-03-02", "2026-03-04", "1 days"), ("2026-03-08", "2026-03-09", "3 days")],
        "---P----------------",
    ),
    (
        "at_least: 3 days",
        "2 half-lives",
        [("2026-03-02", "2026-03-04", "3 days"), ("2026-03-08", "2026-03-09", "1 days")],
        "---PPPPPPP----------",  # on the 9th 3, 4, 8 and 9; on the 10th 4, 8 and 9; on the 11th 9
    ),
]


@pytest.mark.parametrize(("bound", "length", "history", "shown"), TOTAL)
def test_totals_look_back_by_each_exposures_half_life(
    bound: str, length: str, history: list[tuple[str, ...]], shown: str
) -> None:
    assert days(f"total: {{of: drug, {bound}}}, within: {length}", *history) == shown


HOURS = [
    (CLOCK, ("2026-03-02 09:00", "2026-03-08 12:00"), "", "---PPPPP------------"),
    (CLOCK, ("2026-03-02 10:00", "2026-03-08 10:00"), "", "---PPPPP------------"),
    (CLOCK, ("2026-03-02 10:01", "2026-03-08 10:00"), "", "----PPPP------------"),
    (CLOCK, ("2026-03-02 10:01", "2026-03-08 10:00"), "exclusive", "---PPPPP------------"),
    (CLOCK, ("2026-03-02 10:02", "2026-03-08 10:00"), "exclusive", "----PPPP------------"),
    (CLOCK, ("2026-03-02 10:00", "2026-03-08 09:59"), "", "---PPPP-------------"),
    (CLOCK, ("2026-03-02", "2026-03-08"), "", "---uPPPu------------"),
    (NO_CLOCK, ("2026-03-02 09:00", "2026-03-08 12:00"), "", "----PPP-------------"),
    (NO_CLOCK, ("2026-03-02 00:00", "2026-03-08 23:59"), "", "---PPPPP------------"),
]


@pytest.mark.parametrize(("node", "row", "boundary", "shown"), HOURS)
def test_covering_hours(node: str, row: tuple[str, str], boundary: str, shown: str) -> None:
    reading = f", boundary: {boundary}" if boundary else ""
    assert days(f"require: drug, covering: 48 hours{reading}", row, node=node) == shown


def test_courses_that_touch_in_a_minute_cover_hours_together() -> None:
    first = ("2026-03-02 09:00", "2026-03-05 07:59")
    touching, later = (
        ("2026-03-05 08:00", "2026-03-08 12:00"),
        ("2026-03-05 08:01", "2026-03-08 12:00"),
    )
    rule = "require: drug, covering: 48 hours"
    assert days(rule, first, touching, node=CLOCK) == "---PPPPP------------"
    assert days(rule, first, later, node=CLOCK) == "---P--PP------------"


COUNTS = [
    ("at_most: 1", CLOCK, ("2026-03-05 11:00", "2026-03-06 09:00"), "", "PPPPP--PPPPPPPPPPPPP"),
    ("at_most: 1", CLOCK, ("2026-03-05 10:00", "2026-03-06 09:00"), "", "PPPPP--PPPPPPPPPPPPP"),
    ("at_most: 1", CLOCK, ("2026-03-05 09:59", "2026-03-06 09:00"), "", "PPPPP-PPPPPPPPPPPPPP"),
    ("at_most: 1", CLOCK, ("2026-03-05 10:00", "2026-03-06 09:00"), "exclusive", "PPPPP-PPPPPPPPPPPPPP"),
    ("at_most: 1", CLOCK, ("2026-03-05 11:00", "2026-03-06 10:01"), "", "PPPPPP-PPPPPPPPPPPPP"),
    ("at_most: 1", CLOCK, ("2026-03-05", "2026-03-06 09:00"), "", "PPPPP-uPPPPPPPPPPPPP"),
    ("at_most: 1", NO_CLOCK, ("2026-03-05 11:00", "2026-03-06 09:00"), "", "PPPPP--PPPPPPPPPPPPP"),
    # both are within 48 hours of some time of 7 March, but of no one time
    ("at_most: 1", NO_CLOCK, ("2026-03-05 08:00", "2026-03-07 09:00"), "", "PPPPPPPPPPPPPPPPPPPP"),
    ("at_most: 1", NO_CLOCK, ("2026-03-05 09:00", "2026-03-07 09:00"), "", "PPPPPP-PPPPPPPPPPPPP"),
    ("at_least: 2", CLOCK, ("2026-03-05 11:00", "2026-03-06 09:00"), "", "-----PP-------------"),
    ("at_least: 2", CLOCK, ("2026-03-05 09:59", "2026-03-06 09:00"), "", "-----P--------------"),
    ("at_least: 2", NO_CLOCK, ("2026-03-05 11:00", "2026-03-06 09:00"), "", "--------------------"),
    ("at_least: 2", NO_CLOCK, ("2026-03-05 11:00", "2026-03-05 09:00"), "", "-----P--------------"),
]  # fmt: skip


@pytest.mark.parametrize(("bound", "node", "starts", "boundary", "shown"), COUNTS)
def test_counts_in_hours(
    bound: str, node: str, starts: tuple[str, str], boundary: str, shown: str
) -> None:
    reading = f", boundary: {boundary}" if boundary else ""
    rule = f"count: {{of: op, {bound}}}, within: 48 hours{reading}"
    assert days(rule, *((start,) for start in starts), node=node) == shown


EXPOSURES: dict[str, list[tuple[str, ...]]] = {
    "2 to 12 March, 26 hours (52 hours are 3 days)": [(*LONG, "26 hours")],
    "2 to 6 March, 1 day; 7 to 12 March, 2 days": [(*X, "1 days"), (*Y, "2 days")],
    "2 to 6 March, 1 day; 7 to 12 March, nobody knows": [(*X, "1 days"), Y],
    "2 to 12 March, nobody knows": [LONG],
    "2 to 6 March, 2 days": [(*X, "2 days")],
    "2 to 6 March, nobody knows": [X],
    "2 March 10:00 to 8 March 09:59": [("2026-03-02 10:00", "2026-03-08 09:59")],
    "2 March 09:00 to 8 March 12:00": [("2026-03-02 09:00", "2026-03-08 12:00")],
    "5 March 10:00 and 6 March 09:00": [("2026-03-05 10:00",), ("2026-03-06 09:00",)],
    "5 March 08:00 and 7 March 09:00": [("2026-03-05 08:00",), ("2026-03-07 09:00",)],
}


def test_the_worked_table_of_the_law() -> None:
    rows = page_rows("Half-lives and hours of several exposures")
    assert len(rows) == 10
    rule = ""
    for form, exposures, shown in rows:
        rule = rule if form.startswith("the same") else re.findall("`(.*?)`", form)[0]
        whole = f"require: drug, {rule}" if rule.startswith("covering") else rule
        node = CLOCK if form.endswith("M at 10:00") else NO_CLOCK
        assert days(whole, *EXPOSURES[exposures], node=node) == shown.strip("`"), form
