"""A folder of files that changes as a whole: written beside, then swapped in file by file.

The new files are prepared in a folder inside the target. Once it is complete it gets the name
`READY`; from then on the change counts as made: a run that is stopped while the files move into
place is finished by the next one, before it does anything else. A run that is stopped earlier
leaves the old files as they were. Other people's files in the folder are never touched.
"""

import filecmp
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scheduler.errors import NotWritable

PART, READY = ".washout-part", ".washout-ready"
_GONE = ".gone"  # a list of files that the change takes away


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in its place whole: a reader sees the old one or the new one, never a part.

    Raises: NotWritable when the folder does not allow it.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise NotWritable(f"{path}: cannot be written: {error.strerror or error}") from error


@contextmanager
def staged(out_dir: Path, last: str) -> Iterator[Path]:
    """Where may the new files of a folder be written, so that they come in all together?

    Yields an empty folder; its files replace those of the same names in `out_dir` when the block
    ends without an error, the file `last` after all others. `out_dir` is made where it is not
    there. Files with the same bytes as before are left alone.
    Raises: NotWritable, before anything in `out_dir` has changed.
    """
    made = _make(out_dir)
    try:
        with locked(out_dir):
            _finish(out_dir, last)
            part = out_dir / PART
            _remove(part)
            part.mkdir()
            try:
                yield part
                _drop_unchanged(part, out_dir)
                _check_targets(part, out_dir)
                part.rename(out_dir / READY)
            except BaseException:
                _remove(part)
                raise
            _finish(out_dir, last)
    except OSError as error:
        raise NotWritable(_refusal(error, out_dir)) from error
    finally:
        _unmake(made)


def take_away(stage: Path, names: list[str]) -> None:
    """Note files, by their paths inside the folder, that the change removes."""
    if names:
        (stage / _GONE).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _make(out_dir: Path) -> list[Path]:
    """Make the folder; the folders that had to be made, innermost first."""
    if out_dir.exists() and not out_dir.is_dir():
        raise NotWritable(f"{out_dir}: this is a file, expected a folder")
    missing = [path for path in (out_dir, *out_dir.parents) if not path.exists()]
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable(_refusal(error, out_dir)) from error
    return missing


def _unmake(made: list[Path]) -> None:
    with suppress(OSError):  # the first one that holds something stays, and so do the others
        for path in made:
            path.rmdir()


def _refusal(error: OSError, out_dir: Path) -> str:
    place = Path(error.filename) if error.filename else out_dir
    with suppress(ValueError):
        inner = place.relative_to(out_dir)
        inner = Path(*inner.parts[1:]) if inner.parts[:1] in ((PART,), (READY,)) else inner
        place = out_dir / inner
    return f"{place}: cannot be written: {error.strerror or error}"


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


def _files(stage: Path) -> list[str]:
    found = (path for path in sorted(stage.rglob("*")) if path.is_file())
    return [path.relative_to(stage).as_posix() for path in found if path.name != _GONE]


def _drop_unchanged(stage: Path, out_dir: Path) -> None:
    for name in _files(stage):
        old = out_dir / name
        if old.is_file() and not old.is_symlink() and filecmp.cmp(old, stage / name, shallow=False):
            (stage / name).unlink()


def _check_targets(stage: Path, out_dir: Path) -> None:
    for name in _files(stage):
        target = out_dir / name
        if target.is_dir():
            raise NotWritable(f"{target}: this is a folder, expected a file or nothing")
        for parent in target.parents:
            if parent == out_dir:
                break
            if parent.exists() and not parent.is_dir():
                raise NotWritable(f"{parent}: this is a file, expected a folder")
            parent.mkdir(exist_ok=True)


def _finish(out_dir: Path, last: str) -> None:
    """Move the files of a complete change into place."""
    ready = out_dir / READY
    if not ready.is_dir():
        return
    gone = ready / _GONE
    names = gone.read_text(encoding="utf-8").splitlines() if gone.exists() else []
    for name in names:
        (out_dir / name).unlink(missing_ok=True)
    for name in sorted(_files(ready), key=lambda name: name == last):
        (out_dir / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(ready / name, out_dir / name)
    _remove(ready)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)
