"""How does the time grow along a chain of visits, each after the one before?

    python -m benchmarks.chains [--sizes 25,100,400] [--shapes windowed,missed] [--check]
    python -m benchmarks.chains --profile 400 --shapes windowed

One participant, a visit a week, and all tables of the plan; CPU seconds of a warm process. The
study is as long as the chain, so what grows with its days grows as well. With --check the exit
code is 1 where 100 visits take a second or more, 400 four or more, or a visit of the longest
chain more than three times as long as one of the chain a quarter of its length.
"""

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

import scheduler
from scheduler.protocol.reading import parse_protocol

LIMITS = {100: 1.0, 400: 4.0}
GROWTH = 3.0
AS_OF = date(2026, 3, 1)
TABLES = (
    "summary", "windows", "schedule", "blocked", "rules", "duties", "queries", "deviations",
    "conflicts", "bookings",
)  # fmt: skip
_TOP = """\
protocol: CHAIN
title: A chain of visits
version: "1.0"
date: 2026-01-15
timezone: Asia/Shanghai
study: {{opens: 2026-02-01, closes: {year}-12-20}}
events: {{major_surgery: {{kind: point}}}}
milestones: {{consent: {{label: Consent}}, infusion: {{label: Infusion}}}}
rules:
  - {{id: S, forbid: major_surgery, within: 4 weeks, before: infusion, assumption: made up}}
visits:
"""
Shape = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Chain:
    """One measured chain: its shape, its visits, CPU seconds for all tables."""

    shape: str
    visits: int
    seconds: float


def _visit(number: int, window: bool = True, optional: bool = False) -> str:
    after = f"v{number - 1}" if number > 1 else "infusion"
    days = "{before: 2 days, after: 2 days}" if window else "unknown"
    more = ", optional: yes" if optional else ""
    return f"{{id: v{number}, after: {after}, target: 7 days, window: {days}{more}}}"


SHAPES: dict[str, Shape] = {
    "windowed": _visit,
    "optional": lambda number: _visit(number, optional=True),
    "no windows": lambda number: _visit(number, window=False),
    "every other window": lambda number: _visit(number, window=number % 2 == 0),
    "missed": _visit,  # all but the last one are recorded as missed
}


def protocol_text(shape: str, visits: int) -> str:
    """The protocol file of a chain."""
    top = _TOP.format(year=2028 + visits * 7 // 365)
    lines = (SHAPES[shape](number).removesuffix("}") for number in range(1, visits + 1))
    return top + "".join(f"  - {line}, assumption: made up}}\n" for line in lines)


def measure(shape: str, visits: int) -> Chain:
    """CPU seconds from a loaded study to all tables."""
    protocol, faults = parse_protocol(protocol_text(shape, visits), "chain.yaml")
    assert protocol is not None, [str(fault) for fault in faults]
    dates = [("P-001", "consent", "2026-02-10", "done")]
    if shape == "missed":
        dates += [("P-001", f"v{i}", "2026-02-20", "missed") for i in range(1, visits)]
    study = scheduler.load_study(
        {
            "participants": pd.DataFrame({"participant": ["P-001"]}),
            "dates": pd.DataFrame(dates, columns=["participant", "milestone", "date", "status"]),
        }
    )
    begun = time.process_time()
    plan = scheduler.plan(protocol, study, as_of=AS_OF)
    rows = sum(len(getattr(plan, name)) for name in TABLES)
    assert rows > visits
    return Chain(shape, visits, time.process_time() - begun)


def report(chains: Sequence[Chain]) -> list[str]:
    """A table: a shape a line, a size a column, and how a visit's time grew."""
    sizes = sorted({chain.visits for chain in chains})
    found = {(chain.shape, chain.visits): chain.seconds for chain in chains}
    lines = [
        f"| chain | {' | '.join(f'{n:,} visits' for n in sizes)} | a visit's time, last to first |"
    ]
    lines += [f"|---|{'---|' * (len(sizes) + 1)}"]
    for shape in dict.fromkeys(chain.shape for chain in chains):
        cells = [f"{found[shape, n]:.2f} s" for n in sizes]
        grown = found[shape, sizes[-1]] / sizes[-1] / (found[shape, sizes[0]] / sizes[0])
        lines.append(f"| {shape} | {' | '.join(cells)} | {grown:.2f} |")
    return lines


def broken(chains: Sequence[Chain]) -> list[str]:
    """Which promises do the figures break?"""
    told = []
    found = {(chain.shape, chain.visits): chain.seconds for chain in chains}
    for (shape, visits), seconds in found.items():
        if seconds >= LIMITS.get(visits, float("inf")):
            told.append(f"{shape}: {visits} visits took {seconds:.2f} s")
        quarter = found.get((shape, visits // 4))
        if visits >= 400 and quarter and seconds > 4 * GROWTH * quarter:
            told.append(f"{shape}: {visits} visits took {seconds / quarter:.1f} times a quarter's")
    return told


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="benchmarks.chains")
    parser.add_argument("--sizes", default="25,100,400")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--profile", type=int, metavar="VISITS")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args(arguments)
    shapes = options.shapes.split(",")
    measure(shapes[0], 3)  # imports, tables of months and holidays
    if options.profile:
        profile = cProfile.Profile()
        profile.runcall(measure, shapes[0], options.profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return 0
    sizes = [int(size) for size in options.sizes.split(",")]
    chains = [measure(shape, size) for shape in shapes for size in sizes]
    print(*report(chains), sep="\n")
    told = broken(chains)
    print(*told, sep="\n", end="\n" if told else "")
    return int(options.check and bool(told))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
