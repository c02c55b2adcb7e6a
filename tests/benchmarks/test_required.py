"""The measurement of rules that require measures what it says."""

import pytest

from benchmarks.required import AS_OF, KINDS, bound, protocol_of, study_of
from scheduler.days import day_of
from scheduler.engine import answer, build_problem
from scheduler.protocol import RuleForm


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_planned_and_forbids_somebody_something(kind: str) -> None:
    protocol = protocol_of(kind)
    cohort = bound(study_of(400), protocol)
    problem = build_problem(protocol, cohort, day_of(AS_OF))
    assert len(cohort) == 400
    assert set(problem.spans.rule.tolist()) == set(range(len(KINDS[kind])))
    assert answer(problem).permitted.alive.any()


def test_the_kinds_hold_the_forms_that_they_name() -> None:
    forms = {kind: {rule.form for rule in protocol_of(kind).rules} for kind in KINDS}
    assert forms["covering"] == {RuleForm.COVERING}
    assert forms["count"] == {RuleForm.COUNT}
    assert forms["total"] == {RuleForm.TOTAL}
    assert forms["require"] == {RuleForm.SOME_WITHIN, RuleForm.SINCE, RuleForm.SOME_CLEAR}
