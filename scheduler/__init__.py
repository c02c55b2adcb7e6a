"""Exact permitted dates for trial milestones and visits, from a protocol file.

`load_protocol`, `load_study` and `plan` are all that most users need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.errors import InputFaults, NotFound, WashoutError
    from scheduler.partitions.lazy import plan_partitions
    from scheduler.planning.amendments import Diff, diff
    from scheduler.planning.plans import Plan, plan
    from scheduler.protocol import Protocol
    from scheduler.protocol.reading import load_protocol
    from scheduler.study.model import Study
    from scheduler.study.reading import load_study

__all__ = [
    "Diff",
    "InputFaults",
    "NotFound",
    "Plan",
    "Protocol",
    "Study",
    "WashoutError",
    "diff",
    "load_protocol",
    "load_study",
    "plan",
    "plan_partitions",
]

_HOMES = {
    "Diff": "planning.amendments",
    "diff": "planning.amendments",
    "InputFaults": "errors",
    "NotFound": "errors",
    "WashoutError": "errors",
    "Plan": "planning.plans",
    "plan": "planning.plans",
    "plan_partitions": "partitions.lazy",
    "Protocol": "protocol",
    "load_protocol": "protocol.reading",
    "Study": "study.model",
    "load_study": "study.reading",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that small commands start fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"scheduler.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
