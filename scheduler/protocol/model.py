"""The model of a protocol: milestones, visits, gaps and rules, each with where it comes from.

No reading and no printing here: reading.py makes these objects, everybody else looks at them.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from scheduler.by_name import call
from scheduler.days import Length, Offset, Term, date_of
from scheduler.protocol import changing
from scheduler.protocol.activities import NOTHING, Activity, AtVisit
from scheduler.protocol.expiring import ExpiringTest
from scheduler.protocol.forms import TRAITS, FormTraits, RuleForm
from scheduler.protocol.sourced import Attributes, Basis, Source
from scheduler.protocol.tasks import Task, TaskItem, task_items
from scheduler.yaml_text.writing import protocol_yaml

STUDY_OPENS, STUDY_CLOSES = "study_opens", "study_closes"
FIXED_NODES = (STUDY_OPENS, STUDY_CLOSES)
NO_STEP, NO_BASIS = Offset(), Basis()


@dataclass(frozen=True, slots=True)
class Document:
    """A document that sources refer to."""

    key: str
    document: str
    date: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that rules forbid: a point (a day) or a course (a span)."""

    name: str
    point: bool
    label: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A step of the protocol; `at` is the minute of the day at which it is planned.

    `weekdays` (0 is Monday) are the only ones that it may be on; none: any weekday. `minutes` is
    how long an appointment takes, for calendars.
    """

    name: str
    label: str
    at: int | None = None
    any_day: bool = False
    day_zero: bool | None = None
    optional: bool = False
    weekdays: tuple[int, ...] = ()
    minutes: int | None = None
    at_visit: AtVisit = NOTHING


@dataclass(frozen=True, slots=True)
class Gap:
    """A bound on the time from one node to another; an absent side is no bound at all.

    `usual` is no bound but what is planned. `test` is the one that a gap stands for: not before
    `start` it is made, on an open day, and `end` comes on that day or later.
    """

    start: str
    end: str
    min: Length | None
    max: Length | None
    only: Attributes
    basis: Basis
    usual: Length | None = None
    test: ExpiringTest | None = None

    @property
    def id(self) -> str:
        """The name of the gap in tables and reasons."""
        return self.test.rule_id(self.end) if self.test else f"{self.start}..{self.end}"

    @property
    def elapsed(self) -> bool:
        """Whether the gap is stated in hours, so that clock times matter."""
        return any(side is not None and side.elapsed for side in (self.min, self.max))


@dataclass(frozen=True, slots=True)
class Window:
    """How far before and after its target a visit may be."""

    before: Term
    after: Term


@dataclass(frozen=True, slots=True)
class Repeat:
    """Occurrences of a visit: how often, and how many."""

    every: Term
    times: int


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that hangs off one anchor; `window` None means that the source states none."""

    name: str
    label: str
    anchor: str
    after: bool
    target: Term
    window: Window | None
    repeat: Repeat | None
    at: int | None
    any_day: bool
    optional: bool
    only: Attributes
    basis: Basis
    weekdays: tuple[int, ...] = ()
    minutes: int | None = None
    at_visit: AtVisit = NOTHING


@dataclass(frozen=True, slots=True)
class Rule:
    """One timing rule: which exposures forbid (or allow) which node, and when.

    `events` are those that it forbids, asks for or counts; `node` is the milestone or visit that
    it guards (the `from` end of a from..until rule). `inclusive` already takes the protocol's own
    boundary into account; `clear` marks the forms "at least D must have passed". `pauses` are the
    days of a hole that a stretch may have; `at_least` and `at_most` bound a count, or a total in
    days: one of them. `test` is the one that a rule stands for which the file states under `tests`.
    """

    id: str
    summary: str
    form: RuleForm
    events: tuple[str, ...]
    node: str
    length: Length | None = None
    until: str = ""
    inclusive: bool = True
    clear: bool = False
    exempt: Attributes = field(default_factory=dict)
    only: Attributes = field(default_factory=dict)
    judgement: bool = False
    pauses: int = 0
    at_least: int | None = None
    at_most: int | None = None
    age_min: Term | None = None
    age_max: Term | None = None
    test: ExpiringTest | None = None
    basis: Basis = NO_BASIS

    @property
    def elapsed(self) -> bool:
        """Whether the rule counts hours, so that instants matter."""
        return self.length is not None and self.length.elapsed

    @property
    def needed(self) -> bool:
        """Whether the rule asks for something, so that nothing recorded is no pass."""
        return self.traits.needs or self.at_least is not None

    @property
    def traits(self) -> FormTraits:
        """What the rule's form is."""
        return TRAITS[self.form]


@dataclass(frozen=True, slots=True)
class Agent:
    """A drug and its half-life in minutes."""

    name: str
    half_life: float
    text: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """A criterion without a date effect, shown in reports."""

    id: str
    summary: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A disagreement or silence of the source, kept in sight."""

    about: str
    text: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class StudyPeriod:
    """When the study is open, both days included, and for how many participants.

    `first_day` and `last_day` are day numbers, `opens` and `closes` the same days as dates.
    """

    first_day: int
    last_day: int
    enrollment: int | None = None
    basis: Basis = NO_BASIS

    @property
    def opens(self) -> date:
        """The first day of the study."""
        return date_of(self.first_day)

    @property
    def closes(self) -> date:
        """The last day of the study."""
        return date_of(self.last_day)


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that gets a day: a milestone, or one occurrence of a visit.

    `anchor` is the index of the node that a visit hangs off, else -1. `target`, `low` and `high`
    are steps from the anchor in one go; `low` and `high` are None where no window is stated.
    `optional` also holds for what hangs off an optional node.
    """

    index: int
    name: str
    label: str
    milestone: bool
    at: int | None
    any_day: bool
    optional: bool
    anchor: int = -1
    target: Offset = NO_STEP
    low: Offset | None = None
    high: Offset | None = None
    occurrence: int = 0
    visit: Visit | None = None
    weekdays: tuple[int, ...] = ()
    minutes: int | None = None
    at_visit: AtVisit = NOTHING

    @property
    def kind(self) -> str:
        """`milestone` or `visit`."""
        return "milestone" if self.milestone else "visit"

    @property
    def windowed(self) -> bool:
        """Whether the node is a visit with a stated window."""
        return self.low is not None

    @property
    def required(self) -> bool:
        """Whether a complete schedule needs the node."""
        return not self.optional and (self.milestone or self.windowed)

    @property
    def timed(self) -> bool:
        """Whether the visit's target or window is in hours or minutes."""
        return any(step is not None and step.minutes for step in self._steps()) or (
            self.visit is not None and self._elapsed_window()
        )

    def _steps(self) -> tuple[Offset | None, ...]:
        return self.target, self.low, self.high

    def _elapsed_window(self) -> bool:
        visit = self.visit
        assert visit is not None
        terms = [visit.target, *((visit.window.before, visit.window.after) if visit.window else ())]
        return any(term.unit == "elapsed" for term in terms)

    @property
    def basis(self) -> Basis:
        """What the node's timing rests on."""
        return self.visit.basis if self.visit else NO_BASIS

    @property
    def only(self) -> Attributes:
        """The participants that a visit is for."""
        return self.visit.only if self.visit else {}


@dataclass(frozen=True, eq=False)
class WrittenProtocol:
    """What a protocol was read from: its plain values, how such values are read, what they gave.

    `content` is empty for a protocol that several versions were brought together in.
    """

    plain: dict[str, Any]
    read: Callable[[dict[str, Any]], "Protocol"]
    content: tuple[object, ...] = ()


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
    date: str
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
    fingerprint: str = field(default="", compare=False)
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
        Raises: InputFaults for what no file may say; NotFound for a rule that is not there.
        """
        return self._changed(changing.with_rule(self._written.plain, rule, changes))

    def without_rule(self, rule: str) -> "Protocol":
        """The protocol without a rule. Raises: NotFound for a rule that is not there."""
        return self._changed(changing.without_rule(self._written.plain, rule))

    def with_gap(self, start: str, end: str, **sides: Any) -> "Protocol":
        """The protocol with `min` or `max` of a gap changed, or with the gap added.

        Raises: InputFaults for what no file may say.
        """
        return self._changed(changing.with_gap(self._written.plain, start, end, sides))

    def with_boundary(self, reading: Literal["inclusive", "exclusive"]) -> "Protocol":
        """The protocol with the day at the far end of a time read otherwise.

        Raises: InputFaults for another word.
        """
        return self._changed(changing.with_boundary(self._written.plain, reading))

    @property
    def _written(self) -> WrittenProtocol:
        if self.written is None:
            raise ValueError("this protocol was not read from a file, a text or a mapping")
        return self.written

    def _changed(self, plain: dict[str, Any]) -> "Protocol":
        return replace(self._written.read(plain), versions=self.versions)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Milestones in the file's order, then the occurrences of visits in the file's order."""
        return _expand(self)

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

    def _repr_html_(self) -> str:
        return str(call("report.notebook", "protocol_html", self))


def content_of(protocol: Protocol) -> tuple[object, ...]:
    """Everything that a protocol says, as opposed to where it was read."""
    return tuple(
        getattr(protocol, one.name)
        for one in fields(Protocol)
        if one.compare and one.name != "versions"
    )


def node_names(milestones: tuple[Milestone, ...], visits: tuple[Visit, ...]) -> list[str]:
    """The names of all nodes, visit occurrences as `id#1`, `id#2`, ..."""
    names = [milestone.name for milestone in milestones]
    for visit in visits:
        names += [occurrence_name(visit, n) for n in occurrences(visit)]
    return names


def occurrences(visit: Visit) -> range:
    """The numbers of a visit's occurrences; a visit without `repeat` has the one number 0."""
    return range(1, visit.repeat.times + 1) if visit.repeat else range(1)


def occurrence_name(visit: Visit, number: int) -> str:
    """The node name of one occurrence."""
    return f"{visit.name}#{number}" if number else visit.name


def _expand(protocol: Protocol) -> tuple[Node, ...]:
    names = node_names(protocol.milestones, protocol.visits)
    place = {name: i for i, name in enumerate(names)}
    nodes = [
        Node(
            place[m.name], m.name, m.label, True, m.at, m.any_day, m.optional,
            weekdays=m.weekdays, minutes=m.minutes, at_visit=m.at_visit,
        )
        for m in protocol.milestones
    ]  # fmt: skip
    by_visit = {
        occurrence_name(visit, n): visit for visit in protocol.visits for n in occurrences(visit)
    }
    optional = {m.name: m.optional for m in protocol.milestones}

    def is_optional(name: str) -> bool:
        waiting = []
        while name not in optional:
            waiting.append(name)
            name = by_visit[name].anchor
        found = optional[name]
        for name in reversed(waiting):
            optional[name] = found = found or by_visit[name].optional
        return found

    for visit in protocol.visits:
        for number in occurrences(visit):
            name = occurrence_name(visit, number)
            target, low, high = visit_steps(visit, number)
            label = f"{visit.label} {number}" if number else visit.label
            nodes.append(
                Node(
                    place[name], name, label, False, visit.at, visit.any_day, is_optional(name),
                    place[visit.anchor], target, low, high, number, visit, visit.weekdays,
                    visit.minutes, visit.at_visit,
                )
            )  # fmt: skip
    return tuple(nodes)


def visit_steps(visit: Visit, number: int) -> tuple[Offset, Offset | None, Offset | None]:
    """The steps from the anchor to a visit's target and to the two ends of its window.

    They are added up part by part and taken in one step: never month by month.
    """
    sign = 1 if visit.after else -1
    step = visit.target.offset
    if visit.repeat and number > 1:
        step = step + visit.repeat.every.offset.times(number - 1)
    target = step.times(sign)
    if visit.window is None:
        return target, None, None
    before, after = -visit.window.before.offset, visit.window.after.offset
    return target, target.followed_by(before), target.followed_by(after)
