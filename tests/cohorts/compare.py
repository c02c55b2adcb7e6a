"""Rows of a cohort against rows of one plan: the same, in any order."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from scheduler.planning.plans import Plan
from scheduler.tables.tables import IN_PARTITIONS

Rows = list[tuple[str, ...]]


def rows_of(table: pd.DataFrame) -> Rows:
    """The rows of a table as sorted texts; a missing value is ""."""
    columns = [table[name].astype("str").fillna("").tolist() for name in table.columns]
    return sorted(zip(*columns, strict=True))


def differences(out: Path, plan: Plan, tables: Sequence[str] = IN_PARTITIONS) -> list[str]:
    """The tables of a cohort whose columns or rows are not those of a plan in one process."""
    found = []
    for name in tables:
        read, wanted = pd.read_parquet(out / name), getattr(plan, name)
        same = list(read.columns) == list(wanted.columns) and rows_of(read) == rows_of(wanted)
        found += [] if same else [f"{name}: {len(read)} rows, expected {len(wanted)}"]
    return found


def parts(out: Path) -> dict[str, bytes]:
    """The bytes of every part of every table."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("part-*.parquet"))
    }
