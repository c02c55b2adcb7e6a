"""What an amendment changes: item by item, and participant by participant.

Both versions plan all participants, so that the difference is the amendment's alone; which version
a participant is really under plays no part. Source: docs/amendments.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from scheduler.binding.versions import alone, fitting
from scheduler.errors import InputFaults
from scheduler.planning.comparison import DifferenceTables, compared, given_ids
from scheduler.planning.protocol_items import Aspects, items_of
from scheduler.protocol import Protocol
from scheduler.study.model import Study
from scheduler.tables.columns import category, text_column
from scheduler.tables.frames import Frame
from scheduler.wording.changes import item_line

if TYPE_CHECKING:
    import pandas as pd

    from scheduler.planning.plans import Plan

SECTIONS = (
    "protocol", "event", "milestone", "gap", "visit", "rule", "test", "agent", "activity", "task",
    "checklist",
)  # fmt: skip
KINDS = ("added", "removed", "changed")


@dataclass(frozen=True)
class Diff(DifferenceTables):
    """What one version of a protocol changes against another, for a study on one day.

    `before` and `after` are the two plans of all participants.
    """

    before: "Plan"
    after: "Plan"

    @cached_property
    def frames(self) -> dict[str, Frame]:
        """All tables by name as columns of arrays, for who needs no DataFrame."""
        found = compared(self.before, self.after).frames
        order = ("days", "bookings", "schedule", "states")  # what matters most comes first
        items = changed_items(self.before.protocol, self.after.protocol)
        return {"items": items, **{name: found[name] for name in order}}

    @cached_property
    def ids(self) -> dict[str, int | str]:
        """The ids of participants as they were given, by their codes; none where these are it."""
        return given_ids(self.before, self.after)

    @cached_property
    def items(self) -> "pd.DataFrame":
        """What the protocol changes: one row an aspect of an item that differs."""
        return self.handed("items")

    @property
    def tables(self) -> "dict[str, pd.DataFrame]":
        """All tables by name, as `washout diff --out` writes them."""
        return {name: getattr(self, name) for name in self.frames}

    def __str__(self) -> str:
        """The difference as lines to read."""
        from scheduler.planning.comparison_lines import participant_lines

        lines = participant_lines(self.before, self.after, self.frames)
        return "\n".join([*self._head(), *lines])

    def _head(self) -> list[str]:
        old, new = self.before.protocol, self.after.protocol
        name = old.id if old.id == new.id else f"{old.id} -> {new.id}"
        day = self.before.as_of.isoformat()
        items = self.frames["items"]
        lines = [f"  {item_line(*row)}" for row in items.pairs(*items.heads)]
        return [
            f"{name}, version {old.version} -> {new.version}, as of {day}", "",
            "What the protocol changes", *(lines or ["  nothing that dates rest on"]), "",
        ]  # fmt: skip

    def _repr_html_(self) -> str:
        from scheduler.report.notebook import frames_html

        return frames_html(self.frames)


def diff(
    old: Protocol, new: Protocol, study: Study, as_of: str | date, strict: bool = False
) -> Diff:
    """What does a new version of a protocol change against an old one?

    Records of milestones, visits and rules that only the other version knows are left out of a
    plan; `study` may name any versions, they are not looked at.
    Raises: InputFaults with what fits neither version.
    """
    from scheduler.planning.plans import plan

    plans, faults = [], []
    for protocol, other in ((old, new), (new, old)):
        try:
            plans.append(plan(alone(protocol), fitting(study, protocol, [other]), as_of, strict))
        except InputFaults as error:
            faults += error.faults
    if faults:
        raise InputFaults(list(dict.fromkeys(faults)))
    return Diff(*plans)


def changed_items(old: Protocol, new: Protocol) -> Frame:
    """Which items of a protocol were added, removed or changed, and in what?

    Items are matched by id (gaps by their two ends, in the file's order where there are several).
    """
    rows: list[tuple[str, str, str, str, str, str]] = []
    for section in SECTIONS:
        before, after = dict(items_of(old, section)), dict(items_of(new, section))
        for item in dict.fromkeys([*after, *before]):
            rows += [(section, item, *row) for row in _compared(before.get(item), after.get(item))]
        if section in ("milestone", "visit"):
            rows += _order(section, list(before), list(after))
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Frame(
        {
            "section": category(columns[0], SECTIONS),
            "item": text_column(columns[1]),
            "change": category(columns[2], KINDS),
            "aspect": text_column(columns[3]),
            "before": text_column(columns[4]),
            "after": text_column(columns[5]),
        }
    )


def _compared(old: Aspects | None, new: Aspects | None) -> list[tuple[str, str, str, str]]:
    if old is None or new is None:
        whole = new if old is None else old
        assert whole is not None
        text = "; ".join(f"{name} {value}" for name, value in whole.items() if value)
        return [("added", "", "", text) if old is None else ("removed", "", text, "")]
    names = dict.fromkeys([*new, *old])
    pairs = [(name, old.get(name, ""), new.get(name, "")) for name in names]
    return [("changed", name, one, other) for name, one, other in pairs if one != other]


def _order(
    section: str, old: Sequence[str], new: Sequence[str]
) -> list[tuple[str, str, str, str, str, str]]:
    """The order of the items that both have decides which is recommended first."""
    one, other = [x for x in old if x in new], [x for x in new if x in old]
    if one == other:
        return []
    return [(section, "", "changed", "order", ", ".join(one), ", ".join(other))]
