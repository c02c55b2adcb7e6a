"""Small problems for the tests of docs/semantics.md: a few lines of protocol, a few rows of study."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.properties.harness import Solved, solve_study

HEAD = """\
protocol: LAW-1
title: The law, tried out
version: "1.0"
date: 2026-01-15
timezone: {zone}
{boundary}study: {{opens: {opens}, closes: {closes}, assumption: made up}}
events:
  op: {{label: Operation, kind: point}}
  vaccine: {{label: Vaccine, kind: point}}
  drug: {{label: Drug, kind: course}}
  infection: {{label: Infection, kind: course}}
"""
Row = Mapping[str, str]


def solve(
    body: str,
    opens: str = "2026-03-01",
    closes: str = "2026-03-31",
    as_of: str = "",
    history: Iterable[Row | tuple[str, ...]] = (),
    dates: Iterable[tuple[str, str, str]] = (),
    decisions: Iterable[Row] = (),
    sites: Mapping[str, Any] | None = None,
    zone: str = "Asia/Shanghai",
    boundary: str = "",
    strict: bool = False,
    **person: str,
) -> Solved:
    """One participant `p` under a protocol whose sections after `events` are `body`."""
    rows = [
        row if isinstance(row, Mapping) else dict(zip(("event", "start", "end"), row, strict=False))
        for row in history
    ]
    study = {
        "participants": [{"participant": "p", **person}],
        "history": [{"participant": "p", **row} for row in rows],
        "dates": [
            {"participant": "p", "milestone": node, "date": day, "status": status}
            for node, day, status in dates
        ],
        "decisions": [{"participant": "p", **row} for row in decisions],
        "sites": sites,
    }
    told = f"boundary: {boundary}\n" if boundary else ""
    head = HEAD.format(zone=zone, opens=opens, closes=closes, boundary=told)
    return solve_study(head + with_basis(body), study, as_of or opens, strict)


def with_basis(body: str) -> str:
    """The body with something to rest on for every gap, visit, rule and agent that names nothing."""
    return re.sub(
        r"^( +(?:- |\w+: )\{(?!label).*)\}$", r"\1, assumption: made up}", body, flags=re.M
    )


def letters(solved: Solved, node: str, first: str, last: str) -> str:
    """One letter a day: P permitted, u undetermined, - blocked."""
    days = solved.of("p").domains.get(node, {})
    start = date.fromisoformat(first)
    count = (date.fromisoformat(last) - start).days
    signs = {"permitted": "P", "undetermined": "u", None: "-"}
    return "".join(signs[days.get(start + timedelta(days=i))] for i in range(count + 1))


def permitted(solved: Solved, node: str) -> list[str]:
    """The permitted days of a node as ISO texts."""
    return [str(d) for d, sure in solved.of("p").domains[node].items() if sure == "permitted"]


def first_permitted(solved: Solved, node: str) -> str:
    """The first permitted day of a node."""
    return permitted(solved, node)[0]


def day_of_schedule(solved: Solved, node: str) -> str:
    """The recommended day of a node, with its certainty where it is undetermined."""
    found = solved.of("p").schedule.get(node)
    if found is None:
        return ""
    return str(found[0]) + ("" if found[1] == "permitted" else " undetermined")


def status(solved: Solved, node: str) -> str:
    """What has become of a node."""
    return solved.of("p").statuses[node]
