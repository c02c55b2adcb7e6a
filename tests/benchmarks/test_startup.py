"""The benchmark of whole commands runs, and says where a command fails."""

import pytest

from benchmarks import startup


def test_commands_are_measured_beside_the_yardstick(capsys: pytest.CaptureFixture[str]) -> None:
    startup.main(["--runs", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[3:]] == [
        "| washout --help", "| washout explain", "| washout plan, with page and workbook",
    ]  # fmt: skip
    assert all("at most" in line for line in lines[3:])


def test_a_command_that_fails_is_told() -> None:
    with pytest.raises(SystemExit, match="ended with 2"):
        startup.run(("-m", "scheduler", "no-such-command"), 0)
