"""What every source of a table gives while it is read: heads, and batches of rows.

A batch is the row numbers and one array a head, as pyarrow's arrays.
"""

from collections.abc import Iterator
from typing import Any, Protocol

Batch = tuple[Any, list[Any]]  # pyarrow arrays: the row numbers, and the cells by column


class SourceTable(Protocol):
    """One table of a source, read once from its beginning to its end.

    `place` is what faults call it, `head_row` the row of its heads (None: it has none), `types`
    the pyarrow types of its columns. `done` of `total` bytes have been read. `fingerprints` are
    the SHA-256 sums of its files by name, complete once all batches are read.
    """

    place: str
    head_row: int | None
    heads: list[str]
    types: list[Any]
    total: int
    done: int
    fingerprints: dict[str, str]

    def rows_about(self) -> int:
        """How many rows it holds, about."""
        ...

    def batches(self) -> Iterator[Batch]:
        """Its rows. Raises: Stop where a fault says why it cannot be read on."""
        ...
