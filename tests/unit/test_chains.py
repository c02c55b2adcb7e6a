"""Chains of visits, each after the one before: work grows with their length, never with its square."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

import scheduler
from benchmarks.chains import SHAPES, protocol_text
from scheduler.core.least import LeastSchedules
from scheduler.planning.plans import Plan
from scheduler.protocol.reading import parse_protocol

AS_OF = date(2026, 3, 1)


def _plan(text: str, dates: list[tuple[str, ...]]) -> Plan:
    protocol, faults = parse_protocol(text, "chain.yaml")
    assert protocol is not None, [str(fault) for fault in faults]
    frames = {
        "participants": pd.DataFrame({"participant": ["P-001", "P-002"]}),
        "dates": pd.DataFrame(dates, columns=["participant", "milestone", "date", "status"]),
    }
    return scheduler.plan(protocol, scheduler.load_study(frames), as_of=AS_OF)


CONSENT = ("P-001", "consent", "2026-02-10", "done")


def test_a_chain_longer_than_python_recurses_is_planned() -> None:
    text = protocol_text("windowed", 1200).replace("7 days", "1 days").replace("2 days", "0 days")
    plan = _plan(text.replace("closes: 2051", "closes: 2030"), [CONSENT])
    schedule = plan.schedule[plan.schedule["participant"] == "P-001"].set_index("milestone")
    infusion, last = (schedule.loc[node, "date"] for node in ("infusion", "v1200"))
    assert (pd.Timestamp(last) - pd.Timestamp(infusion)).days == 1200


@pytest.mark.parametrize("shape", SHAPES)
def test_links_are_those_that_somebody_has(shape: str) -> None:
    missed = [("P-002", f"v{i}", "2026-02-20", "missed") for i in range(1, 12)]
    problem = _plan(protocol_text(shape, 20), [CONSENT, *missed]).parts[0].problem
    carried = [link for link in problem.links if link.through]
    assert len(problem.links) <= 3 * 20
    for link in carried:
        who = problem.timeline.base[:, link.through[-1].index] == link.start
        assert who.any()


def _raised(visits: int, monkeypatch: pytest.MonkeyPatch) -> int:
    calls: list[int] = []
    real = LeastSchedules._raise

    def counted(*given: Any) -> Any:
        calls.append(1)
        return real(*given)

    monkeypatch.setattr(LeastSchedules, "_raise", counted)
    assert len(_plan(protocol_text("windowed", visits), [CONSENT]).schedule)
    monkeypatch.undo()
    return len(calls)


def test_choosing_days_raises_each_block_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = _raised(15, monkeypatch), _raised(60, monkeypatch)
    assert 0 < long < 5 * short


def test_the_same_chain_in_any_order_of_the_file() -> None:
    text = protocol_text("windowed", 12)
    top, visits = text.split("visits:\n")
    turned = top + "visits:\n" + "".join(reversed(visits.splitlines(keepends=True)))
    plans = [_plan(one, [CONSENT]).schedule for one in (text, turned)]
    first, second = (
        sorted(plan[["participant", "milestone", "date"]].astype(str).itertuples(index=False))
        for plan in plans
    )
    assert first == second and len(first) > 20
