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
from scheduler.files import replace_file
from scheduler.partitions.hashing import HASH

STUDY_FILE = "study.json"
SITES_FILE = "sites.yaml"
RUN_FILE = "run.json"
DONE, FAULTS = "_done", "faults"
OWN_STUDY = "_study"  # in the output's folder, where a run had to import the study itself
MATRIX = "matrix"
ROW = "__row__"  # the column of an imported table that holds each row's number in its source
FORMAT = 1


@dataclass(frozen=True, slots=True)
class ImportedTable:
    """One table of an imported study: its source's name, its rows, and its parts' SHA-256 sums."""

    file: str
    rows: tuple[int, ...]
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What study.json says of an imported study."""

    partitions: int
    tables: Mapping[str, ImportedTable]
    sources: Mapping[str, str]  # SHA-256 sums by the names of the source's files
    warnings: tuple[str, ...] = ()

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


def write_record(folder: Path, study: Imported) -> None:
    """Write study.json."""
    write_json(folder / STUDY_FILE, {"format": FORMAT, "hash": HASH} | asdict(study))


def read_record(folder: Path) -> Imported:
    """What study.json of an imported study says.

    Raises: WashoutError where it is of another format or cannot be read.
    """
    path = folder / STUDY_FILE
    again = "import the study again with washout cohort-import"
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != FORMAT or held["hash"] != HASH:
            raise WashoutError(f"{path}: made by another version of washout; {again}")
        return Imported(
            held["partitions"],
            {
                name: ImportedTable(table["file"], tuple(table["rows"]), tuple(table["sha256"]))
                for name, table in held["tables"].items()
            },
            held["sources"],
            tuple(held["warnings"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WashoutError(f"{path}: not the record of an imported study; {again}") from error


def write_json(path: Path, content: Any) -> None:
    """Write a small file whole: under another name first, then renamed."""
    replace_file(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
