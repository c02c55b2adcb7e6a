"""The phrases that a protocol cites, with the item that cites each."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from scheduler.protocol import Protocol, Source


def cited_items(protocol: Protocol, ref: str = "") -> list[tuple[str, str]]:
    """Which phrases does a protocol cite, and for which item?

    Study dates, gaps, visits, rules, half-lives, tasks, checklist and notes; with `ref`
    only what cites that one of the protocol's sources.
    """
    return [
        (item, source.phrase)
        for item, source in _sources(protocol)
        if source is not None and source.phrase and ref in ("", source.ref)
    ]


def cited_in_text(text: str, ref: str = "") -> list[tuple[str, str]] | None:
    """The same of a protocol file that has faults, such as a draft whose exposures nobody named.

    Every `source` of the file counts, wherever it stands. None where the text is no YAML mapping.
    """
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    return list(_cited(data, ref)) if isinstance(data, dict) else None


def _cited(data: dict[object, object], ref: str) -> Iterator[tuple[str, str]]:
    # Aliases can name one part many times: each is looked at once.
    seen: set[int] = set()
    todo: list[tuple[str, object]] = [("", data)]
    while todo:
        name, here = todo.pop()
        if not isinstance(here, (dict, list)) or id(here) in seen:
            continue
        seen.add(id(here))
        if isinstance(here, list):
            todo.extend((name, entry) for entry in reversed(here))
            continue
        own = str(here.get("id") or (f"note on {here['about']}" if "about" in here else name))
        source = here.get("source")
        if isinstance(source, dict) and ref in ("", source.get("ref")):
            phrase = source.get("phrase")
            if isinstance(phrase, str):
                yield own, phrase
        todo.extend((str(key), value) for key, value in reversed(here.items()) if key != "source")


def _sources(protocol: Protocol) -> Iterator[tuple[str, Source | None]]:
    yield "study", protocol.study.basis.source
    yield from ((gap.id, gap.basis.source) for gap in protocol.gaps)
    yield from ((visit.name, visit.basis.source) for visit in protocol.visits)
    yield from ((rule.id, rule.basis.source) for rule in protocol.rules if rule.test is None)
    yield from ((test.id, test.basis.source) for test in protocol.tests)
    yield from ((agent.name, agent.basis.source) for agent in protocol.agents)
    yield from ((one.name, one.source) for one in protocol.activities)
    yield from ((task.name, task.basis.source) for task in protocol.tasks)
    yield from ((check.id, check.source) for check in protocol.checklist)
    yield from ((f"note on {note.about}", note.source) for note in protocol.notes)
