"""What turns each form of rule into forbidden spans, looked up by form.

Source: docs/semantics.md, section 3.
"""

from collections.abc import Callable, Iterable
from typing import Protocol as Shape

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.protocol import Protocol, Rule, RuleForm
from scheduler.rules.ages import AgeMaker
from scheduler.rules.counting import Counting
from scheduler.rules.enough import some, stretches, totals
from scheduler.rules.expiring import ExpiringMaker
from scheduler.rules.from_until import PairMaker
from scheduler.rules.one_node import OneNodeMaker
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import Spans
from scheduler.rules.together import Combine, TogetherMaker


class SpanMaker(Shape):
    """Turns the rules of some forms into spans, for a whole cohort at once."""

    def spans(self, number: int, rule: Rule) -> Spans:
        """What a rule (by its place in the protocol) forbids."""

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """Strict: what a rule leaves open for participants of whose events nobody told."""


_COMBINES: dict[RuleForm, Combine] = {
    RuleForm.COVERING: stretches,
    RuleForm.SOME_WITHIN: some,
    RuleForm.SOME_CLEAR: some,
    RuleForm.SOME_EVER: some,
    RuleForm.SOME_AT: some,
    RuleForm.SINCE: some,
    RuleForm.COUNT: some,
    RuleForm.COUNT_EVER: some,
    RuleForm.TOTAL: totals,
    RuleForm.TOTAL_EVER: totals,
}


def joint_makers(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, counting: Counting,
    settled: Flags | None = None,
) -> dict[RuleForm, TogetherMaker]:  # fmt: skip
    """The makers of the forms that weigh exposures together (`settled`: see there)."""
    about = protocol, cohort, timeline, counting
    return {form: TogetherMaker(*about, combine, settled) for form, combine in _COMBINES.items()}


_MAKERS: dict[RuleForm, Callable[[Protocol, Cohort, Recorded, Counting], SpanMaker]] = {
    RuleForm.BEFORE: OneNodeMaker,
    RuleForm.AFTER: OneNodeMaker,
    RuleForm.AT: OneNodeMaker,
    RuleForm.EVER: OneNodeMaker,
    RuleForm.FROM_UNTIL: PairMaker,
    RuleForm.AGE: lambda protocol, cohort, _, counting: AgeMaker(protocol, cohort, counting),
    RuleForm.AROUND: OneNodeMaker,
    RuleForm.TEST: lambda protocol, cohort, timeline, counting: ExpiringMaker(
        TogetherMaker(protocol, cohort, timeline, counting, some)
    ),
}


def makers(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, counting: Counting | None = None,
    forms: Iterable[RuleForm] = tuple(RuleForm),
) -> dict[RuleForm, SpanMaker]:  # fmt: skip
    """The makers of all forms, or of some."""
    about = protocol, cohort, timeline, counting or Counting(protocol, cohort)
    return {
        form: TogetherMaker(*about, _COMBINES[form]) if form in _COMBINES else _MAKERS[form](*about)
        for form in forms
    }
