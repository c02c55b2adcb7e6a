"""Random milestones, gaps and visits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .drafts import DRAWN, Draft, amount


def _days(d: Draft) -> Any:
    if d.f.wider and d.maybe(0.7):
        return d.r.sample(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], d.r.randint(1, 4))
    return "any"


def _at(d: Draft) -> str:
    if d.f.clock_changes and d.zone == "America/New_York" and d.maybe(0.2):
        return "02:30" if d.opens.month < 6 else "01:30"
    return d.r.choice(["00:00", "08:30", "10:00", "23:45"])


def add_milestones(d: Draft) -> None:
    """Draw two to four milestones."""
    names = ["consent", "screening", "lymphodepletion", "infusion"][-d.r.randint(2, 4) :]
    for i, name in enumerate(names):
        raw: dict[str, Any] = {"label": name.capitalize()}
        if d.maybe(0.4):
            raw["at"] = _at(d)
        if d.maybe(0.25):
            raw["days"] = _days(d)
        if i > 0 and d.maybe(0.12):
            raw["optional"] = True
        d.milestones[name] = raw


def _only(d: Draft) -> dict[str, Any]:
    return d.r.choice(
        [{"sex": "female"}, {"arm": ["A", "B"]}, {"sex": "female", "arm": ["A"]}, {"group": ["g1"]}]
    )


def _bounds(d: Draft, step: int) -> dict[str, str]:
    """min, max or both, with min <= max whatever the calendar."""
    low = d.r.randint(0, step)
    bounds = {"min": f"{low} days", "max": f"{low + d.r.randint(0, 2 * step)} days"}
    if d.maybe(0.35):
        del bounds["max"]
        bounds["min"] = amount(d.r, step)
    elif d.maybe(0.35):
        del bounds["min"]
        bounds["max"] = amount(d.r, 3 * step)
    return bounds


def add_gaps(d: Draft) -> None:
    """Draw the gaps between milestones."""
    names = list(d.milestones)
    step = max(3, d.horizon // (len(names) + 2))
    pairs = list(pairwise(names))
    if len(names) > 2 and d.maybe(0.5):  # closes a cycle
        pairs.append((names[0], names[-1]))
        if d.maybe(0.3) and len(names) > 3:
            pairs.append((names[1], names[-1]))
    for a, b in pairs:
        gap: dict[str, Any] = {"from": a, "to": b}
        timed = "at" in d.milestones[a] and "at" in d.milestones[b]
        if d.f.hours and timed and d.maybe(0.5):
            low = d.r.randint(0, 72)
            gap |= {"min": f"{low} hours", "max": f"PT{low + d.r.randint(24, 200)}H"}
            if d.maybe(0.3):
                del gap["max"]
        elif d.maybe(0.85):
            gap |= _bounds(d, step if (a, b) != (names[0], names[-1]) else 2 * step)
        else:
            continue
        if d.f.only_blanks and d.maybe(0.15):
            gap["only"] = _only(d)
        d.gaps.append({**gap, **DRAWN})
    if d.maybe(0.2):
        d.gaps.append(
            {"from": "study_opens", "to": d.r.choice(names), "min": amount(d.r, 6), **DRAWN}
        )
    if d.maybe(0.2):
        gap = {"from": d.r.choice(names), "to": "study_closes", "min": amount(d.r, 8)}
        d.gaps.append({**gap, **DRAWN})


def _timing(d: Draft, timed: bool) -> dict[str, Any]:
    """Target and window of a visit."""
    if d.f.hours and d.maybe(0.5 if timed else 0.1) and (timed or d.f.untimed_hour_visits):
        unit = d.r.choice(["hours", "minutes"])
        by = 60 if unit == "minutes" else 1
        return {
            "target": f"{d.r.choice([2, 24, 48, 72]) * by} {unit}",
            "window": {"before": f"{d.r.choice([0, 1, 4])} hours", "after": "PT2H"},
        }
    if d.horizon >= 50 and d.maybe(0.3):
        return {
            "target": d.r.choice(["1 month", "P1M", "P1M3D"]),
            "window": {"before": d.r.choice(["3 days", "1 week"]), "after": "P5D"},
        }
    if d.f.unknown_windows and d.maybe(0.3 if d.f.chains else 0.12):
        return {"target": f"{d.r.randint(0, 10)} days", "window": "unknown"}
    if d.f.chains and timed and d.maybe(0.2):  # days from the anchor, with hours around them
        return {
            "target": d.r.choice(["1 days", "3 days", "P1M", "P1W"]),
            "window": {"before": d.r.choice(["1 hours", "PT5H"]), "after": "2 hours"},
        }
    before, after = d.r.randint(0, 4), d.r.randint(0, 5)
    window = {"before": f"{before} days", "after": f"{after} days"}
    return {"target": f"{d.r.randint(0, 12)} days", "window": window}


def add_visits(d: Draft) -> None:
    """Draw the visits."""
    milestones = list(d.milestones)
    hooks: list[str] = []  # visits that others may hang off
    for number in range(1, (d.r.randint(2, 5) if d.f.chains else d.r.randint(0, 3)) + 1):
        raw: dict[str, Any] = {"id": f"visit_{number}"}
        if hooks and d.maybe(0.8 if d.f.chains else 0.45):
            way = "before" if d.f.chains and d.maybe(0.2) else "after"
            raw |= {way: d.r.choice(hooks), **_timing(d, d.f.chains and d.maybe(0.4))}
        else:
            anchor = d.r.choice(milestones[-2:] if d.maybe(0.7) else milestones)
            way = "before" if d.maybe(0.2) else "after"
            raw |= {way: anchor, **_timing(d, "at" in d.milestones[anchor])}
        if d.maybe(0.25):
            raw["repeat"] = {"every": d.r.choice(["3 days", "P1W", "P5D"]), "times": 2}
            if "hours" in raw["target"] or "minutes" in raw["target"]:
                raw["repeat"]["every"] = "24 hours"
            hooks.append(f"{raw['id']}#{d.r.choice([1, 2])}")
        else:
            hooks.append(raw["id"])
        if d.maybe(0.25):
            raw["optional"] = True
        if d.maybe(0.2):
            raw["days"] = _days(d)
        if d.maybe(0.2):
            raw["only"] = _only(d)
        if d.f.chains and d.maybe(0.2):
            raw["at"] = _at(d)
        d.visits.append({**raw, **DRAWN})


def add_visit_gaps(d: Draft) -> None:
    """Draw gaps to visits."""
    for raw in d.visits:
        unbound = raw["window"] == "unknown" and not d.f.bound_unknown
        if not d.f.gaps_on_visits or unbound or d.maybe(0.3 if d.f.bound_unknown else 0.75):
            continue
        name = raw["id"]
        if "repeat" in raw:
            if not d.f.occurrences_in_gaps:
                continue
            name += "#2"
        other = d.r.choice(list(d.milestones))
        d.gaps.append({"from": other, "to": name, "max": amount(d.r, d.horizon), **DRAWN})
    if d.f.late:
        _add_late_gaps(d)


def _add_late_gaps(d: Draft) -> None:
    """Draw gaps to, from and between visits, which nodes without a record leave loose."""
    clocks = {name for name, raw in d.milestones.items() if "at" in raw}
    visits = [v["id"] if "repeat" not in v else f"{v['id']}#1" for v in d.visits]
    clocks |= {v["id"] for v in d.visits if "at" in v and "repeat" not in v}
    for _ in range(d.r.randint(0, 3) if visits else 0):
        ends = [d.r.choice(visits), d.r.choice([*d.milestones, *visits])]
        if ends[0] == ends[1]:
            continue
        d.r.shuffle(ends)
        gap: dict[str, Any] = {"from": ends[0], "to": ends[1]}
        low = d.r.randint(0, 9)
        if d.f.hours and set(ends) <= clocks and d.maybe(0.7):
            gap |= {"min": f"{24 * low} hours", "max": f"{24 * low + d.r.randint(24, 300)} hours"}
        else:
            gap |= {"min": amount(d.r, 9), "max": f"{low + 40} days"}
        if d.maybe(0.6):
            del gap[d.r.choice(["min", "max", "max"])]
        if d.f.only_blanks and d.maybe(0.2):
            gap["only"] = _only(d)
        d.gaps.append({**gap, **DRAWN})
