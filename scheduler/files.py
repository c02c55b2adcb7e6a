"""Single files and folders on the disk: put in place whole, kept from other runs, never outside."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.errors import NotWritable


def is_sqlite(path: Path) -> bool:
    """Whether a file is a database of SQLite, as it begins."""
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\x00"


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in its place whole: a reader sees the old one or the new one, never a part.

    A link in its place is replaced, not followed.
    Raises: NotWritable when the folder does not allow it.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)  # what lies there may lead elsewhere
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise NotWritable(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs out of the folder, where the system can."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotWritable(f"{folder}: another run is writing into this folder") from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)


def is_inside(name: str) -> bool:
    """Whether a name from a file leads to something inside a folder, on any system.

    Parts with slashes between them, none of them empty, `.` or `..`; no drive, no backslash, no
    control character.
    """
    parts = name.split("/")
    plain = not any(part in ("", ".", "..") for part in parts)
    return plain and not any(c in "\\:" or ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name)


def refuse_links(folder: Path, name: str, way_out: str) -> None:
    """Make sure that no step from a folder to a name inside it is a link to somewhere else.

    Raises: NotWritable.
    """
    path = folder
    for part in Path(name).parts:
        path = path / part
        if path.is_symlink() or _is_junction(path):
            raise NotWritable(f"{path}: this is a link, expected a file or folder\n     {way_out}")


def _is_junction(path: Path) -> bool:
    """A link between folders on Windows, which Python 3.12 and later tell apart."""
    return bool(getattr(os.path, "isjunction", lambda _: False)(path))
