"""A script as an analyst writes it: mypy --strict and pyright check it, and a test runs it.

A line with `type: ignore` is wrong on purpose: an unused one is an error too.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

import io
import pickle
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb
import pandas as pd
import polars
import pyarrow

import scheduler
import washout
from scheduler import (
    CalendarOptions,
    CaseResult,
    Diff,
    Example,
    Explanation,
    Fault,
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
    found["nodes"], found["people"] = plan.nodes, plan.people
    found["sweep"] = plan.sweep("D-002", "randomization", undetermined=True)
    found["agenda"], found["kept"] = plan.agenda(14), plan.deviation_summary()
    return found


def exchanged(plan: Plan) -> dict[str, int]:
    """Tables of other libraries, in and out."""
    people = polars.DataFrame({"participant": [7], "birth_date": [date(1980, 5, 1)]})
    study: Study = scheduler.load_study({"participants": people})
    windows = plan.windows
    out = polars.DataFrame(windows)
    rows = duckdb.connect().from_df(windows).aggregate("count(*)").fetchall()
    arrow = scheduler.load_study({"participants": pyarrow.table({"participant": ["A"]})})
    relation = duckdb.connect().sql("select 'B' as participant")
    duck = scheduler.load_study({"participants": relation})
    return {
        "polars in": len(study.participants), "polars out": out.height, "duckdb": rows[0][0],
        "others in": len(arrow.participants) + len(duck.participants),
    }  # fmt: skip


def saved(plan: Plan, folder: Path) -> list[Path]:
    """What a plan writes."""
    plan.write(folder / "tables")
    book: Path = plan.to_excel(folder / "plan.xlsx")
    plan.write(str(folder / "calendars"), CalendarOptions(detailed=True, no_alarms=True))
    assert book.is_file()
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


def figures(protocol: Protocol) -> list[Protocol]:
    """Every way to change one figure."""
    rule = next(rule.id for rule in protocol.rules if rule.length is not None)
    visit, gap = protocol.visits[0].name, protocol.gaps[0]
    return [
        protocol.with_rule(rule, boundary="exclusive"),
        protocol.with_rule(rule, summary="Told otherwise", assumption="asked for"),
        protocol.with_visit(visit, optional=True),
        protocol.with_gap(gap.start, gap.end, min="0 days", max="90 days"),
        protocol.with_boundary("exclusive"),
        protocol.without_rule(rule),
        replace(protocol, versions=()),
    ]


def read_anyhow(protocol: Protocol, folder: Path) -> set[str]:
    """A path, a text of one, text, open files and a mapping give the same fingerprint."""
    text = protocol.to_yaml()
    path = folder / "protocol.yaml"
    path.write_text(text, encoding="utf-8")
    with path.open(encoding="utf-8") as words, path.open("rb") as raw:
        found = [scheduler.load_protocol(words), scheduler.load_protocol(raw)]
    found += [scheduler.load_protocol(one) for one in (path, str(path), text)]
    found += [
        scheduler.load_protocol(io.StringIO(text)),
        scheduler.load_protocol(protocol.to_dict()),
    ]
    return {one.fingerprint for one in found}


def numbered(protocol: Protocol, day: date) -> int:
    """Ids that were whole numbers are whole numbers everywhere, in questions too."""
    mine = pd.DataFrame({"participant": [101, 7], "group": ["a", "b"]})
    plan = scheduler.plan(protocol, scheduler.load_study({"participants": mine}), day)
    one: Plan = scheduler.plan(protocol, plan.study, day, participants=[101])
    assert one.explain(101, "consent", day).participant == "101"
    assert len(plan.days(7, "consent", first=day, last=day)) == 1
    supposed = plan.with_dates({101: {"consent": day}}).with_history(7, [])
    assert supposed.as_of <= day
    return len(mine.merge(plan.summary, on="participant"))


def reasons(plan: Plan, day: date) -> list[tuple[str, date | None, date | None]]:
    """What stands against a day, with days that are dates."""
    told = plan.explain("D-002", "randomization", day)
    return [(reason.sentence, reason.first, reason.last) for reason in told.reasons]


def cases(folder: Path) -> list[str]:
    """The worked cases beside a protocol that do not come out."""
    results: list[CaseResult] = scheduler.run_cases(folder)
    return [result.case.name for result in results if not result.passed]


def amended(old: Protocol, new: Protocol, example: Example) -> list[pd.DataFrame]:
    """What an amendment changes, and for whom."""
    difference: Diff = scheduler.diff(old, new, example.study, example.as_of)
    return [difference.items, difference.days, difference.schedule, difference.states]


def faults(protocol: Protocol) -> list[Fault]:
    """Everything that is wrong with a change, at once."""
    try:
        protocol.with_rule("nowhere", within="6 weeks")
    except InputFaults as error:
        return error.faults
    return []


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
    with TemporaryDirectory() as place:
        assert len(read_anyhow(protocol, Path(place))) == 1
    assert len({one.fingerprint for one in figures(protocol)}) == len(figures(protocol))
    assert numbered(protocol, day) == 2 and len(reasons(plan, day)) and len(faults(protocol)) == 1
    assert pickle.loads(pickle.dumps(plan)).as_of == plan.as_of and not plan.compare(plan)
    changes = amended(
        protocol, protocol.with_boundary("exclusive"), scheduler.example("demo-cycles")
    )
    assert len(changes[0]) > 1 and washout.plan is scheduler.plan and scheduler.__version__
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
    plan = scheduler.plan(protocol, study, "2026-02-16")
    plan.counts("consent", freq=7)  # type: ignore[arg-type]
    plan.compare(study)  # type: ignore[arg-type]
    plan.timeline("D-002", width="wide")  # type: ignore[arg-type]
    plan.swimlanes(height=3)  # type: ignore[call-arg]
    plan.sensitivity([("boundary", ["inclusive"])])  # type: ignore[arg-type]
    plan.explain(1.5, "consent", "2026-07-01")  # type: ignore[arg-type]
    protocol.with_boundary("maybe")  # type: ignore[arg-type]
    protocol.with_rule(7, within="6 weeks")  # type: ignore[arg-type]
    scheduler.load_protocol(7)  # type: ignore[arg-type]
    verdict: Literal["blocked"] = plan.explain("D-002", "consent", "2026-07-01").verdict  # type: ignore[assignment]
    del verdict


if __name__ == "__main__":
    print(main())
