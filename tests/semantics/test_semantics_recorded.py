"""docs/semantics.md, section 5, bullet by bullet, and section 6: the recommended schedule."""

from tests.semantics.small import day_of_schedule, letters, permitted, solve, status

ABC = (
    "milestones:\n  a: {label: A}\n  b: {label: B}\n  c: {label: C}\n"
    "gaps:\n  - {from: a, to: b, min: 2 days, max: 4 days}\n"
    "  - {from: b, to: c, min: 2 days, max: 4 days}\n"
)
VISITS = (
    "milestones:\n  a: {label: A}\n"
    "visits:\n"
    "  - {id: v, after: a, target: 5 days, window: {before: 1 days, after: 1 days}}\n"
    "  - {id: w, after: v, target: 5 days, window: {before: 1 days, after: 1 days}}\n"
)
MARCH = ("2026-03-01", "2026-03-16")
CLOSES = {"closes": "2026-03-16"}


# --- done --------------------------------------------------------------------------------------


def test_a_done_date_stands_even_if_it_breaks_rules_and_gaps() -> None:
    body = ABC + "rules:\n  - {id: R1, forbid: op, ever_before: a}\n"
    solved = solve(
        body, as_of="2026-03-08", history=[("op", "2026-02-01")],
        dates=[("a", "2026-03-01", "done"), ("b", "2026-03-08", "done")], **CLOSES,
    )  # fmt: skip
    assert status(solved, "a") == status(solved, "b") == "done"
    assert solved.of("p").state == "scheduled"
    assert letters(solved, "c", *MARCH) == "---------PPP----"  # timed from the day b was done


def test_a_bound_between_two_done_nodes_is_never_a_constraint() -> None:
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B}\n  c: {label: C}\n"
        "gaps:\n  - {from: a, to: b, max: 1 days}\n  - {from: study_opens, to: a, min: 5 days}\n"
        "rules:\n  - {id: R1, forbid: op, from: a, until: b}\n"
    )
    solved = solve(
        body, as_of="2026-03-08", history=[("op", "2026-03-03")],
        dates=[("a", "2026-03-01", "done"), ("b", "2026-03-08", "done")], **CLOSES,
    )  # fmt: skip
    assert letters(solved, "c", *MARCH) == "-------" + "P" * 9


def test_everything_done_is_complete() -> None:
    dates = [("a", "2026-03-01", "done"), ("b", "2026-03-03", "done"), ("c", "2026-03-05", "done")]
    assert solve(ABC, as_of="2026-03-05", dates=dates).of("p").state == "complete"


# --- booked and cancelled ------------------------------------------------------------------------


def test_a_permitted_booking_steers_the_schedule_and_narrows_no_window() -> None:
    plain = solve(ABC, **CLOSES)
    solved = solve(ABC, dates=[("b", "2026-03-09", "booked")], **CLOSES)
    for node in "abc":
        assert letters(solved, node, *MARCH) == letters(plain, node, *MARCH)
    assert [day_of_schedule(solved, n) for n in "abc"] == ["2026-03-05", "2026-03-09", "2026-03-11"]


def test_a_booking_on_a_blocked_day_does_not_steer() -> None:
    solved = solve(ABC, dates=[("b", "2026-03-02", "booked")], **CLOSES)
    assert [day_of_schedule(solved, n) for n in "abc"] == ["2026-03-01", "2026-03-03", "2026-03-05"]


def test_a_booking_before_as_of_steers_nothing() -> None:
    solved = solve(ABC, as_of="2026-03-03", dates=[("a", "2026-03-02", "booked")], **CLOSES)
    assert day_of_schedule(solved, "a") == "2026-03-03"


def test_cancelled_ends_that_booking_only() -> None:
    dates = [("b", "2026-03-09", "booked"), ("b", "2026-03-09", "cancelled")]
    assert day_of_schedule(solve(ABC, dates=dates, **CLOSES), "b") == "2026-03-03"
    other = [("b", "2026-03-09", "booked"), ("b", "2026-03-08", "cancelled")]
    assert day_of_schedule(solve(ABC, dates=other, **CLOSES), "b") == "2026-03-09"


# --- missed and overdue ----------------------------------------------------------------------------


def test_what_hangs_off_a_missed_visit_uses_its_target_day() -> None:
    dates = [("a", "2026-03-01", "done"), ("v", "2026-03-05", "missed")]
    solved = solve(VISITS, as_of="2026-03-05", dates=dates, **CLOSES)
    assert status(solved, "v") == "missed"
    assert letters(solved, "w", *MARCH) == "---------PPP----"  # 6 + 5 = 11 March, a day around


def test_an_overdue_visit_leaves_the_question_and_what_hangs_off_it_waits() -> None:
    dates = [("a", "2026-03-01", "done")]
    last = solve(VISITS, as_of="2026-03-07", dates=dates, **CLOSES)
    assert (status(last, "v"), letters(last, "v", *MARCH)) == ("open", "------P---------")
    late = solve(VISITS, as_of="2026-03-08", dates=dates, **CLOSES)
    assert (status(late, "v"), letters(late, "v", *MARCH)) == ("overdue", "-" * 16)
    # done on one of 5 to 8 March, or missed, so that the 6th stands in: no day is right for all
    assert letters(late, "w", *MARCH) == "--------uuuuuu--"
    assert late.of("p").state == "undetermined"


def test_a_stand_in_day_is_a_day_and_has_no_clock_time() -> None:
    """v was due at 09:00; w, 30 hours after it, may follow any time of that day."""
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n"
        "  - {id: v, after: a, target: 24 hours, window: {before: 0 hours, after: 0 hours}}\n"
        "  - {id: w, after: v, target: 30 hours, window: {before: 0 hours, after: 0 hours}}\n"
    )
    dates = [("a", "2026-03-01 09:00", "done"), ("v", "2026-03-02", "missed")]
    solved = solve(body, as_of="2026-03-02", dates=dates, **CLOSES)
    assert letters(solved, "w", *MARCH) == "--PP------------"


def test_gaps_and_pair_rules_that_touch_a_missed_visit_are_dropped() -> None:
    body = VISITS.replace(
        "milestones:\n  a: {label: A}\n", "milestones:\n  a: {label: A}\n  b: {label: B}\n"
    )
    body += (
        "gaps:\n  - {from: v, to: b, min: 10 days}\n"
        "rules:\n  - {id: R1, forbid: op, from: v, until: b}\n"
    )
    dates = [("a", "2026-03-01", "done")]
    exposure = [("op", "2026-03-09")]
    binding = solve(body, as_of="2026-03-07", dates=dates, history=exposure, **CLOSES)
    assert binding.of("p").state == "no_schedule"  # v on the 7th, b from the 17th on
    missed = [*dates, ("v", "2026-03-07", "missed")]
    solved = solve(body, as_of="2026-03-07", dates=missed, history=exposure, **CLOSES)
    assert permitted(solved, "b")[0] == "2026-03-07"
    overdue = solve(body, as_of="2026-03-08", dates=dates, history=exposure, **CLOSES)
    assert overdue.of("p").state == "undetermined"  # nothing is freed before it is recorded


def test_strict_drops_a_silent_pair_rule_that_touches_a_missed_visit() -> None:
    body = VISITS.replace("  a: {label: A}\n", "  a: {label: A}\n  b: {label: B}\n", 1)
    body += "rules:\n  - {id: R1, forbid: op, from: b, until: v}\n"
    dates = [("a", "2026-03-01", "done"), ("v", "2026-03-05", "missed")]
    solved = solve(body, as_of="2026-03-05", dates=dates, strict=True, **CLOSES)
    assert letters(solved, "b", "2026-03-05", "2026-03-07") == "PPP"


# --- unrecorded and awaiting ------------------------------------------------------------------------


def test_a_milestone_before_one_that_is_done_is_unrecorded() -> None:
    solved = solve(ABC, as_of="2026-03-08", dates=[("b", "2026-03-08", "done")], **CLOSES)
    assert status(solved, "a") == "unrecorded"
    assert letters(solved, "a", *MARCH) == "-" * 16
    assert letters(solved, "c", *MARCH) == "---------PPP----"
    assert solved.of("p").state == "scheduled"


def test_a_done_visit_tells_that_its_anchor_happened() -> None:
    """Decision 0005: its window does not begin before the anchor."""
    dates = [("v", "2026-03-08", "done")]
    solved = solve(VISITS, as_of="2026-03-08", dates=dates, **CLOSES)
    assert status(solved, "a") == "unrecorded"
    assert letters(solved, "w", *MARCH) == "-----------PPP--"
    early = VISITS.replace(
        "target: 5 days, window: {before: 1 days", "target: 5 days, window: {before: 6 days"
    )
    assert status(solve(early, as_of="2026-03-08", dates=dates, **CLOSES), "a") == "open"


def test_a_window_of_a_month_less_some_days_never_begins_before_its_anchor() -> None:
    body = VISITS.replace(
        "target: 5 days, window: {before: 1 days", "target: 1 month, window: {before: 3 days"
    )
    dates = [("v", "2026-03-08", "done")]
    assert status(solve(body, as_of="2026-03-08", dates=dates), "a") == "unrecorded"
    longer = body.replace("before: 3 days", "before: 29 days")  # 28 days in February
    assert status(solve(longer, as_of="2026-03-08", dates=dates), "a") == "open"


def test_what_hangs_off_an_unrecorded_milestone_awaits_it() -> None:
    body = VISITS.replace("  a: {label: A}\n", "  a: {label: A}\n  b: {label: B}\n", 1)
    solved = solve(body, as_of="2026-03-08", dates=[("b", "2026-03-08", "done")], **CLOSES)
    assert [status(solved, n) for n in ("a", "v", "w")] == ["unrecorded", "awaiting", "awaiting"]
    assert solved.of("p").domains == {}


def test_a_milestone_that_can_no_longer_be_reached_is_no_schedule() -> None:
    solved = solve(ABC, as_of="2026-03-09", dates=[("a", "2026-03-01", "done")], **CLOSES)
    assert solved.of("p").state == "no_schedule"
    assert status(solved, "b") == "open"
    assert solved.of("p").schedule == {}


# --- leaving, unscheduled visits -----------------------------------------------------------------------


def test_withdrawal_leaves_no_open_node_and_keeps_what_is_done() -> None:
    for column, state in (("withdrawn", "withdrawn"), ("screen_failed", "screen_failed")):
        solved = solve(
            ABC, as_of="2026-03-03", dates=[("a", "2026-03-01", "done")], **CLOSES,
            **{column: "2026-03-02"},
        )  # fmt: skip
        found = solved.of("p")
        assert (found.state, found.schedule, found.domains) == (state, {}, {})
        assert found.statuses == {"a": "done", "b": "none", "c": "none"}


def test_unscheduled_visits_bind_nothing() -> None:
    dates = [("unscheduled", "2026-03-02", "done"), ("unscheduled", "2026-03-03", "done"),
             ("unscheduled", "2026-03-01", "booked"), ("unscheduled", "2026-03-07", "booked"),
             ("unscheduled", "2026-03-07", "booked")]  # fmt: skip
    solved, plain = (solve(ABC, as_of="2026-03-03", dates=d, **CLOSES) for d in (dates, []))
    assert solved.of("p") == plain.of("p")


# --- section 6 -------------------------------------------------------------------------------------------


def test_earliest_days_for_milestones_and_nearest_days_for_visits() -> None:
    body = (
        "milestones:\n  a: {label: A}\n"
        "visits:\n  - {id: v, after: a, target: 5 days, window: {before: 3 days, after: 3 days}}\n"
        "rules:\n  - {id: R1, forbid: op, at: v}\n"
    )
    assert [day_of_schedule(solve(body), n) for n in "av"] == ["2026-03-01", "2026-03-06"]
    taken = solve(body, history=[("op", "2026-03-06")])
    assert day_of_schedule(taken, "v") == "2026-03-05"  # a tie goes to the earlier
    more = solve(body, history=[("op", "2026-03-05", "2026-03-06")])
    assert day_of_schedule(more, "v") == "2026-03-07"


def test_choices_are_made_among_days_that_are_still_possible() -> None:
    """a and b are 3 days apart to the day, and b is closed on the 4th."""
    body = (
        "milestones:\n  a: {label: A}\n  b: {label: B}\n"
        "gaps:\n  - {from: a, to: b, min: 3 days, max: 3 days}\n"
        "rules:\n  - {id: R1, forbid: op, at: b}\n"
    )
    solved = solve(body, history=[("op", "2026-03-04")])
    assert [day_of_schedule(solved, n) for n in "ab"] == ["2026-03-02", "2026-03-05"]


def test_an_optional_node_moves_no_required_one() -> None:
    """Decision 0006: the optional biopsy stands first in the file and is chosen last."""
    body = (
        "milestones:\n  biopsy: {label: B, optional: yes}\n  a: {label: A}\n"
        "gaps:\n  - {from: biopsy, to: a, min: 2 days}\n"
    )
    solved = solve(body)
    assert day_of_schedule(solved, "a") == "2026-03-01"
    assert day_of_schedule(solved, "biopsy") == ""


def test_a_booked_optional_node_is_kept_like_any_other() -> None:
    body = (
        "milestones:\n  biopsy: {label: B, optional: yes}\n  a: {label: A}\n"
        "gaps:\n  - {from: biopsy, to: a, min: 2 days}\n"
    )
    solved = solve(body, dates=[("biopsy", "2026-03-03", "booked")])
    assert [day_of_schedule(solved, n) for n in ("biopsy", "a")] == ["2026-03-03", "2026-03-05"]


def test_bookings_that_exclude_each_other_are_kept_in_the_files_order() -> None:
    body = (
        "milestones:\n  a: {label: A}\n  biopsy: {label: B, optional: yes}\n  c: {label: C}\n"
        "gaps:\n  - {from: a, to: biopsy, min: 2 days, max: 3 days}\n"
        "  - {from: biopsy, to: c, min: 1 days}\n"
    )
    dates = [("a", "2026-03-03", "booked"), ("biopsy", "2026-03-12", "booked")]
    solved = solve(body, dates=[*dates, ("c", "2026-03-06", "booked")])
    # the biopsy's booking does not fit a's; c's does, and the biopsy goes where both leave room
    assert [day_of_schedule(solved, n) for n in ("a", "biopsy", "c")] == [
        "2026-03-03", "2026-03-05", "2026-03-06",
    ]  # fmt: skip


def test_a_kept_booking_holds_what_it_hangs_off_and_the_files_order_goes_on() -> None:
    """The booked visit needs the optional infusion; lymphodepletion, before it, is chosen first."""
    body = (
        "milestones:\n  consent: {label: C}\n  lymphodepletion: {label: L, optional: yes}\n"
        "  infusion: {label: I, optional: yes}\n"
        "gaps:\n  - {from: consent, to: lymphodepletion, min: 2 days}\n"
        "  - {from: lymphodepletion, to: infusion, min: 3 days, max: 3 days}\n"
        "visits:\n  - {id: v, after: infusion, target: 5 days, window: {before: 4 days, after: 4 days}}\n"
    )
    solved = solve(body, dates=[("v", "2026-03-09", "booked")])
    assert [day_of_schedule(solved, n) for n in ("consent", "lymphodepletion", "infusion", "v")] == [
        "2026-03-01", "2026-03-03", "2026-03-06", "2026-03-09",
    ]  # fmt: skip


def test_without_permitted_days_the_schedule_is_undetermined_and_says_so() -> None:
    body = ABC + "rules:\n  - {id: R1, forbid: drug, at: b}\n"
    solved = solve(body, history=[("drug", "2026-02-01", "")], **CLOSES)
    assert solved.of("p").state == "undetermined"
    assert day_of_schedule(solved, "a") == "2026-03-01 undetermined"
    assert letters(solved, "b", *MARCH) == "--uuuuuuuuuuuu--"


def test_a_recommended_day_is_always_one_that_is_shown_as_possible() -> None:
    solved = solve(ABC, dates=[("c", "2026-03-12", "booked")], **CLOSES)
    for node in "abc":
        assert day_of_schedule(solved, node) in permitted(solved, node)
