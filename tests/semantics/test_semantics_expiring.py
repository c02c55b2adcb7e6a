"""Tests that expire, by docs/semantics.md, section 3: on which days is a test valid, or can be made?"""

import pytest

from tests.semantics.small import letters, solve

WEEKENDS = {"S": {"weekend": ["sat", "sun"], "closed": ["2026-03-16..2026-03-20"]}}
ANY_DAY = "milestones: {c: {label: C}, m: {label: M, days: any}}"


def days(
    test: str, *done: str, as_of: str = "2026-03-04", body: str = ANY_DAY, **more: object
) -> str:
    """One letter for each of the days 1 to 20 March; `done` are days of the test, `c on` others."""
    dates = []
    for text in done:
        node, _, day = text.rpartition(" ")
        dates.append((node or "t", day, "done"))
    if "c" not in {node for node, _, _ in dates}:
        dates.append(("c", "2026-02-20", "done"))
    told = f"{body}\ntests:\n  - {{id: t, for: m, {test}}}\n"
    solved = solve(told, opens="2026-02-01", as_of=as_of, dates=dates, **more)  # type: ignore[arg-type]
    return letters(solved, "m", "2026-03-01", "2026-03-20")


TABLE = [
    ("valid: 5 days, repeatable: no", ("2026-03-03",), "---PPPPP------------"),
    ("valid: 4 days, repeatable: no", ("2026-03-03",), "---PPPP-------------"),
    ("valid: 5 days, repeatable: no", ("2026-03-04",), "---PPPPPP-----------"),
    ("valid: 5 days, repeatable: no", ("2026-02-27",), "---P----------------"),
    ("valid: 5 days, repeatable: no", ("2026-02-26",), "--------------------"),
    ("valid: 5 days, repeatable: no", ("2026-02-26", "2026-03-03"), "---PPPPP------------"),
    ("valid: 5 days, repeatable: no", (), "--------------------"),
    ("valid: 5 days", (), "---PPPPPPPPPPPPPPPPP"),
    ("valid: 5 days", ("2026-02-26",), "---PPPPPPPPPPPPPPPPP"),
    ("valid: 1 month, repeatable: no", ("2026-02-10",), "---PPPPPPP----------"),
    ("valid: 10 days, repeatable: no", ("2026-03",), "---PPPPPPPPuuu------"),
    ("valid: 10 days, repeatable: no", ("2026-02",), "---uuuuuuu----------"),
    ("valid: 10 days, repeatable: no", ("2026-02", "2026-03-01"), "---PPPPPPPP---------"),
]


@pytest.mark.parametrize(("test", "done", "expected"), TABLE)
def test_the_table(test: str, done: tuple[str, ...], expected: str) -> None:
    assert days(test, *done) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("valid: 0 days", "---PPP--PPPPP-------"),
        ("valid: 1 day", "---PPPP-PPPPPP------"),
        ("valid: 2 days", "---PPPPPPPPPPPP-----"),
        ("valid: 7 days", "---PPPPPPPPPPPPPPPPP"),
        ("valid: 7 days, repeatable: no", "--------------------"),
    ],
)
def test_a_new_one_is_made_on_an_open_day(test: str, expected: str) -> None:
    assert days(test, sites=WEEKENDS, site="S") == expected


def test_a_closed_day_of_the_node_itself_stays_closed() -> None:
    body = "milestones: {c: {label: C}, m: {label: M}}"
    assert days("valid: 7 days", body=body, sites=WEEKENDS, site="S") == "---PPP--PPPPP-------"


def test_one_that_was_done_may_have_been_on_a_closed_day() -> None:
    told = days("valid: 1 day, repeatable: no", "2026-03-07", as_of="2026-03-08", sites=WEEKENDS,
                site="S")  # fmt: skip
    assert told == "-------P------------"


@pytest.mark.parametrize(
    ("sex", "expected"),
    [
        ("female", "--------------------"),
        ("male", "---PPPPPPPPPPPPPPPPP"),
        ("", "---uuuuuuuuuuuuuuuuu"),
    ],
)
def test_only_some_need_it(sex: str, expected: str) -> None:
    person = {"sex": sex} if sex else {}
    told = days("valid: 1 day, repeatable: no, only: {sex: female}", "2026-02-02", **person)
    assert told == expected


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (("c 2026-03-03", "2026-03-03"), "---PPPPP------------"),
        (("c 2026-03-03", "2026-03-02"), "--------------------"),  # none that counts
    ],
)
def test_not_before_a_node(done: tuple[str, ...], expected: str) -> None:
    told = days("valid: 5 days, not_before: c, repeatable: no", *done)
    assert told == expected


def test_a_test_for_every_occurrence_of_a_visit() -> None:
    body = """
milestones: {m: {label: M}}
visits:
  - {id: v, after: m, target: 2 days, window: {before: 1 day, after: 1 day},
     optional: yes, repeat: {every: 7 days, times: 2}, assumption: made up}
tests:
  - {id: t, for: v, valid: 3 days, repeatable: no}
"""
    solved = solve(
        body, as_of="2026-03-05", dates=[("m", "2026-03-02", "done"), ("t", "2026-03-03", "done")]
    )
    assert letters(solved, "v#1", "2026-03-01", "2026-03-20") == "----P---------------"
    assert letters(solved, "v#2", "2026-03-01", "2026-03-20") == "--------------------"


@pytest.mark.parametrize("length", ["3 days", "P1W", "1 month", "{shorter_of: [2 weeks, 1 month]}"])
def test_one_day_later_moves_both_edges_by_a_day(length: str) -> None:
    """Each boundary, with the example date one day to either side."""
    spans = []
    for day in ("2026-02-16", "2026-02-17", "2026-02-18"):
        body = "milestones: {m: {label: M, days: any}}"
        told = f"{body}\ntests:\n  - {{id: t, for: m, valid: {length}, repeatable: no}}\n"
        solved = solve(told, opens="2026-02-01", closes="2026-04-30", as_of="2026-02-18",
                       dates=[("t", day, "done")])  # fmt: skip
        found = letters(solved, "m", "2026-02-18", "2026-04-30")
        assert set(found) == {"P", "-"}
        spans.append((found.index("P"), found.rindex("P")))
    assert [first for first, _ in spans] == [0, 0, 0]  # never before as_of
    assert [last - spans[0][1] for _, last in spans] == [0, 1, 2]


def test_a_new_test_is_made_on_an_open_day_on_or_after_the_node_that_it_waits_for() -> None:
    body = f"{ANY_DAY}\ntests:\n  - {{id: t, for: m, valid: 5 days, not_before: c}}\n"
    given = {"opens": "2026-03-01", "closes": "2026-03-08", "as_of": "2026-03-06"}
    body = body.replace("c: {label: C}", "c: {label: C, days: any}")
    solved = solve(body, sites=WEEKENDS, site="S", **given)  # type: ignore[arg-type]
    assert letters(solved, "c", "2026-03-06", "2026-03-08") == "P--"  # no open day from the 7th on
    assert letters(solved, "m", "2026-03-06", "2026-03-08") == "PPP"


def test_a_done_test_does_not_count_before_its_node_is_done() -> None:
    body = f"{ANY_DAY}\ntests:\n  - {{id: t, for: m, valid: 1 day, not_before: c}}\n"
    sites = {"S": {"closed": ["2026-03-06..2026-03-31"]}}
    open_ = solve(body.replace("c: {label: C}", "c: {label: C, days: any}"), as_of="2026-03-06",
                  dates=[("t", "2026-03-06", "done")], sites=sites, site="S")  # fmt: skip
    assert letters(open_, "m", "2026-03-06", "2026-03-08") == "---"
    done = solve(body, as_of="2026-03-06", sites=sites, site="S",
                 dates=[("t", "2026-03-06", "done"), ("c", "2026-03-06", "done")])  # fmt: skip
    assert letters(done, "m", "2026-03-06", "2026-03-08") == "PP-"


def test_one_that_nobody_may_repeat_waits_for_the_node_that_it_is_not_before() -> None:
    """The test of 5 March may be before consent or after it: nobody recorded consent."""
    body = (
        f"{ANY_DAY}\ntests:\n  - {{id: t, for: m, valid: 5 days, not_before: c, repeatable: no}}\n"
    )
    open_ = solve(body, as_of="2026-03-06", dates=[("t", "2026-03-05", "done")])
    assert letters(open_, "m", "2026-03-06", "2026-03-12") == "-------"
    done = solve(
        body, as_of="2026-03-06", dates=[("t", "2026-03-05", "done"), ("c", "2026-03-05", "done")]
    )
    assert letters(done, "m", "2026-03-06", "2026-03-12") == "PPPPP--"


@pytest.mark.parametrize("birth", ["2026", "2026-02", "2026-02-10"])
def test_a_missed_visit_asks_nothing_of_a_test_wherever_its_target_is(birth: str) -> None:
    body = f"""{ANY_DAY}
visits:
  - {{id: v, after: birth, target: 2 weeks, window: {{before: 3 days, after: 3 days}},
     days: any, assumption: made up}}
tests:
  - {{id: t, for: m, valid: 2 days, not_before: v}}
"""
    dates = [("c", "2026-03-01", "done"), ("v", "2026-03-04", "missed")]
    solved = solve(body, as_of="2026-03-06", dates=dates, birth_date=birth)
    assert letters(solved, "m", "2026-03-04", "2026-03-10") == "--PPPPP"
