"""A folder that changes as a whole: made beside, then renamed into its place.

A run that is stopped leaves the old folder, or the new one, never a half of either; what it leaves
beside them is taken away by the next one.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scheduler.errors import NotWritable
from scheduler.files import locked, refuse_links
from scheduler.partitions.layout import SITES_FILE, STUDY_FILE, is_imported
from scheduler.study.settings import SETTINGS_FILE
from scheduler.study.tables import LAYOUTS

_OWN = {*LAYOUTS, STUDY_FILE, SITES_FILE, SETTINGS_FILE}


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Where may an imported study be made, so that it takes its place all at once?

    Yields an empty folder beside `target`, which takes the place of `target` when the block ends
    without an error.
    Raises: NotWritable where `target` holds anything but an imported study.
    """
    target = target.resolve()
    stage, old = (target.with_name(f".{target.name}.washout-{end}") for end in ("part", "old"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for beside in (stage, old):
            refuse_links(target.parent, beside.name, "take it away")
        if old.is_dir() and not target.exists():  # stopped between the two renames below
            old.rename(target)
        _check(target)
        stage.mkdir(exist_ok=True)
        with locked(stage):
            _empty(stage)
            try:
                yield stage
                shutil.rmtree(old, ignore_errors=True)
                if target.exists():
                    target.rename(old)
                stage.rename(target)
                shutil.rmtree(old, ignore_errors=True)
            except BaseException:
                shutil.rmtree(stage, ignore_errors=True)
                raise
    except OSError as error:
        raise NotWritable(f"{target}: cannot be written: {error.strerror or error}") from error


def _check(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise NotWritable(f"{target}: this is a file, expected a folder")
    others = sorted(path.name for path in target.iterdir() if path.name not in _OWN)
    if any(target.iterdir()) and (others or not is_imported(target)):
        held = f"it holds {others[0]}" if others else f"it holds no {STUDY_FILE}"
        raise NotWritable(f"{target}: not an imported study, {held}; give an empty folder")


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        folder_itself = path.is_dir() and not path.is_symlink()
        shutil.rmtree(path) if folder_itself else path.unlink()
