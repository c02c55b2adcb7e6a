"""A study bound to a protocol: the tables as arrays for the engine, and what does not fit.

Source: docs/study-folder.md, docs/semantics.md.
"""

from dataclasses import replace

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.attempts import attempts_in
from scheduler.binding.cohort import Cohort, Ended
from scheduler.binding.context import (
    Context,
    attribute_columns,
    attribute_values,
    listed_values,
    refuse_missing,
    up_to,
    warn_columns,
    warn_values,
)
from scheduler.binding.dates import bind_dates
from scheduler.binding.decisions import bind_decisions
from scheduler.binding.history import bind_history
from scheduler.binding.names import with_names
from scheduler.core.dayset import where
from scheduler.days import FAR, Days, iso
from scheduler.errors import Fault, FaultList, shown, suggestion
from scheduler.protocol import Protocol
from scheduler.study.cells import REPORTED, CellKind
from scheduler.study.faults import study_faults
from scheduler.study.model import Study
from scheduler.study.sites import Site, every_day_open
from scheduler.study.tables import Table

_APART = ("participant", "birth_date", "withdrawn", "screen_failed", "note")


def bind(study: Study, protocol: Protocol, as_of: int) -> tuple[Cohort | None, list[Fault]]:
    """The cohort that a study gives under a protocol, and every fault and warning on the way.

    `as_of` is the day number the plan is made for. The cohort is None where there is a fault.
    Cells whose faults reading has told are passed over without another word.
    """
    faults = study_faults()
    study = with_names(study, [protocol])
    people = study.participants
    kept = _first_rows(people)
    if not len(kept):
        return None, []
    codes = people.column("participant")[kept]
    place = dict(zip(codes.tolist(), range(len(codes)), strict=True))
    sites, site = _sites(study, protocol, kept, faults)
    attempt = attempts_in(people, faults)[kept]
    context = Context(protocol, as_of, faults, place, sites, site, attempt)
    birth_first, birth_last = _births(people, kept, context)
    ended, ended_day = _ended(people, kept, context)
    listed = protocol.made(_conditions)
    columns = attribute_columns(people, listed, _APART)
    attributes = attribute_values(people, columns, kept)
    warn_columns(people, columns, faults)
    for name, values in listed.items():
        if columns[name] not in ("", "sex"):
            refuse_missing(people, columns[name], values, faults)
            warn_values(people, columns[name], attributes[name], kept, values, faults)
    exposures, (asked, asked_of) = bind_history(study.history, context)
    unread = "history" in study.unread
    cohort = Cohort(
        codes, birth_first, birth_last, site, sites, ended, ended_day,
        attributes, exposures, *bind_dates(study.dates, context),
        bind_decisions(study.decisions, study.history, exposures, context, unread), asked, asked_of,
        attempt,
    )  # fmt: skip
    found = faults.all
    return (cohort if all(fault.warning for fault in found) else None), found


def _conditions(protocol: Protocol) -> dict[str, set[str]]:
    """The attributes of participants for whom something holds, with the values that it lists."""
    conditions = [rule.only for rule in protocol.rules]
    conditions += [gap.only for gap in protocol.gaps] + [visit.only for visit in protocol.visits]
    conditions += [task.only for task in protocol.tasks]
    return listed_values(conditions + [activity.only for activity in protocol.activities])


def _first_rows(people: Table) -> Index:
    """The row of each participant; a second one with the same code has been told as a fault."""
    column = people.coded("participant")
    highest = np.maximum.accumulate(column.codes)  # codes are numbered by their first rows
    first = where(np.append(True, highest[1:] > highest[:-1])[: len(highest)])
    named = [text not in ("", REPORTED) for text in column.texts]
    return np.asarray(first[np.array(named, bool)], np.int64)


def _sites(
    study: Study, protocol: Protocol, kept: Index, faults: FaultList
) -> tuple[tuple[Site, ...], Index]:
    people, named = study.participants, study.participants.coded("site").take(kept)
    if study.sites is None:
        if "sites" not in study.unread:
            _refuse_undescribed(people, faults)
        sites = tuple(every_day_open(protocol.timezone, name) for name in named.texts)
        return sites, named.codes
    known = list(study.sites)
    place = np.array([known.index(name) if name in known else -1 for name in named.texts], np.int64)
    site = np.asarray(named.told(place), np.int64)
    for number in where(site < 0).tolist():
        row, name = kept[number], named.texts[named.codes[number]]
        if name == REPORTED:
            continue
        found = f"found {shown(name)}{suggestion(name, known)}" if name else "found a blank"
        text = f"{found}, expected one of the sites {', '.join(known)}"
        if name:
            text = (
                f"found {shown(name)}, expected one of {', '.join(known)}{suggestion(name, known)}"
            )
        faults.add("S247", people.place, int(people.rows[row]), "site", text)
    sites = tuple(
        s if s.timezone else replace(s, timezone=protocol.timezone) for s in study.sites.values()
    )
    return sites, np.maximum(site, 0)


def _refuse_undescribed(people: Table, faults: FaultList) -> None:
    """Tells of every site that participants belong to, where no site is described at all."""
    column = people.coded("site")
    for place, name in enumerate(column.texts):
        if name in ("", REPORTED):
            continue
        rows = people.rows[column.codes == place]
        count = f" ({len(rows)} participants)" if len(rows) > 1 else ""
        text = f"found {shown(name)}{count}, expected a site that is described: none is anywhere"
        way_out = (
            f"describe it in sites.yaml or in a sheet sites; a line with {shown(name)}: alone is a "
            "site that never closes, in the protocol's time zone"
        )
        faults.add("S247", people.place, int(rows.min()), "site", text, way_out)


def _births(people: Table, kept: Index, context: Context) -> tuple[Days, Days]:
    birth = people.date("birth_date")
    dated = birth.is_(CellKind.DATE)[kept]
    first = np.where(dated, birth.first[kept], -FAR)
    last = np.where(dated, birth.last[kept], FAR)
    for row in where(dated & (first > context.as_of)):
        text = f"found {iso(first[row])}, {up_to(context.as_of)}"
        context.faults.add("S272", people.place, int(people.rows[kept[row]]), "birth_date", text)
    return first, last


def _ended(people: Table, kept: Index, context: Context) -> tuple[Index, Days]:
    ended = np.full(len(kept), Ended.NO, np.int64)
    day = np.zeros(len(kept), np.int64)
    gone = np.zeros(len(kept), bool)
    for head, state in (("withdrawn", Ended.WITHDRAWN), ("screen_failed", Ended.SCREEN_FAILED)):
        if head not in people.dates:
            continue
        column = people.dates[head]
        dated = column.is_(CellKind.DATE)[kept]
        for row in where(dated & (column.first[kept] > context.as_of)):
            found, number = iso(column.first[kept[row]]), int(people.rows[kept[row]])
            text = f"found {found}, {up_to(context.as_of)}"
            context.faults.add("S270", people.place, number, head, text)
        for row in where(dated & gone):
            text = "found a date here and under withdrawn, expected one of them"
            context.faults.add("S271", people.place, int(people.rows[kept[row]]), head, text)
        ended[dated], day[dated] = state, column.first[kept][dated]
        gone |= dated
    return ended, day
