"""The protocols and studies that come with the package, to try things on.

In a wheel they lie beside the modules, in a checkout in its folder protocols/.
"""

from pathlib import Path
from shutil import copytree
from typing import NamedTuple

from scheduler.errors import NotFound, NotWritable, suggestion
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.study.model import Study
from scheduler.study.reading import load_study

_PACKAGE = Path(__file__).resolve().parents[1]
_PLACES = (_PACKAGE / "example_files", _PACKAGE.parent / "protocols")
AS_OF = {"nct07342244": "2026-06-15", "demo-cycles": "2026-02-16"}


class Example(NamedTuple):
    """A protocol, a study that follows it, and a day to plan for: `plan(*example())`."""

    protocol: Protocol
    study: Study
    as_of: str


def example(name: str = "nct07342244") -> Example:
    """A protocol with made-up participants; `demo-cycles` has two versions and visits in cycles.

    Raises: NotFound for a name that is none, and where the files were not installed.
    """
    if name not in AS_OF:
        known = " or ".join(AS_OF)
        raise NotFound(f'no example "{name}", expected {known}{suggestion(name, AS_OF)}')
    folder = example_files() / name
    return Example(load_protocol(folder), load_study(folder / "example"), AS_OF[name])


def example_files() -> Path:
    """The folder of all examples. Raises: NotFound where it was not installed."""
    for place in _PLACES:
        if (place / "nct07342244" / "protocol.yaml").is_file():
            return place
    raise NotFound("the examples were not installed with the package")


def write_examples(folder: str | Path) -> list[Path]:
    """Copies the examples into a folder, and tells where each protocol lies.

    Raises: NotWritable where one of them is there already, or the folder cannot take them.
    """
    out, source = Path(folder), example_files()
    for name in AS_OF:
        if (out / name).exists():
            raise NotWritable(f"{out / name}: this is there already, and is not replaced")
    try:
        for name in AS_OF:
            copytree(source / name, out / name)
    except OSError as error:
        raise NotWritable(f"{out}: {error.strerror or error}") from error
    return [out / name for name in AS_OF]
