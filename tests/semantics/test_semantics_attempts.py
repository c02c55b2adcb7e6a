"""docs/semantics.md, section 5: participants who are screened again."""

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

import scheduler
from scheduler.errors import InputFaults
from scheduler.study.template import init_study

TEXT = """\
protocol: T-1
title: Screened again
version: "1"
date: 2026-01-15
timezone: Asia/Shanghai
study: {opens: 2026-01-01, closes: 2026-12-31}
events:
  surgery: {kind: point}
milestones:
  consent: {}
  screening: {}
  infusion: {}
gaps:
  - {from: consent, to: screening, min: 0 days, max: 14 days, assumption: made up}
  - {from: screening, to: infusion, min: 7 days, max: 60 days, assumption: made up}
rules:
  - {id: R1, forbid: surgery, within: 4 weeks, before: screening, assumption: made up}
tasks:
  - {id: paper, due: 3 days, after: screening, assumption: made up}
  - {id: form, due: 3 days, after: unscheduled, assumption: made up}
"""
FIRST = [("consent", "2026-01-05", "done", "1"), ("screening", "2026-01-08", "done", "")]
SECOND = ("consent", "2026-03-02", "done", "2")


def plan_of(
    rows: list[tuple[str, ...]], attempt: str = "2", as_of: str = "2026-03-03", **tables: pd.DataFrame
) -> scheduler.Plan:  # fmt: skip
    heads = ["milestone", "date", "status", "attempt"]
    dates = pd.DataFrame(rows, columns=heads).assign(participant="P")
    people = pd.DataFrame([{"participant": "P", "attempt": attempt}])
    study = scheduler.load_study({"participants": people, "dates": dates, **tables})
    return scheduler.plan(scheduler.load_protocol(TEXT), study, as_of)


def states(plan: scheduler.Plan) -> list[tuple[str, str, str]]:
    frame = plan.schedule
    return list(zip(frame["milestone"].astype(str), frame["status"].astype(str),
                    frame["date"].dt.strftime("%Y-%m-%d"), strict=True))  # fmt: skip


def test_the_example() -> None:
    plan = plan_of([*FIRST, SECOND])
    assert states(plan) == [
        ("consent", "done", "2026-03-02"), ("screening", "planned", "2026-03-03"),
        ("infusion", "planned", "2026-03-10"),
    ]  # fmt: skip
    rows = plan.attempts[["attempt", "milestone", "date", "status"]].astype(str)
    assert rows.to_numpy().tolist() == [
        ["1", "consent", "2026-01-05", "done"], ["1", "screening", "2026-01-08", "done"],
    ]  # fmt: skip


def test_without_the_column_two_done_rows_are_a_fault() -> None:
    with pytest.raises(InputFaults, match="S251"):
        plan_of([(*row[:3], "") for row in (*FIRST, SECOND)], "")
    with pytest.raises(InputFaults, match="S251"):
        plan_of([*FIRST, ("consent", "2026-03-02", "done", "")])


def test_nothing_of_an_earlier_attempt_is_planned_asked_or_judged() -> None:
    booked = ("infusion", "2026-02-01", "booked", "1")
    plan = plan_of([*FIRST, booked])
    assert [status for _, status, _ in states(plan)] == ["planned"] * 3
    assert not len(plan.queries)
    assert not len(plan.bookings)
    assert not len(plan.deviations)
    assert plan.tasks["state"].tolist() == ["waiting"]
    assert len(plan.attempts) == 3


def test_the_first_attempt_is_as_if_nobody_had_said_so() -> None:
    said = plan_of([(*row[:3], "1") for row in FIRST], "1", "2026-01-09")
    unsaid = plan_of([(*row[:3], "") for row in FIRST], "", "2026-01-09")
    for name in ("schedule", "windows", "todo", "tasks", "attempts", "deviations"):
        pd.testing.assert_frame_equal(getattr(said, name), getattr(unsaid, name))
    assert not len(said.attempts)


def test_rules_look_at_all_history() -> None:
    history = pd.DataFrame(
        [{"participant": "P", "event": "surgery", "start": "2026-02-10"}]
    )  # between the attempts
    plan = plan_of([*FIRST, SECOND], history=history)
    first = plan.windows[plan.windows["milestone"] == "screening"]["first"].iloc[0]
    assert first == pd.Timestamp("2026-03-11")


def test_unscheduled_visits_and_their_tasks_are_of_no_attempt() -> None:
    plan = plan_of([*FIRST, ("unscheduled", "2026-01-20", "done", "1"),
                    ("form", "2026-01-22", "done", "1"), ("paper", "2026-01-09", "done", "1")])  # fmt: skip
    found = plan.tasks[["task", "state"]].astype(str).to_numpy().tolist()
    assert found == [["paper", "waiting"], ["form", "done"]]
    assert plan.attempts["milestone"].tolist() == ["consent", "screening", "paper"]


def test_a_booked_unscheduled_visit_is_answered_in_whatever_attempt() -> None:
    booked = [("unscheduled", f"2026-02-{day}", "booked", "1") for day in ("10", "20", "25")]
    answers = [("unscheduled", "2026-02-10", "done", "2"),
               ("unscheduled", "2026-02-20", "cancelled", "2")]  # fmt: skip
    found = plan_of([*FIRST, SECOND, *booked, *answers]).unscheduled
    assert found[["date", "state"]].astype(str).to_numpy().tolist() == [
        ["2026-02-10", "done"], ["2026-02-25", "past"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("consent", "2026-03-02", "done", "3"),
         "S259 dates:2 attempt: found attempt 3, expected at most 2, the present one\n"
         "     say in the table participants, under attempt, which attempt it is"),
        (("consent", "2026-03-02", "done", "second"),
         "S258 dates:2 attempt: found second, expected the number of an attempt from 1 to 99"),
        (("consent", "2026-03-02", "done", "0"),
         "S258 dates:2 attempt: found 0, expected the number of an attempt from 1 to 99"),
    ],
)  # fmt: skip
def test_attempts_that_cannot_be(row: tuple[str, ...], fault: str) -> None:
    with pytest.raises(InputFaults) as raised:
        plan_of([*FIRST, row])
    assert [str(one) for one in raised.value.faults] == [fault]


def test_a_participant_in_no_attempt() -> None:
    with pytest.raises(InputFaults, match="S258 participants:0 attempt: found two"):
        plan_of(FIRST, "two")


def test_numbers_of_a_data_frame_are_read() -> None:
    dates = pd.DataFrame(FIRST, columns=["milestone", "date", "status", "attempt"])
    dates = dates.assign(participant="P", attempt=[1, 1])
    study = scheduler.load_study(
        {"participants": pd.DataFrame({"participant": ["P"], "attempt": [2]}), "dates": dates}
    )
    plan = scheduler.plan(scheduler.load_protocol(TEXT), study, "2026-03-03")
    assert len(plan.attempts) == 2


def events(folder: Path) -> dict[str, str]:
    text = (folder / "calendars" / "P.ics").read_text(encoding="utf-8").replace("\n ", "")
    found = {}
    for part in text.split("BEGIN:VEVENT")[1:]:
        lines = dict(line.split(":", 1) for line in part.splitlines() if ":" in line)
        if "SUMMARY" in lines and "window" not in lines["SUMMARY"]:
            found[lines["UID"]] = lines["SUMMARY"]
    return found


def test_events_of_the_first_attempt_stay_beside_those_of_the_second(tmp_path: Path) -> None:
    from scheduler.calendars.export import CalendarOptions, write_calendars

    write_calendars(plan_of(FIRST, "1", "2026-01-20"), tmp_path, CalendarOptions())
    first = {
        uid: told for uid, told in events(tmp_path).items() if told in ("P Consent", "P Screening")
    }
    assert sorted(first.values()) == ["P Consent", "P Screening"]
    write_calendars(plan_of([*FIRST, SECOND]), tmp_path, CalendarOptions())
    again = events(tmp_path)
    assert {uid: again[uid] for uid in first} == first
    assert list(again.values()).count("P Consent") == 2


def test_a_number_or_a_text_chosen_in_the_workbook_is_the_attempt(tmp_path: Path) -> None:
    init_study(tmp_path / "study", scheduler.load_protocol(TEXT))
    path = tmp_path / "study" / "study.xlsx"
    for name in ("participants", "history", "dates", "decisions"):
        (tmp_path / "study" / f"{name}.csv").unlink()
    book = load_workbook(path)
    heads = {name: [cell.value for cell in book[name][1]] for name in ("participants", "dates")}
    assert heads["participants"][-1] == "attempt" and "attempt" in heads["dates"]
    for row, (who, attempt) in enumerate([("P", 2), ("Q", "2"), ("R", None)], 2):
        book["participants"].cell(row, 1).value = who
        book["participants"].cell(row, len(heads["participants"])).value = attempt
    rows = [(who, *row[:3], number) for who in "PQ" for row, number in [(FIRST[0], 1), (SECOND, 2)]]
    for place, row in enumerate(rows, 2):
        for head, value in zip(("participant", "milestone", "date", "status"), row, strict=False):
            book["dates"].cell(place, heads["dates"].index(head) + 1).value = value
        book["dates"].cell(place, heads["dates"].index("attempt") + 1).value = (
            row[4] if row[0] == "P" else str(row[4])
        )
    book.save(path)
    plan = scheduler.plan(
        scheduler.load_protocol(TEXT), scheduler.load_study(tmp_path / "study"), "2026-03-03"
    )
    told = plan.attempts[["participant", "attempt", "date"]].astype(str).to_numpy().tolist()
    assert told == [["P", "1", "2026-01-05"], ["Q", "1", "2026-01-05"]]
    done = plan.schedule[plan.schedule["status"] == "done"]
    assert done["date"].astype(str).tolist() == ["2026-03-02", "2026-03-02"]
    (list_of_attempts,) = [
        one for one in book["dates"].data_validations.dataValidation if "2, 3" in (one.prompt or "")
    ]
    assert list_of_attempts.type == "list"
