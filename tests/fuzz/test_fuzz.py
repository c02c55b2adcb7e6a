"""A few rounds of every area, always the same ones; `python -m tests.fuzz` throws more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.__main__ import main, run
from tests.fuzz.areas import areas, dice

ROUNDS, AT_ONCE = 60, 20


@pytest.mark.parametrize("begin", range(0, ROUNDS, AT_ONCE))
@pytest.mark.parametrize("area", areas())
def test_nothing_hostile_gets_through(
    area: str, begin: int, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = run(area, areas()[area], seed=1, numbers=range(begin, begin + AT_ONCE))
    assert failed == [], capsys.readouterr().err


def test_what_fails_is_told_and_can_be_thrown_again(capsys: pytest.CaptureFixture[str]) -> None:
    def odd(random: object, folder: Path) -> None:
        assert dice("x", 7, 3).random() != random.random()  # type: ignore[attr-defined]

    assert run("x", odd, 7, range(5)) == [3]
    assert "x: --seed 7 --first 3 --rounds 1" in capsys.readouterr().err


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rounds", "2", "records"]) == 0
    assert capsys.readouterr().out.startswith("records: 2 rounds, 0 failed")
    with pytest.raises(SystemExit):
        main(["nowhere"])
