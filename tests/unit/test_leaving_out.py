"""Nobody's data stops the others' plan: who makes the program fail is named and left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scheduler.cli import washout_command
from scheduler.engine import answers
from scheduler.errors import InputFaults
from scheduler.planning.leaving_out import failing
from scheduler.planning.plans import plan
from scheduler.protocol.reading import load_protocol
from scheduler.report import folder as report_folder
from scheduler.study.reading import load_study

PROTOCOL = """\
protocol: T-001
title: A test
version: "1"
date: 2026-01-01
timezone: UTC
study: {opens: 2026-03-01, closes: 2026-04-30, assumption: ours}
milestones: {a: {label: A}, b: {label: B}}
gaps:
  - {from: a, to: b, min: 3 days, assumption: ours}
"""
CODES = ["P1", "P2", "P3", "P4", "P5"]
BAD = "P4"


@pytest.fixture
def inputs(tmp_path: Path) -> tuple[Path, Path]:
    study = tmp_path / "study"
    study.mkdir()
    (tmp_path / "protocol.yaml").write_text(PROTOCOL)
    (study / "participants.csv").write_text("participant\n" + "\n".join(CODES) + "\n")
    return tmp_path / "protocol.yaml", study


@pytest.fixture
def broken_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that divides by zero on the data of one participant."""
    whole = answers.may_differ

    def fails(problem: Any) -> Any:
        if BAD in problem.cohort.ids.tolist():
            raise ZeroDivisionError("integer division or modulo by zero")
        return whole(problem)

    monkeypatch.setattr(answers, "may_differ", fails)


def test_a_plan_leaves_out_whose_data_the_solver_fails_on(
    inputs: tuple[Path, Path], broken_solver: None
) -> None:
    found = plan(load_protocol(inputs[0]), load_study(inputs[1]), "2026-03-02")
    assert [one.participant for one in found.left_out] == [BAD]
    assert found.participants == ("P1", "P2", "P3", "P5")
    assert found.summary["participant"].tolist() == ["P1", "P2", "P3", "P5"]
    assert found.warnings[0] == (
        "X501 P4: left out of everything that is written, for an error of the program: "
        "ZeroDivisionError: integer division or modulo by zero"
    )


def test_an_error_that_is_nobodys_own_is_raised(
    inputs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(problem: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(answers, "may_differ", fails)
    with pytest.raises(ZeroDivisionError):
        plan(load_protocol(inputs[0]), load_study(inputs[1]), "2026-03-02")


def test_one_who_fails_only_beside_another_is_no_single_participant() -> None:
    error = ValueError("together")

    def attempt(people: Any) -> None:
        if {"P1", "P2"} <= set(people):
            raise error

    with pytest.raises(ValueError, match="together"):
        failing(CODES, attempt, error)


def test_faults_of_the_input_stay_faults(inputs: tuple[Path, Path]) -> None:
    (inputs[1] / "dates.csv").write_text(
        "participant,milestone,date,status\nP1,a,2027-01-01,done\n"
    )
    with pytest.raises(InputFaults):
        plan(load_protocol(inputs[0]), load_study(inputs[1]), "2026-03-02")


def run(inputs: tuple[Path, Path], out: Path) -> Any:
    told = ["plan", *map(str, inputs), "--as-of", "2026-03-02", "--out", str(out)]
    return CliRunner().invoke(washout_command, told)


def test_the_command_writes_the_rest_and_says_so(
    inputs: tuple[Path, Path], broken_solver: None, tmp_path: Path
) -> None:
    result = run(inputs, tmp_path / "out")
    assert result.exit_code == 5, result.output
    assert "warning: P4: left out" in result.stderr
    assert "(X501)" in result.stderr
    summary = (tmp_path / "out" / "summary.csv").read_text()
    assert [line.split(",")[0] for line in summary.splitlines()[1:]] == ["P1", "P2", "P3", "P5"]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["left_out"] == [
        {
            "participant": "P4", "code": "X501",
            "error": "ZeroDivisionError: integer division or modulo by zero",
        }
    ]  # fmt: skip
    assert record["participants"] == 4


def test_a_table_that_cannot_be_written_for_somebody_leaves_only_them_out(
    inputs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = report_folder.table_bytes

    def fails(table: Any) -> bytes:
        if "participant" in table.heads and BAD in table["participant"].texts():
            raise NotImplementedError("a day in the year 275760")
        return whole(table)

    monkeypatch.setattr(report_folder, "table_bytes", fails)
    result = run(inputs, tmp_path / "out")
    assert result.exit_code == 5, result.output
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert [one["participant"] for one in record["left_out"]] == [BAD]
    assert BAD not in (tmp_path / "out" / "windows.csv").read_text()


def test_nobody_left_out_is_exit_code_0_and_no_key(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    result = run(inputs, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "left_out" not in json.loads((tmp_path / "out" / "run.json").read_text())
