"""A study wherever it is kept: a store of the desk, a folder, a workbook, or tables in memory.

No database is loaded where none is named.
Source: docs/study-folder.md; docs/desk-running.md.
"""

from pathlib import Path

from scheduler.errors import Fault
from scheduler.files import is_sqlite
from scheduler.study import reading
from scheduler.study.model import Study
from scheduler.study.reading import Source


def load_study(source: Source) -> Study:
    """The study in a folder, a workbook, a store of the desk or a mapping of DataFrames.

    Raises: InputFaults with every fault of every file; TypeError for anything else.
    """
    return reading.readable(*read_study(source))


def read_study(source: Source) -> tuple[Study, list[Fault]]:
    """The study as far as it can be read, and every fault and warning found in it."""
    if isinstance(source, str | Path) and "\0" not in str(source) and _is_store(source):
        from scheduler.store.reading import read_store

        return read_store(source)
    return reading.read_study(source)


def _is_store(source: str | Path) -> bool:
    """Whether a place is a store of the desk: a PostgreSQL address, or a file of SQLite."""
    if str(source).startswith(("postgresql://", "postgres://")):
        return True
    path = Path(str(source).partition("#")[0])
    if path.suffix.lower() in (".csv", ".xlsx", ".yaml") or not path.is_file():
        return False
    return is_sqlite(path)
