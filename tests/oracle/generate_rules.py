"""Random rules, exposures and decisions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .drafts import DRAWN, Draft


def _within(d: Draft) -> Any:
    if d.f.hours and d.maybe(0.3):
        return d.r.choice(["24 hours", "72 hours", "PT36H", "15 minutes", "90 minutes", "PT100H"])
    kind = d.r.random()
    if kind < 0.45:
        n = d.r.randint(0, 14)
        return d.r.choice([f"{n} days", f"P{n}D", "1 week", "2 weeks", "P1W"])
    if kind < 0.65:
        return d.r.choice(["1 month", "P1M", "P1M3D", "P1M1D", "2 months", "P1Y"])
    terms = d.r.sample(["1 week", "P1M", "5 half-lives", "2.5 half-lives", "30 hours", "P1M3D"], 2)
    if kind < 0.8:
        return {"longer_of": terms}
    return {"shorter_of": terms} if kind < 0.92 else "5 half-lives"


def _rule(d: Draft, number: int) -> dict[str, Any]:
    r = d.r
    nodes = list(d.milestones)
    if d.f.rules_on_visits and d.maybe(0.5 if d.f.bound_unknown else 0.15):
        nodes += [
            v["id"]
            for v in d.visits
            if "repeat" not in v and (v["window"] != "unknown" or d.f.bound_unknown)
        ]
    node = r.choice(nodes)
    rule: dict[str, Any] = {"id": f"R{number}"}
    if not d.f.pairs and d.maybe(0.1):
        age = {"min": "18 years", "max": r.choice(["18 years", "36 years", "75 years"])}
        if d.f.wider:
            age = r.choice([age, {"min": "360 months", "max": "36 years"}, {"min": "1600 weeks",
                            "max": "2000 weeks"}, {"min": "12000 days", "max": "14000 days"}])  # fmt: skip
            age = dict(age)
        if d.maybe(0.4):
            del age[r.choice(["min", "max"])]
        rule |= {"age": age, "at": node}
    else:
        events = list(d.events)
        named = r.sample(events, 2) if d.maybe(0.2) else r.choice(events)
        if d.f.wider and d.maybe(0.7):
            rule |= _wider(d, node, named)
        else:
            rule |= {"forbid": named, **_form(d, node)}
        if d.maybe(0.3):
            rule["except"] = r.choice(
                [{"route": ["topical"]}, {"purpose": "biopsy"}, {"route": ["x"], "purpose": ["y"]}]
            )
        if d.maybe(0.25):
            rule["judgement"] = "investigator"
    if d.maybe(0.15):
        rule["only"] = r.choice([{"sex": "female"}, {"arm": ["A", "B"]}, {"group": "g1"}])
    return {**rule, **DRAWN}


def _form(d: Draft, node: str) -> dict[str, Any]:
    kind = 1.0 if d.f.pairs and d.maybe(0.7) else d.r.random()
    if kind < 0.5:
        form: dict[str, Any] = {d.r.choice(["within", "within", "clear"]): _within(d)}
        form["before"] = node
        if "within" in form and d.maybe(0.3):
            form["boundary"] = d.r.choice(["inclusive", "exclusive"])
        return form
    if kind < 0.68:
        form = {"within": _within(d), "after": node}
        if d.maybe(0.3):
            form["boundary"] = d.r.choice(["inclusive", "exclusive"])
        return form
    if kind < 0.76:
        return {"at": node}
    if kind < 0.8:
        return {"ever_before": node}
    places = ["study_opens", *d.milestones, "study_closes"]
    if d.f.pairs:
        places[1:-1] += [v["id"] for v in d.visits if "repeat" not in v and _may_bind(d, v)]
        d.r.shuffle(middle := places[1:-1])
        places[1:-1] = middle
    i, j = sorted(d.r.sample(range(len(places)), 2))
    if (i, j) == (0, len(places) - 1):
        j = 1
    return {"from": places[i], "until": places[j]}


def _in_days(d: Draft, most: int = 20) -> Any:
    if d.maybe(0.2):
        return d.r.choice(["1 month", "P1M", "P1M3D"])
    if d.maybe(0.15):
        return {d.r.choice(["longer_of", "shorter_of"]): ["1 month", f"{d.r.randint(1, 40)} days"]}
    return f"{d.r.randint(0, most)} days"


def _in_half_lives(d: Draft, days: Any) -> Any:
    """Now and then half-lives, alone or beside days."""
    if d.maybe(0.75):
        return days
    lives = f"{d.r.choice(['1', '2', '2.5', '4'])} half-lives"
    if d.maybe(0.5) or not isinstance(days, str):
        return lives
    return {d.r.choice(["longer_of", "shorter_of"]): [days, lives]}


def _wider(d: Draft, node: str, named: Any) -> dict[str, Any]:
    """A form that requires, counts, adds up, or looks to both sides."""
    r, kind = d.r, d.r.random()
    boundary = {"boundary": r.choice(["inclusive", "exclusive"])} if d.maybe(0.3) else {}
    if kind < 0.1:
        return {"forbid": named, "within": _within(d), "around": node, **boundary}
    if kind < 0.3:
        pauses = {"pauses": f"{r.randint(0, 4)} days"} if d.maybe(0.5) else {}
        covering = _in_half_lives(d, _in_days(d, 8))
        if d.f.hours and not pauses and d.maybe(0.25):
            covering = d.r.choice(["0 hours", "24 hours", "PT36H", "72 hours", "30 minutes"])
        return {"require": named, "covering": covering, "before": node, **pauses, **boundary}
    if kind < 0.42:
        return {"require": named, "within": _within(d), "before": node, **boundary}
    if kind < 0.6:
        return {"require": named, r.choice(["clear", "since"]): _within(d), "before": node}
    if kind < 0.68:
        return {"require": named, r.choice(["at", "ever_before"]): node}
    window = {"within": _in_days(d), **boundary} if d.maybe(0.75) else {}
    bound = r.choice(["at_least", "at_most"])
    if kind < 0.85:
        if window and d.maybe(0.2):
            window["within"] = r.choice(["5 half-lives", {"longer_of": ["1 week", "3 half-lives"]}])
        if window and d.f.hours and d.maybe(0.3):
            window["within"] = d.r.choice(["0 hours", "2 hours", "30 hours", "PT72H", "200 hours"])
        count = {"of": named, bound: r.randint(1, 2)}
        return {"count": count, **window, "before": node}
    if window:
        window["within"] = _in_half_lives(d, window["within"])
    return {"total": {"of": named, bound: f"{r.randint(1, 8)} days"}, **window, "before": node}


def _may_bind(d: Draft, visit: dict[str, Any]) -> bool:
    return d.f.bound_unknown or visit["window"] != "unknown"


def add_rules(d: Draft) -> None:
    """Draw the events, the rules and the agents."""
    d.events = {
        "major_surgery": {"label": "Major surgery", "kind": "point"},
        "vaccine": {"label": "Vaccine", "kind": "point"},
        "steroid": {"label": "Systemic steroid", "kind": "course"},
        "infection": {"label": "Infection", "kind": "course"},
    }
    d.rules = [_rule(d, n) for n in range(1, d.r.randint(1, 4) + 1)]
    used = {e for rule in d.rules for e in _events(rule)}
    d.events = {name: raw for name, raw in d.events.items() if name in used}
    if d.maybe(0.4):
        d.agents["agent_x"] = {"half_life": d.r.choice(["26 hours", "1 day", "50 hours"]), **DRAWN}
    if "steroid" in d.events and d.maybe(0.2):
        d.agents["steroid"] = {"half_life": "2 days", **DRAWN}


def _events(rule: dict[str, Any]) -> list[str]:
    amount = rule.get("count", rule.get("total", {}))
    named = rule.get("forbid", rule.get("require", amount.get("of", [])))
    return named if isinstance(named, list) else [named]


# --- history -------------------------------------------------------------------------------------


def _written(d: Draft, day: date) -> str:
    kind = 0.3 if d.f.pairs and d.maybe(0.3) else d.r.random()
    if kind < 0.25:
        return f"{day} {d.time_on(day)}"
    if kind < 0.33:
        return f"{day:%Y-%m}"
    return f"{day:%Y}" if kind < 0.35 else day.isoformat()


def _start_and_end(d: Draft, course: bool) -> tuple[str, str]:
    past = (d.as_of - d.opens).days
    day = d.day(-30, past - 1) if d.maybe(0.85) else d.day(past, d.horizon)
    if d.maybe(0.1):
        day -= timedelta(days=300)
    planned = day >= d.as_of - timedelta(days=1)
    if d.maybe(0.05):
        return "none", ""
    if d.maybe(0.05):
        # An end that is known on the day, or none: the start is some day before.
        return "unknown", d.r.choice(["", day.isoformat(), "unknown"])
    start = _written(d, day)
    kind = d.r.random()
    if kind < (0.15 if course else 0.75):
        return start, ""
    if kind < (0.25 if course else 0.78):
        return start, "ongoing"
    if kind < (0.35 if course else 0.82) and not planned:
        return (start if len(start) >= 10 else day.isoformat()), "unknown"
    end = day + timedelta(days=d.r.randint(1, 12))
    text = _written(d, end)
    return start, text if len(text) >= 10 or len(start) >= 10 else end.isoformat()


def add_history(d: Draft) -> None:
    """Draw the exposures and the decisions on them."""
    for _ in range(d.r.choice([0, 1, 1, 2, 2, 3, 4]) if d.events else 0):
        event = d.r.choice(list(d.events))
        start, end = _start_and_end(d, d.events[event]["kind"] == "course")
        d.history.append(
            {
                "participant": "P-001",
                "event": event,
                "start": start,
                "end": end,
                "agent": "agent_x" if "agent_x" in d.agents and d.maybe(0.4) else "",
                "half_life": d.r.choice(["", "", "", "20 hours", "3 days"]),
                "route": d.r.choice(["oral", "oral", "topical", "", "unknown"]),
                "purpose": d.r.choice(["curative", "curative", "biopsy", ""]),
            }
        )
    for rule in d.rules:
        if "judgement" in rule and d.maybe(0.7):
            _decide(d, rule)


def _decide(d: Draft, rule: dict[str, Any]) -> None:
    days = {d.as_of - timedelta(days=d.r.randint(0, 15)) for _ in range(d.r.choice([1, 1, 2]))}
    for day in sorted(days):
        row = {
            "participant": "P-001",
            "rule": rule["id"],
            "decision": d.r.choice(["clear", "exclude"]),
            "date": day.isoformat(),
        }
        told = [(h["event"], h["start"]) for h in d.history]
        looked_at = [
            h
            for h in d.history
            if h["event"] in _events(rule)
            and h["start"] != "none"
            and told.count((h["event"], h["start"])) == 1
        ]
        if looked_at and d.maybe(0.25):
            chosen = d.r.choice(looked_at)
            row |= {"event": chosen["event"], "start": chosen["start"]}
        d.decisions.append(row)
