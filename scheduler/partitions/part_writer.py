"""One table into its partitions, in bounded memory: a Parquet file each.

Rows wait until together they are large enough to be written; then each partition gets a row group.
"""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np

from scheduler.partitions.hashing import partitions_of
from scheduler.partitions.layout import ROW, part_name
from scheduler.study_cells import BadCell
from scheduler.study_frames import text_of

_WAITING = 64 << 20  # bytes of rows that wait, over all partitions


class PartWriter:
    """The partitions of one table while they are written."""

    def __init__(
        self, folder: Path, name: str, heads: Sequence[str], types: Sequence[Any], key: int,
        partitions: int,
    ) -> None:  # fmt: skip
        """Opens a file a partition; `key` is the place of the column of participants."""
        import pyarrow as pa
        from pyarrow import parquet

        folder.mkdir(parents=True)
        self._name, self._key, self._partitions = name, key, partitions
        fields = [(ROW, pa.int64()), *zip(heads, types, strict=True)]
        self._schema = pa.schema(fields)
        self._open = ExitStack()
        _allow_files(partitions)
        self._files = [
            self._open.enter_context(
                parquet.ParquetWriter(folder / part_name(number), self._schema, compression="zstd")
            )
            for number in range(partitions)
        ]
        self._waiting: list[list[Any]] = [[] for _ in range(partitions)]
        self._size = 0
        self.rows = np.zeros(partitions, np.int64)

    def add(self, rows: Any, columns: Sequence[Any]) -> None:
        """Put each row into its partition; the order of the source stays."""
        import pyarrow as pa

        part = self._parts(columns[self._key])
        order = np.argsort(part, kind="stable")
        table = pa.Table.from_arrays([rows, *columns], schema=self._schema).take(pa.array(order))
        counts = np.bincount(part, minlength=self._partitions)
        self.rows += counts
        begin = 0
        for number in np.flatnonzero(counts).tolist():
            self._waiting[number].append(table.slice(begin, int(counts[number])))
            begin += int(counts[number])
        self._size += table.nbytes
        if self._size > _WAITING:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        import pyarrow as pa

        for number, waiting in enumerate(self._waiting):
            if waiting:
                self._files[number].write_table(pa.concat_tables(waiting).combine_chunks())
                waiting.clear()
        self._size = 0

    def __enter__(self) -> "PartWriter":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Write the rest and close the files."""
        try:
            if kind is None:
                self.flush()
        finally:
            self._open.close()

    def _parts(self, codes: Any) -> Any:
        """The partition of each row; a code that no study may have goes where a blank one goes."""
        encoded = codes.dictionary_encode()
        texts = [self._text(value) for value in encoded.dictionary.to_pylist()]
        parts = partitions_of([*texts, ""], self._partitions)
        places = encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
        return parts[places]

    def _text(self, value: object) -> str:
        with suppress(BadCell):  # the partition's reader tells of it, with its row
            return text_of(value, self._name, "participant")
        return ""


def _allow_files(count: int) -> None:
    """Ask for enough open files where the system's usual number does not do."""
    with suppress(ImportError):  # a system without such limits
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = count + 256
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
