"""A plan's tables for Parquet and Dask: the same columns and types in every partition.

Participants are plain text, since the categories of a partition are not those of the others; all
other categories are the protocol's, in its order, and equal everywhere.
Source: docs/contract.md (what `plan` writes), docs/cohorts.md.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.partitions.layout import MATRIX
from scheduler.planning.plans import Plan, plan
from scheduler.protocol import Protocol
from scheduler.study.reading import load_study
from scheduler.tables.tables import IN_PARTITIONS

if TYPE_CHECKING:
    from scheduler.study.sites import Site

CHOICE = (*IN_PARTITIONS, MATRIX)  # what `washout cohort` can be asked for


def empty_tables(
    protocol: Protocol, sites: Mapping[str, "Site"] | None, as_of: date, names: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """What does each table look like, whoever is in it? Tables without rows.

    They are made from the plan of somebody of whom nothing is known, one for each version.
    """
    from dataclasses import replace

    versions = ["", *(version.version for version in protocol.versions)]
    people = pd.DataFrame(
        {
            "participant": [f"X{number}" for number, _ in enumerate(versions)],
            "site": next(iter(sites or ()), ""),
            "protocol_version": versions,
        },
        dtype=object,
    )
    study = replace(load_study({"participants": people}), sites=sites)
    made = plan(protocol, study, as_of)
    return {name: _without_rows(getattr(made, name)) for name in names}


def _without_rows(table: pd.DataFrame) -> pd.DataFrame:
    empty = table.iloc[:0].reset_index(drop=True)
    return empty.assign(participant=empty["participant"].astype("str"))


def shaped(table: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns and types of the one without rows."""
    columns = {}
    for name in like.columns:
        column, wanted = table[name], like[name].dtype
        if isinstance(wanted, pd.CategoricalDtype):
            columns[name] = _coded(column, wanted)
        else:
            columns[name] = column.astype(wanted)
    return pd.DataFrame(columns).reset_index(drop=True)


def _coded(column: "pd.Series[Any]", wanted: pd.CategoricalDtype) -> "pd.Series[Any]":
    """A column in the categories of all partitions; a word that they lack is put after them."""
    if column.dtype == wanted:
        return column
    texts = column.astype("str")
    known = wanted.categories
    more = sorted(set(texts.dropna().unique()) - set(known))
    order = known.append(pd.Index(more, dtype=known.dtype)) if more else known
    return pd.Series(pd.Categorical(texts, order, ordered=True), index=column.index)


def tables_of(made: Plan, like: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of a plan, shaped."""
    return {name: shaped(getattr(made, name), empty) for name, empty in like.items()}


def parquet_bytes(table: pd.DataFrame, like: pd.DataFrame) -> bytes:
    """A table as a Parquet file with the types of `like`: the same table gives the same bytes.

    Days are timestamps of whole milliseconds, the coarsest that Parquet has.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.Schema.from_pandas(like, preserve_index=False)
    arrays = [_array(table[field.name], like[field.name].dtype, field.type) for field in schema]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return bytes(sink.getvalue())


def _array(column: "pd.Series[Any]", wanted: Any, kind: Any) -> Any:
    """A column as an Arrow array; the texts of categories are looked up, not made one by one."""
    import pyarrow as pa

    if isinstance(wanted, pd.CategoricalDtype):
        column = _coded(column, wanted)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(column, type=kind, from_pandas=True)
    codes = column.cat.codes.to_numpy()
    texts = pa.array(column.cat.categories.astype("str"), pa.large_string())
    coded = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), texts)
    return coded.cast(kind)
