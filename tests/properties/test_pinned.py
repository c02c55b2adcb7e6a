"""A what-if that keeps what was made without it is the problem that is built from the beginning."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from scheduler.days import FAR, day_of
from scheduler.engine import Problem, build_problem, pinned
from scheduler.planning.plans import plan
from scheduler.protocol.reading import load_protocol
from scheduler.rules.recorded import Recorded, State
from scheduler.rules.spans import Spans
from scheduler.study.reading import load_study
from tests.oracle.generate import Features, generate, write

SEEDS = range(9100, 9124)


def assert_same(one: Problem, other: Problem) -> None:
    for name in (field.name for field in fields(Recorded)):
        mine, theirs = getattr(one.timeline, name), getattr(other.timeline, name)
        if name != "zones":
            assert np.array_equal(mine, theirs), name
    for name in Spans.__slots__:
        assert np.array_equal(getattr(one.spans, name), getattr(other.spans, name)), name
    assert one.links == other.links
    assert (one.other is None) == (other.other is None)
    if one.other is not None and other.other is not None:
        assert_same(one.other, other.other)


@pytest.mark.parametrize("seeds", [SEEDS[i : i + 8] for i in range(0, len(SEEDS), 8)], ids=str)
def test_a_pinned_problem_is_the_one_built_anew(seeds: range, tmp_path: Path) -> None:
    told = ended = 0
    for seed in seeds:
        chance = np.random.default_rng(seed)
        case = generate(seed, Features(), people=4)
        protocol, study = write(case, tmp_path / str(seed))
        made = plan(load_protocol(protocol), load_study(study), case.as_of, strict=case.strict)
        for part in made.parts:
            problem = part.problem
            timeline = problem.timeline
            pins = np.full(timeline.state.shape, FAR, np.int64)
            some = (timeline.state == State.OPEN) & (chance.random(pins.shape) < 0.5)
            pins[some] = day_of(case.as_of) + chance.integers(0, 60, int(some.sum()))
            anew = build_problem(part.protocol, part.cohort, problem.as_of, part.strict, pins)
            first = pinned(problem, pins, part.strict)
            assert_same(first, anew)
            again = pins.copy()
            again[some] += chance.integers(0, 2, int(some.sum()))
            second = build_problem(part.protocol, part.cohort, problem.as_of, part.strict, again)
            assert_same(pinned(first, again, part.strict), second)
            told += int(some.sum())
            ended += int((some & (timeline.booked < FAR) & (timeline.booked != pins)).sum())
    assert told > 20 and ended > 0
