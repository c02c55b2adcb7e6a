"""What turns each form of rule into forbidden spans, looked up by form.

Source: docs/semantics.md, section 3.
"""

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


def makers(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, counting: Counting | None = None
) -> dict[RuleForm, SpanMaker]:
    """The maker of every form."""
    counting = counting or Counting(protocol, cohort)
    one_node = OneNodeMaker(protocol, cohort, timeline, counting)
    together = joint_makers(protocol, cohort, timeline, counting)
    return {
        RuleForm.BEFORE: one_node,
        RuleForm.AFTER: one_node,
        RuleForm.AT: one_node,
        RuleForm.EVER: one_node,
        RuleForm.FROM_UNTIL: PairMaker(protocol, cohort, timeline, counting),
        RuleForm.AGE: AgeMaker(protocol, cohort, counting),
        RuleForm.AROUND: one_node,
        **together,
        RuleForm.TEST: ExpiringMaker(together[RuleForm.COUNT]),
    }
