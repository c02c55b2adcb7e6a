"""How long do 10,000 calendar events take, first and unchanged?

    python benchmarks/calendars.py [--events 10000] [--check]

Three numbers in one run: a first export, the same export again (nothing changed), and one where
a single visit moved. With --check the exit code is 1 when the first takes 4 seconds or more, or
the unchanged one is not at least 5 times faster than the first.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scheduler.calendars.export import Changes, write_calendars  # noqa: E402
from scheduler.tables.frames import Frame  # noqa: E402
from tests.calendars.fake import FakePlan, row  # noqa: E402

A_PARTICIPANT = 25
FLOOR_SECONDS, FLOOR_RATIO = 4.0, 5.0


class Plan(FakePlan):
    """The made-up plan, its table built once: building it is not the calendars' work."""

    @cached_property
    def built(self) -> Frame:
        """The rows."""
        return super().table("calendar_rows")

    def table(self, name: str, /) -> Frame:
        """The rows, whatever the name."""
        return self.built


def made_up(events: int) -> Plan:
    """A cohort without sites: timed visits in New York, windows' last days, and restrictions."""
    rows: list[dict[str, Any]] = []
    for number in range(events):
        who, place = divmod(number, A_PARTICIPANT)
        day = date(2026, 3, 1) + timedelta(days=number * 7 % 900)
        common = {"participant": f"P-{who:05d}", "source": f"registry exclusion {place}"}
        if place % 3 == 0:
            rows.append(row(**common, node=f"visit#{place}", days=day.isoformat(), time="10:00"))
        elif place % 3 == 1:
            last = day + timedelta(days=60)
            rows.append(
                row(**common, kind="duty_period", rule=f"E{place}", event="drug",
                    first=day.isoformat(), last=last.isoformat(), sentence="No drug."))  # fmt: skip
        else:
            rows.append(
                row(**common, kind="window", node=f"visit#{place}", status="booked",
                    first=day.isoformat(), last=(day + timedelta(days=6)).isoformat()))  # fmt: skip
    sites = {one["participant"]: ("", "America/New_York") for one in rows}
    return Plan(rows=tuple(rows), sites=sites)


def timed(plan: Plan, folder: Path) -> tuple[float, Changes]:
    """Seconds of one export, and what it changed."""
    assert len(plan.built)
    gc.collect()
    start = time.perf_counter()
    changes = write_calendars(plan, folder)
    return time.perf_counter() - start, changes


def main() -> int:
    """Print the three times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--check", action="store_true", help="fail below the floors")
    choice = parser.parse_args()
    plan = made_up(choice.events)
    moved = replace(plan, rows=(replace_day(plan.rows[0]), *plan.rows[1:]))
    with tempfile.TemporaryDirectory() as name:
        first, made = timed(plan, Path(name))
        again = min(timed(plan, Path(name))[0] for _ in range(3))
        one, changed = timed(moved, Path(name))
    assert len(made.entries) == choice.events, len(made.entries)
    assert len(changed.entries) == 1
    print(f"{choice.events} events: first export {first:.2f} s")
    print(f"unchanged export {again:.3f} s: {first / again:.1f} times as fast")
    print(f"one visit moved {one:.3f} s: {first / one:.1f} times as fast")
    met = first < FLOOR_SECONDS and first / again >= FLOOR_RATIO
    return 1 if choice.check and not met else 0


def replace_day(one: dict[str, Any]) -> dict[str, Any]:
    """The same visit on another day."""
    return one | {"first": "2026-12-24", "last": "2026-12-24"}


if __name__ == "__main__":
    sys.exit(main())
