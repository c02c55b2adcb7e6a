"""Bookings that cannot stand: what comes next, where they can go, and each reason once."""

from tests.unit.small_plans import plan

DONE = {"participant": "P1", "milestone": "consent", "date": "2026-03-02", "status": "done"}
AGE = """
milestones: {consent: {label: Consent}}
rules: [{id: AGE, age: {min: 18 years, max: 75 years}, at: consent, assumption: ours}]
"""


def booked(**days: str) -> list[dict[str, str]]:
    rows = [{"participant": "P1", "milestone": m, "date": d, "status": "booked"}
            for m, d in days.items()]  # fmt: skip
    return [DONE, *rows]


def test_what_comes_next_is_the_step_that_has_to_move_first() -> None:
    made = plan(dates=booked(infusion="2026-04-20", transplant="2026-03-20"))
    states = dict(zip(made.bookings["milestone"].astype(str), made.bookings["state"], strict=True))
    assert states == {"infusion": "not_permitted", "transplant": "kept"}
    row = made.summary.iloc[0]
    found = row["next_milestone"], str(row["next_first"])[:10], str(row["next_last"])[:10]
    assert found == ("infusion", "2026-03-03", "2026-03-10")


def test_a_booking_that_fits_no_other_date_is_told_where_it_would_fit() -> None:
    made = plan(dates=booked(infusion="2026-03-10", transplant="2026-03-15"))
    states = dict(zip(made.bookings["milestone"].astype(str), made.bookings["state"], strict=True))
    assert states == {"infusion": "kept", "transplant": "does_not_fit"}
    moves = made.todo[made.todo["kind"] == "move"]
    assert [(row["step"], row["options"]) for _, row in moves.iterrows()] == [
        ("Transplantation", "Fri 20 Mar")
    ]


def test_a_reason_that_holds_at_both_ends_is_told_once() -> None:
    made = plan(AGE, participants=[{"participant": "P1", "birth_date": ""}])
    told = made.explain("P1", "consent", "2026-03-05")
    assert told.verdict == "undetermined" and len(told.reasons) == 1


ALIKE = """
milestones: {consent: {label: Consent}, dose: {label: Dose}}
gaps: [{from: consent, to: dose, min: 1 day, max: 60 days, assumption: ours}]
visits:
  - {id: call, label: Call, after: dose, target: 7 days, window: {before: 1 day, after: 1 day}, assumption: ours}
tests:
  - {id: urine, label: "Test: urine", for: dose, valid: 7 days, repeatable: no, assumption: ours}
tasks:
  - {id: letter, label: Call, due: 1 day, before: dose, assumption: ours}
"""


def test_each_line_of_the_worklist_knows_the_ids_that_it_is_about() -> None:
    dates = [{"participant": "P1", "milestone": m, "date": d, "status": s} for m, d, s in (
        ("consent", "2026-03-01", "done"), ("dose", "2026-03-05", "booked"))]  # fmt: skip
    made = plan(ALIKE, dates=dates)
    rows = {(row["kind"], row["step"]): (row["node"], row["paper"])
            for row in made.table("worklist").rows()}  # fmt: skip
    assert rows[("prepare", "Call")] == ("", "letter")
    assert rows[("record", "Dose")] == ("dose", "urine")
    assert "node" not in made.todo and "paper" not in made.todo


def test_a_visit_without_a_window_is_planned_beside_a_booking_that_fails() -> None:
    body = """
milestones: {consent: {label: Consent}, dose: {label: Dose}}
gaps: [{from: consent, to: dose, min: 1 day, max: 20 days, assumption: ours}]
visits:
  - {id: diary, after: dose, target: 5 days, window: unknown, assumption: ours}
  - {id: call, after: diary, target: 3 days, window: {before: 1 day, after: 1 day}, assumption: ours}
"""
    days = {}
    for dose in ("2026-03-10", "2026-03-30"):  # the second one is too late
        made = plan(body, dates=[DONE, {**DONE, "milestone": "dose", "date": dose,
                                        "status": "booked"}])  # fmt: skip
        rows = made.schedule.set_index(made.schedule["milestone"].astype(str))
        days[dose] = [str(rows.at[n, "date"])[5:10] for n in ("dose", "diary", "call")]
    assert days["2026-03-10"] == ["03-10", "03-15", "03-18"]
    assert days["2026-03-30"] == ["03-30", "04-04", ""]  # the call has no permitted day there
