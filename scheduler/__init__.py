"""Exact permitted dates for trial milestones and visits, from a protocol file.

`load_protocol`, `load_study` and `plan` are all that most users need.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.amendments import Diff, diff
    from scheduler.errors import InputFaults, NotFound, WashoutError
    from scheduler.partitions.lazy import plan_partitions
    from scheduler.planning import Plan, plan
    from scheduler.protocol import Protocol
    from scheduler.protocol_file import load_protocol
    from scheduler.study import load_study
    from scheduler.study_model import Study

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
    "Diff": "amendments",
    "diff": "amendments",
    "InputFaults": "errors",
    "NotFound": "errors",
    "WashoutError": "errors",
    "Plan": "planning",
    "plan": "planning",
    "plan_partitions": "partitions.lazy",
    "Protocol": "protocol",
    "load_protocol": "protocol_file",
    "Study": "study_model",
    "load_study": "study",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that small commands start fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"scheduler.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
