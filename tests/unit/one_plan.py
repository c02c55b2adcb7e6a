"""Small plans for unit tests: the text of a protocol and a few rows, planned."""

from typing import Any

import pandas as pd

from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import parse_protocol
from scheduler.study.reading import load_study
from tests.unit.small_problems import HEAD


def planned(
    body: str,
    history: list[dict[str, str]] | None = None,
    dates: list[dict[str, str]] | None = None,
    participants: list[dict[str, str]] | None = None,
    decisions: list[dict[str, str]] | None = None,
    as_of: str = "2026-03-01",
    strict: bool = False,
    **more: Any,
) -> Plan:
    """A whole plan; fails on any fault of the input."""
    protocol, faults = parse_protocol(HEAD + body, "protocol.yaml")
    assert protocol is not None, "\n".join(map(str, faults))
    rows = {"history": history, "dates": dates, "decisions": decisions}
    tables = {"participants": participants or [{"participant": "P1"}]}
    tables |= {name: found for name, found in rows.items() if found}
    frames = {name: pd.DataFrame(found).fillna("") for name, found in tables.items()}
    return plan(protocol, load_study({**frames, **more}), as_of, strict=strict)
