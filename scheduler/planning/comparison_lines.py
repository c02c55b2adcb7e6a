"""What differs between two plans, participant by participant, as lines to read."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scheduler.days import iso
from scheduler.planning.comparison import changed_schedule, changed_states, shared_words
from scheduler.protocol import Protocol
from scheduler.tables.frames import Frame, Row
from scheduler.wording.changes import (
    booking_line,
    date_line,
    days_line,
    paper_line,
    run_text,
    state_line,
    test_state,
    window_line,
)
from scheduler.wording.forms import days_text

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan

Lines = dict[str, list[str]]
Runs = dict[str, list[tuple[int, int]]]  # by a word
Papers = dict[tuple[str, str, str], str]  # by participant, what it is, and step


def participant_lines(before: "Plan", after: "Plan", found: Mapping[str, Frame]) -> list[str]:
    """For an amendment: changes of state, days lost and gained, bookings that fall.

    `found` are the tables of what differs, by name.
    """
    lines: Lines = {}
    _add_states(lines, found["states"], after)
    days = found["days"]
    for (code, node), runs in _runs_of(days, "change").items():
        parts = [(word, *_span(runs[word])) for word in days.words("change") if word in runs]
        _add(lines, code, days_line(node, parts))
    for row in found["bookings"].rows():
        if row["state_after"]:
            _add(lines, row["participant"], _booking(row))
    people = shared_words("participant", before.table("summary"), after.table("summary"))
    told = [line for code in people if code in lines for line in [f"  {code}", *lines[code]]]
    same = len(people) - len(lines)
    rest = [f"  {same} of {len(people)} participants: nothing changes"] if same else []
    return ["Participant by participant", *told, *rest]


def _add_states(lines: Lines, states: Frame, after: "Plan") -> None:
    for row in states.rows():
        old, new, code = row["state_before"], row["state_after"], row["participant"]
        if old != new:
            _add(lines, code, state_line(old, new))
            gone = after.rows_of("conflicts", code, ["detail"]) if new == "no_schedule" else []
            for conflict in gone:
                _add(lines, code, f"  because {conflict['detail']}")


def _add(lines: Lines, code: str, text: str) -> None:
    lines.setdefault(code, []).append(f"    {text}")


def _runs_of(frame: Frame, word: str) -> dict[tuple[str, str], Runs]:
    """The runs of days of each participant and node, by the words of a column."""
    found: dict[tuple[str, str], Runs] = {}
    for code, node, said, first, last in frame.pairs(
        "participant", "milestone", word, "first", "last"
    ):
        found.setdefault((code, node), {}).setdefault(said, []).append((first, last))
    return found


def _span(runs: Sequence[tuple[int, int]]) -> tuple[int, str, str]:
    """How many days, the first and the last of them."""
    count = sum(last - first + 1 for first, last in runs)
    return count, iso(min(first for first, _ in runs)), iso(max(last for _, last in runs))


def _booking(row: Row) -> str:
    near = [(row["permitted_before"], "before"), (row["permitted_after"], "after")]
    texts = [f"{day[:10]} {side}" for day, side in near if day]
    kept = row["state_after"] == "kept"
    return booking_line(
        row["milestone"], row["date"][:10], row["state_after"], [] if kept else texts
    )


def whatif_lines(before: "Plan", after: "Plan") -> list[str]:
    """For a what-if, before and after: days that nodes may take, dates, tests and tasks."""
    lines: Lines = {}
    _add_states(lines, changed_states(before, after), after)
    old, new = _windows(before.table("windows")), _windows(after.table("windows"))
    moved = {
        (row["participant"], row["milestone"]): row
        for row in changed_schedule(before, after).rows()
    }
    tables = before.table("schedule"), after.table("schedule")
    codes, nodes = (shared_words(name, *tables) for name in ("participant", "milestone"))
    steps = [node for plan in (before, after) for one in _protocols(plan) for node in one.nodes]
    labels = {node: node for node in nodes} | {node.name: node.label for node in steps}
    for code in codes:
        for node in nodes:
            key, step = (code, node), labels[node]
            if key in moved and moved[key]["date_before"] != moved[key]["date_after"]:
                row = moved[key]
                days = row["date_before"][:10], row["date_after"][:10]
                status = row["status_before"] if days[0] else row["status_after"]
                _add(lines, code, date_line(step, *days, status))
            if old.get(key, "") != new.get(key, ""):
                _add(lines, code, window_line(step, old.get(key, ""), new.get(key, "")))
    for told_of in (_tests, _tasks):
        was, now = told_of(before), told_of(after)
        for code, what, node in dict.fromkeys([*now, *was]):
            texts = [side.get((code, what, node), "") for side in (was, now)]
            if texts[0] != texts[1]:
                _add(lines, code, paper_line(what, labels[node], *texts))
    told = [line for code in codes if code in lines for line in [code, *lines[code]]]
    return told or ["Nothing changes."]


def _tests(plan: "Plan") -> Papers:
    """What is to be done about each test before each step that it is for."""
    labels = {test.id: test.label for one in _protocols(plan) for test in one.tests}
    days = ("valid_until", "repeat_first", "repeat_last")
    found: Papers = {}
    for row in plan.table("tests").rows():
        key = row["participant"], labels[row["test"]], row["node"]
        found[key] = test_state(row["state"], *(row[name][:10] for name in days))
    return found


def _tasks(plan: "Plan") -> Papers:
    """By when each task is due that hangs on a step with a day."""
    return {
        (row["participant"], row["label"], row["milestone"]): f"due {row['due'][:10]}"
        for row in plan.table("tasks").rows()
        if row["due"] and row["milestone"]
    }


def _protocols(plan: "Plan") -> tuple[Protocol, ...]:
    return (*plan.protocol.versions, plan.protocol)


def _windows(frame: Frame) -> dict[tuple[str, str], str]:
    """The days of each participant and node in words; undetermined ones are told apart."""
    found: dict[tuple[str, str], str] = {}
    for key, runs in _runs_of(frame, "certainty").items():
        texts = [
            run_text(*_span(runs[word])) + ("" if word == "permitted" else " undetermined")
            for word in frame.words("certainty")
            if word in runs
        ]
        found[key] = ", ".join(texts)
    return found


def sweep_lines(frame: Frame) -> list[str]:
    """A sweep as lines: one a day, with what matters for the choice."""
    if not len(frame):
        return ["No day is permitted."]
    lines = [f"{days_text(len(frame))} to choose from"]
    for row in frame.records():
        known = ""
        if row["slack"] is not None:
            known = f", least slack {days_text(row['slack'])} ({row['tightest']})"
        undetermined = " (undetermined)" if row["certainty"] == "undetermined" else ""
        off = f"{days_text(row['days_off_target'])} off in all"
        hit = f"{row['on_target']} of {row['targets']} visits on target, {off}"
        lines.append(f"  {iso(row['day'])}{undetermined}: {hit}{known}")
    return lines
