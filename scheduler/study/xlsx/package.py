"""The parts of a workbook file, opened within limits; what is no workbook is called by its name.

Source: ECMA-376, part 2 (packages).
"""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scheduler.study.xlsx.limits import DamagedBook, WorkbookLimits
from scheduler.study.xlsx.markup import Handler, parse_part

_SAVE = "in Excel: File, Save As, Excel Workbook (*.xlsx), without a password"
_NO_BOOK = "cannot be opened, expected an Excel workbook (.xlsx)"
_UNZIPPING = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, struct.error,
)  # fmt: skip
_CHUNK = 1 << 16
_ENTRY = b"PK\x01\x02"  # each part has one such mark in the list of parts
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = {
    "mimetype": "an OpenDocument file",
    "xl/workbook.bin": "a binary workbook (.xlsb)",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "Index/Document.iwa": "a Numbers document",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """Where one part points to: the last word of the kind, and the other part's name."""

    kind: str
    target: str


class Package:
    """The parts of a workbook file by name."""

    def __init__(self, content: bytes, limits: WorkbookLimits) -> None:
        """Opens the list of parts. Raises: DamagedBook where the bytes are no such file."""
        self.limits = limits
        if len(content) > limits.file_mb * 1_000_000:
            raise limits.over("file_mb")
        if content.startswith(_OLD):
            raise _old_file(content)
        if content.count(_ENTRY) > limits.parts:
            raise limits.over("parts")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except Exception as error:  # zipfile raises whatever its structures do
            raise DamagedBook(_NO_BOOK, _SAVE) from error
        self._parts = {_plain(entry.filename): entry for entry in self._archive.infolist()}
        for name, kind in _OTHER_KINDS.items():
            if name.lower() in self._parts:
                raise DamagedBook(f"found {kind}, expected an Excel workbook (.xlsx)", _SAVE)

    def has(self, part: str) -> bool:
        """Whether there is a part of that name."""
        return _plain(part) in self._parts

    def chunks(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, piece by piece. Raises: DamagedBook."""
        entry = self._parts.get(_plain(part))
        if entry is None:
            raise DamagedBook("found no such part in the workbook", _SAVE, part)
        if entry.file_size > self.limits.part_mb * 1_000_000:  # no more than this is ever unzipped
            raise self.limits.over("part_mb", part)
        if entry.flag_bits & 1:
            raise DamagedBook("found a part with a password, expected none", _SAVE, part)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DamagedBook("found a part packed in a way that Excel does not write", _SAVE, part)
        try:
            with self._archive.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
        except _UNZIPPING as error:
            raise DamagedBook(f"cannot be unzipped: {error}", _SAVE, part) from error

    def read(self, part: str, handler: Handler) -> None:
        """Tells a handler what stands in a part. Raises: DamagedBook."""
        parse_part(part, self.chunks(part), handler)

    def relations(self, part: str) -> Mapping[str, Relation]:
        """The relations of a part (`""`: of the file) by their ids."""
        folder, name = posixpath.split(part)
        file = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(file):
            return {}
        handler = _Relations(folder)
        self.read(file, handler)
        return handler.found


class _Relations(Handler):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, Relation] = {}

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        if path != ("Relationships", "Relationship") or attributes.get("TargetMode") == "External":
            return
        target = posixpath.normpath(posixpath.join("/", self.folder, attributes.get("Target", "")))
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.found[attributes.get("Id", "")] = Relation(kind, target.lstrip("/"))


def _plain(part: str) -> str:
    """Part names are compared without case, and some writers use backslashes."""
    return part.replace("\\", "/").lstrip("/").lower()


def _old_file(content: bytes) -> DamagedBook:
    if _PASSWORD in content:
        text, way_out = "found a workbook with a password", "save it without a password"
    else:
        text, way_out = "found an old workbook (.xls)", _SAVE
    return DamagedBook(f"{text}, expected an Excel workbook (.xlsx)", way_out)
