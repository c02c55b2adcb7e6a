"""How fast is the exact engine? A realistic cohort against a plain loop with pendulum, in one run.

The protocol: 9 milestones (consent is done) with cyclic gaps, 12 follow-up visits, 35 bounds
between nodes, 15 washout rules; ten exposures a participant, eight sites with weekends and ten
closed days a year of their own. Everything is seeded.

    python benchmarks/cohort.py [PARTICIPANTS] [LOOP_PARTICIPANTS] [--save]
"""

import argparse
import os
import platform
import resource
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pendulum

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.plain_loop import Loop, people_of
from scheduler.binding import bind
from scheduler.cohort import Cohort
from scheduler.days import day_of
from scheduler.engine import answer, build_problem
from scheduler.protocol import Protocol
from scheduler.protocol_file import parse_protocol
from scheduler.schedule import recommend
from scheduler.study import load_study

AS_OF = date(2024, 6, 3)
OPENS, CLOSES = date(2023, 6, 1), date(2027, 6, 30)
FLOOR = 300
MILESTONES = (
    "screening", "enrolment", "baseline_imaging", "blood_collection", "bridging",
    "lymphodepletion", "infusion", "discharge",
)  # fmt: skip
GAPS = (
    (0, 1, 1, 14), (0, 2, 0, 28), (1, 2, 0, 21), (2, 3, 1, 21), (1, 3, 2, 28), (3, 4, 1, 14),
    (4, 5, 7, 28), (3, 5, 21, 56), (5, 6, 3, 6), (2, 6, 28, 90), (6, 7, 10, 35),
)  # fmt: skip
FOLLOW_UP = (
    (7, 1), (14, 2), (21, 2), (28, 3), (60, 5), (90, 7), (120, 7), (180, 14), (270, 14),
    (365, 21), (540, 28), (730, 30),
)  # fmt: skip
RULES = (
    ("chemo", 3, 28), ("steroid", 3, 7), ("gcsf", 3, 14), ("transfusion", 3, 7),
    ("trial_drug", 0, 30), ("radio", 5, 14), ("live_vaccine", 5, 30), ("live_vaccine", 6, 42),
    ("antibody", 6, 28), ("surgery", 6, 21), ("infection", 6, 14), ("steroid", 6, 3),
    ("steroid", 11, 5), ("live_vaccine", 12, 14), ("surgery", 2, 2),
)  # fmt: skip
KINDS = (
    "chemo", "steroid", "trial_drug", "radio", "live_vaccine", "antibody", "surgery", "gcsf",
    "transfusion", "infection",
)  # fmt: skip
NAMES = (*MILESTONES, *(f"visit_{n}" for n in range(1, len(FOLLOW_UP) + 1)))


def protocol_text() -> str:
    """The protocol file of the benchmark."""
    head = (
        "protocol: BENCH-1\ntitle: A made-up protocol for measuring\nversion: '1.0'\n"
        f"date: 2023-01-15\ntimezone: Europe/Berlin\nstudy: {{opens: {OPENS}, closes: {CLOSES}, "
        "assumption: made up}\n"
    )
    events = "".join(f"  {kind}: {{label: {kind}, kind: course}}\n" for kind in KINDS)
    milestones = "".join(f"  {name}: {{label: {name}}}\n" for name in ("consent", *MILESTONES))
    gaps = [("consent", "screening", 0, 28)]
    gaps += [(NAMES[a], NAMES[b], low, high) for a, b, low, high in GAPS]
    gaps += [(f"visit_{n}", f"visit_{n + 1}", 5, 400) for n in range(1, len(FOLLOW_UP))]
    gap_text = "".join(
        f"  - {{from: {a}, to: {b}, min: {low} days, max: {high} days, assumption: made up}}\n"
        for a, b, low, high in gaps
    )
    visits = "".join(
        f"  - {{id: visit_{n}, after: infusion, target: {day} days, "
        f"window: {{before: {wide} days, after: {wide} days}}, assumption: made up}}\n"
        for n, (day, wide) in enumerate(FOLLOW_UP, 1)
    )
    rules = "".join(
        f"  - {{id: R{n}, forbid: {event}, within: {days} days, before: {NAMES[node]}, "
        "assumption: made up}\n"
        for n, (event, node, days) in enumerate(RULES, 1)
    )
    return (
        f"{head}events:\n{events}milestones:\n{milestones}gaps:\n{gap_text}"
        f"visits:\n{visits}rules:\n{rules}"
    )


def study_tables(count: int, seed: int = 0) -> dict[str, object]:
    """The tables of a seeded cohort: consent in the 28 days before the day of planning."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P-{n:06d}" for n in range(count)], object)
    consent = np.datetime64(AS_OF, "D") - rng.integers(0, 20, count)
    who = np.repeat(np.arange(count), 10)
    start = consent[who] + rng.integers(-120, 120, len(who))
    lasting = rng.integers(0, 6, len(who)) * (rng.random(len(who)) < 0.4)
    texts = {"start": start.astype(str).astype(object), "end": (start + lasting).astype(str)}
    sites = {
        f"site_{n}": {
            "timezone": "Europe/Berlin",
            "weekend": ["sat", "sun"],
            "closed": [
                date(year, 1, 1) + timedelta(days=int(day))
                for year in range(OPENS.year, CLOSES.year + 1)
                for day in rng.choice(365, 10, replace=False)
            ],
        }
        for n in range(8)
    }
    site = np.array([f"site_{n}" for n in rng.integers(0, 8, count)], object)
    event = np.array(KINDS, object)[rng.integers(0, len(KINDS), len(who))]
    return {
        "participants": pd.DataFrame({"participant": ids, "site": site}),
        "history": pd.DataFrame({"participant": ids[who], "event": event, **texts}, dtype=object),
        "dates": pd.DataFrame(
            {
                "participant": ids,
                "milestone": "consent",
                "date": consent.astype(str).astype(object),
                "status": "done",
            }
        ),
        "sites": sites,
    }


def bound(count: int) -> tuple[Protocol, Cohort]:
    """The protocol and the cohort, read as any study is."""
    protocol, faults = parse_protocol(protocol_text(), "benchmark")
    assert protocol is not None, faults
    cohort, found = bind(load_study(study_tables(count)), protocol, day_of(AS_OF))
    assert cohort is not None, [str(fault) for fault in found][:5]
    return protocol, cohort


def timed(protocol: Protocol, cohort: Cohort) -> dict[str, float]:
    """Seconds of each phase, over the whole cohort."""
    marks = [time.perf_counter()]
    problem = build_problem(protocol, cohort, day_of(AS_OF))
    marks.append(time.perf_counter())
    answers = answer(problem)
    marks.append(time.perf_counter())
    recommend(problem, answers)
    marks.append(time.perf_counter())
    names = ("spans and states", "exact windows", "schedule")
    return dict(zip(names, np.diff(marks).tolist(), strict=True))


def main() -> None:
    """Print the figures, and with --save write them to benchmarks/results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("loop", nargs="?", type=int, default=100)
    parser.add_argument("--save", action="store_true")
    wanted = parser.parse_args()
    lines = figures(wanted.count, wanted.loop)
    print("\n".join(lines))
    if wanted.save:
        folder = Path(__file__).resolve().parent / "results"
        folder.mkdir(exist_ok=True)
        file = folder / f"{date.today()}-cohort.md"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def figures(count: int, loop_count: int) -> list[str]:
    """The table of results."""
    protocol, cohort = bound(count)
    timed(*bound(64))  # warm: imports, caches of time zones
    runs = [timed(protocol, cohort) for _ in range(3)]
    best = min(runs, key=lambda run: sum(run.values()))
    windows = best["spans and states"] + best["exact windows"]
    one = bound(1)
    timed(*one)
    single = min(sum(timed(*one).values()) for _ in range(5))
    slow = Loop(GAPS, FOLLOW_UP, RULES, CLOSES)
    people = people_of(study_tables(count), loop_count)
    begun = time.perf_counter()
    found = [slow.windows(person, AS_OF) for person in people]
    loop = (time.perf_counter() - begun) / loop_count
    more = sum(_surplus(protocol, cohort, found))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ratio = loop / (windows / count)
    return [
        f"# Cohort benchmark, {date.today()}",
        "",
        f"{count} participants: 20 open nodes, 35 bounds, 15 rules, 10 exposures, 8 calendars.",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}; "
        "the engine uses one core.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {seconds:.3f} s |" for name, seconds in best.items()),
        f"| exact windows, participants a second | {count / windows:,.0f} |",
        f"| windows and schedule, participants a second | {count / sum(best.values()):,.0f} |",
        f"| plain loop with pendulum ({loop_count} participants), a second | {1 / loop:,.1f} |",
        f"| of these, with days in the loop's windows that no schedule uses | {more} |",
        f"| ratio, exact windows (floor {FLOOR}) | {ratio:,.0f} |",
        f"| ratio, windows and schedule | {loop / (sum(best.values()) / count):,.0f} |",
        f"| one participant, warm, windows and schedule | {single * 1000:.1f} ms |",
        f"| peak memory of the whole process | {peak:.2f} GiB |",
    ]


def _surplus(
    protocol: Protocol, cohort: Cohort, found: list[list[list[pendulum.Date]]]
) -> list[bool]:
    """For whom the loop keeps days that are not permitted; it must never miss a permitted one."""
    days = answer(build_problem(protocol, cohort, day_of(AS_OF))).permitted.days
    more = []
    for who, windows in enumerate(found):
        surplus = False
        for name, window in zip(NAMES, windows, strict=True):
            _, first, last = days[protocol.index[name]].take(np.array([who])).columns()
            exact = {
                d
                for a, b in zip(first.tolist(), last.tolist(), strict=True)
                for d in range(a, b + 1)
            }
            plain = {day_of(day) for day in window}
            assert exact <= plain, (who, name)
            surplus |= exact < plain
        more.append(surplus)
    return more


if __name__ == "__main__":
    main()
