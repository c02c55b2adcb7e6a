"""`washout plot` as a user runs it."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli import washout_command


def plot(folder: Path, *rest: str) -> Result:
    given = ["plot", str(folder), str(folder / "study"), "--as-of", "2026-03-05", *rest]
    return CliRunner().invoke(washout_command, given)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_participant(small_folder: Path, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"S-2.{suffix}"
    result = plot(small_folder, "S-2", "--out", str(file), "--width", "single")
    said = f"{file}: S-2: scheduled (SMALL version 1.0, as of 5 Mar 2026)\n"
    assert (result.exit_code, result.stdout) == (0, said)
    assert file.stat().st_size > 3000


def test_days_to_show_and_lanes(small_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.svg"
    days = ["--from", "2026-03-01", "--to", "2026-03-31"]
    result = plot(small_folder, "--out", str(file), *days)
    assert result.exit_code == 0
    assert ">S-2<" in file.read_text(encoding="utf-8")


def test_wrong_use_writes_nothing(small_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.png"
    for code, text, rest in (
        (1, 'found the suffix ".gif"', ["--out", str(tmp_path / "x.gif")]),
        (
            2,
            'no participant "$x^2$<c>"; did you mean "$x^2$<b>"?',
            ["$x^2$<c>", "--out", str(file)],
        ),
        (
            1,
            "is before the first",
            ["--out", str(file), "--from", "2026-04-01", "--to", "2026-03-01"],
        ),
        (2, "Missing option '--out'", []),
        (1, "No such file or directory", ["--out", str(tmp_path / "no" / "x.png")]),
    ):
        result = plot(small_folder, *rest)
        assert (result.exit_code, text in result.stderr) == (code, True), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = plot(small_folder, "--out", str(tmp_path / "x.png"))
    assert result.exit_code == 1
    assert 'pip install "washout[figures]"' in result.stderr
    assert list(tmp_path.iterdir()) == []
