"""A study: its tables as text cells with their places, its sites, and its files' fingerprints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from numbers import Integral

from scheduler.errors import Fault
from scheduler.study.settings import StudySettings
from scheduler.study.sites import Site
from scheduler.study.tables import Table


@dataclass(frozen=True, eq=False)
class Study:
    """The tables of a study, checked by themselves; `sites` is None where nothing describes them.

    Two studies are equal where their cells, row by row, and their sites are.

    `unread` names tables that are there and could not be understood (a fault says why).
    `fingerprints` are the SHA-256 sums of the files; `warnings` what was told and stops nothing;
    `given_ids` the ids of participants as a DataFrame had them, by their codes, where they differ.
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
    given_ids: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(table)} {table.name}" for table in self.tables)
        return f"<Study: {rows}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Study):
            return NotImplemented
        return self._sums == other._sums and self.sites == other.sites

    def __hash__(self) -> int:
        return hash(self._sums)

    @cached_property
    def _sums(self) -> tuple[str, ...]:
        return tuple(table.fingerprint for table in self.tables)

    @cached_property
    def own_ids(self) -> dict[str, int | str]:
        """The id of every participant as it was given, by code.

        Empty where all are the codes themselves, and where texts and numbers are mixed.
        """
        if not self.given_ids:
            return {}
        codes = [str(code) for code in self.participants.column("participant")]
        given = {code: self.given_ids.get(code, code) for code in codes}
        if all(isinstance(one, str) for one in given.values()):
            return {code: str(one) for code, one in given.items()}
        whole = {code: one for code, one in given.items() if isinstance(one, Integral)}
        fits = len(whole) == len(given) and all(abs(int(one)) < 2**63 for one in whole.values())
        return {code: int(one) for code, one in whole.items()} if fits else {}

    @property
    def no_history(self) -> bool:
        """Whether there is no table of history at all, so that nobody was asked anything."""
        return not len(self.history) and any(fault.code == "S211" for fault in self.warnings)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The four tables, in the order of the documentation."""
        return self.participants, self.history, self.dates, self.decisions
