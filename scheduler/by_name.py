"""Functions of upper floors, found by name when an object is asked to show or draw itself.

A module imports only from its own floor or a lower one; an object that a user holds should yet
show itself in a notebook. So it names the function, and nothing is loaded before it is asked for.
"""

from importlib import import_module
from typing import Any


def call(module: str, function: str, *given: Any, **options: Any) -> Any:
    """What a function answers, loaded now: `call("report.notebook", "plan_html", plan)`."""
    return getattr(import_module(f"scheduler.{module}"), function)(*given, **options)
