"""A birth in the tables of a plan: what counts from it is shown, the date itself nowhere."""

import zipfile
from pathlib import Path

import pandas as pd
import pytest

import scheduler
from scheduler.calendars.export import CalendarOptions, write_calendars
from scheduler.errors import InputFaults
from tests.unit.small_problems import HEAD, shown

BODY = """
events: {op: {kind: point, label: Operation}}
milestones: {consent: {label: Consent, days: any}, dose: {label: Dose, days: any}}
gaps:
  - {from: consent, to: dose, min: 0 days, assumption: made up}
  - {from: birth, to: dose, min: 6 weeks, max: 49 days, usual: 45 days, assumption: made up}
visits:
  - {id: week_10, after: birth, target: 10 weeks, window: {before: 0 days, after: 7 days}, days: any, assumption: made up}
  - {id: call, after: week_10, target: 3 days, window: {before: 0 days, after: 1 day}, days: any, assumption: made up}
"""
BIRTHS = {
    "A": "2026-01-20",
    "B": "2026-01",
    "C": "",
    "D": "2025-11-10",
    "E": "2025-11",
    "F": "2026-01-02",
}
DATES = [
    ("D", "consent", "2026-02-02", "done"), ("D", "dose", "2026-02-03", "done"),
    ("E", "consent", "2026-02-02", "done"), ("E", "dose", "2026-02-03", "done"),
    ("A", "dose", "2026-03-12", "booked"),
]  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> scheduler.Plan:
    people = pd.DataFrame({"participant": list(BIRTHS), "birth_date": list(BIRTHS.values())})
    dates = pd.DataFrame(DATES, columns=["participant", "milestone", "date", "status"])
    study = scheduler.load_study({"participants": people, "dates": dates})
    return scheduler.plan(scheduler.load_protocol(HEAD + BODY), study, "2026-03-02")


def test_days_and_states(plan: scheduler.Plan) -> None:
    assert plan.summary["state"].tolist() == [
        "scheduled", "undetermined", "undetermined", "scheduled", "scheduled", "no_schedule",
    ]  # fmt: skip
    mine = plan.schedule[plan.schedule["participant"] == "A"]
    assert shown(mine, "milestone", "date", "target", "first", "last", "suggested") == [
        ("consent", "2026-03-02", "", "2026-02-01", "2026-03-12", "2026-03-02"),
        ("dose", "2026-03-12", "", "2026-03-03", "2026-03-10", "2026-03-06"),
        ("week_10", "2026-03-31", "2026-03-31", "2026-03-31", "2026-04-07", "2026-03-31"),
        ("call", "2026-04-03", "2026-04-03", "2026-04-03", "2026-04-04", "2026-04-03"),
    ]  # fmt: skip
    vague = plan.schedule[plan.schedule["participant"].isin(["B", "C"])]
    assert shown(vague[vague["milestone"] == "week_10"], "participant", "target", "first", "last") == [
        ("B", "", "2026-03-12", "2026-04-18"),
        ("C", "", "2026-02-01", "2029-12-20"),
    ]  # fmt: skip
    assert plan.schedule["milestone"].isin(["birth"]).sum() == 0
    assert plan.nodes["milestone"].tolist() == ["consent", "dose", "week_10", "call"]
    assert plan.nodes["anchor"].tolist()[2] == "birth"


def test_one_question_a_node_that_waits_and_what_it_frees(plan: scheduler.Plan) -> None:
    asked = plan.queries[plan.queries["missing"] == "birth_date"]
    assert shown(asked, "participant", "milestone", "earliest_now", "earliest_if_clear") == [
        ("B", "dose", "", "2026-03-02"), ("B", "week_10", "", "2026-03-12"),
        ("C", "dose", "", "2026-03-02"), ("C", "week_10", "", "2026-03-02"),
    ]  # fmt: skip
    todo = plan.todo[plan.todo["kind"] == "ask"]
    assert shown(todo, "participant", "what") == [
        ("B", "Find the exact birth date, for Dose"), ("C", "Find the exact birth date, for Dose"),
    ]  # fmt: skip


def test_deviations_are_those_of_every_day_of_birth(plan: scheduler.Plan) -> None:
    found = plan.deviations[plan.deviations["rule"] == "birth..dose"]
    assert shown(found, "participant", "days_out", "first", "last") == [
        ("D", "36", "2025-12-22", "2025-12-29"),
        ("E", "16", "2025-12-13", "2026-01-18"),  # born on 30 November at the latest
    ]  # fmt: skip
    assert "counted with the birth date" in found["sentence"].iloc[0]


def test_reasons_name_the_gap_and_no_date(plan: scheduler.Plan) -> None:
    reasons = plan.conflicts[plan.conflicts["participant"] == "F"]
    assert shown(reasons, "kind", "first", "last")[0] == ("gap", "", "")
    assert (
        reasons["detail"]
        .iloc[0]
        .startswith("dose at least 6 weeks and at most 49 days after birth")
    )


def test_the_birth_date_stands_in_nothing_that_is_written(
    plan: scheduler.Plan, tmp_path: Path
) -> None:
    plan.write(tmp_path / "out")
    for detailed in (False, True):
        options = CalendarOptions(
            questions=True, restrictions=True, booked_windows=True, planned=True, detailed=detailed
        )
        write_calendars(plan, tmp_path / f"calendars_{detailed}", options)
    for name, frame in plan.frames().items():
        frame.to_csv(tmp_path / f"{name}.csv.txt")
    plan.to_excel(tmp_path / "all.xlsx")
    for book in [*tmp_path.rglob("*.xlsx")]:
        zipfile.ZipFile(book).extractall(tmp_path / f"{book.stem}_parts")
        book.unlink()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 30
    for path in files:
        told = path.read_bytes().replace(b"\r\n ", b"")
        for day in (
            "2026-01-20",
            "20260120",
            "20 Jan 2026",
            "20 January",
            "2025-11-10",
            "2026-01-02",
        ):
            assert day.encode() not in told, (path.name, day)


def test_a_birth_is_no_row_of_dates() -> None:
    people = pd.DataFrame({"participant": ["A"], "birth_date": ["2026-01-20"]})
    rows = [("A", "birth", "2026-01-20", "done")]
    dates = pd.DataFrame(rows, columns=["participant", "milestone", "date", "status"])
    study = scheduler.load_study({"participants": people, "dates": dates})
    with pytest.raises(InputFaults, match="found birth, which is the birth_date of participants"):
        scheduler.plan(scheduler.load_protocol(HEAD + BODY), study, "2026-03-02")
