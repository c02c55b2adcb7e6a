"""python -m tests.fuzz [--seed N] [--rounds N] [--first N] [AREA ...]: throw again what failed."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.areas import Round, areas, dice


def run(area: str, one_round: Round, seed: int, numbers: range) -> list[int]:
    """The rounds of an area that failed, told on stderr."""
    failed = []
    for number in numbers:
        with TemporaryDirectory() as folder:
            try:
                one_round(dice(area, seed, number), Path(folder))
            except Exception:
                failed.append(number)
                print(f"{area}: --seed {seed} --first {number} --rounds 1", file=sys.stderr)
                traceback.print_exc()
    return failed


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    known = areas()
    parser = argparse.ArgumentParser(prog="tests.fuzz")
    parser.add_argument(
        "areas", nargs="*", metavar="AREA", help=f"all, or some of {', '.join(known)}"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the first round, to throw one again")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.areas if name not in known]:
        parser.error(f"no area {', '.join(unknown)}; there are {', '.join(known)}")
    bad = 0
    for name in options.areas or known:
        begun = time.monotonic()
        numbers = range(options.first, options.first + options.rounds)
        failed = run(name, known[name], options.seed, numbers)
        bad += len(failed)
        print(
            f"{name}: {len(numbers)} rounds, {len(failed)} failed, {time.monotonic() - begun:.1f} s"
        )
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
