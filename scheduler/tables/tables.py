"""Everything that is said of a study on one day: the one list of tables.

Each table is made of every solved part and brought together; with one part it is that part's own.
Source: docs/contract.md; docs/frames.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Union, overload

import numpy as np

from scheduler.days import day_of
from scheduler.errors import LeftOut, known_name
from scheduler.protocol import UNSCHEDULED, Protocol
from scheduler.study.model import Study
from scheduler.tables.agenda import TABLES as AGENDA_TABLES
from scheduler.tables.agenda import compute_agenda
from scheduler.tables.assumptions import assumptions_frame
from scheduler.tables.blocked import blocked_frame, rules_frame
from scheduler.tables.bookings import bookings_frame
from scheduler.tables.calendar.rows import calendar_rows_frame
from scheduler.tables.columns import distinct_rows, join_frames, sealed
from scheduler.tables.conflicts import conflicts_frame
from scheduler.tables.deviations import deviations_frame
from scheduler.tables.duties import duties_frame
from scheduler.tables.expiring.due import tests_frame
from scheduler.tables.frames import Frame, Row
from scheduler.tables.lookups import handed
from scheduler.tables.queries import queries_frame
from scheduler.tables.schedule import schedule_frame, summary_frame
from scheduler.tables.solved import Solved
from scheduler.tables.tasks.making import tasks_frame
from scheduler.tables.unplanned.earlier import attempts_frame
from scheduler.tables.unplanned.unscheduled import unscheduled_frame
from scheduler.tables.windows import windows_frame
from scheduler.tables.worklist.looked import IDS, Looked, notes_of
from scheduler.tables.worklist.making import todo_frame
from scheduler.wording.labelled import UNSCHEDULED_VISIT

if TYPE_CHECKING:
    import pandas as pd

AGENDA_DAYS = 28
_MADE = ("_made", "_found")  # what is kept of tables


class TableOf:
    """One table of the list: what makes it of a solved part, and what it says.

    `file` names its CSV file and sheet: its own name, unless another is given; an empty one is
    not written. Those `of_all` are made of the tables of everybody together, so that no partition
    has them. A table of `Tables` has the `name` under which it stands there.
    """

    def __init__(
        self,
        maker: Callable[[Solved], Frame] | None,
        says: str,
        file: str | None = None,
        of_all: "Callable[[Tables], Frame] | None" = None,
        name: str = "",
    ) -> None:
        self.maker, self.says, self.of_all = maker, says, of_all
        self.__doc__ = f"{says[:1].upper()}{says[1:]}."
        self.name, self._file = name, file

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def file(self) -> str:
        """The name of the file and sheet; empty where there are none."""
        return self.name if self._file is None else self._file

    @overload
    def __get__(self, tables: None, owner: type) -> "TableOf": ...
    @overload
    def __get__(self, tables: "Tables", owner: type) -> "pd.DataFrame": ...
    def __get__(self, tables: "Tables | None", owner: type) -> Union["TableOf", "pd.DataFrame"]:
        """The table, made when it is first asked for and kept by whom it is of.

        What is handed out is a copy that shares its columns until one of the two is written to, so
        that nobody's changes reach what is written or asked for later.
        """
        if tables is None:
            return self
        made = tables.__dict__.setdefault("_made", {})
        if self.name not in made:
            made[self.name] = sealed(tables.handed(self.made(tables)))
        found: pd.DataFrame = made[self.name]
        return found.copy(deep=False)

    def made(self, tables: "Tables") -> Frame:
        """The table as columns of arrays, made when it is first asked for."""
        found: dict[str, Frame] = tables.__dict__.setdefault("_found", {})
        if self.name not in found:
            found[self.name] = self._made(tables)
        return found[self.name]

    def _made(self, tables: "Tables") -> Frame:
        if self.of_all is not None:
            return self.of_all(tables)
        assert self.maker is not None
        return tables.joined([part.made(self.maker) for part in tables.parts])


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a study, solved in one part for every version of the protocol in use.

    `protocol` names everything of all versions; `parts` are never empty; `participants` are their
    codes in the order of their file; `warnings` what was told of the inputs and stops nothing;
    `left_out` are those whose data the program failed on.
    Every table is made when it is first asked for. Dates are datetime64[s], codes ordered
    categories in the order of the files, counts nullable integers.
    """

    protocol: Protocol
    study: Study
    parts: tuple[Solved, ...]
    participants: tuple[str, ...]
    warnings: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()

    todo = TableOf(
        None, "what a person must do, most urgent first", of_all=lambda tables: _todo(tables)
    )
    summary = TableOf(
        summary_frame, "one row a participant: state, what comes next and when, what is open"
    )
    windows = TableOf(
        windows_frame, "the days that each milestone and visit may take, one row a run of days"
    )
    schedule = TableOf(
        schedule_frame, "what has become of each milestone and visit, or the day recommended for it"
    )
    blocked = TableOf(blocked_frame, "the days that single rules forbid, each with its reason")
    rules = TableOf(rules_frame, "the rule-by-rule checklist")
    duties = TableOf(duties_frame, "last days and periods that the participant must keep to")
    tasks = TableOf(tasks_frame, "paperwork that hangs on dates: by when it is due, and is it done")
    queries = TableOf(queries_frame, "facts that someone must find, and what each would free")
    deviations = TableOf(deviations_frame, "what recorded dates break")
    conflicts = TableOf(
        conflicts_frame, "the smallest set of reasons for each participant without a schedule"
    )
    bookings = TableOf(bookings_frame, "what has become of each booking, and the days next to it")
    unscheduled = TableOf(
        unscheduled_frame, "unscheduled visits that are done or booked, which bind nothing", ""
    )
    tests = TableOf(
        tests_frame, "tests that expire: until when one is valid, from when to when to repeat it"
    )
    attempts = TableOf(attempts_frame, "dates of earlier attempts at screening, which are history")
    coming = TableOf(
        None, f"what is due in the coming {AGENDA_DAYS} days", "agenda",
        lambda tables: _agenda(tables, AGENDA_DAYS),
    )  # fmt: skip
    assumptions = TableOf(assumptions_frame, "what the plan rests on that no source says", "")
    calendar_rows = TableOf(
        calendar_rows_frame, "what calendars show, each row resting on recorded or other dates", ""
    )

    @property
    def as_of(self) -> date:
        """The day that everything is seen on."""
        return self.parts[0].as_of

    @property
    def strict(self) -> bool:
        """Whether what nobody recorded counts as unknown."""
        return self.parts[0].strict

    @property
    def sites(self) -> dict[str, tuple[str, str]]:
        """The site ("" for none) and IANA time zone of every participant."""
        found = {code: site for part in self.parts for code, site in part.sites.items()}
        return {code: found[code] for code in self.participants}

    def handed(self, frame: Frame) -> "pd.DataFrame":
        """A table as a DataFrame, with the ids of participants as they were given."""
        return handed(frame, self.study.own_ids)

    def part(self, participant: str) -> Solved:
        """The solved part of the version that a participant is under.

        Raises: NotFound for a participant that is not there.
        """
        for part in self.parts:
            if participant in part.sites:
                return part
        known_name("participant", participant, self.participants)
        raise AssertionError(participant)

    def rows_of(self, name: str, participant: str, heads: Sequence[str] = ()) -> list[Row]:
        """One participant's rows of a table, as texts, of all columns or of some."""
        frame = self.table(name)
        place = frame.words("participant").index(participant)
        return frame.take(np.flatnonzero(frame.codes("participant") == place), heads).rows()

    def agenda(self, days: int = AGENDA_DAYS) -> "pd.DataFrame":
        """What is due in the coming days, over all participants, by day."""
        return self.handed(self.due(days))

    def due(self, days: int) -> Frame:
        """What `agenda` says, for who needs no DataFrame."""
        return _agenda(self, days)

    def table(self, name: str) -> Frame:
        """A table as columns of arrays, for who needs no DataFrame."""
        return _BY_NAME[name].made(self)

    def written(self) -> dict[str, Frame]:
        """The tables that are written, by the names of their files."""
        return {table.file: table.made(self) for table in TABLES if table.file}

    def joined(self, frames: Sequence[Frame], key: str = "participant") -> Frame:
        """One frame a part as one: everybody in their order, words in that of the files."""
        if len(self.parts) == 1:
            return frames[0]
        if key not in frames[0].heads:
            return distinct_rows(join_frames(frames, {}))
        nodes = [node.name for node in self.protocol.nodes]
        orders: dict[str, Sequence[str]] = {
            "participant": self.participants, "SUBJID": self.participants, "milestone": nodes,
            "next_milestone": nodes, "rule": [rule.id for rule in self.protocol.rules],
            "node": nodes, "test": [test.id for test in self.protocol.tests],
            "USUBJID": [f"{self.protocol.id}-{code}" for code in self.participants],
        }  # fmt: skip
        joined = join_frames(frames, orders)
        place = {word: number for number, word in enumerate(orders[key])}
        places = [place[word] for word in joined[key].texts()]
        return joined.take(np.argsort(places, kind="stable"))

    def __getstate__(self) -> dict[str, object]:
        """All but the tables that were made: they are made again where they are asked for."""
        return {name: value for name, value in self.__dict__.items() if name not in _MADE}

    def __repr__(self) -> str:
        what = f"{self.protocol.id}, {len(self.participants)} participants"
        return f"<{type(self).__name__} of {what}, as of {self.as_of.isoformat()}>"


def _agenda(tables: Tables, days: int) -> Frame:
    """What is due in the coming days, over all participants, by day."""
    labels = {node.name: node.label for node in tables.protocol.nodes}
    labels |= {test.id: test.label for test in tables.protocol.tests}
    labels[UNSCHEDULED] = UNSCHEDULED_VISIT
    frames = {name: tables.table(name) for name in AGENDA_TABLES}
    return compute_agenda(frames, tables.as_of, days, labels)


def _todo(tables: Tables) -> Frame:
    """The worklist as people read it, without the ids beside its labels."""
    frame = tables.table("worklist")
    return Frame({name: frame[name] for name in frame.heads if name not in IDS})


def _worklist(tables: Tables) -> Frame:
    """The worklist of everybody."""
    names = ("bookings", "blocked", "schedule", "queries", "summary", "conflicts", "windows",
             "duties", "tasks", "deviations", "tests", "unscheduled")  # fmt: skip
    frames = {name: tables.table(name) for name in names}
    notes = {key: note for part in tables.parts for key, note in notes_of(part).items()}
    unasked = tables.study.no_history and any(rule.events for rule in tables.protocol.rules)
    return todo_frame(
        Looked(
            tables.protocol, day_of(tables.as_of), tables.participants, tables.sites, frames, notes,
            tables.part, unasked,
        )
    )  # fmt: skip


TABLES: tuple[TableOf, ...] = tuple(
    value for value in vars(Tables).values() if isinstance(value, TableOf)
)

_BY_NAME = {table.name: table for table in TABLES}
_BY_NAME["worklist"] = TableOf(  # for the desk, and no table of a plan
    None,
    "`todo`, with the ids of the steps, tests and tasks that its rows are about",
    "",
    _worklist,
    "worklist",
)
WRITTEN = tuple(table.file for table in TABLES if table.file)
IN_PARTITIONS = tuple(table.file for table in TABLES if table.file and table.of_all is None)
