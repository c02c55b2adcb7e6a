"""The rows of the worklist about tasks: what is due soon, and what is or may be late."""

from collections.abc import Iterator

from scheduler.days import FAR
from scheduler.tables.worklist.looked import SOON, Looked, Todo, cited, minute_of
from scheduler.wording.tasks import late_task_text, prepare_task_text
from scheduler.wording.todo import short


def tasks_due(looked: Looked) -> Iterator[Todo]:
    """Tasks that are due within a week, and those whose due day has passed without a record."""
    by_name = {item.name: item.task for item in looked.protocol.task_items}
    for row in looked.rows("tasks"):
        due, state = row["due"], row["state"]
        if state not in ("open", "late", "undetermined") or row["done"] < FAR:
            continue
        who, label, task = row["participant"], row["label"], by_name[row["task"]]
        owner, source = row["owner"], cited(task)
        if due < looked.as_of:
            text = late_task_text(label, due, looked.as_of, state == "late")
            yield Todo(
                looked.as_of, who, "record", label, short(text), "", owner, source,
                paper=row["task"],
            )  # fmt: skip
        elif due <= looked.as_of + SOON:
            by = looked.before(who, due + 1)
            text = prepare_task_text(label, due, looked.as_of, minute_of(row["time"]))
            why = "; ".join(part for part in (owner, row["rests_on"]) if part)
            yield Todo(by, who, "prepare", label, short(text), "", why, source, paper=row["task"])
