"""A CSV file in blocks of whole lines: UTF-8, readable, counted and hashed while it is read.

The same refusals as study/csv_files.py makes for a whole file, with the same rows in them.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from scheduler.errors import FaultList

BLOCK = 4 << 20
LONGEST = 64 << 20  # of one line, in bytes: memory stays bounded
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS = 'in Excel: File, Save As, "CSV UTF-8 (Comma delimited)"'
# a character of these is never part of another one in UTF-8
_NEVER = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])


class Stop(Exception):
    """The file cannot be read on; a fault says why."""


class Blocks:
    """A file's text in blocks that end where a line ends; `sha256` is right once all are read."""

    def __init__(self, path: Path, faults: FaultList, size: int = BLOCK) -> None:
        self._path, self._faults, self._size = path, faults, size
        self._place = path.name
        self._sum = hashlib.sha256()
        self._lines = 0  # line ends before the block at hand

    @property
    def sha256(self) -> str:
        """The SHA-256 sum of what has been read."""
        return self._sum.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """The blocks, without a byte order mark.

        Raises: Stop at the first byte that no CSV file may hold.
        """
        with self._path.open("rb") as stream:
            rest, first = b"", True
            while read := stream.read(self._size):
                self._sum.update(read)
                rest += read
                if first:
                    first, rest = False, self._begin(rest)
                cut = _last_end(rest)
                if cut:
                    yield self._checked(rest[:cut])
                    rest = rest[cut:]
                elif len(rest) > LONGEST:
                    self._too_long()
            if rest:
                yield self._checked(rest)

    def _begin(self, content: bytes) -> bytes:
        if content[:2] in _UTF16:
            text = "found UTF-16 text, expected UTF-8"
            self._faults.add("S202", self._place, None, "", text, _SAVE_AS)
            raise Stop
        return content.removeprefix(_BOM)

    def _too_long(self) -> NoReturn:
        text = f"not readable as CSV: a line of more than {LONGEST >> 20} MiB"
        self._faults.add("S204", self._place, self._lines + 1, "", text)
        raise Stop

    def _checked(self, block: bytes) -> bytes:
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            row = self._lines + block.count(b"\n", 0, error.start) + 1
            found = f"found the byte 0x{block[error.start]:02X}, expected UTF-8 text"
            self._faults.add("S202", self._place, row, "", found, _SAVE_AS)
            raise Stop from error
        if len(block.translate(None, _NEVER)) < len(block):
            place = next(i for i, byte in enumerate(block) if byte in _NEVER)
            row = self._lines + block.count(b"\n", 0, place) + 1
            found = f"found the character U+{block[place]:04X}, expected readable text"
            self._faults.add("S203", self._place, row, "", found)
            raise Stop
        self._lines += block.count(b"\n")
        return block


def _last_end(content: bytes) -> int:
    """Where the last whole line ends; 0 where there is none yet.

    A carriage return at the very end may be half of a line end, so it does not count.
    """
    return content.rfind(b"\n") + 1 or content.rfind(b"\r", 0, len(content) - 1) + 1
