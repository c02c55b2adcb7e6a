"""Runs a generated case through the real engine and compares every answer with the oracle's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from scheduler.binding.study import bind
from scheduler.days import FAR, date_of, day_of
from scheduler.engine import Answer, Problem, answer, build_problem
from scheduler.protocol import Protocol
from scheduler.protocol.reading import parse_protocol
from scheduler.rules.recorded import State
from scheduler.schedule.recommending import Schedule, recommend
from scheduler.study.reading import read_study
from scheduler.tables.columns import NameColumns
from scheduler.tables.schedule import STATES, states
from tests.oracle import Oracle
from tests.oracle.generate import Case, dump

STATUS = {
    State.OPEN: "open", State.DONE: "done", State.MISSED: "missed", State.OVERDUE: "overdue",
    State.UNRECORDED: "unrecorded", State.AWAITING: "awaiting", State.ABSENT: "not applicable",
    State.CLOSED: "none",
}  # fmt: skip
HEADS = {
    "participants": ["participant"],
    "history": ["participant", "event", "start", "end"],
    "dates": ["participant", "milestone", "date", "status"],
    "decisions": ["participant", "rule", "decision", "date"],
}
Domains = dict[str, dict[date, str]]


@dataclass(frozen=True)
class Found:
    """All answers of the engine about one participant, in the oracle's terms."""

    statuses: dict[str, str]
    domains: Domains
    state: str
    schedule: dict[str, tuple[date, str]]


@dataclass(frozen=True)
class Solved:
    """A whole study, solved."""

    protocol: Protocol
    problem: Problem
    answer: Answer
    schedule: Schedule

    @property
    def names(self) -> NameColumns:
        """What makers of tables ask of a solved study beside the problem and its answer."""
        return NameColumns(self.protocol, self.problem.cohort)

    def of(self, participant: str) -> Found:
        """The answers about one participant."""
        row = self.problem.cohort.ids.tolist().index(participant)
        state = [State(int(s)) for s in self.problem.timeline.state[row]]
        hopeful = self.problem.hopeful.timeline.state[row]
        nodes = self.protocol.steps
        domains = {
            n.name: self._days(row, n.index)
            for n in nodes
            if (n.milestone or n.windowed) and State.OPEN in (state[n.index], hopeful[n.index])
        }
        certainty = "undetermined" if self.schedule.undetermined[row] else "permitted"
        chosen = {
            n.name: (date_of(int(self.schedule.day[row, n.index])), certainty)
            for n in nodes
            if state[n.index] is not State.DONE and self.schedule.day[row, n.index] < FAR
        }
        return Found(
            {n.name: STATUS[state[n.index]] for n in nodes},
            domains,
            STATES[int(states(self.problem, self.answer)[row])],
            chosen,
        )

    def _days(self, row: int, node: int) -> dict[date, str]:
        found = {}
        for certainty, runs in (
            ("permitted", self.answer.permitted.days[node]),
            ("undetermined", self.answer.undetermined[node]),
        ):
            _, first, last = runs.take(np.array([row])).columns()
            for a, b in zip(first.tolist(), last.tolist(), strict=True):
                found |= {date_of(day): certainty for day in range(a, b + 1)}
        return dict(sorted(found.items()))


def frames(study: Mapping[str, Any]) -> dict[str, object]:
    """The tables of a study as DataFrames, with its sites."""
    made: dict[str, object] = {}
    for table, head in HEADS.items():
        rows = study.get(table) or []
        columns = list(dict.fromkeys([*head, *(c for row in rows for c in row)]))
        made[table] = pd.DataFrame(
            [[row.get(column, "") for column in columns] for row in rows],
            columns=columns, dtype=object,
        )  # fmt: skip
    if study.get("sites") is not None:
        made["sites"] = study["sites"]
    return made


def read_protocol_text(text: str) -> Protocol:
    """The protocol of a text that must be without faults."""
    protocol, faults = parse_protocol(text, "protocol.yaml")
    assert protocol is not None, "; ".join(map(str, faults))
    return protocol


def solve_study(
    protocol: Mapping[str, Any] | str, study: Mapping[str, Any], as_of: Any, strict: bool = False
) -> Solved:
    """A protocol and a study's rows through the reader, the binder and the engine."""
    text = protocol if isinstance(protocol, str) else dump(protocol)
    model = read_protocol_text(text)
    tables, faults = read_study(frames(study))
    day = day_of(date.fromisoformat(as_of) if isinstance(as_of, str) else as_of)
    cohort, found = bind(tables, model, day)
    bad = [str(fault) for fault in (*faults, *found) if not fault.warning]
    assert cohort is not None and not bad, "; ".join(bad)
    problem = build_problem(model, cohort, day, strict)
    answers = answer(problem)
    return Solved(model, problem, answers, recommend(problem, answers))


def solve_case(case: Case) -> Solved:
    """A generated case through the engine."""
    return solve_study(case.protocol, case.study, case.as_of, case.strict)


def differences(case: Case, solved: Solved | None = None) -> list[str]:
    """Everything in which the engine and the oracle do not agree, as readable lines."""
    solved = solved or solve_case(case)
    return [
        f"seed {case.seed} {name}: {line}"
        for name in case.participants
        for line in _between(solved.of(name), case, name)
    ]


def _between(found: Found, case: Case, name: str) -> Iterator[str]:
    oracle = Oracle(case.protocol, case.study, name, case.as_of, strict=case.strict)
    wanted = {n: "open" if s == "booked" else s for n, s in oracle.statuses().items()}
    yield from _unlike("status", wanted, found.statuses)
    domains = oracle.domains()
    for node in sorted({*domains, *found.domains}):
        yield from _unlike(f"days of {node}", domains.get(node, {}), found.domains.get(node, {}))
    yield from _unlike("state", {"": oracle.state()}, {"": found.state})
    yield from _unlike("schedule", oracle.schedule(), found.schedule)


def _unlike(what: str, wanted: Mapping[Any, Any], found: Mapping[Any, Any]) -> Iterator[str]:
    keys = [k for k in {**wanted, **found} if wanted.get(k) != found.get(k)]
    if keys:
        told = [f"{k}: {_plain(wanted.get(k))} -> {_plain(found.get(k))}" for k in keys[:5]]
        yield f"{what}: oracle -> engine: " + ", ".join(told) + (" ..." if len(keys) > 5 else "")


def _plain(value: Any) -> str:
    return f"{value[0]} {value[1]}" if isinstance(value, tuple) else str(value)
