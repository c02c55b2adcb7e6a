"""Exact permitted dates for trial milestones and visits, from a protocol file.

`load_protocol`, `load_study` and `plan` are all that most users need; `example` gives something to
try them on.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scheduler.calendars.export import CalendarOptions
    from scheduler.cases.running import CaseResult, run_cases
    from scheduler.errors import Fault, InputFaults, NotFound, NotWritable, WashoutError
    from scheduler.partitions.lazy import plan_partitions
    from scheduler.planning.amendments import Diff, diff
    from scheduler.planning.comparison import PlanComparison
    from scheduler.planning.examples import Example, example
    from scheduler.planning.plans import Plan, plan
    from scheduler.protocol import Protocol
    from scheduler.protocol.reading import load_protocol
    from scheduler.reasons.explaining import Explanation
    from scheduler.store.opening import load_study
    from scheduler.study.model import Study
    from scheduler.study.reading import StudyTables

    __version__: str

_HOMES = {
    "CalendarOptions": "calendars.export",
    "CaseResult": "cases.running",
    "Diff": "planning.amendments",
    "Example": "planning.examples",
    "Explanation": "reasons.explaining",
    "Fault": "errors",
    "InputFaults": "errors",
    "NotFound": "errors",
    "NotWritable": "errors",
    "Plan": "planning.plans",
    "PlanComparison": "planning.comparison",
    "Protocol": "protocol",
    "Study": "study.model",
    "StudyTables": "study.reading",
    "WashoutError": "errors",
    "diff": "planning.amendments",
    "example": "planning.examples",
    "load_protocol": "protocol.reading",
    "load_study": "store.opening",
    "plan": "planning.plans",
    "plan_partitions": "partitions.lazy",
    "run_cases": "cases.running",
}
__all__ = [
    "CalendarOptions",
    "CaseResult",
    "Diff",
    "Example",
    "Explanation",
    "Fault",
    "InputFaults",
    "NotFound",
    "NotWritable",
    "Plan",
    "PlanComparison",
    "Protocol",
    "Study",
    "StudyTables",
    "WashoutError",
    "__version__",
    "diff",
    "example",
    "load_protocol",
    "load_study",
    "plan",
    "plan_partitions",
    "run_cases",
]
_PROGRAM = "washout"  # by which `washout.py` knows this package from another of its name


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used, so that small commands start fast."""
    if name == "__version__":
        from scheduler.report.run_json import program_version

        return program_version()
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"scheduler.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, whether they are loaded or not."""
    return sorted(__all__)


if os.path.isdir(os.path.join(os.path.dirname(__file__), "trigger")):
    import warnings

    warnings.warn(
        "the files of another package named scheduler lie among washout's in "
        f"{os.path.dirname(__file__)}: python -m pip uninstall scheduler, then "
        "python -m pip install --force-reinstall --no-deps washout",
        stacklevel=2,
    )
