"""How fast are rules that require, count and add up, beside prohibitions on the same history?

    python -m benchmarks.required                  # 50,000 participants
    python -m benchmarks.required --people 1000

One seeded cohort, one protocol a kind of form; from bound rows to permitted days, on one core. The
rate of the prohibitions is 1; the others stand beside it in the same run.
"""

import argparse
import time
from datetime import date, timedelta

import numpy as np
import pandas as pd

from scheduler.binding.cohort import Cohort
from scheduler.binding.study import bind
from scheduler.days import day_of
from scheduler.engine import answer, build_problem
from scheduler.protocol import Protocol
from scheduler.protocol.reading import parse_protocol
from scheduler.study.model import Study
from scheduler.study.reading import read_study

AS_OF = date(2026, 3, 1)
_HEAD = """
protocol: SPEED-1
title: Made up for a measurement
version: "1"
date: 2026-01-01
timezone: Asia/Shanghai
study: {opens: 2026-02-01, closes: 2029-12-20, assumption: made up}
events:
  relapse: {kind: point}
  metformin: {kind: course}
  donation: {kind: point}
milestones:
  consent: {}
  randomisation: {}
gaps:
  - {from: consent, to: randomisation, min: 1 day, max: 28 days, assumption: made up}
rules:
"""
KINDS = {
    "forbid": (
        "forbid: relapse, within: 12 months", "forbid: metformin, within: 12 weeks",
        "forbid: donation, within: 12 months",
    ),
    "require": (
        "require: relapse, within: 12 months", "require: metformin, since: 6 months",
        "require: donation, clear: 14 days",
    ),
    "covering": ("require: metformin, covering: 12 weeks, pauses: 3 days",),
    "count": (
        "count: {of: donation, at_most: 2}, within: 12 months",
        "count: {of: relapse, at_least: 2}, within: 24 months",
    ),
    "total": ("total: {of: metformin, at_least: 30 days}, within: 6 months",),
}  # fmt: skip


def protocol_of(kind: str) -> Protocol:
    """The protocol of one kind of form."""
    rules = (
        f"  - {{id: R{i}, {rule}, before: randomisation, assumption: made up}}"
        for i, rule in enumerate(KINDS[kind], 1)
    )
    protocol, faults = parse_protocol(_HEAD + "\n".join(rules) + "\n", "speed.yaml")
    assert protocol is not None, faults
    return protocol


def study_of(people: int, seed: int = 1) -> Study:
    """Some exposures of every event for everybody."""
    draw = np.random.default_rng(seed)
    rows = []
    for who in range(people):
        for event in ("relapse", "metformin", "donation"):
            for _ in range(draw.integers(1, 4)):
                start = AS_OF - timedelta(days=int(draw.integers(1, 500)))
                end = start + timedelta(days=int(draw.integers(1, 200)))
                told = str(end) if event == "metformin" else ""
                rows.append((f"P{who}", event, str(start), told))
    history = pd.DataFrame(rows, columns=["participant", "event", "start", "end"])
    participants = pd.DataFrame({"participant": [f"P{who}" for who in range(people)]})
    study, _ = read_study({"participants": participants, "history": history})
    return study


def bound(study: Study, protocol: Protocol) -> Cohort:
    """The study bound to a protocol that knows some of its events."""
    cohort, faults = bind(study, protocol, day_of(AS_OF))
    assert cohort is not None, faults
    return cohort


def rate(study: Study, kind: str) -> float:
    """Participants a second of one core's time."""
    protocol = protocol_of(kind)
    cohort = bound(study, protocol)
    begun = time.process_time()
    answer(build_problem(protocol, cohort, day_of(AS_OF)))
    return len(cohort) / (time.process_time() - begun)


def main() -> None:
    """Measure every kind on one cohort and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    people = parser.parse_args().people
    study = study_of(people)
    rates = {kind: rate(study, kind) for kind in KINDS}
    print(f"{people} participants, one core\n\n| forms | participants a second | beside forbid |")
    print("|---|---|---|")
    for kind, found in rates.items():
        print(f"| {kind} | {found:,.0f} | {found / rates['forbid']:.2f} |")


if __name__ == "__main__":
    main()
