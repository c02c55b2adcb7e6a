"""The life of events from export to export: new, changed, cancelled, restored, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from scheduler.calendars.blocks import EventBlock, shown_by, tombstone_of, written
from scheduler.calendars.entries import CANCELLED_PREFIX, CalendarEntry
from scheduler.calendars.files import Earlier
from scheduler.calendars.rows import over

KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Change:
    """One event that differs from the last export."""

    participant: str
    action: str  # new, changed, cancelled, restored
    title: str
    days: str
    days_before: str = ""

    def __str__(self) -> str:
        """The change as a line that a coordinator reads."""
        name = self.title.removeprefix(CANCELLED_PREFIX)
        if self.action == "changed" and self.days_before == self.days:
            return f"changed: {name}, {self.days}: text, status or reminder"
        if self.days_before and self.days_before != self.days:
            return f"{self.action}: {name}, was {self.days_before}, now {self.days}"
        return f"{self.action}: {name}, {self.days}"


@dataclass(slots=True)
class Merged:
    """A calendar after an export: its events, what changed, and numbers no longer in use."""

    blocks: list[EventBlock] = field(default_factory=list)
    changes: list[tuple[Change, EventBlock]] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    untold: bool = False  # whether entries were left out because they were over on that day

    def _add(self, block: EventBlock, change: Change) -> None:
        self.blocks.append(block)
        self.changes.append((change, block))


def merge(
    entries: Iterable[CalendarEntry],
    earlier: Earlier | None,
    as_of: date,
    in_scope: Callable[[EventBlock], bool] = lambda block: True,
) -> Merged:
    """What becomes of each event, given the entries of today and the export before?

    An unchanged event keeps its bytes. A changed one gets the next SEQUENCE, and so does one that
    vanished (a tombstone) or came back. ``in_scope`` tells which earlier events this export may
    cancel at all.
    """
    before = earlier or Earlier(b"", b"")
    merged = Merged(spent=dict(before.spent))
    present: set[str] = set()
    for entry in entries:
        present.add(entry.uid)
        _place(merged, entry, before.blocks.get(entry.uid), as_of)
    for uid, block in before.blocks.items():
        if uid not in present:
            _vanish(merged, block, as_of, in_scope(block))
    if before.blocks and not merged.blocks:
        _keep_one(merged, before)
    return merged


def _place(merged: Merged, entry: CalendarEntry, known: EventBlock | None, as_of: date) -> None:
    if known is None or known.cancelled:
        before = known is not None or entry.uid in merged.spent
        if over(entry, as_of) and not (before and entry.kind == "date"):
            merged.untold = True
            if known is not None:
                _vanish(merged, known, as_of, in_scope=True)
            return  # nothing left to act on, so nobody is told of it now
        sequence = known.sequence if known else merged.spent.pop(entry.uid, -1)
        action = "new" if sequence < 0 else "restored"
        change = Change(entry.participant, action, entry.summary, entry.days())
        merged._add(written(entry, sequence + 1, as_of), change)
    elif known.fingerprint == entry.fingerprint and known.alarm == entry.alarm:
        merged.blocks.append(known)
    else:
        old = shown_by(known)
        change = Change(entry.participant, "changed", entry.summary, entry.days(), old.days())
        merged._add(written(entry, known.sequence + 1, as_of), change)


def _vanish(merged: Merged, block: EventBlock, as_of: date, in_scope: bool) -> None:
    if not in_scope:
        merged.blocks.append(block)
    elif not block.cancelled:
        grave = tombstone_of(block)
        change = Change(grave.participant, "cancelled", grave.summary, grave.days())
        merged._add(written(grave, block.sequence + 1, as_of), change)
    elif as_of <= _forget_after(block):
        merged.blocks.append(block)
    else:
        merged.spent[block.uid] = block.sequence


def _forget_after(block: EventBlock) -> date:
    """A cancellation stands until the event's date, and its own, are 30 days past.

    Its own counts too, or an event of long ago would vanish from calendars untold.
    """
    stamp = date(int(block.stamp[:4]), int(block.stamp[4:6]), int(block.stamp[6:8]))
    return max(block.last_day, stamp) + timedelta(days=KEPT_DAYS)


def _keep_one(merged: Merged, before: Earlier) -> None:
    """Keep the latest tombstone: a calendar without any component is no calendar (RFC 5545)."""
    last = max(before.blocks.values(), key=lambda block: (block.start, block.uid))
    merged.spent.pop(last.uid, None)
    merged.blocks.append(last)
