"""What a protocol states, a record each with where it comes from: visits, gaps, rules and so on.

No reading and no printing here: building.py makes these objects, everybody else looks at them.
"""

from dataclasses import dataclass, field
from datetime import date

from scheduler.days import Length, Term, date_of
from scheduler.protocol.activities import NOTHING, AtVisit
from scheduler.protocol.expiring import ExpiringTest
from scheduler.protocol.forms import TRAITS, FormTraits, RuleForm
from scheduler.protocol.sourced import Attributes, Basis, Source

NO_BASIS = Basis()


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

    def __repr__(self) -> str:
        people = "" if self.enrollment is None else f", {self.enrollment} participants"
        return f"<StudyPeriod {self.opens.isoformat()} to {self.closes.isoformat()}{people}>"

    @property
    def opens(self) -> date:
        """The first day of the study."""
        return date_of(self.first_day)

    @property
    def closes(self) -> date:
        """The last day of the study."""
        return date_of(self.last_day)
