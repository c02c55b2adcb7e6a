"""Several versions of one protocol: whose version is which, and what each says of a study.

A participant is planned under the version that the table of participants names (blank: that of
protocol.yaml). A done date is judged by the version in force at the participant's site on that
day, where the description of the sites tells when the site approved which version; else by the
participant's own. Source: docs/amendments.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from scheduler.errors import FaultList, shown, suggestion
from scheduler.protocol import Protocol, Repeat, Visit, content_of
from scheduler.protocol.versions_folder import FOLDER
from scheduler.study.cells import REPORTED
from scheduler.study.model import Study
from scheduler.study.sites import Site
from scheduler.study.tables import Table
from scheduler.study.text_columns import code_cells


def alone(protocol: Protocol) -> Protocol:
    """A protocol without the other versions of its folder."""
    return replace(protocol, versions=()) if protocol.versions else protocol


def check_versions(study: Study, protocol: Protocol, faults: FaultList) -> None:
    """Notes every version that a participant or a site names and that is not there."""
    known = [protocol.version, *(version.version for version in protocol.versions)]
    people = study.participants
    named = people.coded("protocol_version")
    for version in sorted(set(named.texts) - {"", REPORTED, *known}):
        rows = people.rows[named.are(version)]
        count = f" ({len(rows)} participants)" if len(rows) > 1 else ""
        text = f"found {shown(version)}{count}, expected {_listed(known)}"
        way_out = f"write the protocol of that version into {FOLDER}/{shown(version)}.yaml"
        tail = suggestion(version, known)
        faults.add("S248", people.place, int(rows.min()), "protocol_version", text + tail, way_out)
    for site in (study.sites or {}).values():
        for version, _ in site.versions:
            if version not in known:
                text = f"found {shown(version)}, expected {_listed(known)}"
                text += suggestion(version, known)
                faults.add("S248", "sites.yaml", None, f"{site.id}.versions", text)


def _listed(known: Sequence[str]) -> str:
    return known[0] if len(known) == 1 else f"one of {', '.join(known)}"


def in_force(site: Site, own: str, day: int) -> str:
    """The version that judges a date: the last one that the site had approved by then."""
    approved = [(since, version) for version, since in site.versions if since <= day]
    return max(approved)[1] if approved else own


def of_people(study: Study, codes: set[str], strays: set[str] | None = None) -> Study:
    """The study of some participants alone; rows of nobody in `strays` come along."""
    tables = {}
    for table in study.tables:
        column = table.coded("participant")
        mine = [code in codes or (strays is not None and code not in strays)
                for code in column.texts]  # fmt: skip
        tables[table.name] = table.take(column.told(np.array(mine, bool)))
    return replace(study, **tables)  # type: ignore[arg-type]


def fitting(study: Study, protocol: Protocol, others: Sequence[Protocol]) -> Study:
    """A study as if everybody were under one version.

    Rows about milestones, visits, rules and events that only one of the `others` knows are left
    out: this version has nothing to say of them.
    """
    known = [set(_dated(protocol)), {rule.id for rule in protocol.rules}, set(protocol.event_index)]
    foreign: list[set[str]] = [set(), set(), set()]
    for other in others:
        theirs = (_dated(other), {rule.id for rule in other.rules}, other.event_index)
        foreign = [have | set(more) for have, more in zip(foreign, theirs, strict=True)]
    nodes, rules, events = (more - mine for more, mine in zip(foreign, known, strict=True))
    decisions = _without(_without(study.decisions, "rule", rules), "event", events)
    return replace(
        study,
        participants=_named(study.participants, protocol.version),
        dates=_without(study.dates, "milestone", nodes),
        history=_without(study.history, "event", events),
        decisions=decisions,
        sites=_unversioned(study),
    )


def _dated(protocol: Protocol) -> list[str]:
    """Everything that the table of dates may name."""
    tasks = [item.name for item in protocol.task_items]
    return [*protocol.index, *(test.id for test in protocol.tests), *tasks]


def _without(table: Table, head: str, names: set[str]) -> Table:
    column = table.coded(head)
    return table.take(column.told(np.array([text not in names for text in column.texts], bool)))


def _named(people: Table, version: str) -> Table:
    if "protocol_version" not in people.columns:
        return people
    same = code_cells(np.full(len(people), version, object))
    return replace(people, columns={**people.columns, "protocol_version": same})


def _unversioned(study: Study) -> dict[str, Site] | None:
    if study.sites is None:
        return None
    return {name: replace(site, versions=()) for name, site in study.sites.items()}


def united(protocol: Protocol) -> Protocol:
    """A protocol that names everything of all versions, for looking names up: not to plan with.

    The order is that of protocol.yaml; what only another version has comes after.
    """
    every = [alone(protocol), *protocol.versions]
    written = protocol.written
    found = replace(
        protocol,
        written=written and replace(written, content=()),
        milestones=_united([one.milestones for one in every], lambda m: m.name),
        events=_united([one.events for one in every], lambda e: e.name),
        gaps=_united([one.gaps for one in every], lambda g: g.id),
        rules=_united([one.rules for one in every], lambda r: r.id),
        tests=_united([one.tests for one in every], lambda t: t.id),
        visits=_united_visits(every),
        activities=_united([one.activities for one in every], lambda a: a.name),
        tasks=_united([one.tasks for one in every], lambda t: t.name),
    )
    return replace(found, written=written and replace(written, content=content_of(found)))


Item = TypeVar("Item")


def _united(parts: Sequence[Sequence[Item]], key: Callable[[Item], object]) -> tuple[Item, ...]:
    """Everything once, by key: the first one that is met."""
    found: dict[object, Item] = {}
    for part in parts:
        for item in part:
            found.setdefault(key(item), item)
    return tuple(found.values())


def _united_visits(every: Sequence[Protocol]) -> tuple[Visit, ...]:
    """All visits once; a repeated one with as many occurrences as any version gives it."""
    visits = _united([one.visits for one in every], lambda v: (v.name, v.repeat is None))
    most: dict[str, int] = {}
    for one in every:
        for visit in one.visits:
            if visit.repeat is not None:
                most[visit.name] = max(most.get(visit.name, 0), visit.repeat.times)
    return tuple(
        visit
        if visit.repeat is None
        else replace(visit, repeat=Repeat(visit.repeat.every, most[visit.name]))
        for visit in visits
    )
