"""`from A until B` between two open nodes as the steps of a staircase.

Source: docs/engine.md, docs/decisions/0010-from-until-pairs.md.
"""

from scheduler.arrays import Flags
from scheduler.core.dayset import where
from scheduler.engine.passes import Pass
from scheduler.protocol import Protocol

Step = tuple[int, int]  # from day `s` of B on, A must be later than day `t`
Stairs = dict[int, dict[tuple[int, int], list[Step]]]  # by participant and pair (A, B)


def staircases(owner: Pass, members: Flags) -> Stairs:
    """For each participant and pair (A, B) the steps that can matter, rising."""
    spans = owner.forbidden
    rows = where(spans.other >= 0)
    who, a, b = spans.participant[rows], spans.node[rows], spans.other[rows]
    matters = members[who, a] & members[who, b]
    matters &= (owner.low[who, a] <= spans.last[rows]) & (
        owner.high[who, b] >= spans.other_first[rows]
    )
    pairs = set(zip(a[matters].tolist(), b[matters].tolist(), strict=True))
    ordered = {pair: _in_order(owner.problem.protocol, *pair) for pair in pairs}
    found: dict[int, dict[tuple[int, int], list[Step]]] = {}
    for i in rows[matters].tolist():
        person, pair = int(spans.participant[i]), (int(spans.node[i]), int(spans.other[i]))
        s, t = int(spans.other_first[i]), int(spans.last[i])
        steps = found.setdefault(person, {}).setdefault(pair, [])
        if spans.single[i] and not ordered[pair]:
            first = max(s, int(owner.low[person, pair[1]]))
            last = min(t, int(owner.high[person, pair[1]]))
            steps += [(day, min(day, t)) for day in range(first, max(first, last) + 1)]
        else:
            steps.append((s, t))
    return {
        who: {pair: _rising(steps) for pair, steps in mine.items()} for who, mine in found.items()
    }


def _rising(steps: list[Step]) -> list[Step]:
    """The steps that raise the bound, in the order of their first day."""
    kept: list[Step] = []
    for s, t in sorted(steps, key=lambda step: (step[0], -step[1])):
        if not kept or t > kept[-1][1]:
            kept.append((s, t))
    return kept


def _in_order(protocol: Protocol, a: int, b: int) -> bool:
    """Whether the protocol itself keeps A from being later than B, whatever the participant."""
    names = [node.name for node in protocol.nodes]
    after: dict[str, set[str]] = {name: set() for name in names}
    for gap in protocol.gaps:
        if gap.min is not None and not gap.only and gap.start in after:
            after[gap.start].add(gap.end)
    seen, todo = {names[a]}, [names[a]]
    while todo:
        for name in after.get(todo.pop(), ()):
            if name not in seen:
                seen.add(name)
                todo.append(name)
    return names[b] in seen
