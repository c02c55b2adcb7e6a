"""Which partitions are done already, and what of an earlier run has to go?

Source: docs/cohorts.md (going on).
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from scheduler.files import is_inside, refuse_links
from scheduler.partitions.job import Done
from scheduler.partitions.layout import (
    DONE,
    FAULTS,
    RUN_FILE,
    as_tuple,
    is_count,
    is_mapping,
    part_name,
    read_json,
)


def read_done(out: Path) -> dict[int, Done]:
    """The notes of the partitions that an earlier run has finished, by partition."""
    found = {}
    for path in sorted((out / DONE).glob("part-*.json")):
        note = _note_of(read_json(path))  # where it is none, the partition counts as not done
        if note is not None and path.name == part_name(note.partition, ".json"):
            found[note.partition] = note
    return found


def _note_of(held: Any) -> Done | None:
    """The note in a file's JSON, where each part of it is what we write.

    Its files are removed when they are out of date, so they are parts inside the output and
    nothing else.
    """
    try:
        note = Done(**held | {"warnings": as_tuple(held["warnings"])})
    except (TypeError, KeyError):
        return None
    counts = note.partition, note.participants, note.faults
    good = all(map(is_count, counts)) and isinstance(note.fingerprint, str)
    good = good and is_mapping(note.files, int) and is_mapping(note.rows, int)
    good = good and all(map(is_count, [*note.files.values(), *note.rows.values()]))
    good = good and all(is_inside(name) and _is_part(Path(name).name) for name in note.files)
    good = good and isinstance(note.states, dict)
    good = good and all(is_mapping(states, int) for states in note.states.values())
    good = good and all(isinstance(text, str) for text in note.warnings)
    return note if good else None


def refuse_planted(out: Path, folders: Iterable[str]) -> None:
    """Make sure that what this run writes lies inside the output: none of its folders is a link.

    Raises: NotWritable.
    """
    for name in (DONE, FAULTS, *folders):
        refuse_links(out, name, "take it away, or name another folder")


def holds(out: Path, note: Done, fingerprint: str) -> bool:
    """Whether a partition's tables are there, made from what they would be made from now."""
    if note.fingerprint != fingerprint:
        return False
    paths = {out / name: size for name, size in note.files.items()}
    return all(path.is_file() and path.stat().st_size == size for path, size in paths.items())


def take_away(out: Path, notes: Mapping[int, Done], kept: Iterable[int], targets: set[str]) -> None:
    """Remove what an earlier run wrote and what this one will write anew, and nothing else.

    `targets` are the folders of this run's tables: a run that was killed may have left parts there
    of which no note tells.
    """
    (out / RUN_FILE).unlink(missing_ok=True)
    keep = set(kept)
    stay = {name for number in keep for name in notes[number].files}
    gone = {name for note in notes.values() for name in note.files} - stay
    for folder in targets:
        for path in (out / folder).glob("*part-*.parquet*"):
            name = path.relative_to(out).as_posix()
            if name not in stay and _is_part(path.name):
                gone.add(name)
    for number in notes.keys() - keep:
        (out / DONE / part_name(number, ".json")).unlink(missing_ok=True)
    for name in sorted(gone):
        (out / name).unlink(missing_ok=True)
        with suppress(OSError):  # it holds other files
            (out / name).parent.rmdir()
    for path in (out / FAULTS).glob("part-*.txt"):
        path.unlink()
    with suppress(OSError):
        (out / FAULTS).rmdir()


def _is_part(name: str) -> bool:
    """Whether a file is one that a worker writes, whole or begun."""
    number = name.removeprefix(".").removeprefix("part-").partition(".")[0]
    return len(number) >= 5 and number.isdigit()
