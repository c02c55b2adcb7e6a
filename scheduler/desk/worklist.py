"""What needs a person, most urgent first: one line a thing, each with its one action.

Built from the tables of the plan; where a table of tasks is there, `tasks_of` is the one function
that has to read it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.desk.frames import day_words, span_words
from scheduler.desk.one_plan import Known
from scheduler.desk.people import StudyDesk
from scheduler.report.cells import Row

Label = Callable[[str], str]
KINDS = {
    "move": "Move",
    "record": "Record",
    "decide": "Decide",
    "ask": "Ask",
    "closing": "Closing",
    "book": "Book",
    "prepare": "Visit",
    "explain_deviation": "Explain",
    "repair": "Repair",
}
_RANK = {kind: place for place, kind in enumerate(
    ("repair", "move", "record", "closing", "decide", "ask", "prepare", "book",
     "explain_deviation"))}  # fmt: skip
_SOON, _AHEAD = 7, 21
_OPEN = ("scheduled", "undetermined", "no_schedule")
_BAD = {
    "not_permitted": "booked for {day}, which is not permitted",
    "does_not_fit": "booked for {day}, which does not fit the other dates",
}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing a person must do. `act_by` is the last day on which it helps."""

    act_by: str
    participant: str
    site: str
    kind: str
    step: str
    node: str
    what: str
    options: str
    why: str
    page: str
    consented: bool = True

    @property
    def word(self) -> str:
        """The kind in one word."""
        return KINDS[self.kind]


def tasks_of(desk: StudyDesk) -> list[Task]:
    """Everything that needs a person in one study, most urgent first."""
    explained = _explained(desk)
    found: list[Task] = []
    for code in desk.codes:
        known = desk.known[code]
        found += _Tasks(desk, code, known, explained).all()
    return sorted(found, key=lambda task: (task.act_by or "9999", _RANK[task.kind]))


def _explained(desk: StudyDesk) -> set[tuple[str, str, str]]:
    return {
        (row.cells["participant"], row.cells.get("milestone", ""), row.cells.get("rule", ""))
        for rows in desk.rows.values() for row in rows
        if row.table == "deviation_notes" and not row.void
    }  # fmt: skip


class _Tasks:
    """The tasks of one participant."""

    def __init__(
        self, desk: StudyDesk, code: str, known: Known, explained: set[tuple[str, str, str]]
    ) -> None:
        self.desk, self.code, self.known, self.explained = desk, code, known, explained
        self.label = desk.label
        self.site = next((row.cells.get("site", "") for row in desk.rows.get(code, [])
                          if row.table == "participants" and not row.void), "")  # fmt: skip
        self.today = desk.as_of.isoformat()
        first = next((node.name for node in desk.protocol.nodes if node.milestone), "")
        rows = known.tables.get("schedule", [])
        self.status = {row["milestone"]: row["status"] for row in rows}
        self.consented = self.status.get(first) == "done"

    def all(self) -> Iterable[Task]:
        if self.known.faults:
            yield self._task(self.today, "repair", "", "the record has a fault and is not planned",
                             "", str(self.known.faults[0]), "participant")  # fmt: skip
            return
        if self.known.summary.get("state") not in _OPEN:
            yield from self._deviations()
            return
        yield from self._bookings()
        yield from self._steps()
        yield from self._questions()
        yield from self._deviations()

    def _task(
        self, act_by: str, kind: str, node: str, what: str, options: str, why: str, page: str
    ) -> Task:
        step = self.label(node) if node else ""
        return Task(act_by, self.code, self.site, kind, step, node, what, options, why, page,
                    self.consented)  # fmt: skip

    def _bookings(self) -> Iterable[Task]:
        for row in self.known.tables["bookings"]:
            day = f"{day_words(row['date'], False)} {row['time']}".strip()
            node, state = row["milestone"], row["state"]
            if state in _BAD:
                near = [row[h] for h in ("permitted_before", "permitted_after") if row[h]]
                options = " or ".join(day_words(text, False) for text in dict.fromkeys(near))
                said = _BAD[state].format(day=day)
                options = options or "no day is permitted now"
                yield self._task(row["date"], "move", node, said, options, "", "step")
            elif state == "past":
                said = f"was booked for {day}: what happened?"
                yield self._task(self.today, "record", node, said, "", "", "happened")
            elif state == "kept" and row["date"] <= self._day(1):
                when = "today" if row["date"] == self.today else "tomorrow"
                yield self._task(row["date"], "prepare", node, f"{when}, {day}", "", "", "happened")

    def _steps(self) -> Iterable[Task]:
        booked = {row["milestone"] for row in self.known.tables["bookings"]}
        for row in self.known.tables["schedule"]:
            node, status = row["milestone"], row["status"]
            if status == "overdue":
                said = (
                    f"window over since {day_words(row['last'], False)}"
                    if row["last"]
                    else "overdue"
                )
                yield self._task(self.today, "record", node, f"{said}: done or missed?", "", "",
                                 "happened")  # fmt: skip
            elif status == "unrecorded":
                yield self._task(self.today, "record", node, "has no record, though later steps do",
                                 "", "", "happened")  # fmt: skip
            elif status == "planned" and node not in booked:
                yield from self._to_book(row)

    def _to_book(self, row: Row) -> Iterable[Task]:
        """A step that can be booked now: its window closes soon, or its day comes."""
        if row["certainty"] != "permitted" or not row["last"]:
            return
        node, window = row["milestone"], span_words(row["first"], row["last"], self.today[:4])
        if self.today <= row["last"] <= self._day(_SOON):
            said = f"not booked; possible {window}"
            yield self._task(row["last"], "closing", node, said, day_words(row["date"], False),
                             target_said(row), "step")  # fmt: skip
        elif self.consented and row["date"] <= self._day(_AHEAD) and self._timed(node):
            said = f"not booked; possible {window}"
            yield self._task(row["date"], "book", node, said, day_words(row["date"], False),
                             target_said(row), "step")  # fmt: skip

    def _timed(self, node: str) -> bool:
        """Whether a step is the next one, or hangs off something that is done."""
        if node == self.known.summary.get("next_milestone"):
            return True
        place = self.desk.protocol.index.get(node)
        anchor = self.desk.protocol.nodes[place].anchor if place is not None else -1
        return anchor >= 0 and self.status.get(self.desk.protocol.nodes[anchor].name) == "done"

    def _questions(self) -> Iterable[Task]:
        seen: set[tuple[str, str]] = set()
        for row in self.known.tables["queries"]:
            key = row["missing"], row["item"]
            if row["earliest_now"] == row["earliest_if_clear"] or key in seen:
                continue
            seen.add(key)
            kind = "decide" if row["missing"] == "decision" else "ask"
            step, first = self.label(row["milestone"]), day_words(row["earliest_if_clear"], False)
            gain = f"{step} could be from {first}"
            if row["earliest_now"]:
                gain += f" instead of {day_words(row['earliest_now'], False)}"
            yield self._task(row["earliest_if_clear"], kind, row["milestone"],
                             self._asked(row), gain, row["sentence"], _PAGES[kind])  # fmt: skip

    def _asked(self, row: Row) -> str:
        item = self.label(row["item"].split(" ")[0]) + row["item"][len(row["item"].split(" ")[0]) :]
        return {
            "end": f"has {item} ended, and when?",
            "start": f"when did {item} start?",
            "decision": f"the physician decides: {self.label(row['rule'])}",
            "half_life": f"what is the half-life of {item}?",
            "birth_date": "when was the participant born?",
        }.get(row["missing"], f"{row['missing']} of {item}?")  # fmt: skip

    def _deviations(self) -> Iterable[Task]:
        open_: dict[str, list[Row]] = {}
        for row in self.known.tables.get("deviations", []):
            if (self.code, row["milestone"], row["rule"]) not in self.explained:
                open_.setdefault(row["milestone"], []).append(row)
        for node, rows in open_.items():
            done = f"done {day_words(rows[0]['date'], False)}"
            count = f"{len(rows)} deviations" if len(rows) > 1 else "a deviation"
            said = f"{done}, {count} without explanation"
            yield self._task("", "explain_deviation", node, said, "", rows[0]["sentence"],
                             "deviations")  # fmt: skip

    def _day(self, more: int) -> str:
        return (self.desk.as_of + timedelta(days=more)).isoformat()


_PAGES = {"decide": "decision", "ask": "participant"}


def target_said(row: Row) -> str:
    """The target of a step, in words."""
    return f"target {day_words(row['target'], False)}" if row["target"] else ""


def urgency(task: Task, today: date) -> str:
    """In which part of the page a task stands: now, soon, later."""
    if not task.act_by:
        return "later"
    if task.act_by <= (today + timedelta(days=1)).isoformat():
        return "now"
    return "soon" if task.act_by <= (today + timedelta(days=_SOON)).isoformat() else "later"
