"""A function of an upper floor, found by name when an object is asked to show itself in a notebook.

A room imports only from rooms below it, and yet a protocol (`protocol.model`) and an explanation
(`reasons.explaining`), which a user holds in a notebook, should show themselves there. So these two
name the function; nothing is loaded before it is asked for. Nobody else may.
"""

from importlib import import_module
from typing import Any


def call(module: str, function: str, *given: Any, **options: Any) -> Any:
    """What a function answers, loaded now: `call("report.notebook", "plan_html", plan)`."""
    return getattr(import_module(f"scheduler.{module}"), function)(*given, **options)
