"""Every form, with the dates of its example a day earlier and a day later: each edge moves with them.

Months are not here: their edges move by none or several days, see test_semantics_time.py.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from scheduler.protocol.forms import WAYS
from tests.semantics.small import letters, solve

CLOCK = 'milestones: {c: {label: C}, m: {label: M, days: any, at: "10:00"}}'
PLAIN = "milestones: {c: {label: C}, m: {label: M, days: any}}"
Row = tuple[str, ...]
COURSE: list[Row] = [("drug", "2026-03-10", "2026-03-16")]
TIMED: list[Row] = [("drug", "2026-03-10 09:00", "2026-03-16 12:00")]
POINTS: list[Row] = [("op", "2026-03-10"), ("op", "2026-03-12"), ("op", "2026-03-13")]
VAGUE: list[Row] = [("drug", "2026-03-10", "")]
TWO: list[Row] = [("drug", "2026-03-08", "2026-03-11"), ("drug", "2026-03-14", "2026-03-18")]
RULES: dict[tuple[str, ...], list[tuple[str, list[Row]]]] = {
    ("forbid", "within", "before"): [
        ("forbid: drug, within: 4 days, before: m", COURSE),
        ("forbid: drug, within: 4 days, before: m, boundary: exclusive", COURSE),
        ("forbid: drug, within: 30 hours, before: m", TIMED),
        ("forbid: drug, within: 2 half-lives, before: m", [(*COURSE[0], "30 hours")]),
        ("forbid: drug, within: {longer_of: [3 days, 2 half-lives]}, before: m", COURSE),
    ],
    ("forbid", "clear", "before"): [("forbid: drug, clear: 4 days, before: m", COURSE)],
    ("forbid", "within", "after"): [("forbid: drug, within: 4 days, after: m", COURSE)],
    ("forbid", "at"): [("forbid: drug, at: m", COURSE), ("forbid: drug, at: m", VAGUE)],
    ("forbid", "ever_before"): [("forbid: drug, ever_before: m", COURSE)],
    ("forbid", "from", "until"): [("forbid: drug, from: study_opens, until: m", COURSE)],
    ("forbid", "within", "around"): [("forbid: op, within: 4 days, around: m", POINTS[:1])],
    ("require", "covering", "before"): [
        ("require: drug, covering: 4 days, before: m", COURSE),
        ("require: drug, covering: 4 days, before: m, boundary: exclusive", COURSE),
        ("require: drug, covering: 4 days, pauses: 2 days, before: m", TWO),
        ("require: drug, covering: 4 days, pauses: 1 day, before: m", TWO),
        ("require: drug, covering: 2 half-lives, before: m", [(*COURSE[0], "30 hours")]),
        ("require: drug, covering: 2 half-lives, before: m", COURSE),
        ("require: drug, covering: 40 hours, before: m", TIMED),
        ("require: drug, covering: 40 hours, before: m", COURSE),
    ],
    ("require", "within", "before"): [
        ("require: drug, within: 4 days, before: m", COURSE),
        ("require: drug, within: 30 hours, before: m", TIMED),
    ],
    ("require", "clear", "before"): [
        ("require: drug, clear: 4 days, before: m", COURSE),
        ("require: drug, clear: 30 hours, before: m", TIMED),
    ],
    ("require", "ever_before"): [("require: drug, ever_before: m", COURSE)],
    ("require", "at"): [("require: drug, at: m", COURSE), ("require: drug, at: m", VAGUE)],
    ("require", "since", "before"): [
        ("require: drug, since: 4 days, before: m", COURSE),
        ("require: drug, since: 2 half-lives, before: m", [(*COURSE[0], "30 hours")]),
    ],
    ("count", "within", "before"): [
        ("count: {of: op, at_least: 2}, within: 4 days, before: m", POINTS),
        ("count: {of: op, at_most: 2}, within: 4 days, before: m", POINTS),
        ("count: {of: op, at_most: 1}, within: 30 hours, before: m", POINTS),
        ("count: {of: op, at_most: 1}, within: 2 half-lives, before: m", POINTS),
    ],
    ("count", "before"): [("count: {of: op, at_least: 2}, before: m", POINTS)],
    ("total", "within", "before"): [
        ("total: {of: drug, at_least: 3 days}, within: 5 days, before: m", COURSE),
        ("total: {of: drug, at_most: 3 days}, within: 5 days, before: m", COURSE),
        ("total: {of: drug, at_most: 3 days}, within: 4 half-lives, before: m",
         [(*COURSE[0], "30 hours")]),
    ],
    ("total", "before"): [("total: {of: drug, at_most: 3 days}, before: m", COURSE)],
}  # fmt: skip


def later(text: str, days: int) -> str:
    """A written date moved by so many days; its clock time stays."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return text
    return str(date.fromisoformat(text[:10]) + timedelta(days=days)) + text[10:]


def month(body: str, history: Sequence[Row] = (), days: int = 0, **more: str) -> str:
    """The letters of M from 25 February to 8 April, with all dates moved."""
    heads = ("event", "start", "end", "half_life")
    rows = [dict(zip(heads, (later(cell, days) for cell in row), strict=False)) for row in history]
    moved = {head: later(cell, days) for head, cell in more.items()}
    solved = solve(body, opens="2026-02-20", closes="2026-04-20", history=rows, zone="UTC", **moved)
    return letters(solved, "m", "2026-02-25", "2026-04-08")


def assert_moves(body: str, history: Sequence[Row] = (), **more: str) -> None:
    before, here, after = (month(body, history, days, **more) for days in (-1, 0, 1))
    assert len(set(here)) > 1, "no edge to move"
    assert before[:-1] == here[1:] and here[:-1] == after[1:]


@pytest.mark.parametrize(("rule", "history"), [one for ones in RULES.values() for one in ones])
@pytest.mark.parametrize("node", [PLAIN, CLOCK])
def test_each_edge_of_a_rule_moves_with_its_dates(node: str, rule: str, history: list[Row]) -> None:
    assert_moves(f"{node}\nrules:\n  - {{id: R, {rule}}}\n", history)


def test_every_form_is_here() -> None:
    assert {way.keys for way in WAYS} == {*RULES, ("age", "at")}


@pytest.mark.parametrize(
    "body",
    [
        "rules:\n  - {id: R, age: {min: 42 days, max: 50 days}, at: m}\n",
        "rules:\n  - {id: R, age: {min: 6 weeks, max: 7 weeks}, at: m}\n",
        "gaps:\n  - {from: birth, to: m, min: 42 days, max: 50 days}\n",
        "gaps:\n  - {from: birth, to: m, min: {longer_of: [42 days, 5 weeks]}}\n",
        "gaps:\n  - {from: birth, to: m, max: 6 weeks}\n",
    ],
)
def test_each_edge_of_an_age_and_of_a_gap_from_birth_moves_with_the_birth(body: str) -> None:
    assert_moves(f"{PLAIN}\n{body}", birth_date="2026-02-01")


def test_each_edge_of_a_window_from_birth_moves_with_the_birth() -> None:
    body = PLAIN.replace(", m: {label: M, days: any}", "") + (
        "\nvisits:\n  - {id: m, after: birth, target: 6 weeks, "
        "window: {before: 2 days, after: 3 days}, days: any}\n"
    )
    assert_moves(body, birth_date="2026-02-01")
