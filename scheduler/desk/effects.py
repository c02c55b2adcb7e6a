"""What a change changes: two plans of one participant compared, in words, before anything is saved.

Everything is read from the tables of the two plans; no date is worked out here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from scheduler.days import day_of
from scheduler.desk.asked import Told
from scheduler.desk.frames import day_words, span_words
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.texts import marked
from scheduler.tables.bookings import FAILING
from scheduler.tables.frames import Row
from scheduler.wording.expiring import test_sentence
from scheduler.wording.labelled import labels_of

Label = Callable[[str], str]
_STANDS = ("kept",)
TO_MAKE = ("due", "repeat")  # states of tests that somebody has to make
_RESTS = ("recorded", "booked")
_WAITS = ("open", "late", "undetermined")  # states of tasks that somebody has to see to
STATES = {
    "scheduled": marked("a complete schedule exists"),
    "undetermined": marked("a schedule exists only if open questions turn out well"),
    "no_schedule": marked("no complete schedule exists"),
    "complete": marked("every required step is over"),
    "withdrawn": marked("withdrawn"),
    "screen_failed": marked("failed at screening"),
    "": marked("not planned"),
}
BOOKED = {
    "kept": marked("stands"),
    "waits_for_answer": marked("waits for an answer"),
    "does_not_fit": marked("does not fit the other dates"),
    "not_permitted": marked("is not permitted"),
    "past": marked("is over: was it done?"),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """One step whose day or window differs."""

    step: str
    before: str
    after: str
    window: str
    target: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What differs between two plans; empty tuples where nothing does."""

    alarms: tuple[str, ...] = ()  # what gets worse
    gains: tuple[str, ...] = ()
    still: tuple[str, ...] = ()  # bookings that could not stand before, and still cannot
    moved: tuple[Moved, ...] = ()
    duties: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()  # tests that have to be made, or made again
    tasks: tuple[str, ...] = ()  # paperwork whose day changes
    faults: tuple[str, ...] = field(default=())

    @property
    def nothing(self) -> bool:
        """Whether nothing differs."""
        told = (self.alarms, self.gains, self.moved, self.duties, self.questions, self.tests)
        return not (any(told) or self.tasks)


def effects_of(before: OnePlan, after: Told, label: Label) -> Effects:
    """What differs once a change is saved?"""
    if before.plan is None or not after.planned:
        return Effects(faults=tuple(str(fault) for fault in after.faults))
    labelled = labels_of(before.plan.protocol, day_of(before.plan.as_of))
    alarms, gains = _states(before, after)
    for worse, text in _bookings(before, after, label):
        (alarms if worse else gains).append(text)
    alarms += [row["sentence"] for row in _new(before, after, "deviations")]
    outlived, tests = _tests(before, after, label)
    alarms += outlived
    return Effects(
        tuple(map(labelled, alarms)),
        tuple(map(labelled, gains)),
        tuple(_failing_still(before, after, label)),
        tuple(_moved(before, after, label)),
        tuple(map(labelled, _duties(before, after))),
        tuple(labelled(row["sentence"]) for row in after.table("queries")),
        tuple(tests),
        tuple(
            labelled(row["sentence"])
            for row in _new(before, after, "tasks") if row["state"] in _WAITS
        ),
    )  # fmt: skip


def _states(before: OnePlan, after: Told) -> tuple[list[str], list[str]]:
    old, new = before.state, after.state
    if old == new:
        return [], []
    now = STATES.get(new, new)
    text = f"{now[:1].upper()}{now[1:]} (before: {STATES.get(old, old)})."
    if new not in ("no_schedule", "undetermined"):
        return [], [text]
    why = [row["detail"] for row in after.table("conflicts")] if new == "no_schedule" else []
    return [text, *why], []


def _by_step(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["milestone"]: row for row in rows}


def _bookings(before: OnePlan, after: Told, label: Label) -> Iterable[tuple[bool, str]]:
    old, new = (_by_step(found) for found in (before.booked(), after.booked()))
    for step, row in new.items():
        was, now = old.get(step, {}).get("state", ""), row["state"]
        same = was == now and old[step]["date"] == row["date"]
        if same or (not was and now in _STANDS):
            continue
        said = f"{label(step)}, booked for {_moment(row)}, {BOOKED.get(now, now)}"
        near = [day_words(row[h]) for h in ("permitted_before", "permitted_after") if row.get(h)]
        tail = f"; nearest permitted: {' or '.join(dict.fromkeys(near))}" if near else ""
        yield now not in _STANDS, f"{said}{'' if now in _STANDS else tail}."


def _failing_still(before: OnePlan, after: Told, label: Label) -> Iterable[str]:
    """The bookings that a change leaves where they cannot stand."""
    old = _by_step(before.booked())
    for step, row in _by_step(after.booked()).items():
        was = old.get(step, {})
        same = was.get("state") == row["state"] and was["date"] == row["date"]
        if same and row["state"] in FAILING:
            yield f"{label(step)}, booked for {_moment(row)}, still cannot stand."


def _moment(row: Row) -> str:
    return f"{day_words(row['date'])} {row['time']}".strip()


def _new(before: OnePlan, after: Told, table: str) -> list[Row]:
    known = {row["sentence"] for row in before.table(table)}
    return [row for row in after.table(table) if row["sentence"] not in known]


def _moved(before: OnePlan, after: Told, label: Label) -> Iterable[Moved]:
    old = _by_step(before.table("schedule"))
    for row in after.table("schedule"):
        was = old.get(row["milestone"], {})
        heads = ("date", "time", "status", "first", "last", "certainty")
        if all(was.get(head, "") == row[head] for head in heads):
            continue
        window = span_words(row["first"], row["last"]) if row["first"] or row["last"] else ""
        yield Moved(label(row["milestone"]), _said(was), _said(row), window, target_words(row))


def _said(row: Row) -> str:
    if not row or not row.get("date"):
        return {"none": "no day", "": "no day"}.get(row.get("status", ""), row.get("status", ""))
    word = "suggested" if row["status"] == "planned" else row["status"]
    return f"{_moment(row)} ({word})"


def target_words(row: Row) -> str:
    """How far a step is from its target, in words."""
    off = row.get("days_from_target", "")
    if not off:
        return ""
    days = int(off)
    if not days:
        return "on target"
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days)} {unit} {'after' if days > 0 else 'before'} target"


def _duties(before: OnePlan, after: Told) -> list[str]:
    known = {row["sentence"] for row in before.table("duties")}
    return [
        row["sentence"]
        for row in after.table("duties")
        if row["sentence"] not in known and row.get("basis", "booked") in _RESTS
    ]


def _tests(before: OnePlan, after: Told, label: Label) -> tuple[list[str], list[str]]:
    """Tests that no day can make good any more, and those that have to be made, or made again."""
    old = {_of_test(row) for row in before.table("tests")}
    new = [row for row in after.table("tests") if _of_test(row) not in old]
    gone = [
        f"{label(row['test'])}: no test covers {label(row['node'])}, and none can be made for it."
        for row in new if row["state"] in ("outlived", "unrecorded")
    ]  # fmt: skip
    return gone, [test_words(row, label) for row in new if row["state"] in TO_MAKE]


def _of_test(row: Row) -> tuple[str, ...]:
    return row["test"], row["node"], row["state"], row["repeat_first"], row["repeat_last"]


def test_words(row: Row, label: Label) -> str:
    """When a test has to be made for a step, in words."""
    days = day_words(row["repeat_first"]), day_words(row["repeat_last"])
    return test_sentence(label(row["test"]), label(row["node"]), row["state"], *days)
