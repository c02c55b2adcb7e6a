"""What would other figures do? A grid of durations, boundaries and closures, planned anew each."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from scheduler.errors import Fault, InputFaults
from scheduler.protocol import Protocol, changing
from scheduler.study.model import Study
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

BOUNDARY, CLOSURES = "boundary", "closures"
Grid = Mapping[str, Sequence[Any]]
Change = Callable[[changing.PlainProtocol], changing.PlainProtocol]
MakePlan = Callable[[Protocol, Study], Tables]
_EXPECTED = '"RULE.within", "VISIT.window", "FROM..TO.max", "boundary" or "closures"'


def sensitivity_frame(
    protocol: Protocol, study: Study, grid: Grid, make: MakePlan
) -> "pd.DataFrame":
    """How many days and people does each combination of figures leave?

    Args: `grid` lists values by what they are of: `RULE.key` (`"E15-surgery-earlier.within"`),
    `VISIT.window` or `.target`, `FROM..TO.min` or `.max` for a gap, `"boundary"` (`"inclusive"`,
    `"exclusive"`), `"closures"` (False: every day is open everywhere). `make` plans a protocol and
    a study. Of several versions of a protocol, the one that has the others beside it is changed.
    One row a combination, a column a key of the grid, then a column a state of participants
    (`scheduled`, `undetermined`, `no_schedule`, ...: how many are in it), `permitted_days` and
    `undetermined_days` (days of all participants and nodes together).
    Raises, before anything is planned: InputFaults with all that no file may state and every rule
    that is not there; ValueError for a key that names none of these, and for no values; TypeError
    for what is no mapping of texts to lists.
    """
    import pandas as pd

    listed = {name: _values(name, values) for name, values in _items(grid)}
    every = [dict(zip(listed, values, strict=True)) for values in product(*listed.values())]
    rows = []
    for chosen, changed in zip(every, _protocols(protocol, every), strict=True):
        found = make(changed, _study(study, chosen))
        rows.append({**chosen, **_counted(found)})
    return pd.DataFrame(rows)


def _items(grid: Grid) -> Iterable[tuple[str, Sequence[Any]]]:
    if not isinstance(grid, Mapping):
        raise TypeError(f"found {type(grid).__name__}, expected a mapping of keys to lists")
    for name in grid:
        if not isinstance(name, str):
            raise TypeError(f"found the key {name!r}, expected text: {_EXPECTED}")
    return grid.items()


def _values(name: str, values: Iterable[Any]) -> list[Any]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: found {values!r}, expected a list of values")
    found = list(values)
    if not found:
        raise ValueError(f"{name}: found no values, expected one or more")
    for value in found if name == CLOSURES else ():
        if not isinstance(value, bool):
            raise ValueError(f"{name}: found {value!r}, expected True or False")
    return found


def _protocols(protocol: Protocol, every: Sequence[Mapping[str, Any]]) -> list[Protocol]:
    """The protocol of each combination, all faults of all of them at once."""
    made: dict[str, Protocol] = {}
    faults: dict[Fault, None] = {}
    kinds: set[type[InputFaults]] = set()
    found = []
    for chosen in every:
        figures = {name: value for name, value in chosen.items() if name != CLOSURES}
        changes = [_change(protocol, name, value) for name, value in figures.items()]
        key = repr(figures)
        if key not in made:
            made[key] = protocol
            try:
                made[key] = protocol.changed(*changes)
            except InputFaults as error:
                faults |= dict.fromkeys(error.faults)
                kinds.add(type(error))
        found.append(made[key])
    if faults:
        raise (kinds.pop() if len(kinds) == 1 else InputFaults)(list(faults))
    return found


def _change(protocol: Protocol, name: str, value: Any) -> Change:
    owner, _, key = name.rpartition(".")
    start, gap, end = owner.partition("..")
    if name == BOUNDARY:
        return lambda plain: changing.with_boundary(plain, value)
    if not owner or not key or owner.endswith("."):
        raise ValueError(f'found the key "{name}", expected {_EXPECTED}')
    if gap:
        return lambda plain: changing.with_gap(plain, start, end, {key: value})
    if owner in (visit.name for visit in protocol.visits):
        return lambda plain: changing.with_visit(plain, owner, {key: value})
    return lambda plain: changing.with_rule(plain, owner, {key: value})


def _study(study: Study, chosen: Mapping[str, Any]) -> Study:
    if chosen.get(CLOSURES, True) or study.sites is None:
        return study
    open_ = {
        name: replace(site, weekend=frozenset(), holidays="", closed=(), opened=())
        for name, site in study.sites.items()
    }
    return replace(study, sites=open_)


def _counted(plan: Tables) -> dict[str, int]:
    summary = plan.table("summary")
    states = Counter(summary["state"].texts())
    found = {state: states[state] for state in summary.words("state")}
    found |= dict.fromkeys(("permitted_days", "undetermined_days"), 0)
    for word, first, last in plan.table("windows").pairs("certainty", "first", "last"):
        found[f"{word}_days"] += last - first + 1
    return found
