"""docs/frames.md lists every frame with its columns and dtypes, as a real plan has them."""

import re
from pathlib import Path

import pandas as pd
import pytest

import scheduler
from scheduler.tables import tables

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "frames.md").read_text(encoding="utf-8")
SECTIONS = {
    part.partition("\n")[0].strip(): part
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
}


def rows_of(section: str) -> list[list[str]]:
    """The cells of a table: column, dtype, unit, meaning, when it is empty."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines() if line.startswith(("| `", "| *"))]  # fmt: skip
    assert all(len(row) == 5 for row in rows)
    return [[row[0].strip("`"), row[1].strip("`"), *row[2:]] for row in rows]


TABLES = [table.name for table in tables.TABLES if table.of_all is None]


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    demo = ROOT / "protocols" / "demo-cycles"
    protocol, study = scheduler.load_protocol(demo), scheduler.load_study(demo / "example")
    plan = scheduler.plan(protocol, study, "2026-02-16")
    new = scheduler.load_protocol(demo / "versions" / "2.0.yaml")
    found = {name: getattr(plan, name) for name in TABLES}
    found["todo"] = plan.todo
    found |= {
        "agenda": plan.agenda(),
        "days": plan.days("D-002"),
        "nodes": plan.nodes,
        "people": plan.people,
        "counts": plan.counts("randomization"),
        "intervals": plan.intervals("consent", "randomization"),
        "sweep": plan.sweep("D-002", "randomization"),
        "visit_windows": plan.visit_windows(),
        "visit_windows(by_participant=True)": plan.visit_windows(by_participant=True),
        "subject_visits": plan.subject_visits(),
        "deviation_summary": plan.deviation_summary(),
    }
    difference = scheduler.diff(protocol, new, study, "2026-02-16")
    return found | {f"diff.{name}": frame for name, frame in difference.tables.items()}


@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "sensitivity"])
def test_columns_and_dtypes_are_those_of_the_page(
    frames: dict[str, pd.DataFrame], name: str
) -> None:
    listed = [(head, dtype) for head, dtype, *_ in rows_of(SECTIONS[name])]
    frame = frames[name]
    own = [head for head, _ in listed if not head.startswith("*")]
    found = [(str(head), str(dtype)) for head, dtype in frame.dtypes.items()]
    assert found[: len(own)] == [row for row in listed if not row[0].startswith("*")]
    others = {dtype for _, dtype in found[len(own) :]}
    assert others == {dtype for head, dtype in listed if head.startswith("*")}


def test_every_frame_is_on_the_page(frames: dict[str, pd.DataFrame]) -> None:
    assert set(SECTIONS) == {*frames, "sensitivity"}  # its columns are those of the grid


@pytest.mark.parametrize("name", [name for name in SECTIONS if name != "sensitivity"])
def test_a_column_that_is_never_empty_is_never_empty(
    frames: dict[str, pd.DataFrame], name: str
) -> None:
    for head, dtype, _, _, empty in rows_of(SECTIONS[name]):
        column = frames[name].get(head)
        if column is not None and (empty == "never" or empty.startswith("empty text")):
            assert column.notna().all(), head
        if column is not None and empty == "never" and dtype == "str":
            assert (column != "").all(), head


def test_words_of_fixed_lists_are_on_the_page(frames: dict[str, pd.DataFrame]) -> None:
    for name, section in SECTIONS.items():
        if name not in frames:
            continue
        meaning = {head: text for head, _, _, text, _ in rows_of(section)}
        for head in ("state", "status", "certainty", "kind", "change", "missing", "basis"):
            column = frames[name].get(head)
            if column is not None and isinstance(column.dtype, pd.CategoricalDtype):
                said = set(re.findall(r"`(\w+)`", meaning[head]))
                assert {str(word) for word in column.cat.categories} <= said, (name, head)


def test_categories_are_ordered(frames: dict[str, pd.DataFrame]) -> None:
    for name, frame in frames.items():
        for head, dtype in frame.dtypes.items():
            if isinstance(dtype, pd.CategoricalDtype):
                assert dtype.ordered, (name, head)


def test_the_contract_lists_the_tables_as_the_list_says_them() -> None:
    page = (ROOT / "docs" / "contract.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| (\w+)\.csv \| (.*) \|$", page, flags=re.MULTILINE))
    assert told == {table.file: table.says for table in tables.TABLES if table.file}
