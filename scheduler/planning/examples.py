"""The protocols and studies that come with the package, to try things on.

In a wheel they lie beside the modules, in a checkout in its folder protocols/. Each folder there
with an `example.yaml` is one: the file tells what the protocol shows, and the day its study is
looked at.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import NamedTuple

import yaml

from scheduler.errors import NotFound, NotWritable, suggestion
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.study.model import Study
from scheduler.study.reading import load_study

FIRST = "nct07342244"
ABOUT_FILE = "example.yaml"
_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "example_files", _PACKAGE.parent / "protocols")


class Example(NamedTuple):
    """A protocol, a study that follows it, and a day to plan for: `plan(*example())`."""

    protocol: Protocol
    study: Study
    as_of: date


class Shipped(NamedTuple):
    """A protocol that comes with the package: its name, what it shows, the day of its study."""

    name: str
    shows: str
    as_of: str


def example(name: str = FIRST) -> Example:
    """A protocol with made-up participants, by its name in `shipped_examples`.

    `nct07342244` is a cell therapy with every state a participant can be in; `demo-cycles` has two
    versions and visits in cycles; the others are real public protocols.

    Raises: NotFound for a name that is none, and where the files were not installed.
    """
    found = _named(name)
    folder = example_files() / name
    return Example(
        load_protocol(folder), load_study(folder / "example"), date.fromisoformat(found.as_of)
    )


def shipped_examples() -> list[Shipped]:
    """All that come with the package, the first one first and the others by name.

    Raises: NotFound where they were not installed.
    """
    found = []
    for path in sorted(example_files().glob(f"*/{ABOUT_FILE}")):
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(Shipped(path.parent.name, about["shows"], about["as_of"].isoformat()))
    return sorted(found, key=lambda one: one.name != FIRST)


def example_files() -> Path:
    """The folder of all examples. Raises: NotFound where it was not installed."""
    for place in _PLACES:
        if (place / FIRST / "protocol.yaml").is_file():
            return place
    raise NotFound("the examples were not installed with the package")


def write_examples(folder: str | Path, names: Sequence[str] = ()) -> list[Path]:
    """Copies the named examples (all, without names) into a folder; tells where each lies.

    Raises: NotFound for a name that is none; NotWritable where one of them is there already, or
    the folder cannot take them. Nothing is written then.
    """
    out, source = Path(folder), example_files()
    wanted = [_named(name) for name in dict.fromkeys(names)] or shipped_examples()
    for one in wanted:
        if (out / one.name).exists():
            raise NotWritable(f"{out / one.name}: this is there already, and is not replaced")
    try:
        for one in wanted:
            copytree(source / one.name, out / one.name)
    except OSError as error:
        raise NotWritable(f"{out}: {error.strerror or error}") from error
    return [out / one.name for one in wanted]


def _named(name: str) -> Shipped:
    known = {one.name: one for one in shipped_examples()}
    if name not in known:
        close = suggestion(name, known)
        raise NotFound(f'no example "{name}", expected one of: {", ".join(known)}{close}')
    return known[name]
