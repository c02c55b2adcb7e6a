"""One table into its partitions, in bounded memory: a Parquet file each.

Rows wait in memory until together they are large, then in a file a partition; at the end each
partition is made into its Parquet file, one after another. So the memory depends neither on the
rows nor on the number of partitions, and the files do not depend on how the rows came.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.partitions.hashing import partitions_of
from scheduler.partitions.layout import ROW, part_name
from scheduler.study.cells import BadCell
from scheduler.study.twins import TwinSearch
from scheduler.study.values import text_of

_WAITING = 64 << 20  # bytes of rows that wait in memory, over all partitions


class PartWriter:
    """The partitions of one table while they are written."""

    def __init__(
        self, folder: Path, name: str, heads: Sequence[str], types: Sequence[Any], key: int,
        partitions: int, twins: TwinSearch | None = None,
    ) -> None:  # fmt: skip
        """Makes the folder; `key` is the place of the column of participants.

        `twins` looks for codes that are alike, in the table that has each participant once.
        """
        import pyarrow as pa

        folder.mkdir(parents=True)
        self._folder, self._name, self._key, self._partitions = folder, name, key, partitions
        self._schema = pa.schema([(ROW, pa.int64()), *zip(heads, types, strict=True)])
        self._waiting: list[list[Any]] = [[] for _ in range(partitions)]
        self._size, self._twins = 0, twins
        self.rows = np.zeros(partitions, np.int64)

    def add(self, rows: Any, columns: Sequence[Any]) -> None:
        """Put each row into its partition; the order of the source stays."""
        import pyarrow as pa

        part = self._parts(columns[self._key], rows)
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
            self._set_down()

    def finish(self) -> None:
        """Make every partition's file."""
        import pyarrow as pa
        from pyarrow import parquet

        for number, waiting in enumerate(self._waiting):
            tables = [*self._set_down_before(number), *waiting]
            whole = pa.concat_tables(tables) if tables else self._schema.empty_table()
            path = self._folder / part_name(number)
            parquet.write_table(whole.combine_chunks(), path, compression="zstd")
            self._beside(number).unlink(missing_ok=True)
            waiting.clear()

    def _set_down(self) -> None:
        """Write what waits behind what was written before, as one Arrow stream a partition."""
        import pyarrow as pa

        options = pa.ipc.IpcWriteOptions(compression="lz4")
        for number, waiting in enumerate(self._waiting):
            if waiting:
                whole = pa.concat_tables(waiting).combine_chunks()
                with (
                    self._beside(number).open("ab") as file,
                    pa.ipc.new_stream(file, self._schema, options=options) as stream,
                ):
                    stream.write_table(whole)
                waiting.clear()
        self._size = 0

    def _set_down_before(self, number: int) -> Iterator[Any]:
        """The tables of the streams of a partition, in their order."""
        import pyarrow as pa

        path = self._beside(number)
        if path.exists():
            size = path.stat().st_size
            with pa.OSFile(str(path)) as file:
                while file.tell() < size:
                    yield pa.ipc.open_stream(file).read_all()

    def _beside(self, number: int) -> Path:
        return self._folder / f".{part_name(number, '.arrows')}"

    def _parts(self, codes: Any, rows: Any) -> NDArray[np.int64]:
        """The partition of each row; a code that no study may have goes where a blank one goes."""
        encoded = codes.dictionary_encode()
        texts = [*(self._text(value) for value in encoded.dictionary.to_pylist()), ""]
        parts = partitions_of(texts, self._partitions)
        places = encoded.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
        found = np.asarray(parts[places], np.int64)
        if self._twins is not None and len(found):
            each = [texts[place] for place in places.tolist()]
            self._twins.add(each, rows.to_numpy(zero_copy_only=False), found)
        return found

    def _text(self, value: object) -> str:
        with suppress(BadCell):  # the partition's reader tells of it, with its row
            return text_of(value, self._name, "participant")
        return ""
