"""Does the tests' oracle, which searches every schedule, find the same days?

The oracle reads the protocol and the tables by itself and shares no code with the package, nor with
the rivals here. It takes seconds a participant.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from benchmarks.design import Design
from benchmarks.places import closures, sites
from benchmarks.plain_loop import Person
from tests.oracle import Oracle

Days = dict[str, set[int]]


def oracle_days(design: Design, person: Person) -> Days:
    """For every open node the permitted days (ordinals), by the oracle; empty ones left out."""
    who = person.row["participant"]
    study: dict[str, Any] = {
        "participants": [_texts(person.row)],
        "history": [_texts(row) for row in person.history],
        "dates": [_texts(row) for row in person.dates],
        "sites": {name: {"timezone": one["timezone"]} for name, one in sites(design).items()},
    }
    protocol = yaml.safe_load(design.text)
    oracle = Oracle(protocol, study, who, design.as_of, closures=closures(design))
    days = oracle.passes[True].domains() if not oracle.left_study else {}
    return {node: set(found) for node, found in days.items() if found}


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }
