"""The benchmark of whole cohort commands: its options, its tables, and its own check of rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import cohort, cohort_sides
from benchmarks.commands import Took, run
from benchmarks.design import DESIGNS
from scheduler.cli import washout_command

Ran = list[tuple[list[str], Path | None]]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """The commands that would run; the other commit's cost twice as much as this tree's."""
    found: Ran = []

    def noted(words: list[str], limit: float, package: Path | None = None) -> Took:
        found.append((words, package))
        assert Path(words[1]).exists()
        if words[0] == "cohort":
            Path(words[words.index("--out") + 1]).mkdir(exist_ok=True)
        return Took(4.0, 8.0, 2 << 30) if package else Took(3.0, 4.0, 1 << 30)

    @contextmanager
    def package_of(commit: str) -> Iterator[Path]:
        yield Path("before", commit)

    monkeypatch.setattr(cohort_sides, "run", noted)
    monkeypatch.setattr(cohort_sides, "package_of", package_of)
    return found


def cells(told: str, name: str) -> list[str]:
    line = next(line for line in told.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_beside_another_commit(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    options = "--count 8 --against REV --rounds 2 --workers 3 --partitions 4 --tables windows"
    assert cohort.main(options.split()) == 0
    told = capsys.readouterr().out
    assert "screening, 8 participants, windows, 3 workers." in told
    assert cells(told, "import") == [
        "8.00 s", "6.00 s", "0.75", "1.00 s", "500 ms", "0.50", "2.00 GiB", "1.00 GiB",
    ]  # fmt: skip
    assert cells(told, "both")[:3] == ["16.0 s", "12.0 s", "0.75"]
    turn = [Path("before", "REV")] * 2 + [None] * 2
    assert [package for _, package in ran] == turn * 2
    imports, plans = ([w for w, _ in ran if w[0] == kind] for kind in ("cohort-import", "cohort"))
    assert all(words[-3:] == ["--partitions", "4", "--quiet"] for words in imports)
    assert all(words[-2:] == ["--tables", "windows"] for words in plans)
    assert all(words[words.index("--workers") + 1] == "3" for words in plans)
    outs = {words[words.index("--out") + 1] for words in plans}
    assert {Path(out).name for out in outs} == {"out", "out-before"}


def test_sizes_and_several_protocols(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort.main(["--sizes", "4,8", "--protocol", "anchored"]) == 0
    told = capsys.readouterr().out
    assert cells(told, "4")[2:] == ["2.00 s", "1.00 GiB"]
    assert cells(told, "8") == ["3.00 s", "3.00 s, 2.67 a second", "1.00 s", "1.00 GiB"]
    ran.clear()
    assert cohort.main(["--count", "4", "--several", "3"]) == 0
    assert "3 protocols in one pass: 3.00 s, 4.00 s of processor time, which is 1.00 times" in (
        capsys.readouterr().out
    )
    together, one = (words for words, _ in ran if words[0] == "cohort")
    assert [sum("protocol-" in word for word in words) for words in (together, one)] == [3, 1]


@pytest.mark.parametrize(
    ("options", "told"),
    [("--tables windows,nothing", "no table nothing"), ("--protocol trial", "invalid choice")],
)
def test_what_it_does_not_know(
    options: str, told: str, ran: Ran, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cohort.main(options.split())
    assert stopped.value.code == 2
    assert told in capsys.readouterr().err
    assert ran == []


def test_every_row_is_held_against_plans_in_one_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def here(words: list[str], limit: float, package: Path | None = None) -> Took:
        result = CliRunner().invoke(washout_command, words, catch_exceptions=False)
        assert result.exit_code == 0
        return Took(1.0, 2.0, 1 << 30)

    monkeypatch.setattr(cohort_sides, "run", here)
    options = "--count 8 --tables windows,summary --workers 1 --limit-gib 0"
    assert cohort.main(options.split()) == 0
    told = capsys.readouterr().out
    assert cells(told, "windows")[0].endswith("the same rows")
    assert cells(told, "summary") == ["8 rows; in this process 8; the same rows"]


def test_other_rows_are_an_error(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fewer = list(cohort.planned(DESIGNS["screening"], 3, ["summary"]))
    monkeypatch.setattr(cohort, "written", lambda out, names: iter(fewer))
    assert cohort.main(["--count", "4", "--tables", "summary"]) == 1
    assert cells(capsys.readouterr().out, "summary") == [
        "3 rows; in this process 4; **other rows**"
    ]


def test_a_command_and_its_cost(capfd: pytest.CaptureFixture[str]) -> None:
    took = run(["--version"], 0)
    assert took.seconds > 0 and took.cpu > 0 and took.peak > 1 << 20
    assert capfd.readouterr().out.startswith("washout")
