"""Complete schedules by exhaustive search with backtracking."""

from __future__ import annotations

from collections.abc import Mapping

Days = frozenset[int]
Pairs = Mapping[tuple[str, str], Mapping[int, Days]]  # (a, b): day of a -> days of b that fit


def find(days: Mapping[str, Days], pairs: Pairs) -> dict[str, int] | None:
    """One complete schedule (a day for each node, all pairs fitting), or None if there is none.

    Nodes that no chain of pairs connects do not see each other, so each such part is searched by
    itself; otherwise a dead end in one part would be tried anew for every choice in the others.
    """
    if not all(days.values()):
        return None
    found: dict[str, int] = {}
    for part in _parts(list(days), pairs):
        days_of_part = _one_part({name: days[name] for name in part}, pairs)
        if days_of_part is None:
            return None
        found |= days_of_part
    return found


def _one_part(left: Mapping[str, Days], pairs: Pairs) -> dict[str, int] | None:
    """Try every day of one node, and search what it leaves of the others."""
    node = min(left, key=lambda name: len(left[name]))
    for day in sorted(left[node]):
        rest = {
            other: possible & pairs[node, other][day] if (node, other) in pairs else possible
            for other, possible in left.items()
            if other != node
        }
        found = find(rest, pairs)
        if found is not None:
            return {node: day, **found}
    return None


def _parts(names: list[str], pairs: Pairs) -> list[list[str]]:
    """Split the nodes into parts that no pair connects."""
    parts: list[list[str]] = []
    left = list(names)
    while left:
        part = [left.pop(0)]
        for name in part:  # grows while it is walked
            near = [other for other in left if (name, other) in pairs]
            part += near
            left = [other for other in left if other not in near]
        parts.append(part)
    return parts
