"""A solved study: what the makers of tables take.

Source: docs/semantics.md; docs/engine.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from scheduler.binding.cohort import Cohort
from scheduler.days import Days, date_of
from scheduler.engine import Answer, Problem, answer, build_problem
from scheduler.protocol import Protocol
from scheduler.schedule.recommending import Schedule, recommend
from scheduler.schedule.standing import standing_dates, standing_schedule
from scheduler.schedule.windows_left import StandingDates, WindowsLeft, windows_given
from scheduler.study.model import Study

if TYPE_CHECKING:
    from scheduler.tables.columns import NameColumns

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Solved:
    """The participants of one version of a protocol, solved as seen on `as_of`.

    `judges` are other versions that judge some of the done dates; `numbers` those of visits, where
    several versions share them.
    """

    protocol: Protocol
    study: Study
    cohort: Cohort
    as_of: date
    strict: bool
    problem: Problem
    answer: Answer
    judges: tuple["Solved", ...] = ()
    numbers: Mapping[str, int] | None = None
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def names(self) -> "NameColumns":
        """Codes to ordered categories."""
        from scheduler.tables.columns import NameColumns

        return NameColumns(self.protocol, self.cohort)

    @cached_property
    def recommended(self) -> Schedule:
        """The recommended schedule as arrays."""
        return recommend(self.problem, self.answer)

    @cached_property
    def standing(self) -> Schedule:
        """The bookings, whatever the rules say of them, and the days beside them."""
        return standing_schedule(self.problem, self.answer, self.recommended)

    @cached_property
    def dates(self) -> StandingDates:
        """The recorded and booked dates, and elsewhere the recommended ones, as arrays."""
        return standing_dates(self.problem, self.standing)

    @cached_property
    def given(self) -> WindowsLeft:
        """The window of every node given the other dates, as arrays."""
        return windows_given(self.problem, self.dates)

    @cached_property
    def participants(self) -> tuple[str, ...]:
        """The codes of the participants, in the order of their file."""
        return tuple(map(str, self.cohort.ids.tolist()))

    @cached_property
    def sites(self) -> dict[str, tuple[str, str]]:
        """The site ("" for none) and IANA time zone of every participant."""
        sites = [self.cohort.sites[i] for i in self.cohort.site.tolist()]
        return {
            code: (site.id, site.timezone)
            for code, site in zip(self.participants, sites, strict=True)
        }

    def __repr__(self) -> str:
        return f"<Solved {self.protocol.id}: {len(self.cohort)} participants>"

    def made(self, maker: Callable[["Solved"], Made]) -> Made:
        """What a maker makes of this; every maker is called once."""
        if maker not in self._made:
            self._made[maker] = maker(self)
        found: Made = self._made[maker]
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes from another process: what it is solved from, which is little, not tables.

        It is solved again where it arrives.
        """
        asked = (self.protocol, self.study, self.cohort, self.problem.as_of, self.strict)
        return _solved_again, (*asked, self.problem.pins, self.judges, self.numbers)


def _solved_again(
    protocol: Protocol,
    study: Study,
    cohort: Cohort,
    day: int,
    strict: bool,
    pins: Days | None,
    judges: tuple[Solved, ...],
    numbers: Mapping[str, int] | None,
) -> Solved:
    found = solve(protocol, study, cohort, day, strict, pins)
    return replace(found, judges=judges, numbers=numbers)


def solve(
    protocol: Protocol,
    study: Study,
    cohort: Cohort,
    day: int,
    strict: bool,
    pins: Days | None = None,
) -> Solved:
    """Solve a cohort as seen on a day; `pins` set open nodes to a day each (FAR: none)."""
    problem = build_problem(protocol, cohort, day, strict, pins)
    return Solved(protocol, study, cohort, date_of(day), strict, problem, answer(problem))
