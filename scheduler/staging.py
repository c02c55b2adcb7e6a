"""A folder of files that changes as a whole: written beside, then swapped in file by file.

The new files are prepared in a folder inside the target, with the old ones kept beside them. Once
it is complete it gets the name `READY`; from then on the change counts as made: a run that is
stopped while the files move into place is finished by the next one, before it does anything else.
A run that is stopped earlier leaves the old files as they were, and so does one that meets an
error of the disk while they move.

The folder is not trusted: what lies in it may come from anybody. Nothing outside it is touched,
links are refused, and a `READY` whose list of files does not fit its files is set aside.
Source: docs/security.md; docs/commands.md (where output goes).
"""

import filecmp
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from scheduler.errors import NotWritable
from scheduler.files import is_inside, locked, refuse_links

PART, READY, ASIDE = ".washout-part", ".washout-ready", ".washout-aside"
STOPPED = ".washout-stopped"  # a stopped run was finished since somebody last looked
_LIST, _OLD, _NEXT = ".list.json", ".old", ".next"
_LINK_TIP = "washout makes no links here; take it away, or name another folder"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the files of a run are prepared.

    `resumed` tells that an earlier run was stopped after its change was made and before anybody
    was told of it; `warnings` tell what was found in the folder and set aside.
    """

    folder: Path
    resumed: bool = False
    warnings: tuple[str, ...] = ()
    gone: list[str] = field(default_factory=list)

    def write(self, name: str, content: bytes) -> None:
        """Prepare a file, by its path inside the folder."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def take_away(self, names: Iterable[str]) -> None:
        """Note files, by their paths inside the folder, that the change removes."""
        self.gone.extend(names)


@dataclass(frozen=True, slots=True)
class _Change:
    put: Mapping[str, str]  # SHA-256 sums by name
    gone: tuple[str, ...]


class _Damaged(Exception):
    """A prepared change that no run can have left like this."""


@contextmanager
def staged(out_dir: Path, last: str) -> Iterator[Stage]:
    """Where may the new files of a folder be written, so that they come in all together?

    Yields an empty folder; its files replace those of the same names in `out_dir` when the block
    ends without an error, the file `last` after all others. `out_dir` is made where it is not
    there. Files with the same bytes as before are left alone.
    Raises: NotWritable. `out_dir` is then as it was; where even putting the old files back fails,
    the message says so, and the next run finishes the change.
    """
    made = _make(out_dir)
    try:
        with locked(out_dir):
            warnings = _finish_earlier(out_dir, last)
            part = out_dir / PART
            _discard(part)
            part.mkdir()
            try:
                yield (stage := Stage(part, os.path.lexists(out_dir / STOPPED), warnings))
                change = _complete(stage, out_dir)
                part.rename(out_dir / READY)
            except BaseException:
                _discard(part)
                raise
            _swap(out_dir, change, last, undo=True)
            (out_dir / STOPPED).unlink(missing_ok=True)
            _over(out_dir)
    except OSError as error:
        raise NotWritable(_refusal(error, out_dir)) from error
    finally:
        _unmake(made)


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
    place = Path(error.filename) if isinstance(error.filename, str) else out_dir
    with suppress(ValueError):
        inner = place.relative_to(out_dir)
        inner = Path(*inner.parts[1:]) if inner.parts[:1] in ((PART,), (READY,)) else inner
        place = out_dir / inner
    return f"{place}: cannot be written: {error.strerror or error}"


def _complete(stage: Stage, out_dir: Path) -> _Change:
    """Check what was prepared, keep the old files beside it, and write the list of it all."""
    names = [
        path.relative_to(stage.folder).as_posix()
        for path in sorted(stage.folder.rglob("*"))
        if path.is_file()
    ]
    for name in [*names, *stage.gone]:
        _check_target(out_dir, name)
    fresh = [name for name in names if not _same(out_dir / name, stage.folder / name)]
    for name in sorted({*names} - {*fresh}):
        (stage.folder / name).unlink()
    for name in [*fresh, *stage.gone]:
        if (out_dir / name).is_file():
            _second(out_dir / name, stage.folder / _OLD / name)
    sums = {name: _sum(stage.folder / name) for name in fresh}
    told = {"put": sums, "gone": sorted(stage.gone)}
    (stage.folder / _LIST).write_text(json.dumps(told), encoding="utf-8")
    return _Change(sums, tuple(told["gone"]))


def _check_target(out_dir: Path, name: str) -> None:
    """Make a file's folder, and make sure that a file can stand in its place."""
    refuse_links(out_dir, name, _LINK_TIP)
    target = out_dir / name
    for parent in reversed(target.parents[: len(Path(name).parts) - 1]):
        if parent.exists() and not parent.is_dir():
            raise NotWritable(f"{parent}: this is a file, expected a folder")
        parent.mkdir(exist_ok=True)
    if target.is_dir():
        raise NotWritable(f"{target}: this is a folder, expected a file or nothing")


def _same(old: Path, new: Path) -> bool:
    return old.is_file() and filecmp.cmp(old, new, shallow=False)


def _sum(path: Path) -> str:
    with path.open("rb") as stream:
        found = sha256()
        while block := stream.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _second(path: Path, other: Path) -> None:
    """A second name for a file, or a copy where the disk knows no such thing."""
    other.parent.mkdir(parents=True, exist_ok=True)
    other.unlink(missing_ok=True)
    try:
        os.link(path, other)
    except OSError:
        shutil.copyfile(path, other)


def _finish_earlier(out_dir: Path, last: str) -> tuple[str, ...]:
    """Finish the change of a run that was stopped; a word where it cannot be one of ours."""
    for name in (PART, READY, STOPPED):
        refuse_links(out_dir, name, _LINK_TIP)
    ready = out_dir / READY
    if not ready.exists():
        return ()
    try:
        change = _listed(ready)
    except _Damaged as why:
        aside = _aside(out_dir)
        ready.rename(aside)
        return (f"{ready}: {why}; nothing of it was used, it is now {aside.name}",)
    for name in [*change.put, *change.gone]:
        _check_target(out_dir, name)
    (out_dir / STOPPED).touch()
    _swap(out_dir, change, last, undo=False)
    _over(out_dir)
    return ()


def _aside(out_dir: Path) -> Path:
    number = 1
    while os.path.lexists(out_dir / f"{ASIDE}-{number}"):
        number += 1
    return out_dir / f"{ASIDE}-{number}"


def _listed(ready: Path) -> _Change:
    """The change that a stopped run had ready. Raises: _Damaged."""
    try:
        held = json.loads((ready / _LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _Damaged("not what a stopped run leaves") from error
    if not _is_list(held):
        raise _Damaged("not what a stopped run leaves")
    for name, wanted in held["put"].items():
        with suppress(OSError, NotWritable):
            refuse_links(ready, name, "")
            if (ready / name).is_file() and _sum(ready / name) == wanted:
                continue
        raise _Damaged(f"{name} in it is not as it was written")
    return _Change(held["put"], tuple(held["gone"]))


def _is_list(held: Any) -> bool:
    """Whether a list of files has the right form and names nothing outside the folder."""
    if not isinstance(held, dict) or held.keys() != {"put", "gone"}:
        return False
    put, gone = held["put"], held["gone"]
    if not isinstance(put, dict) or not isinstance(gone, list):
        return False
    return all(isinstance(name, str) and is_inside(name) for name in [*put, *gone])


def _swap(out_dir: Path, change: _Change, last: str, undo: bool) -> None:
    """Move the files of a complete change into place."""
    ready, touched = out_dir / READY, []
    try:
        for name in change.gone:
            touched.append(name)
            (out_dir / name).unlink(missing_ok=True)
        for name in sorted(change.put, key=lambda name: name == last):
            touched.append(name)
            _place(ready / name, out_dir / name, ready)
    except OSError as error:
        if undo:
            _undo(out_dir, touched, error)
        raise


def _place(source: Path, target: Path, ready: Path) -> None:
    """Put a prepared file in its place and keep it, so that a stopped run can be finished."""
    if target.exists() and os.path.samefile(source, target):
        return
    _second(source, ready / _NEXT)
    os.replace(ready / _NEXT, target)


def _undo(out_dir: Path, touched: list[str], error: OSError) -> None:
    """Put the old files back after an error of the disk."""
    ready = out_dir / READY
    try:
        for name in reversed(touched):
            old = ready / _OLD / name
            if old.exists():
                _place(old, out_dir / name, ready)
            else:
                (out_dir / name).unlink(missing_ok=True)
    except OSError as again:
        raise NotWritable(
            f"{_refusal(error, out_dir)}\n     some files are new and some are old; "
            "the next run into this folder finishes the change"
        ) from again
    _over(out_dir)


def _over(out_dir: Path) -> None:
    """Take the prepared folder away: first its name, so that no half of it is ever `READY`."""
    _discard(out_dir / PART)
    (out_dir / READY).rename(out_dir / PART)
    _discard(out_dir / PART)


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
