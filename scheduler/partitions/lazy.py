"""Dask DataFrames in, Dask DataFrames out: plans that are made when somebody asks for them.

Source: docs/cohorts.md (notebooks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from operator import itemgetter
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from scheduler.days import as_day, date_of
from scheduler.errors import InputFaults, NotFound, suggestion
from scheduler.partitions.extra import require
from scheduler.partitions.reading import strays
from scheduler.partitions.tables import empty_tables, tables_of
from scheduler.planning.plans import plan
from scheduler.protocol import Protocol
from scheduler.study.cells import BadCell
from scheduler.study.dataframes import read_frame
from scheduler.study.faults import study_faults
from scheduler.study.reading import load_study
from scheduler.study.sites import Site
from scheduler.study.sites_file import sites_of_mapping
from scheduler.study.tables import LAYOUTS, normal_name
from scheduler.study.values import text_of
from scheduler.tables.tables import IN_PARTITIONS

if TYPE_CHECKING:
    import dask.dataframe as dd

_KEY = "__participant__"  # equal for equal participants, whatever the type of their column


@overload
def plan_partitions(
    protocol: Protocol, tables: Mapping[str, object], as_of: str | date, table: str = ...,
    strict: bool = ..., partitions: int | None = ...,
) -> "dd.DataFrame": ...  # fmt: skip
@overload
def plan_partitions(
    protocol: Protocol, tables: Mapping[str, object], as_of: str | date,
    table: list[str] | tuple[str, ...],
    strict: bool = ..., partitions: int | None = ...,
) -> "dict[str, dd.DataFrame]": ...  # fmt: skip
def plan_partitions(
    protocol: Protocol,
    tables: Mapping[str, object],
    as_of: str | date,
    table: str | list[str] | tuple[str, ...] = "windows",
    strict: bool = False,
    partitions: int | None = None,
) -> "dd.DataFrame | dict[str, dd.DataFrame]":
    """What may everybody in some Dask DataFrames do when, as Dask DataFrames?

    Nothing is planned before the result is computed, and then one partition at a time and worker.
    Args: `tables` as for `load_study`, by name: `participants` a Dask DataFrame, the others Dask
    or pandas; `table` one table of the plan, or several names for a dict of them (planned once);
    `partitions` how many there are to be (without it: as many as participants has).
    Raises: InputFaults where the columns or the sites are wrong; computing raises it where the
    rows are. NotFound for an unknown table; CohortMissing without Dask.
    Source: docs/cohorts.md (notebooks).
    """
    require("dask", "pyarrow", "distributed")
    import dask.dataframe as dd
    from dask.delayed import delayed

    names = [table] if isinstance(table, str) else list(table)
    for name in names:
        if name not in IN_PARTITIONS:
            raise NotFound(f'no table "{name}"{suggestion(name, IN_PARTITIONS)}')
    frames = _frames(tables)
    count = partitions or frames["participants"].npartitions
    sites = _sites(tables.get("sites"))
    day = date_of(as_day(as_of))
    wanted = _Wanted(protocol, sites, day, strict, empty_tables(protocol, sites, day, names))
    parts = [_together(name, frame, count).to_delayed() for name, frame in frames.items()]
    shared = delayed(wanted)
    made = [
        delayed(_planned)(shared, list(frames), list(group)) for group in zip(*parts, strict=True)
    ]
    found = {
        name: dd.from_delayed(
            [delayed(itemgetter(name))(one) for one in made],
            meta=wanted.empty[name],
            verify_meta=False,
        )
        for name in names
    }
    return found[table] if isinstance(table, str) else found


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be planned, the same for every partition; `empty` are the tables without rows."""

    protocol: Protocol
    sites: Mapping[str, Site] | None
    as_of: date
    strict: bool
    empty: Mapping[str, pd.DataFrame]


def _frames(tables: Mapping[str, object]) -> dict[str, Any]:
    """The tables as Dask DataFrames; their columns are checked, since that needs no rows."""
    import dask.dataframe as dd

    for name in tables:
        if name not in (*LAYOUTS, "sites"):
            raise NotFound(f'no table "{name}"{suggestion(name, LAYOUTS)}')
    found: dict[str, Any] = {}
    faults = study_faults()
    for name in LAYOUTS:
        given = tables.get(name)
        if given is None:
            continue
        found[name] = given if isinstance(given, dd.DataFrame) else dd.from_pandas(given, 1)
        read_frame(name, found[name]._meta, faults)
    if "participants" not in found:
        faults.add("S201", "participants", None, "", "there is no such table")
    if any(not fault.warning for fault in faults.all):
        raise InputFaults(faults.all)
    return found


def _sites(given: object) -> dict[str, Site] | None:
    if given is None:
        return None
    faults = study_faults()
    if not isinstance(given, Mapping):
        text = f"found {type(given).__name__}, expected a mapping of sites"
        faults.add("S209", "sites", None, "", text)
        raise InputFaults(faults.all)
    sites = sites_of_mapping(given, "sites", faults)
    if any(not fault.warning for fault in faults.all):
        raise InputFaults(faults.all)
    return sites


def _together(name: str, frame: Any, partitions: int) -> Any:
    """A table in as many partitions as the others, each participant's rows in the same one."""
    head = next(head for head in frame.columns if normal_name(head) == "participant")
    keyed = frame.map_partitions(
        _with_key, name, head, meta=_with_key(frame._meta, name, head), enforce_metadata=False
    )
    return keyed.shuffle(_KEY, npartitions=partitions)


def _with_key(frame: pd.DataFrame, name: str, head: str) -> pd.DataFrame:
    """A frame with a number for each participant, made from the text that a study would hold.

    Dask's own hash of a column depends on the column's type.
    """
    codes, values = pd.factorize(frame[head].astype(object))
    keys = np.array([_key(value, name) for value in (*values, None)], np.int64)
    return frame.assign(**{_KEY: keys[codes]})


def _key(value: object, name: str) -> int:
    try:
        text = text_of(value, name, "participant")
    except BadCell:  # planning tells of it
        text = ""
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _planned(
    wanted: _Wanted, names: Sequence[str], frames: Sequence[pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The tables of one partition."""
    plain = {name: _plain(frame) for name, frame in zip(names, frames, strict=True)}
    if not len(plain["participants"]):
        if faults := strays(plain):
            raise InputFaults(faults)
        return dict(wanted.empty)
    study = replace(load_study(plain), sites=wanted.sites)
    made = plan(wanted.protocol, study, wanted.as_of, wanted.strict)
    return tables_of(made, wanted.empty)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """A table as it came; where its index holds numbers, faults name rows by them."""
    own = frame.drop(columns=_KEY)
    return own.rename_axis("row") if pd.api.types.is_integer_dtype(own.index.dtype) else own
