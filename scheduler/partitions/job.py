"""One partition, planned: what a worker is told, what it does, and the few figures it tells.

A worker writes its tables itself and returns no rows, so that whoever waits for it needs no memory.
Source: docs/cohorts.md.
"""

import pickle
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

import pandas as pd

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.errors import Fault, InputFaults, NotWritable, WashoutError
from scheduler.files import replace_file
from scheduler.partitions.fit_matrix import count_states, empty_matrix, matrix, matrix_rows
from scheduler.partitions.layout import DONE, FAULTS, MATRIX, part_name, write_json
from scheduler.partitions.own_rows import check_several, own_study
from scheduler.partitions.reading import PartitionFiles, read_part
from scheduler.partitions.tables import parquet_bytes
from scheduler.protocol import Protocol
from scheduler.report.run_json import versions, warnings_of
from scheduler.study.model import Study
from scheduler.tables.frames import Frame

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan

_MOST_WARNINGS = 100


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be planned, the same for every partition.

    `folders` are where each protocol's tables go, inside the output; `tables` hold each protocol's
    tables without rows. `matrix` asks for the table of all protocols.
    """

    protocols: tuple[Protocol, ...]
    folders: tuple[str, ...]
    tables: tuple[Mapping[str, pd.DataFrame], ...]
    matrix: bool
    as_of: date
    strict: bool


@dataclass(frozen=True, slots=True)
class Job:
    """One partition to be planned; `assignment` is a pickled Assignment, shared by all jobs."""

    part: PartitionFiles
    out: str
    assignment: bytes
    fingerprint: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a partition: figures, or the reasons why there are none.

    `states` counts participants by folder of the protocol and state, `files` holds the sizes of
    the files that were written. `faults` is their number; the texts lie in the folder of faults.
    """

    partition: int
    fingerprint: str
    participants: int = 0
    files: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    faults: int = 0


def do(job: Job) -> Done:
    """Plan one partition and write its tables, and last the note that it is done.

    Nothing is raised: what goes wrong with one partition is told and stops no other one.
    """
    try:
        own = versions_here()
        if own != job.versions:
            return failed(job, [_other(own, job.versions)])
        return _plan(job, _assignment(job.assignment))
    except InputFaults as error:
        told = [str(fault) for fault in error.faults if not fault.warning]
        return failed(job, list(dict.fromkeys(told)))
    except WashoutError as error:  # the disk is full, say
        return failed(job, [f"K112: {error}"])
    except Exception:
        trace = indent(traceback.format_exc().strip(), " " * 5)
        return failed(job, [f"K112: the program failed\n{trace}"])


def failed(job: Job, faults: Sequence[str]) -> Done:
    """Keep the faults of a partition in a file of its own, and tell their number."""
    path = Path(job.out, FAULTS, part_name(job.part.partition, ".txt"))
    replace_file(path, "".join(f"{fault}\n" for fault in faults).encode())
    return Done(job.part.partition, job.fingerprint, faults=len(faults))


def versions_here() -> dict[str, str]:
    """The versions on which the rows and bytes of a partition depend."""
    import pyarrow as pa

    return versions() | {"pyarrow": pa.__version__}


@lru_cache(maxsize=1)
def _assignment(content: bytes) -> Assignment:
    """The assignment, unpacked once a worker."""
    found: Assignment = pickle.loads(content)
    return found


def _plan(job: Job, assignment: Assignment) -> Done:
    study, faults = read_part(job.part)
    if study is not None and len(assignment.protocols) > 1:
        faults = [*faults, *check_several(study)]
    if any(not fault.warning for fault in faults):
        raise InputFaults([*faults, *_more_faults(study, assignment)])
    made = _nobody(assignment) if study is None else _planned(study, assignment)
    part = part_name(job.part.partition)
    contents = {f"{one.folder}/{part}": one.content for one in made.tables}
    _write(Path(job.out), contents)
    done = Done(
        job.part.partition,
        job.fingerprint,
        0 if study is None else len(study.participants),
        {path: len(content) for path, content in contents.items()},
        {one.folder: one.rows for one in made.tables},
        made.states,
        _few(dict.fromkeys(made.warnings)),
    )
    write_json(Path(job.out, DONE, part_name(done.partition, ".json")), asdict(done))
    return done


def _few(warnings: Iterable[str]) -> tuple[str, ...]:
    """The first warnings; a partition may have one a row."""
    told = list(warnings)
    more = len(told) - _MOST_WARNINGS
    return (*told[:_MOST_WARNINGS], *([f"and {more} more in this partition"] if more > 0 else ()))


def _write(out: Path, contents: Mapping[str, bytes]) -> None:
    """Write all files, or none."""
    try:
        for path, content in contents.items():
            replace_file(out / path, content)
    except NotWritable:
        for path in contents:
            (out / path).unlink(missing_ok=True)
        raise


def _more_faults(study: Study | None, assignment: Assignment) -> list[Fault]:
    """What else is wrong with a study that has faults: all of it is told at once."""
    found: list[Fault] = []
    if study is None:
        return found
    for protocol in assignment.protocols:
        own = own_study(study, protocol, _others(protocol, assignment))
        found += bind_versions(own, protocol, day_of(assignment.as_of))[1]
    return found


def _others(protocol: Protocol, assignment: Assignment) -> list[Protocol]:
    return [other for other in assignment.protocols if other is not protocol]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A table of a partition as the bytes of its file, and the folder that it is for."""

    folder: str
    rows: int
    content: bytes


@dataclass
class _Partition:
    """What was made of a partition: tables as bytes, since arrays of twelve plans are large."""

    tables: list[_Encoded] = field(default_factory=list)
    states: dict[str, dict[str, int]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, folder: str, table: Frame | None, like: pd.DataFrame) -> None:
        """A table (None: no rows), and the same one without rows."""
        rows = 0 if table is None else len(table)
        self.tables.append(
            _Encoded(folder, rows, parquet_bytes(folder.rpartition("/")[2], table, like))
        )


def _nobody(assignment: Assignment) -> _Partition:
    """The tables of a partition in which nobody is."""
    made = _Partition()
    for folder, tables in zip(assignment.folders, assignment.tables, strict=True):
        for name, empty in tables.items():
            made.add(_folder(folder, name), None, empty)
    if assignment.matrix:
        empty = empty_matrix(_ids(assignment))
        made.add(MATRIX, None, empty)
    return made


def _planned(study: Study, assignment: Assignment) -> _Partition:
    """The tables of each protocol, one after another; the faults of all of them are told at once.

    The study was read and checked once; a plan is let go of before the next one is made.
    """
    made, rows, faults = _Partition(), [], list[Fault]()
    each = zip(assignment.protocols, assignment.folders, assignment.tables, strict=True)
    for protocol, folder, tables in each:
        try:
            own = own_study(study, protocol, _others(protocol, assignment))
            plan = _sound(protocol, own, assignment, list(tables))
        except InputFaults as error:
            faults += error.faults
            continue
        for name, empty in tables.items() if not faults else ():
            made.add(_folder(folder, name), plan.table(name), empty)
        made.states[folder] = count_states(plan)
        made.warnings += warnings_of(plan)
        if assignment.matrix:
            rows.append(matrix_rows(plan))
    if faults:
        raise InputFaults(faults)
    if assignment.matrix:
        ids = _ids(assignment)
        made.add(MATRIX, matrix(rows, ids), empty_matrix(ids))
    return made


def _folder(protocol: str, table: str) -> str:
    return f"{protocol}/{table}".lstrip("/")


def _ids(assignment: Assignment) -> list[str]:
    return [protocol.id for protocol in assignment.protocols]


def _sound(protocol: Protocol, study: Study, assignment: Assignment, tables: list[str]) -> "Plan":
    """The plan, with its tables made; without those on whose data the program fails."""
    from scheduler.planning.leaving_out import sound_plan
    from scheduler.planning.plans import plan

    def make(people: Sequence[str] | None) -> "Plan":
        return plan(protocol, study, assignment.as_of, assignment.strict, people)

    def use(made: "Plan") -> None:
        for name in tables:
            _ = made.table(name).columns  # with those that are made late

    return sound_plan(make, use, use)


def _other(own: Mapping[str, str], expected: Mapping[str, str]) -> str:
    names = [name for name in expected if own.get(name) != expected[name]]
    told = ", ".join(f"{name} {own.get(name, 'none')}, expected {expected[name]}" for name in names)
    return f"K113: found a worker with {told}"
