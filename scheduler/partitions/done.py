"""Which partitions are done already, and what of an earlier run has to go?

Source: docs/cohorts.md (going on).
"""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from scheduler.partitions.job import Done
from scheduler.partitions.layout import DONE, FAULTS, RUN_FILE, part_name


def read_done(out: Path) -> dict[int, Done]:
    """The notes of the partitions that an earlier run has finished, by partition."""
    found = {}
    for path in sorted((out / DONE).glob("part-*.json")):
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            note = Done(**held | {"warnings": tuple(held["warnings"])})
        except (ValueError, TypeError, KeyError):
            continue  # not a note: the partition counts as not done
        if path.name == part_name(note.partition, ".json"):
            found[note.partition] = note
    return found


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
