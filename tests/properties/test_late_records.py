"""What must hold while records are late: docs/semantics.md, section 5.

Cases are drawn from seeds; WASHOUT_CASES and WASHOUT_SEED as in test_oracle_agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduler.days import FAR, date_of
from scheduler.reasons.explaining import explain
from scheduler.rules.missing_days import missing_nodes
from tests.oracle.generate import Case, Features, generate
from tests.properties.harness import Found, Solved, solve_case
from tests.properties.test_oracle_agrees import LATE, LAW, WIDE, seeds

Entered = tuple[Case, str, Found, Found]  # a case, what was entered, without it and with it


def lacking(solved: Solved) -> Iterator[tuple[str, date, date]]:
    """The nodes of the first participant that lack their record, and when they may have been."""
    timeline = solved.problem.timeline
    missing = missing_nodes(solved.protocol, timeline)
    for node in solved.protocol.nodes:
        if missing[0, node.index] and timeline.earliest[0, node.index] < FAR:
            first, last = (int(d[0, node.index]) for d in (timeline.earliest, timeline.latest))
            yield node.name, date_of(first), min(date_of(last), date_of(solved.problem.as_of))


def with_row(case: Case, node: str, day: date, status: str = "done") -> Case:
    """The case with one more row in the table of dates."""
    row = {"participant": case.participant, "milestone": node, "date": str(day), "status": status}
    return replace(case, study={**case.study, "dates": [*case.study["dates"], row]})


def entered(features: Features, count: int, offset: int) -> Iterator[Entered]:
    """Cases with a missing date entered that was possible, where nothing else changes its state.

    (A date may turn an overdue visit that hangs off it into one that is still to come, and so
    into a new appointment that everything else must keep to.)
    """
    for seed in seeds(count, offset):
        case = generate(seed, features)
        solved = solve_case(case)
        before = solved.of(case.participant)
        for node, first, last in lacking(solved):
            middle = first + timedelta(days=(last - first).days // 2)
            for day in sorted({first, middle, last}) if first <= last else ():
                after = solve_case(with_row(case, node, day)).of(case.participant)
                rest = {n: s for n, s in before.statuses.items() if n != node}
                if {n: s for n, s in after.statuses.items() if n != node} == rest:
                    yield case, f"{node} {day}", before, after


@pytest.mark.parametrize("features", [LATE, LAW], ids=["days only", "everything"])
def test_entering_a_date_that_was_possible_removes_no_permitted_day(features: Features) -> None:
    count = 0
    for case, what, before, after in entered(features, 40, 60_000):
        count += 1
        for node in before.domains.keys() & after.domains.keys():
            gone = sure(before, node) - sure(after, node)
            assert not gone, (case.seed, what, node, sorted(gone)[:3])
    assert count


@pytest.mark.parametrize("features", [LATE, LAW], ids=["days only", "everything"])
def test_a_day_that_is_possible_once_a_date_is_entered_was_possible_before(
    features: Features,
) -> None:
    """So late data entry empties no plan: what the date leaves stays undetermined without it."""
    count = 0
    for case, what, before, after in entered(features, 40, 61_000):
        count += 1
        for node in before.domains.keys() & after.domains.keys():
            new = after.domains[node].keys() - before.domains[node].keys()
            assert not new, (case.seed, what, node, sorted(new)[:3])
        if before.state == "no_schedule":
            assert after.state in ("no_schedule", "complete"), (case.seed, what)
    assert count


def test_recording_a_visit_as_missed_removes_no_permitted_day_of_what_it_bounds() -> None:
    """Of nodes that do not hang off it: those count from its target day from then on."""
    for seed in seeds(60, 62_000):
        case = generate(seed, LATE)
        solved = solve_case(case)
        before = solved.of(case.participant)
        for node, _, _ in lacking(solved):
            if before.statuses[node] != "overdue":
                continue
            after = solve_case(with_row(case, node, case.as_of, "missed")).of(case.participant)
            rest = {n: s for n, s in before.statuses.items() if n != node}
            alone = not any(v.get("after", v.get("before")) == node for v in visits(case))
            if alone and {n: s for n, s in after.statuses.items() if n != node} == rest:
                for other in before.domains:
                    assert sure(before, other) <= sure(after, other), (seed, node, other)


def visits(case: Case) -> list[dict[str, Any]]:
    """The visits of a case's protocol."""
    found: list[dict[str, Any]] = case.protocol.get("visits", [])
    return found


def test_passed_targets_of_visits_without_a_window_do_not_drift() -> None:
    """One day later nothing that counts from such a target has moved, as long as nothing ends."""
    for seed in seeds(60, 63_000):
        case = generate(seed, replace(WIDE, late=True, bookings=False, many_bookings=False))
        today = solve_case(case).of(case.participant)
        after = replace(case, as_of=case.as_of + timedelta(days=1))
        tomorrow = solve_case(after).of(case.participant)
        for visit in visits(case):
            name = str(visit["id"])
            if visit["window"] != "unknown" or "repeat" in visit:
                continue
            if today.statuses[name] == "overdue":
                assert tomorrow.statuses[name] == "overdue", (seed, name)
                assert name not in today.schedule and name not in tomorrow.schedule


def sure(found: Found, node: str) -> set[date]:
    """The permitted days of a node."""
    return {day for day, certainty in found.domains[node].items() if certainty == "permitted"}


def test_around_passed_targets_schedule_explain_and_windows_agree() -> None:
    """Of every kind of node: no plan for what is over, and a word about every day that is out."""
    for seed in seeds(25, 64_000):
        case = generate(seed, LATE)
        solved = solve_case(case)
        found, day = solved.of(case.participant), solved.problem.as_of
        for node in solved.protocol.nodes:
            status, name = found.statuses[node.name], node.name
            if status not in ("open", "unrecorded"):
                assert not found.domains.get(name), (seed, name)
            if status != "open":
                assert name not in found.schedule or name in found.domains, (seed, name)
            told = explain(solved.problem, solved.answer, 0, node.index, day)
            if name in found.domains:
                days = found.domains[name].get(case.as_of, "blocked")
                assert told.verdict == days, (seed, name)
            if told.verdict != "permitted" and (node.milestone or node.windowed):
                assert told.reasons or told.remarks, (seed, name, status)
            if status == "overdue":
                assert told.remarks, (seed, name)
