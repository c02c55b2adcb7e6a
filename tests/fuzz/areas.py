"""The areas, a module each. An area makes one hostile input from a seed and says what must hold."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from random import Random

import tests.fuzz

# Gets the dice and an empty folder; raises what the program raises that it should not.
Round = Callable[[Random, Path], None]
OWN = ("areas", "mutations", "__main__")


def areas() -> dict[str, Round]:
    """Each area's round by the area's name: every module here that has a `one_round`."""
    found = {}
    for module in iter_modules(tests.fuzz.__path__):
        if module.name not in OWN and not module.name.startswith("test_"):
            found[module.name] = import_module(f"tests.fuzz.{module.name}").one_round
    return dict(sorted(found.items()))


def dice(area: str, seed: int, number: int) -> Random:
    """The dice of one round, so that it can be thrown again alone."""
    return Random(f"{area}:{seed}:{number}")
