"""What turns each form of rule into forbidden spans, looked up by form.

Source: docs/semantics.md, section 3.
"""

from typing import Protocol as Shape

from scheduler.arrays import Index
from scheduler.binding.cohort import Cohort
from scheduler.protocol import Protocol, Rule, RuleForm
from scheduler.rules.ages import AgeMaker
from scheduler.rules.counting import Counting
from scheduler.rules.from_until import PairMaker
from scheduler.rules.one_node import OneNodeMaker
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import Spans


class SpanMaker(Shape):
    """Turns the rules of some forms into spans, for a whole cohort at once."""

    def spans(self, number: int, rule: Rule) -> Spans:
        """What a rule (by its place in the protocol) forbids."""

    def silence(self, number: int, rule: Rule, who: Index) -> Spans:
        """Strict: what a rule leaves open for participants of whose events nobody told."""


def makers(protocol: Protocol, cohort: Cohort, timeline: Recorded) -> dict[RuleForm, SpanMaker]:
    """The maker of every form."""
    counting = Counting(protocol, cohort)
    one_node = OneNodeMaker(protocol, cohort, timeline, counting)
    return {
        RuleForm.BEFORE: one_node,
        RuleForm.AFTER: one_node,
        RuleForm.AT: one_node,
        RuleForm.EVER: one_node,
        RuleForm.FROM_UNTIL: PairMaker(protocol, cohort, timeline, counting),
        RuleForm.AGE: AgeMaker(protocol, cohort, counting),
    }
