"""A study: its tables as text cells with their places, its sites, and its files' fingerprints."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduler.errors import Fault
from scheduler.study.settings import StudySettings
from scheduler.study.sites import Site
from scheduler.study.tables import Table


@dataclass(frozen=True)
class Study:
    """The tables of a study, checked by themselves; `sites` is None where nothing describes them.

    `unread` names tables that are there and could not be understood (a fault says why).
    `fingerprints` are the SHA-256 sums of the files; `warnings` what was told and stops nothing.
    """

    participants: Table
    history: Table
    dates: Table
    decisions: Table
    sites: Mapping[str, Site] | None
    fingerprints: Mapping[str, str]
    warnings: tuple[Fault, ...] = ()
    source: str = ""
    settings: StudySettings = field(default_factory=StudySettings)
    unread: frozenset[str] = frozenset()

    @property
    def tables(self) -> tuple[Table, ...]:
        """The four tables, in the order of the documentation."""
        return self.participants, self.history, self.dates, self.decisions
