"""The names inside a folder of partitions, and the record of an imported study (study.json).

    STUDY/study.json  sites.yaml  participants/part-00000.parquet  history/part-00000.parquet ...
    OUT/run.json  _done/part-00000.json  faults/part-00007.txt  windows/part-00000.parquet ...

Source: docs/cohorts.md.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scheduler.errors import WashoutError
from scheduler.files import is_inside, replace_file
from scheduler.partitions.hashing import HASH
from scheduler.study.tables import LAYOUTS

STUDY_FILE = "study.json"
SITES_FILE = "sites.yaml"
RUN_FILE = "run.json"
DONE, FAULTS = "_done", "faults"
OWN_STUDY = "_study"  # in the output's folder, where a run had to import the study itself
MATRIX = "matrix"
ROW = "__row__"  # the column of an imported table that holds each row's number in its source
FORMAT = 1
MOST = 100_000  # partitions: part-99999 is the last name of its length


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """One table of an imported study: its source's name, its rows, and its parts' SHA-256 sums."""

    file: str
    rows: tuple[int, ...]
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportedStudy:
    """What study.json says of an imported study.

    `reads` are the columns that it was made for (`history.route`; none: all were kept), and
    `left_out` those of the source that it does not hold.
    """

    partitions: int
    tables: Mapping[str, ImportedTable]
    sources: Mapping[str, str]  # SHA-256 sums by the names of the source's files
    warnings: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def participants(self) -> tuple[int, ...]:
        """The number of participants in each partition."""
        return self.tables["participants"].rows


def part_name(partition: int, suffix: str = ".parquet") -> str:
    """The name of a partition's file: part-00007.parquet."""
    return f"part-{partition:05d}{suffix}"


def is_imported(folder: Path) -> bool:
    """Whether a folder is a study that `cohort-import` has made."""
    return (folder / STUDY_FILE).is_file()


def write_record(folder: Path, study: ImportedStudy) -> None:
    """Write study.json."""
    write_json(folder / STUDY_FILE, {"format": FORMAT, "hash": HASH} | asdict(study))


def read_record(folder: Path) -> ImportedStudy:
    """What study.json of an imported study says.

    Raises: WashoutError where it is of another format or cannot be read.
    """
    path = folder / STUDY_FILE
    again = "import the study again with washout cohort-import"
    held = read_json(path)
    if isinstance(held, dict) and (held.get("format"), held.get("hash")) != (FORMAT, HASH):
        raise WashoutError(f"{path}: made by another version of washout; {again}")
    study = _study_of(held)
    if study is None:
        raise WashoutError(f"{path}: not the record of an imported study; {again}")
    return study


def _study_of(held: Any) -> ImportedStudy | None:
    """The record in a file's JSON, where each part of it is what we write."""
    try:
        count, tables, sources = held["partitions"], held["tables"], held["sources"]
        found = {
            name: ImportedTable(table["file"], as_tuple(table["rows"]), as_tuple(table["sha256"]))
            for name, table in tables.items()
        }
        warnings = as_tuple(held["warnings"])
        reads, left_out = (as_tuple(held.get(name, [])) for name in ("reads", "left_out"))
    except (KeyError, TypeError, AttributeError):
        return None
    good = is_count(count) and 1 <= count <= MOST and "participants" in found
    good = good and all(name in LAYOUTS and _is_table(t, count) for name, t in found.items())
    good = good and is_mapping(sources, str)
    good = good and all(isinstance(text, str) for text in (*warnings, *reads, *left_out))
    return ImportedStudy(count, found, sources, warnings, reads, left_out) if good else None


def _is_table(table: ImportedTable, count: int) -> bool:
    named = isinstance(table.file, str) and is_inside(table.file)
    rows = len(table.rows) == count and all(map(is_count, table.rows))
    sums = len(table.sha256) == count and all(isinstance(text, str) for text in table.sha256)
    return named and rows and sums


def read_json(path: Path) -> Any:
    """What a small file of ours holds; None where it is not readable as JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None


def as_tuple(value: object) -> tuple[Any, ...]:
    """A list from a file. Raises: TypeError for anything else that could be walked through."""
    if not isinstance(value, list):
        raise TypeError("expected a list")
    return tuple(value)


def is_count(value: object) -> bool:
    """Whether a value from a file is a number of things."""
    return type(value) is int and 0 <= value < 2**53


def is_mapping(value: object, of: type) -> bool:
    """Whether a value from a file maps names to values of one type."""
    return isinstance(value, dict) and all(type(part) is of for part in value.values())


def write_json(path: Path, content: Any) -> None:
    """Write a small file whole: under another name first, then renamed."""
    replace_file(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
