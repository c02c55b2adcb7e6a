"""Tasks in words: what is due by when, before or after what, and what has become of it.

Days are day numbers, FAR where there is none.
"""

from typing import NamedTuple

from scheduler.days import FAR
from scheduler.protocol import TaskItem
from scheduler.wording.forms import days_text
from scheduler.wording.rules import day_text, only_text, range_text, sentence
from scheduler.wording.said_days import day_said


class TaskFacts(NamedTuple):
    """What a sentence about a task is made of.

    `kind` is what the date is that it hangs on (done, booked, recommended, unrecorded, doubted,
    none, gone), from first to last; `minute` is that of `due`, -1 without one.
    """

    kind: str
    first: int
    last: int
    due: int
    due_last: int
    minute: int
    done: int
    state: str
    unsure: bool


_DATED = {"done": "done on", "booked": "booked for", "recommended": "recommended for"}


def task_sentence(item: TaskItem, label: str, facts: TaskFacts) -> str:
    """A task, its due day and the date that this is counted from, with what became of it."""
    task = item.task
    start = f"{_due(item, label)}, {_when(facts)}"
    if facts.due < FAR:
        start += f": by {_by(facts)}"
    return sentence(start, [_outcome(facts), _whom(item, facts)], task.basis)


def task_text(item: TaskItem, label: str) -> str:
    """A task and by when it is due, whatever has become of it; `label` is empty for any visit."""
    return f"{_due(item, label or 'unscheduled visit')}."


def _due(item: TaskItem, label: str) -> str:
    task = item.task
    owner = f" ({task.owner})" if task.owner else ""
    if task.due.terms[0].text in ("0 days", "0 working days") and task.due.pick == "one":
        return f"{item.label}{owner} is due by the day of {label}"
    return f"{item.label}{owner} is due {task.due} {'after' if task.after else 'before'} {label}"


def _when(facts: TaskFacts) -> str:
    """The date that the due day is counted from."""
    if facts.kind in _DATED:
        return f"{_DATED[facts.kind]} {day_text(facts.first)}"
    if facts.kind == "gone":
        return "which will not take place"
    if facts.kind == "none" or facts.first >= FAR:
        return "which has no date"
    some = range_text(facts.first, facts.last)
    doubt = ", if it took place" if facts.kind == "doubted" else ""
    return f"which nobody recorded ({some}{doubt})"


def _by(facts: TaskFacts) -> str:
    first = day_text(facts.due, facts.minute)
    if facts.due == facts.due_last:
        return first
    return f"{first}, or as late as {day_text(facts.due_last)}: the date or time is not known"


def _outcome(facts: TaskFacts) -> str:
    done = f"done on {day_text(facts.done)}" if facts.done < FAR else ""
    if facts.state == "late":
        return "it is late: nobody recorded it as done"
    if facts.state == "done_late":
        days = facts.done - facts.due_last
        return f"{done}, {f'{days_text(days)} late' if days else 'late'}"
    if facts.state == "undetermined" and (done or not facts.unsure):
        late = "whether that was in time" if done else "whether it is late"
        return f"{f'{done}; ' if done else ''}{late} cannot be told"
    return done


def _whom(item: TaskItem, facts: TaskFacts) -> str:
    if not facts.unsure:
        return ""
    only = only_text(item.task.only)
    if only:
        return f"it is due {only}, which is not recorded"
    return "whether the visit is for this participant is not recorded"


def prepare_task_text(label: str, due: int, near: int, minute: int = -1) -> str:
    """A task that is due soon."""
    return f"{label}: due {day_said(due, near, minute)}"


def late_task_text(label: str, due: int, near: int, surely: bool) -> str:
    """A task whose due day has passed without a record."""
    was = "it was due" if surely else "it may have been due"
    return f"Do or record {label}: {was} {day_said(due, near)}"
