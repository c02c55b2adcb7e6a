"""What stands on the page: a plan's tables as texts, sorted by the participant they are about.

Source: docs/contract.md (report.html).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scheduler.protocol import UNSCHEDULED, Protocol, Rule
from scheduler.report.coming import Coming, coming_of
from scheduler.report.inputs import fingerprint, inputs_of
from scheduler.report.people import (
    Person,
    people_of,
    said_bookings,
    said_records,
    unscheduled_bookings,
)
from scheduler.report.permitted_days import PermittedDays, of_next_steps
from scheduler.report.run_json import plain_warnings, versions
from scheduler.report.worklist_said import lengths_of, said_day, said_tasks
from scheduler.tables.frames import Frame, Row, total
from scheduler.tables.worklist.looked import who_began
from scheduler.wording.forms import rule_text
from scheduler.wording.labelled import UNSCHEDULED_VISIT, Labelled, labels_of
from scheduler.wording.rules import basis_text, reading_text

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables

MOST_PEOPLE, MOST_ROWS, MOST_DUE = 300, 5000, 3000
_TOTALS = ("open_queries", "overdue", "deviations")
_FEW_DAYS = 4  # runs of days in a row of the participants' table


@dataclass(slots=True)
class PageContents:
    """Everything that stands on the page."""

    protocol: Row
    as_of: str
    day: str  # as people say it
    strict: bool
    fingerprint: str
    inputs: Mapping[str, str]
    versions: Mapping[str, str]
    warnings: Sequence[str]
    counts: Sequence[tuple[str, int]]
    totals: Mapping[str, int]
    cohort: Sequence[Row]
    cohort_all: int
    several_sites: bool
    tasks: Sequence[Row]
    later: Sequence[Row]  # tasks for people who have not begun
    bookings: Sequence[Row]
    coming: Coming
    due: int
    due_all: int
    queries: Sequence[Row]
    queries_all: int
    people: Sequence[Person]
    assumptions: Sequence[Row]
    rules: Sequence[Row]
    checklist: Sequence[Row]
    notes: Sequence[Row]
    print_all: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    summaries: Mapping[str, str] = field(default_factory=dict)  # of the rules
    ids: Mapping[str, str] = field(default_factory=dict)


def page_of(plan: "Tables", tables: Mapping[str, Frame], print_all: bool = False) -> PageContents:
    """Which texts and figures does a plan give for the page?"""
    protocol, summary = plan.protocol, tables["summary"]
    states = Counter(summary["state"].texts())
    people = people_of(plan, tables, MOST_PEOPLE)
    agenda, queries = tables["agenda"], tables["queries"]
    tasks, later = said_tasks(tables["todo"].head(MOST_ROWS), plan.as_of)
    labels, labelled = {node.name: node.label for node in protocol.nodes}, labels_of(protocol)
    labels[UNSCHEDULED] = UNSCHEDULED_VISIT
    return PageContents(
        protocol={
            "id": protocol.id, "title": protocol.title, "version": protocol.version,
            "date": protocol.date.isoformat(),
        },
        as_of=plan.as_of.isoformat(),
        day=f"{said_day(plan.as_of.isoformat(), plan.as_of)} {plan.as_of.year}",
        strict=plan.strict,
        fingerprint=fingerprint(plan),
        inputs=inputs_of(plan),
        versions=versions(),
        warnings=plain_warnings(plan),
        counts=[
            (state, states[state]) for state in summary.words("state")
        ],
        totals={name: total(summary, name) for name in _TOTALS},
        cohort=_cohort(plan, tables),
        cohort_all=len(summary),
        several_sites=len({site for site, _ in plan.sites.values()}) > 1,
        tasks=tasks,
        later=later,
        bookings=said_bookings(_bookings(plan, tables), plan.as_of, protocol, lengths_of(plan)),
        coming=coming_of(
            agenda.head(MOST_DUE), tables["schedule"], plan.table("unscheduled"), plan.as_of,
            who_began(protocol, plan.table("schedule").records()), plan.sites, labels,
            lengths_of(plan),
        ),
        due=min(len(agenda), MOST_DUE),
        due_all=len(agenda),
        queries=said_records(queries.head(MOST_DUE), labelled),
        queries_all=len(queries),
        people=people,
        assumptions=plan.table("assumptions").rows(),
        rules=[_rule(rule, labelled) for rule in protocol.rules],
        checklist=_checklist(protocol),
        notes=_notes(protocol),
        print_all=print_all,
        labels=labels,
        summaries={rule.id: rule.summary or labelled(rule_text(rule)) for rule in protocol.rules},
        ids={person.code: person.id for person in people},
    )  # fmt: skip


def _bookings(plan: "Tables", tables: Mapping[str, Frame]) -> list[Row]:
    """All bookings that stand, each participant's unscheduled visits after the planned ones."""
    found = tables["bookings"].head(MOST_ROWS).rows()
    found += unscheduled_bookings(plan.table("unscheduled").rows())
    place = {code: number for number, code in enumerate(plan.participants)}
    return sorted(found, key=lambda row: place[row["participant"]])[:MOST_ROWS]


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


def _rule(rule: Rule, labelled: Labelled) -> Row:
    said = labelled(rule_text(rule))
    reading = reading_text(rule)
    return {
        "id": rule.id,
        "summary": rule.summary or said,
        "words": f"{said}; {reading}" if reading else said,
        "basis": basis_text(rule.basis),
    }


def _cohort(plan: "Tables", tables: Mapping[str, Frame]) -> list[Row]:
    """One row a participant: the next step, when it is booked, and its permitted days in words."""
    summary, sites = tables["summary"].head(MOST_ROWS), plan.sites
    permitted = PermittedDays(of_next_steps(tables["windows"], summary), plan.as_of)
    booked = {
        (row["participant"], row["milestone"]): {"booked": row["day"], "state_of": row["state"]}
        for row in said_bookings(
            tables["bookings"].rows(), plan.as_of, plan.protocol, lengths_of(plan)
        )
    }
    none = {"booked": "", "state_of": ""}
    return [
        row
        | {"site": sites[row["participant"]][0]}
        | booked.get((row["participant"], row["next_milestone"]), none)
        | permitted.said(row["participant"], row["next_milestone"], _FEW_DAYS)
        for row in summary.rows()
    ]
