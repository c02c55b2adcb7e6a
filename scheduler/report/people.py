"""What the page says about each participant, one by one.

Source: docs/contract.md (report.html).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from scheduler.days import FAR, day_of
from scheduler.protocol import Protocol
from scheduler.report.cells import by_participant, chosen
from scheduler.report.lanes import day_number, days_said, groups, near_span, whole_span
from scheduler.report.permitted_days import PermittedDays
from scheduler.report.timelines import Figure, Span, figure
from scheduler.report.worklist_said import (
    Lengths,
    lengths_of,
    said_appointment,
    said_day,
    said_rows,
)
from scheduler.study.sites import Site
from scheduler.tables.bookings import BOOKINGS, FAILING, KEPT, PAST
from scheduler.tables.frames import Frame, Row
from scheduler.tables.lookups import activities_of, phase_of, place_of
from scheduler.wording.changes import test_state
from scheduler.wording.labelled import Labelled, labels_of
from scheduler.wording.todo import move_options, needs_text, on_target_text

if TYPE_CHECKING:
    from scheduler.tables.solved import Solved
    from scheduler.tables.tables import Tables

_OPEN_STATES = ("scheduled", "undetermined", "no_schedule")
_FIRST = {"no_schedule": 0, "undetermined": 1, "scheduled": 2}
_SENTENCES = ("sentence", "detail", "frees")
_TELLING = ("blocks", "undetermined")
_TEST_DAYS = ("valid_until", "repeat_first", "repeat_last")
_OVER = ("not_applicable", "closed")  # of tests: nothing is to be said


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
    earlier: Sequence[Row]  # of attempts.csv
    papers: Sequence[Row]  # of tasks.csv
    tests: Sequence[Row]
    queries: Sequence[Row]
    conflicts: Sequence[Row]
    deviations: Sequence[Row]
    bookings: Sequence[Row]
    tasks: Sequence[Row]
    figures: Sequence[Figure]


def shown_people(summary: Frame, most: int) -> list[str]:
    """Who is shown in detail? Where not all are, those whom someone must look at first."""
    codes = summary["participant"].texts()
    rank = [_FIRST.get(state, 3) for state in summary["state"].texts()]
    return [codes[i] for i in sorted(np.argsort(rank, kind="stable")[:most].tolist())]


def people_of(plan: "Tables", tables: Mapping[str, Frame], most: int) -> list[Person]:
    """What is said of those who are shown in detail?"""
    codes = shown_people(tables["summary"], most)
    some = {name: chosen(table, codes) for name, table in tables.items() if name != "agenda"}
    some["unscheduled"] = chosen(plan.table("unscheduled"), codes)
    labelled = labels_of(plan.protocol)
    rows = {name: by_participant(said_records(table, labelled)) for name, table in some.items()}
    permitted = PermittedDays(some["windows"], plan.as_of)
    place = {code: number for number, code in enumerate(plan.participants)}
    closed, lengths = _Closed(), lengths_of(plan)
    people = []
    for code in codes:
        mine = {name: found.get(code, []) for name, found in rows.items()}
        part = plan.part(code)
        figures = _figures(part, mine, closed)
        people.append(_person(part, code, place[code], mine, figures, permitted, lengths))
    return people


def said_records(table: Frame, labelled: Labelled) -> list[Row]:
    """The rows of a table, labels in the place of ids in its sentences."""
    texts = [name for name in _SENTENCES if name in table.heads]
    return [row | {name: labelled(row[name]) for name in texts} for row in table.rows()]


def _person(
    part: "Solved", code: str, place: int, mine: Mapping[str, list[Row]], figures: list[Figure],
    permitted: PermittedDays, lengths: Lengths,
) -> Person:  # fmt: skip
    site, zone = part.sites[code]
    following = mine["summary"][0]["next_milestone"]
    place_in_part = part.participants.index(code)
    return Person(
        f"p{place + 1}", code, site, zone, part.protocol.version, mine["summary"][0],
        dates=[
            _date(row, part.as_of, lengths)
            | permitted.said(code, row["milestone"])
            | _at_visit(part, place_in_part, row["milestone"])
            | {"next": "yes" if row["milestone"] == following else ""}
            for row in mine["schedule"]
        ],
        rules=[row | {"said": row["sentence"] if _tells(row) else ""} for row in mine["rules"]],
        blocked=[row | {"days": _blocked_days(row)} for row in mine["blocked"]],
        duties=mine["duties"],
        earlier=[
            row | {"day": said_day(row["date"], part.as_of, row["time"])}
            for row in mine["attempts"]
        ],
        papers=said_papers(mine["tasks"], part.as_of),
        tests=said_tests(mine["tests"], part.as_of, part.protocol),
        queries=mine["queries"],
        conflicts=mine["conflicts"],
        deviations=mine["deviations"],
        bookings=said_bookings(
            [*mine["bookings"], *unscheduled_bookings(mine["unscheduled"])], part.as_of,
            part.protocol, lengths,
        ),
        tasks=said_rows(mine["todo"], part.as_of),
        figures=figures,
    )  # fmt: skip


def _at_visit(part: "Solved", who: int, node: str) -> Row:
    """What is done at a milestone or visit, where, and in which phase."""
    told = ", ".join(activities_of(part, who, node))
    return {"activities": told, "place": place_of(part, node), "phase": phase_of(part, node)}


def _date(row: Row, near: date, lengths: Lengths) -> Row:
    """A row of schedule.csv with its days in words."""
    ends = [said_day(row[name], near, week_day=False) for name in ("first", "last")]
    return row | {
        "day": said_appointment(row, near, lengths),
        "window": days_said(*ends) if row["last"] else "",
        "target_day": said_day(row["target"], near),
    }


def unscheduled_bookings(rows: Sequence[Row]) -> list[Row]:
    """The unscheduled visits that are still bookings, as rows of bookings.csv: no rule is asked."""
    states = {"booked": BOOKINGS[KEPT], "past": BOOKINGS[PAST]}
    return [
        row | {"state": states[row["state"]], "needs": "", "answer_by": ""}
        for row in rows
        if row["state"] in states
    ]


def said_bookings(
    rows: Sequence[Row], near: date, protocol: Protocol, lengths: Lengths
) -> list[Row]:
    """Bookings with their day in words, and where they could go, in the words of the worklist."""
    names = {event.name: event.label for event in protocol.events}
    names |= {rule.id: rule.summary or rule.id for rule in protocol.rules}
    return [
        row | {
            "day": said_appointment(row, near, lengths),
            "better": _better(row, day_of(near)) if row["state"] in FAILING else "",
            "needs": needs_text(row["needs"], names),
            "by": said_day(row["answer_by"], near),
        }
        for row in rows
    ]  # fmt: skip


def said_papers(rows: Sequence[Row], near: date) -> list[Row]:
    """Rows of tasks.csv with `by` and `when`, the due day and the day it was done, in words."""
    return [
        row | {
            "by": said_day(row["due"], near, row["time"]),
            "when": said_day(row["done"], near),
        }
        for row in rows
    ]  # fmt: skip


def said_tests(rows: Sequence[Row], near: date, protocol: Protocol) -> list[Row]:
    """Rows of tests.csv that say something, with what is to be done about each test in words."""
    labels = {test.id: test.label for test in protocol.tests}
    return [
        row | {
            "label": labels[row["test"]],
            "last": said_day(row["last_done"], near),
            "said": test_state(row["state"], *(said_day(row[name], near) for name in _TEST_DAYS)),
        }
        for row in rows
        if row["state"] not in _OVER
    ]  # fmt: skip


def _better(row: Row, near: int) -> str:
    hour, _, minute = row["same_day_from"].partition(":")
    sides = ("before", "after")
    return move_options(
        day_number(row["date"], FAR), 60 * int(hour) + int(minute) if hour else -1,
        day_number(row["permitted_before"], FAR), day_number(row["permitted_after"], FAR),
        [on_target_text(row[f"on_target_{side}"], row["targets"]) for side in sides], near,
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
    events = {event.name: event.label for event in part.protocol.events}
    lanes = groups(
        mine["schedule"], mine["windows"], mine["blocked"], mine["duties"],
        lambda name: labels.get(name, name), lambda name: events.get(name, name),
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
