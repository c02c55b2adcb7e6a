"""How tasks are written in a protocol file: their keys, their checks, and the records they give."""

from scheduler.errors import FaultList
from scheduler.protocol.keys import BASIS, BOUND, HAS_BASIS, LABEL, ONLY
from scheduler.protocol.names import DeclaredNames, check_only
from scheduler.protocol.parts import attributes_of, basis_of, length_of, readable
from scheduler.protocol.scalars import NODE, NODE_ID, TEXT
from scheduler.protocol.tasks import UNSCHEDULED, Task
from scheduler.yaml_text.kinds import Fields, ReadValue
from scheduler.yaml_text.records import Key, Need, RecordKind

TASK = RecordKind(
    "a task", "keys and values such as {id: drug_order, due: 5 days, before: infusion, ...}",
    (
        Key("id", NODE_ID, "The task's name in tables; dates.csv records it as done under it.",
            True),
        LABEL,
        Key("due", BOUND, "How far from the date that it hangs on it is due.", True),
        Key("before", NODE, "The milestone or visit before which it is due."),
        Key("after", NODE, "The milestone or visit after which it is due, or `unscheduled`."),
        Key("owner", TEXT, "Who does it, for people: pharmacy, investigator."),
        ONLY,
        *BASIS,
    ),
    (Need(("before", "after"), "P118", "a task hangs on one date; write a second task for another",
          True), HAS_BASIS),
)  # fmt: skip


def check_tasks(top: Fields, names: DeclaredNames, faults: FaultList) -> None:
    """Reports what no single value of a task shows."""
    for item in top.items_of("tasks"):
        task: Fields = item.value
        check_only(task, faults)
        for key in ("before", "after"):
            found = task.get(key)
            if found is None or not found.ok:
                continue
            if found.value != UNSCHEDULED:
                tip = "hang it on a milestone or visit"
                names.node(found, fixed=False, tip=tip, each=True)
            elif key == "before":
                message = "found unscheduled, expected a milestone or visit"
                way_out = "nobody plans an unscheduled visit; write after: unscheduled"
                faults.in_line("P109", found.line, found.path, message, way_out)


def task_of(found: ReadValue) -> Task:
    """The task that checked fields state."""
    task: Fields = found.value
    side = "after" if "after" in task else "before"
    return Task(
        name=task["id"].value,
        label=task.get_value("label", readable(task["id"].value)),
        due=length_of(task["due"].value),
        after=side == "after",
        anchor=task[side].value,
        owner=task.get_value("owner", ""),
        only=attributes_of(task, "only"),
        basis=basis_of(found),
    )
