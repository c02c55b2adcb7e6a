"""A CSV file as a table that is read in batches, every cell exactly as it was written.

What study/csv_files.py makes of a whole file is made here of one block after another: the same
cells, row numbers and faults, in bounded memory. A block without quotes whose lines all have the
same number of cells goes through pyarrow's reader; where anything is unusual, Python's csv module
reads the block, which is the reader that defines the answer.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.errors import FaultList, shown
from scheduler.partitions.csv_blocks import Blocks, Stop
from scheduler.partitions.source_table import Batch
from scheduler.study.csv_files import tell_rows_above, tell_separator_line
from scheduler.study.tables import LAYOUTS

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_MOST_TOLD = 1000
_SEARCHED = 20  # rows in which heads are looked for
_UNCLOSED = "unexpected end of data"
Rows = NDArray[np.int64]


def _full_lines(text: bytes) -> int:
    """How many line ends follow on something else; the first byte is of the text before."""
    ends = np.frombuffer(text, np.uint8) == 0x0A
    return int(np.count_nonzero(ends[1:] & ~ends[:-1]))


class CsvTable:
    """One CSV file; see SourceTable."""

    head_row: int | None = 1

    def __init__(self, path: Path, faults: FaultList) -> None:
        """Reads the heads. Raises: Stop where the file cannot be understood."""
        self.place = path.name
        self.total, self.done = path.stat().st_size, 0
        self.fingerprints: dict[str, str] = {}
        self._path, self._faults, self._told = path, faults, 0
        self._file = Blocks(path, faults)
        self._blocks = iter(self._file)
        self._records = 0  # read so far, with the heads
        self._rest = ""  # the beginning of a record whose end is in the next block
        first = next(self._blocks, b"").decode()
        self._separator = self._find_separator(first)
        self.heads, self._first = self._read_heads(first)
        self.types = self._text_types()
        self._needed = max((n for n, head in enumerate(self.heads, 1) if head.strip()), default=0)

    def rows_about(self) -> int:
        """How many lines the file has that hold anything."""
        lines, before = 0, b"\n"
        with self._path.open("rb") as stream:
            while block := stream.read(1 << 22):
                ends = before + block.translate(None, b"\r")
                lines += _full_lines(ends)
                before = ends[-1:]
        return lines

    def batches(self) -> Iterator[Batch]:
        """The rows as text. Raises: Stop where a fault says why."""
        for block in chain([self._first], self._blocks_left()):
            self.done += len(block)
            yield from self._batch(block)
        if self._rest:
            self._refuse(_UNCLOSED, self._records + 1)
        self.fingerprints[self.place] = self._file.sha256

    def _blocks_left(self) -> Iterator[str]:
        for block in self._blocks:
            text = block.decode()
            if len(self.heads) == 1:  # a separator further down was no separator in the first block
                self._same_separator(text)
            yield text

    def _batch(self, block: str) -> Iterator[Batch]:
        if not self._rest and not block.strip("\r\n"):
            self._records += block.count("\n") + block.count("\r") - block.count("\r\n")
            return
        columns = None if self._rest else self._fast(block)
        if columns is None:
            rows, columns = self._slow(self._rest + block)
        else:
            count = len(columns[0]) if columns else 0
            rows = np.arange(self._records + 1, self._records + 1 + count, dtype=np.int64)
            self._records += count
        if len(rows):
            import pyarrow as pa

            yield pa.array(rows), columns

    def _find_separator(self, text: str) -> str:
        first = next(iter(io.StringIO(text)), "")
        if tell_separator_line(self.place, first, self._faults):
            raise Stop
        bare = re.sub(r'"[^"]*"', "", first)
        used = [separator for separator in _SEPARATORS if separator in bare]
        if not used:
            below = re.sub(r'"[^"]*"', "", text)
            used = [separator for separator in _SEPARATORS if separator in below] or [","]
        if len(used) > 1:
            self._two_separators(used)
        return used[0]

    def _same_separator(self, text: str) -> None:
        bare = re.sub(r'"[^"]*"', "", text)
        others = [one for one in _SEPARATORS if one in bare and one != self._separator]
        if others:
            self._two_separators([self._separator, *others])

    def _two_separators(self, used: list[str]) -> None:
        found = " and ".join(_SEPARATORS[separator] for separator in used)
        self._faults.add(
            "S205", self.place, 1, "", f"found {found} where columns part, expected one of them",
            "put quotes around a head that has the other one inside",
        )  # fmt: skip
        raise Stop

    def _read_heads(self, text: str) -> tuple[list[str], str]:
        """The heads, and the first block without them."""
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        try:
            heads = next(reader, [])
        except csv.Error as error:
            self._refuse(str(error), 1)
        self._records = 1
        rest = text[lines.tell() :] if heads or text else ""
        self._refuse_rows_above(heads, reader)
        return heads, rest

    def _refuse_rows_above(self, heads: list[str], reader: Iterator[list[str]]) -> None:
        """Tells of a title above the heads, as the reader of a study folder does."""
        used = []
        with suppress(csv.Error):
            for row, record in enumerate(islice(reader, _SEARCHED), 2):
                if any(map(str.strip, record)):
                    used.append((row, record))
        name = self._path.stem.strip().lower()
        if name in LAYOUTS and tell_rows_above(name, self.place, heads, used, self._faults):
            raise Stop

    def _text_types(self) -> list[Any]:
        import pyarrow as pa

        return [pa.string() for _ in self.heads]

    def _fast(self, block: str) -> list[Any] | None:
        """The columns of a block in which nothing needs a thought, or None."""
        import pyarrow as pa
        from pyarrow import csv as arrow

        if not block or '"' in block or block.count("\r") != block.count("\r\n"):
            return None
        names = [str(number) for number in range(len(self.heads))]
        content = block.encode()
        try:
            table = arrow.read_csv(
                pa.BufferReader(content),
                arrow.ReadOptions(
                    use_threads=False, block_size=len(content) + 1, column_names=names
                ),
                arrow.ParseOptions(
                    delimiter=self._separator, quote_char=False, double_quote=False,
                    ignore_empty_lines=False,
                ),
                arrow.ConvertOptions(
                    check_utf8=False, column_types=dict.fromkeys(names, pa.string()),
                    null_values=[], strings_can_be_null=False,
                ),
            )  # fmt: skip
        except pa.ArrowInvalid:  # rows of another length: the slow reader tells of them
            return None
        return [column.combine_chunks() for column in table.columns]

    def _slow(self, text: str) -> tuple[Rows, list[Any]]:
        """The columns of a block by Python's csv module, with its faults told.

        Blank records count as rows and go no further: a line of nothing costs no memory.
        """
        import pyarrow as pa

        rows, filled = [], []
        for row, record in self._read(text):
            if any(map(str.strip, record)):
                rows.append(row)
                filled.append(self._filled(row, record))
        cells = zip(*filled, strict=True) if filled else [() for _ in self.heads]
        return np.array(rows, np.int64), [pa.array(column, pa.string()) for column in cells]

    def _read(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """The whole records of a text with their rows; an unfinished one at the end is kept."""
        lines = io.StringIO(text, newline="")
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        self._rest, whole = "", 0
        try:
            for record in reader:
                self._records += 1
                whole = lines.tell()
                yield self._records, record
        except csv.Error as error:
            if str(error) != _UNCLOSED:
                self._refuse(str(error), self._records + 1)
            self._rest = text[whole:]

    def _refuse(self, why: str, row: int) -> None:
        self._faults.add(
            "S204", self.place, row, "", f"not readable as CSV: {why}",
            "a quote inside a quoted cell is written twice, and each opening quote is closed",
        )  # fmt: skip
        raise Stop

    def _filled(self, row: int, record: list[str]) -> list[str]:
        """A record with as many cells as there are heads; it is not blank."""
        width = len(self.heads)
        if len(record) == width:
            return record
        if any(map(str.strip, record[width:])):
            text = f"found {len(record)} cells, expected {width}: "
            way_out = "a cell that holds the separator needs quotes around it"
            self._tell("S223", row, text + shown(record[width].strip()), way_out)
        elif len(record) < self._needed:
            text = f"found {len(record)} cells, expected {self._needed}"
            self._tell("S224", row, f"{text}; the rest counts as blank", "")
        return [*record[:width], *[""] * (width - len(record))]

    def _tell(self, code: str, row: int, text: str, way_out: str) -> None:
        """A fault of one row; after a thousand of them reading ends, so that memory is bounded."""
        self._faults.add(code, self.place, row, "", text, way_out)
        self._told += 1
        if self._told >= _MOST_TOLD:
            text = f"{_MOST_TOLD} rows with a wrong number of cells; reading ends here"
            self._faults.add("S223", self.place, row, "", text)
            raise Stop
