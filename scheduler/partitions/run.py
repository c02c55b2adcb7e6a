"""`washout cohort`: a study planned partition by partition, going on where a run had stopped.

Source: docs/cohorts.md.
"""

import hashlib
import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scheduler.binding.read_columns import columns_read
from scheduler.errors import NotWritable
from scheduler.files import locked
from scheduler.partitions.cluster import connected, run_jobs
from scheduler.partitions.done import holds, read_done, refuse_planted, take_away
from scheduler.partitions.extra import require
from scheduler.partitions.importing import Progress
from scheduler.partitions.inputs import imported, read_protocols
from scheduler.partitions.job import Assignment, Done, Job, versions_here
from scheduler.partitions.layout import MATRIX, OWN_STUDY, RUN_FILE, SITES_FILE, write_json
from scheduler.partitions.naming import folders_of
from scheduler.partitions.reading import PartitionFiles
from scheduler.partitions.tables import empty_tables
from scheduler.protocol import Protocol
from scheduler.study.faults import study_faults
from scheduler.study.sites_file import read_sites_yaml
from scheduler.tables.tables import IN_PARTITIONS

SEVERAL = ("windows", MATRIX)  # the tables of several protocols, where nobody chooses
Begin = Callable[[Sequence[int], Sequence[int]], None]
Tell = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far a run is: the import, the partitions that are left, each one's end."""

    imports: Progress | None = None
    begin: Begin | None = None  # the participants of each partition, and which are to be planned
    done: Tell | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """How a cohort is planned: the day, the tables ((): the usual ones), and by which workers.

    `workers` and `memory` (as `2GiB`) are those of this machine, `scheduler` the address of a Dask
    scheduler that is used instead. `drop_columns`: an import of the study leaves out what the
    protocols do not read.
    """

    as_of: date
    tables: tuple[str, ...] = ()
    strict: bool = False
    workers: int | None = None
    memory: str | None = None
    scheduler: str | None = None
    drop_columns: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gave: each partition's note, and how many were there from an earlier run."""

    protocols: tuple[Protocol, ...]
    folders: tuple[str, ...]
    notes: tuple[Done, ...]
    kept: int
    warnings: tuple[str, ...]

    @property
    def failed(self) -> tuple[Done, ...]:
        """The notes of the partitions that could not be planned."""
        return tuple(note for note in self.notes if note.faults)


def plan_cohort(
    protocols: Sequence[str | Path], study: str | Path, out: str | Path, settings: Settings,
    watch: Watch | None = None,
) -> Outcome:  # fmt: skip
    """What may everybody in a large study do when? Writes Parquet tables, a part a partition.

    Partitions that an earlier run has finished from the same input are kept. A partition that
    cannot be planned leaves its faults in `out` and stops no other one.
    Raises: InputFaults where a protocol or the study as a whole cannot be read; NotWritable for
    the folder; CohortMissing without Dask or pyarrow.
    """
    require("dask", "distributed", "pyarrow")
    models = read_protocols(protocols)
    folder = Path(out).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            return _Run(models, Path(study).resolve(), folder, settings, watch or Watch()).go()
    except OSError as error:
        text = f"{error.filename or folder}: cannot be written: {error.strerror or error}"
        raise NotWritable(text) from error


class _Run:
    def __init__(
        self, protocols: tuple[Protocol, ...], study: Path, out: Path, settings: Settings,
        watch: Watch,
    ) -> None:  # fmt: skip
        self._protocols, self._out, self._settings, self._watch = protocols, out, settings, watch
        self._names = folders_of(protocols)
        refuse_planted(out, [OWN_STUDY, *self._targets()])
        reads, drop = columns_read(protocols), settings.drop_columns
        self._folder, self._study = imported(study, out, watch.imports, reads, drop)
        self._versions = versions_here()
        self._content = pickle.dumps(self._assignment(), pickle.HIGHEST_PROTOCOL)

    def go(self) -> Outcome:
        jobs = [self._job(number) for number in range(self._study.partitions)]
        notes = read_done(self._out)
        kept = {
            number: notes[number]
            for number, job in enumerate(jobs)
            if number in notes and holds(self._out, notes[number], job.fingerprint)
        }
        todo = [job for job in jobs if job.part.partition not in kept]
        take_away(self._out, notes, kept, self._targets())
        if self._watch.begin is not None:
            numbers = [job.part.partition for job in todo]
            self._watch.begin(self._study.participants, numbers)
        found = dict(kept)
        if todo:
            self._work(todo, found)
        outcome = Outcome(
            self._protocols,
            self._names,
            tuple(found[number] for number in sorted(found)),
            len(kept),
            self._warnings(found),
        )
        write_json(self._out / RUN_FILE, self._record(outcome))
        return outcome

    def _assignment(self) -> Assignment:
        names = self._settings.tables or (IN_PARTITIONS if len(self._protocols) == 1 else SEVERAL)
        own = [name for name in IN_PARTITIONS if name in names]
        path, sites = self._folder / SITES_FILE, None
        if SITES_FILE in self._study.sources:
            sites = read_sites_yaml(SITES_FILE, path.read_bytes(), study_faults())
        as_of = self._settings.as_of
        empty = tuple(empty_tables(model, sites, as_of, own) for model in self._protocols)
        several = MATRIX in names or len(self._protocols) > 1
        strict = self._settings.strict
        return Assignment(self._protocols, self._names, empty, several, as_of, strict)

    def _targets(self) -> set[str]:
        """The folders of all tables that a run of these protocols may write."""
        names = {f"{name}/{table}" for name in self._names for table in IN_PARTITIONS}
        return {MATRIX} | {name.lstrip("/") for name in names}

    def _job(self, number: int) -> Job:
        part = PartitionFiles.of(self._folder, self._study, number)
        own = {"part": part.found_sums(), "expected": part.sums, "files": part.files}
        text = json.dumps([own, self._inputs(), self._versions], sort_keys=True)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        return Job(part, str(self._out), self._content, fingerprint, self._versions)

    def _inputs(self) -> dict[str, Any]:
        """What the tables depend on beside the study, as run.json tells it."""
        settings = self._settings
        return {
            "as_of": settings.as_of.isoformat(),
            "strict": settings.strict,
            "protocols": [
                {
                    "id": model.id,
                    "version": model.version,
                    "date": model.date.isoformat(),
                    "folder": name,
                    "sha256": model.fingerprint,
                    "versions": {other.version: other.fingerprint for other in model.versions},
                }
                for model, name in zip(self._protocols, self._names, strict=True)
            ],
            "tables": list(
                settings.tables or (IN_PARTITIONS if len(self._protocols) == 1 else SEVERAL)
            ),
        }

    def _work(self, todo: Sequence[Job], found: dict[int, Done]) -> None:
        settings = self._settings

        def tell(note: Done) -> None:
            found[note.partition] = note
            if self._watch.done is not None:
                self._watch.done(note)

        workers = settings.workers
        with connected(settings.scheduler, workers, settings.memory, len(todo)) as client:
            run_jobs(client, todo, tell)

    def _warnings(self, found: Mapping[int, Done]) -> tuple[str, ...]:
        """What was told in any partition, each once."""
        told = [text for number in sorted(found) for text in found[number].warnings]
        return tuple(dict.fromkeys([*self._study.warnings, *told]))

    def _record(self, outcome: Outcome) -> dict[str, Any]:
        """What stands in run.json: nothing from a clock, nothing about workers."""
        failed = [note.partition for note in outcome.failed]
        rows: dict[str, int] = {}
        for note in outcome.notes:
            for name, count in note.rows.items():
                rows[name] = rows.get(name, 0) + count
        return {
            **self._inputs(),
            "study": {"sha256": dict(self._study.sources)},
            "versions": self._versions,
            "partitions": len(outcome.notes),
            "failed": failed,
            "participants": sum(note.participants for note in outcome.notes),
            "rows": rows,
            "warnings": list(outcome.warnings),
        }
