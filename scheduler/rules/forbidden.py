"""Rules x exposures: the days that each exposure forbids, certainly and possibly.

Source: docs/semantics.md, section 3.
"""

import numpy as np

from scheduler.binding.cohort import Cohort
from scheduler.protocol import Protocol
from scheduler.rules.conditions import Applies, applies
from scheduler.rules.counting import Counting, not_recorded
from scheduler.rules.forms import makers
from scheduler.rules.from_until import PairMaker
from scheduler.rules.in_days import day_spans
from scheduler.rules.in_hours import ENDLESS, clear_instants
from scheduler.rules.one_node import OneNodeMaker, plain_rules
from scheduler.rules.recorded import Recorded
from scheduler.rules.spans import NO_EXPOSURE, Spans, by_rule, join_spans, no_spans, real_spans

__all__ = [
    "ENDLESS",
    "NO_EXPOSURE",
    "Spans",
    "clear_instants",
    "closed_pairs",
    "compute_spans",
    "day_spans",
    "join_spans",
    "not_recorded",
]


def compute_spans(
    protocol: Protocol, cohort: Cohort, timeline: Recorded, strict: bool = False
) -> Spans:
    """The days that every rule forbids to every participant, by exposure.

    With `strict` a rule none of whose events has a row leaves every day undetermined.
    """
    rules, counting = protocol.rules, Counting(protocol, cohort)
    plain, others = protocol.made(plain_rules)
    one_node = OneNodeMaker(protocol, cohort, timeline, counting)
    asked = rules if strict else [rules[number] for number in others]
    known = makers(protocol, cohort, timeline, counting, {rule.form for rule in asked})
    apart = [known[rules[number].form].spans(number, rules[number]) for number in others]
    parts = [by_rule(one_node.at_once(plain), apart)]
    for number, rule in enumerate(rules if strict else ()):
        silent = not_recorded(protocol, cohort, rule)
        silent &= applies(rule.only, cohort.attributes, len(cohort)) != Applies.NO
        parts.append(known[rule.form].silence(number, rule, np.flatnonzero(silent)))
    return real_spans(join_spans(parts))


def closed_pairs(protocol: Protocol, cohort: Cohort, timeline: Recorded) -> Spans:
    """from..until rules whose two ends are done or fixed: never a constraint, maybe a deviation.

    `first..last` is the done day of `node` where the pair is possibly forbidden, and
    `sure_first..sure_last` where it certainly is.
    """
    maker = PairMaker(protocol, cohort, timeline, Counting(protocol, cohort))
    parts = [
        maker.closed_pairs(number, rule)
        for number, rule in enumerate(protocol.rules)
        if rule.traits.pair
    ]
    return join_spans([*parts, no_spans()])
