"""The slow, obvious oracle: every answer straight from docs/semantics.md, by exhaustive search.

It shares no code with the package. Its input is what YAML and CSV readers give: nested dicts, lists
of rows with string cells. Nothing is validated: the input must be without faults.
"""

from .core import Oracle, domains, schedule, state, statuses

__all__ = ["Oracle", "domains", "schedule", "state", "statuses"]
