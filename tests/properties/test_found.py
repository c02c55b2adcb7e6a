"""Every mismatch that the random cases found, as a case of its own.

The first part are small cases with days worked out by hand; the second part are the generated
cases themselves, compared with the oracle again.
"""

from __future__ import annotations

import pytest

from tests.oracle.generate import Features, generate
from tests.properties.harness import differences
from tests.semantics.small import day_of_schedule, letters, solve, status

TEN = ("2026-03-01", "2026-03-10")


def test_a_visit_a_month_less_some_days_after_tells_that_its_anchor_happened() -> None:
    """1 month less 3 days is never before the anchor, although one part of the step is negative."""
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n  - {id: v, after: a, target: 1 month, window: {before: 3 days, after: 3 days}}\n"
    )
    solved = solve(body, as_of="2026-03-08", dates=[("v", "2026-03-08", "done")])
    assert status(solved, "a") == "unrecorded"


def test_a_visit_that_stands_in_has_its_target_day_but_no_time() -> None:
    """v was due on 2 March at 09:00; w may follow 30 hours after any time of that day."""
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n"
        "  - {id: v, after: a, target: 24 hours, window: {before: 0 hours, after: 0 hours}}\n"
        "  - {id: w, after: v, target: 30 hours, window: {before: 0 hours, after: 0 hours}}\n"
    )
    done = ("a", "2026-03-01 09:00", "done")
    missed = solve(body, as_of="2026-03-03", dates=[done, ("v", "2026-03-02", "missed")])
    assert letters(missed, "w", *TEN) == "--PP------"
    # without a record it was on the 2nd or the 3rd: only the 4th is right for both
    solved = solve(body, as_of="2026-03-03", dates=[done])
    assert status(solved, "v") == "overdue"
    assert letters(solved, "w", *TEN) == "--uPu-----"


def test_strict_does_not_block_the_required_end_of_a_pair_rule() -> None:
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B, optional: yes}\n"
        "rules:\n  - {id: R1, forbid: op, from: a, until: b}\n"
    )
    solved = solve(body, strict=True, closes="2026-03-10")
    assert (letters(solved, "a", *TEN), letters(solved, "b", *TEN)) == ("P" * 10, "u" * 10)


def test_the_last_step_of_an_uncertain_point_reaches_no_further_than_the_second_end() -> None:
    """a comes 8 to 12 days after b: no time runs from a until b, so the point forbids nothing."""
    body = (
        "milestones:\n  b: {label: B}\n  a: {label: A}\n"
        "gaps:\n  - {from: b, to: a, min: 8 days, max: 12 days}\n"
        "rules:\n  - {id: R1, forbid: op, from: a, until: b}\n"
    )
    solved = solve(body, closes="2026-03-12", history=[("op", "2026-03")])
    assert letters(solved, "b", "2026-03-01", "2026-03-12") == "PPPP" + "-" * 8


def test_a_step_in_hours_keeps_which_of_two_equal_clock_times_it_began_at() -> None:
    """New York, 1 November, 01:30 twice: 71 hours later is 23:30 on the 3rd or 00:30 on the 4th."""
    body = (
        'milestones:\n  a: {label: A, at: "01:30"}\n'
        "visits:\n  - {id: v, after: a, target: 71 hours, window: {before: 0 hours, after: 0 hours}}\n"
    )
    solved = solve(
        body, opens="2026-10-25", closes="2026-11-20", as_of="2026-11-01",
        dates=[("a", "2026-11-01", "done")], zone="America/New_York",
    )  # fmt: skip
    assert letters(solved, "v", "2026-11-02", "2026-11-05") == "-uu-"


def test_a_visit_days_after_a_clock_time_that_then_occurs_twice() -> None:
    """A day after 31 October 01:30, less 90 minutes: 00:00 or 01:00 on 1 November, never 31 October.

    With 120 minutes less it is 23:30 on 31 October or 00:30 on 1 November.
    """
    body = (
        'milestones:\n  a: {{label: A, at: "01:30"}}\n'
        "visits:\n  - {{id: v, after: a, target: 1 day, "
        "window: {{before: {0} minutes, after: 0 minutes}}}}\n"
    )
    for before, shown in (("90", "-P-"), ("120", "uP-")):
        solved = solve(
            body.format(before), opens="2026-10-25", closes="2026-11-20", as_of="2026-10-31",
            dates=[("a", "2026-10-31", "done")], zone="America/New_York",
        )  # fmt: skip
        assert letters(solved, "v", "2026-10-31", "2026-11-02") == shown


def test_what_binds_an_unknown_window_does_not_bind_what_hangs_off_it() -> None:
    """v may happen on no day at all; w stands on v's target day and is free."""
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n"
        "  - {id: v, after: a, target: 2 days, window: unknown, optional: yes}\n"
        "  - {id: w, after: v, target: 2 days, window: {before: 0 days, after: 1 days}}\n"
        "rules:\n  - {id: R1, forbid: op, ever_before: v}\n"
    )
    solved = solve(body, closes="2026-03-10", history=[("op", "2026-02-01")])
    assert letters(solved, "w", *TEN) == "----PPPPPP"


def test_the_booking_of_an_unknown_window_stands_without_a_date_of_its_anchor() -> None:
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B, optional: yes}\n"
        "visits:\n  - {id: v, after: b, target: 2 days, window: unknown}\n"
        "rules:\n  - {id: R1, forbid: op, ever_before: b}\n"
    )
    dates = [("v", "2026-03-08", "booked")]
    solved = solve(body, closes="2026-03-10", history=[("op", "2026-02-01")], dates=dates)
    assert (day_of_schedule(solved, "b"), day_of_schedule(solved, "v")) == ("", "2026-03-08")


def test_an_undetermined_schedule_keeps_the_booking_of_an_unknown_window() -> None:
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n  - {id: v, after: a, target: 2 days, window: unknown}\n"
        "rules:\n  - {id: R1, forbid: drug, at: a}\n"
    )
    solved = solve(
        body, history=[("drug", "2026-02-01", "")], dates=[("v", "2026-03-08", "booked")]
    )
    assert day_of_schedule(solved, "a") == "2026-03-01 undetermined"
    assert day_of_schedule(solved, "v") == "2026-03-08 undetermined"


def test_the_booked_time_of_an_optional_anchor_counts_for_what_hangs_off_it() -> None:
    """b can only be on 3 March, booked at 11:00; v, 48 to 50 hours later, never falls on the 6th."""
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B, optional: yes}\n"
        "gaps:\n  - {from: study_opens, to: b, min: 2 days, max: 2 days}\n"
        "visits:\n  - {id: v, after: b, target: 48 hours, window: {before: 0 hours, after: 2 hours}}\n"
    )
    plain = solve(body, closes="2026-03-10")
    assert letters(plain, "v", *TEN) == "----PP----"
    solved = solve(body, closes="2026-03-10", dates=[("b", "2026-03-03 11:00", "booked")])
    assert letters(solved, "v", *TEN) == "----P-----"


WIDE = Features(many_bookings=True, chains=True, bound_unknown=True, pairs=True, max_horizon=90)
FEWER = Features(chains=True, bound_unknown=True, pairs=True, max_horizon=90)


@pytest.mark.parametrize(
    ("seed", "features", "people"),
    [
        (210, Features(), 1),  # a visit for others stays "not applicable" after withdrawal
        (475, Features(), 1),  # unrecorded by a window of a month less some days
        (1539, Features(), 1),  # strict, a pair rule with an optional end
        (2891, Features(), 1),  # the generator named an exposure that is there twice
        (10453, Features(), 1),  # a stand-in day has no clock time
        (10898, Features(), 1),  # bookings of optional nodes, in the file's order
        (11447, Features(), 1),
        (11727, Features(), 1),
        (12086, Features(), 1),
        (12319, Features(), 1),
        (13082, Features(), 1),  # the booked time of an optional anchor
        (42, Features(), 4),
        (20027, FEWER, 1),  # hours from a clock time that occurs twice
        (20679, FEWER, 1),  # the last step of an uncertain point
        (21227, FEWER, 1),  # optional visits off an unknown window
        (21387, FEWER, 1),
        (21655, FEWER, 1),
        (8, WIDE, 1),  # rows of several variants in one table of runs
        (26, WIDE, 1),  # bookings in an undetermined schedule
        (72, WIDE, 1),  # the booking of an unknown window without an anchor's date
        (128, WIDE, 1),
        (536, WIDE, 1),  # a booked time kept in one variant and not in the other
        (1431, WIDE, 1),
        (4749, WIDE, 1),  # a booked time looked at through a window that hangs off another node
        (1705, WIDE, 1),  # what a kept booking hangs off, chosen in the file's order
    ],
)
def test_a_case_that_was_wrong_once(seed: int, features: Features, people: int) -> None:
    assert differences(generate(seed, features, people)) == []
