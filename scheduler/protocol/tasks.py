"""Tasks: paperwork that hangs on dates and constrains none.

Source: docs/semantics.md, section 5 (tasks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.days import Length
from scheduler.protocol.sourced import Attributes, Basis

UNSCHEDULED = "unscheduled"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do by a day that is counted from a date.

    `anchor` is a milestone, a visit, one occurrence of a visit, a repeated visit (each occurrence
    has the task) or `unscheduled` (each done one has it); `after` says on which side of it the
    task is due.
    """

    name: str
    label: str
    due: Length
    after: bool
    anchor: str
    owner: str
    only: Attributes
    basis: Basis


@dataclass(frozen=True, slots=True)
class TaskItem:
    """A task at one node: what dates.csv records as done; `node` is -1 for unscheduled visits."""

    index: int
    name: str
    label: str
    task: Task
    node: int


def task_items(tasks: Sequence[Task], nodes: Mapping[str, int]) -> tuple[TaskItem, ...]:
    """Every task at every node that it hangs on; on a repeated visit as `id#1`, `id#2`, ...

    `nodes` are the places of the nodes by their names.
    """
    found: list[tuple[str, str, Task, int]] = []
    for task in tasks:
        if task.anchor == UNSCHEDULED or task.anchor in nodes:
            found.append((task.name, task.label, task, nodes.get(task.anchor, -1)))
            continue
        for name, place in nodes.items():
            base, _, number = name.partition("#")
            if base == task.anchor:
                found.append((f"{task.name}#{number}", f"{task.label} {number}", task, place))
    return tuple(TaskItem(index, *parts) for index, parts in enumerate(found))
