"""What an amendment changes: item by item, and participant by participant.

Both versions plan all participants, so that the difference is the amendment's alone; which version
a participant is really under plays no part. Source: docs/amendments.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from scheduler.binding.versions import alone, fitting
from scheduler.days import clock_text, iso
from scheduler.errors import InputFaults
from scheduler.planning.comparison import (
    changed_bookings,
    changed_days,
    changed_schedule,
    changed_states,
)
from scheduler.protocol import Attributes, Basis, Gap, Milestone, Protocol, Rule, Task, Visit
from scheduler.study.model import Study
from scheduler.tables.columns import category
from scheduler.wording.changes import item_line
from scheduler.wording.forms import days_text, listing, weekdays_text

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan

SECTIONS = (
    "protocol", "event", "milestone", "gap", "visit", "rule", "agent", "task", "checklist",
)  # fmt: skip
KINDS = ("added", "removed", "changed")
Aspects = Mapping[str, str]


@dataclass(frozen=True)
class Diff:
    """What one version of a protocol changes against another, for a study on one day.

    `before` and `after` are the two plans of all participants.
    """

    before: "Plan"
    after: "Plan"

    @cached_property
    def items(self) -> pd.DataFrame:
        """What the protocol changes: one row an aspect of an item that differs."""
        return changed_items(self.before.protocol, self.after.protocol)

    @cached_property
    def days(self) -> pd.DataFrame:
        """Which days of which node are lost and gained, participant by participant."""
        return changed_days(self.before, self.after)

    @cached_property
    def bookings(self) -> pd.DataFrame:
        """Bookings that only one of the versions can keep."""
        return changed_bookings(self.before, self.after)

    @cached_property
    def schedule(self) -> pd.DataFrame:
        """Which nodes get another date, status or window given the other dates."""
        return changed_schedule(self.before, self.after)

    @cached_property
    def states(self) -> pd.DataFrame:
        """Whose state, next node, or count of open questions and deviations differs."""
        return changed_states(self.before, self.after)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All frames by name, as `washout diff --out` writes them."""
        names = ("items", "days", "bookings", "schedule", "states")
        return {name: getattr(self, name) for name in names}

    def __str__(self) -> str:
        """The difference as lines to read."""
        from scheduler.planning.comparison_lines import participant_lines

        return "\n".join([*self._head(), *participant_lines(self.before, self.after)])

    def _head(self) -> list[str]:
        old, new = self.before.protocol, self.after.protocol
        name = old.id if old.id == new.id else f"{old.id} -> {new.id}"
        day = self.before.as_of.isoformat()
        rows = self.items.astype(object).where(self.items.notna(), "").astype(str)
        lines = [f"  {item_line(*row)}" for row in rows.itertuples(index=False, name=None)]
        return [
            f"{name}, version {old.version} -> {new.version}, as of {day}", "",
            "What the protocol changes", *(lines or ["  nothing that dates rest on"]), "",
        ]  # fmt: skip

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{name}</h4>{table.to_html(index=False)}" for name, table in self.tables.items()
        )


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


def changed_items(old: Protocol, new: Protocol) -> pd.DataFrame:
    """Which items of a protocol were added, removed or changed, and in what?

    Items are matched by id (gaps by their two ends, in the file's order where there are several).
    """
    rows: list[tuple[str, str, str, str, str, str]] = []
    for section in SECTIONS:
        before, after = dict(_items(old, section)), dict(_items(new, section))
        for item in dict.fromkeys([*after, *before]):
            rows += [(section, item, *row) for row in _compared(before.get(item), after.get(item))]
        if section in ("milestone", "visit"):
            rows += _order(section, list(before), list(after))
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return pd.DataFrame(
        {
            "section": category(columns[0], SECTIONS),
            "item": pd.Series(list(columns[1]), dtype="str"),
            "change": category(columns[2], KINDS),
            "aspect": pd.Series(list(columns[3]), dtype="str"),
            "before": pd.Series(list(columns[4]), dtype="str"),
            "after": pd.Series(list(columns[5]), dtype="str"),
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


def _items(protocol: Protocol, section: str) -> Iterable[tuple[str, Aspects]]:
    if section == "protocol":
        return [("", _head(protocol))]
    if section == "event":
        return [
            (e.name, {"label": e.label, "kind": "point" if e.point else "course"})
            for e in protocol.events
        ]
    if section == "milestone":
        return [(m.name, _milestone(m)) for m in protocol.milestones]
    if section == "gap":
        return _gaps(protocol)
    if section == "visit":
        return [(v.name, _visit(v)) for v in protocol.visits]
    if section == "rule":
        return [(r.id, _rule(r)) for r in protocol.rules]
    if section == "agent":
        return [(a.name, {"half-life": a.text, **_basis(a.basis)}) for a in protocol.agents]
    if section == "task":
        return [(t.name, _task(t)) for t in protocol.tasks]
    return [
        (c.id, {"summary": c.summary, "source": str(c.source or "")}) for c in protocol.checklist
    ]


def _head(protocol: Protocol) -> Aspects:
    study = protocol.study
    return {
        "protocol": protocol.id,
        "title": protocol.title,
        "version": protocol.version,
        "date": protocol.date,
        "timezone": protocol.timezone,
        "boundary": "inclusive" if protocol.inclusive else "exclusive",
        "opens": iso(study.opens),
        "closes": iso(study.closes),
        "enrollment": "" if study.enrollment is None else str(study.enrollment),
    }


def _milestone(milestone: Milestone) -> Aspects:
    zero = {None: "", True: "Day 0", False: "Day 1"}[milestone.day_zero]
    return {
        "label": milestone.label,
        **_when(milestone),
        "counted as": zero,
        "optional": "yes" if milestone.optional else "",
    }


def _when(node: Milestone | Visit) -> Aspects:
    return {
        "time": "" if node.at is None else clock_text(node.at),
        "days": "any day" if node.any_day else weekdays_text(node.weekdays) or "open days",
        "minutes": "" if node.minutes is None else str(node.minutes),
    }


def _gaps(protocol: Protocol) -> list[tuple[str, Aspects]]:
    """Gaps by their ends; a further one between the same ends gets a number."""
    found: list[tuple[str, Aspects]] = []
    counts: dict[str, int] = {}
    for gap in protocol.gaps:
        counts[gap.id] = counts.get(gap.id, 0) + 1
        number = f" ({counts[gap.id]})" if counts[gap.id] > 1 else ""
        found.append((f"{gap.id}{number}", _gap(gap)))
    return found


def _gap(gap: Gap) -> Aspects:
    return {
        "at least": str(gap.min or ""),
        "at most": str(gap.max or ""),
        "condition": _condition(gap.only),
        **_basis(gap.basis),
    }


def _visit(visit: Visit) -> Aspects:
    window, repeat = visit.window, visit.repeat
    return {
        "label": visit.label,
        "anchor": f"{'after' if visit.after else 'before'} {visit.anchor}",
        "target": str(visit.target),
        "window before": str(window.before) if window else "unknown",
        "window after": str(window.after) if window else "unknown",
        "repeat": f"every {repeat.every}, {repeat.times} times" if repeat else "",
        **_when(visit),
        "optional": "yes" if visit.optional else "",
        "condition": _condition(visit.only),
        **_basis(visit.basis),
    }


def _task(task: Task) -> Aspects:
    return {
        "label": task.label,
        "due": str(task.due),
        "anchor": f"{'after' if task.after else 'before'} {task.anchor}",
        "owner": task.owner,
        "condition": _condition(task.only),
        **_basis(task.basis),
    }


def _rule(rule: Rule) -> Aspects:
    until = f" until {rule.until}" if rule.until else ""
    ages = [f"from {rule.age_min}"] if rule.age_min else []
    ages += [f"through {rule.age_max}"] if rule.age_max else []
    boundary = ""
    if rule.length is not None:
        boundary = "inclusive" if rule.inclusive else "at least" if rule.clear else "exclusive"
    return {
        "summary": rule.summary,
        "events": listing(rule.events) if rule.events else "",
        "form": rule.form.value.replace("_", " "),
        "anchor": f"{rule.node}{until}",
        "at least": _amount(rule, rule.at_least),
        "at most": _amount(rule, rule.at_most),
        "pauses": days_text(rule.pauses) if rule.pauses else "",
        "duration": str(rule.length or ""),
        "boundary": boundary,
        "exceptions": _condition(rule.exempt),
        "condition": _condition(rule.only),
        "judgement": "investigator" if rule.judgement else "",
        "age": " ".join(ages),
        **_basis(rule.basis),
    }


def _amount(rule: Rule, number: int | None) -> str:
    """A bound of a rule that counts (whole days: one that adds up)."""
    if number is None:
        return ""
    return days_text(number) if rule.traits.in_days else str(number)


def _condition(only: Attributes) -> str:
    return ", ".join(f"{name} {listing(values)}" for name, values in only.items())


def _basis(basis: Basis) -> Aspects:
    source = basis.source
    phrase = f', "{source.phrase}"' if source and source.phrase else ""
    return {"source": f"{source}{phrase}" if source else "", "assumption": basis.assumption}
