"""docs/semantics.md, section 4: gaps, visits, repeats, optional nodes, hours, closed days."""

import pytest

from tests.semantics.small import day_of_schedule, letters, solve, status

MARCH = ("2026-03-01", "2026-03-10")


def milestones(*names: str, **more: str) -> str:
    lines = [f"  {n}: {{label: {n.upper()}{', ' + more[n] if n in more else ''}}}\n" for n in names]
    return "milestones:\n" + "".join(lines)


# --- gaps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "a", "b"),
    [  # 1 to 10 March
        ("min: 3 days", "PPPPPPP---", "---PPPPPPP"),
        ("max: 3 days", "PPPPPPPPPP", "PPPPPPPPPP"),  # no lower bound: b may come first
        ("min: 3 days, max: 3 days", "PPPPPPP---", "---PPPPPPP"),
        ("min: 1 week", "PPP-------", "-------PPP"),
        ("min: P1W", "PPP-------", "-------PPP"),
    ],
)
def test_a_gap_between_open_nodes(text: str, a: str, b: str) -> None:
    body = milestones("a", "b") + f"gaps:\n  - {{from: a, to: b, {text}}}\n"
    solved = solve(body, closes="2026-03-10")
    assert (letters(solved, "a", *MARCH), letters(solved, "b", *MARCH)) == (a, b)


@pytest.mark.parametrize(
    ("text", "b"),
    [  # a was done on 3 March, as_of is 3 March
        ("min: 3 days", "-----PPPPP"),
        ("max: 3 days", "--PPPP----"),
        ("min: 2 days, max: 4 days", "----PPP---"),
        ("min: {longer_of: [2 days, 1 week]}", "---------P"),
        ("min: {shorter_of: [2 days, 1 week]}", "----PPPPPP"),
        ("max: {longer_of: [30 hours, 1 days]}", "--PPP-----"),  # 30 hours are 2 whole days
    ],
)
def test_a_gap_from_a_recorded_day(text: str, b: str) -> None:
    body = milestones("a", "b") + f"gaps:\n  - {{from: a, to: b, {text}}}\n"
    solved = solve(
        body, closes="2026-03-10", as_of="2026-03-03", dates=[("a", "2026-03-03", "done")]
    )
    assert letters(solved, "b", *MARCH) == b


def test_gaps_to_the_fixed_nodes() -> None:
    body = milestones("a") + (
        "gaps:\n  - {from: study_opens, to: a, min: 2 days}\n"
        "  - {from: a, to: study_closes, min: 4 days}\n"
    )
    assert letters(solve(body, closes="2026-03-10"), "a", *MARCH) == "--PPPP----"


def test_a_gap_in_hours_counts_instants() -> None:
    """From 10:00 to 08:30: 22.5 hours a day later, 46.5 two days later."""
    body = milestones("a", "b", a='at: "10:00"', b='at: "08:30"')
    body += "gaps:\n  - {from: a, to: b, min: 24 hours, max: 72 hours}\n"
    solved = solve(body, as_of="2026-03-03", dates=[("a", "2026-03-03", "done")])
    assert letters(solved, "b", *MARCH) == "----PP----"


def test_a_cycle_of_gaps_keeps_no_day_that_no_schedule_uses() -> None:
    """c at most 4 days after a although a to b to c takes 2 + 2: every gap is at its least."""
    body = milestones("a", "b", "c") + (
        "gaps:\n  - {from: a, to: b, min: 2 days, max: 5 days}\n"
        "  - {from: b, to: c, min: 2 days, max: 5 days}\n"
        "  - {from: a, to: c, max: 4 days}\n"
    )
    solved = solve(body, closes="2026-03-10")
    assert letters(solved, "a", *MARCH) == "PPPPPP----"
    assert letters(solved, "b", *MARCH) == "--PPPPPP--"
    assert letters(solved, "c", *MARCH) == "----PPPPPP"


# --- visits ----------------------------------------------------------------------------------------


def visit(text: str) -> str:
    return milestones("a") + f"visits:\n  - {{id: v, {text}}}\n"


@pytest.mark.parametrize(
    ("text", "v"),
    [  # a was done on 3 March
        ("after: a, target: 4 days, window: {before: 1 days, after: 2 days}", "-----PPPP-"),
        ("after: a, target: 4 days, window: {before: 0 days, after: 0 days}", "------P---"),
        ("after: a, target: 2 days, window: {before: 1 week, after: 0 days}", "--PPP-----"),
    ],
)
def test_a_window_hangs_off_a_recorded_anchor(text: str, v: str) -> None:
    solved = solve(visit(text), as_of="2026-03-03", dates=[("a", "2026-03-03", "done")])
    assert letters(solved, "v", *MARCH) == v


def test_a_visit_before_its_anchor() -> None:
    body = visit("before: a, target: 3 days, window: {before: 1 days, after: 1 days}")
    solved = solve(body, closes="2026-03-06")
    # the window of a on day t is t - 4 .. t - 2
    assert letters(solved, "a", "2026-03-01", "2026-03-06") == "--PPPP"
    assert letters(solved, "v", "2026-03-01", "2026-03-06") == "PPPP--"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [  # decision 0003: one step from 31 January
        ("target: 1 month, window: {before: 1 month, after: 1 month}", "2026-01-31", "2026-03-31"),
        ("target: 1 month, window: {before: 3 days, after: 3 days}", "2026-02-25", "2026-03-03"),
        ("target: P1M3D, window: {before: 0 days, after: 0 days}", "2026-03-03", "2026-03-03"),
    ],
)
def test_windows_in_months_are_taken_in_one_step(text: str, first: str, last: str) -> None:
    solved = solve(
        visit(f"after: a, {text}"), opens="2026-01-31", closes="2026-05-31",
        dates=[("a", "2026-01-31", "done")],
    )  # fmt: skip
    days = [str(day) for day in solved.of("p").domains["v"]]
    assert (days[0], days[-1]) == (first, last)


def test_repeats_count_every_occurrence_from_the_anchor() -> None:
    """Decision 0003: 30 November + 3 months + 3 months is 30 May, not 28 May."""
    body = visit(
        "after: a, target: 3 months, window: {before: 7 days, after: 7 days}, "
        "repeat: {every: 3 months, times: 2}"
    )
    solved = solve(
        body, opens="2026-11-01", closes="2027-12-31", as_of="2026-11-30",
        dates=[("a", "2026-11-30", "done")],
    )  # fmt: skip
    first = [str(day) for day in solved.of("p").domains["v#1"]]
    second = [str(day) for day in solved.of("p").domains["v#2"]]
    assert (first[0], first[-1]) == ("2027-02-21", "2027-03-07")
    assert (second[0], second[-1]) == ("2027-05-23", "2027-06-06")


def test_a_visit_off_a_recorded_occurrence_counts_from_its_actual_date() -> None:
    body = milestones("a") + (
        "visits:\n"
        "  - {id: v, after: a, target: 2 days, window: {before: 0 days, after: 3 days}, "
        "repeat: {every: 5 days, times: 2}}\n"
        "  - {id: w, after: v#1, target: 3 days, window: {before: 0 days, after: 0 days}}\n"
    )
    solved = solve(
        body, as_of="2026-03-05",
        dates=[("a", "2026-03-01", "done"), ("v#1", "2026-03-05", "done")],
    )  # fmt: skip
    assert letters(solved, "w", *MARCH) == "-------P--"
    assert letters(solved, "v#2", "2026-03-07", "2026-03-12") == "-PPPP-"


def test_windows_of_open_anchors_are_the_union_over_all_schedules() -> None:
    body = milestones("a", "b") + (
        "gaps:\n  - {from: a, to: b, min: 2 days}\n"
        "visits:\n  - {id: v, after: b, target: 1 days, window: {before: 0 days, after: 0 days}}\n"
    )
    solved = solve(body, closes="2026-03-07")
    assert letters(solved, "v", "2026-03-01", "2026-03-07") == "---PPPP"
    assert letters(solved, "a", "2026-03-01", "2026-03-07") == "PPPP---"


# --- window: unknown ----------------------------------------------------------------------------------

UNKNOWN = milestones("a") + (
    "visits:\n"
    "  - {id: v, after: a, target: 4 days, window: unknown}\n"
    "  - {id: w, after: v, target: 2 days, window: {before: 0 days, after: 1 days}}\n"
)
WEEKEND = {"s": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"]}}


def test_an_unknown_window_is_planned_on_its_target_or_the_nearest_open_day() -> None:
    solved = solve(UNKNOWN, as_of="2026-03-02", dates=[("a", "2026-03-02", "done")])
    assert "v" not in solved.of("p").domains  # no window rows
    assert day_of_schedule(solved, "v") == "2026-03-06"
    later = solve(
        UNKNOWN, as_of="2026-03-03", dates=[("a", "2026-03-03", "done")], sites=WEEKEND, site="s"
    )
    assert day_of_schedule(later, "v") == "2026-03-06"  # 7 March is a Saturday
    # what hangs off it counts from the target day itself, open or not: 9 and 10 March
    assert letters(later, "w", "2026-03-06", "2026-03-11") == "---PP-"


def test_an_unknown_window_is_not_required_and_follows_its_recorded_day() -> None:
    body = UNKNOWN + "rules:\n  - {id: R1, forbid: op, ever_before: v}\n"
    solved = solve(body, as_of="2026-03-02", history=[("op", "2026-03-01")],
                   dates=[("a", "2026-03-02", "done")])  # fmt: skip
    assert solved.of("p").state == "scheduled"  # no day is free for v, and none is needed
    assert day_of_schedule(solved, "v") == ""
    assert letters(solved, "w", *MARCH) == "-------PP-"
    done = solve(
        UNKNOWN, as_of="2026-03-05",
        dates=[("a", "2026-03-02", "done"), ("v", "2026-03-05", "done")],
    )  # fmt: skip
    assert letters(done, "w", *MARCH) == "------PP--"


def test_a_planned_day_without_a_window_still_avoids_what_rules_forbid() -> None:
    body = UNKNOWN + "rules:\n  - {id: R1, forbid: op, within: 1 days, before: v}\n"
    solved = solve(body, as_of="2026-03-02", history=[("op", "2026-03-06")],
                   dates=[("a", "2026-03-02", "done")])  # fmt: skip
    assert day_of_schedule(solved, "v") == "2026-03-05"
    booked = solve(body, as_of="2026-03-02", history=[("op", "2026-03-06")],
                   dates=[("a", "2026-03-02", "done"), ("v", "2026-03-09", "booked")])  # fmt: skip
    assert day_of_schedule(booked, "v") == "2026-03-09"
    forbidden = solve(body, as_of="2026-03-02", history=[("op", "2026-03-06")],
                      dates=[("a", "2026-03-02", "done"), ("v", "2026-03-07", "booked")])  # fmt: skip
    assert day_of_schedule(forbidden, "v") == "2026-03-05"


# --- optional ------------------------------------------------------------------------------------------


def test_an_optional_node_never_decides_whether_there_is_a_schedule() -> None:
    body = milestones("a", "b", b="optional: yes") + (
        "gaps:\n  - {from: a, to: b, min: 2 days, max: 3 days}\n"
        "visits:\n  - {id: v, after: b, target: 1 days, window: {before: 0 days, after: 0 days}}\n"
        "rules:\n  - {id: R1, forbid: op, ever_before: b}\n"
    )
    solved = solve(body, closes="2026-03-10", history=[("op", "2026-03-06")])
    assert letters(solved, "a", *MARCH) == "P" * 10
    assert letters(solved, "b", *MARCH) == "--PPP-----"
    assert letters(solved, "v", *MARCH) == "---PPP----"  # what hangs off it is optional as well
    never = solve(body, closes="2026-03-10", history=[("op", "2026-02-06")])
    assert letters(never, "a", *MARCH) == "P" * 10
    assert letters(never, "b", *MARCH) == letters(never, "v", *MARCH) == "-" * 10
    assert never.of("p").state == "scheduled"
    assert day_of_schedule(never, "b") == ""


# --- visits in hours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "at", "v"),
    [
        ("2026-03-03 09:00", "", "---P------"),  # 09:00 + 22..26 h: 4 March 07:00 to 11:00
        ("2026-03-03 23:00", "", "---PP-----"),  # 21:00 to 01:00
        ("2026-03-03", 'at: "23:00"', "---PP-----"),
        ("2026-03-03", "", "--PPP-----"),  # from any time of that day
    ],
)
def test_a_visit_in_hours_has_the_days_that_hold_one_of_its_instants(
    done: str, at: str, v: str
) -> None:
    body = milestones("a", a=at) if at else milestones("a")
    body += (
        "visits:\n  - {id: v, after: a, target: 24 hours, "
        "window: {before: 2 hours, after: 2 hours}}\n"
    )
    solved = solve(body, as_of="2026-03-03", dates=[("a", done, "done")])
    assert letters(solved, "v", *MARCH) == v


def test_a_schedule_tells_the_time_of_a_visit_in_hours() -> None:
    body = milestones("a") + (
        "visits:\n  - {id: v, after: a, target: 24 hours, "
        "window: {before: 2 hours, after: 2 hours}}\n"
    )
    solved = solve(body, as_of="2026-03-03", dates=[("a", "2026-03-03 09:30", "done")])
    node = solved.protocol.index["v"]
    assert day_of_schedule(solved, "v") == "2026-03-04"
    assert solved.schedule.clock[0, node] == 9 * 60 + 30
    across = solve(
        body, as_of="2026-03-07", dates=[("a", "2026-03-07 09:30", "done")],
        zone="America/New_York",
    )  # fmt: skip
    assert across.schedule.clock[0, node] == 10 * 60 + 30  # 24 elapsed hours over the clock change


def test_a_visit_in_hours_after_a_time_that_occurs_twice() -> None:
    """New York, 1 November 2026, 01:30: 71 hours later it is 23:30 or, an hour on, 00:30."""
    body = milestones("a", a='at: "01:30"') + (
        "visits:\n  - {id: v, after: a, target: 71 hours, "
        "window: {before: 0 hours, after: 0 hours}}\n"
    )
    solved = solve(
        body, opens="2026-10-25", closes="2026-11-20", as_of="2026-11-01",
        dates=[("a", "2026-11-01", "done")], zone="America/New_York",
    )  # fmt: skip
    assert letters(solved, "v", "2026-11-02", "2026-11-05") == "-uu-"


# --- conditions and closed days ----------------------------------------------------------------------------


def test_a_gap_or_visit_for_some_participants() -> None:
    body = milestones("a", "b") + (
        "gaps:\n  - {from: a, to: b, min: 2 days, only: {sex: female}}\n"
        "visits:\n  - {id: v, after: b, target: 2 days, window: {before: 0 days, after: 0 days}, "
        "only: {arm: [A]}}\n"
    )
    for sex, arm, b in (
        ("female", "A", "--PPPPPP--"),
        ("male", "A", "PPPPPPPP--"),
        ("female", "B", "--PPPPPPPP"),
        ("", "B", "uuPPPPPPPP"),  # counts for permitted days, not for undetermined ones
        ("male", "", "PPPPPPPPuu"),
    ):
        solved = solve(body, closes="2026-03-10", sex=sex, arm=arm)
        assert letters(solved, "b", *MARCH) == b, (sex, arm)
        assert (status(solved, "v") == "not applicable") == (arm == "B")


def test_closed_days_strongest_first() -> None:
    """open, then closed, then the weekend; `days: any` makes a node independent of them."""
    site = {
        "timezone": "Asia/Shanghai",
        "weekend": ["sat", "sun"],
        "closed": ["2026-03-03..2026-03-05"],
        "open": ["2026-03-04", "2026-03-07"],
    }
    solved = solve(milestones("a", "b", b="days: any"), sites={"s": site}, site="s")
    # 1, 7 and 8 March are a Sunday, a Saturday and a Sunday
    assert letters(solved, "a", *MARCH) == "-P-P-PP-PP"
    assert letters(solved, "b", *MARCH) == "P" * 10
