"""Small problems for unit tests: a protocol's text and a few rows, bound and solved."""

from datetime import date

import pandas as pd

from scheduler.binding.study import bind
from scheduler.days import day_of
from scheduler.protocol.reading import parse_protocol
from scheduler.study.reading import load_study
from scheduler.tables.solved import Solved
from scheduler.tables.solved import solve as solve_cohort

HEAD = """
protocol: T-001
title: A test
version: "1"
date: 2026-01-01
timezone: Asia/Shanghai
study: {opens: 2026-02-01, closes: 2029-12-20, assumption: a test}
sources:
  ct: {document: A record}
"""
SOURCE = "source: {ref: ct, section: exclusion, item: 1}"


def solve(
    body: str,
    participants: list[dict[str, str]] | None = None,
    history: list[dict[str, str]] | None = None,
    dates: list[dict[str, str]] | None = None,
    as_of: str = "2026-03-01",
    head: str = HEAD,
    **more: object,
) -> Solved:
    """Everything that the tables are made from; fails on any fault of the input."""
    protocol, faults = parse_protocol(head + body, "protocol.yaml")
    assert protocol is not None, "\n".join(map(str, faults))
    tables = {"participants": participants or [{"participant": "P1"}]} | {
        name: rows for name, rows in (("history", history), ("dates", dates)) if rows
    }
    frames = {name: pd.DataFrame(rows).fillna("") for name, rows in tables.items()}
    day = day_of(date.fromisoformat(as_of))
    study = load_study({**frames, **more})
    cohort, faults = bind(study, protocol, day)
    assert cohort is not None, "\n".join(map(str, faults))
    return solve_cohort(protocol, study, cohort, day, strict=False)


def done(milestone: str, day: str, participant: str = "P1", status: str = "done") -> dict[str, str]:
    """A row of dates."""
    return {"participant": participant, "milestone": milestone, "date": day, "status": status}


def took(
    event: str, start: str, end: str = "", participant: str = "P1", **more: str
) -> dict[str, str]:
    """A row of history."""
    return {"participant": participant, "event": event, "start": start, "end": end, **more}


def shown(frame: pd.DataFrame, *columns: str) -> list[tuple[str, ...]]:
    """Rows as texts: days in ISO, missing values empty."""
    texts = frame[list(columns)].copy()
    for name in columns:
        if texts[name].dtype.kind == "M":
            texts[name] = texts[name].dt.strftime("%Y-%m-%d")
        texts[name] = texts[name].astype(object).where(texts[name].notna(), "").astype(str)
    return [tuple(row) for row in texts.itertuples(index=False)]
