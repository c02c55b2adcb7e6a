"""The open questions that calendars show, and the day that each stands on.

Source: docs/calendars.md.
"""

from collections.abc import Iterator

from scheduler.protocol import Protocol, Rule
from scheduler.rules.recorded import State
from scheduler.schedule.windows_left import WindowsLeft
from scheduler.tables.queries import queries_frame
from scheduler.tables.solved import Solved

Question = dict[str, object]


def told_by(protocol: Protocol, rule: Rule) -> str:
    """What a rule's name must not tell unasked: the names and labels of its events or its test."""
    if rule.test is not None:
        return f"{rule.test.id} {rule.test.label}"
    events = {event.name: event.label for event in protocol.events}
    return " ".join(f"{name} {events[name]}" for name in rule.events)


def question_rows(solved: Solved, firm: WindowsLeft) -> Iterator[Question]:
    """Which questions are open, and until which day does an answer help?

    That is the last day of the window of the node that the question matters to. An overdue visit
    is asked about on the day after its window, an appointment that passed without a window on the
    day after it; `status` tells these two apart (`overdue`, `passed`).
    """
    people = {str(code): i for i, code in enumerate(solved.cohort.ids)}
    rules = {rule.id: rule for rule in solved.protocol.rules}
    for one in solved.made(queries_frame).records():
        who, node = people[str(one["participant"])], solved.protocol.index[str(one["milestone"])]
        status = _status(solved, who, node) if one["missing"] == "date" else ""
        basis = "recorded" if status or firm.bound[who, node] else "recommended"
        day = _day(solved, firm if basis == "recorded" else solved.given, who, node, status)
        if day is None:
            continue
        rule = rules.get(one["rule"])
        yield {
            "participant": one["participant"], "kind": "query", "node": one["milestone"],
            "rule": rule.id if rule else "", "event": f"{one['missing']} {one['item']}",
            "first": day, "last": day, "status": status,
            "assumption": bool(rule and rule.basis.assumption),
            "source": str(rule.basis.source or "") if rule else "",
            "sentence": _question(str(one["sentence"])), "basis": basis,
            "secrets": told_by(solved.protocol, rule) if rule else "",
        }  # fmt: skip


def _question(sentence: str) -> str:
    """The question alone: what an answer would free moves with the day of the solved."""
    question, mark, _ = sentence.partition("? ")
    return question + mark.strip()


def _status(solved: Solved, who: int, node: int) -> str:
    timeline = solved.problem.timeline
    if timeline.state[who, node] == State.OVERDUE:
        return "overdue"
    return "passed" if timeline.booked[who, node] < solved.problem.as_of else ""


def _day(solved: Solved, given: WindowsLeft, who: int, node: int, status: str) -> int | None:
    """The day of a question; None where nothing is known to put it on."""
    last = int(given.last[who, node])
    stated = solved.protocol.nodes[node].milestone or solved.protocol.nodes[node].windowed
    closes = bool(given.bound[who, node]) and int(given.first[who, node]) <= last and stated
    if status == "overdue":
        return last + 1
    if status == "passed":
        booked = int(solved.problem.timeline.booked[who, node])
        ends = closes and booked < last < solved.protocol.study.last_day
        return last if ends else booked + 1
    return last if closes else None
