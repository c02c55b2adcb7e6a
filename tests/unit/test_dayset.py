"""Runs of days and their set operations, against plain sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scheduler.core.dayset import (
    FAR,
    Columns,
    Runs,
    free,
    intersect,
    minus,
    of_columns,
    of_sorted,
    united,
)

Sets = list[set[int]]
MOST = 30
rows_of_sets = st.lists(st.sets(st.integers(0, MOST)), min_size=1, max_size=4)


def runs(sets: Sets) -> Runs:
    """Runs of single days, put together by `of_columns`."""
    pairs = [(i, d) for i, days in enumerate(sets) for d in days]
    row = np.array([i for i, _ in pairs], np.int64)
    day = np.array([d for _, d in pairs], np.int64)
    return of_columns(len(sets), row, day, day)


def sets_of(found: Runs) -> Sets:
    result: Sets = [set() for _ in range(len(found))]
    for row, first, last in zip(*found.columns(), strict=True):
        result[row] |= set(range(first, last + 1))
    return result


def well_formed(found: Runs) -> None:
    """Sorted, apart by more than a day, and one FAR run at the end of each row."""
    row, first, last = found.columns()
    assert (first <= last).all()
    same = row[1:] == row[:-1]
    assert (first[1:][same] > last[:-1][same] + 1).all()
    assert (found.first[found.ends + 1] == FAR).all()
    assert (found.last[found.ends + 1] == FAR).all()


@given(rows_of_sets)
def test_touching_days_become_one_run(sets: Sets) -> None:
    found = runs(sets)
    well_formed(found)
    assert sets_of(found) == sets
    assert found.empty.tolist() == [not days for days in sets]


def test_one_run_for_neighbours_and_two_for_a_gap() -> None:
    found = runs([{3, 4, 5}, {3, 5}])
    assert [column.tolist() for column in found.columns()] == [[0, 1, 1], [3, 3, 5], [5, 3, 5]]


@given(rows_of_sets, st.data())
def test_minus_and_intersect(one: Sets, data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sets(st.integers(0, MOST)), min_size=len(one), max_size=len(one)))
    less, both = minus(runs(one), runs(other)), intersect(runs(one), runs(other))
    well_formed(less)
    assert sets_of(less) == [a - b for a, b in zip(one, other, strict=True)]
    assert sets_of(both) == [a & b for a, b in zip(one, other, strict=True)]


@given(rows_of_sets, st.integers(-2, MOST + 2))
def test_snapping_and_holding(sets: Sets, value: int) -> None:
    found, rows = runs(sets), np.arange(len(sets))
    values = np.full(len(sets), value)
    up = [min((d for d in days if d >= value), default=int(FAR)) for days in sets]
    down = [max((d for d in days if d <= value), default=-1) for days in sets]
    assert found.snap_up(rows, values).tolist() == up
    assert found.snap_down(rows, values).tolist() == down
    assert found.holds(rows, values).tolist() == [value in days for days in sets]


@given(rows_of_sets, st.lists(st.integers(0, 3), max_size=6))
def test_taking_rows(sets: Sets, order: list[int]) -> None:
    wanted = [i for i in order if i < len(sets)]
    found = runs(sets).take(np.array(wanted, np.int64))
    assert sets_of(found) == [sets[i] for i in wanted]


spans = st.tuples(st.integers(0, 3), st.integers(-3, MOST + 3), st.integers(-3, 8))


@given(st.lists(spans, max_size=8), st.integers(0, 8), st.integers(0, 12))
def test_what_is_left_of_a_stretch(
    taken: list[tuple[int, int, int]], low: int, length: int
) -> None:
    """Ranges may overlap, touch, be empty, or lie outside."""
    row, first, last = (
        np.array(column, np.int64)
        for column in ([t[0] for t in taken], [t[1] for t in taken], [t[1] + t[2] for t in taken])
    )
    high = low + length - 1
    found = free(4, np.full(4, low), np.full(4, high), row, first, last)
    well_formed(found)
    gone = [{d for r, f, n in taken if r == i for d in range(f, f + n + 1)} for i in range(4)]
    assert sets_of(found) == [set(range(low, high + 1)) - days for days in gone]


@given(st.lists(rows_of_sets, max_size=3))
def test_parts_are_brought_together(parts: list[Sets]) -> None:
    """Rows with days in several parts are put in order, also when parts overlap or touch."""
    columns: list[Columns] = [runs(part).columns() for part in parts]
    wanted: Sets = [set() for _ in range(4)]
    for part in parts:
        for i, days in enumerate(part):
            wanted[i] |= days
    found = united(4, columns)
    well_formed(found)
    assert sets_of(found) == wanted


def test_two_stretches_of_one_row_in_one_part() -> None:
    """Rows of several variants stand one after another, and may overlap."""
    row = np.array([0, 0, 0], np.int64)
    found = united(1, [(row, np.array([5, 1, 9]), np.array([6, 5, 9]))])
    assert sets_of(found) == [{1, 2, 3, 4, 5, 6, 9}]


def test_no_days() -> None:
    nothing = np.zeros(0, np.int64)
    assert of_columns(3, nothing, nothing, nothing).empty.all()
    assert sets_of(of_columns(2, nothing, nothing, nothing)) == [set(), set()]


@given(st.lists(st.integers(0, 2 * MOST), max_size=6, unique=True), st.integers(-1, 2 * MOST + 2))
def test_one_row_is_read_as_among_several(edges: list[int], value: int) -> None:
    """A row alone goes a shorter way; it has to say what it says beside others."""
    edges = sorted(2 * edge for edge in edges[: len(edges) // 2 * 2])  # ranges do not touch
    first = np.array(edges[::2], np.int64)
    last = np.array(edges[1::2], np.int64)
    none, one = np.zeros(len(first), np.int64), np.zeros(1, np.int64)
    alone = of_sorted(1, none, first, last)
    among = of_sorted(3, none + 1, first, last)
    for mine, theirs in zip(alone.columns()[1:], among.columns()[1:], strict=True):
        assert mine.tolist() == theirs.tolist()
    assert alone.columns()[0].tolist() == none.tolist()
    assert alone.empty.tolist() == [bool(among.empty[1])]
    wanted = np.array([value], np.int64)
    assert alone.holds(one, wanted) == among.holds(one + 1, wanted)
    assert alone.snap_up(one, wanted) == among.snap_up(one + 1, wanted)
    assert alone.snap_down(one, wanted) == among.snap_down(one + 1, wanted)
    assert sets_of(alone.take(np.array([0, 0]))) == [sets_of(among)[1]] * 2
