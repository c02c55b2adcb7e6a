"""The cases beside the project in which recorded states, reasons or queries came out wrong.

What is right stands in their README; small copies of the ideas are in test_semantics_missing.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import load_study

FOUND = Path(__file__).resolve().parents[3] / "shared" / "found_dates"


def planned(name: str) -> Plan:
    folder = FOUND / name
    if not folder.is_dir():
        pytest.skip("the cases are not here: no folder ../shared/found_dates beside the project")
    as_of = (folder / "as_of").read_text().strip()
    return plan(load_protocol(folder / "protocol.yaml"), load_study(folder / "study"), as_of)


def windows(found: Plan, participant: str, node: str) -> list[tuple[str, str, str]]:
    table = found.windows
    rows = table[(table["participant"] == participant) & (table["milestone"] == node)]
    return [
        (f"{first:%m-%d}", f"{last:%m-%d}", str(certainty))
        for first, last, certainty in zip(
            rows["first"], rows["last"], rows["certainty"], strict=True
        )
    ]


def test_missing_dates_free_no_days() -> None:
    found = planned("unrecorded-drops-gaps")
    assert windows(found, "D", "second") == [("05-01", "12-31", "permitted")]
    assert windows(found, "C", "second") == [
        ("04-18", "05-01", "undetermined"), ("05-02", "12-31", "permitted"),
    ]  # fmt: skip
    assert windows(found, "A", "infusion") == [
        ("04-19", "05-04", "undetermined"), ("05-05", "05-11", "permitted"),
        ("05-12", "05-27", "undetermined"),
    ]  # fmt: skip
    assert windows(found, "B", "infusion") == [
        ("04-26", "04-30", "undetermined"), ("05-01", "05-18", "permitted"),
        ("05-19", "05-23", "undetermined"),
    ]  # fmt: skip
    queries = found.queries
    said = queries[(queries["participant"] == "C") & (queries["milestone"] == "safety")]
    assert "settles second 2027-04-18 to 2027-05-01" in said["sentence"].iloc[0]


def expected(name: str) -> list[tuple[str, ...]]:
    table = pd.read_csv(FOUND / name / "expected.csv", dtype=str)
    return [tuple(row) for row in table.to_numpy().tolist()]


@pytest.mark.parametrize("name", ["na-done-visit-binds", "ongoing-hours-after-west-crash"])
def test_the_windows_are_those_that_were_expected(name: str) -> None:
    found = planned(name).windows
    columns = ["participant", "milestone", "first", "last", "certainty"]
    assert [tuple(map(str, row)) for row in found[columns].astype(str).to_numpy()] == expected(name)


def test_a_visit_for_others_is_told_and_a_deadlock_stays_one() -> None:
    found = planned("na-done-visit-binds")
    told = found.deviations[found.deviations["rule"] == "only"]
    assert told["participant"].tolist() == ["A"]
    states = dict(zip(found.summary["participant"], found.summary["state"], strict=True))
    assert states == {"A": "scheduled", "B": "scheduled", "C": "no_schedule", "D": "undetermined"}


def test_a_gap_counts_from_the_target_of_a_visit_without_a_window() -> None:
    found = planned("unknown-window-gap")
    assert windows(found, "C", "second")[0][0] == "01-30"
    rows = found.schedule[found.schedule["milestone"] == "second"].set_index("participant")
    assert [f"{rows['date'][who]:%m-%d}" for who in "BC"] == ["01-29", "01-30"]
    assert [f"{rows['first'][who]:%m-%d}" for who in "BC"] == ["01-29", "01-30"]


def test_a_timed_booking_cuts_no_reason_in_two() -> None:
    conflicts = planned("conflict-split-at-booking").conflicts
    told = {
        who: conflicts[conflicts["participant"] == who].drop(columns="participant")
        for who in ("A", "B")
    }
    pd.testing.assert_frame_equal(
        told["A"].reset_index(drop=True), told["B"].reset_index(drop=True)
    )
    rules = told["A"][told["A"]["kind"] == "rule"]
    assert rules["frees"].tolist() == ["screening 2027-03-05"]


def test_an_exposure_without_end_has_no_clear_day() -> None:
    found = planned("ongoing-hours-after-west-crash")
    assert found.blocked["clear_from"].isna().all()


def test_one_value_of_an_attribute_answers_both_rules() -> None:
    queries = planned("query-attribute-two-rules").queries
    assert queries["earliest_if_clear"].astype(str).tolist() == ["2027-09-13", "2027-09-13"]
