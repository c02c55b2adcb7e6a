"""Checks of the tests of a protocol file: ids of their own, nodes that are there, whole days."""

from scheduler.errors import FaultList, shown
from scheduler.protocol.names import DeclaredNames, check_only
from scheduler.protocol.parts import length_in
from scheduler.yaml_text.kinds import Fields, ReadValue

_TIP = "the study's own dates need no test"


def check_tests(top: Fields, names: DeclaredNames, faults: FaultList) -> None:
    """Reports what no single value of a test shows."""
    taken = _taken(top)
    for item in top.items_of("tests"):
        test: Fields = item.value
        _check_id(test.get("id"), taken, faults)
        check_only(test, faults)
        _check_valid(test, faults)
        nodes = nodes_of(test)
        for found in nodes:
            names.node(found, fixed=False, tip=_TIP, each=True)
        _check_start(test.get("not_before"), nodes, names, top, faults)


def nodes_of(test: Fields) -> tuple[ReadValue, ...]:
    """The nodes that a test is for, each with its place."""
    named = test.get("for")
    if named is None:
        return ()
    return named.value if isinstance(named.value, tuple) else (named,)


def _taken(top: Fields) -> dict[str, tuple[str, int]]:
    """What else has a name: what it is, and its line."""
    taken: dict[str, tuple[str, int]] = {}
    for section, what in (("milestones", "a milestone"), ("events", "an event")):
        table = top.get_value(section, Fields())
        if isinstance(table, Fields):
            taken |= {name: (what, found.line) for name, found in table.items()}
    for section, what in (("visits", "a visit"), ("rules", "a rule")):
        for item in top.items_of(section):
            found = item.value.get("id")
            if found is not None and found.ok:
                taken[found.value] = (what, found.line)
    return taken


def _check_id(
    found: ReadValue | None, taken: dict[str, tuple[str, int]], faults: FaultList
) -> None:
    if found is None or not found.ok:
        return
    if found.value in taken:
        what, line = taken[found.value]
        message = f'the name "{shown(found.value)}" is that of {what} in line {line}'
        message += "; expected a name of its own"
        faults.in_line("P113", found.line, found.path, message)
    taken.setdefault(found.value, ("another test", found.line))


def _check_valid(test: Fields, faults: FaultList) -> None:
    length = length_in(test, "valid")
    for term in length.terms if length else ():
        if term.unit == "elapsed":
            message = f"found {term.text}, expected days, weeks, months or years"
            found = test["valid"]
            faults.in_line("P133", found.line, found.path, message, "a test counts whole days")


def _check_start(
    found: ReadValue | None, nodes: tuple[ReadValue, ...], names: DeclaredNames, top: Fields,
    faults: FaultList,
) -> None:  # fmt: skip
    """Reports a `not_before` that is the node itself, or that no schedule has to have."""
    name = names.node(found, fixed=False, tip="leave it out: no node is before the study opens")
    if not name or found is None:
        return
    if any(node.value == name for node in nodes):
        message = f"found {shown(name)} in for and in not_before, expected two different nodes"
        faults.in_line("P121", found.line, found.path, message)
    elif why := _may_be_missing(name.partition("#")[0], top):
        message = f"found {shown(name)}, {why}; expected a node that every schedule has"
        faults.in_line("P134", found.line, found.path, message)


def _may_be_missing(name: str, top: Fields) -> str:
    """Why a complete schedule may do without a node; empty where it may not."""
    visits = {
        item.value["id"].value: item.value for item in top.items_of("visits") if "id" in item.value
    }
    seen: set[str] = set()
    first = name
    while name in visits and name not in seen:
        seen.add(name)
        visit = visits[name]
        if visit.get_value("optional"):
            return "which is optional" if name == first else f"which hangs off optional {name}"
        if name == first and visit.get_value("window") == "unknown":
            return "whose window is unknown"
        name = str(visit.get_value("after") or visit.get_value("before") or "").partition("#")[0]
    milestone = top.get_value("milestones", Fields()).get_value(name, Fields())
    if isinstance(milestone, Fields) and milestone.get_value("optional"):
        return "which is optional" if name == first else f"which hangs off optional {name}"
    return ""
