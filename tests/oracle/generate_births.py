"""Gaps and visits that count from the birth of a child, in a protocol that is drawn already."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from .drafts import DRAWN, Draft, amount

_CLOCK = re.compile(r"hour|minute|working|PT")


def add_births(d: Draft) -> None:
    """Hang some visits off the birth, and draw gaps from it."""
    for visit in d.visits:
        told = str([visit.get(key) for key in ("target", "window", "repeat")])
        if not _CLOCK.search(told) and d.maybe(0.5):
            visit.pop("before", None)
            ways = [f"{d.r.randint(20, 70)} days", "6 weeks", "1 month", "P2M", "P1M10D"]
            visit |= {"after": "birth", "target": d.r.choice(ways)}
    ends = [*d.milestones]
    ends += [
        v["id"]
        for v in d.visits
        if "repeat" not in v and (v["window"] != "unknown" or d.f.bound_unknown)
    ]
    for _ in range(d.r.choice([0, 1, 1, 2])):
        gap: dict[str, Any] = {"from": "birth", "to": d.r.choice(ends)}
        least = d.r.choice(["4 weeks", "42 days", "1 month", f"{d.r.randint(0, 60)} days"])
        gap |= {"min": least, "max": d.r.choice(["P5M", "100 days", "90 days", "3 months"])}
        if d.maybe(0.4):
            del gap[d.r.choice(["min", "max"])]
        if gap["to"] in d.milestones and d.maybe(0.3):
            gap["usual"] = amount(d.r, 70)
        if d.f.only_blanks and d.maybe(0.15):
            gap["only"] = {"sex": "female"}
        d.gaps.append({**gap, **DRAWN})


def add_birth(d: Draft) -> None:
    """Draw the day of birth, as far as it is known."""
    born = min(d.as_of, d.opens - timedelta(days=d.r.randint(-3, 55))).isoformat()
    d.person["birth_date"] = d.r.choice([born, born, born, born[:7], born[:7], born[:4], ""])
