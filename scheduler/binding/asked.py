"""How much was asked: of how many events that rules look at does history hold a row?

Source: docs/semantics.md, section 3 (what nobody asked).
"""

import numpy as np

from scheduler.arrays import Index, distinct_numbers
from scheduler.binding.cohort import Cohort
from scheduler.protocol import Protocol


def asked_events(cohort: Cohort, protocol: Protocol) -> tuple[Index, int]:
    """For each participant the number of events with a row (also `none`), and of all events.

    Only events that a rule forbids count: nobody needs to ask for another one.
    """
    ruled = {name for rule in protocol.rules for name in rule.events}
    pairs = cohort.asked_participant * max(len(protocol.events), 1) + cohort.asked_event
    people = distinct_numbers(pairs) // max(len(protocol.events), 1)
    return np.bincount(people, minlength=len(cohort)).astype(np.int64), len(ruled)
