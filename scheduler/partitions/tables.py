"""A plan's tables for Parquet and Dask: the same columns and types in every partition.

Participants are plain text, since the categories of a partition are not those of the others; all
other categories are the protocol's, in its order, and equal everywhere.
Source: docs/contract.md (what `plan` writes), docs/cohorts.md.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scheduler.arrays import Index, arrow_texts, distinct_numbers
from scheduler.partitions.layout import MATRIX
from scheduler.planning.plans import Plan, plan
from scheduler.protocol import Protocol
from scheduler.study.reading import load_study
from scheduler.tables.frames import Column, Dated, Decimals, Frame, WholeNumbers, Written, YesNo
from scheduler.tables.tables import IN_PARTITIONS

if TYPE_CHECKING:
    from scheduler.study.sites import Site

CHOICE = (*IN_PARTITIONS, MATRIX)  # what `washout cohort` can be asked for
_WHOLE, _KEYS = ("windows",), ("participant",)  # tables and columns in which nothing is missing


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


def parquet_bytes(name: str, table: Frame | None, like: pd.DataFrame) -> bytes:
    """A table (None: no rows) as a Parquet file with the types of `like`.

    The same table gives the same bytes. Days are timestamps of whole milliseconds, the coarsest
    that Parquet has. There are no minima and maxima of columns: a hash puts participants into
    partitions, so each part has all days. Texts go in by their places in a list, as Parquet keeps
    them; so Arrow's note of the types is that of `like`, and not of what is handed in.
    """
    import pyarrow as pa
    from pyarrow import parquet

    wanted = pa.Schema.from_pandas(like, preserve_index=False)
    if table is None:
        arrays = [column.combine_chunks() for column in wanted.empty_table().columns]
    else:
        arrays = [_array(table[one.name], like[one.name].dtype, one.type) for one in wanted]
    never_missing = (*wanted.names,) if name in _WHOLE else _KEYS
    fields = [
        pa.field(one.name, array.type, nullable=one.name not in never_missing)
        for one, array in zip(wanted, arrays, strict=True)
    ]
    made = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    notes = {"ARROW:schema": b64encode(wanted.serialize().to_pybytes()), **wanted.metadata}
    options = {"compression": "zstd", "write_statistics": False, "store_schema": False}
    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(sink, made.schema, **options) as writer:
        writer.write_table(made)
        writer.add_key_value_metadata(notes)
    return bytes(sink.getvalue())


def _array(column: Column, wanted: Any, kind: Any) -> Any:
    """A column as an Arrow array; texts by their places in a list."""
    import pyarrow as pa

    if isinstance(column, Dated):
        return pa.array(column.seconds, kind)
    if isinstance(column, WholeNumbers):
        return pa.array(column.numbers, kind, mask=None if column.known.all() else ~column.known)
    if isinstance(column, YesNo):
        return pa.array(column.flags, kind)
    if isinstance(column, Decimals):
        return pa.array(column.numbers, kind, from_pandas=True)
    if isinstance(column, Written):  # whose list hangs on what a worker has made before
        return _taken(column.words, column.places, kind)
    words, codes = list(column.among.words), column.codes
    if isinstance(wanted, pd.CategoricalDtype):
        words, codes = _in_order(words, codes, wanted.categories.tolist())
    elif len(words) > len(codes):  # most of them are of nobody here
        return _taken(words, codes, kind)
    return _dictionary(words, codes, kind)


def _taken(words: Sequence[str | None], places: Index, kind: Any) -> Any:
    """Texts by their places in a list; -1 and None are missing."""
    import pyarrow as pa

    texts = pa.concat_arrays([arrow_texts(words).cast(kind), pa.nulls(1, kind)])  # -1: the end
    return texts.take(pa.array(places % len(texts)))


def _dictionary(words: Sequence[str], codes: Index, kind: Any) -> Any:
    """Words by their places in a list (-1: missing), with the list."""
    import pyarrow as pa

    listed = pa.types.is_dictionary(kind)
    missing = codes < 0
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32), mask=missing if missing.any() else None),
        pa.array(words, kind.value_type if listed else kind),
        ordered=listed and kind.ordered,
    )


def _in_order(words: list[str], codes: Index, order: list[str]) -> tuple[list[str], Index]:
    """Words and codes in the order of all partitions; a word that it lacks is put after it."""
    if words == order:
        return words, codes
    used = {words[code] for code in distinct_numbers(codes).tolist() if code >= 0}
    order = [*order, *sorted(used - set(order))]
    places = {word: place for place, word in enumerate(order)}
    return order, np.array([*(places.get(word, -1) for word in words), -1], np.int64)[codes]
