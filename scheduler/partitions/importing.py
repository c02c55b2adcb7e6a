"""A study into partitions: streamed, every cell as it is, all of it or nothing.

Source: docs/cohorts.md, docs/decisions/0013-partitions-and-hash.md.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import compress
from operator import not_
from pathlib import Path

from scheduler.binding.read_columns import kept_columns
from scheduler.errors import InputFaults
from scheduler.partitions.csv_blocks import Stop
from scheduler.partitions.extra import require
from scheduler.partitions.finding import find_tables, open_table
from scheduler.partitions.layout import (
    SITES_FILE,
    ImportedStudy,
    ImportedTable,
    part_name,
    write_record,
)
from scheduler.partitions.parquet_table import file_sum
from scheduler.partitions.part_writer import PartWriter
from scheduler.partitions.rows import named_heads, rows_of
from scheduler.partitions.source_table import SourceTable
from scheduler.partitions.taking_place import replacing
from scheduler.study.faults import study_faults
from scheduler.study.settings import SETTINGS_FILE, StudySettings, parse_settings
from scheduler.study.sites_file import read_sites_yaml
from scheduler.study.strays import tell_no_history
from scheduler.study.tables import LAYOUTS
from scheduler.study.twins import TwinSearch

Progress = Callable[[str, int, int], None]  # the table, bytes done, bytes in all
PEOPLE = 5_000  # participants a partition, where nobody says how many partitions there are


def import_study(
    source: str | Path, folder: str | Path, partitions: int | None = None,
    progress: Progress | None = None, reads: Mapping[str, Sequence[str]] | None = None,
) -> ImportedStudy:  # fmt: skip
    """How does a study become partitions? Writes all of them into a folder, or nothing.

    Args: `source` a folder of CSV or of Parquet files; `partitions` how many there are to be
    (without it: one for every 5,000 participants or part of them); `reads` the columns of each
    table that are kept (without it: all). An earlier import in the folder is replaced.
    Raises: InputFaults with all that cannot be read; NotWritable where the folder holds anything
    else; CohortMissing without pyarrow.
    """
    require("pyarrow")
    with replacing(Path(folder)) as stage:
        tell = progress or (lambda table, done, total: None)
        return _Import(Path(source), stage, partitions, tell, reads or {}).run()


def listed(reads: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The columns of several tables as the record of an import has them."""
    return tuple(f"{table}.{column}" for table, columns in reads.items() for column in columns)


class _Import:
    """One import, into a folder that is not yet the study's."""

    def __init__(
        self, source: Path, stage: Path, partitions: int | None, progress: Progress,
        reads: Mapping[str, Sequence[str]],
    ) -> None:  # fmt: skip
        self._source, self._stage, self._progress = source, stage, progress
        self._reads = reads
        self._left_out: list[str] = []
        self._partitions = partitions
        self._faults = study_faults()
        self._sums: dict[str, str] = {}

    def run(self) -> ImportedStudy:
        paths = find_tables(self._source, self._faults, self._settings().ignored)
        tables = {}
        for name in LAYOUTS:
            opened = open_table(paths[name], self._faults) if name in paths else None
            heads = named_heads(name, opened, self._faults) if opened else None
            if opened is not None and heads is not None:
                tables[name] = self._table(name, opened, heads)
        self._sites()
        if "participants" in tables and not sum(tables["participants"].rows):
            place, text = tables["participants"].file, "found no rows, expected one a participant"
            self._faults.add("S201", place, None, "", text)
        elif "participants" in tables and "history" not in paths:
            elsewhere = any("the table history" in fault.message for fault in self._faults.stopping)
            if not elsewhere:
                tell_no_history(self._faults)
        found = self._faults.all
        if any(not fault.warning for fault in found):
            raise InputFaults(found)
        sums = dict(sorted(self._sums.items()))
        study = ImportedStudy(
            self._partitions or 1, tables, sums, tuple(map(str, found)), listed(self._reads),
            tuple(self._left_out),
        )  # fmt: skip
        write_record(self._stage, study)
        return study

    def _table(self, name: str, table: SourceTable, heads: list[str]) -> ImportedTable:
        if self._partitions is None:  # the table of participants comes first
            about = table.rows_about() if name == "participants" else 0
            self._partitions = max(1, -(-about // PEOPLE))
        named = [number for number, head in enumerate(table.heads) if head.strip()]
        keep = kept_columns(heads, self._reads[name]) if self._reads else [True] * len(heads)
        self._left_out += [f"{name}.{head}" for head in compress(heads, map(not_, keep))]
        types = [table.types[number] for number in compress(named, keep)]
        key, kept = heads.index("participant"), list(compress(heads, keep))
        twins = TwinSearch(table.place) if name == "participants" else None
        folder, own = self._stage / name, kept.index("participant")
        writer = PartWriter(folder, name, kept, types, own, self._partitions, twins)
        with suppress(Stop):  # a fault says why, and nothing will be kept
            for rows, cells in rows_of(table, key, self._faults):
                writer.add(rows, list(compress(cells, keep)))
                self._progress(name, table.done, table.total)
        writer.finish()
        if twins is not None:
            twins.tell(self._faults)
        self._sums |= table.fingerprints
        sums = (file_sum(folder / part_name(number)) for number in range(self._partitions))
        return ImportedTable(table.place, tuple(writer.rows.tolist()), tuple(sums))

    def _settings(self) -> StudySettings:
        path = self._source / SETTINGS_FILE
        if not path.is_file():
            return StudySettings()
        content = path.read_bytes()
        (self._stage / SETTINGS_FILE).write_bytes(content)
        self._sums[SETTINGS_FILE] = file_sum(path)
        return parse_settings(SETTINGS_FILE, content, self._faults)

    def _sites(self) -> None:
        path = self._source / SITES_FILE
        if path.is_file():
            content = path.read_bytes()
            read_sites_yaml(SITES_FILE, content, self._faults)
            (self._stage / SITES_FILE).write_bytes(content)
            self._sums[SITES_FILE] = file_sum(path)
