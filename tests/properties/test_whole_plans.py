"""Every table of random plans: nothing raises, and the tables agree with each other."""

from pathlib import Path

import numpy as np
import pytest

from scheduler.core.cases import ALWAYS, Cases, Flags
from scheduler.core.clash import Run
from scheduler.core.reasons import all_items, smallest_conflicts
from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.reasons.builder import CaseBuilder
from scheduler.report.folder import table_bytes
from scheduler.study.reading import load_study
from tests.oracle.generate import Features, generate, write

SEEDS = range(5000, 5120)


def schedules(cases: Cases, kept: Flags) -> Flags:
    """Whether the one case has a schedule under each choice of items."""
    on = kept.copy()
    on[ALWAYS] = True
    return Run(cases, np.zeros(on.shape[1], np.int64), on).alive


def planned(seed: int, folder: Path) -> Plan:
    """The whole plan of a random case; every other one requires, counts and adds up too."""
    case = generate(seed, Features(wider=seed % 2 == 1))
    protocol, study = write(case, folder)
    return plan(load_protocol(protocol), load_study(study), case.as_of, strict=case.strict)


def groups(size: int = 20) -> list[range]:
    return [SEEDS[i : i + size] for i in range(0, len(SEEDS), size)]


@pytest.mark.parametrize("seeds", groups(), ids=str)
def test_tables_agree_with_each_other(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        made = planned(seed, tmp_path / str(seed))
        for table in made.written().values():
            assert table_bytes(table)
        _days_of_the_schedule_are_in_windows(made)
        states = made.summary.set_index("participant")["state"].astype(str)
        explained = set(made.conflicts["participant"].astype(str))
        assert {p for p, state in states.items() if state == "no_schedule"} == explained, seed
        asked = set(made.queries["participant"].astype(str))
        assert {p for p, state in states.items() if state == "undetermined"} <= asked, seed


def _days_of_the_schedule_are_in_windows(made: Plan) -> None:
    """Planned days are days that a node may take; a booked one stands, whatever is said of it."""
    dated = made.schedule[made.schedule["status"].isin(["planned", "booked"])]
    standing = (dated["status"] == "booked") & (dated["certainty"] != "permitted")
    days = dated[~standing]
    for row in days.itertuples():
        node = made.protocol.nodes[made.protocol.index[str(row.milestone)]]
        if not (node.milestone or node.windowed):
            continue
        windows = made.windows[
            (made.windows["participant"] == row.participant)
            & (made.windows["milestone"] == row.milestone)
            & (made.windows["first"] <= row.date)
            & (made.windows["last"] >= row.date)
        ]
        assert len(windows) == 1, row
        if row.certainty == "permitted":
            assert windows["certainty"].tolist() == ["permitted"], row


@pytest.mark.parametrize("seeds", groups(), ids=str)
def test_reasons_agree_with_the_engine_and_are_smallest(seeds: range, tmp_path: Path) -> None:
    """The propagation behind the reasons finds the engine's least schedule, or its absence."""
    conflicts = 0
    for seed in seeds:
        made = planned(seed, tmp_path / str(seed))
        part = made.parts[0]
        for worst, domains in ((True, part.answer.permitted), (False, part.answer.possible)):
            builder = CaseBuilder(part.problem, np.array([0]), worst)
            cases = builder.cases
            run = Run(cases, np.array([0]), all_items(cases, 1))
            assert run.alive[0] == domains.alive[0], seed
            if run.alive[0]:
                first = builder.line.first
                for node in np.flatnonzero(cases.members[:, 0]).tolist():
                    found = domains.days[node]
                    assert first + run.day[node, 0] == found.first[found.at[0]], seed
                continue
            conflicts += 1
            kept = smallest_conflicts(cases).kept
            assert not schedules(cases, kept).any(), seed
            members = np.flatnonzero(kept[:, 0])
            fewer = np.repeat(kept, len(members), axis=1)
            fewer[members, np.arange(len(members))] = False
            assert schedules(cases, fewer).all(), seed
    assert conflicts


def test_every_blocked_day_of_a_required_node_has_a_reason(tmp_path: Path) -> None:
    for seed in SEEDS[:40]:
        made = planned(seed, tmp_path / str(seed))
        problem = made.parts[0].problem
        open_nodes = [
            n for n in made.protocol.nodes if n.required and problem.timeline.state[0, n.index] == 0
        ]
        for node in open_nodes:
            for day in range(problem.first, problem.last + 1, 7):
                explanation = made.explain(
                    made.participants[0], node.name, str(np.datetime64(day, "D"))
                )
                if explanation.verdict != "permitted":
                    assert explanation.reasons, (seed, node.name, day)
