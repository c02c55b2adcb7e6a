"""A study bound to a protocol of several versions: each participant to their own.

Source: docs/amendments.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.binding.cohort import Cohort
from scheduler.binding.names import check_steps, with_names
from scheduler.binding.study import bind
from scheduler.binding.versions import alone, check_versions, fitting, in_force, of_people
from scheduler.errors import Fault
from scheduler.protocol import Protocol
from scheduler.study.cells import REPORTED
from scheduler.study.faults import study_faults
from scheduler.study.model import Study


@dataclass(frozen=True)
class VersionPart:
    """The participants of one version: their protocol, and their rows of the study."""

    protocol: Protocol
    study: Study
    cohort: Cohort
    judges: tuple[tuple[Protocol, Study, Cohort], ...]  # other versions that judge done dates


def bind_versions(
    study: Study, protocol: Protocol, as_of: int
) -> tuple[list[VersionPart], list[Fault]]:
    """The participants of each version, bound to their own protocol; and every fault."""
    found = study_faults()
    check_versions(study, protocol, found)
    versions = [protocol, *protocol.versions]
    study = with_names(study, versions)
    check_steps(study, versions, found)
    faults = list(found.all)
    if not protocol.versions:
        cohort, more = bind(study, protocol, as_of)
        parts = [] if cohort is None else [VersionPart(protocol, study, cohort, ())]
        return parts, [*faults, *more]
    every = [alone(protocol), *protocol.versions]
    everybody = set(study.participants.coded("participant").texts)
    codes, named = (study.participants.column(head) for head in ("participant", "protocol_version"))
    parts = []
    for place, version in enumerate(every):
        own = {version.version} | ({"", REPORTED} if place == 0 else set())
        people = {code for code, name in zip(codes, named, strict=True) if name in own}
        mine = of_people(study, people, everybody if place == 0 else None)
        if not len(mine.participants):
            continue
        cohort, more = bind(mine, version, as_of)
        faults += more
        if cohort is not None:
            judges, more = _judges(mine, cohort, version, every, as_of)
            faults += more
            parts.append(VersionPart(version, mine, cohort, tuple(judges)))
    return parts, list(dict.fromkeys(faults))


def _judges(
    study: Study, cohort: Cohort, version: Protocol, every: Sequence[Protocol], as_of: int
) -> tuple[list[tuple[Protocol, Study, Cohort]], list[Fault]]:
    """Each other version that judges a date of these participants, with their rows under it."""
    found: list[tuple[Protocol, Study, Cohort]] = []
    faults: list[Fault] = []
    dates, sites = cohort.dates, study.sites or {}
    judged: dict[str, set[str]] = {}
    for who, day in zip(dates.participant.tolist(), dates.day.tolist(), strict=True):
        site = sites.get(cohort.sites[int(cohort.site[who])].id)
        if site is not None:
            label = in_force(site, version.version, day)
            judged.setdefault(label, set()).add(str(cohort.ids[who]))
    for other in every:
        if other.version != version.version and other.version in judged:
            people = of_people(study, judged[other.version])
            fitted = fitting(people, other, [version])
            bound, more = bind(fitted, other, as_of)
            faults += [fault for fault in more if not fault.warning]
            if bound is not None:
                found.append((other, fitted, bound))
    return found, faults
