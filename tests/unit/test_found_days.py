"""Pieces of days against sets of days: expanded, united, subtracted, for many calendars."""

import numpy as np
import pytest

from scheduler.core.dayset import Runs, of_columns
from scheduler.core.network import Network, build_network
from scheduler.core.sweep import solve
from scheduler.engine.found_days import FoundDays, pieces_of, plain_pieces

OPENING, DAYS, PEOPLE = 20_000, 40, 30
Sets = list[set[int]]


def network_of(rng: np.random.Generator) -> tuple[Network, np.ndarray]:
    """Two nodes without gaps on three calendars with closed days of their own."""
    opens = {node: rng.random((3, DAYS)) < 0.6 for node in (0, 1)}
    return build_network([0, 1], [], opens, DAYS + 1), opens[1]


def some_runs(rng: np.random.Generator, base: np.ndarray) -> tuple[Runs, Sets]:
    """Random days of everybody as runs of places, and as sets of days."""
    row = rng.integers(0, PEOPLE, 3 * PEOPLE)
    first = rng.integers(0, DAYS, len(row))
    last = np.minimum(first + rng.integers(0, 9, len(row)), DAYS - 1)
    days: Sets = [set() for _ in range(PEOPLE)]
    for who, begin, end in zip(row.tolist(), first.tolist(), last.tolist(), strict=True):
        days[who] |= {OPENING + day for day in range(begin, end + 1)}
    shift = OPENING + base[row]
    return of_columns(PEOPLE, row, first + shift, last + shift), days


def sets_of(runs: Runs) -> Sets:
    row, first, last = runs.columns()
    found: Sets = [set() for _ in range(len(runs))]
    for who, begin, end in zip(row.tolist(), first.tolist(), last.tolist(), strict=True):
        assert not found[who] & set(range(begin, end + 1))
        found[who] |= set(range(begin, end + 1))
    return found


def with_days(
    rng: np.random.Generator, network: Network, opens: np.ndarray, base: np.ndarray, few: bool
) -> tuple[FoundDays, Sets]:
    """Node 1's days of everybody, kept as pieces or as runs by themselves."""
    site = (base + OPENING) // (DAYS + 1)
    runs, wanted = some_runs(rng, base)
    solved, alive = solve(network, {0: runs, 1: runs}, PEOPLE)
    wanted = [
        {day for day in days if opens[site[who], day - OPENING]} if alive[who] else set()
        for who, days in enumerate(wanted)
    ]
    rows = np.flatnonzero(alive)
    left = {1: solved[1].take(rows)}
    pieces = pieces_of(network, left, rows, base[rows], OPENING, PEOPLE)
    found = FoundDays(base, [0, 1])
    part = plain_pieces(pieces.columns()) if few else pieces
    found.add([1], lambda: [part])
    return found, wanted


@pytest.mark.parametrize("seed", range(12))
def test_pieces_are_the_open_days_of_their_ranges(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network, opens = network_of(rng)
    base = rng.integers(0, 3, PEOPLE) * (DAYS + 1) - OPENING
    one, wanted = with_days(rng, network, opens, base, few=bool(seed % 2))
    assert sets_of(one[1]) == wanted
    people = np.array([7, 3, 29])
    assert sets_of(one.runs_of(1, people)) == [wanted[who] for who in people]
    assert sets_of(one[0]) == [set() for _ in range(PEOPLE)]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shared", [True, False], ids=["same open days", "other open days"])
def test_days_less_others(seed: int, shared: bool) -> None:
    rng = np.random.default_rng(100 + seed)
    network, opens = network_of(rng)
    other, its_opens = (network, opens) if shared else network_of(rng)
    base = rng.integers(0, 3, PEOPLE) * (DAYS + 1) - OPENING
    one, mine = with_days(rng, network, opens, base, few=seed == 3)
    two, theirs = with_days(rng, other, its_opens, base, few=seed == 4)
    people = np.flatnonzero(rng.random(PEOPLE) < 0.7)
    left = FoundDays(base, [1])
    left.add([1], lambda: one.less(two, people))
    wanted = [mine[who] - theirs[who] if who in people else set() for who in range(PEOPLE)]
    assert sets_of(left[1]) == wanted


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shared", [True, False], ids=["same open days", "other open days"])
def test_days_of_several_rows_are_united(seed: int, shared: bool) -> None:
    rng = np.random.default_rng(200 + seed)
    network, opens = network_of(rng)
    other, its_opens = (network, opens) if shared else network_of(rng)
    base = rng.integers(0, 3, PEOPLE) * (DAYS + 1) - OPENING
    one, mine = with_days(rng, network, opens, base, few=False)
    two, theirs = with_days(rng, other, its_opens, base, few=False)
    both = FoundDays(base, [1])
    both.add([1], lambda: [*one.cells(), *two.cells()], np.tile(np.arange(PEOPLE), 2))
    wanted = [a | b for a, b in zip(mine, theirs, strict=True)]
    assert sets_of(both[1]) == wanted
    told = [part.columns() for part in both.pieces(1)]
    row, first, last = (np.concatenate(column) for column in zip(*told, strict=True))
    size = np.bincount(row, last - first + 1, minlength=PEOPLE)
    assert size.tolist() == [len(days) for days in wanted]
