"""A protocol: its model, which is this face, and the strict reader that makes it from a file.

`reading` takes a file or folder: `yaml_text` gives raw values, `schema` (with `keys`, `scalars` and
`names`) says what each key holds, `checks` holds the parts against each other, and `building`
(with `parts`) makes the `model` from what has passed: the `records` that the file states and the
`nodes` that they come to. `forms` says what each form of rule is, `tasks` what a task is,
`activities` what is done at a visit; `versions_folder` finds other versions beside a file, `basis`
counts what is sourced and what assumed. Nothing here knows a study.
Doors: the model below, `reading.load_protocol`.
"""

from scheduler.protocol.activities import Activity, AtVisit
from scheduler.protocol.expiring import ExpiringTest
from scheduler.protocol.forms import FormTraits, RuleForm
from scheduler.protocol.model import Protocol, content_of
from scheduler.protocol.nodes import (
    BIRTH,
    FIXED_NODES,
    NO_STEP,
    STUDY_CLOSES,
    STUDY_OPENS,
    Node,
    node_names,
    occurrence_name,
    occurrences,
    visit_steps,
)
from scheduler.protocol.records import (
    Agent,
    ChecklistItem,
    Document,
    Event,
    Gap,
    Milestone,
    Note,
    Repeat,
    Rule,
    StudyPeriod,
    Visit,
    Window,
)
from scheduler.protocol.sourced import Attributes, Basis, Source
from scheduler.protocol.tasks import UNSCHEDULED, Task, TaskItem

__all__ = [
    "BIRTH",
    "FIXED_NODES",
    "NO_STEP",
    "STUDY_CLOSES",
    "STUDY_OPENS",
    "UNSCHEDULED",
    "Activity",
    "Agent",
    "AtVisit",
    "Attributes",
    "Basis",
    "ChecklistItem",
    "Document",
    "Event",
    "ExpiringTest",
    "FormTraits",
    "Gap",
    "Milestone",
    "Node",
    "Note",
    "Protocol",
    "Repeat",
    "Rule",
    "RuleForm",
    "Source",
    "StudyPeriod",
    "Task",
    "TaskItem",
    "Visit",
    "Window",
    "content_of",
    "node_names",
    "occurrence_name",
    "occurrences",
    "visit_steps",
]
