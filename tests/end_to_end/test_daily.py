"""The daily act: `washout init`, a workbook filled in by its labels, and then `washout plan` alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from scheduler.commands import daily
from tests.end_to_end.conftest import Invoke

ROWS = {
    "participants": {"participant": "P-1", "birth_date": "1980-01-01", "sex": "Female"},
    "history": {"participant": "P-1", "event": "Major surgery", "start": "2026-06-10"},
    "dates": {
        "participant": "P-1", "milestone": "Informed consent", "date": "2026-06-12",
        "status": "done",
    },
}  # fmt: skip


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(date):
        @classmethod
        def today(cls) -> date:
            return date(2026, 6, 15)

    monkeypatch.setattr(daily, "date", Clock)


@pytest.fixture
def own(tmp_path: Path, invoke: Invoke, protocol: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "my study"
    assert invoke("init", folder, "--protocol", protocol).exit_code == 0
    book = openpyxl.load_workbook(folder / "study.xlsx")
    for name, cells in ROWS.items():
        heads = [cell.value for cell in book[name][1]]
        for head, value in cells.items():
            book[name].cell(2, heads.index(head) + 1, value)
    book.save(folder / "study.xlsx")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.usefixtures("today")
def test_plan_alone_is_the_daily_act(invoke: Invoke, own: Path) -> None:
    result = invoke("plan")
    assert result.exit_code == 0, result.stderr
    assert "as of 2026-06-15 (today)" in result.stderr
    blocked = (own / "plan" / "blocked.csv").read_text(encoding="utf-8")
    assert "E15-surgery-earlier" in blocked
    schedule = (own / "plan" / "schedule.csv").read_text(encoding="utf-8")
    assert "P-1,consent,2026-06-12" in schedule


@pytest.mark.usefixtures("today", "own")
def test_agenda_alone_says_what_is_to_do(invoke: Invoke) -> None:
    result = invoke("agenda")
    assert result.exit_code == 0 and "as of 2026-06-15 (today)" in result.stderr
    assert "To do, most urgent first" in result.stdout


@pytest.mark.usefixtures("today")
def test_the_day_may_be_typed_and_an_earlier_one_is_warned_about(invoke: Invoke, own: Path) -> None:
    assert invoke("plan", "--as-of", "today").exit_code == 0
    result = invoke("plan", "--as-of", "2026-06-14")
    assert result.exit_code == 0
    assert "the last run into plan was for 2026-06-15, this one is for 2026-06-14" in result.stderr


def test_the_same_study_from_elsewhere(
    invoke: Invoke, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("plan", own, "--as-of", "2026-06-15").exit_code == 0
    assert (own / "plan" / "run.json").exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "Missing PROTOCOL"),
        (("p", "s"), "Missing --out"),
        (("p", "s", "--out", "o"), "Missing option '--as-of'"),
    ],
)
def test_what_nobody_says_is_asked_for(
    invoke: Invoke, words: tuple[str, ...], text: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    result = invoke("plan", *words)
    assert result.exit_code == 2
    assert text in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_fault_in_the_settings_is_told_with_its_line(invoke: Invoke, own: Path) -> None:
    (own / "study.yaml").write_text("protocol: p\nout: plan\ndates: dym\n", encoding="utf-8")
    result = invoke("plan")
    assert result.exit_code == 1
    assert "study.yaml:3 dates: found dym, expected dmy, mdy or ymd" in result.stderr
