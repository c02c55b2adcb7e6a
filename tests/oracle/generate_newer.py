"""Tests that expire, working days and usual intervals in a protocol that is drawn already."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from .drafts import DRAWN, Draft, amount

_DAYS = re.compile(r"(\d+) days")


def add_newer(d: Draft) -> None:
    """Write some durations in working days, say usual intervals, draw tests."""
    for gap in d.gaps:
        working = d.maybe(0.4)
        for side in ("min", "max"):
            if side in gap and working:
                gap[side] = _working(gap[side])
        if gap["to"] in d.milestones and d.maybe(0.4):
            usual = amount(d.r, 14)
            gap["usual"] = _working(usual) if d.maybe(0.4) else usual
    for visit in d.visits:
        window = visit["window"] if isinstance(visit["window"], dict) else {}
        for raw, key in ((visit, "target"), (window, "before"), (window, "after")):
            if key in raw and d.maybe(0.35):
                raw[key] = _working(raw[key])
        if "repeat" in visit and d.maybe(0.3) and _DAYS.fullmatch(visit["repeat"]["every"]):
            visit["repeat"]["every"] = _working(visit["repeat"]["every"])
    for number in range(d.r.choice([0, 1, 1, 2, 2])):
        d.tests.append({"id": f"test_{number}", **_test(d), **DRAWN})


def _working(text: str) -> str:
    """A duration of days as about as many working days; any other one as it is."""
    found = _DAYS.fullmatch(text)
    return f"{-(-int(found[1]) * 5 // 7)} working days" if found else text


def _test(d: Draft) -> dict[str, Any]:
    nodes = list(d.milestones)
    visits = [v for v in d.visits if v["window"] != "unknown" or d.f.bound_unknown]
    named = [d.r.choice(nodes[-2:])]
    if visits and d.maybe(0.5):
        visit = d.r.choice(visits)
        numbered = "repeat" in visit and d.maybe(0.4)
        named = [f"{visit['id']}#2" if numbered else visit["id"], *named[: d.r.randint(0, 1)]]
    test: dict[str, Any] = {"for": named if len(named) > 1 or d.maybe(0.2) else named[0]}
    test["valid"] = d.r.choice(["0 days", "1 day", "3 days", "P1W", "10 days", "1 month"])
    starts = [n for n in nodes if not d.milestones[n].get("optional") and n not in named]
    starts += [
        v["id"]
        for v in visits
        if "repeat" not in v and v["id"] not in named and _sure(d, v) and d.maybe(0.3)
    ]
    if starts and d.maybe(0.45):
        test["not_before"] = d.r.choice(starts)
    if d.maybe(0.4):
        test["repeatable"] = False
    if d.maybe(0.25):
        test["only"] = {"sex": "female"}
    return test


def _sure(d: Draft, visit: dict[str, Any]) -> bool:
    """Whether every schedule has a visit."""
    names = {v["id"]: v for v in d.visits}
    if visit.get("optional") or visit["window"] == "unknown":
        return False
    while True:
        anchor = str(visit.get("after", visit.get("before"))).split("#")[0]
        if anchor == "birth":
            return True
        if anchor in d.milestones:
            return not d.milestones[anchor].get("optional")
        visit = names[anchor]
        if visit.get("optional"):
            return False


def add_tested(d: Draft) -> None:
    """Draw the rows of tests in the dates table."""
    for test in d.tests:
        for _ in range(
            d.r.choice([0, 0, 1, 1, 2, 3] if "repeatable" not in test else [0, 1, 2, 3])
        ):
            day = d.as_of - timedelta(days=d.r.choice([0, 1, 2, 4, 7, 12, 25]))
            text = day.isoformat()[: d.r.choice([10, 10, 10, 7])]
            _row(d, test["id"], text, "done")
        if d.maybe(0.2):
            _row(d, test["id"], (d.as_of + timedelta(days=3)).isoformat(), "booked")


def _row(d: Draft, test: str, text: str, status: str) -> None:
    d.dates.append({"participant": "P-001", "milestone": test, "date": text, "status": status})
