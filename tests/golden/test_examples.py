"""The bytes of every table of the example studies (renew with --renew-golden, read the diff)."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from scheduler.planning.plans import plan
from scheduler.protocol.reading import load_protocol
from scheduler.report.folder import table_bytes
from scheduler.study.reading import load_study
from scheduler.tables.tables import WRITTEN

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"nct07342244": "2026-06-15", "demo-cycles": "2026-02-16"}


@cache
def written(name: str) -> dict[str, bytes]:
    folder = ROOT / "protocols" / name
    found = plan(load_protocol(folder), load_study(folder / "example"), as_of=EXAMPLES[name])
    return {table: table_bytes(frame) for table, frame in found.written().items()}


@pytest.mark.parametrize("table", WRITTEN)
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_table_of_an_example(name: str, table: str, golden: Callable[[str, bytes], None]) -> None:
    golden(f"{name}/{table}.csv", written(name)[table])
