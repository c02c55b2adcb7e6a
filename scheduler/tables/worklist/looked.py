"""What the worklist is made from, and what one row of it holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from scheduler.protocol import UNSCHEDULED, Protocol
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved
from scheduler.wording.labelled import UNSCHEDULED_VISIT, Labelled, labels_of
from scheduler.wording.said_days import day_said

SOON = 7  # days ahead: a window closes, a last day or a due day is near
# what is read of the longest tables
_HEADS = {
    "schedule": ("participant", "milestone", "status", "date", "last", "certainty"),
    "blocked": ("participant", "milestone", "rule", "event", "exposure_start", "first", "last"),
}
_OPEN = ("planned", "booked", "none", "awaiting")
_MOST_CLOSED = 21  # days that one looks back for an open one


IDS = ("node", "paper", "day")  # beside the labels, for who leads to a page


class Todo(NamedTuple):
    """One row; `act_by` is a day number, FAR where nothing presses.

    `node` is the id of the step, `paper` that of the test or task, where it is about one; `day` the
    booked day (with its time) of an unscheduled visit, of which there may be several.
    """

    act_by: int
    participant: str
    kind: str
    step: str
    what: str
    options: str
    why: str
    source: str
    node: str = ""
    paper: str = ""
    day: str = ""


@dataclass(frozen=True)
class Looked:
    """What the worklist looks at: the tables of everybody, labels, and who has begun."""

    protocol: Protocol
    as_of: int
    people: Sequence[str]
    sites: Mapping[str, tuple[str, str]]
    frames: Mapping[str, Frame]
    notes: Mapping[tuple[str, str], str]  # of recorded dates
    part: Callable[[str], Solved]
    no_history: bool = False  # there is no such table, and a rule would look at it
    _rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict, init=False)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A table's rows as plain values, made once; days are day numbers."""
        if name not in self._rows:
            self._rows[name] = self.frames[name].records(_HEADS.get(name, ()))
        return self._rows[name]

    def label(self, node: str) -> str:
        """The words for a milestone or visit, also for an unscheduled one."""
        if node == UNSCHEDULED:
            return UNSCHEDULED_VISIT
        place = self.protocol.index.get(node)
        return node if place is None else self.protocol.nodes[place].label

    def event(self, name: str) -> str:
        """The words for an event."""
        place = self.protocol.event_index.get(name)
        return name if place is None else self.protocol.events[place].label

    def said(self, day: int, minute: int = -1) -> str:
        """A day as people say it, with its time where there is one."""
        return day_said(day, self.as_of, minute)

    @cached_property
    def labelled(self) -> Labelled:
        """Sentences with labels in place of ids."""
        return labels_of(self.protocol)

    @cached_property
    def begun(self) -> set[str]:
        """Those of whom the protocol's first milestone is done."""
        return who_began(self.protocol, self.rows("schedule"))

    @cached_property
    def next_steps(self) -> dict[str, str]:
        """Each participant's first required node, in the file's order, that is still open."""
        found: dict[str, str] = {}
        required = {node.name for node in self.protocol.nodes if node.required}
        for row in self.rows("schedule"):
            if row["milestone"] in required and row["status"] in _OPEN:
                found.setdefault(row["participant"], row["milestone"])
        return found

    def before(self, participant: str, day: int) -> int:
        """The last day before another on which somebody is at the site; not before `as_of`."""
        part = self.part(participant)
        who = part.participants.index(participant)
        site = part.cohort.sites[int(part.cohort.site[who])]
        first = max(self.as_of, day - _MOST_CLOSED)
        if day - 1 <= first:
            return first
        closed = site.closed_days(first, day - 1)
        open_ = [first + place for place, shut in enumerate(closed.tolist()) if not shut]
        return open_[-1] if open_ else day - 1


def who_began(protocol: Protocol, schedule: Iterable[Mapping[str, str]]) -> set[str]:
    """Those of whom the protocol's first milestone is done, by the rows of the schedule."""
    first = protocol.milestones[0].name
    return {
        row["participant"]
        for row in schedule
        if row["milestone"] == first and row["status"] == "done"
    }


def minute_of(value: str) -> int:
    """The minute of the day that a cell `HH:MM` says; -1 where it is empty."""
    if not value:
        return -1
    hour, _, minute = value.partition(":")
    return 60 * int(hour) + int(minute)


def cited(item: Any) -> str:
    """Where an item of the protocol comes from, or that it is assumed."""
    return str(item.basis.source or "") or ("assumption" if item.basis.assumption else "")


def notes_of(solved: Solved) -> dict[tuple[str, str], str]:
    """The notes beside the done dates of a part, by participant and node."""
    dates, notes = solved.cohort.dates, solved.study.dates.column("note")
    found = {}
    for who, node, row in zip(
        dates.participant.tolist(), dates.node.tolist(), dates.row.tolist(), strict=True
    ):
        if node >= 0 and row >= 0 and str(notes[row]).strip():
            found[solved.participants[who], solved.protocol.nodes[node].name] = str(notes[row])
    return found
