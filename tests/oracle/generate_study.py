"""Random participants, recorded dates and sites."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .drafts import Draft


def add_person(d: Draft) -> None:
    """Draw the participant's row."""
    blank = 0.25 if d.f.only_blanks else 0.0
    birth = date(d.opens.year - 18, 1, 1) + timedelta(days=d.r.randint(0, 130))
    d.person = {
        "participant": "P-001",
        "birth_date": d.r.choice(
            ["1980-05-01", birth.isoformat(), birth.isoformat()[:7], "1990", ""]
        ),
        "sex": "" if d.maybe(blank) else d.r.choice(["female", "male"]),
        "site": "",
        "arm": "" if d.maybe(blank) else d.r.choice(["A", "B", "C"]),
        "group": "unknown" if d.maybe(blank) else d.r.choice(["g1", "g2"]),
        "withdrawn": "",
        "screen_failed": "",
    }
    if d.f.left and d.maybe(0.03):
        d.person[d.r.choice(["withdrawn", "screen_failed"])] = d.as_of.isoformat()


def _row(d: Draft, node: str, day: date, status: str, time: bool = False) -> None:
    text = day.isoformat() + (f" {d.time_on(day)}" if time else "")
    d.dates.append({"participant": "P-001", "milestone": node, "date": text, "status": status})


def add_recorded(d: Draft) -> None:
    """Draw the dates table."""
    past = (d.as_of - d.opens).days
    done: dict[str, date] = {}
    if d.f.late and past >= 0 and d.maybe(0.9):
        _late_records(d, past)
    elif d.f.recorded and past >= 0 and d.maybe(0.55):
        day = d.day(-2, past // 2)
        for name in list(d.milestones)[: d.r.randint(1, len(d.milestones))]:
            if day > d.as_of:
                break
            if not d.maybe(0.25):  # one left out is unrecorded if a later one is done
                done[name] = day
                _row(d, name, day, "done", time=d.maybe(0.4))
            day += timedelta(days=d.r.randint(0, 5))
        _recorded_visits(d, done)
        if d.maybe(0.1):
            _row(d, "unscheduled", d.as_of, "done")
            for days in (-3, 2, 2):
                _row(d, "unscheduled", d.as_of + timedelta(days=days), "booked")
    if d.f.bookings:
        nodes = [n for n in _all_nodes(d) if n not in {row["milestone"] for row in d.dates}]
        count = d.r.choice([1, 2, 3, 4, 5] if d.f.many_bookings else [0, 0, 1, 2])
        for name in d.r.sample(nodes, min(len(nodes), count)):
            _book(d, name, past)


def _late_records(d: Draft, past: int) -> None:
    """Draw records of what happened near its time, with many of them left out."""
    when: dict[str, date] = {}
    day = d.day(-2, max(0, past // 2))
    for name in list(d.milestones)[: d.r.randint(1, len(d.milestones))]:
        when[name] = day
        day += timedelta(days=d.r.randint(0, 9))
    for raw in d.visits:
        anchor = str(raw.get("after", raw.get("before"))).split("#")[0]
        far = timedelta(days=d.r.randint(-1, 12) if "after" in raw else -d.r.randint(0, 15))
        if anchor in when:
            when[raw["id"]] = when[anchor] + far
    repeated = {v["id"] for v in d.visits if "repeat" in v}
    for name, day in when.items():
        chance = 0.55 if name in d.milestones else 0.45
        if day > d.as_of or not d.maybe(chance):
            continue
        if d.maybe(0.06):  # somebody wrote a wrong day
            day = d.day(-3, past)
        node = f"{name}#{d.r.choice([1, 2])}" if name in repeated else name
        status = "missed" if name not in d.milestones and d.maybe(0.2) else "done"
        _row(d, node, day, status, time=status == "done" and d.maybe(0.25))


def _all_nodes(d: Draft) -> list[str]:
    names = list(d.milestones)
    for raw in d.visits:
        if raw["window"] != "unknown" or d.f.many_bookings:
            names += [raw["id"]] if "repeat" not in raw else [f"{raw['id']}#1", f"{raw['id']}#2"]
    return names


def _recorded_visits(d: Draft, done: dict[str, date]) -> None:
    for raw in d.visits:
        anchor = str(raw.get("after", raw.get("before")))
        alone = raw["window"] != "unknown" and d.maybe(0.12)  # done although its anchor is not
        sure = "only" not in raw and (anchor in done or alone or anchor == "birth")
        if not sure or not d.maybe(0.6):
            if d.f.chains and d.maybe(0.15):
                name = f"{raw['id']}#2" if "repeat" in raw else raw["id"]
                _row(d, name, d.day(0, max(0, (d.as_of - d.opens).days)), "missed")
            continue
        name = f"{raw['id']}#1" if "repeat" in raw else raw["id"]
        day = done.get(anchor, d.as_of) + timedelta(days=d.r.randint(0, 8))
        if d.maybe(0.45):
            _row(d, name, min(day, d.as_of), "missed")
        elif day <= d.as_of:
            done[name] = day
            _row(d, name, day, "done", time=d.maybe(0.3))


def _book(d: Draft, name: str, past: int) -> None:
    day = d.day(past, d.horizon) if d.maybe(0.85) else d.day(0, past - 1)
    _row(d, name, day, "booked", time=d.maybe(0.4))
    if d.maybe(0.25):
        gone = day if d.maybe(0.5) else day + timedelta(days=1)
        _row(d, name, gone, "cancelled")


def add_site(d: Draft, wanted: bool = False) -> None:
    """Draw the site, if any."""
    if d.maybe(0.4) and not wanted:
        return
    d.person["site"] = "here"
    closed: list[Any] = []
    if d.maybe(0.5):
        first = d.day(0, d.horizon - 6)
        closed.append(f"{first}..{first + timedelta(days=d.r.randint(1, 5))}")
    if d.maybe(0.3):
        closed.append(d.day(0, d.horizon))
    d.sites = {
        "here": {
            "timezone": d.zone,
            "weekend": d.r.choice([["sat", "sun"], ["fri"], []]),
            "closed": closed,
            "open": [d.day(0, d.horizon)] if d.maybe(0.4) else [],
        }
    }
