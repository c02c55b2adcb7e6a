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
TOLD = ("schedule", "deviations", "tests", "duties", "queries", "tasks")
BOOKED = ("milestone", "date", "time", "state", "permitted_before", "permitted_after")


@dataclass(frozen=True)
class Supposed:
    """A participant with the rows that are supposed, as seen on a day.

    `dates` by step and `exposures` are supposed beside the rows, as in `what if`; `state` is that
    of the participant before.
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
    state: str = ""


@dataclass(frozen=True)
class Told:
    """What the plan of supposed rows says: some of its tables, or the faults that stop it.

    Conflicts are told where there is no schedule any more.
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
        return None, stopping, found.sites
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
    plain = replace(asked, dates={}, exposures=(), state="")
    found = next((known for one, known in _last if one == plain), None)
    if found is None:
        rows = [*asked.rows, *asked.common]
        made, faults, _ = planned(
            _protocol(asked.files), asked.heads, rows, asked.study, asked.as_of
        )
        if made is None:
            return Told(asked.rows, tuple(faults))
        if asked.dates or asked.exposures:  # somebody tries one day after another
            _last.append((plain, made))
    else:
        made = found
    made = supposing(made, asked.code, asked.dates, asked.exposures)
    return told_by(made, asked.code, asked.rows, asked.state)


def told_by(made: Plan, code: str, rows: tuple[StoredRow, ...], before: str) -> Told:
    """What a plan says of a participant with these rows, whose state was another one before."""
    state = state_of(made, code)
    names = (*TOLD, "conflicts") if state == "no_schedule" != before else TOLD
    return Told(
        rows, (), state, made.rows_of("bookings", code, BOOKED),
        {name: made.rows_of(name, code) for name in names},
    )  # fmt: skip


_protocol = lru_cache(maxsize=4)(read_protocol)
_last: deque[tuple[Supposed, Plan]] = deque(maxlen=32)  # of whom was asked last, what if
