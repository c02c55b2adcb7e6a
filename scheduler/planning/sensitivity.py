"""What would other figures do? A grid of durations, boundaries and closures, planned anew each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from scheduler.protocol import Protocol
from scheduler.study.model import Study
from scheduler.tables.tables import Tables

if TYPE_CHECKING:
    import pandas as pd

BOUNDARY, CLOSURES = "boundary", "closures"
Grid = Mapping[str, Sequence[Any]]
MakePlan = Callable[[Protocol, Study], Tables]


def sensitivity_frame(
    protocol: Protocol, study: Study, grid: Grid, make: MakePlan
) -> "pd.DataFrame":
    """How many days and people does each combination of figures leave?

    Args: `grid` lists values by what they are of: `RULE.key` (`"E15-surgery-earlier.within"`),
    `FROM..TO.min` or `.max` for a gap, `"boundary"` (`"inclusive"`, `"exclusive"`), `"closures"`
    (False: every day is open everywhere). `make` plans a protocol and a study.
    One row a combination, a column a key of the grid, then a column a state of participants
    (`scheduled`, `undetermined`, `no_schedule`, ...: how many are in it), `permitted_days` and
    `undetermined_days` (days of all participants and nodes together).
    Raises: InputFaults for figures that no file may state; NotFound for a rule that is not there;
    ValueError for a key that names none of these.
    """
    import pandas as pd

    rows = []
    for values in product(*grid.values()):
        chosen = dict(zip(grid, values, strict=True))
        found = make(_protocol(protocol, chosen), _study(study, chosen))
        rows.append({**chosen, **_counted(found)})
    return pd.DataFrame(rows)


def _protocol(protocol: Protocol, chosen: Mapping[str, Any]) -> Protocol:
    for name, value in chosen.items():
        owner, dot, key = name.rpartition(".")
        if name == BOUNDARY:
            protocol = protocol.with_boundary(value)
        elif name == CLOSURES:
            continue
        elif not dot or not owner:
            raise ValueError(
                f'found the key "{name}", expected "RULE.within", "FROM..TO.max", "boundary" or '
                '"closures"'
            )
        elif ".." in owner:
            start, _, end = owner.partition("..")
            protocol = protocol.with_gap(start, end, **{key: value})
        else:
            protocol = protocol.with_rule(owner, **{key: value})
    return protocol


def _study(study: Study, chosen: Mapping[str, Any]) -> Study:
    closed = chosen.get(CLOSURES, True)
    if not isinstance(closed, bool):
        raise ValueError(f"closures: found {closed!r}, expected True or False")
    if closed or study.sites is None:
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
