"""The laws of the house (docs/contributing.md): how rooms, modules and names may be."""

from __future__ import annotations

import ast
import configparser
import re
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "scheduler"
MODULES = sorted(HOUSE.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES})
MOST_FLAT, MOST_IN_A_ROOM, MOST_LINES = 8, 26, 320


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def imports_of(module: str) -> set[str]:
    """The modules of the house that a module names in any import, whoever sees it."""
    found = set()
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found.add(inner if inner in TREES else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name in TREES and name != module}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_holds_what_a_head_can(room: Path) -> None:
    most = MOST_FLAT if room == HOUSE else MOST_IN_A_ROOM
    assert len(list(room.glob("*.py"))) <= most


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT).as_posix())
def test_a_room_says_what_it_is_for(room: Path) -> None:
    said = ast.get_docstring(TREES[name_of(room / "__init__.py")]) or ""
    assert len(said) > 60, "one paragraph: what it is for, the way of data, its doors"


def test_modules_are_short() -> None:
    long = {
        path.relative_to(HOUSE).as_posix(): lines
        for path in MODULES
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_a_class_name_is_used_once() -> None:
    homes = defaultdict(list)
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(module)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_no_module_bears_the_name_of_a_public_function_of_its_room() -> None:
    """An import would put the module in the function's place."""
    clashes = []
    for room in ROOMS:
        names = {path.stem for path in room.glob("*.py")} | {
            p.name for p in ROOMS if p.parent == room
        }
        for path in room.glob("*.py"):
            functions = [n for n in TREES[name_of(path)].body if isinstance(n, ast.FunctionDef)]
            clashes += [f"{name_of(path)}.{n.name}" for n in functions if n.name in names]
    assert clashes == []


def test_nothing_goes_round_in_a_circle() -> None:
    """Imports inside functions and for type checkers are counted like any other."""
    graph = {module: imports_of(module) for module in TREES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_calls_by_name_are_two_and_say_why() -> None:
    callers = {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "call"
    }
    told = ast.get_docstring(TREES["scheduler.by_name"]) or ""
    assert len(callers) <= 2
    assert all(module.removeprefix("scheduler.") in told for module in callers)


PAGE = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")


def test_the_map_is_the_contract() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    layers = config["importlinter:contract:floors"]["layers"].split("\n")
    floors = [re.findall(r"\w+", line) for line in layers if line]
    table = PAGE.partition("<!-- rooms")[2].partition("\n\n")[0]
    told = [re.findall(r"`(\w+)`", row.split(" | ")[0]) for row in table.splitlines()[3:]]
    assert told == floors


def test_the_walks_name_files_that_are_there() -> None:
    walks = PAGE.partition("<!-- walks")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w/]+\.(?:py|md))`", walks)
    assert len(named) > 20
    places = (ROOT, HOUSE)
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
