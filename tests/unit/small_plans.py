"""Small whole plans for tests: a protocol's text and a few rows, planned by the public function."""

import pandas as pd

import scheduler
from scheduler.planning.plans import Plan
from scheduler.protocol import Protocol
from scheduler.protocol.reading import parse_protocol
from scheduler.study.model import Study
from scheduler.study.reading import load_study

HEAD = """
protocol: W-1
title: A test
version: "{version}"
date: 2026-01-01
timezone: Asia/Shanghai
study: {{opens: 2026-03-01, closes: 2026-08-31, assumption: ours}}
"""
BODY = """
events:
  surgery: {label: Surgery, kind: point}
milestones:
  consent: {label: Consent}
  infusion: {label: Infusion, day_zero: yes}
  transplant: {label: Transplantation}
gaps:
  - {from: consent, to: infusion, min: 1 day, max: 30 days, assumption: ours}
  - {from: infusion, to: transplant, min: 10 days, max: 20 days, assumption: ours}
visits:
  - {id: week_1, label: Week 1, after: infusion, target: 7 days, window: {before: 1 day, after: 1 day}, assumption: ours}
  - {id: week_4, label: Week 4, after: infusion, target: 28 days, window: {before: 3 days, after: 3 days}, assumption: ours}
  - {id: phone, label: Phone call, after: infusion, target: 10 days, window: {before: 2 days, after: 2 days}, optional: yes, assumption: ours}
rules:
  - {id: R1, forbid: surgery, within: 14 days, before: infusion, assumption: ours}
"""
AS_OF = "2026-03-02"


def protocol(body: str = BODY, version: str = "1.0") -> Protocol:
    made, faults = parse_protocol(HEAD.format(version=version) + body, "protocol.yaml")
    assert made is not None, "\n".join(map(str, faults))
    return made


def study(
    participants: list[dict[str, str]] | None = None,
    history: list[dict[str, str]] | None = None,
    dates: list[dict[str, str]] | None = None,
    **more: object,
) -> Study:
    tables = {"participants": participants or [{"participant": "P1"}]} | {
        name: rows for name, rows in (("history", history), ("dates", dates)) if rows
    }
    frames = {name: pd.DataFrame(rows).fillna("") for name, rows in tables.items()}
    return load_study({**frames, **more})


def plan(body: str = BODY, as_of: str = AS_OF, **tables: object) -> Plan:
    return scheduler.plan(protocol(body), study(**tables), as_of)  # type: ignore[arg-type]


def days_of(made: Plan, node: str, participant: str = "P1") -> list[str]:
    """The runs of days of a node, as `first..last`, undetermined ones with a question mark."""
    rows = made.windows
    rows = rows[(rows["participant"] == participant) & (rows["milestone"] == node)]
    return [
        f"{first:%m-%d}..{last:%m-%d}" + "?" * (certainty == "undetermined")
        for first, last, certainty in zip(
            rows["first"], rows["last"], rows["certainty"], strict=True
        )
    ]


def date_of(made: Plan, node: str, participant: str = "P1") -> str:
    """The date and status of a node in the schedule."""
    rows = made.schedule
    row = rows[(rows["participant"] == participant) & (rows["milestone"] == node)].iloc[0]
    return f"{row['date']:%m-%d} {row['status']}" if pd.notna(row["date"]) else str(row["status"])
