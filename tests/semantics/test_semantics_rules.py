"""docs/semantics.md, section 3: the table of rule forms, boundaries, exemptions, judgements."""

import pytest

from tests.semantics.small import first_permitted, letters, permitted, solve

M = "milestones:\n  m: {label: M}\n"
AB = "milestones:\n  a: {label: A}\n  b: {label: B}\n"


def rule(text: str, head: str = M) -> str:
    return f"{head}rules:\n  - {{id: R1, forbid: [op, drug], {text}}}\n"


# --- first clear days, worked out by hand ------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "boundary", "day", "first_clear"),
    [
        # t + D + 1: 10 February + 28 days is 10 March, which counts as within
        ("within: 4 weeks, before: m", "", "2026-02-10", "2026-03-11"),
        ("within: 4 weeks, before: m", "exclusive", "2026-02-10", "2026-03-10"),
        ("within: 4 weeks, before: m, boundary: exclusive", "", "2026-02-10", "2026-03-10"),
        (
            "within: 4 weeks, before: m, boundary: inclusive",
            "exclusive",
            "2026-02-10",
            "2026-03-11",
        ),
        ("within: 28 days, before: m", "", "2026-02-10", "2026-03-11"),
        ("within: P28D, before: m", "", "2026-02-10", "2026-03-11"),
        ("clear: 4 weeks, before: m", "", "2026-02-10", "2026-03-10"),
        ("clear: 4 weeks, before: m", "exclusive", "2026-02-10", "2026-03-10"),
        # months: roll(t + 1 day, D): 31 January + 1 month does not exist: 1 March
        ("within: 1 month, before: m", "", "2026-02-10", "2026-03-11"),
        ("within: 1 month, before: m", "", "2026-01-30", "2026-03-01"),
        ("clear: 1 month, before: m", "", "2026-01-30", "2026-03-01"),
        ("clear: 1 month, before: m", "", "2026-02-10", "2026-03-10"),
        ("within: 1 year, before: m", "", "2025-03-05", "2026-03-06"),
        # P1M3D: months first, then days: 15 March - 1 month - 3 days is 12 February
        ("within: P1M3D, before: m", "", "2026-02-12", "2026-03-16"),
        ("at: m", "", "2026-03-05", "2026-03-01"),
    ],
)
def test_the_first_clear_day(text: str, boundary: str, day: str, first_clear: str) -> None:
    solved = solve(rule(text), boundary=boundary, history=[("op", day)])
    assert first_permitted(solved, "m") == first_clear


def test_six_months_before_the_end_of_february() -> None:
    """29, 30 and 31 August minus 6 months are all 28 February: the first clear day is 1 September."""
    window = {"opens": "2019-08-25", "closes": "2019-09-05", "history": [("op", "2019-02-28")]}
    inclusive = solve(rule("within: 6 months, before: m"), **window)
    assert letters(inclusive, "m", "2019-08-25", "2019-09-05") == "-------PPPPP"
    exclusive = solve(rule("within: 6 months, before: m, boundary: exclusive"), **window)
    assert letters(exclusive, "m", "2019-08-25", "2019-09-05") == "---PPPPPPPPP"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # an operation on 5 March, days 1 to 10 March
        ("within: 2 days, before: m", "PPPP---PPP"),
        ("within: 2 days, before: m, boundary: exclusive", "PPPP--PPPP"),
        ("clear: 2 days, before: m", "PPPP--PPPP"),
        ("clear: 0 days, before: m", "PPPPPPPPPP"),
        ("within: 0 days, before: m", "PPPP-PPPPP"),
        ("within: 2 days, after: m", "PP---PPPPP"),
        ("within: 2 days, after: m, boundary: exclusive", "PPP--PPPPP"),
        ("at: m", "PPPP-PPPPP"),
        ("ever_before: m", "PPPP------"),
    ],
)
def test_days_around_a_point(text: str, shown: str) -> None:
    solved = solve(rule(text), history=[("op", "2026-03-05")])
    assert letters(solved, "m", "2026-03-01", "2026-03-10") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # a drug from 4 to 6 March, days 1 to 10 March
        ("within: 2 days, before: m", "PPP-----PP"),
        ("clear: 2 days, before: m", "PPP----PPP"),
        ("clear: 0 days, before: m", "PPP--PPPPP"),
        ("within: 2 days, after: m", "P-----PPPP"),
        ("at: m", "PPP---PPPP"),
        ("ever_before: m", "PPP-------"),
    ],
)
def test_days_around_a_course(text: str, shown: str) -> None:
    solved = solve(rule(text), history=[("drug", "2026-03-04", "2026-03-06")])
    assert letters(solved, "m", "2026-03-01", "2026-03-10") == shown


def test_an_exposure_after_the_node_never_breaks_a_before_rule() -> None:
    solved = solve(rule("within: 4 weeks, before: m"), history=[("op", "2026-03-20")])
    assert letters(solved, "m", "2026-03-17", "2026-03-22") == "PPP---"


def test_after_rule_in_months_reaches_the_clamped_day() -> None:
    """31 January + 1 month is 28 February, so an operation that day is within 1 month after."""
    solved = solve(
        rule("within: 1 month, after: m"),
        opens="2026-01-25", closes="2026-02-05", history=[("op", "2026-02-28")],
    )  # fmt: skip
    assert letters(solved, "m", "2026-01-25", "2026-02-02") == "PPP------"


# --- from A until B ------------------------------------------------------------------------------


def test_a_pair_rule_binds_both_ends_at_once() -> None:
    """Emergency 5 to 9 May: screening from 10 May on, or infusion up to 4 May (decision 0010)."""
    body = rule("from: a, until: b", AB) + "gaps:\n  - {from: a, to: b, min: 0 days, max: 3 days}\n"
    solved = solve(
        body,
        opens="2026-05-01",
        closes="2026-05-14",
        history=[("drug", "2026-05-05", "2026-05-09")],
    )
    assert letters(solved, "a", "2026-05-01", "2026-05-14") == "PPPP-----PPPPP"
    assert letters(solved, "b", "2026-05-01", "2026-05-14") == "PPPP-----PPPPP"


def test_a_pair_rule_whose_first_end_is_done_bounds_the_other() -> None:
    solved = solve(
        rule("from: a, until: b", AB), opens="2026-04-01", closes="2026-05-14", as_of="2026-04-25",
        history=[("drug", "2026-05-05", "2026-05-09")], dates=[("a", "2026-04-20", "done")],
    )  # fmt: skip
    assert letters(solved, "b", "2026-05-01", "2026-05-12") == "PPPP--------"


def test_two_exposures_of_a_pair_rule_leave_three_ways() -> None:
    """b before the first, a after the first and b before the second, or a after the second."""
    body = rule("from: a, until: b", AB) + "gaps:\n  - {from: a, to: b, min: 1 days, max: 1 days}\n"
    solved = solve(
        body, opens="2026-05-01", closes="2026-05-12",
        history=[("drug", "2026-05-04", "2026-05-05"), ("drug", "2026-05-09", "2026-05-09")],
    )  # fmt: skip
    assert letters(solved, "a", "2026-05-01", "2026-05-12") == "PP---PP--PP-"
    assert letters(solved, "b", "2026-05-01", "2026-05-12") == "-PP---PP--PP"


def test_a_pair_rule_with_a_point_in_an_unknown_day_of_may() -> None:
    """Decision 0010: permitted a from 1 June or b up to 30 April; undetermined a from 2 May on."""
    body = (
        rule("from: a, until: b", AB) + "gaps:\n  - {from: a, to: b, min: 0 days, max: 60 days}\n"
    )
    solved = solve(body, opens="2026-04-28", closes="2026-06-03", history=[("op", "2026-05")])
    assert letters(solved, "a", "2026-04-28", "2026-06-03") == "PPP" + "u" + "u" * 30 + "PPP"
    assert letters(solved, "b", "2026-04-28", "2026-06-03") == "PPP" + "u" * 31 + "PPP"
    done = solve(
        body, opens="2026-04-28", closes="2026-06-03", as_of="2026-05-02",
        history=[("op", "2026-05")], dates=[("a", "2026-05-01", "done")],
    )  # fmt: skip
    # from 1 May until 31 May the time holds every day of May, before that it may not
    assert letters(done, "b", "2026-05-02", "2026-06-03") == "u" * 29 + "----"


def test_a_point_forbids_nothing_where_the_second_end_comes_first() -> None:
    """a is 2 days after b, so no time runs from a until b."""
    body = rule("from: a, until: b", AB) + "gaps:\n  - {from: b, to: a, min: 2 days, max: 2 days}\n"
    solved = solve(body, closes="2026-03-10", history=[("op", "2026-03")])
    assert letters(solved, "b", "2026-03-01", "2026-03-10") == "PPPPPPPP--"


def test_a_pair_rule_to_the_study_bounds() -> None:
    until_close = solve(rule("from: m, until: study_closes"), history=[("op", "2026-03-10")])
    assert letters(until_close, "m", "2026-03-08", "2026-03-12") == "---PP"
    since_open = solve(rule("from: study_opens, until: m"), history=[("op", "2026-03-10")])
    assert letters(since_open, "m", "2026-03-08", "2026-03-12") == "PP---"


# --- exemptions, conditions, judgements -----------------------------------------------------------

EXEMPT = rule("within: 4 weeks, before: m, except: {route: [topical], purpose: [biopsy]}")


@pytest.mark.parametrize(
    ("route", "purpose", "shown"),
    [
        ("oral", "curative", "---"), ("topical", "curative", "PPP"), ("oral", "biopsy", "PPP"),
        ("", "curative", "uuu"), ("", "biopsy", "PPP"), ("unknown", "curative", "uuu"),
        ("Topical", "curative", "---"),
    ],
)  # fmt: skip
def test_except_needs_any_attribute(route: str, purpose: str, shown: str) -> None:
    row = {"event": "op", "start": "2026-02-25", "route": route, "purpose": purpose}
    assert letters(solve(EXEMPT, history=[row]), "m", "2026-03-01", "2026-03-03") == shown


def test_an_absent_column_is_a_blank() -> None:
    solved = solve(EXEMPT, history=[("op", "2026-02-25")])
    assert letters(solved, "m", "2026-03-01", "2026-03-03") == "uuu"


@pytest.mark.parametrize(
    ("sex", "arm", "shown"),
    [
        ("female", "A", "---"), ("male", "A", "PPP"), ("female", "C", "PPP"), ("", "A", "uuu"),
        ("", "C", "PPP"), ("unknown", "B", "uuu"),
    ],
)  # fmt: skip
def test_only_needs_all_attributes(sex: str, arm: str, shown: str) -> None:
    body = rule("within: 4 weeks, before: m, only: {sex: [female], arm: [A, B]}")
    solved = solve(body, history=[("op", "2026-02-25")], sex=sex, arm=arm)
    assert letters(solved, "m", "2026-03-01", "2026-03-03") == shown


JUDGED = rule("within: 4 weeks, before: m, judgement: investigator")


def decision(what: str, day: str, **more: str) -> dict[str, str]:
    return {"rule": "R1", "decision": what, "date": day, **more}


@pytest.mark.parametrize(
    ("decisions", "shown"),
    [
        ([], "uuu"),
        ([decision("clear", "2026-02-26")], "PPP"),
        ([decision("exclude", "2026-02-26")], "---"),
        ([decision("clear", "2026-02-24")], "uuu"),  # the exposure started later
        ([decision("exclude", "2026-02-26"), decision("clear", "2026-02-27")], "PPP"),
        ([decision("clear", "2026-02-26"), decision("exclude", "2026-02-27")], "---"),
        ([decision("clear", "2026-02-20", event="op", start="2026-02-25")], "PPP"),
    ],
)
def test_judgement_waits_for_a_decision(decisions: list[dict[str, str]], shown: str) -> None:
    solved = solve(JUDGED, history=[("op", "2026-02-25")], decisions=decisions)
    assert letters(solved, "m", "2026-03-01", "2026-03-03") == shown


def test_a_decision_is_as_certain_as_the_dates_are() -> None:
    """An operation some day in February, excluded: only what holds for every day is blocked."""
    solved = solve(
        rule("within: 2 weeks, before: m, judgement: investigator"),
        history=[("op", "2026-02")], decisions=[decision("exclude", "2026-02-28")],
    )  # fmt: skip
    # 14 days from 1 February end on 15 February, from 28 February on 14 March
    assert letters(solved, "m", "2026-03-01", "2026-03-16") == "u" * 14 + "PP"


# --- half-lives -------------------------------------------------------------------------------------

LONGER = rule("within: {longer_of: [4 weeks, 5 half-lives]}, before: m")


@pytest.mark.parametrize(
    ("text", "half_life", "first"),
    [
        ("within: 5 half-lives, before: m", "26 hours", "2026-03-12"),  # 130 hours: 6 days
        ("within: 5 half-lives, before: m", "24 hours", "2026-03-11"),
        ("within: 2.5 half-lives, before: m", "2 days", "2026-03-11"),
        ("within: {longer_of: [1 week, 5 half-lives]}, before: m", "24 hours", "2026-03-13"),
        ("within: {shorter_of: [1 week, 5 half-lives]}, before: m", "24 hours", "2026-03-11"),
        ("within: {longer_of: [30 hours, 1 days]}, before: m", "", "2026-03-08"),
    ],
)
def test_half_lives_are_whole_days_rounded_up(text: str, half_life: str, first: str) -> None:
    """The drug was given on 5 March; days before it are clear, so look from the 6th on."""
    row = {"event": "drug", "start": "2026-03-05", "end": "2026-03-05", "half_life": half_life}
    solved = solve(rule(text), as_of="2026-03-06", history=[row])
    assert first_permitted(solved, "m") == first


def test_a_missing_half_life_may_be_any_length() -> None:
    """Inside 4 weeks blocked, beyond it undetermined."""
    row = {"event": "drug", "start": "2026-02-20", "end": "2026-02-20"}
    solved = solve(LONGER, history=[row])
    assert letters(solved, "m", "2026-03-18", "2026-03-23") == "---uuu"


def test_a_half_life_is_looked_up_in_the_exposure_the_agent_and_the_event() -> None:
    agents = "agents:\n  x: {half_life: 1 days}\n  drug: {half_life: 2 days}\n"
    body = rule("within: 5 half-lives, before: m") + agents
    row = {"event": "drug", "start": "2026-03-05", "end": "2026-03-05"}
    for more, first in (
        ({"agent": "x", "half_life": "3 days"}, "2026-03-21"),
        ({"agent": "x"}, "2026-03-11"),
        ({}, "2026-03-16"),
    ):
        solved = solve(body, as_of="2026-03-06", history=[{**row, **more}])
        assert first_permitted(solved, "m") == first


# --- what nobody recorded -----------------------------------------------------------------------------


def test_an_absent_row_counts_as_none_and_strict_makes_it_undetermined() -> None:
    body = rule("within: 4 weeks, before: m")
    assert letters(solve(body), "m", "2026-03-01", "2026-03-03") == "PPP"
    assert letters(solve(body, strict=True), "m", "2026-03-01", "2026-03-03") == "uuu"
    asked = solve(body, strict=True, history=[("op", "none")])
    assert letters(asked, "m", "2026-03-01", "2026-03-03") == "PPP"  # one event speaks for the rule


def test_strict_leaves_the_required_end_of_a_pair_rule_alone_where_the_other_is_optional() -> None:
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B, optional: yes}\n"
        "rules:\n  - {id: R1, forbid: op, from: a, until: b}\n"
    )
    solved = solve(body, strict=True)
    assert letters(solved, "a", "2026-03-01", "2026-03-03") == "PPP"
    assert letters(solved, "b", "2026-03-01", "2026-03-03") == "uuu"


def test_a_day_belongs_to_the_whole_protocol_not_to_one_rule() -> None:
    """a is followed by b within 3 days, and b is blocked from 10 March on."""
    body = AB + (
        "gaps:\n  - {from: a, to: b, min: 1 days, max: 3 days}\n"
        "rules:\n  - {id: R1, forbid: op, ever_before: b}\n"
    )
    solved = solve(body, history=[("op", "2026-03-10")])
    assert letters(solved, "b", "2026-03-01", "2026-03-12") == "-PPPPPPPP---"
    assert letters(solved, "a", "2026-03-01", "2026-03-12") == "PPPPPPPP----"
    assert permitted(solved, "a")[-1] == "2026-03-08"
