"""The numbers of visits for submissions: in the order of time, as the protocol plans it.

Source: SDTM Implementation Guide (VISITNUM: the order of the visits in planned time).
"""

from itertools import pairwise

from scheduler.days import Length, Offset
from scheduler.protocol.model import Protocol

_MONTH = 30.4375  # days, to put steps in order: no date is made with it
_MINUTES = 1440
_WORKING = 1.4  # days to a working day, likewise


def visit_numbers(protocol: Protocol) -> dict[str, int]:
    """The number of every milestone and visit by name, from 1: what is planned earlier is smaller.

    A milestone is planned after those before it in the file, and as early as the gaps' `min`
    allow; a visit on its target. Ties stand in the order of the file.
    """
    planned = _milestone_days(protocol)
    for index in protocol.anchors_first:
        node = protocol.nodes[index]
        if not node.milestone:
            planned[node.name] = planned[protocol.nodes[node.anchor].name] + _days(node.target)
    order = sorted(protocol.nodes, key=lambda node: (round(planned[node.name], 6), node.index))
    return {node.name: place for place, node in enumerate(order, 1)}


def _milestone_days(protocol: Protocol) -> dict[str, float]:
    names = [milestone.name for milestone in protocol.milestones]
    planned = dict.fromkeys(names, 0.0)
    for _ in names:  # the longest way through the gaps takes no more rounds than milestones
        for before, name in pairwise(names):
            planned[name] = max(planned[name], planned[before])
        for gap in protocol.gaps:
            place = [names.index(end) for end in (gap.start, gap.end) if end in planned]
            if gap.min is not None and len(place) == 2 and place[0] < place[1]:
                least = planned[gap.start] + _length(gap.min)
                planned[gap.end] = max(planned[gap.end], least)
    return planned


def _length(length: Length) -> float:
    return max(_days(term.offset) for term in length.terms)


def _days(step: Offset | None) -> float:
    if step is None:
        return 0.0
    days = step.days + step.working * _WORKING
    return step.months * _MONTH + days + step.minutes / _MINUTES
