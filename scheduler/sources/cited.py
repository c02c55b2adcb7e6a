"""The phrases that a protocol cites, with the item that cites each."""

from collections.abc import Iterator

from scheduler.protocol import Protocol, Source


def cited_items(protocol: Protocol, ref: str = "") -> list[tuple[str, str]]:
    """Which phrases does a protocol cite, and for which item?

    Study dates, gaps, visits, rules, half-lives, checklist and notes; with `ref` only what cites
    that one of the protocol's sources.
    """
    return [
        (item, source.phrase)
        for item, source in _sources(protocol)
        if source is not None and source.phrase and ref in ("", source.ref)
    ]


def _sources(protocol: Protocol) -> Iterator[tuple[str, Source | None]]:
    yield "study", protocol.study.basis.source
    yield from ((gap.id, gap.basis.source) for gap in protocol.gaps)
    yield from ((visit.name, visit.basis.source) for visit in protocol.visits)
    yield from ((rule.id, rule.basis.source) for rule in protocol.rules)
    yield from ((agent.name, agent.basis.source) for agent in protocol.agents)
    yield from ((check.id, check.source) for check in protocol.checklist)
    yield from ((f"note on {note.about}", note.source) for note in protocol.notes)
