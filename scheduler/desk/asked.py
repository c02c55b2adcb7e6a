"""One participant's rows planned, and what a second process is asked of them: plain values.

Nothing of the store and nothing that was planned before goes there: whoever answers knows the
protocol's files, the rows and the day, and gives rows of tables back.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.errors import Fault, InputFaults
from scheduler.planning.plans import Plan, plan
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.store.proving import write_protocol
from scheduler.store.reading import Heads, read_rows
from scheduler.store.stored import StoredRow
from scheduler.study.sites import Site
from scheduler.tables.frames import Row

Files = tuple[tuple[str, str], ...]  # the names and texts of a protocol's files
# the columns of tables that effects are told from
TOLD = {
    "schedule": (
        "milestone", "date", "time", "status", "first", "last", "certainty", "days_from_target",
    ),
    "deviations": ("sentence",),
    "tests": ("test", "node", "state", "repeat_first", "repeat_last"),
    "duties": ("sentence", "basis"),
    "tasks": ("sentence", "state"),
}  # fmt: skip
QUESTION = ("missing", "item", "rule", "milestone")  # by which a question is the same one
BOOKED = ("milestone", "date", "time", "state", "permitted_before", "permitted_after")


@dataclass(frozen=True)
class Before:
    """What was known of a participant before: the state, and the open questions by QUESTION."""

    state: str = ""
    questions: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True)
class Supposed:
    """A participant with the rows that are supposed, as seen on a day.

    `dates` by step and `exposures` are supposed beside the rows, as in `what if`.
    """

    study: str
    files: Files
    heads: Heads
    code: str
    rows: tuple[StoredRow, ...]
    common: tuple[StoredRow, ...]
    as_of: date
    dates: Mapping[str, str] = field(default_factory=dict)
    exposures: Sequence[Mapping[str, str]] = ()
    before: Before = Before()


@dataclass(frozen=True)
class Told:
    """What the plan of supposed rows says: some of its tables, or the faults that stop it.

    Of the queries the new ones are told, and conflicts where there is no schedule any more.
    """

    rows: tuple[StoredRow, ...]
    faults: tuple[Fault, ...]
    state: str = ""
    bookings: Sequence[Row] = ()
    tables: Mapping[str, list[Row]] = field(default_factory=dict)

    @property
    def planned(self) -> bool:
        """Whether there is a plan."""
        return not self.faults

    def table(self, name: str) -> list[Row]:
        """One of the tables that were told."""
        return self.tables[name]

    def booked(self) -> list[Row]:
        """The bookings without what moves would keep."""
        return list(self.bookings)


def read_protocol(files: Iterable[tuple[str, str]]) -> Protocol:
    """The protocol in files by their names.

    Raises: InputFaults.
    """
    with TemporaryDirectory(prefix="washout-protocol-") as folder:
        return load_protocol(write_protocol(dict(files), Path(folder)))


def planned(
    protocol: Protocol, heads: Heads, rows: Iterable[StoredRow], study: str, as_of: date
) -> tuple[Plan | None, list[Fault], Mapping[str, Site] | None]:
    """The plan that rows give, or the faults that stop it; and the sites among the rows."""
    found, faults = read_rows(heads, rows, study)
    stopping = [fault for fault in faults if not fault.warning]
    if stopping:
        more = bind_versions(found, protocol, day_of(as_of))[1] if len(found.participants) else []
        stopping += [fault for fault in more if not fault.warning]
        return None, list(dict.fromkeys(stopping)), found.sites
    try:
        return plan(protocol, found, as_of), [], found.sites
    except InputFaults as error:
        return None, list(error.faults), found.sites


def supposing(
    made: Plan, code: str, dates: Mapping[str, str], exposures: Sequence[Mapping[str, str]]
) -> Plan:
    """What follows if steps of a participant are on given days, or with further exposures.

    Raises: NotFound, NotOpen and InputFaults.
    """
    made = made.with_history(code, exposures) if exposures else made
    return made.with_dates({code: dates}) if dates else made


def state_of(made: Plan, code: str) -> str:
    """The state of a participant, without the counts that the summary has beside it."""
    (row,) = made.rows_of("summary", code, ("state",))
    return row["state"]


def told(asked: Supposed) -> Told:
    """What follows from supposed rows.

    Raises: NotFound, NotOpen and InputFaults, as `what if` does.
    """
    plain = replace(asked, dates={}, exposures=(), before=Before())
    made = next((known for one, known in _last if one == plain), None)
    if made is None:
        rows = [*asked.rows, *asked.common]
        made, faults, _ = planned(
            _protocol(asked.files), asked.heads, rows, asked.study, asked.as_of
        )
        if made is None:
            return Told(asked.rows, tuple(faults))
        if asked.dates or asked.exposures:  # somebody tries one day after another
            _last.append((plain, made))
    made = supposing(made, asked.code, asked.dates, asked.exposures)
    return told_by(made, asked.code, asked.rows, asked.before)


def told_by(made: Plan, code: str, rows: tuple[StoredRow, ...], before: Before) -> Told:
    """What a plan says of a participant with these rows, beside what was known before."""
    state = state_of(made, code)
    tables = {name: made.rows_of(name, code, heads) for name, heads in TOLD.items()}
    tables["queries"] = _new_questions(made, code, before)
    if state == "no_schedule" != before.state:
        tables["conflicts"] = made.rows_of("conflicts", code, ("detail",))
    return Told(rows, (), state, made.rows_of("bookings", code, BOOKED), tables)


def _new_questions(made: Plan, code: str, before: Before) -> list[Row]:
    """The questions that nobody asked before; what an answer would free is worked out for them."""
    asked = [question_of(row) for row in made.rows_of("queries", code, QUESTION)]
    if before.questions.issuperset(asked):
        return []
    rows = made.rows_of("queries", code, ("sentence",))
    return [row for row, key in zip(rows, asked, strict=True) if key not in before.questions]


def question_of(row: Row) -> tuple[str, ...]:
    """By what a question is the same one."""
    return tuple(row[head] for head in QUESTION)


_protocol = lru_cache(maxsize=4)(read_protocol)
_last: deque[tuple[Supposed, Plan]] = deque(maxlen=32)  # of whom was asked last, what if
