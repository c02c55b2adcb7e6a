"""Smallest sets of reasons: many participants at once against one after another."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import scheduler.tables.conflicts
from scheduler.core.clash import Run
from scheduler.core.reasons import all_items, freed_days, smallest_conflicts
from scheduler.reasons.builder import CaseBuilder
from scheduler.reasons.explaining import explain, explain_days
from scheduler.tables.conflicts import conflicts_frame
from tests.oracle.generate import Features, generate
from tests.properties.harness import Solved, solve_study
from tests.properties.plain_reasons import Plain

WIDE = Features(many_bookings=True, chains=True, bound_unknown=True, pairs=True, max_horizon=90)
KINDS = (Features(), WIDE, Features(wider=True))
SEEDS = range(7040, 7080)


def solved(seed: int) -> Solved:
    case = generate(seed, KINDS[seed % 3], people=5)
    return solve_study(case.protocol, case.study, case.as_of, case.strict)


def groups(size: int = 20) -> list[range]:
    return [SEEDS[i : i + size] for i in range(0, len(SEEDS), size)]


def table(found: Solved, people: list[int] | None = None) -> pd.DataFrame:
    made = conflicts_frame(found).pandas()
    if people is None:
        return made
    return made[made["participant"].cat.codes.isin(people)].reset_index(drop=True)


@pytest.mark.parametrize("seeds", groups(), ids=str)
def test_the_sets_are_those_of_the_slow_way(seeds: range) -> None:
    none = 0
    for seed in seeds:
        found = solved(seed)
        people = np.arange(len(found.problem.cohort))
        for worst in (True, False):
            cases = CaseBuilder(found.problem, people, worst).cases
            run = Run(cases, people, all_items(cases, len(people)))
            sets = smallest_conflicts(cases)
            for who in people.tolist():
                plain = Plain(cases, who)
                least, smallest = plain.least(plain.items()), plain.smallest()
                assert set(np.flatnonzero(sets.kept[:, who])) == smallest.blame, (seed, who)
                assert sets.node[who] == smallest.node, (seed, who)
                if least.days is not None:
                    assert run.day[list(least.days), who].tolist() == list(least.days.values())
                none += least.days is None
    assert none


@pytest.mark.parametrize("seeds", groups(), ids=str)
def test_what_one_change_frees_is_the_least_schedule_without_it(seeds: range) -> None:
    freed = 0
    for seed in seeds:
        found = solved(seed)
        dead = np.flatnonzero(~found.answer.possible.alive)
        if not len(dead):
            continue
        cases = CaseBuilder(found.problem, dead, cautious=False).cases
        case, item = smallest_conflicts(cases).pairs(cases)
        days = freed_days(cases, case, item)
        for place, (who, which) in enumerate(zip(case.tolist(), item.tolist(), strict=True)):
            plain = Plain(cases, who)
            least = plain.least(plain.items() - {which}).days
            told = dict.fromkeys(plain.nodes, -1) if least is None else least
            assert days[plain.nodes, place].tolist() == list(told.values()), (seed, who)
            freed += least is not None
    assert freed


def test_an_asked_day_is_explained_as_in_the_slow_way() -> None:
    chains = 0
    for seed in SEEDS[:8]:
        found = solved(seed)
        members = CaseBuilder(found.problem, np.array([0]), cautious=True).cases.members[:, 0]
        for node in np.flatnonzero(members).tolist():
            for day in range(found.problem.first, found.problem.last + 1, 9):
                builder = CaseBuilder(
                    found.problem, np.array([0]), True, asked=(np.array([node]), np.array([day]))
                )
                asked = builder.items.asked
                kept = smallest_conflicts(builder.cases, asked).kept[:, 0]
                plain = Plain(builder.cases, 0).smallest(asked)
                assert set(np.flatnonzero(kept)) == plain.blame, (seed, node, day)
                chains += len(plain.blame) > 2
    assert chains


def test_many_days_are_explained_as_each_by_itself() -> None:
    reasons = 0
    for seed in SEEDS[:8]:
        found = solved(seed)
        problem, answer = found.problem, found.answer
        asked = [
            (who, node, day)
            for day in range(problem.first, problem.last + 1, 29)
            for who in range(len(problem.cohort))
            for node in range(len(problem.protocol.nodes))
        ]
        one_by_one = [explain(problem, answer, *each) for each in asked]
        assert list(explain_days(problem, answer, asked)) == one_by_one, seed
        reasons += sum(len(told.reasons) > 1 for told in one_by_one)
    assert reasons


@pytest.mark.parametrize("chunk", [1, 2])
def test_the_portions_do_not_matter(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in SEEDS[:8]:
        found = solved(seed)
        whole = table(found)
        monkeypatch.setattr(scheduler.tables.conflicts, "CHUNK", chunk)
        monkeypatch.setattr(scheduler.tables.conflicts, "OWN_CHUNK", chunk)
        pd.testing.assert_frame_equal(table(found), whole)
        monkeypatch.undo()


def test_a_participant_is_told_the_same_alone() -> None:
    told = 0
    for seed in SEEDS[:8]:
        case = generate(seed, WIDE if seed % 2 else Features(), people=5)
        found = solve_study(case.protocol, case.study, case.as_of, case.strict)
        for who, participant in enumerate(found.problem.cohort.ids.tolist()):
            one = case.alone(participant)
            alone = table(solve_study(one.protocol, one.study, one.as_of, one.strict))
            mine = table(found, [who])
            pd.testing.assert_frame_equal(
                alone.drop(columns="participant"), mine.drop(columns="participant")
            )
            told += len(mine)
    assert told
