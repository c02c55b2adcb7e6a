"""What a file of a few megabytes may cost: work and memory in proportion, or an early refusal."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler import errors
from scheduler.protocol.reading import parse_protocol
from scheduler.study.csv_files import read_csv
from scheduler.study.faults import study_faults
from scheduler.yaml_text.tree import MOST_CHARACTERS, MOST_LEVELS

DEMO = (Path(__file__).parents[1] / "data" / "demo-001.yaml").read_text(encoding="utf-8")

DEEP: tuple[Callable[[int], str], ...] = (
    lambda n: "a: " + "[" * n + "]" * n, lambda n: "a: " + "[" * n, lambda n: "{a: " * n + "}" * n,
    lambda n: "{a: " * n, lambda n: "a:\n " + "- " * n + "x", lambda n: "? " * n + "x",
    lambda n: "".join(f"{' ' * i}a:\n" for i in range(min(n, 900))),
    lambda n: DEMO + "x: " + "[" * n + "]" * n,
)  # fmt: skip


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_deep_nesting_is_refused_before_it_costs(text: Callable[[int], str]) -> None:
    for depth in (MOST_LEVELS + 1, 200, 100_000):
        protocol, faults = parse_protocol(text(depth), "p.yaml")
        assert protocol is None and [fault.code for fault in faults] == ["P102"]
        assert "found more than 64 levels, one inside the other" in str(faults[0])


def test_as_deep_as_is_allowed_is_read() -> None:
    depth = MOST_LEVELS - 1
    _, faults = parse_protocol("a: " + "[" * depth + "]" * depth, "p.yaml")
    assert "P102" not in {fault.code for fault in faults}


def test_a_text_that_is_too_long() -> None:
    _, faults = parse_protocol("#" * (MOST_CHARACTERS + 1), "p.yaml")
    assert str(faults[0]) == ("P102 p.yaml: found 4,000,001 characters, expected at most 4,000,000")


def _compared(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """The faults of a text, and how often a word was compared with known ones."""
    calls: list[int] = []
    real = errors.get_close_matches

    def counted(word: str, known: list[str], n: int, cutoff: float) -> list[str]:
        calls.append(len(known))
        return real(word, known, n=n, cutoff=cutoff)

    monkeypatch.setattr(errors, "get_close_matches", counted)
    _, faults = parse_protocol(text, "p.yaml")
    return len(faults), sum(calls)


def test_unknown_keys_are_all_told_and_guessed_at_within_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count, compared = _compared(DEMO + "".join(f"k{i}: 1\n" for i in range(20_000)), monkeypatch)
    assert count >= 20_000 and compared <= 50_000
    _, faults = parse_protocol(DEMO.replace("milestones:", "mileston:"), "p.yaml")
    assert any('did you mean "milestones"?' in str(fault) for fault in faults)


def test_unknown_names_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    top, _, _ = DEMO.partition("rules:")
    many = "".join(f"  m{i}: {{}}\n" for i in range(2000))
    rules = "".join(
        f"  - {{id: R{i}, forbid: pregnancy, within: 4 weeks, before: x{i}, assumption: x}}\n"
        for i in range(2000)
    )
    text = top.replace("milestones: ", f"milestones:\n{many}# ") + "rules:\n" + rules
    count, compared = _compared(text, monkeypatch)
    assert count >= 2000 and compared <= 50_000


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 400 + " half-lives", "P" + "9" * 5000 + "D"])
def test_numbers_that_no_machine_counts(number: str) -> None:
    text = DEMO.replace("target: 28 days", f"target: {number}")
    for one in (text, text.replace(f"target: {number}", f"target: {number} days")):
        protocol, faults = parse_protocol(one, "p.yaml")
        assert protocol is None and {fault.code for fault in faults} <= {"P104", "P131"}
        assert all(len(str(fault)) < 400 for fault in faults)


def test_a_long_digit_string_is_looked_at_once() -> None:
    """Tips search a text for what was meant; from every digit to the last one is a square."""
    for key in (
        "target: 28 days",
        "date: 2026-01-15",
        "within: 4 weeks",
        "timezone: Asia/Shanghai",
    ):
        name = key.partition(":")[0]
        protocol, _ = parse_protocol(DEMO.replace(key, f"{name}: {'1' * 1_000_000}x", 1), "p.yaml")
        assert protocol is None


def test_a_long_key_is_not_repeated_in_every_fault() -> None:
    inner = ", ".join(f"k{i}: 1" for i in range(2000))
    _, faults = parse_protocol(f'milestones: {{? "{"a" * 200_000}"\n : {{{inner}}}}}', "p.yaml")
    assert len(faults) > 2000 and sum(len(str(fault)) for fault in faults) < 2_000_000


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"\r", b",,\n", b'""\n', b"  \n"])
def test_blank_lines_of_a_csv_file_take_no_memory(line: bytes) -> None:
    faults, lines = study_faults(), 200_000
    end = b"\r" if line == b"\r" else b"\n"
    head = b"participant,event,start" + end
    content = head + line * lines + b"P-1,surgery,2026-01-02" + end
    found = read_csv("history", "history.csv", content, faults)
    assert found is not None and found.rows.tolist() == [lines + 2] and not faults.all
    spent = _peak(lambda: read_csv("history", "history.csv", content, faults))
    assert spent < 12 * len(content) + 2_000_000, "a record a line would be 64 bytes or more"
