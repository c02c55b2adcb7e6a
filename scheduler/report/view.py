"""What stands on the page: a plan's tables as texts, sorted by the participant they are about.

Source: docs/contract.md (report.html).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scheduler.days import day_of
from scheduler.protocol import Protocol, Rule
from scheduler.report.cells import Row, by_participant, chosen, records
from scheduler.report.inputs import fingerprint, inputs_of
from scheduler.report.lanes import days_said, groups, near_span, whole_span
from scheduler.report.run_json import versions, warnings_of
from scheduler.report.timelines import Figure, Span, figure
from scheduler.study.sites import Site
from scheduler.wording.forms import rule_text
from scheduler.wording.rules import basis_text, reading_text

if TYPE_CHECKING:
    from scheduler.tables.solved import Solved
    from scheduler.tables.tables import Tables

MOST_PEOPLE, MOST_ROWS, MOST_DUE = 300, 5000, 3000
_OPEN_STATES = ("scheduled", "undetermined", "no_schedule")
_FIRST = {"no_schedule": 0, "undetermined": 1, "scheduled": 2}
_TOTALS = ("open_queries", "overdue", "deviations")
_TELLING = ("blocks", "undetermined")


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that the page says about one participant."""

    id: str
    code: str
    site: str
    zone: str
    version: str
    summary: Row
    dates: Sequence[Row]
    rules: Sequence[Row]
    blocked: Sequence[Row]
    duties: Sequence[Row]
    queries: Sequence[Row]
    conflicts: Sequence[Row]
    deviations: Sequence[Row]
    bookings: Sequence[Row]
    figures: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class DueDay:
    """What is due on one day."""

    date: str
    name: str
    items: Sequence[Row]
    open: bool


@dataclass(slots=True)
class PageContents:
    """Everything that stands on the page."""

    protocol: Row
    as_of: str
    strict: bool
    fingerprint: str
    inputs: Mapping[str, str]
    versions: Mapping[str, str]
    warnings: Sequence[str]
    counts: Sequence[tuple[str, int]]
    totals: Mapping[str, int]
    cohort: Sequence[Row]
    cohort_all: int
    days: Sequence[DueDay]
    due: int
    due_all: int
    queries: Sequence[Row]
    queries_all: int
    people: Sequence[Person]
    assumptions: Sequence[Row]
    rules: Sequence[Row]
    checklist: Sequence[Row]
    notes: Sequence[Row]
    labels: Mapping[str, str] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)


def page_of(plan: "Tables", tables: Mapping[str, pd.DataFrame]) -> PageContents:
    """Which texts and figures does a plan give for the page?"""
    protocol, summary = plan.protocol, tables["summary"]
    states = summary["state"].astype(str).value_counts(sort=False)
    people = _people(plan, tables)
    agenda, queries = tables["agenda"], tables["queries"]
    return PageContents(
        protocol={
            "id": protocol.id, "title": protocol.title, "version": protocol.version,
            "date": protocol.date,
        },
        as_of=plan.as_of.isoformat(),
        strict=plan.strict,
        fingerprint=fingerprint(plan),
        inputs=inputs_of(plan),
        versions=versions(),
        warnings=warnings_of(plan),
        counts=[
            (str(state), int(states.get(str(state), 0)))
            for state in summary["state"].cat.categories
        ],
        totals={name: int(summary[name].sum()) for name in _TOTALS},
        cohort=_cohort(plan, summary.head(MOST_ROWS)),
        cohort_all=len(summary),
        days=_days(agenda.head(MOST_DUE)),
        due=min(len(agenda), MOST_DUE),
        due_all=len(agenda),
        queries=records(queries.head(MOST_DUE)),
        queries_all=len(queries),
        people=people,
        assumptions=records(plan.assumptions),
        rules=[_rule(rule) for rule in protocol.rules],
        checklist=_checklist(protocol),
        notes=_notes(protocol),
        labels={node.name: node.label for node in protocol.nodes},
        ids={person.code: person.id for person in people},
    )  # fmt: skip


def _checklist(protocol: Protocol) -> list[Row]:
    return [
        {"id": item.id, "summary": item.summary, "source": str(item.source or "")}
        for item in protocol.checklist
    ]


def _notes(protocol: Protocol) -> list[Row]:
    return [
        {"about": note.about, "text": note.text, "source": str(note.source or "")}
        for note in protocol.notes
    ]


def _rule(rule: Rule) -> Row:
    said = rule_text(rule)
    reading = reading_text(rule)
    return {
        "id": rule.id,
        "summary": rule.summary or said,
        "words": f"{said}; {reading}" if reading else said,
        "basis": basis_text(rule.basis),
    }


def _cohort(plan: "Tables", summary: pd.DataFrame) -> list[Row]:
    sites = plan.sites
    return [row | {"site": sites[row["participant"]][0]} for row in records(summary)]


def _days(agenda: pd.DataFrame) -> list[DueDay]:
    found: dict[str, list[Row]] = {}
    for row in records(agenda):
        found.setdefault(row["date"], []).append(row)
    few = len(agenda) <= 60
    return [
        DueDay(date, f"{pd.Timestamp(date):%A} {date}", rows, few or number == 0)
        for number, (date, rows) in enumerate(found.items())
    ]


def shown_people(summary: pd.DataFrame, most: int) -> list[str]:
    """Who is shown in detail? Where not all are, those whom someone must look at first."""
    codes = summary["participant"].astype(str)
    rank = summary["state"].astype(str).map(_FIRST).fillna(3).to_numpy()
    return [str(codes.iloc[i]) for i in sorted(np.argsort(rank, kind="stable")[:most].tolist())]


def _people(plan: "Tables", tables: Mapping[str, pd.DataFrame]) -> list[Person]:
    codes = shown_people(tables["summary"], MOST_PEOPLE)
    rows = {
        name: by_participant(records(chosen(table, codes)))
        for name, table in tables.items()
        if name != "agenda"
    }
    place = {code: number for number, code in enumerate(plan.participants)}
    closed = _Closed()
    people = []
    for code in codes:
        mine = {name: found.get(code, []) for name, found in rows.items()}
        part = plan.part(code)
        figures = _figures(part, mine, closed)
        people.append(_person(part, code, place[code], mine, figures))
    return people


def _person(
    part: "Solved", code: str, place: int, mine: Mapping[str, list[Row]], figures: list[Figure]
) -> Person:
    site, zone = part.sites[code]
    return Person(
        f"p{place + 1}", code, site, zone, part.protocol.version, mine["summary"][0],
        dates=[row | {"window": days_said(row["first"], row["last"]) if row["last"] else ""}
               for row in mine["schedule"]],
        rules=[row | {"said": row["sentence"] if _tells(row) else ""} for row in mine["rules"]],
        blocked=[row | {"days": _blocked_days(row)} for row in mine["blocked"]],
        duties=mine["duties"],
        queries=mine["queries"],
        conflicts=mine["conflicts"],
        deviations=mine["deviations"],
        bookings=mine["bookings"],
        figures=figures,
    )  # fmt: skip


def _tells(row: Row) -> bool:
    """Whether a line of the checklist says more than its state does."""
    return bool(row["state"] in _TELLING or row["clear_from"] or row["decision"])


def _blocked_days(row: Row) -> str:
    if row["first"] or row["last"]:
        return days_said(row["first"], row["last"])
    return "depends on another date"


def _figures(part: "Solved", mine: Mapping[str, list[Row]], closed: "_Closed") -> list[Figure]:
    as_of, code = day_of(part.as_of), mine["summary"][0]["participant"]
    open_ = mine["summary"][0]["state"] in _OPEN_STATES
    labels = {node.name: node.label for node in part.protocol.nodes}
    lanes = groups(
        mine["schedule"], mine["windows"], mine["blocked"], mine["duties"],
        lambda name: labels.get(name, name),
    )  # fmt: skip
    spans = [("the coming weeks", near_span(as_of) if open_ else None)]
    spans.append(("the whole study", whole_span(lanes, as_of, open_)))
    drawn = [
        figure(title, f"{code}: {title}", span, as_of, lanes, closed.of(part, code, span))
        for title, span in spans
        if span is not None
    ]
    return [one for one in drawn if one is not None]


class _Closed:
    """The closed days of each site, worked out once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Site, Span], list[Span]] = {}

    def of(self, part: "Solved", code: str, span: Span) -> list[Span]:
        site = part.cohort.sites[int(part.cohort.site[part.participants.index(code)])]
        if (site, span) not in self._found:
            days = np.flatnonzero(site.closed_days(*span)) + span[0]
            self._found[site, span] = [(day, day) for day in days.tolist()]
        return self._found[site, span]
