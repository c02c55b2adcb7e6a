"""A whole protocol: what its file states, the nodes it comes to, and the same with a change.

No reading and no printing here: reading.py makes a protocol, everybody else looks at it.
"""

import datetime
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

from scheduler.by_name import call
from scheduler.protocol import changing
from scheduler.protocol.activities import Activity
from scheduler.protocol.expiring import ExpiringTest
from scheduler.protocol.nodes import BIRTH, Node, expand
from scheduler.protocol.records import (
    Agent,
    ChecklistItem,
    Document,
    Event,
    Gap,
    Milestone,
    Note,
    Rule,
    StudyPeriod,
    Visit,
)
from scheduler.protocol.tasks import Task, TaskItem, task_items
from scheduler.yaml_text.writing import protocol_yaml

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class WrittenProtocol:
    """What a protocol was read from: its plain values, how such values are read, what they gave.

    `fingerprint` is the SHA-256 sum of the file or text. `content` is empty while several versions
    are brought together in one protocol.
    """

    plain: dict[str, Any] = field(repr=False)
    read: Callable[[dict[str, Any]], "Protocol"] = field(repr=False)
    fingerprint: str = ""
    content: tuple[object, ...] = field(default=(), repr=False)


@dataclass(frozen=True, repr=False)
class Protocol:
    """A whole protocol, checked and ready to plan with.

    `rules` ends with one rule for each test and node that it is for.
    `versions` are the other versions in its folder; these have none themselves. Two protocols are
    equal where they and their versions say the same, wherever their files lie and are laid out.
    """

    id: str
    title: str
    version: str
    date: datetime.date
    timezone: str
    study: StudyPeriod
    milestones: tuple[Milestone, ...]
    inclusive: bool = True
    documents: tuple[Document, ...] = ()
    events: tuple[Event, ...] = ()
    gaps: tuple[Gap, ...] = ()
    visits: tuple[Visit, ...] = ()
    rules: tuple[Rule, ...] = ()
    tests: tuple[ExpiringTest, ...] = ()
    agents: tuple[Agent, ...] = ()
    activities: tuple[Activity, ...] = ()
    tasks: tuple[Task, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    notes: tuple[Note, ...] = ()
    path: str = field(default="", compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    versions: tuple["Protocol", ...] = ()
    written: WrittenProtocol | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Raises: ValueError where what it says is no longer what was read."""
        if self.written and self.written.content and not self._as_read(self.written.content):
            raise ValueError(
                "a protocol that was read is not changed by replacing its fields: its fingerprint "
                "would be another file's; use with_rule, with_gap, without_rule or load_protocol"
            )

    def _as_read(self, content: tuple[object, ...]) -> bool:
        return all(one is other for one, other in zip(content_of(self), content, strict=True))

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(items)} {name}"
            for name, items in (
                ("milestones", self.milestones), ("gaps", self.gaps), ("visits", self.visits),
                ("rules", self.rules),
            )
        )  # fmt: skip
        return f"<Protocol {self.id} version {self.version}: {counts}>"

    def __hash__(self) -> int:
        return hash((self.id, self.version, self.date))

    @property
    def fingerprint(self) -> str:
        """The SHA-256 sum of the file or text that was read; empty where nothing was."""
        return self.written.fingerprint if self.written else ""

    def to_dict(self) -> dict[str, Any]:
        """What protocol.yaml says, as plain values with the keys of the file.

        Raises: ValueError for a protocol that was not read.
        """
        return deepcopy(self._written.plain)

    def to_yaml(self) -> str:
        """A protocol file that says the same; comments and lay-out of the file read are lost.

        Raises: ValueError for a protocol that was not read.
        """
        return protocol_yaml(self._written.plain)

    def with_rule(self, rule: str, **changes: Any) -> "Protocol":
        """The protocol with keys of a rule changed, such as `within="6 weeks"`; None drops a key.

        It is read like a file and has a fingerprint of its own. Where no `source` or `assumption`
        is given, the change stands as an assumption that names what it replaces.
        Raises: InputFaults for what no file may say, and for a rule that is not there.
        """
        return self.changed(lambda plain: changing.with_rule(plain, rule, changes))

    def without_rule(self, rule: str) -> "Protocol":
        """The protocol without a rule. Raises: InputFaults for a rule that is not there."""
        return self.changed(lambda plain: changing.without_rule(plain, rule))

    def with_gap(self, start: str, end: str, **sides: Any) -> "Protocol":
        """The protocol with `min` or `max` of a gap changed, or with the gap added.

        Raises: InputFaults for what no file may say.
        """
        return self.changed(lambda plain: changing.with_gap(plain, start, end, sides))

    def with_visit(self, visit: str, **changes: Any) -> "Protocol":
        """The protocol with keys of a visit changed, such as `window`; None drops a key.

        Raises: InputFaults for what no file may say, and for a visit that is not there.
        """
        return self.changed(lambda plain: changing.with_visit(plain, visit, changes))

    def with_boundary(self, reading: Literal["inclusive", "exclusive"]) -> "Protocol":
        """The protocol with the day at the far end of a time read otherwise.

        Raises: InputFaults for another word.
        """
        return self.changed(lambda plain: changing.with_boundary(plain, reading))

    @property
    def _written(self) -> WrittenProtocol:
        if self.written is None:
            raise ValueError("this protocol was not read from a file, a text or a mapping")
        return self.written

    def changed(self, *changes: Callable[[dict[str, Any]], dict[str, Any]]) -> "Protocol":
        """The protocol that its plain values state after some changes, read once like a file.

        What `with_rule` and its kind are made of; where nothing is another, it is this protocol.
        Raises: InputFaults for what no file may say; what a change raises.
        """
        plain = self._written.plain
        for change in changes:
            plain = change(plain)
        if plain == self._written.plain:
            return self
        return replace(self._written.read(plain), versions=self.versions)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Milestones in the file's order, then the occurrences of visits in the file's order.

        The birth of the participant stands last, where a gap or visit counts from it.
        """
        return expand(self.milestones, self.visits, self.counts_birth)

    @cached_property
    def steps(self) -> tuple[Node, ...]:
        """The nodes that somebody plans or records: all but the birth."""
        return tuple(node for node in self.nodes if not node.born)

    @property
    def counts_birth(self) -> bool:
        """Whether a gap or visit counts from the birth of the participant."""
        starts = [gap.start for gap in self.gaps] + [visit.anchor for visit in self.visits]
        return BIRTH in starts

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each node in `nodes`."""
        return {node.name: node.index for node in self.nodes}

    @cached_property
    def activity_index(self) -> dict[str, Activity]:
        """The activities by their names."""
        return {activity.name: activity for activity in self.activities}

    @cached_property
    def task_items(self) -> tuple[TaskItem, ...]:
        """Every task at every node that it hangs on, in the file's order."""
        return task_items(self.tasks, self.index)

    @cached_property
    def works(self) -> bool:
        """Whether what ties nodes to each other counts a site's working days."""
        sides = [side for gap in self.gaps for side in (gap.min, gap.max, gap.usual) if side]
        steps = [step for node in self.nodes for step in (node.target, node.low, node.high) if step]
        counted = any(side.works for side in sides) or any(step.works for step in steps)
        return counted or any(test.not_before for test in self.tests)

    @cached_property
    def usual_gaps(self) -> dict[str, tuple[Gap, ...]]:
        """For each milestone that has any, the gaps to it that say a usual interval."""
        ends = dict.fromkeys(gap.end for gap in self.gaps if gap.usual is not None)
        return {end: tuple(g for g in self.gaps if g.end == end and g.usual) for end in ends}

    @cached_property
    def structure(self) -> str:
        """All that ties nodes to each other, as one text."""
        return repr((self.milestones, self.visits, self.gaps, self.tests))

    @cached_property
    def anchors_first(self) -> tuple[int, ...]:
        """The nodes in the file's order, except that an anchor precedes what hangs off it."""
        order: dict[int, None] = {}
        for node in self.nodes:
            waiting, index = [], node.index
            while index >= 0 and index not in order:
                waiting.append(index)
                index = self.nodes[index].anchor
            order.update(dict.fromkeys(reversed(waiting)))
        return tuple(order)

    @cached_property
    def agent_half_lives(self) -> dict[str, float]:
        """Minutes of half-life by agent (or event) name."""
        return {agent.name: agent.half_life for agent in self.agents}

    @cached_property
    def event_index(self) -> dict[str, int]:
        """The place of each event in `events`."""
        return {event.name: place for place, event in enumerate(self.events)}

    @cached_property
    def day_zero_node(self) -> Node | None:
        """The milestone that study days are counted from, where one is named."""
        marked = [m.name for m in self.milestones if m.day_zero is not None]
        return self.nodes[self.index[marked[0]]] if marked else None

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}

    def made(self, maker: Callable[["Protocol"], Made]) -> Made:
        """What a maker makes of this, which depends on nothing else; every maker is called once."""
        found = self._made
        if maker not in found:
            found[maker] = maker(self)
        made: Made = found[maker]
        return made

    def __getstate__(self) -> dict[str, object]:
        """All but what is made of it, which is made again where it is asked for."""
        return {name: value for name, value in self.__dict__.items() if name != "_made"}

    def _repr_html_(self) -> str:
        return str(call("report.notebook", "protocol_html", self))


def content_of(protocol: Protocol) -> tuple[object, ...]:
    """Everything that a protocol says, as opposed to where it was read."""
    return tuple(
        getattr(protocol, one.name)
        for one in fields(Protocol)
        if one.compare and one.name != "versions"
    )
