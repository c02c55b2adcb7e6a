"""The core against brute force: tables, box sweep, choices; and the counterexamples by name."""

from __future__ import annotations

import itertools
from datetime import date
from random import Random

import numpy as np
import pytest

from scheduler.core import boxes
from scheduler.core import network as networks
from scheduler.core.choose import Choices
from scheduler.core.dayset import Runs, free
from scheduler.core.network import Edge, Network, build_network
from scheduler.core.sweep import solve
from scheduler.days import clamp, day_of, roll

Maps = list[tuple[int, int, list[int], list[int]]]  # start, end, low, high of every slot


def network(days: int, nodes: int, maps: Maps, opens: list[list[bool]] | None = None) -> Network:
    """One calendar of `days` days."""
    edges = [
        Edge(a, b, np.clip([low], 0, days), np.clip([high], -1, days - 1))
        for a, b, low, high in maps
    ]
    open_days = {v: np.array([opens[v] if opens else [True] * days], bool) for v in range(nodes)}
    return build_network(list(range(nodes)), edges, open_days, days + 1)


def runs_of(days: int, allowed: set[int]) -> Runs:
    """One row whose days are these."""
    gone = np.array([d for d in range(days) if d not in allowed], np.int64)
    zero = np.zeros(1, np.int64)
    return free(1, zero, zero + days - 1, np.zeros(len(gone), np.int64), gone, gone)


def exact(net: Network, days: int, allowed: list[set[int]]) -> list[set[int]] | None:
    """The exact days of every node; None where there is no schedule."""
    found, alive = solve(net, {v: runs_of(days, a) for v, a in enumerate(allowed)}, 1)
    if not alive[0]:
        return None
    result = []
    for v in range(len(allowed)):
        _, first, last = found[v].columns()
        inside = {d for a, b in zip(first, last, strict=True) for d in range(a, b + 1)}
        result.append({d for d in inside if net.open_days[v][0, d]})
    return result


def brute(maps: Maps, allowed: list[set[int]]) -> list[tuple[int, ...]]:
    """All complete schedules."""
    return [
        s
        for s in itertools.product(*(sorted(a) for a in allowed))
        if all(low[s[a]] <= s[b] <= high[s[a]] for a, b, low, high in maps)
    ]


def shift(days: int, least: int, most: int) -> tuple[list[int], list[int]]:
    """The maps of `least <= b - a <= most`."""
    return [t + least for t in range(days)], [t + most for t in range(days)]


# --- counterexamples ---------------------------------------------------------------------------


def test_arc_consistency_keeps_a_day_that_no_schedule_uses() -> None:
    days, allowed = 6, [{1, 2, 4, 5}, {0, 2, 4, 5}, {0, 1, 4, 5}]
    maps = [(0, 1, *shift(days, 0, 1)), (0, 2, *shift(days, 0, 3)), (1, 2, *shift(days, -3, 0))]
    arc = [set(a) for a in allowed]
    for _ in range(20):
        for a, b, low, high in maps:
            arc[a] = {x for x in arc[a] if any(low[x] <= y <= high[x] for y in arc[b])}
            arc[b] = {y for y in arc[b] if any(low[x] <= y <= high[x] for x in arc[a])}
    assert 2 in arc[0]
    found = exact(network(days, 3, maps), days, allowed)
    assert found is not None and 2 not in found[0]
    schedules = brute(maps, allowed)
    assert found == [{s[v] for s in schedules} for v in range(3)]


@pytest.mark.parametrize(("year", "gone"), [(2026, (29, 30, 31)), (2028, (30, 31))])
def test_exactly_one_month_forbids_the_last_days_of_january(
    year: int, gone: tuple[int, ...]
) -> None:
    first = day_of(date(year, 1, 1))
    every = np.arange(first, first + 90)
    maps: Maps = [(0, 1, (roll(every, 1) - first).tolist(), (clamp(every, 1) - first).tolist())]
    found = exact(network(90, 2, maps), 90, [set(range(31)), set(range(90))])
    assert found is not None
    assert found[0] == set(range(31)) - {day - 1 for day in gone}


def test_a_box_ends_where_any_other_nodes_run_ends() -> None:
    """x may go on to 9, but y, at most 2 days later, has a hole from 5 to 7."""
    days, allowed = 12, [set(range(10)), {0, 1, 2, 3, 4, 8, 9, 10, 11}]
    maps = [(0, 1, *shift(days, 1, 2))]
    found = exact(network(days, 2, maps), days, allowed)
    assert found == [{0, 1, 2, 3, 6, 7, 8, 9}, {1, 2, 3, 4, 8, 9, 10, 11}]


def test_the_days_inside_a_run_are_checked_not_only_its_ends() -> None:
    """Both ends of x's run have a partner; the middle, where y is closed, has none."""
    days = 8
    opens = [[True] * 8, [True, True, False, False, False, False, True, True]]
    maps = [(0, 1, *shift(days, 0, 1))]
    found = exact(network(days, 2, maps, opens), days, [set(range(8)), set(range(8))])
    assert found == [{0, 1, 5, 6, 7}, {0, 1, 6, 7}]


def test_a_box_in_one_block_trusts_no_day_that_another_block_forbids() -> None:
    """0 - 1 - 2 in a chain: 2 is closed late, so 1, and through it 0, end early."""
    days = 10
    opens = [[True] * 10, [True] * 10, [d < 5 for d in range(10)]]
    maps = [(0, 1, *shift(days, 1, 3)), (1, 2, *shift(days, 1, 3))]
    found = exact(network(days, 3, maps, opens), days, [set(range(10))] * 3)
    assert found == [{0, 1, 2}, {1, 2, 3}, {2, 3, 4}]


def test_no_schedule_at_all() -> None:
    maps = [(0, 1, *shift(5, 1, 5)), (1, 0, *shift(5, 0, 5))]
    assert exact(network(5, 2, maps), 5, [set(range(5))] * 2) is None


# --- random monotone maps, many rows and calendars at once -----------------------------------------


def _maps(r: Random, days: int, nodes: int) -> Maps:
    maps: Maps = []
    for _ in range(r.randint(0, 6) if nodes > 1 else 0):
        a, b = r.sample(range(nodes), 2)
        if r.random() < 0.6:
            least = r.randint(-2, 2)
            maps.append((a, b, *shift(days, least, least + r.randint(0, 3))))
        else:
            low = sorted(r.randint(-1, days + 1) for _ in range(days))
            maps.append((a, b, low, sorted(max(x, r.randint(-1, days)) for x in low)))
    return maps


def _drawn(seed: int) -> tuple[Random, int, Network, list[Maps], list[list[list[bool]]]]:
    r = Random(seed)
    nodes, days, calendars = r.randint(1, 5), r.randint(4, 8), r.randint(1, 2)
    first = _maps(r, days, nodes)
    lines = [first]
    for _ in range(calendars - 1):  # the same graph on another calendar, with other maps
        other = [(a, b, *shift(days, k, k + 2)) for a, b, _, _ in first for k in [r.randint(-1, 1)]]
        lines.append(other)
    opens = [
        [[r.random() < 0.85 for _ in range(days)] for _ in range(nodes)] for _ in range(calendars)
    ]
    edges = [
        Edge(
            a, b, np.clip([line[i][2] for line in lines], 0, days),
            np.clip([line[i][3] for line in lines], -1, days - 1),
        )
        for i, (a, b, _, _) in enumerate(first)
    ]  # fmt: skip
    open_days = {v: np.array([opens[c][v] for c in range(calendars)], bool) for v in range(nodes)}
    return r, days, build_network(list(range(nodes)), edges, open_days, days + 1), lines, opens


@pytest.mark.parametrize(
    ("part", "swept", "apart"),
    [(0, False, False), (1, False, False), (2, False, False), (3, False, False), (0, True, False),
     (1, True, False), (0, False, True), (1, False, True), (2, True, True)],
)  # fmt: skip
def test_boxes_the_sweep_and_the_choices_against_brute_force(
    part: int, swept: bool, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if apart:  # every block by itself, so that the boxes of most are cut on the way down
        monkeypatch.setattr(networks, "SMALL", 2)
        monkeypatch.setattr(networks, "STAR", 1)
    if swept:  # so few choices of runs are never enough to leave the sweep out
        for name in ("_MANY", "_ANYHOW"):
            monkeypatch.setattr(boxes, name, 0)
    for seed in range(part * 250, part * 250 + 250):
        r, days, net, lines, opens = _drawn(seed)
        nodes, slots, rows = len(net.nodes), days + 1, r.randint(1, 5)
        calendar = [r.randrange(len(lines)) for _ in range(rows)]
        allowed = [
            [{d for d in range(days) if r.random() < 0.75} for _ in range(nodes)]
            for _ in range(rows)
        ]
        base = np.array(calendar, np.int64) * slots
        places = {}
        for v in range(nodes):
            gone = [(i, d) for i in range(rows) for d in range(days) if d not in allowed[i][v]]
            row = np.array([i for i, _ in gone], np.int64)
            day = np.array([d for _, d in gone], np.int64)
            place = base[row] + day
            places[v] = free(rows, base, base + days - 1, row, place, place)
        found, alive = solve(net, places, rows)
        schedules = []
        for i in range(rows):
            left = [{d for d in allowed[i][v] if opens[calendar[i]][v][d]} for v in range(nodes)]
            every = brute(lines[calendar[i]], left)
            schedules.append(every)
            assert alive[i] == bool(every), seed
            for v in range(nodes) if every else ():
                _, first, last = found[v].take(np.array([i])).columns()
                inside = {
                    d
                    for a, b in zip(first - base[i], last - base[i], strict=True)
                    for d in range(a, b + 1)
                    if net.open_days[v][calendar[i], d]
                }
                assert inside == {s[v] for s in every}, seed
        _choose(r, net, found, np.flatnonzero(alive), base, schedules, seed)


def _choose(
    r: Random, net: Network, found: dict[int, Runs], some: np.ndarray, base: np.ndarray,
    schedules: list[list[tuple[int, ...]]], seed: int,
) -> None:  # fmt: skip
    """Pin node after node: what is left is always what the remaining schedules have."""
    if not len(some):
        return
    choices = Choices(net, {v: runs.take(some) for v, runs in found.items()}, len(some))
    left = {int(i): list(schedules[i]) for i in some}
    order = net.nodes
    r.shuffle(order)
    pinned: dict[int, np.ndarray] = {}
    for node in order:
        target = np.array([r.randint(-2, net.slots) for _ in some])
        chosen = choices.nearest(node, target + base[some])
        if net.near[node] <= set(pinned):
            last = choices.nearest_of_last([node], target[None] + base[some], pinned)
            assert (last[0] == chosen).all(), seed
        early = choices.earliest(node)
        for k, i in enumerate(some.tolist()):
            days = sorted({s[node] for s in left[i]})
            assert days, seed  # never a dead end
            assert early[k] - base[i] == days[0], seed
            best = min(days, key=lambda d, t=target[k]: (abs(d - t), d))
            assert chosen[k] - base[i] == best, seed
            for d in range(net.slots - 1):
                allows = choices.allows(
                    node, np.where(np.arange(len(some)) == k, d + base[i], chosen)
                )
                assert allows[k] == (d in days), seed
            left[i] = [s for s in left[i] if s[node] == best]
        choices.pin(node, chosen)
        pinned[node] = chosen
