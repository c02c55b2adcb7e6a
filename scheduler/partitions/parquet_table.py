"""A Parquet file or dataset as a table that is read in batches, its types kept.

Rows are counted as `pandas.read_parquet` counts them, from 0. A categorical column becomes its
texts, since its codes may differ from file to file.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scheduler.errors import FaultList
from scheduler.partitions.csv_blocks import Stop
from scheduler.partitions.source_table import Batch

_ROWS = 1 << 16


class ParquetTable:
    """One Parquet file, or a folder of them; see SourceTable."""

    head_row: int | None = None

    def __init__(self, path: Path, faults: FaultList) -> None:
        """Reads the columns. Raises: Stop where the files cannot be understood."""
        import pyarrow as pa
        from pyarrow import dataset

        self.place = path.name
        self._files = files_of(path)
        self.total, self.done = sum(file.stat().st_size for file, _ in self._files), 0
        self.fingerprints: dict[str, str] = {}
        self._faults = faults
        try:
            self._data = dataset.dataset([file.as_posix() for file, _ in self._files])
            self._count = int(self._data.count_rows())
        except (pa.ArrowException, OSError) as error:
            self._refuse(error)
        fields = [field for field in self._data.schema if not field.name.startswith("__index_")]
        self.heads = [field.name for field in fields]
        self.types = [_plain(field.type) for field in fields]

    def rows_about(self) -> int:
        """How many rows the files hold."""
        return self._count

    def batches(self) -> Iterator[Batch]:
        """The rows. Raises: Stop where a fault says why."""
        import pyarrow as pa

        read = 0
        options = {"batch_size": _ROWS, "batch_readahead": 2, "fragment_readahead": 1}
        try:
            for batch in self._data.to_batches(columns=self.heads, use_threads=False, **options):
                rows = np.arange(read, read + len(batch), dtype=np.int64)
                read += len(batch)
                self.done = self.total * read // max(self._count, 1)
                pairs = zip(batch.columns, self.types, strict=True)
                yield pa.array(rows), [column.cast(kind) for column, kind in pairs]
        except (pa.ArrowException, OSError) as error:
            self._refuse(error)
        self.fingerprints = {name: file_sum(file) for file, name in self._files}

    def _refuse(self, error: Exception) -> None:
        text = f"not readable as Parquet: {str(error).splitlines()[0]}"
        self._faults.add("S200", self.place, None, "", text)
        raise Stop from error


def files_of(path: Path) -> list[tuple[Path, str]]:
    """The files of a dataset in the order of their names, and what an import calls them."""
    if path.is_file():
        return [(path, path.name)]
    files = sorted(file for file in path.rglob("*.parquet") if file.is_file())
    return [(file, f"{path.name}/{file.relative_to(path).as_posix()}") for file in files]


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


def file_sum(path: Path) -> str:
    """The SHA-256 sum of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
