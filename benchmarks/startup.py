"""How long do whole commands take, beside `import pandas` in the same run?

Each command and the yardstick are run in turn, so that a machine that slows down slows both; the
ratio is taken pair by pair and its median told. Bytecode is on: a first run writes it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.machine import describe

ROOT = Path(__file__).resolve().parent.parent
STUDY = ("protocols/nct07342244", "protocols/nct07342244/example")
DAY = ("--as-of", "2026-06-15")
YARDSTICK = ("-c", "import pandas")
PACKAGES = ("pandas", "numpy", "icalendar", "jinja2", "pendulum", "holidays")


@dataclass(frozen=True)
class Goal:
    """A command, how many times the yardstick it may take, and its other exit code."""

    name: str
    arguments: tuple[str, ...]
    most: float
    exit_code: int = 0


def goals(out: str) -> list[Goal]:
    """The commands that are measured; `out` is where a plan is written."""
    plan = ("plan", *STUDY, *DAY, "--out", out, "--quiet")
    return [
        Goal("washout --help", ("--help",), 0.2),
        Goal("washout explain", ("explain", *STUDY, "P-003", "infusion", "2026-08-10", *DAY), 1, 3),
        Goal("washout plan, with page and workbook", plan, 2.2),
    ]


@dataclass(frozen=True)
class Ratio:
    """Medians of the seconds, and of the ratios pair by pair: on the clock and of processors."""

    seconds: float
    yardstick: float
    clock: float
    processor: float


def measure(goal: Goal, runs: int) -> Ratio:
    """A command and the yardstick, in turn."""
    mine, theirs = [], []
    command = ("-m", "scheduler", *goal.arguments)
    for place in range(runs + 1):
        pair = run(command, goal.exit_code), run(YARDSTICK, 0)
        if place:  # the first one writes the bytecode
            mine.append(pair[0])
            theirs.append(pair[1])
    clock, processor = (
        median(a[part] / b[part] for a, b in zip(mine, theirs, strict=True)) for part in (0, 1)
    )
    return Ratio(median(a[0] for a in mine), median(b[0] for b in theirs), clock, processor)


def run(arguments: Sequence[str], exit_code: int) -> tuple[float, float]:
    """The seconds that a Python took, on the clock and of the processors."""
    settings = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    used, begin = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=settings, capture_output=True, text=True
    )
    took, after = time.perf_counter() - begin, os.times()
    if done.returncode != exit_code:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
    children = after.children_user + after.children_system
    return took, children - used.children_user - used.children_system


def table(found: Sequence[tuple[Goal, Ratio]]) -> list[str]:
    """The ratios as a Markdown table."""
    lines = [
        "| command | seconds | `import pandas` | times as long, clock | processor time | goal |",
        "|---|---|---|---|---|---|",
    ]
    for goal, ratio in found:
        met = "met" if ratio.processor <= goal.most else "**not met**"
        lines.append(
            f"| {goal.name} | {ratio.seconds:.2f} | {ratio.yardstick:.2f} | {ratio.clock:.2f} | "
            f"{ratio.processor:.2f} | at most {goal.most}, {met} |"
        )
    return lines


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--runs", type=int, default=9, help="pairs for each command")
    runs = parser.parse_args(given).runs
    print(describe(PACKAGES), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = [(goal, measure(goal, runs)) for goal in goals(f"{folder}/out")]
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
