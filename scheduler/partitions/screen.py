"""What an import and a run of a cohort show on a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.errors import shown
from scheduler.partitions.importing import Progress as ImportProgress
from scheduler.partitions.job import Done
from scheduler.partitions.layout import FAULTS, RUN_FILE, ImportedStudy, part_name
from scheduler.partitions.run import Outcome, Watch
from scheduler.report.progress_bar import console
from scheduler.report.terminal import SAID

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_MOST_WARNINGS = 20


@contextmanager
def import_progress(quiet: bool) -> Iterator[ImportProgress | None]:
    """A bar for each table, on a terminal where nobody asked for quiet."""
    with _bars(quiet) as bars:
        yield None if bars is None else _import_report(bars)


@contextmanager
def _bars(quiet: bool) -> "Iterator[Progress | None]":
    """Bars that say what they stand for, what is to be told of them, and the time left."""
    screen = console(stderr=True)
    if quiet or not screen.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True) as bars:
        yield bars


def _import_report(bars: "Progress") -> ImportProgress:
    tasks: dict[str, TaskID] = {}

    def report(table: str, done: int, total: int) -> None:
        if table not in tasks:
            tasks[table] = bars.add_task(f"importing {table}", total=total, told="")
        bars.update(tasks[table], completed=done, told=f"{done / max(total, 1):.0%}")

    return report


def import_summary(study: ImportedStudy, folder: str) -> str:
    """What was imported, in one line."""
    rows = ", ".join(f"{sum(table.rows):,} rows of {name}" for name, table in study.tables.items())
    out = f"; left out: {', '.join(map(shown, study.left_out))}" if study.left_out else ""
    return f"{folder}: {rows}, in {_many(study.partitions, 'partition')}{out}"


@contextmanager
def watching(quiet: bool) -> Iterator[Watch]:
    """A bar of the partitions with participants a second and the time left, on a terminal."""
    with _bars(quiet) as bars:
        yield Watch() if bars is None else _watch(bars)


def _watch(bars: "Progress") -> Watch:
    task = bars.add_task("planning", total=None, told="", visible=False)
    sizes: dict[int, int] = {}
    over: list[int] = []

    def tell() -> None:
        speed = next(one.speed for one in bars.tasks if one.id == task)
        told = f"{len(over):,} of {len(sizes):,} partitions"
        bars.update(task, told=told if speed is None else f"{told}, {speed:,.0f} participants/s")

    def begin(participants: Sequence[int], todo: Sequence[int]) -> None:
        sizes.update({number: participants[number] for number in todo})
        bars.update(task, total=sum(sizes.values()), visible=True)
        tell()

    def done(note: Done) -> None:
        over.append(note.partition)
        bars.update(task, advance=sizes[note.partition])
        tell()

    return Watch(_import_report(bars), begin, done)


def print_warnings(outcome: Outcome) -> None:
    """Print the first warnings on stderr, and how many more there are."""
    few = outcome.warnings[:_MOST_WARNINGS]
    more = len(outcome.warnings) - len(few)
    for text in (*few, *([f"{more:,} more; {RUN_FILE} holds them"] if more else ())):
        click.echo(f"warning: {text}", err=True)


def print_faults(outcome: Outcome, out: str) -> None:
    """Print on stderr why partitions could not be planned: each fault with its partition.

    What several partitions have in common, such as a fault of a site, is told once.
    """
    told: set[bytes] = set()
    for note in outcome.failed:
        path = Path(out, FAULTS, part_name(note.partition, ".txt"))
        place = part_name(note.partition, "")
        again = False
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                text = line.rstrip("\n")
                if not text.startswith(" "):
                    mark = sha256(text.encode()).digest()
                    again = mark in told
                    told.add(mark)
                if not again:
                    click.echo(text if text.startswith(" ") else f"{place} {text}", err=True)
    if outcome.failed:
        some = f"{len(outcome.failed):,} of {_many(len(outcome.notes), 'partition')}"
        text = f"{some} could not be planned; {Path(out, FAULTS).as_posix()} holds why"
        click.echo(text, err=True)


def print_outcome(outcome: Outcome, as_of: date) -> None:
    """Print who can be scheduled under which protocol, and what was kept of an earlier run."""
    for protocol, folder in zip(outcome.protocols, outcome.folders, strict=True):
        counts: dict[str, int] = {}
        for note in outcome.notes:
            for state, count in note.states.get(folder, {}).items():
                counts[state] = counts.get(state, 0) + count
        click.echo(f"{protocol.id} version {protocol.version}, as of {as_of.isoformat()}")
        parts = [f"{counts[state]:,} {said}" for state, said in SAID.items() if state in counts]
        people = _many(sum(counts.values()), "participant")
        click.echo(": ".join([people, ", ".join(parts)] if parts else [people]))
    kept = f", {outcome.kept:,} kept from an earlier run" if outcome.kept else ""
    click.echo(f"{_many(len(outcome.notes), 'partition')}{kept}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
