"""Seeded random protocols and studies that cover every rule form; small, mostly feasible.

The protocol is a dict that `dump` turns into a valid protocol file; the tables are lists of rows
with string cells, as in CSV. Everything comes from one `random.Random(seed)`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from hypothesis import strategies as st

from .drafts import DRAWN, Draft, Features
from .generate_births import add_birth, add_births
from .generate_newer import add_newer, add_tested
from .generate_protocol import add_gaps, add_milestones, add_visit_gaps, add_visits
from .generate_rules import add_history, add_rules
from .generate_study import add_person, add_recorded, add_site

__all__ = ["Case", "Features", "cases", "dump", "generate", "write"]


@dataclass
class Case:
    """One generated case: a protocol, and a study with one participant or several."""

    seed: int
    protocol: dict[str, Any]
    study: dict[str, Any]
    participants: tuple[str, ...]
    as_of: date
    zone: str = ""
    strict: bool = False

    @property
    def participant(self) -> str:
        """The only, or the first, participant."""
        return self.participants[0]

    def alone(self, participant: str) -> Case:
        """The same case with one participant only."""
        tables = {
            name: [row for row in self.study[name] if row["participant"] == participant]
            for name in ("participants", "history", "dates", "decisions")
        }
        study = {**tables, "sites": self.study["sites"]}
        return replace(self, study=study, participants=(participant,))


_PLACES = [
    ("America/New_York", date(2026, 2, 20)),
    ("America/New_York", date(2026, 10, 15)),
    ("Asia/Shanghai", date(2026, 1, 25)),
    ("Asia/Shanghai", date(2028, 1, 25)),
    ("UTC", date(2027, 2, 1)),
]


def generate(seed: int, features: Features | None = None, people: int = 1) -> Case:
    """The case of this seed; with several people each has dates, and perhaps a site, of its own."""
    r = Random(seed)
    f = features or Features()
    zone, opens = r.choice(_PLACES)
    opens += timedelta(days=r.randint(0, 12))
    horizon = r.choice([20, 30, 40, f.max_horizon])
    as_of = opens + timedelta(days=r.randint(-4, horizon // 3))
    if f.late:
        as_of = opens + timedelta(days=r.randint(horizon // 5, horizon * 2 // 3))
    d = Draft(r, f, zone, opens, horizon, as_of)
    add_milestones(d)
    add_gaps(d)
    add_visits(d)
    add_visit_gaps(d)
    add_rules(d)
    if f.newer:
        add_newer(d)
    if f.births:
        add_births(d)
    study: dict[str, Any] = {
        "participants": [], "history": [], "dates": [], "decisions": [], "sites": None,
    }  # fmt: skip
    names = tuple(f"P-{number:03d}" for number in range(1, people + 1))
    sited = people > 1 and d.maybe(0.6)
    for number, name in enumerate(names):
        if people == 1:
            _add_participant(d, study, name)
        else:
            _add_participant(d, study, name, f"here_{number}" if sited else "")
    protocol = _protocol(d)
    return Case(seed, protocol, study, names, as_of, zone, strict=r.random() < f.strict)


def _add_participant(d: Draft, study: dict[str, Any], name: str, site: str | None = None) -> None:
    """Draw one participant; `site`: of a site of that name, or (empty) of none."""
    d.history, d.dates, d.decisions, d.sites = [], [], [], None
    home = d.zone
    if site and d.maybe(0.6):
        d.zone = d.r.choice([zone for zone, _ in _PLACES])
    add_person(d)
    if d.f.births:
        add_birth(d)
    add_history(d)
    add_recorded(d)
    if d.f.newer:
        add_tested(d)
    if site is None or site:
        add_site(d, wanted=bool(site))
    d.zone = home
    if d.sites is not None:
        d.person["site"] = site or "here"
        study["sites"] = {**(study["sites"] or {}), d.person["site"]: d.sites["here"]}
    own = {"participants": [d.person], "history": d.history, "dates": d.dates}
    for table, rows in (own | {"decisions": d.decisions}).items():
        study[table] += [{**row, "participant": name} for row in rows]


def _protocol(d: Draft) -> dict[str, Any]:
    protocol: dict[str, Any] = {
        "protocol": "GEN-001",
        "title": "A generated protocol",
        "version": "1.0",
        "date": date(2026, 1, 15),
        "timezone": d.zone,
        "boundary": d.r.choice(["inclusive", "exclusive"]),
        "study": {"opens": d.opens, "closes": d.opens + timedelta(days=d.horizon), **DRAWN},
        "events": d.events,
        "milestones": d.milestones,
        "gaps": d.gaps,
        "visits": d.visits,
        "rules": d.rules,
        "agents": d.agents,
        "tests": d.tests,
    }
    if d.maybe(0.3):
        del protocol["boundary"]
    if d.sites is not None and d.maybe(0.3):
        protocol["timezone"] = "Europe/Berlin"  # the site's own zone counts
    return {key: value for key, value in protocol.items() if value not in ([], {})}


def cases(features: Features | None = None) -> st.SearchStrategy[Case]:
    """The same cases as a hypothesis strategy."""
    return st.integers(0, 2**32 - 1).map(lambda seed: generate(seed, features))


# --- to files ------------------------------------------------------------------------------------


class _Quoting(yaml.SafeDumper):
    """Puts clock times in quotes, which plain `safe_dump` leaves out for 08:30."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if re.fullmatch(r"\d+:\d+", data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Quoting.add_representer(str, _Quoting.represent_str)


def dump(data: Mapping[str, Any]) -> str:
    """The text of a protocol file or of sites.yaml."""
    return str(yaml.dump(dict(data), Dumper=_Quoting, sort_keys=False))


def write(case: Case, folder: Path) -> tuple[Path, Path]:
    """Write protocol.yaml and the study folder; returns both paths."""
    study = folder / "study"
    study.mkdir(parents=True, exist_ok=True)
    path = folder / "protocol.yaml"
    path.write_text(dump(case.protocol), encoding="utf-8")
    heads = {
        "participants": ["participant"],
        "history": ["participant", "event", "start"],
        "dates": ["participant", "milestone", "date", "status"],
        "decisions": ["participant", "rule", "decision", "date"],
    }
    for table, head in heads.items():
        rows = case.study[table]
        columns = list(dict.fromkeys([*head, *(c for row in rows for c in row)]))
        with (study / f"{table}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
    if case.study["sites"] is not None:
        (study / "sites.yaml").write_text(dump(case.study["sites"]), encoding="utf-8")
    return path, study
