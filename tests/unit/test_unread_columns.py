"""Columns of types that are no text stop a study only where a rule looks at them."""

from pathlib import Path

import pandas as pd
import pytest

import scheduler

CLL = Path(__file__).parents[2] / "protocols/nct07342244"
ODD = {
    "seen": [True, False],
    "when": pd.to_datetime(["2026-01-01T10:00:30Z", "2026-01-02T10:00:30Z"]),
    "scans": [["a"], ["b"]],
    "span": pd.to_timedelta(["1 h", "2 h"]),
}


@pytest.fixture(scope="module")
def model() -> scheduler.Protocol:
    return scheduler.load_protocol(CLL)


@pytest.mark.parametrize("head", ODD)
def test_a_column_that_nobody_reads_stops_nothing(model: scheduler.Protocol, head: str) -> None:
    people = pd.DataFrame({"participant": ["A", "B"], head: ODD[head]})
    study = scheduler.load_study({"participants": people})
    told = [(fault.code, fault.path) for fault in study.warnings if fault.path]
    assert told == [("S255", head)]
    made = scheduler.plan(model, study, "2026-06-15")
    plain = scheduler.plan(
        model, scheduler.load_study({"participants": people[["participant"]]}), "2026-06-15"
    )
    pd.testing.assert_frame_equal(made.windows, plain.windows)
    assert any("S255" in text for text in made.warnings)


def test_a_column_that_a_rule_reads_is_refused(model: scheduler.Protocol) -> None:
    rule = model.rules[0].id
    asked = model.with_rule(rule, only={"seen": ["yes"]})
    people = pd.DataFrame({"participant": ["A", "B"], "Seen": ODD["seen"]})
    study = scheduler.load_study({"participants": people})
    with pytest.raises(scheduler.InputFaults) as caught:
        scheduler.plan(asked, study, "2026-06-15")
    faults = caught.value.faults
    assert [(fault.code, fault.place) for fault in faults] == [
        ("S238", "participants:0"), ("S238", "participants:1"),
    ]  # fmt: skip


def test_a_known_column_is_refused_as_before() -> None:
    people = pd.DataFrame({"participant": ["A", "B"], "sex": [1.5, 2.5]})
    with pytest.raises(scheduler.InputFaults, match="S238 participants:0 sex"):
        scheduler.load_study({"participants": people})
