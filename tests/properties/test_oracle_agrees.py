"""The engine against the slow, obvious oracle, and what must hold of any answer.

Every case is drawn from a seed, so a red one is red everywhere. WASHOUT_CASES multiplies the
numbers for long runs (WASHOUT_CASES=20), WASHOUT_SEED moves the first seed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduler.core.dayset import Runs, minus
from scheduler.days.clocks import zone
from scheduler.engine import Pass
from scheduler.engine.domains import solve_pass
from tests.oracle.generate import Case, Features, generate
from tests.properties.harness import differences, solve_case

TIMES = float(os.environ.get("WASHOUT_CASES", "1"))
SEED = int(os.environ.get("WASHOUT_SEED", "0"))
WIDE = Features(
    many_bookings=True, chains=True, bound_unknown=True, pairs=True, max_horizon=90
)  # everything at once
WIDER = Features(wider=True)  # rules that require, count and add up beside those that forbid
LAW = Features(late=True, many_bookings=True, chains=True, bound_unknown=True, max_horizon=50)
BIRTHS = Features(births=True)  # gaps and visits that count from a birth
NEWER = Features(newer=True)  # tests that expire, working days, usual intervals
LATE = Features(late=True, hours=False, bound_unknown=True, gaps_on_visits=True)
PLAIN = Features(hours=False, clock_changes=False, only_blanks=False, bookings=False)


def seeds(count: int, offset: int = 0) -> range:
    return range(SEED + offset, SEED + offset + max(1, round(count * TIMES)))


@pytest.mark.parametrize(
    ("features", "count", "people"),
    [
        pytest.param(Features(), 50, 6, id="everything, six at once"),
        pytest.param(Features(), 80, 1, id="everything, alone"),
        pytest.param(WIDE, 35, 3, id="chains, pairs and bookings, three at once"),
        pytest.param(WIDE, 50, 1, id="chains, pairs and bookings, alone"),
        pytest.param(LAW, 40, 3, id="records late and missing, three at once"),
        pytest.param(LATE, 60, 1, id="records late and missing, days only"),
        pytest.param(PLAIN, 40, 6, id="days only"),
        pytest.param(WIDER, 60, 3, id="rules that require, three at once"),
        pytest.param(replace(WIDER, hours=False, max_horizon=90), 50, 1, id="require, days only"),
        pytest.param(replace(WIDE, wider=True), 40, 2, id="require, chains, pairs and bookings"),
        pytest.param(replace(WIDER, strict=1.0), 15, 3, id="require, strict"),
        pytest.param(Features(strict=1.0), 25, 4, id="strict"),
        pytest.param(replace(WIDE, recorded=False), 20, 3, id="nothing recorded"),
        pytest.param(Features(max_horizon=150), 15, 3, id="long studies"),
        pytest.param(BIRTHS, 40, 3, id="births, three at once"),
        pytest.param(replace(LATE, births=True), 30, 2, id="births, records late and missing"),
        pytest.param(
            replace(WIDE, newer=True, wider=True, births=True), 20, 2, id="births, all at once"
        ),
        pytest.param(NEWER, 50, 2, id="tests, working days"),
        pytest.param(replace(WIDE, newer=True, wider=True), 30, 2, id="tests, all at once"),
        pytest.param(replace(LAW, newer=True), 30, 2, id="tests, records late and missing"),
    ],
)
def test_the_engine_says_what_the_oracle_says(features: Features, count: int, people: int) -> None:
    for seed in seeds(count):
        assert differences(generate(seed, features, people)) == []


def drawn(count: int, offset: int, people: int = 3) -> Iterator[Case]:
    for seed in seeds(count, offset):
        yield generate(seed, {0: WIDE, 1: NEWER}.get(seed % 3), people)


def everything(case: Case) -> dict[str, Any]:
    solved = solve_case(case)
    return {name: solved.of(name) for name in case.participants}


def test_many_in_one_study_are_answered_like_each_alone() -> None:
    for case in drawn(20, 50_000, people=5):
        together = everything(case)
        for name in case.participants:
            assert everything(case.alone(name))[name] == together[name], (case.seed, name)


def test_the_order_of_rows_changes_nothing() -> None:
    for case in drawn(30, 51_000):
        tables = ("participants", "history", "dates", "decisions")
        turned = {name: list(reversed(case.study[name])) for name in tables}
        other = replace(case, study={**case.study, **turned})
        assert everything(other) == everything(case), case.seed


def test_the_time_zone_of_the_machine_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {case.seed: everything(case) for case in drawn(12, 52_000)}
    try:
        for name in ("Pacific/Kiritimati", "America/St_Johns"):
            monkeypatch.setenv("TZ", name)
            time.tzset()
            zone.cache_clear()
            for case in drawn(12, 52_000):
                assert everything(case) == before[case.seed], (case.seed, name)
    finally:
        monkeypatch.undo()
        time.tzset()
        zone.cache_clear()


def test_one_more_exposure_never_adds_a_day() -> None:
    for case in drawn(40, 53_000, people=1):
        if case.strict or "events" not in case.protocol:
            continue  # a first row answers a question that strict counts as open
        solved = everything(case)[case.participant]
        event = sorted(case.protocol["events"])[case.seed % len(case.protocol["events"])]
        start = case.protocol["study"]["opens"] + timedelta(days=case.seed % 23)
        row = {"participant": case.participant, "event": event, "start": str(start), "end": ""}
        taken = {(r["event"], r["start"]) for r in case.study["history"]}
        if (event, str(start)) in taken:
            continue
        more = {**case.study, "history": [*case.study["history"], row]}
        after = everything(replace(case, study=more))[case.participant]
        for node, days in after.domains.items():
            old = solved.domains[node]
            assert days.keys() <= old.keys(), (case.seed, node)
            assert _permitted(days) <= _permitted(old), (case.seed, node)


def test_one_more_exposure_never_takes_a_day_from_a_rule_that_requires() -> None:
    """And never gives one where rules forbid: each rule of a kind by itself, old rows kept."""
    looked_at = {True: 0, False: 0}
    for seed in seeds(120, 57_000):
        case = generate(seed, WIDER, 1)
        rules = [rule for rule in case.protocol.get("rules", []) if "age" not in rule]
        for needs in (True, False):
            some = [rule for rule in rules if _needs(rule) is needs and "judgement" not in rule]
            case_of = replace(case, protocol={**case.protocol, "rules": some}, strict=False)
            events = sorted({event for rule in some for event in _named(rule)})
            if not events:
                continue
            row = _another(case, events[seed % len(events)])
            history = [r for r in case.study["history"] if r["event"] in events]
            before = _days_with(case_of, history, events)
            after = _days_with(case_of, [*history, row], events)
            for node, days in after.items():
                less, more = (before[node], days) if needs else (days, before[node])
                assert _permitted(less) <= _permitted(more), (seed, node, some)
                looked_at[needs] += before[node] != days
    assert min(looked_at.values()) > 5, looked_at


def _needs(rule: dict[str, Any]) -> bool:
    return "require" in rule or "at_least" in (rule.get("count") or rule.get("total") or {})


def _named(rule: dict[str, Any]) -> list[str]:
    amount = rule.get("count") or rule.get("total") or {}
    named = rule.get("forbid") or rule.get("require") or amount["of"]
    return named if isinstance(named, list) else [named]


def _another(case: Case, event: str) -> dict[str, str]:
    start = case.as_of + timedelta(days=case.seed % 31 - 12)
    return {"participant": case.participant, "event": event, "start": str(start), "end": str(start)}


def _days_with(case: Case, history: list[dict[str, str]], events: list[str]) -> Any:
    told = {name: raw for name, raw in case.protocol["events"].items() if name in events}
    study = {**case.study, "history": history, "decisions": [], "dates": []}
    protocol = {**case.protocol, "events": told}
    return everything(replace(case, protocol=protocol, study=study))[case.participant].domains


def test_one_more_done_test_never_takes_a_day() -> None:
    gained = 0
    for seed in seeds(40, 58_000):
        case = generate(seed, replace(PLAIN, newer=True), 1)
        tests = [
            {key: value for key, value in test.items() if key != "not_before"}
            for test in case.protocol.get("tests", [])
        ]
        if not tests:
            continue
        row = {"participant": case.participant, "milestone": tests[0]["id"], "status": "done"}
        old = case.study["dates"]
        new = [*old, {**row, "date": str(case.as_of - timedelta(days=seed % 3))}]
        protocol = {**case.protocol, "tests": [{**test, "repeatable": False} for test in tests]}
        before, after = (
            everything(replace(case, protocol=protocol, study={**case.study, "dates": dates}))[
                case.participant
            ].domains
            for dates in (old, new)
        )
        for node, days in before.items():
            assert days.keys() <= after[node].keys(), (seed, node)
            assert _permitted(days) <= _permitted(after[node]), (seed, node)
            gained += days != after[node]
    assert gained > 5, gained


def test_the_day_of_a_birth_takes_no_permitted_day_and_gives_no_impossible_one() -> None:
    """Of a birth known to the month: each of its days permits what all of them do, and no more."""
    gained = 0
    for seed in seeds(60, 59_000):
        case = generate(seed, replace(BIRTHS, only_blanks=False, left=False), 1)
        milestones = case.protocol["milestones"]
        gaps = [g for g in case.protocol.get("gaps", []) if g["from"] == "birth"]
        gaps = [gap for gap in gaps if gap["to"] in milestones]
        if not gaps:
            continue
        protocol = {
            key: case.protocol[key] for key in case.protocol if key not in ("rules", "visits")
        }
        protocol = {**protocol, "gaps": gaps, "events": {}}
        born = case.protocol["study"]["opens"] - timedelta(days=10 + seed % 40)
        domains = [
            _of_birth(replace(case, protocol=protocol), text)
            for text in (str(born)[:7], str(born), "")
        ]
        for node, days in domains[1].items():
            month, blank = domains[0][node], domains[2][node]
            assert _permitted(month) <= _permitted(days) and days.keys() <= month.keys(), (
                seed,
                node,
            )
            assert days.keys() <= blank.keys(), (seed, node)
            gained += month != days
            bound = any(gap["to"] == node for gap in gaps)
            assert not (bound and _permitted(blank)), (seed, node)  # a lacking date is no pass
    assert gained > 20, gained


def _of_birth(case: Case, text: str) -> Any:
    person = {**case.study["participants"][0], "birth_date": text}
    study = {**case.study, "participants": [person], "dates": [], "history": [], "decisions": []}
    return everything(replace(case, study=study))[case.participant].domains


def test_what_is_permitted_is_possible_and_strict_permits_no_more() -> None:
    for case in drawn(25, 54_000):
        solved, strict = (
            solve_case(replace(case, strict=False)),
            solve_case(replace(case, strict=True)),
        )
        second = solve_pass(Pass(solved.problem, cautious=False))
        assert not (solved.answer.permitted.alive & ~second.alive).any(), case.seed
        for node, runs in solved.answer.permitted.days.items():
            assert _inside(runs, second.days[node]), (case.seed, node)
            assert _inside(strict.answer.permitted.days[node], runs), (case.seed, node)


def _inside(some: Runs, all_of: Runs) -> bool:
    return len(minus(some, all_of).columns()[0]) == 0


def test_every_recommended_day_is_one_of_its_certainty() -> None:
    for case in drawn(30, 55_000):
        for name, found in everything(case).items():
            for node, (day, certainty) in found.schedule.items():
                if node in found.domains and certainty == "permitted":
                    assert found.domains[node].get(day) == "permitted", (case.seed, name, node)
                elif node in found.domains:
                    assert day in found.domains[node], (case.seed, name, node)


YEARS = 28  # the same weekdays, the same leap years


def _later(value: Any) -> Any:
    """Everything 28 years later."""
    if isinstance(value, dict):
        return {key: _later(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_later(inner) for inner in value]
    if isinstance(value, date):
        return value.replace(year=value.year + YEARS)
    if isinstance(value, str):
        return re.sub(r"\b(?:19|20)\d\d\b", lambda found: str(int(found[0]) + YEARS), value)
    return value


def test_everything_28_years_later_gives_the_same_days_28_years_later() -> None:
    for case in drawn(15, 56_000):
        other = replace(
            case, protocol=_later(case.protocol), study=_later(case.study), as_of=_later(case.as_of)
        )
        now, then = everything(case), everything(other)
        for name, found in now.items():
            assert then[name].statuses == found.statuses, case.seed
            assert then[name].state == found.state, case.seed
            days = {
                node: {_later(day): sure for day, sure in of.items()}
                for node, of in found.domains.items()
            }
            assert then[name].domains == days, (case.seed, name)
            chosen = {node: (_later(day), sure) for node, (day, sure) in found.schedule.items()}
            assert then[name].schedule == chosen, (case.seed, name)


def _permitted(days: dict[date, str]) -> set[date]:
    return {day for day, certainty in days.items() if certainty == "permitted"}
