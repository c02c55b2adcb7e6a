"""What if: dates and exposures supposed, with days counted by hand."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import scheduler
from scheduler.cli import washout_command
from scheduler.errors import InputFaults, NotFound
from scheduler.planning.comparison_lines import whatif_lines
from scheduler.planning.what_if import NotOpen
from tests.unit.small_plans import date_of, days_of, plan
from tests.unit.small_problems import done, shown, took

CONSENTED = [done("consent", "2026-03-02")]


def test_everything_follows_a_day_that_is_set() -> None:
    before = plan()
    after = before.with_dates({"P1": {"infusion": "2026-03-20"}})
    assert days_of(after, "infusion") == ["03-20..03-20"]
    assert days_of(after, "consent") == ["03-02..03-19"]  # a day before at the latest
    assert days_of(after, "transplant") == ["03-30..04-09"]  # 10 to 20 days later
    assert days_of(after, "week_1") == ["03-26..03-28"]
    assert days_of(after, "week_4") == ["04-14..04-20"]
    assert date_of(after, "infusion") == "03-20 planned"
    assert date_of(after, "consent") == "03-02 planned"  # still open, not unrecorded
    assert date_of(after, "transplant") == "03-30 planned"
    assert date_of(after, "week_1") == "03-27 planned"
    assert after.as_of == before.as_of
    assert len(after.queries) == 0
    assert list(after.summary["state"]) == ["scheduled"]
    assert any("infusion is set to 2026-03-20" in text for text in after.warnings)


def test_the_plan_itself_stays_as_it_was() -> None:
    before = plan()
    windows = before.windows.copy()
    before.with_dates({"P1": {"infusion": "2026-03-20"}})
    before.with_history("P1", [{"event": "surgery", "start": "2026-03-10"}])
    pd.testing.assert_frame_equal(before.windows, windows)
    assert date_of(before, "infusion") == "03-03 planned"


def test_nobody_else_is_touched() -> None:
    people = [{"participant": "P1"}, {"participant": "P2"}]
    before = plan(participants=people)
    after = before.with_dates({"P2": {"infusion": date(2026, 3, 20)}})
    assert days_of(after, "infusion", "P2") == ["03-20..03-20"]
    assert set(before.compare(after).days["participant"].astype(str)) == {"P2"}
    assert set(before.compare(after).schedule["participant"].astype(str)) == {"P2"}


def test_a_forbidden_day_leaves_no_schedule_and_says_why() -> None:
    made = plan(dates=CONSENTED, history=[took("surgery", "2026-03-10")])
    assert days_of(made, "infusion") == ["03-03..03-09", "03-25..04-01"]
    after = made.with_dates({"P1": {"infusion": "2026-03-20"}})
    assert list(after.summary["state"]) == ["no_schedule"]
    rows = shown(after.conflicts, "kind", "first", "last", "frees")
    assert ("date", "2026-03-20", "2026-03-20", "infusion 2026-03-03") in rows
    assert [row[0] for row in rows] == ["rule", "date"]
    assert "infusion is set to 2026-03-20" in after.conflicts["detail"].iloc[1]
    reasons = after.explain("P1", "infusion", "2026-03-21").reasons
    assert any(reason.sentence == "infusion is set to 2026-03-20" for reason in reasons)


def test_a_day_outside_the_study_or_in_the_past_leaves_no_schedule() -> None:
    for day in ("2026-03-01", "2027-01-01"):
        after = plan().with_dates({"P1": {"infusion": day}})
        assert list(after.summary["state"]) == ["no_schedule"]
        assert "date" in set(after.conflicts["kind"])


def test_an_optional_visit_that_is_set_is_needed() -> None:
    after = plan(dates=CONSENTED).with_dates({"P1": {"phone": "2026-03-25"}})
    # the call is 8 to 12 days after the infusion
    assert days_of(after, "infusion") == ["03-13..03-17"]
    assert days_of(after, "phone") == ["03-25..03-25"]
    assert date_of(after, "phone") == "03-25 planned"
    none = plan(dates=CONSENTED).with_dates({"P1": {"phone": "2026-08-01"}})
    assert list(none.summary["state"]) == ["no_schedule"]


def test_a_booking_on_another_day_ends_and_one_on_the_day_stands() -> None:
    booked = [*CONSENTED, done("infusion", "2026-03-15", status="booked")]
    made = plan(dates=booked)
    assert date_of(made, "infusion") == "03-15 booked"
    moved = made.with_dates({"P1": {"infusion": "2026-03-20"}})
    assert date_of(moved, "infusion") == "03-20 planned"
    assert len(moved.bookings) == 0
    same = made.with_dates({"P1": {"infusion": "2026-03-15"}})
    assert date_of(same, "infusion") == "03-15 booked"


def test_supposed_dates_add_up_and_the_last_one_counts() -> None:
    made = plan(dates=CONSENTED)
    both = made.with_dates({"P1": {"infusion": "2026-03-10"}}).with_dates(
        {"P1": {"transplant": "2026-03-25"}}
    )
    assert days_of(both, "infusion") == ["03-10..03-10"]
    assert days_of(both, "transplant") == ["03-25..03-25"]
    other = both.with_dates({"P1": {"infusion": "2026-03-12"}})
    assert days_of(other, "infusion") == ["03-12..03-12"]
    assert days_of(other, "transplant") == ["03-25..03-25"]


@pytest.mark.parametrize(
    ("supposed", "error", "text"),
    [
        ({"P9": {"infusion": "2026-03-20"}}, NotFound, 'no participant "P9"'),
        ({"P1": {"infusoin": "2026-03-20"}}, NotFound, 'did you mean "infusion"?'),
        ({"P1": {"infusion": "20 March"}}, NotFound, "is no date"),
        ({"P1": {"infusion": "2026-03-20 25:00"}}, NotFound, "is no date"),
        ({"P1": {"consent": "2026-03-20"}}, NotOpen, "recorded as done on 2026-03-02"),
        ({"P1": {"infusion": pd.Timestamp("2026-03-20", tz="UTC")}}, NotFound, "has a time zone"),
        ({"P1": {"infusion": pd.Timestamp("2026-03-20 10:00:30")}}, NotFound, "to the minute"),
        ({"P1": "2026-03-20"}, TypeError, "P1: found str, expected days by milestone or visit"),
        ([("P1", "infusion", "2026-03-20")], TypeError, "found list, expected a mapping"),
    ],
)
def test_what_cannot_be_set_is_refused(supposed: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        plan(dates=CONSENTED).with_dates(supposed)
    assert text in str(raised.value)


def test_an_added_exposure_takes_days_away() -> None:
    made = plan(dates=CONSENTED)
    after = made.with_history("P1", [{"event": "surgery", "start": "2026-03-10"}])
    assert days_of(made, "infusion") == ["03-03..04-01"]
    assert days_of(after, "infusion") == ["03-03..03-09", "03-25..04-01"]
    same = made.with_history({"P1": [{"event": "surgery", "start": date(2026, 3, 10)}]})
    pd.testing.assert_frame_equal(after.windows, same.windows)
    assert "what-if history" in after.study.fingerprints
    assert "what-if history" not in made.study.fingerprints


def test_an_added_exposure_keeps_the_dates_that_were_set() -> None:
    made = plan(dates=CONSENTED).with_dates({"P1": {"infusion": "2026-03-20"}})
    after = made.with_history("P1", [{"event": "surgery", "start": "2026-03-10"}])
    assert list(after.summary["state"]) == ["no_schedule"]
    later = made.with_history("P1", [{"event": "surgery", "start": "2026-03-21"}])
    assert days_of(later, "infusion") == ["03-20..03-20"]


def test_no_rows_change_nothing() -> None:
    made = plan(dates=CONSENTED)
    pd.testing.assert_frame_equal(made.with_history("P1", []).windows, made.windows)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"event": "surgery", "start": "03/04/2026"}, "S232"),
        ({"event": "surgry", "start": "2026-03-10"}, "S243"),
        ({"event": "surgery", "start": "2026-03-10", "end": "2026-03-01"}, "S260"),
        ({"event": "surgery", "start": ""}, "S230"),
        ({"event": "surgery"}, "S220"),
    ],
)
def test_wrong_rows_are_faults_as_in_a_study(row: dict[str, str], code: str) -> None:
    with pytest.raises(InputFaults) as raised:
        plan().with_history("P1", [row])
    assert code in [fault.code for fault in raised.value.faults]


def test_rows_that_are_none_are_refused() -> None:
    rows = pd.DataFrame({"event": ["surgery"], "start": ["2026-03-10"]})
    with pytest.raises(TypeError, match="P1: found DataFrame, expected a list of rows"):
        plan().with_history("P1", rows)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="found DataFrame, expected a mapping by participant"):
        plan().with_history(rows)  # type: ignore[arg-type]


TIMED = """
events: {drug: {label: Drug, kind: point}}
milestones: {consent: {label: Consent}, dose: {label: Dose, at: "10:00"}}
gaps: [{from: consent, to: dose, min: 0 days, max: 30 days, assumption: ours}]
rules: [{id: R1, forbid: drug, within: 24 hours, before: dose, assumption: ours}]
"""


def test_a_cell_of_a_table_is_its_day_and_no_midnight() -> None:
    made = plan(TIMED, dates=CONSENTED, history=[took("drug", "2026-03-04 11:00")])
    days = made.windows.query("milestone == 'dose'")
    assert days_of(made, "dose") == ["03-02..03-04", "03-06..04-01"]  # 11:00 is after the dose
    for cell in (days["last"].iloc[0], days["last"].to_numpy()[0], "2026-03-04"):
        assert made.explain("P1", "dose", cell).verdict == "permitted"
        assert made.explain("P1", "dose", cell).minute == -1
        assert date_of(made.with_dates({"P1": {"dose": cell}}), "dose") == "03-04 planned"
    assert made.explain("P1", "dose", "2026-03-04 00:00").minute == 0
    with pytest.raises(NotFound, match="has a time zone"):
        made.explain("P1", "dose", pd.Timestamp("2026-03-04", tz="Asia/Shanghai"))


def test_rows_of_nobody_are_refused() -> None:
    with pytest.raises(NotFound, match='no participant "P9"'):
        plan().with_history("P9", [{"event": "surgery", "start": "2026-03-10"}])


SITE = {"s": {"closed": ["2026-03-11..2026-03-12"]}}


def test_a_sweep_compares_all_permitted_days() -> None:
    made = plan(participants=[{"participant": "P1", "site": "s"}], dates=CONSENTED, sites=SITE)
    frame = made.sweep("P1", "infusion")
    # 3 March to 1 April without the two closed days
    assert len(frame) == 28
    rows = {
        row[0]: row[1:]
        for row in shown(
            frame, "day", "week_1", "week_4", "transplant", "phone", "on_target", "targets",
            "days_off_target", "slack", "tightest",
        )
    }  # fmt: skip
    assert "2026-03-11" not in rows and "2026-03-12" not in rows
    # week 1 on its target 10 March; of its window 9 to 11 March two days are open
    assert rows["2026-03-03"] == (
        "2026-03-10", "2026-03-31", "2026-03-13", "2026-03-13", "3", "3", "0", "1", "week_1",
    )  # fmt: skip
    # the target 12 March is closed, 13 March is the only open day of the window; so is the
    # transplantation's first day 15 March open, and the call stands on 15 March
    assert rows["2026-03-05"] == (
        "2026-03-13", "2026-04-02", "2026-03-15", "2026-03-15", "2", "3", "1", "0", "week_1",
    )  # fmt: skip
    assert rows["2026-04-01"][-2:] == ("2", "week_1")
    assert frame["day"].is_monotonic_increasing


def test_each_row_of_a_sweep_is_the_plan_with_that_day() -> None:
    made = plan(dates=CONSENTED, history=[took("surgery", "2026-03-10")])
    frame = made.sweep("P1", "infusion")
    assert len(frame) == 7 + 8  # 3 to 9 March, 25 March to 1 April
    for row in frame.to_dict("records"):
        one = made.with_dates({"P1": {"infusion": row["day"].date()}})
        for node in ("transplant", "week_1", "week_4", "phone"):
            assert date_of(one, node) == f"{row[node]:%m-%d} planned"


def test_a_sweep_tells_undetermined_days_only_when_asked() -> None:
    made = plan(dates=CONSENTED, history=[took("surgery", "2026-03")])
    # 3 March is clear only if the surgery is later; 1 April may be within 14 days of it
    assert len(made.sweep("P1", "infusion")) == 0
    frame = made.sweep("P1", "infusion", undetermined=True)
    assert set(frame["certainty"].astype(str)) == {"undetermined"}
    assert frame["week_1"].notna().all()
    with pytest.raises(NotOpen):
        made.sweep("P1", "consent")


def test_a_sweep_of_a_visit_looks_at_what_hangs_off_it_alone() -> None:
    frame = plan(dates=CONSENTED).sweep("P1", "week_4")
    assert [c for c in frame if c in ("week_1", "transplant", "phone", "infusion")] == []
    assert frame["slack"].isna().all()


def test_states_that_change_are_told() -> None:
    made = plan(dates=CONSENTED)
    after = made.with_dates({"P1": {"infusion": "2027-01-01"}})
    rows = shown(made.compare(after).states, "participant", "state_before", "state_after")
    assert rows == [("P1", "scheduled", "no_schedule")]


FOLDER = Path(__file__).parents[2] / "protocols" / "nct07342244"
EXAMPLE = [str(FOLDER), str(FOLDER / "example"), "--as-of", "2026-06-15"]


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(washout_command, ["what-if", *EXAMPLE, *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_tells_before_and_after() -> None:
    code, out, _ = run("--participant", "P-003", "--set", "infusion=2026-07-20")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "P-003"
    assert "    CAR-T cell infusion: booked 2026-07-13 -> 2026-07-20" in lines
    begins = "    CAR-T cell infusion: may take 14 days from 2026-06-26"
    assert any(line.startswith(begins) for line in lines)


def test_the_command_tells_which_tests_and_tasks_move() -> None:
    text = """
protocol: T-1
title: Tests and tasks
version: "1"
date: 2026-01-15
timezone: Asia/Shanghai
study: {opens: 2026-01-01, closes: 2026-12-31, assumption: made up}
milestones: {consent: {}, dose: {label: First dose}}
gaps: [{from: consent, to: dose, min: 0 days, assumption: made up}]
tests:
  - {id: scan, label: Scan, for: dose, valid: 14 days, assumption: made up}
  - {id: gene, label: Gene test, for: dose, valid: 1 year, repeatable: no, assumption: made up}
tasks: [{id: order, label: Order the drug, due: 3 days, before: dose, assumption: made up}]
"""
    rows = [
        ("consent", "2026-03-02", "done"), ("scan", "2026-03-02", "done"),
        ("gene", "2026-03-02", "done"), ("dose", "2026-03-10", "booked"),
    ]  # fmt: skip
    dates = pd.DataFrame(rows, columns=["milestone", "date", "status"]).assign(participant="P")
    people = pd.DataFrame({"participant": ["P"]})
    study = scheduler.load_study({"participants": people, "dates": dates})
    before = scheduler.plan(scheduler.load_protocol(text), study, "2026-03-03")
    after = before.with_dates({"P": {"dose": "2026-03-20"}})
    assert whatif_lines(before, after)[-2:] == [
        "    Scan, for First dose: valid until 2026-03-16 -> repeat it 2026-03-06 to 2026-03-20",
        "    Order the drug, for First dose: due 2026-03-07 -> due 2026-03-17",
    ]


def test_the_command_says_why_a_day_leaves_no_schedule() -> None:
    code, out, _ = run("--participant", "P-003", "--set", "infusion=2026-07-13")
    assert code == 0
    assert "state: scheduled -> no schedule" in out
    assert "because" in out and "infusion is set to 2026-07-13" in out


def test_the_command_sweeps() -> None:
    code, out, _ = run("--participant", "P-003", "--sweep", "infusion")
    assert code == 0
    assert out.splitlines()[0] == "14 days to choose from"
    assert "2026-07-14: 13 of 14 visits on target, 1 day off in all" in out


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--participant", "P-003"], 2, "give --set, --exposure or --sweep"),
        (["--participant", "P-003", "--set", "infusion"], 2, "expected NODE=DATE"),
        (["--participant", "P-003", "--set", "infusion=1.7.2026"], 2, "expected a day"),
        (["--participant", "P-999", "--sweep", "infusion"], 2, "no participant"),
        (["--participant", "P-003", "--set", "consent=2026-07-01"], 2, "recorded as done"),
        (["--participant", "P-003", "--exposure", "live_vaccin=2026-07-01"], 1, "S243"),
        (["--participant", "P-003", "--exposure", "live_vaccine"], 2, "expected EVENT=START"),
    ],
)
def test_wrong_use_of_the_command(words: list[str], code: int, text: str) -> None:
    found, _, err = run(*words)
    assert found == code
    assert text in err
