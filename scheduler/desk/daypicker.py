"""The days of one step, month by month: what each day is, by word and letter, and why.

Verdicts, reasons and the comparison of days are the plan's; closed days are the site's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from scheduler.days import date_of, day_of, iso
from scheduler.desk.effects import target_words
from scheduler.desk.frames import day_words
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.texts import month_names
from scheduler.planning.what_if import sweep
from scheduler.tables.days import verdicts_of
from scheduler.tables.frames import Row

MARKS = {
    "permitted": "✓",
    "undetermined": "?",
    "blocked": "\u00d7",
    "closed": "\u2013",
    "free": "·",
    "past": "",
}
_SHOWN, _BEST = 3, 3


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of a month: its kind, and what is said of it."""

    day: str
    number: int
    kind: str
    mark: str
    notes: tuple[str, ...]
    why: str

    @property
    def said(self) -> str:
        """The whole cell in words."""
        parts = [day_words(self.day), self.kind, *self.notes]
        return ", ".join(part for part in parts if part) + (f". {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks of seven places, Monday first; None is a place outside it."""

    name: str
    weeks: tuple[tuple[DayCell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class BestDay:
    """A day that is worth offering first."""

    day: str
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class StepDays:
    """Everything the picker shows of one step."""

    months: tuple[Month, ...]
    best: tuple[BestDay, ...]
    earlier: str
    later: str
    permitted: int
    stated: bool


class Picker:
    """The picker of one step of one participant."""

    def __init__(
        self, one: OnePlan, node: str, as_of: date, closes: date, label: Callable[[str], str]
    ) -> None:
        """Of a participant who has a plan."""
        self.label = label
        self.one, self.node, self.as_of, self.closes = one, node, as_of, closes
        self.row: Row = next(
            (row for row in one.known.table("schedule") if row["milestone"] == node), {}
        )
        self.verdicts = self._verdicts()
        self.booked = next((row["date"] for row in one.booked()
                            if row["milestone"] == node), "")  # fmt: skip
        found = one.protocol
        place = found.index.get(node) if found else None
        self.any_day = bool(found and place is not None and found.nodes[place].any_day)

    def _verdicts(self) -> dict[str, str]:
        """The verdict on each day that has one."""
        if self.one.plan is None:
            return {}
        key = f"days {self.node}"
        if key not in self.one.found:
            found = verdicts_of(self.one.plan.part(self.one.code), self.one.code, self.node)
            self.one.found[key] = {iso(day): word for day, word in found.items()}
        verdicts: dict[str, str] = self.one.found[key]
        return verdicts

    def days(self, start: str = "") -> StepDays:
        """The months from one (`2026-07`) on; without it, from that of its date or first day."""
        first = self._start(start)
        months = [_month(first, place) for place in range(_SHOWN)]
        earlier, later = _month(first, -_SHOWN), _month(first, _SHOWN)
        low = date(self.as_of.year, self.as_of.month, 1)
        return StepDays(
            tuple(self._month(month) for month in months),
            self.best(),
            "" if first <= low else max(earlier, low).isoformat()[:7],
            later.isoformat()[:7] if later <= self.closes else "",
            sum(word == "permitted" for word in self.verdicts.values()),
            bool(self.verdicts),
        )

    def _start(self, start: str) -> date:
        try:
            return date.fromisoformat(f"{start}-01")
        except ValueError:
            pass
        near = self.row.get("date", "") or self.booked
        near = near or next((d for d, word in self.verdicts.items() if word != "blocked"), "")
        found = max(date.fromisoformat(near[:10]) if near else self.as_of, self.as_of)
        return found.replace(day=1)

    def _month(self, first: date) -> Month:
        cells: list[DayCell | None] = [None] * first.weekday()
        day = first
        while day.month == first.month:
            cells.append(self.cell(day))
            day += timedelta(days=1)
        cells += [None] * (-len(cells) % 7)
        weeks = tuple(tuple(cells[i : i + 7]) for i in range(0, len(cells), 7))
        return Month(f"{month_names()[first.month - 1]} {first.year}", weeks)

    def cell(self, day: date) -> DayCell:
        """One day, with why it is out where a table tells."""
        text = day.isoformat()
        closed = "" if self.any_day else self.one.site.reason(day_of(day))
        kind = self.verdicts.get(text, "free" if not self.verdicts else "blocked")
        why = ""
        if day < self.as_of:
            kind = "past"
        elif closed and kind in ("blocked", "free"):
            kind, why = "closed", f"{closed[:1].upper()}{closed[1:]}."
        if kind in ("blocked", "undetermined", "closed"):
            why = f"{why} {self._reason(text)}".strip()
        notes = [said for said, found in (
            ("suggested", self.row.get("status") == "planned" and self.row.get("date") == text),
            ("booked", self.booked[:10] == text),
            ("target", self.row.get("target") == text),
            ("today", day == self.as_of),
        ) if found]  # fmt: skip
        return DayCell(text, day.day, kind, MARKS[kind], tuple(notes), why)

    def _reason(self, text: str) -> str:
        """The rules that forbid a day by themselves, in the plan's sentences."""
        told = [
            row["sentence"] for row in self._blocked
            if (not row["first"] or row["first"][:10] <= text)
            and (not row["last"] or text <= row["last"][:10]) and (row["first"] or row["last"])
        ]  # fmt: skip
        return " ".join(dict.fromkeys(told))

    @property
    def _blocked(self) -> list[Row]:
        key = f"blocked {self.node}"
        if key not in self.one.found:
            rows = self.one.table("blocked")
            self.one.found[key] = [row for row in rows if row["milestone"] == self.node]
        found: list[Row] = self.one.found[key]
        return found

    def best(self) -> tuple[BestDay, ...]:
        """The days to offer first: nearest to the target, with most left for what follows."""
        key = f"best {self.node}"
        if key not in self.one.found:
            self.one.found[key] = tuple(self._best())
        found: tuple[BestDay, ...] = self.one.found[key]
        return found

    def _best(self) -> Iterable[BestDay]:
        if self.one.plan is None or not any(v == "permitted" for v in self.verdicts.values()):
            return
        target = self.row.get("target", "")
        goal = date.fromisoformat(target) if target else None
        near = self._nearest(goal)
        part = self.one.plan.part(self.one.code)
        for row in sorted(sweep(part, self.one.code, self.node, among=near).records(),
                          key=partial(_worth, goal))[:_BEST]:  # fmt: skip
            day = date_of(row["day"])
            words = [self._off(abs((day - goal).days), day, goal)] if goal else []
            if count := row["targets"]:
                words.append(f"{row['on_target']} of {count} later visits on target")
            if slack := row["slack"] or 0:
                unit = "day" if slack == 1 else "days"
                words.append(f"{slack} spare {unit} for {self.label(row['tightest'])}")
            yield BestDay(day.isoformat(), day_words(day.isoformat()), ", ".join(words))

    def _nearest(self, goal: date | None) -> set[int]:
        """The permitted days that can be among the best: those as near to the goal as a third."""
        days = [day_of(date.fromisoformat(d)) for d, w in self.verdicts.items() if w == "permitted"]
        if goal is None:
            return set(days)
        off = sorted(abs(day - day_of(goal)) for day in days)
        return {day for day in days if abs(day - day_of(goal)) <= off[:_BEST][-1]}

    @staticmethod
    def _off(off: int, day: date, goal: date) -> str:
        return target_words({"days_from_target": str(off if day > goal else -off)})


def _worth(goal: date | None, row: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """What is offered first: near the target, with what follows on target and days to spare."""
    off = abs(row["day"] - day_of(goal)) if goal else 0
    missed = row["targets"] - row["on_target"]
    return off, missed, row["days_off_target"], -(row["slack"] or 0), row["day"]


def _month(first: date, more: int) -> date:
    months = first.year * 12 + first.month - 1 + more
    return date(months // 12, months % 12 + 1, 1)
