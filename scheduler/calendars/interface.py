"""What the calendars need of a plan, and what a user may choose about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from scheduler.tables.frames import Frame


class NodeLike(Protocol):
    """One milestone or one occurrence of a visit."""

    @property
    def name(self) -> str:
        """The identifier that tables use, such as ``phone#3``."""
        ...

    @property
    def label(self) -> str:
        """The words that people read."""
        ...

    @property
    def kind(self) -> str:
        """``milestone`` or ``visit``."""
        ...


class ProtocolLike(Protocol):
    """The protocol's name and nodes."""

    @property
    def id(self) -> str:
        """The protocol's identifier, part of every event's identity."""
        ...

    @property
    def version(self) -> str:
        """The version that every description names."""
        ...

    @property
    def nodes(self) -> Sequence[NodeLike]:
        """Milestones and visits in the file's order."""
        ...


class PlanLike(Protocol):
    """A plan as the calendars see it: dates, rows and sites, no study files."""

    @property
    def as_of(self) -> date:
        """The day that the plan was made for; the only "now" a calendar knows."""
        ...

    @property
    def protocol(self) -> ProtocolLike:
        """The protocol that the plan follows."""
        ...

    def table(self, name: str, /) -> Frame:
        """Of ``calendar_rows``: one row an entry.

        Columns: participant, kind, node, rule, event, first, last, time, status, assumption,
        undetermined, source, sentence, basis; where there are several entries of one kind for
        the same node, rule and event, a column ``occurrence`` may tell them apart by something
        other than their date. A column ``caution`` may say what is wrong with an appointment
        (``not_permitted``, ``does_not_fit``), a column ``secrets`` which words a rule's name must
        not tell beside those of ``event``, a column ``minutes`` how long a timed date takes.
        """
        ...

    @property
    def sites(self) -> Mapping[str, tuple[str, str]]:
        """Each participant's site (empty where there are none) and IANA time zone."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarOptions:
    """What a user chose about the calendars.

    ``participants`` limits an export to these; entries of others stay as they are.
    """

    detailed: bool = False
    planned: bool = False
    no_alarms: bool = False
    site_alarms: bool = False
    participants: tuple[str, ...] | None = None
    milestones_only: bool = False
    questions: bool = False
    restrictions: bool = False
    booked_windows: bool = False
