"""Names as the protocol writes them: ids and labels of a study are read in any case.

Source: docs/study-folder.md (names).
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from scheduler.errors import FaultList, did_you_mean, shown, suggestion
from scheduler.protocol import FIXED_NODES, UNSCHEDULED, Protocol
from scheduler.study.model import Study
from scheduler.study.sites import EVERY_STEP, Site
from scheduler.study.strays import SITES_FILE
from scheduler.study.tables import Table
from scheduler.study.text_columns import text_column

Names = Mapping[str, str]  # what a text is compared by -> the id that it stands for


def name_key(text: str) -> str:
    """What two spellings of one name have in common: all but case and the width of blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def with_names(study: Study, protocols: Sequence[Protocol]) -> Study:
    """A study whose events, milestones and rules are named by their ids.

    An id or a label in another case has one right reading; what fits two ids is left as it is.
    """
    events, nodes, rules = names_in(tuple(protocols))
    history = _renamed(study.history, {"event": events})
    dates = _renamed(study.dates, {"milestone": nodes})
    decisions = _renamed(study.decisions, {"event": events, "rule": rules})
    sites = study.sites and named_sites(study.sites, protocols)
    found = history, dates, decisions, sites
    before = study.history, study.dates, study.decisions, study.sites
    if all(one is other for one, other in zip(found, before, strict=True)):
        return study
    return replace(study, history=history, dates=dates, decisions=decisions, sites=sites)


@lru_cache(maxsize=16)
def names_in(protocols: tuple[Protocol, ...]) -> tuple[Names, Names, Names]:
    """What events, milestones and rules of several protocols are called, by `name_key`."""
    if len(protocols) == 1:
        return _names_of(protocols[0])
    events, nodes, rules = (_united(part) for part in zip(*map(_names_of, protocols), strict=True))
    return events, nodes, rules


def named_sites(sites: Mapping[str, Site], protocols: Sequence[Protocol]) -> Mapping[str, Site]:
    """Sites whose steps (of `minutes`) are named by their ids."""
    if not any(site.minutes for site in sites.values()):
        return sites
    steps = steps_of(tuple(protocols))
    return {name: _with_steps(site, steps) for name, site in sites.items()}


@lru_cache(maxsize=16)
def steps_of(protocols: tuple[Protocol, ...]) -> Names:
    """What appointments may be called whose length a site tells: a visit stands for all of it."""
    pairs = [(EVERY_STEP, EVERY_STEP), (UNSCHEDULED, UNSCHEDULED)]
    for protocol in protocols:
        pairs += [(text, node.name) for node in protocol.steps for text in (node.name, node.label)]
        pairs += [(text, visit.name) for visit in protocol.visits
                  for text in (visit.name, visit.label)]  # fmt: skip
    return _known(pairs)


def _with_steps(site: Site, steps: Names) -> Site:
    named = tuple((steps.get(name_key(step), step), length) for step, length in site.minutes)
    return site if named == site.minutes else replace(site, minutes=named)


def check_steps(study: Study, protocols: Sequence[Protocol], faults: FaultList) -> None:
    """Tells of steps whose length a site gives and that no protocol knows, or that it gives twice.

    The study has its names by `with_names`.
    """
    known = set(steps_of(tuple(protocols)).values())
    place = next((file for file in study.fingerprints if file.lower() == SITES_FILE), "sites")
    for site in (study.sites or {}).values():
        steps = [step for step, _ in site.minutes]
        for step in dict.fromkeys(steps):
            if step not in known:
                text = f"found {shown(step)}, expected a milestone, a visit or {EVERY_STEP}"
                text += suggestion(step, sorted(known))
                faults.add("S241", place, None, f"{site.id}.minutes", text)
            elif steps.count(step) > 1:
                text = f"found {shown(step)} twice, expected each step once"
                faults.add("S210", place, None, f"{site.id}.minutes", text)


def event_like(text: str, protocol: Protocol) -> str:
    """The event of which a text is probably a slip of the label, or an empty string."""
    labels = _known((event.label, event.name) for event in protocol.events)
    close = did_you_mean(name_key(unicodedata.normalize("NFKC", text)), labels)
    return labels[close] if close else ""


def _names_of(protocol: Protocol) -> tuple[Names, Names, Names]:
    fixed = [(name, name) for name in (*FIXED_NODES, UNSCHEDULED)]
    nodes = [(text, node.name) for node in protocol.steps for text in (node.name, node.label)]
    nodes += [(text, test.id) for test in protocol.tests for text in (test.id, test.label)]
    nodes += [(text, item.name) for item in protocol.task_items for text in (item.name, item.label)]
    return (
        _known((text, e.name) for e in protocol.events for text in (e.name, e.label)),
        _known([*nodes, *fixed]),
        _known((rule.id, rule.id) for rule in protocol.rules),
    )


def _known(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Ids by their key; a key of two ids names neither."""
    found: dict[str, str] = {}
    for text, name in pairs:
        key = name_key(text)
        found[key] = name if found.get(key, name) == name else ""
    return {key: name for key, name in found.items() if key and name}


def _united(parts: Iterable[Names]) -> Names:
    return _known((key, name) for part in parts for key, name in part.items())


def _renamed(table: Table, known: Mapping[str, Names]) -> Table:
    """A table with the ids of its texts; an id as it is written stands for itself."""
    changed = {}
    for head, names in known.items():
        if head not in table.columns:
            continue
        column, ids = table.columns[head], set(names.values())
        if ids.issuperset(column.texts.tolist()):
            continue
        texts = [text if text in ids else names.get(name_key(text), text) for text in column.texts]
        if texts != column.texts.tolist():
            changed[head] = text_column(column.codes, np.array(texts, object))
    return replace(table, columns={**table.columns, **changed}) if changed else table
