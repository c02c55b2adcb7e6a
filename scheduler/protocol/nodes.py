"""The nodes of a protocol: what gets a day, made of its milestones and its visits."""

from dataclasses import dataclass, field

from scheduler.days import Offset
from scheduler.protocol.activities import NOTHING, AtVisit
from scheduler.protocol.records import NO_BASIS, Milestone, Visit
from scheduler.protocol.sourced import Attributes, Basis

STUDY_OPENS, STUDY_CLOSES = "study_opens", "study_closes"
FIXED_NODES = (STUDY_OPENS, STUDY_CLOSES)
BIRTH = "birth"  # the participant's own, from birth_date
NO_STEP = Offset()


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that gets a day: a milestone, or one occurrence of a visit.

    `birth` is one too, the last of all, where the protocol counts from it; it is no step.

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
    timed: bool = field(init=False, repr=False, compare=False)
    """Whether the visit's target or window is in hours or minutes."""

    def __post_init__(self) -> None:
        """Looks through the steps once: it is asked for each node of each participant."""
        object.__setattr__(self, "timed", self._timed())

    @property
    def born(self) -> bool:
        """Whether it is the participant's birth, which nobody plans and no table shows."""
        return self.name == BIRTH

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

    def _timed(self) -> bool:
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


def expand(
    milestones: tuple[Milestone, ...], visits: tuple[Visit, ...], birth: bool = False
) -> tuple[Node, ...]:
    """Milestones in the file's order, then the occurrences of visits in the file's order.

    With `birth`, where something counts from it, that stands last.
    """
    names = [*node_names(milestones, visits), *([BIRTH] if birth else [])]
    place = {name: i for i, name in enumerate(names)}
    nodes = [
        Node(
            place[m.name], m.name, m.label, True, m.at, m.any_day, m.optional,
            weekdays=m.weekdays, minutes=m.minutes, at_visit=m.at_visit,
        )
        for m in milestones
    ]  # fmt: skip
    by_visit = {occurrence_name(visit, n): visit for visit in visits for n in occurrences(visit)}
    optional = {m.name: m.optional for m in milestones} | {BIRTH: False}

    def is_optional(name: str) -> bool:
        waiting = []
        while name not in optional:
            waiting.append(name)
            name = by_visit[name].anchor
        found = optional[name]
        for name in reversed(waiting):
            optional[name] = found = found or by_visit[name].optional
        return found

    for visit in visits:
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
    if birth:
        nodes.append(Node(place[BIRTH], BIRTH, "Birth", True, None, True, False))
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
