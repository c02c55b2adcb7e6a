"""A long run of random protocols against the oracle: `python -m tests.properties SEED SECONDS`.

Draws cases of all kinds one after another from a first seed, until the time is over, and prints how
many days of nodes of participants both sides answered. Every difference is printed with what draws
the case again; then the exit code is 1. A day of a node of a participant is a node-day.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from tests.oracle.generate import Case, Features, generate
from tests.properties.harness import differences
from tests.properties.test_oracle_agrees import BIRTHS, LATE, LAW, NEWER, PLAIN, WIDE, WIDER

ALL = replace(WIDE, newer=True, wider=True, births=True)
KINDS = (
    NEWER,
    replace(PLAIN, newer=True, wider=True, max_horizon=90),
    ALL,
    replace(LAW, newer=True, wider=True),
    replace(WIDER, newer=True, births=True),
    WIDER,
    BIRTHS,
    Features(),
    replace(LATE, births=True, newer=True),
    replace(ALL, strict=1.0),
)
PEOPLE = 3
TOLD_EACH = 100  # cases


def node_days(case: Case) -> int:
    """On how many days of how many nodes of how many participants an answer is compared."""
    protocol = case.protocol
    visits = [v.get("repeat", {}).get("times", 1) for v in protocol.get("visits", [])]
    days = (protocol["study"]["closes"] - protocol["study"]["opens"]).days + 1
    return (len(protocol["milestones"]) + sum(visits)) * days * len(case.participants)


def main(first: int, seconds: float) -> int:
    """Runs from a first seed for so many seconds; how many cases differed."""
    end, cases, days, different = time.monotonic() + seconds, 0, 0, 0
    while time.monotonic() < end:
        seed = first + cases
        kind = seed % len(KINDS)
        case = generate(seed, KINDS[kind], PEOPLE)
        found = differences(case)
        for line in found:
            print(f"kind {kind}: {line}", flush=True)
        different += bool(found)
        cases, days = cases + 1, days + node_days(case)
        if cases % TOLD_EACH == 0:
            print(f"{cases} cases, {days:,} node-days, {different} differ", flush=True)
    print(f"{cases} cases from seed {first}, {days:,} node-days, {different} differ")
    return different


if __name__ == "__main__":
    sys.exit(min(1, main(int(sys.argv[1]), float(sys.argv[2]))))
