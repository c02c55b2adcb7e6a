"""Folders that are written into: a prepared change as anybody may have planted it."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from random import Random

from scheduler.errors import NotWritable
from scheduler.staging import PART, READY, STOPPED, staged
from tests.fuzz.mutations import ODD_VALUES, spoil, spoil_json

_NAMES = ("a.txt", "data/b.txt", "last.txt", "gone.txt")


def one_round(random: Random, folder: Path) -> None:
    """Write into a planted folder; what lies beside it stays as it is."""
    beside = folder / "beside"
    (beside / "data").mkdir(parents=True)
    for name in _NAMES:
        (beside / name).write_text("mine")
    out = folder / "out"
    _plant(out, beside, random)
    before = _all(beside)
    try:
        with staged(out, "last.txt") as stage:
            for name in _NAMES[:3]:
                stage.write(name, b"new")
    except NotWritable as error:
        assert "link" in str(error) or "expected" in str(error), error
    else:
        assert all((out / name).read_bytes() == b"new" for name in _NAMES[:3])
        assert not (out / READY).exists() and not (out / PART).exists()
        assert not (out / STOPPED).exists()
    assert _all(beside) == before


def _plant(out: Path, beside: Path, random: Random) -> None:
    ready = out / READY
    (ready / "data").mkdir(parents=True)
    (out / "data").mkdir()
    for name in _NAMES:
        (ready / name).write_text("planted")
    odd = [str(beside / "a.txt"), "../beside/a.txt", *map(str, ODD_VALUES)]
    mark = sha256(b"planted").hexdigest()
    put = dict.fromkeys((*_NAMES[:3], *random.sample(odd, random.randint(0, 2))), mark)
    held = {"put": put, "gone": ["gone.txt", *random.sample(odd, random.randint(0, 2))]}
    content = json.dumps(held).encode()
    if random.random() < 0.6:
        content = random.choice([spoil_json(held, random), spoil(content, random)])
    (ready / ".list.json").write_bytes(content)
    for _ in range(random.randint(0, 2)):
        _link(out, beside, random)


def _link(out: Path, beside: Path, random: Random) -> None:
    name = random.choice(
        [*_NAMES, f"{READY}/a.txt", f"{READY}/.old", f"{READY}/.next", STOPPED, PART]
    )
    path = out / name
    if path.is_file() or path.is_symlink():
        path.unlink()
    if not os.path.lexists(path):
        path.symlink_to(random.choice([beside, beside / "a.txt", beside / "nothing"]))


def _all(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
