"""The benchmark of chains plans what it says, and its verdict follows from its figures."""

import pytest

from benchmarks import chains
from benchmarks.chains import SHAPES, Chain


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_planned(shape: str) -> None:
    found = chains.measure(shape, 5)
    assert (found.shape, found.visits) == (shape, 5) and found.seconds > 0


def test_the_command_prints_a_line_a_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert chains.main(["--sizes", "2,4", "--shapes", "windowed,missed", "--check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| chain | 2 visits | 4 visits |")
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["windowed", "missed"]


def test_the_verdict() -> None:
    good = [Chain("a", 100, 0.5), Chain("a", 400, 2.5)]
    assert chains.broken(good) == []
    slow = [Chain("a", 100, 1.0), Chain("a", 400, 3.0)]
    assert chains.broken(slow) == ["a: 100 visits took 1.00 s"]
    steep = [Chain("a", 100, 0.2), Chain("a", 400, 2.6)]
    assert chains.broken(steep) == ["a: 400 visits took 13.0 times a quarter's"]
