"""Activities: what is done at a milestone or visit; no date depends on them.

Source: docs/semantics.md, section 4 (what happens at a visit).
"""

from dataclasses import dataclass

from scheduler.protocol.sourced import Attributes, Source


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that is done at visits; `minutes` is how long it takes, where somebody says."""

    name: str
    label: str
    minutes: int | None
    only: Attributes
    source: Source | None


@dataclass(frozen=True, slots=True)
class AtVisit:
    """What happens at a milestone or visit, where, and in which phase; names of activities."""

    activities: tuple[str, ...] = ()
    place: str = ""
    phase: str = ""


NOTHING = AtVisit()
