"""Tables of Polars, Arrow and DuckDB come in, and a plan's tables go out to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars
import pyarrow
import pytest

import scheduler

ROOT = Path(__file__).parents[2]
CLL = ROOT / "protocols/nct07342244"
NAMES = ("participants", "history", "dates", "decisions")


def duck(frame: pd.DataFrame) -> Any:
    return duckdb.connect().from_df(frame)


MAKERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "polars": polars.from_pandas,
    "polars, lazily": lambda frame: polars.from_pandas(frame).lazy(),
    "arrow": lambda frame: pyarrow.Table.from_pandas(frame, preserve_index=False),
    "duckdb": duck,
}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    found = {name: pd.read_csv(CLL / f"example/{name}.csv", dtype="str") for name in NAMES}
    found["decisions"]["date"] = pd.to_datetime(found["decisions"]["date"])
    return found


@pytest.mark.parametrize("kind", MAKERS)
def test_tables_of_others_give_the_same_study(tables: dict[str, pd.DataFrame], kind: str) -> None:
    given = {name: MAKERS[kind](table) for name, table in tables.items()}
    assert scheduler.load_study(given) == scheduler.load_study(tables)


def test_whole_numbers_with_blanks_and_dates_stay_what_they_are() -> None:
    given = polars.DataFrame(
        {"participant": [1, 2], "birth_date": [1980, None], "note": [None, "x"]},
        schema_overrides={"participant": polars.UInt16, "birth_date": polars.Int32},
    )
    study = scheduler.load_study({"participants": given})
    assert study.participants.column("birth_date").tolist() == ["1980", ""]
    assert study.given_ids == {"1": 1, "2": 2}


def test_a_table_of_nothing_known_is_a_fault() -> None:
    with pytest.raises(scheduler.InputFaults, match=r"S200.*expected a DataFrame"):
        scheduler.load_study({"participants": 7})


def test_a_table_that_dask_has_not_computed_is_a_fault() -> None:
    from dask import dataframe

    lazy = dataframe.from_pandas(pd.DataFrame({"participant": ["A"]}), npartitions=1)
    with pytest.raises(scheduler.InputFaults, match=r"S200.*found dask's DataFrame") as caught:
        scheduler.load_study({"participants": lazy})
    assert "compute()" in str(caught.value) and "plan_partitions" in str(caught.value)


def test_tables_go_out() -> None:
    made = scheduler.plan(
        scheduler.load_protocol(CLL), scheduler.load_study(CLL / "example"), "2026-06-15"
    )
    for name, frame in made.frames().items():
        assert polars.DataFrame(frame).shape == frame.shape, name
        assert pyarrow.table(frame).num_rows == len(frame)
        relation = duckdb.connect().from_df(frame)
        assert relation.shape[0] == len(frame)
    windows = polars.DataFrame(made.windows)
    assert windows["first"].dtype.is_temporal() and str(windows["participant"][0]) == "P-001"
