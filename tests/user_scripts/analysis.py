"""A script as an analyst writes it: mypy --strict and pyright check it, and a test runs it.

A line with `type: ignore` is wrong on purpose: an unused one is an error too.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb
import pandas as pd
import polars

import scheduler
from scheduler import (
    Explanation,
    InputFaults,
    NotFound,
    Plan,
    PlanComparison,
    Protocol,
    Study,
    StudyTables,
)


def tables() -> StudyTables:
    """A study of one person, in memory."""
    people = pd.DataFrame({"participant": [101], "birth_date": ["1980-05-01"], "sex": ["female"]})
    history = pd.DataFrame({"participant": [101], "event": ["infection"], "start": ["2026-02-01"]})
    return {"participants": people, "history": history}


def read(folder: Path) -> tuple[Protocol, Study]:
    """A protocol and a study from files."""
    return scheduler.load_protocol(folder), scheduler.load_study(folder / "example")


def asked(plan: Plan) -> dict[str, pd.DataFrame]:
    """Every table, and the answers that are tables."""
    found: dict[str, pd.DataFrame] = plan.frames()
    found["days"] = plan.days(["D-002"], nodes=["consent"], first=plan.as_of)
    found["counts"] = plan.counts("randomization", freq="W")
    found["intervals"] = plan.intervals("consent", "randomization")
    found["grid"] = plan.sensitivity({"closures": [True, False]})
    found["windows of visits"] = plan.visit_windows(by_participant=True)
    found["visits"] = plan.subject_visits()
    return found


def exchanged(plan: Plan) -> dict[str, int]:
    """Tables of other libraries, in and out."""
    people = polars.DataFrame({"participant": [7], "birth_date": [date(1980, 5, 1)]})
    study: Study = scheduler.load_study({"participants": people})
    windows = plan.windows
    out = polars.DataFrame(windows)
    rows = duckdb.connect().from_df(windows).aggregate("count(*)").fetchall()
    return {"polars in": len(study.participants), "polars out": out.height, "duckdb": rows[0][0]}


def saved(plan: Plan, folder: Path) -> list[Path]:
    """What a plan writes."""
    plan.write(folder / "tables")
    plan.to_excel(folder / "plan.xlsx")
    return sorted(folder.rglob("*"))


def copies(protocol: Protocol) -> tuple[Protocol, Protocol, Protocol]:
    """A protocol given back and read again, and one without its first rule."""
    mapping: dict[str, Any] = protocol.to_dict()
    text: str = protocol.to_yaml()
    return (
        scheduler.load_protocol(mapping),
        scheduler.load_protocol(text),
        protocol.without_rule(protocol.rules[0].id),
    )


def why(plan: Plan, day: date) -> Literal["permitted", "undetermined", "blocked"]:
    """The verdict on one day."""
    told: Explanation = plan.explain("D-002", "consent", day)
    return told.verdict


def changed(plan: Plan, protocol: Protocol) -> PlanComparison:
    """What another figure changes."""
    gap = protocol.gaps[0]
    other: Protocol = protocol.with_gap(gap.start, gap.end, max="90 days")
    return plan.compare(scheduler.plan(other, plan.study, plan.as_of))


def opening(protocol: Protocol) -> date:
    """When the study opens, after the date of its protocol."""
    return max(protocol.date, protocol.study.opens)


def main() -> Mapping[str, int]:
    """Runs all of it on the shipped example."""
    protocol, study, day = scheduler.example("demo-cycles")
    plan = scheduler.plan(protocol, study, as_of=day, participants=None)
    sizes = {name: len(frame) for name, frame in asked(plan).items()}
    sizes |= exchanged(plan) | {"nodes": len(plan.nodes), "people": len(plan.people)}
    with TemporaryDirectory() as place:
        sizes["files"] = len(saved(plan, Path(place)))
    again, read_again, fewer = copies(protocol)
    assert again == read_again and len(fewer.rules) < len(again.rules)
    assert why(plan, plan.as_of) in ("permitted", "undetermined", "blocked")
    assert changed(plan, protocol).days is not None and opening(protocol) < plan.as_of
    assert len(scheduler.plan(protocol, scheduler.load_study(tables()), date(2026, 2, 16)).people)
    try:
        scheduler.plan(protocol, study, "tomorrow")
    except NotFound as error:
        sizes["said"] = len(str(error))
    try:
        protocol.with_rule(protocol.rules[0].id, nonsense=1)
    except InputFaults as error:
        sizes["faults"] = len([fault.code for fault in error.faults])
    return sizes


def wrong(protocol: Protocol, study: Study) -> None:
    """What a type checker refuses."""
    scheduler.plan("protocol.yaml", study, "2026-02-16")  # type: ignore[arg-type]
    scheduler.plan(protocol, study, 20260216)  # type: ignore[arg-type]
    scheduler.load_study(7)  # type: ignore[arg-type]
    scheduler.plan(protocol, study, "2026-02-16").counts("consent", freq=7)  # type: ignore[arg-type]


if __name__ == "__main__":
    print(main())
