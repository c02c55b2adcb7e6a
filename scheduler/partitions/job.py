"""One partition, planned: what a worker is told, what it does, and the few figures it tells.

A worker writes its tables itself and returns no rows, so that whoever waits for it needs no memory.
Source: docs/cohorts.md.
"""

import pickle
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from scheduler.partitions.fit_matrix import count_states, empty_matrix, matrix
from scheduler.partitions.layout import DONE, FAULTS, MATRIX, part_name, write_json
from scheduler.partitions.own_rows import check_several, own_study
from scheduler.partitions.reading import PartitionFiles, read_part
from scheduler.partitions.tables import parquet_bytes
from scheduler.protocol import Protocol
from scheduler.report.run_json import versions, warnings_of
from scheduler.study.model import Study

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
    plans = [] if study is None else _plans(study, assignment)
    rows: dict[str, int] = {}
    contents: dict[str, bytes] = {}
    for folder, table, like in _tables(plans, assignment):
        rows[folder] = len(table)
        contents[f"{folder}/{part_name(job.part.partition)}"] = parquet_bytes(table, like)
    _write(Path(job.out), contents)
    done = Done(
        job.part.partition,
        job.fingerprint,
        0 if study is None else len(study.participants),
        {path: len(content) for path, content in contents.items()},
        rows,
        {f: count_states(made) for f, made in zip(assignment.folders, plans, strict=False)},
        _few(dict.fromkeys(text for made in plans for text in warnings_of(made))),
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


def _plans(study: Study, assignment: Assignment) -> list["Plan"]:
    """The plan of each protocol; the faults of all of them are told at once."""
    plans, faults = [], []
    for protocol, tables in zip(assignment.protocols, assignment.tables, strict=True):
        try:
            own = own_study(study, protocol, _others(protocol, assignment))
            plans.append(_sound(protocol, own, assignment, list(tables)))
        except InputFaults as error:
            faults += error.faults
    if faults:
        raise InputFaults(faults)
    return plans


def _sound(protocol: Protocol, study: Study, assignment: Assignment, tables: list[str]) -> "Plan":
    """The plan, with its tables made; without those on whose data the program fails."""
    from scheduler.planning.plans import plan, sound_plan

    def make(people: Sequence[str] | None) -> "Plan":
        return plan(protocol, study, assignment.as_of, assignment.strict, people)

    def use(made: "Plan") -> None:
        for name in tables:
            getattr(made, name)

    return sound_plan(make, use, use)


def _tables(
    plans: Sequence["Plan"], assignment: Assignment
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Every table with its folder inside the output, and the same one without rows."""
    for number, (folder, tables) in enumerate(
        zip(assignment.folders, assignment.tables, strict=True)
    ):
        for name, empty in tables.items():
            table = getattr(plans[number], name) if plans else empty
            yield f"{folder}/{name}".lstrip("/"), table, empty
    if assignment.matrix:
        ids = [protocol.id for protocol in assignment.protocols]
        empty = empty_matrix(ids)
        yield MATRIX, matrix(plans, ids) if plans else empty, empty


def _other(own: Mapping[str, str], expected: Mapping[str, str]) -> str:
    names = [name for name in expected if own.get(name) != expected[name]]
    told = ", ".join(f"{name} {own.get(name, 'none')}, expected {expected[name]}" for name in names)
    return f"K113: found a worker with {told}"
