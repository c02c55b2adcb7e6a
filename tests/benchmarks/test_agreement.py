"""The rivals of the benchmark answer the same question, so far as they can."""

from typing import Any

import pytest

import scheduler
from benchmarks import ours, rivals
from benchmarks.agree import against_oracle
from benchmarks.design import DESIGNS
from benchmarks.people import frames
from benchmarks.stream import Disagreement

WHOLE_DAYS = ("anchored", "screening")
NOT_HERE = "not installed: the extra `benchmarks` brings it"


@pytest.mark.parametrize("name", DESIGNS)
def test_cp_sat_finds_the_same_days(name: str) -> None:
    pytest.importorskip("ortools", reason=f"ortools is {NOT_HERE}")
    found = rivals.cp_sat(DESIGNS[name], 5, limit=60)
    assert found.participants == 5 and found.exact == "exact"


def test_cp_sat_is_held_to_those_whose_dates_are_all_recorded() -> None:
    pytest.importorskip("ortools", reason=f"ortools is {NOT_HERE}")
    found = rivals.cp_sat(DESIGNS["real_life"], 40, limit=60)
    assert found.participants == 40, "P-0000026 has a milestone that nobody recorded"
    assert "exact for the" in found.note


@pytest.mark.parametrize("name", DESIGNS)
def test_the_plain_loop_misses_no_permitted_day(name: str) -> None:
    found = rivals.pendulum_loop(DESIGNS[name], 10, limit=60)
    assert found.participants == 10
    assert found.exact.endswith("of 10")


def test_the_plain_loop_keeps_days_that_no_schedule_uses() -> None:
    found = rivals.pendulum_loop(DESIGNS["anchored"], 8, limit=60).exact
    assert found.startswith("too many days for ") and not found.startswith("too many days for 0")


@pytest.mark.parametrize("name", WHOLE_DAYS)
def test_pandas_misses_no_permitted_day(name: str) -> None:
    found = rivals.pandas_merge(DESIGNS[name], 20)
    assert found is not None and found.participants == 20


def test_pandas_and_the_loop_keep_the_same_days() -> None:
    from benchmarks.pandas_merge import Merge
    from benchmarks.plain_loop import Loop, persons

    given = frames(DESIGNS["anchored"], 0, 5)
    merged = ours.days_of(Merge(DESIGNS["anchored"]).windows(given))
    loop = Loop(DESIGNS["anchored"])
    for person in persons(given):
        days = loop.windows(person)
        plain = {node: {d.toordinal() for d in found} for node, found in days.items() if found}
        assert merged.get(person.row["participant"], {}) == plain


@pytest.mark.parametrize("name", WHOLE_DAYS)
def test_duckdb_finds_the_same_first_clear_days(name: str) -> None:
    pytest.importorskip("duckdb", reason=f"duckdb is {NOT_HERE}")
    from benchmarks.duckdb_simple import Simple

    given = frames(DESIGNS[name], 0, 200)
    found = _by_rule(Simple(DESIGNS[name], 1).first_clear_days(given))
    study = scheduler.load_study(given)
    plan = scheduler.plan(ours.protocol_of(name), study, DESIGNS[name].as_of)
    wanted = _by_rule(plan.blocked)
    assert len(wanted) > 1_000
    assert found == wanted


def _by_rule(frame: Any) -> dict[tuple[str, str], str]:
    keys = [frame[column].astype(str) for column in ("participant", "rule")]
    last = frame["clear_from"].groupby(keys).max()
    return {key: f"{day:%Y-%m-%d}" for key, day in last.items()}


def test_the_oracle_finds_the_same_days() -> None:
    assert against_oracle(DESIGNS["real_life"], most=2, among=30) == 2


def test_a_day_too_many_or_too_few_is_told() -> None:
    right = {"P": {"infusion": {1, 2}}}
    rivals.same_days(right, {"P": {"infusion": {2, 1}}}, "same")
    with pytest.raises(Disagreement, match="other: P differs in infusion"):
        rivals.same_days(right, {"P": {"infusion": {1}}}, "other")
    with pytest.raises(Disagreement, match="other: P differs in infusion"):
        rivals.same_days(right, {}, "other")
    assert rivals.surplus(right, {"P": {"infusion": {1, 2, 3}}}) == 1
    assert rivals.surplus(right, right) == 0
    assert rivals.surplus({}, {"Q": {"infusion": {3}}}) == 1
    with pytest.raises(Disagreement, match="misses permitted days: P infusion"):
        rivals.surplus(right, {"P": {"infusion": {1, 3}}})
